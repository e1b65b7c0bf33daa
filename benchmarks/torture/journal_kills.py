"""kill -9 of a process that writes the journal: what it acknowledged is there, whole, in order, and opens.

A child opens the file, says what it found, and goes on with the acts from there; it acknowledges each one over a pipe
once the journal returned. It is killed at a random moment, some of them while it still recovers from the kill before.
kill -9 leaves the system's cache alone: what a power cut does is `power_cuts`.
"""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import struct
import tempfile
import time
from pathlib import Path
from typing import NoReturn

from benchmarks.torture.history import ABOUT, History, SmallWal, found, perform, ring
from benchmarks.torture.outcome import Outcome
from counterdesk.journal.book import Book
from counterdesk.journal.model import JournalError
from counterdesk.journal.ring import Ring

NAME = "journal_kills"
LONG = 5_000
CONTROL = 60
RENEW = 1_500
"""Acts after which a new file is begun."""
_WRONG = 0xFFFFFFFF


class Terminal:
    """One journal file and what is known of it."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.path = folder / f"{seed}" / "demo.journal"
        self.history = History(seed)
        self.ring = ring(seed)
        self.acknowledged = 0

    def look(self) -> int | None:
        """How many acts the file has seen, if that may be."""
        try:
            book = SmallWal.at(self.path, **ABOUT)
            try:
                return self.history.done(found(book, self.ring), self.acknowledged, self.acknowledged + 1)
            finally:
                book.close()
        except (JournalError, AssertionError):
            return None


def run(cases: int, seed: int) -> Outcome:
    """Kill `cases` times; then the control: a writer that acknowledges before the journal returned."""
    violations, acts = _kills(cases, seed, early=False)
    control, _ = _kills(min(CONTROL, max(cases, 20)), seed + 1, early=True)
    return Outcome(cases, violations, control, f"{acts:,} acknowledged")


def _kills(cases: int, seed: int, *, early: bool) -> tuple[int, int]:
    chance = random.Random(seed)
    violations = acts = 0
    folder = Path(tempfile.mkdtemp(prefix="counterdesk-kills-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    try:
        terminal = Terminal(chance.randrange(1 << 30), folder)
        terminal.look()  # what is imported on first use is there before the first fork
        terminal.ring.open(terminal.ring.seal(b"", "warm")[2], "warm")
        for number in range(cases):
            before = terminal.acknowledged
            good = _kill_one(terminal, chance, early=early)
            acts += terminal.acknowledged - before
            if good and (number == cases - 1 or terminal.acknowledged > RENEW):
                good = terminal.look() is not None
            if not good:
                violations += 1
            if not good or terminal.acknowledged > RENEW:
                shutil.rmtree(terminal.path.parent, ignore_errors=True)
                terminal = Terminal(chance.randrange(1 << 30), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return violations, acts


def _kill_one(terminal: Terminal, chance: random.Random, *, early: bool) -> bool:
    """One life. False if the child found another file than it may be."""
    SmallWal.pages = chance.choice((3, 8, 1000))
    in_recovery = chance.random() < 0.15
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _live(terminal, writer, early)
    os.close(writer)
    said = b""
    if in_recovery:
        time.sleep(chance.uniform(0, 0.006))
    else:
        while len(said) < 4 and (part := os.read(reader, 65536)):
            said += part
        time.sleep(chance.uniform(0, 0.004))
    os.kill(child, signal.SIGKILL)
    while select.select([reader], [], [], 10)[0] and (part := os.read(reader, 65536)):
        said += part
    os.close(reader)
    if not os.WIFSIGNALED(os.waitpid(child, 0)[1]):
        return False  # the journal raised, and nothing was wrong with the disk
    if len(said) < 4:
        return True  # killed before it had looked
    (start,) = struct.unpack("!I", said[:4])
    if start == _WRONG:
        return False
    terminal.acknowledged = start + len(said) - 4
    terminal.history.act(terminal.acknowledged + 1)  # here, so that not every child has to make the acts anew
    return True


def _live(terminal: Terminal, writer: int, early: bool) -> NoReturn:
    """The child: look, then act and acknowledge until killed."""
    try:
        book = SmallWal.at(terminal.path, **ABOUT)
        number = terminal.history.done(
            found(book, terminal.ring), terminal.acknowledged, terminal.acknowledged + (0 if early else 1)
        )
        if number is None:
            os.write(writer, struct.pack("!I", _WRONG))
            os._exit(1)
        os.write(writer, struct.pack("!I", number))
        while True:
            _act(book, terminal.ring, terminal.history, number, writer, early)
            number += 1
    except BaseException:
        os._exit(2)


def _act(book: Book, keys: Ring, history: History, number: int, writer: int, early: bool) -> None:
    act = history.act(number)
    if early:
        os.write(writer, b"A")
    perform(book, keys, act)
    if not early:
        os.write(writer, b"A")
