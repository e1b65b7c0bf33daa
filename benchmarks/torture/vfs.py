"""A disk in memory under SQLite: it notes every operation, fails where it is told to, and can be cut at any moment.

Folder and files are apart, as on a real disk: what is written stays in doubt until its file is synced, and a new or
deleted name until the folder is. What a sync failed on never gets there unless it is written anew. Operations on the
folder keep their order; writes to a file do not, and one may be torn at a sector. (The model of SQLite's own tests.)
"""

from __future__ import annotations

import errno
import os
import random
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import apsw

SECTOR = 512
MAIN = "demo.journal"
FAULTY = ("write", "sync", "truncate", "delete")


class Done(NamedTuple):
    """One operation. file: which inode; name: for the folder's operations."""

    what: str
    file: int = 0
    offset: int = 0
    data: bytes = b""
    name: str = ""


class Disk:
    """The files as the running program sees them, and all that was done to them.

    fault: called with the kind before an operation is done; what it raises is what SQLite gets.
    """

    def __init__(self) -> None:
        self.names: dict[str, int] = {MAIN: 0}
        self.files: dict[int, bytearray] = {0: bytearray()}
        self.log: list[Done] = []
        self.fault: Callable[[str], None] = lambda what: None
        self._new: set[int] = set()

    def do(self, done: Done) -> None:
        """Do it and note it."""
        if done.what in FAULTY:
            try:
                self.fault(done.what)
            except apsw.Error:
                if done.what == "sync":
                    self.log.append(Done("lost", done.file))
                raise
        if done.what == "create":
            self.names[done.name] = done.file
            self.files[done.file] = bytearray()
            self._new.add(done.file)
        elif done.what == "delete":
            self.names.pop(done.name, None)
        elif done.what in ("write", "truncate"):
            _change(self.files[done.file], done)
        self.log.append(done)
        if done.what == "sync" and done.file in self._new:
            self._new.discard(done.file)
            self.log.append(Done("sync_folder"))  # as SQLite does for a log that it has just made

    def renew_log(self) -> None:
        """What `counterdesk.disk.renew_log` does. Raises: OSError."""
        log = self.names.get(MAIN + "-wal")
        if log is None or not self.files[log]:
            return
        try:
            self.do(Done("write", log, 0, bytes(self.files[log])))
            self.do(Done("sync", log))
        except apsw.FullError:
            raise OSError(errno.ENOSPC, "full") from None
        except apsw.Error:
            raise OSError(errno.EIO, "failed") from None

    def fresh(self) -> int:
        """The number of a new file."""
        return len(self.files)


def _change(content: bytearray, done: Done) -> None:
    end = done.offset + len(done.data)
    if done.what == "truncate":
        if len(content) < done.offset:
            content.extend(bytes(done.offset - len(content)))
        del content[done.offset :]
        return
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    content[done.offset : end] = done.data


class Cuts:
    """What may be left of a disk when the power goes."""

    def __init__(self, log: Sequence[Done]) -> None:
        self._log = log
        self._safe: dict[int, list[tuple[int, bytes]]] = {}
        """For each file: after which operations what is surely on the disk."""
        platter: dict[int, bytearray] = {}
        doubtful: dict[int, list[Done]] = {}
        for number, done in enumerate(log):
            if done.what in ("write", "truncate"):
                doubtful.setdefault(done.file, []).append(done)
            elif done.what in ("sync", "lost"):
                disk = platter.setdefault(done.file, bytearray())
                # After a failed sync the system takes the pages for clean: no later sync writes them.
                for change in doubtful.pop(done.file, []) if done.what == "sync" else ():
                    _change(disk, change)
                doubtful.pop(done.file, None)
                self._safe.setdefault(done.file, []).append((number + 1, bytes(disk)))

    def image(self, cut: int, chance: random.Random) -> dict[str, bytes]:
        """The files by name after a cut before operation `cut`."""
        return {name: self._content(file, cut, chance) for name, file in self._names(cut, chance).items()}

    def _names(self, cut: int, chance: random.Random) -> dict[str, int]:
        folder = [(n, d) for n, d in enumerate(self._log[:cut]) if d.what in ("create", "delete", "sync_folder")]
        surely = max((n for n, d in folder if d.what == "sync_folder"), default=-1)
        doubtful = [d for n, d in folder if n > surely]
        kept = [d for n, d in folder if n <= surely] + doubtful[: chance.randint(0, len(doubtful))]
        names = {MAIN: 0}
        for done in kept:
            if done.what == "create":
                names[done.name] = done.file
            elif done.what == "delete":
                names.pop(done.name, None)
        return names

    def _content(self, file: int, cut: int, chance: random.Random) -> bytes:
        since, safe = 0, b""
        for number, content in self._safe.get(file, ()):
            if number > cut:
                break
            since, safe = number, content
        doubtful = [d for d in self._log[since:cut] if d.file == file and d.what in ("write", "truncate")]
        how = chance.randrange(4)
        if how == 0:
            return safe
        if how == 1:
            doubtful = doubtful[: chance.randint(0, len(doubtful))]
        elif how == 2:
            doubtful = [done for done in doubtful if chance.random() < 0.5]
        left = bytearray(safe)
        for done in doubtful:
            torn = how < 3 and done.what == "write" and len(done.data) > SECTOR and chance.random() < 0.25
            for part in _sectors(done, chance) if torn else (done,):
                _change(left, part)
        return bytes(left)


def _sectors(done: Done, chance: random.Random) -> list[Done]:
    """Some of the sectors of a write."""
    parts = range(0, len(done.data), SECTOR)
    return [
        done._replace(offset=done.offset + start, data=done.data[start : start + SECTOR])
        for start in parts
        if chance.random() < 0.5
    ]


class _File:
    """An open file of the disk; what apsw asks of it."""

    def __init__(self, disk: Disk, number: int, flags: list[int]) -> None:
        self._disk = disk
        self._number = number

    @property
    def _content(self) -> bytearray:
        return self._disk.files[self._number]

    def xRead(self, amount: int, offset: int) -> bytes:
        return bytes(self._content[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        self._disk.do(Done("write", self._number, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:
        self._disk.do(Done("truncate", self._number, size))

    def xSync(self, flags: int) -> None:
        self._disk.do(Done("sync", self._number))

    def xFileSize(self) -> int:
        return len(self._content)

    def xLock(self, level: int) -> None:
        pass

    def xUnlock(self, level: int) -> None:
        pass

    def xCheckReservedLock(self) -> bool:
        return False

    def xFileControl(self, operation: int, pointer: int) -> bool:
        return False

    def xSectorSize(self) -> int:
        return SECTOR

    def xDeviceCharacteristics(self) -> int:
        return 0

    def xClose(self) -> None:
        pass


class _Folder(apsw.VFS):
    """The disk as a file system of apsw."""

    def __init__(self, disk: Disk, name: str) -> None:
        self._disk = disk
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> Any:
        path = os.path.basename(name.filename() if hasattr(name, "filename") else str(name))
        if path not in self._disk.names:
            self._disk.do(Done("create", self._disk.fresh(), name=path))
        flags[1] = flags[0]
        return _File(self._disk, self._disk.names[path], flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        name = os.path.basename(filename)
        if name not in self._disk.names:
            raise fault(apsw.IOError, apsw.SQLITE_IOERR_DELETE_NOENT)
        self._disk.do(Done("delete", name=name))
        if syncdir:
            self._disk.do(Done("sync_folder"))

    def xAccess(self, pathname: str, flags: int) -> bool:
        return os.path.basename(pathname) in self._disk.names

    def xFullPathname(self, name: str) -> str:
        return name


class Connection:
    """apsw's connection, as `counterdesk.journal.book` uses one; its errors are those of sqlite3."""

    def __init__(self, disk: Disk) -> None:
        name = f"disk-{id(disk)}"
        self._folder = _Folder(disk, name)
        self._db = apsw.Connection("/" + MAIN, vfs=name)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return not self._db.get_autocommit()

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Any:
        """Run a statement to its end."""
        try:
            return _Rows(self._db.execute(sql, tuple(values)).fetchall())
        except apsw.Error as error:
            raise _as_sqlite3(error) from None

    def close(self) -> None:
        """Close it."""
        try:
            self._db.close()
        except apsw.Error as error:
            raise _as_sqlite3(error) from None
        finally:
            self._folder.unregister()


class _Rows:
    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def fetchone(self) -> Any:
        return self._rows[0] if self._rows else None

    def fetchall(self) -> list[Any]:
        return self._rows


def fault(kind: type[apsw.Error], code: int) -> apsw.Error:
    """An error for SQLite."""
    error: Any = kind()
    error.extendedresult = code
    made: apsw.Error = error
    return made


def _as_sqlite3(error: apsw.Error) -> sqlite3.Error:
    code = getattr(error, "extendedresult", 0)
    known: Any = apsw.mapping_extended_result_codes
    plain: Any = apsw.mapping_result_codes
    made = sqlite3.OperationalError(type(error).__name__)
    made.sqlite_errorname = str(known.get(code) or plain.get(code & 0xFF) or type(error).__name__)
    return made
