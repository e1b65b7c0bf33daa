"""One request on its way, what can be read from it, and how an answer is said in HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from mock_server import wire
from mock_server.accounts import Signed
from mock_server.store.base import Account

LARGEST_BODY = 1 << 20
_DRAINED = 8 * LARGEST_BODY
BODY_TIME = 30.0
"""Seconds in which the body of a request has to come."""
NOTE = "counterdesk.note"
"""Where in the scope of a request stands what the log may say about it."""


def json_answer(status: int, body: object, headers: dict[str, str] | None = None) -> Response:
    """An answer in JSON."""
    return Response(msgspec.json.encode(body), status, headers, "application/json")


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
        self._signed: Signed | None = None

    @property
    def signed(self) -> Signed:
        """Who asks, in which session; routes without a session have nobody."""
        if self._signed is None:
            raise problem(401, "not_signed_in")
        return self._signed

    @property
    def account(self) -> Account:
        """Who asks."""
        return self.signed.account

    def signed_in(self, signed: Signed) -> None:
        """Remember who asks."""
        self._signed = signed
        self.mention(signed.account)

    def mention(self, account: Account) -> None:
        """Let the log say who it was."""
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

    def part(self, name: str) -> str:
        """A part of the path. Raises: BadInput."""
        part: str = self.request.path_params[name]
        wire.check_command(part)
        return part

    def number(self, name: str) -> int | None:
        """A number of the query, None if it is not there. Raises: BadInput."""
        values = self.request.query_params.getlist(name)
        if not values:
            return None
        text = values[0]
        if len(values) > 1 or not (text.isascii() and text.isdigit() and len(text) <= 16):
            raise wire.BadInput
        number = int(text)
        if number > wire.LARGEST_CURSOR:
            raise wire.BadInput
        return number
