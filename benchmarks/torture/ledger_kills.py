"""Practice is killed while it keeps runs; every run that it said was kept is there afterwards, whole.

A program of its own keeps one run after the other and says each one's number once it is kept. At a random moment it is
killed. Then the ledger has to open without having been mended, with no gap in its numbers and none of the runs missing
that were said; each of them has to open too, and to be judged as it was. Several programs go on with the same ledger,
one after the other, some of them two at once.

The control is a program that writes its files in place. seed: of the moments.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from unittest import mock

from benchmarks.torture.outcome import Outcome
from counterdesk import passphrase
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.practice import sealed_files
from counterdesk.practice.collection import find
from counterdesk.practice.debrief import debrief
from counterdesk.practice.keeping import Keeper, KeepingError
from counterdesk.practice.scenario import Scenario
from counterdesk.practice.scripted import play
from counterdesk.practice.vault import Vault

NAME = "ledger_kills"
LONG = 60
TRAINEE, SECRET = "T001", "eight-or-more"
DAY = date(2026, 11, 23)
_LONGEST = 0.4
"""Seconds for which a program lives at most after its first run was kept."""


@contextmanager
def fast() -> Iterator[None]:
    """Keys that are derived in no time."""
    weak = passphrase.Strength(8, 1)
    with mock.patch.object(passphrase, "STRONG", weak), mock.patch.object(passphrase, "FRUGAL", weak):
        yield


def in_place(path: Path, data: bytes) -> None:
    """The control's way to write a file."""
    half = len(data) // 2
    with path.open("wb", buffering=0) as output:
        output.write(data[:half])
        time.sleep(0.03 if path.suffix == ".ledger" else 0)
        output.write(data[half:])


def keep_on(root: Path, *, hasty: bool) -> None:
    """What the program does until it is killed."""
    index = Index(load())
    scenario = find(index, "idcard.temp:P1", DAY)
    assert isinstance(scenario, Scenario)
    record = play(index, scenario)
    found = debrief(index, scenario, record)
    if hasty:
        sealed_files.write_whole = in_place  # type: ignore[attr-defined]
    with fast():
        keeper = Vault(root).open(TRAINEE, SECRET)
        while True:
            print(keeper.keep(scenario, record, found, DAY), flush=True)


def _said(root: Path, chance: random.Random, *, hasty: bool, at_once: int) -> set[int]:
    """Start so many programs, kill them at a random moment, and give the numbers that they said."""
    command = [sys.executable, "-m", __name__, str(root), "hasty" if hasty else ""]
    programs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(at_once)]
    said: set[int] = set()
    for program in programs:
        assert program.stdout is not None
        first = program.stdout.readline()
        said |= {int(first)} if first else set()
    time.sleep(chance.uniform(0, _LONGEST))
    for program in programs:
        program.send_signal(signal.SIGKILL)
    for program in programs:
        rest, _ = program.communicate()
        said |= {int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n")}
    return said


def broken(root: Path, said: set[int], index: Index) -> str:
    """What of the promise does not hold; "" if all does."""
    try:
        with fast():
            keeper: Keeper = Vault(root).open(TRAINEE, SECRET)
    except KeepingError as error:
        return error.code
    numbers = [run.number for run in keeper.ledger.runs]
    if keeper.recovered:
        return "mended"
    if numbers != list(range(1, len(numbers) + 1)) or not said <= set(numbers):
        return "lost"
    for number in sorted(said & set(keeper.runs)):
        try:
            kept = keeper.run(number)
        except KeepingError as error:
            return f"run {error.code}"
        if kept.debrief(index).score != keeper.ledger.runs[number - 1].score:
            return "judged otherwise"
    return ""


def _tried(cases: int, chance: random.Random, index: Index, *, hasty: bool) -> tuple[int, int, list[str]]:
    """How often the promise was broken in so many kills, how many runs were said to be kept, and why it was broken."""
    why: list[str] = []
    kept = 0
    with tempfile.TemporaryDirectory(prefix="counterdesk-ledger-") as folder:
        root, said = Path(folder), set[int]()
        for number in range(cases):
            if hasty or number % 10 == 0:  # what was spoilt once must not be counted again
                root, said = Path(folder) / str(number), set()
            said |= _said(root, chance, hasty=hasty, at_once=2 if number % 4 == 3 and not hasty else 1)
            kept = max(kept, len(said))
            if what := broken(root, said, index):
                why.append(what)
    return len(why), kept, why


def run(cases: int, seed: int) -> Outcome:
    """Kill it `cases` times, and the control a few times."""
    index, chance = Index(load()), random.Random(seed)
    violations, kept, why = _tried(cases, chance, index, hasty=False)
    control = _tried(max(2, min(cases // 6, 8)), chance, index, hasty=True)
    note = "; ".join((f"up to {kept} runs in one ledger", *why[:5], f"control: {', '.join(sorted(set(control[2])))}"))
    return Outcome(cases, violations, control[0], note)


if __name__ == "__main__":
    keep_on(Path(sys.argv[1]), hasty=sys.argv[2:] == ["hasty"])
