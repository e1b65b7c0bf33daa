"""Who is at the counter: police number and password."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widgets import Input

from counterdesk.backends.base import Hint
from counterdesk.locale import Words
from counterdesk.widgets.base import DeskScreen
from counterdesk.widgets.lean_input import LeanInput
from counterdesk.widgets.message_line import MessageLine
from counterdesk.widgets.text_view import TextLine

Away = Literal["locked", "handed_over"]
"""Why nobody is at the desk although the program runs."""


class SignIn(DeskScreen[None]):
    """Asks for number and password until a session stands. The password is kept only in the field."""

    # Enter and Tab are bound here with priority: a password typed right behind them must not land in the open field.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave", show=False, priority=True),
        Binding("enter", "advance", show=False, priority=True),
        Binding("tab,down,shift+tab,up", "other_field", show=False, priority=True),
    ]

    def __init__(
        self,
        words: Words,
        counter: str,
        sign_in: Callable[[str, str], None],
        officer: str = "",
        why: Away | Literal[""] = "",
        hint: str = "",
    ) -> None:
        """officer stands in the field already where it is known; sign_in gets number and password. why: what brought
        this screen up, said below the fields. hint: how to sign in, where that is no secret."""
        super().__init__()
        self._words = words
        self._counter = counter
        self._sign_in = sign_in
        self._known = officer
        self._why = why
        self._hint = hint
        self._trying = False

    def compose(self) -> ComposeResult:
        words = self._words
        with Container(id="sign-in"):
            counter = self._counter
            place = words("status.counter", counter=counter) if counter else words("status.no_counter")
            yield TextLine(words("sign_in.title", station=place), "strong")
            yield TextLine(words("sign_in.officer"))
            yield LeanInput(self._known, id="officer", limit=20)
            yield TextLine(words("sign_in.password"))
            yield LeanInput(id="password", limit=128, password=True)
            yield TextLine(words("sign_in.hint"), "dim")
            if self._hint:
                yield TextLine(self._hint, "accent")
            yield MessageLine(id="sign-in-message")

    def on_mount(self) -> None:
        self.query_one("#password" if self._known else "#officer").focus()
        if self._why:
            self.query_one(MessageLine).say(self._words(f"sign_in.why.{self._why}"), "warn")

    def told(self, *, failed: str, away: bool, hint: Hint = "") -> None:
        """What became of the last try: refused for a reason, or waiting for a station that does not answer.

        hint: why it does not, where that is known.
        """
        if not self.is_mounted:
            return
        if failed:
            self._trying = False
            self.query_one(MessageLine).say(failed, "block")
            self.query_one("#password", Input).value = ""
            self.query_one("#password").focus()
        elif away and (self._trying or hint):  # else the line's next try would take away why the last answer was no
            text = self._words(f"unreachable.{hint}" if hint else "sign_in.away")
            self.query_one(MessageLine).say(text, "block" if hint else "warn")

    async def action_advance(self) -> None:
        """Enter goes to the empty field, and signs in when both are filled."""
        officer, password = await self._fields()
        if self.focused is officer and not password.value:
            self.set_focus(password)
        elif not officer.value.strip() or not password.value:
            self.query_one(MessageLine).say(self._words("sign_in.missing"), "warn")
        else:
            self._trying = True
            self.query_one(MessageLine).say(self._words("sign_in.waiting"))
            self._sign_in(officer.value.strip(), password.value)

    async def action_other_field(self) -> None:
        """To the other of the two fields."""
        officer, password = await self._fields()
        self.set_focus(officer if self.focused is password else password)

    async def _fields(self) -> tuple[Input, Input]:
        """Both fields, once the characters that were typed before this key are in them."""
        if self.focused is not None:
            typed = asyncio.Event()
            self.focused.call_later(typed.set)
            await typed.wait()
        return self.query_one("#officer", Input), self.query_one("#password", Input)

    def action_leave(self) -> None:
        """Leave the program."""
        self.app.exit(0)
