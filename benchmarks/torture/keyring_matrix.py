"""Every keyring that is met on terminals without a desktop: no secret in the clear, no wait longer than three seconds,
and the drafts are found again in any case.

Control: a program that uses the keyring with a try around it leaves its secret in a plain file, or loses it.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import subprocess
import tempfile
import time
from datetime import datetime
from pathlib import Path

from benchmarks.torture.keyrings import SITUATIONS, Situation, install, naive
from benchmarks.torture.outcome import Outcome
from counterdesk.journal import keyring_probe
from counterdesk.journal.journal import Journal
from counterdesk.journal.model import Draft
from counterdesk.station.model import TIMEZONE

NAME = "keyring_matrix"
LONG = 2 * len(SITUATIONS)
MARGIN = 1.5
"""Seconds that two passphrases and a busy machine may take on top."""
_DRAFT = Draft(
    case="c1",
    seq=1,
    service="hukou.birth",
    version=0,
    status="here",
    at=datetime(2026, 11, 2, tzinfo=TIMEZONE),
    body=b"of a citizen",
)


def run(cases: int, seed: int) -> Outcome:
    """Every situation in turn, `cases` in all; then the control in each."""
    wrong = []
    for number in range(cases):
        situation = SITUATIONS[(number + seed) % len(SITUATIONS)]
        if complaint := asyncio.run(_met(situation)):
            wrong.append(f"{situation.name}: {complaint}")
    control = sum(_naive_fails(situation) for situation in SITUATIONS if situation.name != "prompt elsewhere")
    return Outcome(cases, len(wrong), control, "; ".join(wrong))


async def _met(situation: Situation) -> str:
    """What is wrong after an officer signed in twice, with another password the second time; "" if nothing is."""
    before = keyring_probe.COMMAND
    with tempfile.TemporaryDirectory(prefix="counterdesk-keyring-") as name:
        folder = Path(name)
        keyring_probe.COMMAND = install(situation, folder)
        journal = Journal.open(folder / "journal" / "x.journal", mode="live", station="demo", counter="3")
        try:
            begun = time.monotonic()
            first = await journal.unlock("031234", "first", trusted=True)
            took = time.monotonic() - begun
            await journal.keep_draft(_DRAFT)
            key = bytes(journal._ring._key or b"")
            second = await journal.unlock("031234", "second" if situation.kept else "first", trusted=True)
        finally:
            await journal.close()
            keyring_probe.COMMAND = before
        if first.why != situation.code:
            return f"said {first.why}"
        if (first.kept == "keyring") != situation.kept:
            return f"kept in {first.kept}"
        if took > keyring_probe.SECONDS + MARGIN:
            return f"took {took:.1f} s"
        if second.drafts != (_DRAFT,):
            return "the draft was not found again"
        if _readable(folder, key):
            return "the key is readable"
        return "a secret was left" if not situation.kept and (folder / "store").exists() else ""


def _readable(folder: Path, key: bytes) -> bool:
    """Whether the officer's key stands anywhere below `folder`, as such or as text."""
    forms = (key, key.hex().encode(), base64.b64encode(key), base64.b64encode(key.hex().encode()))
    return any(form in file.read_bytes() for file in folder.rglob("*") if file.is_file() for form in forms)


def _naive_fails(situation: Situation) -> bool:
    """Whether the control leaves its secret readable outside a system keyring, or believes it kept and has it not."""
    secret = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="counterdesk-keyring-") as name:
        done = subprocess.run(naive(situation, Path(name), secret), capture_output=True, text=True, check=False)
        store = Path(name) / "store"
        leaked = not situation.kept and store.exists()
        return leaked or (done.stdout.startswith("kept") and secret not in done.stdout)
