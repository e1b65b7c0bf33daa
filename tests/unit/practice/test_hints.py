"""What a beginner is hinted at: whom to ask, and no register before there is a number to look up."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.catalog.index import Index
from counterdesk.locale import LANGUAGES, Words
from counterdesk.screens.views.teaching import hint_way

EMPTY = CaseFile(case="", service="violation.handle")
KNOWN = msgspec.structs.replace(EMPTY, answers={"driver_id": Answer("310000199001010010")})


def scene(index: Index, file: CaseFile | None) -> Any:
    return SimpleNamespace(index=index, file=file)


@pytest.mark.parametrize(
    ("file", "key", "way"),
    [
        (EMPTY, "five_overdue", ("number", "driver_id")),
        (EMPTY, "violation_items", ("number", "driver_id")),
        (KNOWN, "five_overdue", ("register", "five_overdue")),
        (EMPTY, "driver_statement", ("ask", "driver_statement")),
        (EMPTY, "face_match", ("see", "face_match")),
        (EMPTY, "id_card_state", ("see", "id_card_state")),
        (EMPTY, "plate", ("ask", "plate")),
        (EMPTY, "variant", ("ask", "variant")),
        (None, "plate", ("ask", "plate")),
    ],
)
def test_each_thing_is_asked_where_it_is_known(
    index: Index, file: CaseFile | None, key: str, way: tuple[str, str]
) -> None:
    assert hint_way(scene(index, file), key) == way


def test_no_service_has_a_register_fact_hinted_at_before_its_number(index: Index) -> None:
    for service in index.catalog.services:
        plan = index.plan(service.id)
        for key, fact in plan.facts.items():
            way, first = hint_way(scene(index, CaseFile(case="", service=service.id)), key)
            if fact.fact.source == "register" and service.applicant_fact in plan.facts:
                assert way == ("register" if key == first == service.applicant_fact else "number"), (service.id, key)
                assert first == service.applicant_fact


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_way_has_its_words(language: str) -> None:
    words = Words.load(language)
    said = {words(f"lesson.hint.{way}", name="X", count=2) for way in ("ask", "number", "register", "see")}
    assert len(said) == 4
    assert all("X" in text for text in said)
