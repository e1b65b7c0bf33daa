"""`counterdesk-server audit`: check the audit trail of a database, or print it.

The database is opened for reading only. A running server holds it exclusively: check a copy from the backup, or ask the
server itself (GET /v1/audit).
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from counterdesk.station.audit import Link, verify

_USAGE, _TAMPERED = 2, 1
_WHAT = {
    "gap": "entry {seq} is missing, or stands elsewhere",
    "hash": "entry {seq} is not what was written",
    "checkpoint": "the trail was computed anew: at {seq} entries its root is not the remembered one",
    "short": "the trail was cut: it once had {seq} entries",
}


def run(arguments: list[str], parser_class: type[argparse.ArgumentParser], prog: str) -> int:
    """Run the command. Returns 0 (fine), 1 (tampered, said with what and where), 2 (wrongly called, no database)."""
    parser = parser_class(
        prog=f"{prog} audit",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="verify: check every entry of the audit trail. show: print it, one JSON object a line.\n"
        "A cut or wholly rewritten trail shows only against a checkpoint remembered elsewhere: every desk keeps one.\n"
        "审计记录核验。",
    )
    parser.add_argument("action", choices=["verify", "show"])
    parser.add_argument("--db", type=Path, required=True, metavar="FILE")
    parser.add_argument("--station", metavar="S", help="only this one (default: all)")
    parser.add_argument(
        "--checkpoint",
        type=_checkpoint,
        action="append",
        default=[],
        metavar="SIZE:ROOT",
        help="what a desk remembers; repeatable; with --station, unless there is one station only",
    )
    given = parser.parse_args(arguments)
    try:
        with _opened(given.db) as db:
            return _run(db, given, parser)
    except sqlite3.Error as error:
        print(f"{prog}: {given.db} cannot be read: {error}", file=sys.stderr)
        return _USAGE


def _run(db: sqlite3.Connection, given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    known = [row[0] for row in db.execute("SELECT DISTINCT station FROM audit ORDER BY station")]
    stations = [given.station] if given.station is not None else known
    if given.checkpoint and len(stations) != 1:
        parser.error("--checkpoint is of one station: say which with --station")
    if given.action == "show":
        for station in stations:
            for link in _links(db, station):
                print(f'{{"station":{_text(station)},"seq":{link.seq},"entry":{link.body.decode()}}}')
        return 0
    if given.station is not None and given.station not in known and not given.checkpoint:
        parser.error(f"no trail of station {given.station}")
    worst = 0
    for station in stations:
        begun = time.perf_counter()
        right, flaw = verify(station, _links(db, station), dict(given.checkpoint))
        if flaw is None:
            rate = right / max(time.perf_counter() - begun, 1e-9)
            print(f"{station}: {right:,} entries, all as they were written ({rate:,.0f} a second)")
        else:
            worst = _TAMPERED
            print(
                f"{station}: TAMPERED: {_WHAT[flaw.what].format(seq=flaw.seq)}; {right:,} entries before it are right"
            )
    return worst


def _text(text: str) -> str:
    import json

    return json.dumps(text)


def _opened(path: Path) -> sqlite3.Connection:
    # Not immutable: what a server that was killed left in the WAL belongs to the trail.
    if not path.is_file():
        raise sqlite3.OperationalError("no such file")
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0)


def _links(db: sqlite3.Connection, station: str) -> Iterator[Link]:
    sql = "SELECT seq, body, hash FROM audit WHERE station = ? ORDER BY seq"
    for row in db.execute(sql, (station,)):
        yield Link(*row)


def _checkpoint(text: str) -> tuple[int, str]:
    size, _, root = text.partition(":")
    if not (size.isascii() and size.isdigit() and len(size) <= 18 and len(root) == 64):
        raise argparse.ArgumentTypeError("a checkpoint is SIZE:ROOT, the root in 64 hex digits")
    return int(size), root.lower()
