"""What a desk keeps on disk: before anything is sent, across crashes, for its officer alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from counterdesk.backends.base import NotSignedIn, Unreachable
from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.desk.desk import Desk
from counterdesk.desk.handle import DeskInline
from counterdesk.desk.memory import Memory
from counterdesk.desk.state import Journaling, Place
from counterdesk.journal import keyring_probe
from counterdesk.journal.journal import Journal
from counterdesk.journal.model import JournalIo, Waiting
from counterdesk.station import commands as c
from tests.unit.desk.fake import COUNTER, SERVICE, Clock, FakeBackend, Hang, Rig

CASE = "case-1"
TICKET = c.IssueTicket(group="HK")


@pytest.fixture(autouse=True)
def _quick_keys(monkeypatch: pytest.MonkeyPatch, weak_passphrases: None) -> None:
    """Slots that a test can open in no time, and no keyring."""
    monkeypatch.setattr(keyring_probe, "ask", lambda *_, **__: ("none", ()))


class Terminal:
    """One terminal over time: desks come and go on the same disk, at the same station."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = Clock()
        self.fake = FakeBackend(self.clock)
        self.rigs: list[Rig] = []
        self.journals: list[Journal] = []

    def boot(self, officer: str = "p1", password: str = "right") -> Rig:
        """A desk starts."""
        journal = Journal.open(self.path, mode="live", station="demo", counter=COUNTER)
        rig = Rig(self.fake, self.clock)
        rig.fake = self.fake
        memory = Memory(journal, self.clock)
        rig.desk = Desk(self.fake, COUNTER, officer, password, clock=self.clock, memory=memory)
        rig.inline = DeskInline(rig.desk)
        rig.start()
        self.rigs.append(rig)
        self.journals.append(journal)
        return rig

    async def crash(self) -> None:
        """The desk is gone between two instructions: nothing is flushed, nobody signs out."""
        rig, journal = self.rigs[-1], self.journals[-1]
        memory = rig.desk._memory
        assert memory is not None
        memory._jobs.clear()
        rig.desk._memory = None
        self.fake.before["sign_out"].append(Unreachable())
        await rig.inline.stop()
        await journal.close()

    async def away(self, rig: Rig) -> Hang:
        """The line goes; setting what is returned brings it back."""
        hang = Hang()
        self.fake.before["snapshot"].append(hang)
        self.fake.say(Unreachable())
        await rig.until(hang.began.is_set)
        assert rig.state.link.status == "offline"
        return hang


@pytest.fixture
async def terminal(tmp_path: Path) -> AsyncIterator[Terminal]:
    terminal = Terminal(tmp_path / "journal" / "desk.journal")
    yield terminal
    for rig in terminal.rigs:
        await rig.inline.stop()


async def test_a_command_is_on_disk_before_it_is_sent(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    on_disk: set[str] = set()
    sent: list[str] = []
    enqueue, execute = Journal.enqueue, FakeBackend.execute

    async def enqueued(self: Journal, waiting: Waiting) -> None:
        await enqueue(self, waiting)
        on_disk.add(waiting.id)

    async def executed(self: FakeBackend, command_id: str, command: c.AnyCommand) -> object:
        assert command_id in on_disk
        sent.append(command_id)
        return await execute(self, command_id, command)

    monkeypatch.setattr(Journal, "enqueue", enqueued)
    monkeypatch.setattr(FakeBackend, "execute", executed)
    rig = terminal.boot()
    await rig.online()
    await rig.serving()
    assert len(sent) == 3


async def test_a_file_is_saved_here_then_at_the_station_and_its_draft_is_gone(terminal: Terminal) -> None:
    rig = terminal.boot()
    await rig.online()
    await rig.with_case()
    back = await terminal.away(rig)
    rig.type("name", "张三")
    await rig.until(lambda: rig.state.file_status[CASE] == "here")
    health = await terminal.journals[-1].health()
    assert health.drafts == {"here": 1}
    back.set()
    await rig.settled()
    await rig.desk._memory.flush()  # type: ignore[union-attr]
    assert (await terminal.journals[-1].health()).drafts == {}
    assert rig.stored().entered == {"name": "张三"}


async def test_only_a_text_that_is_on_disk_is_sent(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The officer types while the disk is waited for: what goes out is what the disk has by then."""
    rig = terminal.boot()
    await rig.online()
    await rig.with_case()
    memory = rig.desk._memory
    assert memory is not None
    flush, typed = Memory.flush, iter("bcd")

    async def flushed(self: Memory) -> None:
        await flush(self)
        if (letter := next(typed, "")) and rig.state.files:
            rig.type("name", letter)

    monkeypatch.setattr(Memory, "flush", flushed)
    before = len(rig.fake.called("write_file"))
    rig.type("name", "a")
    rig.desk.submit(c.ReceiveCase(case=CASE))
    await rig.settled()
    sent = [file.entered["name"] for file in rig.fake.called("write_file")[before:]]
    assert sent[-1] == "d"
    assert "b" not in sent[:1], "typed after the disk had answered"
    assert rig.stored().entered == {"name": "d"}


async def test_after_a_crash_offline_everything_marked_as_kept_is_there(terminal: Terminal) -> None:
    rig = terminal.boot()
    await rig.online()
    ticket = await rig.serving()
    rig.desk.put_file(CaseFile(case=CASE, service=SERVICE))
    rig.desk.submit(c.OpenCase(counter=COUNTER, case=CASE, service=SERVICE))
    await rig.settled()
    await terminal.away(rig)
    rig.type("name", "张三")
    rig.desk.keep_place(Place(CASE, "details", "name"))
    rig.desk.submit(c.ReceiveCase(case=CASE), "receive")
    await rig.until(lambda: rig.state.file_status[CASE] == "here")
    await rig.desk._memory.flush()  # type: ignore[union-attr]
    await terminal.crash()

    terminal.fake.before["snapshot"].clear()
    terminal.fake.before["sign_in"].extend([Unreachable()] * 2)
    hang = Hang()
    terminal.fake.before["sign_in"].append(hang)
    again = terminal.boot()
    await again.until(hang.began.is_set)
    state = again.state
    assert state.session is not None
    assert state.session.actor.id == "p1", "signed in without the station"
    assert state.files[CASE].entered == {"name": "张三"}
    assert state.file_status[CASE] == "here"
    assert [(p.id, p.command, p.waited) for p in state.pending] == [("receive", c.ReceiveCase(case=CASE), True)]
    assert state.place == Place(CASE, "details", "name")
    assert state.station.current == {COUNTER: ticket}, "the station as it was last seen"
    hang.set()
    await again.settled()
    assert again.stored().entered == {"name": "张三"}
    assert again.state.station.cases[CASE].status == "received"


async def test_an_answer_lost_in_a_crash_is_neither_a_conflict_nor_a_second_case(terminal: Terminal) -> None:
    rig = terminal.boot()
    await rig.online()
    await rig.with_case()
    hang = Hang()
    terminal.fake.after["write_file"].append(hang)
    rig.type("name", "张三")
    await rig.until(hang.began.is_set)  # the station has it, the desk does not know
    rig.type("phone", "1")
    await rig.desk._memory.flush()  # type: ignore[union-attr]
    await terminal.crash()
    again = terminal.boot()
    await again.settled()
    assert "conflict" not in again.kinds()
    assert again.stored().entered == {"name": "张三", "phone": "1"}


async def test_another_officer_finds_nothing_of_the_first(terminal: Terminal) -> None:
    rig = terminal.boot()
    await rig.online()
    await rig.with_case()
    await terminal.away(rig)
    rig.type("name", "张三")
    rig.desk.submit(c.ReceiveCase(case=CASE))
    await rig.until(lambda: rig.state.file_status[CASE] == "here")
    await rig.desk._memory.flush()  # type: ignore[union-attr]
    await terminal.crash()
    terminal.fake.before["snapshot"].clear()
    other = terminal.boot("p2", "also right")
    await other.online()
    await other.until(lambda: other.state.journal.status == "memory")
    assert (other.state.files, other.state.pending) == ({}, ())
    assert other.state.journal.others == 2


async def test_who_never_worked_here_waits_for_the_station(terminal: Terminal) -> None:
    terminal.fake.before["sign_in"].extend([Unreachable()] * 3)
    rig = terminal.boot()
    await rig.until(lambda: rig.state.link.status == "offline")
    assert (rig.state.session, rig.kinds()) == (None, [])
    await rig.online()
    assert rig.state.session is not None


async def test_a_wrong_password_offline_opens_nothing(terminal: Terminal) -> None:
    rig = terminal.boot()
    await rig.online()
    await terminal.crash()
    terminal.fake.before["sign_in"].extend([Unreachable()] * 3)
    again = terminal.boot("p1", "wrong")
    await again.until(lambda: len(terminal.fake.called("sign_in")) == 5)
    assert again.kinds()[:1] == ["sign_in_failed"]
    assert again.notices[0].params == {"code": "offline"}, "said once, however often the station is asked"
    assert again.state.session is None


async def test_who_opened_his_work_offline_loses_it_when_the_station_does_not_know_him(terminal: Terminal) -> None:
    rig = terminal.boot()
    await rig.online()
    await rig.with_case()
    await terminal.away(rig)
    rig.type("name", "张三")
    await rig.until(lambda: rig.state.file_status[CASE] == "here")
    await terminal.crash()
    terminal.fake.before["snapshot"].clear()
    terminal.fake.before["sign_in"].extend([Unreachable(), NotSignedIn(code="locked", seconds=60)])
    again = terminal.boot()
    await again.until(lambda: "sign_in_failed" in again.kinds())
    await again.until(lambda: not again.state.files)
    assert again.state.session is None
    assert (await terminal.journals[-1].health()).drafts == {"here": 1}, "it stays on disk, sealed"


async def test_locking_leaves_nothing_in_memory_and_signing_in_brings_it_back(terminal: Terminal) -> None:
    rig = terminal.boot()
    await rig.online()
    await rig.with_case()
    hang = Hang()
    terminal.fake.before["write_file"].append(hang)
    rig.type("name", "张三")
    rig.desk.keep_place(Place(CASE, "identity", "name"))
    rig.desk.lock()
    rig.desk.sign_in("p2", "also right")  # waits until the first one's work is put away
    await rig.until(lambda: rig.state.session is not None and rig.state.session.actor.id == "p2")
    assert "sign_in_failed" not in rig.kinds()
    assert (rig.state.files, rig.state.pending) == ({}, ())
    rig.desk.lock()
    await rig.until(lambda: rig.state.link.status == "signed_out" and not rig.desk._unlocked)
    state = rig.state
    assert (state.session, state.files, state.pending, state.place) == (None, {}, (), None)
    assert not terminal.journals[-1].unlocked
    hang.set()
    rig.desk.sign_in("p1", "right")
    await rig.online()
    await rig.until(lambda: rig.state.place == Place(CASE, "identity", "name"))
    rig.desk.open_file(CASE)
    await rig.settled()
    assert rig.state.files[CASE].entered == {"name": "张三"}


async def test_a_failing_disk_is_said_at_once_and_the_station_still_gets_everything(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = terminal.boot()
    await rig.online()
    await rig.with_case()
    tried: list[str] = []

    async def full(self: Journal, draft: object) -> None:
        tried.append("draft")
        raise JournalIo("disk_full")

    monkeypatch.setattr(Journal, "keep_draft", full)
    rig.type("name", "张三")
    await rig.until(lambda: "not_kept" in rig.kinds())
    assert rig.state.journal == Journaling("failed", "disk_full")
    await rig.settled()
    assert rig.stored().entered == {"name": "张三"}
    assert tried == ["draft"], "never retried by itself"
    monkeypatch.undo()
    await terminal.away(rig)
    rig.type("phone", "1")
    rig.desk.lock()
    await rig.until(lambda: rig.state.session is None)
    assert rig.state.files[CASE].entered["phone"] == "1", "what is on no disk stays in memory"
    rig.desk.sign_in("p2", "also right")
    await rig.until(lambda: rig.notices[-1].params.get("code") == "held")


async def test_the_disk_is_tried_again_when_somebody_asks(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = terminal.boot()
    await rig.online()
    await rig.with_case()
    book = terminal.journals[-1]._book

    def full(*_: object) -> None:
        raise book._kept(JournalIo("disk_full"))

    monkeypatch.setattr(book, "put_draft", full)
    await terminal.away(rig)
    rig.type("name", "张三")
    await rig.until(lambda: rig.state.journal.status == "failed")
    rig.desk.submit(c.ReceiveCase(case=CASE))
    monkeypatch.undo()
    rig.desk.reopen_journal()
    await rig.until(lambda: rig.state.journal.status == "memory" and rig.state.file_status[CASE] == "here")
    await rig.desk._memory.flush()  # type: ignore[union-attr]
    health = await terminal.journals[-1].health()
    assert (health.failed, health.drafts, health.outbox) == ("", {"here": 1}, {"waiting": 1})


async def test_a_desk_that_cannot_keep_anything_takes_nothing_in() -> None:
    rig = Rig()
    rig.desk = Desk(rig.fake, COUNTER, "p1", "right", clock=rig.clock, journaling=Journaling("failed", "in_use"))
    rig.inline = DeskInline(rig.desk)
    rig.start()
    await rig.online()
    await rig.with_case()
    rig.type("name", "张三")
    rig.drain()
    assert rig.notices[-1].kind == "not_kept"
    assert rig.state.files[CASE].entered == {}
    await rig.inline.stop()


async def test_a_command_that_waited_and_is_refused_stays_in_sight_over_a_restart(terminal: Terminal) -> None:
    rig = terminal.boot()
    await rig.online()
    await rig.with_case()
    back = await terminal.away(rig)
    rig.desk.submit(c.ReceiveCase(case=CASE))
    rig.desk.submit(c.DeclineCase(case=CASE, reason="not_competent"), "decline")
    rig.desk.submit(c.DiscardCase(case=CASE), "discard")
    back.set()
    await rig.until(lambda: rig.state.dead)
    assert [(dead.kind, dead.code) for dead in rig.state.dead] == [("DiscardCase", "case_state")]
    await rig.settled()
    await terminal.crash()
    again = terminal.boot()
    await again.online()
    await again.until(lambda: again.state.dead)
    dead = again.state.dead[0]
    assert dead.command == c.DiscardCase(case=CASE)
    again.desk.retry_dead(dead.id)
    await again.until(lambda: not again.state.pending)
    assert terminal.fake.executed[-1] != "discard", "under an id of its own"
    assert again.state.dead == ()
    assert again.kinds()[-1] == "refused"


async def test_a_call_that_waited_too_long_is_not_made(terminal: Terminal) -> None:
    rig = terminal.boot()
    await rig.online()
    rig.desk.submit(c.OpenCounter(counter=COUNTER, groups=("HK",)))
    await rig.settled()
    terminal.fake.give(TICKET)
    back = await terminal.away(rig)
    rig.desk.submit(c.CallNext(counter=COUNTER))
    terminal.clock.later(seconds=61)
    back.set()
    await rig.until(lambda: rig.state.dead)
    assert rig.state.dead[0].code == "stale_call"
    await rig.settled()
    assert rig.state.station.current == {}


async def test_a_case_begun_offline_gets_its_ticket_later(terminal: Terminal) -> None:
    rig = terminal.boot()
    await rig.online()
    await terminal.away(rig)
    rig.desk.begin_case(CaseFile(case=CASE, service=SERVICE))
    rig.type("name", "张三")
    assert list(rig.state.local) == [CASE]
    assert rig.state.expected.cases[CASE].ticket == ""
    assert CASE not in rig.state.station.cases
    await rig.until(lambda: rig.state.file_status[CASE] == "here")
    await terminal.crash()
    terminal.fake.before["snapshot"].clear()
    again = terminal.boot()
    await again.online()
    await again.until(lambda: CASE in again.state.local)
    await again.serving()
    again.desk.submit(c.OpenCase(counter=COUNTER, case=CASE, service=SERVICE))
    await again.settled()
    assert again.state.local == {}
    assert again.stored().entered == {"name": "张三"}


async def test_what_the_station_refuses_to_open_stays_a_case_of_this_terminal(terminal: Terminal) -> None:
    rig = terminal.boot()
    await rig.online()
    await rig.serving()
    back = await terminal.away(rig)
    rig.desk.put_file(CaseFile(case=CASE, service=SERVICE, answers={"name": Answer("张三")}))
    rig.desk.submit(c.OpenCase(counter=COUNTER, case=CASE, service=SERVICE))
    assert rig.state.expected.cases[CASE].ticket != "", "on the ticket, as far as this counter can tell"
    terminal.fake.give(c.Requeue(counter=COUNTER), rig.fake.actor)  # type: ignore[arg-type]
    back.set()
    await rig.until(lambda: rig.state.dead)
    assert list(rig.state.local) == [CASE]
    assert rig.state.files[CASE].answers == {"name": Answer("张三")}
    rig.desk.drop_case(CASE)
    assert rig.state.files == {}


@pytest.mark.parametrize(
    ("later", "status"),
    [
        (["a", "b", "c"], "sound"),
        (["a", "b", "c", "d"], "sound"),
        (["a", "b"], "broken"),
        (["a", "b", "x"], "broken"),
        (["a", "b", "x", "y"], "broken"),
    ],
    ids=["the same", "longer", "cut", "rewritten at the end", "rewritten and longer"],
)
async def test_this_terminal_is_a_witness_of_the_audit_trail(terminal: Terminal, later: list[str], status: str) -> None:
    terminal.fake.trail = ["a", "b", "c"]
    rig = terminal.boot()
    await rig.until(lambda: rig.state.trail == "sound" and rig.state.journal.status == "memory")
    await rig.desk._memory.flush()  # type: ignore[union-attr]
    await terminal.crash()
    terminal.fake.trail = later
    again = terminal.boot()
    await again.until(lambda: again.state.trail == status)
    again.drain()
    assert again.kinds() == (["trail_broken"] if status == "broken" else [])
    await again.desk._memory.flush()  # type: ignore[union-attr]
    remembered = await terminal.journals[-1].checkpoint()
    assert remembered == ((3, "c") if status == "broken" else (len(later), later[-1])), "the evidence stays"
