"""What an officer asks a shift leader for: at his counter until the answer, and on the leader's screen."""

from __future__ import annotations

import pytest

from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.screens.desk import CounterScreen
from counterdesk.screens.views.checklist import checklist_view
from counterdesk.screens.views.requests import open_requests, request_id
from counterdesk.station import commands as c
from counterdesk.station.roles import Actor, Role
from counterdesk.widgets.checklist import Checklist
from counterdesk.widgets.message_line import MessageLine
from tests.ui.screens.counter import AtCounter, at_counter, scenario
from tests.ui.screens.hall_stage import LEADER, OFFICERS, AtHall, Floor, at_hall
from tests.ui.screens.test_wizard import choose_prompt, template, text_of

LEAD = Actor(id="031230", role="leader")


async def blocked(counter: AtCounter) -> None:
    """A passport for somebody who may not leave: P2 holds, which a leader may set aside."""
    await counter.serve()
    await counter.fill("passport.first", template("passport.first"), no_exit_flag=True)
    counter.sent.clear()


async def ask(counter: AtCounter, reason: str = "instruction") -> None:
    """The officer asks about P2."""
    await choose_prompt(counter, "P2")
    await choose(counter, reason)


async def choose(counter: AtCounter, choice: str) -> None:
    found = next(found for found in counter.chooser.view.choices if found.id == choice)
    assert not found.blocked
    await counter.press(found.digit)


def shown(counter: AtCounter) -> str:
    """The checklist, whatever is in sight."""
    return text_of(checklist_view(counter.scene, 60))


async def hears(counter: AtCounter, text: str) -> None:
    await counter.until(lambda: text in counter.message, text)


# At the counter.


async def test_an_officer_asks_waits_and_is_told_the_yes() -> None:
    async with at_counter(("EE", "passport.first")) as counter:
        await blocked(counter)
        await ask(counter)
        case = counter.screen.case
        asked = c.RequestApproval(case=case, what="override", item="P2", reason="instruction")
        assert counter.sent == [asked]
        assert counter.message == counter.words("say.asked")
        counter.pass_time(minutes=4)
        reason = counter.words("reason.override.instruction")
        assert counter.words("request.waiting", reason=reason, minutes=4) in shown(counter)
        await counter.press("advance")
        assert counter.case("passport.first").status == "draft", "nothing is accepted before the answer"
        counter.hand(c.OverridePrompt(case=case, prompt="P2", reason="verified_otherwise", asked=True), LEAD)
        await hears(counter, counter.words("reason.override.verified_otherwise"))
        assert ("prompt_block", "P2") not in counter.scene.assessment.gate  # type: ignore[union-attr]
        overridden = counter.words("checklist.overridden", reason=counter.words("reason.override.verified_otherwise"))
        assert overridden in shown(counter)


async def test_a_no_stays_on_the_checklist_with_its_reason_and_may_be_asked_anew() -> None:
    async with at_counter(("EE", "passport.first")) as counter:
        await blocked(counter)
        await ask(counter)
        case = counter.screen.case
        counter.hand(c.RefuseRequest(case=case, what="override", item="P2", reason="verify_first"), LEAD)
        reason = counter.words("reason.refuse_request.verify_first")
        await hears(counter, reason)
        assert counter.words("request.refused", reason=reason) in shown(counter)
        assert ("prompt_block", "P2") in counter.scene.assessment.gate  # type: ignore[union-attr]
        await ask(counter, "verified_otherwise")
        assert [one.reason for one in counter.case("passport.first").asked] == ["verified_otherwise"]


async def test_a_question_is_taken_back_where_it_was_put() -> None:
    async with at_counter(("EE", "passport.first")) as counter:
        await blocked(counter)
        await ask(counter)
        await choose_prompt(counter, "P2")
        assert [choice.id for choice in counter.chooser.view.choices] == ["go", "withdraw"]
        await choose(counter, "withdraw")
        assert counter.case("passport.first").requests == ()
        assert counter.message == counter.words("say.request_withdrawn")


async def test_a_question_ends_when_the_answer_changes_and_that_is_said() -> None:
    async with at_counter(("EE", "passport.first")) as counter:
        await blocked(counter)
        await ask(counter)
        await counter.fill("passport.first", template("passport.first"), no_exit_flag=False)
        await counter.until(lambda: not counter.case("passport.first").requests, "the end")
        await hears(counter, counter.words("request.told.needless", text="").strip())


async def at_late_paper(counter: AtCounter) -> str:
    """A hotel's case, with the cursor on a paper that may come later."""
    await counter.serve()
    await counter.fill("trade.hotel", template("trade.hotel"))
    code = next(m.use.code for m in counter.scene.assessment.materials if m.deferrable and m.needed)  # type: ignore[union-attr]
    await counter.press("pagedown", "pagedown", "pagedown")
    assert counter.form.go_to(code)
    return code


async def test_a_paper_may_come_later_once_the_leader_says_so() -> None:
    async with at_counter(("SP", "trade.hotel")) as counter:
        code = await at_late_paper(counter)
        counter.sent.clear()
        await counter.press("4")
        assert counter.file.materials[code] == "missing", "it is not here"
        await choose(counter, "on_its_way")
        case = counter.screen.case
        assert counter.sent == [c.RequestApproval(case=case, what="deferral", item=code, reason="on_its_way")]
        assert counter.words("request.waiting", reason=counter.words("reason.deferral.on_its_way"), minutes=0) in shown(
            counter
        )
        counter.hand(c.DeferMaterial(case=case, material=code, asked=True), LEAD)
        await counter.until(lambda: counter.file.materials[code] == "deferred", "the mark")
        await counter.quiet()
        assert counter.scene.assessment.gate == ()  # type: ignore[union-attr]
        assert counter.scene.evidence().gate == ()  # type: ignore[union-attr]


async def test_who_was_away_when_the_yes_came_reads_it_at_the_paper_and_marks_it_himself() -> None:
    async with at_counter(("SP", "trade.hotel")) as counter:
        code = await at_late_paper(counter)
        await counter.press("4")
        await choose(counter, "on_its_way")
        case = counter.screen.case
        await counter.press("lock")
        counter.hand(c.DeferMaterial(case=case, material=code, asked=True), LEAD)
        await counter.sign_in()
        await counter.until(lambda: counter.scene.file is not None and counter.case("trade.hotel").deferred, "the case")
        assert counter.file.materials[code] == "missing"
        assert counter.words("request.allowed") in shown(counter)
        await counter.press("pagedown", "pagedown", "pagedown")
        assert counter.form.go_to(code)
        await counter.press("4")
        assert counter.file.materials[code] == "deferred"
        assert counter.scene.evidence().gate == ()  # type: ignore[union-attr]


async def test_from_the_command_list_everything_that_can_be_asked() -> None:
    async with at_counter(("EE", "passport.first")) as counter:
        await blocked(counter)
        counter.screen.do("ask_leader")
        await counter.pilot.pause()
        assert [choice.id for choice in counter.chooser.view.choices] == ["override:P2"]
        await counter.press("1")
        await choose(counter, "legal_ground")
        assert [one.item for one in counter.case("passport.first").asked] == ["P2"]
        counter.screen.do("ask_leader")
        await counter.pilot.pause()
        await counter.press("1")
        await choose(counter, "withdraw")
        assert counter.case("passport.first").requests == ()
        await counter.fill("passport.first", template("passport.first"))
        counter.screen.do("ask_leader")
        assert counter.words("blocked.nothing_askable") in counter.message


@pytest.mark.parametrize("role", ["auxiliary", "leader"])
async def test_who_may_not_ask_is_told(role: Role) -> None:
    async with at_counter(("EE", "passport.first"), role=role) as counter:
        await blocked(counter)
        counter.screen.do("ask_leader")
        assert counter.words("blocked.not_asking") in counter.message
        if role == "auxiliary":
            await choose_prompt(counter, "P2")
            assert counter.words("checklist.leader_may") in counter.message


async def test_without_a_line_the_question_waits_and_says_so() -> None:
    async with at_counter(("EE", "passport.first")) as counter:
        await blocked(counter)
        await counter.cut_line()
        panel = counter.screen.query_one(Checklist)
        counter.screen.set_focus(panel)
        panel.move_to("prompt:P2")
        await counter.pilot.press("enter")
        await counter.pilot.pause()
        found = next(found for found in counter.chooser.view.choices if found.id == "instruction")
        await counter.pilot.press(found.digit)
        await counter.until(lambda: counter.words("request.unsent") in shown(counter), "the mark")
        assert counter.case("passport.first").asked == ()
        await counter.mend_line()
        assert [one.item for one in counter.case("passport.first").asked] == ["P2"]


async def test_a_leader_at_a_counter_reads_that_another_one_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = a_floor()
    async with at_hall(floor, monkeypatch, counter="3") as hall:
        await hall.press("hall")
        screen = hall.pilot.app.screen
        assert isinstance(screen, CounterScreen)
        asks(floor, "1")
        message = screen.query_one("#message", MessageLine)
        await hall.until(lambda: message.message.startswith("1号窗请示"), "the question")
        assert hall.words("status.requests", count=1) in hall.text()


# On the leader's screen.


def a_floor() -> Floor:
    """Two counters, each with somebody whose passport is blocked by P2."""
    floor = Floor()
    for number in ("1", "2"):
        floor.open(number)
        floor.ticket("EE", "passport.first")
        floor.serve(number)
        case, officer = f"c{number}", OFFICERS[number]
        floor.do(c.OpenCase(counter=number, case=case, service="passport.first"), officer)
        floor.world.station.write_file(blocked_file(case), officer, floor.now)
    return floor


def blocked_file(case: str) -> CaseFile:
    """A complete file but for P2."""
    wanted = scenario("passport.first", template("passport.first"))
    answers = {key: Answer(value=value) for key, value in (wanted["answers"] | {"no_exit_flag": True}).items()}
    return CaseFile(
        case=case,
        service="passport.first",
        answers=answers,
        materials=wanted.get("materials", {}),
        variant=wanted.get("variant", ""),
    )


def asks(floor: Floor, number: str, officer: Actor | None = None) -> None:
    command = c.RequestApproval(case=f"c{number}", what="override", item="P2", reason="instruction")
    floor.do(command, officer or OFFICERS[number])


async def test_the_leader_hears_of_it_and_the_oldest_stands_first(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = a_floor()
    asks(floor, "2")
    floor.later(minutes=6)
    async with at_hall(floor, monkeypatch) as hall:
        asks(floor, "1")
        await hall.until(lambda: hall.message.startswith("1号窗请示"), "the second")
        first, second, third, _ = hall.lines("counters")[:4]
        title = hall.words("request.title", counter="2", number="E002", service="护照首次")
        reason = hall.words("reason.override.instruction")
        assert first == f"?? {title} 6分 {reason}"
        assert second.startswith(hall.words("request.about.override", text=""))
        assert third.startswith("?? 1号窗请示 E001 护照首次 0分")
        assert hall.words("status.requests", count=2) in hall.text()


async def test_f7_and_enter_give_the_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = a_floor()
    asks(floor, "1")
    async with at_hall(floor, monkeypatch) as hall:
        await grant(hall, "yes:legal_ground")
        assert hall.sent == [c.OverridePrompt(case="c1", prompt="P2", reason="legal_ground", asked=True)]
        await hall.until(lambda: floor.state.cases["c1"].overrides == {"P2": "legal_ground"}, "the yes")
        assert open_requests(hall.scene) == []
        hall.hall.do("requests")
        assert hall.words("blocked.no_requests") in hall.message


async def grant(hall: AtHall, choice: str) -> None:
    await hall.press("next_question", "enter")
    choices = hall.chooser.view.choices
    assert [choices[0].id, choices[1].id] == ["wait", "yes:instruction"], "the officer's own reason is the first"
    await hall.choose(choice)
    await hall.quiet()


async def test_a_no_has_a_reason_and_a_stray_enter_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = a_floor()
    asks(floor, "1")
    async with at_hall(floor, monkeypatch) as hall:
        await hall.press("next_question", "enter", "enter")
        assert hall.sent == []
        assert floor.state.cases["c1"].asked
        await grant(hall, "no:must_be_met")
        assert hall.sent == [c.RefuseRequest(case="c1", what="override", item="P2", reason="must_be_met")]
        await hall.until(lambda: not floor.state.cases["c1"].asked, "the no")
        assert [one.refused for one in floor.state.cases["c1"].requests] == ["must_be_met"]


async def test_what_was_taken_back_meanwhile_is_not_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = a_floor()
    asks(floor, "1")
    async with at_hall(floor, monkeypatch) as hall:
        await hall.press("next_question", "enter")
        floor.do(c.WithdrawRequest(case="c1", what="override", item="P2"), OFFICERS["1"])
        await hall.choose("yes:instruction")
        await hall.quiet()
        assert floor.state.cases["c1"].overrides == {}
        assert hall.words("refused.no_request") in hall.message


async def test_nobody_answers_his_own_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """031230 asked as an officer in the morning and leads the shift since."""
    floor = a_floor()
    himself = Actor(id=LEADER.id, role="officer")
    floor.open("4")
    floor.do(c.OpenCounter(counter="3", groups=("EE",)), himself)
    floor.ticket("EE", "passport.first")
    floor.do(c.CallNext(counter="3"), himself)
    floor.do(c.StartService(counter="3"), himself)
    floor.do(c.OpenCase(counter="3", case="c3", service="passport.first"), himself)
    floor.world.station.write_file(blocked_file("c3"), himself, floor.now)
    asks(floor, "3", himself)
    async with at_hall(floor, monkeypatch) as hall:
        await hall.press("next_question", "enter")
        own = hall.words("refused.own_request")
        assert [choice.blocked for choice in hall.chooser.view.choices] == ["", *[own] * 8]


async def test_without_a_line_nothing_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = a_floor()
    asks(floor, "1")
    async with at_hall(floor, monkeypatch) as hall:
        await hall.cut_line()
        await hall.press("next_question", "enter")
        await hall.choose("yes:instruction")
        assert hall.sent == []
        assert hall.words("blocked.offline") in hall.message


async def test_no_line_of_it_says_who_the_citizen_is(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = a_floor()
    asks(floor, "1")
    file = floor.world.station.read_file("c1", OFFICERS["1"], floor.now)
    told = [str(answer.value) for answer in file.answers.values() if len(str(answer.value)) > 5]
    assert told
    async with at_hall(floor, monkeypatch) as hall:
        await hall.press("next_question", "enter")
        screen = hall.text().replace("\n", "")
        assert not [value for value in told if value in screen]
        assert request_id(open_requests(hall.scene)[0]) == "c1:override:P2"
