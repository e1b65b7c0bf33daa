"""Signing in: who gets in, who does not, for how long, and what the database knows about it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from counterdesk.station.roles import Actor, Mode
from mock_server.accounts import (
    Accounts,
    Later,
    Opened,
    SessionOver,
    Signed,
    WrongMode,
    WrongPassword,
    hasher,
    make_account,
)
from mock_server.store import sqlite as sqlite_module
from mock_server.store.sqlite import SqliteStore
from mock_server.writer import Writer
from tests.server_process import CHEAP, PASSWORD, STATION, Clock

OFFICER = Actor(id="031234", role="officer", grants=frozenset({"cherry_pick"}))


class Desk:
    """Accounts over a fresh database, with a clock to turn."""

    def __init__(self, path: Path, passwords: PasswordHasher = CHEAP) -> None:
        self.clock = Clock()
        self.path = path
        self.writer = Writer()
        self.store = SqliteStore(path)
        self.store.put_account(make_account(STATION, OFFICER, "陈国栋", PASSWORD, CHEAP))
        self.accounts = Accounts(self.store, self.writer, self.clock, passwords)

    async def sign_in(self, officer: str = "031234", password: str = PASSWORD) -> str:
        """A token."""
        return (await self.accounts.sign_in(STATION, officer, password)).token

    async def fail(self, times: int = 1, officer: str = "031234") -> None:
        """Wrong passwords, each as soon as it is looked at."""
        for _ in range(times):
            with pytest.raises(WrongPassword):
                await self.sign_in(officer, "wrong")
            self.clock.pass_time(seconds=64)

    async def later(self, officer: str = "031234", password: str = PASSWORD) -> tuple[int, bool]:
        """How long to wait, and whether it is a lock, for a try that is not looked at."""
        with pytest.raises(Later) as later:
            await self.sign_in(officer, password)
        return later.value.seconds, later.value.locked

    def trail(self) -> list[tuple[str, str, str]]:
        """Officer, action and outcome of each entry of the audit trail."""
        entries = [json.loads(link.body) for link in self.store.audit(STATION, 0, 1000)]
        return [(entry["officer"], entry["action"], entry["outcome"]) for entry in entries]

    def close(self) -> None:
        """Give everything back."""
        self.writer.close()
        self.store.close()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path / "db")
    yield desk
    desk.close()


def test_passwords_are_hashed_as_promised() -> None:
    strong = hasher()
    assert (strong.time_cost, strong.memory_cost, strong.parallelism, strong.type.name) == (3, 65536, 1, "ID")


async def test_a_session_knows_the_officer(desk: Desk) -> None:
    tokens = await opened(desk)
    found = await signed(desk, tokens)
    assert found is not None
    account = found.account
    assert (account.actor, account.name, account.station) == (OFFICER, "陈国栋", STATION)
    for token in (tokens.token, tokens.refresh):
        assert len(token.partition("_")[2]) >= 43  # 256 bits
        assert token not in repr(tokens)


@pytest.mark.parametrize(("officer", "password"), [("031234", "wrong"), ("031234", ""), ("nobody", PASSWORD), ("", "")])
async def test_nobody_else_gets_in(desk: Desk, officer: str, password: str) -> None:
    with pytest.raises(WrongPassword):
        await desk.sign_in(officer, password)


async def test_an_account_of_another_station_is_no_account(desk: Desk) -> None:
    with pytest.raises(WrongPassword):
        await desk.accounts.sign_in("other", "031234", PASSWORD)


@pytest.mark.parametrize("officer", ["031234", "nobody"])
async def test_each_failure_doubles_the_wait(desk: Desk, officer: str) -> None:
    for wait in (1, 2, 4, 8, 16, 32, 64, 64, 64):
        with pytest.raises(WrongPassword):
            await desk.sign_in(officer, "wrong")
        assert await desk.later(officer) == (wait, False)
        desk.clock.pass_time(seconds=wait - 0.5)
        assert await desk.later(officer) == (1, False)
        desk.clock.pass_time(seconds=0.5)


@pytest.mark.parametrize("officer", ["031234", "nobody"])
async def test_ten_failures_lock_for_a_quarter_of_an_hour(desk: Desk, officer: str) -> None:
    await desk.fail(9, officer)
    with pytest.raises(WrongPassword):
        await desk.sign_in(officer, "wrong")
    assert await desk.later(officer) == (900, True)
    desk.clock.pass_time(minutes=14, seconds=59)
    assert await desk.later(officer) == (1, True)
    desk.clock.pass_time(seconds=1)
    if officer == "031234":
        await desk.sign_in(officer)
    else:
        with pytest.raises(WrongPassword):
            await desk.sign_in(officer)


async def test_failures_survive_a_restart(desk: Desk) -> None:
    await desk.fail(10)
    again = Accounts(desk.store, desk.writer, desk.clock, CHEAP)
    with pytest.raises(Later) as later:
        await again.sign_in(STATION, "031234", PASSWORD)
    assert later.value.locked


async def test_a_leader_unlocks_and_it_is_on_record(desk: Desk) -> None:
    await desk.fail(10)
    await desk.later()
    await desk.accounts.unlock(STATION, "031234", "031230")
    await desk.sign_in()
    assert desk.trail()[-3:] == [
        ("031234", "sign_in", "locked"),
        ("031230", "unlock", "ok"),
        ("031234", "sign_in", "ok"),
    ]


async def test_one_officers_lock_is_nobody_elses(desk: Desk) -> None:
    await desk.fail(10, "somebody")
    await desk.sign_in("031234")


async def test_a_station_is_slowed_by_very_many_failures_and_never_locked_nor_another_one(desk: Desk) -> None:
    elsewhere = "other"
    desk.store.put_account(make_account(elsewhere, OFFICER, "", PASSWORD, CHEAP))
    for number in range(60):
        with contextlib.suppress(Later), pytest.raises(WrongPassword):
            await desk.sign_in(f"made-up-{number}", "wrong")
        desk.clock.pass_time(seconds=17)
    with pytest.raises(WrongPassword):
        await desk.sign_in("made-up", "wrong")
    assert await desk.later() == (16, False)
    await desk.accounts.sign_in(elsewhere, "031234", PASSWORD)
    desk.clock.pass_time(seconds=16)
    await desk.sign_in()


async def test_success_forgets_the_failures(desk: Desk) -> None:
    for _ in range(3):
        await desk.fail(9)
        await desk.sign_in()


async def test_a_crowd_of_guesses_gets_few_looks(desk: Desk) -> None:
    results = await asyncio.gather(
        *(desk.sign_in(password=f"guess {number}") for number in range(40)), return_exceptions=True
    )
    assert sum(isinstance(result, WrongPassword) for result in results) <= 2
    assert sum(isinstance(result, Later) for result in results) >= 38


async def test_what_is_remembered_of_guesses_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_module, "REMEMBERED", 5)
    for number in range(20):
        await desk.fail(1, f"made-up-{number}")
    assert desk.store.rows("SELECT count(*) FROM failure") == [(5,)]


async def test_the_trail_names_nobody_who_is_no_officer(desk: Desk) -> None:
    await desk.sign_in()
    await desk.fail(1, "王卡纳丽")
    assert desk.trail()[-1] == ("?", "sign_in", "wrong_password")
    with pytest.raises(WrongPassword):
        await desk.accounts.sign_in("no-such-station", "x", "y")
    assert desk.store.checkpoint("no-such-station").size == 0


async def renewed(desk: Desk, opened: Opened) -> Opened:
    return await desk.accounts.refresh(opened.refresh)


async def signed(desk: Desk, opened: Opened, *, person: bool = True) -> Signed | None:
    return await desk.accounts.session(opened.token, person=person)


async def opened(desk: Desk) -> Opened:
    return await desk.accounts.sign_in(STATION, "031234", PASSWORD)


async def test_an_access_token_is_over_after_ten_minutes_and_renewed_by_the_other(desk: Desk) -> None:
    first = await opened(desk)
    desk.clock.pass_time(minutes=9, seconds=59)
    assert await signed(desk, first)
    desk.clock.pass_time(seconds=1)
    assert await signed(desk, first) is None
    second = await renewed(desk, first)
    assert await signed(desk, second)
    assert await desk.accounts.session(second.refresh) is None, "a refresh token opens nothing by itself"
    with pytest.raises(SessionOver):
        await desk.accounts.refresh(second.token)


async def test_a_used_refresh_token_ends_the_whole_session_and_is_on_record(desk: Desk) -> None:
    first = await opened(desk)
    second = await renewed(desk, first)
    assert await signed(desk, second)
    with pytest.raises(SessionOver):
        await renewed(desk, first)
    assert await signed(desk, second) is None
    with pytest.raises(SessionOver):
        await renewed(desk, second)
    assert desk.trail()[-1] == ("031234", "refresh", "refresh_reused")


async def test_an_old_refresh_token_ends_the_session_however_old(desk: Desk) -> None:
    first = await opened(desk)
    third = await renewed(desk, await renewed(desk, first))
    with pytest.raises(SessionOver):
        await renewed(desk, first)
    assert await signed(desk, third) is None


async def test_a_lost_answer_is_given_anew_and_the_lost_one_is_worth_nothing(desk: Desk) -> None:
    first = await opened(desk)
    lost = await renewed(desk, first)
    desk.clock.pass_time(seconds=119)
    second = await renewed(desk, first)
    assert await signed(desk, lost) is None
    assert await signed(desk, second)
    # Whoever found the lost answer shows himself by using it.
    with pytest.raises(SessionOver):
        await renewed(desk, lost)
    assert await signed(desk, second) is None


async def test_a_lost_answer_is_given_anew_for_a_short_time_only(desk: Desk) -> None:
    first = await opened(desk)
    await renewed(desk, first)
    desk.clock.pass_time(seconds=121)
    with pytest.raises(SessionOver):
        await renewed(desk, first)


async def test_a_session_without_a_person_ends_whatever_the_desk_asks(desk: Desk) -> None:
    first = await opened(desk)
    family = (await signed(desk, first) or pytest.fail("no session")).family
    desk.clock.pass_time(minutes=9)
    assert await signed(desk, first, person=False)
    first = await renewed(desk, first)
    desk.clock.pass_time(minutes=5, seconds=59)
    assert await signed(desk, first, person=False)
    assert await desk.accounts.stands(family)
    desk.clock.pass_time(seconds=1)
    assert await signed(desk, first) is None
    assert not await desk.accounts.stands(family)
    with pytest.raises(SessionOver):
        await renewed(desk, first)


async def test_a_person_keeps_the_session_awake_over_restarts(desk: Desk) -> None:
    first = await opened(desk)
    for _ in range(6):
        desk.clock.pass_time(minutes=9)
        assert await signed(desk, first)
        desk.accounts = Accounts(desk.store, desk.writer, desk.clock, CHEAP)
        first = await renewed(desk, first)
    assert await signed(desk, first)


@pytest.mark.parametrize("other", ["live", "practice"])
async def test_tokens_of_the_other_mode_open_nothing(desk: Desk, other: Mode) -> None:
    mode: Mode = "practice" if other == "live" else "live"
    desk.accounts = Accounts(desk.store, desk.writer, desk.clock, CHEAP, mode)
    theirs = await opened(desk)
    here = Accounts(desk.store, desk.writer, desk.clock, CHEAP, other)
    for attempt in (here.session(theirs.token), here.refresh(theirs.refresh)):
        with pytest.raises(WrongMode):
            await attempt
    # With a forged beginning the token is not the one that is stored.
    for token in (theirs.token, theirs.refresh):
        forged = ("cdl" if other == "live" else "cdp") + token[3:]
        assert await here.session(forged) is None
    assert not await here.stands((await signed(desk, theirs) or pytest.fail("no session")).family)


async def test_a_session_ends_after_twelve_hours(desk: Desk) -> None:
    tokens = await opened(desk)
    for _ in range(79):
        desk.clock.pass_time(minutes=9)
        tokens = await renewed(desk, tokens)
        assert await signed(desk, tokens)
    desk.clock.pass_time(minutes=9)
    assert await signed(desk, tokens) is None
    with pytest.raises(SessionOver):
        await renewed(desk, tokens)
    await opened(desk)
    assert desk.store.rows("SELECT count(*) FROM session") == [(1,)]
    assert desk.store.rows("SELECT count(*) FROM token") == [(2,)]


async def test_signing_out_ends_this_session_only(desk: Desk) -> None:
    first, second = await opened(desk), await opened(desk)
    assert first.token != second.token
    here = await signed(desk, first)
    assert here is not None
    await desk.accounts.sign_out(here)
    assert await signed(desk, first) is None
    assert await signed(desk, second)
    await desk.accounts.sign_out(here)


@pytest.mark.parametrize("token", ["", "x", "\udcff", "a" * 10_000])
async def test_any_text_as_a_token_is_nobody(desk: Desk, token: str) -> None:
    assert await desk.accounts.session(token) is None


async def test_the_database_knows_neither_password_nor_token(desk: Desk) -> None:
    token = await desk.sign_in()
    desk.writer.close()
    desk.store.close()
    stored = desk.path.read_bytes()
    assert token.encode() not in stored
    assert PASSWORD.encode() not in stored
    assert b"$argon2id$" in stored


async def test_a_weaker_hash_is_renewed_at_the_next_sign_in(tmp_path: Path) -> None:
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    desk = Desk(tmp_path / "db", stronger)
    try:
        before = desk.store.account(STATION, "031234")
        await desk.sign_in()
        after = desk.store.account(STATION, "031234")
        assert before is not None
        assert after is not None
        assert before.password != after.password
        assert not stronger.check_needs_rehash(after.password)
        await desk.sign_in()
    finally:
        desk.close()


async def test_no_more_than_two_passwords_are_hashed_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    guard, now, most = threading.Lock(), 0, 0
    both = threading.Barrier(2)

    def verify(_stored: str, _password: str) -> bool:
        nonlocal now, most
        with guard:
            now += 1
            most = max(most, now)
        both.wait(timeout=10)  # passes only while two are here, and a third would raise `most`
        with guard:
            now -= 1
        return True

    monkeypatch.setattr(desk.accounts, "_verify", verify)
    await asyncio.gather(*(desk.sign_in() for _ in range(8)))
    assert most == 2
