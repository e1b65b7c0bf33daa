"""A dead terminal's drafts: sealed to the station, opened there for a leader, and stored as any desk would."""

from __future__ import annotations

import getpass
import json
import shutil
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from counterdesk import cli, doctor, reaching, recovery, sealing
from counterdesk.backends.base import Backend, Conflict, NotAllowed, Unreachable
from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.desk.memory import KeptFile
from counterdesk.journal import escrow, keyring_probe
from counterdesk.journal.journal import Journal
from counterdesk.journal.model import JournalIo, JournalUnsafe
from counterdesk.station.exchange import Session
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor
from counterdesk.usage import USAGE
from tests.unit.journal.conftest import CANARY, OFFICER, OTHER, PASSWORD, draft

PRIVATE, PUBLIC = sealing.new_keys()


def file_of(case: str, version: int = 1) -> CaseFile:
    """A case file with a name in it."""
    return CaseFile(case=case, version=version, answers={"name": Answer(value="张测试")})


@pytest.fixture
async def dead(path: Path, tmp_path: Path) -> Path:
    """The copied journal of a terminal that died while an officer worked."""
    journal = Journal.open(path, mode="live", station="demo", counter="3")
    await journal.unlock(OFFICER, PASSWORD, trusted=True, escrow_key=PUBLIC)
    for case in ("c1", "c2", "c3"):
        await journal.keep_draft(draft(case, body=msgspec.json.encode(KeptFile(file_of(case)))))
    copy = tmp_path / "copied" / "demo.journal"
    shutil.copytree(path.parent, copy.parent)
    await journal.close()
    return copy


class FakeStation:
    """Stands where the server does: opens what is sealed to it, and stores files."""

    def __init__(self, **given: object) -> None:
        self.role = "leader"
        self.mode: Any = "live"
        self.files: dict[str, CaseFile] = {}
        self.asked: list[int] = []
        self.closed = False

    async def sign_in(self, officer: str, password: str) -> Session:
        actor = Actor(id=officer, role="leader")
        return Session(actor=actor, station="demo", station_name="示范", name="x", mode=self.mode)

    async def sign_out(self) -> None:
        pass

    async def close(self) -> None:
        self.closed = True

    async def open_escrow(self, officer: str, generation: int, sealed: bytes, cases: int) -> bytes:
        if self.role != "leader":
            raise NotAllowed
        self.asked.append(cases)
        return sealing.open_sealed(PRIVATE, sealed, sealing.context("live", "demo", officer, generation))

    async def write_file(self, file: CaseFile) -> int:
        if file.case == "c3":
            raise Refused("unknown_case")
        if (there := self.files.get(file.case)) is not None and there.version != file.version:
            raise Conflict(there.version)
        self.files[file.case] = msgspec.structs.replace(file, version=file.version + 1)
        return file.version + 1

    async def read_file(self, case: str) -> CaseFile:
        return self.files[case]


async def test_what_is_sealed_is_read_without_a_key_and_opened_with_the_stations(dead: Path) -> None:
    before = {file.name: file.read_bytes() for file in dead.parent.iterdir()}
    (found,) = escrow.read_sealed(dead)
    assert {file.name: file.read_bytes() for file in dead.parent.iterdir()} == before
    assert (found.mode, found.station, found.officer, found.generation) == ("live", "demo", OFFICER, 1)
    key = sealing.open_sealed(PRIVATE, found.sealed_key, sealing.context("live", "demo", OFFICER, 1))
    opened = escrow.open_drafts(found, key)
    assert [msgspec.json.decode(each.body, type=KeptFile).file for each in opened] == [
        file_of("c1"),
        file_of("c2"),
        file_of("c3"),
    ]
    assert escrow.open_drafts(found, bytes(32)) == ()
    assert "张" not in repr(found) + repr(opened)


async def test_a_key_is_sealed_anew_only_for_a_new_station_key(path: Path) -> None:
    journal = Journal.open(path, mode="live", station="demo", counter="3")

    async def slot(key: bytes) -> bytes:
        await journal.unlock(OFFICER, PASSWORD, trusted=True, escrow_key=key)
        rows = journal._book.rows("SELECT wrapped FROM slot WHERE kind = 'escrow'")
        return cast(bytes, rows[0][0])

    first = await slot(PUBLIC)
    assert await slot(PUBLIC) == first
    assert await slot(b"no key") == first
    assert await slot(sealing.new_keys()[1]) != first
    await journal.close()


async def test_the_sealed_keys_of_lost_generations_stay(path: Path) -> None:
    journal = Journal.open(path, mode="live", station="demo", counter="3")
    await journal.unlock(OFFICER, PASSWORD, trusted=True, escrow_key=PUBLIC)
    await journal.keep_draft(draft("c1"))
    await journal.unlock(OFFICER, "new", trusted=True, escrow_key=PUBLIC)
    await journal.keep_draft(draft("c2"))
    await journal.unlock(OTHER, "other", trusted=True, escrow_key=PUBLIC)
    await journal.close()
    assert [(each.officer, each.generation) for each in escrow.read_sealed(path)] == [(OFFICER, 1), (OFFICER, 2)]


async def test_recovery_stores_what_it_can_and_says_what_it_could_not(dead: Path) -> None:
    station = FakeStation()
    station.files["c2"] = msgspec.structs.replace(file_of("c2", 5), at="other")
    said: list[str] = []
    (sealed,) = escrow.read_sealed(dead)
    outcomes = await recovery.recover_officer(cast(Backend, station), sealed, said.append)
    assert outcomes == ["stored", "conflict", "refused:unknown_case"]
    assert said == ["c1 stored", "c2 conflict", "c3 refused:unknown_case"]
    assert station.files["c1"] == file_of("c1", 2)
    assert station.files["c2"].at == "other"
    assert station.asked == [3]
    assert (await recovery.recover_officer(cast(Backend, station), sealed, said.append))[0] == "already_there"


async def test_only_a_leader_recovers(dead: Path) -> None:
    station = FakeStation()
    station.role = "officer"
    (sealed,) = escrow.read_sealed(dead)
    outcomes = await recovery.recover_officer(cast(Backend, station), sealed, lambda line: None)
    assert outcomes == ["not_allowed"] * 3


def test_the_command_recovers(dead: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    station = FakeStation()
    monkeypatch.setattr(recovery, "HttpBackend", lambda **given: station)
    monkeypatch.setattr(getpass, "getpass", lambda prompt: "secret")
    command = ["journal", "recover", str(dead), "--url", "http://127.0.0.1:1", "--station", "demo", "--officer", "9"]
    assert cli.main(command) == recovery.LEFT
    assert capsys.readouterr().out.splitlines()[-1] == "已存2/3"
    assert station.closed
    station.mode = "practice"
    assert cli.main(command) == recovery.LEFT
    assert "c1 other_mode" in capsys.readouterr().out


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rest = ["--url", "http://127.0.0.1:1", "--station", "demo", "--officer", "9"]
    other = tmp_path / "x.journal"
    for content, code in ((None, "unreadable"), (b"", "foreign_file"), (b"x" * 5000, "foreign_file")):
        if content is not None:
            other.write_bytes(content)
        assert cli.main(["journal", "recover", str(other), *rest]) == USAGE
        assert capsys.readouterr().err.endswith(f" ({code})\n")
    with pytest.raises((JournalUnsafe, JournalIo)):
        escrow.inspect(other)


def test_where_the_station_is_may_stand_in_the_settings(
    dead: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    station = FakeStation()
    asked: dict[str, str] = {}

    def made(**given: str) -> FakeStation:
        asked.update(given)
        return station

    monkeypatch.setattr(recovery, "HttpBackend", made)
    monkeypatch.setattr(getpass, "getpass", lambda prompt: "secret")
    monkeypatch.setenv("HOME", str(tmp_path))
    command = ["journal", "recover", str(dead), "--officer", "9"]
    assert cli.main(command) == USAGE
    assert capsys.readouterr().err == "counterdesk: 缺少 --url\n"
    file = tmp_path / "settings.toml"
    file.write_text('url = "https://station"\nstation = "demo"\nca = "/ca.pem"\n')
    assert cli.main([*command, "--settings", str(file), "--ca", "/other.pem"]) == recovery.LEFT
    assert (asked["url"], asked["station"], asked["ca"]) == ("https://station", "demo", "/other.pem")


def test_errors_become_codes() -> None:
    codes = [
        reaching.code_of(error) for error in (Unreachable(), NotAllowed(), Refused("not_permitted"), ValueError("x"))
    ]
    assert codes == ["unreachable", "not_allowed", "refused:not_permitted", "misunderstood"]


# The doctor.


async def test_the_doctor_sees_journals_and_nobody(
    dead: Path, path: Path, keyring: object, capsys: pytest.CaptureFixture[str]
) -> None:
    report = doctor.collect(None, path.parents[2])
    (found,) = report["journals"]
    assert (found["name"], found["mode"], found["station"], found["in_use"]) == ("demo.journal", "live", "demo", False)
    assert (found["drafts"], found["officers"], found["slots"]) == ({"here": 3}, 1, {"passphrase": 1, "escrow": 1})
    journal = Journal.open(path, mode="live", station="demo", counter="3")
    text = "\n".join(doctor.lines(report)) + json.dumps(report)
    assert OFFICER not in text
    assert str(path.parent) not in text
    assert "keyring: none" in text
    await journal.close()


def test_the_doctor_says_what_is_wrong(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(CANARY * 500)
    wrong = tmp_path / "of-somebody" / "settings.toml"
    wrong.parent.mkdir()
    wrong.write_text('langage = "zh"\n')
    report = doctor.collect(wrong, path.parents[2])
    assert report["problems"][-1] == "journal demo.journal: foreign_file"
    assert "settings" in report["problems"]
    assert report["settings"]["problem"].startswith("settings.toml: unknown setting 'langage'")
    assert "of-somebody" not in "\n".join(doctor.lines(report))
    assert keyring_probe.SECONDS == 3.0
