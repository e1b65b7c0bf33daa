"""What is sealed to a station opens with its key, for what it was sealed for, and in no other way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterdesk import sealing

PRIVATE, PUBLIC = sealing.new_keys()
CONTEXT = sealing.context("live", "demo", "031234", 1)


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_it_opens_as_it_was_sealed(secret: bytes, bound_to: bytes) -> None:
    assert sealing.open_sealed(PRIVATE, sealing.seal(PUBLIC, secret, bound_to), bound_to) == secret


@given(st.data())
def test_one_changed_bit_and_it_does_not_open(data: st.DataObject) -> None:
    sealed = bytearray(sealing.seal(PUBLIC, b"secret", CONTEXT))
    bit = data.draw(st.integers(0, 8 * len(sealed) - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(sealing.SealError):
        sealing.open_sealed(PRIVATE, bytes(sealed), CONTEXT)


@pytest.mark.parametrize(
    "other",
    [
        sealing.context("practice", "demo", "031234", 1),
        sealing.context("live", "demo2", "031234", 1),
        sealing.context("live", "demo", "31234", 1),
        sealing.context("live", "demo0", "31234", 1),
        sealing.context("live", "demo", "031234", 2),
        b"",
    ],
)
def test_it_opens_for_nothing_else(other: bytes) -> None:
    with pytest.raises(sealing.SealError):
        sealing.open_sealed(PRIVATE, sealing.seal(PUBLIC, b"secret", CONTEXT), other)


def test_it_opens_with_no_other_key() -> None:
    sealed = sealing.seal(PUBLIC, b"secret", CONTEXT)
    for key in (sealing.new_keys()[0], PUBLIC, b"", b"short"):
        with pytest.raises(sealing.SealError):
            sealing.open_sealed(key, sealed, CONTEXT)
    assert sealing.seal(PUBLIC, b"secret", CONTEXT) != sealed
    assert b"secret" not in sealed


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + bytes(32), b"\x02" + bytes(64), bytes(100)])
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    with pytest.raises(sealing.SealError):
        sealing.open_sealed(PRIVATE, sealed, CONTEXT)


@pytest.mark.parametrize("key", [b"", b"short", bytes(32), bytes(33)])
def test_what_is_no_public_key_is_refused(key: bytes) -> None:
    with pytest.raises(sealing.SealError):
        sealing.seal(key, b"secret", CONTEXT)


@given(st.lists(st.text(max_size=5)), st.lists(st.text(max_size=5)))
def test_other_parts_make_other_bytes(one: list[str], other: list[str]) -> None:
    assert (sealing.lengthened(*one) == sealing.lengthened(*other)) == (one == other)
