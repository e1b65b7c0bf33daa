"""The real command on a slow disk: python -m benchmarks.slow_desk SECONDS [hasty] [OPTIONS OF COUNTERDESK].

Each commit of the journal takes so many seconds more. hasty: the desk says that a text is on the disk before it is; a
control for whoever looks for what gets lost.
"""

from __future__ import annotations

import sys
from typing import Any

from benchmarks.journal import SlowDisk
from counterdesk import launcher
from counterdesk.catalog.casefile import CaseFile
from counterdesk.desk.memory import Memory
from counterdesk.journal.journal import Journal


def slow(seconds: float) -> None:
    """Every journal opened from now on has a slow disk."""
    opened = Journal.open

    def open_slowly(*given: Any, **named: Any) -> Journal:
        journal = opened(*given, **named)
        assert journal._book._db is not None
        journal._book._db = SlowDisk(journal._book._db, seconds)
        return journal

    setattr(Journal, "open", open_slowly)  # noqa: B010


def hasty() -> None:
    """Every desk from now on shows a text as kept when the disk has not answered yet."""
    keep_file = Memory.keep_file

    def keep_at_once(memory: Memory, file: CaseFile, sent: tuple[str, ...] = ()) -> None:
        keep_file(memory, file, sent)
        memory._kept_files[file.case] = file
        if memory._loop is not None:
            memory._loop.call_soon_threadsafe(memory.told, "file", file.case)

    setattr(Memory, "keep_file", keep_at_once)  # noqa: B010


if __name__ == "__main__":
    slow(float(sys.argv[1]))
    if sys.argv[2] == "hasty":
        hasty()
    sys.argv[1:] = sys.argv[2 + (sys.argv[2] == "hasty") :]
    sys.exit(launcher.main())
