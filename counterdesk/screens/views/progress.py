"""What a trainee has practised so far: his ledger with what comes next, and for which services he is ready."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from counterdesk.practice.course import Course
from counterdesk.practice.ledger import Ledger, worst
from counterdesk.practice.lesson import Sitting
from counterdesk.practice.readiness import LATEST, Readiness
from counterdesk.practice.result import Result
from counterdesk.practice.sources import Sources
from counterdesk.screens.views.scene import Scene
from counterdesk.screens.views.teaching import Lines
from counterdesk.text import fit
from counterdesk.widgets.values import Cell, Line, PanelView, Style

if TYPE_CHECKING:
    from counterdesk.practice.collection import Listed

RUNS: Final = 6
"""So many of the latest runs are listed."""
WORST: Final = 5
NEXT: Final = 6


def ledger_view(
    scene: Scene, ledger: Ledger, following: Sequence[tuple[Listed, bool]], *, kept: bool, width: int
) -> PanelView:
    """The ledger. following: what comes next, each with whether it is due. kept: for longer than this program."""
    words = scene.words
    lines = Lines(scene, width)
    lines.word("lesson.ledger_of", trainee=ledger.trainee, runs=len(ledger.runs))
    if not kept:
        lines.word("lesson.not_kept", "warn")
    lines.gap()
    lines.word("lesson.following", "title")
    for row, is_due in following[:NEXT]:
        sign = words("lesson.due") if is_due else words("lesson.new")
        text = fit(f"{sign} {scene.of_service(row.service, scene.pick(row.title))}", lines.inner).rstrip()
        lines.add(text, "accent" if is_due else "", f"practise:{row.id}")
    lines.gap()
    lines.word("lesson.to_ready", "accent", "ready")
    lines.word("lesson.to_briefing", "accent", "briefing")
    if ledger.runs:
        lines.gap()
        lines.word("lesson.latest", "title")
    for run in list(reversed(ledger.runs))[:RUNS]:
        style: Style = "ok" if not run.mistakes else "warn"
        text = words("lesson.run", day=run.day.isoformat(), score=run.score, service=scene.service_name(run.service))
        lines.made.append(Line((Cell(text, style, -1),), f"run:{run.number}"))
    broken = worst(ledger, WORST)
    if broken:
        lines.gap()
        lines.word("lesson.often", "title")
    for card in broken:
        rule = Sources(scene.index, card.service).of(card.rule).text
        named = f"teach.rule.{card.rule.removeprefix('counter:')}"
        said = words(named) if words.has(named) else scene.pick(rule) if rule is not None else card.rule
        lines.word("lesson.broken", times=card.wrong, service=scene.service_name(card.service), rule=said)
    return PanelView(words("lesson.ledger"), tuple(lines.made))


def result_view(scene: Scene, course: Course, found: Result, past: Sequence[Sitting], width: int) -> PanelView:
    """What came of a course: its score, each citizen, and what went wrong around the visits."""
    words = scene.words
    lines = Lines(scene, width)
    verdict = "passed" if found.passed else "failed"
    lines.word(f"lesson.{verdict}", "ok" if found.passed else "block", score=found.score, needed=found.needed)
    lines.word("lesson.took", minutes=found.seconds // 60, seconds=found.seconds % 60)
    lines.gap()
    for at, (stop, score) in enumerate(zip(course.stops, found.scores, strict=True)):
        if score is None:
            lines.word("lesson.stayed_away", "dim", number=at + 1, service=scene.service_name(stop.service))
            continue
        there = next((place for place, one in enumerate(past) if one.stop == stop), None)
        text = words("lesson.one", number=at + 1, score=score, service=scene.service_name(stop.service))
        lines.add(text, "ok" if score >= found.needed else "warn", "" if there is None else f"past:{there}")
    for slip in found.slips:
        minutes, seconds = divmod(slip.at, 60)
        text = words(f"teach.slip.{slip.kind}")
        lines.add(f"{minutes:02}:{seconds:02} {text} −{slip.points}", "warn")
    lines.gap()
    lines.word("lesson.to_ledger", "accent", "ledger")
    lines.word("lesson.to_ready", "accent", "ready")
    return PanelView(words("lesson.result"), tuple(lines.made))


def readiness_view(scene: Scene, rows: Sequence[Readiness], width: int) -> PanelView:
    """For which groups of services the trainee is ready, and what is missing for the others."""
    words = scene.words
    lines = Lines(scene, width)
    for row in rows:
        style: Style = "ok" if row.ready else "" if row.runs else "dim"
        sign = "✓" if row.ready else "○"
        lines.add(f"{sign} {scene.group_name(row.group)}", "strong" if row.runs else style, f"group:{row.group}")
        lines.word("lesson.group", style, indent=2, runs=row.runs, mean=f"{row.mean:g}", streak=row.streak, of=LATEST)
        if row.runs and not row.ready:
            missing = [words("lesson.weak", count=len(row.weak))] if row.weak else []
            names = words("lesson.comma").join(scene.service_name(service) for service in row.untried)
            missing += [words("lesson.untried", names=names)] if row.untried else []
            if row.streak < LATEST:
                missing.append(words("lesson.more_runs", count=LATEST - row.streak))
            lines.add(words("lesson.semicolon").join(missing), "warn", indent=2)
    lines.gap()
    lines.word("lesson.to_ledger", "accent", "ledger")
    return PanelView(
        words("lesson.readiness"), tuple(lines.made), foot=(Line((Cell(words("lesson.group_key"), "accent", -1),)),)
    )
