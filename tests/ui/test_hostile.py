"""A short form of the torture with hostile strings, and that nobody hands a stock widget text with markup on."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from textual.app import App

import counterdesk
from benchmarks.torture import hostile_strings
from counterdesk.app import CounterdeskApp
from tests.ui.screens.counter import at_counter

ROOT = Path(counterdesk.__file__).parent
MARKED = {
    *(
        "Static",
        "Label",
        "Button",
        "Checkbox",
        "RadioButton",
        "OptionList",
        "SelectionList",
        "Select",
        "Tree",
        "DataTable",
    ),
    *("Collapsible", "TabbedContent", "RichLog", "Markdown", "Option", "notify", "from_markup", "Widget"),
}
"""What reads markup in a text that it is given, unless it is told not to."""
TITLES = {"border_title", "border_subtitle", "tooltip", "sub_title"}


def marked(source: str) -> list[str]:
    """Where a piece of code gives text with markup on to a widget of Textual's."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            off = any(
                word.arg == "markup" and isinstance(word.value, ast.Constant) and word.value.value is False
                for word in node.keywords
            )
            if name in MARKED and not off and node.args:
                found.append(f"{node.lineno}: {name}")
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += [
                f"{node.lineno}: {target.attr}"
                for target in targets
                if isinstance(target, ast.Attribute) and target.attr in TITLES
            ]
    return found


@pytest.mark.parametrize(
    "file",
    [file for room in ("widgets", "screens") for file in sorted((ROOT / room).rglob("*.py"))] + [ROOT / "app.py"],
    ids=lambda file: str(file.relative_to(ROOT)),
)
def test_no_text_is_shown_with_markup_on(file: Path) -> None:
    assert marked(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    ["Static(name)", "Label(f'{x}')", "self.notify(name)", "panel.border_title = name", "Static(name, markup=True)"],
)
def test_control_text_with_markup_is_found(line: str) -> None:
    assert marked(line) != []
    assert marked("Static(name, markup=False)") == []


def test_hostile_strings_short() -> None:
    outcome = hostile_strings.run(1_200, 7)
    assert outcome.violations == 0, outcome
    assert outcome.control > 0, outcome


async def test_there_is_no_way_out_for_what_stands_on_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clipboard (OSC 52), screenshots, the browser and the palette, whose commands would reach them."""
    written: list[str] = []
    async with at_counter("TV") as counter:
        app = counter.pilot.app
        assert isinstance(app, CounterdeskApp)
        assert app._driver is not None
        monkeypatch.setattr(app._driver, "write", written.append)
        monkeypatch.setattr(app._driver, "open_url", lambda *_, **__: written.append("url"))
        app.copy_to_clipboard("310000199001010010")
        app.deliver_screenshot()
        assert app.save_screenshot() == ""
        app.action_screenshot()
        app.open_url("http://example.invalid")
        await counter.pilot.pause()
        assert not app.ENABLE_COMMAND_PALETTE
    assert not any("52;c;" in words or words == "url" for words in written)
    assert App.copy_to_clipboard is not CounterdeskApp.copy_to_clipboard
