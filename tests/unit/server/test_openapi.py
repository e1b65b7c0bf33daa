"""The OpenAPI document and docs/protocol.md say what the server does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

from counterdesk.station.commands import AnyCommand
from counterdesk.station.events import AnyEvent
from counterdesk.station.model import PlanCode
from counterdesk.station.refused import REFUSAL_CODES
from counterdesk.station.routing import REASONS
from mock_server import openapi, wire
from mock_server.routes import ROUTES, Route
from tests.server_process import TestServer
from tests.unit.server.conftest import sign_in

PROTOCOL = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text("utf-8")


async def test_the_document_is_served(client: httpx.AsyncClient) -> None:
    served = (await client.get("/openapi.json")).json()
    assert served == json.loads(json.dumps(openapi.document()))
    assert served["openapi"] == "3.1.0"


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        mapped = list(part["mapping"].values()) if "mapping" in part else []
        return own + mapped + [ref for value in part.values() for ref in references(value)]
    if isinstance(part, list):
        return [ref for value in part for ref in references(value)]
    return []


def test_every_reference_leads_somewhere() -> None:
    document = openapi.document()
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    found = set(references(document["paths"])) | set(references(document["components"]))
    assert found
    assert found <= known


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_every_route_exists(server: TestServer, client: httpx.AsyncClient, route: Route) -> None:
    operation = openapi.document()["paths"][route.path][route.method.lower()]
    assert operation["operationId"] == route.name
    assert {int(status) for status in operation["responses"]} == set(route.statuses)
    if not route.open:
        await sign_in(client)
    path = route.path.format(case="unknown", officer="unknown", counter="unknown")
    async with client.stream(route.method, path) as answer:
        assert answer.status_code in route.statuses
        assert answer.status_code not in (404, 405)


def test_the_protocol_names_every_route_command_event_refusal_and_error() -> None:
    for route in ROUTES:
        assert f"`{route.method} {route.path}`" in PROTOCOL, route
    for kind in (*get_args(AnyCommand), *get_args(AnyEvent)):
        assert f"| `{kind.__name__}` |" in PROTOCOL, kind
    for code in (*REFUSAL_CODES, *get_args(wire.ErrorCode)):
        assert f"`{code}`" in PROTOCOL, code


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_the_protocol_names_every_status(route: Route) -> None:
    row = re.search(rf"^\| `{route.method} {re.escape(route.path)}` \|(.*)\|(.*)\|$", PROTOCOL, re.MULTILINE)
    assert row
    assert {int(status) for status in re.findall(r"\d{3}", row[2])} | {431, 500, 503} == set(route.statuses)
    assert (row[1].strip() == "–") == route.open


def named(kind: str) -> set[str]:
    """The names in the row of a command or an event."""
    row = re.search(rf"^\| `{kind}` \|(.*)$", PROTOCOL, re.MULTILINE)
    assert row, kind
    return set(re.findall(r"`(\w+)`", row[1]))


def test_the_protocol_names_every_field() -> None:
    for kind in (*get_args(AnyCommand), *get_args(AnyEvent)):
        assert set(kind.__struct_fields__) - {"at", "by"} <= named(kind.__name__) | {"at", "by"}, kind


def test_the_protocol_names_every_reason_of_a_call_and_of_a_plan() -> None:
    reasons = {code.removesuffix("_few") for code in REASONS}
    assert named("TicketCalled") == reasons | {"given", "_few", "ticket", "counter", "because"}
    assert set(get_args(PlanCode)) <= named("PlanAnnounced")


def test_the_protocols_examples_are_json() -> None:
    examples = re.findall(r"^```json\n(.*?)^```", PROTOCOL, re.MULTILINE | re.DOTALL)
    assert len(examples) >= 6
    for example in examples:
        json.loads(example)
