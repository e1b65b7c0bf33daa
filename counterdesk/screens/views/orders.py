"""What others did at this counter, in words: a leader who sends a ticket away, calls one here, plans a pause."""

from __future__ import annotations

from dataclasses import dataclass

from counterdesk.quiet import quiet
from counterdesk.screens.views.plan import groups_in_words
from counterdesk.screens.views.scene import Scene
from counterdesk.station.model import Break, CounterState


@quiet
@dataclass(frozen=True, slots=True)
class Here:
    """What stands at this counter. ticket: the id of the current one, "" for none."""

    state: CounterState
    groups: tuple[str, ...]
    ticket: str
    breaks: tuple[Break, ...]


def here(scene: Scene) -> Here | None:
    """This counter as it is now; None for a desk without one."""
    counter, current = scene.counter, scene.current
    if counter is None:
        return None
    breaks = tuple(scene.station.breaks.get(counter.number, ()))
    return Here(counter.state, counter.groups, current.id if current is not None else "", breaks)


def orders_in_words(scene: Scene, before: Here, now: Here) -> str:
    """What others changed between two moments of this counter; "" where nothing is to be said."""
    words, tickets = scene.words, scene.station.tickets
    said: list[str] = []
    if before.ticket and before.ticket != now.ticket and (ticket := tickets.get(before.ticket)) is not None:
        said.append(words("orders.taken", number=ticket.number, state=words(f"ticket.state.{ticket.state}")))
    if now.ticket and before.ticket != now.ticket:
        said.append(words("orders.called", number=tickets[now.ticket].number))
    if before.state != now.state:
        said.append(words("orders.counter", state=words(f"counter.state.{now.state}")))
    elif before.groups != now.groups:
        said.append(words("orders.groups", groups=groups_in_words(scene, now.groups)))
    said += [words("orders.break", span=_span(planned)) for planned in now.breaks if planned not in before.breaks]
    said += [words("orders.no_break", span=_span(gone)) for gone in before.breaks if gone not in now.breaks]
    return words("orders.between").join(said)


def next_break(scene: Scene) -> str:
    """The pause that is planned for this counter next, or goes on; "" for none."""
    planned = scene.station.breaks.get(scene.desk.counter, ())
    ahead = min((pause for pause in planned if pause.until > scene.now), key=lambda pause: pause.start, default=None)
    return scene.words("orders.pause", span=_span(ahead)) if ahead is not None else ""


def _span(pause: Break) -> str:
    return f"{pause.start:%H:%M}-{pause.until:%H:%M}"
