"""`counterdesk stats`: what it prints is what the stream says, for whoever may ask, and no spreadsheet runs it."""

from __future__ import annotations

import csv
import getpass
import io
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Self

import msgspec
import pytest

from counterdesk import cli, reaching, stats, terminal
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.locale import Words
from counterdesk.practice.days import simulated
from counterdesk.practice.memory import MemoryStore
from counterdesk.screens.views import figures as v
from counterdesk.station import commands as c
from counterdesk.station.figures import Ledger, Rows
from counterdesk.station.host import Station
from counterdesk.station.model import TIMEZONE
from counterdesk.station.roles import Actor
from counterdesk.station.summary import BY, Figures, Query, Spread, summarize
from counterdesk.usage import USAGE
from mock_server.server import machine_clock
from tests.server_process import PASSWORD, prepare, server_in_thread
from tests.unit.server.conftest import OFFICERS

DAYS = [date(2026, 11, 2), date(2026, 11, 3)]
SPAN = ("--from", "2026-11-02", "--to", "2026-11-03")
LEADER = Actor(id="l", role="leader")


@pytest.fixture(scope="module")
def index() -> Index:
    return Index(load())


@pytest.fixture(scope="module")
def stream(index: Index, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ledger]:
    """Two simulated days in a file, and their rows."""
    store, ledger = MemoryStore(lambda: None), Ledger()
    simulated(index, 3, DAYS, store=store)
    events = tuple(store.events(0))
    ledger.take_all(events)
    file = tmp_path_factory.mktemp("stats") / "events.jsonl"
    file.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in events))
    return file, ledger


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(terminal, "encoding_problem", lambda stream: "")


def run(*arguments: str) -> int:
    try:
        return cli.main(["stats", *arguments])
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else -1


@pytest.mark.parametrize("by", BY)
def test_every_form_says_what_the_stream_says(
    by: str, stream: tuple[Path, Ledger], capsys: pytest.CaptureFixture[str]
) -> None:
    file, ledger = stream
    query = msgspec.convert({"first": DAYS[0], "last": DAYS[1], "by": by}, Query)
    truth = summarize(ledger.rows(), query, LEADER, ledger.seq)
    assert truth.total.tickets > 500
    asked = ("--events", str(file), *SPAN, "--by", by)
    assert run(*asked, "--format", "json") == 0
    assert msgspec.json.decode(capsys.readouterr().out, type=Figures) == truth
    assert run(*asked, "--format", "csv", "--lang", "en") == 0
    *rows, total = csv.DictReader(io.StringIO(capsys.readouterr().out, newline=""))
    assert [row["key"] for row in rows] == [row.key for row in truth.rows]
    for field in ("tickets", "finished", "within", "returned", "no_shows", "outcome_done", "wait_count"):
        assert sum(int(row[field]) for row in rows) == int(total[field]) > 0
    for field in ("wait_total_s", "service_total_s", "hold_total_s"):
        exact = [round(float(row[field]) * 1_000_000) for row in rows]
        assert sum(exact) == round(float(total[field]) * 1_000_000) > 0
    assert int(total["tickets"]) == truth.total.tickets
    assert run(*asked) == 0
    table = capsys.readouterr().out
    assert v.middle(truth.total.wait) in table
    assert all(str(row.tickets) in table for row in truth.rows)


def test_what_the_stream_gives_over_http_can_be_counted_too(
    stream: tuple[Path, Ledger], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = stream[0].read_text("utf-8").splitlines()
    file = tmp_path / "stream.txt"
    file.write_text("retry: 2000\n\n" + "".join(f"id: 1\nevent: recorded\ndata: {line}\n\n" for line in lines))
    outs = []
    for source in (stream[0], file):
        assert run("--events", str(source), *SPAN, "--format", "csv") == 0
        outs.append(capsys.readouterr().out)
    assert outs[0] == outs[1]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda lines: [*lines[:5], *lines[6:]], "event 7 after 5"),
        (lambda lines: [lines[0], '{"seq": 2, "event": {}}'], "bad.jsonl:2: no event"),
        (lambda lines: [], "no events"),
    ],
)
def test_a_stream_with_a_gap_is_not_counted(
    spoil: object, why: str, stream: tuple[Path, Ledger], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = stream[0].read_text("utf-8").splitlines()
    file = tmp_path / "bad.jsonl"
    file.write_text("\n".join(spoil(lines)))  # type: ignore[operator]
    assert run("--events", str(file), "--lang", "en") == USAGE
    told = capsys.readouterr()
    assert why in told.err
    assert told.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("--from", "yesterday"),
        ("--from", "2026-11-03", "--to", "2026-11-02", "--demo"),
        ("--from", "2020-11-03", "--to", "2026-11-02", "--demo"),
        ("--by", "name"),
        ("--officer", "031234"),
        ("--url", "http://127.0.0.1:1", "--station", "demo"),
        ("--events", "/no/such/file"),
    ],
)
def test_what_cannot_be_asked_is_one_line(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == USAGE
    assert capsys.readouterr().err.count("\n") == 1


def test_a_period_that_is_none_and_one_without_visitors_say_so(
    stream: tuple[Path, Ledger], capsys: pytest.CaptureFixture[str]
) -> None:
    words = Words.load("zh_CN")
    assert run("--demo", "--from", "2026-11-20", "--to", "2026-11-10") == USAGE
    told = capsys.readouterr().err
    assert "2026-11-20" in told
    assert "2026-11-10" in told
    assert run("--demo", "--from", "2020-11-20", "--to", "2026-11-10") == USAGE
    assert "400" in capsys.readouterr().err
    assert run("--events", str(stream[0]), "--from", "2001-01-01", "--to", "2001-01-02") == 0
    assert capsys.readouterr().out == f"2001-01-01 至 2001-01-02: {words('figures.nothing')}\n"


def test_the_demo_counts_simulated_days(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--demo", "--from", "2026-11-02", "--to", "2026-11-02", "--lang", "en") == 0
    assert "2026-11-02" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\t=1", "  =x", "'=x", '"=x', "＝1", "|cmd", "%x", "\r\n=x"]
)
def test_no_text_is_a_formula(text: str) -> None:
    shown = stats.harmless(text)
    assert shown.startswith(("'", "\ufffd"))
    assert "\n" not in shown


@pytest.mark.parametrize("text", ["A057", "", "违法", "2026-W45", "hukou.birth"])
def test_an_ordinary_text_stays(text: str) -> None:
    assert stats.harmless(text) == text


def test_a_key_that_looks_like_a_formula_is_none_in_the_file(index: Index) -> None:
    store = MemoryStore(lambda: None)
    station = simulated(index, 3, DAYS[:1], store=store)
    ledger = Ledger()
    ledger.take_all(store.events(0))
    query = Query(first=DAYS[0], last=DAYS[0], by="officer")
    rows = ledger.rows()
    visits = tuple(msgspec.structs.replace(visit, officer="=HYPERLINK(1)") for visit in rows.visits)
    figures = summarize(rows._replace(visits=visits), query, LEADER, station.seq)
    out = stats.as_csv(figures, index, Words.load("zh_CN"))
    assert "'=HYPERLINK(1)" in out
    assert not [cell for row in csv.reader(io.StringIO(out)) for cell in row if cell.startswith("=")]


def a_visit(station: Station) -> None:
    now = machine_clock()
    officer = Actor(id="031234", role="officer")
    station.execute("i", c.IssueTicket(group="HK"), Actor(id="m", role="ticket_machine"), now)
    station.execute("o", c.OpenCounter(counter="1", groups=("HK",)), officer, now)
    for name, step in (("c", c.CallNext), ("s", c.StartService), ("f", c.FinishTicket)):
        station.execute(name, step(counter="1"), officer, now)


def test_it_signs_in_and_says_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(tmp_path / "db", OFFICERS, fill=a_visit)
    with server_in_thread(tmp_path / "db") as server:
        reach = ("--url", server.url, "--station", "demo", "--by", "officer", "--format", "csv")
        monkeypatch.setattr(getpass, "getpass", lambda prompt: PASSWORD)
        for who, keys in (("031230", ["031234", ""]), ("031235", [""])):
            assert run(*reach, "--officer", who) == 0
            rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
            assert [row["key"] for row in rows] == keys
            assert rows[-1]["tickets"] == "1"
        for arguments, why in (
            (("--officer", "900003"), "not_allowed"),
            (("--officer", "031235", "--of", "031234"), "refused:figures_not_yours"),
        ):
            assert run(*reach, *arguments) == reaching.NOT_ANSWERED
            assert capsys.readouterr().err.endswith(f" ({why})\n")
        monkeypatch.setattr(getpass, "getpass", lambda prompt: "wrong")
        assert run(*reach, "--officer", "031234") == reaching.NOT_ANSWERED
        assert capsys.readouterr().err == "counterdesk: 警号或口令不对,或账号已锁定 (not_signed_in)\n"


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_table_fits_its_screen(
    language: str, width: int, stream: tuple[Path, Ledger], index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    words = Words.load(language)
    ledger = stream[1]
    figures = summarize(ledger.rows(), Query(first=DAYS[0], last=DAYS[1]), LEADER, ledger.seq)
    lines = [(v.name_of("group", row.key, index, words), row) for row in (*figures.rows, figures.total)]
    columns, gone = v.fitting(lines, words, width)
    assert {column.code for column in columns} | {column.code for column in gone} == {c.code for c in v.COLUMNS}
    assert {"tickets", "wait", "within"} <= {column.code for column in columns}
    assert not gone or width < 120


def test_the_demo_ends_now_by_the_clock_of_the_station(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Clock(datetime):
        """It is night at the station, and still the day before where the machine's clock is set to Greenwich."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls(2026, 11, 3, 1, 30, tzinfo=TIMEZONE).astimezone(tz)

    monkeypatch.setattr(stats, "datetime", Clock)
    assert run("--demo", "--from", "2026-11-03", "--format", "json") == 0
    assert msgspec.json.decode(capsys.readouterr().out)["total"]["tickets"] == 0


@pytest.mark.parametrize(
    ("length", "text"), [(None, ""), (0, "0"), (60_000_000, "60"), (1_500_000, "1.5"), (1, "0.000001")]
)
def test_lengths_are_told_exactly_and_no_longer_than_they_are(length: int | None, text: str) -> None:
    figures = summarize(Rows((), ()), Query(first=DAYS[0], last=DAYS[0]), LEADER, 0)
    total = msgspec.structs.replace(figures.total, hold=Spread(count=1, total=length or 0, median=length, p95=length))
    text_of = stats.as_csv(msgspec.structs.replace(figures, total=total), Index(load()), Words.load("en"))
    (line,) = csv.DictReader(io.StringIO(text_of))
    assert line["hold_median_s"] == text
