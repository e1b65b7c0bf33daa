"""The command `counterdesk-server`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import getpass
import io
import ipaddress
import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, get_args

from counterdesk import __version__
from counterdesk.station.audit import Note
from counterdesk.station.model import TIMEZONE
from counterdesk.station.roles import PERMISSIONS, Actor, Role
from mock_server import log
from mock_server.store.base import Failures, StoreError

if TYPE_CHECKING:
    from mock_server.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from counterdesk.catalog.model import Catalog

PROG = "counterdesk-server"
_SHORTEST_PASSWORD = 8
_EXAMPLES = f"""\
other commands:
  {PROG} officer add --help     add an officer to a database
  {PROG} officer unlock --help  let an officer try again who failed too often
  {PROG} audit verify --help    check the audit trail; audit show prints it
  {PROG} escrow init --help     make the station's escrow key

examples:
  {PROG} --db station.sqlite3 --port 8480
  {PROG} --db station.sqlite3 --host 0.0.0.0 --tls-cert server.pem --tls-key server.key --client-ca ca.pem
  {PROG} --demo                 a living demonstration hall; ends when its standard input is closed

The log is JSON lines on standard error. The protocol is described in docs/protocol.md and at /openapi.json.
"""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """End with status 2."""
        line = " ".join(message.split())
        self.exit(2, f"{self.prog}: {line}\n")


def main(argv: list[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 ended as asked, 1 it could not, 2 wrongly called."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    arguments = sys.argv[1:] if argv is None else argv
    try:
        if arguments[:1] == ["officer"]:
            return _officer(arguments[1:])
        if arguments[:1] == ["audit"]:
            from mock_server import audit_command

            return audit_command.run(arguments[1:], _Parser, PROG)
        if arguments[:1] == ["escrow"]:
            return _escrow(arguments[1:])
        return _serve(arguments)
    except StoreError as error:
        print(f"{PROG}: the database cannot be used: {error}", file=sys.stderr)
    except OSError as error:
        print(f"{PROG}: {error.strerror or error}", file=sys.stderr)
    return 1


def _serve(arguments: list[str]) -> int:
    parser = _serving()
    given = parser.parse_args(arguments)
    if given.db is None and not given.demo:
        parser.error("--db FILE is needed (or --demo)")
    if (given.tls_key or given.client_ca) and not given.tls_cert:
        parser.error("--tls-key and --client-ca need --tls-cert")
    if not _is_loopback(given.host) and not given.tls_cert and not given.insecure_http:
        parser.error(
            f"--host {given.host} is reachable from other machines: give --tls-cert, or add --insecure-http to allow it"
        )
    if given.ahead and not (given.demo or given.practice or given.hall is not None):
        parser.error("--ahead is for practice: a live station goes by its machine's clock")
    if given.demo and given.hall is None:
        given.hall = 7
    if given.port is None:
        given.port = 0 if given.demo else 8480
    with contextlib.ExitStack() as stack:
        if given.db is None:
            given.db = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="counterdesk-"))) / "demo.sqlite3"
        handler = log.configure()
        stack.callback(log.release, handler)
        asyncio.run(_run(given))
    return 0


def _serving() -> _Parser:
    """The options of a server."""
    parser = _Parser(
        prog=PROG,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="The station server: one process, one SQLite file, one stream of events a station.\n"
        "派出所综合窗口的站点服务器: 排队叫号, 办件与流转的唯一数据来源。",
        epilog=_EXAMPLES,
    )
    parser.add_argument("--version", action="version", version=f"{PROG} {__version__}")
    parser.add_argument("--db", type=Path, metavar="FILE", help="the database; made if it is not there")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=_port, help="port, 0 for any free one (default 8480; a free one with --demo)")
    parser.add_argument(
        "--catalog", type=_catalog, metavar="FILE", help="rules built with the station's layer (default: as shipped)"
    )
    parser.add_argument("--insecure-http", action="store_true", help="allow an address that other machines can reach")
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="speak TLS with this certificate (PEM)")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="its key, where it is not in the same file")
    parser.add_argument(
        "--client-ca", type=Path, metavar="FILE", help="only to desks with a certificate of this authority"
    )
    parser.add_argument(
        "--practice", action="store_true", help="a database for practice, from its first start for ever"
    )
    parser.add_argument(
        "--station", type=_name, default="demo", metavar="ID", help="station to set up in a new database"
    )
    parser.add_argument("--name", type=_name, default="示范派出所", help="its name (default %(default)s)")
    parser.add_argument("--no-board", action="store_true", help="do not show the hall's board at /board")
    parser.add_argument("--hall", type=_seed, metavar="SEED", help="simulate citizens, colleagues and departments")
    parser.add_argument("--speed", type=_speed, default=1.0, metavar="N", help="how fast the hall lives (default 1)")
    parser.add_argument(
        "--staffed",
        type=_counters,
        default=frozenset({"3"}),
        metavar="C,…",
        help='counters with persons (default 3; "" for none)',
    )
    parser.add_argument(
        "--at", type=_time, metavar="HH:MM", help="the time of day at which the hall begins (default 10:30)"
    )
    parser.add_argument(
        "--ahead",
        type=_ahead,
        default=0,
        metavar="S",
        help="seconds that the station's clock is ahead (with --practice)",
    )
    parser.add_argument(
        "--demo", action="store_true", help="demonstration officers and hall; prints how to sign in as JSON"
    )
    return parser


async def _run(given: argparse.Namespace) -> None:
    # Imported late: --help and --version must not wait for the server.
    from mock_server.server import Options, Ready, machine_clock, run

    options = Options(
        db=given.db,
        host=given.host,
        port=given.port,
        station=given.station,
        name=given.name,
        hall=given.hall,
        speed=given.speed,
        staffed=given.staffed,
        at=given.at,
        demo=given.demo,
        catalog=given.catalog,
        board=not given.no_board,
        practice=given.practice,
        tls_cert=given.tls_cert,
        tls_key=given.tls_key,
        client_ca=given.client_ca,
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if given.demo:
        threading.Thread(target=_until_stdin_closes, args=(loop, stop), daemon=True).start()

    def ready(ready: Ready) -> None:
        log.write("listening", url=ready.url)
        if ready.demo:
            demo = ready.demo
            line = {
                "url": ready.url,
                "station": demo.station,
                "officer": demo.officer,
                "counter": demo.counter,
                "leader": demo.leader,
                "guide": demo.guide,
                "password": demo.password,
            }
            print(json.dumps(line), flush=True)

    ahead = timedelta(seconds=given.ahead)
    await run(options, ready, stop, clock=lambda: machine_clock() + ahead)


def _until_stdin_closes(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """The demo must not outlive the desk that started it: the desk holds the other end of this pipe."""
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    with contextlib.suppress(RuntimeError):  # the loop ended first
        loop.call_soon_threadsafe(stop.set)


def _officer(arguments: list[str]) -> int:
    if arguments[:1] == ["unlock"]:
        return _unlock(arguments[1:])
    parser = _Parser(
        prog=f"{PROG} officer",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Add an officer. The server must not be running on the database meanwhile.\n"
        "添加民警或辅警账号。口令从终端输入两次, 或从标准输入读取一行。",
    )
    parser.add_argument("action", choices=["add"])
    parser.add_argument("id", type=_name, metavar="ID", help="police number, or a machine's name")
    _where(parser)
    parser.add_argument("--role", choices=get_args(Role), required=True, metavar="R", help=", ".join(get_args(Role)))
    parser.add_argument("--name", type=_name, required=True, metavar="N", help="shown on the officer's own screen")
    parser.add_argument("--department", type=_name, help="of a reviewer")
    parser.add_argument(
        "--grant", action="append", default=[], metavar="G", help="a permission beyond the role; repeatable"
    )
    parser.add_argument("--replace", action="store_true", help="replace an officer who is already there")
    given = parser.parse_args(arguments)
    known = frozenset().union(*PERMISSIONS.values())
    for grant in given.grant:
        if grant not in known:
            parser.error(f"--grant {grant}: no such permission")
    password = _password(parser)

    from mock_server.accounts import hasher, make_account

    with _store(given.db) as store:
        if store.account(given.station, given.id) and not given.replace:
            print(f"{PROG}: officer {given.id} is already there (--replace replaces)", file=sys.stderr)
            return 1
        actor = Actor(id=given.id, role=given.role, department=given.department or "", grants=frozenset(given.grant))
        # Whoever signed in with the old password or the old rights must sign in again.
        store.end_sessions_of(given.station, given.id)
        store.put_account(make_account(given.station, actor, given.name, password, hasher()))
        store.note(given.station, _note("officer_add", given.id))
    return 0


def _unlock(arguments: list[str]) -> int:
    parser = _Parser(
        prog=f"{PROG} officer unlock",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Forget an officer's failed sign-ins. While the server runs, a shift leader does it instead:\n"
        "POST /v1/accounts/ID/unlock. 解除登录锁定。",
    )
    parser.add_argument("id", type=_name, metavar="ID", help="police number")
    _where(parser)
    given = parser.parse_args(arguments)
    with _store(given.db) as store:
        store.put_failures(given.station, {given.id: Failures()}, _note("unlock", given.id))
    return 0


def _escrow(arguments: list[str]) -> int:
    parser = _Parser(
        prog=f"{PROG} escrow",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Make the key with which a shift leader recovers the drafts of a dead terminal. Its private part\n"
        "goes into a file of its own (0600), never into the database. 建立托管密钥。",
    )
    parser.add_argument("action", choices=["init"])
    _where(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the private key goes (default: beside the db)")
    parser.add_argument("--replace", action="store_true", help="a new key; what was sealed to the old one stays sealed")
    given = parser.parse_args(arguments)

    from mock_server import escrow

    with _store(given.db) as store:
        if store.escrow(given.station) and not given.replace:
            print(f"{PROG}: station {given.station} has an escrow key already (--replace)", file=sys.stderr)
            return 1
        file = given.out or escrow.key_file(given.db, given.station)
        try:
            public = escrow.make(file)
        except FileExistsError:
            print(f"{PROG}: {file} is there already; move it away first, it may still be needed", file=sys.stderr)
            return 1
        store.put_escrow(given.station, public, _note("escrow_init"))
    if given.out:
        print(f"lay the key at {escrow.key_file(given.db, given.station)} when drafts are to be recovered")
    return 0


def _where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--db", type=Path, required=True, metavar="FILE")
    parser.add_argument("--station", type=_name, required=True, metavar="S")


@contextlib.contextmanager
def _store(db: Path) -> Iterator[SqliteStore]:
    from mock_server.store.sqlite import SqliteStore

    store = SqliteStore(db)
    try:
        yield store
    finally:
        store.close()


def _note(action: str, about: str = "") -> Note:
    """An entry of the audit trail for what is done at the machine itself: nobody is signed in there."""
    return Note(at=datetime.now(TIMEZONE), officer="console", action=action, case=about)


def _password(parser: _Parser) -> str:
    if sys.stdin.isatty():
        password = getpass.getpass("password: ")
        if getpass.getpass("again: ") != password:
            parser.error("the two passwords differ")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not _SHORTEST_PASSWORD <= len(password) <= 256:
        parser.error(f"a password has {_SHORTEST_PASSWORD} to 256 characters")
    return password


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535):
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


def _catalog(text: str) -> Catalog:
    from counterdesk.catalog.built import CatalogError, read_built  # neither --help nor --version waits for it

    try:
        return read_built(Path(text))
    except CatalogError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise argparse.ArgumentTypeError("a seed is a whole number")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.1 <= speed <= 1000:
        raise argparse.ArgumentTypeError("a speed is a number from 0.1 to 1000")
    return speed


def _name(text: str) -> str:
    if not 0 < len(text) <= 64 or not text.isprintable():
        raise argparse.ArgumentTypeError("1 to 64 printable characters")
    return text


def _counters(text: str) -> frozenset[str]:
    return frozenset(_name(counter) for counter in text.split(",")) if text else frozenset()


def _ahead(text: str) -> int:
    try:
        seconds = int(text)
    except ValueError:
        seconds = 10**9
    if abs(seconds) > 86400:
        raise argparse.ArgumentTypeError("whole seconds, a day at most")
    return seconds


def _time(text: str) -> time:
    try:
        return datetime.strptime(text, "%H:%M").time()
    except ValueError:
        raise argparse.ArgumentTypeError("a time of day is written HH:MM") from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


if __name__ == "__main__":
    sys.exit(main())
