"""What a board knows: the newest board that came, and whether the line to the station stands. No screen.

A board hangs there unattended. It signs in again whenever its session ended, waits longer after each failure, and
keeps what it has for as long as nobody answers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from counterdesk.backends.base import Alive, Backend, BackendError, Board, NotAllowed, NotSignedIn
from counterdesk.quiet import quiet

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0


@quiet
@dataclass(frozen=True, slots=True)
class BoardState:
    """board: None before the first one. online: the line stands. heard: when the station last said anything
    (monotonic seconds). refused: why it will never say anything, "" if it may yet."""

    board: Board | None = None
    online: bool = False
    heard: float = 0.0
    refused: Literal["", "not_signed_in", "not_allowed"] = ""


class BoardLine:
    """Keeps `state` up to date and calls `changed` for each change, on the loop that `run` runs on."""

    def __init__(
        self,
        backend: Backend,
        officer: str,
        password: str,
        changed: Callable[[BoardState], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.state = BoardState()
        self._backend = backend
        self._officer, self._password = officer, password
        self._changed = changed
        self._clock = clock

    async def run(self) -> None:
        """Follow the station until it refuses for good, or until cancelled."""
        pause = FIRST_PAUSE
        while not self.state.refused:
            before = self.state.heard
            try:
                await self._backend.sign_in(self._officer, self._password)
                async with aclosing(cast(Any, self._backend.boards())) as items:
                    async for item in items:
                        self._heard(item)
            except NotSignedIn as error:
                # An ended session is renewed at once; a wrong password never becomes right.
                if error.code == "wrong":
                    self._set(replace(self.state, online=False, refused="not_signed_in"))
                    return
                pause = max(pause, float(error.seconds))
            except NotAllowed:
                self._set(replace(self.state, online=False, refused="not_allowed"))
                return
            except BackendError:
                self._set(replace(self.state, online=False))
            if self.state.heard != before:
                pause = FIRST_PAUSE
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _heard(self, item: Board | Alive) -> None:
        board = item if isinstance(item, Board) else self.state.board
        self._set(BoardState(board, online=True, heard=self._clock()))

    def _set(self, state: BoardState) -> None:
        self.state = state
        self._changed(state)
