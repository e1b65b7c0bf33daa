"""The entrance: who waits, what the next one comes for, how long it will take, and where he need not wait at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from counterdesk.catalog.assess import MaterialState, assess
from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.model import Service
from counterdesk.catalog.plan import parse
from counterdesk.catalog.sentences import Labels, sentence
from counterdesk.quiet import quiet
from counterdesk.screens.questions import DIGITS, numbered
from counterdesk.screens.views.precheck import MARKS, marks_text
from counterdesk.screens.views.queue import what
from counterdesk.screens.views.scene import Scene
from counterdesk.screens.views.ways import VARIANT, saving_text, way_note, ways_of
from counterdesk.station import commands as c
from counterdesk.station import learning
from counterdesk.station.estimate import Expected, asking, newcomer
from counterdesk.station.hall import Hall, HallTicket, Standing
from counterdesk.station.model import Appointment, PrecheckMark, PriorityReason, State, Ticket
from counterdesk.station.offers import Way
from counterdesk.station.waiting import waited_seconds
from counterdesk.widgets.values import Cell, Choice, ChooserView, FieldMark, FieldView, FormView, Line, PanelView, Style

NO_SERVICE = "0"
"""The digit that takes a number of the group alone; what for is then told at the counter."""
_MARK: dict[str, FieldMark] = {"have": "done", "missing": "error", "unsure": "optional"}


@quiet
@dataclass(frozen=True, slots=True)
class Draft:
    """What is about to be given to the citizen at the entrance.

    marks: what was seen of his papers. declined: channels that he does not want. ticket: the ticket that he has, "" for
    one that is still to be issued.
    """

    group: str = ""
    service: str = ""
    variant: str = ""
    marks: Mapping[str, PrecheckMark] = field(default_factory=dict)
    declined: tuple[str, ...] = ()
    priority: PriorityReason | None = None
    ticket: str = ""

    @property
    def asks(self) -> tuple[str, ...]:
        """What its wait hangs on beside the group; nothing where no more is known, or he has a ticket."""
        if self.ticket or not (self.service or self.priority):
            return ()
        return self.group, self.service, self.priority or ""


@quiet
@dataclass(frozen=True, slots=True)
class Entrance:
    """One moment at the entrance.

    expected: what everybody who waits, and a newcomer of each group, can expect. last: the ticket that was given out
    here last. chosen: the ticket under the cursor of the list, while the list has the keys. busy: a ticket is asked for
    and the station has not answered.
    """

    scene: Scene
    expected: Mapping[str, Expected]
    draft: Draft = field(default_factory=Draft)
    last: str = ""
    chosen: str = ""
    busy: bool = False

    @property
    def ticket(self) -> Ticket | None:
        """The ticket that a key is about: the one under the cursor, else the one whose papers are looked at, else the
        one that was given out last."""
        return self.scene.station.tickets.get(self.chosen or self.draft.ticket or self.last)

    @property
    def online(self) -> bool:
        """Whether the station answers: without it no number is given."""
        return self.scene.desk.link.status == "online"


def draft_of(ticket: Ticket) -> Draft:
    """What is known of a ticket that was given out before."""
    seen = ticket.precheck
    return Draft(
        group=ticket.group,
        service=ticket.service,
        variant=seen.variant if seen is not None else "",
        marks=seen.materials if seen is not None else {},
        declined=tuple(offer.channel for offer in ticket.offers if not offer.taken),
        priority=ticket.priority,
        ticket=ticket.id,
    )


# How long it will take.


HOURS_LONG = 3
"""From so many hours on no more is said than that: nobody can foresee it, and nobody waits for it."""


def wait_text(scene: Scene, expected: Expected | None) -> str:
    """The wait as an interval of whole minutes; that nothing is known, where nobody on duty serves it."""
    words = scene.words
    if expected is None:
        return words("guide.wait.unknown")
    low, high = int(expected.low), max(round(expected.high + 0.49), 1)
    if high <= 1:
        return words("guide.wait.now")
    if low >= HOURS_LONG * 60:
        return words("guide.wait.hours", hours=HOURS_LONG)
    return words("guide.wait.between", low=low, high=high)


def where_text(scene: Scene, expected: Expected | None) -> str:
    """At which counters it will probably be; "" where that is open."""
    if expected is None or not expected.counters:
        return ""
    return scene.words("guide.wait.where", counters=scene.words.listed(sorted(expected.counters)))


def expected_text(scene: Scene, expected: Expected | None) -> str:
    """Wait and counter in one line."""
    wait, where = wait_text(scene, expected), where_text(scene, expected)
    return scene.words("guide.wait.both", wait=wait, where=where) if where else wait


def told(at: Entrance, ticket: str) -> str:
    """What a ticket, or a newcomer, is told of wait and counter; nothing by what was known before the line broke."""
    return expected_text(at.scene, at.expected.get(ticket)) if at.online else ""


def expected_of(at: Entrance, draft: Draft) -> Expected | None:
    """What the holder of a draft can expect."""
    if draft.ticket:
        return at.expected.get(draft.ticket)
    return at.expected.get(newcomer("")) or at.expected.get(newcomer(draft.group))


def asked_by(state: State, hall: Hall, draft: Draft) -> HallTicket | None:
    """The holder of a draft as somebody of whom more is known than his group; None where no more is."""
    group = state.groups.get(draft.group)
    if group is None or not draft.asks:
        return None
    known = learning.of_service(state.learned, group, draft.service)
    standing: Standing = "priority" if draft.priority else "walk_in"
    return asking(hall, draft.group, standing, learning.minutes(known) if known is not None else None)


# What somebody comes for.


def home_question(at: Entrance, text: str) -> ChooserView:
    """What the next citizen comes for: a group by digit, or a service, a ticket, an appointment by typing. Nothing is
    aimed at: an Enter that bounced, or is held, after the last number must not begin another one."""
    words = at.scene.words
    if not at.scene.known:  # no digit means anything yet
        prompt = words("guide.unknown" if at.scene.desk.link.status != "offline" else "guide.offline")
        return ChooserView("home", words("guide.home_title"), prompt, (), aimed=False)
    prompt = words("guide.home") if at.online else words("guide.offline")
    return ChooserView(
        "home",
        words("guide.home_title"),
        prompt,
        _home_choices(at, text),
        typed=True,
        empty=words("guide.nothing"),
        aimed=False,
    )


def _home_choices(at: Entrance, text: str) -> tuple[Choice, ...]:
    scene = at.scene
    if not text.strip():
        return tuple(
            Choice(
                f"group:{group.id}",
                f"{group.letter} {scene.group_name(group.id)}",
                DIGITS[place] if place < len(DIGITS) else "",
                told(at, newcomer(group.id)),
            )
            for place, group in enumerate(scene.station.groups.values())
        )
    wanted = text.strip().upper()
    tickets = [
        Choice(f"ticket:{ticket.id}", f"{ticket.number} {what(scene, ticket)}", "", _state(scene, ticket))
        for ticket in scene.station.tickets.values()
        if len(wanted) > 1 and ticket.number.startswith(wanted) and ticket.state in _HERE
    ]
    booked = [
        appointment_choice(at, appointment)
        for appointment in scene.station.appointments.values()
        if len(wanted) > 3 and wanted in appointment.id.upper() and not appointment.ticket
    ]
    services = [service_choice(at, service) for service in scene.index.find(text, 30) if _offered(scene, service)]
    return (*tickets, *booked, *services)


_HERE = ("waiting", "called", "no_show", "held")


def _state(scene: Scene, ticket: Ticket) -> str:
    return scene.words(f"ticket.state.{ticket.state}")


def _offered(scene: Scene, service: Service) -> bool:
    return service.group in scene.station.groups


def service_choice(at: Entrance, service: Service) -> Choice:
    """A service that was searched for, and how long it would take to be called for it."""
    scene = at.scene
    letter = scene.station.groups[service.group].letter
    wait = wait_text(scene, at.expected.get(newcomer(service.group))) if at.online else ""
    notes = [wait, _elsewhere(scene, service)]
    return Choice(f"service:{service.id}", f"{letter} {scene.pick(service.name)}", "", " ".join(filter(None, notes)))


def _elsewhere(scene: Scene, service: Service) -> str:
    """The channels that may finish a service, in short."""
    return scene.words.listed(scene.pick(scene.index.channel(use.channel).short) for use in service.channels)


def group_question(at: Entrance, group: str, text: str) -> ChooserView:
    """Which service of a group, the commonest first, or the group alone."""
    scene, words = at.scene, at.scene.words
    disabled = scene.index.catalog.disabled
    if text.strip():
        services = [service for service in scene.index.find(text, 47) if service.group == group]
    else:
        services = [s for s in scene.index.catalog.services if s.group == group and s.id not in disabled]
        services.sort(key=lambda service: -service.daily_demand)
    choices = [
        Choice(
            f"service:{service.id}",
            scene.pick(service.name),
            DIGITS[place] if not text.strip() and place < len(DIGITS) else "",
            _elsewhere(scene, service),
        )
        for place, service in enumerate(services)
    ]
    if not text.strip():
        choices.append(Choice(NO_SERVICE, words("guide.group_alone"), NO_SERVICE))
    return ChooserView(
        f"group:{group}",
        scene.group_name(group),
        words("guide.which_service", wait=told(at, newcomer(group))).rstrip(),
        tuple(choices),
        typed=True,
        empty=words("menu.no_service"),
    )


# Giving it out.


def confirm_question(at: Entrance, serial: int) -> ChooserView:
    """What the citizen is told before he gets a number, and what else can be done for him. Enter gives the number; no
    digit does, for the digits before it may bounce."""
    scene, words, draft = at.scene, at.scene.words, at.draft
    expected = expected_of(at, draft)
    name = scene.pick(scene.index.service(draft.service).name) if draft.service else scene.group_name(draft.group)
    ahead = sum(t.state == "waiting" and t.group == draft.group for t in scene.station.tickets.values())
    lines = [name]
    if at.online:  # nothing is promised by what was known a while ago
        lines.append(words("guide.expect", wait=expected_text(scene, expected), ahead=ahead))
    if draft.marks:
        lines.append(marks_text(scene, draft.marks))
    if draft.priority:
        lines.append(words("idle.priority", reason=words(f"priority.{draft.priority}")))
    blocked = issue_blocked(at)
    rows = [
        ("issue", words("guide.issue"), "", blocked),
        ("priority", words("guide.issue_first" if draft.priority is None else "guide.not_first"), "", blocked),
    ]
    if draft.service:
        rows.append(("precheck", words("guide.precheck"), words("guide.papers", count=len(papers(scene, draft))), ""))
        rows += [way_row(at, draft, way) for way in draft_ways(scene, draft)]
    issue, *others = numbered(rows)
    return ChooserView(
        f"confirm:{serial}", words("guide.confirm_title"), "\n".join(lines), (replace(issue, digit=""), *others)
    )


def issue_blocked(at: Entrance) -> str:
    """Why no number can be given now, or ""."""
    words = at.scene.words
    if not at.online:
        return words("guide.blocked.offline")
    if at.busy:
        return words("guide.blocked.busy")
    refused = at.scene.refusal(c.IssueTicket(group=at.draft.group or next(iter(at.scene.station.groups), "")))
    return at.scene.reason(refused) if refused is not None else ""


def priority_question(at: Entrance) -> ChooserView:
    """For what reason somebody is called before others."""
    words = at.scene.words
    rows = [(code, words(f"priority.{code}"), "", "") for code in words.codes("priority")]
    return ChooserView("priority", words("guide.issue_first"), words("guide.why_first"), numbered(rows))


# Where he need not wait.


def draft_ways(scene: Scene, draft: Draft) -> tuple[Way, ...]:
    """The channels that could finish what a draft is for."""
    return ways_of(scene, draft.service, draft.variant)


def draft_saving(at: Entrance, draft: Draft, way: Way) -> str:
    """What a channel saves the holder of a draft; that there is no wait now is said as well."""
    expected = expected_of(at, draft)
    if expected is None or not at.online:
        return ""
    return saving_text(at.scene, way, expected.likely, expected.serving) or at.scene.words("guide.no_queue")


def way_row(at: Entrance, draft: Draft, way: Way) -> tuple[str, str, str, str]:
    """A channel as a row of a question."""
    scene = at.scene
    label = scene.words("guide.offer_channel", channel=scene.pick(way.channel.short))
    note = way_note(scene, way, draft_saving(at, draft, way), declined=way.channel.id in draft.declined)
    return (f"way:{way.channel.id}", label, note, "" if at.online else scene.words("guide.blocked.offline"))


# Papers before the wait.


def papers(scene: Scene, draft: Draft) -> tuple[MaterialState, ...]:
    """The papers that a service asks for, or may ask for, in the case group that is known."""
    if not draft.service:
        return ()
    file = CaseFile(case="", service=draft.service, variant=draft.variant)
    found = assess(scene.index, file, today=scene.today, role="guide")
    return tuple(material for material in found.materials if material.needed is not False)


def precheck_form(at: Entrance, serial: int) -> FormView:
    """The papers as a form: one digit for each, in any order."""
    scene, words, draft = at.scene, at.scene.words, at.draft
    service = scene.index.service(draft.service)
    fields: list[FieldView] = []
    if service.variants:
        choices = [
            Choice(variant.code, scene.pick(variant.name), DIGITS[place] if place < len(DIGITS) else "")
            for place, variant in enumerate(service.variants)
        ]
        shown = next((scene.pick(v.name) for v in service.variants if v.code == draft.variant), "")
        mark: FieldMark = "done" if draft.variant else "optional"
        fields.append(
            FieldView(
                VARIANT,
                words("case.variant"),
                "choice",
                text=draft.variant,
                shown=shown,
                mark=mark,
                choices=tuple(choices),
            )
        )
    fields += [_paper_field(scene, draft, material) for material in papers(scene, draft)]
    first = VARIANT if service.variants and not draft.variant else ""
    ticket = scene.station.tickets.get(draft.ticket)
    title = f"{words('guide.precheck')} {ticket.number if ticket is not None else ''} {scene.pick(service.short)}"
    return FormView(
        f"precheck:{serial}", " ".join(title.split()), words("guide.precheck_note"), (), tuple(fields), first, True
    )


def _paper_field(scene: Scene, draft: Draft, material: MaterialState) -> FieldView:
    words, use = scene.words, material.use
    mark = draft.marks.get(use.code, "")
    choices = tuple(Choice(code, words(f"precheck.{code}"), str(place)) for place, code in enumerate(MARKS, 1))
    details = [words("material.check", check=scene.pick(use.check or material.material.check))]
    if use.when and material.needed is None:
        labels = Labels(scene.index, draft.service, scene.language)
        details.insert(0, words("material.when", condition=sentence(parse(use.when), labels)))
    optional = use.necessity == "optional" or material.needed is None
    return FieldView(
        use.code,
        scene.pick(material.material.name),
        "choice",
        text=mark,
        shown=words(f"precheck.{mark}") if mark else "",
        mark=_MARK[mark] if mark else "optional" if optional else "open",
        note=words("material.copies", originals=use.originals, copies=use.copies),
        choices=choices,
        details=tuple(details),
    )


# Appointments and tickets.


def appointment_choice(at: Entrance, appointment: Appointment) -> Choice:
    """An appointment, and why it can't be checked in now if it can't."""
    scene = at.scene
    refused = scene.refusal(c.CheckIn(appointment=appointment.id))
    blocked = scene.reason(refused) if refused is not None else issue_blocked(at)
    label = f"{appointment.at:%H:%M} {scene.group_name(appointment.group)} {appointment.id[-4:]}"
    return Choice(f"appointment:{appointment.id}", label, "", scene.words("command.CheckIn"), blocked)


def appointments_question(at: Entrance, text: str) -> ChooserView:
    """Who is here for his appointment: those whose time is nearest first."""
    scene, words = at.scene, at.scene.words
    wanted = text.strip().casefold()
    due = [a for a in scene.station.appointments.values() if not a.ticket and a.at.date() == scene.today]
    due.sort(key=lambda appointment: abs((appointment.at - scene.now).total_seconds()))
    choices = [appointment_choice(at, one) for one in due if wanted in f"{one.at:%H:%M} {one.id}".casefold()]
    choices.sort(key=lambda choice: bool(choice.blocked))  # stable: the nearest first among those that can
    return ChooserView(
        "appointments",
        words("command.CheckIn"),
        words("guide.who_booked", count=len(due)),
        tuple(choices),
        typed=True,
        empty=words("guide.no_appointment"),
    )


def ticket_question(at: Entrance, ticket: Ticket) -> ChooserView:
    """What to do for somebody who has a number already."""
    scene, words = at.scene, at.scene.words
    rows = [(code, words(f"guide.{code}"), "", blocked) for code, blocked in _ticket_acts(at, ticket).items()]
    lines = [words("guide.expect_here", wait=wait)] if (wait := told(at, ticket.id)) else []
    if ticket.precheck is not None:
        lines.append(marks_text(scene, ticket.precheck.materials))
    title = words("menu.ticket", number=ticket.number, what=what(scene, ticket))
    return ChooserView(f"ticket:{ticket.id}", title, "\n".join(lines), numbered(rows))


def _ticket_acts(at: Entrance, ticket: Ticket) -> dict[str, str]:
    scene = at.scene

    def reason(command: c.AnyCommand) -> str:
        if not at.online:
            return scene.words("guide.blocked.offline")
        refused = scene.refusal(command)
        return scene.reason(refused) if refused is not None else ""

    acts = {"precheck": precheck_blocked(at, ticket), "offer": offer_blocked(at, ticket), "reprint": ""}
    if ticket.state == "no_show":
        acts["reinstate"] = reason(c.Reinstate(ticket=ticket.id))
    acts["leaves"] = reason(c.TicketLeaves(ticket=ticket.id))
    return acts


def precheck_blocked(at: Entrance, ticket: Ticket) -> str:
    """Why the papers of a ticket can't be looked at now, or ""."""
    if not at.online:
        return at.scene.words("guide.blocked.offline")
    command = c.PrecheckTicket(ticket=ticket.id, service=ticket.service or "x.x", materials={"X": "have"})
    refused = at.scene.refusal(command)
    return at.scene.reason(refused) if refused is not None else ""


def offer_blocked(at: Entrance, ticket: Ticket) -> str:
    """Why nothing can be offered to the holder of a ticket, or ""."""
    words = at.scene.words
    if not at.online:
        return words("guide.blocked.offline")
    if not ticket.service:
        return words("guide.blocked.no_service")
    return "" if draft_ways(at.scene, draft_of(ticket)) else words("guide.blocked.no_way")


# Who waits.


def waiting_view(at: Entrance, width: int) -> PanelView:
    """Everybody who waits, by number only, who waited longest first."""
    scene, words, now = at.scene, at.scene.words, at.scene.now
    waiting = [ticket for ticket in scene.station.tickets.values() if ticket.state == "waiting"]
    waiting.sort(key=lambda ticket: (-waited_seconds(ticket, now), ticket.id))
    away = [ticket for ticket in scene.station.tickets.values() if ticket.state == "no_show"]
    longest = int(waited_seconds(waiting[0], now) // 60) if waiting else 0
    lines = [_waiting_line(at, ticket, width) for ticket in (*waiting, *away)]
    if not lines:
        lines = [Line((Cell(words("guide.nobody" if scene.known else "idle.unknown"), "dim", -1),))]
    return PanelView(
        title=words("guide.waiting", count=len(waiting)),
        note=words("queue.longest", minutes=longest) if waiting else "",
        lines=tuple(lines),
    )


def _waiting_line(at: Entrance, ticket: Ticket, width: int) -> Line:
    scene, words = at.scene, at.scene.words
    minutes = int(waited_seconds(ticket, scene.now) // 60)
    late: Style = "warn" if minutes >= scene.station.groups[ticket.group].wait_target else ""
    marks = [
        words("queue.mark.no_show") if ticket.state == "no_show" else "",
        words("queue.mark.priority") if ticket.priority else "",
        words("queue.mark.appointment") if ticket.booked_for else "",
        words("guide.mark.prechecked") if ticket.precheck is not None else "",
    ]
    cells = [
        Cell(ticket.number, "strong", 5),
        Cell(words("queue.minutes", minutes=minutes), late, 6, "right"),
        Cell(" " + "".join(marks), "accent", 7),
    ]
    if width >= 44:
        expected = at.expected.get(ticket.id) if at.online else None
        cells.append(Cell(wait_text(scene, expected) if expected is not None else "", "dim", 13))
    return Line((*cells, Cell(what(scene, ticket), "", -1)), id=ticket.id)
