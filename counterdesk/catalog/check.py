"""What can be wrong with the shape of a catalogue, as coded findings. The build fails on those of severity `error`.

What needs cases to be tried (tables, dates, coverage, conditions that never hold) is found by `tools/lint.py`.

| code | what |
|---|---|
| S01 | a key that the model does not know, or a file that is no TOML |
| S02 | a key that the model wants is missing |
| S03 | a value that is not of the model's type |
| S04 | the same id twice |
| S05 | an id that is not of its pattern, or a fact named like a system fact or a word of the language |
| S08 | an empty text |
| S09 | full-width characters in an id or a condition, or a file that is no UTF-8 |
| R01 | a reference to something that does not exist |
| R02 | (warning) a check, a material, an option list or a basis that nothing uses |
| R05 | a character in a name without a reading |
| R06 | facts that depend on each other in a circle |
| R08 | a channel of a service whose condition for it never holds |
| E01 | a condition that cannot be parsed |
| E02 | something that the language does not have |
| E03 | an unknown function |
| E04 | kinds that do not go together: a date against a text, a code that is not an option, no truth value |
| E08 | a condition too long or too deep |
| E11 | a service condition that is empty: write true or false |
| E12 | an unknown field type, an enum without options, or a `normal` or row value that is not of the type |
| P01 | a place {…} in a prompt that nothing fills, or a parameter without a place |
| D01 | a BLOCK prompt without a legal basis |
"""

from __future__ import annotations

import difflib
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final, Literal, NamedTuple

from counterdesk.formats import fields

from .conditions import (
    FUNCTIONS,
    Arithmetic,
    Call,
    Compare,
    ConditionError,
    Junction,
    Node,
    Not,
    Ref,
    materials,
    names,
    parse,
)
from .conditions import Literal as Constant
from .model import Catalog, Fact, Prompt, Service
from .plan import (
    SERVICE_CONDITIONS,
    SYSTEM_FACTS,
    CycleError,
    fact_conditions,
    make_plan,
    prompt_conditions,
    service_conditions,
)

Severity = Literal["error", "warning"]
Kind = Literal["text", "bool", "number", "date", "records", "set"]

_ERROR_CODES: Final = {
    "syntax": "E01",
    "bad_argument": "E01",
    "forbidden": "E02",
    "unknown_function": "E03",
    "too_long": "E08",
    "too_deep": "E08",
}
_SYSTEM_KINDS: Final[dict[str, Kind]] = {
    "today": "date",
    "applicant_birth": "date",
    "due_on": "date",
    "due_kind": "text",
    "applicant_age": "number",
    "due_days": "number",
    "fee_due": "number",
    "materials_missing": "bool",
    "kiosk_possible": "bool",
    "app_possible": "bool",
    "guardian_needed": "bool",
    "agent_allowed": "bool",
}
_FIELD_KINDS: Final[dict[str, Kind]] = {
    "bool": "bool",
    "int": "number",
    "money": "number",
    "date": "date",
    "date_or_long": "date",
    "datetime": "date",
    "records": "records",
    "enum_set": "set",
}
_FUNCTION_KINDS: Final[dict[str, Kind]] = {
    "age": "number",
    "birth": "date",
    "days_since": "number",
    "days_until": "number",
    "months_after": "date",
    "years_after": "date",
    "total": "number",
    "largest": "number",
    "distinct": "number",
    "count": "number",
    "sex": "text",
    "region": "text",
    "surname": "text",
}
_FACT_KEY = re.compile(r"[a-z][a-z0-9_]*")
_MATERIAL_CODE = re.compile(r"[A-Z][A-Z0-9]*")
_CHANNEL_ID = re.compile(r"[a-z][a-z0-9_]*")
_SERVICE_ID = re.compile(r"[a-z]+\.[a-z][a-z-]*")


class Finding(NamedTuple):
    """One finding: where (file and id, `id` may name a field after a dot), what value, and what may have been meant."""

    code: str
    severity: Severity
    file: str
    id: str
    value: str = ""
    suggestion: str = ""
    line: int = 0

    def __str__(self) -> str:
        hint = f" (did you mean {self.suggestion}?)" if self.suggestion else ""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{self.code} {self.severity} {place} {self.id}: {self.value}{hint}"


class _Scope(NamedTuple):
    """What the conditions of one file may name."""

    file: str
    facts: Mapping[str, Fact]
    materials: frozenset[str]
    options: Mapping[str, tuple[str, ...]]
    variants: tuple[str, ...] | None

    def codes_of(self, name: str) -> tuple[str, ...]:
        """The codes that the value of `name` is limited to; none when it is not limited."""
        if name == "variant":
            return self.variants or ()
        fact = self.facts.get(name)
        if fact is None or fact.type.partition("(")[0] not in ("enum", "enum_set"):
            return ()
        return tuple(o.code for o in fact.options) or self.options.get(fact.options_from, ())

    def kind_of(self, name: str) -> Kind:
        if name in SYSTEM_FACTS:
            return _SYSTEM_KINDS.get(name, "text")
        return _FIELD_KINDS.get(self.facts[name].type.partition("(")[0], "text") if name in self.facts else "text"


def check(catalog: Catalog) -> list[Finding]:
    """All findings over a catalogue that has the model's shape, in the order of the files."""
    findings = list(_tables(catalog))
    options = {key: tuple(option.code for option in group) for key, group in catalog.options.items()}
    shared = {fact.key: fact for fact in catalog.facts}
    codes = frozenset(material.code for material in catalog.materials)
    scope = _Scope("global.toml", shared, codes, options, None)
    findings += _facts(catalog.facts, scope)
    findings += _prompts(catalog.prompts, frozenset(b.id for b in catalog.basis), scope)
    for service in catalog.services:
        findings += _service(catalog, service, scope)
    findings += _carried(catalog)
    findings += _unused(catalog)
    return findings


def _carried(catalog: Catalog) -> Iterator[Finding]:
    """Facts that `carry.toml` names: each exists, and has one meaning."""
    known = {fact.key for fact in catalog.facts}
    for service in catalog.services:
        known |= {fact.key for fact in service.facts} | {f"{service.id}/{fact.key}" for fact in service.facts}
    named = [fact for meaning in catalog.carry.same for fact in meaning.facts]
    yield from _duplicates("carry.toml", [meaning.id for meaning in catalog.carry.same])
    yield from _duplicates("carry.toml", named)
    for name in (*catalog.carry.anew, *named):
        if name not in known:
            yield Finding("R01", "error", "carry.toml", name, "fact", close(name, known))


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Those that a build fails on."""
    return [finding for finding in findings if finding.severity == "error"]


def close(word: str, known: Iterable[str]) -> str:
    """The known word most like `word`, or ""."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)), "")


def _duplicates(file: str, ids: Iterable[str]) -> Iterator[Finding]:
    for name, count in Counter(ids).items():
        if count > 1:
            yield Finding("S04", "error", file, name, f"{count} times")


def _pattern(file: str, ids: Iterable[str], pattern: re.Pattern[str]) -> Iterator[Finding]:
    for name in ids:
        narrow = unicodedata.normalize("NFKC", name)
        if narrow != name:
            yield Finding("S09", "error", file, name, "full-width", narrow)
        elif not pattern.fullmatch(name):
            yield Finding("S05", "error", file, name, pattern.pattern)


def _tables(catalog: Catalog) -> Iterator[Finding]:
    yield from _duplicates("catalog.toml", [c.id for c in catalog.categories])
    yield from _duplicates("catalog.toml", [g.id for g in catalog.groups])
    yield from _duplicates("catalog.toml", [g.letter for g in catalog.groups])
    yield from _duplicates("departments.toml", [d.id for d in catalog.departments])
    yield from _duplicates("channels.toml", [c.id for c in catalog.channels])
    yield from _pattern("channels.toml", [c.id for c in catalog.channels], _CHANNEL_ID)
    yield from _duplicates("materials.toml", [m.code for m in catalog.materials])
    yield from _pattern("materials.toml", [m.code for m in catalog.materials], _MATERIAL_CODE)
    yield from _duplicates("violations.toml", [v.code for v in catalog.violations])
    yield from _duplicates("global.toml", [b.id for b in catalog.basis])
    yield from _duplicates("services", [s.id for s in catalog.services])
    yield from _duplicates("services", [str(s.number) for s in catalog.services])
    yield from _pattern("services", [s.id for s in catalog.services], _SERVICE_ID)
    for key, group in catalog.options.items():
        yield from _duplicates("options.toml", [f"{key}.{option.code}" for option in group])


def _service(catalog: Catalog, service: Service, shared: _Scope) -> Iterator[Finding]:
    file = f"services/{service.id}.toml"
    use_codes = [use.code for use in service.materials]
    own = {fact.key: fact for fact in service.facts}
    scope = shared._replace(
        file=file,
        facts={**shared.facts, **own},
        materials=frozenset(use_codes),
        variants=tuple(v.code for v in service.variants),
    )
    basis = frozenset(b.id for b in (*service.basis, *catalog.basis))
    yield from _duplicates(file, use_codes)
    yield from _duplicates(file, [v.code for v in service.variants])
    yield from _duplicates(file, [b.id for b in service.basis])
    yield from _duplicates(file, [f.id for f in service.fees])
    yield from _duplicates(file, [c.channel for c in service.channels])
    yield from _service_references(catalog, service, scope, basis)
    yield from _facts(service.facts, scope)
    yield from _prompts(service.prompts, basis, scope)
    shared_ids = {prompt.id for prompt in catalog.prompts}
    yield from (Finding("S04", "error", file, p.id, "global.toml") for p in service.prompts if p.id in shared_ids)
    for owner, field, text in service_conditions(service):
        if not text and field in SERVICE_CONDITIONS.values():
            yield Finding("E11", "error", file, f"{owner}.{field}")
        yield from _condition(scope, f"{owner}.{field}", text, truth=True)
    yield from _circles(catalog, service, file)


def _circles(catalog: Catalog, service: Service, file: str) -> Iterator[Finding]:
    try:
        make_plan(catalog, service)
    except CycleError as error:
        yield Finding("R06", "error", file, error.path[0], " -> ".join(error.path))
    except (ConditionError, KeyError):
        return  # found and named already


def _service_references(catalog: Catalog, service: Service, scope: _Scope, basis: frozenset[str]) -> Iterator[Finding]:
    def known(owner: str, value: str, among: Iterable[str], severity: Severity = "error") -> Iterator[Finding]:
        among = list(among)
        if value not in among:
            guess = close(value, among) if severity == "error" else ""
            yield Finding("R01", severity, scope.file, owner, value, guess)

    yield from known("category", service.category, [c.id for c in catalog.categories])
    yield from known("group", service.group, [g.id for g in catalog.groups])
    yield from known("applicant_fact", service.applicant_fact, scope.facts)
    for use in service.materials:
        yield from known(f"materials.{use.code}", use.code, [m.code for m in catalog.materials])
    kinds = {channel.id: channel.kind for channel in catalog.channels}
    for channel in service.channels:
        yield from known(f"channels.{channel.channel}", channel.channel, kinds)
        field = "kiosk_when" if kinds.get(channel.channel) == "kiosk" else "app_when"
        if channel.channel in kinds and getattr(service, field).strip() == "false":
            yield Finding("R08", "error", scope.file, f"channels.{channel.channel}", f"{field} = false")
    for decision in service.decisions:
        yield from known("decisions", decision.department, [d.id for d in catalog.departments])
    for owner, reference in _service_basis(service):
        yield from known(owner, reference, basis)
    for bundle in service.bundles:
        for other in bundle.services:  # a service that is not written yet is a gap, not a mistake
            yield from known("bundles", other, [s.id for s in catalog.services], "warning")


def _service_basis(service: Service) -> Iterator[tuple[str, str]]:
    """What the limits, fees and bundles of a service stand on, as (owner, id of the basis)."""
    yield from (("limits", reference) for limit in service.limits for reference in limit.basis)
    yield from ((fee.id, reference) for fee in service.fees for reference in fee.basis)
    yield from (("bundles", reference) for bundle in service.bundles for reference in bundle.basis)


def _facts(facts: tuple[Fact, ...], scope: _Scope) -> Iterator[Finding]:
    yield from _duplicates(scope.file, [fact.key for fact in facts])
    yield from _pattern(scope.file, [fact.key for fact in facts], _FACT_KEY)
    for fact in facts:
        if fact.key in SYSTEM_FACTS:
            yield Finding("S05", "error", scope.file, fact.key, "system fact")
        if fact.key in (*FUNCTIONS, "true", "false", "null"):
            yield Finding("S05", "error", scope.file, fact.key, "word of the language")
        yield from _type(fact, scope)
        if not (fact.label.zh and fact.label.en) or (fact.ask and not (fact.ask.zh and fact.ask.en)):
            yield Finding("S08", "error", scope.file, fact.key)
        for field, text in fact_conditions(fact):
            truth = field not in ("compute", "prefill")
            yield from _condition(scope, f"{fact.key}.{field}", text, truth=truth)


def _type(fact: Fact, scope: _Scope) -> Iterator[Finding]:
    kind = fact.type.partition("(")[0]
    try:
        fields.check(fact.type, "", today=date.min)
    except ValueError:
        yield Finding("E12", "error", scope.file, f"{fact.key}.type", fact.type, close(kind, fields.TYPES))
        return
    if fact.options_from and fact.options_from not in scope.options:
        guess = close(fact.options_from, scope.options)
        yield Finding("R01", "error", scope.file, f"{fact.key}.options_from", fact.options_from, guess)
        return
    codes = scope.codes_of(fact.key)
    if kind in ("enum", "enum_set") and not codes:
        yield Finding("E12", "error", scope.file, f"{fact.key}.options", "none")
    yield from _duplicates(scope.file, [f"{fact.key}.{option.code}" for option in fact.options])
    given = [("normal", fact.normal)] if fact.normal is not None else []
    given += [(f"rows[{number}].value", row.value) for number, row in enumerate(fact.rows)]
    for field, value in given:
        right: dict[str, bool] = {
            "bool": isinstance(value, bool),
            "int": isinstance(value, int) and not isinstance(value, bool),
            "enum": value in codes,
        }
        if not right.get(kind, isinstance(value, str)):
            yield Finding("E12", "error", scope.file, f"{fact.key}.{field}", str(value), close(str(value), codes))


def _prompts(prompts: tuple[Prompt, ...], basis: frozenset[str], scope: _Scope) -> Iterator[Finding]:
    yield from _duplicates(scope.file, [prompt.id for prompt in prompts])
    for prompt in prompts:
        if not (prompt.text.zh and prompt.text.en):
            yield Finding("S08", "error", scope.file, prompt.id)
        if prompt.level == "BLOCK" and not prompt.basis:
            yield Finding("D01", "error", scope.file, prompt.id)
        for reference in prompt.basis:
            if reference not in basis:
                yield Finding("R01", "error", scope.file, f"{prompt.id}.basis", reference, close(reference, basis))
        for field, text in prompt_conditions(prompt):
            yield from _condition(scope, f"{prompt.id}.{field}", text, truth=field == "when")
        yield from _text_places(prompt, scope)


def _text_places(prompt: Prompt, scope: _Scope) -> Iterator[Finding]:
    used: set[str] = set()
    for language, text in (("zh", prompt.text.zh), ("en", prompt.text.en)):
        try:
            found = [field for _, field, _, _ in string.Formatter().parse(text) if field is not None]
        except ValueError:
            yield Finding("P01", "error", scope.file, f"{prompt.id}.{language}", text)
            continue
        used.update(found)
        for field in found:
            if field not in prompt.params and field not in scope.facts and field not in SYSTEM_FACTS:
                guess = close(field, [*prompt.params, *scope.facts])
                yield Finding("P01", "error", scope.file, f"{prompt.id}.{language}", field, guess)
    for name in prompt.params.keys() - used:
        yield Finding("P01", "error", scope.file, f"{prompt.id}.params", name)


# --- conditions -----------------------------------------------------------------------------------------------------


def _condition(scope: _Scope, where: str, text: str, *, truth: bool) -> Iterator[Finding]:
    if not text:
        return
    try:
        node = parse(text)
    except ConditionError as error:
        value = str(error.params.get("function") or error.params.get("text") or text)
        narrow = _narrow(text)
        if error.code == "forbidden" and narrow != text:
            yield Finding("S09", "error", scope.file, where, value, narrow)
            return
        if error.code == "unknown_function":
            yield Finding("E03", "error", scope.file, where, value, close(value, FUNCTIONS))
            return
        yield Finding(_ERROR_CODES[error.code], "error", scope.file, where, value)
        return
    unknown = sorted(names(node) - scope.facts.keys() - SYSTEM_FACTS)
    for name in unknown:
        guess = close(name, [*scope.facts, *SYSTEM_FACTS])
        yield Finding("R01", "error", scope.file, where, name, guess)
    for code in sorted(materials(node) - scope.materials):
        yield Finding("R01", "error", scope.file, where, code, close(code, scope.materials))
    if unknown:
        return
    for value in _clashes(node, scope, truth):
        yield Finding("E04", "error", scope.file, where, value)


def _narrow(text: str) -> str:
    """The condition with full-width signs made narrow, but for what stands in quotes."""
    parts = re.split(r"""("[^"]*"|'[^']*')""", text)
    return "".join(part if at % 2 else unicodedata.normalize("NFKC", part) for at, part in enumerate(parts))


def _kind(node: Node, scope: _Scope) -> Kind:
    match node:
        case Constant(constant=constant):
            if isinstance(constant, bool):
                return "bool"
            return "number" if isinstance(constant, int) else "date" if isinstance(constant, date) else "text"
        case Ref(name=name):
            return scope.kind_of(name)
        case Call(name=name):
            return _FUNCTION_KINDS[name]
        case Arithmetic():
            return "number"
    return "bool"


def _clashes(node: Node, scope: _Scope, truth: bool) -> Iterator[str]:
    """What does not go together in a node; `truth` when a truth value is wanted of it."""
    if truth and _kind(node, scope) != "bool":
        yield f"{_kind(node, scope)} is no truth value"
    match node:
        case Junction() | Not():
            for part in node.parts if isinstance(node, Junction) else (node.part,):
                yield from _clashes(part, scope, True)
        case Compare():
            yield from _compare_clashes(node, scope)
            yield from _clashes(node.left, scope, False)
            yield from _clashes(node.right, scope, False)
        case Arithmetic():
            for part in (node.left, node.right):
                if _kind(part, scope) != "number":
                    yield f"{_kind(part, scope)} in a sum"
                yield from _clashes(part, scope, False)
        case Call():
            for part in node.args:
                yield from _clashes(part, scope, False)


def _compare_clashes(node: Compare, scope: _Scope) -> Iterator[str]:
    left, right = node.left, node.right
    kind = _kind(left, scope)
    members: tuple[object, ...] = ()
    if isinstance(right, Constant) and isinstance(right.constant, tuple):
        members = right.constant
        kinds = {_kind(Constant(member), scope) for member in members}
    else:
        kinds = {_kind(right, scope)}
        if "in" in node.symbol:
            kinds = {"text"} if kinds == {"set"} else {"bool"}
    if kinds != {kind} and not (kind == "set" and kinds == {"text"} and members):
        yield f"{kind} {node.symbol} {'/'.join(sorted(kinds))}"
        return
    if node.symbol in ("<", "<=", ">", ">=") and kind in ("bool", "records", "set"):
        yield f"{kind} {node.symbol}"
    for ref, other in ((left, right), (right, left)):
        if isinstance(ref, Ref) and isinstance(other, Constant) and (codes := scope.codes_of(ref.name)):
            given = other.constant if isinstance(other.constant, tuple) else (other.constant,)
            yield from (f"{ref.name} is never {code}" for code in given if code not in codes)


# --- the whole ------------------------------------------------------------------------------------------------------


def _unused(catalog: Catalog) -> Iterator[Finding]:
    read: dict[str, set[str]] = {}  # by file: a service may use names of its own
    files = [("global.toml", catalog.facts, catalog.prompts, catalog.basis)]
    files += [(f"services/{s.id}.toml", s.facts, s.prompts, s.basis) for s in catalog.services]
    for file, facts, prompts, _ in files:
        texts = [text for fact in facts for _, text in fact_conditions(fact)]
        texts += [text for prompt in prompts for _, text in prompt_conditions(prompt)]
        read[file] = _mentioned(texts)
        for prompt in prompts:
            read[file].update(re.findall(r"{(\w+)}", prompt.text.zh + prompt.text.en), prompt.basis)
    for service in catalog.services:
        own = read[f"services/{service.id}.toml"]
        own |= _mentioned(text for _, _, text in service_conditions(service))
        own.add(service.applicant_fact)
        own.update(reference for _, reference in _service_basis(service))
    everything = set().union(*read.values())
    for file, facts, _, _ in files:
        seen = everything if file == "global.toml" else read[file]
        for fact in facts:
            if fact.section == "checks" and fact.key not in seen | read["global.toml"]:
                yield Finding("R02", "warning", file, fact.key)
    uses = {use.code for service in catalog.services for use in service.materials}
    yield from (Finding("R02", "warning", "materials.toml", m.code) for m in catalog.materials if m.code not in uses)
    lists = {fact.options_from for _, facts, _, _ in files for fact in facts}
    yield from (Finding("R02", "warning", "options.toml", key) for key in catalog.options if key not in lists)
    yield from (Finding("R02", "warning", "global.toml", b.id) for b in catalog.basis if b.id not in everything)


def _mentioned(texts: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for text in texts:
        try:
            found |= names(parse(text))
        except ConditionError:
            continue
    return found
