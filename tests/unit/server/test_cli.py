"""The command: what it says, how it ends, and that it lets nobody in by accident."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from counterdesk import __version__
from mock_server.server import _listen
from mock_server.store.sqlite import SqliteStore
from tests.server_process import server_process
from tests.unit.server.conftest import plain_client, sign_in


def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mock_server.cli", *arguments]
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=60, check=False)


def test_version_and_help() -> None:
    assert run("--version").stdout == f"counterdesk-server {__version__}\n"
    shown = run("--help")
    assert shown.returncode == 0
    for word in ("--db", "--demo", "officer add", "派出所"):
        assert word in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--db FILE is needed"),
        (("--workers", "2", "--db", "x"), "unrecognized arguments"),
        (("--db", "x", "--port", "99999"), "0 to 65535"),
        (("--db", "x", "--port", "-1"), "port"),
        (("--db", "x", "--speed", "nan"), "0.1 to 1000"),
        (("--db", "x", "--hall", "many"), "whole number"),
        (("--db", "x", "--station", ""), "printable"),
        (("--db", "x", "--at", "noon"), "HH:MM"),
        (("--db", "x", "--ahead", "100000"), "a day at most"),
        (("--db", "x", "--ahead", "60"), "--ahead is for practice"),
        (("--db", "x", "--host", "0.0.0.0"), "--insecure-http"),
        (("--db", "x", "--host", "::"), "--insecure-http"),
        (("--db", "x", "--host", "example.invalid"), "--insecure-http"),
        (
            ("--db", "x", "--catalog", "/no/such.json"),
            "/no/such.json: no such file; name the catalog.json",
        ),
        (("officer",), "required"),
        (("officer", "remove", "1"), "invalid choice"),
        (("officer", "add", "--db", "x", "--station", "s", "--role", "king", "--name", "n", "1"), "invalid choice"),
        (
            (
                "officer",
                "add",
                "--db",
                "x",
                "--station",
                "s",
                "--role",
                "officer",
                "--name",
                "n",
                "--grant",
                "all",
                "1",
            ),
            "no such permission",
        ),
        (("officer", "add", "--db", "x", "--station", "s", "--role", "officer", "--name", "n", "1"), "8 to 256"),
    ],
)
def test_a_wrong_call_is_one_line_and_status_2(arguments: tuple[str, ...], says: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert says in done.stderr


def test_a_database_or_port_that_cannot_be_used_is_status_1(tmp_path: Path) -> None:
    missing = run("--db", str(tmp_path / "none" / "db"), "--port", "0")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = run("--db", str(tmp_path / "db"), "--port", str(taken.getsockname()[1]))
    for done in (missing, port):
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1, done.stderr


def test_answers_do_not_wait_for_acknowledgements() -> None:
    """asyncio turns Nagle's delay off only for sockets that name TCP: 45 ms for each request against 2."""
    with _listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


async def test_an_officer_added_can_sign_in_and_the_server_ends_at_once(tmp_path: Path) -> None:
    db = tmp_path / "db"
    call = ("officer", "add", "--db", str(db), "--station", "demo", "--role", "officer", "--name", "陈国栋", "031234")
    assert run(*call, typed="a long password\n").returncode == 0
    assert run(*call, typed="another password\n").returncode == 1
    assert run(*call, "--replace", "--grant", "cherry_pick", typed="newer password\n").returncode == 0
    with server_process("--db", str(db), "--port", "0") as server:
        async with plain_client(server.url) as client:
            in_use = run(*call, "--replace", typed="newest password\n")
            assert (in_use.returncode, "in use" in in_use.stderr) == (1, True)
            await sign_in(client, "031234", "newer password")
            station = (await client.get("/v1/station")).json()["state"]
            assert (station["station"], station["name"]) == ("demo", "示范派出所")
            assert set(station["counters"]) == {"1", "2", "3", "4"}
            assert station["groups"]
            async with client.stream("GET", "/v1/events") as stream:
                parts = stream.aiter_bytes()
                await anext(parts)
                # With an open stream.
                started = time.monotonic()
                assert server.end(signal.SIGTERM) == 0
                assert time.monotonic() - started < 20, "it waited for somebody"
                await parts.aclose()  # type: ignore[attr-defined]
    store = SqliteStore(db)
    account = store.account("demo", "031234")
    store.close()
    assert account is not None
    assert account.actor.grants == {"cherry_pick"}


def test_a_database_for_practice_is_never_opened_for_real_work(tmp_path: Path) -> None:
    db = ("--db", str(tmp_path / "db"), "--port", "0")
    with server_process(*db, "--practice") as server:
        assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200
        assert server.end() == 0
    live = run(*db)
    assert (live.returncode, "practice" in live.stderr) == (1, True)


def test_an_interrupt_is_a_clean_end(tmp_path: Path) -> None:
    with server_process("--db", str(tmp_path / "db"), "--port", "0") as server:
        assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200
        assert server.end(signal.SIGINT) == 0


async def test_the_demo_says_how_to_sign_in_and_ends_with_its_parent() -> None:
    with server_process("--demo", "--speed", "10") as server:
        assert server.process.stdout is not None
        told = json.loads(server.process.stdout.readline())
        assert set(told) == {"url", "station", "officer", "counter", "leader", "guide", "password"}
        assert (told["station"], told["officer"], told["counter"]) == ("demo", "031234", "3")
        assert (told["leader"], told["guide"]) == ("031230", "031240")
        async with plain_client(told["url"]) as client:
            body = {key: told[key] for key in ("station", "officer", "password")}
            answer = await client.post("/v1/sessions", json=body)
            assert answer.status_code == 201
            session = answer.json()["session"]
            assert (session["mode"], session["actor"]["grants"]) == ("practice", ["cherry_pick"])
            for officer, role in (("031230", "leader"), ("031240", "guide"), ("031231", "officer")):
                answer = await client.post("/v1/sessions", json=body | {"officer": officer})
                assert answer.json()["session"]["actor"]["role"] == role
        assert server.process.stdin is not None
        server.process.stdin.close()
        assert server.process.wait(timeout=20) == 0
        server.close()
        assert told["password"] not in "".join(server.log)
        assert not [line for line in server.log if '"level": "error"' in line]
