"""A key out of a passphrase: argon2id, with its parameters kept beside what it opens.

The journal's slots and the ledger of practice both use it. `argon2` comes in with the first call.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from counterdesk.quiet import quiet
from counterdesk.sealing import KEY_BYTES

_MEMORY = Path("/proc/meminfo")
_SCARCE_KIB = 512 * 1024
_LARGEST_KIB, _MOST_PASSES = 1024 * 1024, 16
"""What a file may ask for: it could have been written by somebody who wants to use up the memory."""


class Strength(msgspec.Struct, frozen=True):
    """argon2id's parameters, kept with what they were used for."""

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


def strength() -> Strength:
    """What this machine can bear now."""
    try:
        for line in _MEMORY.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return FRUGAL if int(line.split()[1]) < _SCARCE_KIB else STRONG
    except (OSError, ValueError, IndexError):
        return STRONG
    return STRONG


def new_parameters() -> bytes:
    """Parameters with a salt of their own, to be kept."""
    return msgspec.json.encode(_Derivation(os.urandom(16), strength()))


def derive(password: str, parameters: bytes) -> bytes | None:
    """The key that a passphrase gives with these parameters; None if nobody wrote them here. Takes a third of a
    second."""
    try:
        how = msgspec.json.decode(parameters, type=_Derivation)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    bearable = 0 < how.strength.memory_kib <= _LARGEST_KIB and 0 < how.strength.passes <= _MOST_PASSES
    if not bearable or how.strength.lanes != 1 or len(how.salt) < 8:
        return None
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
