"""The hall's board: what everybody may see and nothing else, whether with an account of its own or on the page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
import pytest

from counterdesk.backends.base import Alive, Board, NotAllowed, NotSignedIn
from counterdesk.backends.http import HttpBackend
from counterdesk.station import commands as c
from counterdesk.station.board import same
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Role
from mock_server import api
from mock_server.accounts import IDLE
from tests.server_process import PASSWORD, STATION, Clock, TestServer, prepare, server_in_thread
from tests.unit.server.conftest import OFFICERS, plain_client, sign_in
from tests.unit.server.test_api import open_case

PEOPLE: dict[str, Role] = {**OFFICERS, "board": "board"}
PATHS = ("/board", "/board/events", "/board/board.js", "/board/board.css")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hall(tmp_path: Path, clock: Clock) -> Iterator[TestServer]:
    """A server of this test alone."""
    prepare(tmp_path / "db", PEOPLE)
    with server_in_thread(tmp_path / "db", clock=clock) as running:
        yield running


async def boards(backend: HttpBackend) -> AsyncIterator[Board | Alive]:
    async with aclosing(cast(Any, backend.boards())) as items:
        async for item in items:
            yield item


async def next_board(items: AsyncIterator[Board | Alive]) -> Board:
    async for item in items:
        if isinstance(item, Board):
            return item
    raise AssertionError("the stream ended")


async def to_the_end(items: AsyncIterator[Board | Alive]) -> None:
    async for _ in items:
        continue


async def test_a_board_hears_of_calls_and_has_no_more_than_that(hall: TestServer) -> None:
    board, desk = hall.backend(), hall.backend()
    await board.sign_in("board", PASSWORD)
    await desk.sign_in("031230", PASSWORD)
    async with aclosing(cast(Any, boards(board))) as items:
        first = await next_board(items)
        assert (first.calls, first.open, first.name) == ((), (), "示范派出所")
        assert [group.letter for group in first.groups][:2] == ["A", "B"]
        await desk.execute("1", c.IssueTicket(group="HK", priority="disabled", service="hukou.birth"))
        await desk.execute("2", c.OpenCounter(counter="2", groups=("HK",)))
        await desk.execute("3", c.CallNext(counter="2"))
        while not (shown := await next_board(items)).calls:
            continue
        (call,) = shown.calls
        assert (call.number, call.counter, call.recalls, call.state) == ("H001", "2", 0, "called")
        await desk.execute("4", c.Recall(counter="2"))
        assert (await next_board(items)).calls[0].recalls == 1
        await desk.execute("5", c.StartService(counter="2"))
        assert (await next_board(items)).calls[0].state == "serving"
        await desk.execute("6", c.FinishTicket(counter="2", outcome="come_back"))
        assert (await next_board(items)).calls == ()
    told = msgspec.json.encode(shown).decode()
    for secret in ("disabled", "hukou", "031230", "officer", "-H001", "ticket"):
        assert secret not in told
    await board.close()
    await desk.close()


async def test_the_boards_account_reads_nothing_else_and_nobody_else_reads_with_it(hall: TestServer) -> None:
    board, desk = hall.backend(), hall.backend()
    await board.sign_in("board", PASSWORD)
    await desk.sign_in("031234", PASSWORD)
    for attempt in (board.snapshot(), board.read_file("x"), board.execute("x", c.IssueTicket(group="HK"))):
        with pytest.raises((NotAllowed, Refused)) as no:
            await attempt
        assert getattr(no.value, "code", "not_permitted") == "not_permitted"
    with pytest.raises(NotAllowed):
        await next_board(boards(desk))
    await board.close()
    await desk.close()


async def test_nobody_presses_a_key_at_a_board_and_it_hangs_there_all_day(hall: TestServer, clock: Clock) -> None:
    board, desk = hall.backend(), hall.backend()
    await board.sign_in("board", PASSWORD)
    await desk.sign_in("031234", PASSWORD)
    async with aclosing(cast(Any, boards(board))) as items:
        await next_board(items)
        await desk.execute("1", c.IssueTicket(group="HK"))
        await next_board(items)
        for _ in range(4):
            clock.pass_time(seconds=IDLE.total_seconds() * 0.6)
            await next_board(items)  # somebody waits longer now
            await anext(items)
        # Whoever sits at a desk and does nothing meanwhile has to sign in again; a session ends in time all the same.
        with pytest.raises(NotSignedIn):
            await desk.snapshot()
        clock.pass_time(hours=12)
        with pytest.raises(NotSignedIn):
            await to_the_end(items)
    await board.close()
    await desk.close()


async def test_waiting_is_counted_in_whole_minutes_and_a_new_minute_is_news(hall: TestServer, clock: Clock) -> None:
    board, machine = hall.backend(), hall.backend()
    await board.sign_in("board", PASSWORD)
    await machine.sign_in("900003", PASSWORD)
    await machine.execute("1", c.IssueTicket(group="HK"))
    async with aclosing(cast(Any, boards(board))) as items:
        (group,) = [group for group in (await next_board(items)).groups if group.waiting]
        assert (group.letter, group.name.zh, group.waiting, group.longest) == ("H", "户口", 1, 0)
        clock.pass_time(seconds=61)
        (group,) = [group for group in (await next_board(items)).groups if group.waiting]
        assert group.longest == 1
    await board.close()
    await machine.close()


async def test_the_page_tells_the_same_without_a_session_or_a_script(hall: TestServer) -> None:
    async with plain_client(hall.url) as client, plain_client(hall.url) as person:
        await sign_in(client)
        await open_case(client, "1")
        page = await person.get("/board")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        for part in ("default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"):
            assert part in page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "no-referrer"
        assert ">H001</span>" in page.text
        assert '<html lang="zh-CN">' in page.text
        english = await person.get("/board?lang=en&station=demo")
        assert '<html lang="en">' in english.text
        assert "Please come to your counter" in english.text
        assert 'data-events="/board/events?station=demo"' in english.text
        for text in (page.text, english.text):
            assert "031234" not in text
            assert "http://" not in text
            assert "$" not in text
            assert "⟨" not in text
        assert (await person.get("/board?lang=fr")).status_code == 400
        assert (await person.get("/board?station=other")).status_code == 404
        async with person.stream("GET", "/board/events") as stream:
            async for part in stream.aiter_text():
                if "event: board" in part:
                    assert '"number":"H001"' in part
                    break


async def test_what_a_station_is_called_is_no_markup(tmp_path: Path) -> None:
    prepare(tmp_path / "db", OFFICERS)
    with server_in_thread(tmp_path / "db") as running:
        async with plain_client(running.url) as client:
            await sign_in(client, "900002")
            configure = {
                "type": "ConfigureStation",
                "station": STATION,
                "name": '<script>alert("x")</script>&',
                "counters": ["<b>1"],
                "groups": [{"id": "<i>", "letter": "<", "wait_target": 3}],
            }
            answer = await client.post("/v1/commands", json=configure, headers={"Idempotency-Key": "c"})
            assert answer.status_code == 200
            page = (await client.get("/board")).text
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "<b>" not in page
    assert "<i>" not in page


async def test_a_station_may_switch_its_page_off(tmp_path: Path) -> None:
    prepare(tmp_path / "db", PEOPLE)
    with server_in_thread(tmp_path / "db", board=False) as running:
        async with plain_client(running.url) as client:
            for path in PATHS:
                answer = await client.get(path)
                assert (answer.status_code, answer.json()) == (404, {"error": "not_found"})
        board = running.backend()
        await board.sign_in("board", PASSWORD)
        assert await next_board(boards(board))
        await board.close()


async def test_readers_without_a_session_are_counted(hall: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MOST_READERS", 1)
    async with plain_client(hall.url) as one, plain_client(hall.url) as two:
        async with one.stream("GET", "/board/events") as stream:
            await anext(stream.aiter_bytes())
            busy = await two.get("/board/events")
            assert (busy.status_code, busy.json()) == (429, {"error": "busy", "seconds": 30})
            assert busy.headers["retry-after"] == "30"
        # The place is free again once the server has noticed.
        answer = httpx.Response(429)
        while answer.status_code == 429:
            async with two.stream("GET", "/board/events") as answer:
                pass
        assert answer.status_code == 200


def test_a_board_is_a_moment(clock: Clock) -> None:
    board = Board(name="x", at=clock.now, open=(), calls=(), groups=())
    assert same(board, msgspec.structs.replace(board, at=clock.now + timedelta(hours=1)))
    assert not same(board, msgspec.structs.replace(board, name="y"))
    assert not same(None, board)
