"""A running station over a store in memory: one answer a command id, numbered events, case files and their rights."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from counterdesk.catalog.casefile import Answer as Fact
from counterdesk.catalog.casefile import CaseFile, JsonValue
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.station import acceptance
from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.audit import Note
from counterdesk.station.events import Recorded
from counterdesk.station.exchange import NOTE_LIFE, ShiftNote
from counterdesk.station.host import Answer, CommandIdReused, Station, VersionConflict
from counterdesk.station.model import TIMEZONE
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor

from .hall import (
    AUXILIARY,
    CONFIGURE,
    GUIDE,
    LEADER,
    MACHINE,
    MORNING,
    OFFICER,
    REVIEWER,
    SECOND,
    SETUP,
    STRANGER,
)


class Memory:
    """A Store whose values pass through their JSON, as in a real one. broken: the next append fails."""

    def __init__(self) -> None:
        self.recorded: list[Recorded] = []
        self.answers: dict[str, bytes] = {}
        self.files: dict[str, bytes] = {}
        self.notes: list[Note] = []
        self.left: dict[str, bytes] = {}
        self.broken = False

    def events(self, after: int) -> Iterable[Recorded]:
        return [
            msgspec.json.decode(msgspec.json.encode(recorded), type=Recorded)
            for recorded in self.recorded
            if recorded.seq > after
        ]

    def answer(self, command_id: str) -> Answer | None:
        found = self.answers.get(command_id)
        return msgspec.json.decode(found, type=Answer) if found is not None else None

    def append(self, answer: Answer, erase: tuple[str, ...], note: Note) -> None:
        if self.broken:
            raise OSError("disk full")
        assert answer.command not in self.answers
        for recorded in answer.events:
            assert recorded.seq == len(self.recorded) + 1
            assert recorded.command == answer.command
            self.recorded.append(recorded)
        self.answers[answer.command] = msgspec.json.encode(answer)
        self.notes.append(note)
        for case in erase:
            self.files.pop(case, None)

    def read_file(self, case: str) -> CaseFile | None:
        found = self.files.get(case)
        return msgspec.json.decode(found, type=CaseFile) if found is not None else None

    def write_file(self, file: CaseFile, note: Note) -> None:
        self.files[file.case] = msgspec.json.encode(file)
        self.notes.append(note)

    def read_note(self, counter: str) -> ShiftNote | None:
        found = self.left.get(counter)
        return msgspec.json.decode(found, type=ShiftNote) if found is not None else None

    def write_note(self, written: ShiftNote, note: Note) -> None:
        self.left[written.counter] = msgspec.json.encode(written)
        self.notes.append(note)

    def drop_note(self, counter: str, note: Note) -> None:
        self.left.pop(counter, None)
        self.notes.append(note)

    def drop_notes(self, before: datetime, note: Note) -> int:
        old = [counter for counter in self.left if (found := self.read_note(counter)) and found.at < before]
        for counter in old:
            del self.left[counter]
        if old:
            self.notes.append(msgspec.structs.replace(note, count=len(old)))
        return len(old)

    def note(self, note: Note) -> None:
        self.notes.append(note)


class Shelf:
    """An index that knows two services and nothing about them."""

    catalog = SimpleNamespace(sha256="sha")

    def service(self, service: str) -> object:
        return {"hukou.birth": 1, "idcard.renew": 2}[service]


class Running:
    """A station in the morning, counters 1 and 2 open."""

    def __init__(self) -> None:
        self.store = Memory()
        self.station = Station(self.store, cast(Index, Shelf()))
        self.now = MORNING
        self.count = 0
        self.do(CONFIGURE, SETUP)
        self.do(c.OpenCounter(counter="1", groups=("hukou",)))
        self.do(c.OpenCounter(counter="2", groups=("traffic",)), SECOND)

    def do(self, command: c.AnyCommand, by: Actor = OFFICER) -> Answer:
        self.count += 1
        return self.station.execute(f"id{self.count}", command, by, self.now)

    def no(self, command: c.AnyCommand, by: Actor = OFFICER) -> tuple[str, dict[str, str | int]]:
        with pytest.raises(Refused) as raised:
            self.do(command, by)
        return raised.value.code, raised.value.params

    def draft(self, case: str = "c1") -> None:
        self.do(c.IssueTicket(group="hukou"), MACHINE)
        self.do(c.CallNext(counter="1"))
        self.do(c.StartService(counter="1"))
        self.do(c.OpenCase(counter="1", case=case, service="hukou.birth"))

    def reopened(self) -> Station:
        return Station(self.store, cast(Index, Shelf()))


@pytest.fixture
def running() -> Running:
    return Running()


def paper(code: str, status: str, *, one_of: str = "", **more: Any) -> SimpleNamespace:
    """A needed material that may come later, as an assessment has it."""
    use = SimpleNamespace(code=code, necessity="required", one_of=one_of)
    return SimpleNamespace(**{"use": use, "status": status, "needed": True, "deferrable": True} | more)


def blocker(identifier: str, value: bool | None, *, overridable: bool = True, stage: str = "intake") -> SimpleNamespace:
    """A prompt as an assessment has it."""
    prompt = SimpleNamespace(id=identifier, overridable=overridable, stage=stage)
    return SimpleNamespace(prompt=prompt, value=value, overridden=False)


class Assessed:
    """Stands in for `assess`: what it was asked, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.result: dict[str, Any] = {
            "gate": (),
            "department": "household",
            "on_the_spot": False,
            "due": SimpleNamespace(on=date(2024, 6, 28), day_kind="calendar"),
            "fee_due": Decimal("20"),
            "materials": (paper("id", "verified"),),
            "prompts": (),
        }

    def __call__(
        self, index: object, file: CaseFile, *, today: date, role: str, open_case: str, overridden: dict[str, str]
    ) -> object:
        self.asked.append({"file": file.case, "today": today, "role": role, "overridden": dict(overridden)})
        return SimpleNamespace(**self.result)


@pytest.fixture
def assessed(monkeypatch: pytest.MonkeyPatch) -> Assessed:
    stub = Assessed()
    monkeypatch.setattr(acceptance, "assess", stub)
    return stub


def test_events_are_numbered_without_gaps(running: Running) -> None:
    running.draft()
    assert [recorded.seq for recorded in running.store.recorded] == list(range(1, len(running.store.recorded) + 1))
    assert running.station.seq == len(running.store.recorded)
    # The first command of the day made two events under one id.
    assert [recorded.command for recorded in running.store.recorded[:3]] == ["id1", "id1", "id2"]


def test_one_command_id_is_carried_out_once(running: Running) -> None:
    command = c.IssueTicket(group="hukou")
    first = running.station.execute("x", command, MACHINE, MORNING)
    seq = running.station.seq
    again = running.station.execute("x", command, MACHINE, MORNING + timedelta(days=3))
    assert again == first
    assert (running.station.seq, len(running.station.state.tickets)) == (seq, 1)
    assert running.station.execute("y", command, MACHINE, MORNING) != first
    assert running.reopened().execute("x", command, MACHINE, MORNING) == first


def test_a_refusal_is_an_answer_too(running: Running) -> None:
    call = c.CallNext(counter="1")
    for _ in range(2):
        with pytest.raises(Refused) as raised:
            running.station.execute("x", call, OFFICER, MORNING)
        assert (raised.value.code, raised.value.params) == ("nobody_waiting", {"counter": "1"})
        running.do(c.IssueTicket(group="hukou"), MACHINE)
    with pytest.raises(Refused):
        running.reopened().execute("x", call, OFFICER, MORNING)
    running.do(call)


def test_nothing_to_do_is_an_answer_without_events(running: Running) -> None:
    seq = running.station.seq
    assert running.do(c.OpenCounter(counter="1")).events == ()
    assert running.station.seq == seq


@pytest.mark.parametrize(
    ("command", "by"),
    [(c.IssueTicket(group="traffic"), MACHINE), (c.IssueTicket(group="hukou"), GUIDE)],
    ids=["another command", "another actor"],
)
def test_an_id_is_not_used_for_something_else(running: Running, command: c.AnyCommand, by: Actor) -> None:
    running.station.execute("x", c.IssueTicket(group="hukou"), MACHINE, MORNING)
    with pytest.raises(CommandIdReused):
        running.station.execute("x", command, by, MORNING)


def test_an_id_of_a_refusal_is_not_used_for_something_else(running: Running) -> None:
    with pytest.raises(Refused):
        running.station.execute("x", c.CallNext(counter="1"), OFFICER, MORNING)
    with pytest.raises(CommandIdReused):
        running.station.execute("x", c.CallNext(counter="2"), OFFICER, MORNING)


def test_what_was_not_stored_did_not_happen(running: Running) -> None:
    before, seq = running.station.state, running.station.seq
    running.store.broken = True
    with pytest.raises(OSError, match="disk full"):
        running.station.execute("x", c.IssueTicket(group="hukou"), MACHINE, MORNING)
    assert (running.station.state, running.station.seq) == (before, seq)
    running.store.broken = False
    running.station.execute("x", c.IssueTicket(group="hukou"), MACHINE, MORNING)


def test_reopened_it_stands_where_it_stood(running: Running) -> None:
    running.draft()
    running.do(c.HoldTicket(counter="1", kind="papers_kept"))
    running.now += timedelta(days=1)
    running.do(c.IssueTicket(group="traffic", priority="elderly"), MACHINE)
    again = running.reopened()
    assert (again.state, again.seq) == (running.station.state, running.station.seq)


def test_a_service_that_the_catalogue_does_not_know(running: Running) -> None:
    running.draft()
    unknown = ("unknown_service", {"service": "moon.landing"})
    open_case = c.OpenCase(counter="1", case="c2", service="moon.landing")
    assert running.no(open_case) == unknown
    assert running.no(c.ChangeService(case="c1", service="moon.landing")) == unknown
    assert running.no(open_case, GUIDE) == ("not_permitted", {"action": "OpenCase"})
    assert running.no(open_case, SECOND) == ("counter_not_yours", {"counter": "1"})
    running.do(c.ChangeService(case="c1", service="idcard.renew"))
    assert set(running.station.state.cases) == {"c1"}


def test_the_entrance_writes_only_what_the_catalogue_has(running: Running) -> None:
    running.station = Station(running.store, Index(load()))
    running.do(c.IssueTicket(group="hukou"), MACHINE)
    (ticket,) = running.station.state.tickets
    look = c.PrecheckTicket(ticket=ticket, service="idcard.renew", materials={"OLDID": "have"})
    offer = c.RecordOffer(ticket=ticket, service="idcard.renew", channel="kiosk", taken=False)
    replace = msgspec.structs.replace
    for command in (look, offer):
        assert running.no(replace(command, service="moon.landing"), GUIDE)[0] == "unknown_service"
    strange = replace(look, materials={"Zhangsan310101": "have"})
    assert running.no(strange, GUIDE) == ("unknown_material", {"material": "Zhangsan310101"})
    assert running.no(replace(look, variant="X9"), GUIDE) == ("unknown_material", {"material": "X9"})
    assert running.no(replace(offer, channel="lodging"), GUIDE) == ("unknown_channel", {"channel": "lodging"})
    assert running.no(replace(offer, service="idcard.temp"), GUIDE) == ("unknown_channel", {"channel": "kiosk"})
    running.do(replace(look, variant="R1"), GUIDE)
    running.do(offer, GUIDE)


def test_nobody_gets_at_an_old_file_by_its_case_id(running: Running) -> None:
    running.draft()
    running.station.write_file(CaseFile(case="c1", service="hukou.birth"), OFFICER)
    running.do(c.DeclineCase(case="c1", reason="other_place"))
    running.do(c.FinishTicket(counter="1"))
    running.now += timedelta(days=1)
    running.do(c.IssueTicket(group="hukou"), MACHINE)
    assert running.station.state.cases == {}
    running.do(c.CallNext(counter="1"))
    running.do(c.StartService(counter="1"))
    assert running.no(c.OpenCase(counter="1", case="c1", service="hukou.birth")) == ("case_exists", {})


def test_a_file_has_versions(running: Running) -> None:
    running.draft()
    empty = running.station.read_file("c1", OFFICER)
    assert empty == CaseFile(case="c1", service="hukou.birth")
    file = msgspec.structs.replace(empty, answers={"k": Fact("v")}, entered={"x": "half"})
    assert running.station.write_file(file, OFFICER) == 1
    stored = running.station.read_file("c1", OFFICER)
    assert stored == msgspec.structs.replace(file, version=1)
    for stale in (0, 2):
        with pytest.raises(VersionConflict) as raised:
            running.station.write_file(msgspec.structs.replace(file, version=stale), OFFICER)
        assert raised.value.current == 1
    assert running.station.read_file("c1", OFFICER) == stored
    assert running.station.write_file(stored, OFFICER) == 2
    assert b"half" not in msgspec.json.encode(running.store.recorded)


def may(running: Running, by: Actor) -> tuple[str, str]:
    """Whether an actor may read and may write file c1: "" or the refusal's code."""
    codes: list[str] = []
    stored = running.store.read_file("c1")
    version = stored.version if stored else 0
    for what in (
        lambda: running.station.read_file("c1", by),
        lambda: running.station.write_file(CaseFile(case="c1", version=version, service="hukou.birth"), by),
    ):
        try:
            what()
        except Refused as refused:
            codes.append(refused.code)
        else:
            codes.append("")
    return codes[0], codes[1]


def test_who_may_read_and_write_a_file(running: Running, assessed: Assessed) -> None:
    assert may(running, OFFICER) == ("unknown_case", "unknown_case")
    running.draft()
    assert may(running, OFFICER) == may(running, LEADER) == ("", "")
    no = "case_not_yours"
    assert may(running, SECOND) == may(running, AUXILIARY) == (no, no)
    assert may(running, REVIEWER) == (no, "not_permitted")
    for role in ("guide", "ticket_machine", "courier", "setup", "support", "inspector"):
        assert may(running, Actor(id="z", role=cast(Any, role))) == ("not_permitted", "not_permitted")
    with pytest.raises(Refused) as raised:
        running.station.read_file("c1", SECOND)
    assert raised.value.params == {"case": "c1"}
    # Who serves the ticket now may, as long as it is served there.
    running.do(c.TransferTicket(counter="1", to_counter="2"))
    assert may(running, SECOND) == (no, no)
    running.do(c.CallNext(counter="2"), SECOND)
    assert may(running, SECOND) == may(running, OFFICER) == ("", "")
    running.do(c.AcceptCase(case="c1"), SECOND)
    assert may(running, OFFICER) == ("", "case_state")  # what was accepted is what the department decides on
    running.do(c.StartService(counter="2"), SECOND)
    running.do(c.FinishTicket(counter="2", outcome="referred"), SECOND)
    assert may(running, SECOND) == (no, no)
    # The department may read what was handed over to it, and only it.
    assert may(running, REVIEWER) == (no, "not_permitted")
    running.do(c.HandOverCase(case="c1"))
    assert may(running, REVIEWER) == ("", "not_permitted")
    assert may(running, STRANGER) == (no, "not_permitted")
    # A case that came back may be brought to any counter that serves somebody.
    running.do(c.AcknowledgeCase(case="c1", reference="D2-1"), REVIEWER)
    running.do(c.RequestSupplement(case="c1", items=("DNA",)), REVIEWER)
    assert may(running, SECOND) == (no, no)
    running.do(c.ChangeProfile(counter="2", groups=("hukou",)), SECOND)
    running.do(c.IssueTicket(group="hukou"))
    running.do(c.CallNext(counter="2"), SECOND)
    assert may(running, SECOND) == ("", "")


def test_a_discarded_draft_takes_its_file_along(running: Running) -> None:
    running.draft()
    running.station.write_file(CaseFile(case="c1", service="hukou.birth"), OFFICER)
    running.do(c.OpenCase(counter="1", case="c2", service="hukou.birth"))
    running.station.write_file(CaseFile(case="c2", service="hukou.birth"), OFFICER)
    running.do(c.DiscardCase(case="c1"))
    assert set(running.store.files) == {"c2"}
    with pytest.raises(Refused, match="unknown_case"):
        running.station.read_file("c1", OFFICER)
    running.do(c.OpenCase(counter="1", case="c1", service="hukou.birth"))
    assert running.station.read_file("c1", OFFICER).version == 0


def test_what_the_file_says_goes_into_the_acceptance(running: Running, assessed: Assessed) -> None:
    running.draft()
    running.station.write_file(CaseFile(case="c1", service="hukou.birth"), OFFICER)
    assessed.result["materials"] = (*assessed.result["materials"], paper("photo", "deferred"))
    assessed.result["prompts"] = (blocker("P1", True), blocker("LAW", True, overridable=False))
    # A paper comes later only by the shift leader's word.
    with pytest.raises(Refused) as raised:
        running.do(c.AcceptCase(case="c1"))
    assert raised.value.params == {"problems": 1, "first": "material_missing:photo"}
    with pytest.raises(Refused, match="not_askable"):
        running.do(c.OverridePrompt(case="c1", prompt="LAW", reason="legal_ground"), LEADER)
    running.do(c.DeferMaterial(case="c1", material="photo"), LEADER)
    running.do(c.OverridePrompt(case="c1", prompt="P1", reason="legal_ground"), LEADER)
    assessed.asked.clear()
    answer = running.do(c.AcceptCase(case="c1"))
    assert assessed.asked == [
        {"file": "c1", "today": date(2024, 6, 3), "role": "officer", "overridden": {"P1": "legal_ground"}}
    ]
    accepted = answer.events[-1].event
    assert isinstance(accepted, e.CaseAccepted)
    assert (accepted.catalog, accepted.department, accepted.on_the_spot) == ("sha", "household", False)
    assert (accepted.due, accepted.due_day_kind, accepted.fee) == (date(2024, 6, 28), "calendar", "20")
    assert accepted.deferred == ("photo",)


def test_a_leader_is_asked_only_for_what_he_may_decide(running: Running, assessed: Assessed) -> None:
    assessed.result["prompts"] = (
        *(blocker("P1", True), blocker("P2", None), blocker("P3", False)),
        *(blocker("LAW", True, overridable=False), blocker("END", True, stage="closing")),
    )
    assessed.result["materials"] = (
        *(
            paper("photo", "open"),
            paper("old", "missing"),
            paper("here", "verified"),
            paper("no", "open", needed=False),
        ),
        *(paper("law", "missing", deferrable=False), paper("perhaps", "open", needed=None)),
        *(paper("one", "waived", one_of="g"), paper("other", "missing", one_of="g")),
    )
    running.draft()
    running.station.write_file(CaseFile(case="c1", service="hukou.birth"), OFFICER, MORNING)

    def refused(what: Any, item: str) -> str:
        command = c.RequestApproval(case="c1", what=what, item=item, reason="instruction")
        try:
            running.do(command)
        except Refused as no:
            return no.code
        return ""

    assert [refused("override", item) for item in ("P1", "P2", "P3", "LAW", "END", "?")] == ["", *["not_askable"] * 5]
    papers = ("photo", "old", "here", "no", "law", "perhaps", "other", "?")
    assert [refused("deferral", item) for item in papers] == ["", "", *["not_askable"] * 6]


def test_a_question_ends_by_itself_when_nothing_depends_on_it(running: Running, assessed: Assessed) -> None:
    assessed.result["prompts"] = (blocker("P1", True), blocker("P2", True))
    assessed.result["materials"] = (paper("photo", "open"),)
    running.draft()
    running.station.write_file(CaseFile(case="c1", service="hukou.birth"), OFFICER, MORNING)
    for what, item in (("override", "P1"), ("override", "P2"), ("deferral", "photo")):
        running.do(c.RequestApproval(case="c1", what=what, item=item, reason="instruction"))  # type: ignore[arg-type]
    seq = running.station.seq
    # What is only not known at the moment is still asked for.
    assessed.result["prompts"] = (blocker("P1", None), blocker("P2", True))
    running.station.write_file(CaseFile(case="c1", service="hukou.birth", version=1), OFFICER, MORNING)
    assert running.station.seq == seq
    assessed.result["prompts"] = (blocker("P1", False), blocker("P2", True))
    assessed.result["materials"] = (paper("photo", "verified"),)
    running.station.write_file(CaseFile(case="c1", service="hukou.birth", version=2), OFFICER, MORNING)
    ended = [recorded.event for recorded in running.store.recorded[seq:]]
    assert ended == [
        e.RequestWithdrawn(at=MORNING, by="p1", case="c1", what="override", item="P1", needless=True),
        e.RequestWithdrawn(at=MORNING, by="p1", case="c1", what="deferral", item="photo", needless=True),
    ]
    assert [one.item for one in running.station.state.cases["c1"].asked] == ["P2"]
    assert running.reopened().state == running.station.state


def test_unknown_is_not_on_the_spot_and_has_no_last_day(running: Running, assessed: Assessed) -> None:
    assessed.result |= {"on_the_spot": None, "due": None, "fee_due": None, "materials": ()}
    running.draft()
    running.station.write_file(CaseFile(case="c1", service="hukou.birth"), OFFICER)
    accepted = running.do(c.AcceptCase(case="c1")).events[-1].event
    assert isinstance(accepted, e.CaseAccepted)
    assert (accepted.on_the_spot, accepted.due, accepted.fee, accepted.deferred) == (False, None, "0", ())


def test_the_gate_names_its_first_problem(running: Running, assessed: Assessed) -> None:
    assessed.result["gate"] = (SimpleNamespace(kind="block", id="b1"), SimpleNamespace(kind="material", id="m1"))
    running.draft()
    running.station.write_file(CaseFile(case="c1", service="hukou.birth"), OFFICER)
    assert running.no(c.AcceptCase(case="c1")) == ("gate", {"problems": 2, "first": "block:b1"})


def test_without_its_file_no_case_is_accepted(running: Running, assessed: Assessed) -> None:
    running.draft()
    none = ("no_file", {"case": "c1"})
    assert running.no(c.AcceptCase(case="c1")) == none
    assert running.no(c.AcceptCase(case="c9")) == ("unknown_case", {})
    running.station.write_file(CaseFile(case="c1", service="moon.landing"), OFFICER)
    assert running.no(c.AcceptCase(case="c1")) == none
    assessed.result["department"] = None
    running.station.write_file(CaseFile(case="c1", version=1, service="hukou.birth"), OFFICER)
    assert running.no(c.AcceptCase(case="c1")) == none
    assert len(assessed.asked) == 1


def test_the_day_of_acceptance_is_the_station_s(running: Running, assessed: Assessed) -> None:
    running.draft()
    running.station.write_file(CaseFile(case="c1", service="hukou.birth"), OFFICER)
    running.now = datetime(2024, 6, 3, 18, 0, tzinfo=UTC)
    running.do(c.AcceptCase(case="c1"))
    assert assessed.asked[0]["today"] == date(2024, 6, 4) == running.now.astimezone(TIMEZONE).date()


class Register:
    def lookup(self, service: str, key: str, value: str) -> dict[str, JsonValue]:
        return {"asked": f"{service} {key} {value}"}


def test_registers_answer_who_may_write_a_file(running: Running) -> None:
    assert running.station.lookup("hukou.birth", "k", "v", OFFICER) == {}
    asked = Station(running.store, cast(Index, Shelf()), Register())
    assert asked.lookup("hukou.birth", "k", "v", AUXILIARY) == {"asked": "hukou.birth k v"}
    with pytest.raises(Refused) as raised:
        asked.lookup("hukou.birth", "k", "v", REVIEWER)
    assert (raised.value.code, raised.value.params) == ("not_permitted", {"action": "lookup"})


def test_a_shift_note_is_for_who_works_at_the_counter() -> None:
    running = Running()
    station, store = running.station, running.store
    station.write_note("1", "x", OFFICER, MORNING)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: station.write_note("1", "y", SECOND, MORNING),
        lambda: station.read_note("1", SECOND, MORNING),
        lambda: station.drop_note("1", SECOND, MORNING),
    )
    for attempt in attempts:
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == "counter_not_yours"
    with pytest.raises(Refused) as refused:
        station.read_note("1", GUIDE, MORNING)
    assert refused.value.code == "not_permitted"
    assert station.read_note("1", LEADER, MORNING) == station.read_note("1", OFFICER, MORNING) is not None
    assert [(note.action, note.outcome) for note in store.notes[-7:]] == [
        ("write_note", "ok"),
        ("write_note", "counter_not_yours"),
        ("read_note", "counter_not_yours"),
        ("drop_note", "counter_not_yours"),
        ("read_note", "not_permitted"),
        ("read_note", "ok"),
        ("read_note", "ok"),
    ]
    running.do(c.CloseCounter(counter="1"))
    with pytest.raises(Refused) as refused:
        station.read_note("1", OFFICER, MORNING)
    assert refused.value.code == "counter_not_open"


def test_a_shift_note_is_gone_after_two_days() -> None:
    running = Running()
    station = running.station
    station.write_note("1", "x", OFFICER, MORNING)
    assert station.read_note("1", OFFICER, MORNING + NOTE_LIFE) is not None
    late = MORNING + NOTE_LIFE + timedelta(seconds=1)
    assert station.read_note("1", OFFICER, late) is None
    assert running.store.left == {}
    assert (running.store.notes[-2].action, running.store.notes[-2].count) == ("erase_notes", 1)
    station.write_note("1", "x", OFFICER, MORNING)
    assert station.erase_notes(late) == 1
    assert station.erase_notes(late) == 0
