"""`counterdesk catalog show`: a service as an officer would read it, in plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from counterdesk.catalog.index import Index
from counterdesk.catalog.model import ChannelUse, Prompt, Service, Statement
from counterdesk.catalog.plan import shared_facts
from counterdesk.catalog.sentences import Language

from .words import Speech

_LEVELS = {
    "BLOCK": ("阻止", "BLOCK"),
    "WARN": ("警告", "WARN"),
    "INFO": ("告知", "INFO"),
    "TIP": ("提示", "TIP"),
}
_SECTIONS = {"identity": ("身份", "Identity"), "details": ("填写", "Details"), "checks": ("核查", "Checks")}
_MODES = {
    "instant": ("即办", "on the spot"),
    "handed_over": ("受理后移交", "accepted and handed over"),
    "mixed": ("部分即办", "partly on the spot"),
}


def show_service(index: Index, service_id: str, language: Language) -> Iterator[str]:
    """The lines of a service; KeyError when there is none."""
    service = index.service(service_id)
    say = Speech(index, service_id, language)
    pick = say.pick
    catalog = index.catalog
    category = next((say.text(c.name) for c in catalog.categories if c.id == service.category), service.category)
    yield f"{service.number} {say.text(service.name)} ({service.id})"
    yield f"{category} · {say.text(index.group_of(service_id).name)} · {pick(*_MODES[service.mode])}"
    yield f"{pick('目录', 'catalogue')} {catalog.version} {catalog.sha256[:12]}"
    if service_id in catalog.disabled:
        yield pick("本站不办理", "not offered at this station")
    yield from _statements(say, pick("谁可以办", "Who"), service.who)
    yield from _part(
        pick("情形", "Variants"), (_variant(say, v.code, v.name.zh, v.name.en, v.when) for v in service.variants)
    )
    yield from _part(pick("材料", "Materials"), (say.material(use) for use in service.materials))
    facts = (*service.facts, *shared_facts(catalog, service))
    for section, title in _SECTIONS.items():
        yield from _part(pick(*title), (say.fact(fact) for fact in facts if fact.section == section))
    for level, title in _LEVELS.items():
        prompts = (*service.prompts, *catalog.prompts)
        yield from _part(pick(*title), (line for p in prompts if p.level == level for line in _prompt(say, p)))
    yield from _part(
        pick("决定", "Decided by"),
        (
            f"{say.text(index.department(row.department).name)}, "
            + (pick("当场", "on the spot") if row.on_the_spot else pick("移交", "handed over"))
            + (f" [{say.when(row.when)}]" if row.when else "")
            for row in service.decisions
        ),
    )
    yield from _part(
        pick("费用", "Fees"), (say.fee(fee) + _sources(say, fee.basis, fee.confidence) for fee in service.fees)
    )
    yield from _part(
        pick("期限", "Time limits"),
        (say.limit(limit) + _sources(say, limit.basis, limit.confidence) for limit in service.limits),
    )
    yield from _statements(say, pick("结果", "Results"), service.results)
    channels = [(pick("自助机", "Kiosk"), service.kiosk), (pick("网上", "App"), service.app)]
    uses = (_channel(say, service, use) for use in service.channels)
    yield from _part(pick("渠道", "Channels"), (*(f"{name}: {_statement(say, row)}" for name, row in channels), *uses))
    yield from _statements(say, pick("办理地点", "Where"), service.place)
    yield from _part(
        pick("一并办理", "Offer next"), (_bundle(say, b.services, say.text(b.text)) for b in service.bundles)
    )
    yield from _part(pick("常见错误", "What trainees get wrong"), (say.text(text) for text in service.mistakes))


def _part(title: str, lines: Iterable[str]) -> Iterator[str]:
    rows = list(lines)
    if rows:
        yield ""
        yield title
        yield from (f"  {row}" for row in rows)


def _channel(say: Speech, service: Service, use: ChannelUse) -> str:
    channel = say.index.channel(use.channel)
    when = service.kiosk_when if channel.kind == "kiosk" else service.app_when
    minutes = ""
    if use.minutes is not None:
        minutes = f" {use.minutes:g}{say.pick('分', ' min')} ({say.confidence(use.minutes_confidence)})"
    return f"{say.text(channel.name)} [{say.when(when)}]{minutes} ({say.confidence(use.confidence)})"


def _variant(say: Speech, code: str, zh: str, en: str, when: str) -> str:
    return f"{code} {say.pick(zh, en)}" + (f" [{say.when(when)}]" if when else "")


def _statements(say: Speech, title: str, rows: Iterable[Statement]) -> Iterator[str]:
    return _part(title, (_statement(say, row) for row in rows))


def _statement(say: Speech, row: Statement) -> str:
    parts = [say.text(row.text), say.span(row), f"({say.confidence(row.confidence)})"]
    return " ".join(part for part in parts if part)


def _prompt(say: Speech, prompt: Prompt) -> Iterator[str]:
    stage = say.pick("收尾 ", "closing ") if prompt.stage == "closing" else ""
    yield f"{prompt.id} {say.text(prompt.text)}"
    span = say.span(prompt)
    yield (
        f"    {stage}[{say.when(prompt.when)}]"
        + (f" {span}" if span else "")
        + _sources(say, prompt.basis, prompt.confidence)
    )


def _sources(say: Speech, basis: Iterable[str], confidence: str) -> str:
    names = say.basis(basis)
    sure = say.confidence(confidence)  # type: ignore[arg-type]
    return f" ({names}; {sure})" if names else f" ({sure})"


def _bundle(say: Speech, services: Iterable[str], text: str) -> str:
    names = []
    for service in services:
        try:
            names.append(say.text(say.index.service(service).short))
        except KeyError:
            names.append(service)
    return f"{say.pick('、', ', ').join(names)}: {text}"
