"""The command line of `counterdesk practice`. Only argparse: help must show without loading anything."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any


def declare(parser: argparse.ArgumentParser, maker: Any) -> None:
    """Give `counterdesk practice` its subcommands; without one it opens the desk. maker: the class of their parsers."""
    commands = parser.add_subparsers(dest="exercise", metavar="TOOL", parser_class=maker)

    def add(name: str, words: str) -> argparse.ArgumentParser:
        command: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words)
        command.add_argument(
            "--lang", choices=("zh", "en"), default=argparse.SUPPRESS, help="language of the output (default: zh)"
        )
        return command

    listed = add("list", "the scenarios there are 场景清单")
    listed.add_argument("--service", default="", metavar="S", help="only this service")
    listed.add_argument("--solve", action="store_true", help="solve them all, and say which rules have none (seconds)")
    listed.add_argument("--json", action="store_true", help="for programs")
    _when(listed)

    check = add("check", "whether scenarios written by hand can be used 检查场景")
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


def _when(command: argparse.ArgumentParser) -> None:
    # Not --seed: that of `practice` itself, which stands before, is of the hall.
    command.add_argument(
        "--seed", dest="people", type=int, default=0, metavar="N", help="draws the people (default: 0)"
    )
    command.add_argument(
        "--on", type=_day, default=date(2026, 11, 23), metavar="DATE", help="the day (default: %(default)s)"
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: write it as 2026-11-22") from None
