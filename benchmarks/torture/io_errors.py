"""Every write, sync, truncation and deletion of a journal's work fails once: nothing acknowledged is lost, each failure
is said, and after `reopen` it goes on. As EIO and as a full disk, for one operation and until the disk is healed.

At the end the power is cut as well: what a failed sync left in the system's cache alone must not be built upon.
Control: a desk that takes no notice of the error.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from itertools import product
from pathlib import Path
from typing import NamedTuple

import apsw

from benchmarks.torture.history import History, SmallWal, found, opened, perform, plainly, ring
from benchmarks.torture.outcome import Outcome
from benchmarks.torture.vfs import MAIN, Connection, Cuts, Disk, fault
from counterdesk.journal.book import Book
from counterdesk.journal.model import JournalError

NAME = "io_errors"
LONG = 4_000
ACTS = 24
CUTS = 3
_CODES = {
    "write": apsw.SQLITE_IOERR_WRITE,
    "sync": apsw.SQLITE_IOERR_FSYNC,
    "truncate": apsw.SQLITE_IOERR_TRUNCATE,
    "delete": apsw.SQLITE_IOERR_DELETE,
}


class Point(NamedTuple):
    """Where and how the disk fails."""

    number: int
    full: bool
    lasting: bool


class Broken(AssertionError):
    """A promise was not kept."""


def run(cases: int, seed: int) -> Outcome:
    """At least `cases` points of failure: whole runs, each until no operation is left to fail."""
    tried = violations = control = surfaced = 0
    folder = Path(tempfile.mkdtemp(prefix="counterdesk-io-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    try:
        while tried < cases:
            for full, lasting in product((False, True), repeat=2):
                number = 1
                while True:
                    work = _Work(seed, Point(number, full, lasting), folder)
                    violations += work.broken()
                    if not work.reached:
                        break
                    surfaced += work.raised
                    tried += 1
                    if number % 7 == 0:
                        control += _Work(seed, Point(number, full, lasting), folder, careless=True).broken()
                    number += 1
            seed += 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Outcome(tried, violations, control, f"{surfaced:,} raised")


class _Work:
    """One run of acts over a disk that fails at one point."""

    def __init__(self, seed: int, point: Point, folder: Path, *, careless: bool = False) -> None:
        self._history = History(seed)
        self._ring = ring(seed)
        self._chance = random.Random(f"{seed} {point}")
        self._point = point
        self._folder = folder
        self._careless = careless
        self._disk = Disk()
        self._disk.fault = self._fault
        self._operations = 0
        self._healed = False
        self.reached = False
        self.raised = False
        SmallWal.pages = 6

    def broken(self) -> int:
        """1 if a promise was not kept."""
        try:
            self._work()
        except (Broken, JournalError):
            return 1
        return 0

    def _fault(self, what: str) -> None:
        self._operations += 1
        due = self._operations == self._point.number or (self._point.lasting and self.reached)
        if not due or self._healed:
            return
        self.reached = True
        if self._point.full and what == "write":
            raise fault(apsw.FullError, apsw.SQLITE_FULL)
        raise fault(apsw.IOError, _CODES[what])

    def _work(self) -> None:
        book = self._open()
        done = 0
        while done < ACTS:
            try:
                perform(book, self._ring, self._history.act(done))
                done += 1
            except JournalError:
                self.raised = True
                done = self._after_failure(book, done)
        if found(book, self._ring) != self._history.after[ACTS]:
            raise Broken
        for _ in range(CUTS):
            self._cut()
        self._healed = True
        book.close()

    def _open(self) -> Book:
        try:
            return opened(lambda: Connection(self._disk), SmallWal, self._disk.renew_log)
        except JournalError:
            self.raised = self._healed = True
            return opened(lambda: Connection(self._disk), SmallWal, self._disk.renew_log)

    def _after_failure(self, book: Book, done: int) -> int:
        """How many acts are in the file after the failure of act `done` and a reopening."""
        before = self._operations
        if not book.failed or self._silent(book, done) or self._operations != before:
            raise Broken
        if self._point.lasting:
            try:
                book.reopen()
            except JournalError:
                if not book.failed:
                    raise Broken from None
        self._healed = True
        book.reopen()
        least = done + 1 if self._careless else done
        there = self._history.done(found(book, self._ring), least, done + 1)
        if there is None:
            raise Broken
        return there

    def _silent(self, book: Book, done: int) -> bool:
        """Whether a journal that failed takes something."""
        try:
            perform(book, self._ring, self._history.act(done))
        except JournalError:
            return False
        return True

    def _cut(self) -> None:
        """Cut the power now, and look at what is left as after a real cut."""
        for name in (MAIN, MAIN + "-wal"):
            (self._folder / name).unlink(missing_ok=True)
        for name, content in Cuts(self._disk.log).image(len(self._disk.log), self._chance).items():
            (self._folder / name).write_bytes(content)
        book = opened(plainly(self._folder / MAIN), Book)
        try:
            if [row[0] for row in book.rows("PRAGMA integrity_check")] != ["ok"]:
                raise Broken
            if found(book, self._ring) != self._history.after[ACTS]:
                raise Broken
        finally:
            book.close()
