"""A simulated citizen at the counter: asked he answers, asked for a paper he shows what he has.

He answers from the true facts, unless the scenario has him claim something else or not know; the same question gets
the same answer, in words that follow from the seed. What a reply says is a code and a value, so a record is the same in
every language; `words` puts it into one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from counterdesk.catalog.casefile import JsonValue
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import CAPTURED, Fact, Text
from counterdesk.catalog.plan import Plan
from counterdesk.catalog.sentences import Labels, Language
from counterdesk.locale import Words
from counterdesk.practice.chance import chance
from counterdesk.practice.papers import particulars, printed
from counterdesk.practice.scenario import LEAST_PATIENCE, PATIENCE, Scenario, Truth
from counterdesk.quiet import quiet

ReplyCode = Literal["said", "unsure", "nothing", "see_register", "see_yourself", "shown", "not_carried"]
_WAYS: Final = 3
"""Each kind of answer is put into so many different words."""


@quiet
class Reply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a citizen answers.

    code: said with a value; unsure, he does not know; nothing, there is none of it; see_register and see_yourself, not
    his to say; for papers shown with what can be seen on it, or not_carried. nth: how often he was asked this.
    """

    code: ReplyCode
    key: str
    value: JsonValue | None = None
    shown: Mapping[str, JsonValue] = {}
    nth: int = 1


class Citizen:
    """One citizen. truth: what the scenario comes to, as `truth_of` has it."""

    def __init__(self, index: Index, scenario: Scenario, truth: Truth) -> None:
        self._index = index
        self._scenario = scenario
        self._file = truth.file
        self._plan: Plan = index.plan(scenario.service)
        self._asked: dict[str, int] = {}
        carried = (code for code in truth.file.materials if scenario.paper(code).state != "absent")
        self.carried = frozenset(carried)
        self._printed = printed(self._plan, truth.file, self.carried)
        p90 = index.service(scenario.service).minutes.p90
        self.patience = 60 * (scenario.patience or max(LEAST_PATIENCE, round(PATIENCE * p90)))
        """Seconds until he leaves."""

    def ask(self, key: str) -> Reply:
        """The answer to a question about a fact of the service. Raises: KeyError for another key."""
        fact = self._plan.facts[key].fact
        nth = self._count(key)
        if key in self._scenario.claims:
            return Reply(code="said", key=key, value=self._scenario.claims[key], nth=nth)
        if key in self._scenario.unsure:
            return Reply(code="unsure", key=key, nth=nth)
        if fact.source == "officer":
            return Reply(code="see_yourself", key=key, nth=nth)
        if fact.source == "register":
            return Reply(code="see_register", key=key, nth=nth)
        answer = self._file.answers.get(key)
        if answer is None or answer.value is None:
            return Reply(code="nothing", key=key, nth=nth)
        return Reply(code="said", key=key, value=answer.value, nth=nth)

    def show(self, code: str) -> Reply:
        """The paper, if it is carried, with what can be seen on it. Raises: KeyError for one the service lacks."""
        if code not in self._plan.materials:
            raise KeyError(code)
        nth = self._count(code)
        if code not in self.carried:
            return Reply(code="not_carried", key=code, nth=nth)
        keys = self._printed.get(code, ())
        shown = particulars(self._index, self._scenario, self._file, code, keys)
        return Reply(code="shown", key=code, shown=shown, nth=nth)

    def find(self, key: str) -> JsonValue | None:
        """What a register or the officer's own eyes say about a fact; None for nothing."""
        answer = self._file.answers.get(key)
        return None if answer is None else answer.value

    def _count(self, key: str) -> int:
        self._asked[key] = self._asked.get(key, 0) + 1
        return self._asked[key]


# --- words --------------------------------------------------------------------------------------------------------


def question(index: Index, service: str, key: str, words: Words) -> str:
    """How an officer asks for a fact: the catalogue's own question, else one made of its label."""
    fact = index.fact(service, key)
    if fact.ask is not None:
        return _pick(fact.ask, words)
    return words("teach.ask.fact", name=_pick(fact.label, words))


def request(index: Index, code: str, words: Words) -> str:
    """How an officer asks for a paper."""
    return words("teach.ask.paper", name=_pick(index.material(code).name, words))


def purpose(index: Index, scenario: Scenario, words: Words) -> tuple[str, ...]:
    """What a citizen says when he sits down."""
    if scenario.says:
        return tuple(_pick(text, words) for text in scenario.says)
    service = index.service(scenario.service)
    named = next((v.name for v in service.variants if v.code == scenario.variant), None)
    way = chance(scenario.seed, "purpose", scenario.id).randrange(_WAYS)
    said = words(f"teach.purpose.{scenario.temper}.{way}", service=_pick(service.name, words))
    return (said,) if named is None else (said, words("teach.purpose.variant", variant=_pick(named, words)))


def answer(index: Index, scenario: Scenario, reply: Reply, words: Words) -> str:
    """A reply as the citizen says it."""
    service = scenario.service
    way = chance(scenario.seed, "say", scenario.id, reply.key).randrange(_WAYS)
    if reply.code in ("shown", "not_carried"):
        name = _pick(index.material(reply.key).name, words)
        text = words(f"teach.say.{reply.code}.{way}", name=name)
    elif reply.code == "said":
        text = _said(index, service, reply, way, words)
    else:
        text = words(f"teach.say.{reply.code}.{way}")
    again = words(f"teach.say.again.{scenario.temper}") if reply.nth > 1 else ""
    return f"{again}{text}"


def _said(index: Index, service: str, reply: Reply, way: int, words: Words) -> str:
    fact = index.fact(service, reply.key)
    if isinstance(reply.value, bool):
        return words(f"teach.say.{'yes' if reply.value else 'no'}.{way}")
    return words(f"teach.say.value.{way}", value=shown_value(index, service, fact, reply.value, words))


def shown_value(index: Index, service: str, fact: Fact, value: JsonValue | None, words: Words) -> str:
    """A value as it stands on a paper or is said: an option by its name, of what a device takes that it is there."""
    if fact.type in CAPTURED:
        return words("value.captured")
    labels = Labels(index, service, language_of(words))
    if isinstance(value, list):
        return labels.value(fact.key, tuple(value))
    if isinstance(value, str) and fact.type.startswith("enum_set"):
        return labels.value(fact.key, tuple(value.split(",")))
    if value == "long":
        return words("teach.long")
    return labels.value(fact.key, value)


def language_of(words: Words) -> Language:
    """The catalogue's name of a language of the screen."""
    return "zh" if words.language == "zh_CN" else "en"


def _pick(text: Text, words: Words) -> str:
    return text.zh if words.language == "zh_CN" else text.en
