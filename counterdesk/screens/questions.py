"""Questions inside the case panel: which hold, where to, which service. Built here, asked by the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from counterdesk.catalog.pinyin import every_reading, fold, position, spelled
from counterdesk.locale import Words
from counterdesk.quiet import quiet
from counterdesk.screens.actions import actions, key_name, next_step
from counterdesk.screens.views.checklist import prompt_text
from counterdesk.screens.views.conflict import conflict_lines
from counterdesk.screens.views.handoffs import item_name, status_in_words
from counterdesk.screens.views.queue import held_here, what
from counterdesk.screens.views.scene import Scene
from counterdesk.station import commands as c
from counterdesk.station.model import Case, Ticket
from counterdesk.widgets.values import Choice, ChooserView

DIGITS = "123456789"
SIDES_SHOWN = 10
"""So many differences of a conflict fit above the choices on the smallest screen."""


@quiet
@dataclass(frozen=True, slots=True)
class Question:
    """A question and what happens with its answer (the id of the choice taken).

    narrow: gives the choices for a typed text, where one may be typed. back: what Escape does beside closing it.
    entered: what happens with a typed text that is no choice. again: the question as it is asked while a text is typed.
    """

    view: ChooserView
    then: Callable[[str], None]
    narrow: Callable[[str], tuple[Choice, ...]] | None = None
    back: Callable[[], None] | None = None
    entered: Callable[[str], None] | None = None
    again: Callable[[str], ChooserView] | None = None


def numbered(rows: Iterable[tuple[str, str, str, str]]) -> tuple[Choice, ...]:
    """Choices with digits, from (id, label, note, reason why blocked)."""
    return tuple(
        Choice(identifier, label, DIGITS[place] if place < len(DIGITS) else "", note, blocked)
        for place, (identifier, label, note, blocked) in enumerate(rows)
    )


def hold_question(scene: Scene, ticket: Ticket) -> ChooserView:
    """Which of the three holds."""
    words = scene.words
    kinds = ("papers_out", "papers_kept", "step_wait")
    return ChooserView(
        "hold",
        words("action.hold"),
        words("menu.hold", number=ticket.number),
        numbered((kind, words(f"hold.{kind}"), words(f"hold_help.{kind}"), "") for kind in kinds),
    )


def resume_question(scene: Scene) -> ChooserView:
    """Which held ticket goes on, here or where its kind allows it."""
    words = scene.words
    held = [t for t in scene.station.tickets.values() if t.state == "held"]
    own = {ticket.id for ticket in held_here(scene)}
    held.sort(key=lambda t: (t.id not in own, t.held_at or scene.now))
    rows = []
    for ticket in held:
        refused = scene.refusal(c.ResumeTicket(counter=scene.desk.counter, ticket=ticket.id))
        note = words(f"hold.{ticket.hold}") + " " + words("status.counter", counter=ticket.counter)
        rows.append(
            (ticket.id, f"{ticket.number} {what(scene, ticket)}", note, scene.reason(refused) if refused else "")
        )
    return ChooserView("resume", words("command.ResumeTicket"), words("menu.resume"), numbered(rows))


def transfer_question(scene: Scene, ticket: Ticket) -> ChooserView:
    """To which counter or group a called or served ticket goes; what the rules refuse says why."""
    words, station = scene.words, scene.station
    rows = []
    for counter in station.counters.values():
        if counter.number == ticket.counter:
            continue
        command = c.TransferTicket(counter=ticket.counter, to_counter=counter.number)
        refused = scene.refusal(command)
        label = words("menu.to_counter", counter=counter.number, state=counter.state)
        groups = " ".join(scene.group_name(group) for group in counter.groups)
        rows.append((f"counter:{counter.number}", label, groups, scene.reason(refused) if refused else ""))
    for group in station.groups:
        waiting = sum(t.state == "waiting" and t.group == group for t in station.tickets.values())
        label = words("menu.to_group", group=scene.group_name(group), count=waiting)
        rows.append((f"group:{group}", label, "", ""))
    return ChooserView(
        "transfer", words("action.transfer"), words("menu.transfer", number=ticket.number), numbered(rows)
    )


def outcome_question(scene: Scene, ticket: Ticket) -> ChooserView:
    """How the visit ended."""
    words = scene.words
    rows = []
    for outcome in ("done", "come_back", "referred", "nothing_done"):
        refused = scene.refusal(c.FinishTicket(counter=scene.desk.counter, outcome=outcome))
        rows.append((outcome, words(f"outcome.{outcome}"), "", scene.reason(refused) if refused else ""))
    return ChooserView("outcome", words("action.finish"), words("menu.outcome", number=ticket.number), numbered(rows))


def serving_question(scene: Scene, ticket: Ticket) -> ChooserView:
    """What becomes of the citizen who stands there, before another one is called."""
    words = scene.words
    finish = scene.refusal(c.FinishTicket(counter=scene.desk.counter, outcome="done"))
    return ChooserView(
        "serving",
        words("action.call_next"),
        words("menu.serving", number=ticket.number),
        numbered(
            [
                ("stay", words("menu.stay", number=ticket.number), "", ""),
                ("hold", words("menu.hold_and_call"), "", ""),
                ("finish", words("menu.finish_and_call"), "", scene.reason(finish) if finish else ""),
            ]
        ),
    )


def service_choices(scene: Scene, text: str) -> tuple[Choice, ...]:
    """The services that a typed text finds; all of them, the commonest first, for none."""
    services = scene.index.find(text, 30) if text.strip() else ()
    if not text.strip():
        group = scene.current.group if scene.current else ""
        services = tuple(sorted(scene.index.catalog.services, key=lambda s: (s.group != group, -s.daily_demand)))
    names = {category.id: scene.pick(category.name) for category in scene.index.catalog.categories}
    return tuple(
        Choice(s.id, scene.pick(s.name), DIGITS[place] if not text and place < 9 else "", names.get(s.category, ""))
        for place, s in enumerate(services)
    )


def service_question(scene: Scene) -> ChooserView:
    """Which service, by name, pinyin initials or number."""
    words = scene.words
    return ChooserView(
        "service",
        words("case.service"),
        words("menu.service"),
        service_choices(scene, ""),
        typed=True,
        empty=words("menu.no_service"),
    )


def warning_question(scene: Scene, prompt: str, place: int, count: int) -> ChooserView:
    """One warning that has to be taken note of."""
    words = scene.words
    state = next(p for p in scene.assessment.prompts if p.prompt.id == prompt) if scene.assessment else None
    text = prompt_text(scene, state) if state is not None else prompt
    return ChooserView(
        f"warning:{prompt}",
        words("action.advance"),
        words("menu.confirm_warn", place=place, count=count, text=text),
        numbered([("yes", words("menu.confirm"), "", ""), ("no", words("menu.back"), "", "")]),
    )


def yes_no(scene: Scene, identifier: str, title: str, prompt: str) -> ChooserView:
    """Yes or no; no is first, so that a stray Enter does nothing."""
    words = scene.words
    return ChooserView(
        identifier,
        title,
        prompt,
        numbered([("no", words("menu.no"), "", ""), ("yes", words("menu.yes"), "", "")]),
    )


def supplement_question(scene: Scene, case: Case) -> ChooserView:
    """Whether everything that was asked for is here."""
    items = scene.words.listed(item_name(scene, case, item) for item in case.supplement)
    return yes_no(
        scene, "supplement", scene.words("command.SupplementCase"), scene.words("menu.supplement", items=items)
    )


def code_question(scene: Scene, identifier: str, title: str, prompt: str, table: str) -> ChooserView:
    """One of the codes that a table of the words lists."""
    codes = scene.words.codes(table)
    return ChooserView(
        identifier, title, prompt, numbered((code, scene.words(f"{table}.{code}"), "", "") for code in codes)
    )


def profile_question(scene: Scene, chosen: frozenset[str]) -> ChooserView:
    """Which groups the counter draws from."""
    words = scene.words
    rows = [("done", words("menu.done"), "", "" if chosen else words("refused.profile_empty"))]
    rows += [
        (group, ("[x] " if group in chosen else "[ ] ") + scene.group_name(group), "", "")
        for group in scene.station.groups
    ]
    return ChooserView("profile", words("action.profile"), words("menu.profile"), numbered(rows))


def ticket_question(scene: Scene, ticket: Ticket) -> ChooserView:
    """What to do with a ticket of the queue."""
    words, counter = scene.words, scene.desk.counter
    commands: list[c.AnyCommand] = [c.CallTicket(counter=counter, ticket=ticket.id)]
    if ticket.state == "held":
        commands.insert(0, c.ResumeTicket(counter=counter, ticket=ticket.id))
    if ticket.state == "no_show":
        commands.insert(0, c.Reinstate(ticket=ticket.id))
    commands.append(c.TicketLeaves(ticket=ticket.id))
    rows = []
    for command in commands:
        refused = scene.refusal(command)
        name = type(command).__name__
        rows.append((name, words(f"command.{name}"), "", scene.reason(refused) if refused else ""))
    label = words("menu.ticket", number=ticket.number, what=what(scene, ticket))
    return ChooserView(f"ticket:{ticket.id}", label, words(f"ticket.state.{ticket.state}"), numbered(rows))


def elsewhere_question(scene: Scene, ticket: Ticket) -> ChooserView:
    """What becomes of a ticket that another counter called or serves: for a leader, where its desk is gone."""
    words = scene.words
    rows = []
    for name, command in elsewhere_commands(scene, ticket).items():
        refused = scene.refusal(command)
        reason = scene.reason(refused) if refused else ""
        if refused is not None and refused.code == "counter_not_yours":
            reason = words("blocked.leader_only")  # opening the counter, as that refusal says, would not help here
        rows.append((name, words(f"command.{name}"), "", reason))
    label = words("menu.ticket", number=ticket.number, what=what(scene, ticket))
    where = words("status.counter", counter=ticket.counter)
    return ChooserView(
        f"elsewhere:{ticket.id}", label, f"{where} {words(f'ticket.state.{ticket.state}')}", numbered(rows)
    )


def elsewhere_commands(scene: Scene, ticket: Ticket) -> dict[str, c.AnyCommand]:
    """The commands of `elsewhere_question` by name; the transfer to any place, so that the rules can be asked."""
    counter = ticket.counter
    places = (other for other in scene.station.counters.values() if other.number != counter and other.state != "closed")
    place = next((other.number for other in places), "")
    transfer = c.TransferTicket(counter=counter, to_counter=place, to_group="" if place else ticket.group)
    first: c.AnyCommand = (
        c.HoldTicket(counter=counter, kind="papers_out") if ticket.state == "serving" else c.MarkNoShow(counter=counter)
    )
    commands: tuple[c.AnyCommand, ...] = (
        c.Requeue(counter=counter),
        first,
        transfer,
        c.TicketLeaves(ticket=ticket.id),
    )
    return {type(command).__name__: command for command in commands}


def unlock_question(scene: Scene) -> ChooserView:
    """Whose name is to be unlocked."""
    words = scene.words
    return ChooserView(
        "unlock",
        words("action.unlock_officer"),
        words("menu.unlock"),
        (),
        typed=True,
        empty=words("menu.unlock_empty"),
        limit=20,
    )


def ticket_command(scene: Scene, ticket: str, name: str) -> c.AnyCommand:
    """The command of a choice of `ticket_question`."""
    counter = scene.desk.counter
    match name:
        case "ResumeTicket":
            return c.ResumeTicket(counter=counter, ticket=ticket)
        case "Reinstate":
            return c.Reinstate(ticket=ticket)
        case "TicketLeaves":
            return c.TicketLeaves(ticket=ticket)
    return c.CallTicket(counter=counter, ticket=ticket)


def case_question(scene: Scene, case: Case) -> ChooserView:
    """What to do with a case of the board."""
    words = scene.words
    rows = [("look", words("menu.look"), "", "")]
    command = next_step(case)
    if command is not None:
        refused = scene.refusal(command)
        reason = scene.reason(refused) if refused and refused.code not in ("gate", "no_file") else ""
        rows.append(("advance", words(f"command.{type(command).__name__}"), "", reason))
    if case.status in ("received", "supplementing"):
        rows.append(("form", words("menu.open_form"), "", ""))
    withdraw = scene.refusal(c.WithdrawCase(case=case.id))
    rows.append(("withdraw", words("command.WithdrawCase"), "", scene.reason(withdraw) if withdraw else ""))
    status, _ = status_in_words(scene, case)
    title = f"{words('menu.case', number=case.number)} {scene.service_name(case.service)}"
    return ChooserView(f"case:{case.id}", title, status, numbered(rows))


def conflict_question(scene: Scene, case_id: str) -> ChooserView:
    """Which version of a case file that was changed elsewhere meanwhile."""
    words, case = scene.words, scene.station.cases.get(case_id)
    number = case.number if case is not None else ""
    rows = [("mine", words("menu.keep_mine"), "", ""), ("theirs", words("menu.keep_theirs"), "", "")]
    differences = conflict_lines(scene, case_id)
    shown = differences[:SIDES_SHOWN]
    if more := len(differences) - len(shown):
        shown.append(words("conflict.more", count=more))
    prompt = "\n".join([words("menu.conflict", number=number), *shown])
    return ChooserView(f"conflict:{case_id}", words("file.conflict"), prompt, numbered(rows))


def action_choices(rows: Iterable[tuple[str, str, str, str, str]], text: str) -> tuple[Choice, ...]:
    """The actions whose name (also by pinyin), explanation or id holds the typed text.

    rows: (id, name, explanation, key, reason why blocked). What can be done comes first, and of that what fits best.
    """
    wanted = fold(text)
    found = [
        (worth, Choice(identifier, f"{label} [{key_name(key)}]" if key else label, "", explained, blocked))
        for identifier, label, explained, key, blocked in rows
        if (worth := _worth(wanted, identifier, label, explained)) is not None
    ]
    return tuple(choice for _, choice in sorted(found, key=lambda one: (bool(one[1].blocked), one[0])))


def _worth(wanted: str, identifier: str, label: str, explained: str) -> int | None:
    """How well an action fits what is typed, 0 the best: its name begins so or holds it, by what its characters are
    mostly read, or by any reading, or what is said of it does. None: not at all."""
    letters = wanted.replace(" ", "")
    if not letters:
        return 0
    name = spelled(every_reading(), label)
    mostly = position(name._replace(readings=tuple(known[:1] for known in name.readings)), letters)
    if mostly is not None:
        return min(mostly, 1)
    if position(name, letters) is not None:
        return 2
    return 3 if wanted in fold(label) or wanted in fold(explained) or wanted in identifier else None


def action_question(words: Words, choices: tuple[Choice, ...]) -> ChooserView:
    """Any action by its name. choices: while nothing is typed."""
    return ChooserView(
        "commands", words("menu.title"), words("menu.filter"), choices, typed=True, empty=words("menu.none")
    )


def command_choices(scene: Scene, keys: Mapping[str, str], text: str) -> tuple[Choice, ...]:
    """The actions of the counter that a typed text finds."""
    rows = (
        (
            *(action.id, action.label(scene), scene.words(f"action_help.{action.id}")),
            *(keys.get(action.id, ""), action.blocked(scene)),
        )
        for action in actions(scene)
        if action.id != "commands"
    )
    return action_choices(rows, text)
