"""What practice shows: the briefing, the citizen at the counter, a paper beside the form, the debrief.

A page's lines carry ids; what they mean: "start", "next", "again", "demo", "ledger", "ready",
"mistake:N", "practise:SCENARIO"; those of the citizen's panel "fact:KEY" and "paper:CODE".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from counterdesk.catalog.model import Text
from counterdesk.practice import citizen
from counterdesk.practice.course import Course
from counterdesk.practice.debrief import Debrief, Mistake
from counterdesk.practice.lesson import Sitting
from counterdesk.practice.papers import HOLDER, NUMBER, ORIGINAL, VALID, holder_number
from counterdesk.practice.run import OPEN_CASE, Act
from counterdesk.practice.scenario import Scenario
from counterdesk.practice.sources import Sources
from counterdesk.screens.views.checklist import question_label, questions
from counterdesk.screens.views.scene import Scene
from counterdesk.text import clean, wrap
from counterdesk.widgets.values import Cell, Line, PanelView, Style

MARKS: Final = ("verified", "missing", "waived")
"""What a paper can be marked as while it is looked at, by the digits from 1."""
_NUMBER: Final = 20
"""Cells in which an identity number stands on one line."""
_REPLIES: Final = frozenset(("said", "unsure", "nothing", "see_register", "see_yourself", "shown", "not_carried"))


class Lines:
    """Lines of a page of some width, wrapped as they are added."""

    def __init__(self, scene: Scene, width: int) -> None:
        self.scene = scene
        self.inner = max(width - 4, 16)
        self.made: list[Line] = []

    def add(self, text: str, style: Style = "", line_id: str = "", indent: int = 0) -> None:
        """A paragraph; its first line can be chosen if it has an id."""
        blanks = " " * indent
        for place, row in enumerate(wrap(clean(text), max(self.inner - indent, 10))):
            self.made.append(Line((Cell(blanks + row, style, -1),), line_id if place == 0 else ""))

    def word(self, key: str, style: Style = "", line_id: str = "", indent: int = 0, **params: str | int) -> None:
        """The same of a key of the words."""
        self.add(self.scene.words(key, **params), style, line_id, indent)

    def gap(self) -> None:
        """An empty line."""
        self.made.append(Line(()))


# Before.


def briefing_view(
    scene: Scene, course: Course | None, scenarios: tuple[Scenario, ...], passed: int, width: int
) -> PanelView:
    """Before anybody is called: what for, how hard, who comes, and the keys that matter."""
    from counterdesk.practice.collection import hints

    words = scene.words
    lines = Lines(scene, width)
    if course is None:
        lines.word("lesson.preparing", "warn")
        return PanelView(words("lesson.briefing"), tuple(lines.made))
    names = words("lesson.comma").join(scene.service_name(service) for service in course.services)
    lines.add(names, "strong")
    lines.word("lesson.level", level=course.level, count=len(course.stops))
    lines.word(f"lesson.about.{course.level}")
    lines.word("lesson.start", "accent", "start")
    if not course.exam:
        lines.word("lesson.to_demo", "accent", "demo")
    lines.word("lesson.to_ledger", "accent", "ledger")
    if course.minutes:
        lines.word("lesson.limit", "warn", minutes=course.minutes)
    lines.word("lesson.pass", points=passed)
    for service in course.services[:3]:
        minutes = scene.index.service(service).minutes
        lines.word(
            "lesson.norm",
            "dim",
            service=scene.service_name(service),
            median=f"{minutes.median:g}",
            p90=f"{minutes.p90:g}",
        )
    if course.hints:
        lines.gap()
        lines.word("lesson.to_learn", "title")
        for scenario in scenarios:
            lines.add(f"· {scene.pick(scenario.title)}")
            said = scene.pick(scenario.title)
            for hint in hints(scene.index, scenario):
                if scene.pick(hint) not in said:  # a rule's title is its sentence
                    lines.add(scene.pick(hint), "dim", indent=2)
    lines.gap()
    lines.word("lesson.keys", "title")
    for name in ("call", "ask", "take", "look", "card", "panel", "end"):
        lines.word(f"lesson.key.{name}")
    return PanelView(words("lesson.briefing"), tuple(lines.made))


# The citizen.


def citizen_view(scene: Scene, sitting: Sitting | None, *, hinted: bool, width: int) -> PanelView:
    """Who sits at the counter: his mood, what lies on the desk, and what was said, the latest first."""
    words = scene.words
    if sitting is None:
        return PanelView(words("lesson.citizen"), ())
    scenario, visit = sitting.scenario, sitting.visit
    lines = Lines(scene, width)
    at = sitting.at(scene.now)
    left = max(0, visit.citizen.patience - at)
    share = at / visit.citizen.patience
    mood = 2 if share > 0.8 else 1 if share > 0.5 else 0
    lines.word(f"lesson.mood.{scenario.temper}.{mood}", "warn" if mood == 2 else "dim")
    acts = visit.record.acts
    papers = [act for act in acts if act.kind == "look" and act.result in ("shown", "not_carried")]
    if papers:
        lines.word("lesson.on_desk", "title")
        for act in {act.key: act for act in papers}.values():
            name = scene.pick(scene.index.material(act.key).name)
            there = act.result == "shown"
            lines.add(f"{'▤' if there else '✗'} {name}", "" if there else "dim", f"paper:{act.key}")
    lines.word("lesson.said", "title")
    for place, act in enumerate(reversed(acts)):
        for text, style in _spoken(scene, sitting, acts[: len(acts) - place], act):
            lines.add(text, style, f"fact:{act.key}" if act.kind != "look" and style != "dim" else "")
    for said in citizen.purpose(scene.index, scenario, words):
        lines.add(words("lesson.speech", said=said))
    foot = Lines(scene, width)
    if hinted:
        _hint(scene, foot)
    return PanelView(
        words("lesson.citizen"),
        tuple(lines.made),
        words("lesson.patience", minutes=-(-left // 60)),
        tuple(foot.made[:4]),
    )


def _spoken(scene: Scene, sitting: Sitting, so_far: tuple[Act, ...], act: Act) -> Iterator[tuple[str, Style]]:
    """The question and the answer of an act; nothing of one that is not spoken."""
    words, scenario = scene.words, sitting.scenario
    if act.kind == "look" and act.result in _REPLIES:
        nth = sum(one.kind == "look" and one.key == act.key for one in so_far)
        reply = citizen.Reply(code=act.result, key=act.key, nth=nth)  # type: ignore[arg-type]
        yield words("lesson.speech", said=citizen.answer(scene.index, scenario, reply, words)), ""
        yield citizen.request(scene.index, act.key, words), "dim"
    elif act.kind == "ask" and act.result in _REPLIES:
        nth = sum(one.kind == "ask" and one.key == act.key for one in so_far)
        value = act.seen.get(act.key)
        reply = citizen.Reply(code=act.result, key=act.key, value=value, nth=nth)  # type: ignore[arg-type]
        yield words("lesson.speech", said=citizen.answer(scene.index, scenario, reply, words)), ""
        yield citizen.question(scene.index, scenario.service, act.key, words), "dim"
    elif act.kind in ("ask", "look") or act.result == "not_listed":  # a field of another case may be unknown to his
        yield words(f"lesson.reply.{act.result}"), "warn"
    elif act.kind == "check" and act.key != OPEN_CASE and act.result != "only_by_asking":
        yield found_text(scene, sitting, act), "ask"


def found_text(scene: Scene, sitting: Sitting, act: Act) -> str:
    """What a register or the officer's own eyes say."""
    service = sitting.scenario.service
    fact = scene.index.fact(service, act.key)
    label = scene.pick(fact.label)
    if act.result != "found":
        return scene.words("lesson.reply.nothing_found", name=label)
    value = citizen.shown_value(scene.index, service, fact, act.seen.get(act.key), scene.words)
    kind = "register" if fact.source == "register" else "eyes"
    return scene.words(f"lesson.reply.{kind}", name=label, value=value)


def reply_text(scene: Scene, sitting: Sitting, act: Act) -> str:
    """The latest act in one line, for below the panels."""
    so_far = sitting.visit.record.acts
    return next((text for text, _ in _spoken(scene, sitting, so_far, act)), "")


def _hint(scene: Scene, lines: Lines) -> None:
    """Which question settles most now, and whom to ask: only for who practises slowly."""
    found = scene.assessment
    if found is None:
        return
    asked = questions(found)
    if asked:
        best = asked[0]
        way, key = hint_way(scene, best.key)
        name = question_label(scene, best._replace(key=key))
        lines.word(f"lesson.hint.{way}", "accent", name=name, count=best.settles)
    elif found.to_ask:
        name = scene.pick(scene.index.material(found.to_ask[0].key).name) if found.to_ask[0].kind == "material" else ""
        lines.word("lesson.hint.look", "accent", name=name)
    else:
        lines.word("lesson.hint.decide", "accent")


def hint_way(scene: Scene, key: str) -> tuple[Literal["ask", "number", "register", "see"], str]:
    """How something is found out, and what comes first for it.

    A register answers for a number, so where it is to be asked and no number is written down, that is what comes first.
    """
    file = scene.file
    plan = scene.index.plan(file.service) if file is not None else None
    if file is None or plan is None or key not in plan.facts:
        return "ask", key
    fact, number = plan.facts[key].fact, plan.service.applicant_fact
    if fact.source == "register":
        known = number not in plan.facts or key == number or number in file.answers
        return ("register", key) if known else ("number", number)
    by_oneself = fact.source == "officer" or (fact.source == "document" and fact.section == "checks")
    return ("see" if by_oneself else "ask"), key


# A paper.


def paper_view(scene: Scene, sitting: Sitting, code: str, width: int) -> PanelView:
    """A paper that was shown: what stands on it beside what stands in the form. What differs, the officer finds."""
    words = scene.words
    act = next((a for a in reversed(sitting.visit.record.acts) if a.kind == "look" and a.key == code), None)
    lines = Lines(scene, width)
    material = scene.index.material(code)
    title = words("lesson.paper", name=scene.pick(material.name))
    if act is None or act.result != "shown":
        lines.word("lesson.not_here", "warn")
        return PanelView(title, tuple(lines.made))
    label = max(8, min(16, lines.inner - 2 * _NUMBER))
    half = (lines.inner - label) // 2
    head = (("", label), (words("lesson.on_paper"), half), (words("lesson.in_form"), half))
    lines.made.append(Line(tuple(Cell(text, "title", size) for text, size in head)))
    for key, value in act.seen.items():
        name, shown, written = _particular(scene, sitting, code, key, value)
        _columns(lines, ((name, label), (shown, half), (written, half)))
    lines.gap()
    use = next((use for use in scene.index.service(sitting.scenario.service).materials if use.code == code), None)
    if use is not None:
        lines.word("material.check", "dim", check=scene.pick(use.check or material.check))
    foot = Lines(scene, width)
    status = scene.file.materials.get(code, "") if scene.file is not None else ""
    foot.word("lesson.marked", status=words(f"material.{status}") if status else words("lesson.unmarked"))
    foot.word("lesson.mark_keys", "accent")
    return PanelView(title, tuple(lines.made), foot=tuple(foot.made))


def _columns(lines: Lines, columns: tuple[tuple[str, int], ...]) -> None:
    rows = [wrap(clean(text), size - 1) if text else [""] for text, size in columns]
    for place in range(max(map(len, rows))):
        parts = [row[place] if place < len(row) else "" for row in rows]
        lines.made.append(Line(tuple(Cell(text, "", size) for text, (_, size) in zip(parts, columns, strict=True))))


def _particular(scene: Scene, sitting: Sitting, code: str, key: str, value: object) -> tuple[str, str, str]:
    """A particular of a paper: its name, what stands on the paper, what stands in the form."""
    words, service = scene.words, sitting.scenario.service
    answers = scene.file.answers if scene.file is not None else {}
    if key == ORIGINAL:
        return words("lesson.particular.original"), words(f"lesson.original.{'yes' if value else 'no'}"), ""
    if key == VALID:
        return words("lesson.particular.valid_until"), str(value), words("lesson.today", day=scene.today.isoformat())
    facts = scene.index.plan(service).facts
    if key == HOLDER:
        names = [name for name in ("name", "person_name", "old_name") if name in facts]
        written = next((str(answers[name].value) for name in names if name in answers), "")
        return words("lesson.particular.holder"), str(value), written
    if key == NUMBER:
        whose = holder_number(scene.index, scene.file, code) if scene.file is not None else ""
        return words("lesson.particular.holder_id"), str(value), whose
    fact = facts[key].fact
    answer = answers.get(key)

    def shown(of: object) -> str:
        return citizen.shown_value(scene.index, service, fact, of, words)  # type: ignore[arg-type]

    return scene.pick(fact.label), shown(value), shown(answer.value) if answer is not None else ""


# After.


def debrief_view(scene: Scene, sitting: Sitting, *, more: bool, practised: bool, width: int) -> PanelView:
    """What was right and wrong about a visit: each mistake with its moment, its rule and where that stands."""
    words, found = scene.words, sitting.done
    lines = Lines(scene, width)
    if found is None:
        return PanelView(words("lesson.debrief"), ())
    good: Style = "ok" if not found.mistakes else "warn" if found.score >= 60 else "block"
    lines.word("teach.debrief.score", good, score=found.score)
    lines.add(scene.of_service(found.service, scene.pick(sitting.scenario.title)), "strong")
    right = " / ".join(words(f"teach.outcome.{one}") for one in found.right)
    lines.word("teach.debrief.ending", ending=found.ending, right=right)
    minutes, seconds = divmod(found.seconds, 60)
    lines.word("teach.debrief.time", minutes=minutes, seconds=seconds, median=f"{found.median:g}", p90=f"{found.p90:g}")
    lines.gap()
    if not found.mistakes:
        lines.word("teach.debrief.clean", "ok")
    for place, mistake in enumerate(found.mistakes):
        _mistake(scene, sitting, found, lines, place, mistake)
    lines.gap()
    if practised:
        lines.word("lesson.again", "accent", "again")
    lines.word("lesson.next" if more else "lesson.no_more", "accent", "next" if more else "result")
    foot = Lines(scene, width)
    if found.mistakes:
        foot.word("lesson.debrief_keys", "accent")
    return PanelView(words("lesson.debrief"), tuple(lines.made), foot=tuple(foot.made))


def _mistake(scene: Scene, sitting: Sitting, found: Debrief, lines: Lines, place: int, mistake: Mistake) -> None:
    words = scene.words
    minutes, seconds = divmod(mistake.at, 60)
    head = f"{minutes:02}:{seconds:02} {words(f'teach.mistake.{mistake.kind}')} −{mistake.points}"
    lines.add(head, "block" if mistake.points >= 20 else "warn", f"mistake:{place}")
    lines.add(rule_text(scene, sitting.scenario, mistake), indent=2)
    if mistake.bases:
        names = "; ".join(scene.pick(scene.index.basis(found.service, basis).name) for basis in mistake.bases)
        lines.word("lesson.basis", "dim", indent=2, basis=names)


def rule_text(scene: Scene, scenario: Scenario, mistake: Mistake) -> str:
    """Which rule was broken, in words, and on what."""
    words = scene.words
    named = f"teach.rule.{mistake.rule.removeprefix('counter:')}"
    deed = next((d for d in scenario.deeds if mistake.rule == f"deed:{d.id}"), None)
    text: Text | None = deed.text if deed is not None else Sources(scene.index, scenario.service).of(mistake.rule).text
    kind, _, name = mistake.rule.partition(":")
    if words.has(named):
        said = words(named)
    else:
        said = scene.pick(text) if text is not None else mistake.rule
        if kind == "prompt":
            said = f"{name} {said}"
    subject = _subject(scene, scenario, mistake)
    return f"{said}({subject})" if subject and subject not in said else said


def _subject(scene: Scene, scenario: Scenario, mistake: Mistake) -> str:
    facts = scene.index.plan(scenario.service).facts
    if mistake.subject in facts:
        return scene.pick(facts[mistake.subject].fact.label)
    codes = {material.code for material in scene.index.catalog.materials}
    if mistake.subject in codes:
        return scene.pick(scene.index.material(mistake.subject).name)
    return ""


def mistake_passage(sitting: Sitting, line_id: str) -> str:
    """The policy passage behind a line of the debrief, "" for none."""
    kind, _, place = line_id.partition(":")
    found = sitting.done
    if kind != "mistake" or found is None or not place.isdigit() or int(place) >= len(found.mistakes):
        return ""
    passages = found.mistakes[int(place)].passages
    return passages[0] if passages else ""
