"""What practice adds to the contract: the simulated hall around it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from counterdesk.backends.base import NotSignedIn
from counterdesk.backends.practice import PracticeBackend
from counterdesk.practice.hall import Hall
from counterdesk.practice.world import World
from counterdesk.station.commands import OpenCounter
from counterdesk.station.events import Recorded
from counterdesk.station.model import TIMEZONE

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=TIMEZONE)


class Ticking:
    """A clock that is a second later each time somebody looks."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


async def test_a_trainee_finds_a_hall_at_work_and_it_goes_on() -> None:
    backend = PracticeBackend(seed=7, speed=60, clock=Ticking())
    session = await backend.sign_in(" T001 ", "whatever")
    assert (session.actor.id, session.mode) == ("T001", "practice")

    snapshot = await backend.snapshot()
    waiting = [ticket for ticket in snapshot.state.tickets.values() if ticket.state == "waiting"]
    assert 15 <= len(waiting) <= 25
    assert snapshot.state.counters["3"].state == "closed"
    heard = 0
    async with asyncio.timeout(20):
        async for item in backend.events(snapshot.seq):
            heard += isinstance(item, Recorded)
            if heard == 20:
                break
    groups = tuple(snapshot.state.groups)
    await backend.execute("open", OpenCounter(counter="3", groups=groups))
    await backend.close()


async def test_two_desks_share_a_world_and_the_hall_stops_with_the_last() -> None:
    one = PracticeBackend(seed=7, staffed=("3", "4"), clock=Ticking())
    two = PracticeBackend(world=one.world)
    before = asyncio.all_tasks()
    await one.sign_in("T001", "")
    await two.sign_in("T002", "")
    await one.execute("open", OpenCounter(counter="3", groups=("TV",)))
    assert (await two.snapshot()).state.counters["3"].officer == "T001"
    assert len(asyncio.all_tasks() - before) == 2  # the hall and its planner
    await one.close()
    assert len(asyncio.all_tasks() - before) == 2  # the hall and its planner
    await two.close()
    assert asyncio.all_tasks() == before


async def test_the_end_of_a_session_ends_its_streams() -> None:
    backend = PracticeBackend(hall=False)
    await backend.sign_in("T001", "")
    stream = backend.events((await backend.snapshot()).seq)
    pending = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    await backend.sign_out()
    with pytest.raises(NotSignedIn):
        await pending
    await backend.close()


@pytest.mark.parametrize("name", ["", "  "])
async def test_a_trainee_has_a_name(name: str) -> None:
    backend = PracticeBackend(hall=False)
    with pytest.raises(NotSignedIn):
        await backend.sign_in(name, "x")
    await backend.close()
    with pytest.raises(NotSignedIn):
        await backend.sign_in("T001", "x")


async def test_a_broken_hall_is_heard_of_and_the_desk_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    heard = asyncio.Event()

    async def run(*_: object) -> None:
        heard.set()
        raise RuntimeError("planted")

    monkeypatch.setattr(Hall, "run", run)
    backend = PracticeBackend(clock=lambda: NOW)
    await backend.sign_in("T001", "")
    await heard.wait()
    await asyncio.sleep(0)
    assert "hall stopped" in str(told[0]["message"])
    await backend.snapshot()
    await backend.close()


def test_the_same_seed_gives_the_same_hall() -> None:
    async def state(seed: int) -> object:
        backend = PracticeBackend(world=World(seed=seed, clock=lambda: NOW))
        await backend.sign_in("T001", "")
        found = (await backend.snapshot()).state
        await backend.close()
        return found

    first, again, other = (asyncio.run(state(seed)) for seed in (7, 7, 8))
    assert first == again != other


def test_practice_brings_no_network_and_no_screen() -> None:
    code = (
        "import sys, counterdesk.backends.practice\n"
        "bad = {'httpx', 'keyring', 'textual', 'rich', 'sqlite3', 'starlette'} & set(sys.modules)\n"
        "sys.exit(str(bad) if bad else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
