"""The small process that stays behind the desk: it gives the terminal back however the desk ends.

It imports nothing heavy, forks before Textual is imported, and waits. The desk is its child on the same terminal, in
the same process group, so that the keys of job control reach both. The two hold a pipe each way: the desk notices when
its launcher died, and the launcher knows whether the screen was up.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import time

from counterdesk.environment import scrub
from counterdesk.held import DOWN, Held, Tolerate, give_back, write_out

TYPE_CHECKING = False
if TYPE_CHECKING:  # what these bring along is a third of the memory of a process that only waits
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any, NoReturn

    Work = Callable[["Held"], int]

PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2)
_ENDING = frozenset((signal.SIGTERM, signal.SIGHUP))
PATIENCE = 8.0
"""Seconds that a desk which was told to end has for it."""
_TAIL = 65536  # of what the desk wrote on stderr

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is misread over the telephone


def new_code() -> str:
    """A code for an incident, as in CD-7F3K2."""
    return "CD-" + "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in os.urandom(5))


def main() -> int:
    """The command `counterdesk`, in a child process where there is a terminal. Returns the exit status."""
    scrub(os.environ)
    if not has_terminal():
        from counterdesk import cli

        return cli.main()
    status = run(_command, folder=_folder, say=_say_incident)
    if sys.flags.inspect:  # PYTHONINSPECT: no prompt behind the desk
        os._exit(status)
    return status


def has_terminal() -> bool:
    """Whether keys come from a terminal and what is drawn goes to one (Textual draws on stderr)."""
    return os.isatty(0) and os.isatty(2)


def _command(held: Held) -> int:
    from counterdesk import cli

    return cli.main(held=held)


def _folder() -> Path:
    from counterdesk import incidents

    return incidents.folder()


def _say_incident(code: str) -> str:
    from counterdesk import cli

    return cli.say_incident(code)


def run(work: Work, *, folder: Callable[[], Path], say: Callable[[str], str]) -> int:
    """Let `work` run in a child process and give the terminal back when that has ended, however it did.

    work: gets the child's hold of this process; its result is the exit status. folder: where crash reports go; say: the
    line about an incident in the user's language. Both are asked only when they are needed.
    Returns the exit status: the child's own, 128 and the number of the signal that ended it.
    """
    attributes = None
    with Tolerate(termios.error, OSError):
        attributes = termios.tcgetattr(0)
    code = new_code()
    told, tell = os.pipe()
    lifeline, hold = os.pipe()
    sink, sink_in = os.pipe()
    woken, wake = os.pipe()
    for number in (told, wake):
        os.set_blocking(number, False)
    parent = _Launcher(told, sink, woken, attributes)
    sys.stdout.flush()
    sys.stderr.flush()
    parent.child = os.fork()
    if not parent.child:
        for number in (told, hold, sink, woken, wake):
            os.close(number)
        _child(work, Held(code, tell, lifeline, sink_in, attributes))
    for number in (tell, lifeline, sink_in):
        os.close(number)
    parent.listen(wake)
    status = parent.wait()
    return parent.settle(status, code, folder, say)


def _child(work: Work, desk: Held) -> NoReturn:
    """Everything that the desk is. It ends here whatever comes, and never unwinds into the launcher's own frames."""
    status = 1
    try:
        desk.harden()
        desk.watch()
        status = work(desk)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        status = 128 + signal.SIGINT
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        with Tolerate(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status & 0xFF)  # not by way of a prompt, which PYTHONINSPECT would open


class _Launcher:
    """The parent's side: waits, passes signals on, stops and goes on with its child."""

    def __init__(self, told: int, sink: int, woken: int, attributes: list[Any] | None) -> None:
        self.child = 0
        self._told, self._sink, self._woken = told, sink, woken
        self._attributes = attributes
        self._stderr = b""
        self._deadline = float("inf")

    def listen(self, wake: int) -> None:
        """Wake on the child's end, and pass on what is sent to this process."""
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)  # the child acts on it, and this process follows
        for number in PASSED_ON:
            signal.signal(number, self._pass_on)

    def _pass_on(self, number: int, _: object) -> None:
        with Tolerate(ProcessLookupError):
            os.kill(self.child, number)
        if number in _ENDING and self._deadline == float("inf"):
            self._deadline = time.monotonic() + PATIENCE

    def wait(self) -> int:
        """The wait status of the child."""
        while True:
            ended, status = os.waitpid(self.child, os.WNOHANG | os.WUNTRACED)
            if ended and os.WIFSTOPPED(status):
                self._stop()
                continue
            if ended:
                return status
            left = self._deadline - time.monotonic()
            if left <= 0:
                os.kill(self.child, signal.SIGKILL)
                self._deadline = float("inf")
            ready, _, _ = select.select([self._woken, self._sink], [], [], None if left > 1e6 else max(left, 0.01))
            if self._woken in ready:
                os.read(self._woken, 512)
            if self._sink in ready and not self._take():
                select.select([self._woken], [], [], max(min(left, 1.0), 0.01))  # nobody holds it any more

    def _take(self) -> int:
        data = os.read(self._sink, 65536)
        self._stderr = (self._stderr + data)[-_TAIL:]
        return len(data)

    def _stop(self) -> None:
        """The child was stopped: so does this process, with the terminal as the shell wants it, and both go on.

        The line settings of the screen are the child's own business when it goes on; the shell may have woken it first.
        """
        with Tolerate(termios.error, OSError):
            if self._attributes is not None:
                termios.tcsetattr(0, termios.TCSANOW, self._attributes)
        os.kill(os.getpid(), signal.SIGSTOP)
        with Tolerate(ProcessLookupError):
            os.kill(self.child, signal.SIGCONT)

    def settle(self, status: int, code: str, folder: Callable[[], Path], say: Callable[[str], str]) -> int:
        """Give the terminal back, and say and write down what was no clean end. Returns the exit status."""
        signal.set_wakeup_fd(-1)
        words = b""
        with Tolerate(OSError):
            words = os.read(self._told, 16)
        if words:
            give_back(self._attributes, left=words.endswith(DOWN))
        elif self._attributes is not None:
            with Tolerate(termios.error, OSError):
                termios.tcsetattr(0, termios.TCSANOW, self._attributes)
        killed = os.WIFSIGNALED(status)
        result = 128 + os.WTERMSIG(status) if killed else os.WEXITSTATUS(status)
        if (killed and (words or os.WTERMSIG(status) not in _ENDING)) or (words and result == 1):
            self._report(f"ended by signal {os.WTERMSIG(status)}" if killed else "", code, folder)
            write_out(_line(code, say))
        return result

    def _report(self, how: str, code: str, folder: Callable[[], Path]) -> None:
        """Whatever the child could not write itself."""
        while select.select([self._sink], [], [], 0)[0] and self._take():
            pass
        from counterdesk import incidents

        lines = incidents.filtered(self._stderr)
        with Tolerate(Exception):
            if how or lines:
                incidents.write(folder(), code, how or "on stderr", lines)


def _line(code: str, say: Callable[[str], str]) -> bytes:
    try:
        line = say(code)
    except Exception:  # the words themselves may be what is broken
        line = f"counterdesk: {code}"
    return (line.replace("\n", " ") + "\r\n").encode("utf-8", "replace")
