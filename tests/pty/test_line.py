"""The line to the station breaks and comes back: what was typed stays, what was pressed is done once."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from counterdesk.station.model import State
from tests.pty.conftest import OpenDesk
from tests.pty.officer import Officer, gone
from tests.pty.town import OFFICER, Town, people
from tests.server_process import PASSWORD, ServerProcess, TestServer, server_process

pytestmark = pytest.mark.pty


@pytest.fixture
def port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        number: int = taken.getsockname()[1]
    return number


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A station's database with its people."""
    file = tmp_path / "station.sqlite3"
    people(file)
    return file


def serve(db: Path, port: int) -> tuple[str, ...]:
    """The arguments of a server on this database and port."""
    return "--db", str(db), "--port", str(port)


def town_of(server: ServerProcess, db: Path) -> Town:
    """Hands for everybody else at a server in a process."""
    return Town(TestServer(server.url, db))


def calls(state: State) -> list[tuple[str, str, int]]:
    """Each ticket with its state and how often it was called."""
    return [(ticket.number, ticket.state, ticket.calls) for ticket in state.tickets.values()]


def test_the_server_dies_while_the_officer_types(db: Path, port: int, open_desk: OpenDesk) -> None:
    with server_process(*serve(db, port)) as server:
        town = town_of(server, db)
        for _ in range(3):
            town.issue("TV")
        terminal = open_desk(server.url)
        officer = Officer(terminal)
        officer.press("<f2>", "已叫号")
        officer.press("<f3>", "A001 违法处理.*草稿")
        officer.press("3100001990", "› *驾驶证号.* 3100001990")
        server.end(9)
    terminal.wait("离线.*数据0秒前")
    terminal.wait("与站点失去联系")
    officer.press("01010010", "310000199001010010")
    officer.press("<enter>", r"310000[*]+0010.*[0-9]+岁")
    terminal.wait("本机已存")
    officer.press("<f2>", "A001还在办理,先怎样")
    officer.press("2", "已记下,连上后发送")
    terminal.wait("待发2")
    with server_process(*serve(db, port)) as server:
        terminal.wait("● 在线")
        terminal.wait("A002 违法.*\n.*已叫号")
        gone(terminal, "待发")
        assert calls(town_of(server, db).state()) == [
            ("A001", "held", 1),
            ("A002", "called", 1),
            ("A003", "waiting", 0),
        ]
        # The first citizen comes back: what was typed while the line was down is all there.
        officer.press("<f4>", "A002过号")
        officer.press("<f5>", "A001恢复办理")
        terminal.wait(r"310000[*]+0010")
        terminal.wait("草稿.*已存")


def test_a_server_that_is_not_there_yet(db: Path, port: int, open_desk: OpenDesk) -> None:
    terminal = open_desk(f"http://127.0.0.1:{port}", signed_in=False)
    terminal.wait("登录 3号窗口")
    terminal.keys(f"{OFFICER}<enter>{PASSWORD}<enter>")
    terminal.wait("站点没有应答")
    with server_process(*serve(db, port)) as server:
        terminal.wait("开窗:")
        assert town_of(server, db).state().counters["3"].officer == OFFICER
        assert PASSWORD.encode() not in terminal.raw
