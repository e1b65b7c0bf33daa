"""What SQLite and plain files leave to their callers: that what was written is on the disk, and whole.

The desk's journal and the server's store open their databases so, practice keeps its ledgers so. No database is opened
here.
"""

from __future__ import annotations

import os
from contextlib import suppress
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


def write_whole(path: Path, data: bytes) -> None:
    """Write a file (0600) so that after any crash or power cut it is the old one or the new one, whole.

    Raises: OSError; the old file is then as it was.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        made = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(made, "wb") as output:
            output.write(data)
            output.flush()
            os.fsync(made)
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk. Raises: OSError."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
