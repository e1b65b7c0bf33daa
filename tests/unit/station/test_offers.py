"""Where somebody need not wait, and what that saves him."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.station.offers import Way, saved, ways

TODAY = date(2026, 11, 23)


@cache
def index() -> Index:
    return Index(load())


def ids(found: tuple[Way, ...]) -> list[tuple[str, bool | None]]:
    return [(way.channel.id, way.possible) for way in found]


@pytest.mark.parametrize("service", ["idcard.first", "hukou.name", "passport.first", "idcard.temp"])
def test_what_only_a_counter_can_do_is_offered_nowhere_else(service: str) -> None:
    assert ways(index(), service, today=TODAY) == ()


def test_a_variant_decides() -> None:
    unknown = ways(index(), "idcard.renew", today=TODAY)
    assert ids(unknown) == [("kiosk", None), ("suishenban", None)]
    assert all("variant" in way.ask for way in unknown)
    assert ids(ways(index(), "idcard.renew", today=TODAY, variant="R1")) == [("kiosk", True), ("suishenban", True)]
    assert ways(index(), "idcard.renew", today=TODAY, variant="R2") == ()


def test_what_the_case_says_decides() -> None:
    def own(kind: str) -> list[tuple[str, bool | None]]:
        answers = {"vehicle_owner_kind": Answer(value=kind)}
        file = CaseFile(case="c", service="violation.handle", answers=answers)
        return ids(ways(index(), "violation.handle", today=TODAY, file=file))

    assert own("own") == [("kiosk", None), ("jiaoguan12123", None)]
    assert own("other") == []


def test_the_day_decides() -> None:
    """The passport can be renewed online from 2024-05-06."""
    answers = {"person_id": Answer(value="310000199001010010"), "renew_reason": Answer(value="expiring")}
    answers |= {"registered_person": Answer(value="none")}
    file = CaseFile(case="c", service="passport.renew", answers=answers)
    before = ways(index(), "passport.renew", today=date(2024, 5, 5), file=file)
    after = ways(index(), "passport.renew", today=date(2024, 5, 6), file=file)
    assert ids(before) == [("kiosk", True)]
    assert ids(after) == [("kiosk", True), ("immigration", True)]


def test_what_is_certain_stands_first() -> None:
    assert ids(ways(index(), "license.downgrade", today=TODAY)) == [("jiaoguan12123", True), ("kiosk", None)]


def test_what_is_saved_is_no_more_than_what_is_known() -> None:
    kiosk, app = ways(index(), "hkmtw.hkm-endorse", today=TODAY)
    assert (kiosk.minutes, app.minutes) == (3, None)
    assert saved(kiosk, waiting=20, serving=7) == 24
    assert saved(app, waiting=20, serving=7) == 20  # how long the app takes nobody says
    assert saved(kiosk, waiting=0, serving=2) == 0


def test_an_unknown_service_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        ways(index(), "moon.landing", today=TODAY)
