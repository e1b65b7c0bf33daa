"""A station behind HTTP, as docs/protocol.md describes it.

httpx comes in with this module (a fifth of a second): the registry loads it only when a desk is set to use it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import NoReturn, TypeVar, cast
from urllib.parse import quote

import msgspec

from counterdesk.backends import sse
from counterdesk.backends.base import (
    ALL_CAPABILITIES,
    Alive,
    Backend,
    Conflict,
    Misunderstood,
    NotAllowed,
    NotSignedIn,
    Receipt,
    Resync,
    Session,
    Snapshot,
    Unreachable,
)
from counterdesk.backends.lean_httpx import httpx
from counterdesk.catalog.casefile import CaseFile, JsonValue
from counterdesk.quiet import quiet
from counterdesk.station.commands import AnyCommand
from counterdesk.station.events import Recorded
from counterdesk.station.refused import RefusalCode, Refused

LARGEST_ANSWER = 64 << 20
_OK = range(200, 300)

T = TypeVar("T")


@quiet
class _SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    session: Session


@quiet
class _Refusal(msgspec.Struct, frozen=True, kw_only=True):
    refused: RefusalCode
    params: dict[str, str | int] = {}


@quiet
class _Failure(msgspec.Struct, frozen=True, kw_only=True):
    error: str = ""
    current: int | None = None


class _Stored(msgspec.Struct, frozen=True, kw_only=True):
    version: int


@quiet
class _Facts(msgspec.Struct, frozen=True, kw_only=True):
    facts: dict[str, JsonValue]


class _EscrowKey(msgspec.Struct, frozen=True, kw_only=True):
    key: bytes

    def __repr__(self) -> str:
        return "_EscrowKey(…)"


@quiet
class _Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes

    def __repr__(self) -> str:
        return f"_Answer({self.status})"


class HttpBackend(Backend):
    """A `Backend` over HTTP.

    url: of the server, with http or https and no user in it. station: which of its stations.
    timeout: seconds for one question and its answer. heartbeat: seconds between the server's signs of life; a stream
    that is silent for three of them is dead. ca: a file with the certificates to trust in place of the system's.
    Raises: ValueError for a URL that is none of that.
    """

    name = "http"
    capabilities = ALL_CAPABILITIES

    def __init__(
        self,
        *,
        url: str,
        station: str = "demo",
        timeout: float = 10.0,
        heartbeat: float = 5.0,
        ca: str = "",
        **_unknown: object,
    ) -> None:
        try:
            address = httpx.URL(url)
        except httpx.InvalidURL:
            raise ValueError("not a URL") from None
        if address.scheme not in ("http", "https") or not address.host or address.userinfo:
            raise ValueError("the server's URL is http(s)://host[:port], without a user")
        self._url = url
        self._station = station
        self._timeout = timeout
        self._heartbeat = heartbeat
        self._token = ""
        self._mode = "live"
        # trust_env: a proxy or a .netrc from the environment must not see a station's traffic.
        self._client = httpx.AsyncClient(
            base_url=address,
            trust_env=False,
            verify=_tls(ca) if address.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            timeout=httpx.Timeout(timeout),
            follow_redirects=False,
        )

    def __repr__(self) -> str:
        return f"HttpBackend(url={self._url!r}, station={self._station!r})"

    async def sign_in(self, officer: str, password: str) -> Session:
        """Open a session. Raises: NotSignedIn, Unreachable, Misunderstood."""
        await self.sign_out()
        body = {"station": self._station, "officer": officer, "password": password}
        answer = await self._send("POST", "/v1/sessions", body)
        if answer.status == 429:
            raise NotSignedIn("locked")
        _check(answer)
        signed_in = _decode(answer.body, _SignedIn)
        self._token, self._mode = signed_in.token, signed_in.session.mode
        return signed_in.session

    async def sign_out(self) -> None:
        """End the session. The token is forgotten here in any case; a server that cannot be told ends it in time."""
        if not self._token:
            return
        headers = self._authorization()
        self._token = ""
        try:
            await self._send("DELETE", "/v1/sessions", headers=headers)
        except Unreachable:
            return

    async def snapshot(self) -> Snapshot:
        """The whole station now. Raises: NotSignedIn, NotAllowed, Unreachable, Misunderstood."""
        return _decode((await self._ask("GET", "/v1/station")).body, Snapshot)

    async def events(self, after: int) -> AsyncIterator[Recorded | Alive | Resync]:
        """Events after `after`, numbered without gap or double, else Misunderstood; ends only after a Resync.

        Raises: NotSignedIn, NotAllowed, Unreachable, Misunderstood.
        """
        headers = self._authorization() | {"Last-Event-ID": str(after), "Accept": "text/event-stream"}
        timeout = httpx.Timeout(self._timeout, read=3 * self._heartbeat)
        try:
            async with self._client.stream("GET", "/v1/events", headers=headers, timeout=timeout) as response:
                if response.status_code not in _OK:
                    _check(_Answer(response.status_code, await _body(response)))
                if response.headers.get("content-type", "").partition(";")[0].strip() != "text/event-stream":
                    raise Misunderstood("not an event stream")
                async with aclosing(_items(response, after)) as items:
                    async for item in items:
                        yield item
                        if isinstance(item, Resync):
                            return
        except (httpx.HTTPError, httpx.StreamError) as error:
            # Without the cause: httpx's errors hold the request, and that holds the token.
            raise Unreachable(type(error).__name__) from None
        raise Unreachable("the stream ended")

    async def execute(self, command_id: str, command: AnyCommand) -> Receipt:
        """Carry out a command. Raises: Refused, NotSignedIn, Unreachable (ask again with its id), Misunderstood."""
        answer = await self._ask("POST", "/v1/commands", command, {"Idempotency-Key": command_id})
        receipt = _decode(answer.body, Receipt)
        if receipt.command != command_id:
            raise Misunderstood("an answer to another command")
        return receipt

    async def read_file(self, case: str) -> CaseFile:
        """A case file. Raises: Refused, NotSignedIn, Unreachable, Misunderstood."""
        file = _decode((await self._ask("GET", _file_of(case))).body, CaseFile)
        if file.case != case:
            raise Misunderstood("the file of another case")
        return file

    async def write_file(self, file: CaseFile) -> int:
        """Store a case file; returns its new version. Raises: Conflict, Refused, NotSignedIn, Unreachable, …"""
        answer = await self._ask("PUT", _file_of(file.case), file, {"If-Match": f'"{file.version}"'})
        return _decode(answer.body, _Stored).version

    async def lookup(self, service: str, key: str, value: str) -> dict[str, JsonValue]:
        """What the archives know. Raises: Refused, NotSignedIn, Unreachable, Misunderstood."""
        body = {"service": service, "key": key, "value": value}
        return _decode((await self._ask("POST", "/v1/archives/lookup", body)).body, _Facts).facts

    async def open_escrow(self, officer: str, generation: int, sealed: bytes, cases: int) -> bytes:
        """Have what a desk sealed opened. Raises: NotAllowed, NotSignedIn, Unreachable, Misunderstood."""
        body = {"officer": officer, "generation": generation, "mode": self._mode, "sealed": sealed, "cases": cases}
        answer = await self._send("POST", "/v1/escrow/open", body, self._authorization())
        if answer.status in (404, 422, 429):
            raise NotAllowed(_decode(answer.body, _Failure).error)
        _check(answer)
        return _decode(answer.body, _EscrowKey).key

    async def close(self) -> None:
        """Give up the connections and the token. The session itself is left: a desk that crashed does no more."""
        self._token = ""
        await self._client.aclose()

    def _authorization(self) -> dict[str, str]:
        if not self._token:
            raise NotSignedIn("no session")
        return {"Authorization": f"Bearer {self._token}"}

    async def _ask(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> _Answer:
        """A question within the session, answered well."""
        answer = await self._send(method, path, body, self._authorization() | (headers or {}))
        _check(answer)
        return answer

    async def _send(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> _Answer:
        """Any answer. Raises: Unreachable, Misunderstood."""
        content = None if body is None else msgspec.json.encode(body)
        sent = {"Content-Type": "application/json"} if content is not None else {}
        try:
            # httpx's timeouts are for each read: a server that drips would hold a desk for ever.
            async with (
                asyncio.timeout(2 * self._timeout),
                self._client.stream(method, path, content=content, headers=sent | (headers or {})) as response,
            ):
                return _Answer(response.status_code, await _body(response))
        except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
            raise Unreachable(type(error).__name__) from None


def _tls(ca: str) -> ssl.SSLContext:
    """A context by hand: `create_default_context` would write session keys where SSLKEYLOGFILE says."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca:
        context.load_verify_locations(ca)
    else:
        context.load_default_certs()
    return context


def _file_of(case: str) -> str:
    return f"/v1/cases/{quote(case, safe='')}/file"


async def _body(response: httpx.Response) -> bytes:
    size, parts = 0, []
    async for part in response.aiter_bytes():
        size += len(part)
        if size > LARGEST_ANSWER:
            raise Misunderstood("an answer without end")
        parts.append(part)
    return b"".join(parts)


async def _items(response: httpx.Response, after: int) -> AsyncGenerator[Recorded | Alive | Resync, None]:
    """What a stream of ours means, checked number by number."""
    try:
        # Each generator is closed by hand: one left to the garbage collector would end on a loop that may be gone.
        chunks = cast(AsyncGenerator[bytes, None], response.aiter_bytes())
        async with aclosing(chunks), aclosing(sse.read(chunks)) as events:
            async for event in events:
                item = _item(event)
                if isinstance(item, Recorded):
                    if item.seq != after + 1:
                        raise Misunderstood("a gap or a double in the stream")
                    after = item.seq
                if item is not None:
                    yield item
    except sse.BadStream as error:
        raise Misunderstood(str(error)) from None


def _item(event: sse.ServerEvent) -> Recorded | Alive | Resync | None:
    data = event.data.encode()
    if event.name == "recorded":
        return _decode(data, Recorded)
    if event.name == "alive":
        return _decode(data, Alive)
    if event.name == "resync":
        return Resync()
    if event.name == "ended":
        raise NotSignedIn("the session ended")
    return None


def _decode(data: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Misunderstood(f"no {kind.__name__.lstrip('_')}") from None


def _check(answer: _Answer) -> None:
    """Pass a good answer; raise what any other one means."""
    if answer.status not in _OK:
        _raise(answer)


def _raise(answer: _Answer) -> NoReturn:
    status = answer.status
    if status == 401:
        raise NotSignedIn("not signed in")
    if status == 403:
        raise NotAllowed("not allowed")
    if status == 409:
        refusal = _decode(answer.body, _Refusal)
        raise Refused(refusal.refused, **refusal.params)
    if status == 412:
        current = _decode(answer.body, _Failure).current
        if current is None:
            raise Misunderstood("a conflict without a version")
        raise Conflict(current)
    # 408: our body never arrived whole. 429: later. 5xx: what became of it is unknown. All: ask again.
    if status in (408, 429) or status >= 500:
        raise Unreachable(f"status {status}")
    raise Misunderstood(f"status {status}")
