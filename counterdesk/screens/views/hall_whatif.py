"""What if: an ordinary day of this catalogue played again with one thing changed, and with all of them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from counterdesk.quiet import quiet
from counterdesk.screens.views.hall import line_id, title_of
from counterdesk.screens.views.scene import Scene
from counterdesk.station.hall import PROMISE
from counterdesk.station.whatif import Levers, Result
from counterdesk.widgets.values import Cell, Line, PanelView, Style

WHATIF = "whatif"
BASE, ALL = "base", "all"
"""The rows of the day as it is, and of all levers together."""
DAYS = 5
"""So many ordinary days are played."""

CHOICES: Mapping[str, tuple[Levers, ...]] = {
    "counters": (Levers(counters=1), Levers(counters=-1), Levers(counters=2)),
    "kiosk": (Levers(kiosk=0.8), Levers(kiosk=0.6), Levers(kiosk=0.9)),
    "plan": (Levers(split="apart"), Levers(split="everything")),
    "lunch": (Levers(lunch="staggered"), Levers(lunch="together")),
    "minutes": (Levers(minutes=0.85), Levers(minutes=0.9), Levers(minutes=0.8), Levers(minutes=1.15)),
    "smooth": (Levers(smooth=0.5), Levers(smooth=0.25)),
}
"""Each lever with what it can be set to; the first is what is looked at without being asked."""


@quiet
@dataclass(frozen=True, slots=True)
class Trial:
    """What was tried. set: by lever which of its choices is meant. found: what came of each row that was played.
    running: more is on its way."""

    set: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CHOICES, 0))
    found: dict[str, Result] = field(default_factory=dict)
    running: bool = False

    def levers(self, row: str) -> Levers:
        """What is changed in a row."""
        if row == BASE:
            return Levers()
        if row != ALL:
            return CHOICES[row][self.set[row]]
        changed: dict[str, Any] = {}
        for name, at in self.set.items():
            changed |= {k: v for k, v in msgspec.structs.asdict(CHOICES[name][at]).items() if v != _SAME[k]}
        return Levers(**changed)

    @property
    def rows(self) -> tuple[str, ...]:
        """All rows, in order."""
        return (BASE, *CHOICES, ALL)


_FIGURES = 37
"""The cells that the figures of a row take."""
_SAME = msgspec.structs.asdict(Levers())


def lever_in_words(scene: Scene, levers: Levers) -> str:
    """What is changed, in a few words."""
    words = scene.words
    if levers.counters:
        return words("whatif.lever.counters", count=f"{levers.counters:+d}")
    if levers.kiosk is not None:
        return words("whatif.lever.kiosk", share=round(100 * levers.kiosk))
    if levers.split != "as_is":
        return words("whatif.lever.plan", text=words(f"hall.whatif.{levers.split}"))
    if levers.lunch != "as_is":
        return words(f"whatif.lever.{levers.lunch}")
    if levers.minutes != 1.0:
        return words("whatif.lever.minutes", percent=round(100 * levers.minutes))
    if levers.smooth:
        return words("whatif.lever.smooth", share=round(100 * levers.smooth))
    return words("whatif.lever.base")


def whatif_view(scene: Scene, place: int, trial: Trial, width: int) -> PanelView:
    """The promise, the slowest group and the end of the day, for the day as it is and with each change. width: of the
    panel, frame included."""
    words = scene.words
    heads = ("kept", "median", "worst", "p95", "ended")
    named = [words(f"whatif.column.{name}", promise=round(PROMISE)) for name in heads]
    room = max(width - 3 - _FIGURES, 12)
    lines = [_row(words("whatif.column.lever"), named, "title", "title", "", room)]
    for row in trial.rows:
        name = words("whatif.lever.all") if row == ALL else lever_in_words(scene, trial.levers(row))
        lines.append(_result_line(scene, row, name, trial, room))
    note = words("hall.whatif.running") if trial.running else ""
    foot = (Line((Cell(" " + words("hall.whatif.ordinary", days=DAYS), "dim", -1),)),)
    return PanelView(title_of(scene, place, "whatif"), tuple(lines), note, foot)


def _result_line(scene: Scene, row: str, name: str, trial: Trial, room: int) -> Line:
    found, base = trial.found.get(row), trial.found.get(BASE)
    if found is None:
        return _row(name, ["…", "", "", "", ""], "", "dim", line_id(WHATIF, row), room)
    seen = found.outlook
    ended = f"{int(seen.ended) // 60:02d}:{int(seen.ended) % 60:02d}"
    values = [
        f"{round(100 * seen.kept)}%",
        str(round(seen.median)),
        scene.group_name(seen.worst) if seen.worst else "",
        str(round(seen.worst_p95)),
        ended,
    ]
    style: Style = ""
    if base is not None and row != BASE and abs(seen.kept - base.outlook.kept) >= 0.005:
        style = "ok" if seen.kept > base.outlook.kept else "warn"
    return _row(name, values, "strong" if row in (BASE, ALL) else "", style, line_id(WHATIF, row), room)


def _row(name: str, values: list[str], name_style: Style, style: Style, line: str, room: int) -> Line:
    kept, middle, worst, p95, ended = values
    cells = (
        Cell(name, name_style, room),
        Cell(kept, style, 6, "right"),
        Cell(middle, style, 7, "right"),
        Cell("  " + worst, style, 10),
        Cell(p95, style, 7, "right"),
        Cell("  " + ended, style, -1),
    )
    return Line(cells, id=line)
