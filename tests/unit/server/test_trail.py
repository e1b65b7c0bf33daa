"""The audit trail over HTTP and at the console: every act is in it, nobody's name is, and desks can check it."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sqlite3
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import msgspec
import pytest

from counterdesk import sealing
from counterdesk.backends.base import Alive, Checkpoint, NotAllowed
from counterdesk.station.audit import Link, Note, verify
from counterdesk.station.commands import IssueTicket, OpenCounter
from counterdesk.station.exchange import NOTE_LIFE
from counterdesk.station.host import Station
from counterdesk.station.roles import Actor
from mock_server.escrow import TRIES, key_file
from mock_server.server import machine_clock
from mock_server.store.base import Failures
from mock_server.store.sqlite import SqliteStore
from tests.server_process import PASSWORD, STATION, TestServer, prepare, server_in_thread
from tests.unit.server.conftest import OFFICERS, plain_client, sign_in
from tests.unit.server.test_api import command, open_case
from tests.unit.server.test_cli import run

NAME, NUMBER = "王卡纳丽", "110101199003078515"


async def trail(client: httpx.AsyncClient) -> list[Link]:
    """The whole trail, as an inspector gets it."""
    links: list[Link] = []
    while page := (await client.get("/v1/audit", params={"after": len(links)})).json()["entries"]:
        links += [Link(item["seq"], item["entry"].encode(), bytes.fromhex(item["hash"])) for item in page]
        if len(page) < 500:
            break
    return links


def told(links: list[Link]) -> list[tuple[str, str, str]]:
    entries = [json.loads(link.body) for link in links]
    return [(entry["officer"], entry["action"], entry["outcome"]) for entry in entries]


async def test_every_act_is_in_the_trail_with_its_outcome_and_without_a_name(tmp_path: Path) -> None:
    prepare(tmp_path / "db", OFFICERS)
    with server_in_thread(tmp_path / "db") as running:
        async with plain_client(running.url) as client, plain_client(running.url) as inspector:
            await client.post("/v1/sessions", json={"station": STATION, "officer": NAME, "password": NUMBER})
            await sign_in(client)
            case = await open_case(client, "1")
            path = f"/v1/cases/{case}/file"
            file = (await client.get(path)).json() | {"answers": {"name": {"value": NAME}}}
            for _ in range(2):
                await client.put(path, json=file, headers={"If-Match": '"0"'})
            await command(client, {"type": "ViewValue", "case": case, "field": "child_name"})
            await command(client, {"type": "CallNext", "counter": "9"})
            await client.get(f"/v1/cases/{NUMBER}/file")
            await client.post("/v1/archives/lookup", json={"service": "hukou.birth", "key": "x", "value": NUMBER})
            assert (await client.get("/v1/audit")).status_code == 403
            await client.delete("/v1/sessions")
            await sign_in(inspector, "900001")
            links = await trail(inspector)
    assert verify(STATION, links) == (len(links), None)
    entries = told(links)
    at = entries.index(("?", "sign_in", "wrong_password"))
    one = "031234"
    assert entries[at:] == [
        ("?", "sign_in", "wrong_password"),
        (one, "sign_in", "ok"),
        (one, "OpenCounter", "ok"),
        (one, "IssueTicket", "ok"),
        (one, "CallNext", "ok"),
        (one, "StartService", "ok"),
        (one, "OpenCase", "ok"),
        (one, "read_file", "ok"),
        (one, "write_file", "ok"),
        (one, "write_file", "conflict"),
        (one, "ViewValue", "ok"),
        (one, "CallNext", "unknown_counter"),
        (one, "read_file", "unknown_case"),
        (one, "lookup", "ok"),
        (one, "read_audit", "not_permitted"),
        (one, "sign_out", "ok"),
        ("900001", "sign_in", "ok"),
        ("900001", "read_audit", "ok"),
    ]
    whole = b"".join(link.body for link in links)
    for canary in (NAME, NUMBER, case, PASSWORD, json.dumps(NAME).strip('"')):
        assert canary.encode() not in whole


async def test_a_desk_gets_checkpoints_everywhere_and_can_ask_for_old_ones(server: TestServer) -> None:
    desk = server.backend()
    session = await desk.sign_in("031234", PASSWORD)
    snapshot = await desk.snapshot()
    receipt = await desk.execute(uuid4().hex, IssueTicket(group="HK"))
    alive = None
    async for item in desk.events(snapshot.seq):
        if isinstance(item, Alive):
            alive = item
            break
    assert alive is not None
    seen = [session.audit, snapshot.audit, receipt.audit, alive.audit]
    sizes = [checkpoint.size for checkpoint in seen if checkpoint is not None]
    assert len(sizes) == 4
    assert sizes == sorted(sizes)
    assert sizes[1] < sizes[2]
    for checkpoint in seen:
        assert checkpoint is not None
        assert await desk.audit_root(checkpoint.size) == checkpoint.root
    assert await desk.audit_root(10**9) is None
    await desk.close()


@pytest.mark.parametrize("query", ["size=x", "size=-1", "size=", "size=1&size=2", "size=" + "9" * 30, "size=%00"])
async def test_a_size_that_is_none_is_400(client: httpx.AsyncClient, query: str) -> None:
    await sign_in(client)
    assert (await client.get(f"/v1/audit/checkpoint?{query}")).status_code == 400
    await sign_in(client, "900001")
    assert (await client.get(f"/v1/audit?{query.replace('size', 'after')}")).status_code == 400


async def test_the_present_checkpoint(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    checkpoint = msgspec.convert((await client.get("/v1/audit/checkpoint")).json(), Checkpoint)
    again = await client.get("/v1/audit/checkpoint", params={"size": checkpoint.size})
    assert msgspec.convert(again.json(), Checkpoint) == checkpoint


def tampered(db: Path, sql: str, *values: object) -> None:
    """What somebody with the file can do: the triggers go first."""
    with sqlite3.connect(db) as raw:
        raw.execute("DROP TRIGGER audit_is_not_changed")
        raw.execute("DROP TRIGGER audit_is_not_cut")
        raw.execute(sql, values)
    raw.close()


def filled(db: Path) -> Checkpoint:
    prepare(db, OFFICERS)
    store = SqliteStore(db)
    for number in range(20):
        store.note(STATION, Note(at=datetime(2026, 11, 2, tzinfo=UTC), officer="031234", action=f"x{number}"))
    checkpoint = store.checkpoint(STATION)
    store.close()
    return checkpoint


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE audit SET body = x'7b7d' WHERE seq = 7", "entry 7 is not what was written"),
        ("DELETE FROM audit WHERE seq = 7", "entry 7 is missing"),
        ("DELETE FROM audit WHERE seq > 12", "once had 21 entries"),
    ],
)
def test_the_console_finds_what_was_tampered_with_and_where(tmp_path: Path, sql: str, says: str) -> None:
    db = tmp_path / "db"
    checkpoint = filled(db)
    remembered = f"{checkpoint.size}:{checkpoint.root}"
    fine = run("audit", "verify", "--db", str(db), "--station", STATION, "--checkpoint", remembered)
    assert (fine.returncode, f"{checkpoint.size} entries" in fine.stdout) == (0, True), fine
    tampered(db, sql)
    found = run("audit", "verify", "--db", str(db), "--checkpoint", remembered)
    assert (found.returncode, says in found.stdout) == (1, True), found.stdout


def test_the_console_shows_the_trail_and_refuses_nonsense(tmp_path: Path) -> None:
    db = tmp_path / "db"
    filled(db)
    shown = run("audit", "show", "--db", str(db))
    lines = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, 22))
    assert lines[-1]["entry"]["action"] == "x19"
    for more in (
        ("--checkpoint", "x"),
        ("--checkpoint", "1:zz"),
        ("--station", "none"),
        ("--db", str(tmp_path / "none")),
    ):
        wrong = run("audit", "verify", "--db", str(db), *more)
        assert (wrong.returncode, len(wrong.stderr.splitlines())) == (2, 1), wrong


async def test_a_leader_opens_a_dead_terminals_key_and_nobody_else_does(tmp_path: Path) -> None:
    db = tmp_path / "db"
    prepare(db, OFFICERS)
    assert run("escrow", "init", "--db", str(db), "--station", STATION).returncode == 0
    file = key_file(db, STATION)
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    private = base64.b64decode(file.read_text())
    assert private not in db.read_bytes()
    assert file.read_text().strip().encode() not in db.read_bytes()
    assert run("escrow", "init", "--db", str(db), "--station", STATION).returncode == 1
    assert run("escrow", "init", "--db", str(db), "--station", STATION, "--replace").returncode == 1
    with server_in_thread(db) as running:
        officer, leader = running.backend(), running.backend()
        session = await officer.sign_in("031234", PASSWORD)
        await leader.sign_in("031230", PASSWORD)
        key = sealing.random_key()

        def sealed(officer: str = "031234", generation: int = 3, mode: str = "live", station: str = STATION) -> bytes:
            public = base64.b64decode(session.escrow)
            return sealing.seal(public, key, sealing.context(mode, station, officer, generation))

        with pytest.raises(NotAllowed):
            await officer.open_escrow("031234", 3, sealed(), 2)
        assert await leader.open_escrow("031234", 3, sealed(), 2) == key
        for bad in (
            sealed("031235"),
            sealed(generation=4),
            sealed(mode="practice"),
            sealed(station="x"),
            b"",
            b"x" * 99,
        ):
            with pytest.raises(NotAllowed, match="not_sealed_here"):
                await leader.open_escrow("031234", 3, bad, 2)
        moved = file.rename(tmp_path / "away")
        with pytest.raises(NotAllowed, match="no_escrow"):
            await leader.open_escrow("031234", 3, sealed(), 2)
        moved.rename(file)
        for _ in range(TRIES - 8):
            assert await leader.open_escrow("031234", 3, sealed(), 2) == key
        with pytest.raises(NotAllowed, match="throttled"):
            await leader.open_escrow("031234", 3, sealed(), 2)
        await officer.close()
        await leader.close()
        async with plain_client(running.url) as inspector:
            await sign_in(inspector, "900001")
            links = await trail(inspector)
    opened = [json.loads(link.body) for link in links if b"open_escrow" in link.body]
    assert [entry["outcome"] for entry in opened] == [
        "not_permitted",
        "ok",
        *["not_sealed_here"] * 6,
        "no_escrow",
        *["ok"] * (TRIES - 8),
        "throttled",
    ]
    assert (opened[1]["officer"], opened[1]["count"]) == ("031230", 2)


def test_an_officer_is_unlocked_at_the_console(tmp_path: Path) -> None:
    db = tmp_path / "db"
    prepare(db, OFFICERS)
    store = SqliteStore(db)
    store.put_failures(STATION, {"031234": Failures(10, 1e12)})
    store.close()
    assert run("officer", "unlock", "--db", str(db), "--station", STATION, "031234").returncode == 0
    store = SqliteStore(db)
    assert store.failures(STATION, "031234") == Failures()
    assert b'"unlock"' in store.audit(STATION, 0, 100)[-1].body
    store.close()


async def test_a_note_whose_time_is_over_is_erased_though_nobody_asks(tmp_path: Path) -> None:
    """And nothing of its text is anywhere but in its own table before."""
    db = tmp_path / "station.sqlite3"
    officer = Actor(id="031234", role="officer")
    long_ago = machine_clock() - NOTE_LIFE - timedelta(minutes=1)

    def fill(station: Station) -> None:
        station.execute("o", OpenCounter(counter="1", groups=("HK",)), officer, machine_clock())
        station.write_note("1", "闾丘留言", officer, long_ago)

    prepare(db, OFFICERS, fill=fill)
    with server_in_thread(db) as server:
        async with plain_client(server.url) as client:
            await sign_in(client, "900001")
            entries: list[dict[str, str]] = []
            async with asyncio.timeout(10):
                while not any('"erase_notes"' in entry["entry"] for entry in entries):
                    entries = (await client.get("/v1/audit")).json()["entries"]
            assert "闾丘" not in json.dumps(entries, ensure_ascii=False)
    store = SqliteStore(db)
    assert store.stream(STATION).read_note("1") is None
    store.close()
    assert "闾丘".encode() not in db.read_bytes()
