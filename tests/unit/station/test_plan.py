"""Plans: whatever the hall, they leave nobody out; they are proposed where they pay, and alike for the same hall."""

from __future__ import annotations

from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterdesk.station.forecast import Forecast
from counterdesk.station.hall import Hall, HallCounter
from counterdesk.station.model import PlanReason
from counterdesk.station.outlook import GroupOutlook, Outlook
from counterdesk.station.plan import (
    FEW,
    MARGIN,
    NEARLY_ALWAYS,
    PATIENT,
    WORSE,
    WORST_WEIGHT,
    Effort,
    Proposal,
    choices,
    cost,
    covers,
    finish,
    pays,
    present,
    reasons,
    search,
)
from counterdesk.station.rollout import Visit

from .rollouts import ALL, counter, hall, ticket

WHY = PlanReason(code="fixed_time")
LITTLE = Effort(search=3, work=3_000, finalists=2, again=4, proof=10, early=5)


def expected(rates: dict[str, float] | None = None) -> Forecast:
    """Two and a half hours, tickets in each half hour."""
    ends = (570.0, 600.0, 630.0, 660.0, 690.0)
    return Forecast(start=540.0, ends=ends, groups={g: (n,) * 5 for g, n in (rates or {"TV": 8, "ID": 3}).items()})


def any_hall(seed: int) -> Hall:
    """Some counters with some skills and profiles, some of them away, and some people."""
    random = Random(seed)
    counters = []
    for number in range(random.randrange(1, 5)):
        skills = tuple(group for group in ALL if random.random() < 0.7) or ("TV",)
        offers = tuple(group for group in skills if random.random() < 0.6)
        away = random.random()
        breaks = ((535.0, 560.0),) if away < 0.2 else ((600.0, 630.0),) if away < 0.4 else ()
        on_duty = not 0.1 < away < 0.2 and away < 0.9
        counters.append(counter(str(number), offers, skills, breaks=breaks, on_duty=on_duty))
    groups = random.choices(ALL, k=random.randrange(12))
    return hall(*counters, waiting=tuple(ticket(f"t{n}", group, n * 2.0) for n, group in enumerate(groups)))


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_plan_gives_everybody_something_he_may_do_and_leaves_no_group_out(seed: int) -> None:
    start = any_hall(seed)
    found = finish(search(start, expected({"TV": 6, "ID": 3, "HK": 2}), why=WHY, seed=seed, effort=LITTLE))
    assert found == finish(search(start, expected({"TV": 6, "ID": 3, "HK": 2}), why=WHY, seed=seed, effort=LITTLE))
    counters = present(start, 660)
    assert (found.verdict == "nobody") == (not counters)
    if found.verdict != "better":
        assert not found.profiles
        assert found.proposed is None
        return
    by_number = {each.id: each for each in counters}
    for number, profile in found.profiles.items():
        assert profile
        assert set(profile) <= set(by_number[number].skills)
        assert set(profile) != set(by_number[number].offers)
    after = {each.id: found.profiles.get(each.id, each.offers) for each in counters}
    could = {group for each in counters for group in each.skills}
    assert could <= {group for profile in after.values() for group in profile}


def test_a_group_that_drowns_gets_a_counter_and_who_pays_for_it_is_named() -> None:
    drowning = tuple(ticket(f"h{n}", "HK", 25 + 3 * n) for n in range(4))
    start = hall(counter("1", ("HK",)), counter("2", ("TV", "ID")), counter("3", ("TV", "ID")), waiting=drowning)
    found = finish(search(start, expected({"TV": 4, "ID": 2, "HK": 2.5}), why=WHY, seed=1))
    assert found.verdict == "better"
    assert any("HK" in found.profiles.get(number, ()) for number in ("2", "3"))
    assert found.proposed is not None
    assert found.gain >= MARGIN
    assert found.better_in >= NEARLY_ALWAYS
    assert found.proposed.groups["HK"].median < found.current.groups["HK"].median
    assert found.because[0] == WHY
    assert {reason.code for reason in found.because} >= {"promise", "worst_group", "helps"}
    assert next(reason.group for reason in found.because if reason.code == "helps") == "HK"


def test_where_all_is_well_it_says_so() -> None:
    start = hall(counter("1"), counter("2"), counter("3"))
    found = finish(search(start, expected({"TV": 4, "ID": 1}), why=WHY, seed=1))
    assert (found.verdict, found.profiles, found.because) == ("no_better", {}, (WHY,))
    assert found.current.kept > 0.95


def test_a_group_that_nobody_draws_from_is_given_to_somebody_whatever_it_gains() -> None:
    start = hall(counter("1", ("TV",)), counter("2", ("TV", "ID"), ("TV", "ID")))
    found = finish(search(start, expected({"TV": 2}), why=WHY, seed=1, effort=LITTLE))
    assert found.verdict == "better"
    assert "HK" in found.profiles["1"]


def test_nobody_on_duty() -> None:
    start = hall(counter("1", on_duty=False))
    assert finish(search(start, expected(), why=WHY, seed=1, effort=LITTLE)).verdict == "nobody"


def test_who_is_back_soon_counts_as_there() -> None:
    there = counter("1")
    soon = counter("2", on_duty=False, breaks=((530.0, 560.0),))
    late = counter("3", on_duty=False, breaks=((530.0, 900.0),))
    assert present(hall(there, soon, late, counter("4", on_duty=False)), 660) == (there, soon)


@pytest.mark.parametrize(
    ("profiles", "good"),
    [
        ({}, True),
        ({"1": ("TV",)}, True),
        ({"1": ("TV",), "2": ("ID", "HK")}, True),
        ({"1": ("TV",), "2": ("ID",)}, False),
        ({"1": ()}, False),
    ],
)
def test_what_covers(profiles: dict[str, tuple[str, ...]], good: bool) -> None:
    assert covers(profiles, (counter("1"), counter("2"))) == good


def test_choices_are_what_the_officer_may_do() -> None:
    who: HallCounter = counter("1", ("ID",), ("TV", "ID"))
    found = choices(hall(who), who, expected())
    assert found[0] == ("TV", "ID")
    assert {frozenset(profile) for profile in found} == {frozenset({"TV", "ID"}), frozenset({"TV"}), frozenset({"ID"})}


def visits(**waits: tuple[float, ...]) -> list[Visit]:
    return [Visit(group, "walk_in", 540, wait, wait + 3, 600) for group, each in waits.items() for wait in each]


@pytest.mark.parametrize(
    ("seen", "points"),
    [
        ([], 0.0),
        (visits(TV=(1, 2, 3)), 0.0),
        (visits(TV=(1, 2, 3, 18)), 25 + WORST_WEIGHT * (18 - PATIENT) / (4 + FEW)),
        (visits(TV=(1, 2, 3), HK=(30,)), 25 + WORST_WEIGHT * (30 - PATIENT) / (1 + FEW)),
        (visits(TV=(12, 12), HK=(13,)), WORST_WEIGHT * 4 / 4),
    ],
)
def test_what_a_roll_out_costs(seen: list[Visit], points: float) -> None:
    assert cost(seen, 20) == pytest.approx(points)


def test_the_group_that_waits_longest_is_in_the_price() -> None:
    """Drowning the rare, long cases buys a better share, and costs more all the same."""
    fair = visits(TV=(14,) * 18 + (18, 18), HK=(14, 14))
    drowned = visits(TV=(14,) * 20, HK=(14, 90))
    assert sum(v.total <= 20 for v in drowned) > sum(v.total <= 20 for v in fair)
    assert cost(drowned, 20) > cost(fair, 20)


def outlook_of(kept: float, **groups: tuple[float, float]) -> Outlook:
    found = {name: GroupOutlook(visits=9, median=median, p95=p95, kept=kept) for name, (median, p95) in groups.items()}
    worst = max(found, key=lambda name: found[name].p95)
    return Outlook(visits=9, kept=kept, median=3, worst=worst, worst_p95=found[worst].p95, ended=700, groups=found)


def test_reasons_say_what_it_brings_and_what_it_costs_whom() -> None:
    before = outlook_of(0.81, TV=(3, 15), ID=(5, 20), HK=(19.6, 62))
    after = outlook_of(0.86, TV=(6, 22), ID=(5.4, 21), HK=(8, 24))
    assert reasons(before, after) == (
        PlanReason(code="promise", before=81, after=86),
        PlanReason(code="worst_group", group="HK", before=62, after=24),
        PlanReason(code="helps", group="HK", before=20, after=8),
        PlanReason(code="costs", group="TV", before=3, after=6),
    )


def test_a_proposal_is_json() -> None:
    found = finish(search(hall(), expected(), why=WHY, seed=1, effort=LITTLE))
    assert msgspec.json.decode(msgspec.json.encode(found), type=Proposal) == found


@pytest.mark.parametrize(
    ("gain", "better_in", "worse", "pay"),
    [
        (MARGIN, NEARLY_ALWAYS, WORSE, True),
        (MARGIN - 0.01, 1.0, 0.0, False),
        (30.0, NEARLY_ALWAYS - 0.01, 0.0, False),
        (30.0, 1.0, WORSE + 0.1, False),
        (30.0, 1.0, -20.0, True),
    ],
)
def test_when_a_plan_pays(gain: float, better_in: float, worse: float, pay: bool) -> None:
    assert pays(gain, better_in, worse) == pay
