"""A paper as a value, and its two looks: lines of a panel, and plain text for the printer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from counterdesk.quiet import quiet
from counterdesk.text import cells, fit, wrap
from counterdesk.widgets.values import Cell, Line, PanelView, Style

Kind = Literal["receipt", "notice", "supplement", "declined", "refusal", "slip"]

PRINT_WIDTH = 72
"""Cells of a printed line: what a sheet of A4 holds in the usual 10 characters an inch."""
_LABEL = 14


@quiet
@dataclass(frozen=True, slots=True)
class PaperLine:
    """One paragraph. label: what stands before it in a column of its own. indent: blanks before all its lines."""

    text: str = ""
    style: Style = ""
    label: str = ""
    indent: int = 0


@quiet
@dataclass(frozen=True, slots=True)
class Paper:
    """One paper in the language of the screen. name: of its file. listed: the codes that a one-time notice lists.

    keys: what the officer can do with it; stands on the screen only.
    """

    kind: Kind
    title: str
    name: str
    lines: tuple[PaperLine, ...]
    listed: tuple[str, ...] = ()
    keys: str = ""


def paper_view(paper: Paper, width: int) -> PanelView:
    """The paper for a panel of `width` cells, frame included."""
    inner = max(width - 3, 20)
    lines: list[Line] = []
    for line in paper.lines:
        for label, row in _rows(line, inner):
            head = (Cell(label, "dim"),) if label else ()
            lines.append(Line((*head, Cell(row, line.style, -1))))
    foot = tuple(Line((Cell(row, "accent", -1),)) for row in wrap(paper.keys, inner)) if paper.keys else ()
    return PanelView(title=paper.title, lines=tuple(lines), foot=foot)


def paper_text(paper: Paper, width: int = PRINT_WIDTH) -> str:
    """The paper as it is printed: plain text, lines of at most `width` cells."""
    side = max((width - cells(paper.title)) // 2, 0)
    rows = [" " * side + paper.title, ""]
    rows += [(label + row).rstrip() for line in paper.lines for label, row in _rows(line, width)]
    return "\n".join(rows) + "\n"


def _rows(line: PaperLine, width: int) -> list[tuple[str, str]]:
    """A paragraph as (what stands before it, its text) by line."""
    blanks = " " * line.indent
    before = _LABEL if line.label else 0
    rows = wrap(line.text, max(width - before - line.indent, 10))
    heads = [fit(line.label, before - 1) + " " if place == 0 and before else " " * before for place in range(len(rows))]
    return [(blanks + head, row) for head, row in zip(heads, rows, strict=True)]
