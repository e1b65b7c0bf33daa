"""The desk's reader of event streams: lines end where the standard says, however the bytes are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterdesk.backends import sse
from counterdesk.backends.sse import BadStream, Reader, ServerEvent

HARD = "一\u2028二\u0085三\x1c四\x0b五"


def feed_all(chunks: list[bytes]) -> None:
    """Let one reader have all of them."""
    reader = Reader()
    for chunk in chunks:
        reader.feed(chunk)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_line_ends(end: str) -> None:
    text = end.join(["id: 7", "event: recorded", "data: {}", "", "data: next", "", ""])
    assert Reader().feed(text.encode()) == [ServerEvent("recorded", "{}", "7"), ServerEvent("message", "next", "7")]


def test_only_those_ends_count() -> None:
    assert Reader().feed(f"data: {HARD}\n\n".encode()) == [ServerEvent("message", HARD, "")]


@given(st.lists(st.integers(0, 80), max_size=12), st.sampled_from(["\n", "\r", "\r\n"]))
def test_cuts_anywhere_change_nothing(cuts: list[int], end: str) -> None:
    lines = [": comment", "id: 1", "event: a", f"data: {HARD}", "data:second", "", "retry: 5", "data", "", "data: x"]
    whole = end.join(lines).encode()
    reader, events, start = Reader(), [], 0
    for cut in [*sorted(cuts), len(whole)]:
        events += reader.feed(whole[start:cut])
        start = max(start, cut)
    assert events == [ServerEvent("a", f"{HARD}\nsecond", "1"), ServerEvent("message", "", "1")]


def test_an_unfinished_event_is_no_event() -> None:
    reader = Reader()
    assert reader.feed(b"data: half") == []
    assert reader.feed(b"\n") == []
    assert reader.feed(b"\n") == [ServerEvent("message", "half", "")]


def test_a_byte_order_mark_is_passed_over_once() -> None:
    reader = Reader()
    assert reader.feed(b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n") == [ServerEvent("message", "a", "")]


@pytest.mark.parametrize("chunks", [[b"\xff"], [b"data: \xe4", b"x"], [b"data: \xc0\x80\n\n"]])
def test_bad_bytes_are_noticed(chunks: list[bytes]) -> None:
    with pytest.raises(BadStream):
        feed_all(chunks)


@pytest.mark.parametrize("chunk", [b"x" * 1000, b"data: x\n" * 100])
def test_an_event_without_end_is_noticed(chunk: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "LONGEST_EVENT", 10_000)
    with pytest.raises(BadStream):
        feed_all([chunk] * 100)


def test_a_long_stream_of_short_events_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "LONGEST_EVENT", 10_000)
    reader = Reader()
    assert sum(len(reader.feed(b"data: x\n\n")) for _ in range(5000)) == 5000
