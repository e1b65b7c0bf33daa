"""A station's store in memory: nothing is left when it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from counterdesk.catalog.casefile import CaseFile
from counterdesk.station.audit import Note
from counterdesk.station.events import Recorded
from counterdesk.station.exchange import ShiftNote
from counterdesk.station.host import Answer


class MemoryStore:
    """Implements `host.Store`. added: called after every change of the stream."""

    def __init__(self, added: Callable[[], None] | None = None) -> None:
        self._events: list[Recorded] = []
        self._answers: dict[str, Answer] = {}
        self._files: dict[str, CaseFile] = {}
        self._notes: dict[str, ShiftNote] = {}
        self._added = added

    def events(self, after: int) -> Iterable[Recorded]:
        """The events with seq > after, in order."""
        # seq counts from 1 without gaps, so it is also the place in the list.
        return self._events[max(0, after) :]

    def answer(self, command_id: str) -> Answer | None:
        """The stored answer to a command id."""
        return self._answers.get(command_id)

    def append(self, answer: Answer, erase: tuple[str, ...], note: Note) -> None:
        """Store the answer and its events and erase the named case files. Raises: ValueError for a gap."""
        for place, recorded in enumerate(answer.events, start=len(self._events) + 1):
            if recorded.seq != place:
                raise ValueError(f"event {recorded.seq} does not follow {place - 1}")
        self._answers[answer.command] = answer
        self._events.extend(answer.events)
        for case in erase:
            self._files.pop(case, None)
        if answer.events and self._added is not None:
            self._added()

    def read_file(self, case: str) -> CaseFile | None:
        """The newest version of a case file."""
        return self._files.get(case)

    def write_file(self, file: CaseFile, note: Note) -> None:
        """Store `file` as it is."""
        self._files[file.case] = file

    def read_note(self, counter: str) -> ShiftNote | None:
        """The shift note that lies at a counter."""
        return self._notes.get(counter)

    def write_note(self, written: ShiftNote, note: Note) -> None:
        """Lay a shift note at its counter."""
        self._notes[written.counter] = written

    def drop_note(self, counter: str, note: Note) -> None:
        """Erase the shift note of a counter."""
        self._notes.pop(counter, None)

    def drop_notes(self, before: datetime, note: Note) -> int:
        """Erase the shift notes that were written before then."""
        old = [counter for counter, written in self._notes.items() if written.at < before]
        for counter in old:
            del self._notes[counter]
        return len(old)

    def note(self, note: Note) -> None:
        """Practice keeps no audit trail: what is practised is nobody's business."""
