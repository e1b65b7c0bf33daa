"""The keys in memory, and how one value is sealed.

Each value has a key of its own, made for this one write: AES-256-GCM over the value, and the key wrapped by AES-256-GCM
under the officer's key. Both are bound to everything that stands beside them in the clear, so that a row that was
exchanged, rolled back, given to another officer or carried from practice to the real thing does not open.
"""

from __future__ import annotations

import os
import threading

from counterdesk.journal.model import SCHEMA_VERSION, Draft, Locked, Waiting
from counterdesk.sealing import KEY_BYTES, WRAPPED_BYTES, lengthened, unwrap, wrap


def seal_value(key: bytes | bytearray, bound_to: bytes, value: bytes) -> bytes:
    """A value under a key of its own, and that under `key`."""
    own = os.urandom(KEY_BYTES)
    return wrap(key, own, b"key" + bound_to) + wrap(own, value, b"value" + bound_to)


def open_value(key: bytes | bytearray, bound_to: bytes, sealed: bytes) -> bytes:
    """The value. Raises: Damaged."""
    own = unwrap(key, sealed[:WRAPPED_BYTES], b"key" + bound_to)
    return unwrap(own, sealed[WRAPPED_BYTES:], b"value" + bound_to)


def bound(mode: str, station: str, officer: str, generation: int, *rest: str | int) -> bytes:
    """What a value is bound to."""
    return lengthened(SCHEMA_VERSION, mode, station, officer, generation, *rest)


def of_draft(draft: Draft) -> tuple[str | int, ...]:
    """What a draft's body is bound to beside its officer: all that stands in the clear."""
    return (
        "draft",
        draft.case,
        draft.seq,
        draft.service,
        draft.version,
        draft.status,
        draft.at.isoformat(),
    )


def of_command(command_id: str, kind: str, since: str) -> tuple[str | int, ...]:
    """What a command's body is bound to beside its officer. Tries and errors change without it."""
    return ("command", command_id, kind, since)


class Ring:
    """The one officer's key that is in memory, if any. May be asked from any thread; `wipe` never waits for a disk."""

    def __init__(self, mode: str, station: str) -> None:
        self._mode = mode
        self._station = station
        self._guard = threading.Lock()
        self._officer = ""
        self._generation = 0
        self._key: bytearray | None = None

    def __repr__(self) -> str:
        return f"Ring(unlocked={self.unlocked})"

    @property
    def unlocked(self) -> bool:
        """Whether there is a key."""
        return self._key is not None

    @property
    def owner(self) -> tuple[str, int]:
        """Officer and generation of the key. Raises: Locked."""
        with self._guard:
            if self._key is None:
                raise Locked
            return self._officer, self._generation

    def take(self, officer: str, generation: int, key: bytes) -> None:
        """Hold this key, in place of the one before."""
        self.wipe()
        with self._guard:
            self._officer, self._generation, self._key = officer, generation, bytearray(key)

    def wipe(self) -> None:
        """Forget the key: overwritten where it stands. Copies that a library made are beyond reach."""
        with self._guard:
            if self._key is not None:
                self._key[:] = bytes(len(self._key))
            self._key = None
            self._officer, self._generation = "", 0

    def seal(self, value: bytes, *about: str | int) -> tuple[str, int, bytes]:
        """Officer, generation and the sealed value. Raises: Locked."""
        with self._guard:
            if self._key is None:
                raise Locked
            bound_to = bound(self._mode, self._station, self._officer, self._generation, *about)
            return self._officer, self._generation, seal_value(self._key, bound_to, value)

    def open(self, sealed: bytes, *about: str | int) -> bytes:
        """The value. Raises: Locked, Damaged."""
        with self._guard:
            if self._key is None:
                raise Locked
            bound_to = bound(self._mode, self._station, self._officer, self._generation, *about)
            return open_value(self._key, bound_to, sealed)

    def seal_draft(self, draft: Draft) -> tuple[str, int, bytes]:
        """Officer, generation and the sealed body. Raises: Locked."""
        return self.seal(draft.body, *of_draft(draft))

    def seal_command(self, waiting: Waiting) -> tuple[str, int, bytes]:
        """Officer, generation and the sealed body. Raises: Locked."""
        return self.seal(waiting.body, *of_command(waiting.id, waiting.kind, waiting.since.isoformat()))
