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
from pathlib import Path
from typing import Final

import msgspec

from counterdesk.practice import ledger as books
from counterdesk.practice.keeping import KEPT_RUNS, Keeper, KeepingError, Kept, Trouble
from counterdesk.practice.ledger import Ledger
from counterdesk.practice.sealed_files import (
    FORMAT,
    Sealed,
    Shared,
    Trainer,
    bound,
    decoded,
    name_of,
    opened,
    put_aside,
    read,
    remove,
    shared_with,
    slot,
    unslot,
    write,
)
from counterdesk.sealing import Damaged, SealError, new_keys, open_sealed, random_key, seal, unwrap, wrap

SHORTEST: Final = 8
"""Characters of a passphrase (NIST SP 800-63B: 8 at least)."""


class SealedKeeper(Keeper):
    """Keeps it sealed on disk; several programs may have the same ledger open."""

    kept_for_good = True

    def __init__(self, vault: Vault, name: str, key: bytes, sealed: Sealed, ledger: Ledger) -> None:
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
        data = read(self._vault.runs_of(self._name) / f"{number}.run")
        if data is None:
            raise KeepingError("no_run")
        try:
            return msgspec.json.decode(unwrap(self._key, data, bound(self._name, "run", number)), type=Kept)
        except (Damaged, msgspec.MsgspecError, UnicodeDecodeError):
            raise KeepingError("damaged") from None

    def _put(self, kept: Kept) -> None:
        folder = self._vault.runs_of(self._name)
        data = msgspec.json.encode(kept, order="deterministic")
        write(folder / f"{kept.number}.run", wrap(self._key, data, bound(self._name, "run", kept.number)))
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
        data = read(path)
        found = opened(data, self._name, self._key) if data is not None else None
        sealed = decoded(data) if data is not None else None
        if found is not None and sealed is not None:
            self.ledger, self._slots = found, sealed  # the passphrase may be another one by now
        elif data is not None:
            put_aside(path)
            self.recovered = True

    def _store(self, ledger: Ledger) -> None:
        path = self._vault.path(self._name)
        before = read(path)
        if before is not None:
            write(path.with_suffix(".before"), before)
        self._write(ledger)

    def _write(self, ledger: Ledger) -> None:
        body = wrap(self._key, books.encode(ledger), bound(self._name, "ledger"))
        self._slots = msgspec.structs.replace(
            self._slots, body=body, trainer=self._vault.shared(self._name, self._key, self._slots.trainer)
        )
        write(self._vault.path(self._name), msgspec.json.encode(self._slots))
        self.ledger = ledger

    def _reslot(self, passphrase: str) -> None:
        """Wrap the key under another passphrase. The ledger before goes first, and comes back last: never does one
        passphrase open the newest file and another the one before it, or whoever has the older one would be taken for
        its owner, and set back what was kept since."""
        before = self._vault.path(self._name).with_suffix(".before")
        remove(before)
        self._slots = msgspec.structs.replace(self._slots, trainee=slot(passphrase, self._key, self._name))
        self._write(self.ledger)
        write(before, msgspec.json.encode(self._slots))


class Vault:
    """The ledgers under one folder."""

    def __init__(self, root: Path) -> None:
        self._folder = root / "ledgers"
        self._trainer = root / "trainer.key"

    # --- the trainee ---

    def has(self, trainee: str) -> bool:
        """Whether there is a ledger of this trainee."""
        path = self.path(name_of(trainee))
        return path.exists() or path.with_suffix(".before").exists()

    def open(self, trainee: str, passphrase: str) -> Keeper:
        """The trainee's keeper; a first passphrase makes the ledger. Blocks for a third of a second.

        Where the newest file is damaged, the one before is taken and the damaged one put aside (`recovered`). Raises:
        KeepingError: wrong_passphrase, too_short, damaged (nothing of it opens, and all is left as it is), newer, io.
        """
        name = name_of(trainee)
        with self.locked(name):
            if not self.has(trainee):
                return self._new(trainee, name, passphrase)
            return self._existing(name, passphrase)

    def _new(self, trainee: str, name: str, passphrase: str) -> Keeper:
        if len(passphrase) < SHORTEST:
            raise KeepingError("too_short")
        key = random_key()
        slots = Sealed(format=FORMAT, trainee=slot(passphrase, key, name), body=b"")
        keeper = SealedKeeper(self, name, key, slots, Ledger(trainee=trainee))
        keeper._store(keeper.ledger)
        return keeper

    def _existing(self, name: str, passphrase: str) -> SealedKeeper:
        path = self.path(name)
        trouble: Trouble = "damaged"
        for at, file in enumerate((path, path.with_suffix(".before"))):
            data = read(file)
            sealed = decoded(data) if data is not None else None
            if data is None or sealed is None:
                continue
            key = unslot(sealed.trainee, passphrase, name)
            ledger = opened(data, name, key) if key is not None else None
            if key is None:
                trouble = "wrong_passphrase"
            elif ledger is not None:
                keeper = SealedKeeper(self, name, key, sealed, ledger)
                if at:
                    if path.exists():
                        put_aside(path)
                    keeper._store(ledger)
                    keeper.recovered = True
                elif self.shared(name, key, sealed.trainer) != sealed.trainer:
                    keeper._store(ledger)
                return keeper
        raise KeepingError(trouble)

    def change(self, trainee: str, passphrase: str, new: str) -> None:
        """Give a ledger another passphrase; its key stays, so its runs need not be written anew.

        However this is broken off, one of the two opens it and the other does not. What was copied or put aside before
        still opens with the former one. Blocks for two thirds of a second.

        Raises:
            KeepingError: no_ledger, too_short, and as `open`; the ledger is then as it was.
        """
        name = name_of(trainee)
        if len(new) < SHORTEST:
            raise KeepingError("too_short")
        with self.locked(name):
            if not self.has(trainee):
                raise KeepingError("no_ledger")
            self._existing(name, passphrase)._reslot(new)

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
        made = Trainer(format=FORMAT, public=public, private=slot(passphrase, private, "trainer"))
        write(self._trainer, msgspec.json.encode(made))

    def change_trainer(self, passphrase: str, new: str) -> None:
        """Give the trainer another passphrase; his keys stay, and with them every ledger that is open to him.

        Raises:
            KeepingError: too_short, no_trainer, wrong_passphrase, damaged, newer, io; all is then as it was.
        """
        if len(new) < SHORTEST:
            raise KeepingError("too_short")
        trainer, private = self._trainer_keys(passphrase)
        changed = msgspec.structs.replace(trainer, private=slot(new, private, "trainer"))
        write(self._trainer, msgspec.json.encode(changed))

    def read_all(self, passphrase: str) -> Iterator[Ledger | KeepingError]:
        """Every ledger, as the trainer; what cannot be read is given as the error. Blocks for a third of a second.

        Raises: KeepingError: no_trainer, wrong_passphrase, damaged, newer, io.
        """
        _, private = self._trainer_keys(passphrase)
        names = {path.stem for path in self._folder.glob("*.ledger")}
        names |= {path.stem for path in self._folder.glob("*.before")}
        return (self._as_trainer(name, private) for name in sorted(names))

    def read_one(self, trainee: str, passphrase: str) -> Ledger:
        """One trainee's ledger, as the trainer. Raises: KeepingError: as `read_all`, and what that gives."""
        found = self._as_trainer(name_of(trainee), self._trainer_keys(passphrase)[1])
        if isinstance(found, KeepingError):
            raise found
        return found

    def _trainer_keys(self, passphrase: str) -> tuple[Trainer, bytes]:
        """His file, and his private key."""
        data = read(self._trainer)
        if data is None:
            raise KeepingError("no_trainer")
        try:
            trainer = msgspec.json.decode(data, type=Trainer)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise KeepingError("damaged") from None
        if trainer.format > FORMAT:
            raise KeepingError("newer")
        private = unslot(trainer.private, passphrase, "trainer")
        if private is None:
            raise KeepingError("wrong_passphrase")
        return trainer, private

    def _as_trainer(self, name: str, private: bytes) -> Ledger | KeepingError:
        trouble: Trouble = "damaged"
        for file in (self.path(name), self.path(name).with_suffix(".before")):
            try:
                data = read(file)
                sealed = decoded(data) if data is not None else None
            except KeepingError as error:
                return error
            if data is None or sealed is None:
                continue
            if sealed.trainer is None:
                trouble = "not_shared"
                continue
            try:
                key = open_sealed(private, sealed.trainer.sealed, shared_with(name))
            except SealError:
                trouble = "not_shared"
                continue
            ledger = opened(data, name, key)
            if ledger is not None:
                return ledger
        return KeepingError(trouble)

    def shared(self, name: str, key: bytes, now: Shared | None) -> Shared | None:
        """The key of a ledger sealed to today's trainer: what there is already, if it is of his key."""
        try:
            data = read(self._trainer)
            trainer = msgspec.json.decode(data, type=Trainer) if data is not None else None
        except (KeepingError, msgspec.MsgspecError, UnicodeDecodeError):
            return now
        if trainer is None:
            return now
        digest = hashlib.sha256(trainer.public).hexdigest()[:16]
        if now is not None and now.public == digest:
            return now
        try:
            return Shared(digest, seal(trainer.public, key, shared_with(name)))
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
