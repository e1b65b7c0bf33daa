"""What a trainer reads of ledgers: as text, as JSON, and as CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec

from counterdesk.catalog.index import Index
from counterdesk.locale import Words
from counterdesk.practice.collection import written_for
from counterdesk.practice.ledger import PASS, Attempt, Ledger, again, due, worst
from counterdesk.practice.readiness import LATEST, Readiness, readiness
from counterdesk.practice.sources import Sources
from counterdesk.text import clean, fit

_SHOWN = 3
"""How many weak rules and untried services of a group a line names."""
_SHORT, _WHOLE = 24, 72
"""Columns for what a rule says, among others and alone in its line."""


def between(ledger: Ledger, first: date | None, last: date | None) -> Ledger:
    """The ledger with only the runs and attempts of these days. Cards say how it stands now and stay as they are."""

    def inside(day: date) -> bool:
        return (first is None or first <= day) and (last is None or day <= last)

    return msgspec.structs.replace(
        ledger,
        runs=tuple(run for run in ledger.runs if inside(run.day)),
        attempts=tuple(one for one in ledger.attempts if inside(one.day)),
    )


def tries(ledger: Ledger, attempt: Attempt) -> int:
    """Which try at this exam an attempt is, from 1."""
    return sum(one.exam == attempt.exam and one.number <= attempt.number for one in ledger.attempts)


def as_text(index: Index, ledger: Ledger, shown: Ledger, day: date, words: Words, passed: int = PASS) -> list[str]:
    """For people: each group and what is missing in it, the exams, then the rules that go wrong most.

    shown: the ledger `between` the days that are asked for; readiness is that of all days.
    """
    lines = [words("teach.report.title", trainee=clean(ledger.trainee, limit=40), runs=len(shown.runs))]
    if not ledger.runs and not ledger.attempts:
        return [*lines, words("teach.report.none")]
    names = {group.id: group.name for group in index.catalog.groups}
    lines.append(words("teach.report.head"))
    for row in readiness(index, ledger, day, passed):
        name = names[row.group].zh if words.language == "zh_CN" else names[row.group].en
        state = words("teach.report.ready") if row.ready else missing(index, row, words)
        lines.append(words("teach.report.row", group=name, runs=row.runs, mean=str(row.mean), due=row.due, state=state))
    for one in shown.attempts:
        state = "unfinished" if not one.finished else "passed" if one.passed else "failed"
        lines.append(
            words(
                "teach.report.exam",
                exam=clean(one.exam, limit=40),
                nth=tries(ledger, one),
                day=one.day.isoformat(),
                score=one.score,
                needed=one.needed,
                state=words(f"teach.report.{state}"),
            )
        )
    broken = worst(ledger)
    if broken:
        lines.append(words("teach.report.mistakes"))
        lines += [
            words(
                "teach.report.mistake",
                times=card.wrong,
                service=_named(index, card.service, words),
                rule=rule_named(index, card.service, card.rule, words, limit=_WHOLE),
            )
            for card in broken
        ]
    return lines


def _named(index: Index, service: str, words: Words) -> str:
    """A service as people call it; one that the catalogue no longer has by its id."""
    for one in index.catalog.services:
        if one.id == service:
            return one.short.zh if words.language == "zh_CN" else one.short.en
    return clean(service, limit=40)


def rule_named(index: Index, service: str, rule: str, words: Words, limit: int = _SHORT) -> str:
    """A rule as people call it: what it says, cut to so many columns; its id where nothing says what it was.

    A rule of a scenario written by hand has the text of what is done there; the catalogue may have lost one since.
    """
    shown = clean(rule, limit=40)
    if service not in {one.id for one in index.catalog.services}:
        return shown
    if words.has(f"teach.rule.{rule.removeprefix('counter:')}"):
        return words(f"teach.rule.{rule.removeprefix('counter:')}")
    kind, _, name = rule.partition(":")
    if kind == "deed":
        deeds = (deed for scenario in written_for(service) for deed in scenario.deeds if deed.id == name)
        text = next((deed.text for deed in deeds), None)
    else:
        text = Sources(index, service).of(rule).text
    if text is None:
        return shown
    return fit(clean(text.zh if words.language == "zh_CN" else text.en), limit).rstrip()


def missing(index: Index, row: Readiness, words: Words) -> str:
    """What is missing in a group, in one line."""
    parts = []
    if row.streak < LATEST:
        parts.append(words("teach.report.streak", missing=LATEST - row.streak))
    if row.weak:
        rules = ", ".join(
            f"{_named(index, service, words)} {rule_named(index, service, rule, words)}"
            for service, rule in row.weak[:_SHOWN]
        )
        parts.append(words("teach.report.weak", count=len(row.weak), rules=rules))
    if row.untried:
        some = ", ".join(_named(index, service, words) for service in row.untried[:_SHOWN])
        parts.append(words("teach.report.untried", count=len(row.untried), services=some))
    return "; ".join(parts)


def as_json(index: Index, ledger: Ledger, shown: Ledger, day: date, passed: int = PASS) -> dict[str, Any]:
    """The same for programs, with every card and run."""
    return {
        "trainee": ledger.trainee,
        "day": day.isoformat(),
        "pass": passed,
        "groups": [{**msgspec.to_builtins(row), "ready": row.ready} for row in readiness(index, ledger, day, passed)],
        "cards": [msgspec.structs.asdict(card) | {"due": card.due.isoformat()} for card in ledger.cards],
        "runs": [msgspec.structs.asdict(run) | {"day": run.day.isoformat()} for run in shown.runs],
        "exams": [
            msgspec.structs.asdict(one) | {"day": one.day.isoformat(), "try": tries(ledger, one)}
            for one in shown.attempts
        ],
        "next": [{"rule": card.rule, "scenario": again(index, ledger, card)} for card in due(ledger, day)],
    }


def as_csv(ledgers: Iterable[Ledger]) -> str:
    """One line a run. A cell that a spreadsheet would take for a formula begins with an apostrophe (OWASP: CSV
    injection)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("trainee", "run", "day", "scenario", "service", "score", "seconds", "exam", "mistakes"))
    for ledger in ledgers:
        exams = {one.number: one.exam for one in ledger.attempts}
        for run in ledger.runs:
            cells = (ledger.trainee, run.number, run.day.isoformat(), run.scenario, run.service, run.score)
            rest = (run.seconds, exams.get(run.attempt, ""), " ".join(run.mistakes))
            writer.writerow(tuple(_plain(cell) for cell in (*cells, *rest)))
    return out.getvalue()


def _plain(cell: str | int) -> str | int:
    """A cell of one line that is no formula: what begins like one, even after spaces, is marked as text."""
    if not isinstance(cell, str):
        return cell
    text = clean(cell, limit=500)
    begins = text.lstrip()[:1]
    return f"'{text}" if begins and begins in "=+-@＝＋－＠" else text
