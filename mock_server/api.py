"""The HTTP side of the server: who asks, what, and how the station's answer is said in HTTP.

It decides nothing about a station. Who may do what is asked of `authority.authorize`: here for what a route does by
itself, by the rules and the host for the rest. Every trouble becomes a status and a code.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from counterdesk import __version__
from counterdesk.catalog.casefile import CaseFile
from counterdesk.station.audit import Note
from counterdesk.station.authority import Target, authorize
from counterdesk.station.commands import AnyCommand
from counterdesk.station.exchange import Checkpoint, Session
from counterdesk.station.host import CommandIdReused, VersionConflict
from counterdesk.station.refused import Refused
from counterdesk.station.summary import LONGEST, Query
from mock_server import log, openapi, wire
from mock_server.accounts import (
    Accounts,
    Later,
    Opened,
    SessionOver,
    WrongMode,
    WrongPassword,
    mode_of,
)
from mock_server.board import MOST_READERS, PAGE_HEADERS, BoardStream, asset, page
from mock_server.call import NOTE, Call, Problem, json_answer, problem
from mock_server.escrow import Escrow, NoEscrow, NotSealedHere
from mock_server.routes import Route
from mock_server.stations import Stations
from mock_server.store.base import StoreError
from mock_server.stream import HEARTBEAT, EventStream, cursor_of

AUDIT_PAGE = 500
LONGEST_PASSWORD = 256


class Api:
    """The routes, each named in `routes.ROUTES`."""

    def __init__(
        self,
        stations: Stations,
        accounts: Accounts,
        escrow: Escrow,
        heartbeat: float = HEARTBEAT,
        board: str = "",
    ) -> None:
        """board: the station whose board is on the page for everybody, "" for no page at all."""
        self._stations = stations
        self._accounts = accounts
        self._escrow = escrow
        self._heartbeat = heartbeat
        self._board = board
        self._readers = 0
        self._document = msgspec.json.encode(openapi.document())

    async def answer(self, route: Route, request: Request) -> Any:
        """Answer a request of `route`, whatever happens."""
        note: dict[str, object] = request.scope[NOTE]
        note["route"] = route.path
        call = Call(request, note)
        try:
            if not route.open:
                await self._identify(call, route)
            handler: Callable[[Call], Awaitable[Any]] = getattr(self, route.name)
            return await handler(call)
        except Problem as trouble:
            return json_answer(trouble.status, trouble.failure, trouble.headers)
        except Refused as refused:
            note["refused"] = refused.code
            return json_answer(409, wire.Refusal(refused=refused.code, params=refused.params))
        except wire.BadInput:
            return json_answer(400, wire.Failure(error="bad_request"))
        except StoreError as error:
            log.failure("store", error)
            return json_answer(503, wire.Failure(error="store"))

    async def _identify(self, call: Call, route: Route) -> None:
        """Find out who asks, and whether he may what the route does. Raises: Problem 401, 403."""
        try:
            signed = await self._accounts.session(call.token, person=route.person)
        except WrongMode:
            raise problem(401, "wrong_mode") from None
        if signed is None or signed.account.station not in self._stations.feeds:
            raise problem(401, "not_signed_in")
        call.signed_in(signed)
        if not route.right:
            return
        target = Target(session=mode_of(call.token) or self._accounts.mode, station=self._accounts.mode)
        denial = authorize(call.account.actor, route.right, target)
        if denial is not None:
            await self._noted(call, route.right, denial)
            raise problem(403, "not_allowed")

    async def _noted(self, call: Call, action: str, outcome: str = "ok", count: int = 0) -> None:
        """Add what was done here to the station's trail."""
        account = call.account
        note = Note(at=self._stations.now(), officer=account.actor.id, action=action, outcome=outcome, count=count)
        await self._stations.note(account.station, note)

    async def sign_in(self, call: Call) -> Response:
        """POST /v1/sessions."""
        body: wire.SignIn = await call.body(_SIGN_IN)
        wire.check_command((body.station, body.officer))
        if len(body.password) > LONGEST_PASSWORD:
            raise problem(400, "bad_request")
        try:
            opened = await self._accounts.sign_in(body.station, body.officer, body.password)
        except Later as later:
            code: wire.ErrorCode = "locked" if later.locked else "throttled"
            failure = wire.Failure(error=code, seconds=later.seconds)
            raise Problem(429, failure, retry_after=str(later.seconds)) from None
        except WrongPassword:
            raise problem(401, "wrong_password") from None
        account = opened.account
        call.mention(account)
        session = Session(
            actor=account.actor,
            station=account.station,
            station_name=self._stations.state(account.station).name,
            name=account.name,
            mode=self._accounts.mode,
            escrow=await self._stations.escrow(account.station),
            catalog=self._stations.index.catalog.label,
            audit=await self._stations.checkpoint(account.station),
        )
        signed_in = wire.SignedIn(
            token=opened.token,
            refresh=opened.refresh,
            lifetime=_lifetime(opened, self._stations.now()),
            expires=opened.expires,
            ends=opened.ends,
            session=session,
        )
        return json_answer(201, signed_in)

    async def refresh(self, call: Call) -> Response:
        """POST /v1/sessions/refresh."""
        body: wire.Refresh = await call.body(_REFRESH)
        try:
            opened = await self._accounts.refresh(body.refresh)
        except WrongMode:
            raise problem(401, "wrong_mode") from None
        except SessionOver as over:
            # A reused token ended a session: its streams are to hear of it now. Any other token wakes nobody.
            if over.station in self._stations.feeds:
                self._stations.feeds[over.station].look_again()
            raise problem(401, "not_signed_in") from None
        call.mention(opened.account)
        renewed = wire.Renewed(
            token=opened.token,
            refresh=opened.refresh,
            lifetime=_lifetime(opened, self._stations.now()),
            expires=opened.expires,
        )
        return json_answer(200, renewed)

    async def sign_out(self, call: Call) -> Response:
        """DELETE /v1/sessions."""
        await self._accounts.sign_out(call.signed)
        self._stations.feeds[call.account.station].look_again()
        return Response(status_code=204)

    async def unlock(self, call: Call) -> Response:
        """POST /v1/accounts/{officer}/unlock."""
        officer = call.part("officer")
        await self._accounts.unlock(call.account.station, officer, call.account.actor.id)
        return Response(status_code=204)

    async def execute(self, call: Call) -> Response:
        """POST /v1/commands."""
        key = call.request.headers.get("idempotency-key", "")
        if not key:
            raise problem(400, "idempotency_key_missing")
        if len(key) > wire.LONGEST_ID or not (key.isascii() and key.isprintable()):
            raise problem(400, "bad_request")
        command: AnyCommand = await call.body(_COMMAND)
        wire.check_command(command)
        call.note["command"] = type(command).__name__
        account = call.account
        try:
            receipt = await self._stations.receipt(account.station, key, command, account.actor)
        except CommandIdReused:
            raise problem(422, "command_id_reused") from None
        return json_answer(200, receipt)

    async def snapshot(self, call: Call) -> Response:
        """GET /v1/station."""
        snapshot = await self._stations.snapshot(call.account.station)
        # A whole station takes milliseconds to write down: not on the loop that carries the heartbeats.
        return Response(await asyncio.to_thread(msgspec.json.encode, snapshot), media_type="application/json")

    async def events(self, call: Call) -> EventStream:
        """GET /v1/events."""
        request, signed = call.request, call.signed
        station = signed.account.station
        feed = self._stations.feeds[station]
        cursor = cursor_of(request.headers.get("last-event-id", request.query_params.get("after")), feed.newest)

        async def alive() -> bytes | None:
            if not await self._accounts.stands(signed.family):
                return None
            return msgspec.json.encode({"seq": feed.newest, "audit": await self._stations.checkpoint(station)})

        return EventStream(feed, cursor, alive, self._heartbeat)

    async def read_file(self, call: Call) -> Response:
        """GET /v1/cases/{case}/file."""
        account = call.account
        file = await self._stations.read_file(account.station, call.part("case"), account.actor)
        return json_answer(200, file, {"ETag": f'"{file.version}"'})

    async def write_file(self, call: Call) -> Response:
        """PUT /v1/cases/{case}/file."""
        match = call.request.headers.get("if-match")
        if match is None:
            raise problem(428, "if_match_missing")
        file: CaseFile = await call.body(_CASE_FILE)
        wire.check_file(file)
        # One version, said twice: a client that says two different ones has mixed two files up.
        if file.case != call.part("case") or match != f'"{file.version}"' or file.version < 0:
            raise problem(400, "bad_request")
        account = call.account
        try:
            version = await self._stations.write_file(account.station, file, account.actor)
        except VersionConflict as conflict:
            failure = wire.Failure(error="conflict", current=conflict.current)
            raise Problem(412, failure, ETag=f'"{conflict.current}"') from None
        return json_answer(200, wire.Stored(version=version), {"ETag": f'"{version}"'})

    async def read_note(self, call: Call) -> Response:
        """GET /v1/counters/{counter}/note."""
        account = call.account
        found = await self._stations.read_note(account.station, call.part("counter"), account.actor)
        if found is None:
            raise problem(404, "not_found")
        return json_answer(200, found)

    async def write_note(self, call: Call) -> Response:
        """PUT /v1/counters/{counter}/note."""
        body: wire.NoteText = await call.body(_NOTE_TEXT)
        wire.check_file(body)
        account = call.account
        await self._stations.write_note(account.station, call.part("counter"), body.text, account.actor)
        return Response(status_code=204)

    async def drop_note(self, call: Call) -> Response:
        """DELETE /v1/counters/{counter}/note."""
        account = call.account
        await self._stations.drop_note(account.station, call.part("counter"), account.actor)
        return Response(status_code=204)

    async def lookup(self, call: Call) -> Response:
        """POST /v1/archives/lookup."""
        body: wire.Lookup = await call.body(_LOOKUP)
        wire.check_command((body.service, body.key, body.value))
        account = call.account
        facts = await self._stations.lookup(account.station, body.service, body.key, body.value, account.actor)
        return json_answer(200, wire.Facts(facts=facts))

    async def figures(self, call: Call) -> Response:
        """GET /v1/figures."""
        account = call.account
        figures = await self._stations.figures(account.station, _query(call), account.actor)
        return json_answer(200, figures)

    async def checkpoint(self, call: Call) -> Response:
        """GET /v1/audit/checkpoint."""
        station, size = call.account.station, call.number("size")
        if size is None:
            return json_answer(200, await self._stations.checkpoint(station))
        root = await self._stations.audit_root(station, size)
        if root is None:
            raise problem(404, "not_found")
        return json_answer(200, Checkpoint(size=size, root=root))

    async def audit(self, call: Call) -> Response:
        """GET /v1/audit."""
        account, after = call.account, call.number("after") or 0
        note = Note(at=self._stations.now(), officer=account.actor.id, action="read_audit")
        links = await self._stations.audit(account.station, after, AUDIT_PAGE, note)
        entries = tuple(wire.AuditEntry(seq=link.seq, entry=link.body.decode(), hash=link.hash.hex()) for link in links)
        return json_answer(200, wire.AuditPage(entries=entries))

    async def open_escrow(self, call: Call) -> Response:
        """POST /v1/escrow/open."""
        body: wire.OpenEscrow = await call.body(_OPEN_ESCROW)
        wire.check_command(body.officer)
        account = call.account
        if body.mode != self._accounts.mode:
            raise problem(422, "not_sealed_here")
        wait = self._escrow.wait(account.station, account.actor.id, self._stations.now())
        if wait:
            await self._noted(call, "open_escrow", "throttled")
            failure = wire.Failure(error="throttled", seconds=wait)
            raise Problem(429, failure, retry_after=str(wait))
        try:
            key = await asyncio.to_thread(self._escrow.open, account.station, body)
        except NoEscrow:
            await self._noted(call, "open_escrow", "no_escrow")
            raise problem(404, "no_escrow") from None
        except NotSealedHere:
            await self._noted(call, "open_escrow", "not_sealed_here")
            raise problem(422, "not_sealed_here") from None
        # Noted before it is handed out: an opened key that nobody knows of must not exist.
        note = Note(
            at=self._stations.now(),
            officer=account.actor.id,
            action="open_escrow",
            case=body.officer,
            count=body.cases,
        )
        await self._stations.note(account.station, note)
        return json_answer(200, wire.EscrowKey(key=key))

    async def board_events(self, call: Call) -> BoardStream:
        """GET /v1/board/events."""
        station, family = call.account.station, call.signed.family
        return BoardStream(
            self._stations.feeds[station],
            lambda: self._stations.board(station),
            lambda: self._accounts.stands(family, awake=True),
            self._heartbeat,
        )

    async def public_board_events(self, call: Call) -> BoardStream:
        """GET /board/events."""
        station = self._shown(call)
        if self._readers >= MOST_READERS:
            raise Problem(429, wire.Failure(error="busy", seconds=30), retry_after="30")

        async def anybody() -> bool:
            return True

        def gone() -> None:
            self._readers -= 1

        self._readers += 1
        look = lambda: self._stations.board(station)  # noqa: E731
        return BoardStream(self._stations.feeds[station], look, anybody, self._heartbeat, gone)

    async def board_page(self, call: Call) -> Response:
        """GET /board."""
        station = self._shown(call)
        language = call.request.query_params.get("lang", "zh")
        if language not in ("zh", "en"):
            raise wire.BadInput
        named = station if "station" in call.request.query_params else ""
        text = page(self._stations.board(station), language, named)
        return Response(text, 200, dict(PAGE_HEADERS), "text/html")

    async def board_script(self, call: Call) -> Response:
        """GET /board/board.js."""
        self._shown(call)
        return Response(asset("board.js"), 200, dict(PAGE_HEADERS), "text/javascript")

    async def board_style(self, call: Call) -> Response:
        """GET /board/board.css."""
        self._shown(call)
        return Response(asset("board.css"), 200, dict(PAGE_HEADERS), "text/css")

    def _shown(self, call: Call) -> str:
        """The station whose board is asked for. Raises: Problem 404 where there is none for everybody."""
        station = call.request.query_params.get("station", self._board)
        if not self._board or station not in self._stations.feeds:
            raise problem(404, "not_found")
        return station

    async def health(self, call: Call) -> Response:
        """GET /healthz."""
        await self._accounts.stands("")
        return json_answer(200, {"status": "ok", "version": __version__})

    async def openapi(self, call: Call) -> Response:
        """GET /openapi.json."""
        return Response(self._document, media_type="application/json")


_SIGN_IN = msgspec.json.Decoder(wire.SignIn)
_COMMAND: msgspec.json.Decoder[Any] = msgspec.json.Decoder(AnyCommand)
_CASE_FILE = msgspec.json.Decoder(CaseFile)
_NOTE_TEXT = msgspec.json.Decoder(wire.NoteText)
_LOOKUP = msgspec.json.Decoder(wire.Lookup)
_REFRESH = msgspec.json.Decoder(wire.Refresh)
_OPEN_ESCROW = msgspec.json.Decoder(wire.OpenEscrow)
_QUERY = {"from": "first", "to": "last", "by": "by", "officer": "officer"}


def _query(call: Call) -> Query:
    """The question of GET /v1/figures. Raises: BadInput."""
    asked: dict[str, str] = {}
    for name, value in call.request.query_params.multi_items():
        if name not in _QUERY or _QUERY[name] in asked:
            raise wire.BadInput
        asked[_QUERY[name]] = value
    wire.check_command(tuple(asked.values()))
    try:
        query = msgspec.convert(asked, Query)
    except msgspec.ValidationError:
        raise wire.BadInput from None
    if not timedelta() <= query.last - query.first < timedelta(days=LONGEST):
        raise wire.BadInput
    return query


def _lifetime(opened: Opened, now: datetime) -> int:
    return max(1, int((opened.expires - now).total_seconds()))
