"""A power cut at any moment of a journal's work: every acknowledged act is on what is left of the disk, and it opens.

The journal's own statements run over a disk in memory (`vfs.py`); images of it after cuts are opened by the standard
library's SQLite, as after a real one. Controls: synchronous=NORMAL must lose acts, OFF must damage the file.
A simulated cut says nothing of a drive that reports a sync before it has done it.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from pathlib import Path

from benchmarks.torture.history import History, SmallWal, found, opened, perform, plainly, ring
from benchmarks.torture.outcome import Outcome
from benchmarks.torture.vfs import MAIN, Connection, Cuts, Disk
from counterdesk.journal.book import Book
from counterdesk.journal.model import JournalError

NAME = "power_cuts"
LONG = 40_000
ACTS = 60
IMAGES = 400
"""Of one run of that many acts."""
CONTROL = 1_200


class _Normal(SmallWal):
    synchronous = ("NORMAL", 1)


class _Off(SmallWal):
    synchronous = ("OFF", 0)


def run(cases: int, seed: int) -> Outcome:
    """Make `cases` images; then those of the controls, both of which have to fail."""
    lost, damaged = _images(SmallWal, cases, seed)
    controls = min(CONTROL, max(cases, 100))
    normal, _ = _images(_Normal, controls, seed + 1)
    off_lost, off_damaged = _images(_Off, controls, seed + 2)
    note = f"NORMAL lost in {normal}, OFF lost in {off_lost} and damaged {off_damaged} of {controls}"
    both = bool(normal) and bool(off_damaged)
    return Outcome(cases, lost + damaged, normal + off_damaged if both else 0, note)


def _images(kind: type[SmallWal], cases: int, seed: int) -> tuple[int, int]:
    """How many images lost what was acknowledged, and how many are damaged."""
    chance = random.Random(seed)
    lost = damaged = 0
    folder = Path(tempfile.mkdtemp(prefix="counterdesk-cuts-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    try:
        while cases > 0:
            work = _Work(kind, chance.randrange(1 << 30), chance.choice((3, 8, 1000)))
            for _ in range(min(IMAGES, cases)):
                verdict = work.judge(chance, folder)
                lost += verdict == "lost"
                damaged += verdict == "damaged"
            cases -= IMAGES
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return lost, damaged


class _Work:
    """One run of acts over a disk in memory."""

    def __init__(self, kind: type[SmallWal], seed: int, pages: int) -> None:
        self._history = History(seed)
        self._ring = ring(seed)
        self._disk = Disk()
        self._acknowledged: list[int] = []
        """How many operations of the disk were done when each act was acknowledged."""
        kind.pages = pages
        book = opened(lambda: Connection(self._disk), kind, self._disk.renew_log)
        for number in range(ACTS):
            if number in (ACTS // 3, ACTS // 2):
                book.reopen()
            perform(book, self._ring, self._history.act(number))
            self._acknowledged.append(len(self._disk.log))
        self._cuts = Cuts(self._disk.log)
        book.close()

    def judge(self, chance: random.Random, folder: Path) -> str:
        """What one cut has left: fine, lost or damaged."""
        cut = chance.randint(0, self._acknowledged[-1])
        least = sum(1 for done in self._acknowledged if done <= cut)
        for name in (MAIN, MAIN + "-wal"):
            (folder / name).unlink(missing_ok=True)
        for name, content in self._cuts.image(cut, chance).items():
            (folder / name).write_bytes(content)
        try:
            book = opened(plainly(folder / MAIN), Book)
        except JournalError:
            return "damaged"
        try:
            whole = [row[0] for row in book.rows("PRAGMA integrity_check")] == ["ok"]
            digest = found(book, self._ring)
        except (JournalError, AssertionError):
            return "damaged"
        finally:
            book.close()
        if not whole:
            return "damaged"
        return "fine" if self._history.done(digest, least, min(least + 1, ACTS)) is not None else "lost"
