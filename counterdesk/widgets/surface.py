"""What the terminal shows, and the fewest bytes from there to what it should show.

Textual writes each refreshed widget line whole, with the colours of every piece spelled out. Over a poor line that is
most of the traffic, so the screens of this program use a compositor that remembers the cells it wrote and writes only
those that differ. All else of the compositor is Textual's (pinned exactly; `tests/pty/test_widget_bytes.py` is the
tripwire).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rich.cells import split_graphemes
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

Cell = tuple[str, str]
"""What stands in a column, and the SGR codes it is written with. The right half of a wide character is ("", codes)."""

UNKNOWN: Cell = ("\0", "")

# Terminals disagree about the width of what is not in here, so a line with such a character is written whole, and the
# column is addressed anew after it: a misjudged name then moves nothing.
_SURE = re.compile(
    "[ -~\u00a0-\u02af\u0370-\u0482\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2500-\u25ff\u2610-\u2612\u2713\u2717"
    "\u3000-\u312f\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff60\uffe0-\uffe6\ufffd]*"
)
_GAP = 3  # Writing a few unchanged cells costs less than moving over them.
_ERASE = 4  # Blanks at the end of a terminal line from which on erasing is shorter.


@lru_cache(maxsize=4096)
def codes_of(style: Style | None, colours: ColorSystem | None) -> tuple[str, str]:
    """The SGR codes of a style for a character and for a blank, without what the terminal does by default."""
    if style is None:
        return "", ""
    colour = style.color if style.color is not None and not style.color.is_default else None
    back = style.bgcolor if style.bgcolor is not None and not style.bgcolor.is_default else None

    def render(**attributes: bool | None) -> str:
        plain = Style(color=colour, bgcolor=back, **attributes)  # type: ignore[arg-type]
        written = plain.render("x", color_system=colours)
        return written.partition("m")[0].removeprefix("\x1b[") if written != "x" else ""

    lines = {"underline": style.underline, "strike": style.strike, "reverse": style.reverse}
    full = render(bold=style.bold, dim=style.dim, italic=style.italic, blink=style.blink, **lines)
    if any(lines.values()):
        return full, full
    colour = None  # the colour, weight and slant of a blank can't be seen
    return full, render()


def cells_of(strip: Strip, colours: ColorSystem | None) -> list[Cell]:
    """The columns of a strip."""
    cells: list[Cell] = []
    for text, style, control in strip:
        if control:
            continue
        codes, blank = codes_of(style, colours)
        if text.isascii():
            cells.extend((char, blank if char == " " else codes) for char in text)
            continue
        for start, end, width in split_graphemes(text)[0]:
            glyph = text[start:end]
            if width:
                cells.append((glyph, blank if glyph == " " else codes))
                cells.extend([("", codes)] * (width - 1))
            elif cells:
                cells[-1] = (cells[-1][0] + glyph, cells[-1][1])
    return cells


def _sure(cells: list[Cell]) -> bool:
    return _SURE.fullmatch("".join(glyph for glyph, _ in cells)) is not None


def _changes(old: list[Cell], new: list[Cell]) -> Iterator[tuple[int, int]]:
    """The spans of columns that differ, near ones joined."""
    start = end = -1
    for column, (was, cell) in enumerate(zip(old, new, strict=True)):
        if was == cell:
            continue
        if start >= 0 and column - end > _GAP:
            yield start, end
            start = -1
        if start < 0:
            start = column
            while start and not new[start][0]:
                start -= 1
        end = column + 1
    if start >= 0:
        yield start, end


class Surface:
    """The cells that the terminal shows; `UNKNOWN` where that is not known."""

    def __init__(self) -> None:
        self.width = self.height = 0
        self._rows: list[list[Cell]] = []

    def resize(self, width: int, height: int) -> None:
        """Takes over the size of the terminal; another size than before makes everything unknown."""
        if (width, height) != (self.width, self.height):
            self.width, self.height = width, height
            self.forget()

    def forget(self) -> None:
        """Makes everything unknown, so that the next frame is written whole."""
        self._rows = [[UNKNOWN] * self.width for _ in range(self.height)]

    def paint(self, x: int, y: int, strip: Strip, colours: ColorSystem | None) -> str:
        """Writes a strip at a place: what has to be sent, "" where it stands there already."""
        if not 0 <= y < self.height:
            return ""
        row = self._rows[y]
        new = cells_of(strip, colours)[: max(self.width - x, 0)]
        old = row[x : x + len(new)]
        if old == new:
            return ""
        row[x : x + len(new)] = new
        spans = _changes(old, new) if _sure(new) and _sure(old) else iter([(0, len(new))])
        out: list[str] = []
        at: int | None = None  # the column after what was written, where that is certain
        for start, end in spans:
            go = f"\x1b[{y + 1};{x + start + 1}H" if at is None else f"\x1b[{start - at}C"
            words, at = self._write(x, y, new, start, end)
            out += [go, words]
        return "".join(out)

    def _write(self, x: int, y: int, cells: list[Cell], start: int, end: int) -> tuple[str, int]:
        """The bytes of a span, and the column after it. A last wide character may reach beyond the span's end."""
        erase = ""
        if x + end == self.width:
            blanks = end
            while blanks > start and cells[blanks - 1] == (" ", ""):
                blanks -= 1
            if end - blanks > _ERASE:
                end, erase = blanks, "\x1b[K"
        out: list[str] = []
        current = ""
        for column in range(start, end):
            glyph, codes = cells[column]
            if not glyph:
                continue
            if codes != current:
                out.append(f"\x1b[{'0;' if current and codes else ''}{codes}m")
                current = codes
            out.append(glyph)
            if not _SURE.fullmatch(glyph):
                after = column + 1
                while after < len(cells) and not cells[after][0]:
                    after += 1
                out.append(f"\x1b[{y + 1};{x + after + 1}H")
        if current:
            out.append("\x1b[m")
        while end < len(cells) and not cells[end][0]:
            end += 1
        return "".join(out) + erase, end


class LeanUpdate(CompositorUpdate):
    """A frame as pieces of lines, compared when it is written: a frame that Textual drops leaves no trace."""

    def __init__(self, surface: Surface, pieces: list[tuple[int, int, Strip]]) -> None:
        self.surface, self.pieces = surface, pieces

    def render_segments(self, console: Console) -> str:
        """The bytes of the frame."""
        colours = console._color_system
        return "".join(self.surface.paint(x, y, strip, colours) for x, y, strip in self.pieces)


class LeanCompositor(Compositor):
    """Textual's compositor, writing differences."""

    def __init__(self) -> None:
        super().__init__()
        self.surface = Surface()

    def render_full_update(self, simplify: bool = False) -> LayoutUpdate:
        """The whole screen; `simplify` is how Textual asks for a screenshot."""
        if simplify:
            return super().render_full_update(simplify=True)
        self._dirty_regions.clear()
        chops = self._render_chops(self.size.region, lambda y: True)
        pieces = [(x, y, s) for y, line in enumerate(chops) for x, s in line.items() if s is not None]
        return self._update(pieces)  # type: ignore[return-value]

    def render_partial_update(self) -> ChopsUpdate | None:
        """The refreshed regions."""
        update = super().render_partial_update()
        if update is None:
            return None
        pieces = [
            (x, y, strip)
            for y, x1, x2 in update.spans
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False)
            if strip is not None and x < x2 and end > x1
        ]
        return self._update(pieces)  # type: ignore[return-value]

    def _update(self, pieces: list[tuple[int, int, Strip]]) -> LeanUpdate:
        self.surface.resize(*self.size)
        return LeanUpdate(self.surface, pieces)
