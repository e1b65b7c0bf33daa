from __future__ import annotations

from datetime import date

import pytest

from counterdesk.catalog.assess import assess
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.practice.fill import complete
from counterdesk.practice.templates import Templates

INDEX = Index(load())
DAYS = (date(2026, 11, 23), date(2027, 2, 28), date(2024, 6, 3))


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_nearly_every_service_gets_a_case_that_the_gate_lets_through(today: date) -> None:
    without = []
    for service in INDEX.catalog.services:
        file = complete(INDEX, 1, service.id, today)
        if file is None:
            without.append(service.id)
        else:
            assert assess(INDEX, file, today=today, role="officer").gate == ()
    assert len(without) <= len(INDEX.catalog.services) // 10, without


def test_cases_of_one_service_have_persons_of_their_own() -> None:
    templates = Templates(7, INDEX)
    one, again, other = (templates.case_file("hukou.birth", case, DAYS[0]) for case in ("a", "a", "b"))
    assert one == again
    assert one is not None
    assert other is not None
    assert (one.case, other.case) == ("a", "b")
    assert one.answers["head_id"] != other.answers["head_id"]
    assert one.version == 0
