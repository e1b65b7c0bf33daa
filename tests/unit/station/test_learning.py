"""What a station learns of handling times from its own stream."""

from __future__ import annotations

import math
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterdesk.catalog.load import load
from counterdesk.station import commands as c
from counterdesk.station import learning
from counterdesk.station.groups import queue_groups
from counterdesk.station.model import HandlingTime, Learned, QueueGroup

from .hall import CONFIGURE, OFFICER, SECOND, SETUP, Hall, replay

BIRTH = HandlingTime(median=14, p90=24)
HUKOU = QueueGroup(
    id="hukou", letter="A", wait_target=20, time=HandlingTime(median=10, p90=20), services={"hukou.birth": BIRTH}
)
GROUPS = (HUKOU, CONFIGURE.groups[1])


def hall() -> Hall:
    made = Hall()
    made.do(msgspec.structs.replace(CONFIGURE, groups=GROUPS), SETUP)
    return made


def visit(at: Hall, minutes: float, *, group: str = "hukou", counter: str = "1", service: str = "") -> None:
    by = OFFICER if counter == "1" else SECOND
    at.ticket(group, service=service)
    at.do(c.CallNext(counter=counter), by)
    at.do(c.StartService(counter=counter), by)
    at.later(minutes=minutes)
    at.do(c.FinishTicket(counter=counter), by)


def expected(at: Hall, group: str = "hukou") -> float:
    return learning.minutes(learning.of_group(at.state.learned, at.state.groups[group]))


def test_the_catalogue_is_where_it_starts() -> None:
    estimate = learning.of_group(Learned(), HUKOU)
    assert math.exp(estimate.mean) == pytest.approx(10)
    assert math.exp(estimate.mean + 1.2816 * math.sqrt(estimate.variance)) == pytest.approx(20)
    # The mean of a log-normal time lies above its median.
    assert 10 < learning.minutes(estimate) < 14
    assert 0.5 < learning.spread(estimate) < 0.7


def test_a_percentile_below_the_median_breaks_nothing() -> None:
    odd = msgspec.structs.replace(HUKOU, time=HandlingTime(median=10, p90=1))
    assert learning.minutes(learning.of_group(Learned(), odd)) == pytest.approx(10, rel=0.01)


def test_one_visit_says_little_and_many_say_all() -> None:
    at, draw = hall(), Random(5)
    before = expected(at)
    visit(at, 3)
    assert 0.8 * before < expected(at) < before
    for _ in range(150):
        visit(at, math.exp(draw.gauss(math.log(4), 0.4)))
    assert expected(at) == pytest.approx(4 * math.exp(0.08), rel=0.15)
    assert at.state.learned.groups.keys() == {"hukou"}, "the other group saw nothing"


def test_a_forgotten_finish_counts_as_a_long_visit_and_no_more() -> None:
    forgotten, long = hall(), hall()
    visit(forgotten, 600)
    visit(long, 10 * (20 / 10) ** (learning.OUTLIER / 1.2816))
    assert expected(forgotten) == pytest.approx(expected(long), rel=1e-6)


def test_a_slip_of_the_hand_is_no_visit() -> None:
    at = hall()
    visit(at, (learning.SLIP - 1) / 60)
    assert at.state.learned == Learned()


def test_services_are_told_apart_within_their_group() -> None:
    at = hall()
    for _ in range(10):
        visit(at, 30, service="hukou.birth")
        visit(at, 5, service="hukou.unlisted")
    birth = learning.of_service(at.state.learned, HUKOU, "hukou.birth")
    assert birth is not None
    assert learning.minutes(birth) > 18 > expected(at)
    assert learning.of_service(at.state.learned, HUKOU, "hukou.unlisted") is None
    assert at.state.learned.services.keys() == {"hukou.birth"}, "what the station does not list is not remembered"


def test_the_case_says_what_the_visit_was() -> None:
    at = hall()
    at.serving()
    at.do(c.OpenCase(counter="1", case="c1", service="hukou.birth"))
    at.later(minutes=30)
    at.do(c.FinishTicket(counter="1", outcome="come_back"))
    assert at.state.learned.services.keys() == {"hukou.birth"}


def test_a_slow_officer_is_slow_and_a_new_one_ordinary() -> None:
    at, draw = hall(), Random(6)
    for _ in range(60):
        minutes = math.exp(draw.gauss(math.log(5), 0.4))
        visit(at, 1.2 * minutes, group="traffic", counter="1")
        visit(at, minutes / 1.2, group="traffic", counter="2")
    learned = at.state.learned
    slow, quick = (learning.pace(learned, officer, "traffic") for officer in ("p1", "p2"))
    assert 1.08 < slow < 1.35
    assert 0.74 < quick < 0.93
    # In a group that nobody saw him in, he is expected to be as he is, a little nearer to the ordinary.
    assert 1 < learning.pace(learned, "p1", "hukou") < slow
    assert learning.pace(learned, "p9", "traffic") == 1.0


def test_what_several_had_a_hand_in_is_nobodys_pace() -> None:
    at = hall()
    ticket = at.held("papers_out")
    at.do(c.ResumeTicket(counter="1", ticket=ticket))
    at.later(minutes=9)
    at.do(c.FinishTicket(counter="1"))
    assert at.state.learned.officers.keys() == {"p1"}, "nothing was served before the hold"
    at.serving()
    at.later(minutes=5)
    at.do(c.TransferTicket(counter="1", to_group="traffic"))
    at.do(c.CallNext(counter="2"), SECOND)
    at.do(c.StartService(counter="2"), SECOND)
    at.later(minutes=5)
    at.do(c.FinishTicket(counter="2"), SECOND)
    assert at.state.learned.officers.keys() == {"p1"}
    assert math.exp(at.state.learned.groups["traffic"].mean) > 6, "but the visit took ten minutes"


def test_the_past_weighs_so_much_and_no_more() -> None:
    at = hall()
    learned = at.state.learned
    for n in range(learning.OFFICERS + 40):
        ticket = msgspec.structs.replace(at.t(at.ticket()), served=600.0)
        at.state = msgspec.structs.replace(at.state, learned=learned)
        learned = learning.learn(at.state, ticket, f"o{n}", whole=True)
    assert len(learned.officers) == learning.OFFICERS
    assert "o0" not in learned.officers
    for _ in range(400):
        at.state = msgspec.structs.replace(at.state, learned=learned)
        learned = learning.learn(at.state, ticket, "o1", whole=True)
    assert learned.groups["hukou"].weight == learning.MEMORY
    assert learned.officers["o1"]["hukou"].weight == learning.PACES


def test_what_was_learned_is_the_fold_of_the_stream_and_outlives_the_night() -> None:
    at = hall()
    visit(at, 30, service="hukou.birth")
    at.later(days=1)
    visit(at, 30, group="traffic", counter="2")
    assert at.state.learned.groups.keys() == {"hukou", "traffic"}
    assert replay(at.events) == at.state
    assert msgspec.json.decode(msgspec.json.encode(at.state.learned), type=Learned) == at.state.learned


def test_a_group_that_went_is_forgotten() -> None:
    at = hall()
    visit(at, 30, service="hukou.birth")
    visit(at, 30, group="traffic")
    at.do(msgspec.structs.replace(CONFIGURE, groups=GROUPS[1:]), SETUP)
    learned = at.state.learned
    assert set(learned.groups) == set(learned.officers["p1"]) == {"traffic"}
    assert not learned.services


def test_a_stream_from_before_anything_was_learned_still_loads() -> None:
    group = msgspec.json.decode(b'{"id":"hukou","letter":"A","wait_target":20}', type=QueueGroup)
    assert (group.time, group.services) == (HandlingTime(), {})


def test_many_forgotten_finishes_do_not_carry_a_group_away() -> None:
    at, draw = hall(), Random(7)
    usual = learning.minutes(learning.of_group(Learned(), HUKOU))
    for number in range(300):
        visit(at, 600 if number % 5 == 0 else math.exp(draw.gauss(math.log(10), 0.5)))
    assert expected(at) < 3 * usual


@given(
    seen=st.lists(st.floats(learning.SLIP / 60, 1440), max_size=40),
    one=st.floats(learning.SLIP / 60, 1440),
    other=st.floats(learning.SLIP / 60, 1440),
)
def test_whatever_is_seen_an_estimate_stays_sane_and_a_longer_visit_never_makes_it_shorter(
    seen: list[float], one: float, other: float
) -> None:
    at = hall()
    ticket = at.t(at.ticket())

    def after(learned: Learned, length: float) -> Learned:
        state = msgspec.structs.replace(at.state, learned=learned)
        return learning.learn(state, msgspec.structs.replace(ticket, served=60 * length), "p1", whole=True)

    learned = Learned()
    for length in seen:
        learned = after(learned, length)
    short, long = (after(learned, length).groups["hukou"] for length in sorted((one, other)))
    assert short.mean <= long.mean
    assert learning.minutes(short) >= learning.SLIP / 60
    assert learning.minutes(long) <= 1440 * math.exp(0.35)
    assert 0 < learning.spread(long) < 1.1


def test_a_group_is_as_varied_as_its_services_and_as_what_lies_between_them() -> None:
    catalog = load()
    for group in queue_groups(catalog):
        times = {key: learning.prior(time) for key, time in group.services.items()}
        asked = {service.id: service.daily_demand for service in catalog.services if service.group == group.id}
        mean = sum(asked[key] * time.mean for key, time in times.items()) / sum(asked.values())
        square = sum(asked[key] * (time.variance + time.mean**2) for key, time in times.items()) / sum(asked.values())
        whole = learning.prior(group.time)
        assert whole.mean == pytest.approx(mean, abs=0.01), group.id
        assert whole.variance == pytest.approx(square - mean**2, abs=0.02), group.id
