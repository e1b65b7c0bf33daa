"""Where somebody need not wait: the channels of the catalogue that can finish his matter, and what they save him.

An offer is never a refusal: whoever declines it keeps his place. It is made only where the catalogue's condition
holds, or may hold once the questions that it hangs on are asked.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from counterdesk.catalog.assess import evaluated
from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Channel, Confidence


class Way(NamedTuple):
    """A channel that can finish a service without a counter.

    possible: True, or None while `ask` (facts, or "variant") decides it. minutes: what it takes there, None where no
    source says. confidence: that it finishes the service at all.
    """

    channel: Channel
    possible: bool | None
    ask: tuple[str, ...]
    minutes: float | None
    confidence: Confidence


def ways(
    index: Index, service: str, *, today: date, file: CaseFile | None = None, variant: str = ""
) -> tuple[Way, ...]:
    """The channels for a service, those that are certain first.

    file: what is known of the case already; without it nothing is but `variant`. Channels whose condition does not hold
    are left out. Raises: KeyError for a service that the catalogue does not have.
    """
    uses = index.service(service).channels
    if not uses:
        return ()
    known = file or CaseFile(case="", service=service, variant=variant)
    _, facts = evaluated(index, known, today=today, role="guide")
    found: list[Way] = []
    for use in uses:
        channel = index.channel(use.channel)
        name = "kiosk_possible" if channel.kind == "kiosk" else "app_possible"
        value = facts.values.get(name)
        if value is not False:
            possible = True if value is True else None
            found.append(Way(channel, possible, facts.missing.get(name, ()), use.minutes, use.confidence))
    return tuple(sorted(found, key=lambda way: way.possible is None))


def saved(way: Way, waiting: float, serving: float) -> float:
    """Minutes that the channel saves against waiting and being served at a counter; never below nothing.

    Where nobody says how long the channel takes, only the wait is counted: that much is saved for sure.
    """
    return max(0.0, waiting if way.minutes is None else waiting + serving - way.minutes)
