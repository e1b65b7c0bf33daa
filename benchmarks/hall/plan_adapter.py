"""`python -m benchmarks.hall.plan_adapter`: the planner for a hall simulator that asks in words of its own.

Each line is what `adapter.py` reads, with `kind` "plan" and the simulator's forecast; the answer is which groups each
counter should offer, the wait predicted for each group, and why in both languages.
"""

from __future__ import annotations

import sys
from typing import Any

import msgspec

from benchmarks.hall.adapter import question
from counterdesk.locale import Words
from counterdesk.station.forecast import Forecast
from counterdesk.station.hall import Hall
from counterdesk.station.model import PlanReason
from counterdesk.station.plan import finish, search

STEP = 30.0


def expected(asked: dict[str, Any], opens: float = 510.0) -> Forecast:
    """The simulator's forecast: tickets in each half hour from the present one on."""
    now: float = asked["now"]
    slots: list[dict[str, float]] = asked["forecastPer30Min"]
    first = opens + STEP * max(0, int((now - opens) // STEP))
    ends = [first + STEP * (number + 1) for number in range(len(slots))]
    # Of the half hour that has begun only the rest is still to come.
    parts = [(ends[0] - now) / STEP, *[1.0] * (len(slots) - 1)] if slots else []
    groups = {
        group["id"]: tuple(slot[group["id"]] * part for slot, part in zip(slots, parts, strict=True))
        for group in asked["groups"]
    }
    return Forecast(start=now, ends=tuple(ends), groups=groups)


def answer(asked: dict[str, Any], words: dict[str, Words]) -> dict[str, Any]:
    """What to offer where from now on."""
    told = question({**asked, "counter": 0}, 0)
    del told["counter"]
    hall = msgspec.convert(told, Hall)
    found = finish(search(hall, expected(asked), why=PlanReason(code="fixed_time"), seed=int(hall.now), notice=0.0))
    seen = found.proposed or found.current
    return {
        "offers": {each.id: list(found.profiles.get(each.id, each.offers)) for each in hall.counters},
        "predicted": {group: outlook.median for group, outlook in seen.groups.items()},
        "reasons": [
            {
                language: spoken(f"plan.because.{reason.code}", **msgspec.structs.asdict(reason))
                for language, spoken in words.items()
            }
            for reason in found.because
        ],
    }


def main() -> int:
    """Answer until the input ends."""
    words = {"zh": Words.load("zh_CN"), "en": Words.load("en")}
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(msgspec.json.encode(answer(msgspec.json.decode(line), words)) + b"\n")
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
