"""The command line of `counterdesk board`: one line for what cannot be, and a password that only its owner can read."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest

from counterdesk import board, cli, terminal
from counterdesk.usage import USAGE

REACHED = ("--url", "http://127.0.0.1:1", "--station", "demo")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(terminal, "encoding_problem", lambda stream: "")
    monkeypatch.setattr(getpass, "getpass", lambda prompt: "secret")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--url is missing"),
        (("--url", "http://x"), "--station is missing"),
        (REACHED, "--officer is missing"),
        ((*REACHED, "--officer", "board", "--password-file", "/no/such"), "no such file"),
        ((*REACHED, "--officer", "board"), "this needs a terminal"),
    ],
)
def test_what_cannot_be_is_one_line(arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--lang", "en", "board", *arguments]) == USAGE
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("\n") == 1
    assert "secret" not in told.err + told.out


@pytest.mark.parametrize(("mode", "taken"), [(0o600, True), (0o400, True), (0o640, False), (0o604, False)])
def test_a_password_that_others_can_read_is_not_taken(
    mode: int, taken: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "password"
    file.write_text("correct horse\nmore\n")
    file.chmod(mode)
    if taken:
        assert board._password(file) == "correct horse"
    assert cli.main(["--lang", "en", "board", *REACHED, "--officer", "board", "--password-file", str(file)]) == USAGE
    said = capsys.readouterr().err
    assert ("only its owner may read it" in said) != taken
    assert ("this needs a terminal" in said) == taken
