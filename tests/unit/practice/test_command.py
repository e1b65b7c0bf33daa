"""The trainer's tools on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from counterdesk import cli, fence, terminal
from counterdesk.practice import collection
from counterdesk.practice import exam as exams

from .test_writing import GOOD


@pytest.fixture(autouse=True)
def fences(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often the fence was put up: this process could never take it away again."""
    put_up: list[str] = []
    monkeypatch.setattr(terminal, "encoding_problem", lambda stream: "")
    monkeypatch.setattr(fence, "put_up", lambda: put_up.append("up"))
    return put_up


def run(*arguments: str) -> int:
    try:
        return cli.main(["practice", *arguments])
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else -1


def test_the_list_of_a_service(capsys: pytest.CaptureFixture[str], fences: list[str]) -> None:
    assert run("list", "--service", "idcard.renew") == 0
    out = capsys.readouterr().out
    assert run("--list", "--service", "idcard.renew") == 0
    assert capsys.readouterr().out == out
    assert run("--service", "idcard.renew", "list") == 0
    assert capsys.readouterr().out == out
    assert fences == ["up"] * 3
    assert "idcard.renew/damaged-card" in out
    assert "idcard.renew:P1:near" in out
    assert run("list", "--service", "nothing") == 2


def test_the_list_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--service", "idcard.temp", "--solve", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert {"id", "service", "kind", "difficulty", "title"} == set(answer["scenarios"][0])
    assert "idcard.temp:P1" not in answer["unsolved"]


def test_a_file_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD, encoding="utf-8")
    assert run("check", str(file)) == 0
    assert "1个场景" in capsys.readouterr().out
    file.write_text(GOOD.replace('fee = "40"', 'fee = "20"'), encoding="utf-8")
    assert run("check", "--lang", "en", str(file)) == 1
    out = capsys.readouterr().out
    assert "idcard.renew/of-a-test expect.fee: It says 20, the catalogue comes to 40: correct one of them" in out
    assert run("check", str(tmp_path / "none.toml")) == 2
    file.write_text(GOOD + GOOD, encoding="utf-8")
    assert run("check", "--lang", "en", str(file)) == 1
    assert "stands twice" in capsys.readouterr().out


def test_an_exam_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "exam.toml"
    file.write_text(exams.shipped()["idcard"], encoding="utf-8")
    assert run("check", "--lang", "en", str(file)) == 0
    assert "an exam of 8 citizens in 90 minutes" in capsys.readouterr().out
    file.write_text(exams.shipped()["idcard"].replace("pass = 85", "pass = 20"), encoding="utf-8")
    assert run("check", "--lang", "en", str(file)) == 1
    assert "idcard pass: “20” is out of range: use 50–100" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("officer", "score", "said"),
    [
        (("perfect",), "100 of 100", "No mistakes"),
        (("ignores", "prompt:P2"), "50 of 100", "accepted what must not be −50 prompt:P2"),
        (("ignores prompt:P2",), "50 of 100", "policy basis:"),
        (("random",), "of 100", "Result:"),
    ],
)
def test_a_scenario_is_played(
    officer: tuple[str, ...], score: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("script", "--lang", "en", "idcard.renew:P2", "--acts", "--officer", *officer) == 0
    out = capsys.readouterr().out
    assert score in out
    assert said in out


def test_the_record_is_the_same_every_time(capsys: pytest.CaptureFixture[str]) -> None:
    outs = []
    for _ in range(2):
        assert run("script", "idcard.renew:P2", "--record", "--seed", "4", "--on", "2026-03-02") == 0
        outs.append(capsys.readouterr().out)
    assert outs[0] == outs[1]
    assert json.loads(outs[0])["day"] == "2026-03-02"


def test_another_process_gives_the_same_bytes() -> None:
    """Whatever order that process has for its sets."""
    code = (
        "from counterdesk.cli import main\n"
        "for name in ('passport.first:P6', 'idcard.renew:HKB:near', 'violation.handle:P3', 'hukou.item/ethnicity'):\n"
        "    main(['practice', 'script', name, '--record', '--seed', '6'])\n"
        "    main(['practice', 'script', name, '--record', '--officer', 'random'])"
    )
    outs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outs) == 1
    assert len(outs.pop().splitlines()) == 8


def test_what_cannot_be_played_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("script", "idcard.renew:P99") == 2
    assert run("script", "idcard.renew:P2", "--officer", "ignores", "prompt:P3") == 2
    assert run("script", "idcard.renew:P2", "--officer", "sleepy") == 2
    assert run("script", "passport.renew:P4", "--on", "2028-03-01") == 1
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 4
    assert "Traceback" not in err


def test_every_written_scenario_is_named_by_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--json") == 0
    named = {row["id"] for row in json.loads(capsys.readouterr().out)["scenarios"]}
    assert {scenario.id for scenario in collection.written()} <= named
