"""A station behind HTTP, as docs/protocol.md describes it.

httpx comes in with this module (a fifth of a second): the registry loads it only when a desk is set to use it.
"""

from __future__ import annotations

import asyncio
import base64
import math
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import NoReturn, TypeVar, cast
from urllib.parse import quote, urlencode

import msgspec

from counterdesk.backends import sse
from counterdesk.backends.base import (
    ALL_CAPABILITIES,
    Alive,
    Backend,
    Board,
    Conflict,
    Figures,
    Misunderstood,
    NotAllowed,
    NotSignedIn,
    Query,
    Receipt,
    Resync,
    Session,
    ShiftNote,
    SignInCode,
    Snapshot,
    Unreachable,
)
from counterdesk.backends.lean_httpx import httpx
from counterdesk.catalog.casefile import CaseFile, JsonValue
from counterdesk.quiet import quiet
from counterdesk.station.commands import AnyCommand
from counterdesk.station.events import Recorded
from counterdesk.station.exchange import Checkpoint, Mode
from counterdesk.station.refused import RefusalCode, Refused

LARGEST_ANSWER = 64 << 20
_OK = range(200, 300)
_PATIENCE = 1
"""Seconds of a throttled sign-in that are waited here."""
_EARLY = 0.8
_HUNG_UP = frozenset({"RemoteProtocolError", "ReadError"})

T = TypeVar("T")


@quiet
class _Renewed(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    refresh: str = ""
    lifetime: float = math.inf


@quiet
class _SignedIn(_Renewed, frozen=True, kw_only=True):
    session: Session


@quiet
class _Refusal(msgspec.Struct, frozen=True, kw_only=True):
    refused: RefusalCode
    params: dict[str, str | int] = {}


@quiet
class _Failure(msgspec.Struct, frozen=True, kw_only=True):
    error: str = ""
    current: int | None = None
    seconds: int | None = None


class _Stored(msgspec.Struct, frozen=True, kw_only=True):
    version: int


@quiet
class _Facts(msgspec.Struct, frozen=True, kw_only=True):
    facts: dict[str, JsonValue]


@quiet
class _EscrowKey(msgspec.Struct, frozen=True, kw_only=True):
    key: str


@quiet
class _Tokens(msgspec.Struct, frozen=True):
    """token goes with every request until `fresh_until` (monotonic); refresh is good for one renewal."""

    token: str
    refresh: str = ""
    fresh_until: float = math.inf


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
    client_cert, client_key: PEM files with this desk's own certificate, where the station asks for one.
    Raises: ValueError for a URL that is none of that; OSError for a file that cannot be used.

    The session is renewed here and nobody sees it: shortly before the access token is over, or when the server no
    longer takes it. A renewal whose answer was lost is asked for again with the same refresh token; the server takes
    it as long as nothing that it gave for it was used.
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
        client_cert: str = "",
        client_key: str = "",
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
        self._tokens: _Tokens | None = None
        self._renewing = asyncio.Lock()
        self._mode: Mode = "live"
        self._has_certificate = bool(client_cert)
        # trust_env: a proxy or a .netrc from the environment must not see a station's traffic.
        self._client = httpx.AsyncClient(
            base_url=address,
            trust_env=False,
            verify=(
                _tls(ca, client_cert, client_key)
                if address.scheme == "https"
                else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            ),
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
        if answer.status == 429 and (_seconds(answer) or _PATIENCE + 1) <= _PATIENCE:
            # Whoever mistyped once is through typing before the officer could be told to wait.
            await asyncio.sleep(_PATIENCE)
            answer = await self._send("POST", "/v1/sessions", body)
        if answer.status == 429:
            code: SignInCode = "locked" if _decode(answer.body, _Failure).error == "locked" else "throttled"
            raise NotSignedIn("too many failures", code=code, seconds=_seconds(answer))
        if answer.status == 401:
            raise NotSignedIn("wrong name or password", code="wrong")
        _check(answer)
        signed_in = _decode(answer.body, _SignedIn)
        self._keep(signed_in)
        self._mode = signed_in.session.mode
        return signed_in.session

    def _keep(self, renewed: _Renewed) -> _Tokens:
        # By this machine's own monotonic time: the two clocks need not agree. Early, so that no request comes late.
        fresh = asyncio.get_running_loop().time() + renewed.lifetime * _EARLY
        self._tokens = _Tokens(renewed.token, renewed.refresh, fresh)
        return self._tokens

    async def sign_out(self) -> None:
        """End the session. The tokens are forgotten here in any case; a server that cannot be told ends it in time."""
        if self._tokens is None:
            return
        headers = _authorization(self._tokens)
        self._tokens = None
        try:
            await self._send("DELETE", "/v1/sessions", headers=headers)
        except Unreachable:
            return

    async def _fresh(self, stale: _Tokens | None = None) -> _Tokens:
        """Tokens that the server should take. stale: those that it just refused.

        Raises: NotSignedIn, Unreachable, Misunderstood.
        """
        while True:
            tokens = self._tokens
            if tokens is None:
                raise NotSignedIn("no session")
            if tokens is not stale and asyncio.get_running_loop().time() < tokens.fresh_until:
                return tokens
            async with self._renewing:
                if self._tokens is not tokens:
                    continue  # somebody else renewed or signed out meanwhile
                if not tokens.refresh:
                    raise NotSignedIn("the session ended")
                answer = await self._send("POST", "/v1/sessions/refresh", {"refresh": tokens.refresh})
                if self._tokens is not tokens:
                    raise NotSignedIn("signed out meanwhile")
                if answer.status == 401:
                    self._tokens = None
                _check(answer)
                return self._keep(_decode(answer.body, _Renewed))

    async def snapshot(self) -> Snapshot:
        """The whole station now. Raises: NotSignedIn, NotAllowed, Unreachable, Misunderstood."""
        return _decode((await self._ask("GET", "/v1/station")).body, Snapshot)

    async def events(self, after: int) -> AsyncIterator[Recorded | Alive | Resync]:
        """Events after `after`, numbered without gap or double, else Misunderstood; ends only after a Resync.

        Raises: NotSignedIn, NotAllowed, Unreachable, Misunderstood.
        """
        headers = {"Last-Event-ID": str(after)}
        async with aclosing(self._told("/v1/events", headers)) as told, aclosing(_items(told, after)) as items:
            async for item in items:
                yield item
                if isinstance(item, Resync):
                    return

    async def boards(self) -> AsyncIterator[Board | Alive]:
        """The hall's board whenever it is another. Raises: NotSignedIn, NotAllowed, Unreachable, Misunderstood."""
        async with aclosing(self._told("/v1/board/events", {})) as told:
            async for event in told:
                item = _decode(event.data.encode(), Board) if event.name == "board" else _item(event)
                if isinstance(item, Board | Alive):
                    yield item

    async def _told(self, path: str, headers: dict[str, str]) -> AsyncGenerator[sse.ServerEvent, None]:
        """What a stream of the server says until it breaks. Raises: as `events`."""
        tokens = await self._fresh()
        headers = headers | {"Accept": "text/event-stream"}
        timeout = httpx.Timeout(self._timeout, read=3 * self._heartbeat)
        try:
            for last_try in (False, True):
                sent = headers | _authorization(tokens)
                async with self._client.stream("GET", path, headers=sent, timeout=timeout) as response:
                    if response.status_code not in _OK:
                        answer = _Answer(response.status_code, await _body(response))
                        if answer.status == 401 and not last_try and tokens.refresh:
                            tokens = await self._fresh(tokens)
                            continue
                        _check(answer)
                    if response.headers.get("content-type", "").partition(";")[0].strip() != "text/event-stream":
                        raise Misunderstood("not an event stream")
                    # Each generator is closed by hand: one left to the garbage collector would end on a loop that may
                    # be gone.
                    chunks = cast(AsyncGenerator[bytes, None], response.aiter_bytes())
                    async with aclosing(chunks), aclosing(sse.read(chunks)) as events:
                        async for event in events:
                            yield event
                break
        except sse.BadStream as error:
            raise Misunderstood(str(error)) from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            # Without the cause: httpx's errors hold the request, and that holds the token.
            raise self._unreachable(error) from None
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

    async def write_note(self, counter: str, text: str) -> None:
        """Leave a shift note. Raises: Refused, NotSignedIn, Unreachable, Misunderstood."""
        await self._ask("PUT", _note_of(counter), {"text": text})

    async def read_note(self, counter: str) -> ShiftNote | None:
        """The shift note at a counter. Raises: Refused, NotSignedIn, Unreachable, Misunderstood."""
        answer = await self._ask_anyhow("GET", _note_of(counter))
        if answer.status == 404:
            return None
        _check(answer)
        return _decode(answer.body, ShiftNote)

    async def drop_note(self, counter: str) -> None:
        """Take the shift note away. Raises: Refused, NotSignedIn, Unreachable, Misunderstood."""
        await self._ask("DELETE", _note_of(counter))

    async def unlock_officer(self, officer: str) -> None:
        """Forget an officer's failed sign-ins. Raises: NotAllowed, NotSignedIn, Unreachable, Misunderstood."""
        await self._ask("POST", f"/v1/accounts/{quote(officer, safe='')}/unlock")

    async def audit_root(self, size: int) -> str | None:
        """The audit trail's root at a size. Raises: NotSignedIn, NotAllowed, Unreachable, Misunderstood."""
        answer = await self._ask_anyhow("GET", f"/v1/audit/checkpoint?size={size}")
        if answer.status == 404:
            return None
        _check(answer)
        return _decode(answer.body, Checkpoint).root

    async def open_escrow(self, officer: str, generation: int, sealed: bytes, cases: int) -> bytes:
        """Have what a desk sealed opened. Raises: NotAllowed, NotSignedIn, Unreachable, Misunderstood."""
        body = {
            "officer": officer,
            "generation": generation,
            "mode": self._mode,
            "sealed": base64.b64encode(sealed).decode(),
            "cases": cases,
        }
        answer = await self._ask_anyhow("POST", "/v1/escrow/open", body)
        if answer.status in (404, 422, 429):
            raise NotAllowed(_decode(answer.body, _Failure).error)
        _check(answer)
        try:
            return base64.b64decode(_decode(answer.body, _EscrowKey).key, validate=True)
        except ValueError:
            raise Misunderstood("no key") from None

    async def figures(self, query: Query) -> Figures:
        """The station's figures. Raises: Refused, NotAllowed, NotSignedIn, Unreachable, Misunderstood."""
        asked = {"from": query.first.isoformat(), "to": query.last.isoformat(), "by": query.by}
        if query.officer:
            asked["officer"] = query.officer
        answer = await self._ask("GET", f"/v1/figures?{urlencode(asked)}")
        return _decode(answer.body, Figures)

    async def close(self) -> None:
        """Give up the connections and the tokens. The session itself is left: a desk that crashed does no more."""
        self._tokens = None
        await self._client.aclose()

    async def _ask(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> _Answer:
        """A question within the session, answered well."""
        answer = await self._ask_anyhow(method, path, body, headers)
        _check(answer)
        return answer

    async def _ask_anyhow(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> _Answer:
        """A question within the session, answered in any way; a session that is stale is renewed first."""
        tokens = await self._fresh()
        answer = await self._send(method, path, body, _authorization(tokens) | (headers or {}))
        if answer.status == 401 and tokens.refresh:
            # Not looked at, so it may go again: the server ended the access token before its time.
            tokens = await self._fresh(tokens)
            answer = await self._send(method, path, body, _authorization(tokens) | (headers or {}))
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
            raise self._unreachable(error) from None

    def _unreachable(self, error: Exception) -> Unreachable:
        """What an error of the line means, without the error: httpx's hold the request, and that holds the token."""
        name, text = type(error).__name__, str(error).lower()
        if "certificate verify failed" in text or "certificate_verify_failed" in text:
            return Unreachable(name, hint="certificate_untrusted")
        # TLS 1.3 tells a client without a certificate only at its first read, by an alert or by hanging up.
        asked = "certificate required" in text or "certificate_required" in text or "handshake failure" in text
        if self._client.base_url.scheme == "https" and not self._has_certificate and (asked or name in _HUNG_UP):
            return Unreachable(name, hint="certificate_needed")
        return Unreachable(name)


def _authorization(tokens: _Tokens) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.token}"}


def _seconds(answer: _Answer) -> int:
    return _decode(answer.body, _Failure).seconds or 0


def _tls(ca: str, client_cert: str, client_key: str) -> ssl.SSLContext:
    """A context by hand: `create_default_context` would write session keys where SSLKEYLOGFILE says."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca:
        context.load_verify_locations(ca)
    else:
        context.load_default_certs()
    if client_cert:
        context.load_cert_chain(client_cert, client_key or None)
    return context


def _file_of(case: str) -> str:
    return f"/v1/cases/{quote(case, safe='')}/file"


def _note_of(counter: str) -> str:
    return f"/v1/counters/{quote(counter, safe='')}/note"


async def _body(response: httpx.Response) -> bytes:
    size, parts = 0, []
    async for part in response.aiter_bytes():
        size += len(part)
        if size > LARGEST_ANSWER:
            raise Misunderstood("an answer without end")
        parts.append(part)
    return b"".join(parts)


async def _items(told: AsyncIterator[sse.ServerEvent], after: int) -> AsyncGenerator[Recorded | Alive | Resync, None]:
    """What a stream of ours means, checked number by number."""
    async for event in told:
        item = _item(event)
        if isinstance(item, Recorded):
            if item.seq != after + 1:
                raise Misunderstood("a gap or a double in the stream")
            after = item.seq
        if item is not None:
            yield item


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
