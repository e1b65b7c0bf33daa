"""All scenarios: those written by hand beside this file, and those that the catalogue gives by itself."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Text
from counterdesk.practice.generated import NEAR, generated, title
from counterdesk.practice.scenario import Scenario
from counterdesk.practice.solving import Unsolved, targets
from counterdesk.practice.writing import read


class Listed(NamedTuple):
    """A scenario in a list."""

    id: str
    service: str
    kind: Literal["written", "generated", "near"]
    difficulty: int
    title: Text


@cache
def written() -> tuple[Scenario, ...]:
    """The scenarios of the folder `scenarios`. Raises: ValueError for a file that cannot be read; tests keep it so."""
    found: list[Scenario] = []
    for file in sorted(files(__package__).joinpath("scenarios").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            scenarios, flaws = read(file.read_text(encoding="utf-8"))
            if flaws:
                raise ValueError(f"{file.name}: {flaws[0]}")
            found += scenarios
    return tuple(found)


def listing(index: Index, service: str = "") -> tuple[Listed, ...]:
    """What there is to practise, of one service or of all: the written ones first. Nothing is solved for that."""
    offered = {one.id for one in index.catalog.services} - set(index.catalog.disabled)
    rows = [
        Listed(one.id, one.service, "written", one.difficulty, one.title)
        for one in written()
        if one.service in offered and service in ("", one.service)
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
    for scenario in written():
        if scenario.id == name:
            return scenario
    return generated(index, name, today, seed)
