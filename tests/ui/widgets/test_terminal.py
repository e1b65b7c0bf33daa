"""What a terminal is given, decided before Textual is imported."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from counterdesk.terminal import apply, encoding_problem, profile_for, size_problem


@pytest.mark.parametrize(
    ("environ", "colour", "palette", "theme"),
    [
        ({"TERM": "xterm-256color"}, "256", "dark", "ansi-dark"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "true", "dark", "ansi-dark"),
        ({"TERM": "xterm-256color", "COLORFGBG": "0;15"}, "256", "light", "ansi-light"),
        ({"TERM": "linux"}, "16", "dark", "ansi-dark"),
        ({"TERM": "screen"}, "16", "dark", "ansi-dark"),
        ({"TERM": "vt100"}, "none", "none", "ansi-dark"),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, "none", "none", "ansi-dark"),
        ({}, "none", "none", "ansi-dark"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "none", "none", "ansi-dark"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "256", "dark", "ansi-dark"),
    ],
)
def test_detection(environ: dict[str, str], colour: str, palette: str, theme: str) -> None:
    profile = profile_for(environ)
    assert (profile.colour, profile.palette, profile.theme) == (colour, palette, theme)


def test_what_the_officer_set_wins() -> None:
    profile = profile_for({"TERM": "linux", "NO_COLOR": "1"}, colour="16", background="light", kitty_keys=True)
    assert (profile.colour, profile.palette, profile.theme) == ("16", "light", "ansi-light")
    assert "NO_COLOR" not in profile.environment()
    assert "TEXTUAL_DISABLE_KITTY_KEY" not in profile.environment()


def test_the_environment_is_scrubbed_and_set() -> None:
    environ = {
        "TERM": "xterm-256color",
        "PATH": "/bin",
        "TEXTUAL": "debug,devtools",
        "TEXTUAL_DRIVER": "evil:Driver",
        "TEXTUAL_LOG": "/tmp/keys",
        "SSLKEYLOGFILE": "/tmp/tls",
        "https_proxy": "http://x",
        "HTTPS_PROXY": "http://x",
        "LINES": "3",
        "ESCDELAY": "9000",
    }
    apply(profile_for(environ), environ)
    assert environ == {
        "TERM": "xterm-256color",
        "PATH": "/bin",
        "TEXTUAL_THEME": "ansi-dark",
        "TEXTUAL_COLOR_SYSTEM": "256",
        "TEXTUAL_ANIMATIONS": "none",
        "TEXTUAL_SMOOTH_SCROLL": "0",
        "TEXTUAL_FPS": "60",
        "TEXTUAL_DISABLE_KITTY_KEY": "1",
        "ESCDELAY": "100",
    }


@pytest.mark.parametrize(
    ("encoding", "fine"), [("utf-8", True), ("UTF8", True), ("gbk", False), ("ascii", False), (None, False)]
)
def test_the_encoding(encoding: str | None, fine: bool) -> None:
    assert (encoding_problem(SimpleNamespace(encoding=encoding)) == "") == fine
    assert "UTF-8" in encoding_problem(None)


def test_the_size() -> None:
    assert size_problem(80, 24) == ""
    assert "79x24" in size_problem(79, 24)


def test_it_is_light() -> None:
    code = "import sys, counterdesk.terminal; print(sorted({'textual', 'rich', 'asyncio'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
