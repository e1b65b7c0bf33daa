"""What the widgets show: immutable values, already in the screen's language and already clean.

A widget gets one of these through its `show` method and compares it with what it shows; it knows neither the station
nor the desk. Styles are names; `base.py` gives each a look that also holds without colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from counterdesk.quiet import quiet

Style = Literal["", "dim", "strong", "accent", "ok", "warn", "block", "ask", "title", "practice"]
Align = Literal["left", "right"]


@quiet
@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of a line. width in terminal cells; 0 takes its text's width, -1 takes what is left of the line, -2 its
    text's width as far as the others leave it.

    Free text from people goes last in its line, so that a name whose width a terminal misjudges moves nothing.
    """

    text: str
    style: Style = ""
    width: int = 0
    align: Align = "left"


@quiet
@dataclass(frozen=True, slots=True)
class Line:
    """One line of a panel. id is what a message names when the line is chosen; "" cannot be chosen."""

    cells: tuple[Cell, ...]
    id: str = ""


@quiet
@dataclass(frozen=True, slots=True)
class PanelView:
    """A panel's title (on its frame), its note at the frame's right end, and its lines.

    foot: lines that stay at the bottom when the rest scrolls.
    """

    title: str
    lines: tuple[Line, ...]
    note: str = ""
    foot: tuple[Line, ...] = ()


FieldKind = Literal["text", "choice", "fixed", "capture"]
FieldMark = Literal["", "done", "open", "error", "computed", "optional"]


@quiet
@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a `choice` field or a `Chooser`: digit is the key that takes it ("" where there is none)."""

    id: str
    label: str
    digit: str = ""
    note: str = ""
    blocked: str = ""


@quiet
@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of the form.

    text: what stands in it now (what was typed, also while it is wrong). shown: how it is shown when it does not have
    the cursor (masked, formatted). masked: it is shown so with the cursor too, until somebody asks to see it. note: the
    problem, or a hint. choices: for kind "choice". details: lines that are shown while the field has the cursor.
    """

    key: str
    label: str
    kind: FieldKind
    text: str = ""
    shown: str = ""
    mark: FieldMark = ""
    note: str = ""
    note_style: Style = "dim"
    choices: tuple[Choice, ...] = ()
    limit: int = 200
    heading: str = ""
    details: tuple[str, ...] = ()
    masked: bool = False


@quiet
@dataclass(frozen=True, slots=True)
class StepView:
    """One step of the intake on the line above the form."""

    id: str
    label: str
    state: Literal["done", "current", "open", "problem"]


@quiet
@dataclass(frozen=True, slots=True)
class FormView:
    """The case panel: title on the frame, steps, fields of the current step. id changes when another case or step is
    shown, so that the form knows that the cursor starts anew (at `at`, or at the first open field). wide: labels are
    what is read, and take the room that short values leave."""

    id: str
    title: str
    note: str
    steps: tuple[StepView, ...]
    fields: tuple[FieldView, ...]
    at: str = ""
    wide: bool = False


@quiet
@dataclass(frozen=True, slots=True)
class ChooserView:
    """A question inside the case panel: choices taken by digit, by arrow and Enter, or by typing (when `typed`).

    empty: stands where there is no choice. limit: how many characters may be typed. aimed: Enter takes the first choice
    at once; else it takes nothing until an arrow or typing has pointed at one.
    """

    id: str
    title: str
    prompt: str
    choices: tuple[Choice, ...]
    typed: bool = False
    empty: str = ""
    limit: int = 60
    aimed: bool = True


@quiet
@dataclass(frozen=True, slots=True)
class KeyHint:
    """One key of the key bar. legal: it can be pressed now; the help says why not."""

    key: str
    label: str
    legal: bool
