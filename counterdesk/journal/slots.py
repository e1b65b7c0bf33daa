"""How an officer's key is had: from his passphrase, from the system keyring, or as a new one.

Three slots, each of which holds the same key: `passphrase` (argon2id over the officer's password, so that he can sign
in without the station), `keyring` (a random secret that the system keyring keeps, for when the password was changed)
and `escrow` (sealed to the station: opened there for a shift leader when the terminal is dead). Never in the clear.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import msgspec

from counterdesk.journal import contents, keyring_probe
from counterdesk.journal.book import Book, Owner
from counterdesk.journal.model import Kept, NoSuchOfficer, Unlocked, WrongPassphrase
from counterdesk.journal.ring import Damaged, Ring, unwrap, wrap
from counterdesk.quiet import quiet
from counterdesk.sealing import KEY_BYTES, SealError, context, lengthened, random_key, seal

SERVICE = "counterdesk journal"
_MEMORY = Path("/proc/meminfo")
_SCARCE_KIB = 512 * 1024
_LARGEST_KIB, _MOST_PASSES = 1024 * 1024, 16
"""What a slot may ask for: the file could have been written by somebody who wants to use up the memory."""


class Strength(msgspec.Struct, frozen=True):
    """argon2id's parameters, kept with the slot."""

    memory_kib: int
    passes: int
    lanes: int = 1


STRONG = Strength(64 * 1024, 3)
FRUGAL = Strength(19 * 1024, 2)
"""Where less than 512 MiB of memory are free."""


@quiet
class _Derivation(msgspec.Struct, frozen=True):
    salt: bytes
    strength: Strength


@quiet
class _Escrowed(msgspec.Struct, frozen=True):
    public: str
    """Which of the station's keys it was sealed to: a digest."""


def unlock(book: Book, ring: Ring, officer: str, password: str, *, trusted: bool, escrow_key: bytes) -> Unlocked:
    """See `Journal.unlock`. Blocks: argon2id takes a third of a second, the keyring up to three."""
    newest: int = book.rows("SELECT coalesce(max(generation), 0) FROM slot WHERE officer = ?", officer)[0][0]
    owner = (officer, newest)
    key = _by_passphrase(book, owner, password)
    why = "untried"
    if trusted:
        owner, key, why = _trusted(book, owner, password, key, escrow_key)
    elif key is None:
        raise WrongPassphrase if _slot(book, owner, "passphrase") else NoSuchOfficer
    ring.take(*owner, key)
    kept: Kept = "keyring" if why == "ok" else "memory"
    return Unlocked(officer=officer, kept=kept, why=why, **contents.read(book, ring)._asdict())


def _trusted(book: Book, owner: Owner, password: str, key: bytes | None, escrow_key: bytes) -> tuple[Owner, bytes, str]:
    """The station has taken the password: it opens from now on, whatever it takes. Returns whose key, the key, and what
    the keyring's probe said."""
    keyring = _Keyring(book, owner)
    # Practice and the demo leave nothing in the system's keyring.
    why = keyring.look() if book.about[0] == "live" else "practice"
    slots = {}
    if key is None:
        key = keyring.opened()
        if key is None:
            owner, key = (owner[0], owner[1] + 1), random_key()
        slots["passphrase"] = _passphrase_slot(book, owner, password, key)
    if escrow_key and (sealed := _escrow_slot(book, owner, escrow_key, key)):
        slots["escrow"] = sealed
    if slots:
        book.put_slots(owner, slots)
    return owner, key, keyring.keep(owner, key) if why == "ok" else why


def strength() -> Strength:
    """What this machine can bear now."""
    try:
        for line in _MEMORY.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return FRUGAL if int(line.split()[1]) < _SCARCE_KIB else STRONG
    except (OSError, ValueError, IndexError):
        return STRONG
    return STRONG


def _slot(book: Book, owner: Owner, kind: str) -> tuple[bytes, bytes] | None:
    found = book.rows(
        "SELECT params, wrapped FROM slot WHERE officer = ? AND generation = ? AND kind = ?", *owner, kind
    )
    return (found[0][0], found[0][1]) if found else None


def _bound(book: Book, owner: Owner, kind: str, params: bytes = b"") -> bytes:
    mode, station, _ = book.about
    return lengthened("slot", kind, mode, station, *owner, book.id, params.hex())


# Passphrase.


def _derived(password: str, how: _Derivation) -> bytes:
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        password.encode("utf-8", "surrogatepass"),
        how.salt,
        time_cost=how.strength.passes,
        memory_cost=how.strength.memory_kib,
        parallelism=how.strength.lanes,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )


def _passphrase_slot(book: Book, owner: Owner, password: str, key: bytes) -> tuple[bytes, bytes]:
    how = _Derivation(os.urandom(16), strength())
    params = msgspec.json.encode(how)
    return params, wrap(_derived(password, how), key, _bound(book, owner, "passphrase", params))


def _by_passphrase(book: Book, owner: Owner, password: str) -> bytes | None:
    """The officer's key, None if there is no such slot or it does not open."""
    slot = _slot(book, owner, "passphrase")
    if slot is None:
        return None
    params, wrapped = slot
    try:
        how = msgspec.json.decode(params, type=_Derivation)
        bearable = 0 < how.strength.memory_kib <= _LARGEST_KIB and 0 < how.strength.passes <= _MOST_PASSES
        if not bearable or how.strength.lanes != 1 or len(how.salt) < 8:
            return None
        return unwrap(_derived(password, how), wrapped, _bound(book, owner, "passphrase", params))
    except (msgspec.MsgspecError, Damaged, UnicodeDecodeError):
        return None


# Keyring.


class _Keyring:
    """The system keyring for one unlocking: all that is asked of it together takes at most three seconds."""

    def __init__(self, book: Book, owner: Owner) -> None:
        self._book = book
        self._owner = owner
        self._until = time.monotonic() + keyring_probe.SECONDS
        self._secret = ""

    def look(self) -> str:
        """Probe, and fetch what is kept for the newest generation. Returns the probe's code."""
        requests = [keyring_probe.PROBE, keyring_probe.get(SERVICE, self._account(self._owner))]
        code, values = keyring_probe.ask(requests, seconds=self._left())
        self._secret = values[1] if code == "ok" else ""
        return code

    def opened(self) -> bytes | None:
        """The officer's key, if the keyring has what opens it."""
        slot = _slot(self._book, self._owner, "keyring")
        if slot is None or len(self._secret) != 2 * KEY_BYTES:
            return None
        try:
            return unwrap(bytes.fromhex(self._secret), slot[1], _bound(self._book, self._owner, "keyring"))
        except (Damaged, ValueError):
            return None

    def keep(self, owner: Owner, key: bytes) -> str:
        """See that the keyring opens the key from now on. Returns ok or why not."""
        if owner == self._owner and self.opened() == key:
            return "ok"
        secret = random_key()
        request = keyring_probe.put(SERVICE, self._account(owner), secret.hex())
        code, _ = keyring_probe.ask([request], seconds=self._left())
        if code == "ok":
            self._book.put_slots(owner, {"keyring": (b"{}", wrap(secret, key, _bound(self._book, owner, "keyring")))})
        return code

    def _left(self) -> float:
        return max(0.0, self._until - time.monotonic())

    def _account(self, owner: Owner) -> str:
        """What the keyring calls it: tells nobody which officer it is."""
        return hashlib.sha256(_bound(self._book, owner, "account")).hexdigest()[:32]


# Escrow.


def _escrow_slot(book: Book, owner: Owner, escrow_key: bytes, key: bytes) -> tuple[bytes, bytes] | None:
    """The key sealed to the station, None if it is so already or that is no key of a station's."""
    params = msgspec.json.encode(_Escrowed(hashlib.sha256(escrow_key).hexdigest()[:16]))
    slot = _slot(book, owner, "escrow")
    if slot is not None and slot[0] == params:
        return None
    mode, station, _ = book.about
    try:
        return params, seal(escrow_key, key, context(mode, station, *owner))
    except SealError:
        return None
