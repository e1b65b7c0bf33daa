"""The actions of the leader's screen. A key means there what it means at the counter: each takes over the key of the
action that it is like, wherever the settings put that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from counterdesk.screens.actions import BY_ID, key_name
from counterdesk.screens.questions import action_choices
from counterdesk.screens.views.requests import open_requests
from counterdesk.screens.views.scene import Scene
from counterdesk.station import commands as c
from counterdesk.widgets.values import Choice, KeyHint


@dataclass(frozen=True, slots=True)
class HallAction:
    """Something a leader can do on his screen.

    id: of its words (`hall.action.<id>`, `hall.action_help.<id>`) and of the method that does it. like: the action at
    the counter whose key it has; "" has none. needs: a key of `blocked.*` that says why it cannot be done, or "".
    command: what it would tell the station, for legality.
    """

    id: str
    like: str = ""
    needs: Callable[[Scene], str] | None = None
    command: Callable[[Scene], c.AnyCommand] | None = None
    on_key_bar: bool = True

    def key(self, keys: Mapping[str, str]) -> str:
        """Its key, "" for none."""
        return keys.get(self.like, "")

    def blocked(self, scene: Scene) -> str:
        """Why it can't be done now, in words; "" if it can."""
        if self.needs is not None and (reason := self.needs(scene)):
            return scene.words(f"blocked.{reason}")
        refused = scene.refusal(self.command(scene)) if self.command is not None else None
        return scene.reason(refused) if refused is not None else ""


def _offline(scene: Scene) -> str:
    return "" if scene.desk.link.status == "online" else "offline"


def _no_counter(scene: Scene) -> str:
    return "" if scene.desk.counter else "no_counter"


def _no_requests(scene: Scene) -> str:
    return "" if open_requests(scene) else "no_requests"


def _of_counter(action: str) -> Callable[[Scene], str]:
    """As blocked at the counter."""
    needs = BY_ID[action].needs
    return needs if needs is not None else lambda _: ""


HALL_ACTIONS: tuple[HallAction, ...] = (
    HallAction("help", "help"),
    HallAction("assign", "transfer", needs=_offline),
    HallAction("urgent", "next_question"),
    HallAction("section", "switch_panel"),
    HallAction("apply_plan", "advance", needs=_offline),
    HallAction("commands", "commands"),
    HallAction("back_to_counter", "hall", needs=_no_counter),
    HallAction("requests", needs=_no_requests, on_key_bar=False),
    HallAction("look", needs=_offline, on_key_bar=False),
    HallAction("automatic", needs=_offline, on_key_bar=False),
    HallAction("whatif", on_key_bar=False),
    HallAction("figures", needs=_of_counter("figures"), on_key_bar=False),
    HallAction("lock", "lock", on_key_bar=False),
    HallAction("unlock_officer", needs=_of_counter("unlock_officer"), on_key_bar=False),
    HallAction("retry", needs=_of_counter("retry"), on_key_bar=False),
    HallAction("quit", "quit", on_key_bar=False),
)
HALL_BY_ID: dict[str, HallAction] = {action.id: action for action in HALL_ACTIONS}


def hall_hints(scene: Scene, keys: Mapping[str, str], *, proposed: bool) -> tuple[KeyHint, ...]:
    """The key bar of the leader's screen. proposed: whether there is a plan to apply."""
    return tuple(
        KeyHint(
            key_name(action.key(keys)),
            scene.words(f"hall.action.{action.id}"),
            not action.blocked(scene) and (proposed or action.id != "apply_plan"),
        )
        for action in HALL_ACTIONS
        if action.on_key_bar and action.key(keys) and (action.id != "back_to_counter" or scene.desk.counter)
    )


def hall_choices(scene: Scene, keys: Mapping[str, str], text: str) -> tuple[Choice, ...]:
    """The actions of the leader's screen that a typed text finds."""
    words = scene.words
    rows = (
        (
            *(action.id, words(f"hall.action.{action.id}"), words(f"hall.action_help.{action.id}")),
            *(action.key(keys), action.blocked(scene)),
        )
        for action in HALL_ACTIONS
        if action.id != "commands"
    )
    return action_choices(rows, text)
