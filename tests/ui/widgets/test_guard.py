"""The last wall, in and out."""

from __future__ import annotations

import codecs
import random
import sys

import pytest
from rich.cells import cell_len
from rich.segment import ControlType, Segment
from textual.color import Color
from textual.drivers import linux_driver

from counterdesk.widgets.guard import STEERING, Guard, scrub, tolerate_bad_input


def test_nothing_that_steers_passes_and_no_width_changes() -> None:
    rng = random.Random(7)
    pool = [*map(chr, range(0xA0)), *"張e\u0301\u202e\u200d👩\ufe0f\u00ad\u115f\ue000\U000f0001", "\ufffd", "a", " "]
    for _ in range(3_000):
        words = "".join(rng.choices(pool, k=rng.randint(1, 8)))
        scrubbed = scrub(words)
        assert not STEERING.search(scrubbed)
        assert cell_len(scrubbed) == cell_len(words)


def test_harmless_lines_pass_untouched() -> None:
    segments = [Segment("示范派出所 \ufffd", None), Segment("\x1b[1A", None, [(ControlType.CURSOR_UP, 1)])]
    assert Guard().apply(segments, Color(0, 0, 0)) is segments
    [scrubbed] = Guard().apply([Segment("a\x1b]52;c;eA==\x07", None)], Color(0, 0, 0))
    assert scrubbed.text == "a]52;c;eA=="


@pytest.mark.skipif(sys.platform == "win32", reason="a tty driver")
def test_a_bad_byte_becomes_a_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux_driver, "getincrementaldecoder", codecs.getincrementaldecoder)
    with pytest.raises(UnicodeDecodeError):  # textual#6456; when this no longer fails, the patch can go
        linux_driver.getincrementaldecoder("utf-8")().decode(b"\xe9a")  # type: ignore[attr-defined]
    tolerate_bad_input()
    assert linux_driver.getincrementaldecoder("utf-8")().decode(b"\xe9a") == "\ufffda"  # type: ignore[attr-defined]
