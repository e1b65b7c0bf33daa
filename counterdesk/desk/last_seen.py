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

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,60}")


class LastSeen:
    """The file of one station in one mode: practice never answers for the real thing."""

    def __init__(self, folder: Path, mode: str, station: str) -> None:
        # A station's id is not ours to trust with a path.
        name = station if _PLAIN.fullmatch(station) else hashlib.sha256(station.encode()).hexdigest()[:24]
        self.file = folder / f"rules-seen-{mode}-{name}.json"

    def read(self) -> Seen | None:
        """What was seen last, None where nothing is known of it."""
        try:
            return msgspec.json.decode(self.file.read_bytes(), type=Seen)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return None

    def write(self, seen: Seen) -> None:
        """Keep this instead, for the owner of the terminal alone; a reader never finds half of it."""
        beside = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside.unlink(missing_ok=True)
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(msgspec.json.encode(seen))
            os.replace(beside, self.file)
        except OSError:
            with suppress(OSError):
                beside.unlink()
