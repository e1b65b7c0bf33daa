"""A scenario, a visit and a debrief, made short."""

from __future__ import annotations

from datetime import date
from typing import Any

from counterdesk.catalog.casefile import JsonValue
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Text
from counterdesk.practice.debrief import Debrief, debrief
from counterdesk.practice.generated import with_expectation
from counterdesk.practice.run import Visit
from counterdesk.practice.scenario import Expect, Scenario, truth_of
from counterdesk.practice.scripted import play

DAY = date(2026, 11, 23)


def scenario(index: Index, **fields: Any) -> Scenario:
    """A scenario of an ID card that is exchanged because it expires, with these fields changed."""
    made: dict[str, Any] = {
        "id": "idcard.renew/of-a-test",
        "service": "idcard.renew",
        "variant": "R1",
        "day": DAY,
        "title": Text(zh="试验", en="a test"),
        "expect": Expect(outcome="accept"),
        **fields,
    }
    if "facts" not in fields and made["service"] == "idcard.renew" and made["variant"] == "R1":
        made["facts"] = {"old_expiry": "2026-12-20"}
    return with_expectation(index, Scenario(**made))


def taken_down(index: Index, wanted: Scenario, **changed: JsonValue | None) -> Visit:
    """A visit in which everything was found out and written down as it is, but for these, and nothing was decided."""
    visit, perfect = Visit(index, wanted), play(index, wanted)
    for act in perfect.acts:
        match act.kind:
            case "ask":
                visit.ask(act.at, act.key)
            case "check":
                visit.check(act.at, act.key)
            case "look":
                visit.look(act.at, act.key)
            case "variant":
                visit.choose(act.at, str(changed.get("variant", act.key)))
            case "enter":
                visit.enter(act.at, act.key, changed.get(act.key, act.given[act.key]))
            case "mark":
                visit.mark(act.at, act.key, changed.get(act.key, act.given[act.key]))  # type: ignore[arg-type]
            case "confirm":
                visit.confirm(act.at, act.key)
            case "request" if "request" not in changed:
                visit.request(act.at, act.codes[0], act.key)  # type: ignore[arg-type]
            case "override" if "request" not in changed:
                visit.override(act.at, act.key)
    return visit


def judged(index: Index, wanted: Scenario, visit: Visit) -> Debrief:
    """The debrief of a visit."""
    return debrief(index, wanted, visit.record)


def told(index: Index, wanted: Scenario) -> tuple[str, ...]:
    """What the citizen has to be told."""
    return truth_of(index, wanted).codes


def kinds(found: Debrief) -> list[tuple[str, str]]:
    """The mistakes as (kind, rule)."""
    return [(mistake.kind, mistake.rule) for mistake in found.mistakes]
