"""`counterdesk whatif`: a day played again with something changed, beside the day as it is.

The day is an ordinary one by the catalogue's figures; with `--events FILE` one of a recorded stream; with `--day` alone
one of a station, whom a shift leader asks. Exit codes: 0 fine, 1 the station did not answer, 2 what was asked cannot be
used.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from statistics import fmean
from typing import Any

import msgspec

from counterdesk.backends.base import Backend, BackendError, NotAllowed, Session
from counterdesk.backends.reading import read_day
from counterdesk.catalog.index import Index
from counterdesk.locale import Words
from counterdesk.reaching import NOT_ANSWERED, asked, no_answer, recorded, words_and_rules
from counterdesk.station.model import TIMEZONE
from counterdesk.station.past_day import Excerpt, NoSuchDay, day_of
from counterdesk.station.refused import Refused
from counterdesk.station.routing import POLICIES
from counterdesk.station.whatif import Day, Levers, Lunch, Result, Split, ordinary_day, replay, truth_of
from counterdesk.text import cells, clean, fit
from counterdesk.told import Told, file_problem
from counterdesk.usage import USAGE, in_words, say, words_for

_GAP = "  "


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what is changed, and what came of it."""

    name: str
    levers: Levers | None
    result: Result


def run(given: argparse.Namespace) -> int:
    """Play what the command line asks for and print it. Returns the exit code."""
    words = words_for(given.lang)
    try:
        words, index = words_and_rules(given)
        days, title = _days(given, index, words)
        rows = table(days, chosen(given, days[0], words), words)
    except (BackendError, Refused) as error:
        say(no_answer(error, words))
        return NOT_ANSWERED
    except (Told, ValueError, OSError) as error:
        say(in_words(error, words))
        return USAGE
    if given.json:
        print(msgspec.json.encode([_plain(row) for row in rows]).decode())
        return 0
    print(title)
    print()
    for line in shown(rows, days[0], index, words):
        print(line.rstrip())
    return 0


def _plain(row: Row) -> dict[str, Any]:
    return {"name": row.name, "levers": row.levers, "result": row.result}


def _days(given: argparse.Namespace, index: Index, words: Words) -> tuple[list[Day], str]:
    """The days to be played, and what they are in words. Raises: Told, and as `asked`."""
    if given.events is not None:
        name = clean(given.events.name)
        day = _recorded(given, name, index, words)
        return [day], words("whatif.past", day=str(given.day or name), guests=len(day.guests))
    if given.day is not None:
        day = _at_station(given, index)
        if day.last is None:
            return [day], words("whatif.past", day=str(given.day), guests=len(day.guests))
        until = f"{int(day.last) // 60:02d}:{int(day.last) % 60:02d}"
        return [day], words("whatif.so_far", day=str(given.day), until=until, guests=len(day.guests))
    days = [ordinary_day(index.catalog, given.seed + number) for number in range(given.days)]
    return days, words("whatif.ordinary", days=len(days), guests=round(fmean(len(day.guests) for day in days)))


def _recorded(given: argparse.Namespace, name: str, index: Index, words: Words) -> Day:
    try:
        with given.events.open(encoding="utf-8", errors="replace") as lines:
            return day_of(recorded(lines, name), given.day, index)
    except OSError as error:
        raise Told("whatif.no_file", name=name, problem=file_problem(error, words)) from error
    except NoSuchDay as error:
        raise Told("whatif.no_day", name=name) from error


def _at_station(given: argparse.Namespace, index: Index) -> Day:
    """A day of the station; of today what there is of it. Whoever may see everybody's figures may ask."""
    day: date = given.day

    async def question(backend: Backend, session: Session) -> Excerpt:
        if not session.actor.may("all_figures"):
            await backend.sign_out()
            raise NotAllowed("whose visits took how long is not for everybody")
        return await read_day(backend, day)

    excerpt, now = asked(given, question), clock()
    closes = excerpt.known.settings.closes
    goes_on = now.date() == day and now.hour * 60 + now.minute < closes
    try:
        return day_of(excerpt, day, index, now if goes_on else None)
    except NoSuchDay as error:
        raise Told("whatif.nobody_came", day=str(day)) from error


def clock() -> datetime:
    """The time at the station."""
    return datetime.now(TIMEZONE)


def chosen(given: argparse.Namespace, day: Day, words: Words) -> list[tuple[str, Levers]]:
    """The levers that the command line names, one by one and together; some of each kind if it names none.

    Raises: Told.
    """
    single: list[tuple[str, Levers]] = []

    def lever(name: str, levers: Levers, **params: str | int) -> None:
        single.append((words(f"whatif.lever.{name}", **params), levers))

    named = (given.counters, given.kiosk, given.plan, given.lunch, given.minutes, given.smooth, given.policy)
    example = all(each is None for each in named)
    counters = 1 if example else given.counters
    if counters:
        if counters + len(day.hall.counters) < 1:
            raise Told("whatif.too_few", counters=len(day.hall.counters))
        lever("counters", Levers(counters=counters), count=f"{counters:+d}")
    kiosk = min(1.0, day.kiosk + 0.1) if example else given.kiosk
    if kiosk is not None:
        lever("kiosk", Levers(kiosk=kiosk), share=round(100 * kiosk))
    plan = "apart" if example else given.plan
    if plan:
        split, profiles = _plan(plan, day)
        text = clean(plan) if profiles else words(f"hall.whatif.{split}")
        lever("plan", Levers(split=split, profiles=profiles), text=text)
    lunch: Lunch | None = "staggered" if example else given.lunch
    if lunch:
        lever(lunch, Levers(lunch=lunch))
    minutes = 0.85 if example else given.minutes
    if minutes is not None:
        lever("minutes", Levers(minutes=minutes), percent=round(100 * minutes))
    smooth = 0.5 if example else given.smooth
    if smooth is not None:
        lever("smooth", Levers(smooth=smooth), share=round(100 * smooth))
    if given.policy:
        if given.policy not in POLICIES:
            raise Told("whatif.no_policy", policy=clean(given.policy), known=" ".join(POLICIES))
        lever("policy", Levers(policy=given.policy), text=given.policy)
    if not example and len(single) > 1:
        single.append((words("whatif.lever.all"), _together([levers for _, levers in single])))
    return single


def _together(levers: Iterable[Levers]) -> Levers:
    """All of them at once: each names something else."""
    fields: dict[str, Any] = {}
    for each in levers:
        fields |= {name: value for name, value in msgspec.structs.asdict(each).items() if value != _UNCHANGED[name]}
    return Levers(**fields)


_UNCHANGED = msgspec.structs.asdict(Levers())


def _plan(text: str, day: Day) -> tuple[Split, dict[str, tuple[str, ...]]]:
    """A plan as it is written on the command line. Raises: Told."""
    if text in ("apart", "everything"):
        return "apart" if text == "apart" else "everything", {}
    profiles: dict[str, tuple[str, ...]] = {}
    known = {group.id for group in day.hall.groups}
    for part in text.split("/"):
        number, equals, groups = part.partition("=")
        profile = tuple(group.strip() for group in groups.split(",") if group.strip())
        if not equals or not profile:
            raise Told("whatif.no_plan", text=clean(text))
        if number.strip() not in {counter.id for counter in day.hall.counters}:
            raise Told("whatif.no_counter", counter=clean(number.strip()))
        for group in profile:
            if group not in known:
                raise Told("whatif.no_group", group=clean(group))
        profiles[number.strip()] = profile
    return "as_is", profiles


def table(days: list[Day], levers: Iterable[tuple[str, Levers]], words: Words) -> list[Row]:
    """The day as it truly was where that is known, as it is played without a change, and with each lever."""
    rows: list[Row] = []
    if (truth := truth_of(days)) is not None:
        rows.append(Row(words("whatif.lever.truth"), None, truth))
    rows.append(Row(words("whatif.lever.base"), Levers(), replay(days, Levers())))
    return rows + [Row(name, each, replay(days, each)) for name, each in levers]


def shown(rows: list[Row], day: Day, index: Index, words: Words) -> list[str]:
    """The table in columns."""
    columns = ("lever", "counter", "kiosk", "left", "kept", "median", "worst", "p95", "ended")
    head = [words(f"whatif.column.{name}", promise=round(day.hall.promise)) for name in columns]
    lines = [head] + [_cells(row, index, words) for row in rows]
    widths = [max(cells(line[at]) for line in lines) for at in range(len(columns))]
    left = {0, 6}
    return [
        _GAP.join(
            fit(text, width, align="left" if at in left else "right")
            for at, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]


def _cells(row: Row, index: Index, words: Words) -> list[str]:
    seen, days = row.result.outlook, max(1, row.result.days)
    names = {group.id: group.short for group in index.catalog.groups}
    worst = getattr(names.get(seen.worst), "en" if words.language == "en" else "zh", seen.worst)
    return [
        row.name,
        f"{seen.visits / days:.0f}",
        f"{row.result.kiosk:.0f}",
        f"{row.result.left:.0f}",
        f"{100 * seen.kept:.1f}%",
        f"{seen.median:.1f}",
        worst,
        f"{seen.worst_p95:.1f}",
        f"{int(seen.ended) // 60:02d}:{int(seen.ended) % 60:02d}",
    ]
