"""What the documents say of the rules is what the rules say. UPDATE_DOCS=1 writes the generated parts anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from counterdesk.locale import Words
from counterdesk.screens.actions import ACTIONS, key_name
from counterdesk.station.steps import STEPS

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


@pytest.mark.parametrize(
    ("document", "name", "made"),
    [("docs/architecture.md", "steps", steps_table()), ("README.md", "keys", keys_table())],
)
def test_a_generated_table_is_the_one_in_the_document(document: str, name: str, made: str) -> None:
    file = ROOT / document
    text = file.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {name}: made by tests/unit/test_docs.py -->\n).*?(\n<!-- end -->)", re.DOTALL)
    assert pattern.search(text), f"{document} has no place for {name}"
    if os.environ.get("UPDATE_DOCS"):
        file.write_text(pattern.sub(lambda match: match[1] + made + match[2], text), encoding="utf-8")
    else:
        assert f"-->\n{made}\n<!-- end -->" in text, f"{document}: UPDATE_DOCS=1 pytest {Path(__file__).name}"


def test_every_room_of_the_architecture_is_there() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    for path in re.findall(r"`((?:counterdesk|mock_server|tests|benchmarks|docs)/[\w./]*)`", text):
        assert (ROOT / path).exists(), path
