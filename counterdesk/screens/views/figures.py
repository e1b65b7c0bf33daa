"""Figures in words and characters: what the command line, the figures screen and their tests share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, get_args

from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Text
from counterdesk.desk.state import AskedFigures
from counterdesk.locale import Words
from counterdesk.quiet import quiet
from counterdesk.screens.views.key_help import help_lines, help_section
from counterdesk.station.summary import By, Figures, Query, Row, Spread
from counterdesk.text import cells, wrap
from counterdesk.widgets.values import Cell, Line, PanelView, Style

_MINUTE = 60_000_000
_EIGHTHS = " ▏▎▍▌▋▊▉█"
NOTHING = "–"
FEW_MARK = "*"
_KEYS = 11
"""The cells of the longest keys."""
_EXPLAINED = ("units", "within", "left", "diverted", "rating", "few", "own")


@quiet
class Column(NamedTuple):
    """A column of the table: the code of its heading (`figures.column.<code>`), and what stands in it."""

    code: str
    text: Callable[[Row], str]


def minutes(length: int | None) -> str:
    """Microseconds as minutes with one decimal."""
    return NOTHING if length is None else f"{length / _MINUTE:.1f}"


def middle(spread: Spread) -> str:
    """Median and 95th percentile in minutes; marked where they are of so few that they say little."""
    if not spread.count:
        return NOTHING
    return f"{minutes(spread.median)}/{minutes(spread.p95)}{FEW_MARK if spread.few else ''}"


def share(part: int, whole: int) -> str:
    """A share in whole percent."""
    return f"{part / whole:.0%}" if whole else NOTHING


def rating(row: Row) -> str:
    """The middle rating and how many there were."""
    count = sum(row.ratings)
    if not count:
        return NOTHING
    passed = 0
    for mark, votes in enumerate(row.ratings, start=1):
        passed += votes
        if 2 * passed >= count:
            return f"{mark}({count})"
    raise AssertionError("somebody gave the middle mark")


COLUMNS: tuple[Column, ...] = (
    Column("tickets", lambda row: str(row.tickets)),
    Column("finished", lambda row: str(row.finished)),
    Column("left", lambda row: str(row.left + row.dropped)),
    Column("wait", lambda row: middle(row.wait)),
    Column("service", lambda row: middle(row.service)),
    Column("hold", lambda row: middle(row.hold)),
    Column("within", lambda row: share(row.within, row.finished)),
    Column("no_shows", lambda row: str(row.no_shows)),
    Column("returned", lambda row: str(row.returned)),
    Column("diverted", lambda row: f"{row.diverted}/{row.offers}" if row.offers else NOTHING),
    Column("rating", rating),
)


GAP = 2
"""Cells between two columns."""
_FIRST_TO_GO = ("rating", "diverted", "returned", "hold", "no_shows", "left", "finished")


def heading(column: Column, words: Words) -> str:
    """What stands over a column."""
    return words(f"figures.column.{column.code}")


def fitting(lines: list[tuple[str, Row]], words: Words, width: int) -> tuple[list[Column], list[Column]]:
    """The columns that fit beside the names of these lines, and those that had to go for it."""
    names = max((cells(name) for name, _ in lines), default=0)
    sizes = {
        column: max(cells(heading(column, words)), *(cells(column.text(row)) for _, row in lines)) for column in COLUMNS
    }
    columns, gone = list(COLUMNS), list[Column]()
    for code in _FIRST_TO_GO:
        if names + sum(GAP + sizes[column] for column in columns) <= width:
            break
        gone += [column for column in columns if column.code == code]
        columns = [column for column in columns if column.code != code]
    return columns, gone


def days(figures: Figures, words: Words) -> str:
    """Of when and of whom the figures are."""
    query = figures.query
    span = words("figures.days", first=query.first.isoformat(), last=query.last.isoformat())
    if query.first == query.last:
        span = query.first.isoformat()
    return words("figures.days_of", days=span, officer=query.officer) if query.officer else span


def notes(figures: Figures, words: Words, left_out: list[Column]) -> list[str]:
    """What has to be said below a table."""
    said = [words("figures.note.units")]
    shown = [spread for row in (*figures.rows, figures.total) for spread in (row.wait, row.service, row.hold)]
    if any(spread.few for spread in shown):
        said.append(words("figures.note.few"))
    if figures.own:
        said.append(words("figures.note.own"))
    if left_out:
        said.append(words("figures.note.left_out", columns=" ".join(heading(column, words) for column in left_out)))
    return said


def name_of(by: By, key: str, index: Index, words: Words) -> str:
    """What a row is called."""
    if not key:
        return words(f"figures.unknown.{by}") if words.has(f"figures.unknown.{by}") else words("figures.unknown.other")
    match by:
        case "group":
            return next((_pick(group.short, words) for group in index.catalog.groups if group.id == key), key)
        case "service":
            try:
                return _pick(index.service(key).short, words)
            except KeyError:
                return key
        case "channel":
            if words.has(f"figures.channel.{key}"):
                return words(f"figures.channel.{key}")
            return next((_pick(channel.short, words) for channel in index.catalog.channels if channel.id == key), key)
        case "counter":
            return words("figures.counter", counter=key)
        case "hour":
            return words("figures.hour", hour=key)
        case _:
            return key


def _pick(text: Text, words: Words) -> str:
    return text.en if words.language == "en" else text.zh


def bar(value: float, most: float, width: int) -> str:
    """A bar of at most `width` cells, drawn to an eighth of a cell; what is more than nothing is seen."""
    if most <= 0 or value <= 0 or width <= 0:
        return ""
    eighths = max(1, round(min(value / most, 1.0) * width * 8))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


Measure = Literal["tickets", "wait", "within"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
"""What the bars of the screen are of."""
_LEAST_BAR = 8


def _size_of(row: Row, measure: Measure) -> float:
    match measure:
        case "tickets":
            return float(row.tickets)
        case "wait":
            return float(row.wait.p95 or 0)
        case "within":
            return row.within / row.finished if row.finished else 0.0


class _Lines:
    """The lines of a table of figures. first: cells for the names; what is left of `width` is for the bars."""

    def __init__(self, first: int, sizes: list[int], width: int) -> None:
        columns = sum(size + GAP for size in sizes)
        self._sizes = sizes
        self._first = min(first, max(width - 2 - columns - _LEAST_BAR - GAP, 8))
        self.room = width - 2 - self._first - columns - GAP

    def line(self, name: str, texts: list[str], style: Style, last: str = "", line_id: str = "") -> Line:
        """A name, a text for each column, and the bar."""
        parts = [Cell(name, style, width=self._first)]
        parts += [
            Cell(" " * GAP + text, style, width=size + GAP, align="right")
            for text, size in zip(texts, self._sizes, strict=True)
        ]
        return Line((*parts, Cell(" " * GAP), Cell(last, "" if line_id else style, width=-1)), line_id)


def figures_view(
    asked: AskedFigures | None, query: Query, measure: Measure, words: Words, index: Index, *, width: int, at: str
) -> PanelView:
    """The figures as lines with bars. width: inside the frame. at: the line under the cursor, told in full below.

    asked: the answer to `query`, None while there is none.
    """
    title = words(f"figures.title.{'mine' if query.officer else 'hall'}", by=words(f"figures.by.{query.by}"))
    span = query.first.isoformat()
    if query.last != query.first:
        span = words("figures.days", first=span, last=query.last.isoformat())
    figures = asked.figures if asked is not None else None
    if figures is None or not figures.rows:
        return PanelView(title, _instead(asked, words), span)
    rows = [(name_of(query.by, row.key, index, words), row) for row in figures.rows]
    everything = [*rows, (words("figures.total"), figures.total)]
    columns, left_out = fitting(everything, words, width - 2 - _LEAST_BAR - GAP)
    by, heads = words(f"figures.by.{query.by}"), [heading(column, words) for column in columns]
    texts = [[column.text(row) for column in columns] for _, row in everything]
    sizes = [max(map(cells, column)) for column in zip(heads, *texts, strict=True)]
    table = _Lines(max(cells(by), *(cells(name) for name, _ in everything)), sizes, width)
    most = 1.0 if measure == "within" else max(_size_of(row, measure) for _, row in rows)
    body = [
        table.line(name, text, "", bar(_size_of(row, measure), most, table.room), f"row:{row.key}")
        for (name, row), text in zip(rows, texts[:-1], strict=True)
    ]
    chosen = next(((name, row) for name, row in rows if f"row:{row.key}" == at), rows[0])
    foot = [table.line(everything[-1][0], texts[-1], "strong")]
    foot += [Line((Cell(text),)) for text in wrap(detail(*chosen, words), width - 1)]
    foot += [Line((Cell(text, "dim"),)) for note in notes(figures, words, left_out) for text in wrap(note, width - 1)]
    head = table.line(by, heads, "title", words(f"figures.measure.{measure}"))
    return PanelView(title, (head, *body), span, tuple(foot))


def _instead(asked: AskedFigures | None, words: Words) -> tuple[Line, ...]:
    """What stands where there are no rows: not counted yet, not to be had, or nothing to count."""
    if asked is not None and asked.figures is not None:
        said = [words("figures.nothing"), *notes(asked.figures, words, [])[1:]]
        return tuple(Line((Cell(text, "dim"),)) for text in said)
    if asked is not None and asked.code:
        return (Line((Cell(words(f"figures.failed.{asked.code}"), "warn"),)),)
    return (Line((Cell(words("figures.counting"), "dim"),)),)


def detail(name: str, row: Row, words: Words) -> str:
    """A row in full, as a sentence."""
    outcomes = " ".join(f"{words(f'outcome.{outcome}')} {count}" for outcome, count in row.outcomes.items())
    said = words(
        "figures.detail",
        name=name,
        outcomes=outcomes or NOTHING,
        left=row.left,
        dropped=row.dropped,
        open=row.open,
        way=middle(row.way),
        hold=middle(row.hold),
        held=row.hold.count,
        absent=row.absent,
        transfers=row.transfers,
        cases=row.cases,
        returned=row.returned,
        diverted=row.diverted,
        offers=row.offers,
    )
    marks = sum(row.ratings)
    if marks:
        ratings = " ".join(f"{mark}:{count}" for mark, count in enumerate(row.ratings, start=1))
        said += words("figures.detail_rating", ratings=ratings, good=share(sum(row.ratings[3:]), marks))
    return said


def figures_help(words: Words, keys: Sequence[tuple[str, str]], width: int) -> PanelView:
    """What the keys do and what the columns say. keys: as they are written, with the codes of what they do. width: of
    the panel, frame included."""
    inner = max(width - 4, 20)
    lines = help_section(words, "help.now")
    for key, name in keys:
        lines += help_lines(words, key, words(f"figures.key.{name}"), words(f"figures.help.{name}"), "", inner, _KEYS)
    lines += help_section(words, "figures.help.title", *(f"figures.help.{name}" for name in _EXPLAINED), inner=inner)
    return PanelView(words("help.title"), tuple(lines), words("help.leave"))
