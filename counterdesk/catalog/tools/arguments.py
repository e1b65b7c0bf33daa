"""The command line of `counterdesk catalog`. Only argparse: help must show without loading anything."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any


def declare(parser: argparse.ArgumentParser, maker: Any) -> None:
    """Give the parser of `counterdesk catalog` its subcommands; `maker` is the class of their parsers."""
    commands = parser.add_subparsers(dest="tool", metavar="TOOL", required=True, parser_class=maker)

    def add(name: str, words: str) -> argparse.ArgumentParser:
        command: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words)
        command.add_argument(
            "--lang", choices=("zh", "en"), default=argparse.SUPPRESS, help="language of the output (default: zh)"
        )
        return command

    def data(command: argparse.ArgumentParser) -> None:
        command.add_argument("--data", type=Path, metavar="DIR", help="folder with the TOML files (default: shipped)")

    check = add("check", "find what is wrong with the catalogue 检查目录")
    data(check)
    check.add_argument("--strict", action="store_true", help="warnings fail too")
    check.add_argument("--format", choices=("text", "json"), default="text", help="(default: %(default)s)")
    check.add_argument(
        "--on", type=_day, metavar="DATE", help="the day on which it has to be in order (default: today)"
    )
    check.add_argument(
        "--since", type=Path, metavar="FILE", help="the released catalog.json, to see which ids are gone"
    )
    check.add_argument("--station", type=Path, metavar="DIR", help="lay a station's layer over it first")

    build = add("build", "build catalog.json from the TOML files 生成目录")
    data(build)
    build.add_argument("--check", action="store_true", help="check only, write nothing")
    build.add_argument("--station", type=Path, metavar="DIR", help="lay a station's layer over it")
    build.add_argument("--out", type=Path, metavar="FILE", help="where to write (default: beside the data)")

    test = add("test", "run the scenarios, written and generated 运行场景")
    test.add_argument("services", nargs="*", metavar="SERVICE", help="only these services")
    data(test)
    test.add_argument("--written", action="store_true", help="only the scenarios written by hand")

    diff = add("diff", "what changed between two catalogues 比较目录")
    diff.add_argument("before", type=Path, metavar="A", help="a catalog.json or a data folder")
    diff.add_argument("after", type=Path, metavar="B", help="a catalog.json or a data folder")
    diff.add_argument("--scenarios", type=Path, metavar="DIR", help="folder whose scenarios to compare (default: B's)")

    show = add("show", "a service as an officer would read it 查看事项")
    show.add_argument("service", metavar="SERVICE", help="id, number or a name as in the search")
    data(show)

    trial = add("try", "what a case comes to 试算一件")
    trial.add_argument("service", metavar="SERVICE", help="id, number or a name as in the search")
    trial.add_argument(
        "facts", metavar="FACTS.json", help='{"variant": …, "answers": {…}, "materials": {…}}; - reads stdin'
    )
    data(trial)
    trial.add_argument("--on", type=_day, metavar="DATE", help="the day of the case (default: the file's, else today)")
    trial.add_argument("--role", default="", metavar="ROLE", help="who acts (default: the file's, else officer)")
    trial.add_argument("--json", action="store_true", help="for programs")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: use YYYY-MM-DD") from None
