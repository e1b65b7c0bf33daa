"""What an announced plan changes at this counter, in one line."""

from __future__ import annotations

from math import ceil

from counterdesk.screens.views.scene import Scene
from counterdesk.station.profiles import announced


def coming_change(scene: Scene) -> str:
    """From when this counter draws from other queue groups, and from which; "" where no plan changes it."""
    plan, counter = announced(scene.station), scene.counter
    if plan is None or counter is None or counter.number not in plan.left:
        return ""
    groups = " ".join(scene.group_name(group) for group in plan.profiles[counter.number])
    minutes = ceil((plan.effective_at - scene.now).total_seconds() / 60)
    if minutes > 0:
        return scene.words("coming.soon", minutes=minutes, groups=groups)
    return scene.words("coming.next_call", groups=groups)
