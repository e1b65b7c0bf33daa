"""Who will come: from nothing, from what was seen, from how today goes; and what is kept of all days does not grow."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from statistics import fmean

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterdesk.station import commands as c
from counterdesk.station.arrivals import DAYS, FEWEST, HALF_HOURS, day_over
from counterdesk.station.day_kinds import day_kind
from counterdesk.station.forecast import EFFECT, SHAPE, arrivals_of, day_shape, forecast
from counterdesk.station.model import Appointment, Arrivals, DayKind, DayShape, QueueGroup, Settings, State

from .hall import GUIDE, MACHINE, MORNING, Hall

GROUPS = {
    "hukou": QueueGroup(id="hukou", letter="A", wait_target=20, daily=100),
    "traffic": QueueGroup(id="traffic", letter="B", wait_target=40),
}
NINE = 18
"""The half hour that begins at nine."""
TODAY = date(2024, 6, 5)
NOW = MORNING.replace(day=5)


def station(**more: object) -> State:
    """An ordinary Wednesday at nine, before anybody came."""
    return State(**{"groups": GROUPS, "day": TODAY, "day_kind": "ordinary"} | more)  # type: ignore[arg-type]


def counts(**at: int) -> tuple[int, ...]:
    """Tickets in half hours, by the number of the half hour."""
    return tuple(at.get(f"h{number}", 0) for number in range(HALF_HOURS))


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 11, 23), "after_rest"),
        (date(2026, 11, 24), "ordinary"),
        (date(2026, 11, 27), "before_rest"),
        (date(2026, 11, 28), "rest"),
        (date(2026, 9, 30), "before_long_rest"),
        (date(2026, 10, 1), "rest"),
        (date(2026, 10, 8), "after_rest"),
        (date(2031, 5, 5), "after_rest"),
        (date.min, "ordinary"),
        (date.max, "ordinary"),
    ],
)
def test_the_kind_of_a_day(day: date, kind: DayKind) -> None:
    assert day_kind(day) == kind


def test_the_kind_is_part_of_the_stream() -> None:
    hall = Hall()
    kinds = []
    for _ in range(3):
        hall.do(c.IssueTicket(group="hukou"), MACHINE)
        kinds.append(hall.state.day_kind)
        hall.now += timedelta(days=2)
    assert kinds == ["after_rest", "ordinary", "before_long_rest"]  # dragon boat festival


@pytest.mark.parametrize("kind", EFFECT)
def test_without_history_the_catalogue_and_the_kind_of_day_stand_in(kind: DayKind) -> None:
    shape = day_shape(station(), kind)
    assert sum(shape["hukou"]) == pytest.approx(100 * EFFECT[kind])
    assert shape["hukou"][NINE] == pytest.approx(100 * EFFECT[kind] * SHAPE[1] / sum(SHAPE))
    assert sum(shape["traffic"]) == 0


def test_what_was_seen_takes_the_place_of_what_was_expected() -> None:
    seen = DayShape(days=DAYS, groups={"hukou": (*(0.0,) * NINE, 50.0, *(0.0,) * (HALF_HOURS - NINE - 1))})
    known = station(arrivals=Arrivals(kinds={"ordinary": seen}))
    assert 45 < day_shape(known, "ordinary")["hukou"][NINE] < 50
    # What ordinary days are like says something of Mondays too.
    assert 50 < day_shape(known, "after_rest")["hukou"][NINE] < 65
    rest = station(arrivals=Arrivals(kinds={"rest": seen}))
    assert day_shape(rest, "ordinary")["hukou"][NINE] == pytest.approx(100 * SHAPE[1] / sum(SHAPE))


def test_a_forecast_covers_its_hours_and_ends_at_closing() -> None:
    usual = station(arrivals=Arrivals(today={"hukou": counts(h17=9, h18=3)}))
    known = forecast(usual, NOW + timedelta(minutes=10), hours=1)
    assert known.start == 550
    assert known.ends == (570, 600, 610)
    expected = [100 * share / 100 for share in (SHAPE[1] * 20 / 30, SHAPE[2], SHAPE[3] / 3)]
    assert known.groups["hukou"] == pytest.approx(expected, rel=0.05)
    late = forecast(station(), NOW.replace(hour=16, minute=45))
    assert late.end == 1020


def test_today_so_far_corrects_it() -> None:
    now = NOW + timedelta(minutes=60)
    expected = {f"h{NINE - 1 + slot}": round(SHAPE[slot]) for slot in range(3)}
    usual = station(arrivals=Arrivals(today={"hukou": counts(**expected)}))
    busy = station(arrivals=Arrivals(today={"hukou": counts(**{at: 2 * n for at, n in expected.items()})}))
    empty = station()
    rates = [sum(forecast(state, now).groups["hukou"]) for state in (empty, usual, busy)]
    assert rates[0] < 0.7 * rates[1]
    assert 1.3 * rates[1] < rates[2] < 2 * rates[1]


def test_outside_the_hours_what_came_just_now_goes_on() -> None:
    evening = NOW.replace(hour=20, minute=15)
    known = forecast(station(arrivals=Arrivals(today={"traffic": counts(h39=6, h40=3)})), evening, hours=1)
    assert sum(known.groups["traffic"]) == pytest.approx(9 * 60 / 45, abs=0.01)
    assert sum(known.groups["hukou"]) == 0
    assert sum(map(sum, forecast(station(), evening).groups.values())) == 0


def test_appointments_are_known_and_not_counted_twice() -> None:
    at = [NOW + timedelta(minutes=minutes) for minutes in (-60, -10, 30, 500)]
    booked = {f"a{n}": Appointment(id=f"a{n}", group="traffic", at=when) for n, when in enumerate(at)}
    booked["a9"] = Appointment(id="a9", group="traffic", at=at[2], ticket="t1")
    known = forecast(station(appointments=booked), NOW)
    assert known.appointments == ((530, "traffic"), (570, "traffic"))
    hall = Hall()
    hall.do(c.BookAppointment(appointment="a", group="hukou", at=MORNING + timedelta(minutes=10)), GUIDE)
    hall.do(c.CheckIn(appointment="a"), MACHINE)
    assert hall.state.arrivals.today == {}
    hall.do(c.IssueTicket(group="hukou"), MACHINE)
    assert hall.state.arrivals.today["hukou"][NINE] == 1


def test_what_comes_true_is_what_was_expected_on_the_whole() -> None:
    known = forecast(station(appointments={"a": Appointment(id="a", group="traffic", at=NOW)}), NOW)
    drawn = [arrivals_of(known, seed) for seed in range(300)]
    assert arrivals_of(known, 3) == drawn[3]
    walk_ins = [sum(standing != "appointment" for _, _, standing, _ in coming) for coming in drawn]
    assert fmean(walk_ins) == pytest.approx(sum(known.groups["hukou"]), rel=0.05)
    assert 0.8 < fmean(len(coming) - n for coming, n in zip(drawn, walk_ins, strict=True)) < 1.0
    for at, _, _, due in (each for coming in drawn for each in coming):
        assert known.start <= at
        assert due >= at
    assert all(coming == sorted(coming) for coming in drawn)


def test_the_fold_is_bounded_and_days_without_people_do_not_count() -> None:
    hall = Hall()
    sizes = []
    for day in range(60):
        for number in range(FEWEST + day % 3):
            hall.do(c.IssueTicket(group="hukou" if number % 2 else "traffic"), MACHINE)
            hall.now += timedelta(minutes=7)
        hall.now = MORNING + timedelta(days=day + 1)
        sizes.append(len(msgspec.json.encode(hall.state.arrivals)))
    hall.do(c.IssueTicket(group="hukou"), MACHINE)
    kinds = hall.state.arrivals.kinds
    assert set(kinds) == {"after_rest", "ordinary", "before_rest", "rest", "before_long_rest"} - (
        {"before_long_rest"} if "before_long_rest" not in kinds else set()
    )
    assert max(shape.days for shape in kinds.values()) == DAYS
    assert max(sizes[-10:]) < 1.2 * max(sizes[20:30])
    before = hall.state.arrivals.kinds
    hall.now += timedelta(days=1)
    hall.do(c.IssueTicket(group="hukou"), MACHINE)
    assert hall.state.arrivals.kinds == before  # one ticket makes no day


def test_opening_hours_are_settings() -> None:
    state = station(settings=Settings(opens=540, closes=1080))
    shape = day_shape(state, "ordinary")["hukou"]
    assert shape[NINE - 1] == 0
    assert shape[NINE] == pytest.approx(SHAPE[0])


def test_a_new_group_is_not_held_against_days_on_which_it_was_not_there() -> None:
    before = Arrivals(kinds={"ordinary": DayShape(days=DAYS, groups={"traffic": (0.0,) * HALF_HOURS})})
    known = station(arrivals=before)
    assert sum(day_shape(known, "ordinary")["hukou"]) == pytest.approx(100)
    first = msgspec.structs.replace(before, today={"hukou": counts(h18=40)})
    after = day_over(station(arrivals=first))
    assert after.kinds["ordinary"].groups["hukou"][NINE] == 40


def test_yesterday_says_nothing_of_this_morning() -> None:
    early = NOW.replace(hour=6, minute=15)
    known = station(arrivals=Arrivals(today={"traffic": counts(h12=9)}), day=early.date() - timedelta(days=1))
    assert sum(forecast(known, early, hours=1).groups["traffic"]) == 0


def test_who_booked_for_a_group_that_went_is_not_expected() -> None:
    booked = {"a": Appointment(id="a", group="gone", at=NOW + timedelta(minutes=20))}
    assert forecast(station(appointments=booked), NOW).appointments == ()


@given(
    today=st.lists(st.integers(0, 60), min_size=HALF_HOURS, max_size=HALF_HOURS),
    minute=st.integers(0, 1439),
    kind=st.sampled_from(sorted(EFFECT)),
    opens=st.integers(0, 1439),
    hours=st.floats(0.1, 5),
)
def test_a_forecast_is_never_negative_and_its_stretches_follow_each_other(
    today: list[int], minute: int, kind: DayKind, opens: int, hours: float
) -> None:
    now = NOW.replace(hour=minute // 60, minute=minute % 60)
    state = station(
        arrivals=Arrivals(today={"hukou": tuple(today)}),
        day_kind=kind,
        settings=Settings(opens=opens, closes=min(opens + 300, 1440)),
    )
    known = forecast(state, now, hours)
    assert all(count >= 0 for stretch in known.groups.values() for count in stretch)
    assert all(early < late for early, late in pairwise((known.start, *known.ends)))
    assert all(len(stretch) == len(known.ends) for stretch in known.groups.values())
    assert all(known.start <= at <= known.end for at, *_ in arrivals_of(known, 1))


def test_where_nobody_said_what_to_expect_what_was_seen_is_all_there_is() -> None:
    seen = DayShape(days=2, groups={"traffic": counts(h18=6)})
    assert day_shape(station(arrivals=Arrivals(kinds={"ordinary": seen})), "ordinary")["traffic"][NINE] == 6
