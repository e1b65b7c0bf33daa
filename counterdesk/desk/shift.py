"""What a desk does for the shift and for its officers, beside the stream: shift notes, and unlocking a name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from counterdesk.backends.base import Backend, BackendError, NotSignedIn
from counterdesk.desk.state import Notice
from counterdesk.station.exchange import ShiftNote
from counterdesk.station.refused import Refused


class Shift:
    """Notes and accounts of one desk's station. show: takes the note that lies at the counter; tell: what happened.

    Each method is one exchange; what goes wrong is told and never raised.
    """

    def __init__(
        self,
        backend: Backend,
        counter: str,
        show: Callable[[ShiftNote | None], None],
        tell: Callable[[Notice], None],
    ) -> None:
        self._backend = backend
        self._counter = counter
        self._show = show
        self._tell = tell
        self._session: object = None

    def forget(self) -> None:
        """The session ended: what is still on its way is nobody's any more, and the next one looks again."""
        self._session = None
        self._show(None)

    def due(self, session: object, *, anew: bool) -> bool:
        """Whether the note is to be read now: once a session, and `anew` when the counter was opened."""
        if "notes" not in self._backend.capabilities or (self._session is session and not anew):
            return False
        self._session = session
        return True

    async def read(self, session: object) -> None:
        """See what lies at the counter."""
        try:
            note = await self._backend.read_note(self._counter)
        except (Refused, BackendError):
            # Nobody asked for it by hand; with the next look of the line it is tried again.
            if self._session is session:
                self._session = None
            return
        if self._session is session:
            self._show(note)

    async def leave(self, text: str) -> bool:
        """Leave a note; False if it does not lie there."""
        return await self._tried("note_failed", self._backend.write_note(self._counter, text))

    async def drop(self) -> None:
        """Take the note away."""
        if await self._tried("note_failed", self._backend.drop_note(self._counter)):
            self._show(None)
            self._tell(Notice("note_taken"))

    async def unlock(self, officer: str) -> None:
        """Forget an officer's failed sign-ins."""
        if await self._tried("unlock_failed", self._backend.unlock_officer(officer)):
            self._tell(Notice("unlocked", params={"officer": officer}))

    async def _tried(self, failure: Literal["note_failed", "unlock_failed"], attempt: Awaitable[None]) -> bool:
        try:
            await attempt
        except Refused as refused:
            self._tell(Notice("refused", code=refused.code, params=refused.params))
        except BackendError as error:
            code = "signed_out" if isinstance(error, NotSignedIn) else type(error).__name__.lower()
            self._tell(Notice(failure, params={"code": code}))
        else:
            return True
        return False
