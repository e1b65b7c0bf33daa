"""The status bar, the key bar and the help: where we are, and what can be done now."""

from __future__ import annotations

from collections.abc import Mapping

from counterdesk.screens.actions import ACTIONS, Action, actions, key_name
from counterdesk.screens.views.checklist import counts
from counterdesk.screens.views.handoffs import board_cases, needs_counter
from counterdesk.screens.views.key_help import help_lines, help_section
from counterdesk.screens.views.plan import coming_change
from counterdesk.screens.views.requests import open_requests
from counterdesk.screens.views.scene import Scene
from counterdesk.station.waiting import callable_now
from counterdesk.widgets.values import Cell, KeyHint, Line, PanelView, Style

STALE_SECONDS = 10
"""From when on the age of what is shown stands on the screen; the station is heard at least every five seconds."""

_LINK_STYLE: dict[str, Style] = {"online": "ok", "connecting": "warn", "resyncing": "warn"}


def status_cells(scene: Scene, *, narrow: bool) -> tuple[Cell, ...]:
    """The status bar's left part; `narrow` adds the counts of the panels that do not fit."""
    words, desk = scene.words, scene.desk
    link = desk.link
    session = desk.session
    name = session.station_name if session is not None else ""
    officer = session.actor.id if session is not None else ""
    parts: list[Cell] = []
    if session is not None and session.mode == "practice":
        parts += [Cell(words("status.practice"), "practice"), Cell(" ")]
    if name:
        parts += [Cell(name, "strong", -2), Cell("  ")]  # a long one gives way to whether the line stands
    place = words("status.counter", counter=desk.counter) if desk.counter else _role(scene)
    parts.append(Cell(place + "  "))
    parts += [
        Cell(words("status.help", counter=counter) + "  ", "block")
        for counter in sorted(scene.station.help)
        if counter != desk.counter
    ]
    asked = len(open_requests(scene)) if scene.actor is not None and scene.actor.may("RefuseRequest") else 0
    if asked:
        parts.append(Cell(words("status.requests", count=asked) + "  ", "warn"))
    if officer and not narrow:
        parts.append(Cell(words("status.officer", officer=officer) + "  "))
    sign = "●" if link.status == "online" else "○"
    parts.append(Cell(f"{sign} {words(f'link.{link.status}')}  ", _LINK_STYLE.get(link.status, "block")))
    age = age_in_words(scene)
    if age:
        parts.append(Cell(age + "  ", "warn"))
    if desk.journal.status == "failed":
        kept = "status.read_only" if desk.journal.read_only else "status.not_kept"
        parts.append(Cell(words(kept) + "  ", "block"))
    elif desk.journal.status == "memory" and not narrow and session is not None and session.mode == "live":
        parts.append(Cell(words("status.key_in_memory") + "  ", "dim"))
    if desk.trail == "broken":
        parts.append(Cell(words("status.trail_broken") + "  ", "block"))
    if desk.dead:
        parts.append(Cell(words("status.dead", count=len(desk.dead)) + "  ", "block"))
    if desk.pending:
        parts.append(Cell(words("status.pending", count=len(desk.pending)) + "  ", "warn"))
    if scene.other_rules:
        parts.append(Cell(words("status.other_rules") + "  ", "block"))
    if narrow and desk.counter:
        if coming_change(scene):
            parts.append(Cell(words("coming.status") + "  ", "warn"))
        parts.append(Cell(_counts(scene), ""))
    return tuple(parts)


def _role(scene: Scene) -> str:
    """What somebody is who sits at no counter."""
    return scene.words(f"role.{scene.actor.role}") if scene.actor is not None else scene.words("status.hall")


def age_in_words(scene: Scene) -> str:
    """How old what is shown is, once that matters. On the line of practice nothing grows old: a demonstration and a
    replay move its clock on by minutes at a time."""
    heard = scene.desk.link.heard_at
    if heard is None or (scene.taught and scene.desk.link.status == "online"):
        return ""
    seconds = int((scene.now - heard).total_seconds())
    if seconds < STALE_SECONDS and scene.desk.link.status == "online":
        return ""
    if seconds < 120:
        return scene.words("status.age_seconds", seconds=seconds // 5 * 5)
    return scene.words("status.age_minutes", minutes=seconds // 60)


def _counts(scene: Scene) -> str:
    words, counter = scene.words, scene.counter
    waiting = len(callable_now(scene.station, counter.number, scene.now)) if counter is not None else 0
    text = words("status.waiting", count=waiting)
    if scene.assessment is not None:
        blocks, warns, ask = counts(scene.assessment)
        text += " " + words("status.prompts", blocks=blocks, warns=warns, ask=ask)
    back = sum(needs_counter(case) for case in board_cases(scene))
    return text + (" " + words("status.back", count=back) if back else "")


def key_hints(scene: Scene, keys: Mapping[str, str]) -> tuple[KeyHint, ...]:
    """The key bar: every key that stands on it, and whether it can be pressed now."""
    hints = [
        KeyHint(key_name(keys[action.id]), action.label(scene), not action.blocked(scene))
        for action in ACTIONS
        if action.on_key_bar
    ]
    if scene.taught:
        hints.append(KeyHint("?", scene.words("lesson.inquire"), scene.file is not None))
    return tuple(hints)


def help_view(scene: Scene, keys: Mapping[str, str], width: int) -> PanelView:
    """What each key does now, and why the rest is blocked, for a panel of `width` cells, frame included."""
    words = scene.words
    inner = max(width - 4, 20)

    with_key = [action for action in actions(scene) if keys.get(action.id)]
    without = [action for action in actions(scene) if not keys.get(action.id)]
    lines = help_section(words, "help.now")
    lines += [line for action in with_key for line in _help_lines(scene, action, keys[action.id], inner)]
    lines += help_section(words, "help.by_command")
    lines += [line for action in without for line in _help_lines(scene, action, "", inner)]
    moving = ("fields", "steps", "choices", "masked", "escape", "recovery", *(("practice",) if scene.taught else ()))
    lines += help_section(words, "help.moving_title", *(f"help.moving.{name}" for name in moving), inner=inner)
    signs = (f"help.signs.{name}" for name in ("queue", "fields", "prompts"))
    lines += help_section(words, "help.signs_title", *signs, inner=inner)
    return PanelView(title=words("help.title"), lines=tuple(lines), note=words("help.leave"))


def _help_lines(scene: Scene, action: Action, key: str, inner: int) -> list[Line]:
    explained = scene.words(f"action_help.{action.id}")
    shown = key_name(key) if key else ""
    return help_lines(scene.words, shown, action.label(scene), explained, action.blocked(scene), inner)
