"""Nobody answers: what can be done all the same, and what becomes of it when somebody answers again."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from counterdesk.catalog.casefile import Answer
from counterdesk.desk.state import Journaling
from counterdesk.journal.model import JournalIo
from counterdesk.station import commands as c
from counterdesk.station.roles import Actor
from tests.ui.screens.counter import COUNTER, KEYS, AtCounter, at_counter

pytestmark = pytest.mark.usefixtures("terminal")
PERSON = "310000199001010010"
LEADER = Actor(id="031230", role="leader")
BIRTH = ("HK", "hukou.birth")


async def begin_here(counter: AtCounter) -> str:
    """A case without a ticket, with one field in it; its id."""
    await counter.pilot.press(KEYS["new_case"])
    await counter.until(lambda: counter.screen.question is not None, "which service")
    await counter.type("护照首次")
    await counter.until(lambda: not counter.chooser._stale)
    await counter.pilot.press("enter")
    await counter.until(lambda: counter.screen.case in counter.desk.state.local and counter.form.display)
    await counter.type(PERSON)
    await counter.pilot.press("enter")
    await counter.until(lambda: counter.desk.state.files[counter.screen.case].answers)
    return counter.screen.case


async def refuse_afterwards(counter: AtCounter) -> None:
    """A hold that waited for the line, and is not possible any more when it comes."""
    await counter.serve()
    await counter.cut_line()
    ticket = counter.current
    assert ticket is not None
    counter.desk.submit(c.HoldTicket(counter=COUNTER, kind="papers_out"))
    counter.hand(c.TicketLeaves(ticket=ticket.id), LEADER)
    counter.backend.down = False
    counter.desk.retry_now()
    await counter.until(lambda: counter.desk.state.dead, "the dead letter")
    await counter.pilot.pause()


async def dispute(counter: AtCounter, mine: str, theirs: str) -> str:
    """Two desks write another number into the same field; its key."""
    case, file = counter.screen.case, counter.file
    fact = next(f.key for f in counter.scene.index.service(file.service).facts if f.type == "rid")
    stored = counter.world.station.read_file(case, LEADER)
    changed = msgspec.structs.replace(stored, answers={**stored.answers, fact: Answer(value=theirs)})
    counter.world.station.write_file(changed, LEADER)
    counter.desk.edit_file(case, lambda f: msgspec.structs.replace(f, answers={**f.answers, fact: Answer(value=mine)}))
    return fact


async def test_a_case_begun_here_goes_to_the_ticket_that_is_served_next(tmp_path: Path) -> None:
    async with at_counter("TV", journal=tmp_path / "journal.sqlite3") as counter:
        await counter.cut_line()
        await counter.until(lambda: counter.words("idle.offline") in counter.text(), "what can be done")
        case = await begin_here(counter)
        await counter.until(lambda: counter.words("file.here") in counter.text(), "saved here")
        assert case not in counter.world.station.state.cases
        assert counter.words("board.empty") not in counter.text()  # it stands on the board
        await counter.mend_line()
        await counter.call()
        await counter.press("start")
        await counter.until(lambda: counter.screen.question is not None, "which case")
        assert not counter.world.station.state.cases  # nothing is opened before that is settled
        await counter.press("1")
        await counter.until(lambda: case in counter.world.station.state.cases, "the case at the station")
        await counter.until(lambda: not counter.desk.state.local)
        current = counter.current
        assert current is not None
        assert counter.world.station.state.cases[case].ticket == current.id
        assert counter.world.station.state.cases.keys() == {case}
        await counter.until(lambda: counter.words("file.saved") in counter.text())
        assert PERSON in {answer.value for answer in counter.world.station.read_file(case, LEADER).answers.values()}


async def test_another_case_than_the_one_begun_here(tmp_path: Path) -> None:
    async with at_counter(BIRTH, journal=tmp_path / "journal.sqlite3") as counter:
        await counter.cut_line()
        case = await begin_here(counter)
        await counter.mend_line()
        await counter.call()
        await counter.press("start")
        await counter.until(lambda: counter.screen.question is not None, "which case")
        await counter.press("2")
        await counter.until(lambda: counter.world.station.state.cases, "the ticket's own case")
        assert counter.case("hukou.birth").id == counter.screen.case
        assert case in counter.desk.state.local


@pytest.mark.parametrize("choice", ["retry", "drop", "keep"])
async def test_what_was_not_carried_out_stays_until_somebody_decides(tmp_path: Path, choice: str) -> None:
    async with at_counter(BIRTH, journal=tmp_path / "journal.sqlite3") as counter:
        await refuse_afterwards(counter)
        (dead,) = counter.desk.state.dead
        assert counter.words("status.dead", count=1) in counter.text()
        board = counter.screen.query_one("#handoffs")
        counter.screen.set_focus(board)
        await counter.pilot.press("enter")
        await counter.until(lambda: counter.screen.question is not None, "the question")
        await counter.press(str(["keep", "retry", "drop"].index(choice) + 1))
        if choice == "keep":
            assert counter.desk.state.dead == (dead,)
        elif choice == "drop":
            await counter.until(lambda: not counter.desk.state.dead)
            assert counter.words("status.dead", count=1) not in counter.text()
        else:
            await counter.until(lambda: not counter.desk.state.pending and dead not in counter.desk.state.dead)


async def test_a_conflict_shows_both_sides_and_the_officer_chooses(tmp_path: Path) -> None:
    """Two numbers with one mask are still told apart."""
    mine, theirs = "310000199001010010", "310000198801010010"
    assert (mine[:6], mine[14:]) == (theirs[:6], theirs[14:])
    async with at_counter(BIRTH, journal=tmp_path / "journal.sqlite3") as counter:
        await counter.serve()
        await counter.quiet()
        case, fact = counter.screen.case, await dispute(counter, mine, theirs)
        await counter.until(lambda: counter.screen.question is not None, "the question")
        shown = counter.text()
        assert "310000********0010" in shown
        assert mine not in shown
        assert theirs not in shown
        assert counter.words("conflict.other", value="310000********0010") in shown
        await counter.press("1")
        await counter.until(lambda: counter.desk.state.file_status[case] == "saved", "the end of it")
        kept = counter.world.station.read_file(case, LEADER).answers[fact].value
        assert kept in (mine, theirs)
        assert kept == counter.file.answers[fact].value


async def test_a_desk_that_keeps_nothing_takes_nothing_in() -> None:
    async with at_counter(BIRTH) as counter:
        counter.desk._change("journal", journal=Journaling("failed", "in_use", read_only=True))
        said = counter.words("journal.read_only", code=counter.words("journal.code.in_use"))
        await counter.until(lambda: counter.message == said, "why not")
        await counter.press("new_case")
        assert counter.words("blocked.read_only") in counter.message
        await counter.call()
        await counter.press("start")
        await counter.quiet()
        assert not counter.world.station.state.cases
        assert counter.words("status.read_only") in counter.text()
        counter.desk.reopen_journal()
        await counter.until(lambda: counter.message == said, "why not")


async def test_a_full_disk_is_said_at_once(tmp_path: Path) -> None:
    async with at_counter(BIRTH, journal=tmp_path / "journal.sqlite3") as counter:
        await counter.serve()
        memory = counter.desk._memory
        assert memory is not None
        keep = memory._journal.keep_draft

        async def full(draft: object) -> None:
            raise JournalIo("disk_full")

        memory._journal.keep_draft = full  # type: ignore[method-assign]
        await counter.fill("hukou.birth", "B1 complete")
        said = counter.words("journal.failed", code=counter.words("journal.code.disk_full"))
        await counter.until(lambda: counter.message == said, "the failure")
        assert counter.words("status.not_kept") in counter.text()
        memory._journal.keep_draft = keep  # type: ignore[method-assign]
        counter.screen.do("reopen_journal")
        await counter.until(lambda: counter.desk.state.journal.status != "failed", "the disk")
        await counter.until(lambda: counter.words("status.not_kept") not in counter.text())
