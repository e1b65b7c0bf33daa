"""What is done with ledgers on the command line: set and change passphrases, read reports, look at a run again."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date

from counterdesk.catalog.index import Index
from counterdesk.locale import Words
from counterdesk.practice import citizen
from counterdesk.practice.asking import Refusal, passphrase
from counterdesk.practice.command import FINDINGS, OK, USAGE, acts_as_text, as_text
from counterdesk.practice.keeping import KeepingError, Kept, default_root
from counterdesk.practice.ledger import Ledger
from counterdesk.practice.reports import as_csv, as_json, between
from counterdesk.practice.reports import as_text as report_as_text
from counterdesk.practice.vault import Vault


def run(given: argparse.Namespace, index: Index, words: Words, passed: int) -> int:
    """Run one of these tools; returns the exit code."""
    vault = Vault(default_root())
    try:
        if given.exercise == "trainer":
            return _set_trainer(given, vault, words)
        if given.exercise == "passphrase":
            return _change(given, vault, words)
        if given.exercise == "replay":
            return _replay(given, vault, index, words)
        return _report(given, vault, index, words, passed)
    except (Refusal, KeepingError) as error:
        said = words(f"teach.ledger.{error.code}") if isinstance(error, KeepingError) else str(error)
        print(f"counterdesk: {said}", file=sys.stderr)
        return USAGE


def _set_trainer(given: argparse.Namespace, vault: Vault, words: Words) -> int:
    if vault.has_trainer and not given.replace:
        raise Refusal(words("teach.command.trainer_there"))
    vault.set_trainer(passphrase(words, "trainer_new", file=given.passphrase_file, new=True))
    print(words("teach.command.trainer_set"))
    return OK


def _change(given: argparse.Namespace, vault: Vault, words: Words) -> int:
    """The trainee's passphrase, or without a trainee the trainer's."""
    whose = "own" if given.trainee else "trainer"
    if given.trainee and not vault.has(given.trainee):
        raise KeepingError("no_ledger")
    if not given.trainee and not vault.has_trainer:
        raise KeepingError("no_trainer")
    said = passphrase(words, whose, file=given.passphrase_file)
    option, file = "--new-passphrase-file", given.new_passphrase_file
    new = passphrase(words, f"{whose}_changed", file=file, new=True, option=option)
    if given.trainee:
        vault.change(given.trainee, said, new)
    else:
        vault.change_trainer(said, new)
    print(words("teach.command.passphrase_changed"))
    return OK


# --- report -------------------------------------------------------------------------------------------------------


def _report(given: argparse.Namespace, vault: Vault, index: Index, words: Words, passed: int) -> int:
    if given.first is not None and given.last is not None and given.first > given.last:
        raise Refusal(words("teach.command.days_reversed", first=given.first.isoformat(), last=given.last.isoformat()))
    said = passphrase(words, "own_or_trainer" if given.trainee else "trainer", file=given.passphrase_file)
    found = _ledgers(vault, given.trainee, said)
    ledgers = [one for one in found if isinstance(one, Ledger)]
    today = date.today()
    shown = [between(one, given.first, given.last) for one in ledgers]
    if given.format == "csv":
        sys.stdout.write(as_csv(shown))
    elif given.format == "json":
        rows = [as_json(index, one, part, today, passed) for one, part in zip(ledgers, shown, strict=True)]
        print(json.dumps({"trainees": rows}, ensure_ascii=False, indent=1))
    else:
        for one, part in zip(ledgers, shown, strict=True):
            print("\n".join(report_as_text(index, one, part, today, words, passed)))
    troubles = [one for one in found if isinstance(one, KeepingError)]
    for trouble in troubles:
        print(f"counterdesk: {words(f'teach.ledger.{trouble.code}')}", file=sys.stderr)
    return FINDINGS if troubles else OK


def _ledgers(vault: Vault, trainee: str, said: str) -> list[Ledger | KeepingError]:
    """What a passphrase opens: of one trainee as his own or as the trainer's, else all as the trainer's.

    Raises: KeepingError.
    """
    if not trainee:
        return list(vault.read_all(said))
    if not vault.has(trainee):
        raise KeepingError("no_ledger")
    try:
        return [vault.open(trainee, said).ledger]
    except KeepingError as error:
        if error.code != "wrong_passphrase" or not vault.has_trainer:
            raise
    return [vault.read_one(trainee, said)]


# --- replay -------------------------------------------------------------------------------------------------------


def _replay(given: argparse.Namespace, vault: Vault, index: Index, words: Words) -> int:
    if not given.trainee:
        raise Refusal(words("teach.command.whose"))
    if not vault.has(given.trainee):
        raise KeepingError("no_ledger")
    keeper = vault.open(given.trainee, passphrase(words, "own", file=given.passphrase_file))
    if given.run is None:
        there = set(keeper.runs)
        for run in keeper.ledger.runs:
            mark = "" if run.number in there else words("teach.command.not_kept")
            print(f"{run.number:5} {run.day.isoformat()} {run.scenario:40} {run.score:3} {mark}".rstrip())
        return OK
    for line in told(index, keeper.run(given.run), words):
        print(line)
    return OK


def told(index: Index, kept: Kept, words: Words) -> list[str]:
    """A run that was kept, as a conversation with its debrief."""
    scenario = kept.scenario
    lines = [str(getattr(scenario.title, citizen.language_of(words)))]
    if kept.record.catalog != index.catalog.sha256:
        lines.append(words("teach.command.other_rules"))
    if scenario.service not in {one.id for one in index.catalog.services}:
        return [*lines, words("teach.command.no_service", name=scenario.service)]
    lines += [f"  {line}" for line in citizen.purpose(index, scenario, words)]
    lines += acts_as_text(index, scenario, kept.record, words)
    return [*lines, *as_text(index, scenario, kept.debrief(index), words)]
