"""What a desk asks the station for somebody to read, beside its own work: the figures, and a day of the stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from counterdesk.backends.base import Backend, BackendError, NotAllowed, NotSignedIn, Query
from counterdesk.desk.state import AskedFigures
from counterdesk.station.refused import Refused

if TYPE_CHECKING:  # only a leader reads whole days
    from counterdesk.station.past_day import Excerpt


class Asking:
    """The figures of one desk's station. show: takes what was asked and, in time, its answer.

    What goes wrong is shown in place of the answer and never raised. Only the newest question counts.
    """

    def __init__(self, backend: Backend, show: Callable[[AskedFigures | None], None]) -> None:
        self._backend = backend
        self._show = show
        self._newest: AskedFigures | None = None

    def forget(self) -> None:
        """The session ended: what is still on its way is nobody's any more."""
        self._newest = None
        self._show(None)

    async def figures(self, query: Query) -> None:
        """Ask; an answer that comes after another question was asked is let go."""
        asked = self._newest = AskedFigures(query)
        self._show(asked)
        try:
            answer = replace(asked, figures=await self._backend.figures(query))
        except Refused as refused:
            answer = replace(asked, code=refused.code)
        except NotAllowed:
            answer = replace(asked, code="not_permitted")
        except NotSignedIn:
            answer = replace(asked, code="signed_out")
        except BackendError:
            answer = replace(asked, code="unreachable")
        if self._newest is asked:
            self._show(answer)

    async def day(self, day: date, answer: Callable[[Excerpt | None], object]) -> None:
        """Read what the stream has of a day; None where the station does not give it."""
        from counterdesk.backends.reading import read_day

        try:
            excerpt = await read_day(self._backend, day)
        except BackendError:
            answer(None)
        else:
            answer(excerpt)
