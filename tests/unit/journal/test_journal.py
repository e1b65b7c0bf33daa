"""What the journal promises a desk: on disk when the call returns, in order, and only for the officer it belongs to."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from counterdesk.journal import files
from counterdesk.journal.journal import Journal
from counterdesk.journal.model import (
    DeadLetter,
    JournalError,
    JournalFull,
    JournalInUse,
    JournalIo,
    JournalUnsafe,
    Locked,
    NoSuchOfficer,
    Unlocked,
    WrongPassphrase,
)
from tests.unit.journal.conftest import (
    CANARY,
    NOW,
    OFFICER,
    OTHER,
    PASSWORD,
    FakeKeyring,
    draft,
    everything,
    tidied,
    waiting,
)


async def again(journal: Journal, path: Path, officer: str = OFFICER, password: str = PASSWORD) -> Unlocked:
    """What an officer finds without the station, after the journal was closed."""
    await journal.close()
    opened = Journal.open(path, mode="live", station="demo", counter="3")
    try:
        return await opened.unlock(officer, password, trusted=False)
    finally:
        await opened.close()


async def test_what_was_kept_is_found_again(journal: Journal, path: Path) -> None:
    await journal.keep_draft(draft(seq=1, body=b"old"))
    await journal.keep_draft(draft(seq=2))
    await journal.keep_draft(draft("c2"))
    await journal.enqueue(waiting("b"))
    await journal.enqueue(waiting("a"))
    await journal.tried("b", "unreachable")
    await journal.keep_place(b"place")
    await journal.keep_identity(OFFICER, b"session")
    await journal.remember_checkpoint(7, "root")
    found = await again(journal, path)
    assert set(found.drafts) == {draft(seq=2), draft("c2")}
    assert found.waiting == (
        msgspec.structs.replace(waiting("b"), tries=1, error="unreachable"),
        waiting("a"),
    )
    assert (found.place, found.identity, found.dead, found.sealed, found.others, found.damaged) == (
        b"place",
        b"session",
        (),
        0,
        0,
        0,
    )
    opened = Journal.open(path, mode="live", station="demo", counter="3")
    assert await opened.checkpoint() == (7, "root")
    await opened.close()


async def test_nothing_personal_is_readable_in_the_files(journal: Journal, path: Path) -> None:
    await journal.keep_draft(draft())
    await journal.enqueue(waiting())
    await journal.keep_identity(OFFICER, CANARY)
    await journal.keep_place(CANARY)
    for _ in range(2):
        raw = everything(path)
        assert b"hukou.birth" in raw  # what support may read is there, so the search would find the rest
        assert CANARY not in raw
        assert PASSWORD.encode() not in raw
        await journal.close()
    for value in (draft(), waiting(), journal):
        assert "3100" not in repr(value)


async def test_what_was_dropped_stands_nowhere(journal: Journal, path: Path) -> None:
    await tidied(journal)
    await journal.keep_draft(draft())
    await journal.enqueue(waiting())
    rows = journal._book.rows("SELECT sealed FROM draft UNION ALL SELECT sealed FROM outbox")
    sealed = [row[0] for row in rows]
    assert all(part[:60] in everything(path) for part in sealed)
    await journal.drop_draft("c1")
    await journal.settle("id-1")
    await tidied(journal)
    assert not any(part[:60] in everything(path) or part[-40:] in everything(path) for part in sealed)
    found = await again(journal, path)
    assert not found.drafts
    assert not found.waiting


async def test_a_dead_letter_keeps_its_reason_and_comes_back_at_the_end(journal: Journal, path: Path) -> None:
    for name in ("a", "b", "c"):
        await journal.enqueue(waiting(name))
    await journal.bury("a", "other_counter", {"counter": "4", "minutes": 3})
    await journal.bury("b", "no_such_case", {})
    with pytest.raises(JournalError, match="unknown_id"):
        await journal.revive("c", "new")  # it waits already
    with pytest.raises(JournalError, match="known_id"):
        await journal.revive("a", "c")
    assert (await journal.revive("a", "new")).id == "new"
    await journal.drop_dead("c")  # waits: not for this call to drop
    found = await again(journal, path)
    assert [command.id for command in found.waiting] == ["c", "new"]
    assert found.waiting[1] == waiting("new")
    assert found.dead == (DeadLetter(id="b", kind="AcceptCase", body=CANARY, since=NOW, code="no_such_case"),)


async def test_an_id_is_kept_once(journal: Journal) -> None:
    await journal.enqueue(waiting())
    with pytest.raises(JournalError, match="known_id"):
        await journal.enqueue(waiting())
    await journal.enqueue(waiting("id-2"))  # and it goes on


async def test_what_is_not_there_can_be_settled(journal: Journal) -> None:
    await journal.settle("x")
    await journal.drop_draft("x")
    await journal.drop_dead("x")
    await journal.tried("x", "")
    await journal.bury("x", "code", {})
    with pytest.raises(JournalError, match="unknown_id"):
        await journal.revive("x", "y")


async def test_another_officer_finds_counts_only(journal: Journal, path: Path) -> None:
    await journal.keep_draft(draft())
    await journal.enqueue(waiting())
    await journal.keep_place(b"place")
    found = await journal.unlock(OTHER, "other-password", trusted=True)
    assert (found.drafts, found.waiting, found.place, found.others) == ((), (), b"", 2)
    await journal.keep_draft(draft(body=b"of another"))  # the same case
    await journal.drop_draft("c1")
    await journal.settle("id-1")
    with pytest.raises(JournalError, match="unknown_id"):
        await journal.revive("id-1", "x")
    with pytest.raises(JournalError, match="other_officer"):
        await journal.keep_identity(OFFICER, b"")
    mine = await again(journal, path)
    assert mine.drafts == (draft(),)
    assert mine.waiting == (waiting(),)
    assert mine.place == b"place"


async def test_without_a_key_nothing_is_taken(path: Path) -> None:
    journal = Journal.open(path, mode="live", station="demo", counter="3")
    for refused in (
        journal.keep_draft(draft()),
        journal.enqueue(waiting()),
        journal.drop_draft("c1"),
        journal.keep_place(b""),
        journal.tried("x", ""),
    ):
        with pytest.raises(Locked):
            await refused
    with pytest.raises(NoSuchOfficer):
        await journal.unlock(OFFICER, PASSWORD, trusted=False)
    await journal.remember_checkpoint(1, "r")  # belongs to the terminal
    await journal.close()
    with pytest.raises(JournalError, match="closed"):
        await journal.remember_checkpoint(1, "r")


async def test_locking_wipes_the_key_and_loses_nothing_under_way(journal: Journal) -> None:
    key = journal._ring._key
    assert key is not None
    assert any(key)
    kept = asyncio.ensure_future(journal.keep_draft(draft()))
    await asyncio.sleep(0)  # the call was made, the disk not yet asked
    journal.lock()
    assert not any(key)
    await kept
    with pytest.raises(Locked):
        await journal.keep_draft(draft())
    found = await journal.unlock(OFFICER, PASSWORD, trusted=False)
    assert found.drafts == (draft(),)
    assert not (await journal.health()).failed


# Keys.


async def test_a_wrong_password_opens_nothing_without_the_station(journal: Journal) -> None:
    await journal.keep_draft(draft())
    journal.lock()
    with pytest.raises(WrongPassphrase):
        await journal.unlock(OFFICER, "wrong", trusted=False)
    assert not journal.unlocked


async def test_a_new_password_without_a_keyring_seals_the_old_drafts(journal: Journal, path: Path) -> None:
    await journal.keep_draft(draft())
    await journal.keep_identity(OFFICER, b"session")
    found = await journal.unlock(OFFICER, "new", trusted=True)
    assert (found.kept, found.why, found.drafts, found.identity, found.sealed) == ("memory", "none", (), b"", 1)
    await journal.keep_draft(draft(body=b"new"))
    assert (await journal.health()).drafts == {"here": 2}
    with pytest.raises(WrongPassphrase):
        await journal.unlock(OFFICER, PASSWORD, trusted=False)
    assert (await again(journal, path, password="new")).drafts == (draft(body=b"new"),)


async def test_the_keyring_carries_the_drafts_over_a_new_password(path: Path, keyring: FakeKeyring) -> None:
    keyring.code = "ok"
    journal = Journal.open(path, mode="live", station="demo", counter="3")
    found = await journal.unlock(OFFICER, PASSWORD, trusted=True)
    assert (found.kept, found.why) == ("keyring", "ok")
    await journal.keep_draft(draft())
    found = await journal.unlock(OFFICER, "new", trusted=True)
    assert (found.drafts, found.sealed, found.kept) == ((draft(),), 0, "keyring")
    assert len(keyring.kept) == 1
    assert OFFICER not in str(keyring.kept)
    key = journal._ring._key
    assert key is not None
    assert key.hex() not in str(keyring.kept)  # the file is needed as well
    keyring.code = "locked"
    assert (await again(journal, path, password="new")).drafts == (draft(),)
    assert keyring.asked > 0


async def test_a_keyring_without_the_secret_begins_anew(path: Path, keyring: FakeKeyring) -> None:
    keyring.code = "ok"
    journal = Journal.open(path, mode="live", station="demo", counter="3")
    await journal.unlock(OFFICER, PASSWORD, trusted=True)
    await journal.keep_draft(draft())
    keyring.kept = dict.fromkeys(keyring.kept, "00" * 32)
    found = await journal.unlock(OFFICER, "new", trusted=True)
    assert (found.drafts, found.sealed) == ((), 1)
    await journal.close()


@pytest.mark.parametrize("code", ["none", "refused_backend", "locked", "failed", "timeout"])
async def test_a_keyring_that_cannot_be_used_leaves_the_key_in_memory(
    path: Path, keyring: FakeKeyring, code: str
) -> None:
    keyring.code = code
    journal = Journal.open(path, mode="live", station="demo", counter="3")
    found = await journal.unlock(OFFICER, PASSWORD, trusted=True)
    assert (found.kept, found.why) == ("memory", code)
    assert (await journal.health()).slots == {"passphrase": 1}
    await journal.close()


# The disk.


async def test_a_second_desk_is_told(journal: Journal, path: Path) -> None:
    with pytest.raises(JournalInUse):
        Journal.open(path, mode="live", station="demo", counter="4")
    await journal.keep_draft(draft())  # the first one still has its locks
    with pytest.raises(JournalInUse):
        Journal.open(path, mode="live", station="demo", counter="4")


class Failing:
    """A connection whose commits fail until it is healed."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.error = "SQLITE_IOERR_FSYNC"
        self.asked = 0

    @property
    def in_transaction(self) -> bool:
        return self._db.in_transaction

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Any:
        self.asked += 1
        if sql == "COMMIT":
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorname = self.error
            raise error
        return self._db.execute(sql, values)

    def close(self) -> None:
        self._db.close()


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("SQLITE_IOERR_FSYNC", JournalIo, "sqlite_ioerr_fsync"),
        ("SQLITE_FULL", JournalFull, "disk_full"),
        ("SQLITE_CORRUPT", JournalIo, "sqlite_corrupt"),
    ],
)
async def test_a_failing_disk_is_said_at_once_and_never_asked_again(
    journal: Journal, name: str, kind: type[JournalError], code: str
) -> None:
    await journal.keep_draft(draft())
    assert isinstance(journal._book._db, sqlite3.Connection)
    broken = Failing(journal._book._db)
    broken.error = name
    journal._book._db = broken
    with pytest.raises(kind, match=code):
        await journal.keep_draft(draft(seq=2))
    assert journal.failed == code
    asked = broken.asked
    with pytest.raises(kind, match=code):
        await journal.enqueue(waiting())
    with pytest.raises(kind, match=code):
        await journal.checkpoint()
    health = await journal.health()
    assert (health.failed, broken.asked) == (code, asked)
    await journal.reopen()
    assert not journal.failed
    await journal.enqueue(waiting())  # the key is still there
    found = await journal.unlock(OFFICER, PASSWORD, trusted=False)
    assert found.drafts == (draft(),)
    assert found.waiting == (waiting(),)


async def test_a_disk_that_stays_broken_fails_to_reopen(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: Path) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr(files, "prepare", fails)
    with pytest.raises(JournalFull):
        await journal.reopen()
    with pytest.raises(JournalFull):
        await journal.keep_draft(draft())
    monkeypatch.undo()
    await journal.reopen()
    await journal.keep_draft(draft())


async def test_a_file_that_went_bad_meanwhile_is_said_by_every_call(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def folded(path: Path) -> None:
        raise JournalUnsafe("folder_open_to_others")

    monkeypatch.setattr(files, "prepare", folded)
    for refused in (journal.reopen, journal.checkpoint, journal.reopen):
        with pytest.raises(JournalUnsafe, match="folder_open_to_others"):
            await refused()
    assert journal.failed == "folder_open_to_others"
    assert (await journal.health()).failed == "folder_open_to_others"
    monkeypatch.undo()
    await journal.reopen()
    assert await journal.checkpoint() is None


async def test_health_names_no_person(journal: Journal) -> None:
    await journal.keep_draft(draft("case-of-somebody"))
    await journal.enqueue(waiting("a"))
    await journal.tried("a", "unreachable")
    await journal.enqueue(waiting("b"))
    await journal.bury("b", "other_counter", {"counter": "4"})
    health = await journal.health()
    assert health.drafts == {"here": 1}
    assert health.outbox == {"waiting": 1, "dead": 1}
    assert health.errors == {"unreachable": 1, "other_counter": 1}
    assert (health.most_tries, health.officers, health.slots) == (1, 1, {"passphrase": 1})
    assert health.pragmas == {
        "locking_mode": "exclusive",
        "journal_mode": "wal",
        "synchronous": "2",
        "secure_delete": "1",
    }
    assert health.file_bytes > 0
    text = msgspec.json.encode(health).decode()
    assert OFFICER not in text
    assert "case-of-somebody" not in text


async def test_any_loop_may_await_it(journal: Journal) -> None:
    def elsewhere(number: int) -> None:
        asyncio.run(journal.keep_draft(draft(f"c{number}")))

    await asyncio.gather(*(asyncio.to_thread(elsewhere, number) for number in range(8)))
    assert (await journal.health()).drafts == {"here": 8}
