"""Crash reports: places and codes, and not a word of anybody's."""

from __future__ import annotations

import logging
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from counterdesk import incidents
from counterdesk.incidents import KEPT, Recorder, describe, filtered, short, write
from counterdesk.launcher import new_code
from counterdesk.station.refused import Refused

CANARY = "欧阳测试310000199001010010"


def _fail() -> None:
    local = CANARY
    try:
        raise KeyError(local)
    except KeyError as error:
        raise ValueError(f"no {local}") from error


def caught() -> ValueError:
    """An exception with words that must not be written."""
    with pytest.raises(ValueError, match="no ") as found:
        _fail()
    return found.value


def test_an_exception_is_types_and_places() -> None:
    lines = describe(caught())
    assert lines[0] == "builtins.ValueError"
    assert "builtins.KeyError" in lines
    assert any(line.strip().endswith(":_fail") and "test_incidents.py:" in line for line in lines)
    assert CANARY not in "\n".join(lines)


def test_only_codes_of_our_own_exceptions_are_said() -> None:
    assert describe(Refused("counter_busy"))[0].endswith("Refused counter_busy")
    refused = Refused("gate")
    refused.code = CANARY  # type: ignore[assignment]
    assert CANARY not in "\n".join(describe(refused))
    stranger = type("Stranger", (Exception,), {"code": "a_code", "__module__": "elsewhere"})
    assert describe(stranger())[0] == "elsewhere.Stranger"


def test_a_ring_of_causes_ends() -> None:
    first, second = ValueError(), ValueError()
    first.__cause__, second.__cause__ = second, first
    assert describe(first).count("builtins.ValueError") == 2


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("/home/wang/src/counterdesk/app.py", "counterdesk/app.py"),
        ("/home/counterdesk/src/mock_server/store/sqlite.py", "mock_server/store/sqlite.py"),
        ("/home/wang/.venv/lib/python3.11/site-packages/textual/app.py", "textual/app.py"),
        ("/home/wang/notes.py", "notes.py"),
        ("<string>", "<string>"),
    ],
)
def test_no_folder_of_a_user_is_named(file: str, shown: str) -> None:
    assert short(file) == shown


def test_of_stderr_only_what_the_interpreter_writes_is_kept() -> None:
    said = (
        "Fatal Python error: Segmentation fault\n\nCurrent thread 0x00007f24f5c9db80 (most recent call first):\n"
        f'  File "/home/wang/counterdesk/app.py", line 12 in _drain\n{CANARY}\nValueError: {CANARY}\n'
        f'  File "/x/y.py", line 1 in {CANARY} z\n'
    ).encode()
    assert filtered(said + b"\xff\x1b[2J\n") == [
        "Fatal Python error: Segmentation fault",
        "Current thread 0x00007f24f5c9db80 (most recent call first):",
        "  counterdesk/app.py:12:_drain",
        "(4 other lines on stderr are not kept)",
    ]


def test_a_report_is_private_and_only_the_newest_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "incidents"
    for number in range(KEPT + 5):
        file = write(folder, f"CD-{number:05}", "exception", ["builtins.ValueError"])
        assert file is not None
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(list(folder.iterdir())) == KEPT
    assert (folder / f"CD-{KEPT + 4:05}.txt").exists()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_written_raises_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert write(tmp_path / "file", "CD-22222", "exception", []) is None


def test_the_environment_shows_only_what_is_about_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("TERM_PROGRAM", CANARY)
    monkeypatch.setenv("SECRET", CANARY)
    file = write(tmp_path, "CD-22222", "exception", [])
    assert file is not None
    text = file.read_text(encoding="ascii")
    assert "TERM xterm-256color" in text
    assert "TERM_PROGRAM ?" in text
    assert "\\u" not in text


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """One that is installed for the length of a test."""
    for module, name in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(module, name, getattr(module, name))
    before = list(logging.getLogger().handlers)
    found = Recorder(tmp_path, new_code())
    found.install()
    yield found
    logging.getLogger().handlers[:] = before


def test_what_nobody_catches_is_recorded(recorder: Recorder, capfd: pytest.CaptureFixture[str]) -> None:
    thread = threading.Thread(target=_fail)
    thread.start()
    thread.join()
    sys.excepthook(ValueError, caught(), None)
    sys.unraisablehook(type("Args", (), {"exc_value": caught()})())
    logging.getLogger("asyncio").error("lost: %s", CANARY, exc_info=caught())
    logging.getLogger(CANARY).error("%s", CANARY)
    text = (recorder.folder / f"{recorder.code}.txt").read_text(encoding="ascii").encode().decode("unicode_escape")
    for kind in ("exception in a thread", "exception that nobody", "logged by asyncio", "logged by ?"):
        assert kind in text
    assert CANARY not in text
    assert "".join(capfd.readouterr()) == ""


def test_a_fault_that_repeats_fills_no_disk(recorder: Recorder) -> None:
    for _ in range(200):
        recorder.record("exception", ["builtins.ValueError"])
    text = (recorder.folder / f"{recorder.code}.txt").read_text(encoding="ascii")
    assert text.count("builtins.ValueError") == incidents._MOST
