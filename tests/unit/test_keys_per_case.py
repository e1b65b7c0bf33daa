"""Keys are saved where the issue wants it: any service is found in four, and a case takes half of what it would."""

from __future__ import annotations

import pytest

from benchmarks.keys_per_case import MOST_LETTERS, How, Officer, Row, letters, median_ratio, templates
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.locale import Words

SOME = frozenset({"hukou.birth", "idcard.renew", "passport.first", "violation.handle", "license.renew", "trade.hotel"})


@pytest.fixture(scope="module")
def index() -> Index:
    return Index(load())


def test_every_service_is_found_in_four_keys(index: Index) -> None:
    keys = {service.id: letters(index, service) for service in index.catalog.services}
    assert len(keys) == 47
    assert {name: found for name, found in keys.items() if found[1] > MOST_LETTERS} == {}


def test_a_card_and_the_registers_save_half_of_the_keys(index: Index) -> None:
    words = Words.load("zh_CN")
    ways: tuple[How, ...] = ("typed", "aided", "second")
    rows = []
    for wanted in templates():
        if wanted.service in SOME:
            typed, aided, second = (Officer(index, words, wanted, how).work() for how in ways)
            assert second <= aided < typed, wanted.service
            rows.append(Row(wanted.service, 0, typed, aided, second, "", 0))
    assert len(rows) == len(SOME)
    assert median_ratio(rows) <= 0.5
