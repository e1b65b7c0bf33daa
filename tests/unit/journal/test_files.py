"""Where a journal may lie and which file it takes: its own, for its station and mode, that nobody else can change."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from counterdesk.disk import renew_log
from counterdesk.journal import book, files
from counterdesk.journal.journal import Journal
from counterdesk.journal.model import JournalIo, JournalUnsafe
from counterdesk.station.exchange import Mode
from tests.unit.journal.conftest import OFFICER, PASSWORD, draft, everything, tidied


def mode_of(path: Path) -> int:
    """Its permissions."""
    return stat.S_IMODE(path.stat().st_mode)


def opened(path: Path, mode: Mode = "live", station: str = "demo") -> None:
    """Open and close it."""
    asyncio.run(Journal.open(path, mode=mode, station=station, counter="3").close())


def filled(path: Path, drafts: int = 1) -> dict[str, int]:
    """Keep drafts in it; returns the permissions of the files while it is open."""

    async def work() -> dict[str, int]:
        journal = Journal.open(path, mode="live", station="demo", counter="3")
        await journal.unlock(OFFICER, PASSWORD, trusted=True)
        for number in range(drafts):
            await journal.keep_draft(draft(f"c{number}", body=b"x" * 3000))
        found = {file.name: mode_of(file) for file in path.parent.iterdir()}
        await journal.close()
        return found

    return asyncio.run(work())


def test_only_its_owner_can_read_it_from_the_beginning(path: Path) -> None:
    before = os.umask(0)
    try:
        assert filled(path) == {"demo.journal": 0o600, "demo.journal-wal": 0o600}
    finally:
        os.umask(before)
    assert [mode_of(folder) for folder in (path.parent, path.parents[1], path.parents[2])] == [0o700] * 3
    path.chmod(0o644)
    opened(path)
    assert mode_of(path) == 0o600


def test_a_file_that_others_could_change_is_refused(path: Path, tmp_path: Path) -> None:
    opened(path)
    path.parent.chmod(0o777)
    with pytest.raises(JournalUnsafe, match="folder_open_to_others"):
        opened(path)
    path.parent.chmod(0o700)
    elsewhere = tmp_path / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    with pytest.raises(JournalUnsafe, match="not_a_file"):
        opened(path)


def test_a_journal_is_of_one_station_and_one_mode(path: Path) -> None:
    opened(path)
    with pytest.raises(JournalUnsafe, match="other_mode"):
        opened(path, mode="practice")
    with pytest.raises(JournalUnsafe, match="other_station"):
        opened(path, station="demo2")
    opened(path)


def test_another_programs_file_is_left_as_it_is(path: Path) -> None:
    path.parent.mkdir(parents=True, mode=0o700)
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE theirs (a)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(JournalUnsafe, match="foreign_file"):
        opened(path)
    assert path.read_bytes() == before
    path.write_bytes(b"no database at all, and long enough to be looked at" * 100)
    with pytest.raises(JournalUnsafe, match="foreign_file"):
        opened(path)


def test_a_newer_file_is_refused(path: Path) -> None:
    opened(path)
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version=2")
    db.close()
    with pytest.raises(JournalUnsafe, match="newer_file"):
        opened(path)


def test_a_damaged_file_is_refused(path: Path) -> None:
    filled(path, 40)
    raw = bytearray(path.read_bytes())
    raw[8192 : 8192 * 3] = os.urandom(8192 * 2)
    path.write_bytes(raw)
    with pytest.raises((JournalUnsafe, JournalIo)):
        opened(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [("journal_mode", "DELETE"), ("synchronous", "NORMAL"), ("locking_mode", "NORMAL"), ("secure_delete", "OFF")],
)
def test_what_durability_rests_on_is_read_back(path: Path, name: str, value: str) -> None:
    class Deaf:
        """A SQLite that has its own mind about one setting."""

        def __init__(self) -> None:
            files.prepare(path)
            self._db = sqlite3.connect(path, isolation_level=None)

        @property
        def in_transaction(self) -> bool:
            return self._db.in_transaction

        def execute(self, sql: str, values: Sequence[Any] = (), /) -> Any:
            heard = f"PRAGMA {name}={value}" if sql.startswith(f"PRAGMA {name}=") else sql
            return self._db.execute(heard, values)

        def close(self) -> None:
            self._db.close()

    with pytest.raises(JournalUnsafe, match=f"no_{name}"):
        book.Book(Deaf, mode="live", station="demo", counter="3")


def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Let the kernel say this of what is mounted."""
    table = tmp_path / "mountinfo"
    table.write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(files, "_MOUNTS", table)


def test_a_network_file_system_is_refused(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = "1 0 8:1 / / rw shared:1 - ext4 /dev/sda1 rw"
    mounts(tmp_path, monkeypatch, root, f"2 1 0:9 / {tmp_path}/state rw - nfs4 server:/home rw", "bad line")
    with pytest.raises(JournalUnsafe, match="network_file_system"):
        opened(path)
    assert not path.exists()
    mounts(tmp_path, monkeypatch, root, f"2 1 0:9 / {tmp_path}/sta rw - nfs4 server:/home rw")
    opened(path)  # another folder that begins alike


def test_the_file_system_is_the_innermost_mount(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a b").mkdir()
    inner = str(tmp_path / "a b").replace(" ", "\\040")
    mounts(
        tmp_path,
        monkeypatch,
        "1 0 8:1 / / rw - ext4 /dev/sda1 rw",
        f"3 1 0:9 / {inner} rw - xfs /dev/sdb rw",
        f"2 1 0:9 / {tmp_path} rw - btrfs /dev/sdb rw",
    )
    assert files.file_system(tmp_path / "a b" / "c") == "xfs"
    assert files.file_system(tmp_path) == "btrfs"
    assert files.file_system(Path("/")) == "ext4"
    monkeypatch.setattr(files, "_MOUNTS", tmp_path / "none")
    assert files.file_system(tmp_path) == ""


def test_a_journals_place_holds_whatever_a_station_is_called(tmp_path: Path) -> None:
    modes: tuple[Mode, ...] = ("live", "practice")
    for station in ("demo", "../../etc/passwd", "示范", "a/b"):
        for mode in modes:
            path = files.journal_path(tmp_path, mode, station, "3")
            assert path.resolve().parent == (tmp_path / "journal" / mode).resolve()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    assert len(files.journals(tmp_path)) == 8


async def test_a_log_is_written_anew_as_it_is(journal: Journal, path: Path) -> None:
    await tidied(journal)
    await journal.keep_draft(draft())
    before = everything(path)
    assert files.sizes(path)["wal_bytes"] > 0
    renew_log(path)
    assert everything(path) == before
    await journal.close()
    renew_log(path)  # there is none now
    assert files.sizes(path)["wal_bytes"] == 0


async def test_another_process_is_told_that_a_desk_has_it(journal: Journal, path: Path) -> None:
    """And the doctor of another process sees it, and takes nothing from the desk by looking."""
    script = """
import sys
from pathlib import Path
from counterdesk import doctor
from counterdesk.journal.journal import Journal
from counterdesk.journal.model import JournalError
path = Path(sys.argv[1])
print(doctor._journal(path)["in_use"])
try:
    Journal.open(path, mode="live", station="demo", counter="3")
except JournalError as error:
    print(error.code)
"""
    for _ in range(2):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, str(path), stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()
        assert out.split() == [b"True", b"in_use"]
        await journal.keep_draft(draft())
    await journal.close()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(path), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert out.split() == [b"False"]
