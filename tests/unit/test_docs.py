"""What the documents say of the rules is what the rules say. UPDATE_DOCS=1 writes the generated parts anew."""

from __future__ import annotations

import inspect
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
import pytest

from counterdesk.locale import Words
from counterdesk.route import answer
from counterdesk.screens.actions import ACTIONS, key_name
from counterdesk.station.authority import MATRIX
from counterdesk.station.hall import Hall, HallCounter, HallGroup, HallTicket, Question
from counterdesk.station.roles import PERMISSIONS, Role
from counterdesk.station.routing import LONGEST, MOST_OVERTAKEN
from counterdesk.station.steps import STEPS
from mock_server.routes import ROUTES

ROOT = Path(__file__).parents[2]


def steps_table() -> str:
    """The legal-steps table as Markdown."""
    words = Words.load("zh_CN")
    rows = ["| Command | 中文 | Acts on | From | To |", "|---|---|---|---|---|"]
    for command, step in STEPS.items():
        name = command.__name__
        sources = " ".join(f"`{source}`" for source in sorted(step.sources)) or "–"
        target = " ".join(f"`{part}`" for part in step.target.split("|")) if step.target else "unchanged"
        rows.append(f"| `{name}` | {words(f'command.{name}')} | {step.subject} | {sources} | {target} |")
    return "\n".join(rows)


def keys_table() -> str:
    """The keys as Markdown."""
    zh, en = Words.load("zh_CN"), Words.load("en")
    rows = ["| Key | 中文 | What it does |", "|---|---|---|"]
    rows += [
        f"| {key_name(action.key)} | {zh(f'action.{action.id}')} | {en(f'action_help.{action.id}')} |"
        for action in ACTIONS
        if action.key
    ]
    return "\n".join(rows)


def routes_table() -> str:
    """The server's routes as Markdown, without the answers that each of them can give."""
    rows = ["| route | needs | answers |", "|---|---|---|"]
    for route in ROUTES:
        needs = "–" if route.open else f"session, `{route.right}`" if route.right else "session"
        stream = {200: "200 (a stream)"} if route.answers.get(200) == "events" else {}
        answers = [stream.get(status, str(status)) for status in route.statuses if status not in (431, 500, 503)]
        rows.append(f"| `{route.method} {route.path}` | {needs} | {', '.join(answers)} |")
    return "\n".join(rows)


def rights_table() -> str:
    """Who may do what as Markdown; `benchmarks/torture/roles.py` reads it back."""
    rows = ["| action | on | states | whose | or by | roles |", "|---|---|---|---|---|---|"]
    for action, right in MATRIX.items():
        states = marked(right.states) or "any"
        whose = marked(right.relations) or "anybody's"
        if right.guarded:
            whose += f" while {marked(right.guarded)}"
        if right.lease:
            whose += ", else after the lease"
        roles = [role for role in get_args(Role) if action in PERMISSIONS[role]]
        wider = f"`{right.wider}`" if right.wider else ""
        rows.append(f"| `{action}` | {right.kind} | {states} | {whose} | {wider} | {marked(roles)} |")
    for name in ("cherry_pick", "other_counter", "any_file", "all_figures"):
        roles = [role for role in get_args(Role) if name in PERMISSIONS[role]]
        rows.append(f"| `{name}` | – | – | – | | {marked(roles)} |")
    return "\n".join(rows)


def snapshot_tables() -> str:
    """What a hall's snapshot is made of, as Markdown: each object, what its fields mean and what may stand there."""
    parts = []
    for cls in (Question, HallGroup, HallCounter, HallTicket):
        meaning = " ".join(inspect.cleandoc(cls.__doc__ or "").split())
        if cls is Question:
            meaning = " ".join((meaning, *inspect.cleandoc(Hall.__doc__ or "").split()))
        rows = ["| field | JSON | default |", "|---|---|---|"]
        for field in msgspec.structs.fields(cls):
            default = field.default_factory() if callable(field.default_factory) else field.default
            shown = "needed" if field.required else f"`{msgspec.json.encode(default).decode()}`"
            rows.append(f"| `{field.name}` | {json_type(field.type)} | {shown} |")
        parts.append("\n".join((f"**{TITLES[cls]}** {meaning}", "", *rows)))
    return "\n\n".join(parts)


def json_type(hint: Any) -> str:
    """What may stand in a field, in words."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return f"{json_type(arguments[0])}{_limits(arguments[1])}"
    if origin is Literal:
        return ", ".join(f"`{json.dumps(value)}`" for value in arguments)
    if origin in (UnionType, Union):
        return " or ".join(json_type(argument) for argument in arguments)
    if origin is dict:
        return f"object of {json_type(arguments[1])}"
    if origin is tuple and arguments[-1] is Ellipsis:
        return f"list of {json_type(arguments[0])}"
    if origin is tuple:
        return "[" + ", ".join(json_type(argument) for argument in arguments) + "]"
    names = {str: "text", float: "number", int: "whole number", bool: "true or false", type(None): "null"}
    return names[hint] if hint in names else TITLES[hint].lower()


def _limits(meta: msgspec.Meta) -> str:
    limits = {"≥": meta.ge, ">": meta.gt, "≤": meta.le}
    return "".join(f" {sign} {value:,}" for sign, value in limits.items() if value is not None).replace(",", "")


TITLES: dict[Any, str] = {Question: "Question", HallGroup: "Group", HallCounter: "Counter", HallTicket: "Ticket"}


def marked(names: Iterable[str]) -> str:
    """Names as code, in the order of the alphabet."""
    return " ".join(f"`{name}`" for name in sorted(names))


@pytest.mark.parametrize(
    ("document", "name", "made"),
    [
        ("docs/architecture.md", "steps", steps_table()),
        ("README.md", "keys", keys_table()),
        ("docs/protocol.md", "routes", routes_table()),
        ("docs/protocol.md", "rights", rights_table()),
        ("docs/protocol.md", "snapshot", snapshot_tables()),
    ],
)
def test_a_generated_table_is_the_one_in_the_document(document: str, name: str, made: str) -> None:
    file = ROOT / document
    text = file.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {name}: made by tests/unit/test_docs.py -->\n).*?(\n?<!-- end -->)", re.DOTALL)
    assert pattern.search(text), f"{document} has no place for {name}"
    if os.environ.get("UPDATE_DOCS"):
        file.write_text(pattern.sub(lambda match: match[1] + made + "\n<!-- end -->", text), encoding="utf-8")
    else:
        assert f"-->\n{made}\n<!-- end -->" in text, f"{document}: UPDATE_DOCS=1 pytest {Path(__file__).name}"


def test_the_guards_are_documented_with_their_figures() -> None:
    text = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    assert f"the longest wait ({LONGEST:g} minutes)" in text
    assert f"overtaken {MOST_OVERTAKEN} times" in text


def test_the_examples_of_a_question_are_asked_and_answered_so() -> None:
    text = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
    (examples,) = re.findall(r"<!-- route -->\n```jsonl\n(.*?)```", text, re.DOTALL)
    lines = examples.splitlines()
    words = Words.load("zh_CN"), Words.load("en")
    asked = enumerate(lines[::2], start=1)
    answers = [msgspec.json.encode(answer(line.encode(), words, number)).decode() for number, line in asked]
    assert answers == lines[1::2]


def test_every_room_of_the_architecture_is_there() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    for path in re.findall(r"`((?:counterdesk|mock_server|tests|benchmarks|docs)/[\w./]*)`", text):
        assert (ROOT / path).exists(), path
