"""The files of a vault: ledgers, runs and the trainer's keys, sealed, each written whole."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

import msgspec

from counterdesk import passphrase as passphrases
from counterdesk.disk import sync_folder, write_whole
from counterdesk.practice import ledger as books
from counterdesk.practice.keeping import KeepingError
from counterdesk.practice.ledger import Ledger
from counterdesk.quiet import quiet
from counterdesk.sealing import Damaged, context, lengthened, unwrap, wrap

FORMAT: Final = 1
_LARGEST: Final = 64 * 1024 * 1024


@quiet
class Slot(msgspec.Struct, frozen=True):
    """A secret under a passphrase."""

    parameters: bytes
    wrapped: bytes


@quiet
class Shared(msgspec.Struct, frozen=True):
    """A ledger's key sealed to a trainer. public: which of his keys it was: a digest."""

    public: str
    sealed: bytes


@quiet
class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger as it lies on disk."""

    format: int
    trainee: Slot
    trainer: Shared | None = None
    body: bytes


@quiet
class Trainer(msgspec.Struct, frozen=True, kw_only=True):
    """The trainer's keys as they lie on disk."""

    format: int
    public: bytes
    private: Slot


def name_of(trainee: str) -> str:
    """What the files of a trainee are called: no police number stands in a file's name."""
    return hashlib.sha256(lengthened("practice ledger", trainee)).hexdigest()[:32]


def bound(name: str, *parts: str | int) -> bytes:
    """What a part of a trainee's files is bound to: put in the place of another part or another's, it does not open."""
    return lengthened("practice", FORMAT, name, *parts)


def shared_with(name: str) -> bytes:
    """What a ledger's key is bound to where it is sealed to the trainer."""
    return context("practice", "trainer", name, FORMAT)


def slot(passphrase: str, secret: bytes, name: str) -> Slot:
    """A secret under a passphrase."""
    parameters = passphrases.new_parameters()
    derived = passphrases.derive(passphrase, parameters)
    assert derived is not None  # they are our own
    return Slot(parameters, wrap(derived, secret, bound(name, "slot", parameters.hex())))


def unslot(held: Slot, passphrase: str, name: str) -> bytes | None:
    """The secret; None if the passphrase does not open it."""
    derived = passphrases.derive(passphrase, held.parameters)
    if derived is None:
        return None
    try:
        return unwrap(derived, held.wrapped, bound(name, "slot", held.parameters.hex()))
    except Damaged:
        return None


def decoded(data: bytes) -> Sealed | None:
    """A ledger's file, None if it is none. Raises: KeepingError("newer")."""
    try:
        sealed = msgspec.json.decode(data, type=Sealed)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if sealed.format > FORMAT:
        raise KeepingError("newer")
    return sealed


def opened(data: bytes, name: str, key: bytes) -> Ledger | None:
    """The ledger in a file, None if it does not open with this key."""
    sealed = decoded(data)
    if sealed is None:
        return None
    try:
        return books.decode(unwrap(key, sealed.body, bound(name, "ledger")))
    except (Damaged, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def read(path: Path) -> bytes | None:
    """What a file holds, None if there is none. Raises: KeepingError."""
    try:
        if path.stat().st_size > _LARGEST:
            raise KeepingError("damaged")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError:
        raise KeepingError("io") from None


def write(path: Path, data: bytes) -> None:
    """Write a file whole, and its folder where there is none. Raises: KeepingError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, data)
    except OSError:
        raise KeepingError("io") from None


def remove(path: Path) -> None:
    """Take a file away for good, if there is one. Raises: KeepingError."""
    try:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError:
        raise KeepingError("io") from None


def put_aside(path: Path) -> None:
    """Give a damaged file another name; it is never written over. Raises: KeepingError."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    try:
        os.rename(path, aside)
    except OSError:
        raise KeepingError("io") from None
