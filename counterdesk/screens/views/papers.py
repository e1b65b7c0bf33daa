"""What is said to the applicant in writing. A paper is made once, from the scene; the screen and the printer show it.

No paper says a name, a number of a person, a telephone number or an address: the counter prints them where others
stand. What a rule reads of a person's record is not said either, only that something has to be looked at. Claims about
the law are those of the fact base; what it does not hold for sure is marked as such.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from counterdesk.catalog.assess import MaterialState, PromptState
from counterdesk.catalog.model import MaterialUse
from counterdesk.catalog.plan import reads
from counterdesk.catalog.sentences import Labels, sentence
from counterdesk.desk.telling import Group, confidential, for_the_applicant, hushed, lacking, through
from counterdesk.formats.calendar import add_working_days
from counterdesk.screens.views.checklist import basis_text, prompt_text
from counterdesk.screens.views.handoffs import item_name
from counterdesk.screens.views.scene import Scene
from counterdesk.screens.views.sheet import Kind, Paper, PaperLine
from counterdesk.station.model import TIMEZONE, Case
from counterdesk.widgets.values import Style

NOTICE_DAYS = 5
"""Working days within which the one-time notice has to be given (行政许可法 Art. 32)."""
DEFERRED_DAYS = 5
"""Working days within which a deferred paper has to be brought (the prompt G19)."""
RECONSIDERATION_FIRST = date(2024, 1, 1)
"""From this day the Administrative Reconsideration Law holds as revised."""
INTAKE = frozenset({"draft", "received", "supplementing"})
"""Statuses in which the case panel shows the form unless a paper is asked for."""


def shown_paper(scene: Scene, page: str) -> Paper | None:
    """The paper that the case panel shows; None while it shows the form or something else."""
    case = scene.open_case
    if case is None or page not in ("", "receipt", "notice"):
        return None
    if not page and case.status in INTAKE:
        return None
    return paper_of(scene, case, notice=page == "notice")


def paper_of(scene: Scene, case: Case, *, notice: bool = False) -> Paper:
    """The paper that belongs to a case as it stands; `notice` asks for what is missing, as long as it may be."""
    if case.status == "supplementing":
        return supplement_paper(scene, case)
    if case.status == "not_accepted":
        return declined_paper(scene, case)
    if case.decision == "refused":
        return refusal_paper(scene, case)
    if case.status == "draft" or (notice and case.status == "received"):
        return notice_paper(scene, case)
    return receipt_paper(scene, case)


# The papers.


def receipt_paper(scene: Scene, case: Case) -> Paper:
    """The receipt of a case, with its date (行政许可法 Art. 32), and what happens next."""
    words = scene.words
    accepted = case.accepted_at is not None
    lines = _heading(scene, case)
    lines.append(_row(scene, "status", words(f"case.status.{case.status}")))
    if case.received_at is not None and not accepted:
        lines.append(_row(scene, "received", _moment(case.received_at)))
    if case.accepted_at is not None:
        lines.append(_row(scene, "accepted", _moment(case.accepted_at)))
    if case.department:
        lines.append(_row(scene, "department", _department(scene, case.department)))
    if case.handoff is not None:
        state = words(f"handoff.{case.handoff.state}")
        lines.append(_row(scene, "handoff", f"{state} {case.handoff.reference}".strip()))
    if accepted:
        lines.append(_row(scene, "due", _due(scene, case)))
    if case.fee and case.fee != "0":
        lines.append(_row(scene, "fee", words("paper.yuan", amount=case.fee)))
    lines += _deferred(scene, case)
    if not accepted and case.received_at is not None:
        lines += [PaperLine(), *_clock(scene, case)]
    told = _told(scene, case)
    if told:
        lines += [PaperLine(), PaperLine(words("paper.told"), "title")]
        lines += [PaperLine(text, indent=2) for text in told]
    if accepted:
        law = "paper.receipt_law" if _licence(scene, case) else "paper.receipt_ask"
        lines += [PaperLine(), _law(scene, law, _licensing(scene, case))]
    title = words("paper.receipt.accepted" if accepted else "paper.receipt.received")
    return _paper(scene, case, "receipt", title, lines, _next_key(case))


def notice_paper(scene: Scene, case: Case) -> Paper:
    """Everything that is missing, said once."""
    words, found = scene.words, scene.assessment
    lines = _heading(scene, case)
    lines.append(_row(scene, "date", scene.today.isoformat()))
    if found is None:
        return _paper(scene, case, "notice", words("paper.notice"), [*lines, PaperLine(words("file.loading"))])
    lack = lacking(found)
    lines += _deferred(scene, case)
    begin = len(lines)
    for title, groups in (("paper.missing", lack.missing), ("paper.unseen", lack.unseen)):
        if groups:
            lines += [PaperLine(), PaperLine(words(title), "title")]
            for place, group in enumerate(groups, start=1):
                lines += _group_lines(scene, case.service, group, f"{place}. ")
    blockers = [b for b in lack.blockers if for_the_applicant(scene.index, case.service, b.prompt)]
    if blockers:
        lines += [PaperLine(), PaperLine(words("paper.blockers"), "title")]
        lines += _blocker_lines(scene, case.service, blockers)
    facts = _facts_to_say(scene)
    if facts:
        lines += [PaperLine(), PaperLine(words("paper.facts"), "title"), PaperLine(facts, indent=2)]
    if lack.perhaps:
        lines += [PaperLine(), PaperLine(words("paper.perhaps"), "title")]
        for state in lack.perhaps:
            lines += _perhaps_lines(scene, case.service, state)
    if len(lines) == begin:
        lines += [PaperLine(), PaperLine(words("paper.nothing"), "ok")]
    else:
        lines += [PaperLine(), *_clock(scene, case)]
    follow = "paper.next.notice_open" if found.to_ask else "paper.next.notice"
    return _paper(scene, case, "notice", words("paper.notice"), lines, follow, lack.listed)


def supplement_paper(scene: Scene, case: Case) -> Paper:
    """What a department, or this station, wants to have corrected or brought; since when the clock stands still."""
    words = scene.words
    lines = _heading(scene, case)
    lines.append(_row(scene, "date", scene.today.isoformat()))
    if case.return_to == "received" or not case.department:
        asker = words("paper.this_station")
    else:
        asker = _department(scene, case.department)
    lines.append(_row(scene, "asked_by", asker))
    if case.handoff is not None and case.handoff.reference:
        lines.append(_row(scene, "reference", case.handoff.reference))
    if case.clock_stopped_on is not None:
        lines.append(_row(scene, "stopped", words("paper.stopped", date=case.clock_stopped_on.isoformat())))
    if case.returned > 1:
        lines.append(_row(scene, "returned", words("paper.returned", count=case.returned)))
    lines += [PaperLine(), PaperLine(words("paper.bring"), "title")]
    for place, item in enumerate(case.supplement, start=1):
        lines += _item_lines(scene, case, item, f"{place}. ")
    lines += [PaperLine(), PaperLine(words("paper.supplement_then"))]
    return _paper(scene, case, "supplement", words("paper.supplement"), lines, "paper.next.supplement")


def declined_paper(scene: Scene, case: Case) -> Paper:
    """That an application is not accepted: why, on what basis, and what can be done against it."""
    words, found = scene.words, scene.assessment
    day = case.changed_at.astimezone(TIMEZONE).date()
    lines = _heading(scene, case)
    lines.append(_row(scene, "date", day.isoformat()))
    lines.append(_row(scene, "reason", _reason(scene, "decline", case.reason)))
    lack = lacking(found) if found is not None else None
    if lack is not None and lack.missing and case.reason in _INCOMPLETE:
        lines += [PaperLine(), PaperLine(words("paper.missing"), "title")]
        for place, group in enumerate(lack.missing, start=1):
            lines += _group_lines(scene, case.service, group, f"{place}. ")
    if lack is not None and case.reason not in _INCOMPLETE:
        blockers = [b for b in lack.blockers if for_the_applicant(scene.index, case.service, b.prompt)]
        if blockers:
            lines += [PaperLine(), PaperLine(words("paper.grounds"), "title")]
            lines += _blocker_lines(scene, case.service, blockers)
    lines += [PaperLine(), _law(scene, "paper.declined_law", _licensing(scene, case))]
    lines += [] if _licence(scene, case) else [PaperLine(words("paper.scope"), "dim")]
    lines += [PaperLine(), *_remedies(scene, day)]
    return _paper(scene, case, "declined", words("paper.declined"), lines, "paper.next.done")


def refusal_paper(scene: Scene, case: Case) -> Paper:
    """The note that goes with a department's refusal when it is handed over: the decision itself is theirs."""
    words = scene.words
    lines = _heading(scene, case)
    lines.append(_row(scene, "decided_by", _department(scene, case.department)))
    if case.handoff is not None and case.handoff.reference:
        lines.append(_row(scene, "reference", case.handoff.reference))
    lines.append(_row(scene, "decision", words("decision.refused")))
    lines.append(_row(scene, "reason", _reason(scene, "refuse", case.reason)))
    lines.append(_row(scene, "handed_over", scene.today.isoformat()))
    lines += [PaperLine(), PaperLine(words("paper.refusal_whole")), PaperLine(), *_remedies(scene, scene.today)]
    follow = "paper.next.refusal" if case.status == "refused" else "paper.next.done"
    return _paper(scene, case, "refusal", words("paper.refusal"), lines, follow)


_INCOMPLETE = frozenset({"incomplete", "materials_incomplete_not_supplemented"})


def _next_key(case: Case) -> str:
    match case.status:
        case "received":
            return "paper.next.received"
        case "accepted" if case.on_the_spot:
            return "paper.next.on_the_spot"
        case "ready" | "produced" | "dispatched":
            return "paper.next.deliver"
    return "paper.next.done"


# What they are made of.


def _paper(
    scene: Scene,
    case: Case,
    kind: Kind,
    title: str,
    lines: list[PaperLine],
    follow: str = "paper.next.done",
    listed: tuple[str, ...] = (),
) -> Paper:
    """A whole paper: the mark of a drill around it, places for signatures under it."""
    words = scene.words
    lines += [PaperLine(), *(PaperLine(words(f"paper.sign.{who}")) for who in ("officer", "applicant"))]
    session = scene.desk.session
    if session is not None and session.mode == "practice":
        mark = PaperLine(words("paper.drill"), "warn")
        lines = [mark, *lines, mark]
    number = case.number or _ticket(scene, case)
    return Paper(
        kind=kind,
        title=f"{title} {number}".strip(),
        name="-".join(filter(None, (kind, number, scene.today.isoformat()))),
        lines=tuple(lines),
        listed=listed,
        keys=words("paper.next.print", then=words(follow)),
    )


def _heading(scene: Scene, case: Case) -> list[PaperLine]:
    session = scene.desk.session
    lines = [_row(scene, "station", session.station_name)] if session is not None and session.station_name else []
    if case.number:
        lines.append(_row(scene, "number", case.number, "strong"))
    elif ticket := _ticket(scene, case):
        lines.append(_row(scene, "ticket", ticket, "strong"))
    try:
        name = scene.pick(scene.index.service(case.service).name)
    except KeyError:
        name = case.service
    return [*lines, _row(scene, "service", name, "strong")]


def _row(scene: Scene, label: str, text: str, style: Style = "") -> PaperLine:
    return PaperLine(text, style, scene.words(f"paper.label.{label}"))


def _deferred(scene: Scene, case: Case) -> list[PaperLine]:
    """The papers that the shift leader lets be brought later, and until when: the days count from acceptance."""
    day = case.accepted_at.date() if case.accepted_at is not None else scene.today
    until = add_working_days(day, DEFERRED_DAYS)
    key = "paper.deferred_undated" if until is None else "paper.deferred_until"
    date_text = "" if until is None else until.isoformat()
    return [
        _row(scene, "deferred", scene.words(key, name=item_name(scene, case, code), date=date_text, days=DEFERRED_DAYS))
        for code in case.deferred
    ]


def _ticket(scene: Scene, case: Case) -> str:
    ticket = scene.station.tickets.get(case.ticket)
    return ticket.number if ticket is not None else ""


def _department(scene: Scene, department: str) -> str:
    try:
        return scene.pick(scene.index.department(department).name)
    except KeyError:
        return department


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(TIMEZONE):%Y-%m-%d %H:%M}"


def _due(scene: Scene, case: Case) -> str:
    words = scene.words
    if case.on_the_spot:
        return words("checklist.on_the_spot")
    if case.clock_stopped_on is not None:
        return words("paper.stopped", date=case.clock_stopped_on.isoformat())
    if case.due is None:
        return words("paper.no_due")
    return f"{case.due.isoformat()} ({words(f'checklist.day_kind.{case.due_day_kind}')})"


def _reason(scene: Scene, table: str, code: str) -> str:
    """A reason by its code. What a department wrote in its own words may name people: the decision says it."""
    key = f"reason.{table}.{code}"
    return scene.words(key) if code and scene.words.has(key) else scene.words("paper.reason_in_decision")


def _law(scene: Scene, key: str, basis: str) -> PaperLine:
    return PaperLine(scene.words(key, basis=basis), "dim")


def _licensing(scene: Scene, case: Case) -> str:
    """行政许可法 Art. 32, as the catalogue names it."""
    try:
        return scene.pick(scene.index.basis(case.service, "licensing-32").name)
    except KeyError:
        return scene.words("paper.licensing")


def _clock(scene: Scene, case: Case) -> list[PaperLine]:
    """Until when the one-time notice has to be given, by the calendar, and what follows if it is not."""
    words = scene.words
    start = (case.received_at or case.opened_at).astimezone(TIMEZONE).date()
    last = add_working_days(start, NOTICE_DAYS)
    until = last.isoformat() if last is not None else words("paper.no_calendar")
    lines = [
        PaperLine(words("paper.clock", start=start.isoformat(), days=NOTICE_DAYS, until=until)),
        _law(scene, "paper.clock_law", _licensing(scene, case)),
    ]
    return lines if _licence(scene, case) else [*lines, PaperLine(words("paper.scope"), "dim")]


def _licence(scene: Scene, case: Case) -> bool:
    """Whether the service names the licensing law itself among its own bases: only then it holds by its letter."""
    try:
        service = scene.index.service(case.service)
    except KeyError:
        return False
    return any("行政许可法" in basis.name.zh for basis in service.basis)


def _remedies(scene: Scene, day: date) -> list[PaperLine]:
    words = scene.words
    basis = words("paper.remedy.basis_2024" if day >= RECONSIDERATION_FIRST else "paper.remedy.basis_before")
    return [
        PaperLine(words("paper.remedy.title"), "title"),
        PaperLine(words("paper.remedy.text"), indent=2),
        PaperLine(words("paper.remedy.basis", basis=basis), "dim", indent=2),
        PaperLine(words("paper.remedy.scope"), "dim", indent=2),
    ]


def _told(scene: Scene, case: Case) -> list[str]:
    """What must be told to the applicant: the INFO prompts that hold, those of the end once the case is accepted."""
    found = scene.assessment
    if found is None:
        return []
    stages = ("intake",) if case.status in INTAKE else ("intake", "closing")
    return [
        "· " + _public_text(scene, case.service, state)
        for state in found.prompts
        if state.prompt.level == "INFO"
        and state.value is True
        and state.prompt.stage in stages
        and for_the_applicant(scene.index, case.service, state.prompt)
        and not hushed(scene.index, case.service, state.prompt)
    ]


def _public_text(scene: Scene, service: str, state: PromptState) -> str:
    """A prompt's sentence; a place that would be filled from what identifies a person stays open."""
    params = dict(state.params)
    plan = next((p for p in scene.index.plan(service).prompts if p.prompt.id == state.prompt.id), None)
    for name, node in plan.params if plan is not None else ():
        if _identifying(scene, service, reads(node)):
            params[name] = "…"
    return prompt_text(scene, state._replace(params=params))


def _identifying(scene: Scene, service: str, names: Iterable[str]) -> bool:
    """Whether what is made from these would say something of what a sensitive answer holds."""
    facts = scene.index.plan(service).facts
    return any(
        name in ("applicant_birth", "open_case") or ((fact := facts.get(name)) is not None and fact.fact.sensitive)
        for name in through(scene.index, service, names)
    )


def _blocker_lines(scene: Scene, service: str, blockers: list[PromptState]) -> list[PaperLine]:
    """What stands against the case and what to do; what rests on a record is only said to be looked at."""
    words = scene.words
    said = [state for state in blockers if not hushed(scene.index, service, state.prompt)]
    lines: list[PaperLine] = []
    for place, state in enumerate(said, start=1):
        own = f"paper.blocker.{state.prompt.id}"
        text = words(own) if words.has(own) else _public_text(scene, service, state)
        lines.append(PaperLine(f"{place}. {text}"))
        lines.append(PaperLine(basis_text(scene, state), "dim", indent=3))
    if len(said) < len(blockers):
        lines.append(PaperLine(f"{len(said) + 1}. {words('paper.hushed')}"))
    return lines


def _facts_to_say(scene: Scene) -> str:
    """The names of what the applicant still has to say or show: no checks, and nothing that a register answers."""
    found = scene.assessment
    if found is None or scene.file is None:
        return ""
    open_facts = {problem.id for problem in found.gate if problem.kind in ("field_missing", "field_invalid")}
    return scene.words.listed(
        scene.pick(state.fact.label)
        for state in found.facts
        if state.fact.key in open_facts
        and state.fact.section != "checks"
        and state.fact.source in ("applicant", "document")
        and state.fact.type not in ("photo", "fp")
        and not confidential(scene.index, scene.file.service, [state.fact.key])
    )


def _group_lines(scene: Scene, service: str, group: Group, head: str) -> list[PaperLine]:
    """One paper, or several of which one is enough."""
    if len(group) == 1:
        return _material_lines(scene, service, group[0], head)
    lines = [PaperLine(head + scene.words("paper.one_of"))]
    for state in group:
        lines += [
            PaperLine(line.text, line.style, line.label, line.indent + 3)
            for line in _material_lines(scene, service, state, "- ")
        ]
    return lines


def _material_lines(scene: Scene, service: str, state: MaterialState, head: str) -> list[PaperLine]:
    """A paper by its name, how many, what makes it acceptable, and why it is needed."""
    return [
        *_paper_lines(scene, state.use, head),
        PaperLine(_why(scene, service, state), "dim", indent=3),
    ]


def _paper_lines(scene: Scene, use: MaterialUse, head: str) -> list[PaperLine]:
    words = scene.words
    material = scene.index.material(use.code)
    name = scene.pick(material.name)
    if use.confidence == "illustrative":
        name += words("service.demonstration")
    lines = [PaperLine(head + name, "strong")]
    lines.append(PaperLine(words("paper.copies", originals=use.originals, copies=use.copies), indent=3))
    if use.note is not None:
        lines.append(PaperLine(words("paper.note", text=scene.pick(use.note)), indent=3))
    check = scene.pick(use.check or material.check)
    if check:
        lines.append(PaperLine(words("paper.check", text=check), indent=3))
    return lines


def _why(scene: Scene, service: str, state: MaterialState) -> str:
    """Why a paper is needed: by the answers that decided it where they may be said, else by the rule itself."""
    words, index = scene.words, scene.index
    plan = index.plan(service)
    node = plan.materials[state.use.code].when
    names = reads(node)
    if not names:
        return words("paper.why.always")
    if _identifying(scene, service, names) or confidential(index, service, through(index, service, names)):
        return words("paper.why.case")
    labels = Labels(index, service, scene.language)
    sayable = [
        name == "variant" or ((fact := plan.facts.get(name)) is not None and fact.kind in ("bool", "enum"))
        for name, _ in state.because
    ]
    if state.because and all(sayable):
        parts = [
            words("paper.why.part", name=labels.name(name), value=labels.value(name, value))
            for name, value in state.because
        ]
        return words("paper.why.because", parts=labels.pick(("、", ", ")).join(parts))
    return words("paper.why.because", parts=sentence(node, labels))


def _perhaps_lines(scene: Scene, service: str, state: MaterialState) -> list[PaperLine]:
    """A paper of which it is not known yet whether it is needed, and what that depends on."""
    words, index = scene.words, scene.index
    labels = Labels(index, service, scene.language)
    open_names = [name for name in state.missing if not confidential(index, service, through(index, service, [name]))]
    names = labels.pick(("、", ", ")).join(labels.name(name) for name in open_names)
    name = scene.pick(state.material.name)
    text = words("paper.depends", name=name, facts=names) if names else name
    return [PaperLine(f"· {text}", indent=2)]


def _item_lines(scene: Scene, case: Case, item: str, head: str) -> list[PaperLine]:
    """What a supplement asks for: a paper as the service asks for it, or what has to be said."""
    try:
        service = scene.index.service(case.service)
        use = next((use for use in service.materials if use.code == item), None)
    except KeyError:
        use = None
    if use is not None:
        return _paper_lines(scene, use, head)
    return [PaperLine(head + item_name(scene, case, item), "strong")]
