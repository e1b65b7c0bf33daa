"""Catalogue entities in words of one language, for the plain-text tools."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Confidence, Dated, Fact, Fee, Limit, MaterialUse, Text
from counterdesk.catalog.plan import parse
from counterdesk.catalog.sentences import Labels, Language, sentence

_CONFIDENCE: dict[str, tuple[str, str]] = {
    "sure": ("确定", "sure"),
    "likely": ("较可能", "likely"),
    "illustrative": ("演示数据", "demonstration data"),
}
_KINDS = {"working": ("个工作日", " working days"), "calendar": ("日", " days")}
_LIMITS = {"statutory": ("法定", "by law"), "promised": ("承诺", "promised")}


class Speech:
    """How a service is put into words."""

    def __init__(self, index: Index, service: str, language: Language) -> None:
        self.index = index
        self.service = service
        self.labels = Labels(index, service, language)
        self.language = language

    def pick(self, zh: str, en: str) -> str:
        """The words of this language."""
        return zh if self.language == "zh" else en

    def text(self, text: Text) -> str:
        """A text in this language."""
        return self.labels.text(text)

    def when(self, condition: str) -> str:
        """A condition as a sentence; "总是" for an empty one."""
        return sentence(parse(condition), self.labels)

    def basis(self, ids: Iterable[str]) -> str:
        """Legal bases by name, without those that nobody knows."""
        names = []
        for name in ids:
            try:
                names.append(self.text(self.index.basis(self.service, name).name))
            except KeyError:
                names.append(name)
        return self.pick("、", "; ").join(names)

    def confidence(self, confidence: Confidence) -> str:
        """How sure a claim is."""
        zh, en = _CONFIDENCE[confidence]
        return self.pick(zh, en)

    def span(self, row: Dated) -> str:
        """The days on which a row is the law; "" when it always is."""
        start, end = row.effective_from, row.effective_to
        if start is None and end is None:
            return ""
        first = "" if start is None else self.pick(f"自{start}起", f"from {start}")
        last = "" if end is None else self.pick(f"至{end}止", f"until {end}")
        return self.pick("", " ").join(part for part in (first, last) if part)

    def fee(self, fee: Fee) -> str:
        """What and how much, under which condition, on which days."""
        return self._row(f"{self.text(fee.item)} {self.pick(f'{fee.amount}元', f'{fee.amount} RMB')}", fee.when, fee)

    def limit(self, limit: Limit) -> str:
        """How long, under which condition, on which days."""
        return self._row(self.limit_days(limit), limit.when, limit)

    def limit_days(self, limit: Limit) -> str:
        """How long."""
        kind = self.pick(*_LIMITS[limit.kind])
        if limit.days is None:
            words = self.pick("法律未规定期限", "none set by law")
        elif limit.days == 0:
            words = self.pick("当场", "on the spot")
        else:
            words = f"{limit.days}{self.pick(*_KINDS[limit.day_kind])}"
        return f"{kind} {words}"

    def _row(self, words: str, when: str, row: Dated) -> str:
        parts = [words, self.span(row), f"[{self.when(when)}]" if when else ""]
        return " ".join(part for part in parts if part)

    def material(self, use: MaterialUse) -> str:
        """A material with its pieces and when it is asked for."""
        needed = self.when(use.when) if use.when else self.pick("总是", "always")
        optional = "" if use.necessity == "required" else self.pick("可选 ", "optional ")
        group = f" {self.pick('任选其一', 'one of')}: {use.one_of}" if use.one_of else ""
        return f"{use.code} {self.pieces(use)} {optional}[{needed}]{group}"

    def pieces(self, use: MaterialUse) -> str:
        """A material by its name, and how many of it."""
        name = self.text(self.index.material(use.code).name)
        pieces = self.pick(f"原件{use.originals} 复印件{use.copies}", f"originals {use.originals}, copies {use.copies}")
        return f"{name} ({pieces})"

    def fact(self, fact: Fact) -> str:
        """A field or check: label, type, when it is asked, what follows it."""
        parts = [f"{self.text(fact.label)} ({fact.key}: {fact.type})"]
        if fact.relevant:
            parts.append(f"[{self.when(fact.relevant)}]")
        if fact.computed:
            parts.append(self.pick("计算得出", "computed"))
        elif fact.required == "never":
            parts.append(self.pick("选填", "optional"))
        elif fact.required != "always":
            parts.append(self.pick("必填条件", "required when") + f" [{self.when(fact.required)}]")
        return " ".join(parts)

    def value(self, value: object) -> str:
        """Any other value of a field."""
        if isinstance(value, Text):
            return self.text(value)
        if isinstance(value, tuple):
            return self.pick("、", ", ").join(self.value(item) for item in value) or "—"
        if isinstance(value, bool):
            return self.pick("是" if value else "否", "yes" if value else "no")
        if isinstance(value, date):
            return value.isoformat()
        return "—" if value is None or value == "" else str(value)
