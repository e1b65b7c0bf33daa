"""Simulated registers: what the population, driver and vehicle registers would say about a synthetic person or car.

Everything follows from the seed and the number that is looked up, so two desks and two days hear the same. Most answers
are uneventful; about one in eight is not (many points, an expiring card). Only facts that the service has are given,
in the form that the catalogue wants, so a fact that this file names and the catalogue does not is simply left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from counterdesk.catalog.assess import typed
from counterdesk.catalog.casefile import JsonValue
from counterdesk.catalog.conditions import UNKNOWN
from counterdesk.catalog.index import Index
from counterdesk.catalog.plan import FactPlan, Plan
from counterdesk.practice import people, registers
from counterdesk.practice.chance import chance
from counterdesk.practice.fill import complete

PRE_REVIEW = "pre_review"
"""The key under which a pre-review (预审) is asked for by its code."""
_CODE = re.compile("YS[0-9]{10}", re.ASCII)
_SEEN = frozenset({"rid", "rid_or_uscc", "uscc", "name", "photo", "fp"})
"""Types that a document or the person himself shows."""
Register = Callable[[int, Index, str, str, date], dict[str, JsonValue]]
_BY_TYPE: dict[str, Register] = {"rid": registers.person, "rid_or_uscc": registers.person, "plate": registers.vehicle}


class SimulatedArchives:
    """Implements `host.Archives`. today: the day on which validity is judged."""

    def __init__(self, seed: int, index: Index, today: Callable[[], date]) -> None:
        self._seed = seed
        self._index = index
        self._today = today

    def lookup(self, service: str, key: str, value: str) -> dict[str, JsonValue]:
        """What is known once fact `key` of `service` has `value`: {} for what no register is asked about."""
        try:
            plan = self._index.plan(service)
        except KeyError:
            return {}
        if key == PRE_REVIEW:
            return self._pre_review(plan, value)
        asked = plan.facts.get(key)
        register = _BY_TYPE.get(asked.kind) if asked else None
        today = self._today()
        if not value or asked is None or register is None or typed(asked, value, today)[0] is UNKNOWN:
            return {}
        known = register(self._seed, self._index, value, service, today)
        main = key == plan.service.applicant_fact
        found: dict[str, JsonValue] = {}
        for name, fact in plan.facts.items():
            if name == key or fact.fact.computed:
                continue
            answer = _known(name, key, known) if not main else known.get(name, _normal(fact))
            if answer is not None and typed(fact, answer, today)[0] is not UNKNOWN:
                found[name] = answer
        if main and asked.kind != "plate":
            self._surprise(found, plan, value)
        return found

    def _pre_review(self, plan: Plan, code: str) -> dict[str, JsonValue]:
        """What somebody wrote at home about the matter: details, nothing that a counter sees or checks for itself."""
        written = complete(self._index, self._seed, plan.service.id, self._today()) if _CODE.fullmatch(code) else None
        if written is None:
            return {}
        told = {name for name, fact in plan.facts.items() if fact.fact.section == "details" and fact.kind not in _SEEN}
        return {name: a.value for name, a in written.answers.items() if name in told and a.value is not None}

    def _surprise(self, found: dict[str, JsonValue], plan: Plan, value: str) -> None:
        """Turn one check of some few people round; it is the same check of a service for the same person."""
        draw = chance(self._seed, "surprise", plan.service.id, value)
        if value in people.FIXED or draw.random() >= registers.EVENTFUL:
            return
        checks = [plan.facts[name] for name in found if _normal(plan.facts[name]) == found[name]]
        checks = [check for check in checks if check.kind in ("bool", "enum") and not check.fact.sensitive]
        if not checks:
            return
        check = draw.choice(checks)
        if check.kind == "bool":
            found[check.fact.key] = not check.fact.normal
        else:
            codes = [option.code for option in self._index.options(check.fact) if option.code != check.fact.normal]
            found[check.fact.key] = draw.choice(codes) if codes else found[check.fact.key]


def _normal(fact: FactPlan) -> JsonValue | None:
    """What a register says about almost everybody."""
    return fact.fact.normal if fact.fact.source == "register" else None


def _known(name: str, key: str, known: dict[str, JsonValue]) -> JsonValue | None:
    """A fact of somebody or something else than the applicant: of mother_id only mother_…, of a plate all its own."""
    if "plate" in key:
        return known.get(name)
    prefix = key.removesuffix("id")
    return known.get(name.removeprefix(prefix)) if prefix != key and name.startswith(prefix) else None
