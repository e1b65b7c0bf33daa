"""`counterdesk whatif`: a table in both languages, JSON, and what cannot be used in one line."""

from __future__ import annotations

import getpass
import json
from datetime import datetime, time, timedelta
from pathlib import Path

import msgspec
import pytest

from counterdesk import cli, reaching, whatif
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.practice.days import simulated
from counterdesk.practice.memory import MemoryStore
from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.audit import Note
from counterdesk.station.events import Recorded
from counterdesk.station.host import Answer
from counterdesk.station.model import TIMEZONE
from counterdesk.text import cells
from counterdesk.usage import USAGE
from mock_server.store.sqlite import SqliteStore
from tests.server_process import PASSWORD, STATION, Clock, prepare, server_in_thread
from tests.unit.server.conftest import OFFICERS
from tests.unit.station.hall import MACHINE, Hall


def run(*arguments: str) -> int:
    """The exit code."""
    try:
        return cli.main(["whatif", *arguments])
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else -1


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    """A recorded stream as a server gives it: comments and all."""
    hall = Hall()
    for group in ("hukou", "traffic", "hukou"):
        hall.do(c.IssueTicket(group=group), MACHINE)
    lines = [": a comment", ""]
    for seq, event in enumerate(hall.events, start=1):
        encoded = msgspec.json.encode(Recorded(seq=seq, command="c", event=event)).decode()
        lines.append(encoded if seq % 2 else f"data: {encoded}")
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


@pytest.mark.parametrize(("language", "first"), [("zh", "改什么"), ("en", "What is changed")])
def test_the_table(language: str, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--days", "1", "--lang", language) == 0
    _, blank, head, *rows = capsys.readouterr().out.splitlines()
    assert blank == ""
    assert head.startswith(first)
    assert len(rows) == 7
    assert {cells(row) for row in rows} == {cells(head)}
    assert max(map(cells, rows)) <= 90


def test_more_counters_than_there_are_cannot_be_taken_away(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--days", "1", "--counters", "-99") == USAGE
    assert "4" in capsys.readouterr().err


def test_levers_one_by_one_and_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--days", "1", "--counters", "+1", "--minutes", "0.9", "--policy", "first_come", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    levers = [row["levers"] for row in rows]
    all_three = {"counters": 1, "minutes": 0.9, "policy": "first_come"}
    assert levers == [{}, {"counters": 1}, {"minutes": 0.9}, {"policy": "first_come"}, all_three]
    kept = [row["result"]["outlook"]["kept"] for row in rows]
    assert kept[4] >= max(kept[0], kept[3])


def test_a_recorded_day(stream: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--events", str(stream), "--plan", "1=traffic/2=hukou,traffic") == 0
    out = capsys.readouterr().out
    assert "events.jsonl" in out
    assert "3人次" in out
    assert run("--events", str(stream), "--day", "2024-06-03", "--kiosk", "1", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["result"]["outlook"]["visits"] for row in rows] == [3, 3]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--kiosk", "2"), "0 to 1"),
        (("--days", "0"), "1 to 1000"),
        (("--minutes", "x"), "0.1 to 5"),
        (("--plan", "nonsense"), "nonsense"),
        (("--plan", "9=TV"), "9"),
        (("--plan", "1=XX"), "XX"),
        (("--policy", "luck"), "first_come"),
        (("--events", "/nowhere/at/all"), "all"),
        (("--events", "STREAM", "--day", "2001-01-01"), "events.jsonl"),
        (("--day", "yesterday"), "YYYY-MM-DD"),
        (("--day", "today", "--officer", "031230"), "--url"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(
    arguments: tuple[str, ...], said: str, stream: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--lang", "en", *(str(stream) if each == "STREAM" else each for each in arguments)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert captured.err.count("\n") == 1


def test_a_line_that_is_no_event_is_named(stream: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with stream.open("a", encoding="utf-8") as more:
        more.write('\n{"seq": 1, "event": {}}\n')
    assert run("--events", str(stream)) == 2
    count = len(stream.read_text("utf-8").splitlines())
    assert str(count) in capsys.readouterr().err


def a_morning(db: Path, until: datetime) -> tuple[Recorded, ...]:
    """A simulated morning behind what a station's stream already holds; the stream as it would be alone."""
    memory = MemoryStore()
    simulated(Index(load()), 3, [until.date()], until=until, store=memory)
    events = tuple(memory.events(0))
    store = SqliteStore(db)
    try:
        stream = store.stream(STATION)
        behind = stream.newest()
        moved = tuple(msgspec.structs.replace(one, seq=one.seq + behind) for one in events)
        stream.append(Answer(command="day", fingerprint="", events=moved), (), Note(at=until, officer="", action="day"))
    finally:
        store.close()
    return events


def test_a_day_of_a_station_is_that_of_its_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.combine(datetime.now(TIMEZONE).date() + timedelta(days=1), time(10), TIMEZONE)
    prepare(tmp_path / "db", OFFICERS)
    events = a_morning(tmp_path / "db", now)
    file = tmp_path / "day.jsonl"
    file.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in events))
    monkeypatch.setattr(whatif, "clock", lambda: now)
    monkeypatch.setattr(getpass, "getpass", lambda prompt: PASSWORD)
    with server_in_thread(tmp_path / "db", clock=Clock(now)) as server:
        reach = ("--url", server.url, "--station", STATION)
        as_leader, day = (*reach, "--officer", "031230"), ("--day", str(now.date()))
        assert run(*day, *as_leader, "--counters", "1", "--json") == 0
        told = json.loads(capsys.readouterr().out)
        assert run("--events", str(file), "--counters", "1", "--json") == 0
        filed = json.loads(capsys.readouterr().out)
        seen, whole = (rows[0]["result"]["outlook"] for rows in (told, filed))
        kept, of_whole = (round(each["kept"] * each["visits"]) for each in (seen, whole))
        assert kept == of_whole, "what truly came of them is the same, wherever it is read"
        assert seen["visits"] >= whole["visits"], "while a day goes on, who waits beyond the promise counts too"
        came = sum(isinstance(one.event, e.TicketIssued) for one in events)
        visits = [row["result"]["outlook"]["visits"] + row["result"]["kiosk"] for row in (*told[1:], *filed[1:])]
        assert min(visits) > 0.8 * came > 40
        assert run(*day, *as_leader, "--counters", "1") == 0
        assert "10:00" in capsys.readouterr().out.splitlines()[0]
        for arguments, code, why in (
            ((*day, *reach, "--officer", "031234"), reaching.NOT_ANSWERED, "not_allowed"),
            (("--day", "today", *as_leader), USAGE, str(now.date() - timedelta(days=1))),
        ):
            assert run(*arguments) == code
            assert why in capsys.readouterr().err
    assert run(*day, *as_leader) == reaching.NOT_ANSWERED
    assert capsys.readouterr().err == "counterdesk: 站点服务器没有应答 (unreachable)\n"
