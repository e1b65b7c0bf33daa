"""Every scenario of the catalogue, assessed and compared with what was worked out by hand."""

from __future__ import annotations

from functools import cache

import pytest

from counterdesk.catalog import build
from counterdesk.catalog.assess import dropped
from counterdesk.catalog.index import Index
from counterdesk.catalog.tools.coverage import SHARED, Coverage, cover, run_all
from counterdesk.catalog.tools.scenarios import Scenario, check_names, differences, read


@cache
def index() -> Index:
    """The catalogue as the TOML files are now, not as it was last built."""
    return Index(build.build()[0])


ALL, FINDINGS = read(build.DATA)
SERVICES = sorted({scenario.service for scenario in ALL})


def name(value: object) -> str | None:
    return f"{value.service}: {value.name}" if isinstance(value, Scenario) else None


@pytest.mark.parametrize("scenario", ALL, ids=name)
def test_scenario(scenario: Scenario) -> None:
    result = scenario.run(index())
    assert differences(scenario.expect, result) == [], f"gate: {result.gate}"


def test_scenarios_name_only_what_there_is() -> None:
    assert [*FINDINGS, *check_names(index(), ALL)] == []


@pytest.mark.parametrize("scenario", [s for s in ALL if not s.file.answers], ids=name)
def test_an_empty_case_is_never_denied(scenario: Scenario) -> None:
    assert not [p for p in scenario.run(index()).prompts if p.prompt.level == "BLOCK" and p.value]


@pytest.mark.parametrize("scenario", [s for s in ALL if s.template], ids=name)
def test_a_template_is_acceptable_and_has_nothing_wrong(scenario: Scenario) -> None:
    result = scenario.run(index())
    assert result.gate == ()
    assert [s.fact.key for s in result.facts if s.problem] == []
    assert dropped(result, scenario.file) == ()


@pytest.mark.parametrize("service", SERVICES)
def test_every_variant_has_an_acceptable_case(service: str) -> None:
    accepted = {s.run(index()).variant for s in ALL if s.service == service and s.expect.get("accepted")}
    assert accepted == {v.code for v in index().service(service).variants} or accepted == {""}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_a_template_a_half_filled_and_a_refused_case(service: str) -> None:
    rows = [s for s in ALL if s.service == service]
    assert any(s.template for s in rows)
    assert any(s.expect.get("unknown") for s in rows)
    assert any(s.expect.get("blocks") for s in rows)


@cache
def coverage() -> Coverage:
    return cover(index(), run_all(index(), ALL))


@pytest.mark.parametrize("service", SERVICES)
def test_every_prompt_and_material_is_true_in_one_scenario_and_false_in_another(service: str) -> None:
    """A condition that never flips is not shown to say anything."""
    file = f"services/{service}.toml"
    assert [(key, value) for key, value in coverage().lacking() if key[0] == file and value is not None] == []


def test_every_global_prompt_is_true_in_one_scenario_and_false_in_another() -> None:
    assert [(key, value) for key, value in coverage().lacking() if key[0] == SHARED and value is not None] == []
