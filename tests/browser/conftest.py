"""One browser for all tests of the page; where there is none they are skipped, and say so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Browser, Failed, found
from tests.server_process import TestServer, prepare, server_in_thread
from tests.unit.server.conftest import OFFICERS


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The browser."""
    if not found():
        pytest.skip("no chromium on this machine (apt-get install chromium, then make browser)")
    try:
        started = Browser(tmp_path_factory.mktemp("chromium"))
    except Failed as error:
        pytest.skip(f"chromium does not start here: {error}")
    with started:
        yield started


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    """The browser with nothing left of the test before."""
    chromium.ask("Emulation.setEmulatedMedia", media="", features=[])
    chromium.ask("Emulation.setScriptExecutionDisabled", value=False)
    chromium.size(1280, 720)
    return chromium


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[TestServer]:
    """A hall with one counter open."""
    prepare(tmp_path / "db", OFFICERS)
    with server_in_thread(tmp_path / "db") as running:
        yield running
