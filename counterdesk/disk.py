"""What SQLite leaves to its callers: a write-ahead log that may never have reached the disk is made to be there.

The desk's journal and the server's store both open their files so. No database is opened here.
"""

from __future__ import annotations

import os
from pathlib import Path

WAL = "-wal"
"""What the name of a database's write-ahead log ends with."""


def renew_log(path: Path) -> None:
    """Write the WAL of the database `path` over itself and sync it. Only who has the file exclusively may do this.

    When an fsync fails, Linux takes the pages for clean: they can be read, no later fsync writes them, and after a
    power cut they are gone. SQLite would fold such a WAL into the file and, after the cut, replay its older half over
    that. Whether it happened before this process, nobody can tell; so what is read is made to be on the disk.
    Raises: OSError.
    """
    try:
        log = os.open(path.with_name(path.name + WAL), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        done = 0
        while part := os.pread(log, 1 << 20, done):
            done += os.pwrite(log, part, done)
        if done:
            os.fsync(log)
    finally:
        os.close(log)
