"""One server for the tests that do not change its clock or its officers."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from counterdesk.station.roles import Role
from tests.server_process import PASSWORD, STATION, TestServer, prepare, server_in_thread

OFFICERS: dict[str, Role] = {
    "031234": "officer",
    "031235": "officer",
    "031230": "leader",
    "031239": "auxiliary",
    "900001": "inspector",
    "900002": "setup",
    "900003": "ticket_machine",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServer]:
    """A fresh station, alive for one test file."""
    db = tmp_path_factory.mktemp("server") / "station.sqlite3"
    prepare(db, OFFICERS)
    with server_in_thread(db) as running:
        yield running


async def sign_in(client: httpx.AsyncClient, officer: str = "031234", password: str = PASSWORD) -> str:
    """A token, which the client sends from now on."""
    body = {"station": STATION, "officer": officer, "password": password}
    answer = await client.post("/v1/sessions", json=body)
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    client.headers["Authorization"] = f"Bearer {token}"
    return token


def plain_client(url: str) -> httpx.AsyncClient:
    """An HTTP client that loads no certificates, which would take longer than the tests."""
    return httpx.AsyncClient(base_url=url, trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[httpx.AsyncClient]:
    """A plain HTTP client, not signed in."""
    async with plain_client(server.url) as client:
        yield client
