"""The intake on the real screen: what is typed is kept and belongs to its case, whatever key comes next."""

from __future__ import annotations

import pytest

from counterdesk.screens.views.checklist import questions
from counterdesk.station import commands as c
from counterdesk.station.roles import Actor
from counterdesk.text import cells
from counterdesk.widgets.checklist import Checklist
from counterdesk.widgets.handoff_board import HandoffBoard
from counterdesk.widgets.queue_list import QueueList
from tests.ui.screens.counter import COUNTER, at_counter

DRIVER = "310000199001010010"


@pytest.mark.parametrize("key", ["escape", "next_question", "switch_panel", "help", "commands", "hold", "finish"])
async def test_no_key_loses_what_was_typed(key: str) -> None:
    async with at_counter("TV") as counter:
        await counter.serve()
        case = counter.screen.case
        await counter.type("3100001990")
        await counter.press(key)
        file = counter.desk.state.files[case]
        kept = file.entered.get("driver_id", "") or (counter.form.active == "driver_id" and counter.form.touched)
        assert kept, counter.text()
        await counter.press("escape")
        assert "3100001990" in counter.text() or file.entered.get("driver_id") == "3100001990"


async def test_typed_text_belongs_to_the_case_in_which_it_was_typed() -> None:
    async with at_counter("TV") as counter:
        await counter.serve()
        first = counter.screen.case
        await counter.press("new_case")
        await counter.type("jszhz")
        await counter.until(lambda: counter.chooser.view.choices[0].id == "license.renew")
        await counter.press("enter")
        await counter.until(lambda: counter.screen.case != first and counter.scene.assessment is not None)
        second = counter.screen.case
        await counter.press("next_case")
        await counter.until(lambda: counter.screen.case == first)
        await counter.type("31000019")
        await counter.press("next_case")
        await counter.until(lambda: counter.screen.case == second)
        files = counter.desk.state.files
        assert files[first].entered == {"driver_id": "31000019"}
        assert files[second].entered == {}
        await counter.type("3100002")
        await counter.press("next_case")
        files = counter.desk.state.files
        assert files[first].entered == {"driver_id": "31000019"}
        assert files[second].entered == {"driver_id": "3100002"}


async def test_what_one_case_knows_the_next_one_of_the_ticket_knows() -> None:
    async with at_counter("TV") as counter:
        await counter.serve()
        await counter.type(DRIVER)
        await counter.press("enter")
        await counter.until(lambda: "phone" in counter.file.answers, "the register")
        first = counter.screen.case
        await counter.press("new_case")
        await counter.type("license.renew")
        await counter.until(lambda: counter.chooser.view.choices[0].id == "license.renew")
        await counter.press("enter")
        await counter.until(lambda: counter.screen.case != first and counter.scene.assessment is not None)
        answers = counter.file.answers
        assert answers["driver_id"].value == DRIVER
        assert answers["driver_id"].source == "carried"
        assert counter.words("source.carried") in counter.text()


async def test_the_key_for_questions_goes_where_most_is_settled() -> None:
    async with at_counter("TV") as counter:
        await counter.serve()
        for _ in range(3):
            asked = [q for q in counter.scene.assessment.to_ask if q.key != counter.form.active]  # type: ignore[union-attr]
            await counter.press("next_question")
            assert counter.form.active == asked[0].key
        assert questions(counter.scene.assessment)  # type: ignore[arg-type]


async def test_warnings_are_confirmed_one_by_one_before_acceptance() -> None:
    async with at_counter(("EE", "passport.first")) as counter:
        await counter.serve()
        await counter.fill("passport.first", "injured finger, changed name, urgent")
        counter.sent.clear()
        gate = counter.scene.assessment.gate  # type: ignore[union-attr]
        assert [(problem.kind, problem.id) for problem in gate] == [
            ("prompt_unconfirmed", "P7"),
            ("prompt_unconfirmed", "P9"),
        ]
        await counter.press("advance")
        assert counter.chooser.view.id == "warning:P7"
        assert "1/2" in counter.text()
        await counter.press("2")  # not sure after all
        assert counter.sent == []
        assert counter.file.confirmed == {}
        await counter.press("advance", "1")
        assert counter.chooser.view.id == "warning:P9"
        assert set(counter.file.confirmed) == {"P7"}
        assert counter.sent == []
        await counter.press("1")
        await counter.until(lambda: counter.case("passport.first").status == "accepted")
        assert [type(command) for command in counter.sent] == [c.AcceptCase, c.HandOverCase]
        assert counter.screen.page == "receipt"


async def test_a_blocker_names_itself_and_nothing_is_sent() -> None:
    async with at_counter(("HK", "hukou.birth")) as counter:
        await counter.serve()
        await counter.fill("hukou.birth", "B6 joins the father, DNA report missing")
        counter.sent.clear()
        await counter.press("advance")
        assert "亲子鉴定" in counter.message
        assert counter.form.active == "DNA"
        assert counter.sent == []
        lines = "".join(cell.text for line in counter.screen.query_one(Checklist).view.lines for cell in line.cells)
        assert "因为" in lines
        assert "国办发" in lines


async def test_news_of_a_department_need_no_key() -> None:
    async with at_counter(("HK", "hukou.birth")) as counter:
        await counter.serve()
        await counter.fill("hukou.birth", "B6 complete, joins the father with a DNA report")
        await counter.press("advance")
        await counter.until(lambda: counter.case("hukou.birth").handoff is not None)
        case = counter.case("hukou.birth")
        assert counter.words("say.handed_over", department="分局人口办") == counter.message
        reviewer = Actor(id="r", role="reviewer", department=case.department)
        for command, status in (
            (c.AcknowledgeCase(case=case.id, reference="FJ-1"), "in_review"),
            (c.RequestSupplement(case=case.id, items=("DNA",)), "supplementing"),
        ):
            counter.hand(command, reviewer)
            words = counter.words(f"case.status.{status}")
            await counter.until(lambda words=words: words in counter.message)  # type: ignore[misc]
            board = counter.screen.query_one("#handoffs", HandoffBoard).view
            assert words in "".join(cell.text for line in board.lines for cell in line.cells)


async def test_a_narrow_screen_shows_the_case_and_one_panel() -> None:
    async with at_counter("TV", ("HK", "hukou.birth"), size=(80, 24)) as counter:
        screen = counter.screen

        def shown() -> list[str]:
            panels = (screen.query_one(QueueList), screen.query_one(Checklist), screen.query_one("#side-board"))
            return [panel.id or "" for panel in panels if panel.region.width and panel.display]

        async def sees(name: str) -> None:
            await counter.until(lambda: shown() == [name], name)
            assert screen.query_one("#middle").region.width >= 40

        await sees("queue")
        for name in ("queue", "side-board", "queue"):
            await counter.press("switch_panel")
            await sees(name)
        await counter.serve()
        await sees("checklist")
        assert not screen.query_one("#handoffs").region.width
        for name in ("queue", "checklist", "side-board"):
            await counter.press("switch_panel")
            await sees(name)
        await counter.press("switch_panel")
        await sees("checklist")
        assert counter.form.has_focus
        await counter.press("switch_panel", "switch_panel")
        assert screen.query_one(Checklist).has_focus
        counter.hand(c.Requeue(counter=COUNTER), Actor(id="031230", role="leader"))
        await sees("queue")
        assert screen.query_one("#middle").has_focus_within


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_long_and_mixed_names_break_no_frame(size: tuple[int, int]) -> None:
    name = "阿卜杜热合曼·买买提依明·Nguyễn Thị Minh Khai " * 2
    async with at_counter(("HK", "hukou.birth"), size=size) as counter:
        await counter.serve()
        await counter.fill("hukou.birth", "B1 complete", child_name=name, address=name, child_birthplace=name)
        for key in ("pagedown", "pagedown", "pagedown", "review"):
            await counter.press(key)
            for row in counter.pilot.app.screen._compositor.render_strips():
                assert cells(row.text) == size[0], row.text
