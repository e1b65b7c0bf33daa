"""The journal against a plain dictionary: whatever officers do, and whenever the terminal dies, both say the same."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from counterdesk import passphrase
from counterdesk.journal import keyring_probe
from counterdesk.journal.journal import Journal
from counterdesk.journal.model import DeadLetter, Draft, JournalError, Locked, Unlocked, Waiting, WrongPassphrase
from tests.unit.journal.conftest import NOW, draft, waiting

OFFICERS = {"031234": "first-password", "035678": "second-password"}
WEAK = passphrase.Strength(8, 1)


@dataclass
class Belongings:
    """What an officer should find."""

    drafts: dict[str, Draft] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    dead: dict[str, DeadLetter] = field(default_factory=dict)
    place: bytes = b""


class Terminal(RuleBasedStateMachine):
    """Two officers share a terminal that dies now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="counterdesk-model-"))
        self.runner = asyncio.Runner()
        self.lives = 0
        self.number = 0
        self.officer = ""
        self.all = {officer: Belongings() for officer in OFFICERS}
        self.journal = self._open()

    @property
    def mine(self) -> Belongings:
        """Of the officer who is signed in."""
        return self.all[self.officer]

    def _open(self) -> Journal:
        path = self.folder / str(self.lives) / "x.journal"
        return Journal.open(path, mode="live", station="demo", counter="3")

    def teardown(self) -> None:
        self.runner.run(self.journal.close())
        self.runner.close()
        shutil.rmtree(self.folder)

    def _sign_in(self, officer: str, trusted: bool) -> None:
        found = self.runner.run(self.journal.unlock(officer, OFFICERS[officer], trusted=trusted))
        self.officer = officer
        self._compare(found)

    def _compare(self, found: Unlocked) -> None:
        mine = self.mine
        assert {each.case: each for each in found.drafts} == mine.drafts
        assert list(found.waiting) == list(mine.waiting.values())
        assert {each.id: each for each in found.dead} == mine.dead
        assert found.place == mine.place
        others = sum(
            len(theirs.drafts) + len(theirs.waiting) + len(theirs.dead)
            for officer, theirs in self.all.items()
            if officer != self.officer
        )
        assert (found.others, found.sealed, found.damaged) == (others, 0, 0)

    @initialize()
    def both_have_been_here(self) -> None:
        for officer in OFFICERS:
            self._sign_in(officer, trusted=True)

    @rule(officer=st.sampled_from(sorted(OFFICERS)), trusted=st.booleans())
    def sign_in(self, officer: str, trusted: bool) -> None:
        self._sign_in(officer, trusted)

    @rule(officer=st.sampled_from(sorted(OFFICERS)))
    def mistype(self, officer: str) -> None:
        before = self.officer
        with pytest.raises(WrongPassphrase):
            self.runner.run(self.journal.unlock(officer, "mistyped", trusted=False))
        assert self.journal.unlocked == bool(before)

    @rule()
    def lock(self) -> None:
        self.journal.lock()
        self.officer = ""
        with pytest.raises(Locked):
            self.runner.run(self.journal.keep_place(b""))

    @rule()
    def die(self) -> None:
        """kill -9: the files are as they are at this moment, and nobody closes them."""
        before = self.journal
        shutil.copytree(self.folder / str(self.lives), self.folder / str(self.lives + 1))
        self.runner.run(before.close())
        self.lives += 1
        self.officer = ""
        self.journal = self._open()

    @rule()
    def reopen(self) -> None:
        self.runner.run(self.journal.reopen())

    @precondition(lambda self: self.officer)
    @rule(case=st.sampled_from(["c1", "c2", "c3"]), body=st.binary(max_size=3000), sent=st.booleans())
    def keep(self, case: str, body: bytes, sent: bool) -> None:
        self.number += 1
        kept = msgspec.structs.replace(draft(case, self.number, body), status="sent" if sent else "here")
        self.runner.run(self.journal.keep_draft(kept))
        self.mine.drafts[case] = kept

    @precondition(lambda self: self.officer)
    @rule(case=st.sampled_from(["c1", "c2", "c3"]))
    def drop(self, case: str) -> None:
        self.runner.run(self.journal.drop_draft(case))
        self.mine.drafts.pop(case, None)

    @precondition(lambda self: self.officer)
    @rule(body=st.binary(max_size=300))
    def enqueue(self, body: bytes) -> None:
        self.number += 1
        made = waiting(f"id-{self.number}", body)
        self.runner.run(self.journal.enqueue(made))
        self.mine.waiting[made.id] = made

    @precondition(lambda self: self.officer and self.mine.waiting)
    @rule(data=st.data(), error=st.sampled_from(["", "unreachable"]))
    def tried(self, data: st.DataObject, error: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.mine.waiting)))
        self.runner.run(self.journal.tried(name, error))
        before = self.mine.waiting[name]
        self.mine.waiting[name] = msgspec.structs.replace(before, tries=before.tries + 1, error=error)

    @precondition(lambda self: self.officer and self.mine.waiting)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.mine.waiting)))
        self.runner.run(self.journal.settle(name))
        del self.mine.waiting[name]

    @precondition(lambda self: self.officer and self.mine.waiting)
    @rule(data=st.data(), minutes=st.integers(0, 99))
    def bury(self, data: st.DataObject, minutes: int) -> None:
        name = data.draw(st.sampled_from(sorted(self.mine.waiting)))
        self.runner.run(self.journal.bury(name, "cool_off", {"minutes": minutes}))
        body = self.mine.waiting.pop(name).body
        self.mine.dead[name] = DeadLetter(
            id=name, kind="AcceptCase", body=body, since=NOW, code="cool_off", params={"minutes": minutes}
        )

    @precondition(lambda self: self.officer and self.mine.dead)
    @rule(data=st.data())
    def revive(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.mine.dead)))
        self.number += 1
        revived = self.runner.run(self.journal.revive(name, f"id-{self.number}"))
        assert revived == waiting(f"id-{self.number}", self.mine.dead.pop(name).body)
        self.mine.waiting[revived.id] = revived

    @precondition(lambda self: self.officer and self.mine.dead)
    @rule(data=st.data())
    def drop_dead(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.mine.dead)))
        self.runner.run(self.journal.drop_dead(name))
        del self.mine.dead[name]

    @precondition(lambda self: self.officer)
    @rule(body=st.binary(max_size=30))
    def stand(self, body: bytes) -> None:
        self.runner.run(self.journal.keep_place(body))
        self.mine.place = body

    @precondition(lambda self: any(each.waiting for each in self.all.values()) and self.officer)
    @rule(data=st.data())
    def take_a_used_id(self, data: st.DataObject) -> None:
        used = sorted(name for each in self.all.values() for name in each.waiting)
        with pytest.raises(JournalError, match="known_id"):
            self.runner.run(self.journal.enqueue(waiting(data.draw(st.sampled_from(used)))))

    @invariant()
    def counts_are_right(self) -> None:
        health = self.runner.run(self.journal.health())
        assert sum(health.drafts.values()) == sum(len(each.drafts) for each in self.all.values())
        assert health.outbox.get("waiting", 0) == sum(len(each.waiting) for each in self.all.values())
        assert health.outbox.get("dead", 0) == sum(len(each.dead) for each in self.all.values())
        assert health.unlocked == bool(self.officer)
        assert not health.failed


@pytest.fixture(autouse=True, scope="module")
def _cheap() -> object:
    """Module-wide, because hypothesis runs many terminals in one test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passphrase, "STRONG", WEAK)
        patch.setattr(passphrase, "FRUGAL", WEAK)
        patch.setattr(keyring_probe, "ask", lambda requests, *, seconds=0.0: ("none", ()))
        yield


TestTerminal = Terminal.TestCase
TestTerminal.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
