"""Personal data travels in types that cannot be formatted by accident: every type with fields is looked at.

A type may show its fields only where it is listed here, with the reason why no citizen's word can be in it.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import logging
import pkgutil
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec
import pytest
from rich.console import Console
from textual.message import Message

import counterdesk
import mock_server
from counterdesk.quiet import quiet

CANARY = "欧阳娜娜310000199001010010"
STREAM = (
    "an event, or a command that becomes one: codes, ids of officers and numbers; the stream holds no personal data"
)
RULES = "published rules: the catalogue is the same at every counter"
LAYOUT = "where something is: ids of forms, fields, lines and keys"
PROGRAM = "how the program is set up: addresses, options and keys"

INVENTED = "teaching: rules, scenarios and people who are all invented; no citizen comes near it"

LOUD_MODULES = {
    "counterdesk.practice.collection": INVENTED,
    "counterdesk.practice.course": INVENTED,
    "counterdesk.practice.debrief": INVENTED,
    "counterdesk.practice.ledger": INVENTED,
    "counterdesk.practice.readiness": INVENTED,
    "counterdesk.practice.exam": INVENTED,
    "counterdesk.practice.phone": INVENTED,
    "counterdesk.practice.result": INVENTED,
    "counterdesk.practice.scenario": INVENTED,
    "counterdesk.practice.solving": INVENTED,
    "counterdesk.practice.targets": INVENTED,
    "counterdesk.practice.sources": INVENTED,
    "counterdesk.practice.writing": INVENTED,
    "counterdesk.station.commands": STREAM,
    "counterdesk.station.events": STREAM,
    "counterdesk.station.forecast": "groups, minutes and counts",
    "counterdesk.station.outlook": "groups, minutes and shares",
    "counterdesk.station.whatif": "groups, minutes and ids of tickets",
    "counterdesk.whatif": "groups, minutes and ids of tickets",
    "counterdesk.station.plan": "counters, groups, minutes and shares",
    "counterdesk.station.planning": "counters, groups and a half hour",
    "counterdesk.station.rollout": "invented visitors: groups and minutes",
    "counterdesk.station.board": "what stands on the board for everybody in the hall",
    "counterdesk.station.figures": "rows of tickets: codes, times and ids of officers",
    "counterdesk.station.summary": "counts and lengths by code; ids of officers",
    "counterdesk.station.hall": "groups, counters and ticket numbers with minutes",
    "counterdesk.station.estimate": "minutes, counters and groups",
    "counterdesk.station.model": STREAM,
    "counterdesk.station.offers": "a channel of the catalogue and the keys of facts",
    "counterdesk.station.roles": "ids, roles and rights of officers",
    "counterdesk.station.routing": "tickets and the reasons why they come next",
    "counterdesk.station.situation": "groups, counters and minutes",
    "counterdesk.station.steps": "the table of legal steps",
    "counterdesk.catalog.model": RULES,
    "counterdesk.catalog.plan": RULES,
    "counterdesk.catalog.changes": RULES,
    "counterdesk.catalog.check": RULES,
    "counterdesk.catalog.index": RULES,
    "counterdesk.catalog.pinyin": RULES,
    "counterdesk.catalog.library": RULES,
    "counterdesk.catalog.tools": "the rule owner's tools work on rules and invented scenarios, and print them",
    "counterdesk.formats.calendar": RULES,
    "counterdesk.formats.travel_documents": "the patterns of document numbers",
    "counterdesk.widgets.line_panel": LAYOUT,
    "counterdesk.widgets.queue_list": LAYOUT,
    "counterdesk.widgets.checklist": LAYOUT,
    "counterdesk.widgets.handoff_board": LAYOUT,
    "counterdesk.widgets.burst": LAYOUT,
    "counterdesk.widgets.lean_input": "a number",
    "counterdesk.widgets.base": "no field",
    "counterdesk.station.audit": "entries of the trail: codes, ids of officers and keyed digests of cases",
    "counterdesk.station.authority": "the table of rights",
    "counterdesk.screens.actions": "the table of actions and keys",
    "counterdesk.screens.guide_actions": "the table of actions and keys",
    "counterdesk.screens.jumps": LAYOUT,
    "counterdesk.app": "no field",
    "counterdesk.settings": PROGRAM,
    "counterdesk.terminal": PROGRAM,
    "counterdesk.opening": PROGRAM,
    "mock_server.routes": PROGRAM,
    "mock_server.server": PROGRAM,
}
LOUD = {
    "counterdesk.backends.base.Alive": "a number",
    "counterdesk.backends.base.Resync": "no field",
    "counterdesk.backends.http._Stored": "a number",
    "mock_server.wire.Stored": "a number",
    "mock_server.wire.AuditEntry": "codes, ids of officers and keyed digests of cases",
    "mock_server.wire.AuditPage": "codes, ids of officers and keyed digests of cases",
    "mock_server.store.base.Failures": "counts and times",
    "counterdesk.screens.hall_actions.HallAction": "a line of the table of actions",
    "counterdesk.catalog.assess.Due": "a deadline",
    "counterdesk.catalog.assess.GateProblem": "codes",
    "counterdesk.catalog.assess.Question": "the key of a fact",
    "counterdesk.catalog.assess.VariantState": "codes of the catalogue and a truth value",
    "counterdesk.catalog.casefile.Told": "codes of what was listed, and a day",
    "counterdesk.desk.state.Link": "a status and two times",
    "counterdesk.desk.state.Dead": STREAM,
    "counterdesk.desk.state.Journaling": "a status, a code and counts",
    "counterdesk.desk.state.Place": LAYOUT,
    "counterdesk.journal.model.Health": "codes and counts",
    "counterdesk.passphrase.Strength": "numbers",
    "counterdesk.desk.telling.Lacking": "codes",
    "counterdesk.journal.escrow.SealedDraft": "the clear part of a draft and how long the sealed one is",
    "counterdesk.journal.escrow.SealedOfficer": "a generation and a count",
    "counterdesk.practice.departments.Luck": "probabilities",
    "counterdesk.screens.views.case.FormId": LAYOUT,
    "counterdesk.station.act.Evidence": "codes and numbers of an assessment",
    "counterdesk.station.exchange.Checkpoint": "a number and a digest",
    "counterdesk.station.exchange.Receipt": STREAM,
    "counterdesk.station.exchange.Snapshot": STREAM,
}


def modules() -> Iterator[Any]:
    """Every module of the program and the server."""
    for package in (counterdesk, mock_server):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def _classes(namespace: dict[str, Any], module: str) -> Iterator[type]:
    for value in namespace.values():
        if inspect.isclass(value) and value.__module__ == module:
            yield value
            yield from _classes(dict(vars(value)), module)


def fields(cls: type) -> list[str] | None:
    """What a type is made with; None if it is not a type of values."""
    if issubclass(cls, msgspec.Struct):
        return list(cls.__struct_fields__)
    if dataclasses.is_dataclass(cls):
        return [field.name for field in dataclasses.fields(cls) if field.init]
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return list(cls._fields)
    if issubclass(cls, Message):
        return [name for name in inspect.signature(cls).parameters if name not in ("args", "kwargs")]
    return None


TYPES = sorted(
    {
        cls
        for module in modules()
        for cls in _classes(dict(vars(module)), module.__name__)
        if fields(cls) is not None and not cls.__name__.startswith("__")
    },
    key=lambda cls: f"{cls.__module__}.{cls.__qualname__}",
)


def name_of(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def loud(cls: type) -> bool:
    """Whether a type may show what it holds."""
    module = cls.__module__
    return name_of(cls) in LOUD or any(module == known or module.startswith(f"{known}.") for known in LOUD_MODULES)


def shown(value: object) -> str:
    """What every way to print a value prints."""
    console = Console(width=400, file=None, record=True, quiet=True)
    with console.capture() as capture:
        console.print(value, markup=False)
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "%s %r", (value, value), None)
    try:
        raise RuntimeError(value)
    except RuntimeError as error:
        trace = "".join(traceback.format_exception(error))
    parts = (repr(value), str(value), f"{value}", format(value), f"{[value]} { ({'k': value}) }", record.getMessage())
    return "\n".join((*parts, capture.get(), trace))


def filled(cls: type) -> object:
    """A value of this type with a canary in every field."""
    return cls(**dict.fromkeys(fields(cls) or (), CANARY))


@pytest.mark.parametrize("cls", [cls for cls in TYPES if not loud(cls)], ids=name_of)
def test_a_type_that_may_hold_personal_data_shows_none(cls: type) -> None:
    assert CANARY not in shown(filled(cls))


def test_the_list_of_what_may_show_itself_is_no_longer_than_needed() -> None:
    names = {name_of(cls) for cls in TYPES}
    assert not set(LOUD) - names, "listed, but there is no such type"
    unused = [m for m in LOUD_MODULES if not any(n.startswith(f"{m}.") for n in names)]
    assert not unused, "listed, but there is no such module with types"
    assert len(TYPES) > 200


def _struct() -> object:
    return msgspec.defstruct("Loud", [("name", str)])(CANARY)


class _Loud(NamedTuple):
    name: str


@dataclasses.dataclass
class _LoudData:
    name: str


@pytest.mark.parametrize("make", [_struct, lambda: _Loud(CANARY), lambda: _LoudData(CANARY)])
def test_control_an_ordinary_type_shows_everything(make: Callable[[], object]) -> None:
    value = make()
    assert shown(value).count(CANARY) >= 8
    quiet(type(value))
    assert CANARY not in shown(value)
