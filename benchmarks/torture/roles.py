"""Every role, action, state, ownership and mode, compared with the table in docs/protocol.md.

What the table says is read from the document, not from the program's data. What the server does is asked of the whole
of it: a request over ASGI, through sessions, routes, host and rules, at a station that stands exactly as the case wants
it. Whatever is refused beyond the table (an empty reason, a case that decides elsewhere) is no matter of authority.

The control runs the same against a server whose matrix was changed in one place for each kind of judgement.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple, get_args

import httpx
import msgspec
from argon2 import PasswordHasher

from benchmarks.torture.outcome import Outcome
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.station import authority
from counterdesk.station import commands as c
from counterdesk.station.authority import BROUGHT_BACK, MATRIX, Right
from counterdesk.station.model import (
    TIMEZONE,
    Appointment,
    Case,
    CaseStatus,
    Counter,
    Handoff,
    QueueGroup,
    Request,
    State,
    Ticket,
)
from counterdesk.station.roles import Actor, Mode, Role
from mock_server.accounts import Accounts, make_account
from mock_server.api import Api
from mock_server.application import application
from mock_server.escrow import Escrow
from mock_server.stations import Stations
from mock_server.store.sqlite import SqliteStore
from mock_server.writer import Writer

NAME = "roles"
LONG = 100_000
"""More than there are: all of them."""

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=TIMEZONE)
DEPARTMENT = "exit_entry"
ROLES: tuple[Role, ...] = get_args(Role)
MODES: tuple[Mode, ...] = get_args(Mode)
COMMANDS: dict[str, type[c.Command]] = {kind.__name__: kind for kind in get_args(c.AnyCommand)}
DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"
AUTHORITY = {
    "not_permitted",
    "counter_not_yours",
    "counter_taken",
    "case_not_yours",
    "other_department",
    "figures_not_yours",
    "ticket_state",
    "case_state",
    "counter_not_open",
    "lease_running",
}
"""The refusals that judge who, whose and when."""


class Row(NamedTuple):
    """One line of the table in the document."""

    on: str
    states: frozenset[str]
    whose: frozenset[str]
    guarded: frozenset[str]
    lease: bool
    wider: str
    roles: frozenset[str]


class Situation(NamedTuple):
    """One case. relation: of whom the thing is, seen from the actor. overdue: the lease of a called ticket is over."""

    action: str
    role: Role
    state: str
    relation: str
    overdue: bool
    session: Mode
    station: Mode


def table(text: str) -> dict[str, Row]:
    """The table of the document by action."""
    part = re.search(r"<!-- rights: made by .*? -->\n(.*?)\n<!-- end -->", text, re.DOTALL)
    assert part is not None
    rows: dict[str, Row] = {}
    for line in part[1].splitlines()[2:]:
        action, on, states, whose, wider, roles = (cell.strip() for cell in line.strip("| ").split("|"))
        its, _, guarded = whose.partition(" while ")
        rows[action.strip("`")] = Row(
            on,
            _names(states),
            _names(its),
            _names(guarded),
            "after the lease" in whose,
            wider.strip("`"),
            _names(roles),
        )
    return rows


def _names(cell: str) -> frozenset[str]:
    return frozenset(re.findall(r"`(\w+)`", cell))


def expected(rows: dict[str, Row], case: Situation) -> str:
    """What the table says: "" if it may be done, else the kind of no."""
    row = rows[case.action]
    if case.session != case.station:
        return "wrong_mode"
    if case.role not in row.roles:
        return "not_permitted"
    if row.whose:
        reviewing = case.role == "reviewer" and row.on in ("case", "file")
        if reviewing and case.relation != "department":
            return "other_department" if row.on == "case" else "case_not_yours"
        matters = not row.guarded or case.state in row.guarded
        instead = row.wider and case.role in rows[row.wider].roles
        # A free counter is judged by its state alone.
        stranger = case.relation not in row.whose | {"free"}
        if not reviewing and matters and stranger and not instead:
            counter = row.on in ("counter", "current", "ticket")
            taken = "counter_taken" if case.action == "OpenCounter" else "counter_not_yours"
            return taken if counter else "figures_not_yours" if row.on == "figures" else "case_not_yours"
    if row.lease and case.state == "called" and case.relation == "other" and not case.overdue:
        return "lease_running"
    if row.states and case.state not in row.states:
        return {"counter": "counter_not_open", "case": "case_state", "file": "case_state"}.get(row.on, "ticket_state")
    return ""


def situations(rows: dict[str, Row]) -> Iterator[Situation]:
    """All of them."""
    counter = ("closed", "open", "paused")
    ticket = ("waiting", "called", "serving", "held", "no_show", "left", "finished")
    status: tuple[str, ...] = get_args(CaseStatus)
    for action in rows.keys() & MATRIX.keys():
        on = rows[action].on
        for role, session, station in product(ROLES, MODES, MODES):
            if on == "counter":
                for state, relation in product(counter, ("own", "free", "other")):
                    # A closed counter is nobody's, and only a closed one is.
                    if (state == "closed") == (relation == "free"):
                        yield Situation(action, role, state, relation, False, session, station)
            elif on in ("current", "ticket"):
                for state, relation, overdue in product(ticket, ("own", "other"), (False, True)):
                    if on == "current" and state not in ("called", "serving"):
                        continue  # nothing else is ever at a counter
                    yield Situation(action, role, state, relation, overdue, session, station)
            elif on in ("case", "file"):
                relations = ("department", "other") if role == "reviewer" else ("own", "served", "came_back", "other")
                for state, relation in product(status, relations):
                    if relation != "came_back" or state in BROUGHT_BACK:
                        yield Situation(action, role, state, relation, False, session, station)
            elif on == "figures":
                for relation in ("own", "other"):
                    yield Situation(action, role, "", relation, False, session, station)
            else:
                yield Situation(action, role, "", "", False, session, station)


def actor_of(role: Role) -> Actor:
    """The one who asks."""
    return Actor(id=f"p-{role}", role=role, department=DEPARTMENT if role == "reviewer" else "")


def station_of(case: Situation, on: str) -> State:
    """A station on which exactly this case holds. The actor works at counter 1 or, where he serves, at 2."""
    me = actor_of(case.role).id
    groups = {"HK": QueueGroup(id="HK", letter="H", wait_target=20)}
    state = State(station="demo", name="示范派出所", groups=groups, day=NOW.date())
    tickets: dict[str, Ticket] = {}
    current: dict[str, str] = {}
    officer = {"own": me, "other": "somebody"}.get(case.relation, "")
    counters = {"1": Counter(number="1", state="open", officer=officer or "somebody", groups=("HK",))}
    cases_: dict[str, Case] = {}
    if on == "counter":
        shown: Any = case.state
        counters["1"] = Counter(number="1", state=shown, officer=officer, groups=("HK",))
    elif on in ("current", "ticket"):
        tickets["t1"] = _ticket("t1", case.state, case.overdue)
        if case.state in ("called", "serving"):
            # Called or resumed at counter 1, a ticket that stands at a counter stands at another one.
            place = "3" if case.action in ("CallTicket", "ResumeTicket") else "1"
            tickets["t1"] = msgspec.structs.replace(tickets["t1"], counter=place)
            current[place] = "t1"
            counters.setdefault("3", Counter(number="3", state="open", officer="third", groups=("HK",)))
    elif on in ("case", "file"):
        serves = {"served": "t1", "came_back": "t2"}.get(case.relation)
        counters["2"] = Counter(number="2", state="open", officer=me if serves else "third", groups=("HK",))
        if serves:
            tickets[serves] = _ticket(serves, "serving", overdue=False, counter="2")
            current["2"] = serves
        ours = case.role != "reviewer" or case.relation == "department"
        department = DEPARTMENT if ours else "household"
        status: Any = case.state
        cases_["c1"] = Case(
            id="c1",
            ticket="t1",
            counter="1",
            officer=me if case.relation == "own" else "somebody",
            service="hukou.birth",
            status=status,
            opened_at=NOW,
            changed_at=NOW,
            number="26000001",
            department=department,
            handoff=Handoff(department=department, state="sent", sent_at=NOW),
            return_to="received" if status == "supplementing" else None,
            requests=(Request(what="override", item="P1", reason="instruction", by="third", at=NOW),),
        )
    return msgspec.structs.replace(
        state,
        counters=counters,
        tickets=tickets,
        current=current,
        cases=cases_,
        appointments={"a1": Appointment(id="a1", group="HK", at=NOW)},
    )


def _ticket(ticket: str, state: Any, overdue: bool, counter: str = "1") -> Ticket:
    at = NOW - timedelta(seconds=500 if overdue else 1)
    return Ticket(
        id=ticket,
        number="H001",
        group="HK",
        state=state,
        issued_at=at,
        queued_since=at,
        counter=counter if state in ("called", "serving", "held") else "",
        calls=1,
        called_at=at,
        called_by="somebody",
        started_at=at if state == "serving" else None,
        held_at=at if state == "held" else None,
        hold="papers_out" if state == "held" else None,
        callable_after=at if state == "no_show" else None,
    )


FIELDS: dict[str, Any] = {
    "counter": "1",
    "ticket": "t1",
    "case": "c1",
    "reason": "lunch",
    "kind": "papers_out",
    "groups": ["HK"],
    "group": "HK",
    "appointment": "a1",
    "service": "hukou.birth",
    "reference": "R1",
    "error": "timeout",
    "items": ["m1"],
    "material": "m1",
    "prompt": "P1",
    "what": "override",
    "item": "P1",
    "tracking": "SF1",
    "to_group": "HK",
    "field": "applicant_id",
    "decision": "approved",
    "mark": 4,
    "at": NOW.isoformat(),
    "station": "demo",
    "name": "x",
    "counters": ["1", "2"],
    "officer": "031234",
    "minutes": 30,
    "profiles": {"1": ["HK"]},
    "automatic": True,
    "materials": {"BC": "have"},
    "channel": "suishenban",
    "taken": False,
}


def request_of(case: Situation, number: int) -> tuple[str, str, dict[str, Any]]:
    """Method, path and what httpx sends with it."""
    if case.action in COMMANDS:
        kind = COMMANDS[case.action]
        body = {name: FIELDS[name] for name in kind.__struct_fields__ if name in FIELDS} | {"type": case.action}
        body |= {"appointment": "a2"} if kind is c.BookAppointment else {}
        body |= {"case": "c2"} if kind is c.OpenCase else {}
        if kind is c.ConfigureStation:
            body["groups"] = [{"id": "HK", "letter": "H", "wait_target": 20}]
        return "POST", "/v1/commands", {"json": body, "headers": {"Idempotency-Key": f"{number}"}}
    file = {"case": "c1", "version": 0, "service": "hukou.birth"}
    lookup = {"service": "hukou.birth", "key": "applicant_id", "value": "x"}
    sealed = {"officer": "x", "generation": 0, "mode": case.station, "sealed": "", "cases": 0}
    whose = actor_of(case.role).id if case.relation == "own" else "somebody"
    ways: dict[str, tuple[str, str, dict[str, Any]]] = {
        "read_station": ("GET", "/v1/station", {}),
        "lookup": ("POST", "/v1/archives/lookup", {"json": lookup}),
        "read_file": ("GET", "/v1/cases/c1/file", {}),
        "write_file": ("PUT", "/v1/cases/c1/file", {"json": file, "headers": {"If-Match": '"0"'}}),
        "write_note": ("PUT", "/v1/counters/1/note", {"json": {"text": "x"}}),
        "read_note": ("GET", "/v1/counters/1/note", {}),
        "drop_note": ("DELETE", "/v1/counters/1/note", {}),
        "read_figures": ("GET", f"/v1/figures?from=2026-11-02&to=2026-11-02&officer={whose}", {}),
        "read_board": ("GET", "/v1/board/events", {}),
        "read_audit": ("GET", "/v1/audit?after=999999", {}),
        "unlock": ("POST", "/v1/accounts/x/unlock", {}),
        "open_escrow": ("POST", "/v1/escrow/open", {"json": sealed}),
    }
    return ways[case.action]


class Bench:
    """One server of each mode in this process, without a socket, and a token of each role for each mode."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clients: dict[Mode, httpx.AsyncClient] = {}
        self.stations: dict[Mode, Stations] = {}
        self.tokens: dict[tuple[Mode, Role], str] = {}

    async def open(self, stack: contextlib.AsyncExitStack) -> None:
        """Set both up."""
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        index = Index(load())
        hashed = make_account("demo", actor_of("setup"), "", "password", cheap)
        for mode in MODES:
            writer = Writer()
            stack.callback(writer.close)
            store = await writer.run(lambda mode=mode: SqliteStore(self.folder / mode))  # type: ignore[misc]
            stack.push_async_callback(writer.run, store.close)
            # What a power cut would take is not asked here, and an fsync a case would be all the time there is.
            await writer.run(lambda store=store: store.rows("PRAGMA synchronous=OFF"))  # type: ignore[misc]
            for role in ROLES:
                account = msgspec.structs.replace(hashed, actor=actor_of(role))
                await writer.run(lambda store=store, account=account: store.put_account(account))  # type: ignore[misc]
            stations = Stations(store, writer, index, lambda: NOW)
            await stations.add("demo")
            stations.close()  # so that a stream ends at once
            accounts = Accounts(store, writer, lambda: NOW, cheap, mode)
            for role in ROLES:
                opened = await accounts.sign_in("demo", actor_of(role).id, "password")
                self.tokens[mode, role] = opened.token
            app = application(Api(stations, accounts, Escrow(self.folder / mode)))
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://station")
            self.clients[mode] = await stack.enter_async_context(client)
            self.stations[mode] = stations

    async def answer(self, case: Situation, on: str, number: int) -> str:
        """What the server says: "" if it is not refused for who, whose or when."""
        await self.stations[case.station].work("demo", lambda running: _put(running, station_of(case, on)))
        method, path, more = request_of(case, number)
        headers = more.pop("headers", {}) | {"Authorization": f"Bearer {self.tokens[case.session, case.role]}"}
        answer = await self.clients[case.station].request(method, path, headers=headers, **more)
        if answer.status_code == 401:
            return str(answer.json()["error"])
        if answer.status_code == 403:
            return "not_permitted"
        if answer.status_code >= 500 or answer.status_code == 400:
            return f"status {answer.status_code}"
        code = str(answer.json().get("refused", "")) if answer.status_code == 409 else ""
        return code if code in AUTHORITY else ""


def _put(running: Any, state: State) -> None:
    running.state = state


async def violations(chosen: list[Situation], rows: dict[str, Row]) -> int:
    """How many of these cases the server judges otherwise than the table."""
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="counterdesk-roles-") as folder:
        async with contextlib.AsyncExitStack() as stack:
            bench = Bench(Path(folder))
            await bench.open(stack)
            for number, case in enumerate(chosen):
                wrong += await bench.answer(case, rows[case.action].on, number) != expected(rows, case)
    return wrong


@contextlib.contextmanager
def planted() -> Iterator[list[str]]:
    """A matrix that is wrong in one place for each kind of judgement; gives the actions that it judges wrongly."""
    broken: dict[str, Right] = {
        "read_file": MATRIX["read_file"]._replace(relations=frozenset()),
        "MarkNoShow": MATRIX["MarkNoShow"]._replace(lease=False),
        "AcceptCase": MATRIX["AcceptCase"]._replace(guarded=frozenset({"draft"})),
        "write_file": MATRIX["write_file"]._replace(states=MATRIX["write_file"].states | {"accepted"}),
        "FinishTicket": MATRIX["FinishTicket"]._replace(wider=""),
        "read_figures": MATRIX["read_figures"]._replace(relations=frozenset()),
    }
    before = dict(authority.MATRIX)
    authority.MATRIX.update(broken)
    try:
        yield list(broken)
    finally:
        authority.MATRIX.update(before)


def run(cases: int, seed: int) -> Outcome:
    """`cases` of them, chosen by the seed where that is not all. The control must go wrong for every planted fault."""
    rows = table(DOCUMENT.read_text("utf-8"))
    every = sorted(situations(rows))
    chosen = every if cases >= len(every) else random.Random(seed).sample(every, cases)
    wrong = asyncio.run(violations(chosen, rows))
    with planted() as actions:
        found = [
            asyncio.run(violations([case for case in every if case.action == action and _sharp(case)], rows))
            for action in actions
        ]
    control = sum(found) if all(found) else 0
    note = f"of {len(every):,}; {sum(map(bool, found))} of {len(actions)} planted faults found"
    return Outcome(len(chosen), wrong, control, note)


def _sharp(case: Situation) -> bool:
    """Whether a case is of those in which the planted faults can show."""
    return case.session == case.station == "live" and case.role in ("officer", "leader")
