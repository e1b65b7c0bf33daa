"""Queue groups and their changes in words, and what an announced plan changes at this counter, in one line."""

from __future__ import annotations

from math import ceil

from counterdesk.screens.views.scene import Scene
from counterdesk.station.profiles import announced, coming_profile
from counterdesk.text import cells


def groups_in_words(scene: Scene, groups: tuple[str, ...]) -> str:
    """Queue groups by their names; all of them in one word."""
    if len(groups) > 1 and set(groups) >= set(scene.station.groups):
        return scene.words("hall.all_groups")
    return " ".join(scene.group_name(group) for group in groups)


def change_in_words(scene: Scene, before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """What a counter takes on and what it gives up."""
    if set(after) >= set(scene.station.groups):
        return scene.words("hall.plan.everything")
    more = tuple(group for group in after if group not in before)
    less = tuple(group for group in before if group not in after)
    parts = [
        scene.words(f"hall.plan.{key}", groups=groups_in_words(scene, groups))
        for key, groups in (("more", more), ("less", less))
        if groups
    ]
    return "  ".join(parts)


def shorter_change(scene: Scene, before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """The change, where it is said in fewer cells than all that the counter will take; else ""."""
    change = change_in_words(scene, before, after)
    return change if cells(change) < cells(groups_in_words(scene, after)) else ""


def coming_change(scene: Scene) -> str:
    """From when this counter draws from other queue groups, and from which; "" where no plan changes it."""
    plan, counter = announced(scene.station), scene.counter
    if plan is None or counter is None or counter.number not in plan.left:
        return ""
    after = coming_profile(scene.station, counter.number)
    change, groups = shorter_change(scene, counter.groups, after), groups_in_words(scene, after)
    minutes = ceil((plan.effective_at - scene.now).total_seconds() / 60)
    when = "soon" if minutes > 0 else "next_call"
    if change:
        return scene.words(f"coming.{when}_change", minutes=minutes, change=change)
    return scene.words(f"coming.{when}", minutes=minutes, groups=groups)
