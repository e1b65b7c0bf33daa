"""Every scenario of the catalogue, assessed and compared with what was worked out by hand."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from counterdesk.catalog import build
from counterdesk.catalog.assess import Assessment, assess, show
from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.catalog.index import Index

FOLDER = build.DATA / "scenarios"
EXPECTATIONS = {
    *("accepted", "fires", "silent", "unknown", "blocks", "fields", "missing_materials", "params", "values"),
    *("fee", "department", "on_the_spot", "due", "variant_found"),
}


@cache
def index() -> Index:
    """The catalogue as the TOML files are now, not as it was last built."""
    return Index(build.build()[0])


def scenarios() -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    for path in sorted(FOLDER.glob("*.toml")):
        found += [(path.stem, row) for row in tomllib.loads(path.read_text(encoding="utf-8"))["scenario"]]
    return found


ALL = scenarios()


def name(value: object) -> str | None:
    return value["name"] if isinstance(value, dict) else None


def case_file(service: str, row: dict[str, Any]) -> CaseFile:
    return CaseFile(
        case="T",
        service=service,
        variant=row.get("variant", ""),
        answers={key: Answer(value) for key, value in row.get("answers", {}).items()},
        materials=row.get("materials", {}),
        confirmed=dict.fromkeys(row.get("confirmed", ()), ""),
    )


def run(service: str, row: dict[str, Any]) -> Assessment:
    role, other = row.get("role", "officer"), row.get("open_case", "")
    return assess(index(), case_file(service, row), today=row["on"], role=role, open_case=other)


def found(result: Assessment) -> dict[str, Any]:
    """An assessment in the words of `[scenario.expect]`."""
    values = {p.prompt.id: p.value for p in result.prompts}
    gate = [(problem.kind.partition("_")[0], problem.id) for problem in result.gate]
    return {
        "accepted": not gate,
        "fires": {i for i, value in values.items() if value},
        "unknown": {i for i, value in values.items() if value is None},
        "blocks": {i for kind, i in gate if kind == "prompt"},
        "fields": {i for kind, i in gate if kind == "field"},
        "missing_materials": {i for kind, i in gate if kind == "material"},
        "fee": result.fee_due,
        "department": result.department,
        "on_the_spot": result.on_the_spot,
        "due": None if result.due is None or result.due.on is None else result.due.on.isoformat(),
        "variant_found": result.variant,
    }


@pytest.mark.parametrize(("service", "row"), ALL, ids=name)
def test_scenario(service: str, row: dict[str, Any]) -> None:
    expect, result = row["expect"], run(service, row)
    assert set(expect) <= EXPECTATIONS
    got = found(result)
    wrong: dict[str, object] = {}
    for key, value in expect.items():
        match key:
            case "fires" | "unknown":
                bad: object = set(value) - got[key]
            case "silent":
                bad = set(value) & (got["fires"] | got["unknown"])
            case "blocks" | "fields" | "missing_materials":
                bad = got[key] ^ set(value)
            case "params":
                texts = {p.prompt.id: p.params for p in result.prompts}
                bad = {i: texts[i] for i in value if texts[i] != value[i]}
            case "values":
                values = {state.fact.key: show(state.value) for state in result.facts}
                bad = {i: values[i] for i in value if values[i] != str(value[i])}
            case "fee":
                bad = got["fee"] if got["fee"] != Decimal(value) else None
            case _:
                bad = (got[key],) if got[key] != value else None
        if bad:
            wrong[key] = bad
    assert not wrong, f"gate: {result.gate}"


@pytest.mark.parametrize(("service", "row"), [s for s in ALL if not s[1].get("answers")], ids=name)
def test_an_empty_case_is_never_denied(service: str, row: dict[str, Any]) -> None:
    assert not [p for p in run(service, row).prompts if p.prompt.level == "BLOCK" and p.value]


@pytest.mark.parametrize(("service", "row"), [s for s in ALL if s[1].get("template")], ids=name)
def test_a_template_is_acceptable_and_has_nothing_wrong(service: str, row: dict[str, Any]) -> None:
    result = run(service, row)
    assert result.gate == ()
    assert [s.fact.key for s in result.facts if s.problem] == []
    left_over = [s.fact.key for s in result.facts if s.status == "irrelevant" and s.fact.key in row["answers"]]
    assert left_over == []
    known = {s.fact.key for s in result.facts}
    assert set(row["answers"]) <= known
    assert set(row["materials"]) <= {m.use.code for m in result.materials}


@pytest.mark.parametrize("service", sorted({service for service, _ in ALL}))
def test_every_variant_has_an_acceptable_case(service: str) -> None:
    accepted = {run(s, row).variant for s, row in ALL if s == service and row["expect"]["accepted"]}
    assert accepted == {v.code for v in index().service(service).variants} or accepted == {""}


@pytest.mark.parametrize("service", sorted({service for service, _ in ALL}))
def test_every_service_has_a_template_a_half_filled_and_a_refused_case(service: str) -> None:
    rows = [row for s, row in ALL if s == service]
    assert any(row.get("template") for row in rows)
    assert any(row["expect"].get("unknown") for row in rows)
    assert any(row["expect"].get("blocks") for row in rows)


def test_scenario_names_are_unique_in_their_service() -> None:
    names = [(service, row["name"]) for service, row in ALL]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("service", sorted({service for service, _ in ALL}))
def test_every_prompt_and_material_is_true_in_one_scenario_and_false_in_another(service: str) -> None:
    """A condition that never flips is not shown to say anything."""
    seen: dict[str, set[bool | None]] = {}
    for _, row in (s for s in ALL if s[0] == service):
        result = run(service, row)
        for prompt in result.prompts:
            seen.setdefault(prompt.prompt.id, set()).add(prompt.value)
        for material in result.materials:
            seen.setdefault(material.use.code, set()).add(material.needed)
    own = index().service(service)
    conditions = {p.id: p.when for p in own.prompts} | {m.code: m.when for m in own.materials}
    stuck = [i for i, when in conditions.items() if when and not {True, False} <= seen[i]]
    assert stuck == []


def test_every_global_prompt_is_true_in_one_scenario_and_false_in_another() -> None:
    seen: dict[str, set[bool | None]] = {}
    for service, row in ALL:
        for prompt in run(service, row).prompts:
            seen.setdefault(prompt.prompt.id, set()).add(prompt.value)
    assert [p.id for p in index().catalog.prompts if p.when and not {True, False} <= seen[p.id]] == []


def test_a_day_is_a_day() -> None:
    assert all(type(row["on"]) is date for _, row in ALL)
