"""The entrance as text, to read and to review. After a change that is meant: UPDATE_GOLDEN=1 pytest <this file>."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from counterdesk.screens import guide
from tests.ui.screens.entrance import at_entrance
from tests.ui.screens.test_golden import GOLDEN
from tests.ui.screens.test_guide import given, typed

QUEUE = (("HK", "hukou.birth"), "TV", "ID", "TV", ("EE", "passport.first"), ("DV", "license.renew"), "TV", "TV")


@pytest.mark.parametrize(
    ("size", "language"), [((120, 40), "zh_CN"), ((80, 24), "zh_CN"), ((80, 24), "en")], ids=["wide", "narrow", "en"]
)
async def test_the_way_of_one_citizen(
    size: tuple[int, int], language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guide, "FORECAST_SECONDS", 0.0)  # what is said depends on the queue alone
    async with at_entrance(*QUEUE, folder=tmp_path, size=size, language=language, counters=1) as entrance:
        shots = {"home": entrance.text()}
        await typed(entrance, "idcard.renew")
        await entrance.press("enter")
        shots["confirm"] = entrance.text()
        await entrance.press(entrance.choice("way:kiosk"))
        shots["offer"] = entrance.text()
        await entrance.press("1", "precheck", "1", "2", "1")
        shots["papers"] = entrance.text()
        await entrance.press("escape", "enter")
        await given(entrance, tmp_path)
        entrance.screen.say("")
        await entrance.pilot.pause()
        shots["given"] = entrance.text()
        await entrance.press("help")
        shots["help"] = entrance.text()
    compare(shots, f"{size[0]}x{size[1]}" + ("" if language == "zh_CN" else f"-{language}"))


def compare(shots: dict[str, str], suffix: str) -> None:
    """Each picture with the one that was reviewed."""
    for name, shown in shots.items():
        file = GOLDEN / f"guide-{name}-{suffix}.txt"
        if os.environ.get("UPDATE_GOLDEN"):
            file.write_text(shown, encoding="utf-8")
        assert shown == file.read_text(encoding="utf-8"), name
