"""Printing, and nobody let go before he heard what is missing: on the real screen, with a fake print command."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import msgspec
import pytest

from counterdesk.catalog.casefile import CaseFile
from counterdesk.desk.intake import mark_material
from counterdesk.desk.printer import Printer
from counterdesk.station import commands as c
from counterdesk.station.roles import Actor
from tests.ui.screens.counter import OFFICER, AtCounter, at_counter

BIRTH = ("HK", "hukou.birth")
MISSING = "B6 joins the father, DNA report missing"
TOLD = ("material:DNA", "prompt:P9")


async def at_missing(counter: AtCounter) -> None:
    """A birth is open whose DNA report is not there."""
    await counter.serve()
    await counter.fill("hukou.birth", MISSING)
    counter.sent.clear()


def told(counter: AtCounter) -> list[tuple[tuple[str, ...], str]]:
    """What stands in the file as told."""
    return [(telling.codes, telling.how) for telling in counter.file.notified]


def papers(folder: Path) -> list[Path]:
    """What was saved."""
    return sorted(folder.glob("*.txt"))


EXITS: dict[str, tuple[str, type[c.Command]]] = {
    "hold": ("papers_out", c.HoldTicket),
    "transfer": ("group:TV", c.TransferTicket),
    "finish": ("come_back", c.FinishTicket),
    "requeue": ("", c.Requeue),
    "discard": ("yes", c.DiscardCase),
}
"""What the action itself asks then, and the command that it ends in."""


@pytest.mark.parametrize("action", EXITS)
async def test_every_exit_says_once_what_is_missing(action: str, tmp_path: Path) -> None:
    choice, command = EXITS[action]
    async with at_counter(BIRTH, printer=Printer(folder=tmp_path)) as counter:
        await at_missing(counter)
        case = counter.screen.case
        counter.screen.do(action)
        await counter.quiet()
        assert counter.chooser.view.id == f"told:{case}"
        await counter.press("1")
        await counter.until(lambda: papers(tmp_path), "the notice")
        (paper,) = papers(tmp_path)
        assert "亲子鉴定意见书" in paper.read_text(encoding="utf-8")
        if choice:
            await counter.until(lambda: counter.screen.question is not None, "the question of the action")
            assert str(paper) in counter.message
            assert counter.sent == []
            await counter.press(next(one.digit for one in counter.chooser.view.choices if one.id == choice))
        await counter.until(lambda: any(isinstance(sent, command) for sent in counter.sent), "the action")
        await counter.quiet()
        if action != "discard":  # that erases the file
            kept = counter.world.station.read_file(case, Actor(id=OFFICER, role="officer")).notified
            assert [(telling.codes, telling.how) for telling in kept] == [(TOLD, "paper")]


async def test_told_in_person_is_kept_and_not_asked_again() -> None:
    async with at_counter(BIRTH) as counter:
        await at_missing(counter)
        await counter.press("finish", "2")
        assert told(counter) == [(TOLD, "oral")]
        assert counter.chooser.view.id == "outcome"
        await counter.press("escape", "finish")
        assert counter.chooser.view.id == "outcome"
        assert counter.sent == []
        stored = counter.world.station.read_file(counter.screen.case, Actor(id=OFFICER, role="officer"))
        assert [telling.how for telling in stored.notified] == ["oral"]


async def test_only_if_more_is_missing_it_is_said_again() -> None:
    async with at_counter(BIRTH) as counter:
        await at_missing(counter)
        await counter.press("hold", "2", "escape")
        counter.desk.edit_file(counter.screen.case, lambda file: mark_material(file, "HKB", "missing"))
        await counter.quiet()
        await counter.press("hold")
        assert counter.chooser.view.id.startswith("told:")
        assert "1项" in counter.text()
        await counter.press("2")
        assert counter.chooser.view.id == "hold"
        assert set(told(counter)[1][0]) == {*TOLD, "material:HKB"}
        # What came in meanwhile is no news for the applicant.
        counter.desk.edit_file(counter.screen.case, lambda file: mark_material(file, "HKB", "verified"))
        await counter.press("escape", "finish")
        assert counter.chooser.view.id == "outcome"


@pytest.mark.parametrize("key", ["3", "escape"])
async def test_back_changes_nothing(key: str) -> None:
    async with at_counter(BIRTH) as counter:
        await at_missing(counter)
        await counter.press("finish", key)
        assert counter.screen.question is None
        assert counter.form.has_focus
        assert told(counter) == []
        assert counter.sent == []


async def test_a_complete_case_and_one_nobody_looked_at_are_not_asked_about() -> None:
    async with at_counter(BIRTH) as counter:
        await counter.serve()
        await counter.press("hold")
        assert counter.chooser.view.id == "hold"
        await counter.press("escape")
        await counter.fill("hukou.birth", "B1 complete")
        await counter.press("finish")
        assert counter.chooser.view.id == "outcome"


async def test_the_other_case_of_the_ticket_is_not_forgotten() -> None:
    async with at_counter(BIRTH) as counter:
        await at_missing(counter)
        first = counter.screen.case
        await counter.press("new_case")
        await counter.type("hjzm")
        await counter.press("enter")
        await counter.until(lambda: counter.screen.case != first and counter.scene.assessment is not None)
        counter.sent.clear()
        await counter.press("finish")
        assert counter.chooser.view.id == f"told:{first}"
        await counter.press("3")
        assert counter.screen.case == first
        await counter.press("finish", "2")
        assert counter.chooser.view.id == "outcome"
        assert told(counter) == [(TOLD, "oral")]


async def test_quitting_and_calling_the_next_know_it_too() -> None:
    async with at_counter(BIRTH, "TV") as counter:
        await at_missing(counter)
        await counter.press("quit")
        assert counter.chooser.view.id.startswith("told:")
        await counter.press("3", "call_next", "2")
        assert counter.chooser.view.id.startswith("told:")
        assert counter.sent == []
        await counter.press("2")
        await counter.until(lambda: [type(s) for s in counter.sent] == [c.HoldTicket, c.CallNext])


async def test_acceptance_refused_offers_the_notice_with_the_same_key(tmp_path: Path) -> None:
    async with at_counter(BIRTH, printer=Printer(folder=tmp_path)) as counter:
        await at_missing(counter)
        await counter.press("advance")
        assert counter.words("printing.again") in counter.message
        assert counter.form.active == "DNA"
        await counter.press("advance")
        assert counter.screen.page == "notice"
        assert "亲子鉴定意见书" in counter.page
        assert "p打印" in counter.text()
        assert told(counter) == []
        await counter.press("p")
        await counter.until(lambda: told(counter), "the print")
        await counter.press("advance")  # from the notice to the first thing on it
        assert counter.form.active == "DNA"
        await counter.press("1")
        await counter.press("advance")
        await counter.until(lambda: counter.case("hukou.birth").status == "accepted")


async def test_p_prints_the_receipt_through_the_command(tmp_path: Path) -> None:
    out = tmp_path / "printed"
    code = f"import sys; open({str(out)!r}, 'wb').write(sys.stdin.buffer.read())"
    async with at_counter(BIRTH, printer=Printer([sys.executable, "-c", code])) as counter:
        await counter.serve()
        await counter.fill("hukou.birth", "B6 complete, joins the father with a DNA report")
        await counter.press("advance")
        await counter.until(lambda: counter.case("hukou.birth").handoff is not None)
        number = counter.case("hukou.birth").number
        await counter.press("p")
        await counter.until(lambda: "已打印" in counter.message, "the print")
        text = out.read_text(encoding="utf-8")
        assert f"受理回执 {number}" in text
        assert text.count("【演练】") == 2
        assert counter.file.notified == ()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
async def test_a_failed_print_keeps_the_paper_and_the_citizen(language: str) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no paper in tray 2')"]
    async with at_counter(BIRTH, printer=Printer(command), language=language) as counter:
        await at_missing(counter)
        await counter.press("finish", "1")
        await counter.until(lambda: "no paper in tray 2" in counter.message, "the failure")
        assert counter.screen.page == "notice"
        assert counter.screen.question is None
        assert told(counter) == []
        assert counter.sent == []
        await counter.press("escape", "finish")
        assert counter.chooser.view.id.startswith("told:")


async def test_the_menu_prints_and_nothing_missing_needs_no_notice(tmp_path: Path) -> None:
    async with at_counter(BIRTH, printer=Printer(folder=tmp_path)) as counter:
        await counter.serve()
        await counter.fill("hukou.birth", "B1 complete")
        counter.screen.do("print")
        await counter.quiet()
        assert counter.message == counter.words("printing.nothing")
        assert papers(tmp_path) == []
        counter.desk.edit_file(counter.screen.case, lambda file: mark_material(file, "HKB", "missing"))
        counter.screen.do("print")
        await counter.until(lambda: "已存" in counter.message, "the file")
        (paper,) = papers(tmp_path)
        assert paper.name == "notice-H001-2026-11-23.txt"
        assert stat.S_IMODE(os.stat(paper).st_mode) == 0o600
        assert "居民户口簿" in paper.read_text(encoding="utf-8")


async def test_typed_p_stays_text() -> None:
    async with at_counter(BIRTH) as counter:
        await counter.serve()
        await counter.press("p")
        assert counter.message != counter.words("printing.nothing")
        assert counter.screen.page == ""


def test_a_file_without_the_field_is_still_read() -> None:
    file = msgspec.json.decode(b'{"case": "c", "service": "hukou.birth"}', type=CaseFile)
    assert file.notified == ()
