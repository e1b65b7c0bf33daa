"""Marked personal data through whole journeys, and then a search for it everywhere but where it belongs.

A journey: a real desk and a real server, a wrong password, a birth with marked names, numbers, a telephone and an
address, text that is kept though it is wrong, a stretch without the station, a locked screen, a refusal, and an end: by
hand, by an exception, by a crash, by a kill. Then the support looks: doctor, the recovery of the drafts, the trail.
Then every place in `PLACES` is searched for each mark in every way it could be written. The control plants leaks.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import psutil  # type: ignore[import-untyped]

from benchmarks.torture.outcome import Outcome
from benchmarks.torture.signals import Dying
from benchmarks.torture.typing_kills import Station, station
from counterdesk.station import commands as c
from counterdesk.station import host
from counterdesk.station.roles import Actor
from mock_server.server import machine_clock
from mock_server.store.sqlite import SqliteStore
from tests.pty.harness import Terminal
from tests.pty.officer import Officer
from tests.pty.town import OFFICER
from tests.server_process import PASSWORD, STATION, make_copy

NAME = "canaries"
LONG = 12
MARKS = {
    "name": "欧阳试瞳",
    "wrong text": "闾丘错填",
    "identity number": "310000199603140023",
    "other number": "310000199407080019",
    "telephone": "15400006789",
    "address": "徐行镇示例路271弄9号",
    "certificate": "T310000016",
    "wrong password": "wrong-7719-secret",
    "password": PASSWORD,
}
LEADER = "031230"
ENDS = ("exception", "segv", "KILL", "quit")


class Traces(NamedTuple):
    """What a journey left behind. copied: the journal as it lay on the disk in the middle of it. proc: what the
    processes' /proc entries held while they ran. said: what the support's commands printed. locked, after: the terminal
    while locked and when all was over. dumps: desks that could leave a core."""

    home: Path
    db: Path
    temporary: Path
    server_log: str
    copied: Path
    proc: dict[str, bytes]
    said: dict[str, bytes]
    locked: str
    after: str
    dumps: list[int]


Place = Callable[[Traces], Iterator[tuple[str, bytes]]]


def _folder(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(root.rglob("*")):
        yield f"name of {path.name}", str(path.relative_to(root)).encode("utf-8", "surrogateescape")
        if path.is_file():
            yield str(path.relative_to(root)), path.read_bytes()


def _database(traces: Traces) -> Iterator[tuple[str, bytes]]:
    """Every table of the server but those that are for personal data."""
    with closing(sqlite3.connect(traces.db)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            if table not in ("case_file", "shift_note"):
                for row in connection.execute(f'SELECT * FROM "{table}"'):
                    cells = (cell if isinstance(cell, bytes) else str(cell).encode() for cell in row)
                    yield f"table {table}", b"\x00".join(cells)


PLACES: dict[str, Place] = {
    "the desk's home: settings, state, incidents": lambda traces: _folder(traces.home),
    "temporary files": lambda traces: _folder(traces.temporary),
    "the server's log": lambda traces: iter([("stderr", traces.server_log.encode())]),
    "the server's database without case files": _database,
    "the journal while the station was away, with its WAL": lambda traces: _folder(traces.copied),
    "environment and arguments of the processes": lambda traces: iter(traces.proc.items()),
    "what the support's commands print": lambda traces: iter(traces.said.items()),
    "the locked terminal": lambda traces: iter([("screen", traces.locked.encode())]),
    "the terminal afterwards": lambda traces: iter([("screen", traces.after.encode())]),
}
"""Where personal data must not be."""


def ways(mark: str) -> list[re.Pattern[bytes]]:
    """How a mark could stand in a place."""
    encoded = mark.encode()
    plain = [
        *(encoded, mark.encode("utf-16-le"), mark.encode("utf-16-be"), mark.encode("gb18030"), quote(mark).encode()),
        *(mark.encode("ascii", "backslashreplace"), encoded.hex().encode(), encoded[::-1], mark[::-1].encode()),
        *(base64.b64encode(b"\0" * lead + encoded)[4 if lead else 0 : -4] for lead in (0, 1, 2)),
    ]
    found = [re.compile(re.escape(form), re.IGNORECASE) for form in plain if len(form) > 6]
    if mark.isdigit():
        found.append(re.compile(rb"[\s\-._:,\x00]{0,3}".join(re.escape(digit.encode()) for digit in mark)))
    return found


PATTERNS = {name: ways(mark) for name, mark in MARKS.items()}


def hits(traces: Traces) -> list[str]:
    """Where a mark was found, without the mark."""
    return [
        f"{name} in {place}: {where}"
        for place, look in PLACES.items()
        for where, data in look(traces)
        for name, patterns in PATTERNS.items()
        if any(pattern.search(data) for pattern in patterns)
    ]


def arrived(traces: Traces) -> bool:
    """Whether the marks are where they belong: a search for what was never there proves nothing."""
    with closing(sqlite3.connect(traces.db)) as connection:
        files = b"".join(bytes(row[0]) for row in connection.execute("SELECT body FROM case_file"))
    wanted = set(MARKS) - {"wrong text", "wrong password", "password"}
    return all(MARKS[name].encode() in files for name in wanted)


def _fill(station: host.Station) -> None:
    machine = Actor(id="machine", role="ticket_machine")
    station.execute("t1", c.IssueTicket(group="HK", service="hukou.birth"), machine, machine_clock())


class _Watch:
    """Reads /proc of a process and all that come from it, again and again: the keyring's child lives for moments."""

    def __init__(self, pid: int) -> None:
        self.found: dict[str, bytes] = {}
        self._process = psutil.Process(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.01):
            with suppress(psutil.Error):
                self.found |= _proc(self._process, *self._process.children(recursive=True))


def _proc(*processes: psutil.Process) -> dict[str, bytes]:
    found = {}
    for process in processes:
        for entry in ("cmdline", "environ"):
            # Only root may look into a desk: where that holds there is nothing to find.
            with suppress(PermissionError, FileNotFoundError, ProcessLookupError):
                found[f"{entry} of {process.pid}"] = Path(f"/proc/{process.pid}/{entry}").read_bytes()
    return found


def _dumps(pid: int) -> bool:
    limits = Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
    return not re.search(r"Max core file size +0 +0 ", limits)


def journey(folder: Path, end: str) -> Traces:
    """A whole visit, typed by hand."""
    home, temporary, copied = folder / "home", folder / "tmp", folder / "copied"
    home.mkdir()
    temporary.mkdir()
    with station(folder, _fill) as there:
        there.die()  # the database is one process's at a time
        _leader(there.db)
        there.open()
        fault = end if end in ("exception", "segv") else "noise"
        env = {"TMPDIR": str(temporary)}
        with Dying(there.url, home, fault, size=(120, 40), env=env) as dying, _Watch(dying.pid) as watch:
            _work(dying)
            there.die()
            _work_alone(dying)
            shutil.copytree(home, copied)
            there.open()
            locked = _lock(dying)
            assert there.server is not None
            watch.found |= _proc(psutil.Process(there.server.process.pid))
            dumps = [pid for pid in (dying.desk,) if _dumps(pid)]
            _end(dying, end)
            dying.wait_end(20)
            after = dying.text()
        said = _support(there, home, copied, env)
        there.die()
        said["audit show"] = _printed(["mock_server.cli", "audit", "show", "--db", str(there.db)], {})
        return Traces(home, there.db, temporary, there.log, copied, watch.found, said, locked, after, dumps)


def _leader(db: Path) -> None:
    """Somebody who may recover drafts, and the key that he needs for it."""
    store = SqliteStore(db)
    account = store.account(STATION, OFFICER)
    assert account is not None
    store.put_account(make_copy(account.password, Actor(id=LEADER, role="leader")))
    store.close()
    _printed(["mock_server.cli", "escrow", "init", "--db", str(db), "--station", STATION], {})


def _printed(module: list[str], env: dict[str, str]) -> bytes:
    ended = subprocess.run(
        [sys.executable, "-m", *module], env=os.environ | env, capture_output=True, check=True, timeout=60
    )
    return ended.stdout + ended.stderr


def _support(there: Station, home: Path, copied: Path, env: dict[str, str]) -> dict[str, bytes]:
    """What a support engineer and a leader do with a terminal that is dead."""
    env = env | {"HOME": str(home)}
    said = {"doctor": _printed(["counterdesk", "doctor"], env)}
    said["doctor --json"] = _printed(["counterdesk", "doctor", "--json"], env)
    (journal,) = copied.rglob("*.journal")
    command = ["counterdesk", "journal", "recover", str(journal), "--url", there.url, "--station", STATION]
    with Terminal([sys.executable, "-m", *command, "--officer", LEADER], env=env) as terminal:
        terminal.wait("口令|[Pp]assword")
        terminal.keys(f"{PASSWORD}<enter>")
        terminal.wait_end(20)
        said["journal recover"] = bytes(terminal.raw)
    return said


def _work(dying: Dying) -> None:
    dying.wait("登录")
    dying.keys(f"{OFFICER}<enter>{MARKS['wrong password']}<enter>")
    dying.wait("警号或口令不对,请重输")
    dying.keys(f"{PASSWORD}<enter>")
    dying.wait("开窗:")
    officer = Officer(dying)
    officer.press("<f2>", "已叫号")
    officer.press("<f3>", "H001 出生登记.*草稿")
    officer.fill("母亲公民身份", f"{MARKS['identity number']}<enter>")
    officer.fill("父亲公民身份", f"{MARKS['wrong text']}<enter>")
    officer.go("父亲公民身份", "<s-tab>")
    officer.fill("父亲公民身份", f"<c-u>{MARKS['other number']}<enter>")
    officer.fill_all({"情形": "6", "随谁落户": "2"})


def _work_alone(dying: Dying) -> None:
    dying.wait("○ 离线")
    Officer(dying).fill_all(
        {
            "出生医学证明编号": f"{MARKS['certificate']}<enter>",
            "姓名": f"{MARKS['name']}<enter>",
            "户籍地址": f"<c-u>{MARKS['address']}<enter>",
            "申报人联系": f"{MARKS['telephone']}<enter>",
        }
    )
    dying.wait("本机已存")


def _lock(dying: Dying) -> str:
    """Back at the station, and away from the desk for a moment; what stands on the screen then."""
    dying.wait("站点已存")
    officer = Officer(dying)
    officer.press("<f9>", "还差|先")
    officer.press("<f1>", "现在可用的键")
    officer.press("<esc><c-l>", "已锁屏")
    dying.drain(0.3)
    locked = dying.text()
    dying.keys(f"{PASSWORD}<enter>")  # who it was, it still knows
    dying.wait("H001 出生登记.*草稿")
    dying.drain(0.3)
    return locked


def _end(dying: Dying, end: str) -> None:
    if end == "KILL":
        os.kill(dying.desk, signal.SIGKILL)
    elif end == "quit":
        dying.keys("<c-q>")
        dying.wait("确定退出")
        dying.keys("2")
    else:
        dying.keys("<f12>")


def leaks(traces: Traces) -> int:
    """Plants every mark in a file, in every way that is searched for; how many of them are found."""
    found = 0
    for name, mark in MARKS.items():
        spaced = " ".join(mark) if mark.isdigit() else mark
        for form in (
            mark.encode(),
            mark.encode("utf-16-le"),
            repr(mark).encode("ascii", "backslashreplace"),
            spaced.encode(),
        ):
            planted = traces.home / "planted.log"
            planted.write_bytes(b"2026 INFO " + form + b" \n")
            found += any(hit.startswith(f"{name} in") for hit in hits(traces))
            planted.unlink()
    return found


def run(cases: int, seed: int) -> Outcome:
    """So many journeys, with their ends in turn; the control finds all that was planted, or does not count."""
    found: list[str] = []
    planted = 0
    for number in range(cases):
        with tempfile.TemporaryDirectory(prefix="counterdesk-canaries-") as folder:
            traces = journey(Path(folder), ENDS[(seed + number) % len(ENDS)])
            found += hits(traces)
            if not arrived(traces):
                found.append("the case file does not hold what was typed")
            if (
                not re.search(rb"stored|already_there|conflict", traces.said["journal recover"].splitlines()[1])
                or traces.dumps
            ):
                found.append("nothing was recovered, or a desk could leave a core")
            if not number:
                planted = leaks(traces)
    control = planted if planted == 4 * len(MARKS) else 0
    return Outcome(cases, len(found), control, "; ".join(sorted(set(found))[:4]))
