"""Scenarios: what a case file comes to on a day, written by hand in `data/scenarios/SERVICE.toml` and run here.

`[scenario.expect]` lists what is asserted, and nothing else is: `fires`, `silent`, `unknown` name prompts that are
true, false or not in force, undecided; `blocks`, `fields`, `missing_materials` all prompts, fields and materials in the
gate; `accepted`, `fee`, `department`, `on_the_spot`, `due`, `variant_found` single values; `params` and `values` the
places of a prompt's text and the values of facts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple

from counterdesk.catalog.assess import Assessment, evaluated, show
from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.catalog.check import Finding, close
from counterdesk.catalog.conditions import Facts
from counterdesk.catalog.index import Index

EXPECTATIONS: Final = frozenset(
    (
        *("accepted", "fires", "silent", "unknown", "blocks", "fields", "missing_materials", "params", "values"),
        *("fee", "department", "on_the_spot", "due", "variant_found"),
    )
)
KEYS: Final = frozenset(
    ("name", "on", "variant", "template", "answers", "materials", "confirmed", "role", "open_case", "expect")
)


class Scenario(NamedTuple):
    """One scenario of one service: the case, the day, who acts, and what is expected of it."""

    service: str
    name: str
    on: date
    file: CaseFile
    expect: Mapping[str, Any]
    role: str = "officer"
    open_case: str = ""
    template: bool = False

    def run(self, index: Index) -> Assessment:
        """Assess the case on its day."""
        return self.evaluate(index)[0]

    def evaluate(self, index: Index) -> tuple[Assessment, Facts]:
        """The assessment, and the facts as the conditions saw them."""
        return evaluated(index, self.file, today=self.on, role=self.role, open_case=self.open_case)


class Difference(NamedTuple):
    """What a scenario expected of one thing, and what it came to."""

    what: str
    expected: object
    got: object

    def __str__(self) -> str:
        return f"{self.what}: {self.expected} ≠ {self.got}"


def read(folder: Path) -> tuple[list[Scenario], list[Finding]]:
    """The scenarios of a catalogue folder, in the order of the files; findings on rows that are none."""
    scenarios: list[Scenario] = []
    findings: list[Finding] = []
    for path in sorted((folder / "scenarios").glob("*.toml")):
        name = f"scenarios/{path.name}"
        try:
            rows = tomllib.loads(path.read_text(encoding="utf-8")).get("scenario", [])
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            findings.append(Finding("S01", "error", name, "", str(error)))
            continue
        for row in rows:
            if found := list(_row_findings(name, row)):
                findings += found
            else:
                scenarios.append(_scenario(path.stem, row))
    return scenarios, findings


def _row_findings(file: str, row: dict[str, Any]) -> Iterator[Finding]:
    name = str(row.get("name", ""))
    for key in row.keys() - KEYS:
        yield Finding("S01", "error", file, name, key, close(key, KEYS))
    for key in sorted({"name", "on", "expect"} - row.keys()):
        yield Finding("S02", "error", file, name, key)
    if "on" in row and type(row["on"]) is not date:
        yield Finding("S03", "error", file, name, f"on = {row['on']}")
    for key in row.get("expect", {}).keys() - EXPECTATIONS:
        yield Finding("S01", "error", file, name, f"expect.{key}", close(key, EXPECTATIONS))


def _scenario(service: str, row: dict[str, Any]) -> Scenario:
    file = CaseFile(
        case="T",
        service=service,
        variant=row.get("variant", ""),
        answers={key: Answer(value) for key, value in row.get("answers", {}).items()},
        materials=row.get("materials", {}),
        confirmed=dict.fromkeys(row.get("confirmed", ()), ""),
    )
    role, other = row.get("role", "officer"), row.get("open_case", "")
    return Scenario(service, row["name"], row["on"], file, row["expect"], role, other, row.get("template", False))


def check_names(index: Index, scenarios: list[Scenario]) -> Iterator[Finding]:
    """R01 for services, facts, materials and prompts that a scenario names and the catalogue lacks; S04 for names."""
    services = {service.id for service in index.catalog.services}
    seen: set[tuple[str, str]] = set()
    for scenario in scenarios:
        file = f"scenarios/{scenario.service}.toml"
        if scenario.service not in services:
            yield Finding("R01", "error", file, scenario.name, scenario.service, close(scenario.service, services))
            continue
        if (scenario.service, scenario.name) in seen:
            yield Finding("S04", "error", file, scenario.name, "scenario")
        seen.add((scenario.service, scenario.name))
        plan = index.plan(scenario.service)
        prompts = {p.prompt.id for p in plan.prompts}
        named = [(key, plan.facts) for key in scenario.file.answers]
        named += [(code, plan.materials) for code in scenario.file.materials]  # type: ignore[misc]
        for key in ("fires", "silent", "unknown", "blocks", "params"):
            named += [(name, dict.fromkeys(prompts)) for name in scenario.expect.get(key, ())]  # type: ignore[misc]
        for name, known in named:
            if name not in known:
                yield Finding("R01", "error", file, scenario.name, name, close(name, known))


def outcome(result: Assessment) -> dict[str, Any]:
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


def differences(expect: Mapping[str, Any], result: Assessment) -> list[Difference]:
    """Where an assessment is not what the scenario expects."""
    got = outcome(result)
    found: list[Difference] = []
    for key, value in expect.items():
        match key:
            case "fires" | "unknown":
                if lacking := set(value) - got[key]:
                    states = {p.prompt.id: p.value for p in result.prompts}
                    found.append(Difference(key, sorted(lacking), {i: states.get(i) for i in sorted(lacking)}))
            case "silent":
                if loud := set(value) & (got["fires"] | got["unknown"]):
                    states = {p.prompt.id: p.value for p in result.prompts}
                    found.append(Difference(key, sorted(loud), {i: states[i] for i in sorted(loud)}))
            case "blocks" | "fields" | "missing_materials":
                if got[key] != set(value):
                    found.append(Difference(key, sorted(value), sorted(got[key])))
            case "params":
                texts = {p.prompt.id: p.params for p in result.prompts}
                found += [Difference(i, value[i], texts.get(i)) for i in value if texts.get(i) != value[i]]
            case "values":
                values = {state.fact.key: show(state.value) for state in result.facts}
                found += [Difference(i, value[i], values.get(i)) for i in value if values.get(i) != str(value[i])]
            case "fee":
                if got["fee"] is None or got["fee"] != Decimal(value):
                    found.append(Difference(key, value, got["fee"]))
            case _:
                if got[key] != value:
                    found.append(Difference(key, value, got[key]))
    return found
