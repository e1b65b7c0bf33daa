"""Some of those who are done rate their visit, once, and mostly kindly."""

from __future__ import annotations

from datetime import date

from counterdesk.catalog.index import Index
from counterdesk.practice.days import simulated
from counterdesk.practice.memory import MemoryStore
from counterdesk.station import events as e
from counterdesk.station.figures import Ledger


def test_some_of_a_days_visits_are_rated_and_each_once(index: Index) -> None:
    store, ledger = MemoryStore(lambda: None), Ledger()
    simulated(index, 5, [date(2026, 11, 2)], store=store)
    events = tuple(store.events(0))
    ledger.take_all(events)
    rated = [one.event.ticket for one in events if isinstance(one.event, e.VisitRated)]
    visits = [visit for visit in ledger.rows().visits if visit.state == "finished"]
    assert len(set(rated)) == len(rated)
    assert 0.25 < len(rated) / len(visits) < 0.55
    marks = [visit.rating for visit in visits if visit.rating]
    assert 4 < sum(marks) / len(marks) < 5
    assert len(set(marks)) > 2
    assert all(visit.rating == 0 for visit in ledger.rows().visits if visit.state != "finished")
