"""A program in a pseudo-terminal, as a person at a terminal meets it: keys in, a screen out, every byte counted."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
import warnings
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import pyte

KEYS = {
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pgup": "\x1b[5~",
    "pgdn": "\x1b[6~",
    "enter": "\r",
    "tab": "\t",
    "s-tab": "\x1b[Z",
    "esc": "\x1b",
    "bs": "\x7f",
    "del": "\x1b[3~",
    "space": " ",
    "lt": "<",
    **{
        f"f{n}": sequence
        for n, sequence in enumerate(
            "OP OQ OR OS [15~ [17~ [18~ [19~ [20~ [21~ [23~ [24~".split(),  # noqa: SIM905
            1,
        )
        for sequence in [f"\x1b{sequence}"]
    },
    **{f"c-{letter}": chr(ord(letter) - 96) for letter in "abcdefghijklmnopqrstuvwxyz"},
}
PYTHON = sys.executable
# What the program must not learn from the terminal that the tests happen to run in.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "PYTHONPATH", "TMPDIR", "VIRTUAL_ENV")


def keys_of(text: str) -> str:
    """What a terminal sends for `ab<down><f2>`; a name that isn't known is typed letter by letter."""
    return re.sub(r"<([a-z0-9-]+)>", lambda match: KEYS.get(match[1], match[0]), text)


class Terminal:
    """A running program. Use it as a context manager: the program never outlives it."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (120, 40),
        term: str = "xterm-256color",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> None:
        self.columns, self.rows = size
        self.screen: Any = pyte.Screen(*size)
        self._stream: Any = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        """Everything that the program wrote."""
        self.first_paint = 0
        """For fixtures to note how many bytes the first frame took."""
        self.ended = False
        self.status: int | None = None
        """The exit status once the program has ended (negative: the signal that ended it)."""
        environ = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environ |= {"TERM": term, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"} | dict(env or {})
        self.pid = self._start(list(command), environ, cwd)

    def _start(self, command: list[str], environ: dict[str, str], cwd: str | None) -> int:
        # The size is set before the program starts, so that it never sees another.
        self.fd, child = pty.openpty()
        self.tty = os.ttyname(child)
        """The program's end of the terminal."""
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        with warnings.catch_warnings():
            # The child does nothing but exec, so other threads of the test run cannot harm it.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid:
            os.close(child)
            return pid
        try:
            os.close(self.fd)
            os.login_tty(child)
            if cwd is not None:
                os.chdir(cwd)
            os.execvpe(command[0], command, environ)
        finally:
            os._exit(127)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # reading

    def read(self, timeout: float) -> int:
        """Takes in what comes within the time; how many bytes that was."""
        if self.ended or not select.select([self.fd], [], [], max(timeout, 0))[0]:
            return 0
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        if not data:
            self.ended = True
            return 0
        self.raw += data
        # pyte prints a `u` for this sequence of the kitty protocol, which it doesn't know
        self._stream.feed(re.sub(rb"\x1b\[[<>=][0-9;]*u", b"", data))
        self._answer(data)
        return len(data)

    def _answer(self, data: bytes) -> None:
        """What a plain xterm answers to the queries in it."""
        for query, answer in (
            (b"\x1b[c", b"\x1b[?62;22c"),
            (b"\x1b[6n", b"\x1b[1;1R"),
            (b"\x1b[?2026$p", b"\x1b[?2026;0$y"),
            (b"\x1b[?2048$p", b"\x1b[?2048;0$y"),
        ):
            if query in data:
                self.send(answer)

    def drain(self, quiet: float = 0.15, limit: float = 5.0) -> int:
        """Reads until nothing came for so long; how many bytes that were."""
        end, total = time.monotonic() + limit, 0
        while time.monotonic() < end and (count := self.read(quiet)):
            total += count
        return total

    def idle_bytes(self, seconds: float) -> int:
        """How many bytes come within exactly this time."""
        end, total = time.monotonic() + seconds, 0
        while not self.ended and (left := end - time.monotonic()) > 0:
            total += self.read(left)
        return total

    def wait(self, regex: str, timeout: float = 15.0) -> str:
        """Waits until this stands on the screen, and gives what stands there then."""
        pattern, end = re.compile(regex), time.monotonic() + timeout
        while True:
            shown = self.text()
            if pattern.search(shown):
                return shown
            left = end - time.monotonic()
            if left <= 0 or self.ended:
                raise AssertionError(f"{regex!r} never stood on the screen:\n{shown}")
            self.read(min(left, 0.5))

    def wait_end(self, timeout: float = 10.0) -> int:
        """Waits until the program has ended; its exit status."""
        end = time.monotonic() + timeout
        while not self.ended and time.monotonic() < end:
            self.read(end - time.monotonic())
        return self._reap(max(end - time.monotonic(), 0.1))

    def text(self) -> str:
        """The screen as text: no blank cell after a wide character, no blanks at the ends of lines."""
        return "\n".join("".join(self.line_cells(y)).rstrip() for y in range(self.rows))

    def line_cells(self, y: int) -> list[str]:
        """The characters of a line, as pyte holds them ("" is the right half of a wide one)."""
        line = self.screen.buffer[y]
        return [line[x].data for x in range(self.columns)]

    def looks(self) -> list[list[tuple[str, bool, bool, bool, str, str]]]:
        """The screen as cells with their attributes; what can't be seen on a blank is left out."""
        return [
            [
                (c.data, c.bold and c.data != " ", c.reverse, c.underscore, c.fg if c.data != " " else "default", c.bg)
                for c in (self.screen.buffer[y][x] for x in range(self.columns))
            ]
            for y in range(self.rows)
        ]

    @property
    def cursor(self) -> tuple[int, int]:
        """Where the hardware cursor is (column, row)."""
        return self.screen.cursor.x, self.screen.cursor.y

    # writing

    def send(self, data: bytes) -> None:
        """Sends bytes as they are."""
        with contextlib.suppress(OSError):
            os.write(self.fd, data)

    def keys(self, text: str) -> None:
        """Types keys."""
        self.send(keys_of(text).encode())

    def bytes_of(self, keys: str, quiet: float = 0.15) -> int:
        """Types keys; how many bytes the program wrote until it was quiet again."""
        before = len(self.raw)
        self.keys(keys)
        self.read(2.0)
        self.drain(quiet)
        return len(self.raw) - before

    def resize(self, columns: int, rows: int) -> None:
        """Gives the terminal another size."""
        self.columns, self.rows = columns, rows
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def signal(self, number: int) -> None:
        """Sends the program a signal."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    # ending

    def _reap(self, timeout: float) -> int:
        """Waits for the process itself, which may end a little after its terminal; kills it when it doesn't."""
        if self.status is not None:
            return self.status
        end = time.monotonic() + timeout
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
                return self.status
            if time.monotonic() > end:
                self.signal(signal.SIGKILL)
                end = float("inf")
            select.select([], [], [], 0.01)

    def close(self) -> None:
        """Ends the program if it still runs."""
        if self.status is None:
            self.signal(signal.SIGKILL)
            self._reap(5.0)
        with contextlib.suppress(OSError):
            os.close(self.fd)
