"""Where a rule stands: its legal bases and the passages of the policy library behind them."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from counterdesk.catalog.index import Index
from counterdesk.catalog.library import Library
from counterdesk.catalog.model import Text
from counterdesk.catalog.sentences import Labels, told

NOTICE, LIST, CUSTOM, PRIVACY = "prompt:G09", "prompt:G10", "counter:custom", "counter:privacy"
"""The rules that belong to no service: the one-time notice, the closed list, good custom, and privacy."""
_SHARED = {CUSTOM: "counter-practice", PRIVACY: "pipl-17-30-35"}


_OF_NO_CASE = {
    "date": ("(日期)", "(date)"),
    "days": ("N", "N"),
    "kind": ("工作日", "working days"),
    "list": ("(所列)", "(as listed)"),
    "n": ("N", "N"),
    "name": ("(名称)", "(name)"),
    "no": ("N号", "no. N"),
}
"""What stands in the places of prompts where there is no case, in Chinese and English."""


def spoken(index: Index, service: str, text: Text) -> Text:
    """The text of a prompt as it is said of no case: what a case would fill in is named."""
    zh, en = ({name: words[place] for name, words in _OF_NO_CASE.items()} for place in (0, 1))
    return Text(zh=told(text, zh, Labels(index, service, "zh")), en=told(text, en, Labels(index, service, "en")))


class Source(NamedTuple):
    """bases: ids of legal bases as the service names them. passages: ids in the policy library. text: what the rule
    says, None where it is named by its kind alone."""

    bases: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    text: Text | None = None


class Sources:
    """Finds what is behind the rules of one service."""

    def __init__(self, index: Index, service: str) -> None:
        self._index = index
        self._service = index.service(service)

    @cached_property
    def _by_name(self) -> dict[str, str]:
        return {passage.name.zh: passage.id for passage in Library(self._index).passages if passage.kind == "basis"}

    def of(self, rule: str) -> Source:
        """What is behind a rule ("prompt:P1", "material:HKB", "fee:damaged", "limit:promised", "fact:phone", …).

        A rule without a legal basis of its own leads to the passage of the service, which says it.
        """
        kind, _, name = rule.partition(":")
        bases, text = self._found(kind, name, rule)
        passages = tuple(self._by_name[n] for n in dict.fromkeys(map(self._name, bases)) if n in self._by_name)
        return Source(bases, passages or (f"service:{self._service.id}",), text)

    def _found(self, kind: str, name: str, rule: str) -> tuple[tuple[str, ...], Text | None]:
        service = self._service
        match kind:
            case "prompt":
                prompts = (*service.prompts, *self._index.catalog.prompts)
                prompt = next((one for one in prompts if one.id == name), None)
                return (
                    (prompt.basis, spoken(self._index, service.id, prompt.text)) if prompt is not None else ((), None)
                )
            case "material":
                return (), next((self._index.material(u.code).name for u in service.materials if u.code == name), None)
            case "fee":
                fee = next((one for one in service.fees if one.id == name), None)
                return (fee.basis, fee.item) if fee is not None else ((), None)
            case "limit":
                return next((one.basis for one in service.limits if one.kind == name), ()), None
            case "department":
                named = {one.id for one in self._index.catalog.departments}
                return (), self._index.department(name).name if name in named else None
            case "fact":
                facts = self._index.plan(service.id).facts
                return (), facts[name].fact.label if name in facts else None
        return ((_SHARED[rule],) if rule in _SHARED else ()), None

    def _name(self, basis: str) -> str:
        try:
            return self._index.basis(self._service.id, basis).name.zh
        except KeyError:
            return ""
