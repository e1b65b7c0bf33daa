"""What an officer does with a case as a whole: open it, find it again, take its steps."""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING

from counterdesk.catalog.assess import assess
from counterdesk.catalog.casefile import CaseFile
from counterdesk.desk import intake
from counterdesk.desk.state import Changes, Notice, Place
from counterdesk.screens import questions as q
from counterdesk.screens.actions import can_begin_here, next_step
from counterdesk.screens.jumps import Jumps
from counterdesk.screens.ticket_acts import TicketActs
from counterdesk.screens.views.case import step_of
from counterdesk.screens.views.scene import STEPS, Scene, Step
from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.model import Case

if TYPE_CHECKING:
    from counterdesk.screens.desk import CounterScreen


class CaseActs(TicketActs):
    """Cases: which one is in the panel, and what becomes of it."""

    def __init__(self, screen: CounterScreen) -> None:
        super().__init__(screen)
        self._ticket = ""
        self._unplaced = ""
        self._resuming: Place | None = None
        self.jumps = Jumps()

    def _do_new_case(self, scene: Scene) -> None:
        """Another case of the ticket: one that was begun while nobody answered, or a new one."""
        if scene.desk.local and not can_begin_here(scene):
            self._screen.waiting.ask_attach(scene, lambda: self._ask_service(self._screen.scene()))
        else:
            self._ask_service(scene)

    def _ask_service(self, scene: Scene) -> None:
        screen = self._screen

        def then(service: str) -> None:
            self._open_case(screen.scene(), service)

        screen.ask(q.Question(q.service_question(scene), then, lambda text: q.service_choices(screen.scene(), text)))

    def _open_case(self, scene: Scene, service: str) -> None:
        """Open a case of `service` on the ticket being served, with what earlier cases of the ticket already know."""
        current = scene.current
        case = uuid.uuid4().hex[:12]
        file = intake.new_file(scene.index, case, scene.index.service(service))
        if can_begin_here(scene):
            self._screen.desk.begin_case(file)
            self.show_case(case)
            self._screen.say(scene.words("say.begun_here"), "warn")
            return
        if current is None:
            return
        for earlier in scene.station.cases_of(current.id):
            if earlier.id in scene.desk.files:
                file = intake.carry_over(scene.index, file, scene.desk.files[earlier.id])
        role = scene.actor.role if scene.actor is not None else "officer"
        file = intake.settle_offers(file, assess(scene.index, file, today=scene.today, role=role))
        self.submit(c.OpenCase(counter=scene.desk.counter, case=case, service=service))
        self._screen.desk.put_file(file)
        self.show_case(case)
        applicant = scene.index.service(service).applicant_fact
        answer = file.answers.get(applicant)
        if answer is not None and isinstance(answer.value, str):
            value = answer.value
            self._screen.desk.call(lambda desk: desk.look_up(case, service, applicant, value))

    def resume(self, changes: Changes) -> None:
        """Whoever signed in stands where he stood when he was last here."""
        place = changes.state.place
        if place is None or changes.state.session is None:
            return
        self._screen.desk.call(lambda desk: desk.place_taken())
        scene = self._screen.scene()
        if place.case in scene.station.cases:
            self._ticket = scene.current.id if scene.current is not None and scene.current.state == "serving" else ""
            self._resuming = place
            self.show_case(place.case)

    def back_in_field(self) -> None:
        """Put the cursor where it was, once the form of the resumed case is shown."""
        place, screen = self._resuming, self._screen
        if place is None or screen.case != place.case or screen.scene().file is None:
            return
        self._resuming = None
        if place.step in STEPS:
            screen.step = place.step
            screen.present()
        if place.field:
            screen.go_to_field(place.field)

    def forget(self) -> None:
        """Another officer may sit here next."""
        self._ticket = self._unplaced = ""
        self._resuming = None
        self.shift.forget()
        self.requesting.forget()
        self.moved_by_hand.clear()
        self.jumps = Jumps()

    def show_case(self, case: str, step: Step | None = None) -> None:
        """Bring a case into the case panel: at a step, or where its officer left it."""
        screen = self._screen
        screen.case, screen.step, screen.page = case, step or "identity", ""
        self._unplaced = "" if step else case
        if case:
            screen.desk.call(lambda desk: desk.open_file(case))
        self._place(screen.scene())  # at once where the file is at hand: no step changes under the officer's fingers

    def _place(self, scene: Scene) -> None:
        """Go on where the case was left, once its file is at hand."""
        if self._unplaced != self._screen.case or scene.file is None:
            return
        self._unplaced = ""
        place = scene.file.at
        known = {fact.key: fact for fact in scene.index.service(scene.file.service).facts}
        if place in known:
            self._screen.step = step_of(scene, known[place])

    def leave_case(self, scene: Scene) -> None:
        """Put a case away that does not belong to the ticket at the counter, or go back to that ticket's case."""
        own = self._cases_here(scene)
        if self._screen.case and self._screen.case not in own:
            self._screen.case = own[0] if own else ""
            self._screen.step = "identity"

    def _cases_here(self, scene: Scene) -> list[str]:
        """The cases of the ticket being served, those still to be done first."""
        current = scene.current
        if current is None or current.state != "serving":
            return []
        cases = sorted(scene.station.cases_of(current.id), key=lambda k: (next_step(k) is None, k.opened_at))
        return [case.id for case in cases]

    def keep_to_current(self, scene: Scene) -> None:
        """When another ticket came to the counter, or none is there any more, the case panel follows."""
        self._place(scene)
        current = scene.current
        serving = current is not None and current.state == "serving" and not scene.others_counter
        ticket = current.id if serving and current is not None else ""
        if ticket != self._ticket:
            self._ticket = ticket
            own = self._cases_here(scene)
            self.show_case(own[0] if own else "")
            for case in own[1:]:  # what they lack has to be known when the citizen goes
                self._screen.desk.call(lambda desk, case=case: desk.open_file(case))  # type: ignore[misc]
            self._place(self._screen.scene())
        elif self._screen.case and scene.open_case is None and self._screen.case not in scene.desk.files:
            self._screen.case = ""
        elif (case := self._screen.case) and scene.file is None and scene.desk.session is not None:
            self._screen.desk.call(
                lambda desk: desk.open_file(case)
            )  # it went with a lock, or its answer with the line

    def follow_up(self, scene: Scene, notice: Notice) -> None:
        """What comes by itself after a command was carried out."""
        kinds = {type(recorded.event) for recorded in notice.events}
        if e.ServiceStarted in kinds and not self._cases_here(scene):
            self._ticket = scene.current.id if scene.current is not None else ""
            self._first_case(scene)
        accepted = next((r.event for r in notice.events if isinstance(r.event, e.CaseAccepted)), None)
        if accepted is not None:
            if not accepted.on_the_spot:
                self.submit(c.HandOverCase(case=accepted.case))
            if self._screen.case == accepted.case:
                self._screen.page = "receipt"
        if e.CounterClosed in kinds and self.shift.under_way:
            self._screen.step_away("handed_over")
        if e.CaseDiscarded in kinds:
            own = self._cases_here(scene)
            self.show_case(own[0] if own else "")

    def refused(self, notice: Notice) -> None:
        """A case that could not be opened does not stay in the panel."""
        if (notice.command is None and not notice.case) or isinstance(notice.command, c.CloseCounter):
            self.shift.failed()
        if isinstance(notice.command, c.DeferMaterial):
            self.leader.refused(notice.command)
        if isinstance(notice.command, c.OpenCase) and notice.command.case == self._screen.case:
            self._screen.case = ""

    def _first_case(self, scene: Scene) -> None:
        """Open the case that the ticket is for, or ask which one where that is not clear.

        Where cases were begun while nobody answered, it may be one of those: that is asked first.

        It is clear where the ticket names its service, or where nearly all of its group's business is one service.
        """
        if scene.desk.journal.read_only:
            self._screen.say(scene.words("blocked.read_only"), "block")
        elif scene.desk.local and not can_begin_here(scene):
            self._screen.waiting.ask_attach(scene, lambda: self._case_of_ticket(self._screen.scene()))
        else:
            self._case_of_ticket(scene)

    def _case_of_ticket(self, scene: Scene) -> None:
        current = scene.current
        if current is None:
            return
        catalog = scene.index.catalog
        known = {service.id for service in catalog.services}
        if current.service in known:
            self._open_case(scene, current.service)
            return
        group = [service for service in catalog.services if service.group == current.group]
        total = sum(service.daily_demand for service in group)
        first = max(group, key=lambda service: service.daily_demand, default=None)
        if first is not None and first.daily_demand >= 0.9 * total:
            self._open_case(scene, first.id)
        else:
            self._ask_service(scene)

    def _do_next_case(self, scene: Scene) -> None:
        own = self._cases_here(scene)
        if own:
            place = own.index(self._screen.case) if self._screen.case in own else -1
            self.show_case(own[(place + 1) % len(own)])

    def _do_change_service(self, scene: Scene) -> None:
        screen, case = self._screen, scene.case

        def then(service: str) -> None:
            index = screen.index

            def change(file: CaseFile) -> CaseFile:
                fresh = intake.new_file(index, case, index.service(service))
                return intake.carry_over(index, fresh, file)

            self.submit(c.ChangeService(case=case, service=service))
            screen.desk.edit_file(case, change)
            screen.step = "identity"

        screen.ask(q.Question(q.service_question(scene), then, lambda text: q.service_choices(screen.scene(), text)))

    def _do_receive(self, scene: Scene) -> None:
        self.submit(c.ReceiveCase(case=scene.case))

    def _do_decline(self, scene: Scene) -> None:
        words, case = scene.words, scene.case
        view = q.code_question(scene, "decline", words("action.decline"), words("menu.decline"), "reason.decline")
        self._screen.ask(q.Question(view, lambda reason: self.submit(c.DeclineCase(case=case, reason=reason))))

    def _sure(self, scene: Scene, name: str, prompt: str, command: c.AnyCommand) -> None:
        view = q.yes_no(scene, name, scene.words(f"action.{name}"), prompt)

        def then(answer: str) -> None:
            if answer == "yes":
                self.submit(command)

        self._screen.ask(q.Question(view, then))

    def _do_discard(self, scene: Scene) -> None:
        if scene.case in scene.desk.local:
            self._screen.waiting.ask_drop(scene, scene.case)
            return
        self._sure(scene, "discard", scene.words("menu.discard"), c.DiscardCase(case=scene.case))

    def _do_withdraw(self, scene: Scene) -> None:
        self._sure(scene, "withdraw", scene.words("action_help.withdraw"), c.WithdrawCase(case=scene.case))

    def _do_notice(self, scene: Scene) -> None:
        self._screen.page = "notice"
        self._screen.focus_middle()

    def _do_print(self, scene: Scene) -> None:
        self._screen.paperwork.print_shown(scene)

    def _do_review(self, scene: Scene) -> None:
        self._screen.step, self._screen.page = "review", ""
        self._screen.focus_middle()

    def ask_case(self, scene: Scene, case_id: str) -> None:
        """Enter on a case of the board."""
        case = scene.station.cases.get(case_id)
        if case is not None:
            view = q.case_question(scene, case)
            self._screen.ask(q.Question(view, partial(self._act_on_case, case)))

    def _act_on_case(self, case: Case, choice: str) -> None:
        if choice == "withdraw":
            self.submit(c.WithdrawCase(case=case.id))
            return
        self.show_case(case.id, "materials" if choice == "form" else None)
        command = next_step(case)
        if choice == "look":
            self._screen.page = "receipt"
        elif choice == "advance" and command is not None:
            self._take_step(self._screen.scene(), case, command)

    def _take_step(self, scene: Scene, case: Case, command: c.AnyCommand) -> None:
        """A step of a case that was accepted; for a supplement the officer first says that everything is here."""
        screen = self._screen
        screen.page = "receipt"
        if not isinstance(command, c.SupplementCase):
            self.submit(command)
            return
        materials = [item for item in case.supplement if item in {m.code for m in scene.index.catalog.materials}]

        def bring(file: CaseFile) -> CaseFile:
            for code in materials:
                file = intake.mark_material(file, code, "verified")
            return file

        def then(answer: str) -> None:
            if answer == "yes":
                screen.desk.edit_file(case.id, bring)
                self.submit(command)

        screen.ask(q.Question(q.supplement_question(scene, case), then))

    def ask_conflict(self, scene: Scene, case_id: str) -> None:
        """A file was changed elsewhere meanwhile: the officer chooses."""

        def then(choice: str) -> None:
            self._screen.desk.call(lambda desk: desk.settle_conflict(case_id, keep_mine=choice == "mine"))

        self._screen.ask(q.Question(q.conflict_question(scene, case_id), then))
