"""How a trainee or a trainer says his passphrase: at the terminal, unseen, or in a file that nobody else can read."""

from __future__ import annotations

import getpass
import os
import stat
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

from counterdesk.locale import Words
from counterdesk.practice.keeping import Keeper, KeepingError
from counterdesk.practice.vault import Vault
from counterdesk.text import clean

Ask = Callable[[str], str]
TRIES = 3
"""How often a wrong passphrase may be typed again."""
_LONGEST = 4096


class Refusal(Exception):
    """There is no passphrase to be had; the text says why, in the reader's language."""


def passphrase(
    words: Words,
    question: str,
    *,
    file: Path | None = None,
    new: bool = False,
    ask: Ask | None = None,
    option: str = "--passphrase-file",
) -> str:
    """What somebody types, or what the first line of the file says; "" if he just presses Enter.

    question: a key of the words `teach.passphrase`. new: asked for twice. ask: shows a text and reads a line unseen.
    option: which option names a file instead. Raises: Refusal; also where there is no terminal to be asked at.
    """
    if file is not None:
        return _normal(_first_line(words, file))
    if ask is None and not _terminal():
        raise Refusal(words("teach.passphrase.no_terminal", option=option))
    ask = ask or getpass.getpass
    try:
        said = _normal(ask(words(f"teach.passphrase.{question}")))
        if new and said and _normal(ask(words("teach.passphrase.again"))) != said:
            raise Refusal(words("teach.passphrase.differ"))
    except (EOFError, KeyboardInterrupt):
        raise Refusal(words("teach.passphrase.none")) from None
    return said


def keeper_for(
    vault: Vault, trainee: str, words: Words, *, file: Path | None = None, ask: Ask | None = None
) -> tuple[Keeper, str]:
    """What keeps the runs of a trainee, and what is to be said about it ("" for nothing).

    Without a name, without a passphrase, or where what is kept is damaged, it is kept in memory, and that is said.
    Raises: Refusal: a wrong passphrase, one that is too short, two that differ, a ledger of a newer program.
    """
    if not trainee:
        return Keeper(trainee), words("teach.ledger.memory_only")
    new = not vault.has(trainee)
    question = "new" if new else "own"
    for left in reversed(range(1 if new or file is not None else TRIES)):
        said = passphrase(words, question, file=file, new=new, ask=ask)
        if not said:
            break
        try:
            keeper = vault.open(trainee, said)
        except KeepingError as error:
            if error.code in ("damaged", "io"):
                return Keeper(trainee), words(f"teach.ledger.{error.code}")
            if error.code != "wrong_passphrase" or not left:
                raise Refusal(words(f"teach.ledger.{error.code}")) from None
            question = "once_more"
        else:
            return keeper, words("teach.ledger.recovered") if keeper.recovered else ""
    return Keeper(trainee), words("teach.ledger.memory_only")


def _terminal() -> bool:
    """Whether somebody can type unseen; without a terminal getpass would read, and show, a line of standard input."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return sys.stdin is not None and sys.stdin.isatty()
    return True


def _normal(text: str) -> str:
    """The same passphrase whatever keyboard it was typed on (NIST SP 800-63B, 5.1.1.2)."""
    return unicodedata.normalize("NFKC", text)


def _first_line(words: Words, file: Path) -> str:
    name = clean(str(file), limit=200)
    try:
        with file.open("rb") as opened:
            if stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & 0o077:
                raise Refusal(words("teach.passphrase.open_to_others", file=name))
            return opened.readline(_LONGEST).decode("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise Refusal(words("teach.passphrase.unreadable", file=name)) from None
