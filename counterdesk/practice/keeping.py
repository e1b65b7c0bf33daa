"""Where a trainee's ledger and runs are kept: in memory, or sealed in a folder of practice's own.

A ledger has a key of its own. It is wrapped under the trainee's passphrase (argon2id) and, once a trainer has set one,
sealed to the trainer's key, whose private half is wrapped under his passphrase. Nothing is in the system keyring.

What it holds off: whoever reads the disk, a copy of it, or another's ledger without a passphrase; what was changed in a
file is seen, as it does not open. What it does not: whoever may write to this account can delete a ledger, put back an
older copy of it, or change the program. Guessing costs a third of a second a try, so a passphrase has eight characters.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Final, Literal

import msgspec

from counterdesk import passphrase as passphrases
from counterdesk.catalog.index import Index
from counterdesk.disk import write_whole
from counterdesk.practice import ledger as books
from counterdesk.practice.debrief import Debrief, debrief
from counterdesk.practice.ledger import Ledger
from counterdesk.practice.run import Record
from counterdesk.practice.scenario import Scenario
from counterdesk.quiet import quiet
from counterdesk.sealing import (
    Damaged,
    SealError,
    context,
    lengthened,
    new_keys,
    open_sealed,
    random_key,
    seal,
    unwrap,
    wrap,
)

FORMAT: Final = 1
SHORTEST: Final = 8
"""Characters of a passphrase (NIST SP 800-63B: 8 at least)."""
KEPT_RUNS: Final = 200
"""So many runs can be replayed; of older ones the ledger has only what came of them."""
_LARGEST: Final = 64 * 1024 * 1024
Trouble = Literal["wrong_passphrase", "too_short", "damaged", "newer", "io", "no_trainer", "not_shared", "no_run"]


class KeepingError(Exception):
    """What is kept cannot be read or written. code: a key of the words `teach.ledger`; the text names nobody."""

    def __init__(self, code: Trouble) -> None:
        super().__init__(code)
        self.code: Trouble = code


@quiet
class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A run that can be replayed: with its whole scenario, so that it is judged again exactly as it was."""

    number: int
    day: date
    scenario: Scenario
    record: Record
    attempt: int = 0

    def debrief(self, index: Index) -> Debrief:
        """What was right and wrong about it; the same as then with the rules of then (`record.catalog`).

        Raises:
            KeyError: if its service is no longer in the catalogue.
        """
        return debrief(index, self.scenario, self.record)


@quiet
class _Slot(msgspec.Struct, frozen=True):
    """A secret under a passphrase."""

    parameters: bytes
    wrapped: bytes


@quiet
class _Shared(msgspec.Struct, frozen=True):
    """A ledger's key sealed to a trainer. public: which of his keys it was: a digest."""

    public: str
    sealed: bytes


@quiet
class _Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger as it lies on disk."""

    format: int
    trainee: _Slot
    trainer: _Shared | None = None
    body: bytes


@quiet
class _Trainer(msgspec.Struct, frozen=True, kw_only=True):
    """The trainer's keys as they lie on disk."""

    format: int
    public: bytes
    private: _Slot


def default_root() -> Path:
    """The data root of practice, beside that of the desk and never in it."""
    from platformdirs import user_data_path

    return user_data_path("counterdesk-practice")


class Keeper:
    """Keeps what one trainee has practised: here only as long as the program runs."""

    kept_for_good = False
    recovered = False
    """Whether the newest ledger was damaged, and the one before it was taken."""

    def __init__(self, trainee: str) -> None:
        self.ledger = Ledger(trainee=trainee)
        self._runs: dict[int, Kept] = {}

    @property
    def runs(self) -> tuple[int, ...]:
        """The numbers of the runs that can be replayed, the oldest first."""
        return tuple(sorted(self._runs))

    def keep(self, scenario: Scenario, record: Record, found: Debrief, day: date, attempt: int = 0) -> int:
        """Keep a run, before its debrief is shown. Returns its number. Raises: KeepingError."""

        def changed(ledger: Ledger) -> Ledger:
            number = books.next_number(ledger)
            self._put(Kept(number=number, day=day, scenario=scenario, record=record, attempt=attempt))
            return books.add(ledger, scenario, found, day, attempt)

        return self._change(changed).runs[-1].number

    def begin_attempt(self, exam: str, digest: str, day: date, needed: int) -> int:
        """Keep that an exam is begun, before its first citizen. Returns the attempt's number. Raises: KeepingError."""
        return self._change(lambda one: books.begin_attempt(one, exam, digest, day, needed)).attempts[-1].number

    def finish_attempt(self, number: int, score: int, seconds: int, scores: tuple[int | None, ...]) -> None:
        """Keep what came of an exam. Raises: KeepingError; ValueError as `ledger.finish_attempt`."""
        self._change(lambda one: books.finish_attempt(one, number, score, seconds, scores))

    def run(self, number: int) -> Kept:
        """A run to replay. Raises: KeepingError."""
        if number not in self._runs:
            raise KeepingError("no_run")
        return self._runs[number]

    def _change(self, change: Callable[[Ledger], Ledger]) -> Ledger:
        self.ledger = change(self.ledger)
        return self.ledger

    def _put(self, kept: Kept) -> None:
        self._runs[kept.number] = kept
        for old in self.runs[:-KEPT_RUNS]:
            del self._runs[old]


class _SealedKeeper(Keeper):
    """Keeps it sealed on disk; several programs may have the same ledger open."""

    kept_for_good = True

    def __init__(self, vault: Vault, name: str, key: bytes, sealed: _Sealed, ledger: Ledger) -> None:
        super().__init__(ledger.trainee)
        self.ledger = ledger
        self._vault = vault
        self._name = name
        self._key = key
        self._slots = sealed

    @property
    def runs(self) -> tuple[int, ...]:
        """The numbers of the runs that can be replayed, the oldest first."""
        found = (path.stem for path in self._vault.runs_of(self._name).glob("*.run"))
        return tuple(sorted(int(name) for name in found if name.isdecimal()))

    def run(self, number: int) -> Kept:
        """A run to replay. Raises: KeepingError."""
        data = _read(self._vault.runs_of(self._name) / f"{number}.run")
        if data is None:
            raise KeepingError("no_run")
        try:
            return msgspec.json.decode(unwrap(self._key, data, _bound(self._name, "run", number)), type=Kept)
        except (Damaged, msgspec.MsgspecError, UnicodeDecodeError):
            raise KeepingError("damaged") from None

    def _put(self, kept: Kept) -> None:
        folder = self._vault.runs_of(self._name)
        data = msgspec.json.encode(kept, order="deterministic")
        _write(folder / f"{kept.number}.run", wrap(self._key, data, _bound(self._name, "run", kept.number)))
        for old in self.runs[:-KEPT_RUNS]:
            with suppress(OSError):
                (folder / f"{old}.run").unlink()

    def _change(self, change: Callable[[Ledger], Ledger]) -> Ledger:
        with self._vault.locked(self._name):
            self._refresh()
            self._store(change(self.ledger))
        return self.ledger

    def _refresh(self) -> None:
        """Take what another program wrote meanwhile; a file that was spoilt is put aside, what is known here stays."""
        path = self._vault.path(self._name)
        data = _read(path)
        found = _opened(data, self._name, self._key) if data is not None else None
        if found is not None:
            self.ledger = found
        elif data is not None:
            _put_aside(path)
            self.recovered = True

    def _store(self, ledger: Ledger) -> None:
        path = self._vault.path(self._name)
        before = _read(path)
        if before is not None:
            _write(path.with_suffix(".before"), before)
        body = wrap(self._key, books.encode(ledger), _bound(self._name, "ledger"))
        self._slots = msgspec.structs.replace(
            self._slots, body=body, trainer=self._vault.shared(self._name, self._key, self._slots.trainer)
        )
        _write(path, msgspec.json.encode(self._slots))
        self.ledger = ledger


class Vault:
    """The ledgers under one folder."""

    def __init__(self, root: Path) -> None:
        self._folder = root / "ledgers"
        self._trainer = root / "trainer.key"

    # --- the trainee ---

    def has(self, trainee: str) -> bool:
        """Whether there is a ledger of this trainee."""
        path = self.path(_name(trainee))
        return path.exists() or path.with_suffix(".before").exists()

    def open(self, trainee: str, passphrase: str) -> Keeper:
        """The trainee's keeper; a first passphrase makes the ledger. Blocks for a third of a second.

        Where the newest file is damaged, the one before is taken and the damaged one put aside (`recovered`). Raises:
        KeepingError: wrong_passphrase, too_short, damaged (nothing of it opens, and all is left as it is), newer, io.
        """
        name = _name(trainee)
        with self.locked(name):
            if not self.has(trainee):
                return self._new(trainee, name, passphrase)
            return self._existing(name, passphrase)

    def _new(self, trainee: str, name: str, passphrase: str) -> Keeper:
        if len(passphrase) < SHORTEST:
            raise KeepingError("too_short")
        key = random_key()
        slots = _Sealed(format=FORMAT, trainee=_slot(passphrase, key, name), body=b"")
        keeper = _SealedKeeper(self, name, key, slots, Ledger(trainee=trainee))
        keeper._store(keeper.ledger)
        return keeper

    def _existing(self, name: str, passphrase: str) -> Keeper:
        path = self.path(name)
        trouble: Trouble = "damaged"
        for at, file in enumerate((path, path.with_suffix(".before"))):
            data = _read(file)
            sealed = _decoded(data) if data is not None else None
            if data is None or sealed is None:
                continue
            key = _unslot(sealed.trainee, passphrase, name)
            ledger = _opened(data, name, key) if key is not None else None
            if key is None:
                trouble = "wrong_passphrase"
            elif ledger is not None:
                keeper = _SealedKeeper(self, name, key, sealed, ledger)
                if at:
                    if path.exists():
                        _put_aside(path)
                    keeper._store(ledger)
                    keeper.recovered = True
                elif self.shared(name, key, sealed.trainer) != sealed.trainer:
                    keeper._store(ledger)
                return keeper
        raise KeepingError(trouble)

    # --- the trainer ---

    @property
    def has_trainer(self) -> bool:
        """Whether a trainer has set a passphrase."""
        return self._trainer.exists()

    def set_trainer(self, passphrase: str) -> None:
        """Make new keys for the trainer. Each ledger is shared with him when its trainee next opens it; with a former
        key it can no longer be read. Raises: KeepingError: too_short, io."""
        if len(passphrase) < SHORTEST:
            raise KeepingError("too_short")
        private, public = new_keys()
        made = _Trainer(format=FORMAT, public=public, private=_slot(passphrase, private, "trainer"))
        _write(self._trainer, msgspec.json.encode(made))

    def read_all(self, passphrase: str) -> Iterator[Ledger | KeepingError]:
        """Every ledger, as the trainer; what cannot be read is given as the error. Blocks for a third of a second.

        Raises: KeepingError: no_trainer, wrong_passphrase, damaged, newer, io.
        """
        data = _read(self._trainer)
        if data is None:
            raise KeepingError("no_trainer")
        try:
            trainer = msgspec.json.decode(data, type=_Trainer)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise KeepingError("damaged") from None
        if trainer.format > FORMAT:
            raise KeepingError("newer")
        private = _unslot(trainer.private, passphrase, "trainer")
        if private is None:
            raise KeepingError("wrong_passphrase")
        names = {path.stem for path in self._folder.glob("*.ledger")}
        names |= {path.stem for path in self._folder.glob("*.before")}
        return (self._as_trainer(name, private) for name in sorted(names))

    def _as_trainer(self, name: str, private: bytes) -> Ledger | KeepingError:
        trouble: Trouble = "damaged"
        for file in (self.path(name), self.path(name).with_suffix(".before")):
            try:
                data = _read(file)
                sealed = _decoded(data) if data is not None else None
            except KeepingError as error:
                return error
            if data is None or sealed is None:
                continue
            if sealed.trainer is None:
                trouble = "not_shared"
                continue
            try:
                key = open_sealed(private, sealed.trainer.sealed, _shared_with(name))
            except SealError:
                trouble = "not_shared"
                continue
            ledger = _opened(data, name, key)
            if ledger is not None:
                return ledger
        return KeepingError(trouble)

    def shared(self, name: str, key: bytes, now: _Shared | None) -> _Shared | None:
        """The key of a ledger sealed to today's trainer: what there is already, if it is of his key."""
        try:
            data = _read(self._trainer)
            trainer = msgspec.json.decode(data, type=_Trainer) if data is not None else None
        except (KeepingError, msgspec.MsgspecError, UnicodeDecodeError):
            return now
        if trainer is None:
            return now
        digest = hashlib.sha256(trainer.public).hexdigest()[:16]
        if now is not None and now.public == digest:
            return now
        try:
            return _Shared(digest, seal(trainer.public, key, _shared_with(name)))
        except SealError:
            return now

    # --- files ---

    def path(self, name: str) -> Path:
        """The file of a ledger."""
        return self._folder / f"{name}.ledger"

    def runs_of(self, name: str) -> Path:
        """The folder of its runs."""
        return self._folder / f"{name}.runs"

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """As long as it lasts no other program changes this ledger. Raises: KeepingError."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self._folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError:
            raise KeepingError("io") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _name(trainee: str) -> str:
    """What the files of a trainee are called: no police number stands in a file's name."""
    return hashlib.sha256(lengthened("practice ledger", trainee)).hexdigest()[:32]


def _bound(name: str, *parts: str | int) -> bytes:
    return lengthened("practice", FORMAT, name, *parts)


def _shared_with(name: str) -> bytes:
    return context("practice", "trainer", name, FORMAT)


def _slot(passphrase: str, secret: bytes, name: str) -> _Slot:
    parameters = passphrases.new_parameters()
    derived = passphrases.derive(passphrase, parameters)
    assert derived is not None  # they are our own
    return _Slot(parameters, wrap(derived, secret, _bound(name, "slot", parameters.hex())))


def _unslot(slot: _Slot, passphrase: str, name: str) -> bytes | None:
    derived = passphrases.derive(passphrase, slot.parameters)
    if derived is None:
        return None
    try:
        return unwrap(derived, slot.wrapped, _bound(name, "slot", slot.parameters.hex()))
    except Damaged:
        return None


def _decoded(data: bytes) -> _Sealed | None:
    """A ledger's file, None if it is none. Raises: KeepingError("newer")."""
    try:
        sealed = msgspec.json.decode(data, type=_Sealed)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if sealed.format > FORMAT:
        raise KeepingError("newer")
    return sealed


def _opened(data: bytes, name: str, key: bytes) -> Ledger | None:
    """The ledger in a file, None if it does not open with this key."""
    sealed = _decoded(data)
    if sealed is None:
        return None
    try:
        return books.decode(unwrap(key, sealed.body, _bound(name, "ledger")))
    except (Damaged, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _read(path: Path) -> bytes | None:
    """What a file holds, None if there is none. Raises: KeepingError."""
    try:
        if path.stat().st_size > _LARGEST:
            raise KeepingError("damaged")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError:
        raise KeepingError("io") from None


def _write(path: Path, data: bytes) -> None:
    """Raises: KeepingError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, data)
    except OSError:
        raise KeepingError("io") from None


def _put_aside(path: Path) -> None:
    """Give a damaged file another name; it is never written over. Raises: KeepingError."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    try:
        os.rename(path, aside)
    except OSError:
        raise KeepingError("io") from None
