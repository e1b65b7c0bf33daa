"""A secret under a key, and a secret sealed to a public key: whoever holds the private key can open that, the one who
sealed it cannot.

X25519 with a key made for this one seal, HKDF-SHA256, AES-256-GCM. The desk seals an officer's journal key to the
station, so that a shift leader can recover the drafts of a dead terminal; the server opens it. Pure functions;
`cryptography` comes in with the first call.
"""

from __future__ import annotations

import os

KEY_BYTES = 32
_VERSION = b"\x01"
_PURPOSE = b"counterdesk escrow 1"
_NONCE_BYTES = 12
_TAG_BYTES = 16
WRAPPED_BYTES = _NONCE_BYTES + KEY_BYTES + _TAG_BYTES
"""The length of a wrapped key."""
_NONCE = bytes(_NONCE_BYTES)  # the key serves this one seal, so the nonce need not differ


class SealError(ValueError):
    """What was sealed cannot be opened: another key, another context, or damaged. Says no more than that."""


class Damaged(ValueError):
    """A value does not open although the key is right: it is not what was written here."""


def wrap(key: bytes | bytearray, secret: bytes, bound_to: bytes) -> bytes:
    """Encrypt under `key`: nonce and ciphertext."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret, bound_to)


def unwrap(key: bytes | bytearray, wrapped: bytes, bound_to: bytes) -> bytes:
    """What `wrap` was given. Raises: Damaged."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError):
        raise Damaged("does not open") from None


def lengthened(*parts: str | int) -> bytes:
    """Parts as bytes that no other parts make: each one with its length before it."""
    encoded = [str(part).encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def context(mode: str, station: str, officer: str, generation: int) -> bytes:
    """What an officer's key is bound to: a seal of one mode, station, officer or generation opens as no other."""
    return lengthened("escrow", mode, station, officer, generation)


def new_keys() -> tuple[bytes, bytes]:
    """A new pair: private key, public key, 32 bytes each."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def seal(public_key: bytes, secret: bytes, bound_to: bytes) -> bytes:
    """Seal `secret` to the owner of `public_key` (32 bytes). bound_to: must be given again to open it.

    Raises: SealError if that is no public key.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    private = X25519PrivateKey.generate()
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(public_key))
    except ValueError:  # the wrong length, or a point that gives everybody the same key
        raise SealError("no public key") from None
    once = private.public_key().public_bytes_raw()
    return _VERSION + once + AESGCM(_derived(shared, once, public_key)).encrypt(_NONCE, secret, bound_to)


def open_sealed(private_key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """The secret. Raises: SealError."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    once, body = sealed[1 : 1 + KEY_BYTES], sealed[1 + KEY_BYTES :]
    try:
        if sealed[:1] != _VERSION:
            raise ValueError
        private = X25519PrivateKey.from_private_bytes(private_key)
        shared = private.exchange(X25519PublicKey.from_public_bytes(once))
        key = _derived(shared, once, private.public_key().public_bytes_raw())
        return AESGCM(key).decrypt(_NONCE, body, bound_to)
    except (ValueError, InvalidTag):
        raise SealError("cannot be opened") from None


def _derived(shared: bytes, once: bytes, public_key: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=once + public_key, info=_PURPOSE).derive(shared)


def random_key() -> bytes:
    """A new symmetric key."""
    return os.urandom(KEY_BYTES)
