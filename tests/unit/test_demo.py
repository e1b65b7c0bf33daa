"""What a demo leaves behind: nothing, and what one that was killed left is cleared away by the next."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from counterdesk.demo import PREFIX, make_folder, sweep

DAY = 86_400


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where demos make their folders."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_demo_that_lives_is_left_alone_and_one_that_ended_is_gone(place: Path) -> None:
    folder, held = make_folder()
    sweep(place)
    assert Path(folder.name).is_dir()
    folder.cleanup()
    os.close(held)
    assert not list(place.iterdir())


def test_what_a_killed_demo_left_is_cleared_away(place: Path) -> None:
    code = "import os\nfrom counterdesk.demo import make_folder\nkept = make_folder()\nos.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code], check=False, env=os.environ | {"TMPDIR": str(place)})
    (left,) = place.iterdir()
    (left / "station.sqlite3").write_bytes(b"x")
    sweep(place)
    assert not list(place.iterdir())


@pytest.mark.parametrize(("age", "there"), [(DAY // 2, True), (2 * DAY, False)])
def test_a_folder_in_which_nobody_ever_lived_goes_after_a_day(place: Path, age: int, there: bool) -> None:
    folder = place / f"{PREFIX}abc"
    folder.mkdir()
    os.utime(folder, (time.time() - age,) * 2)
    sweep(place)
    assert folder.exists() == there


def test_what_is_no_folder_of_a_demo_is_not_touched(place: Path) -> None:
    elsewhere = place / "somebody's"
    elsewhere.mkdir()
    (elsewhere / "held").touch()
    (place / f"{PREFIX}link").symlink_to(elsewhere)
    (place / f"{PREFIX}file").touch()
    os.utime(place / f"{PREFIX}file", (0, 0))
    sweep(place)
    assert len(list(place.iterdir())) == 3
    assert list(elsewhere.iterdir())


def test_another_users_folder_is_not_touched(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = place / f"{PREFIX}abc"
    folder.mkdir()
    (folder / "held").touch()
    mine = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    sweep(place)
    assert folder.exists()
    monkeypatch.undo()
    sweep(place)
    assert not folder.exists(), "the same folder as its owner sees it"
