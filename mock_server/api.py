"""The HTTP side of the server: who asks, what, and how the station's answer is said in HTTP.

It decides nothing about a station. Who may do what is asked in one place, `Actor.may`, by the rules and by the host;
here a person is only identified, and every trouble becomes a status and a code.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route as HttpRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from counterdesk import __version__
from counterdesk.catalog.casefile import CaseFile
from counterdesk.station.commands import AnyCommand
from counterdesk.station.exchange import Mode, Receipt, Session
from counterdesk.station.host import CommandIdReused, VersionConflict
from counterdesk.station.refused import Refused
from mock_server import log, openapi, wire
from mock_server.accounts import Accounts, Locked, WrongPassword
from mock_server.routes import ROUTES, Route
from mock_server.stations import Stations
from mock_server.store.base import Account, StoreError
from mock_server.stream import HEARTBEAT, EventStream, cursor_of

LARGEST_BODY = 1 << 20
_DRAINED = 8 * LARGEST_BODY
BODY_TIME = 30.0
LONGEST_PASSWORD = 256
_NOTE = "counterdesk.note"


class Problem(Exception):
    """An answer other than the good one. `failure` becomes the body."""

    def __init__(self, status: int, failure: wire.Failure, **headers: str) -> None:
        super().__init__(status)
        self.status = status
        self.failure = failure
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def problem(status: int, error: wire.ErrorCode) -> Problem:
    """A Problem that is no more than its code."""
    return Problem(status, wire.Failure(error=error))


class Call:
    """One request on its way. note: what the log may say about it. account: who asks, once that is known."""

    def __init__(self, request: Request, note: dict[str, object]) -> None:
        self.request = request
        self.note = note
        self._account: Account | None = None

    @property
    def account(self) -> Account:
        """Who asks; routes without a session have nobody."""
        if self._account is None:
            raise problem(401, "not_signed_in")
        return self._account

    def signed_in(self, account: Account) -> None:
        """Remember who asks."""
        self._account = account
        self.note |= {"station": account.station, "officer": account.actor.id}

    @property
    def token(self) -> str:
        """The bearer token. Raises: Problem 401."""
        scheme, _, token = self.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise problem(401, "not_signed_in")
        return token.strip()

    async def body(self, decoder: msgspec.json.Decoder[Any]) -> Any:
        """The request's JSON as its type. Raises: Problem 400, 408, 413."""
        size, parts = 0, []
        try:
            async with asyncio.timeout(BODY_TIME):
                async for part in self.request.stream():
                    size += len(part)
                    # Too much is still read for a while, so that the client can read the answer.
                    if size > _DRAINED:
                        raise problem(413, "too_large")
                    if size <= LARGEST_BODY:
                        parts.append(part)
        except TimeoutError:
            raise problem(408, "too_slow") from None
        if size > LARGEST_BODY:
            raise problem(413, "too_large")
        try:
            return decoder.decode(b"".join(parts))
        # msgspec lets invalid UTF-8 inside a string through as UnicodeDecodeError; deep nesting is a RecursionError.
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise problem(400, "bad_request") from None


class Api:
    """The routes, each named in `routes.ROUTES`."""

    def __init__(self, stations: Stations, accounts: Accounts, mode: Mode, heartbeat: float = HEARTBEAT) -> None:
        self._stations = stations
        self._accounts = accounts
        self._mode: Mode = mode
        self._heartbeat = heartbeat
        self._document = msgspec.json.encode(openapi.document())

    async def answer(self, route: Route, request: Request) -> Any:
        """Answer a request of `route`, whatever happens."""
        note: dict[str, object] = request.scope[_NOTE]
        note["route"] = route.path
        call = Call(request, note)
        try:
            if not route.open:
                await self._identify(call)
            handler: Callable[[Call], Awaitable[Any]] = getattr(self, route.name)
            return await handler(call)
        except Problem as trouble:
            return _json(trouble.status, trouble.failure, trouble.headers)
        except Refused as refused:
            note["refused"] = refused.code
            return _json(409, wire.Refusal(refused=refused.code, params=refused.params))
        except wire.BadInput:
            return _json(400, wire.Failure(error="bad_request"))
        except StoreError as error:
            log.failure("store", error)
            return _json(503, wire.Failure(error="store"))

    async def _identify(self, call: Call) -> None:
        account = await self._accounts.session(call.token)
        if account is None or account.station not in self._stations.feeds:
            raise problem(401, "not_signed_in")
        call.signed_in(account)

    async def sign_in(self, call: Call) -> Response:
        """POST /v1/sessions."""
        body: wire.SignIn = await call.body(_SIGN_IN)
        wire.check_command((body.station, body.officer))
        if len(body.password) > LONGEST_PASSWORD:
            raise problem(400, "bad_request")
        try:
            opened = await self._accounts.sign_in(body.station, body.officer, body.password)
        except Locked as locked:
            raise Problem(429, wire.Failure(error="locked"), retry_after=str(locked.seconds)) from None
        except WrongPassword:
            raise problem(401, "wrong_password") from None
        account = opened.account
        call.signed_in(account)
        session = Session(
            actor=account.actor,
            station=account.station,
            station_name=self._stations.state(account.station).name,
            name=account.name,
            mode=self._mode,
            catalog=self._stations.index.catalog.label,
        )
        return _json(201, wire.SignedIn(token=opened.token, expires=opened.expires, session=session))

    async def sign_out(self, call: Call) -> Response:
        """DELETE /v1/sessions."""
        await self._accounts.sign_out(call.token)
        self._stations.feeds[call.account.station].look_again()
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
            answer = await self._stations.execute(account.station, key, command, account.actor)
        except CommandIdReused:
            raise problem(422, "command_id_reused") from None
        return _json(200, Receipt(command=key, events=answer.events))

    async def snapshot(self, call: Call) -> Response:
        """GET /v1/station."""
        self._may_read(call)
        snapshot = await self._stations.snapshot(call.account.station)
        # A whole station takes milliseconds to write down: not on the loop that carries the heartbeats.
        return Response(await asyncio.to_thread(msgspec.json.encode, snapshot), media_type="application/json")

    async def events(self, call: Call) -> EventStream:
        """GET /v1/events."""
        self._may_read(call)
        request, token = call.request, call.token
        feed = self._stations.feeds[call.account.station]
        cursor = cursor_of(request.headers.get("last-event-id", request.query_params.get("after")), feed.newest)

        async def signed_in() -> bool:
            return await self._accounts.session(token) is not None

        return EventStream(feed, cursor, signed_in, self._heartbeat)

    @staticmethod
    def _may_read(call: Call) -> None:
        if not call.account.actor.may("read_station"):
            raise problem(403, "not_allowed")

    async def read_file(self, call: Call) -> Response:
        """GET /v1/cases/{case}/file."""
        account = call.account
        file = await self._stations.read_file(account.station, _case(call), account.actor)
        return _json(200, file, {"ETag": f'"{file.version}"'})

    async def write_file(self, call: Call) -> Response:
        """PUT /v1/cases/{case}/file."""
        match = call.request.headers.get("if-match")
        if match is None:
            raise problem(428, "if_match_missing")
        file: CaseFile = await call.body(_CASE_FILE)
        wire.check_file(file)
        # One version, said twice: a client that says two different ones has mixed two files up.
        if file.case != _case(call) or match != f'"{file.version}"' or file.version < 0:
            raise problem(400, "bad_request")
        account = call.account
        try:
            version = await self._stations.write_file(account.station, file, account.actor)
        except VersionConflict as conflict:
            failure = wire.Failure(error="conflict", current=conflict.current)
            raise Problem(412, failure, ETag=f'"{conflict.current}"') from None
        return _json(200, wire.Stored(version=version), {"ETag": f'"{version}"'})

    async def lookup(self, call: Call) -> Response:
        """POST /v1/archives/lookup."""
        body: wire.Lookup = await call.body(_LOOKUP)
        wire.check_command((body.service, body.key, body.value))
        account = call.account
        facts = await self._stations.lookup(account.station, body.service, body.key, body.value, account.actor)
        return _json(200, wire.Facts(facts=facts))

    async def health(self, call: Call) -> Response:
        """GET /healthz."""
        await self._accounts.session("")
        return _json(200, {"status": "ok", "version": __version__})

    async def openapi(self, call: Call) -> Response:
        """GET /openapi.json."""
        return Response(self._document, media_type="application/json")


_SIGN_IN = msgspec.json.Decoder(wire.SignIn)
_COMMAND: msgspec.json.Decoder[Any] = msgspec.json.Decoder(AnyCommand)
_CASE_FILE = msgspec.json.Decoder(CaseFile)
_LOOKUP = msgspec.json.Decoder(wire.Lookup)


def _case(call: Call) -> str:
    case: str = call.request.path_params["case"]
    wire.check_command(case)
    return case


def _json(status: int, body: object, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(body), status, headers, "application/json")


def application(api: Api) -> ASGIApp:
    """The ASGI application over the routes."""
    by_path: dict[str, dict[str, Route]] = {}
    for route in ROUTES:
        by_path.setdefault(route.path, {})[route.method] = route
    paths = []
    for path, methods in by_path.items():
        entry = HttpRoute(path, _endpoint(api, methods), methods=list(methods))
        # Starlette adds HEAD to GET; a HEAD of the stream would never end.
        entry.methods = set(methods)
        paths.append(entry)
    app = Starlette(routes=paths, exception_handlers={HTTPException: _unrouted})
    app.router.redirect_slashes = False
    return Outermost(app)


def _endpoint(api: Api, methods: dict[str, Route]) -> Callable[[Request], Awaitable[Any]]:
    async def endpoint(request: Request) -> Any:
        return await api.answer(methods[request.method], request)

    return endpoint


async def _unrouted(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    codes: dict[int, wire.ErrorCode] = {404: "not_found", 405: "method_not_allowed"}
    return _json(status, wire.Failure(error=codes.get(status, "bad_request")), headers)


class Outermost:
    """Around everything: the log line of each request, the headers of each answer, and a last answer to any error."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        note: dict[str, object] = {"route": None}
        scope[_NOTE] = note
        started = time.perf_counter()
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                # Nothing of a station may stay in a cache or be taken for a page.
                extra = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
                given = {name.lower() for name, _ in message.get("headers", [])}
                message["headers"] = [
                    *message.get("headers", []),
                    *(item for item in extra if item[0] not in given),
                ]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except ClientDisconnect:
            note["gone"] = True
        except Exception as error:
            log.failure("internal", error, route=note["route"])
            if status == 0:
                await _json(500, wire.Failure(error="internal"))(scope, receive, noted)
        finally:
            took = round((time.perf_counter() - started) * 1000, 1)
            log.write("request", method=_method(scope), status=status, ms=took, **note)


def _method(scope: Scope) -> str:
    """The method, if it is one of ours: a client may send any word as a method."""
    method: str = scope["method"]
    return method if method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH") else "other"
