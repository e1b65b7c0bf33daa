"""How a named style looks: a few attributes and the terminal's own sixteen colours.

The officer's terminal decides what its colours look like (contrast, colour blindness), and the fewest bytes name
them. No meaning stands on a colour alone: what matters also differs by an attribute or by a mark in the text.
"""

from __future__ import annotations

from typing import Literal

from rich.style import Style as RichStyle
from textual.widget import Widget

Palette = Literal["none", "dark", "light"]


def _styles(**looks: str) -> dict[str, RichStyle]:
    return {"": RichStyle.null()} | {name: RichStyle.parse(look) for name, look in looks.items()}


_SHARED = {
    "dim": "dim",
    "strong": "bold",
    "title": "bold",
    "frame": "",
    "title-focus": "bold reverse",
    "cursor": "reverse",
    "here": "bold",
    "field": "underline",
    "caret": "reverse",
    "pick": "reverse",
    "key": "reverse",
    "key-off": "dim",
}

STYLES: dict[Palette, dict[str, RichStyle]] = {
    "none": _styles(
        **_SHARED,
        accent="bold",
        ok="",
        warn="bold underline",
        block="bold reverse",
        ask="underline",
        practice="bold reverse",
    ),
    "dark": _styles(
        **_SHARED,
        accent="bold bright_cyan",
        ok="green",
        warn="bold yellow",
        block="bold bright_red",
        ask="cyan",
        practice="bold black on bright_yellow",
    ),
    "light": _styles(
        **_SHARED,
        accent="bold blue",
        ok="bold green",
        warn="bold magenta",
        block="bold red",
        ask="blue",
        practice="bold white on magenta",
    ),
}
"""By palette (an attribute `palette` of the App; "dark" where there is none) and name."""


PRACTICE: dict[Palette, dict[str, RichStyle]] = {
    "none": _styles(frame="bold", title="bold underline"),
    "dark": _styles(frame="bright_yellow", title="bold bright_yellow"),
    "light": _styles(frame="magenta", title="bold magenta"),
}
"""What looks otherwise where an App says that it is `practice`: nobody takes that desk for the real one."""


def look(widget: Widget, name: str) -> RichStyle:
    """How the style of this name looks on this widget's App."""
    palette: Palette = getattr(widget.app, "palette", "dark")
    styles = STYLES.get(palette, STYLES["dark"])
    if getattr(widget.app, "practice", False) and name in (other := PRACTICE.get(palette, PRACTICE["dark"])):
        return other[name]
    return styles.get(name, styles[""])
