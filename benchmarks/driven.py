"""A program driven through a pseudo-terminal, as an officer would: bytes, times and memory of each thing done."""

from __future__ import annotations

import asyncio
import os
import random
import re
import select
import sys
import tempfile
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from benchmarks import bare
from benchmarks.journal import SLOWER
from counterdesk.station.commands import AnyCommand, IssueTicket, TicketLeaves
from counterdesk.station.host import Station
from counterdesk.station.roles import Actor
from mock_server.server import machine_clock
from tests.pty.harness import Terminal, keys_of
from tests.pty.town import desk_command, people, sign_in
from tests.server_process import PASSWORD, TestServer, server_in_thread

Figures = dict[str, list[float]]
CHARACTERS = "3100001990"
IDLE_SECONDS = 5.0
HEARTBEAT = 5.0
_COMPUTING = 5.0  # per cent of a processor: more than any screen that is only there takes
CHANGES = 30
_CONTROLS = re.compile(rb"\x1b\[[0-9;?<>=]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[^\[]|[\r\n ]")
_CLOCK = re.compile(rb"[0-9:]{1,16}")


@contextmanager
def counterdesk(home: Path) -> Iterator[tuple[Terminal, Figures, Callable[[], None]]]:
    """The real desk on a quiet server, with twenty people waiting and a violation in the form.

    Gives also what lets the queue change ten times a second, three seconds long.
    """
    figures: Figures = defaultdict(list)
    db = home / "station.sqlite3"
    people(db, _twenty)
    with server_in_thread(db, heartbeat=HEARTBEAT) as server:
        begun = time.perf_counter()
        with Terminal(desk_command(server.url), env={"HOME": str(home)}) as terminal:
            terminal.wait("登录")
            figures["start"].append(time.perf_counter() - begun)
            terminal.drain(0.3)
            before = len(terminal.raw)
            sign_in(terminal)
            terminal.wait("A005")
            terminal.drain(0.3)
            figures["paint"].append(len(terminal.raw) - before)
            terminal.keys("<f2>")
            terminal.wait("已叫号")
            terminal.keys("<f3>")
            terminal.wait("A001 违法处理.*草稿")
            terminal.idle_bytes(1.3)  # past the moment at which the collector's work is put aside
            yield terminal, figures, lambda: _hall(server)


@contextmanager
def stock(home: Path) -> Iterator[tuple[Terminal, Figures, Callable[[], None]]]:
    """The bare Textual app."""
    figures: Figures = defaultdict(list)
    begun = time.perf_counter()
    with Terminal([sys.executable, "-m", "benchmarks.bare"], env={"HOME": str(home)}) as terminal:
        terminal.wait(bare.READY)
        figures["start"].append(time.perf_counter() - begun)
        terminal.drain(0.3)
        figures["paint"].append(len(terminal.raw))
        terminal.idle_bytes(1.3)
        yield terminal, figures, lambda: terminal.keys("<f2>")


def practice_start(rounds: int = 5) -> tuple[list[float], list[float]]:
    """Seconds from the start of practice to its briefing, and of the bare app to its first screen, in turns."""
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(rounds + 1):  # the first start of each fills the disk's cache
        for command, ready, seconds in (
            ([sys.executable, "-m", "counterdesk", "practice"], "简报", ours),
            ([sys.executable, "-m", "benchmarks.bare"], bare.READY, theirs),
        ):
            with tempfile.TemporaryDirectory(prefix="counterdesk-bench-") as folder:
                begun = time.perf_counter()
                with Terminal(command, env={"HOME": folder}) as terminal:
                    terminal.wait(ready)
                    seconds += [time.perf_counter() - begun] if number else []
    return ours, theirs


def leader(rounds: int = 2) -> Figures:
    """The leader's screen of a demo: milliseconds from a key to its paint while a plan is looked for, and the share of
    a processor that it takes in each second afterwards, in a hall where life goes on and nobody presses a key."""
    figures: Figures = defaultdict(list)
    for number in range(rounds):
        demo = [sys.executable, "-m", "counterdesk", "demo", "--role", "leader", "--at", "10:00", "--speed", "1"]
        with (
            tempfile.TemporaryDirectory(prefix="counterdesk-bench-") as folder,
            Terminal([*demo, "--seed", str(7 + number)], env={"HOME": folder}) as terminal,
        ):
            terminal.wait("正在测算排班")
            for key in ("<down>", "<up>") * 20:
                count, milliseconds = _key(terminal, key, quiet=0.03)
                figures["leaderkey"] += [milliseconds] if count else []
            terminal.idle_bytes(2.0)
            _, desk, *_ = _family(terminal.pid)
            figures["leadercpu"] += _quiet_seconds(terminal, desk)
    return figures


def _quiet_seconds(terminal: Terminal, pid: int) -> list[float]:
    """The shares of a processor in eight seconds, after a first one in which nothing was computed beside it."""
    shares: list[float] = []
    for _ in range(40):
        begun, used = time.monotonic(), _nanoseconds(pid)
        terminal.idle_bytes(1.0)
        share = (_nanoseconds(pid) - used) / (time.monotonic() - begun) / 1e7
        if shares or share < _COMPUTING:
            shares.append(share)
        if len(shares) > 8:
            break
    return shares[1:]


PROGRAMS = {"counterdesk": counterdesk, "bare": stock}


def measure(program: str, wanted: Collection[str]) -> Figures:
    """Start a program once and measure what is wanted of it: each figure with all its values."""
    with tempfile.TemporaryDirectory(prefix="counterdesk-bench-") as folder:
        with PROGRAMS[program](Path(folder)) as (terminal, figures, change):
            *launchers, drawing = _family(terminal.pid)
            figures["pss"].append(_pss(drawing))
            figures["launcher"].append(sum(map(_pss, launchers)))
            if {"char", "key50", "key95"} & set(wanted):
                _type(terminal, figures)
            if {"idle", "cpu"} & set(wanted):
                _idle(terminal, figures)
            if "field" in wanted:
                _fields(terminal, figures, program)
            if {"queue", "events"} & set(wanted):
                terminal.keys("<f8>")
                terminal.drain(0.3)
                for key in ("<down>", "<down>", "<down>", "<up>", "<up>"):
                    figures["queue"].append(_key(terminal, key)[0])
            if "events" in wanted:
                before = len(terminal.raw)
                change()
                terminal.idle_bytes(CHANGES / 10 + 0.3)
                figures["events"].append((len(terminal.raw) - before) / (CHANGES / 10))
        return figures


def _type(terminal: Terminal, figures: Figures) -> None:
    for _ in range(2):
        for character in CHARACTERS:
            count, milliseconds = _key(terminal, character)
            figures["char"].append(count)
            figures["key"].append(milliseconds)
        for _ in CHARACTERS:
            _key(terminal, "<bs>")


def slow_disk_ms() -> tuple[list[float], list[float]]:
    """Milliseconds from a key to the last byte that it changed on the screen, while drafts go to the disk all the time:
    on a disk that takes 60 ms longer for each commit, and on this one. In turns, by the same program."""
    found: dict[str, list[float]] = {"0": [], str(SLOWER): []}
    for turn in range(4):
        for seconds in sorted(found, reverse=bool(turn % 2)):
            with tempfile.TemporaryDirectory(prefix="counterdesk-bench-") as folder:
                db = Path(folder) / "station.sqlite3"
                people(db, _twenty)
                with server_in_thread(db, heartbeat=HEARTBEAT) as server:
                    command = [sys.executable, "-m", "benchmarks.slow_desk", seconds, *desk_command(server.url)[3:]]
                    with Terminal(command, env={"HOME": folder}) as terminal:
                        sign_in(terminal)
                        terminal.wait("A005")
                        terminal.keys("<f2>")
                        terminal.wait("已叫号")
                        terminal.keys("<f3>")
                        terminal.wait("A001 违法处理.*草稿")
                        terminal.idle_bytes(1.3)
                        found[seconds] += _typed_fields(terminal)
    return found[str(SLOWER)], found["0"]


def _typed_fields(terminal: Terminal) -> list[float]:
    """Keys of numbers that are typed into a field, left, and typed again: each makes a draft."""
    times = []
    for number in range(8):
        for key in (*f"3100{number}", "<down>", "<up>", "<c-u>"):
            count, milliseconds = _key(terminal, key, quiet=0.02)
            if count:
                times.append(milliseconds)
    return times


def _fields(terminal: Terminal, figures: Figures, program: str) -> None:
    if program == "counterdesk":
        terminal.keys("<pgdn><pgdn>")
        terminal.wait("●采集")
        terminal.drain(0.3)
    for _ in range(6):
        figures["field"].append(_key(terminal, "<down>" if program == "counterdesk" else "<tab>")[0])


def _key(terminal: Terminal, key: str, quiet: float = 0.06) -> tuple[int, float]:
    """One key: the bytes that it made the program write, and the milliseconds until the last of them came.

    A clock that happens to tick meanwhile is none of the key's doing.
    """
    begun, last, written = time.perf_counter(), 0.0, 0
    terminal.send(keys_of(key).encode())
    while select.select([terminal.fd], [], [], quiet if last else 1.0)[0]:
        now, before = time.perf_counter(), len(terminal.raw)
        if not terminal.read(0):
            break
        if not _is_clock(bytes(terminal.raw[before:])):
            last = now
            written += len(terminal.raw) - before
    return written, (last - begun) * 1e3


def _is_clock(chunk: bytes) -> bool:
    """Whether this only sets the clock's digits, which stand on the first line."""
    return b"\x1b[1;" in chunk and _CLOCK.fullmatch(_CONTROLS.sub(b"", chunk)) is not None


def _idle(terminal: Terminal, figures: Figures) -> None:
    """Bytes a second while nobody does anything, without those chunks that only set the clock's digits."""
    terminal.drain(0.3, limit=1.0)
    used, end, total = _cpu(terminal.pid), time.monotonic() + IDLE_SECONDS, 0
    while (left := end - time.monotonic()) > 0:
        before = len(terminal.raw)
        terminal.read(left)
        chunk = bytes(terminal.raw[before:])
        if not _is_clock(chunk):
            total += len(chunk)
    figures["idle"].append(total / IDLE_SECONDS)
    figures["cpu"].append((_cpu(terminal.pid) - used) / IDLE_SECONDS * 100)


def _family(pid: int) -> list[int]:
    """A process and all that come from it: the launcher and the desk."""
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def _cpu(pid: int) -> float:
    """Seconds of the processor that a program has used."""
    return sum(map(_used, _family(pid)))


def _nanoseconds(pid: int) -> int:
    """Of the processor, by all threads of a process that are there."""
    return sum(int(task.read_text("ascii").split()[0]) for task in Path(f"/proc/{pid}/task").glob("*/schedstat"))


def _used(pid: int) -> float:
    """Seconds of the processor that one process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pss(pid: int) -> float:
    """Megabytes that a process holds, shared pages counted by their share. NaN where that may not be read: only root
    may look into a desk."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return float("nan")
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024


# The other people in the hall.


def _twenty(station: Station) -> None:
    machine = Actor(id="machine", role="ticket_machine")
    for number in range(20):
        command = IssueTicket(group=("TV", "HK", "ID", "EE")[number % 4])
        station.execute(f"t{number}", command, machine, machine_clock())


def _hall(server: TestServer) -> None:
    threading.Thread(target=lambda: asyncio.run(_come_and_go(server)), name="hall", daemon=True).start()


async def _come_and_go(server: TestServer) -> None:
    """Somebody comes, or one of those who wait leaves, ten times a second."""
    draw = random.Random(7)
    backend = server.backend()
    await backend.sign_in("guide", PASSWORD)
    tickets = (await backend.snapshot()).state.tickets.values()
    waiting = [ticket.id for ticket in tickets if ticket.state == "waiting"]
    begun = time.monotonic()
    for number in range(CHANGES):
        command: AnyCommand = (
            TicketLeaves(ticket=waiting.pop(draw.randrange(len(waiting)))) if number % 2 else IssueTicket(group="TV")
        )
        await backend.execute(uuid.uuid4().hex, command)
        await asyncio.sleep(max(0.0, begun + (number + 1) / 10 - time.monotonic()))
    await backend.close()
