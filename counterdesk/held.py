"""What the desk's process holds of its launcher, and how either gives the terminal back. Nothing heavy is imported."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

UP, DOWN = b"U", b"D"
"""What the launcher is told: the screen is drawn, the screen is gone."""
_ORPHANED = 4.0  # seconds for an orderly end of a desk whose launcher died

# Ends an open string or sequence, then undoes what a screen of Textual sets: synchronised output, mouse, focus and
# paste reports, in-band resize, kitty's keys, the keypad; autowrap and cursor on; plain characters.
_MODES = (
    "\x1b\\\x1b[?2026l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?1016l\x1b[?1004l"
    "\x1b[?2004l\x1b[?2048l\x1b[<u\x1b>\x1b[?1l\x1b[?6l\x1b[4l\x1b[r\x1b(B\x0f\x1b[m\x1b[?7h\x1b[?25h"
)
_WIPE = "\x1b[H\x1b[2J"
_LEAVE = "\x1b[?1049l\r"
# Terminals without a second screen: the desk was drawn over the first one, so its scrollback may hold what was shown.
_ONE_SCREEN = ("linux", "vt", "ansi", "dumb", "cons", "unknown")


def reset_bytes(term: str, *, left: bool) -> bytes:
    """What gives a terminal back and leaves nothing of the desk on it.

    term: as in $TERM. left: the desk has left the second screen by itself; then it is entered once more, to empty it.
    The scrollback is the user's own and stays, except where the terminal has only one screen.
    """
    again = "\x1b[?1049h" if left else ""
    scrollback = "\x1b[3J" if not term or term.lower().startswith(_ONE_SCREEN) else ""
    return f"{_MODES}{again}{_WIPE}{scrollback}{_LEAVE}".encode("ascii")


def give_back(attributes: list[Any] | None, *, left: bool) -> None:
    """Reset the terminal, drop what waits in it, and restore its line settings. Never blocks for long, never raises."""
    with Tolerate(OSError, termios.error, ValueError):
        before = signal.signal(signal.SIGTTOU, signal.SIG_IGN) if _main_thread() else None
        try:
            if not left:
                with Tolerate(termios.error):
                    termios.tcflush(0, termios.TCOFLUSH)  # what was still to be painted
                    termios.tcflush(0, termios.TCIFLUSH)  # what was typed for the desk is none of the shell's business
            write_out(reset_bytes(os.environ.get("TERM", ""), left=left))
            if attributes is not None:
                termios.tcsetattr(0, termios.TCSANOW, attributes)
        finally:
            if before is not None:
                signal.signal(signal.SIGTTOU, before)


def _main_thread() -> bool:
    import threading

    return threading.current_thread() is threading.main_thread()


def write_out(data: bytes, seconds: float = 2.0) -> None:
    """Write to the terminal, unless nobody takes it."""
    for target in (2, 0):
        if os.isatty(target):
            if select.select([], [target], [], seconds)[1]:
                os.write(target, data)
            return


class Tolerate:
    """contextlib.suppress, without what that imports."""

    def __init__(self, *kinds: type[BaseException]) -> None:
        self._kinds = kinds

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        return kind is not None and issubclass(kind, self._kinds)


class Held:
    """What the child holds of its launcher."""

    def __init__(self, code: str, told: int, lifeline: int, sink: int, attributes: list[Any] | None) -> None:
        self.code = code
        """The code of whatever incident befalls it."""
        self._told, self._lifeline, self._sink = told, lifeline, sink
        self._attributes = attributes
        self._left = False

    def harden(self) -> None:
        """No core file, and no other process of this user may look into this one's memory.

        One heap for all threads: under the interpreter's lock a heap for each only costs some megabytes.
        """
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if sys.platform == "linux":
            import ctypes

            with Tolerate(OSError, AttributeError):
                libc = ctypes.CDLL(None)
                libc.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE
                libc.mallopt(-8, 1)  # M_ARENA_MAX, where the C library has it

    def screen_up(self) -> None:
        """The screen is about to be drawn: from now on only the driver writes to the terminal.

        Textual draws on `sys.__stderr__`; it gets a descriptor of its own, and what libraries, threads and the
        interpreter write to the usual two goes to the launcher, which keeps what it knows to be harmless.
        """
        for name, number in (("__stdout__", 1), ("__stderr__", 2)):
            own = open(os.dup(number), "w", encoding="utf-8", errors="replace", newline="\n")  # noqa: SIM115
            setattr(sys, name, own)
        os.dup2(self._sink, 1)
        os.dup2(self._sink, 2)
        import faulthandler

        faulthandler.enable(file=self._sink, all_threads=True)
        self._tell(UP)

    def screen_down(self) -> None:
        """The driver has given the terminal back."""
        self._left = True
        self._tell(DOWN)

    def _tell(self, word: bytes) -> None:
        with Tolerate(OSError):
            os.write(self._told, word)

    def watch(self) -> None:
        """End when the launcher dies: in order if that is possible, at any rate."""
        import threading

        threading.Thread(target=self._watch, name="launcher-watch", daemon=True).start()

    def _watch(self) -> None:
        with Tolerate(OSError):
            while os.read(self._lifeline, 1):
                pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_ORPHANED)
        give_back(self._attributes, left=self._left)
        os._exit(1)
