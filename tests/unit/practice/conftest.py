"""A practice station with a virtual clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.practice.hall import Hall
from counterdesk.practice.memory import MemoryStore
from counterdesk.practice.vault import Vault
from counterdesk.station.commands import AnyCommand
from counterdesk.station.host import Answer, Station
from counterdesk.station.model import TIMEZONE
from counterdesk.station.roles import Actor

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=TIMEZONE)
STAFFED = frozenset({"3"})


class Played:
    """A hall on a station, moved by hand. given: every command with its actor and time; kinds: how many of each."""

    def __init__(self, index: Index, seed: int, speed: float, start: time, staffed: frozenset[str] = STAFFED) -> None:
        self.station = Station(MemoryStore(), index)
        self.hall = Hall(seed, speed, index, staffed, start=start)
        self.given: list[tuple[str, AnyCommand, Actor, datetime]] = []
        self.now = NOW

    @property
    def kinds(self) -> Counter[str]:
        return Counter(type(command).__name__ for _, command, _, _ in self.given)

    def execute(self, command_id: str, command: AnyCommand, actor: Actor, now: datetime) -> Answer:
        self.given.append((command_id, command, actor, now))
        return self.station.execute(command_id, command, actor, now)

    def warm_up(self, minutes: float = 80) -> None:
        station = self.station
        self.hall.warm_up(self.execute, station.write_file, lambda: station.state, self.now, minutes)

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)
        self.hall.play(self.execute, self.station.write_file, lambda: self.station.state, self.now)


@pytest.fixture(scope="session")
def index() -> Index:
    return Index(load())


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "root")


@pytest.fixture
def played(index: Index) -> Callable[..., Played]:
    def make(seed: int = 7, speed: float = 1.0, start: time = time(10, 30)) -> Played:
        return Played(index, seed, speed, start)

    return make
