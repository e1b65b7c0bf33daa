"""The file that says which rules this terminal's officers saw last."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import pytest

from counterdesk.catalog.changes import Kept, Seen
from counterdesk.desk.last_seen import LastSeen

SEEN = Seen("2026.11.1", "abc", date(2026, 11, 23), {"hukou.birth/prompt/P1": Kept("0f", "话", "words")})


def test_nothing_is_known_at_first(tmp_path: Path) -> None:
    assert LastSeen(tmp_path / "not" / "there", "live", "pcs01").read() is None


def test_what_was_written_is_read_by_the_owner_alone(tmp_path: Path) -> None:
    last = LastSeen(tmp_path / "state", "live", "pcs01")
    last.write(SEEN)
    assert last.read() == SEEN
    assert stat.S_IMODE(last.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(last.file.parent.stat().st_mode) == 0o700
    last.write(SEEN)
    assert [file.name for file in last.file.parent.iterdir()] == ["rules-seen-live-pcs01.json"]


def test_practice_and_another_station_have_files_of_their_own(tmp_path: Path) -> None:
    LastSeen(tmp_path, "live", "pcs01").write(SEEN)
    assert LastSeen(tmp_path, "practice", "pcs01").read() is None
    assert LastSeen(tmp_path, "live", "pcs02").read() is None


@pytest.mark.parametrize("station", ["../../etc/passwd", "a/b", "派出所", "", "x" * 300, "."])
def test_no_station_names_a_file_elsewhere(tmp_path: Path, station: str) -> None:
    last = LastSeen(tmp_path, "live", station)
    last.write(SEEN)
    assert last.file.parent == tmp_path
    assert last.file.is_file()
    assert last.read() == SEEN


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"version": 1}'])
def test_a_broken_file_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    last = LastSeen(tmp_path, "live", "pcs01")
    last.file.write_bytes(content)
    assert last.read() is None
    last.write(SEEN)
    assert last.read() == SEEN


def test_a_place_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    last = LastSeen(tmp_path / "file", "live", "pcs01")
    last.write(SEEN)
    assert last.read() is None
