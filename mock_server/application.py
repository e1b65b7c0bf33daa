"""The ASGI application: paths to routes, and what stands around every request."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route as HttpRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_server import log, wire
from mock_server.api import Api
from mock_server.call import NOTE, json_answer
from mock_server.routes import ROUTES, Route

LARGEST_HEADERS = 8 << 10


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
    return json_answer(status, wire.Failure(error=codes.get(status, "bad_request")), headers)


class Outermost:
    """Around everything: the log line of each request, the headers of each answer, and a last answer to any error."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if sum(len(name) + len(value) for name, value in scope["headers"]) > LARGEST_HEADERS:
            log.write("request", method=_method(scope), status=431)
            await json_answer(431, wire.Failure(error="headers_too_large"))(scope, receive, send)
            return
        note: dict[str, object] = {"route": None}
        scope[NOTE] = note
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
                await json_answer(500, wire.Failure(error="internal"))(scope, receive, noted)
        finally:
            took = round((time.perf_counter() - started) * 1000, 1)
            log.write("request", method=_method(scope), status=status, ms=took, **note)


def _method(scope: Scope) -> str:
    """The method, if it is one of ours: a client may send any word as a method."""
    method: str = scope["method"]
    return method if method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH") else "other"
