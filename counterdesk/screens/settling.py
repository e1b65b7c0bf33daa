"""What a shift leader settles, at a counter or from his own screen: a ticket at another counter whose desk is gone,
and an officer who is locked out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from counterdesk.screens import questions as q
from counterdesk.screens.views.scene import Scene
from counterdesk.station import commands as c
from counterdesk.station.model import Ticket

if TYPE_CHECKING:
    from counterdesk.screens.asking import AskingScreen

Submit = Callable[[c.AnyCommand], None]


def settle(screen: AskingScreen, submit: Submit, scene: Scene, ticket: Ticket) -> None:
    """Ask what becomes of a ticket at another counter, and give the command. The rules say who may, and when."""

    def give(command: c.AnyCommand) -> None:
        """A command names the counter: whoever stands there by now is not meant by it."""
        now = screen.scene()
        current = now.station.current_ticket(ticket.counter)
        if current is None or (current.id, current.state) != (ticket.id, ticket.state):
            screen.say(now.words("say.moved_on", number=ticket.number), "warn")
        else:
            submit(command)

    def then(name: str) -> None:
        now = screen.scene()
        if name == "TransferTicket":
            screen.ask(q.Question(q.transfer_question(now, ticket), transfer))
        else:
            sure(q.elsewhere_commands(now, ticket)[name])

    def transfer(choice: str) -> None:
        kind, _, target = choice.partition(":")
        to = {"to_counter": target} if kind == "counter" else {"to_group": target}
        sure(c.TransferTicket(counter=ticket.counter, **to))

    def sure(command: c.AnyCommand) -> None:
        """Somebody may still sit with the citizen there: that is asked, and only looking tells."""
        if ticket.state != "serving":
            give(command)
            return
        now = screen.scene()
        action = now.words(f"command.{type(command).__name__}")
        text = now.words("menu.served_elsewhere", number=ticket.number, counter=ticket.counter, action=action)

        def confirmed(answer: str) -> None:
            if answer == "yes":
                give(command)

        screen.ask(q.Question(q.yes_no(now, "served_elsewhere", action, text), confirmed))

    screen.ask(q.Question(q.elsewhere_question(scene, ticket), then))


def ask_unlock(screen: AskingScreen, scene: Scene) -> None:
    """Ask whose name is to be unlocked, and have it done."""

    def entered(officer: str) -> None:
        if officer := officer.strip():
            screen.desk.call(lambda desk: desk.unlock_officer(officer))

    screen.ask(q.Question(q.unlock_question(scene), lambda _: None, entered=entered))
