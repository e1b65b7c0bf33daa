"""Case files: nothing that was typed is lost, nothing of somebody else's is overwritten unseen."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator

import msgspec
import pytest

from counterdesk.backends.base import Misunderstood, NotAllowed, NotSignedIn, Unreachable
from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.desk import case_files
from counterdesk.practice.fill import complete
from counterdesk.station import commands as c
from counterdesk.station.refused import Refused
from tests.unit.desk.fake import COUNTER, INDEX, NOW, OFFICER, SERVICE, Hang, Rig

CASE = "case-1"


@pytest.fixture
async def at(rig: Rig) -> Rig:
    """A desk with a case open and its empty file saved."""
    rig.start()
    await rig.online()
    await rig.with_case(CASE)
    rig.notices.clear()
    rig.fake.calls.clear()
    return rig


def answer(key: str, value: str | None) -> Callable[[CaseFile], CaseFile]:
    """An edit: an answer, or none any more."""

    def change(file: CaseFile) -> CaseFile:
        answers = {k: v for k, v in file.answers.items() if k != key}
        return msgspec.structs.replace(file, answers=answers if value is None else {**answers, key: Answer(value)})

    return change


def by_another(rig: Rig, **texts: str) -> CaseFile:
    """The same officer writes the file at another terminal."""
    stored = rig.stored()
    rig.fake.station.write_file(msgspec.structs.replace(stored, entered={**stored.entered, **texts}), OFFICER)
    return rig.stored()


def nothing_of_it(rig: Rig) -> bool:
    """Whether the desk forgot every case file."""
    return not (rig.state.files or rig.state.file_status or rig.state.theirs or rig.desk._dirty)


def acceptable() -> CaseFile:
    """A file that the station accepts on that day."""
    file = complete(INDEX, 1, SERVICE, NOW.date())
    assert file is not None
    return msgspec.structs.replace(file, case=CASE, catalog=INDEX.catalog.sha256)


async def test_a_new_file_waits_until_its_case_is_open(rig: Rig) -> None:
    rig.start()
    await rig.online()
    await rig.serving()
    rig.desk.put_file(CaseFile(case=CASE, service=SERVICE))
    rig.type("name", "张")
    for _ in range(50):
        await asyncio.sleep(0)
    assert rig.fake.called("write_file") == []
    assert rig.state.file_status[CASE] == "unsaved"
    rig.desk.submit(c.OpenCase(counter=COUNTER, case=CASE, service=SERVICE))
    await rig.settled()
    assert rig.stored().entered == {"name": "张"}
    assert "refused" not in rig.kinds()


async def test_the_file_of_a_case_that_is_not_opened_goes(rig: Rig) -> None:
    rig.start()
    await rig.online()
    rig.desk.put_file(CaseFile(case=CASE, service=SERVICE))
    rig.desk.submit(c.OpenCase(counter=COUNTER, case=CASE, service=SERVICE))
    await rig.until(lambda: rig.kinds() == ["refused"])
    assert rig.state.files == {}
    assert rig.state.file_status == {}


async def test_from_unsaved_over_saving_to_saved(at: Rig) -> None:
    hang = Hang()
    at.fake.before["write_file"].append(hang)
    assert at.state.file_status == {CASE: "saved"}
    at.type("name", "张")
    assert at.state.file_status == {CASE: "unsaved"}
    assert at.state.files[CASE].entered == {"name": "张"}
    await at.until(hang.began.is_set)
    assert at.state.file_status == {CASE: "saving"}
    hang.set()
    await at.settled()
    assert at.state.file_status == {CASE: "saved"}
    assert at.state.files[CASE] == at.stored()
    assert at.areas >= {"files"}


async def test_what_is_typed_while_it_is_saved_is_saved_next(at: Rig) -> None:
    for where in (at.fake.before, at.fake.after):
        hang = Hang()
        where["write_file"].append(hang)
        at.type("name", "张")
        await at.until(hang.began.is_set)
        at.type("name", "张三")
        assert at.state.file_status == {CASE: "unsaved"}
        hang.set()
        await at.settled()
        assert at.stored().entered == {"name": "张三"}
        assert at.state.files[CASE] == at.stored()
    assert at.notices == []


async def test_an_edit_that_changes_nothing_is_none(at: Rig) -> None:
    at.inline.edit_file(CASE, lambda file: file)
    at.inline.edit_file("unknown", lambda file: pytest.fail("there is no such file"))
    assert at.state.file_status == {CASE: "saved"}
    at.inline.edit_file(CASE, lambda file: msgspec.structs.replace(file, version=99, at="x"))
    await at.settled()
    assert at.state.files[CASE].version == at.stored().version == 2


@pytest.fixture
def _restless() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_restless")
async def test_typing_on_another_thread_loses_nothing(at: Rig) -> None:
    def type_all(name: str) -> None:
        for number in range(150):
            at.type(f"{name}{number}", "x")

    hang = Hang()
    at.fake.before["write_file"].append(hang)
    at.type("first", "x")
    await at.until(hang.began.is_set)
    threads = [threading.Thread(target=type_all, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    hang.set()
    await at.until(lambda: not any(thread.is_alive() for thread in threads), seconds=20)
    await at.settled()
    assert len(at.stored().entered) == 301
    assert at.state.files[CASE] == at.stored()
    assert len(at.fake.called("write_file")) > 1
    assert at.notices == []


@pytest.mark.parametrize("arrived", [False, True])
@pytest.mark.parametrize("typed_on", [False, True])
async def test_a_lost_answer_to_a_write_is_no_conflict(at: Rig, arrived: bool, typed_on: bool) -> None:
    hang = Hang()
    if arrived:
        at.fake.after["write_file"].extend([Unreachable(), Unreachable(), None])
    at.fake.before["write_file"].extend([None, hang, Unreachable()] if arrived else [Unreachable(), hang])
    at.type("name", "张")
    await at.until(hang.began.is_set)
    if typed_on:
        at.type("name", "张三")
    hang.set()
    await at.settled()
    assert at.notices == []
    assert at.stored().entered == {"name": "张三" if typed_on else "张"}
    assert at.state.files[CASE] == at.stored()
    assert at.state.theirs == {}


async def test_reading_the_other_version_fails_at_first(at: Rig) -> None:
    theirs = by_another(at, phone="1")
    at.fake.before["read_file"].append(Unreachable())
    at.type("name", "张")
    await at.until(lambda: at.state.file_status[CASE] == "conflict")
    assert at.state.theirs == {CASE: theirs}
    assert at.kinds() == ["conflict"]


async def test_a_conflict_keeps_both_until_it_is_settled(at: Rig) -> None:
    theirs = by_another(at, phone="1")
    at.type("name", "张")
    await at.until(lambda: at.state.file_status[CASE] == "conflict")
    assert at.kinds() == ["conflict"]
    assert at.notices[0].case == CASE
    assert at.state.theirs == {CASE: theirs}
    assert at.state.files[CASE].entered == {"name": "张"}
    at.type("name", "张三")  # goes on typing, and is not asked again for it
    for _ in range(50):
        await asyncio.sleep(0)
    at.drain()
    assert at.kinds() == ["conflict"]
    assert at.state.file_status[CASE] == "conflict"
    assert at.stored() == theirs


@pytest.mark.parametrize("keep_mine", [True, False])
async def test_settling_a_conflict(at: Rig, keep_mine: bool) -> None:
    theirs = by_another(at, phone="1")
    at.type("name", "张")
    await at.until(lambda: at.state.file_status[CASE] == "conflict")
    at.desk.settle_conflict(CASE, keep_mine=keep_mine)
    await at.settled()
    assert at.state.theirs == {}
    assert at.state.file_status[CASE] == "saved"
    assert at.state.files[CASE] == at.stored()
    assert at.stored().entered == ({"name": "张"} if keep_mine else theirs.entered)
    at.desk.settle_conflict(CASE, keep_mine=True)  # a second time there is nothing to settle
    at.type("more", "1")
    await at.settled()
    assert at.stored().entered["more"] == "1"
    assert at.kinds() == ["conflict"]


async def test_the_file_is_saved_before_the_case_is_accepted(at: Rig) -> None:
    at.fake.before["write_file"].append(Unreachable())
    at.inline.edit_file(CASE, lambda file: msgspec.structs.replace(acceptable(), version=file.version))
    at.desk.submit(c.AcceptCase(case=CASE))
    await at.settled()
    assert [name for name, _ in at.fake.calls] == ["write_file", "write_file", "execute"]
    assert at.kinds() == ["done"]
    assert at.state.station.cases[CASE].status == "accepted"


async def test_a_case_in_conflict_is_not_accepted_on_words_that_the_officer_does_not_see(at: Rig) -> None:
    at.fake.station.write_file(msgspec.structs.replace(acceptable(), version=1), OFFICER)
    at.type("name", "张")
    at.desk.submit(c.AcceptCase(case=CASE))
    at.desk.submit(c.ReceiveCase(case=CASE))
    await at.settled()
    assert at.state.station.cases[CASE].status == "received"
    assert at.kinds() == ["conflict", "done"]
    at.desk.submit(c.AcceptCase(case=CASE))
    await at.settled()
    assert at.kinds() == ["conflict", "done", "conflict"]
    at.desk.settle_conflict(CASE, keep_mine=False)
    at.desk.submit(c.AcceptCase(case=CASE))
    await at.settled()
    assert at.state.station.cases[CASE].status == "accepted"


@pytest.mark.parametrize("error", [NotAllowed(), Misunderstood("what?"), Refused("case_not_yours")])
async def test_a_file_that_the_station_does_not_take(at: Rig, error: Exception) -> None:
    other = "case-2"
    at.desk.put_file(CaseFile(case=other, service=SERVICE))
    at.desk.submit(c.OpenCase(counter=COUNTER, case=other, service=SERVICE))
    await at.settled()
    at.notices.clear()
    at.fake.before["write_file"].append(error)
    at.type("name", "张")
    await at.until(lambda: at.state.file_status[CASE] == "refused")
    at.type("name", "李", other)
    at.desk.submit(c.ReceiveCase(case=CASE))
    await at.settled()
    assert at.kinds() == ["refused" if isinstance(error, Refused) else "lost", "done"]
    assert at.stored(other).entered == {"name": "李"}, "other files go on"
    at.inline.edit_file(CASE, lambda file: msgspec.structs.replace(acceptable(), version=file.version))
    await at.settled()
    assert at.state.file_status[CASE] == "saved"


async def test_a_refused_file_is_tried_again_before_its_case_is_accepted(at: Rig) -> None:
    at.fake.before["write_file"].extend([Refused("case_not_yours"), Refused("case_not_yours")])
    at.inline.edit_file(CASE, lambda file: msgspec.structs.replace(acceptable(), version=file.version))
    await at.until(lambda: at.state.file_status[CASE] == "refused")
    at.desk.submit(c.AcceptCase(case=CASE))
    await at.until(lambda: at.kinds() == ["refused", "refused"])
    assert at.state.station.cases[CASE].status == "draft"
    assert at.state.pending == ()
    at.desk.submit(c.AcceptCase(case=CASE))
    await at.settled()
    assert at.state.station.cases[CASE].status == "accepted"


async def test_discarding_forgets_the_file(at: Rig) -> None:
    by_another(at, phone="1")
    at.type("name", "张")
    await at.until(lambda: at.state.file_status[CASE] == "conflict")
    at.desk.submit(c.DiscardCase(case=CASE))
    await at.settled()
    assert nothing_of_it(at)
    at.type("name", "late")
    assert at.state.files == {}


async def test_a_discarded_file_is_not_sent_before(at: Rig) -> None:
    hang = Hang()
    at.fake.before["execute"].append(hang)
    at.desk.submit(c.DiscardCase(case=CASE))
    await at.until(hang.began.is_set)
    at.type("name", "张")
    hang.set()
    await at.settled()
    assert at.fake.called("write_file") == []


@pytest.mark.parametrize("where", ["before", "after"])
async def test_the_case_is_discarded_elsewhere_while_its_file_is_saved(at: Rig, where: str) -> None:
    hang = Hang()
    getattr(at.fake, where)["write_file"].append(hang)
    at.type("name", "张")
    await at.until(hang.began.is_set)
    at.fake.give(c.DiscardCase(case=CASE), OFFICER)
    await at.until(lambda: at.state.files == {})
    hang.set()
    await at.settled()
    for _ in range(50):
        await asyncio.sleep(0)
    assert nothing_of_it(at)
    assert at.state.link.status == "online"


async def test_the_case_is_discarded_while_its_conflict_is_read(at: Rig) -> None:
    by_another(at, phone="1")
    hang = Hang()
    at.fake.before["read_file"].append(hang)
    at.type("name", "张")
    await at.until(hang.began.is_set)
    at.fake.give(c.DiscardCase(case=CASE), OFFICER)
    hang.set()
    await at.settled()
    assert nothing_of_it(at)


async def test_a_case_that_went_while_offline_takes_its_file_along(at: Rig) -> None:
    hang = Hang()
    at.fake.before["snapshot"].append(hang)
    at.fake.say(Unreachable())
    await at.until(hang.began.is_set)
    at.fake.give(c.DiscardCase(case=CASE), OFFICER)
    hang.set()
    await at.online()
    assert at.state.files == {}


async def test_typing_offline(at: Rig) -> None:
    hang = Hang()
    at.fake.before["snapshot"].append(hang)
    at.fake.say(Unreachable())
    await at.until(hang.began.is_set)
    at.type("name", "张")
    for _ in range(50):
        await asyncio.sleep(0)
    assert at.state.file_status == {CASE: "unsaved"}
    assert at.fake.called("write_file") == []
    hang.set()
    await at.settled()
    assert at.stored().entered == {"name": "张"}


async def test_fetching_a_file(at: Rig) -> None:
    at.type("name", "张")
    await at.settled()
    other = Rig()
    other.fake = at.fake
    other.desk._backend = at.fake
    other.desk.open_file(CASE)  # before the line stands: it waits
    other.start()
    await other.until(lambda: CASE in other.state.files)
    assert other.state.files[CASE] == at.stored()
    assert other.state.file_status == {CASE: "saved"}
    other.desk.open_file(CASE)
    for error, kind in ((Misunderstood(), "lost"), (None, "refused")):
        other.notices.clear()
        other.fake.before["read_file"].append(error)
        other.desk.open_file("no-such")
        await other.until(lambda kind=kind: other.kinds() == [kind])  # type: ignore[misc]
        assert other.notices[0].case == "no-such"
    await other.inline.stop()
    assert other.fake.called("read_file").count(CASE) == 1


async def test_a_fetch_whose_answer_is_lost_is_asked_for_again(at: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_files, "ASK_AGAIN", 0.0)
    at.desk._forget(CASE)
    at.fake.before["read_file"].extend([Unreachable(), NotSignedIn(), None])
    at.fake.after["read_file"].append(Unreachable())
    at.desk.open_file(CASE)
    await at.until(lambda: CASE in at.state.files)
    assert at.state.file_status[CASE] == "saved"
    assert at.kinds() == []
    assert at.fake.called("read_file").count(CASE) == 4


async def test_a_file_asked_for_by_an_officer_who_went_is_not_at_hand_for_the_next(at: Rig) -> None:
    at.desk._forget(CASE)
    hang = Hang()
    at.fake.after["read_file"].append(hang)
    at.desk.open_file(CASE)
    await at.until(hang.began.is_set)
    at.desk.lock()
    await at.until(lambda: at.state.link.status == "signed_out" and at.fake.signed_out)
    hang.set()
    await at.until(lambda: not at.desk._tasks)
    assert CASE not in at.state.files


async def test_what_is_typed_before_the_fetched_file_comes_stays(at: Rig) -> None:
    at.desk._forget(CASE)
    hang = Hang()
    at.fake.after["read_file"].append(hang)
    at.desk.open_file(CASE)
    await at.until(hang.began.is_set)
    at.desk.put_file(CaseFile(case=CASE, version=1, service=SERVICE, at="mine"))
    hang.set()
    await at.settled()
    assert at.state.files[CASE].at == "mine"


async def test_registers_fill_only_what_is_open(at: Rig) -> None:
    at.inline.edit_file(CASE, answer("answered", "mine"))
    at.type("being_typed", "x")
    at.type("emptied", "")
    hang = Hang()
    at.fake.before["lookup"].append(hang)
    at.fake.known = {"answered": "a", "being_typed": "b", "open": "c", "asked": "d", "emptied": "e", "typed_late": "f"}
    at.desk.look_up(CASE, SERVICE, "asked", "1")
    await at.until(hang.began.is_set)
    at.inline.edit_file(CASE, answer("typed_late", "mine"))
    hang.set()
    await at.until(lambda: at.kinds() == ["found"])
    assert at.notices[0].params == {"facts": 2}
    assert at.state.files[CASE].answers == {
        "answered": Answer("mine"),
        "typed_late": Answer("mine"),
        "open": Answer("c", source="archive"),
        "emptied": Answer("e", source="archive"),
    }
    await at.settled()
    assert at.stored() == at.state.files[CASE]


async def test_registers_that_have_nothing_to_say(at: Rig) -> None:
    at.fake.before["lookup"].extend([Unreachable(), Refused("not_permitted"), None, None, None])
    for _ in range(3):
        at.desk.look_up(CASE, SERVICE, "asked", "1")
    await at.until(lambda: len(at.fake.called("lookup")) == 3 and not at.desk._tasks)
    at.fake.known = {"open": "c"}
    at.desk.look_up(CASE, "passport.first", "asked", "1")  # the service was changed meanwhile
    at.desk.look_up("gone", SERVICE, "asked", "1")
    await at.until(lambda: len(at.fake.called("lookup")) == 5 and not at.desk._tasks)
    assert at.state.files[CASE].answers == {}
    assert at.notices == []


async def test_a_lookup_that_hangs_ends_with_the_desk(at: Rig) -> None:
    hang = Hang()
    at.fake.before["lookup"].append(hang)
    at.desk.look_up(CASE, SERVICE, "asked", "1")
    await at.until(hang.began.is_set)
    await at.inline.stop()
    assert at.desk._tasks == set()
