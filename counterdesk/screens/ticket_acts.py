"""What an officer does with the queue, the ticket at his counter, and the counter itself."""

from __future__ import annotations

from counterdesk.screens import questions as q
from counterdesk.screens.hand import Hand
from counterdesk.screens.views.queue import held_here
from counterdesk.screens.views.scene import Scene
from counterdesk.screens.views.ways import (
    counter_choices,
    counter_saving,
    counter_service,
    counter_ways,
    way_question,
)
from counterdesk.station import commands as c
from counterdesk.widgets.values import ChooserView


class TicketActs(Hand):
    """Tickets and the counter."""

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

    def _do_offer(self, scene: Scene) -> None:
        """A channel in place of the counter: who goes there is finished as referred, who does not is served as ever."""
        words = scene.words
        view = ChooserView("offer", words("action.offer"), words("ways.which"), counter_choices(scene))
        self._screen.ask(q.Question(view, lambda channel: self._ask_way(self._screen.scene(), channel)))

    def _ask_way(self, scene: Scene, channel: str) -> None:
        current, service = scene.current, counter_service(scene)
        way = next((way for way in counter_ways(scene) if way.channel.id == channel), None)
        if current is None or way is None:
            return
        name = scene.pick(way.channel.name)

        def then(answer: str) -> None:
            taken = answer == "taken"
            offer = c.RecordOffer(ticket=current.id, service=service, channel=channel, taken=taken)
            if not taken:
                self.submit(offer)
                self._screen.say(scene.words("ways.stayed", channel=name))
                return

            def go() -> None:
                self.submit(offer)
                self.submit(c.FinishTicket(counter=scene.desk.counter, outcome="referred"))

            self._screen.paperwork.told_first(self._screen.scene(), go)

        identifier = f"way:{current.id}:{service}:{channel}"
        self._screen.ask(
            q.Question(way_question(scene, identifier, service, way, counter_saving(scene, service, way)), then)
        )

    def ask_ticket(self, scene: Scene, ticket_id: str) -> None:
        """Enter on a ticket of the queue."""
        ticket = scene.station.tickets.get(ticket_id)
        if ticket is not None and ticket.state in ("called", "serving"):
            self.leader.settle(scene, ticket)
        elif ticket is not None:
            view = q.ticket_question(scene, ticket)
            self._screen.ask(q.Question(view, lambda name: self.submit(q.ticket_command(scene, ticket_id, name))))

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
