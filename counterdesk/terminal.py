"""Decides what this terminal is given: colours, keys, size. Runs before Textual is imported, which reads it then.

Everything here is a pure function of the environment, except `apply`.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Literal, Protocol

from counterdesk.environment import scrub

Colour = Literal["none", "16", "256", "true"]
Palette = Literal["none", "dark", "light"]

MIN_COLUMNS, MIN_ROWS = 80, 24
BAD_ENCODING = 2
"""Exit code when the terminal's encoding can't show Chinese."""

_COLOUR_SYSTEMS: dict[Colour, str] = {"none": "standard", "16": "standard", "256": "256", "true": "truecolor"}
# What a user says about colours: read once for the profile, then replaced by it.
_COLOURS = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE")


@dataclass(frozen=True, slots=True)
class TerminalProfile:
    """What the terminal is given. `palette` is what the App's attribute of the same name has to be."""

    colour: Colour
    palette: Palette
    theme: str
    kitty_keys: bool = False
    mouse: bool = False
    animations: str = "none"
    escape_delay_ms: int = 100
    fps: int = 60

    def environment(self) -> dict[str, str]:
        """The variables that Textual and Rich read when they are imported."""
        variables = {
            "TEXTUAL_THEME": self.theme,
            "TEXTUAL_COLOR_SYSTEM": _COLOUR_SYSTEMS[self.colour],
            "TEXTUAL_ANIMATIONS": self.animations,
            "TEXTUAL_SMOOTH_SCROLL": "0",
            "TEXTUAL_FPS": str(self.fps),
            "ESCDELAY": str(self.escape_delay_ms),
        }
        if not self.kitty_keys:
            variables["TEXTUAL_DISABLE_KITTY_KEY"] = "1"
        if self.colour == "none":
            variables["NO_COLOR"] = "1"
        return variables


def detect_colour(environ: Mapping[str, str]) -> Colour:
    """How many colours the terminal has, by its own account."""
    term = environ.get("TERM", "").lower()
    if environ.get("NO_COLOR") or term in ("", "dumb", "unknown") or term.startswith("vt"):
        return "none"
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "true"
    return "256" if "256color" in term or "kitty" in term or "alacritty" in term else "16"


def detect_palette(environ: Mapping[str, str]) -> Literal["dark", "light"]:
    """Whether the background is light, where the terminal says so (COLORFGBG, "0;15"); dark otherwise."""
    background = environ.get("COLORFGBG", "").rpartition(";")[2]
    return "light" if background in ("7", "15") else "dark"


def profile_for(
    environ: Mapping[str, str],
    *,
    colour: Colour | None = None,
    background: Literal["dark", "light"] | None = None,
    kitty_keys: bool = False,
    mouse: bool = False,
    escape_delay_ms: int = 100,
    fps: int = 60,
) -> TerminalProfile:
    """The profile for this environment; what the officer has set overrides what is detected.

    The themes are Textual's ANSI themes: they keep the terminal's own background, which is the highest contrast that
    the officer has chosen, and the fewest bytes.
    """
    colour = colour or detect_colour(environ)
    background = background or detect_palette(environ)
    return TerminalProfile(
        colour=colour,
        palette="none" if colour == "none" else background,
        theme=f"ansi-{background}",
        kitty_keys=kitty_keys,
        mouse=mouse,
        escape_delay_ms=max(escape_delay_ms, 1),
        fps=max(fps, 1),
    )


def apply(profile: TerminalProfile, environ: MutableMapping[str, str]) -> None:
    """Takes out of the environment what the profile decides and what could change the program, and puts in what
    Textual has to read."""
    scrub(environ)
    for name in _COLOURS:
        environ.pop(name, None)
    environ.update(profile.environment())


class _Stream(Protocol):
    @property
    def encoding(self) -> str | None: ...


def encoding_problem(stream: _Stream | None) -> str:
    """What is wrong with the encoding of the screen (Textual writes to stderr), "" where all is well."""
    encoding = getattr(stream, "encoding", None) or "ascii"
    try:
        if codecs.lookup(encoding).name == "utf-8":
            return ""
    except LookupError:
        pass
    return (
        f"counterdesk: the terminal's encoding is {encoding}, which cannot show Chinese; it has to be UTF-8.\n"
        "Set it with: export LANG=zh_CN.UTF-8   (or: export PYTHONUTF8=1)\n"
    )


def size_problem(columns: int, rows: int) -> str:
    """What is wrong with the size of the terminal, "" where it is large enough."""
    if columns >= MIN_COLUMNS and rows >= MIN_ROWS:
        return ""
    return f"counterdesk: the terminal is {columns}x{rows}; it has to be at least {MIN_COLUMNS}x{MIN_ROWS}.\n"
