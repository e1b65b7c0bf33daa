"""A change of passphrase is killed: afterwards the former one opens the ledger or the new one, never both or neither.

A program of its own changes the passphrase of a trainee's ledger and of the trainer between two, and says each change
that it made. At a random moment it is killed. Then exactly one of the two has to open the ledger, whole and without
having been mended: the one that was said last, or the one after it; and so for the trainer.

The control is a program that writes its files in place. seed: of the moments.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.torture import ledger_kills
from benchmarks.torture.ledger_kills import TRAINEE, fast, in_place
from benchmarks.torture.outcome import Outcome
from counterdesk.practice import sealed_files
from counterdesk.practice.keeping import Keeper, KeepingError
from counterdesk.practice.vault import Vault

NAME = "passphrase_kills"
LONG = 60
SECRETS = (ledger_kills.SECRET, "another-secret")
TRAINERS = ("trainer-secret", "trainer-another")
_LONGEST = 0.15
"""Seconds for which a program lives at most after its first change."""


def change_on(root: Path, turn: int, *, hasty: bool) -> None:
    """What the program does until it is killed. turn: which of the two passphrases holds now."""
    if hasty:
        sealed_files.write_whole = in_place  # type: ignore[attr-defined]
    vault = Vault(root)
    with fast():
        while True:
            vault.change(TRAINEE, SECRETS[turn % 2], SECRETS[(turn + 1) % 2])
            print("trainee", flush=True)
            vault.change_trainer(TRAINERS[turn % 2], TRAINERS[(turn + 1) % 2])
            print("trainer", flush=True)
            turn += 1


def _killed(root: Path, turns: tuple[int, int], chance: random.Random, *, hasty: bool) -> list[str]:
    """Start it, kill it at a random moment, and give what it said."""
    command = [sys.executable, "-m", __name__, str(root), str(turns[0]), "hasty" if hasty else ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        first = program.stdout.readline()
        time.sleep(chance.uniform(0, _LONGEST))
        program.send_signal(signal.SIGKILL)
        rest, _ = program.communicate()
    return [line.strip() for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]


def _opening(root: Path) -> tuple[list[int], list[int], str]:
    """Which of the passphrases open the ledger and the trainer's keys, and what is wrong with what they open."""
    vault, wrong = Vault(root), ""
    own: list[int] = []
    trainers: list[int] = []
    with fast():
        for at, secret in enumerate(SECRETS):
            try:
                keeper: Keeper = vault.open(TRAINEE, secret)
            except KeepingError as error:
                wrong = wrong or ("" if error.code == "wrong_passphrase" else error.code)
                continue
            own.append(at)
            wrong = wrong or ("mended" if keeper.recovered else "")
        for at, secret in enumerate(TRAINERS):
            try:
                vault.read_one(TRAINEE, secret)
            except KeepingError as error:
                wrong = wrong or ("" if error.code == "wrong_passphrase" else f"trainer {error.code}")
                continue
            trainers.append(at)
    return own, trainers, wrong


def _tried(cases: int, chance: random.Random, *, hasty: bool) -> tuple[int, int, list[str]]:
    """How often the promise was broken in so many kills, how many changes were said, and why it was broken."""
    why: list[str] = []
    changes = 0
    with tempfile.TemporaryDirectory(prefix="counterdesk-passphrase-") as folder:
        root = Path(folder)
        turns = (0, 0)
        for number in range(cases):
            if number == 0 or why:  # what was spoilt once must not be counted again
                root, turns = Path(folder) / str(number), (0, 0)
                with fast():
                    Vault(root).set_trainer(TRAINERS[0])
                    Vault(root).open(TRAINEE, SECRETS[0])
            said = _killed(root, turns, chance, hasty=hasty)
            changes += len(said)
            own, trainers, wrong = _opening(root)
            if not wrong and not (_right(own, turns[0], said.count("trainee"))):
                wrong = f"opened by {len(own)} of two"
            if not wrong and not (_right(trainers, turns[1], said.count("trainer"))):
                wrong = f"trainer opened by {len(trainers)} of two"
            if wrong:
                why.append(wrong)
                continue
            turns = (own[0], own[0])
            if trainers != own:  # it was killed between the two
                with fast():
                    Vault(root).change_trainer(TRAINERS[trainers[0]], TRAINERS[own[0]])
    return len(why), changes, why


def _right(opening: list[int], turn: int, said: int) -> bool:
    """Whether exactly one passphrase opens it: that which was said last, or the next one."""
    return opening in ([(turn + said) % 2], [(turn + said + 1) % 2])


def run(cases: int, seed: int) -> Outcome:
    """Kill it `cases` times, and the control until it was found out, at most thirty times."""
    chance = random.Random(seed)
    violations, changes, why = _tried(cases, chance, hasty=False)
    control, reasons = 0, list[str]()
    for _ in range(10):
        broken, _, reasons = _tried(3, chance, hasty=True)
        control += broken
        if control:
            break
    note = "; ".join((f"{changes} changes said", *why[:5], f"control: {', '.join(sorted(set(reasons)))}"))
    return Outcome(cases, violations, control, note)


if __name__ == "__main__":
    change_on(Path(sys.argv[1]), int(sys.argv[2]), hasty=sys.argv[3:] == ["hasty"])
