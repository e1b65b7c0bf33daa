"""x"""
from __future__ import annotations
from tests.ui.screens.counter import at_counter
async def test_x() -> None:
    for size in ((120,40),(80,24)):
        async with at_counter(("HK","hukou.birth"), size=size) as counter:
            await counter.serve()
            await counter.fill("hukou.birth", "B6 joins the father, DNA report missing")
            await counter.press("switch_panel","switch_panel")
            print(counter.pilot.app.focused, counter.pilot.app.focused.cursor_id)
            await counter.press("policy")
            print(counter.text())
            await counter.press("down","down","enter")
            print(counter.text())
            await counter.press("policy")
            print(counter.text())
            await counter.type("监护")
            await counter.pilot.pause()
            print(counter.text())
            await counter.press("down","enter")
            print(counter.text())
            await counter.press("escape")
            print(counter.text())
            await counter.press("escape","escape","escape")
            print(counter.text())
            print(counter.pilot.app.focused, counter.pilot.app.focused.cursor_id)
