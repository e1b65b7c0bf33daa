"""The hall's board in a real browser: live, readable, said aloud, and back by itself after a broken line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from counterdesk.station import commands as c
from tests.browser.chromium import Browser
from tests.server_process import PASSWORD, TestServer, prepare, server_in_thread
from tests.unit.server.conftest import OFFICERS

NUMBERS = "[...document.querySelectorAll('.call .number')].map(one => one.textContent).join()"
CONTRAST = """
(() => {
  const light = (text) => {
    const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
      .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const found = getComputedStyle(at).backgroundColor;
      if (!/^rgba\\(.*, 0\\)$/.test(found)) return found;
    }
    return "rgb(255, 255, 255)";
  };
  return Math.min(...[...document.body.querySelectorAll("*")]
    .filter((one) => [...one.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
    .filter((one) => one.getClientRects().length)
    .map((one) => {
      const [a, b] = [light(getComputedStyle(one).color), light(ground(one))].sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05);
    }));
})()
"""
Do = Callable[..., None]


def doing(server: TestServer) -> Do:
    """Gives commands as a leader."""

    def do(*commands: c.AnyCommand) -> None:
        async def work() -> None:
            desk = server.backend()
            await desk.sign_in("031230", PASSWORD)
            for command in commands:
                await desk.execute(uuid4().hex, command)
            await desk.close()

        asyncio.run(work())

    return do


OPEN = c.OpenCounter(counter="2", groups=("HK",))
CALL = c.CallNext(counter="2")


def test_a_call_is_seen_and_said_when_it_is_made(browser: Browser, hall: TestServer) -> None:
    do = doing(hall)
    browser.go(f"{hall.url}/board")
    browser.until("!document.getElementById('none').hidden")
    assert browser.value("document.getElementById('announce').textContent") == ""
    do(c.IssueTicket(group="HK"), OPEN, CALL)
    browser.until(f"{NUMBERS} === 'H001'")
    assert browser.value("document.getElementById('announce').textContent") == "请H001号到2号窗口"
    assert browser.value("document.querySelector('.call .counter').textContent") == "2"
    browser.until("document.querySelector('.call.new') !== null")
    assert browser.value("document.querySelector('.call.new').textContent").startswith("▶ H001")
    assert browser.value("document.getElementById('none').hidden")
    browser.value("document.getElementById('announce').textContent = ''")
    do(c.Recall(counter="2"))
    browser.until("document.getElementById('announce').textContent === '请H001号到2号窗口'")
    do(c.StartService(counter="2"))
    browser.until("document.querySelector('.call.there') !== null")
    assert browser.value("document.querySelector('.call').textContent") == "H001 在 2 号窗口办理"


def test_what_was_called_before_is_shown_and_not_announced(browser: Browser, hall: TestServer) -> None:
    doing(hall)(c.IssueTicket(group="HK"), c.IssueTicket(group="TV"), OPEN, CALL)
    browser.go(f"{hall.url}/board?lang=en")
    browser.until(f"{NUMBERS} === 'H001'")
    browser.until("document.getElementById('groups').textContent.includes('0 min')")
    assert browser.value("document.getElementById('announce').textContent") == ""
    assert browser.value("document.querySelector('.call.new')") is None
    assert browser.value("document.documentElement.lang") == "en"


@pytest.mark.parametrize("calm", [True, False])
def test_a_call_flashes_by_turning_round_and_holds_still_where_that_is_asked(
    browser: Browser, hall: TestServer, calm: bool
) -> None:
    value = "reduce" if calm else "no-preference"
    browser.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": value}])
    browser.go(f"{hall.url}/board")
    browser.until("!document.getElementById('none').hidden")
    doing(hall)(c.IssueTicket(group="HK"), OPEN, CALL)
    browser.until("document.querySelector('.call.new') !== null")
    style = "getComputedStyle(document.querySelector('.call.new'))"
    assert browser.value(f"{style}.animationName") == ("none" if calm else "flash")
    # At most three flashes a second (WCAG 2.3.1); and it differs without any colour or motion.
    assert calm or float(browser.value(f"{style}.animationDuration").rstrip("s")) >= 1 / 3
    assert browser.value(f"{style}.outlineStyle") == "solid"
    assert "▶" in browser.value("document.querySelector('.call.new').textContent")


@pytest.mark.parametrize(("width", "scale"), [(1920, 1), (960, 2), (640, 2), (320, 1)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_fits_any_width_and_zoom(browser: Browser, hall: TestServer, width: int, scale: int, language: str) -> None:
    """1920 at 200 % is 960; 320 is the narrowest width that text has to flow into (WCAG 1.4.10)."""
    doing(hall)(c.IssueTicket(group="HK"), c.IssueTicket(group="TV"), OPEN, CALL)
    browser.size(width, 720, scale)
    browser.go(f"{hall.url}/board?lang={language}")
    browser.until(f"{NUMBERS} === 'H001'")
    assert browser.value("document.documentElement.scrollWidth <= innerWidth")
    every = "[...document.querySelectorAll('body *:not(.unseen)')]"
    beyond = f"{every}.filter(one => one.getBoundingClientRect().right > innerWidth + 1)"
    assert browser.value(f"{beyond}.map(one => one.id + one.className).join()") == ""
    first = "parseFloat(getComputedStyle(document.querySelector('.call.first .number')).fontSize)"
    assert browser.value(first) >= 0.045 * min(width, 1280)


def test_it_is_read_as_what_it_is(browser: Browser, hall: TestServer) -> None:
    """Roles and names as a screen reader gets them, and contrast (WCAG 1.4.6: 7 to 1)."""
    doing(hall)(c.IssueTicket(group="HK"), c.IssueTicket(group="TV"), OPEN, CALL)
    browser.go(f"{hall.url}/board")
    browser.until(f"{NUMBERS} === 'H001'")
    browser.ask("Accessibility.enable")
    nodes = browser.ask("Accessibility.getFullAXTree")["nodes"]
    roles = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    for wanted in (
        ("heading", "示范派出所"),
        ("heading", "请下列号码到窗口"),
        ("table", "等候情况"),
        ("link", "English"),
    ):
        assert wanted in roles, roles
    assert [name for role, name in roles if role == "columnheader"] == ["业务", "等候人数", "最长已等"]
    assert ("rowheader", "H 户口") in roles
    assert {"main", "banner", "contentinfo", "list", "listitem"} <= {role for role, _ in roles}
    live = [node for node in nodes if any(p["name"] == "live" for p in node.get("properties", ()))]
    assert any(p["value"]["value"] == "assertive" for node in live for p in node["properties"] if p["name"] == "live")
    assert browser.value(CONTRAST) >= 7


def test_it_comes_back_by_itself(browser: Browser, tmp_path: Path) -> None:
    """The server goes away and comes again at the same address."""
    db = tmp_path / "other"
    prepare(db, OFFICERS)
    with server_in_thread(db) as first:
        port = urlsplit(first.url).port
        assert port is not None
        browser.go(f"{first.url}/board")
        browser.until("!document.getElementById('none').hidden")
        doing(first)(c.IssueTicket(group="HK"), OPEN, CALL)
        browser.until(f"{NUMBERS} === 'H001'")
    browser.until("!document.getElementById('status').hidden")
    assert "连接中断" in browser.value("document.getElementById('status').textContent")
    browser.until("!document.getElementById('age').hidden && document.getElementById('age').textContent !== ''")
    assert browser.value(NUMBERS) == "H001"  # what was known stays in sight
    with server_in_thread(db, port=port) as again:
        doing(again)(c.StartService(counter="2"), c.FinishTicket(counter="2", outcome="come_back"))
        doing(again)(c.IssueTicket(group="HK"), CALL)
        browser.until(f"{NUMBERS} === 'H002'")
        assert browser.value("document.getElementById('age').hidden")
        assert browser.value("document.getElementById('announce').textContent") == "请H002号到2号窗口"
        browser.ask("Page.navigate", url="about:blank")


def test_without_a_script_it_still_tells(browser: Browser, hall: TestServer) -> None:
    doing(hall)(c.IssueTicket(group="HK"), OPEN, CALL)
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    browser.go(f"{hall.url}/board")
    assert browser.value(NUMBERS) == "H001"
    assert browser.value("document.querySelector('meta[http-equiv=refresh]') !== null")


def test_it_asks_nobody_else_and_breaks_no_rule_of_its_own(browser: Browser, hall: TestServer) -> None:
    browser.go(f"{hall.url}/board")
    browser.until("!document.getElementById('none').hidden")
    doing(hall)(c.IssueTicket(group="HK"), OPEN, CALL)
    browser.until(f"{NUMBERS} === 'H001'")
    asked = [told["request"]["url"] for method, told in browser.events if method == "Network.requestWillBeSent"]
    assert len(asked) >= 4
    assert all(url.startswith(hall.url) for url in asked if not url.endswith("/favicon.ico"))
    said = [told for method, told in browser.events if method in ("Log.entryAdded", "Runtime.exceptionThrown")]
    assert [told for told in said if "favicon" not in str(told)] == []
    # The policy is in force: what is not the page's own does not run.
    made = "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.head.append(s);"
    assert browser.value(f"(() => {{ {made} return window.ran }})()") is None
