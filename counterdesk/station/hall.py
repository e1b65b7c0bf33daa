"""The hall at one moment as those see it who choose and plan: who waits, who serves what, what is expected of both.

It holds no personal data and nothing that nobody can know yet: expected minutes, never true ones. Times are minutes
since midnight of the station's day, lengths are minutes. Its JSON is the snapshot of `docs/protocol.md`.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Standing = Literal["walk_in", "appointment", "priority"]
Minute = Annotated[float, msgspec.Meta(ge=-100_000, le=100_000)]
"""A time, in minutes since midnight; below 0 for what began on the day before."""
Length = Annotated[float, msgspec.Meta(ge=0.001, le=10_000)]
"""A length in minutes, or a ratio; never nothing."""
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
PROMISE = 20.0
"""Minutes from ticket to done that the station promises (context.md: within 20 minutes)."""


class HallValue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all values of a snapshot share."""


class HallGroup(HallValue, frozen=True, kw_only=True):
    """A queue group. minutes: what a visit of it is expected to take at a counter (the mean). spread: its standard
    deviation over its mean. target: minutes that nobody of it should wait longer than."""

    id: str
    minutes: Length
    spread: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.6
    target: Length = 15.0


class HallCounter(HallValue, frozen=True, kw_only=True):
    """A counter. offers: the groups that it draws from now. skills: those that it could. pace: by group, how long its
    officer takes measured against what is expected of the group (1.1 is a tenth longer); what is missing is 1. serving:
    the group of its called-or-served ticket, since the minute `busy_since`; `minutes` is what this officer is expected
    to take for it from then on, where more is known than its group. breaks: planned pauses (from, to) that are not
    over."""

    id: str
    on_duty: bool = True
    offers: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    pace: dict[str, Length] = {}
    serving: str = ""
    busy_since: Minute | None = None
    minutes: Length | None = None
    breaks: tuple[tuple[Minute, Minute], ...] = ()


class HallTicket(HallValue, frozen=True, kw_only=True):
    """A ticket that waits. since: when it was taken. due: since when its wait counts: the booked time of an appointment
    that came early, else `since`. overtaken: how many younger tickets were called before it. minutes: what it is
    expected to take, where more is known than its group. counter: the only counter that may call it, "" for any."""

    id: str
    group: str
    standing: Standing = "walk_in"
    since: Minute
    due: Minute
    overtaken: Count = 0
    minutes: Length | None = None
    counter: str = ""


class Hall(HallValue, frozen=True, kw_only=True):
    """The hall at the minute `now`. no_show: the share of called tickets whose holder does not come. priority_run:
    priority tickets called in a row; no more than `priority_most` are, while somebody else waits."""

    now: Minute
    promise: Length = PROMISE
    no_show: Share = 0.04
    priority_run: Count = 0
    priority_most: Count = 2
    groups: tuple[HallGroup, ...]
    counters: tuple[HallCounter, ...]
    waiting: tuple[HallTicket, ...] = ()


class Question(Hall, frozen=True, kw_only=True):
    """A snapshot with the question who is next: at the counter `counter`, by the rules of `policy`."""

    counter: str
    policy: str = "promise"
