"""Practice as a trainee has it: a whole visit, with the network taken away and a real desk's data beside it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.pty.harness import PYTHON, Terminal
from tests.pty.officer import Officer

pytestmark = pytest.mark.pty

TAG = "【演练】"
_PATH = re.compile(r'"([^"]*)"')
_OPENS = re.compile(r"\bopen\w*\(")


def _works(*command: str) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _watched(log: Path) -> list[str]:
    """Without a network where the system allows that, and with every file and connection noted where it can be."""
    apart = ["unshare", "-rn"] if _works("unshare", "-rn", "true") else []
    trace = ["strace", "-f", "-qq", "-y", "-e", "trace=%file,%network", "-o", str(log)]
    return [*apart, *(trace if _works(*trace, "true") else [])]


def test_a_trainee_serves_a_citizen_and_reaches_nothing_real(tmp_path: Path) -> None:
    log, data = tmp_path / "calls.log", tmp_path / "data"
    real = data / "counterdesk"
    journal = real / "live" / "desk.journal"
    journal.parent.mkdir(parents=True)
    journal.write_text("a real one")
    journal.chmod(0o600)
    before = sorted((path, path.stat().st_mtime_ns) for path in real.rglob("*"))
    env = {
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(data),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "LANG": "C.UTF-8",
    }
    log.write_text("")
    log.unlink()
    command = [*_watched(log), PYTHON, "-m", "counterdesk", "practice"]
    with Terminal(command, env=env, cwd=str(Path(__file__).parents[2])) as terminal:
        terminal.wait(TAG, timeout=40)
        officer = Officer(terminal)
        for keys, shown in (
            ("<f2>", "已叫号"),
            ("<f3>", "还能等"),  # he sits there
            ("?", "请问您的"),  # and is asked
            ("<c-p>", "输入名称"),
            ("notice<enter>", "一次性告知单"),
            ("p", "已存/"),
            ("<esc>", "草稿"),
        ):
            assert TAG in officer.press(keys, shown)
        terminal.keys("<c-l>")
        terminal.wait("已锁屏")
        terminal.keys("<c-q>")
        assert terminal.wait_end() == 0
    assert sorted((path, path.stat().st_mtime_ns) for path in real.rglob("*")) == before
    (paper,) = (data / "counterdesk-practice" / "papers").iterdir()
    assert paper.read_text(encoding="utf-8").count(TAG) == 2
    if log.exists():
        calls = log.read_text(errors="replace").splitlines()
        assert len(calls) > 1000  # the watch was there
        inside = (str(real), f"{real}/")
        named = {call: _PATH.findall(call) for call in calls if _OPENS.search(call)}
        opened = [call for call, names in named.items() if any(n == inside[0] or inside[1] in n for n in names)]
        assert opened == []
        assert [call for call in calls if "AF_INET" in call] == []
