"""Crash reports that hold places in the code and never anybody's data: no message, no local variable, no source line.

A report is `<folder>/CD-XXXXX.txt`, mode 0600; the newest twenty are kept. Nothing here imports more than the standard
library, so that it works in a program that is coming apart.
"""

from __future__ import annotations

import logging
import os
import platform
import re
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from counterdesk import __version__

KEPT = 20
"""How many reports a folder holds."""
_MOST = 20  # entries in a report: a fault that repeats must not fill the disk
_DEPTH = 40
_CODE = re.compile(r"[a-z][a-z0-9_.]{0,63}")
_OURS = ("counterdesk/", "mock_server/")
_ROOTS = ("site-packages/", "dist-packages/", f"python{sys.version_info[0]}.{sys.version_info[1]}/")
_FACTS = ("TERM", "COLORTERM", "TERM_PROGRAM", "LANG", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL_THEME", "NO_COLOR")
_PLAIN = re.compile(r"[A-Za-z0-9_.:;+-]{1,40}")
# What faulthandler and the interpreter write about their own end; everything else on stderr may quote somebody.
_FAULT = re.compile(
    r"(?:Fatal Python error: [A-Za-z ]{1,40}|(?:Current t|T)hread 0x[0-9a-f]+(?: \(most recent call first\))?:?"
    r"|Extension modules:.*|(?P<frame>\s*File \"(?P<file>[^\"]+)\", line (?P<line>\d+) in (?P<name>[\w<>.]+)))"
)


def folder() -> Path:
    """Where crash reports go."""
    from platformdirs import user_state_path

    return user_state_path("counterdesk") / "incidents"


def short(file: str) -> str:
    """A source file's name without the folders that name the machine or its user."""
    path = file.replace("\\", "/")
    found = [(path.rfind(f"/{root}"), 0 if root in _OURS else len(root)) for root in (*_OURS, *_ROOTS)]
    at, skipped = max(found)
    return path[at + 1 + skipped :] if at >= 0 else path.rpartition("/")[2]


def places(trace: TracebackType | None) -> list[str]:
    """Where an exception went through, outermost first, as file:line:function."""
    found: list[str] = []
    while trace is not None:
        frame: FrameType = trace.tb_frame
        found.append(f"{short(frame.f_code.co_filename)}:{trace.tb_lineno}:{frame.f_code.co_name}")
        trace = trace.tb_next
    return found[-_DEPTH:]


def describe(error: BaseException) -> list[str]:
    """Lines about an exception and what led to it: types and places, and the code of an exception of our own."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(seen) < 8:
        seen.add(id(current))
        kind = type(current)
        code = getattr(current, "code", None)
        ours = kind.__module__.partition(".")[0] + "/" in _OURS
        said = f" {code}" if ours and isinstance(code, str) and _CODE.fullmatch(code) else ""
        lines.append(f"{kind.__module__}.{kind.__qualname__}{said}")
        lines += [f"  {place}" for place in places(current.__traceback__)]
        cause = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        if cause is not None:
            lines.append("after")
        current = cause
    return lines


def facts() -> list[str]:
    """The program and what it ran on; of the environment only what is about the terminal."""
    found = [f"counterdesk {__version__}", f"python {platform.python_version()}", f"system {sys.platform}"]
    try:
        from importlib.metadata import version

        found.append(f"textual {version('textual')}")
        import sqlite3

        found.append(f"sqlite {sqlite3.sqlite_version}")
    except Exception:
        found.append("(some versions could not be read)")
    for name in _FACTS:
        value = os.environ.get(name, "")
        if value:
            found.append(f"{name} {value if _PLAIN.fullmatch(value) else '?'}")
    return found


def filtered(stderr: bytes) -> list[str]:
    """What a dying interpreter wrote, without anything that could quote data; the rest is only counted."""
    kept: list[str] = []
    dropped = 0
    for line in stderr.decode("utf-8", "replace").splitlines():
        match = _FAULT.fullmatch(line.rstrip())
        if match is None:
            dropped += bool(line.strip())
        elif match["frame"]:
            kept.append(f"  {short(match['file'])}:{match['line']}:{match['name']}")
        elif not line.startswith("Extension modules"):
            kept.append(line.strip())
    if dropped:
        kept.append(f"({dropped} other lines on stderr are not kept)")
    return kept[-4 * _DEPTH :]


def write(folder: Path, code: str, kind: str, lines: Iterable[str]) -> Path | None:
    """Add to the report of this code, making it if there is none. kind: a word for what happened.

    None: it could not be written. This never raises.
    """
    file = folder / f"{code}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = not file.exists()
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0), 0o600)
        moment = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        body = [*([f"incident {code}", *facts()] if fresh else []), "", f"{moment} {kind}", *lines]
        try:
            os.write(descriptor, ("\n".join(body) + "\n").encode("ascii", "backslashreplace"))
        finally:
            os.close(descriptor)
        if fresh:
            _prune(folder)
    except OSError:
        return None
    return file


def _prune(folder: Path) -> None:
    reports = sorted(folder.glob("CD-*.txt"), key=lambda file: (file.stat().st_mtime_ns, file.name))
    for file in reports[:-KEPT]:
        file.unlink(missing_ok=True)


class Recorder:
    """Writes what goes wrong in this process into one report. Its methods never raise and may be called anywhere."""

    def __init__(self, folder: Path, code: str) -> None:
        self.folder, self.code = folder, code
        self.count = 0
        self._lock = threading.Lock()

    def record(self, kind: str, lines: Iterable[str]) -> None:
        """Add an entry, up to a limit."""
        with self._lock:
            self.count += 1
            if self.count > _MOST:
                return
        write(self.folder, self.code, kind, lines)

    def exception(self, kind: str, error: BaseException) -> None:
        """Add an entry about an exception."""
        self.record(kind, describe(error))

    def install(self) -> None:
        """From now on everything that nobody catches goes here instead of to stderr."""

        def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            if not issubclass(kind, KeyboardInterrupt):
                self.exception("exception", error)

        def in_thread(args: threading.ExceptHookArgs) -> None:
            if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
                self.exception("exception in a thread", args.exc_value)

        def unraisable(args: Any) -> None:
            if args.exc_value is not None:
                self.exception("exception that nobody could catch", args.exc_value)

        sys.excepthook = uncaught
        threading.excepthook = in_thread
        sys.unraisablehook = unraisable
        logging.getLogger().addHandler(_LogRecorder(self))


class _LogRecorder(logging.Handler):
    """Records what libraries log about exceptions (asyncio: of tasks and callbacks); their words are not kept."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(logging.ERROR)
        self._recorder = recorder

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        where = f"logged by {record.name if _CODE.fullmatch(record.name.lower()) else '?'}"
        if error is not None:
            self._recorder.exception(where, error)
        else:
            self._recorder.record(where, [f"  {short(record.pathname)}:{record.lineno}:{record.funcName}"])
