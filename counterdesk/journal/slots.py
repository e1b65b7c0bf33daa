"""How an officer's key is had: from his passphrase, from the system keyring, or as a new one.

Three slots, each of which holds the same key: `passphrase` (argon2id over the officer's password, so that he can sign
in without the station), `keyring` (a random secret that the system keyring keeps, for when the password was changed)
and `escrow` (sealed to the station: opened there for a shift leader when the terminal is dead). Never in the clear.
"""

from __future__ import annotations

import hashlib
import time

import msgspec

from counterdesk.journal import contents, keyring_probe
from counterdesk.journal.book import Book, Owner
from counterdesk.journal.model import Kept, NoSuchOfficer, Unlocked, WrongPassphrase
from counterdesk.journal.ring import Ring
from counterdesk.passphrase import derive, new_parameters
from counterdesk.quiet import quiet
from counterdesk.sealing import KEY_BYTES, Damaged, SealError, context, lengthened, random_key, seal, unwrap, wrap

SERVICE = "counterdesk journal"


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


def _slot(book: Book, owner: Owner, kind: str) -> tuple[bytes, bytes] | None:
    found = book.rows(
        "SELECT params, wrapped FROM slot WHERE officer = ? AND generation = ? AND kind = ?", *owner, kind
    )
    return (found[0][0], found[0][1]) if found else None


def _bound(book: Book, owner: Owner, kind: str, params: bytes = b"") -> bytes:
    mode, station, _ = book.about
    return lengthened("slot", kind, mode, station, *owner, book.id, params.hex())


# Passphrase.


def _passphrase_slot(book: Book, owner: Owner, password: str, key: bytes) -> tuple[bytes, bytes]:
    params = new_parameters()
    derived = derive(password, params)
    assert derived is not None  # they are our own
    return params, wrap(derived, key, _bound(book, owner, "passphrase", params))


def _by_passphrase(book: Book, owner: Owner, password: str) -> bytes | None:
    """The officer's key, None if there is no such slot or it does not open."""
    slot = _slot(book, owner, "passphrase")
    derived = derive(password, slot[0]) if slot is not None else None
    if slot is None or derived is None:
        return None
    try:
        return unwrap(derived, slot[1], _bound(book, owner, "passphrase", slot[0]))
    except Damaged:
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
