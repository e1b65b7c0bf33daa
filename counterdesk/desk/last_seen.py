"""Which rules the officers of this terminal saw last: one small file a station and mode, without personal data.

It is a convenience. A file that cannot be read is as good as none, and one that cannot be written is tried again.
"""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from pathlib import Path

import msgspec

from counterdesk.catalog.changes import Seen

KEPT = 4
"""How many catalogues a terminal remembers the rules of."""
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,60}")


class LastSeen:
    """The file of one station in one mode: practice never answers for the real thing."""

    def __init__(self, folder: Path, mode: str, station: str) -> None:
        # A station's id is not ours to trust with a path.
        name = station if _PLAIN.fullmatch(station) else hashlib.sha256(station.encode()).hexdigest()[:24]
        self._folder = folder
        self.file = folder / f"rules-seen-{mode}-{name}.json"

    def read(self) -> Seen | None:
        """What was seen last, None where nothing is known of it."""
        return _read(self.file)

    def write(self, seen: Seen) -> None:
        """Keep this instead, for the owner of the terminal alone; a reader never finds half of it."""
        _write(self.file, seen)

    def worked_by(self, sha256: str) -> Seen | None:
        """The rules of a catalogue that this terminal worked by, None where it does not remember them."""
        found = _read(self._of(sha256)) if _PLAIN.fullmatch(sha256[:16]) else None
        return found if found is not None and found.sha256 == sha256 else None

    def remember(self, seen: Seen) -> None:
        """Keep the rules of this catalogue for the drafts that are begun under it; the oldest are let go."""
        file = self._of(seen.sha256)
        if file.exists():
            return
        _write(file, seen)
        with suppress(OSError):
            kept = sorted(self._folder.glob("rules-of-*.json"), key=lambda path: path.stat().st_mtime_ns)
            for old in kept[:-KEPT]:
                old.unlink()

    def _of(self, sha256: str) -> Path:
        return self._folder / f"rules-of-{sha256[:16]}.json"


def _read(file: Path) -> Seen | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Seen)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _write(file: Path, seen: Seen) -> None:
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
            output.write(msgspec.json.encode(seen))
        os.replace(beside, file)
    except OSError:
        with suppress(OSError):
            beside.unlink()
