"""A terminal dies with a draft on it; a shift leader has the station open the officer's key and gives it the draft."""

from __future__ import annotations

import asyncio
import base64
import getpass
import shutil
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from counterdesk import cli, recovery
from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.desk.memory import KeptFile
from counterdesk.journal import keyring_probe
from counterdesk.journal.journal import Journal
from counterdesk.journal.model import Draft
from counterdesk.station.commands import AnyCommand, CallNext, IssueTicket, OpenCase, OpenCounter, StartService
from counterdesk.station.model import TIMEZONE
from mock_server import escrow
from mock_server.cli import main as server_command
from tests.server_process import PASSWORD, STATION, TestServer, prepare, server_in_thread

CASE = "0123456789abcdef0123456789abcdef"
OFFICER, COLLEAGUE, LEADER = "031234", "031235", "031230"
TYPED = "戊己庚"


async def work_and_die(server: TestServer, folder: Path) -> Path:
    """An officer opens a case and types; the terminal dies before the station has it. Returns the copied journal."""
    backend = server.backend()
    session = await backend.sign_in(OFFICER, PASSWORD)
    commands: tuple[AnyCommand, ...] = (
        OpenCounter(counter="1", groups=("HK",)),
        IssueTicket(group="HK"),
        CallNext(counter="1"),
        StartService(counter="1"),
        OpenCase(counter="1", case=CASE, service="hukou.birth"),
    )
    for number, command in enumerate(commands):
        await backend.execute(f"{number:032x}", command)
    path = folder / "journal" / "demo.journal"
    journal = Journal.open(path, mode=session.mode, station=STATION, counter="1")
    public = base64.b64decode(session.escrow)
    await journal.unlock(OFFICER, PASSWORD, trusted=True, escrow_key=public)
    file = CaseFile(case=CASE, service="hukou.birth", answers={"child_name": Answer(value=TYPED)})
    body = msgspec.json.encode(KeptFile(file))
    now = datetime.now(TIMEZONE)
    await journal.keep_draft(
        Draft(case=CASE, seq=1, service="hukou.birth", version=0, status="here", at=now, body=body)
    )
    copy = folder / "copied" / "demo.journal"
    shutil.copytree(path.parent, copy.parent)
    await journal.close()
    await backend.close()
    return copy


def test_a_leader_recovers_what_a_colleague_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], weak_passphrases: None
) -> None:
    monkeypatch.setattr(keyring_probe, "ask", lambda requests, *, seconds=0.0: ("none", ()))
    monkeypatch.setattr(getpass, "getpass", lambda prompt: PASSWORD)
    db = tmp_path / "station.sqlite3"
    prepare(db, {OFFICER: "officer", COLLEAGUE: "officer", LEADER: "leader"})
    assert server_command(["escrow", "init", "--db", str(db), "--station", STATION]) == 0
    assert escrow.key_file(db, STATION).exists()
    with server_in_thread(db) as server:
        copy = asyncio.run(work_and_die(server, tmp_path))
        capsys.readouterr()
        recover = ["journal", "recover", str(copy), "--url", server.url, "--station", STATION, "--officer"]
        assert cli.main([*recover, COLLEAGUE]) == recovery.LEFT
        assert capsys.readouterr().out == f"{CASE} not_allowed\n已存0/1\n"
        assert cli.main([*recover, LEADER]) == 0
        assert capsys.readouterr().out == f"{CASE} stored\n已存1/1\n"
        assert cli.main([*recover, LEADER]) == 0
        assert capsys.readouterr().out == f"{CASE} already_there\n已存1/1\n"

        async def stored() -> CaseFile:
            backend = server.backend()
            await backend.sign_in(LEADER, PASSWORD)
            try:
                return await backend.read_file(CASE)
            finally:
                await backend.close()

        assert asyncio.run(stored()).answers["child_name"].value == TYPED
