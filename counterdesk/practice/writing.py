"""Scenarios as people write them: a TOML file with one `[[scenario]]` table each, read and checked here.

The check names the field, says what is wrong and what to do. It plays what it checked: a scenario is in order when the
catalogue comes to what it expects, the perfect officer makes no mistake in it, and who ignores one of the rules that it
decides on makes exactly that mistake.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import msgspec

from counterdesk.catalog.assess import typed
from counterdesk.catalog.check import close
from counterdesk.catalog.conditions import UNKNOWN
from counterdesk.catalog.index import Index
from counterdesk.practice.debrief import debrief
from counterdesk.practice.papers import holder_number
from counterdesk.practice.scenario import Expect, Scenario, Truth, truth_of
from counterdesk.practice.scripted import play

_VALUES = ("facts", "claims", "mistaken", "shows")
"""Tables of values by fact key; a date in them is written as a TOML date, and "" says that there is none."""
_ID = re.compile(r"[a-z0-9.-]+/[a-z0-9-]+")


class Flaw(NamedTuple):
    """What is wrong with a scenario. field: where, "" for the file. code: a key of the words `teach.flaw`; value: what
    stands there; wanted: what should, or may have been meant."""

    scenario: str
    field: str
    code: str
    value: str = ""
    wanted: str = ""


def read(text: str) -> tuple[list[Scenario], list[Flaw]]:
    """The scenarios of a file, and what could not be read of it."""
    try:
        rows = tomllib.loads(text).get("scenario", [])
    except tomllib.TOMLDecodeError as error:
        return [], [Flaw("", "", "toml", str(error))]
    if not isinstance(rows, list) or not rows:
        return [], [Flaw("", "scenario", "none_there")]
    found: list[Scenario] = []
    flaws: list[Flaw] = []
    for number, row in enumerate(rows, 1):
        name = str(row.get("id", f"#{number}")) if isinstance(row, dict) else f"#{number}"
        try:
            found.append(msgspec.convert(_plain(row), Scenario))
        except msgspec.ValidationError as error:
            said, _, where = str(error).partition(" - at `$.")
            flaws.append(Flaw(name, where.rstrip("`") or _named(said), "form", said))
    return found, flaws


def _named(said: str) -> str:
    """The field that a message about the whole table names."""
    match = re.search(r"`([a-z_]+)`", said)
    return match[1] if match else ""


def _plain(row: Any) -> Any:
    """The table as the model has it: dates among values as text, "" as none."""
    if isinstance(row, list):
        return [_plain(item) for item in row]
    if not isinstance(row, dict):
        return row
    return {
        key: {name: _value(each) for name, each in value.items()}
        if key in _VALUES and isinstance(value, dict)
        else _plain(value)
        for key, value in row.items()
    }


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return None if value == "" else value


def check(index: Index, scenario: Scenario) -> list[Flaw]:
    """Everything that is wrong with a scenario; nothing when it can be played."""
    services = {service.id for service in index.catalog.services}
    if scenario.service not in services:
        wanted = close(scenario.service, services)
        return [Flaw(scenario.id, "service", "unknown", scenario.service, wanted or "")]
    flaws = [flaw._replace(scenario=scenario.id) for flaw in _names(index, scenario)]
    if flaws:
        return flaws
    truth = truth_of(index, scenario)
    found = [*_whole(index, scenario, truth), *_expected(scenario, truth)] or list(_played(index, scenario, truth))
    return [flaw._replace(scenario=scenario.id) for flaw in found]


# --- names and values ---------------------------------------------------------------------------------------------


def _names(index: Index, scenario: Scenario) -> Iterator[Flaw]:
    plan = index.plan(scenario.service)
    if not _ID.fullmatch(scenario.id) or not scenario.id.startswith(f"{scenario.service}/"):
        yield Flaw("", "id", "bad_id", scenario.id, f"{scenario.service}/…")
    variants = [variant.code for variant, _ in plan.variants]
    if scenario.variant not in (variants or [""]):
        yield Flaw("", "variant", "unknown", scenario.variant, ", ".join(variants))
    if not 1 <= scenario.difficulty <= 3:
        yield Flaw("", "difficulty", "range", str(scenario.difficulty), "1–3")
    number = len(plan.service.mistakes)
    if scenario.mistake is not None and not 0 <= scenario.mistake < number:
        yield Flaw("", "mistake", "range", str(scenario.mistake), f"0–{number - 1}")
    for field, table in (("facts", scenario.facts), ("claims", scenario.claims), ("mistaken", scenario.mistaken)):
        for key, value in table.items():
            if field != "facts" and key == "variant":
                continue
            if field != "mistaken" or key not in plan.materials:
                yield from _fact(index, scenario, f"{field}.{key}", key, value)
    for key in scenario.unsure:
        yield from _fact(index, scenario, "unsure", key, None)
    for key in scenario.claims.keys() & plan.facts.keys():
        fact = plan.facts[key].fact
        if fact.source == "applicant":
            yield Flaw("", f"claims.{key}", "only_his_word", key)
    codes = [paper.code for paper in scenario.papers]
    for paper in scenario.papers:
        if paper.code not in plan.materials:
            yield Flaw("", "papers.code", "unknown", paper.code, close(paper.code, plan.materials) or "")
        elif codes.count(paper.code) > 1:
            yield Flaw("", "papers.code", "twice", paper.code)
        for key, value in paper.shows.items():
            yield from _fact(index, scenario, f"papers.shows.{key}", key, value)
    yield from _rules(index, scenario)


def _fact(index: Index, scenario: Scenario, field: str, key: str, value: object) -> Iterator[Flaw]:
    plan = index.plan(scenario.service)
    fact = plan.facts.get(key)
    if fact is None:
        yield Flaw("", field, "unknown", key, close(key, plan.facts) or "")
    elif fact.fact.computed:
        yield Flaw("", field, "computed", key)
    elif value is not None and typed(fact, value, scenario.day)[0] is UNKNOWN:
        wanted = ", ".join(map(str, tuple(fact.limits.get("options", ()))[:12])) or fact.fact.type
        yield Flaw("", field, "bad_value", str(value)[:40], wanted)


def _rules(index: Index, scenario: Scenario) -> Iterator[Flaw]:
    plan = index.plan(scenario.service)
    deeds = [deed.id for deed in scenario.deeds]
    known = {
        *(f"prompt:{one.prompt.id}" for one in plan.prompts),
        *(f"material:{code}" for code in plan.materials),
        *(f"fee:{fee.id}" for fee in plan.service.fees),
        *(f"fact:{key}" for key in plan.facts),
        *(f"deed:{name}" for name in deeds),
        *("limit:promised", "limit:statutory", "variant"),
    }
    for number, rule in enumerate(scenario.decides):
        if rule not in known:
            yield Flaw("", f"decides[{number}]", "unknown", rule, close(rule, known) or "")
    overridable = [one.prompt.id for one in plan.prompts if one.prompt.overridable]
    for name in scenario.grants:
        if name not in overridable:
            yield Flaw("", f"grants.{name}", "unknown", name, close(name, overridable) or "")
    for deed in scenario.deeds:
        if deeds.count(deed.id) > 1:
            yield Flaw("", "deeds.id", "twice", deed.id)
        if deed.rule and deed.rule not in known:
            yield Flaw("", f"deeds.{deed.id}.rule", "unknown", deed.rule, close(deed.rule, known) or "")


# --- what it comes to ---------------------------------------------------------------------------------------------


def _whole(index: Index, scenario: Scenario, truth: Truth) -> Iterator[Flaw]:
    """What keeps the case from being complete, and papers that make no difference."""
    for problem in truth.found.gate:
        if problem.kind in ("field_missing", "field_invalid", "prompt_unknown", "material_open"):
            yield Flaw("", f"facts.{problem.id}", "open", problem.id)
        elif problem.kind == "variant_missing":
            fitting = [state.variant.code for state in truth.found.variants if state.applies]
            yield Flaw("", "variant", "does_not_fit", scenario.variant, ", ".join(fitting))
    needed = {state.use.code for state in truth.found.materials if state.needed}
    for paper in scenario.papers:
        if paper.code not in needed:
            yield Flaw("", "papers.code", "not_needed", paper.code)
        elif paper.state == "someone_else" and not holder_number(index, truth.file, paper.code):
            yield Flaw("", f"papers.{paper.code}.state", "no_holder", paper.code)
        elif paper.state == "altered" and not paper.shows:
            yield Flaw("", f"papers.{paper.code}.shows", "nothing_altered", paper.code)


def _expected(scenario: Scenario, truth: Truth) -> Iterator[Flaw]:
    expect, found = scenario.expect, truth.found
    if expect.outcome not in truth.outcomes:
        yield Flaw("", "expect.outcome", "differs", expect.outcome, truth.outcomes[0])
    said: tuple[tuple[str, object, object], ...] = (
        ("fee", _money(expect), None if found.fee_due is None else found.fee_due),
        ("due", expect.due, None if found.due is None else found.due.on),
        ("department", expect.department, found.department),
        ("prompts", _sorted(expect.prompts), _sorted((*truth.blocks, *truth.granted, *truth.warnings))),
        ("materials", _sorted(expect.materials), _sorted(truth.lacking)),
    )
    for field, wanted, got in said:
        if wanted is not None and wanted != got:
            yield Flaw("", f"expect.{field}", "differs", _shown(wanted), _shown(got))
    for name in scenario.grants:
        if name not in truth.granted:
            yield Flaw("", f"grants.{name}", "not_decisive", name)
    for rule in scenario.decides:
        kind, _, name = rule.partition(":")
        if (kind == "prompt" and name not in (*truth.blocks, *truth.granted, *truth.warnings)) or (
            kind == "material" and name not in truth.lacking
        ):
            yield Flaw("", "decides", "not_decisive", rule)


def _money(expect: Expect) -> object:
    if expect.fee is None:
        return None
    try:
        return Decimal(expect.fee)
    except InvalidOperation:
        return expect.fee


def _sorted(names: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(sorted(names))


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) or "–" if isinstance(value, tuple) else "–" if value is None else str(value)


def _played(index: Index, scenario: Scenario, truth: Truth) -> Iterator[Flaw]:
    perfect = debrief(index, scenario, play(index, scenario, truth=truth), truth)
    for mistake in perfect.mistakes:
        yield Flaw("", mistake.subject or "scenario", "unfair", mistake.kind, mistake.rule)
    for rule in scenario.decides:
        other = debrief(index, scenario, play(index, scenario, ignores=rule, truth=truth), truth)
        rules = {mistake.rule for mistake in other.mistakes}
        if rules != {rule}:
            yield Flaw("", "mistaken", "not_only", rule, ", ".join(sorted(rules)) or "–")
