"""Whole simulated days of a hall in memory, one after the other: something to count where no real station is asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time

from counterdesk.catalog.index import Index
from counterdesk.practice.hall import SETUP, Hall, setup
from counterdesk.practice.memory import MemoryStore
from counterdesk.station.host import Station
from counterdesk.station.model import TIMEZONE

OPENS, CLOSES = time(8, 10), time(17)
"""At five in the afternoon the hall's day would begin anew."""


def simulated(
    index: Index, seed: int, days: Iterable[date], *, until: datetime | None = None, store: MemoryStore | None = None
) -> Station:
    """A station after these days, in order; the same seed and days give the same stream.

    until: where the last day ends early. store: where the stream goes, for whoever wants to read it.
    """
    station = Station(store or MemoryStore(lambda: None), index)
    for number, day in enumerate(days):
        opens, closes = (datetime.combine(day, at, TIMEZONE) for at in (OPENS, CLOSES))
        if until is not None and until < opens:
            break
        if not number:
            station.execute("setup", setup(index), SETUP, opens)
        hall = Hall(seed + number, 1.0, index)
        hall.begin(opens, station.state, minute=OPENS.hour * 60 + OPENS.minute)
        end = closes if until is None else min(closes, until)
        hall.play(station.execute, station.write_file, lambda: station.state, end)
    return station
