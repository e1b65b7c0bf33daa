"""The demo's own server: started beside the desk, reached over a loopback port, gone with it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from contextlib import suppress
from datetime import datetime, time, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from counterdesk.desk.clock import wall_clock

if TYPE_CHECKING:
    from counterdesk.desk.desk import Desk

COUNTER = "3"
"""The counter at which the demo's officer sits."""
DemoRole = Literal["officer", "leader", "guide"]
"""Whom the demo signs in. Only the officer sits at a counter; for the others the hall serves all of them."""


def ahead_to(at: time, now: datetime) -> timedelta:
    """How far a clock is ahead of `now`, in whole seconds, that shows `at` on the same day; behind, if negative."""
    then = datetime.combine(now.date(), at, now.tzinfo)
    return timedelta(seconds=round((then - now).total_seconds()))


PREFIX = "counterdesk-demo-"
_HELD = "held"
"""The file in a demo's folder on which its desk has a lock for as long as that process lives."""
_UNHELD_SECONDS = 86_400.0
"""Age from which on a folder without that file is nobody's; a younger one may be a demo that is just beginning."""


def make_folder() -> tuple[tempfile.TemporaryDirectory[str], int]:
    """A demo's own folder, and the descriptor that says for as long as it is open that somebody lives there."""
    folder = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
    held = os.open(Path(folder.name) / _HELD, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)
    return folder, held


def sweep(place: Path) -> None:
    """Remove what demos of this user left behind in a folder when they were killed. A demo that lives is left alone,
    and so is whatever is no folder or another user's."""
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and _is_left(folder, found.st_mtime):
                shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: Path, changed: float) -> bool:
    """Whether nobody lives there. Raises: OSError if somebody does."""
    try:
        held = os.open(folder / _HELD, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return wall_clock().timestamp() - changed > _UNHELD_SECONDS
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(held)
    return True


class DemoServer:
    """A station server in a process of its own, with a fresh database that vanishes with it.

    It lives as long as its standard input: if this process dies in whatever way, the pipe closes and the server ends.
    """

    def __init__(
        self,
        *,
        seed: int,
        speed: float,
        catalog: Path | None = None,
        role: DemoRole = "officer",
        at: time | None = None,
    ) -> None:
        """catalog: a file with the rules built with a station's layer; the shipped ones without it. at: the time of day
        that it is at the station when it begins, by its clock and in its hall; None leaves the clock as it is."""
        self._role = role
        self._ahead = ahead_to(at, wall_clock()) if at is not None else timedelta()
        self._folder, self._held = make_folder()
        folder = Path(self._folder.name)
        self._log = folder / "server.log"
        self.password = ""
        """Of all the demo's officers, once the server is there: who locked the desk needs it."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "mock_server.cli",
                    "--db",
                    str(folder / "station.sqlite3"),
                    "--demo",
                    "--hall",
                    str(seed),
                    "--speed",
                    f"{speed:g}",
                    "--staffed",
                    COUNTER if role == "officer" else "",
                    *(["--at", f"{at:%H:%M}", "--ahead", f"{self._ahead.total_seconds():.0f}"] if at else []),
                    *(["--catalog", str(catalog)] if catalog is not None else []),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def clock(self) -> datetime:
        """The time at this station."""
        return wall_clock() + self._ahead

    def make_desk(self) -> Desk:
        """The desk of whom the demo signs in; waits for the server. Raises: RuntimeError if that did not start."""
        from counterdesk.backends.http import HttpBackend
        from counterdesk.desk.desk import Desk
        from counterdesk.desk.memory import open_memory

        ready = self.ready()
        backend = HttpBackend(url=ready["url"], station=ready["station"])
        folder = Path(self._folder.name)
        self.password = ready["password"]
        if self._role != "officer":
            # Who takes nothing in has nothing to keep.
            return Desk(backend, "", ready[self._role], ready["password"], clock=self.clock)
        memory, journaling = open_memory(folder, "practice", ready["station"], ready["counter"], self.clock)
        credentials = ready["counter"], ready["officer"], ready["password"]
        return Desk(backend, *credentials, clock=self.clock, memory=memory, journaling=journaling)

    def ready(self) -> dict[str, str]:
        """Where the server is and how to sign in; waits for it. To be asked once. Raises: RuntimeError."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            last = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            raise RuntimeError(f"the demo's server did not start: {''.join(last)}")
        ready: dict[str, str] = json.loads(line)
        sweep(Path(self._folder.name).parent)
        return ready

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()
        os.close(self._held)
