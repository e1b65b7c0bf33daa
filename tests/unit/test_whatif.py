"""`counterdesk whatif`: a table in both languages, JSON, and what cannot be used in one line."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from counterdesk import cli
from counterdesk.station import commands as c
from counterdesk.station.events import Recorded
from counterdesk.text import cells
from tests.unit.station.hall import MACHINE, Hall


def run(*arguments: str) -> int:
    """The exit code."""
    try:
        return cli.main(["whatif", *arguments])
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else -1


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
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(
    arguments: tuple[str, ...], said: str, stream: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*(str(stream) if each == "STREAM" else each for each in arguments)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert captured.err.count("\n") == 1


def test_a_line_that_is_no_event_is_named(stream: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with stream.open("a", encoding="utf-8") as more:
        more.write('\n{"seq": 1}\n')
    assert run("--events", str(stream)) == 2
    count = len(stream.read_text("utf-8").splitlines())
    assert str(count) in capsys.readouterr().err
