"""Every status of every route, and no 5xx whatever is sent."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from counterdesk.backends import base
from counterdesk.catalog.load import load
from tests.server_process import STATION, TestServer
from tests.unit.server.conftest import plain_client, sign_in

OPEN = {"type": "OpenCounter", "counter": "1", "groups": ["HK"]}
ISSUE = {"type": "IssueTicket", "group": "HK"}


async def command(client: httpx.AsyncClient, body: object, key: str = "") -> httpx.Response:
    return await client.post("/v1/commands", json=body, headers={"Idempotency-Key": key or uuid4().hex})


async def open_case(client: httpx.AsyncClient, counter: str) -> str:
    """A new draft of the officer at `counter`."""
    case = uuid4().hex
    for body in (
        {"type": "OpenCounter", "counter": counter, "groups": ["HK"]},
        ISSUE,
        {"type": "CallNext", "counter": counter},
        {"type": "StartService", "counter": counter},
        {"type": "OpenCase", "counter": counter, "case": case, "service": "hukou.birth"},
    ):
        answer = await command(client, body)
        assert answer.status_code in (200, 409), answer.text
    assert answer.status_code == 200, answer.text
    return case


async def test_sign_in_says_who_and_where(client: httpx.AsyncClient) -> None:
    body = {"station": STATION, "officer": "031234", "password": "correct horse battery"}
    answer = await client.post("/v1/sessions", json=body)
    assert answer.status_code == 201
    session = msgspec.convert(answer.json()["session"], base.Session)
    assert (session.station, session.station_name, session.name) == (STATION, "示范派出所", "officer 031234")
    assert (session.actor.id, session.actor.role, session.mode) == ("031234", "officer", "live")
    assert session.catalog == load().label
    assert answer.headers["cache-control"] == "no-store"


async def test_a_wrong_password_is_401(client: httpx.AsyncClient) -> None:
    for body in (
        {"station": STATION, "officer": "wrong-once", "password": "wrong"},
        {"station": "elsewhere", "officer": "031234", "password": "wrong"},
    ):
        answer = await client.post("/v1/sessions", json=body)
        assert (answer.status_code, answer.json()) == (401, {"error": "wrong_password"})


async def test_too_many_failures_are_429_with_a_time(client: httpx.AsyncClient) -> None:
    body = {"station": STATION, "officer": "locked-out", "password": "wrong"}
    assert (await client.post("/v1/sessions", json=body)).status_code == 401
    answer = await client.post("/v1/sessions", json=body)
    assert (answer.status_code, answer.json()) == (429, {"error": "throttled", "seconds": 1})
    assert answer.headers["retry-after"] == "1"


async def test_a_shift_note_over_http(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    path = "/v1/counters/1/note"
    assert (await client.get(path)).status_code == 409  # the counter is closed
    assert (await command(client, OPEN)).status_code == 200
    assert (await client.get(path)).json() == {"error": "not_found"}
    for text in ("", "x" * 201, "a\0b"):
        assert (await client.put(path, json={"text": text})).status_code == 400
    assert (await client.put(path, json={"text": "材料在抽屉\u3000"})).status_code == 204
    note = (await client.get(path)).json()
    assert (note["counter"], note["author"], note["text"]) == ("1", "031234", "材料在抽屉\u3000")
    assert [(await client.delete(path)).status_code for _ in range(2)] == [204, 204]
    assert (await client.get(path)).status_code == 404
    assert (await command(client, {"type": "CloseCounter", "counter": "1"})).status_code == 200


PROTECTED = [
    ("DELETE", "/v1/sessions"),
    ("POST", "/v1/commands"),
    ("GET", "/v1/station"),
    ("GET", "/v1/events"),
    ("GET", "/v1/cases/x/file"),
    ("PUT", "/v1/cases/x/file"),
    ("POST", "/v1/archives/lookup"),
    ("GET", "/v1/counters/1/note"),
    ("PUT", "/v1/counters/1/note"),
    ("DELETE", "/v1/counters/1/note"),
]


@pytest.mark.parametrize(("method", "path"), PROTECTED)
@pytest.mark.parametrize("header", [None, "Bearer", "Bearer nothing", "Basic eDp4", "nothing"])
async def test_without_a_session_everything_is_401(
    client: httpx.AsyncClient, method: str, path: str, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = await client.request(method, path, headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"error": "not_signed_in"})


async def test_after_signing_out_the_token_is_nothing(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    assert (await client.get("/v1/station")).status_code == 200
    assert (await client.delete("/v1/sessions")).status_code == 204
    assert (await client.get("/v1/station")).status_code == 401
    assert (await client.delete("/v1/sessions")).status_code == 401


async def test_a_command_is_carried_out_once(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    first = await command(client, ISSUE, "once")
    again = await command(client, ISSUE, "once")
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert first.json()["command"] == "once"
    assert first.json()["events"][-1]["event"]["type"] == "TicketIssued"
    other = await command(client, OPEN, "once")
    assert (other.status_code, other.json()) == (422, {"error": "command_id_reused"})


async def test_another_officer_cannot_use_the_same_id(server: TestServer, client: httpx.AsyncClient) -> None:
    await sign_in(client)
    await command(client, ISSUE, "mine")
    async with plain_client(server.url) as second:
        await sign_in(second, "031235")
        assert (await command(second, ISSUE, "mine")).status_code == 422


async def test_a_refusal_is_409_and_stays_the_same(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    body = {"type": "CallNext", "counter": "9"}
    first, again = await command(client, body, "no"), await command(client, body, "no")
    assert first.status_code == 409
    assert first.json()["refused"] == "unknown_counter"
    assert first.json() == again.json()


async def test_what_a_role_may_not_is_refused(client: httpx.AsyncClient) -> None:
    await sign_in(client, "900001")
    answer = await command(client, ISSUE)
    assert (answer.status_code, answer.json()["refused"]) == (409, "not_permitted")
    lookup = {"service": "hukou.birth", "key": "x", "value": "y"}
    assert (await client.post("/v1/archives/lookup", json=lookup)).json()["refused"] == "not_permitted"


async def test_the_snapshot_is_a_station(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    issued = (await command(client, ISSUE)).json()["events"][-1]
    snapshot = msgspec.json.decode((await client.get("/v1/station")).content, type=base.Snapshot)
    assert snapshot.seq >= issued["seq"]
    assert issued["event"]["ticket"] in snapshot.state.tickets


async def test_case_files_are_versioned(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    case = await open_case(client, "2")
    path = f"/v1/cases/{case}/file"
    empty = await client.get(path)
    assert (empty.status_code, empty.headers["etag"]) == (200, '"0"')
    file = empty.json() | {"answers": {"name": {"value": "王小明"}}}
    stored = await client.put(path, json=file, headers={"If-Match": '"0"'})
    assert (stored.status_code, stored.json(), stored.headers["etag"]) == (200, {"version": 1}, '"1"')
    conflict = await client.put(path, json=file, headers={"If-Match": '"0"'})
    assert (conflict.status_code, conflict.json()) == (412, {"error": "conflict", "current": 1})
    assert conflict.headers["etag"] == '"1"'
    read = await client.get(path)
    assert read.json()["answers"] == {"name": {"value": "王小明"}}
    assert read.headers["etag"] == '"1"'


async def test_a_case_file_is_written_only_by_its_own_path_and_version(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    file = {"case": "a", "version": 1}
    for path, headers, status in (
        ("/v1/cases/a/file", {}, 428),
        ("/v1/cases/a/file", {"If-Match": "*"}, 400),
        ("/v1/cases/a/file", {"If-Match": "1"}, 400),
        ("/v1/cases/a/file", {"If-Match": '"2"'}, 400),
        ("/v1/cases/b/file", {"If-Match": '"1"'}, 400),
        ("/v1/cases/a/file", {"If-Match": '"1"'}, 409),
    ):
        answer = await client.put(path, json=file, headers=headers)
        assert answer.status_code == status, (path, headers, answer.text)


async def test_a_stranger_reads_no_case_file(server: TestServer, client: httpx.AsyncClient) -> None:
    await sign_in(client, "031235")
    case = await open_case(client, "3")
    async with plain_client(server.url) as other:
        await sign_in(other, "031239")
        answer = await other.get(f"/v1/cases/{case}/file")
        assert (answer.status_code, answer.json()["refused"]) == (409, "case_not_yours")
        await sign_in(other, "900001")
        assert (await other.get(f"/v1/cases/{case}/file")).json()["refused"] == "not_permitted"


async def test_a_lookup_carries_the_value_in_its_body(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    body = {"service": "hukou.birth", "key": "applicant_id", "value": "110101199003078515"}
    answer = await client.post("/v1/archives/lookup", json=body)
    assert (answer.status_code, answer.json()) == (200, {"facts": {}})


async def test_health_and_unknown_routes(client: httpx.AsyncClient) -> None:
    health = await client.get("/healthz")
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    for path in ("/", "/v1", "/v1/sessions/", "/v1/cases//file", "/v2/station", "/%00"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()) == (404, {"error": "not_found"}), path
    for method, path in (("GET", "/v1/commands"), ("HEAD", "/v1/events"), ("PATCH", "/healthz"), ("BREW", "/healthz")):
        assert (await client.request(method, path)).status_code == 405, (method, path)
    assert set((await client.get("/v1/commands")).headers["allow"].split(", ")) == {"POST"}


def _deep(depth: int) -> bytes:
    return b'{"type":"CallNext","counter":' + b"[" * depth + b"]" * depth + b"}"


HOSTILE: list[bytes] = [
    b"",
    b"\xff",
    b'{"type":"CallNext","counter":"\xff"}',
    b'{"type":"CallNext","counter":"\\ud800"}',
    b'{"type":"CallNext","counter":"\\u0000"}',
    b'{"type":"CallNext","counter":"\\u001b[2J"}',
    b"\xef\xbb\xbf{}",
    b"null",
    b"[]",
    b"{}",
    b"1e999",
    b'{"type":"CallNext"}',
    b'{"type":"CallNext","counter":1}',
    b'{"type":"CallNext","counter":"1","more":1}',
    b'{"type":"Nothing"}',
    b'{"type":["CallNext"]}',
    b'{"type":"CallNext","counter":"1"}{}',
    b'{"type":"CallNext","counter":"' + b"1" * 1000 + b'"}',
    b'{"type":"OpenCounter","counter":"1","groups":[' + b'"HK",' * 999 + b'"HK"]}',
    b'{"type":"BookAppointment","appointment":"a","group":"HK","at":"2026-11-02T09:00:00"}',
    b'{"type":"BookAppointment","appointment":"a","group":"HK","at":"0001-01-01T00:00:00+23:59"}',
    b'{"type":"BookAppointment","appointment":"a","group":"HK","at":"9999-12-31T23:59:59-23:59"}',
    b'{"type":"BookAppointment","appointment":"a","group":"HK","at":1e30}',
    b'{"type":"ConfigureStation","station":"a","name":"b","counters":["1"],"groups":[],"settings":{"undo":'
    + b"9" * 400
    + b"}}",
    b'{"type":"ConfigureStation","station":"a","name":"b","counters":["1"],"groups":[],"settings":{"undo":-1}}',
    _deep(100_000),
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
async def test_a_hostile_command_is_400(client: httpx.AsyncClient, body: bytes) -> None:
    await sign_in(client)
    answer = await client.post("/v1/commands", content=body, headers={"Idempotency-Key": uuid4().hex})
    assert (answer.status_code, answer.json()) == (400, {"error": "bad_request"})


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_bodies_elsewhere_are_400(client: httpx.AsyncClient, body: bytes) -> None:
    assert (await client.post("/v1/sessions", content=body)).status_code == 400
    await sign_in(client)
    assert (await client.post("/v1/archives/lookup", content=body)).status_code == 400
    put = await client.put("/v1/cases/a/file", content=body, headers={"If-Match": '"0"'})
    assert put.status_code == 400


FILES: list[dict[str, Any]] = [
    {"answers": {"x": {"value": 10**400}}},
    {"answers": {"x": {"value": -(10**16)}}},
    {"answers": {"x": {"value": [{"a": 10**20}]}}},
    {"answers": {"x": {"value": "a\0b"}}},
    {"answers": {"a\0b": {"value": "x"}}},
    {"answers": {"x": {"value": 1.5}}},
    {"answers": {"x": {"value": {"a": 1}}}},
    {"version": -1},
    {"version": 10**30},
    {"materials": {"x": "perhaps"}},
    {"unknown": 1},
]


@pytest.mark.parametrize("part", FILES, ids=range(len(FILES)))
async def test_a_hostile_case_file_is_400(client: httpx.AsyncClient, part: dict[str, Any]) -> None:
    await sign_in(client)
    file = {"case": "a", "version": 0} | part
    answer = await client.put("/v1/cases/a/file", json=file, headers={"If-Match": f'"{file["version"]}"'})
    assert answer.status_code == 400


@pytest.mark.parametrize("size", [(1 << 20) + 1, 2 << 20, 9 << 20])
async def test_a_body_beyond_the_limit_is_413(client: httpx.AsyncClient, size: int) -> None:
    body = json.dumps({"type": "CallNext", "counter": "1"}).encode().ljust(size)
    try:
        answer = await client.post("/v1/sessions", content=body)
    except httpx.TransportError:
        # Beyond what is drained the server hangs up; the client may be told or only cut off.
        assert size > 8 << 20
    else:
        assert (answer.status_code, answer.json()) == (413, {"error": "too_large"})


async def test_a_body_at_the_limit_is_read(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    body = json.dumps(ISSUE).encode().ljust(1 << 20)
    answer = await client.post("/v1/commands", content=body, headers={"Idempotency-Key": uuid4().hex})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("key", "error"),
    [
        (None, "idempotency_key_missing"),
        (b"", "idempotency_key_missing"),
        (b"k" * 65, "bad_request"),
        (b"\xe9", "bad_request"),
        (b"a\tb", "bad_request"),
    ],
)
async def test_a_command_needs_a_proper_id(client: httpx.AsyncClient, key: bytes | None, error: str) -> None:
    await sign_in(client)
    headers = {} if key is None else {b"Idempotency-Key": key}
    answer = await client.post("/v1/commands", json=ISSUE, headers=headers)
    assert (answer.status_code, answer.json()) == (400, {"error": error})
    if key is None:
        assert (await client.post("/v1/commands", json=ISSUE, headers={"Idempotency-Key": "k" * 64})).status_code == 200
