"""The desk dies: what its terminal, its exit status and its report look like then."""

from __future__ import annotations

import os
import signal
import termios
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from benchmarks.torture import signals
from benchmarks.torture.signals import Dying, die, fill, until_shown
from tests.pty.faulty import CANARY
from tests.pty.officer import gone
from tests.pty.town import Town, town

pytestmark = pytest.mark.pty


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A station with a marked case at the counter."""
    with town(tmp_path_factory.mktemp("ends"), fill) as running:
        yield running


@pytest.mark.parametrize("way", signals.WAYS)
def test_the_terminal_is_given_back(station: Town, tmp_path: Path, way: str) -> None:
    assert die(station, way, tmp_path) == []


@pytest.mark.parametrize("way", ["KILL", "exception"])
def test_control_without_the_launcher_it_is_not(station: Town, tmp_path: Path, way: str) -> None:
    found = die(station, way, tmp_path, bare=True)
    assert "personal data left on the terminal" in found


@pytest.mark.parametrize("fault", ["thread", "task", "callback", "noise"])
def test_a_fault_beside_the_screen_stays_off_it(station: Town, tmp_path: Path, fault: str) -> None:
    with Dying(station.url, tmp_path, fault) as dying:
        until_shown(dying)
        dying.keys("<f12><f1>")
        dying.wait("现在可用的键")
        dying.keys("<esc>")
        gone(dying, "现在可用的键")
        dying.keys("<c-q>")
        dying.wait("确定退出")
        dying.keys("2")
        assert dying.wait_end() == 0
        assert CANARY.encode() not in dying.raw
        assert dying.text().strip() == ""
        (report,) = dying.reports()
        assert CANARY not in report.encode().decode("unicode_escape")
        assert "faulty.py" in report


def test_a_terminal_that_goes_away_takes_both_along(station: Town, tmp_path: Path) -> None:
    with Dying(station.url, tmp_path, "noise") as dying:
        until_shown(dying)
        both = [psutil.Process(dying.pid), psutil.Process(dying.desk)]
        os.close(dying.line)
        os.close(dying.fd)
        dying.line = -1
        psutil.wait_procs(both[1:], timeout=10)
        assert dying._reap(10) == 128 + signal.SIGHUP
        assert not both[1].is_running()
        dying.fd = os.open(os.devnull, os.O_RDWR)


def test_stopped_and_continued(station: Town, tmp_path: Path) -> None:
    with Dying(station.url, tmp_path, "none") as dying:
        until_shown(dying)
        both = [psutil.Process(dying.pid), psutil.Process(dying.desk)]
        os.kill(dying.desk, signal.SIGTSTP)
        while any(process.status() != psutil.STATUS_STOPPED for process in both):
            dying.read(0.02)
        dying.drain(0.05)
        assert termios.tcgetattr(dying.line) == dying.before
        assert dying.raw.rfind(b"\x1b[?1049l") > dying.raw.rfind(b"\x1b[?1049h")
        dying.screen.reset()
        os.kill(dying.pid, signal.SIGCONT)
        dying.wait(signals.SHOWN)
        dying.keys("<c-q>")
        dying.wait("确定退出")
        dying.keys("2")
        assert dying.wait_end() == 0


def test_a_launcher_that_is_killed_leaves_no_desk_behind(station: Town, tmp_path: Path) -> None:
    with Dying(station.url, tmp_path, "noise") as dying:
        until_shown(dying)
        desk = psutil.Process(dying.desk)
        dying.signal(signal.SIGKILL)
        psutil.wait_procs([desk], timeout=10)
        assert not desk.is_running()
        dying.drain(0.1)
        assert termios.tcgetattr(dying.line) == dying.before
        assert dying.raw.rfind(b"\x1b[?1049l") > dying.raw.rfind(b"\x1b[?1049h")
