"""Everything that the views read, in one immutable value, and the small questions that they all ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from counterdesk.catalog.assess import Assessment
from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Text
from counterdesk.desk.state import DeskState
from counterdesk.locale import Words
from counterdesk.quiet import quiet
from counterdesk.station.acceptance import evidence
from counterdesk.station.act import Evidence
from counterdesk.station.commands import AnyCommand
from counterdesk.station.decide import refusal
from counterdesk.station.model import Case, Counter, PrecheckMark, State, Ticket
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor

Step = Literal["identity", "service", "details", "materials", "review"]
STEPS: tuple[Step, ...] = ("identity", "service", "details", "materials", "review")


@quiet
@dataclass(frozen=True, slots=True)
class Scene:
    """One moment of the desk as the screen sees it.

    case: the id of the case in the case panel, "" for none. assessment: of its file, None while there is none.
    revealed: the field whose value the officer asked to see, until he leaves it. masked: the field that has the cursor,
    if its value is hidden. taught: this is a desk of practice with a course.
    """

    desk: DeskState
    index: Index
    words: Words
    now: datetime
    case: str = ""
    step: Step = "identity"
    assessment: Assessment | None = None
    revealed: str = ""
    masked: str = ""
    taught: bool = False

    @property
    def station(self) -> State:
        """The station as last heard, with what was done here since."""
        return self.desk.expected

    @property
    def actor(self) -> Actor | None:
        """Who is signed in."""
        return self.desk.session.actor if self.desk.session else None

    @property
    def today(self) -> date:
        """The day, for whatever counts in days."""
        return self.now.date()

    @property
    def known(self) -> bool:
        """Whether anything of the station is known: nothing is, until it has answered once."""
        return bool(self.station.groups)

    @property
    def counter(self) -> Counter | None:
        """This desk's counter."""
        return self.station.counters.get(self.desk.counter)

    @property
    def current(self) -> Ticket | None:
        """The ticket called to or served at this counter."""
        return self.station.current_ticket(self.desk.counter)

    @property
    def others_counter(self) -> str:
        """The officer who has this counter open, if that is somebody else; a leader may act at everybody's."""
        officer, actor = self.counter.officer if self.counter is not None else "", self.actor
        return officer if actor is not None and actor.role != "leader" and officer != actor.id else ""

    @property
    def open_case(self) -> Case | None:
        """The case in the case panel, as the station knows it."""
        return self.station.cases.get(self.case)

    @property
    def file(self) -> CaseFile | None:
        """The file of the case in the case panel."""
        return self.desk.files.get(self.case)

    @property
    def seen(self) -> Mapping[str, PrecheckMark]:
        """What a guide saw of the papers of the case in the panel before the wait; nothing where that was for another
        service."""
        case = self.open_case
        ticket = self.station.tickets.get(case.ticket) if case is not None else None
        if case is None or ticket is None or ticket.precheck is None or ticket.precheck.service != case.service:
            return {}
        return ticket.precheck.materials

    @property
    def other_rules(self) -> str:
        """The station's catalogue where it is not this desk's, else ""."""
        theirs = self.desk.session.catalog if self.desk.session else ""
        return theirs if theirs != self.index.catalog.label else ""

    def pick(self, text: Text) -> str:
        """A catalogue text in the language of the screen."""
        return text.zh if self.words.language == "zh_CN" else text.en

    @property
    def language(self) -> Literal["zh", "en"]:
        """The language as the catalogue names it."""
        return "zh" if self.words.language == "zh_CN" else "en"

    def evidence(self) -> Evidence | None:
        """What this desk's own copy of the file says about acceptance, for explaining before anything is sent."""
        case, found = self.open_case, self.assessment
        if case is None or found is None or self.file is None:
            return None
        return evidence(self.index, case, found)

    def refusal(self, command: AnyCommand) -> Refused | None:
        """Why the station would refuse this now, or None."""
        if self.actor is None:
            return Refused("not_permitted", action=type(command).__name__)
        return refusal(self.station, command, self.actor, self.now, self.evidence())

    def reason(self, refused: Refused) -> str:
        """A refusal in words."""
        return self.reason_for(refused.code, refused.params)

    def reason_for(self, code: str, given: Mapping[str, str | int]) -> str:
        """As `reason`, of a refusal that was kept."""
        params = dict(given)
        if (case := self.station.cases.get(str(params.get("case", "")))) is not None:
            ticket = self.station.tickets.get(case.ticket)
            params["case"] = case.number or (ticket.number if ticket is not None else case.id)
        if "department" in params:
            params["department"] = self.department_name(str(params["department"]))
        if "group" in params:
            params["group"] = self.group_name(str(params["group"]))
        return self.words(f"refused.{code}", **params)

    def service_name(self, service: str) -> str:
        """The short name of a service; its id if this catalogue does not know it."""
        try:
            return self.pick(self.index.service(service).short)
        except KeyError:
            return service

    def of_service(self, service: str, title: str) -> str:
        """A title behind the short name of its service, which many titles begin with anyway."""
        name = self.service_name(service)
        return title if title.startswith(name) else f"{name} {title}"

    def department_name(self, department: str) -> str:
        """The short name of a department."""
        try:
            return self.pick(self.index.department(department).short)
        except KeyError:
            return department

    def group_name(self, group: str) -> str:
        """The short name of a queue group."""
        return next((self.pick(g.short) for g in self.index.catalog.groups if g.id == group), group)
