"""Signing in: who gets in, who does not, for how long, and what the database knows about it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from counterdesk.station.roles import Actor
from mock_server import accounts as accounts_module
from mock_server.accounts import Accounts, Locked, WrongPassword, hasher, make_account
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
    opened = await desk.accounts.sign_in(STATION, "031234", PASSWORD)
    account = await desk.accounts.session(opened.token)
    assert account is not None
    assert (account.actor, account.name, account.station) == (OFFICER, "陈国栋", STATION)
    assert len(opened.token) >= 43  # 256 bits
    assert opened.token not in repr(opened)


@pytest.mark.parametrize(("officer", "password"), [("031234", "wrong"), ("031234", ""), ("nobody", PASSWORD), ("", "")])
async def test_nobody_else_gets_in(desk: Desk, officer: str, password: str) -> None:
    with pytest.raises(WrongPassword):
        await desk.sign_in(officer, password)


async def test_an_account_of_another_station_is_no_account(desk: Desk) -> None:
    with pytest.raises(WrongPassword):
        await desk.accounts.sign_in("other", "031234", PASSWORD)


@pytest.mark.parametrize("officer", ["031234", "nobody"])
async def test_ten_failures_lock_for_a_quarter_of_an_hour(desk: Desk, officer: str) -> None:
    for _ in range(10):
        with pytest.raises(WrongPassword):
            await desk.sign_in(officer, "wrong")
    with pytest.raises(Locked) as locked:
        await desk.sign_in(officer)
    assert locked.value.seconds == 900
    desk.clock.pass_time(minutes=14, seconds=59)
    with pytest.raises(Locked):
        await desk.sign_in(officer)
    desk.clock.pass_time(seconds=1)
    if officer == "031234":
        await desk.sign_in(officer)
    else:
        with pytest.raises(WrongPassword):
            await desk.sign_in(officer)


async def test_one_officers_lock_is_nobody_elses(desk: Desk) -> None:
    for _ in range(10):
        with pytest.raises(WrongPassword):
            await desk.sign_in("somebody", "wrong")
    await desk.sign_in("031234")


async def test_success_forgets_the_failures(desk: Desk) -> None:
    for _ in range(3):
        for _ in range(9):
            with pytest.raises(WrongPassword):
                await desk.sign_in(password="wrong")
        await desk.sign_in()


async def test_a_crowd_of_guesses_gets_no_more_than_ten(desk: Desk) -> None:
    results = await asyncio.gather(
        *(desk.sign_in(password=f"guess {number}") for number in range(40)), return_exceptions=True
    )
    assert sum(isinstance(result, WrongPassword) for result in results) <= 11
    assert sum(isinstance(result, Locked) for result in results) >= 29


async def test_what_is_remembered_of_guesses_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts_module, "_REMEMBERED", 5)
    for number in range(20):
        with pytest.raises(WrongPassword):
            await desk.sign_in(f"made-up-{number}", "wrong")
    assert len(desk.accounts._failures) == 5


async def test_a_session_ends_after_twelve_hours(desk: Desk) -> None:
    token = await desk.sign_in()
    desk.clock.pass_time(hours=11, minutes=59)
    assert await desk.accounts.session(token)
    desk.clock.pass_time(minutes=1)
    assert await desk.accounts.session(token) is None


async def test_signing_out_ends_this_session_only(desk: Desk) -> None:
    first, second = await desk.sign_in(), await desk.sign_in()
    assert first != second
    await desk.accounts.sign_out(first)
    assert await desk.accounts.session(first) is None
    assert await desk.accounts.session(second)
    await desk.accounts.sign_out(first)


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
