"""Sessions over HTTP: renewed out of sight, lost answers survived, the other mode refused, leaders unlocking."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest

from counterdesk.backends import http as http_module
from counterdesk.backends.base import Alive, NotAllowed, NotSignedIn, Unreachable
from counterdesk.backends.http import HttpBackend, _Answer
from counterdesk.station.commands import IssueTicket
from mock_server.routes import ROUTES
from mock_server.store.base import StoreUnsafe
from mock_server.store.sqlite import SqliteStore
from tests.server_process import PASSWORD, STATION, Clock, TestServer, prepare, server_in_thread
from tests.unit.server.conftest import OFFICERS, plain_client, sign_in


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def own_server(tmp_path: Path, clock: Clock) -> Iterator[TestServer]:
    """A server of this test alone, with a clock to turn."""
    db = tmp_path / "station.sqlite3"
    prepare(db, OFFICERS)
    with server_in_thread(db, clock=clock) as running:
        yield running


def outcomes(db: Path) -> list[tuple[str, str]]:
    """Action and outcome of each entry of the trail, once the server is gone."""
    import json

    store = SqliteStore(db)
    entries = [json.loads(link.body) for link in store.audit(STATION, 0, 10_000)]
    store.close()
    return [(entry["action"], entry["outcome"]) for entry in entries]


async def test_a_desk_renews_its_session_and_nobody_sees_it(own_server: TestServer, clock: Clock) -> None:
    desk = own_server.backend()
    await desk.sign_in("031234", PASSWORD)
    for _ in range(20):
        clock.pass_time(minutes=11)
        await desk.execute(uuid4().hex, IssueTicket(group="HK"))
        async with aclosing(cast(Any, desk.events(0))) as items:
            await anext(items)
    await desk.close()


async def test_many_questions_at_once_renew_once(
    own_server: TestServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = own_server.backend()
    await desk.sign_in("031234", PASSWORD)
    asked = []
    send = HttpBackend._send

    async def counted(self: HttpBackend, method: str, path: str, *more: Any, **named: Any) -> _Answer:
        asked.append(path)
        return await send(self, method, path, *more, **named)

    monkeypatch.setattr(HttpBackend, "_send", counted)
    clock.pass_time(minutes=11)
    await asyncio.gather(*(desk.execute(uuid4().hex, IssueTicket(group="HK")) for _ in range(8)))
    assert asked.count("/v1/sessions/refresh") == 1
    await desk.close()


async def test_a_token_is_renewed_before_it_is_refused(own_server: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "_EARLY", 0.0)
    desk = own_server.backend()
    await desk.sign_in("031234", PASSWORD)
    seen = set()
    for _ in range(3):
        await desk.snapshot()
        assert desk._tokens is not None
        seen.add(desk._tokens.token)
    assert len(seen) == 3
    await desk.close()


@pytest.mark.parametrize("lost", [1, 3])
async def test_a_lost_answer_to_a_renewal_costs_nothing(
    own_server: TestServer, clock: Clock, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    desk = own_server.backend()
    await desk.sign_in("031234", PASSWORD)
    send = HttpBackend._send

    async def losing(self: HttpBackend, method: str, path: str, *more: Any, **named: Any) -> _Answer:
        nonlocal lost
        answer = await send(self, method, path, *more, **named)
        if path == "/v1/sessions/refresh" and lost:
            lost -= 1
            raise Unreachable("cut after the server answered")
        return answer

    monkeypatch.setattr(HttpBackend, "_send", losing)
    clock.pass_time(minutes=11)
    for _ in range(lost):
        with pytest.raises(Unreachable):
            await desk.snapshot()
        clock.pass_time(seconds=20)
    await desk.snapshot()
    await desk.close()


async def test_a_stolen_and_used_session_ends_for_both_and_for_the_stream(tmp_path: Path, clock: Clock) -> None:
    db = tmp_path / "db"
    prepare(db, OFFICERS)
    with server_in_thread(db, clock=clock) as running:
        desk = running.backend()
        await desk.sign_in("031234", PASSWORD)
        assert desk._tokens is not None
        stolen = desk._tokens.refresh
        async with aclosing(cast(Any, desk.events(0))) as items:
            while not isinstance(await anext(items), Alive):
                pass
            async with plain_client(running.url) as thief:
                taken = (await thief.post("/v1/sessions/refresh", json={"refresh": stolen})).json()
                thief.headers["Authorization"] = f"Bearer {taken['token']}"
                assert (await thief.get("/v1/station")).status_code == 200
                clock.pass_time(minutes=11)
                with pytest.raises(NotSignedIn) as ended:
                    await desk.snapshot()
                assert ended.value.code == "ended"
                assert (await thief.get("/v1/station")).status_code == 401
                again = await thief.post("/v1/sessions/refresh", json={"refresh": taken["refresh"]})
                assert again.status_code == 401
            with pytest.raises(NotSignedIn):
                async for _ in items:
                    pass
        await desk.close()
    assert ("refresh", "refresh_reused") in outcomes(db)


async def test_an_idle_officers_session_ends_although_his_desk_talks(own_server: TestServer, clock: Clock) -> None:
    desk = own_server.backend()
    await desk.sign_in("031234", PASSWORD)
    async with aclosing(cast(Any, desk.events(0))) as items:
        while not isinstance(await anext(items), Alive):
            pass
        for _ in range(2):
            clock.pass_time(minutes=7)
            await desk.snapshot()
            await desk.audit_root(0)
        clock.pass_time(minutes=1)
        with pytest.raises(NotSignedIn):
            async for _ in items:
                pass
    with pytest.raises(NotSignedIn):
        await desk.snapshot()
    await desk.close()


async def test_sign_in_tells_how_long_to_wait_and_a_leader_unlocks(own_server: TestServer, clock: Clock) -> None:
    desk, leader = own_server.backend(), own_server.backend()
    await leader.sign_in("031230", PASSWORD)
    for number in range(1, 11):
        with pytest.raises(NotSignedIn) as wrong:
            await desk.sign_in("031234", "wrong")
        assert (wrong.value.code, wrong.value.seconds) == ("wrong", 0)
        if number == 3:
            with pytest.raises(NotSignedIn) as early:
                await desk.sign_in("031234", PASSWORD)
            assert (early.value.code, early.value.seconds) == ("throttled", 4)
        clock.pass_time(seconds=64 if number < 10 else 0)
    with pytest.raises(NotSignedIn) as locked:
        await desk.sign_in("031234", PASSWORD)
    assert (locked.value.code, locked.value.seconds) == ("locked", 900)
    async with plain_client(own_server.url) as client:
        await sign_in(client, "031235")
        assert (await client.post("/v1/accounts/031234/unlock")).status_code == 403
        await sign_in(client, "031230")
        assert (await client.post("/v1/accounts/%00/unlock")).status_code == 400
    with pytest.raises(NotSignedIn):
        await desk.sign_in("031234", PASSWORD)
    await leader.unlock_officer("031234")
    await desk.sign_in("031234", PASSWORD)
    with pytest.raises(NotAllowed):
        await desk.unlock_officer("031235")
    await desk.close()
    await leader.close()


async def test_who_mistypes_once_does_not_notice_the_brake(server: TestServer) -> None:
    desk = server.backend()
    with pytest.raises(NotSignedIn):
        await desk.sign_in("031235", "wrong")
    await desk.sign_in("031235", PASSWORD)
    await desk.close()


@pytest.mark.parametrize("practice", [False, True])
async def test_tokens_of_the_other_mode_are_refused_on_every_route(tmp_path: Path, practice: bool) -> None:
    for name in ("here", "there"):
        prepare(tmp_path / name, OFFICERS)
    with (
        server_in_thread(tmp_path / "here", practice=practice) as here,
        server_in_thread(tmp_path / "there", practice=not practice) as there,
    ):
        async with plain_client(there.url) as client:
            await sign_in(client)
            token = client.headers["Authorization"]
            refresh = (
                await client.post("/v1/sessions", json={"station": STATION, "officer": "031235", "password": PASSWORD})
            ).json()["refresh"]
        async with plain_client(here.url) as client:
            client.headers["Authorization"] = token
            for route in ROUTES:
                path = route.path.format(case="x", officer="x", counter="x")
                if not route.open:
                    answer = await client.request(route.method, path)
                    assert (answer.status_code, answer.json()) == (401, {"error": "wrong_mode"}), route
            answer = await client.post("/v1/sessions/refresh", json={"refresh": refresh})
            assert (answer.status_code, answer.json()) == (401, {"error": "wrong_mode"})
            await sign_in(client)
            assert (await client.get("/v1/station")).status_code == 200


def test_a_server_never_opens_a_database_of_the_other_mode(tmp_path: Path) -> None:
    prepare(tmp_path / "db", OFFICERS)
    with server_in_thread(tmp_path / "db", practice=True):
        pass
    with pytest.raises(StoreUnsafe, match="practice"), server_in_thread(tmp_path / "db"):
        pass
