"""What changed in the rules since somebody last looked: by catalogue, and by the calendar.

A rule is what an officer would be surprised by: a prompt, a fee, a time limit or a material of a service. `Seen` is
small enough to be kept beside a terminal; it says what the rules were, so that one that is gone can still be named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal, NamedTuple

import msgspec

from .index import Index
from .model import Dated, Fee, Limit, MaterialUse, Prompt, Service, Text

ChangeKind = Literal["added", "changed", "removed", "begun", "ended"]
Rule = Fee | Limit | MaterialUse | Prompt

_SERVICE = "service"
_LIMITS = {"statutory": Text(zh="法定期限", en="limit by law"), "promised": Text(zh="承诺期限", en="promised limit")}


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """One rule as it was: a digest of everything it says, and its text."""

    digest: str
    zh: str
    en: str


class Seen(msgspec.Struct, frozen=True):
    """The rules as they were on a day, by "service/kind/id" (the service is "" for shared ones)."""

    version: str
    sha256: str
    day: date
    rules: dict[str, Kept]


class Change(NamedTuple):
    """One rule that is not what it was.

    service: "" for all services. what: prompt, fee, limit, material or service. before: its text, where that changed.
    rules: how many stand behind a service that came or went whole.
    """

    kind: ChangeKind
    service: str
    what: str
    id: str
    text: Text
    before: Text | None = None
    rules: int = 1


def seen(index: Index, today: date) -> Seen:
    """The rules as they are now."""
    catalog = index.catalog
    rules = {key: _kept(index, owner, rule) for owner, key, rule in _rules(index)}
    for service in _offered(index):
        rules[f"{service.id}/{_SERVICE}/"] = Kept("", service.name.zh, service.name.en)
    return Seen(catalog.version, catalog.sha256, today, rules)


def changes(before: Seen, index: Index, today: date) -> tuple[Change, ...]:
    """What differs from `before`, in the order of the catalogue; then what came into force or ended in between.

    A service that came or went is one change. A rule that only its dates brought is told as such.
    """
    found = [] if before.sha256 == index.catalog.sha256 else list(_differences(before.rules, seen(index, today).rules))
    told = {(change.service, change.what, change.id) for change in found}
    whole = {change.service for change in found if change.what == _SERVICE}
    for owner, key, rule in _rules(index):
        _, what, name = key.split("/", 2)
        kind = _by_date(rule, before.day, today)
        if kind and owner not in whole and (owner, what, name) not in told:
            found.append(Change(kind, owner, what, name, _text(index, rule)))
    return tuple(found)


def _offered(index: Index) -> Iterator[Service]:
    return (service for service in index.catalog.services if service.id not in index.catalog.disabled)


def _rules(index: Index) -> Iterator[tuple[str, str, Rule]]:
    """Whose, under which key, what."""
    yield from _keyed("", index.catalog.prompts)
    for service in _offered(index):
        yield from _keyed(service.id, (*service.prompts, *service.fees, *service.limits, *service.materials))


def _keyed(owner: str, rules: Iterable[Rule]) -> Iterator[tuple[str, str, Rule]]:
    """A limit has no id and a material may stand twice: what they are for tells them apart, then their order."""
    times: dict[str, int] = {}
    for rule in rules:
        match rule:
            case Prompt():
                base = f"prompt/{rule.id}"
            case Fee():
                base = f"fee/{rule.id}"
            case Limit():
                base = f"limit/{rule.kind} {rule.when}".rstrip()
            case MaterialUse():
                base = f"material/{rule.code}"
        times[base] = times.get(base, 0) + 1
        yield owner, f"{owner}/{base}" + (f" {times[base]}" if times[base] > 1 else ""), rule


def _kept(index: Index, owner: str, rule: Rule) -> Kept:
    """`allow` only silences the check, so it is no part of what the rule says; the names behind its codes are."""
    said = [msgspec.json.encode(msgspec.structs.replace(rule, allow=()))]
    if isinstance(rule, MaterialUse):
        said.append(msgspec.json.encode(index.material(rule.code)))
    else:
        known = {basis.id: basis for basis in (*index.catalog.basis, *(index.service(owner).basis if owner else ()))}
        said += [msgspec.json.encode(known[name].name) for name in rule.basis if name in known]
    text = _text(index, rule)
    return Kept(hashlib.sha256(b"\n".join(said)).hexdigest()[:16], text.zh, text.en)


def _text(index: Index, rule: Rule) -> Text:
    """A rule in few words."""
    match rule:
        case Prompt():
            return rule.text
        case Fee():
            return Text(zh=f"{rule.item.zh} {rule.amount}元", en=f"{rule.item.en} {rule.amount} RMB")
        case Limit():
            days = "—" if rule.days is None else str(rule.days)
            name = _LIMITS[rule.kind]
            kinds = {"working": ("个工作日", "working days"), "calendar": ("日", "days")}[rule.day_kind]
            return Text(zh=f"{name.zh} {days}{kinds[0]}", en=f"{name.en} {days} {kinds[1]}")
        case MaterialUse():
            name = index.material(rule.code).name
            return Text(
                zh=f"{name.zh} 原件{rule.originals} 复印件{rule.copies}",
                en=f"{name.en} originals {rule.originals}, copies {rule.copies}",
            )


def _by_date(rule: Rule, since: date, today: date) -> Literal["begun", "ended"] | None:
    """Whether the calendar alone brought the rule, or took it, after one day and up to another."""
    if not isinstance(rule, Dated) or rule.in_force(since) == rule.in_force(today):
        return None
    return "begun" if rule.in_force(today) else "ended"


def _differences(before: dict[str, Kept], after: dict[str, Kept]) -> Iterator[Change]:
    came = {key.partition("/")[0] for key in after if _is_service(key) and key not in before}
    went = {key.partition("/")[0] for key in before if _is_service(key) and key not in after}
    for key in dict.fromkeys((*after, *before)):
        service, what, name = key.split("/", 2)
        old, new = before.get(key), after.get(key)
        now = new or old
        assert now is not None
        text = Text(zh=now.zh, en=now.en)
        if service in came or service in went:
            if what == _SERVICE:
                rows = after if service in came else before
                count = sum(other.startswith(f"{service}/") for other in rows) - 1
                yield Change("added" if service in came else "removed", service, what, name, text, rules=count)
        elif old is None or new is None:
            yield Change("added" if old is None else "removed", service, what, name, text)
        elif old.digest != new.digest:
            same = (old.zh, old.en) == (new.zh, new.en)
            yield Change("changed", service, what, name, text, None if same else Text(zh=old.zh, en=old.en))


def _is_service(key: str) -> bool:
    return key.split("/", 2)[1] == _SERVICE
