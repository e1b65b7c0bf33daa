"""Commands of every type with values that the types allow and nobody means, from every role: never a 5xx."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from counterdesk.station.commands import AnyCommand
from tests.server_process import prepare, server_in_thread
from tests.unit.server.conftest import OFFICERS, plain_client, sign_in

SEED = 20261102
ROUNDS = 12
TEXTS = ["", "1", "3", "HK", "ID", "demo", "王小明", "\u202e", "\0", "x" * 257, "../..", "[/]", "20261102-H001", "done"]
TIMES = [
    "2026-11-02T10:00:00+08:00",
    "2199-12-31T23:59:59+00:00",
    "2000-01-01T00:00:00-12:00",
    "0001-01-01T00:00:00Z",
    "x",
]
OTHERS: list[Any] = [None, True, 0, -1, 10**9, 10**40, 2.5, [], {}, [[]], ["HK"], ["1", "1"], {"undo": 10**9}]


PLAUSIBLE: dict[str, list[Any]] = {
    "counter": ["1", "2", "3"],
    "group": ["HK", "TV"],
    "reason": ["lunch", "break", "timeout", ""],
    "error": ["timeout"],
    "reference": ["R1"],
    "tracking": ["SF1"],
    "material": ["DNA"],
    "prompt": ["P1"],
    "priority": [None, "elderly"],
    "service": ["", "hukou.birth"],
    "kind": ["papers_out", "papers_kept"],
    "outcome": ["done", "come_back"],
    "decision": ["approved", "refused"],
}


def value(chance: random.Random, name: str) -> Any:
    """Something for a field: mostly plausible, sometimes not."""
    if name == "at":
        return chance.choice(TIMES)
    if name in ("groups", "counters", "items") and chance.random() < 0.6:
        return chance.choice([["HK"], ["HK", "HK"], [], ["1", "2"], ["nothing"]])
    if name == "settings":
        return {chance.choice(["undo", "cool_off", "appointment_window", "max_calls"]): chance.choice([0, 1, 10**9])}
    if chance.random() < 0.5:  # what each kind of field takes, so that the rules are reached
        plausible = PLAUSIBLE.get(name)
        if plausible is not None:
            return chance.choice(plausible)
    return chance.choice(TEXTS if chance.random() < 0.8 else OTHERS)


async def test_no_command_breaks_the_server(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    prepare(tmp_path / "db", OFFICERS)
    statuses: Counter[int] = Counter()
    with server_in_thread(tmp_path / "db") as running:
        async with plain_client(running.url) as client:
            for round_number in range(ROUNDS):
                await sign_in(client, list(OFFICERS)[round_number % len(OFFICERS)])
                for kind in get_args(AnyCommand):
                    fields = msgspec.structs.fields(kind)
                    body = {"type": kind.__name__} | {f.name: value(chance, f.name) for f in fields}
                    if kind.__name__ == "ConfigureStation" and chance.random() < 0.7:
                        group = {"id": "HK", "letter": "H", "wait_target": chance.choice([0, 20, 10**9])}
                        body |= {"groups": [group], "counters": ["1", "3"], "station": "demo", "name": "x"}
                    key = f"{round_number}-{kind.__name__}"
                    answer = await client.post("/v1/commands", json=body, headers={"Idempotency-Key": key})
                    statuses[answer.status_code] += 1
                    assert answer.status_code < 500, (SEED, body)
            assert (await client.get("/v1/station")).status_code == 200
    # The fuzz reached the rules, and not only the types.
    assert {200, 400, 409} <= statuses.keys(), statuses


@pytest.mark.parametrize(
    "path", ["/v1/events?after=%ff", "/v1/cases/%ff%fe/file", "/v1/cases/%0d%0aX/file", "/%2e%2e/x"]
)
async def test_no_path_breaks_the_server(tmp_path: Path, path: str) -> None:
    prepare(tmp_path / "db", OFFICERS)
    with server_in_thread(tmp_path / "db") as running:
        async with plain_client(running.url) as client:
            await sign_in(client)
            assert (await client.get(path)).status_code < 500
