"""Whatever comes from the keyboard: the real desk has to stay alive, and to do nothing that cannot be undone.

Streams of bytes that are no UTF-8, sequences cut anywhere, mouse reports, endless and nested pastes, pastes that hold
their own end marker and keys behind it. After each the desk answers a key, and the station has no new event that
accepts, decides or discards; what was never asked for was never answered. The control is the input layer of Textual
as it comes: it dies of a byte, and takes what stands behind a paste's end marker for keys.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.torture.outcome import Outcome
from benchmarks.torture.signals import fill
from tests.pty.harness import Terminal
from tests.pty.officer import gone
from tests.pty.town import OFFICER, Town, desk_command, town
from tests.server_process import PASSWORD

NAME = "stdin_fuzz"
LONG = 1_000
_KEYS = (b"\r", b"2", b"1", b"\x1b[20~", b"\x1b[21~", b"\x11", b"\x1b", b"\t", b"\x1b[6~", b"3", b"\n")
"""What an attacker puts behind the end marker: Enter, answers, F9, F10, Ctrl+Q, Escape, Tab, a page on."""


def _bytes(draw: random.Random) -> bytes:
    """Any bytes but those that are keys with a meaning, or digits, which answer."""
    return draw.randbytes(draw.randint(1, 200)).translate(None, bytes(range(0x20)) + b"0123456789")


def _invalid(draw: random.Random) -> bytes:
    return draw.choice(
        (b"\xff\xfe", "张伟".encode("gbk"), b"\xe5\xbc", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xc0\xaf")
    )


def _sequence(draw: random.Random) -> bytes:
    whole = draw.choice(
        (b"\x1b[1;5:3u", b"\x1b[<35;10;10M", b"\x1b[M !!", b"\x1bOA", b"\x1b[?1;2c", b"\x1b]52;c;eA==\x07")
    )
    return whole[: draw.randint(2, len(whole))]


def _mouse(draw: random.Random) -> bytes:
    return b"".join(
        f"\x1b[<{draw.randint(0, 255)};{draw.randint(-5, 999)};{draw.randint(-5, 999)}{draw.choice('Mm')}".encode()
        for _ in range(draw.randint(1, 40))
    )


def _paste(draw: random.Random) -> bytes:
    words = b" ".join(
        draw.choice((b"\xe5\xbc\xa0", b"x\ny", b"\x00", b"\x9b2J", b"\x1b[200~", b"\r")) for _ in range(9)
    )
    return b"\x1b[200~" + words * draw.choice((1, 1, 300)) + b"\x1b[201~"


def _breaking_out(draw: random.Random) -> bytes:
    return b"\x1b[200~x\x1b[201~" + b"".join(draw.choice(_KEYS) for _ in range(draw.randint(1, 12)))


def _queries(draw: random.Random) -> bytes:
    return draw.choice((b"\x1b[?2026;1$y", b"\x1b[?2048;2$y", b"\x1b[48;0;0;0;0t", b"\x1b[1;1R", b"\x1b[I\x1b[O"))


STREAMS: tuple[Callable[[random.Random], bytes], ...] = (
    *(_bytes, _invalid, _sequence, _mouse, _paste, _breaking_out, _breaking_out, _queries),
)


def stream(draw: random.Random) -> bytes:
    """One or a few pieces; those behind a paste that breaks out of itself are its tail."""
    return b"".join(draw.choice(STREAMS)(draw) for _ in range(draw.randint(1, 3)))


def newest(station: Town) -> int:
    """The number of the station's newest event."""

    async def ask() -> int:
        backend = station.server.backend()
        try:
            await backend.sign_in("guide", PASSWORD)
            return (await backend.snapshot()).seq
        finally:
            await backend.close()

    return asyncio.run(ask())


def alive(terminal: Terminal) -> bool:
    """Whether the desk still answers: the help comes and goes. A long paste is still being read when the first key
    comes, which then counts as its tail."""
    for _ in range(3):
        try:
            terminal.drain(0.12)
            terminal.keys("<f1>")
            terminal.wait("现在可用的键", timeout=2)
            terminal.keys("<esc>")
            gone(terminal, "现在可用的键")
        except AssertionError:
            continue
        return True
    return False


def _one(station: Town, cases: int, seed: int, command: list[str]) -> tuple[int, list[str]]:
    draw = random.Random(seed)
    with Terminal(command, size=(80, 24)) as terminal:
        terminal.wait("登录")
        terminal.keys(f"{OFFICER}<enter>{PASSWORD}<enter>")
        terminal.wait("草稿")
        before = newest(station)
        for number in range(cases):
            sent = stream(draw)
            terminal.send(sent)
            if not alive(terminal):
                return number + 1, [f"no answer after {sent[-160:]!r}"]
            if newest(station) != before:
                return number + 1, [f"events after {sent[-160:]!r}"]
    return cases, []


def run(cases: int, seed: int) -> Outcome:
    """One desk for all streams; a desk that died or acted is a violation and ends the run."""
    with tempfile.TemporaryDirectory(prefix="counterdesk-stdin-") as folder, town(Path(folder), fill) as station:
        done, found = _one(station, cases, seed, desk_command(station.url))
        unguarded = [sys.executable, "-m", "tests.pty.faulty", "open stdin", *desk_command(station.url)[3:]]
        _, control = _one(station, min(cases, 60), seed, unguarded)
    return Outcome(done, len(found), len(control), "; ".join(found))
