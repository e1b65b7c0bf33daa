"""The system keyring, asked through a process of its own that has three seconds and is then killed.

Secrets go through the pipe, never through arguments or the environment; what the library prints goes nowhere.

Codes: ok, none (there is no keyring), refused_backend (one that keeps secrets in the clear, or nowhere), locked, failed
(it does not give back what it was given), timeout.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from counterdesk.quiet import quiet

SECONDS = 3.0
COMMAND: tuple[str, ...] = (sys.executable, "-I", str(Path(__file__).with_name("keyring_child.py")))
"""-I: neither the folder, nor the environment, nor the user's packages bring code into the process."""


@quiet
class Request(NamedTuple):
    """One thing to do. A repr shows no secret."""

    operation: str
    service: str = ""
    account: str = ""
    secret: str = ""

    def __repr__(self) -> str:
        return f"Request({self.operation!r})"


PROBE = Request("probe")
"""See that the keyring gives back what it is given."""


def get(service: str, account: str) -> Request:
    """Read a secret; "" if there is none."""
    return Request("get", service, account)


def put(service: str, account: str, secret: str) -> Request:
    """Keep a secret, and read it back."""
    return Request("set", service, account, secret)


def delete(service: str, account: str) -> Request:
    """Forget a secret; no error if there is none."""
    return Request("delete", service, account)


@quiet
class _Answer(msgspec.Struct, frozen=True):
    code: str
    values: tuple[str, ...]


def ask(requests: Sequence[Request], *, seconds: float = SECONDS) -> tuple[str, tuple[str, ...]]:
    """Have all of these done in order. Returns a code, and if that is ok a value for each request ("" unless read).

    Blocks, but never longer than `seconds`.
    """
    if seconds <= 0:
        return "timeout", ()
    given = msgspec.json.encode({"requests": [list(request) for request in requests]})
    try:
        process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,  # no terminal to prompt on, and one group to kill
        )
    except OSError:
        return "failed", ()
    try:
        out, _ = process.communicate(given, timeout=seconds)
    except subprocess.TimeoutExpired:
        return "timeout", ()
    finally:
        _end(process)
    try:
        answer = msgspec.json.decode(out, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "failed", ()
    if answer.code == "ok" and len(answer.values) != len(requests):
        return "failed", ()
    return answer.code, answer.values


def _environment() -> dict[str, str]:
    """What the keyring needs to be found, without what could choose another one."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "KEYRING"))}


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
