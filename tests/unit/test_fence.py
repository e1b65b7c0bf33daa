"""The fence around practice, each time in a process of its own: once it is up, it cannot be taken down."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from counterdesk import fence

HEAD = """
import asyncio, os, shutil, socket, sqlite3, subprocess, sys
from pathlib import Path
from counterdesk import fence
root = Path(sys.argv[1])
fence.put_up([root])

def stopped(name, act):
    try:
        act()
    except fence.FencedOff as off:
        print(f"stopped {name}")
        assert str(root) not in str(off)
    except BaseException as other:
        print(f"PASSED {name}: {type(other).__name__}")
    else:
        print(f"PASSED {name}")
"""


def run(code: str, root: Path, cwd: Path | None = None) -> list[str]:
    environ = {**os.environ, "PYTHONPATH": str(Path(fence.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", HEAD + code, str(root)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environ,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A real desk's data, and ways to it."""
    real = tmp_path / "data" / "counterdesk"
    (real / "live").mkdir(parents=True)
    (real / "live" / "desk.journal").write_text("a real one")
    (tmp_path / "way").symlink_to(real)
    (tmp_path / "inside").mkdir()
    (tmp_path / "counterdesk-practice").mkdir()
    return real


def test_every_event_that_leads_out_is_stopped(root: Path) -> None:
    lines = run("for event in sorted(fence.OUTSIDE): stopped(event, lambda: sys.audit(event))", root)
    assert lines == [f"stopped {event}" for event in sorted(fence.OUTSIDE)]


def test_no_way_out_of_the_process(root: Path) -> None:
    lines = run(
        """
stopped("connect", lambda: socket.socket().connect(("127.0.0.1", 9)))
stopped("unix", lambda: socket.socket(socket.AF_UNIX).connect(str(root / "x")))
stopped("bind", lambda: socket.socket().bind(("127.0.0.1", 0)))
stopped("datagram", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)))
stopped("name", lambda: socket.getaddrinfo("localhost", 80))
stopped("loop", lambda: asyncio.run(asyncio.open_connection("127.0.0.1", 9)))
stopped("popen", lambda: subprocess.run(["true"]))
stopped("system", lambda: os.system("true"))
stopped("spawn", lambda: os.posix_spawn("/bin/true", ["true"], {}))
stopped("exec", lambda: os.execv("/bin/true", ["true"]))
""",
        root,
    )
    assert len(lines) == 10
    assert [line for line in lines if not line.startswith("stopped")] == []


def test_the_real_root_is_reached_by_no_way(root: Path, tmp_path: Path) -> None:
    lines = run(
        """
here = Path.cwd()
ways = {
    "straight": root / "live" / "desk.journal",
    "symlink": here.parent / "way" / "live" / "desk.journal",
    "relative": Path("..") / "data" / "counterdesk" / "live" / "desk.journal",
    "dots": root.parent / "other" / ".." / "counterdesk" / "live" / "desk.journal",
    "new": root / "live" / "not-yet",
    "code": here.parent / "way" / "live" / "not-yet.py",
}
for name, way in ways.items():
    stopped(f"read {name}", lambda: open(way))
    stopped(f"bytes {name}", lambda: open(os.fsencode(way), "rb"))
    stopped(f"write {name}", lambda: way.write_text("x"))
    stopped(f"low {name}", lambda: os.open(way, os.O_RDWR | os.O_CREAT))
    stopped(f"database {name}", lambda: sqlite3.connect(way))
    stopped(f"remove {name}", lambda: os.remove(way))
    stopped(f"rename {name}", lambda: os.rename(way, here / "x"))
    stopped(f"over {name}", lambda: os.replace(here / "mine", way))
    stopped(f"link {name}", lambda: os.link(way, here / "y"))
    stopped(f"truncate {name}", lambda: os.truncate(way, 0))
    stopped(f"mode {name}", lambda: os.chmod(way, 0o644))
    stopped(f"copy {name}", lambda: shutil.copyfile(way, here / "z"))
    stopped(f"make {name}", lambda: os.mkdir(way))
stopped("list", lambda: os.listdir(root))
stopped("scan", lambda: list(os.scandir(here.parent / "way")))
stopped("whole", lambda: shutil.rmtree(root))
os.chdir(root / "live")
stopped("from inside", lambda: open("desk.journal"))
""",
        root,
        tmp_path / "inside",
    )
    assert len(lines) == 6 * 13 + 4
    assert [line for line in lines if not line.startswith("stopped")] == []
    assert (root / "live" / "desk.journal").read_text() == "a real one"


def test_what_is_not_real_stays_open(root: Path, tmp_path: Path) -> None:
    """The control: a fence that stopped everything would pass the tests above."""
    lines = run(
        """
beside = root.parents[1] / "counterdesk-practice" / "paper.txt"
stopped("beside", lambda: beside.write_text("x"))
stopped("own", lambda: Path("own.txt").write_text("x"))
stopped("database", lambda: sqlite3.connect("own.sqlite3").close())
stopped("pair", lambda: [one.close() for one in socket.socketpair()])
stopped("import", lambda: __import__("json.tool"))
""",
        root,
        tmp_path / "inside",
    )
    assert lines == [f"PASSED {name}" for name in ("beside", "own", "database", "pair", "import")]


def test_nothing_that_reaches_a_network_can_be_imported(root: Path) -> None:
    names = ("httpx", "keyring", "keyring.backends", "mock_server", "mock_server.app", "starlette", "uvicorn")
    own = ("counterdesk.backends.http", "counterdesk.backends.lean_httpx")
    lines = run(f"for name in {names + own!r}: stopped(name, lambda: __import__(name))", root)
    assert lines == [f"stopped {name}" for name in names + own]


def test_what_practice_is_made_of_has_none_of_that_in_it_before_the_fence_is_up(root: Path) -> None:
    """An import that is already there raises no event."""
    lines = run(
        """
import counterdesk.cli, counterdesk.opening, counterdesk.settings, counterdesk.app, counterdesk.desk.desk
import counterdesk.backends.practice, counterdesk.desk.handle
print([name for name in sys.modules if fence._abroad(name)])
""",
        root,
    )
    assert lines == ["[]"]
