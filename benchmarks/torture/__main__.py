"""Run the torture programs, one line each. Exit code 1 if a promise was broken or a control did not fail."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import secrets
import sys
import time
from typing import Protocol, cast

from benchmarks import torture
from benchmarks.torture.outcome import Outcome


class Program(Protocol):
    """A module of this package that has a NAME."""

    NAME: str
    LONG: int

    def run(self, cases: int, seed: int) -> Outcome:
        """Try `cases` cases."""


def programs() -> dict[str, Program]:
    """All of them by name, in the order of their names."""
    modules = [
        importlib.import_module(f"{torture.__name__}.{found.name}")
        for found in pkgutil.iter_modules(torture.__path__)
        if found.name != "__main__"
    ]
    return {module.NAME: cast(Program, module) for module in modules if hasattr(module, "NAME")}


def line(name: str, outcome: Outcome, seed: int, seconds: float) -> str:
    """What is printed of one program."""
    note = f"; {outcome.note}" if outcome.note else ""
    counts = f"{outcome.cases:,} cases, {outcome.violations:,} violations"
    return f"{name}: {counts} (seed {seed}; control: {outcome.control:,} violations; {seconds:.0f} s{note})"


def main(argv: list[str] | None = None) -> int:
    """Run what is named, or all."""
    known = programs()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torture", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(known)} (default: all)")
    parser.add_argument("--cases", type=int, metavar="N", help="how many, instead of the long form's number")
    parser.add_argument("--seed", type=int, default=None, metavar="N", help="(default: a new one)")
    given = parser.parse_args(argv)
    if unknown := [name for name in given.names if name not in known]:
        parser.error(f"unknown: {', '.join(unknown)}; known are {', '.join(known)}")
    seed = secrets.randbelow(1_000_000) if given.seed is None else given.seed
    passed = True
    for name in given.names or known:
        begun = time.monotonic()
        outcome = known[name].run(given.cases or known[name].LONG, seed)
        print(line(name, outcome, seed, time.monotonic() - begun), flush=True)
        passed &= outcome.passed
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
