"""Writing differences: whatever was shown before, the terminal ends up showing the new frame."""

from __future__ import annotations

import random
from typing import Any

import pyte
import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from counterdesk.text import fit
from counterdesk.widgets.surface import Surface, codes_of

STYLES = [
    Style.null(),
    Style(bold=True),
    Style(reverse=True),
    Style(color="red"),
    Style(underline=True, color="default"),
]
WORDS = ["排队 23", "A058", "   ", "─│┌", "张伟明", "abc  def", "          ", "é", "沪A·D12345", "✓○●"]
COLUMNS, ROWS = 40, 6


def shown(screen: Any) -> list[list[tuple[str, bool, bool, bool, str]]]:
    """The cells of the emulated terminal; the colour of a blank can't be seen."""
    rows = []
    for y in range(ROWS):
        cells = [screen.buffer[y][x] for x in range(COLUMNS)]
        rows.append(
            [
                (c.data, c.bold and c.data != " ", c.reverse, c.underscore, c.fg if c.data != " " else "default")
                for c in cells
            ]
        )
    return rows


def random_row(rng: random.Random) -> Strip:
    """A line of a panel."""
    segments: list[Segment] = []
    for half in (COLUMNS // 2, COLUMNS // 2):  # no wide character across the middle, where the line may be cut
        room = half
        while room:
            width = min(room, rng.randint(1, 12))
            segments.append(Segment(fit(rng.choice(WORDS), width), rng.choice(STYLES)))
            room -= width
    return Strip(segments)


@pytest.mark.parametrize("seed", range(4))
def test_a_frame_of_differences_gives_the_same_screen_as_a_whole_frame(seed: int) -> None:
    rng = random.Random(seed)
    surface, screen = Surface(), pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    surface.resize(COLUMNS, ROWS)
    rows = [random_row(rng) for _ in range(ROWS)]
    for _ in range(60):
        for y in rng.sample(range(ROWS), rng.randint(1, ROWS)):
            if rng.random() < 0.5:
                rows[y] = random_row(rng)
        whole, fresh = Surface(), pyte.Screen(COLUMNS, ROWS)
        whole.resize(COLUMNS, ROWS)
        for y, row in enumerate(rows):
            cut = rng.choice([0, 20])
            pieces = [(0, row)] if not cut else [(0, row.crop(0, cut)), (cut, row.crop(cut))]
            for x, piece in pieces:
                stream.feed(surface.paint(x, y, piece, ColorSystem.STANDARD))
            pyte.Stream(fresh).feed(whole.paint(0, y, row, ColorSystem.STANDARD))
        assert shown(screen) == shown(fresh)
        assert all(surface.paint(0, y, row, ColorSystem.STANDARD) == "" for y, row in enumerate(rows))


def test_only_what_differs_is_written() -> None:
    surface = Surface()
    surface.resize(40, 1)
    assert surface.paint(0, 0, Strip([Segment("队列 12分")]), None).endswith("队列 12分")
    assert surface.paint(0, 0, Strip([Segment("队列 13分")]), None) == "\x1b[1;7H3"
    assert surface.paint(0, 0, Strip([Segment("队列 13分")]), None) == ""
    surface.forget()
    assert surface.paint(0, 0, Strip([Segment("队列 13分")]), None) == "\x1b[1;1H队列 13分"


def test_what_terminals_measure_differently_is_followed_by_an_address() -> None:
    surface = Surface()
    surface.resize(10, 1)
    written = surface.paint(0, 0, Strip([Segment("க│a")]), None)
    assert written == "\x1b[1;1Hக\x1b[1;2H│a"
    assert surface.paint(0, 0, Strip([Segment("க│b")]), None) == "\x1b[1;1Hக\x1b[1;2H│b", "the whole piece"


def test_the_terminals_own_colours_cost_nothing() -> None:
    assert codes_of(Style(color="default", bgcolor="default"), ColorSystem.EIGHT_BIT) == ("", "")
    assert codes_of(Style(color="red", bold=True), ColorSystem.STANDARD) == ("1;31", "")
    assert codes_of(Style(reverse=True), ColorSystem.STANDARD) == ("7", "7")
    assert codes_of(None, None) == ("", "")
    assert codes_of(Style(link="http://x"), ColorSystem.STANDARD) == ("", ""), "no hyperlink is written"
