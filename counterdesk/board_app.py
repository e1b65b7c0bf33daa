"""The board as a program of its own: one widget, two keys, and nothing that could be read but the board."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType

from counterdesk.backends.base import Backend
from counterdesk.desk.board_line import BoardLine, BoardState
from counterdesk.desk.clock import wall_clock
from counterdesk.incidents import Recorder
from counterdesk.locale import Words
from counterdesk.screens.views.board import NEW, Key, board_view, key_of
from counterdesk.widgets.base import DeskScreen, tolerate_bad_input
from counterdesk.widgets.hall_board import HallBoard
from counterdesk.widgets.looks import Palette

TURN = 0.5
REFUSED = 1
"""Exit code where the station does not let the account in."""


class BoardScreen(DeskScreen[None]):
    """The board fills it."""

    def __init__(self, board: HallBoard) -> None:
        super().__init__()
        self._board = board

    def compose(self) -> ComposeResult:
        """One widget."""
        yield self._board


class BoardApp(App[int], inherit_bindings=False):
    """counterdesk board on a terminal. The exit value is 0, or 1 if the station refuses the account."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave", show=False),
        Binding("ctrl+c", "leave", show=False),
    ]

    def __init__(
        self,
        make: Callable[[], Backend],
        officer: str,
        password: str,
        words: Words,
        *,
        palette: Palette = "dark",
        clock: Callable[[], datetime] = wall_clock,
        steady: Callable[[], float] = time.monotonic,
        recorder: Recorder | None = None,
    ) -> None:
        """make: builds the way to the station, on the app's loop. clock, steady: the time, for tests."""
        tolerate_bad_input()
        super().__init__()
        self.palette = palette
        self.refused = ""
        self._make, self._account = make, (officer, password)
        self._words, self._clock, self._steady = words, clock, steady
        self._recorder = recorder
        self._state = BoardState()
        self._since: dict[Key, float] = {}
        self._following: asyncio.Task[None] | None = None
        self.board = HallBoard(board_view(self._state, words, clock(), 0.0, {}))

    def get_default_screen(self) -> BoardScreen:
        """The board."""
        return BoardScreen(self.board)

    async def on_mount(self) -> None:
        """Begin to follow the station."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            with suppress(ValueError, NotImplementedError, RuntimeError):  # not on the main thread, as in tests
                loop.add_signal_handler(number, self.exit, 128 + number)
        self._following = loop.create_task(self._follow())
        self.set_interval(TURN, self.present)

    async def _follow(self) -> None:
        backend = self._make()
        try:
            await BoardLine(backend, *self._account, self._changed, self._steady).run()
        finally:
            await backend.close()

    async def on_unmount(self) -> None:
        """Let go of the line."""
        if self._following is not None:
            self._following.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await self._following

    def _changed(self, state: BoardState) -> None:
        if state.refused:
            self.refused = state.refused
            self.exit(REFUSED)
            return
        first, now = self._state.board is None, self._steady()
        calls = state.board.calls if state.board is not None else ()
        keys = [key_of(call) for call in calls]
        # What stood there when the board was switched on is no news.
        self._since = {key: self._since.get(key, now - NEW if first else now) for key in keys}
        self._state = state
        self.present()

    def present(self) -> None:
        """Show what is known; costs nothing where nothing changed."""
        if self.is_running:
            self.board.show(board_view(self._state, self._words, self._clock(), self._steady(), self._since))

    def action_leave(self) -> None:
        """End."""
        self.exit(0)

    def _handle_exception(self, error: Exception) -> None:
        if self._recorder is not None:
            self._recorder.exception("exception", error)
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self.panic()

    def panic(self, *renderables: object) -> None:
        """End at once with status 1 and print nothing: the launcher says what there is to say."""
        self._return_code = 1
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()
