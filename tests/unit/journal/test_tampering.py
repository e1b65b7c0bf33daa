"""What somebody with the disk in his hands can do: read counts and destroy, but not make one thing pass for another."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from counterdesk.journal.journal import Journal
from counterdesk.journal.model import Unlocked
from tests.unit.journal.conftest import OFFICER, PASSWORD, draft, waiting


@pytest.fixture
async def closed(journal: Journal, path: Path) -> Path:
    """A journal with two drafts, two commands, a place and an identity, that nobody has open."""
    await journal.keep_draft(draft("c1", 3, b"one"))
    await journal.keep_draft(draft("c2", 4, b"two"))
    await journal.enqueue(waiting("a", b"first"))
    await journal.enqueue(waiting("b", b"second"))
    await journal.keep_place(b"place")
    await journal.keep_identity(OFFICER, b"identity")
    await journal.close()
    return path


def change(path: Path, *statements: str) -> None:
    """Change the file behind the journal's back."""
    db = sqlite3.connect(path)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


async def look(path: Path) -> Unlocked:
    """What the officer finds."""
    journal = Journal.open(path, mode="live", station="demo", counter="3")
    try:
        return await journal.unlock(OFFICER, PASSWORD, trusted=False)
    finally:
        await journal.close()


async def test_control_an_untouched_file_opens_whole(closed: Path) -> None:
    found = await look(closed)
    assert (len(found.drafts), len(found.waiting), found.place, found.damaged) == (2, 2, b"place", 0)


SWAP_DRAFTS = (
    "UPDATE draft SET case_id = 'x' WHERE case_id = 'c1'",
    "UPDATE draft SET case_id = 'c1' WHERE case_id = 'c2'",
    "UPDATE draft SET case_id = 'c2' WHERE case_id = 'x'",
)


@pytest.mark.parametrize(
    ("statements", "damaged"),
    [
        (SWAP_DRAFTS, 2),
        (("UPDATE draft SET seq = 2 WHERE case_id = 'c1'",), 1),
        (("UPDATE draft SET version = 9 WHERE case_id = 'c1'",), 1),
        (("UPDATE draft SET status = 'sent' WHERE case_id = 'c1'",), 1),
        (("UPDATE draft SET service = 'id.renew' WHERE case_id = 'c1'",), 1),
        (("UPDATE draft SET at = '2026-01-01T00:00:00+08:00' WHERE case_id = 'c1'",), 1),
        (("UPDATE draft SET at = 'yesterday' WHERE case_id = 'c1'",), 1),
        (("UPDATE draft SET sealed = X'00' WHERE case_id = 'c1'",), 1),
        (("UPDATE draft SET sealed = substr(sealed, 1, length(sealed) - 1) WHERE case_id = 'c1'",), 1),
        (("UPDATE draft SET sealed = (SELECT sealed FROM outbox WHERE id = 'a') WHERE case_id = 'c1'",), 1),
        (("UPDATE outbox SET kind = 'DiscardCase' WHERE id = 'a'",), 1),
        (("UPDATE outbox SET id = 'z' WHERE id = 'a'",), 1),
        (("UPDATE outbox SET since = '2020-01-01T00:00:00+08:00' WHERE id = 'a'",), 1),
        (("UPDATE outbox SET state = 'dead', params = X'FF' WHERE id = 'a'",), 1),
        (("UPDATE single SET sealed = (SELECT sealed FROM draft LIMIT 1)",), 2),
    ],
)
async def test_a_changed_row_does_not_open_and_the_rest_does(
    closed: Path, statements: tuple[str, ...], damaged: int
) -> None:
    change(closed, *statements)
    found = await look(closed)
    held = len(found.drafts) + len(found.waiting) + len(found.dead) + bool(found.place) + bool(found.identity)
    assert (found.damaged, held) == (damaged, 6 - damaged)


async def test_what_does_not_open_is_in_the_health_report(closed: Path) -> None:
    change(closed, "UPDATE draft SET seq = 99")
    journal = Journal.open(closed, mode="live", station="demo", counter="3")
    await journal.unlock(OFFICER, PASSWORD, trusted=False)
    assert (await journal.health()).damaged == 2
    await journal.keep_draft(draft("c1"))  # what the officer types now goes over it
    await journal.close()
    assert (await look(closed)).damaged == 1


async def test_another_officers_rows_given_to_him_do_not_open(closed: Path) -> None:
    journal = Journal.open(closed, mode="live", station="demo", counter="3")
    await journal.unlock("035678", "other", trusted=True)
    await journal.keep_draft(draft("c3"))
    await journal.close()
    change(closed, f"UPDATE draft SET officer = '{OFFICER}'")
    found = await look(closed)
    assert (len(found.drafts), found.others, found.damaged) == (2, 0, 1)


async def test_a_practice_file_made_a_live_one_opens_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal" / "x.journal"
    journal = Journal.open(path, mode="practice", station="demo", counter="3")
    await journal.unlock(OFFICER, PASSWORD, trusted=True)
    await journal.keep_draft(draft())
    key = bytes(journal._ring._key or b"")
    await journal.close()
    change(path, "UPDATE file SET mode = 'live'")
    live = Journal.open(path, mode="live", station="demo", counter="3")
    found = await live.unlock(OFFICER, PASSWORD, trusted=True)  # the slot does not open either
    assert (found.drafts, found.sealed) == ((), 1)
    live._ring.take(OFFICER, 1, key)  # even with the key itself
    from counterdesk.journal import contents

    assert contents.read(live._book, live._ring).damaged == 1
    await live.close()


@pytest.mark.parametrize(
    "params",
    ["X'00'", "X'7B7D'", '\'{"salt":"AAAAAAAAAAAAAAAAAAAAAA==","strength":{"memory_kib":999999999,"passes":1}}\''],
)
async def test_a_slot_that_asks_for_the_impossible_does_not_open(closed: Path, params: str) -> None:
    from counterdesk.journal.model import WrongPassphrase

    change(closed, f"UPDATE slot SET params = CAST({params} AS BLOB)")
    with pytest.raises(WrongPassphrase):
        await look(closed)
