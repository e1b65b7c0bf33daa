"""Who is at the counter: police number and password."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widgets import Input

from counterdesk.locale import Words
from counterdesk.widgets.base import DeskScreen
from counterdesk.widgets.lean_input import LeanInput
from counterdesk.widgets.message_line import MessageLine
from counterdesk.widgets.text_view import TextLine


class SignIn(DeskScreen[None]):
    """Asks for number and password until a session stands. The password is kept only in the field."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "leave", show=False, priority=True)]

    def __init__(self, words: Words, counter: str, sign_in: Callable[[str, str], None]) -> None:
        super().__init__()
        self._words = words
        self._counter = counter
        self._sign_in = sign_in

    def compose(self) -> ComposeResult:
        words = self._words
        with Container(id="sign-in"):
            yield TextLine(words("sign_in.title", station=words("status.counter", counter=self._counter)), "strong")
            yield TextLine(words("sign_in.officer"))
            yield LeanInput(id="officer", limit=20)
            yield TextLine(words("sign_in.password"))
            yield LeanInput(id="password", limit=128, password=True)
            yield TextLine(words("sign_in.hint"), "dim")
            yield MessageLine(id="sign-in-message")

    def on_mount(self) -> None:
        self.query_one("#officer").focus()

    def told(self, *, failed: bool) -> None:
        """What became of the last try."""
        if failed and self.is_mounted:
            self.query_one(MessageLine).say(self._words("sign_in.failed"), "block")
            self.query_one("#password", Input).value = ""
            self.query_one("#password").focus()

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        """Enter goes to the empty field, and signs in when both are filled."""
        officer, password = (self.query_one(f"#{name}", Input) for name in ("officer", "password"))
        if message.input is officer and not password.value:
            password.focus()
        elif not officer.value.strip() or not password.value:
            self.query_one(MessageLine).say(self._words("sign_in.missing"), "warn")
        else:
            self.query_one(MessageLine).say(self._words("sign_in.waiting"))
            self._sign_in(officer.value.strip(), password.value)

    def action_leave(self) -> None:
        """Leave the program."""
        self.app.exit(0)
