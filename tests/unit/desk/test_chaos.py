"""Whatever calls fail, and whenever: the station's state is the desk's, and everything happened exactly once, in order.

The control is a station that forgets which command ids it has seen: the same check must find it out.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import msgspec
import pytest

from counterdesk.backends.base import NotSignedIn, Resync, Unreachable
from counterdesk.catalog.casefile import CaseFile
from counterdesk.desk import desk
from counterdesk.station import commands as c
from tests.unit.desk.fake import COUNTER, GROUPS, SERVICE, FakeBackend, Rig

DAYS = 120
NEWEST = "the newest case"
CHOICES: tuple[c.AnyCommand, ...] = (
    c.OpenCounter(counter=COUNTER, groups=GROUPS),
    c.CallNext(counter=COUNTER),
    c.CallNext(counter=COUNTER),
    c.StartService(counter=COUNTER),
    c.StartService(counter=COUNTER),
    c.FinishTicket(counter=COUNTER),
    c.MarkNoShow(counter=COUNTER),
    c.Requeue(counter=COUNTER),
    c.Recall(counter=COUNTER),
    c.UndoStep(counter=COUNTER),
    c.HoldTicket(counter=COUNTER, kind="papers_out"),
    c.PauseCounter(counter=COUNTER, reason="break"),
    c.IssueTicket(group=GROUPS[0]),
    c.OpenCase(counter=COUNTER, case=NEWEST, service=SERVICE),
    c.OpenCase(counter=COUNTER, case=NEWEST, service=SERVICE),
    c.ReceiveCase(case=NEWEST),
    c.DiscardCase(case=NEWEST),
)
BEGIN = (CHOICES[0], c.IssueTicket(group=GROUPS[0]), CHOICES[1], CHOICES[3])
"""Most days begin with somebody at the counter."""


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "RETRY_SECONDS", (0.0,))


class Chaos:
    """Faults at random, until `calm`."""

    def __init__(self, rig: Rig, seed: int) -> None:
        self.rig = rig
        self.random = random.Random(seed)
        self.faults = 0
        self.calm = False

    def __call__(self, method: str) -> BaseException | None:
        if self.calm:
            return None
        draw = self.random.random()
        if draw < 0.3:
            self.faults += 1
            return Unreachable("chaos")
        if draw < 0.36 and method not in ("sign_in", "lookup", "stream", "sign_out", "close"):
            self.faults += 1
            self.rig.fake.expire(streams=self.random.random() < 0.5)
        elif draw < 0.42:
            self.faults += 1
            said: list[Resync | BaseException] = [Resync(), Unreachable("cut"), NotSignedIn("ended")]
            self.rig.fake.say(self.random.choice(said))
        return None


async def _day(seed: int, *, idempotent: bool = True) -> Counter[str]:
    """One desk gives a random list of commands while everything fails now and then. Returns what happened.

    Raises: AssertionError.
    """
    rig = Rig()
    rig.fake = FakeBackend(rig.clock, idempotent=idempotent)
    rig.desk._backend = rig.fake
    chaos = rig.fake.chance = Chaos(rig, seed)
    rig.start()
    given: list[str] = []
    case = "none"
    for number in range(chaos.random.randrange(10, 40)):
        command = BEGIN[number] if number < len(BEGIN) else chaos.random.choice(CHOICES)
        if isinstance(command, c.OpenCase):
            case = f"case-{number}"
            rig.desk.put_file(CaseFile(case=case, service=SERVICE))
        if getattr(command, "case", "") == NEWEST:
            command = msgspec.structs.replace(command, case=case)
        given.append(rig.desk.submit(command, f"{number}"))
        if chaos.random.random() < 0.5:
            rig.fake.give(c.IssueTicket(group=chaos.random.choice(GROUPS)))
        for _ in range(chaos.random.randrange(15)):
            await asyncio.sleep(0)
        for known in rig.state.files:
            rig.type(f"f{number}", str(number), known)
        rig.clock.later(seconds=3)
    for turn in range(400):
        await asyncio.sleep(0)
        rig.drain()
        for known in rig.state.files if turn % 20 == 0 else ():
            rig.type("late", str(turn), known)
    chaos.calm = True
    await rig.until(lambda: not rig.state.pending)
    await rig.settled()
    await rig.inline.stop()
    _check(rig, given)
    return Counter(faults=chaos.faults, commands=len(given), writes=len(rig.fake.called("write_file")))


def _check(rig: Rig, given: list[str]) -> None:
    times = Counter(rig.fake.executed)
    assert set(times.values()) <= {1}, f"carried out more than once: {times.most_common(3)}"
    stale = {dead.id for dead in rig.state.dead if dead.code == "stale_call"}
    assert rig.fake.executed == [command for command in given if command not in stale], "not all, or not in order"
    answered = [notice for notice in rig.notices if notice.command is not None]
    assert len(answered) == len(given), "not one answer a command"
    assert {notice.kind for notice in rig.notices} <= {"done", "refused", "undelivered", "gone"}, (
        "nothing else went wrong"
    )
    answers = [rig.fake.store.answer(command) for command in given]
    for notice, answer in zip(answered, answers, strict=True):
        if notice.kind == "undelivered":
            assert answer is None, "a call that waited too long is not sent"
            continue
        assert answer is not None
        assert (notice.kind == "refused") == (answer.refused is not None)
        assert notice.events == answer.events
    assert rig.state.station == rig.fake.station.state
    assert set(rig.state.files) == set(rig.state.station.cases) | set(rig.state.local)
    assert all(rig.state.files[case].entered for case in rig.state.local), "only what was typed is worth keeping"
    for case in rig.state.station.cases:
        file = rig.state.files[case]
        assert file == rig.fake.store.read_file(case), "what was typed is not what is stored"


async def test_exactly_once_and_in_order_whatever_fails() -> None:
    total: Counter[str] = Counter()
    for seed in range(DAYS):
        try:
            total += await _day(seed)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
    print(f"{DAYS} days, {dict(total)}, 0 violations")
    assert total["faults"] > 10 * DAYS
    assert total["writes"] > DAYS


async def test_control_a_station_without_idempotency_is_found_out() -> None:
    for seed in range(30):
        try:
            await _day(seed, idempotent=False)
        except AssertionError as error:
            if "more than once" in str(error):
                return
    pytest.fail("the check would not notice a command that is carried out twice")
