"""Backends are found by their entry points, a stranger's like our own."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints, entry_points

import pytest

from counterdesk.backends import registry
from counterdesk.backends.practice import PracticeBackend
from counterdesk.backends.registry import GROUP, OWN, BrokenBackend, UnknownBackend, known, load, names


def found(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    points = EntryPoints(EntryPoint(name=name, value=value, group=GROUP) for name, value in values.items())
    monkeypatch.setattr(registry, "entry_points", lambda group: points.select(group=group))


def test_our_own_are_there() -> None:
    assert {"http", "practice"} <= set(names())
    assert load("practice") is PracticeBackend
    assert load("http").name == "http"


def test_what_is_known_without_looking_is_what_is_installed() -> None:
    assert {point.name: point.value for point in entry_points(group=GROUP)}.items() >= OWN.items()


def test_a_strangers_is_known_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, odd="counterdesk.backends.practice:PracticeBackend")
    assert known("odd")
    assert load("odd") is PracticeBackend
    assert not known("other")


def test_the_names_import_nothing() -> None:
    code = (
        "import sys, counterdesk.backends.registry as r\n"
        "r.names()\n"
        "sys.exit('httpx' in sys.modules or 'counterdesk.backends.practice' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_name_tells_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, b="x:Y", a="x:Y")
    with pytest.raises(UnknownBackend, match="'c'; known: a, b") as caught:
        load("c")
    assert caught.value.known == ("a", "b")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("no_such_module:X", "ModuleNotFoundError"),
        ("counterdesk.backends.base:NoSuchClass", "AttributeError"),
        ("counterdesk.backends.base:Receipt", "it is no Backend"),
        ("counterdesk.backends.base:ALL_CAPABILITIES", "it is no Backend"),
    ],
)
def test_a_broken_one_tells_its_cause(monkeypatch: pytest.MonkeyPatch, value: str, why: str) -> None:
    found(monkeypatch, odd=value)
    assert names() == ("odd",)
    with pytest.raises(BrokenBackend, match=why) as caught:
        load("odd")
    assert (caught.value.__cause__ is None) == (why == "it is no Backend")
