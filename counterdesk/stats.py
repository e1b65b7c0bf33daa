"""`counterdesk stats`: the station's figures as a table, JSON or CSV. It signs in as an officer, and sees what he may.

With `--events FILE` it counts a recorded stream (an event a line, or what `GET /v1/events` gives), with `--demo` some
simulated days; neither asks a server.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from counterdesk.backends.base import Backend, BackendError, Session
from counterdesk.catalog.index import Index
from counterdesk.locale import Words
from counterdesk.reaching import NOT_ANSWERED, asked, no_answer, recorded, words_and_rules
from counterdesk.screens.views import figures as v
from counterdesk.station.events import Recorded
from counterdesk.station.figures import Ledger
from counterdesk.station.model import TIMEZONE
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor
from counterdesk.station.summary import LONGEST, Figures, Query, Row, summarize
from counterdesk.text import clean
from counterdesk.told import Told
from counterdesk.usage import USAGE, Unusable, in_words, say, words_for

DEMO_DAYS, DEMO_SEED = 5, 7
_WHOEVER = Actor(id="", role="leader")
"""Who holds the stream itself sees all that is in it."""


def run(given: argparse.Namespace) -> int:
    """The command. Returns the exit code."""
    words = words_for(given.lang)
    try:
        words, index = words_and_rules(given)
        query = _query(given)
        here = given.events or given.demo
        figures = _counted(given, query, index) if here else _asked(given, query)
    except (BackendError, Refused) as error:
        say(no_answer(error, words))
        return NOT_ANSWERED
    except (Told, ValueError, OSError) as error:
        say(in_words(error, words))
        return USAGE
    try:
        _print(given.format, figures, index, words)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has seen enough; nothing more can be written, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _query(given: argparse.Namespace) -> Query:
    """Raises: Unusable."""
    today = datetime.now(TIMEZONE).date()
    first = given.first or given.last or (today - timedelta(days=DEMO_DAYS - 1) if given.demo else today)
    last = given.last or (given.first if given.first and not given.demo else today)
    if not timedelta() <= last - first < timedelta(days=LONGEST):
        raise Unusable("days", first=str(first), last=str(last), most=LONGEST)
    return Query(first=first, last=last, by=given.by, officer=given.of)


def _asked(given: argparse.Namespace, query: Query) -> Figures:
    """What the station says. Raises: as `asked`."""

    async def question(backend: Backend, _session: Session) -> Figures:
        return await backend.figures(query)

    return asked(given, question)


def _counted(given: argparse.Namespace, query: Query, index: Index) -> Figures:
    """What a stream says that lies here. Raises: Told, OSError."""
    ledger = Ledger()
    if given.events:
        with given.events.open(encoding="utf-8", errors="replace") as lines:
            ledger.take_all(recorded(lines, given.events.name))
    else:
        ledger.take_all(_simulated(query, index))
    return summarize(ledger.rows(query.first, query.last), query, _WHOEVER, ledger.seq)


def _simulated(query: Query, index: Index) -> Iterable[Recorded]:
    from counterdesk.practice.days import simulated
    from counterdesk.practice.memory import MemoryStore

    days = [query.first + timedelta(days=number) for number in range((query.last - query.first).days + 1)]
    store = MemoryStore(lambda: None)
    now = datetime.now(TIMEZONE)
    simulated(index, DEMO_SEED, days, until=now if now.date() == days[-1] else None, store=store)
    return store.events(0)


def _print(form: str, figures: Figures, index: Index, words: Words) -> None:
    if form == "json":
        print(msgspec.json.format(msgspec.json.encode(figures), indent=1).decode())
    elif form == "csv":
        sys.stdout.write(as_csv(figures, index, words))
    else:
        _table(figures, index, words)


def as_csv(figures: Figures, index: Index, words: Words) -> str:
    """The rows and, last, the total (its `by` is "total"). Lengths are seconds; `few` says that a middle is of few."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180
    head = list(_cells(figures.total, "", "", ""))
    writer.writerow(head)
    for row in figures.rows:
        name = v.name_of(figures.query.by, row.key, index, words)
        writer.writerow(_cells(row, figures.query.by, row.key, name).values())
    writer.writerow(_cells(figures.total, "total", "", words("figures.total")).values())
    return out.getvalue()


def _cells(row: Row, by: str, key: str, name: str) -> dict[str, str | int]:
    """A row by column."""
    cells: dict[str, str | int] = {"by": by, "key": harmless(key), "name": harmless(name)}
    for code in ("tickets", "finished", "left", "dropped", "open", "within", "no_shows", "absent", "transfers"):
        cells[code] = getattr(row, code)
    for code in ("cases", "returned", "offers", "diverted"):
        cells[code] = getattr(row, code)
    for code in ("done", "come_back", "referred", "nothing_done"):
        cells[f"outcome_{code}"] = {str(name): count for name, count in row.outcomes.items()}.get(code, 0)
    for code in ("wait", "way", "service", "hold"):
        spread = getattr(row, code)
        cells[f"{code}_count"] = spread.count
        for part in ("total", "median", "p95"):
            cells[f"{code}_{part}_s"] = _seconds(getattr(spread, part))
        cells[f"{code}_few"] = "yes" if spread.few else "no"
    for mark, count in enumerate(row.ratings, start=1):
        cells[f"rated_{mark}"] = count
    return cells


def _seconds(length: int | None) -> str:
    """Exactly, so that a sum over the rows is that of the total."""
    if length is None:
        return ""
    whole, rest = divmod(length, 1_000_000)
    return f"{whole}.{rest:06}".rstrip("0").rstrip(".")


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula (OWASP: CSV injection): an apostrophe before what begins like one.

    A key can be what somebody set up or typed at another station.
    """
    text = clean(text)
    return (
        f"'{text}" if text.lstrip(" '\"").startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠", "|", "%")) else text
    )


def _table(figures: Figures, index: Index, words: Words) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    query = figures.query
    if not figures.rows:
        print(f"{v.days(figures, words)}: {words('figures.nothing')}")
        return
    lines = [(v.name_of(query.by, row.key, index, words), row) for row in figures.rows]
    lines.append((words("figures.total"), figures.total))
    console = Console(highlight=False, emoji=False, soft_wrap=False)
    if not console.is_terminal:
        console.width = 200  # a file or a pipe has no edge
    columns, left_out = v.fitting(lines, words, console.width)
    table = Table(box=None, pad_edge=False, padding=(0, v.GAP, 0, 0), header_style="bold")
    table.add_column(Text(words(f"figures.by.{query.by}")), no_wrap=True)
    for column in columns:
        table.add_column(Text(v.heading(column, words)), justify="right", no_wrap=True)
    for name, row in lines:
        style = "bold" if row is figures.total else ""
        table.add_row(Text(clean(name)), *(Text(column.text(row)) for column in columns), style=style)
    console.print(Text(v.days(figures, words), style="bold"))
    console.print(table)
    for note in v.notes(figures, words, left_out):
        console.print(Text(note, style="dim"))
