"""The files of words: complete for everything that the rules can say, alike in both languages, and short enough."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

import counterdesk
from counterdesk.catalog.assess import GateKind
from counterdesk.formats import fields
from counterdesk.locale import LANGUAGES, Words, _flatten, _plain
from counterdesk.screens.actions import ACTIONS
from counterdesk.station.model import (
    CaseStatus,
    CounterState,
    Decision,
    HandoffState,
    HoldKind,
    Outcome,
    PauseReason,
    PlanCode,
    PlanStatus,
    PriorityReason,
    TicketState,
)
from counterdesk.station.refused import REFUSAL_CODES
from counterdesk.station.roles import PERMISSIONS, Role
from counterdesk.station.routing import REASONS
from counterdesk.station.steps import STEPS
from counterdesk.text import cells

PACKAGE = Path(counterdesk.__file__).parent
COMMANDS = [command.__name__ for command in STEPS]
ROUTING = (*REASONS, "given")
CLOSED_LISTS: dict[str, tuple[str, ...]] = {
    "refused": REFUSAL_CODES,
    "ticket.state": get_args(TicketState),
    "hold": get_args(HoldKind),
    "hold_help": get_args(HoldKind),
    "outcome": get_args(Outcome),
    "counter.state": get_args(CounterState),
    "pause": get_args(PauseReason),
    "priority": get_args(PriorityReason),
    "case.status": get_args(CaseStatus),
    "decision": get_args(Decision),
    "role": get_args(Role),
    "command": (*COMMANDS, "read_station", "read_file", "write_file", "lookup"),
    "command_help": tuple(COMMANDS),
    "routing": ROUTING,
    "plan.status": get_args(PlanStatus),
    "plan.because": get_args(PlanCode),
    "gate": get_args(GateKind),
}
NOT_SHOWN = {"gate": {"first"}}
"""`first` of a gate is `kind:id`, no words; the prompts and the checklist name what is missing."""

# Values as wide as they come in a day's work.
SAMPLES: dict[str, str | int] = {
    "officer": "031234",
    "number": "A057",
    "service": "vehicle.plate-reissue",
    "counter": 12,
    "case": "26000123",
    "department": "市局人口办",
    "group": "traffic",
    "time": "11-02 08:15",
    "seconds": 180,
    "cases": 2,
    "problems": 12,
    "minutes": 125,
    "target": 20,
    "position": 18,
    "expected": 18,
    "actual": 17,
    "minimum": 9,
    "maximum": 11,
    "character": "号",
    "district": "南汇县",
    "successor": "浦东新区",
    "province": "黑龙江",
    "found": "待定",
    "year": 1899,
    "month": 13,
    "day": 31,
    "hour": 25,
    "minute": 61,
    "earliest": "2026-11-02",
    "latest": "2026-11-02",
    "first": 5,
    "last": 8,
    "normal": 7,
    "new_energy": 8,
    "prefix": "12",
    "channel": "jiaoguan12123",
    "material": "OTHER",
    "code": "1039A1039A…",
    "count": 3,
    "before": 100,
    "after": 125,
    "policy": "first_come",
    "left": 5,
    "takes": 12,
    "promise": 20,
    "overtaken": 30,
    "counters": 2,
}
ONE_LINE = tuple(f"{prefix}." for prefix in (*CLOSED_LISTS, "problem", "reason", "handoff"))
CODED = re.compile(r"\{([a-z_]+):([a-z_.]+)\}")


@cache
def load(language: str) -> Words:
    return Words.load(language)


def raw(words: Words, key: str) -> str:
    return words._table[key]


def prefixed(words: Words, prefix: str) -> dict[str, str]:
    keys = words.keys()
    found = {key: raw(words, key) for key in keys if key.startswith(f"{prefix}.")}
    assert found, prefix
    return found


def calls(name: str, folder: str) -> Iterator[ast.Call]:
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield node


def constants(node: ast.expr) -> set[str]:
    """The codes that an expression can be: a text, or one of two."""
    if isinstance(node, ast.IfExp):
        return constants(node.body) | constants(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def given_by_rules() -> dict[str, set[str]]:
    """The values that every place which raises a refusal gives with it."""
    given: dict[str, set[str]] = {}
    for call in calls("Refused", "station"):
        names = {keyword.arg for keyword in call.keywords if keyword.arg}
        for code in constants(call.args[0]):
            given[code] = given.get(code, names) & names
    return given


def given_by_problems() -> dict[str, set[str]]:
    given: dict[str, set[str]] = {}
    for folder in ("formats", "catalog", "desk"):
        for call in calls("Problem", folder):
            params = call.args[1] if len(call.args) > 1 else ast.Dict([], [])
            assert isinstance(params, ast.Dict)
            names = set().union(*(constants(key) for key in params.keys if key is not None))
            for code in constants(call.args[0]):
                given[code] = given.get(code, names) & names
    return given


def longest(words: Words, key: str) -> str:
    """The words of a key filled with wide values, every code among them with its widest words."""
    params = dict(SAMPLES)
    for name, prefix in CODED.findall(raw(words, key)):
        values = prefixed(words, prefix)
        params[name] = max(values, key=lambda value: cells(values[value])).removeprefix(f"{prefix}.")
    return words(key, **params)


def test_both_languages_say_the_same_things() -> None:
    first, *others = map(load, LANGUAGES)
    for other in others:
        assert first.keys() == other.keys()
        keys = first.keys()
        for key in keys:
            assert first.blanks(key) == other.blanks(key), key
            assert sorted(CODED.findall(raw(first, key))) == sorted(CODED.findall(raw(other, key))), key


def test_both_languages_have_the_same_files() -> None:
    names = [sorted(path.name for path in (PACKAGE / "locale" / language).iterdir()) for language in LANGUAGES]
    assert all(found == names[0] for found in names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_empty_padded_or_broken(language: str) -> None:
    words = load(language)
    keys = words.keys()
    for key in keys:
        text = raw(words, key)
        assert text, key
        assert "\n" not in text or not key.startswith(ONE_LINE), key
        assert not re.search(r"\{\}|\{(?!@[a-z_]+\}|[a-z_]+\|[^{}|]+\|[^{}|]+\})[^{}]*[^a-z0-9_:.{}][^{}]*\}", text), (
            key
        )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("prefix", CLOSED_LISTS)
def test_every_code_has_its_words(language: str, prefix: str) -> None:
    words = load(language)
    for code in CLOSED_LISTS[prefix]:
        assert words.has(f"{prefix}.{code}"), f"{prefix}.{code}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_of_a_handoff_has_its_words(language: str) -> None:
    words = load(language)
    for state in get_args(HandoffState):
        assert words.has(f"handoff.{state}"), state
        assert cells(words(f"handoff.{state}")) <= 14, state


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_permission_can_be_named(language: str) -> None:
    assert all(load(language).has(f"command.{name}") for names in PERMISSIONS.values() for name in names)


@pytest.mark.parametrize("reasons", ["decline", "refuse", "suspend", "handoff"])
def test_reasons_stand_in_the_same_order_in_both_languages(reasons: str) -> None:
    first, *others = (load(language).codes(f"reason.{reasons}") for language in LANGUAGES)
    assert len(first) > 1
    assert all(other == first for other in others)


@pytest.mark.parametrize(
    ("command", "name", "table"),
    [
        ("DeclineCase", "reason", "reason.decline"),
        ("DecideCase", "reason", "reason.refuse"),
        ("SuspendCase", "reason", "reason.suspend"),
        ("RefuseHandoff", "reason", "reason.handoff"),
        ("ReportHandoffFailure", "error", "reason.handoff"),
    ],
)
def test_reasons_given_by_the_program_have_their_words(command: str, name: str, table: str) -> None:
    known = set(load("zh_CN").codes(table))
    for call in calls(command, ""):
        for keyword in call.keywords:
            if keyword.arg == name:
                assert constants(keyword.value) - {"", "?"} <= known, ast.unparse(call)


def test_no_words_are_left_for_codes_that_are_gone() -> None:
    words = load("zh_CN")
    assert {key.removeprefix("refused.") for key in prefixed(words, "refused")} == set(REFUSAL_CODES)
    assert {key.removeprefix("problem.") for key in prefixed(words, "problem")} == (
        set(fields.CODES) | set(given_by_problems())
    )
    assert {key.removeprefix("command_help.") for key in prefixed(words, "command_help")} == set(COMMANDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_routing_reasons_say_what_the_choice_gives(language: str) -> None:
    words = load(language)
    for code, more in REASONS.items():
        assert words.blanks(f"routing.{code}") == {"minutes"} | more, code
    assert words.blanks("routing.given") <= {"number"}
    assert set(ROUTING) == {key.removeprefix("routing.") for key in prefixed(words, "routing")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_refusals_say_exactly_what_the_rules_give(language: str) -> None:
    words, given = load(language), given_by_rules()
    assert set(given) <= set(REFUSAL_CODES)
    for code in REFUSAL_CODES:
        assert words.blanks(f"refused.{code}") == given.get(code, set()) - NOT_SHOWN.get(code, set()), code


@pytest.mark.parametrize("language", LANGUAGES)
def test_problems_use_only_what_the_checks_give(language: str) -> None:
    words, given = load(language), given_by_problems()
    assert {"records.unknown_code", "rid.check_digit", "phone.landline_form"} <= set(given)
    for code in sorted(set(fields.CODES) | set(given)):
        assert words.blanks(f"problem.{code}") <= given.get(code, set()), code


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("prefix", "widest"),
    [
        ("problem", 50),
        ("refused", 60),
        ("command_help", 60),
        ("hold_help", 44),
        ("reason", 44),
        ("routing", 44),
        ("command", 14),
        ("case.status", 14),
        ("ticket.state", 8),
        ("hold", 11),
        ("outcome", 12),
        ("counter.state", 8),
        ("pause", 9),
        ("priority", 10),
        ("role", 14),
        ("gate", 12),
        ("plan.status", 9),
        ("plan.because", 76),
    ],
)
def test_words_fit_their_place(language: str, prefix: str, widest: int) -> None:
    words = load(language)
    for key in prefixed(words, prefix):
        shown = longest(words, key)
        assert "{" not in shown, f"{key}: add a sample for it"
        assert cells(shown) <= widest, f"{key}: {cells(shown)} cells: {shown}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_on_one_menu_differ(language: str) -> None:
    words = load(language)
    for prefix in ("command", "ticket.state", "case.status", "role", "gate", "hold", "outcome", "pause", "priority"):
        labels = [words(key) for key in prefixed(words, prefix)]
        assert sorted(labels) == sorted(set(labels)), prefix


def test_chinese_uses_narrow_punctuation_everywhere() -> None:
    words = load("zh_CN")
    for prefix in ("problem", "refused", "routing", "command_help", "reason"):
        for key, text in prefixed(words, prefix).items():
            assert not re.search("[，：；（）？！]", text), key


def test_the_glossary_holds() -> None:
    chinese, english = load("zh_CN"), load("en")
    assert chinese("command.AcceptCase") == "受理"
    assert english("case.status.accepted") == "accepted"
    assert chinese("case.status.closed") == "已办结"
    assert english("case.status.closed") == "finished"
    keys = english.keys()
    for key in keys:
        assert "processing" not in raw(english, key).lower(), key


LOCALE = Path(counterdesk.__file__).parent / "locale"


def flat(table: dict[str, object]) -> dict[str, str]:
    found: dict[str, str] = {}
    _flatten(table, "", found, "here")
    return found


@pytest.mark.parametrize("file", sorted(LOCALE.glob("*/*.toml")), ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_the_quick_reader_reads_what_toml_says(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    quick, whole = flat(_plain(text)), flat(tomllib.loads(text))
    assert quick
    assert list(quick.items()) == list(whole.items())


@pytest.mark.parametrize(
    "text",
    ['a = "x\\ty"', "a = 'x'", '[a]\nb.c = "x"', 'a = """x\ny"""', 'a = "x"\na = "y"', '[ a ]\nb = "x"', "a = 1"],
)
def test_the_quick_reader_leaves_all_else_to_toml(text: str) -> None:
    assert _plain(text) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_keys_are_named_as_they_are(language: str) -> None:
    words = Words.load(language)
    standard = {action.id: action.key for action in ACTIONS if action.key}
    assert set(words.codes("key")) == set(standard)
    assert {action: words(f"key.{action}") for action in standard} == {
        action: words.with_keys(standard)(f"key.{action}") for action in standard
    }
    named = [(key, text) for key, text in words._table.items() if not key.startswith("key.")]
    assert {action for _, text in named for action in re.findall(r"\{@(\w+)\}", text)} <= set(standard)
    assert [key for key, text in named if re.search(r"(?<![\w@])(F\d+|\^[A-Z]|Ctrl\+[A-PR-Z])(?!\w)", text)] == []
