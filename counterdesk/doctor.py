"""`counterdesk doctor`: what this terminal is like, for whoever is asked to help. Starts neither screen nor network.

It prints versions, states, counts and codes. Officers are a number, a journal is the name of its file, and no path is
shown, because a home folder may be called after a person.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import platform
import shutil
import sqlite3
import struct
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from counterdesk import __version__, settings, terminal
from counterdesk.journal import escrow, files, keyring_probe
from counterdesk.journal.model import JournalError

PACKAGES = ("textual", "rich", "httpx", "msgspec", "cryptography", "argon2-cffi", "keyring", "platformdirs")
WAL_RESET_FIXED = (3, 51, 3)
WAL_RESET = "older than 3.51.3: two connections could damage a WAL; a journal has one, so it is not met"
_LOCKS = 0x40000000, 512
"""Where SQLite locks a file."""
_FLOCK = "hhqqi"

Report = dict[str, Any]


def run(given: argparse.Namespace) -> int:
    """Print the report. 0 if nothing is wrong, else 1."""
    from platformdirs import user_data_path

    report = collect(given.settings, user_data_path("counterdesk"))
    if given.json:
        print(json.dumps(report, ensure_ascii=True, indent=2))
    else:
        print("\n".join(lines(report)))
    return 1 if report["problems"] else 0


def collect(settings_file: Path | None, root: Path) -> Report:
    """Everything. settings_file: as named on the command line; root: the folder of this terminal's data."""
    report: Report = {
        "counterdesk": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "packages": {name: _version(name) for name in PACKAGES},
        "sqlite": _sqlite(),
        "settings": _settings(settings_file),
        "terminal": _terminal(),
        "keyring": keyring_probe.ask([keyring_probe.PROBE])[0],
        "journals": [_journal(path) for path in files.journals(root)],
    }
    report["problems"] = _problems(report)
    return report


def lines(report: Report) -> list[str]:
    """The report as text, a line a value, what belongs to another thing indented under it."""
    return [line for name, value in report.items() for line in _lines(name, value, "")]


def _lines(name: str, value: Any, indent: str) -> list[str]:
    if isinstance(value, dict):
        inner = [line for key, part in value.items() for line in _lines(key, part, indent + "  ")]
        return [f"{indent}{name}:", *inner] if inner else [f"{indent}{name}: -"]
    if isinstance(value, list):
        if not value:
            return [f"{indent}{name}: -"]
        return [line for part in value for line in _lines(name.removesuffix("s"), part, indent)]
    shown = {True: "yes", False: "no", "": "-"}.get(value, value) if isinstance(value, bool | str) else value
    return [f"{indent}{name}: {shown}"]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "missing"


def _sqlite() -> Report:
    return {
        "version": sqlite3.sqlite_version,
        "note": WAL_RESET if sqlite3.sqlite_version_info < WAL_RESET_FIXED else "",
    }


def _settings(named: Path | None) -> Report:
    path = named or settings.default_path()
    problem = ""
    try:
        configured = settings.load(named)
        settings.keymap(configured.keys)
    except settings.SettingsError as error:
        problem = str(error).replace(str(path), path.name)
    return {"file": path.name, "found": path.exists(), "problem": problem}


def _terminal() -> Report:
    size = shutil.get_terminal_size((0, 0))
    columns, rows = size.columns, size.lines
    return {
        "tty": sys.stdin.isatty(),
        "term": os.environ.get("TERM", ""),
        "encoding": getattr(sys.__stderr__, "encoding", None) or "",
        "size": f"{columns}x{rows}",
        "large_enough": not terminal.size_problem(columns, rows),
        "colours": terminal.detect_colour(os.environ),
        "over_ssh": "SSH_CONNECTION" in os.environ,
    }


def _journal(path: Path) -> Report:
    in_use = _locked(path)
    found: Report = {"name": path.name, "mode": path.parent.name, "in_use": in_use, "problem": ""}
    try:
        health = escrow.inspect(path)
    except JournalError as error:
        # A copy of a file that is being written may be torn: that says nothing of the file.
        return found | {"problem": "" if in_use else error.code}
    if health.failed and in_use:
        return found
    counts = msgspec.to_builtins(health)
    return (
        found
        | {"problem": health.failed, "file_system": files.file_system(path)}
        | {
            name: counts[name]
            for name in (
                "station",
                "counter",
                "schema",
                "drafts",
                "outbox",
                "errors",
                "most_tries",
                "oldest_draft",
                "oldest_waiting",
                "officers",
                "slots",
                "file_bytes",
                "wal_bytes",
            )
        }
    )


def _locked(path: Path) -> bool:
    """Whether a desk has the file. Asks for the lock without taking it."""
    if sys.platform != "linux":
        return False  # the lock's record is laid out otherwise elsewhere
    asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, *_LOCKS, 0)
    try:
        with path.open("rb") as file:
            answer = fcntl.fcntl(file, fcntl.F_GETLK, asked)
    except OSError:
        return False
    return bool(struct.unpack(_FLOCK, answer)[0] != fcntl.F_UNLCK)


def _problems(report: Report) -> list[str]:
    found = [f"package {name} is missing" for name, version in report["packages"].items() if version == "missing"]
    if report["settings"]["problem"]:
        found.append("settings")
    if terminal.encoding_problem(sys.__stderr__):
        found.append("encoding")
    return found + [f"journal {each['name']}: {each['problem']}" for each in report["journals"] if each["problem"]]
