"""`counterdesk catalog diff`: what changed between two catalogues, as sentences, and which scenario outcomes flip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Catalog, Entity, Fact, Fee, Limit, MaterialUse, Prompt, Row
from counterdesk.catalog.sentences import Language

from .scenarios import Scenario, outcome
from .words import Speech

_CONDITIONS = frozenset(
    ("when", "relevant", "compute", "prefill", "guardian_needed", "agent_allowed", "kiosk_when", "app_when")
)
_FIELDS: dict[str, tuple[str, str]] = {
    "when": ("条件", "condition"),
    "relevant": ("须问的条件", "asked when"),
    "required": ("必填", "required"),
    "text": ("文字", "text"),
    "level": ("级别", "level"),
    "amount": ("金额", "amount"),
    "days": ("天数", "days"),
    "day_kind": ("日类", "kind of days"),
    "effective_from": ("生效日", "in force from"),
    "effective_to": ("失效日", "in force until"),
    "basis": ("依据", "basis"),
    "confidence": ("可信度", "confidence"),
    "name": ("名称", "name"),
    "label": ("名称", "label"),
    "department": ("部门", "department"),
    "on_the_spot": ("当场", "on the spot"),
    "originals": ("原件", "originals"),
    "copies": ("复印件", "copies"),
    "necessity": ("必要性", "necessity"),
    "guardian_needed": ("须监护人", "guardian needed"),
    "agent_allowed": ("可代办", "agent allowed"),
    "kiosk_when": ("可自助", "kiosk possible"),
    "app_when": ("可网办", "app possible"),
    "minutes": ("分钟", "minutes"),
}
_TABLES: dict[str, tuple[str, str]] = {
    "variants": ("情形", "variant"),
    "materials": ("材料", "material"),
    "facts": ("字段", "field"),
    "prompts": ("提示", "prompt"),
    "fees": ("费用", "fee"),
    "limits": ("期限", "limit"),
    "decisions": ("决定", "decision"),
    "basis": ("依据", "basis"),
    "bundles": ("一并办理", "bundle"),
    "channels": ("渠道", "channel"),
    "departments": ("部门", "department"),
    "groups": ("队列", "queue group"),
    "categories": ("类别", "category"),
    "violations": ("违法代码", "violation"),
}
_SHARED = ("prompts", "facts", "basis", "materials", "departments", "groups", "categories", "violations", "channels")
_OWN = ("variants", "materials", "facts", "prompts", "fees", "limits", "decisions", "basis", "bundles", "channels")


class Flip(NamedTuple):
    """A scenario that comes to something else: what, before, after."""

    service: str
    scenario: str
    changes: tuple[tuple[str, str], ...]


def changes(before: Catalog, after: Catalog, language: Language) -> Iterator[tuple[str, list[str]]]:
    """(the service, or "" for what is shared; the sentences), for each that differs."""
    old, new = Index(before), Index(after)
    some = before.services or after.services
    says = [Speech(index, some[0].id, language) for index in (old, new)] if some else []
    if says:
        shared = [
            line for table in _SHARED for line in _table(says, table, getattr(before, table), getattr(after, table))
        ]
        if before.disabled != after.disabled:
            shared.append(f"disabled: {', '.join(before.disabled) or '—'} → {', '.join(after.disabled) or '—'}")
        if shared:
            yield "", shared
    ids = dict.fromkeys([service.id for service in (*before.services, *after.services)])
    theirs = ({s.id: s for s in before.services}, {s.id: s for s in after.services})
    for name in ids:
        one, other = theirs[0].get(name), theirs[1].get(name)
        index = old if other is None else new
        pick = Speech(index, name, language).pick
        if one is None or other is None:
            text = index.service(name).name
            words = pick("新增", "added") if one is None else pick("删除", "removed")
            yield name, [f"{words} {pick(text.zh, text.en)}"]
            continue
        says = [Speech(old, name, language), Speech(new, name, language)]
        lines = [line for table in _OWN for line in _table(says, table, getattr(one, table), getattr(other, table))]
        for field in type(one).__struct_fields__:
            if field not in _OWN and getattr(one, field) != getattr(other, field):
                lines.append(_change(says, field, getattr(one, field), getattr(other, field)))
        if lines:
            yield name, lines


def _key(item: Any, at: int, seen: dict[str, int]) -> str:
    for field in ("id", "key", "code", "channel"):
        if hasattr(item, field):
            return str(getattr(item, field))
    base = f"{item.kind} {item.when}" if isinstance(item, Limit) else str(getattr(item, "services", "") or at)
    seen[base] = seen.get(base, 0) + 1
    return base if seen[base] == 1 else f"{base} {seen[base]}"


def _keyed(items: Iterable[Entity]) -> dict[str, Entity]:
    seen: dict[str, int] = {}
    return {_key(item, at, seen): item for at, item in enumerate(items)}


def _table(says: Sequence[Speech], table: str, before: Iterable[Entity], after: Iterable[Entity]) -> Iterator[str]:
    old, new = _keyed(before), _keyed(after)
    pick = says[1].pick
    noun = pick(*_TABLES[table])
    for key in dict.fromkeys((*old, *new)):
        if key not in new:
            yield f"{pick('删除', 'removed')} {noun} {_whole(says[0], key, old[key])}"
        elif key not in old:
            yield f"{pick('新增', 'added')} {noun} {_whole(says[1], key, new[key])}"
        elif old[key] != new[key]:
            item, other = old[key], new[key]
            name = says[1].limit(other) if isinstance(other, Limit) else key
            for field in type(other).__struct_fields__:
                if getattr(item, field) != getattr(other, field):
                    yield f"{noun} {name}: {_change(says, field, getattr(item, field), getattr(other, field))}"


def _change(says: Sequence[Speech], field: str, before: object, after: object) -> str:
    zh, en = _FIELDS.get(field, (field, field))
    return f"{says[1].pick(zh, en)}: {_said(says[0], field, before)} → {_said(says[1], field, after)}"


def _said(say: Speech, field: str, value: object) -> str:
    if isinstance(value, str) and (field in _CONDITIONS or (field == "required" and value not in ("always", "never"))):
        return f"[{say.when(value)}]"
    if field == "basis" and isinstance(value, tuple):
        return say.basis(value) or "—"
    if field == "rows" and isinstance(value, tuple):
        return "; ".join(f"{row.value} [{say.when(row.when)}]" for row in value if isinstance(row, Row))
    if isinstance(value, tuple):
        return say.pick("、", ", ").join(_said(say, "", item) for item in value) or "—"
    if isinstance(value, Entity) and not isinstance(getattr(value, "zh", None), str):
        text = getattr(value, "text", None) or getattr(value, "name", None)
        return say.value(text) if text is not None else msgspec.json.encode(value).decode()
    return say.value(value)


def _whole(say: Speech, key: str, item: Entity) -> str:
    match item:
        case Prompt():
            return f"{key} {item.level} {say.text(item.text)} [{say.when(item.when)}]"
        case Fee():
            return f"{key} {say.fee(item)}"
        case Limit():
            return say.limit(item)
        case MaterialUse():
            return say.material(item)
        case Fact():
            return say.fact(item)
    return f"{key} {_said(say, '', item)}"


# --- outcomes -------------------------------------------------------------------------------------------------------


def flips(before: Catalog, after: Catalog, scenarios: Iterable[Scenario]) -> Iterator[Flip]:
    """The scenarios of services in both catalogues that come to something else in the second."""
    old, new = Index(before), Index(after)
    both = {s.id for s in before.services} & {s.id for s in after.services}
    for scenario in scenarios:
        if scenario.service in both:
            found = tuple(_compared(outcome(scenario.run(old)), outcome(scenario.run(new))))
            if found:
                yield Flip(scenario.service, scenario.name, found)


def _compared(before: dict[str, Any], after: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in before.items():
        other = after[key]
        if value == other:
            continue
        if isinstance(value, set):
            signs = [f"+{name}" for name in sorted(other - value)] + [f"-{name}" for name in sorted(value - other)]
            yield key, " ".join(signs)
        else:
            yield key, f"{_plain(value)} → {_plain(other)}"


def _plain(value: object) -> str:
    return "—" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
