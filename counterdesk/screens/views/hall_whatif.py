"""What if: today so far, or ordinary days of this catalogue, played again with one thing changed, and with all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec

from counterdesk.quiet import quiet
from counterdesk.screens.views.hall import line_id, title_of
from counterdesk.screens.views.scene import Scene
from counterdesk.station.hall import PROMISE
from counterdesk.station.whatif import Levers, Result
from counterdesk.text import wrap
from counterdesk.widgets.values import Cell, Line, PanelView, Style

WHATIF = "whatif"
TRUTH, BASE, ALL = "truth", "base", "all"
"""The rows of what truly came of today, of the day as it is, and of all levers together."""
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
    """What was tried.

    set: by lever which of its choices is meant. today: whether today is looked at, else ordinary days. found,
    found_today: what came of each row that was played; None where nothing is known. running: more is on its way.
    until, came, done: up to when today is known, how many had come, of how many it is known what came. trouble: why
    today cannot be played.
    """

    set: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CHOICES, 0))
    today: bool = False
    found_ordinary: dict[str, Result | None] = field(default_factory=dict)
    found_today: dict[str, Result | None] = field(default_factory=dict)
    running: bool = False
    until: str = ""
    came: int = 0
    done: int = 0
    trouble: Literal["", "unread", "nobody"] = ""

    def levers(self, row: str) -> Levers:
        """What is changed in a row."""
        if row in (TRUTH, BASE):
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
        return (*((TRUTH,) if self.today else ()), BASE, *CHOICES, ALL)

    @property
    def found(self) -> dict[str, Result | None]:
        """What came of each row of the days that are looked at."""
        return self.found_today if self.today else self.found_ordinary

    @property
    def next_row(self) -> str | None:
        """The first row that was not played, None if all were."""
        return next((row for row in self.rows if row not in self.found), None)

    @property
    def over(self) -> bool:
        """Whether there is nothing to be played."""
        return self.next_row is None or (self.today and bool(self.trouble))

    def with_result(self, today: bool, row: str, result: Result | None) -> Trial:
        """With what came of one row."""
        if today:
            return replace(self, found_today=self.found_today | {row: result})
        return replace(self, found_ordinary=self.found_ordinary | {row: result})

    def with_lever(self, row: str, at: int) -> Trial:
        """With one lever set otherwise: its row and that of all together are open again, whichever days are meant."""
        ordinary, today = (
            {name: result for name, result in found.items() if name not in (row, ALL)}
            for found in (self.found_ordinary, self.found_today)
        )
        return replace(self, set=self.set | {row: at}, found_ordinary=ordinary, found_today=today)


_KEPT, _MEDIAN, _WORST, _P95 = 6, 7, 12, 6
_FIGURES = _KEPT + _MEDIAN + _WORST + _P95 + 7
"""The cells that the figures of a row take; the last 7 are the time at which all was done."""
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
    room = max(width - 3 - _FIGURES, 12)
    lines = [_heads(scene, room)]
    if not (trial.today and trial.trouble):
        lines += [_result_line(scene, row, _name(scene, row, trial), trial, room) for row in trial.rows]
    note = words("hall.whatif.running") if trial.running else ""
    foot = tuple(Line((Cell(" " + text, "dim", -1),)) for text in _foot(scene, trial, width - 4))
    return PanelView(title_of(scene, place, "whatif"), tuple(lines), note, foot)


def _heads(scene: Scene, room: int) -> Line:
    """What stands over the columns; the slowest group and its wait have one heading."""
    heads = {
        name: scene.words(f"hall.whatif.column.{name}", promise=round(PROMISE))
        for name in ("kept", "median", "worst", "ended")
    }
    cells = (
        Cell(scene.words("whatif.column.lever"), "title", room),
        Cell(heads["kept"], "title", _KEPT, "right"),
        Cell(heads["median"], "title", _MEDIAN, "right"),
        Cell("  " + heads["worst"], "title", _WORST + _P95),
        Cell("  " + heads["ended"], "title", -1),
    )
    return Line(cells)


def _name(scene: Scene, row: str, trial: Trial) -> str:
    if row == ALL:
        return scene.words("whatif.lever.all")
    if row == BASE and trial.today:
        return scene.words("hall.whatif.replayed")
    return scene.words("whatif.lever.truth") if row == TRUTH else lever_in_words(scene, trial.levers(row))


def _foot(scene: Scene, trial: Trial, width: int) -> list[str]:
    """What days these are, and how the others are had."""
    words = scene.words
    if not trial.today:
        texts = [words("hall.whatif.ordinary", days=DAYS), words("hall.whatif.slowest")]
    elif trial.trouble:
        texts = [words(f"hall.whatif.{trial.trouble}"), words("hall.whatif.to_ordinary")]
    elif not trial.until:
        texts = [words("hall.whatif.only")]
    else:
        counts = {"came": trial.came, "done": trial.done}
        texts = [words(f"hall.whatif.{text}", until=trial.until, **counts) for text in ("so_far", "only", "slowest")]
    return [line for text in texts for line in wrap(text, max(width, 20))]


def _result_line(scene: Scene, row: str, name: str, trial: Trial, room: int) -> Line:
    found, base = trial.found.get(row), trial.found.get(BASE)
    if found is None:
        return _row(name, ["–" if row in trial.found else "…", "", "", "", ""], "", "dim", line_id(WHATIF, row), room)
    seen = found.outlook
    ended = f"{int(seen.ended) // 60:02d}:{int(seen.ended) % 60:02d}"
    values = [
        f"{round(100 * seen.kept)}%",
        str(round(seen.median)),
        scene.group_name(seen.worst) if seen.worst else "",
        f"≤{round(seen.worst_p95)}",
        ended,
    ]
    style: Style = ""
    if base is not None and row not in (TRUTH, BASE) and abs(seen.kept - base.outlook.kept) >= 0.005:
        style = "ok" if seen.kept > base.outlook.kept else "warn"
    return _row(name, values, "strong" if row in (TRUTH, BASE, ALL) else "", style, line_id(WHATIF, row), room)


def _row(name: str, values: list[str], name_style: Style, style: Style, line: str, room: int) -> Line:
    kept, middle, worst, p95, ended = values
    cells = (
        Cell(name, name_style, room),
        Cell(kept, style, _KEPT, "right"),
        Cell(middle, style, _MEDIAN, "right"),
        Cell("  " + worst, style, _WORST),
        Cell(p95, style, _P95, "right"),
        Cell("  " + ended, style, -1),
    )
    return Line(cells, id=line)
