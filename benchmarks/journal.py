"""What the journal costs: how long a draft takes to the disk, and whether a loop notices a disk that takes its time."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from counterdesk.journal import keyring_probe
from counterdesk.journal.book import Connection
from counterdesk.journal.journal import Journal
from counterdesk.journal.model import Draft
from counterdesk.station.model import TIMEZONE

DRAFTS = 500
TICK = 0.002
TICKS = 700
ROUNDS = 3
SLOWER = 0.060
"""Seconds by which each commit of the slow disk is longer."""
_BODY = random.Random(7).randbytes(2047)
_NOW = datetime(2026, 11, 2, 9, 0, tzinfo=TIMEZONE)


class SlowDisk:
    """A connection whose commits take longer, without holding the interpreter: as an fsync does."""

    def __init__(self, db: Connection, seconds: float = SLOWER) -> None:
        self._db = db
        self._seconds = seconds

    @property
    def in_transaction(self) -> bool:
        return self._db.in_transaction

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Any:
        if sql == "COMMIT":
            time.sleep(self._seconds)
        return self._db.execute(sql, values)

    def close(self) -> None:
        self._db.close()


def commit_ms() -> list[float]:
    """Milliseconds of each of many drafts, from the call until it is on the disk of the temporary folder."""
    return asyncio.run(_commits())


def lag_ms() -> tuple[list[float], list[float]]:
    """By how many milliseconds a tick came late: while drafts go to a slow disk all the time, and without a journal.
    In turns."""
    with_journal: list[float] = []
    without: list[float] = []
    for _ in range(ROUNDS):
        without += asyncio.run(_ticks())
        with_journal += asyncio.run(_ticks_beside_a_slow_disk())
    return with_journal, without


async def _opened(folder: str) -> Journal:
    journal = Journal.open(Path(folder) / "journal" / "x.journal", mode="live", station="demo", counter="3")
    asked, keyring_probe.COMMAND = keyring_probe.COMMAND, ("false",)  # the machine's keyring is none of ours
    try:
        await journal.unlock("031234", "password", trusted=True)
    finally:
        keyring_probe.COMMAND = asked
    return journal


def _draft(number: int) -> Draft:
    return Draft(
        case=f"c{number % 5}", seq=number, service="hukou.birth", version=0, status="here", at=_NOW, body=_BODY
    )


async def _commits() -> list[float]:
    with tempfile.TemporaryDirectory(prefix="counterdesk-bench-") as folder:
        journal = await _opened(folder)
        took = []
        for number in range(DRAFTS):
            begun = time.perf_counter()
            await journal.keep_draft(_draft(number))
            took.append(1000 * (time.perf_counter() - begun))
        await journal.close()
    return took


async def _ticks() -> list[float]:
    late = []
    due = time.perf_counter()
    for _ in range(TICKS):
        due += TICK
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        now = time.perf_counter()
        late.append(1000 * max(0.0, now - due))
        due = max(due, now - TICK)
    return late


async def _ticks_beside_a_slow_disk() -> list[float]:
    with tempfile.TemporaryDirectory(prefix="counterdesk-bench-") as folder:
        journal = await _opened(folder)
        assert journal._book._db is not None
        journal._book._db = SlowDisk(journal._book._db)

        async def officer() -> None:
            for number in range(1_000_000):
                await journal.keep_draft(_draft(number))

        typing = asyncio.ensure_future(officer())
        late = await _ticks()
        typing.cancel()
        with suppress(asyncio.CancelledError):
            await typing
        await journal.close()
    return late
