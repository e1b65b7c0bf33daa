"""All scenarios: those written by hand beside this file, and those that the catalogue gives by itself."""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache
from typing import Final, Literal, NamedTuple

from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Text
from counterdesk.practice.generated import NEAR, generated, title
from counterdesk.practice.scenario import Scenario
from counterdesk.practice.targets import Unsolved, targets
from counterdesk.practice.writing import read
from counterdesk.shipped import beside

_ENDING: Final = ".toml"
_FOLDER: Final = beside(__file__, "counterdesk.practice").joinpath("scenarios")


class Listed(NamedTuple):
    """A scenario in a list."""

    id: str
    service: str
    kind: Literal["written", "generated", "near"]
    difficulty: int
    title: Text


def written() -> tuple[Scenario, ...]:
    """The scenarios of the folder `scenarios`. Raises: ValueError for a file that cannot be read; tests keep it so."""
    names = sorted(entry.name for entry in _FOLDER.iterdir())
    return tuple(one for name in names if name.endswith(_ENDING) for one in written_for(name.removesuffix(_ENDING)))


@cache
def written_for(service: str) -> tuple[Scenario, ...]:
    """Those of one service, whose file has its name. Raises: as `written`."""
    file = _FOLDER.joinpath(service + _ENDING)
    if not service or not file.is_file():
        return ()
    scenarios, flaws = read(file.read_text(encoding="utf-8"))
    if flaws:
        raise ValueError(f"{service}: {flaws[0]}")
    return tuple(scenarios)


def listing(index: Index, service: str = "") -> tuple[Listed, ...]:
    """What there is to practise, of one service or of all: the written ones first. Nothing is solved for that."""
    offered = {one.id for one in index.catalog.services} - set(index.catalog.disabled)
    rows = [
        Listed(one.id, one.service, "written", one.difficulty, one.title)
        for one in (written_for(service) if service else written())
        if one.service in offered
    ]
    for target in targets(index, service):
        rows.append(Listed(target.id, target.service, "generated", 1, title(index, target, False)))
        rows.append(Listed(target.id + NEAR, target.service, "near", 2, title(index, target, True)))
    return tuple(rows)


def hints(index: Index, scenario: Scenario) -> tuple[Text, ...]:
    """What may be said to somebody who practises slowly: the scenario's own hints, else the known mistake it is of."""
    if scenario.hints or scenario.mistake is None:
        return scenario.hints
    return index.service(scenario.service).mistakes[scenario.mistake : scenario.mistake + 1]


def find(index: Index, name: str, today: date, seed: int = 0) -> Scenario | Unsolved:
    """The scenario with this id. A written one has a day of its own.

    Raises:
        KeyError: for an id that there is not.
    """
    for scenario in written_for(name.partition("/")[0] if "/" in name else ""):
        if scenario.id == name:
            return scenario
    return _generated(index, name, today, seed)


@lru_cache(maxsize=64)
def _generated(index: Index, name: str, today: date, seed: int) -> Scenario | Unsolved:
    # Solving takes its time, and whoever makes a course asks for the same one as whoever then holds it.
    return generated(index, name, today, seed)
