"""The OpenAPI 3.1 document, built from the table of routes and the types themselves."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import msgspec

from counterdesk import __version__
from mock_server.routes import ROUTES, Route

_TEMPLATE = "#/components/schemas/{name}"


def _types() -> list[Any]:
    """Every type that some route takes or gives, once."""
    types: dict[int, Any] = {}
    for route in ROUTES:
        for kind in (route.body, *route.statuses.values()):
            if kind is not None and not isinstance(kind, str):
                types[id(kind)] = kind
    return list(types.values())


def document() -> dict[str, Any]:
    """The document as JSON data."""
    types = _types()
    schemas, components = msgspec.json.schema_components(types, ref_template=_TEMPLATE)
    by_type = {id(kind): schema for kind, schema in zip(types, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, by_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "counterdesk station server", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"session": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"session": []}],
    }


def _operation(route: Route, by_type: dict[int, Any]) -> dict[str, Any]:
    text = {"type": "string"}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": text} for name in re.findall(r"{(\w+)}", route.path)
    ]
    parameters += [
        {
            "name": header.name,
            "in": "header",
            "required": header.required,
            "description": header.text,
            "schema": text,
        }
        for header in route.headers
    ]
    parameters += [
        {
            "name": query.name,
            "in": "query",
            "required": query.required,
            "description": query.text,
            "schema": text if query.kind is None else msgspec.json.schema(query.kind),
        }
        for query in route.query
    ]
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": parameters,
        "responses": {str(status): _answer(status, kind, by_type) for status, kind in route.statuses.items()},
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _json(by_type[id(route.body)])}
    if route.open:
        operation["security"] = []
    return operation


def _answer(status: int, kind: Any, by_type: dict[int, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if kind == "events":
        answer["content"] = {"text/event-stream": {}}
    elif kind == "object":
        answer["content"] = _json({"type": "object"})
    elif isinstance(kind, str):
        answer["content"] = {kind: {}}
    elif kind is not None:
        answer["content"] = _json(by_type[id(kind)])
    return answer


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
