"""Where papers go: to the station's print command, or into a folder of this officer's own. Blocks; call it off the
screen's thread."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from counterdesk.quiet import quiet
from counterdesk.text import clean

TIMEOUT_SECONDS = 10.0
"""How long a print command may take to accept a paper; `lp` answers once it is in the queue."""
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9-]")


@quiet
@dataclass(frozen=True, slots=True)
class Printed:
    """What became of a paper. where: of a saved one its file. why: of a failed one the error, in the system's words."""

    outcome: Literal["printed", "saved", "failed", "slow"]
    where: str = ""
    why: str = ""


class Printer:
    """Prints plain text. command: program and arguments that take it on their standard input as UTF-8; () saves it.

    folder: where papers are saved; None is the officer's own documents folder.
    """

    def __init__(
        self, command: Sequence[str] = (), folder: Path | None = None, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._command = tuple(command)
        self._folder = folder
        self._timeout = timeout

    def put(self, name: str, text: str) -> Printed:
        """Print a paper, or save it under this name. Never raises for what a system can refuse."""
        try:
            return self._run(text) if self._command else self._save(name, text)
        except OSError as error:
            return Printed("failed", why=clean(error.strerror or type(error).__name__, limit=60))

    def _run(self, text: str) -> Printed:
        # What it says goes to a file: a command that leaves a child behind would keep a pipe open.
        with tempfile.TemporaryFile() as said:
            try:
                done = subprocess.run(
                    self._command,
                    input=text.encode("utf-8"),
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    timeout=self._timeout,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return Printed("slow")
            if done.returncode == 0:
                return Printed("printed")
            said.seek(0)
            lines = said.read(4000).decode("utf-8", errors="replace").strip().splitlines()
        return Printed("failed", why=clean(lines[-1] if lines else f"exit {done.returncode}", limit=60))

    def _save(self, name: str, text: str) -> Printed:
        folder = self._folder or _documents()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        stem = _NOT_IN_NAMES.sub("_", name) or "paper"
        for number in range(1, 1000):
            file = folder / (f"{stem}.txt" if number == 1 else f"{stem}-{number}.txt")
            try:
                handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                continue
            with os.fdopen(handle, "wb") as out:
                out.write(text.encode("utf-8"))
            return Printed("saved", where=str(file))
        return Printed("failed", why=f"{stem}-999.txt")


def _documents() -> Path:
    from platformdirs import user_documents_path  # only when something is saved

    return user_documents_path() / "counterdesk"
