"""What the OpenAPI document promises, asked thousands of times: schemathesis against the whole server in this process.

Half of the requests are made from the document, half go against it; nine of ten carry a session, of any role. Every
answer is put to schemathesis's checks: no server error, only documented statuses, types, headers and bodies, and what
the document forbids refused. The control plants a fault and an undocumented answer in the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import tempfile
import threading
import unittest
import warnings
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher
from starlette.responses import Response

from benchmarks.torture.outcome import Outcome
from benchmarks.torture.roles import DEPARTMENT, NOW, ROLES
from counterdesk.practice.hall import setup
from counterdesk.station.roles import Actor
from mock_server import openapi
from mock_server.accounts import Accounts, make_account
from mock_server.api import Api
from mock_server.application import application
from mock_server.escrow import Escrow
from mock_server.server import SETUP, load_index
from mock_server.stations import Stations
from mock_server.store.sqlite import SqliteStore
from mock_server.writer import Writer

NAME = "schema"
LONG = 6_000

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
)


def _document() -> dict[str, Any]:
    """The document without what it says of sessions: who asks is chosen here, and nobody is an answer of its own."""
    document = openapi.document()
    del document["security"], document["components"]["securitySchemes"]
    for path in document["paths"].values():
        for operation in path.values():
            operation.pop("security", None)
    return document


class Served:
    """The server's application on a loop and a thread of its own, with an officer of each role."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="schema-server")
        self._thread.start()
        self._tokens: dict[str, str] = {}
        self._do(self._open())

    def _do(self, work: Awaitable[Any]) -> Any:
        async def awaited() -> Any:
            return await work

        return asyncio.run_coroutine_threadsafe(awaited(), self._loop).result(timeout=60)

    async def _open(self) -> None:
        self._cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self._writer = Writer()
        self._store = await self._writer.run(lambda: SqliteStore(self._folder / "db"))
        await self._writer.run(lambda: self._store.rows("PRAGMA synchronous=OFF"))
        for role in ROLES:
            actor = Actor(id=f"p-{role}", role=role, department=DEPARTMENT if role == "reviewer" else "")
            account = make_account("demo", actor, "", "password", self._cheap)
            await self._writer.run(lambda account=account: self._store.put_account(account))  # type: ignore[misc]
        index = load_index()
        stations = Stations(self._store, self._writer, index, lambda: NOW)
        await stations.add("demo")
        await stations.execute("demo", "setup", setup(index), SETUP)
        # A stream that ends at once: what it is made of is another test's matter.
        stations.close()
        self._accounts = Accounts(self._store, self._writer, lambda: NOW, self._cheap)
        app = application(Api(stations, self._accounts, Escrow(self._folder / "db")))
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://station"
        )

    def token(self, role: str) -> str:
        """A token that is good now: an earlier case may have signed it out."""

        async def signed() -> str:
            known = self._tokens.get(role, "")
            if not known or await self._accounts.session(known) is None:
                known = (await self._accounts.sign_in("demo", f"p-{role}", "password")).token
                self._tokens[role] = known
            return known

        return str(self._do(signed()))

    def ask(self, method: str, url: str, headers: dict[str, Any], body: Any) -> httpx.Response:
        """Any request, as it is."""
        answer: httpx.Response = self._do(self._client.request(method, url, headers=headers, content=body))
        return answer

    def close(self) -> None:
        """Take it down."""

        async def end() -> None:
            await self._client.aclose()
            await self._writer.run(self._store.close)
            self._writer.close()

        self._do(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def failures(cases: int, seed: int, only: frozenset[str] = frozenset()) -> tuple[Counter[int], Counter[str]]:
    """How many answers of each status there were, and what was wrong with them, by operation and kind.

    only: these operations; empty for all.
    """
    import hypothesis
    import requests
    import schemathesis
    from schemathesis.checks import CHECKS as KNOWN
    from schemathesis.core.result import Ok

    schema = schemathesis.openapi.from_dict(_document())
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    wanted = [op for op in operations if not only or op.definition.raw["operationId"] in only]
    chance = random.Random(seed)
    found: Counter[str] = Counter()
    made: Counter[int] = Counter()
    schemathesis.engine  # noqa: B018 - registers the checks
    checks = [KNOWN.get_one(name) for name in CHECKS]
    with tempfile.TemporaryDirectory(prefix="counterdesk-schema-") as folder, _closing(Served(Path(folder))) as served:

        def attempt(case: Any) -> None:
            given = case.as_transport_kwargs(base_url="http://station")
            given.pop("cookies", None)
            request = requests.Request(**{key: value for key, value in given.items() if key in _REQUEST}).prepare()
            if chance.random() < 0.9:
                request.headers["Authorization"] = f"Bearer {served.token(chance.choice(ROLES))}"
            answer = served.ask(str(request.method), str(request.url), dict(request.headers), request.body)
            made[answer.status_code] += 1
            try:
                case.validate_response(answer, checks=checks)
            except (Exception, BaseExceptionGroup) as error:  # a failed check, or several
                parts = getattr(error, "exceptions", (error,))
                for part in parts:
                    found[f"{case.operation.label}: {type(part).__name__}"] += 1

        modes = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Some operations have little to vary and stop early: the rest goes round until there are enough.
            for turn in range(seed, seed + _TURNS):
                if made.total() >= cases:
                    break
                each = max(1, -(-(cases - made.total()) // (len(wanted) * len(modes))))
                for operation, mode in product(wanted, modes):
                    with contextlib.suppress(hypothesis.errors.Unsatisfiable, unittest.SkipTest):
                        _fuzz(attempt, operation.as_strategy(generation_mode=mode), each, turn)
    return made, found


_TURNS = 50
_TRIES = 20
_REQUEST = frozenset({"method", "url", "headers", "params", "data", "json", "files", "auth"})


def _fuzz(attempt: Callable[[Any], None], strategy: Any, examples: int, seed: int) -> None:
    import hypothesis

    settings = hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    given: Any = hypothesis.given(strategy)
    seeded: Any = hypothesis.seed(seed)
    chosen: Any = settings
    seeded(chosen(given(attempt)))()


@contextlib.contextmanager
def _closing(served: Served) -> Iterator[Served]:
    try:
        yield served
    finally:
        served.close()


@contextlib.contextmanager
def planted() -> Iterator[None]:
    """A server that breaks where it was to answer, and has an answer that no document knows."""
    lookup, checkpoint = Api.lookup, Api.checkpoint

    async def breaking(self: Api, call: Any) -> Any:
        answer = await lookup(self, call)
        raise RuntimeError(answer.status_code)

    async def undocumented(self: Api, call: Any) -> Any:
        await checkpoint(self, call)
        return Response(b'{"size": "many"}', 200, media_type="application/json")

    Api.lookup, Api.checkpoint = breaking, undocumented  # type: ignore[method-assign]
    logging.disable(logging.CRITICAL)  # it is to break, and need not say so
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        Api.lookup, Api.checkpoint = lookup, checkpoint  # type: ignore[method-assign]


def run(cases: int, seed: int) -> Outcome:
    """At least `cases` requests. The control has to find both planted faults."""
    made, found = failures(cases, seed)
    control: Counter[str] = Counter()
    with planted():
        for name in ("lookup", "checkpoint"):
            # Most requests are refused before the fault, and which ones is drawn: some seeds take longer to reach it.
            for turn in range(_TRIES):
                control += failures(30, seed + turn, frozenset({name}))[1]
                if any(f"/{name}" in failure for failure in control):
                    break
    both = all(any(name in failure for failure in control) for name in ("/lookup", "/checkpoint"))
    note = ", ".join(f"{times}x {status}" for status, times in sorted(made.items()))
    note += "".join(f"; {failure} {times}x" for failure, times in found.most_common(8))
    return Outcome(made.total(), found.total(), control.total() if both else 0, note)
