"""Ratings: one mark a visit, once it is over, by the device and nobody else; no words."""

from __future__ import annotations

import msgspec
import pytest

from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.apply import apply
from counterdesk.station.roles import PERMISSIONS
from counterdesk.station.summary import Query, summarize

from .hall import AUXILIARY, LEADER, OFFICER, RATER, Hall
from .test_figures import ledger_of


def finished() -> tuple[Hall, str]:
    hall = Hall()
    ticket = hall.serving()
    hall.later(minutes=3)
    hall.do(c.FinishTicket(counter="1"))
    return hall, ticket


def test_a_visit_is_rated_once() -> None:
    hall, ticket = finished()
    (event,) = hall.do(c.RateVisit(ticket=ticket, mark=4), RATER)
    assert event == e.VisitRated(at=hall.now, by="d1", ticket=ticket, mark=4)
    assert hall.t(ticket).rating == 4
    assert hall.no(c.RateVisit(ticket=ticket, mark=1), RATER) == ("already_rated", {"number": "A001"})


def test_only_what_is_over_is_rated() -> None:
    hall = Hall()
    ticket = hall.serving()
    assert hall.no(c.RateVisit(ticket=ticket, mark=5), RATER)[0] == "ticket_state"
    hall.do(c.TicketLeaves(ticket=ticket))
    assert hall.no(c.RateVisit(ticket=ticket, mark=5), RATER)[0] == "ticket_state"
    assert hall.no(c.RateVisit(ticket="t?", mark=5), RATER)[0] == "unknown_ticket"


@pytest.mark.parametrize("by", [OFFICER, LEADER, AUXILIARY])
def test_nobody_rates_himself(by: object) -> None:
    hall, ticket = finished()
    assert hall.no(c.RateVisit(ticket=ticket, mark=5), by)[0] == "not_permitted"  # type: ignore[arg-type]
    assert {role for role in PERMISSIONS if "RateVisit" in PERMISSIONS[role]} == {"rating_device"}


def test_taking_the_end_back_gives_no_second_mark() -> None:
    hall, ticket = finished()
    hall.do(c.RateVisit(ticket=ticket, mark=2), RATER)
    hall.later(seconds=2)
    hall.do(c.UndoStep(counter="1"))
    assert (hall.t(ticket).state, hall.t(ticket).rating) == ("serving", 2)
    hall.do(c.FinishTicket(counter="1"))
    assert hall.no(c.RateVisit(ticket=ticket, mark=5), RATER)[0] == "already_rated"


def test_marks_are_counted_where_the_visit_is() -> None:
    hall, ticket = finished()
    hall.do(c.RateVisit(ticket=ticket, mark=5), RATER)
    for _ in range(2):
        other = hall.serving("traffic")
        hall.do(c.FinishTicket(counter="1"))
        hall.do(c.RateVisit(ticket=other, mark=3), RATER)
    query = Query(first=hall.now.date(), last=hall.now.date())
    figures = summarize(ledger_of(hall.events).rows(), query, LEADER, 0)
    assert {row.key: row.ratings for row in figures.rows} == {"hukou": (0, 0, 0, 0, 1), "traffic": (0, 0, 2, 0, 0)}
    assert figures.total.ratings == (0, 0, 2, 0, 1)


@pytest.mark.parametrize("mark", ["0", "6", '"5"', "4.5", "null"])
def test_a_mark_is_one_of_five(mark: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(f'{{"type": "RateVisit", "ticket": "t", "mark": {mark}}}', type=c.AnyCommand)


def test_a_mark_is_in_the_stream_and_nothing_else_of_its_giver() -> None:
    hall, ticket = finished()
    (event,) = hall.do(c.RateVisit(ticket=ticket, mark=1), RATER)
    assert set(event.__struct_fields__) == {"at", "by", "ticket", "mark"}
    assert apply(hall.state, event) == hall.state
