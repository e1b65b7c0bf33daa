"""The command line of `counterdesk practice`. Only argparse: help must show without loading anything."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from counterdesk.told import Told

TAUGHT_ON = date(2026, 11, 23)
"""The day of which the trainer's tools speak, if no other is asked for: the scenarios were written for it."""


PACE = 6.0


def declare(parser: argparse.ArgumentParser, maker: Any) -> None:
    """Give `counterdesk practice` its options and subcommands; without one it opens the desk. maker: the class of their
    parsers."""
    parser.add_argument("--list", action="store_true", help="the same as the tool `list` 场景清单")
    parser.add_argument("--scenario", default="", metavar="ID", help="practise this one scenario, as `list` names it")
    parser.add_argument("--service", default="", metavar="S", help="practise this service alone")
    parser.add_argument(
        "--level",
        type=int,
        choices=(1, 2, 3),
        help="1 one service slowly with hints, 2 mixed services, 3 rush hour (default: 1) 难度",
    )
    parser.add_argument("--exam", default="", metavar="FILE", help="take the exam of this file; needs --trainee 考试")
    parser.add_argument("--demo", action="store_true", help="see the first citizen served by a perfect officer 示范")
    parser.add_argument("--replay", type=int, metavar="RUN", help="see a kept run key by key; needs --trainee 回放")
    parser.add_argument(
        "--pace", type=float, default=PACE, metavar="X", help="how much faster than it was (default: %(default)g)"
    )
    _whose(parser, "who practises; without it nothing is kept 学员")
    commands = parser.add_subparsers(dest="exercise", metavar="TOOL", parser_class=maker)

    def add(name: str, words: str) -> argparse.ArgumentParser:
        command: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words)
        command.add_argument(
            "--lang", choices=("zh", "en"), default=argparse.SUPPRESS, help="language of the output (default: zh)"
        )
        return command

    listed = add("list", "the scenarios there are 场景清单")
    listed.add_argument("--service", default=argparse.SUPPRESS, metavar="S", help="only this service")
    listed.add_argument("--solve", action="store_true", help="solve them all, and say which rules have none (seconds)")
    listed.add_argument("--json", action="store_true", help="for programs")
    _when(listed)

    check = add("check", "whether scenarios and exams written by hand can be used 检查场景和考试")
    check.add_argument("files", nargs="+", type=Path, metavar="FILE", help="TOML files")

    script = add("script", "have a scenario played without a screen, and print its debrief 试演场景")
    script.add_argument("scenario", metavar="ID", help="as `list` names it")
    script.add_argument(
        "--officer",
        nargs="+",
        default=["perfect"],
        metavar="WHO",
        help='"perfect", "ignores RULE" (see the scenario\'s decides), or "random" (default: perfect)',
    )
    script.add_argument("--acts", action="store_true", help="show what was asked, answered and done")
    script.add_argument("--record", action="store_true", help="print the record of the run instead, as JSON")
    _when(script)

    report = add("report", "who is ready for what, and what goes wrong: asks for a passphrase 演练成绩")
    _whose(report, "this one alone: his own passphrase opens it, or the trainer's", inherited=True)
    report.add_argument("--format", choices=("text", "json", "csv"), default="text", help="(default: text)")
    report.add_argument("--from", dest="first", type=_day, metavar="DATE", help="runs from this day on")
    report.add_argument("--to", dest="last", type=_day, metavar="DATE", help="runs until this day")

    replay = add("replay", "a run that was kept, as a conversation with its debrief 回看一次演练")
    replay.add_argument("run", nargs="?", type=int, metavar="RUN", help="its number; without it all that are kept")
    _whose(replay, "whose run it is: his passphrase is asked for", inherited=True)

    change = add("passphrase", "change a passphrase: a trainee's own, or without --trainee the trainer's 更换口令")
    _whose(change, "whose ledger it is", inherited=True)
    change.add_argument(
        "--new-passphrase-file",
        type=Path,
        metavar="FILE",
        help="read the new passphrase from this file, which nobody else may read, instead of asking for it",
    )

    trainer = add("trainer", "set the trainer's passphrase, which opens the reports of all trainees 教官口令")
    trainer.add_argument("--replace", action="store_true", help="in place of one that is there")
    _secret(trainer, inherited=True)


def wanted_list(given: argparse.Namespace) -> argparse.Namespace:
    """`practice --list` as `practice list`."""
    defaults = {"exercise": "list", "solve": False, "json": False, "people": 0, "on": TAUGHT_ON}
    return argparse.Namespace(**{**vars(given), **defaults})


def problem(given: argparse.Namespace) -> Told | None:
    """What options of the desk do not go together; None if they do."""
    if given.exam and (given.scenario or given.service or given.level):
        return Told("cli.practice.exam_says")
    if given.exam and not given.trainee:
        return Told("cli.practice.exam_trainee")
    if given.replay is not None and not given.trainee:
        return Told("cli.practice.replay_trainee")
    if (given.demo or given.replay is not None) and given.exam:
        return Told("cli.practice.exam_himself")
    if not 0.1 <= given.pace <= 100:
        return Told("cli.practice.pace", pace=f"{given.pace:g}")
    if given.scenario and given.service:
        return Told("cli.practice.scenario_service")
    return None


def _whose(command: argparse.ArgumentParser, words: str, *, inherited: bool = False) -> None:
    command.add_argument("--trainee", default=argparse.SUPPRESS if inherited else "", metavar="ID", help=words)
    _secret(command, inherited=inherited)


def _secret(command: argparse.ArgumentParser, *, inherited: bool) -> None:
    command.add_argument(
        "--passphrase-file",
        type=Path,
        default=argparse.SUPPRESS if inherited else None,
        metavar="FILE",
        help="read the passphrase from this file, which nobody else may read, instead of asking for it",
    )


def _when(command: argparse.ArgumentParser) -> None:
    # Not --seed: that of `practice` itself, which stands before, is of the hall.
    command.add_argument(
        "--seed", dest="people", type=int, default=0, metavar="N", help="draws the people (default: 0)"
    )
    command.add_argument("--on", type=_day, default=TAUGHT_ON, metavar="DATE", help="the day (default: %(default)s)")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: use YYYY-MM-DD") from None
