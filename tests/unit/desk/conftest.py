"""A running desk for each test, and retries that take no time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from counterdesk.desk import desk
from tests.unit.desk.fake import Rig


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "RETRY_SECONDS", (0.001, 0.002))


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """A desk over a fake station, not started; whatever it does, nothing of it may be left at the end."""
    made = Rig()
    yield made
    async with asyncio.timeout(5):
        await made.inline.stop()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert made.fake.listeners == 0
