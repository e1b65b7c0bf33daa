"""Server-Sent Events out of a stream of bytes, by the standard (WHATWG HTML §9.2) and with limits.

Lines end at CR LF, LF or CR and nowhere else: `str.splitlines`, and httpx's `aiter_lines` with it, also cut at U+2028,
U+0085 and others, which JSON may carry as they are.
"""

from __future__ import annotations

import codecs
from collections.abc import AsyncGenerator, AsyncIterator
from typing import NamedTuple

from counterdesk.quiet import quiet

LONGEST_EVENT = 4 << 20


class BadStream(Exception):
    """The bytes are no event stream: not UTF-8, or an event without end."""


@quiet
class ServerEvent(NamedTuple):
    """One event. id: the last one seen in the stream, as the standard has it."""

    name: str
    data: str
    id: str


class Reader:
    """Takes chunks of bytes cut anywhere and gives the events that are complete."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._open: list[str] = []
        self._held = 0
        self._after_cr = False
        self._first = True
        self._name = ""
        self._id = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """The events that this chunk completes. Raises: BadStream."""
        try:
            text = self._decoder.decode(chunk)
        except UnicodeDecodeError:
            raise BadStream("not UTF-8") from None
        if self._first and text:
            self._first = False
            text = text.removeprefix("\ufeff")
        events = []
        for line in self._lines(text):
            event = self._line(line)
            if event is not None:
                events.append(event)
        if self._held > LONGEST_EVENT:
            raise BadStream("an event without end")
        return events

    def _lines(self, text: str) -> list[str]:
        """The lines that are complete now. A CR that ends a chunk ends a line; an LF that follows belongs to it."""
        if self._after_cr and text:
            self._after_cr = False
            text = text.removeprefix("\n")
        if text.endswith("\r"):
            self._after_cr = True
        *complete, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._held += len(text)
        if complete:
            complete[0] = "".join((*self._open, complete[0]))
            self._open.clear()
        if rest:
            self._open.append(rest)
        return complete

    def _line(self, line: str) -> ServerEvent | None:
        if not line:
            event = ServerEvent(self._name or "message", "\n".join(self._data), self._id) if self._data else None
            self._name, self._data = "", []
            self._held = sum(map(len, self._open))
            return event
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._name = value
        elif field == "id" and "\0" not in value:
            self._id = value
        # Comments (an empty field), retry and unknown fields carry nothing for a desk.
        return None


async def read(chunks: AsyncIterator[bytes]) -> AsyncGenerator[ServerEvent, None]:
    """The events of a response's bytes. Raises: BadStream, and what `chunks` raises."""
    reader = Reader()
    async for chunk in chunks:
        for event in reader.feed(chunk):
            yield event
