"""What the officer does: from an action or an answer to commands for the desk and changes of the case file."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from counterdesk.catalog.assess import GateProblem, assess, dropped
from counterdesk.catalog.casefile import CaseFile, MaterialStatus
from counterdesk.desk import intake
from counterdesk.desk.state import Changes, Notice, Place
from counterdesk.screens import questions as q
from counterdesk.screens.actions import advance_command, can_begin_here, next_step
from counterdesk.screens.jumps import Jumps
from counterdesk.screens.leader import Leader
from counterdesk.screens.scanning import Scanning
from counterdesk.screens.shift import Shift, quit_prompt
from counterdesk.screens.views.case import CAPTURED, gate_text, step_of
from counterdesk.screens.views.queue import held_here
from counterdesk.screens.views.scene import STEPS, Scene, Step
from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.model import Case

if TYPE_CHECKING:
    from counterdesk.screens.desk import CounterScreen

LOOKED_UP = frozenset({"rid", "plate"})
"""Types of facts that registers are asked about."""


class Doing:
    """The officer's hand on one counter screen.

    moved_by_hand: the cases of commands that have no answer yet: what becomes of them is no news from elsewhere.
    """

    def __init__(self, screen: CounterScreen) -> None:
        self._screen = screen
        self._ticket = ""
        self._unplaced = ""
        self._resuming: Place | None = None
        self.moved_by_hand: list[str] = []
        self.jumps = Jumps()
        self.scanning = Scanning(screen, self)
        self.leader = Leader(screen, self)
        self.shift = Shift(screen)

    def do(self, action: str, scene: Scene) -> None:
        """Carry out an action that is not blocked; nobody is let go before he heard what is missing."""
        act = getattr(self, f"_do_{action}")
        self._screen.paperwork.before_leaving(action, scene, lambda: act(self._screen.scene()))

    def submit(self, command: c.AnyCommand) -> None:
        """Give a command to the desk; one that waits for its answer already is not given twice."""
        case = getattr(command, "case", "")
        screen = self._screen
        if any(pending.command == command for pending in screen.desk.state.pending):
            screen.say(screen.words("say.unsent"), "warn")
            return
        if case:
            self.moved_by_hand.append(case)
        if isinstance(command, c.AcceptCase):
            self._leave_out(case)
        screen.desk.call(lambda desk: desk.submit(command))
        if screen.desk.state.link.status != "online":
            screen.say(screen.words("say.unsent"), "warn")

    def _leave_out(self, case: str) -> None:
        """What was answered and turned out not to be asked is not stored with an accepted case. The desk sends the
        newest file before the command, so the station decides on the file without it."""
        scene = self._screen.scene()
        found, file = scene.assessment, scene.file
        if found is None or file is None or file.case != case or found.gate:
            return
        gone = dropped(found, file)
        if gone:
            self._screen.desk.edit_file(case, lambda f: intake.leave_out(f, gone))

    def answered(self, notices: Iterable[Notice]) -> None:
        """These commands have their answers; the changes that they made have been told."""
        for notice in notices:
            if (case := getattr(notice.command, "case", "")) in self.moved_by_hand:
                self.moved_by_hand.remove(case)

    # The queue.

    def _do_call_next(self, scene: Scene) -> None:
        current, counter = scene.current, scene.desk.counter
        if current is None or current.state != "serving":
            self.submit(c.CallNext(counter=counter))
            return

        def then(choice: str) -> None:
            first: dict[str, c.AnyCommand] = {
                "hold": c.HoldTicket(counter=counter, kind="papers_out"),
                "finish": c.FinishTicket(counter=counter, outcome="done"),
            }
            if choice in first:

                def go() -> None:
                    self.submit(first[choice])
                    self.submit(c.CallNext(counter=counter))

                self._screen.paperwork.told_first(self._screen.scene(), go)

        self._screen.ask(q.Question(q.serving_question(scene, current), then))

    def _do_start(self, scene: Scene) -> None:
        self.submit(c.StartService(counter=scene.desk.counter))

    def _do_no_show(self, scene: Scene) -> None:
        self.submit(c.MarkNoShow(counter=scene.desk.counter))

    def _do_recall(self, scene: Scene) -> None:
        self.submit(c.Recall(counter=scene.desk.counter))

    def _do_undo(self, scene: Scene) -> None:
        self.submit(c.UndoStep(counter=scene.desk.counter))

    def _do_requeue(self, scene: Scene) -> None:
        self.submit(c.Requeue(counter=scene.desk.counter))

    def _do_leave(self, scene: Scene) -> None:
        if scene.current is not None:
            self.submit(c.TicketLeaves(ticket=scene.current.id))

    def _do_hold(self, scene: Scene) -> None:
        counter = scene.desk.counter
        if scene.current is not None:

            def hold(kind: str) -> None:
                self.submit(c.HoldTicket(counter=counter, kind=kind))  # type: ignore[arg-type]

            self._screen.ask(q.Question(q.hold_question(scene, scene.current), hold))
        elif len(held_here(scene)) == 1:
            self.submit(c.ResumeTicket(counter=counter, ticket=held_here(scene)[0].id))
        else:

            def resume(ticket: str) -> None:
                self.submit(c.ResumeTicket(counter=counter, ticket=ticket))

            self._screen.ask(q.Question(q.resume_question(scene), resume))

    def _do_transfer(self, scene: Scene) -> None:
        counter = scene.desk.counter
        if scene.current is None:
            return

        def then(choice: str) -> None:
            kind, _, target = choice.partition(":")
            if kind == "counter":
                self.submit(c.TransferTicket(counter=counter, to_counter=target))
            else:
                self.submit(c.TransferTicket(counter=counter, to_group=target))

        self._screen.ask(q.Question(q.transfer_question(scene, scene.current), then))

    def _do_finish(self, scene: Scene) -> None:
        """Done when there were cases and all are through; otherwise it asks how the visit ended."""
        current, counter = scene.current, scene.desk.counter
        if current is None:
            return
        cases = scene.station.cases_of(current.id)
        done = c.FinishTicket(counter=counter, outcome="done")
        if cases and scene.refusal(done) is None:
            self.submit(done)
            return

        def then(outcome: str) -> None:
            self.submit(c.FinishTicket(counter=counter, outcome=outcome))  # type: ignore[arg-type]

        self._screen.ask(q.Question(q.outcome_question(scene, current), then))

    def ask_ticket(self, scene: Scene, ticket_id: str) -> None:
        """Enter on a ticket of the queue."""
        ticket = scene.station.tickets.get(ticket_id)
        if ticket is not None and ticket.state in ("called", "serving"):
            self.leader.settle(scene, ticket)
        elif ticket is not None:
            view = q.ticket_question(scene, ticket)
            self._screen.ask(q.Question(view, lambda name: self.submit(q.ticket_command(scene, ticket_id, name))))

    # The counter.

    def _do_open_counter(self, scene: Scene) -> None:
        counter = scene.counter
        groups = counter.groups if counter is not None else ()
        self.submit(c.OpenCounter(counter=scene.desk.counter, groups=groups or tuple(scene.station.groups)))

    def _do_pause_counter(self, scene: Scene) -> None:
        words = scene.words
        view = q.code_question(scene, "pause", words("action.pause_counter"), words("menu.pause"), "pause")

        def then(reason: str) -> None:
            self.submit(c.PauseCounter(counter=scene.desk.counter, reason=reason))  # type: ignore[arg-type]

        self._screen.ask(q.Question(view, then))

    def _do_close_counter(self, scene: Scene) -> None:
        self.submit(c.CloseCounter(counter=scene.desk.counter))

    def _do_profile(self, scene: Scene) -> None:
        counter = scene.counter
        self._ask_profile(scene, frozenset(counter.groups) if counter is not None else frozenset())

    def _ask_profile(self, scene: Scene, chosen: frozenset[str]) -> None:
        def then(choice: str) -> None:
            if choice == "done":
                groups = tuple(group for group in scene.station.groups if group in chosen)
                self.submit(c.ChangeProfile(counter=scene.desk.counter, groups=groups))
            else:
                self._ask_profile(scene, chosen ^ {choice})

        self._screen.ask(q.Question(q.profile_question(scene, chosen), then))

    # The case.

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

    # The case file.

    def commit(self, scene: Scene, case: str, service: str, step: Step, key: str, text: str) -> None:
        """A field of a form was left with a new text."""
        desk, index = self._screen.desk, scene.index
        file = desk.state.files.get(case)
        if file is None or file.service != service:
            return
        if step == "materials":
            status: MaterialStatus | None = text or None  # type: ignore[assignment]
            desk.edit_file(case, lambda f: intake.mark_material(f, key, status))
            if status == "deferred":
                self.leader.defer(scene, case, key)
            return
        if key == "variant":
            desk.edit_file(case, lambda f: intake.choose_variant(f, text))
            return
        fact = index.fact(service, key)
        keep = partial(self._commit_text, case, service, key, text)
        if fact.type not in ("enum", "bool") and self.scanning.take(scene, case, key, text, keep):
            self._screen.restore_field(key)
            return
        if fact.type in CAPTURED:
            reference = f"{fact.type}:{uuid.uuid4().hex[:8]}" if text else ""
            desk.edit_file(case, lambda f: intake.capture(f, key, reference))
            return
        self._commit_text(case, service, key, text)

    def _commit_text(self, case: str, service: str, key: str, text: str) -> None:
        """Take a text into the file, with what follows from it."""
        scene, desk = self._screen.scene(), self._screen.desk
        index, fact = scene.index, scene.index.fact(service, key)
        role = scene.actor.role if scene.actor is not None else "officer"

        def change(before: CaseFile) -> CaseFile:
            after, _ = intake.commit(index, before, key, text, scene.today)
            return intake.settle_offers(after, assess(index, after, today=scene.today, role=role))

        desk.edit_file(case, change)
        now = desk.state.files.get(case)
        answer = now.answers.get(key) if now is not None else None
        if answer is not None and fact.type in LOOKED_UP and isinstance(answer.value, str):
            value = answer.value
            desk.call(lambda d: d.look_up(case, service, key, value))

    def move_step(self, scene: Scene, delta: int) -> None:
        """To another step of the intake."""
        place = STEPS.index(scene.step) + delta
        if 0 <= place < len(STEPS):
            self._screen.step = STEPS[place]

    def _do_quiet_checks(self, scene: Scene) -> None:
        found = scene.assessment
        if found is None or scene.file is None:
            return
        before = len(scene.file.answers)
        self._screen.desk.edit_file(scene.case, lambda f: intake.settle_quiet_checks(f, found))
        after = self._screen.desk.state.files[scene.case]
        self._screen.say(scene.words("say.checks", count=len(after.answers) - before), "ok")

    def choose_prompt(self, scene: Scene, line_id: str) -> None:
        """Enter on a line of the checklist or of the review page."""
        kind, _, rest = line_id.partition(":")
        found = scene.assessment
        if found is None:
            return
        if kind == "gate":
            gate_kind, _, identifier = rest.partition(":")
            self.go_to_problem(scene, GateProblem(gate_kind, identifier))  # type: ignore[arg-type]
        elif kind in ("ask", "fact"):
            self.go_to_fact(scene, rest)
        elif kind == "material":
            self._go(scene, "materials", rest)
        elif kind == "prompt":
            state = next((p for p in found.prompts if p.prompt.id == rest), None)
            if state is not None and state.prompt.level == "BLOCK" and state.value:
                self.leader.block(scene, state)
            elif state is not None and state.prompt.level == "WARN":
                confirmed = not state.confirmed
                self._screen.desk.edit_file(scene.case, lambda f: intake.confirm(f, rest, confirmed))
            elif state is not None and state.because:
                self.go_to_fact(scene, state.because[0][0])

    def go_to_fact(self, scene: Scene, key: str) -> None:
        """Put the cursor on the field of a fact, a material or the variant."""
        if scene.file is None:
            return
        if key == "variant":
            self._go(scene, "service", "variant")
            return
        try:
            fact = scene.index.fact(scene.file.service, key)
        except KeyError:
            self._go(scene, "materials", key)
            return
        self._go(scene, step_of(scene, fact), key)

    def _go(self, scene: Scene, step: Step, key: str) -> None:
        screen = self._screen
        before = screen.place()
        screen.step, screen.page = step, ""
        screen.focus_middle()
        screen.go_to_field(key)
        self.jumps.jumped(before, screen.place())

    def go_to_problem(self, scene: Scene, problem: GateProblem) -> None:
        """Go where a reason against acceptance can be settled."""
        if problem.kind.startswith("material"):
            self._go(scene, "materials", problem.id)
        elif problem.kind.startswith("prompt") and scene.assessment is not None:
            state = next((p for p in scene.assessment.prompts if p.prompt.id == problem.id), None)
            # A paper can be brought and a fact corrected; which variant it is is the last thing to doubt.
            papers = {material.use.code for material in scene.assessment.materials}
            because = sorted(
                (name for name, _ in state.because) if state is not None else (),
                key=lambda name: (name == "variant", name not in papers),
            )
            names = [*(state.missing if state is not None else ()), *because]
            if names:
                self.go_to_fact(scene, names[0])
        else:
            self.go_to_fact(scene, "variant" if problem.kind == "variant_missing" else problem.id)

    def _do_next_question(self, scene: Scene) -> None:
        """To the question that settles most; then to whatever else stands in the way."""
        found = scene.assessment
        if found is None:
            return
        here = self._screen.active_field
        asked = [question for question in found.to_ask if question.key != here] or list(found.to_ask)
        if asked:
            self.go_to_fact(scene, asked[0].key)
        elif found.gate:
            self.go_to_problem(scene, found.gate[0])

    def _do_advance(self, scene: Scene) -> None:
        """The next step of the case; what stands in the way of acceptance is said, and the cursor goes there."""
        command = advance_command(scene)
        screen, found = self._screen, scene.assessment
        if scene.case in scene.desk.local:
            screen.say(scene.words("blocked.local_case"), "warn")
            return
        if command is None:
            screen.say(scene.words("blocked.no_step" if scene.case else "blocked.no_case"), "warn")
            return
        if isinstance(command, c.AcceptCase) and found is not None and found.gate:
            unconfirmed = [problem.id for problem in found.gate if problem.kind == "prompt_unconfirmed"]
            if len(unconfirmed) == len(found.gate):
                self._ask_warnings(scene, unconfirmed, 0)
                return
            if screen.paperwork.taken_up(scene):
                return
            first = next(problem for problem in found.gate if problem.kind != "prompt_unconfirmed")
            text = gate_text(scene, first.kind, first.id)
            said = scene.words("say.gate", count=len(found.gate), first=text)
            screen.say(screen.paperwork.with_offer(scene, said, screen.size.width), "warn")
            self.go_to_problem(scene, first)
            return
        if isinstance(command, c.AcceptCase) and self._shows_dropped(scene):
            return
        refused = scene.refusal(command)
        if refused is not None:
            action = scene.words(f"command.{type(command).__name__}")
            screen.say(scene.words("say.blocked", action=action, reason=scene.reason(refused)), "warn")
            return
        case = scene.open_case
        if isinstance(command, c.AcceptCase) or case is None:
            self.submit(command)
        else:
            self._take_step(scene, case, command)

    def _shows_dropped(self, scene: Scene) -> bool:
        """Before what an officer put in is left out, the review page shows it. What a register brought goes quietly; so
        does a check that is no longer to be made."""
        found, file = scene.assessment, scene.file
        if found is None or file is None or scene.step == "review":
            return False
        gone = dropped(found, file)
        own = [
            key
            for key in gone
            if scene.index.fact(file.service, key).section != "checks"
            and (key in file.entered or file.answers[key].source in ("typed", "read"))
        ]
        if own:
            self._do_review(scene)
            self._screen.say(scene.words("say.dropped", count=len(own)), "warn")
        return bool(own)

    def _ask_warnings(self, scene: Scene, prompts: list[str], place: int) -> None:
        """Take note of the open warnings one by one, each by a key of its own; then accept."""
        if place == len(prompts):
            self._do_advance(self._screen.scene())
            return
        prompt = prompts[place]

        def then(answer: str) -> None:
            if answer == "yes":
                self._screen.desk.edit_file(scene.case, lambda f: intake.confirm(f, prompt, True))
                self._ask_warnings(self._screen.scene(), prompts, place + 1)

        self._screen.ask(q.Question(q.warning_question(scene, prompt, place + 1, len(prompts)), then))

    # The screen itself.

    def _do_help(self, scene: Scene) -> None:
        self._screen.page = "" if self._screen.page == "help" else "help"
        self._screen.focus_middle()

    def _do_switch_panel(self, scene: Scene) -> None:
        self._screen.switch_panel()

    def _do_commands(self, scene: Scene) -> None:
        screen = self._screen
        screen.ask(
            q.Question(
                q.command_question(scene, screen.keys),
                screen.do,
                lambda text: q.command_choices(screen.scene(), screen.keys, text),
            )
        )

    def _do_policy(self, scene: Scene) -> None:
        self._screen.policy.open(scene)

    def _do_show_value(self, scene: Scene) -> None:
        """Show what is masked, for as long as the cursor stays; who looked at what is kept by the station."""
        field, case = scene.masked, scene.case
        self._screen.revealed = field
        if case not in scene.desk.local:
            self.submit(c.ViewValue(case=case, field=field))

    def _do_lock(self, scene: Scene) -> None:
        self._screen.step_away("locked")

    def _do_hand_over_shift(self, scene: Scene) -> None:
        """The counter is closed for the next officer, and nothing of this one stays on the screen but his note."""
        self.shift.ask(scene)

    def _do_take_note(self, scene: Scene) -> None:
        self.shift.ask_take(scene)

    def _do_unlock_officer(self, scene: Scene) -> None:
        self.leader.unlock(scene)

    def _do_reopen_journal(self, scene: Scene) -> None:
        self._screen.desk.call(lambda desk: desk.reopen_journal())

    def _do_retry(self, scene: Scene) -> None:
        self._screen.desk.call(lambda desk: desk.retry_now())

    def _do_quit(self, scene: Scene) -> None:
        """Leaving is free when nothing is under way here; otherwise it asks."""
        prompt = quit_prompt(scene)
        if not prompt:
            self._leave(scene)
            return
        view = q.yes_no(scene, "quit", scene.words("action.quit"), prompt)
        self._screen.ask(q.Question(view, lambda answer: self._leave(scene) if answer == "yes" else None))

    def _leave(self, scene: Scene) -> None:
        """Close the counter, so that another officer can open it, and go."""
        close = c.CloseCounter(counter=scene.desk.counter)
        if scene.refusal(close) is None and scene.desk.link.status == "online":
            self.submit(close)
        self._screen.leave()
