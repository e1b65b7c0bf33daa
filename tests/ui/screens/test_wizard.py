"""The wizard: the shift leader's word, lines from readers, the way back from a jump, papers with their why."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import msgspec
import pytest
from textual import events

from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.screens.views.checklist import checklist_view
from counterdesk.station import commands as c
from counterdesk.widgets.checklist import Checklist
from counterdesk.widgets.text_view import TextView
from counterdesk.widgets.values import PanelView
from tests.ui.screens.counter import COUNTER, AtCounter, at_counter

RID, OTHER = "310000199001010010", "310000198506150030"
ADDRESS = "上海市黄浦区示例路1号"
CARD = f"张测试|男|汉|19900101|{ADDRESS}|{RID}|上海市公安局黄浦分局|20150501-20350501"


def text_of(view: PanelView) -> str:
    """All lines of a panel, whatever is in sight."""
    return "\n".join("".join(cell.text for cell in line.cells) for line in view.lines)


def read(counter: AtCounter, line: str, end: str = "enter") -> None:
    """A reader types a line in no time, with the key at its end."""
    focused = counter.pilot.app.focused
    assert focused is not None
    for char in line:
        focused.post_message(events.Key("space" if char == " " else char, char))
    focused.post_message(events.Key(end, None))


async def scan(counter: AtCounter, line: str, end: str = "enter") -> None:
    """A line is read and everything that follows from it has happened."""
    read(counter, line, end)
    await counter.quiet()
    await counter.quiet()


async def choose_prompt(counter: AtCounter, prompt: str) -> None:
    """Enter on a prompt of the checklist."""
    panel = counter.screen.query_one(Checklist)
    counter.screen.set_focus(panel)
    await counter.pilot.pause()
    panel.move_to(f"prompt:{prompt}")
    assert panel.cursor_id == f"prompt:{prompt}"
    await counter.press("enter")


# The leader's word.


async def test_a_leader_lets_a_paper_come_later() -> None:
    async with at_counter(("SP", "trade.hotel"), role="leader") as counter:
        await counter.serve()
        await counter.fill("trade.hotel", template("trade.hotel"))
        deferrable = [m.use.code for m in counter.scene.assessment.materials if m.deferrable and m.needed]  # type: ignore[union-attr]
        (code,) = deferrable[:1]
        await counter.press("pagedown", "pagedown", "pagedown")
        assert counter.form.go_to(code)
        counter.sent.clear()
        await counter.press("4")
        assert counter.file.materials[code] == "deferred"
        assert counter.sent == [c.DeferMaterial(case=counter.screen.case, material=code)]
        case = counter.case("trade.hotel")
        assert case.deferred == (code,)
        assert counter.scene.assessment.gate == ()  # type: ignore[union-attr]
        await accept(counter)
        await counter.until(lambda: counter.case("trade.hotel").status == "accepted")
        assert counter.case("trade.hotel").deferred == (code,)
        name = counter.scene.pick(counter.scene.index.material(code).name)
        assert name in counter.page.replace("\n", "")
        assert "2026-11-30" in counter.page  # five working days from Monday 23 November


async def test_others_cannot_and_are_told_who_can() -> None:
    async with at_counter(("SP", "trade.hotel"), role="auxiliary") as counter:
        await counter.serve()
        await counter.fill("trade.hotel", template("trade.hotel"))
        code = next(m.use.code for m in counter.scene.assessment.materials if m.deferrable and m.needed)  # type: ignore[union-attr]
        await counter.press("pagedown", "pagedown", "pagedown")
        assert counter.form.go_to(code)
        counter.sent.clear()
        await counter.press("4")
        assert counter.sent == []
        assert counter.file.materials[code] == "verified"
        assert counter.words("material.leader_only") in counter.message


async def test_a_leader_sets_a_blocker_of_practice_aside_with_a_reason() -> None:
    async with at_counter(("EE", "passport.first"), role="leader") as counter:
        await counter.serve()
        await counter.fill("passport.first", template("passport.first"), no_exit_flag=True)
        assert ("prompt_block", "P2") in counter.scene.assessment.gate  # type: ignore[union-attr]
        await choose_prompt(counter, "P2")
        choices = counter.chooser.view.choices
        assert choices[0].id == "go"
        reason = next(choice for choice in choices if choice.id == "instruction")
        counter.sent.clear()
        await counter.press(reason.digit)
        case = counter.screen.case
        assert counter.sent == [c.OverridePrompt(case=case, prompt="P2", reason="instruction")]
        assert counter.case("passport.first").overrides == {"P2": "instruction"}
        assert ("prompt_block", "P2") not in counter.scene.assessment.gate  # type: ignore[union-attr]
        shown = text_of(checklist_view(counter.scene, 60))
        assert counter.words("checklist.overridden", reason=counter.words("reason.override.instruction")) in shown
        await choose_prompt(counter, "P2")  # it stays so, and says so
        assert counter.words("reason.override.instruction") in counter.message


async def test_the_leader_may_still_go_to_the_field() -> None:
    async with at_counter(("EE", "passport.first"), role="leader") as counter:
        await counter.serve()
        await counter.fill("passport.first", template("passport.first"), no_exit_flag=True)
        counter.sent.clear()
        await choose_prompt(counter, "P2")
        await counter.press("1")
        assert counter.form.active == "no_exit_flag"
        assert counter.sent == []


@pytest.mark.parametrize("role", ["officer", "leader"])
async def test_written_law_is_set_aside_by_nobody(role: str) -> None:
    async with at_counter(("EE", "passport.first"), role=role) as counter:  # type: ignore[arg-type]
        await counter.serve()
        await counter.fill("passport.first", template("passport.first"), id_card_expiry="2026-01-01", no_exit_flag=True)
        counter.sent.clear()
        await choose_prompt(counter, "G01")
        assert counter.message == counter.words("checklist.statutory")
        if role == "officer":
            await choose_prompt(counter, "P2")
            assert [choice.id for choice in counter.chooser.view.choices][:2] == ["go", "legal_ground"]
            await counter.press("escape")
        assert counter.sent == []
        assert counter.screen.question is None


def template(service: str) -> str:
    """The name of the first complete case of a service."""
    rows = files("counterdesk.catalog").joinpath("data", "scenarios", f"{service}.toml").read_text(encoding="utf-8")
    return str(next(row["name"] for row in tomllib.loads(rows)["scenario"] if row.get("template")))


async def accept(counter: AtCounter) -> None:
    """F9, with every warning taken note of."""
    await counter.press("advance")
    while counter.screen.question is not None:
        await counter.press("1")


# Readers.


@pytest.mark.parametrize("end", ["enter", "tab"])
async def test_a_card_fills_the_applicant_from_any_field(end: str) -> None:
    async with at_counter(("EE", "passport.first")) as counter:
        await counter.serve()
        await counter.press("pagedown", "pagedown")
        assert counter.form.go_to("phone")
        await scan(counter, CARD, end)
        answers = counter.file.answers
        assert answers["person_id"] == Answer(RID, source="read")
        assert answers["id_card_expiry"] == Answer("2035-05-01", source="read")
        await counter.until(lambda: "hukou_region" in counter.file.answers, "the register")
        assert counter.file.answers.get("phone") is None or counter.file.answers["phone"].source == "archive"
        assert counter.file.entered == {}
        assert "|" not in counter.text()


async def test_a_card_read_where_choices_are_picked_picks_none() -> None:
    async with at_counter(("EE", "passport.first")) as counter:
        await counter.serve()
        await counter.fill("passport.first", template("passport.first"))
        before = dict(counter.file.answers)
        await counter.press("pagedown", "pagedown")
        for key in ("delivery", "photo", "face_match", "hukou_region"):
            for line in (RID, CARD):
                if not counter.form.go_to(key):
                    continue
                person = {k: v for k, v in before.items() if k != "person_id"}
                counter.desk.edit_file(counter.screen.case, lambda f, p=person: replaced(f, p))  # type: ignore[misc]
                await counter.quiet()
                counter.screen.present()
                await scan(counter, line)
                now = counter.file.answers
                assert now["person_id"] == Answer(RID, source="read"), key
                assert {k: v for k, v in now.items() if k in before and k != "person_id"} == {
                    k: v for k, v in before.items() if k != "person_id"
                }, (key, line)
                counter.screen.step = "details"
                counter.screen.present()


def replaced(file: CaseFile, answers: dict[str, Answer]) -> CaseFile:
    """The file with these answers."""
    return msgspec.structs.replace(file, answers=answers)


async def test_the_card_of_somebody_else_stays_away_from_the_applicant() -> None:
    async with at_counter(("HK", "hukou.birth")) as counter:
        await counter.serve()
        await counter.fill("hukou.birth", "B1 complete")
        mother = counter.file.answers["mother_id"]
        counter.screen.step = "details"
        counter.screen.present()
        assert counter.form.go_to("declarant_phone")
        phone = counter.file.answers["declarant_phone"]
        await scan(counter, CARD)
        assert counter.file.answers["mother_id"] == mother
        assert counter.file.answers["declarant_phone"] == phone
        assert counter.message.startswith(counter.words("say.other_card", field="母亲公民身份号码")[:6])


async def test_a_bare_number_in_another_field_is_the_applicant() -> None:
    async with at_counter(("EE", "passport.first")) as counter:
        await counter.serve()
        await counter.press("pagedown", "pagedown")
        assert counter.form.go_to("phone")
        await scan(counter, RID)
        assert counter.file.answers["person_id"] == Answer(RID, source="read")
        assert "phone" not in counter.file.entered


async def test_a_number_in_its_own_field_is_typed() -> None:
    async with at_counter("TV") as counter:
        await counter.serve()
        await scan(counter, RID)
        assert counter.file.answers["driver_id"] == Answer(RID)


async def test_a_ticket_number_asks_what_to_do() -> None:
    async with at_counter(("EE", "passport.first"), "EE") as counter:
        await counter.serve()
        other = next(t for t in counter.world.station.state.tickets.values() if t.state == "waiting")
        await counter.press("pagedown", "pagedown")
        assert counter.form.go_to("phone")
        await scan(counter, other.number)
        assert counter.chooser.view.id == f"ticket:{other.id}"
        assert counter.file.entered == {}
        leaves = next(choice for choice in counter.chooser.view.choices if choice.id == "TicketLeaves")
        await counter.press(leaves.digit)
        assert counter.last == c.TicketLeaves(ticket=other.id)


async def test_where_a_field_takes_the_text_the_officer_says_what_it_is() -> None:
    async with at_counter(("SP", "trade.hotel")) as counter:
        await counter.serve()
        number = counter.current.number  # type: ignore[union-attr]
        await counter.press("pagedown", "pagedown")
        assert counter.form.go_to("unit_name")
        await scan(counter, number)
        kept = next(choice for choice in counter.chooser.view.choices if choice.id == "as_text")
        assert "unit_name" not in counter.file.answers
        await counter.press(kept.digit)
        assert counter.file.answers["unit_name"] == Answer(number)


async def test_a_case_number_opens_the_case() -> None:
    async with at_counter(("EE", "passport.first"), ("HK", "hukou.birth")) as counter:
        await counter.serve()
        first = counter.screen.case
        await counter.fill("passport.first", template("passport.first"))
        await accept(counter)
        await counter.until(lambda: counter.case("passport.first").number)
        number = counter.case("passport.first").number
        counter.hand(c.FinishTicket(counter=COUNTER, outcome="done"), counter.scene.actor)  # type: ignore[arg-type]
        await counter.serve()
        assert counter.screen.case != first
        assert counter.form.active == "mother_id"
        await scan(counter, number)
        assert counter.screen.case == first
        assert number in counter.page


async def test_a_pre_review_code_fetches_what_was_written_beforehand() -> None:
    async with at_counter(("EE", "passport.first")) as counter:
        await counter.serve()
        await scan(counter, "YS2611230001")
        await counter.until(lambda: counter.file.answers, "the pre-review")
        answers = counter.file.answers
        assert {answer.source for answer in answers.values()} == {"archive"}
        assert "person_id" not in answers
        assert "reason" in answers


# The way back.


async def test_escape_after_a_jump_goes_back_to_the_field() -> None:
    async with at_counter(("EE", "passport.first")) as counter:
        await counter.serve()
        await counter.press("pagedown", "pagedown")
        assert counter.form.go_to("phone")
        await counter.press("next_question", "next_question")
        assert counter.form.active != "phone"
        await counter.press("escape")
        assert (counter.screen.step, counter.form.active) == ("details", "phone")
        await counter.press("escape")  # once
        assert (counter.screen.step, counter.form.active) == ("details", "phone")


async def test_escape_after_a_jump_goes_back_to_the_panel_and_its_line() -> None:
    async with at_counter(("EE", "passport.first")) as counter:
        await counter.serve()
        await counter.fill("passport.first", template("passport.first"), no_exit_flag=True)
        await choose_prompt(counter, "P2")
        await counter.press("1")
        assert counter.form.has_focus
        assert counter.form.active == "no_exit_flag"
        await counter.press("escape")
        panel = counter.screen.query_one(Checklist)
        assert panel.has_focus
        assert panel.cursor_id == "prompt:P2"


async def test_escape_after_a_jump_from_the_review_goes_back_to_it() -> None:
    async with at_counter(("EE", "passport.first")) as counter:
        await counter.serve()
        await counter.fill("passport.first", template("passport.first"))
        await counter.press("review", "down", "down")
        page = counter.screen.query_one("#page", TextView)
        line = page.cursor_id
        await counter.press("enter")
        assert counter.form.has_focus
        await counter.press("escape")
        assert counter.screen.step == "review"
        assert page.has_focus
        assert page.cursor_id == line


# Papers and leftovers.


async def test_a_paper_says_why_it_is_wanted() -> None:
    async with at_counter(("HK", "hukou.birth")) as counter:
        await counter.serve()
        await counter.fill("hukou.birth", "B6 complete, joins the father with a DNA report")
        await counter.press("pagedown", "pagedown", "pagedown")
        assert counter.form.go_to("DNA")
        await counter.pilot.pause()
        field = next(field for field in counter.form.view.fields if field.key == "DNA")
        shown = counter.text()
        assert field.label in shown
        assert "因为 情形=" in shown
        assert "核对 " in shown
        assert counter.words("material.copies", originals=1, copies=0)[:3] in field.note


async def test_what_is_not_asked_any_more_is_shown_and_then_left_out() -> None:
    async with at_counter(("ID", "idcard.renew")) as counter:
        await counter.serve()
        await counter.fill("idcard.renew", "R1 complete", remote_reason="expiry")
        counter.sent.clear()
        await counter.press("advance")
        while counter.screen.question is not None:
            await counter.press("1")
        assert counter.screen.step == "review"
        assert counter.sent == []
        label = counter.scene.pick(counter.scene.index.fact("idcard.renew", "remote_reason").label)
        assert label in counter.page
        assert "remote_reason" in counter.file.answers
        await counter.press("advance")
        await counter.until(lambda: counter.case("idcard.renew").status == "accepted")
        case = counter.case("idcard.renew")
        stored = counter.world.store.read_file(case.id)
        assert stored is not None
        assert "remote_reason" not in stored.answers
        assert "person_id" in stored.answers
