"""What the widgets cost on the line, in bytes, on the gallery at 120x40 with 256 colours.

The numbers repeat exactly, so they are gated. They are also the tripwire for the compositor in `surface.py`: where a
new Textual no longer uses it, they rise tenfold.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pty.harness import PYTHON, Terminal

pytestmark = pytest.mark.pty

ROOT = str(Path(__file__).parents[2])
GALLERY = [PYTHON, "-m", "tests.ui.gallery"]


@pytest.fixture(scope="module")
def gallery() -> Iterator[Terminal]:
    """The gallery, painted and quiet."""
    with Terminal(GALLERY, cwd=ROOT) as terminal:
        terminal.wait("260004")
        terminal.drain(0.3)
        terminal.first_paint = len(terminal.raw)
        yield terminal


def test_first_paint(gallery: Terminal) -> None:
    assert gallery.first_paint <= 12_000


def test_typing_costs_the_character_and_its_caret(gallery: Terminal) -> None:
    gallery.keys("<home>")
    costs = [gallery.bytes_of(key) for key in ("张", "伟", "a", "<left>", "<bs>", "<end>", "<bs>", "<bs>")]
    assert max(costs[:3]) <= 40
    assert max(costs) <= 60


def test_the_hardware_cursor_is_where_the_next_character_goes(gallery: Terminal) -> None:
    before = gallery.cursor
    gallery.bytes_of("张a")
    assert gallery.cursor == (before[0] + 3, before[1])
    gallery.bytes_of("<bs><bs>")
    assert gallery.cursor == before


def test_next_field(gallery: Terminal) -> None:
    assert gallery.bytes_of("<down>") <= 260  # to 性别, which lists its choices
    assert gallery.bytes_of("<up>") <= 260
    gallery.bytes_of("<tab><tab><tab><tab><tab><tab>")
    assert "违法时间" in gallery.text()
    for _ in range(2):
        assert gallery.bytes_of("<tab>") <= 160
    for _ in range(9):
        gallery.bytes_of("<up>", quiet=0.05)


def test_queue_move_and_focus(gallery: Terminal) -> None:
    gallery.bytes_of("<f7>")  # the checklist
    assert gallery.bytes_of("<f7>") <= 320  # the board, whose cursor line is as wide as the screen
    assert gallery.bytes_of("<f7>") <= 320  # round to the queue
    assert gallery.wait("排队")
    for key in ("<down>", "<down>", "<up>", "<up>"):
        assert gallery.bytes_of(key) <= 200
    assert gallery.bytes_of("<f7>") <= 300


def test_keys_that_become_legal_repaint_only_themselves(gallery: Terminal) -> None:
    assert gallery.bytes_of("<f11>") <= 80
    assert gallery.bytes_of("<f11>") <= 80


def test_the_clock_writes_its_digits(gallery: Terminal) -> None:
    for _ in range(3):
        assert gallery.bytes_of("<f3>") <= 40


def test_idle_writes_nothing(gallery: Terminal) -> None:
    gallery.drain(0.2)
    assert gallery.idle_bytes(2.0) == 0


def test_ten_queue_updates_a_second(gallery: Terminal) -> None:
    before = len(gallery.raw)
    gallery.keys("<f9>")  # thirty updates, a tenth of a second apart
    gallery.drain(quiet=0.5, limit=8.0)
    assert (len(gallery.raw) - before) / 3 <= 1300


def test_ctrl_l_writes_everything_anew(gallery: Terminal) -> None:
    gallery.screen.reset()  # something else wrote to the terminal
    assert gallery.bytes_of("<c-l>") > 4_000
    assert "排队" in gallery.text()
    assert "260004" in gallery.text()


def test_the_differences_add_up_to_the_same_screen() -> None:
    with Terminal(GALLERY, cwd=ROOT) as terminal:
        terminal.wait("260004")
        terminal.drain(0.3)
        for keys in (
            "张伟<down><down>h",
            "<f2><f2><f8>",
            "<f7><f7><f7><down><down>",
            "<f4>j<down>",
            "<f5>",
            "<f5><f11>",
        ):
            terminal.bytes_of(keys, quiet=0.2)
            before = terminal.looks()
            terminal.bytes_of("<c-l>", quiet=0.2)
            assert terminal.looks() == before, f"after {keys}"


@pytest.mark.parametrize(("term", "env"), [("linux", {}), ("xterm-256color", {"NO_COLOR": "1"}), ("screen", {})])
def test_profiles_at_the_smallest_size(term: str, env: dict[str, str]) -> None:
    with Terminal(GALLERY, size=(80, 24), term=term, env=env, cwd=ROOT) as terminal:
        terminal.wait("办结")
        terminal.drain(0.3)
        shown = terminal.text()
        assert "公民身份号码" in shown
        assert "F10" in shown
        assert terminal.bytes_of("张") <= 60
        colours = {cell.fg for row in terminal.screen.buffer.values() for cell in row.values()}
        assert (colours == {"default"}) == bool(env)
        assert b"48;5" not in terminal.raw, "a background was painted"


def test_hostile_input_does_not_end_it() -> None:
    with Terminal(GALLERY, cwd=ROOT) as terminal:
        terminal.wait("260004")
        terminal.send(b"\xe9\xff ok")
        terminal.wait("ok")
        before = len(terminal.raw)
        terminal.send("\x1b[200~a\x9b2Jb\x1b]0;x\x07\u202ec\nd\x1b[201~".encode())
        terminal.drain(0.3)
        written = bytes(terminal.raw[before:]).decode()
        assert "\x9b" not in written
        assert "\x1b]" not in written
        assert "\x1b[2J" not in written
        assert "\u202e" not in written
        assert not terminal.ended
        terminal.keys("<f10>")
        assert terminal.wait_end() == 0
