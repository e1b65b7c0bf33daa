"""`counterdesk practice list | check | script | report | replay | passphrase | trainer`: the trainer's tools, in plain
text. Exit codes: 0 fine, 1 findings, 2 usage."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from counterdesk.catalog.built import CatalogError, read_built
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.locale import Words
from counterdesk.practice import citizen
from counterdesk.practice import exam as exams
from counterdesk.practice.collection import find, listing
from counterdesk.practice.debrief import Debrief, debrief
from counterdesk.practice.run import Act, Record, encode
from counterdesk.practice.scenario import Scenario
from counterdesk.practice.scripted import play, play_randomly
from counterdesk.practice.solving import cover
from counterdesk.practice.sources import Sources
from counterdesk.practice.targets import Unsolved, targets
from counterdesk.practice.writing import Flaw, check, read
from counterdesk.text import clean
from counterdesk.told import file_problem

OK: Final = 0
FINDINGS: Final = 1
USAGE: Final = 2


def run(given: argparse.Namespace, passed: int) -> int:
    """Run one tool as the command line says; returns the exit code. passed: the pass mark of the settings, for
    reports."""
    words = Words.load("en" if given.lang == "en" else "zh_CN")
    try:
        index = Index(read_built(given.catalog) if given.catalog else load())
    except CatalogError as error:
        print(f"counterdesk: {error.in_words(words)}", file=sys.stderr)
        return USAGE
    tools = {"list": _list, "check": _check, "script": _script}
    try:
        if given.exercise in tools:
            return tools[given.exercise](given, index, words)
        from counterdesk.practice import trainer  # it brings the cryptography

        return trainer.run(given, index, words, passed)
    except BrokenPipeError:  # `| head` has seen enough; nothing more can be written, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def _pick(text: object, words: Words) -> str:
    return str(getattr(text, citizen.language_of(words)))


# --- list ---------------------------------------------------------------------------------------------------------


def _list(given: argparse.Namespace, index: Index, words: Words) -> int:
    if given.service and given.service not in {one.id for one in index.catalog.services}:
        print(words("teach.command.no_service", name=clean(given.service, limit=40)), file=sys.stderr)
        return USAGE
    rows = listing(index, given.service)
    found = cover(index, given.on, given.people, targets(index, given.service)) if given.solve else None
    if given.json:
        table = [
            {
                "id": row.id,
                "service": row.service,
                "kind": row.kind,
                "difficulty": row.difficulty,
                "title": {"zh": row.title.zh, "en": row.title.en},
            }
            for row in rows
        ]
        answer: dict[str, object] = {"scenarios": table}
        if found is not None:
            answer["unsolved"] = {one.target.id: one.reason for one in found.unsolved}
        print(json.dumps(answer, ensure_ascii=False, indent=1))
    else:
        for row in rows:
            print(f"{row.id:40} {words(f'teach.kind.{row.kind}')} {row.difficulty} {_pick(row.title, words)}")
        print(words("teach.command.count", count=len(rows)))
        for line in found.lines() if found is not None else ():
            print(line)
    # A shared rule need not have a case in every service, so of one service that is no finding.
    return FINDINGS if found is not None and found.unsolved and not given.service else OK


# --- check --------------------------------------------------------------------------------------------------------


def _check(given: argparse.Namespace, index: Index, words: Words) -> int:
    code = OK
    for file in given.files:
        try:
            text = Path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = file_problem(error, words) if isinstance(error, OSError) else str(error)
            print(words("teach.command.unreadable", file=str(file), error=reason), file=sys.stderr)
            return USAGE
        if exams.is_exam(text):
            code = max(code, _check_exam(str(file), text, index, words))
            continue
        scenarios, flaws = read(text)
        ids = [scenario.id for scenario in scenarios]
        flaws += [Flaw(name, "id", "twice", name) for name in sorted({name for name in ids if ids.count(name) > 1})]
        for scenario in scenarios:
            flaws += check(index, scenario)
        for flaw in flaws:
            print(flaw_text(str(file), flaw, words))
        if flaws:
            code = FINDINGS
        else:
            print(words("teach.command.fine", file=str(file), count=len(scenarios)))
    return code


def _check_exam(file: str, text: str, index: Index, words: Words) -> int:
    exam, flaws = exams.read(text)
    flaws += exams.check(index, exam) if exam is not None else []
    for flaw in flaws:
        print(flaw_text(file, flaw, words))
    if exam is not None and not flaws:
        print(words("teach.command.exam_fine", file=file, count=exam.citizens, minutes=exam.minutes))
    return FINDINGS if flaws else OK


def flaw_text(file: str, flaw: Flaw, words: Words) -> str:
    """A flaw in one line."""
    text = words(f"teach.flaw.{flaw.code}", value=clean(flaw.value, limit=200), wanted=flaw.wanted or "…")
    return words("teach.command.flaw", file=file, scenario=clean(flaw.scenario, limit=60), field=flaw.field, text=text)


# --- script -------------------------------------------------------------------------------------------------------


def _script(given: argparse.Namespace, index: Index, words: Words) -> int:
    name = clean(given.scenario, limit=60)
    try:
        found = find(index, given.scenario, given.on, given.people)
    except KeyError:
        print(words("teach.command.unknown", name=name), file=sys.stderr)
        return USAGE
    if isinstance(found, Unsolved):
        print(words("teach.command.unsolved", name=name, reason=found.reason), file=sys.stderr)
        return FINDINGS
    who = " ".join(given.officer).split()
    if who == ["perfect"]:
        record = play(index, found)
    elif who == ["random"]:
        record = play_randomly(index, found, given.people)
    elif len(who) == 2 and who[0] == "ignores" and who[1] in found.decides:
        record = play(index, found, ignores=who[1])
    else:
        rule = clean(" ".join(who[1:]) or " ".join(who), limit=40)
        rules = ", ".join(found.decides) or "–"
        print(words("teach.command.not_decided", rule=rule, rules=rules), file=sys.stderr)
        return USAGE
    if given.record:
        sys.stdout.write(encode(record).decode())
        return OK
    print(_pick(found.title, words))
    for line in citizen.purpose(index, found, words):
        print(f"  {line}")
    for line in acts_as_text(index, found, record, words) if given.acts else ():
        print(line)
    for line in as_text(index, found, debrief(index, found, record), words):
        print(line)
    return OK


def acts_as_text(index: Index, scenario: Scenario, record: Record, words: Words) -> Iterator[str]:
    """A run as a conversation, a line an act."""
    for act in record.acts:
        yield f"{_clock(act.at)} {act.kind:8} {_told(index, scenario, act, words)}".rstrip()


def _told(index: Index, scenario: Scenario, act: Act, words: Words) -> str:
    service = scenario.service
    known = act.kind == "ask" and act.key in index.plan(service).facts
    if known and act.result in ("said", "unsure", "nothing", "see_register", "see_yourself"):
        reply = citizen.Reply(code=act.result, key=act.key, value=act.seen.get(act.key))  # type: ignore[arg-type]
        asked = citizen.question(index, service, act.key, words)
        return f"{asked} – {citizen.answer(index, scenario, reply, words)}"
    if act.kind == "look" and act.result in ("shown", "not_carried"):
        reply = citizen.Reply(code=act.result, key=act.key)  # type: ignore[arg-type]
        said = citizen.answer(index, scenario, reply, words)
        seen = " ".join(f"{key}={value}" for key, value in act.seen.items())
        return f"{citizen.request(index, act.key, words)} – {said} {seen}"
    values = {**act.given, **act.seen}
    rest = " ".join(f"{key}={value}" for key, value in values.items() if value is not None)
    return clean(" ".join(part for part in (act.key, rest, " ".join(act.codes), act.result) if part), limit=300)


def as_text(index: Index, scenario: Scenario, found: Debrief, words: Words) -> Iterator[str]:
    """A debrief for people: the score, the result, the time, and each mistake with its basis and policy passages."""
    right = " / ".join(words(f"teach.outcome.{one}") for one in found.right)
    yield words("teach.debrief.score", score=found.score)
    yield words("teach.debrief.ending", ending=found.ending, right=right)
    yield words(
        "teach.debrief.time",
        minutes=found.seconds // 60,
        seconds=found.seconds % 60,
        median=f"{found.median:g}",
        p90=f"{found.p90:g}",
    )
    if not found.mistakes:
        yield words("teach.debrief.clean")
    sources = Sources(index, found.service)
    for mistake in found.mistakes:
        deed = next((d for d in scenario.deeds if mistake.rule == f"deed:{d.id}"), None)
        text = deed.text if deed is not None else sources.of(mistake.rule).text
        named = f"teach.rule.{mistake.rule.removeprefix('counter:')}"
        said = mistake.rule if text is None else f"{mistake.rule} {_pick(text, words)}"
        said = words(named) if words.has(named) else said
        about = "" if mistake.subject in mistake.rule else f" ({clean(mistake.subject, limit=40)})"
        yield words(
            "teach.debrief.mistake",
            minutes=f"{mistake.at // 60:02}",
            seconds=f"{mistake.at % 60:02}",
            kind=mistake.kind,
            points=mistake.points,
            what=said + about,
        )
        if mistake.bases:
            names = [_pick(index.basis(found.service, basis).name, words) for basis in mistake.bases]
            yield words("teach.debrief.basis", basis="; ".join(names))
        yield words("teach.debrief.passage", passages=", ".join(mistake.passages))


def _clock(seconds: int) -> str:
    return f"{seconds // 60:02}:{seconds % 60:02}"
