"""The leader's screen by its keys: every section, what Enter does there, and how a leader comes and goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest

from counterdesk.screens import hall_planning, hall_trying
from counterdesk.screens.desk import CounterScreen
from counterdesk.screens.figures import FiguresScreen
from counterdesk.screens.hall import SECTIONS, HallScreen
from counterdesk.screens.sign_in import SignIn
from counterdesk.station import commands as c
from counterdesk.station.model import PlanReason
from counterdesk.station.planning import PLANNER
from counterdesk.station.whatif import Day, Levers, Result, replay
from counterdesk.widgets.status_bar import StatusBar
from tests.ui.screens.counter import at_counter
from tests.ui.screens.hall_stage import ALL, BETTER, LEADER, OFFICERS, AtHall, Floor, at_hall

pytestmark = pytest.mark.usefixtures("terminal")
Patch = pytest.MonkeyPatch
BY_HAND = (PlanReason(code="by_hand"),)


def a_floor(*groups: str) -> Floor:
    """Two counters at work, one visitor at the first, and these waiting."""
    floor = Floor()
    floor.open("1")
    floor.open("2", "ID", "HK")
    floor.ticket("TV", "violation.handle")
    floor.serve("1")
    for group in groups:
        floor.ticket(group)
    return floor


async def at(hall: AtHall, section: str, line: str = "") -> None:
    """Go to a section by its digit, and to a line there."""
    await hall.press(str(SECTIONS.index(section) + 1))
    if line:
        hall.hall.panel.move_to(line)
        assert hall.hall.panel.cursor_id == line, hall.text()


# Coming and going.


async def test_a_leader_without_a_counter_stands_in_the_hall_at_once_and_stays(monkeypatch: Patch) -> None:
    async with at_hall(Floor(), monkeypatch) as hall:
        assert hall.words("role.leader") in hall.text()
        await hall.press("escape", "hall")
        assert isinstance(hall.pilot.app.screen, HallScreen)
        assert hall.words("blocked.no_counter") in hall.message
        assert hall.sent == []


async def test_a_leader_at_a_counter_goes_to_the_hall_and_back(monkeypatch: Patch) -> None:
    async with at_hall(Floor(), monkeypatch, counter="3") as hall:
        assert hall.lines("counters")[2].startswith("3号窗 031230")
        await hall.press("hall")
        assert isinstance(hall.pilot.app.screen, CounterScreen)
        await hall.press("hall", "5", "hall", "hall")
        await hall.until(lambda: isinstance(hall.pilot.app.screen, HallScreen) and hall.hall.is_mounted, "the hall")
        assert (hall.hall.section, len(hall.asked)) == ("aside", 1), "where he left it, without looking again"
        await hall.press("escape")
        assert isinstance(hall.pilot.app.screen, CounterScreen)


async def test_the_counters_screen_rests_behind_the_hall(monkeypatch: Patch) -> None:
    async with at_hall(Floor(), monkeypatch, counter="3") as hall:
        (behind,) = [screen for screen in hall.pilot.app.screen_stack if isinstance(screen, CounterScreen)]
        bar, front = behind.query_one("#status", StatusBar), hall.hall
        told, before = [], bar.render_line(0).text
        monkeypatch.setattr(front, "refresh", lambda *regions, **_: told.append(regions))
        hall.pass_time(minutes=7)
        behind._tick()
        behind._time_goes_by()
        assert bar.render_line(0).text == before
        bar.refresh()  # as when news of the hall changes something there
        await hall.pilot.pause(0.1)
        assert not told, "the hall would be painted anew for what nobody sees"
        monkeypatch.undo()
        await hall.press("hall")
        assert f"{hall.floor.now:%H:%M}" in bar.render_line(0).text != before


async def test_only_who_leads_sees_the_hall() -> None:
    async with at_counter() as counter:
        await counter.press("hall")
        assert isinstance(counter.pilot.app.screen, CounterScreen)
        assert counter.words("blocked.leader_only") in counter.message


async def test_an_officer_without_a_counter_is_told_what_to_do(monkeypatch: Patch) -> None:
    async with at_hall(Floor(), monkeypatch, role="officer") as hall:
        await hall.until(lambda: "031230" in hall.text(), "the desk")
        assert isinstance(hall.pilot.app.screen, CounterScreen)
        assert hall.screen.words("idle.no_counter")[:12] in hall.text()


async def test_locking_takes_the_hall_away_and_signing_in_brings_it_back(monkeypatch: Patch) -> None:
    async with at_hall(a_floor(), monkeypatch) as hall:
        await hall.pilot.press("ctrl+l")
        await hall.until(lambda: isinstance(hall.pilot.app.screen, SignIn), "the lock")
        assert not any(isinstance(screen, HallScreen) for screen in hall.pilot.app.screen_stack)
        await hall.sign_in(LEADER.id)
        await hall.until(lambda: isinstance(hall.pilot.app.screen, HallScreen), "the hall")


async def test_leaving_without_a_counter_asks_nothing(monkeypatch: Patch) -> None:
    async with at_hall(a_floor(), monkeypatch) as hall:
        await hall.pilot.press("ctrl+q")
        await hall.until(lambda: not hall.pilot.app.is_running or hall.pilot.app._exit, "the end")
        assert hall.sent == []


async def test_leaving_from_a_counter_asks_there(monkeypatch: Patch) -> None:
    async with at_hall(a_floor("ID"), monkeypatch, counter="3") as hall:
        floor = hall.floor
        floor.do(c.CallNext(counter="3"), LEADER)
        floor.do(c.StartService(counter="3"), LEADER)
        await hall.until(lambda: hall.scene.current is not None, "the visitor")
        await hall.press("quit")
        assert isinstance(hall.pilot.app.screen, CounterScreen)
        assert hall.screen.question is not None


# Sections.


async def test_digits_tab_and_f8_change_the_section(monkeypatch: Patch) -> None:
    async with at_hall(a_floor(), monkeypatch, size=(80, 24)) as hall:
        for place, section in enumerate(SECTIONS, start=1):
            await hall.press(str(place))
            assert (hall.hall.section, hall.hall.focused) == (section, hall.hall.panel)
        for key in ("tab", "switch_panel"):
            await hall.press(key)
        assert hall.hall.section == SECTIONS[1]
        await hall.press("shift+tab")
        assert hall.hall.section == SECTIONS[0]


async def test_on_a_small_terminal_one_section_is_in_sight_and_the_others_are_named(monkeypatch: Patch) -> None:
    async with at_hall(a_floor("TV"), monkeypatch, size=(80, 24)) as hall:
        await hall.press("2")
        shown = hall.text()
        assert "[2 排队 1] 3 将超时 " in shown, "with how much is in them"
        assert "1 窗口 开" not in shown
        assert "2 排队 1" in shown


async def test_the_cursor_keeps_its_line_while_a_question_stands_beside_it(monkeypatch: Patch) -> None:
    async with at_hall(a_floor(), monkeypatch) as hall:
        await at(hall, "counters", "counter:2")
        await hall.press("enter")
        assert hall.chooser.id == "ask-right"
        await hall.press("escape")
        assert (hall.hall.panel.cursor_id, hall.hall.focused) == ("counter:2", hall.hall.panel)
        await at(hall, "cases")
        await hall.press("commands")
        assert hall.chooser.id == "ask-left"


# Acting.


async def test_a_waiting_ticket_is_called_to_a_free_counter_with_the_best_help_first(monkeypatch: Patch) -> None:
    floor = a_floor("ID")
    floor.later(minutes=13)
    async with at_hall(floor, monkeypatch) as hall:
        await hall.press("next_question")
        assert hall.hall.section == "risk"
        await hall.press("enter")
        assert hall.chooser.view.choices[0].label == "现在叫到2号窗"
        await hall.press("enter")
        await hall.until(lambda: "2" in floor.state.current, "the call")
        assert hall.sent[-1] == c.CallTicket(counter="2", ticket=floor.state.current["2"])
        assert hall.hall.focused is hall.hall.panel


async def test_a_ticket_is_not_bound_first_to_a_counter_that_pauses(monkeypatch: Patch) -> None:
    floor = Floor()
    floor.open("1")
    floor.open("2")
    floor.do(c.PauseCounter(counter="1", reason="lunch"), OFFICERS["1"])
    floor.ticket("HK")
    floor.serve("2")
    ticket = floor.ticket("TV")
    floor.later(minutes=16)
    async with at_hall(floor, monkeypatch) as hall:
        await at(hall, "risk", f"ticket:{ticket}")
        await hall.press("transfer")
        able = [choice.id for choice in hall.chooser.view.choices if not choice.blocked]
        assert able[:2] == ["assign:2", "assign:1"]


async def test_a_ticket_is_assigned_and_the_assignment_taken_back(monkeypatch: Patch) -> None:
    floor = a_floor("TV")
    floor.later(minutes=16)
    ticket = next(t.id for t in floor.state.tickets.values() if t.state == "waiting")
    async with at_hall(floor, monkeypatch) as hall:
        await at(hall, "risk", f"ticket:{ticket}")
        await hall.press("transfer")
        await hall.choose("assign:2")
        await hall.until(lambda: floor.state.tickets[ticket].for_counter == "2", "the assignment")
        await hall.quiet()
        await hall.press("transfer")
        blocked = {choice.id: choice.blocked for choice in hall.chooser.view.choices}
        assert blocked["assign:2"] == hall.hall.words("hall.menu.assigned")
        await hall.choose("unassign")
        await hall.until(lambda: floor.state.tickets[ticket].for_counter == "", "the end of it")


async def test_a_counter_is_paused_and_what_may_not_be_says_why(monkeypatch: Patch) -> None:
    floor = a_floor()
    async with at_hall(floor, monkeypatch) as hall:
        await at(hall, "counters", "counter:1")
        await hall.press("enter")
        blocked = {choice.id: choice.blocked for choice in hall.chooser.view.choices}
        assert "A001" in blocked["pause"]
        await hall.press("escape")
        await at(hall, "counters", "counter:2")
        await hall.press("enter")
        await hall.choose("pause")
        await hall.press("2")
        await hall.until(lambda: floor.state.counters["2"].state == "paused", "the pause")


async def test_what_a_counter_draws_from_is_announced_not_changed(monkeypatch: Patch) -> None:
    floor = a_floor()
    async with at_hall(floor, monkeypatch) as hall:
        await at(hall, "counters", "counter:2")
        await hall.press("enter")
        await hall.choose("profile")
        await hall.choose("HK")
        await hall.choose("EE")
        await hall.choose("done")
        await hall.until(lambda: floor.state.plans, "the plan")
        assert hall.sent[-1] == c.ApplyPlan(profiles={"2": ("ID", "EE")}, because=BY_HAND)
        assert floor.state.counters["2"].groups == ("ID", "HK")
        assert "→身份证 出入境" in hall.text()


async def test_a_group_is_given_to_a_counter(monkeypatch: Patch) -> None:
    floor = a_floor("EE")
    async with at_hall(floor, monkeypatch) as hall:
        await at(hall, "groups", "group:EE")
        await hall.press("enter")
        await hall.choose("2")
        await hall.until(lambda: floor.state.plans, "the plan")
        assert floor.state.plans[-1].profiles == {"2": ("ID", "EE", "HK")}


async def test_who_may_serve_what_and_when_he_pauses(monkeypatch: Patch) -> None:
    floor = a_floor()
    async with at_hall(floor, monkeypatch) as hall:
        await at(hall, "counters", "counter:2")
        await hall.press("enter")
        await hall.choose("skills")
        await hall.choose("TV")
        await hall.choose("done")
        await hall.until(lambda: floor.state.skills, "the skills")
        assert hall.sent[-1] == c.SetSkills(officer=OFFICERS["2"].id, groups=ALL[1:])
        await hall.quiet()
        await hall.press("enter")
        await hall.choose("break")
        await hall.press("2", "2")
        start = floor.now + timedelta(minutes=15)
        await hall.until(lambda: floor.state.breaks, "the break")
        assert c.PlanBreak(counter="2", at=start, minutes=30) in hall.sent
        await hall.quiet()
        await hall.press("enter")
        await hall.choose(f"cancel_break:{start.isoformat()}")
        await hall.until(lambda: not floor.state.breaks, "no break")


async def test_a_ticket_at_another_counter_is_settled_after_a_look(monkeypatch: Patch) -> None:
    floor = a_floor()
    async with at_hall(floor, monkeypatch) as hall:
        await at(hall, "counters", "counter:1")
        await hall.press("enter")
        await hall.choose("settle")
        await hall.choose("Requeue")
        assert hall.chooser.view.id == "served_elsewhere"
        await hall.press("2")
        await hall.until(lambda: not floor.state.current, "the queue")
        assert hall.sent[-1] == c.Requeue(counter="1")


async def test_appointments_no_shows_and_held_tickets(monkeypatch: Patch) -> None:
    floor = a_floor("ID")
    floor.do(c.BookAppointment(appointment="a", group="HK", at=floor.now + timedelta(minutes=10)))
    floor.do(c.CallNext(counter="2"), OFFICERS["2"])
    floor.do(c.MarkNoShow(counter="2"), OFFICERS["2"])
    gone = next(t.id for t in floor.state.tickets.values() if t.state == "no_show")
    async with at_hall(floor, monkeypatch) as hall:
        await at(hall, "aside", "appointment:a")
        await hall.press("enter", "1")
        await hall.until(lambda: floor.state.appointments["a"].ticket, "the ticket")
        await hall.until(lambda: hall.message == hall.words("say.issued", number="H001"), "the number to be told")
        await at(hall, "aside", f"ticket:{gone}")
        await hall.press("enter", "1")
        await hall.until(lambda: floor.state.tickets[gone].state == "waiting", "the queue")


async def test_a_case_is_sent_again_and_withdrawing_asks_twice(monkeypatch: Patch) -> None:
    floor = a_floor()
    floor.do(c.OpenCase(counter="1", case="k", service="hukou.birth"), OFFICERS["1"])
    floor.do(c.ReceiveCase(case="k"), OFFICERS["1"])
    floor.do(c.RequestSupplement(case="k", items=("DNA",)), OFFICERS["1"])
    async with at_hall(floor, monkeypatch) as hall:
        await at(hall, "cases", "case:k")
        await hall.press("enter")
        await hall.choose("withdraw")
        await hall.press("1")
        assert hall.sent == []
        await hall.press("enter")
        await hall.choose("withdraw")
        await hall.press("2")
        await hall.until(lambda: floor.state.cases["k"].status == "withdrawn", "the end")


# Help.


async def test_a_call_for_help_is_loud_until_it_is_answered(monkeypatch: Patch) -> None:
    floor = a_floor()
    async with at_hall(floor, monkeypatch) as hall:
        bells: list[int] = []
        monkeypatch.setattr(hall.pilot.app, "bell", lambda: bells.append(1))
        await hall.press("5")
        floor.do(c.CallForHelp(counter="1"), OFFICERS["1"])
        await hall.until(lambda: "求助" in hall.message, "the call")
        assert bells == [1]
        assert "1号窗求助!" in hall.text().splitlines()[0]
        await hall.press("next_question")
        assert hall.hall.panel.cursor_id == "help:1"
        await hall.press("enter", "1")
        await hall.until(lambda: not floor.state.help, "the answer")
        await hall.quiet()
        assert hall.sent[-1] == c.AnswerHelp(counter="1")
        assert "求助" not in hall.text().splitlines()[0]


async def test_who_was_called_and_stands_there_alone_is_the_most_urgent_after_a_call_for_help(
    monkeypatch: Patch,
) -> None:
    floor = a_floor("TV", "TV")
    floor.open("2")
    floor.do(c.CallNext(counter="2"), OFFICERS["2"])
    alone = floor.state.current_ticket("2")
    assert alone is not None
    floor.later(minutes=25)
    async with at_hall(floor, monkeypatch) as hall:
        await hall.press("next_question")
        assert hall.hall.panel.cursor_id == f"ticket:{alone.id}"
        await hall.press("enter")
        assert hall.chooser.view.title.startswith(alone.number)


async def test_an_officer_asks_silently_and_reads_quietly_that_somebody_comes() -> None:
    async with at_counter("TV") as counter:
        await counter.press("commands")
        await counter.type("110")
        await counter.until(lambda: not counter.chooser._stale)
        await counter.press("enter")
        await counter.until(lambda: counter.world.station.state.help, "the call")
        await counter.quiet()
        assert counter.last == c.CallForHelp(counter="3")
        assert counter.message == "已通知"
        assert "求助" not in counter.text()
        counter.hand(c.AnswerHelp(counter="3"), LEADER)
        await counter.until(lambda: counter.message == "已应答", "the answer")


async def test_whoever_asks_without_a_line_is_told_at_once_and_can_ask_as_soon_as_it_is_back() -> None:
    async with at_counter() as counter:
        await counter.cut_line()
        await counter.press("commands")
        await counter.type("110")
        await counter.until(lambda: not counter.chooser._stale)
        await counter.press("enter")
        assert counter.message == counter.words("blocked.help_offline")
        counter.backend.down = False
        counter.desk.retry_now()
        await counter.until(lambda: not counter.chooser.view.choices[0].blocked, "the line")
        await counter.press("enter")
        await counter.until(lambda: counter.world.station.state.help, "the call")


async def test_a_mistake_is_taken_back_and_a_colleague_hears_of_a_call() -> None:
    async with at_counter() as counter:
        counter.screen.do("take_back_help")
        assert counter.words("blocked.no_help_called") in counter.message
        counter.screen.do("call_for_help")
        await counter.until(lambda: counter.world.station.state.help, "the call")
        await counter.quiet()
        counter.screen.do("take_back_help")
        await counter.until(lambda: not counter.world.station.state.help, "nothing")
        counter.hand(c.OpenCounter(counter="1", groups=ALL), OFFICERS["1"])
        counter.hand(c.CallForHelp(counter="1"), OFFICERS["1"])
        await counter.until(lambda: "1号窗求助!" in counter.text().splitlines()[0], "the call")


async def test_closing_a_counter_is_asked_about(monkeypatch: Patch) -> None:
    floor = a_floor()
    async with at_hall(floor, monkeypatch) as hall:
        await at(hall, "counters", "counter:2")
        await hall.press("enter")
        await hall.choose("close")
        await hall.press("1")
        assert hall.sent == []
        await hall.press("enter")
        await hall.choose("close")
        await hall.choose("yes")
        assert hall.sent == [c.CloseCounter(counter="2")]


# Plans.


async def test_a_proposal_is_applied_with_one_key(monkeypatch: Patch) -> None:
    floor = a_floor()
    async with at_hall(floor, monkeypatch, proposal=BETTER) as hall:
        assert "20分内办完62%→71%" in hall.text()
        assert hall.asked == [PlanReason(code="fixed_time")]
        assert " F9 采用排班" in hall.text()
        await hall.press("advance")
        await hall.until(lambda: floor.state.plans, "the plan")
        assert hall.sent[-1] == c.ApplyPlan(profiles={"2": ("TV", "HK")}, because=BETTER.because)
        assert floor.state.plans[-1].because == BETTER.because
        await hall.quiet()
        assert "(F9)采用排班" in hall.text()
        await hall.press("advance")
        assert hall.words("blocked.no_proposal") in hall.message
        assert "已预告的排班" in hall.text()


async def test_what_the_planner_ordered_meanwhile_is_told_and_no_longer_proposed(monkeypatch: Patch) -> None:
    floor = a_floor()
    floor.do(c.SwitchPlanning(automatic=True), LEADER)
    async with at_hall(floor, monkeypatch, proposal=BETTER) as hall:
        assert hall.hall.planning.command() is not None
        floor.do(c.ApplyPlan(profiles=dict(BETTER.profiles), because=BETTER.because), PLANNER)
        said = hall.words("hall.plan.by_others", by=hall.words("hall.plan.planner"))
        await hall.until(lambda: hall.message == said, "the news")
        assert hall.hall.planning.command() is None
        assert "(F9)采用排班" in hall.text()
        floor.do(c.CancelPlan(), LEADER)
        await hall.press("4")
        assert "警号planner" not in hall.text()


async def test_a_proposal_is_edited_and_applied_as_ones_own(monkeypatch: Patch) -> None:
    floor = a_floor()
    async with at_hall(floor, monkeypatch, proposal=BETTER) as hall:
        await at(hall, "plan", "plan:edit-2")
        await hall.press("enter")
        await hall.choose("TV")
        await hall.choose("done")
        assert hall.sent == []
        assert "自己改的排班" in hall.text()
        await hall.press("advance")
        await hall.until(lambda: floor.state.plans, "the plan")
        assert hall.sent[-1] == c.ApplyPlan(profiles={"2": ("HK",)}, because=BY_HAND)


async def test_what_a_leader_changed_outlasts_newer_proposals(monkeypatch: Patch) -> None:
    floor = a_floor()
    async with at_hall(floor, monkeypatch, proposal=BETTER) as hall:
        hall.hall.planning.edit("2", ("HK",))
        floor.open("3")
        await hall.until(lambda: hall.scene.station.counters["3"].state == "open", "one more counter")
        await hall.quiet()
        assert hall.asked == [PlanReason(code="fixed_time")], "a reason to look, and nobody looks"
        await hall.press("advance")
        await hall.until(lambda: floor.state.plans, "the plan")
        assert floor.state.plans[-1].profiles == {"2": ("HK",)}
        await hall.until(lambda: len(hall.asked) == 2, "the search that waited")


async def test_a_key_that_was_meant_for_another_proposal_applies_nothing(monkeypatch: Patch) -> None:
    floor, now = a_floor(), [100.0]
    monkeypatch.setattr(hall_planning, "monotonic", lambda: now[0])
    async with at_hall(floor, monkeypatch, proposal=BETTER) as hall:
        newer = msgspec.structs.replace(BETTER, profiles={"2": ("HK",)})
        monkeypatch.setattr(hall_planning, "find", lambda *_: newer)
        hall.hall.do("look")
        await hall.until(lambda: hall.hall.planning.suggestion.profiles == newer.profiles, "the newer one")
        await hall.press("advance")
        assert hall.sent == []
        assert hall.message == hall.words("hall.plan.just_replaced")
        now[0] += hall_planning.UNREAD
        await hall.press("advance")
        await hall.until(lambda: floor.state.plans, "the plan")
        assert floor.state.plans[-1].profiles == newer.profiles


async def test_the_planner_is_switched_and_an_announced_plan_given_up(monkeypatch: Patch) -> None:
    floor = a_floor()
    floor.do(c.ApplyPlan(profiles={"2": ("TV",)}), LEADER)
    async with at_hall(floor, monkeypatch) as hall:
        await at(hall, "plan", "plan:cancel")
        await hall.press("enter", "2")
        await hall.until(lambda: floor.state.plans[-1].status == "cancelled", "the end of it")
        await at(hall, "plan", "plan:automatic")
        await hall.press("enter")
        await hall.until(lambda: floor.state.automatic, "the switch")


async def test_a_counter_that_goes_is_a_reason_to_look_for_a_plan(monkeypatch: Patch) -> None:
    floor = a_floor()
    async with at_hall(floor, monkeypatch) as hall:
        floor.do(c.PauseCounter(counter="2", reason="break"), OFFICERS["2"])
        await hall.until(lambda: len(hall.asked) == 2, "the search")
        assert hall.asked[-1] == PlanReason(code="counter_gone", counter="2")
        await at(hall, "plan", "plan:look")
        await hall.press("enter")
        await hall.until(lambda: len(hall.asked) == 3, "another one")


# What if.


async def test_what_if_one_thing_changed_and_what_if_it_were_set_otherwise(monkeypatch: Patch) -> None:
    played: list[Levers] = []

    def play(days: Sequence[Day], levers: Levers) -> Result:
        played.append(levers)
        return replay(days[:1], levers)

    monkeypatch.setattr(hall_trying, "DAYS", 1)
    monkeypatch.setattr(hall_trying, "replay", play)
    async with at_hall(Floor(), monkeypatch) as hall:
        await hall.press("7")
        trying = hall.hall.trying
        assert not trying.trial.today, "nobody came yet"
        await hall.until(lambda: len(trying.trial.found) == len(trying.trial.rows), "the days")
        base, more = trying.trial.found["base"], trying.trial.found["counters"]
        assert base is not None
        assert more is not None
        assert more.outlook.kept > base.outlook.kept
        assert f"{round(100 * more.outlook.kept)}%" in hall.lines("whatif")[2]
        assert len(played) == len(trying.trial.rows)
        hall.hall.panel.move_to("whatif:counters")
        await hall.press("enter", "2")
        await hall.until(lambda: len(played) == len(trying.trial.rows) + 2, "the row and all together")
        assert played[-2] == Levers(counters=-1)
        assert (played[-1].counters, played[-1].minutes) == (-1, 0.85)
        await hall.until(lambda: not trying.trial.running)
        await hall.press("1")
        assert hall.hall.query_one("#cases").display


async def test_what_if_plays_today_as_far_as_it_has_come(monkeypatch: Patch) -> None:
    floor = a_floor("TV", "ID", "TV")
    floor.later(minutes=7)
    floor.do(c.FinishTicket(counter="1"), OFFICERS["1"])
    monkeypatch.setattr(hall_trying, "DAYS", 1)
    async with at_hall(floor, monkeypatch) as hall:
        await hall.press("7")
        trying = hall.hall.trying
        await hall.until(lambda: trying.trial.over, "today")
        await hall.until(lambda: not trying.trial.running)
        trial = trying.trial
        assert (trial.today, trial.until, trial.came, trial.done) == (True, f"{floor.now:%H:%M}", 4, 1)
        truth, base = trial.found["truth"], trial.found["base"]
        assert truth is not None
        assert base is not None
        assert (truth.outlook.visits, base.outlook.visits) == (1, 4)
        _, first, second, *_ = hall.lines("whatif")
        assert first.startswith(hall.words("whatif.lever.truth"))
        assert second.startswith(hall.words("hall.whatif.replayed"))
        assert trial.until in hall.text()
        await hall.press("7")
        await hall.until(lambda: not trying.trial.today and trying.trial.over, "ordinary days")
        assert len(hall.lines("whatif")) == 1 + len(trying.trial.rows)
        floor.ticket("HK")
        floor.later(minutes=2)
        await hall.press("7")
        await hall.until(lambda: trying.trial.came == 5 and trying.trial.over, "today with who came meanwhile")
        assert trying.trial.until == f"{floor.now:%H:%M}"
        found = trying.trial.found_ordinary
        assert found, "what was played stays"
        await at(hall, "aside")
        await at(hall, "whatif", "whatif:truth")
        assert trying.trial.today
        await hall.press("enter")
        assert hall.hall.question is None, "what was cannot be set"
        assert hall.message == hall.words("hall.whatif.about.truth")


async def test_what_if_says_why_it_cannot_play_today_and_plays_ordinary_days(monkeypatch: Patch) -> None:
    monkeypatch.setattr(hall_trying, "DAYS", 1)
    async with at_hall(Floor(), monkeypatch) as hall:
        trying = hall.hall.trying
        await hall.press("7", "7")
        await hall.until(lambda: trying.trial.trouble == "nobody", "nobody came")
        assert hall.words("hall.whatif.nobody") in hall.text()
        hall.floor.ticket("HK")
        await hall.cut_line()
        await hall.press("1", "7")
        await hall.until(lambda: trying.trial.trouble == "unread", "no line")
        assert hall.words("hall.whatif.unread") in hall.text()
        await hall.press("7")
        await hall.until(lambda: not trying.trial.today and trying.trial.over, "ordinary days")
        await hall.mend_line()
        await hall.press("7")
        await hall.until(lambda: trying.trial.today and trying.trial.came and trying.trial.over, "today")


async def test_the_figures_are_found_by_name_where_no_key_leads_to_them(monkeypatch: Patch) -> None:
    async with at_hall(a_floor(), monkeypatch) as hall:
        await at(hall, "aside")
        await hall.press("commands")
        await hall.type(hall.words("hall.action.figures"))
        await hall.until(lambda: not hall.chooser._stale)
        await hall.press("enter")
        await hall.until(lambda: isinstance(hall.pilot.app.screen, FiguresScreen), "the figures")
        await hall.until(lambda: hall.desk.state.figures is not None and hall.desk.state.figures.figures is not None)
        await hall.press("escape")
        await hall.until(lambda: isinstance(hall.pilot.app.screen, HallScreen), "the hall again")
        assert hall.hall.section == "aside"


# Without a line, and much of everything.


async def test_without_a_line_the_hall_is_seen_as_it_was_and_nothing_is_noted_down(monkeypatch: Patch) -> None:
    floor = a_floor("ID")
    floor.later(minutes=13)
    async with at_hall(floor, monkeypatch, proposal=BETTER) as hall:
        await hall.cut_line()
        assert hall.message == hall.hall.words("hall.offline")
        await hall.press("advance")
        assert hall.words("blocked.offline") in hall.message
        await at(hall, "counters", "counter:2")
        await hall.press("enter")
        await hall.choose("pause")
        await hall.press("1")
        assert hall.sent == []
        assert hall.desk.state.pending == ()
        assert "A002" in hall.text() or "B001" in hall.text()
        await hall.mend_line()
        assert hall.message == hall.words("say.online")


@pytest.mark.parametrize(("size", "language"), [((80, 24), "zh_CN"), ((120, 40), "en")])
async def test_a_full_hall_fits(monkeypatch: Patch, size: tuple[int, int], language: str) -> None:
    floor = Floor()
    for number in "1234":
        floor.open(number)
    for place in range(60):
        floor.ticket(ALL[place % len(ALL)], priority="elderly" if place % 9 == 0 else None)
        floor.later(seconds=30)
    async with at_hall(floor, monkeypatch, size=size, language=language, proposal=BETTER) as hall:
        for place in range(1, len(SECTIONS) + 1):
            await hall.press(str(place))
            shown = hall.text()
            assert "⟨" not in shown
            assert "{" not in shown
        await hall.press("help")
        assert hall.words("help.title") in hall.text()
        await hall.press("escape")
        assert hall.hall.focused is hall.hall.panel


async def test_what_can_be_done_is_found_by_name(monkeypatch: Patch) -> None:
    async with at_hall(a_floor(), monkeypatch) as hall:
        await hall.press("commands")
        await hall.type(hall.words("hall.action.unlock_officer"))
        await hall.until(lambda: not hall.chooser._stale)
        await hall.press("enter")
        await hall.type("031299")
        await hall.until(lambda: not hall.chooser._stale)
        await hall.press("enter")
        await hall.until(lambda: hall.backend.unlocked == "031299", "the unlocking")
