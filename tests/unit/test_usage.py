"""What a command says is in the language of whoever called it, whatever it is that stands in the way."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from counterdesk import cli, terminal
from counterdesk.locale import Words
from counterdesk.told import Told
from counterdesk.usage import USAGE, Parser, in_words, wrong_usage

HAN = re.compile(r"[一-鿿]")
WRONG = (
    ("--fast",),
    ("fly",),
    ("--url",),
    ("demo", "--speed", "fast"),
    ("demo", "--seed", "x"),
    ("demo", "--at", "7:00"),
    ("stats", "--from", "2026-13-01"),
    ("stats", "--from", "2026-11-05", "--to", "2026-11-01", "--demo"),
    ("stats", "--url", "example", "--station", "demo"),
    ("stats", "--events", "/no/such"),
    ("whatif", "--day", "yesterday"),
    ("whatif", "--plan", "?"),
    ("journal",),
    ("journal", "recover", "/no/such", "--officer", "9"),
    ("board",),
    ("guide",),
    ("lead", "--url", "http://127.0.0.1:1", "--station", "demo"),
    ("practice", "--exam", "x"),
    ("practice", "--pace", "0"),
    ("practice", "check", "/no/such"),
    ("--settings", "/no/such", "demo"),
    ("--catalog", "/no/such", "demo"),
)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(terminal, "encoding_problem", lambda stream: "")


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
@pytest.mark.parametrize("language", ["", "zh", "en"])
def test_one_line_in_the_language_of_the_caller(
    arguments: tuple[str, ...], language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("counterdesk.fence.put_up", lambda: None)  # this process could never take it away again
    named = ("--lang", language) if language else ()
    try:
        code: object = cli.main([*named, *arguments])
    except SystemExit as end:
        code = end.code
    assert code == USAGE
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert bool(HAN.search(said)) == (language != "en")
    assert "⟨" not in said
    assert "{" not in said


def test_all_that_argparse_says_of_our_options_has_its_words() -> None:
    """Whatever version of argparse: what it says is matched, not passed on."""
    parser = Parser(prog="x")
    parser.add_argument("--one", type=int, choices=(1, 2))
    parser.add_argument("--two", nargs=2)
    parser.add_argument("--flag", action="store_true")
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--here")
    group.add_argument("--there")
    asked: tuple[list[str], ...] = (
        ["--here", "1", "--one", "3"],
        ["--here", "1", "--one", "x"],
        ["--here", "1", "--two", "3"],
        ["--here", "1", "--there", "3"],
        ["--here", "1", "--flag=3"],
        ["--he", "1", "--t", "x"],
        ["--here"],
        ["--here", "1", "more"],
        [],
    )
    words, said = Words.load("zh_CN"), []

    def error(message: str) -> None:
        said.append(message)
        raise RuntimeError

    parser.error = error  # type: ignore[method-assign, assignment]
    for line in asked:
        with pytest.raises(RuntimeError):
            parser.parse_args(line)
    assert len(said) == len(asked)
    for message in said:
        assert HAN.search(wrong_usage(message, words)), message
    assert wrong_usage("something\x1b[2Jnew", words) == "something�[2Jnew"


def test_what_is_told_is_cleaned_and_comes_in_both_languages() -> None:
    told = Told("cli.missing", option="--url\x1b[2J")
    assert in_words(told, Words.load("zh_CN")) == "缺少 --url�[2J"
    assert str(told) == "--url�[2J is missing"
    denied = in_words(PermissionError(13, "x", "/etc/shadow"), Words.load("zh_CN"))
    assert denied == "/etc/shadow: 没有权限"


@pytest.mark.parametrize("command", [("stats",), ("whatif", "--day", "today"), ("board",)])
def test_without_a_password_nothing_breaks(command: tuple[str, ...]) -> None:
    line = [*command, "--url", "http://127.0.0.1:1", "--station", "demo", "--officer", "9", "--lang", "en"]
    code = f"import sys; from counterdesk.cli import main; sys.exit(main({line!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,  # no terminal to ask at either
        env={"PYTHONUTF8": "1"},
    )
    assert done.returncode == USAGE
    assert done.stderr.splitlines()[-1].endswith("counterdesk: no password was given")
    assert "Traceback" not in done.stderr
    assert "GetPassWarning" not in done.stderr
