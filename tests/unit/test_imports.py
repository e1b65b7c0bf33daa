"""What is loaded when: a command that shows no screen loads none, and nothing is loaded before it is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCREEN = {"textual", "rich"}
NETWORK = {"httpx", "starlette", "uvicorn"}
SECRETS = {"keyring", "argon2", "cryptography"}


def loaded(code: str) -> set[str]:
    """The top-level modules that are there after this code, in an interpreter of its own."""
    script = f"import sys\n{code}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_help_and_version_load_nothing(option: str) -> None:
    code = (
        "from counterdesk.cli import main\n"
        f"try:\n    main(['{option}'])\nexcept SystemExit as end:\n    assert end.code == 0"
    )
    found = loaded(code)
    assert not found & (SCREEN | NETWORK | SECRETS | {"platformdirs", "msgspec", "asyncio", "mock_server"})


@pytest.mark.parametrize(
    "module",
    [
        "desk.desk",
        "desk.board_line",
        "station.figures",
        "station.summary",
        "station.board",
        "practice.days",
        "desk.handle",
        "desk.intake",
        "desk.state",
        "backends.base",
        "backends.practice",
        "backends.registry",
        "backends.sse",
        "station.host",
        "station.decide",
        "catalog.assess",
        "catalog.load",
        "catalog.index",
        "practice.world",
        "practice.fill",
        "practice.command",
        "practice.ledger",
        "locale",
        "text",
        "terminal",
        "settings",
        "demo",
        "sealing",
        "journal.model",
        "journal.journal",
    ],
)
def test_what_has_no_screen_loads_none(module: str) -> None:
    assert not loaded(f"import counterdesk.{module}") & (SCREEN | NETWORK | SECRETS | {"sqlite3"})


@pytest.mark.parametrize("arguments", [["doctor"], ["doctor", "--json"]])
def test_the_doctor_starts_neither_screen_nor_network(arguments: list[str], tmp_path: Path) -> None:
    code = (
        "import contextlib, io, os\n"
        f"os.environ |= {{'HOME': {str(tmp_path)!r}, 'DBUS_SESSION_BUS_ADDRESS': 'unix:path=/nonexistent'}}\n"
        "from counterdesk.cli import main\n"
        f"with contextlib.redirect_stdout(io.StringIO()):\n    main({arguments})"
    )
    assert not loaded(code) & (SCREEN | NETWORK | SECRETS)


def test_an_opened_journal_brings_no_secrets_in_before_an_officer_signs_in(tmp_path: Path) -> None:
    code = f"""
import asyncio
from pathlib import Path
from counterdesk.journal.journal import Journal
journal = Journal.open(Path({str(tmp_path)!r}) / "j" / "x.journal", mode="live", station="demo", counter="3")
asyncio.run(journal.close())
"""
    found = loaded(code)
    assert "sqlite3" in found
    assert not found & (SCREEN | NETWORK | SECRETS)


def test_a_practice_desk_at_work_reaches_for_no_network() -> None:
    code = """
import asyncio
from counterdesk.backends import registry
from counterdesk.desk.desk import Desk
from counterdesk.desk.handle import DeskInline
from counterdesk.station.commands import IssueTicket

async def work():
    desk = DeskInline(Desk(registry.load("practice")(hall=False), "3", "T001", ""))
    desk.start(lambda: None)
    while desk.state.link.status != "online":
        await asyncio.sleep(0)
    desk.call(lambda d: d.submit(IssueTicket(group=next(iter(desk.state.station.groups)))))
    while not desk.state.station.tickets:
        await asyncio.sleep(0)
    await desk.stop()

asyncio.run(asyncio.wait_for(work(), 20))
"""
    assert not loaded(code) & (SCREEN | NETWORK | SECRETS | {"sqlite3", "mock_server"})


def test_a_trainees_desk_with_its_course_reaches_for_no_network() -> None:
    code = """
from datetime import date
import counterdesk.app, counterdesk.screens.teaching
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.desk.classroom import Classroom
from counterdesk.desk.clock import wall_clock
from counterdesk.desk.desk import Desk
from counterdesk.practice.course import make_course
from counterdesk.practice.lesson import Lesson, PracticeClock

index, clock = Index(load()), PracticeClock(wall_clock)
course = make_course(index, "hints", 7, date(2026, 11, 23), ["idcard.renew:P1"])
Desk(Classroom(Lesson(index, "3"), clock, index, course).backend, "3", "T001", "", clock=clock)
"""
    assert not loaded(code) & (NETWORK | SECRETS | {"sqlite3", "mock_server"})


def test_a_real_desk_loads_nothing_of_what_is_practised() -> None:
    code = "import counterdesk.app\nassert not [m for m in sys.modules if m.startswith('counterdesk.practice.')]"
    loaded(code)


def test_the_app_leaves_the_network_to_the_desks_thread() -> None:
    found = loaded("import counterdesk.app")
    assert found >= SCREEN
    assert not found & (NETWORK | SECRETS | {"sqlite3", "mock_server", "markdown_it"})


def test_a_start_looks_neither_through_what_is_installed_nor_into_archives() -> None:
    """Each of these costs a start some milliseconds and a desk half a megabyte for the whole day."""
    code = """
import counterdesk.cli, counterdesk.opening, counterdesk.app, counterdesk.desk.desk, counterdesk.desk.memory
from counterdesk.backends import registry
from counterdesk.catalog.load import load
from counterdesk.locale import Words
assert registry.known("http")
load(), Words.load("zh_CN")
assert "importlib.metadata" not in sys.modules
assert not [m for m in sys.modules if m.startswith("counterdesk.station.") and m[20:] in ("past_day", "whatif", "plan")]
"""
    assert not loaded(code) & {"zipfile", "csv"}


def test_a_practice_course_is_made_without_looking_into_archives() -> None:
    assert "zipfile" not in loaded("from counterdesk.practice.collection import written\nassert written()")


def test_textual_is_imported_only_after_the_terminal_is_decided() -> None:
    """What `_open` puts in the environment before it imports the app is what Textual has read."""
    code = """
import os
from counterdesk import terminal
terminal.apply(terminal.profile_for({"TERM": "xterm-256color"}), os.environ)
assert "textual" not in sys.modules
import counterdesk.app
from textual import constants
assert constants.TEXTUAL_ANIMATIONS == "none"
assert constants.DISABLE_KITTY_KEY
assert constants.COLOR_SYSTEM == "256"
"""
    assert loaded(code) >= SCREEN


def test_imports_go_down_the_floors() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        ('"counterdesk.widgets",', True),
        ('"counterdesk.widgets", # no change', False),
    ],
)
def test_control_a_wrong_floor_would_be_found(tmp_path: Path, line: str, broken: bool) -> None:
    """The contracts are not kept merely because nothing is looked at: with two floors exchanged they break."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    floors = text[text.index("[tool.importlinter]") :]
    if broken:
        floors = floors.replace(
            '"counterdesk.screens",\n    "counterdesk.widgets",', f'{line}\n    "counterdesk.screens",'
        )
        assert floors not in text
    config = tmp_path / "contracts.toml"
    config.write_text(floors, encoding="utf-8")
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", config, "--contract", "floors"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert (done.returncode != 0) == broken, done.stdout
