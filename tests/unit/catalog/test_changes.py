"""What changed in the rules since somebody last looked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from counterdesk.catalog.changes import Change, changes, seen
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.catalog.model import Catalog, Service, Text

TODAY = date(2026, 11, 23)


def _with(service: str, change: Callable[[Service], dict[str, Any]]) -> Index:
    """The shipped catalogue with one service changed."""
    catalog = load()
    services = tuple(
        msgspec.structs.replace(one, **change(one)) if one.id == service else one for one in catalog.services
    )
    return Index(_other(catalog, services=services))


def _other(catalog: Catalog, **what: Any) -> Catalog:
    return msgspec.structs.replace(catalog, sha256="another", version="another", **what)


def _against(index: Index, today: date = TODAY, then: date = TODAY) -> tuple[Change, ...]:
    return changes(seen(Index(load()), then), index, today)


def test_the_same_catalogue_on_the_same_day_is_no_news() -> None:
    assert _against(Index(load())) == ()
    assert _against(Index(_other(load()))) == ()


def test_a_changed_text_says_what_it_was() -> None:
    def change(service: Service) -> dict[str, Any]:
        first, *rest = service.prompts
        return {"prompts": (msgspec.structs.replace(first, text=Text(zh="新的话", en="new words")), *rest)}

    before = next(s for s in load().services if s.id == "hukou.birth").prompts[0]
    (found,) = _against(_with("hukou.birth", change))
    assert (found.kind, found.service, found.what, found.id) == ("changed", "hukou.birth", "prompt", before.id)
    assert found.text == Text(zh="新的话", en="new words")
    assert found.before == before.text


def test_a_changed_condition_is_a_change_without_another_text() -> None:
    def change(service: Service) -> dict[str, Any]:
        first, *rest = service.prompts
        return {"prompts": (msgspec.structs.replace(first, when="false"), *rest)}

    (found,) = _against(_with("hukou.birth", change))
    assert found.kind == "changed"
    assert found.before is None


def test_silencing_a_warning_of_the_check_is_no_change() -> None:
    def change(service: Service) -> dict[str, Any]:
        first, *rest = service.prompts
        return {"prompts": (msgspec.structs.replace(first, allow=("E1: why",)), *rest)}

    assert _against(_with("hukou.birth", change)) == ()


def test_rules_come_and_go_with_their_texts() -> None:
    gone = next(s for s in load().services if s.id == "passport.first").fees[0]
    (found,) = _against(_with("passport.first", lambda service: {"fees": service.fees[1:]}))
    assert (found.kind, found.what, found.id) == ("removed", "fee", gone.id)
    assert str(gone.amount) in found.text.zh
    index = _with("passport.first", lambda service: {"materials": service.materials[1:]})
    (back,) = changes(seen(index, TODAY), Index(load()), TODAY)
    assert (back.kind, back.what) == ("added", "material")


def test_a_service_that_comes_or_goes_is_one_change() -> None:
    catalog = load()
    first, *rest = catalog.services
    without = Index(_other(catalog, services=tuple(rest)))
    (gone,) = _against(without)
    assert (gone.kind, gone.service, gone.what) == ("removed", first.id, "service")
    assert gone.text == first.name
    assert gone.rules == len(first.prompts) + len(first.fees) + len(first.limits) + len(first.materials)
    (came,) = changes(seen(without, TODAY), Index(catalog), TODAY)
    assert (came.kind, came.rules) == ("added", gone.rules)
    (disabled,) = _against(Index(_other(catalog, disabled=(first.id,))))
    assert disabled == gone


def test_the_name_of_a_law_is_part_of_what_rests_on_it() -> None:
    def change(service: Service) -> dict[str, Any]:
        first, *rest = service.basis
        return {"basis": (msgspec.structs.replace(first, name=Text(zh="另一条", en="another")), *rest)}

    found = _against(_with("hukou.birth", change))
    assert found
    assert {one.kind for one in found} == {"changed"}


def test_the_calendar_alone_brings_rules() -> None:
    day = date(2019, 7, 1)
    index = Index(load())
    found = changes(seen(index, date(2019, 6, 30)), index, day)
    fees = {(one.kind, one.id) for one in found if one.service == "passport.first" and one.what == "fee"}
    assert fees == {("begun", "passport"), ("ended", "passport-2019")}
    assert all(one.kind in ("begun", "ended") for one in found)


def test_what_is_kept_survives_being_written_down() -> None:
    kept = seen(Index(load()), TODAY)
    again = msgspec.json.decode(msgspec.json.encode(kept), type=type(kept))
    assert again == kept
    assert changes(again, Index(_other(load())), TODAY) == ()
