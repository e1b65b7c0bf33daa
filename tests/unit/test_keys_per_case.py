"""Keys are saved where it counts: any service is found in four, and a case takes half of what it would."""

from __future__ import annotations

import pytest

from benchmarks.keys_per_case import MOST_LETTERS, letters, press, templates
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load


def test_every_service_is_found_in_four_keys() -> None:
    index = Index(load())
    keys = {service.id: letters(index, service) for service in index.catalog.services}
    assert len(keys) == 47
    assert {name: found for name, found in keys.items() if found[1] > MOST_LETTERS} == {}


@pytest.mark.parametrize("service", ["idcard.renew", "license.renew", "hukou.name"])
async def test_a_card_and_the_registers_save_half_of_the_keys(service: str) -> None:
    (wanted,) = (scenario for scenario in templates() if scenario.service == service)
    typed, aided = await press(wanted, "typed"), await press(wanted, "aided")
    assert aided <= typed / 2


async def test_the_second_case_of_a_visit_takes_fewer_still() -> None:
    (wanted,) = (scenario for scenario in templates() if scenario.service == "migrate.out")
    assert await press(wanted, "second") < await press(wanted, "aided")
