"""A journal in a folder of its own, with a passphrase that costs nothing and a keyring that is not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from counterdesk.journal import keyring_probe
from counterdesk.journal.journal import Journal
from counterdesk.journal.model import Draft, Waiting
from counterdesk.station.model import TIMEZONE

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=TIMEZONE)
OFFICER, OTHER = "031234", "035678"
PASSWORD = "窗口-password-1"
CANARY = "张测试310000199001010010".encode()


class FakeKeyring:
    """What `keyring_probe.ask` would find: a code, and what was kept."""

    def __init__(self) -> None:
        self.code = "none"
        self.kept: dict[tuple[str, str], str] = {}
        self.asked = 0

    def ask(self, requests: Sequence[keyring_probe.Request], *, seconds: float = 0) -> tuple[str, tuple[str, ...]]:
        """As keyring_probe's."""
        self.asked += 1
        if self.code != "ok":
            return self.code, ()
        values = []
        for request in requests:
            place = (request.service, request.account)
            if request.operation == "set":
                self.kept[place] = request.secret
            elif request.operation == "delete":
                self.kept.pop(place, None)
            values.append(self.kept.get(place, "") if request.operation == "get" else "")
        return "ok", tuple(values)


@pytest.fixture(autouse=True)
def keyring(monkeypatch: pytest.MonkeyPatch) -> FakeKeyring:
    """No test of this room touches the machine's own keyring unless it says so."""
    fake = FakeKeyring()
    monkeypatch.setattr(keyring_probe, "ask", fake.ask)
    return fake


@pytest.fixture(autouse=True)
def _weak(weak_passphrases: None) -> None:
    """No test of this room waits for a passphrase."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal" / "live" / "demo.journal"


@pytest.fixture
async def journal(path: Path) -> AsyncIterator[Journal]:
    """A journal that the officer has unlocked."""
    opened = Journal.open(path, mode="live", station="demo", counter="3")
    await opened.unlock(OFFICER, PASSWORD, trusted=True)
    yield opened
    await opened.close()


def draft(case: str = "c1", seq: int = 1, body: bytes = CANARY) -> Draft:
    """A draft."""
    return Draft(case=case, seq=seq, service="hukou.birth", version=0, status="here", at=NOW, body=body)


def waiting(name: str = "id-1", body: bytes = CANARY) -> Waiting:
    """A command."""
    return Waiting(id=name, kind="AcceptCase", body=body, since=NOW)


def everything(path: Path) -> bytes:
    """All bytes of the journal's folder, with the names in it."""
    return b"".join(file.name.encode() + file.read_bytes() for file in path.parent.iterdir())


async def tidied(journal: Journal) -> None:
    """Wait until what was dropped is cut out of the WAL."""
    async with asyncio.timeout(10):
        while journal._book.residue:  # noqa: ASYNC110 - set by the journal's own thread
            await asyncio.sleep(0)
    await journal.checkpoint()  # the thread has come back from it
