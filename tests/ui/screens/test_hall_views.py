"""What the leader's screen shows, as text: pure functions of the station and the clock."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from counterdesk.catalog.casefile import CaseFile
from counterdesk.screens.views.hall import counters_view, groups_view
from counterdesk.screens.views.hall_aside import aside_view
from counterdesk.screens.views.hall_cases import cases_view
from counterdesk.screens.views.hall_plan import Suggestion, plan_view, predicted_waits
from counterdesk.screens.views.hall_risk import risk_view, risks
from counterdesk.station import commands as c
from counterdesk.station.hall_view import hall_of
from counterdesk.station.model import PlanReason
from tests.ui.screens.hall_stage import BETTER, LEADER, NO_BETTER, OFFICERS, Floor, ids_of, text_of


@pytest.fixture
async def floor() -> Floor:
    return Floor()


def counters(floor: Floor, language: str = "zh_CN") -> list[str]:
    return text_of(counters_view(floor.scene(language), 1, lambda _: 4.0))


def risk_lines(floor: Floor) -> list[str]:
    scene = floor.scene()
    return text_of(risk_view(scene, 3, risks(scene, hall_of(floor.state, floor.now))))


async def test_a_counter_in_every_state(floor: Floor) -> None:
    floor.open("1", "TV")
    floor.open("2", "ID", "HK")
    floor.open("3")
    floor.ticket("TV", "violation.handle")
    floor.serve("1")
    floor.do(c.PauseCounter(counter="2", reason="lunch"), OFFICERS["2"])
    floor.later(minutes=5)
    assert counters(floor) == [
        "1号窗 031201 A001 5分 办理中 违法处理",
        "违法",
        "2号窗 031202 5分 暂停 用餐",
        "身份证 户口",
        "3号窗 031203 5分 空闲",
        "全部业务",
        "4号窗 未开窗",
    ]
    floor.later(minutes=4)
    assert counters(floor)[0] == "1号窗 031201 A001 9分 办理中 违法处理 偏久"
    assert counters(floor, "en")[0].startswith("No.1 031201 A001 9m")


async def test_an_open_counter_that_calls_nobody_is_pointed_out(floor: Floor) -> None:
    floor.open("1", "TV")
    floor.later(minutes=5)
    floor.ticket("HK")
    assert counters(floor)[0] == "1号窗 031201 5分 空闲"
    floor.ticket("TV")
    view = counters_view(floor.scene(), 1, lambda _: 4.0)
    assert text_of(view)[0] == "1号窗 031201 5分 空闲!有人在等"
    assert view.lines[0].cells[-1].style == "warn"


async def test_a_call_that_nobody_attends_and_a_call_for_help(floor: Floor) -> None:
    floor.open("1")
    floor.ticket("TV")
    floor.do(c.CallNext(counter="1"), OFFICERS["1"])
    floor.do(c.CallForHelp(counter="1"), OFFICERS["1"])
    floor.later(minutes=3)
    view = counters_view(floor.scene(), 1, lambda _: 4.0)
    assert text_of(view)[:2] == ["!! 1号窗求助 警号031201 3分 回车应答", "1号窗 031201 A001 3分 无人接"]
    assert ids_of(view)[:3] == ["help:1", "counter:1", ""]
    assert view.lines[0].cells[0].style == view.lines[1].cells[-1].style == "block"
    assert text_of(aside_view(floor.scene(), 5)) == ["A001 无人接 3分 违法 1号窗"]


async def test_an_announced_change_and_a_planned_break_stand_below_their_counter(floor: Floor) -> None:
    floor.open("1")
    floor.open("2")
    floor.do(c.ApplyPlan(profiles={"2": ("HK",)}), LEADER)
    floor.do(c.PlanBreak(counter="2", at=floor.now + timedelta(minutes=60), minutes=30), LEADER)
    assert counters(floor)[3] == "全部业务 2分后→户口 休11:00-11:30"
    narrow = text_of(counters_view(floor.scene(), 1, lambda _: 4.0, 36))
    assert narrow[3:5] == ["全部业务", "2分后→户口 休11:00-11:30"], "none of it is cut off"
    floor.later(minutes=3)
    assert counters(floor)[3] == "全部业务 下次叫号→户口 休11:00-11:30"
    floor.later(hours=2)
    assert "休" not in counters(floor)[3]


async def test_where_that_is_shorter_what_changes_is_said_instead_of_all_that_is_taken(floor: Floor) -> None:
    floor.open("1")
    floor.open("2")
    rest = tuple(group for group in floor.state.groups if group != "TV")
    floor.do(c.ApplyPlan(profiles={"2": rest}), LEADER)
    assert counters(floor)[3] == "全部业务 2分后减 违法"
    floor.later(minutes=3)
    assert counters(floor)[3] == "全部业务 下次叫号减 违法"


async def test_the_queue_by_group_with_medians_and_never_a_bare_mean(floor: Floor) -> None:
    floor.open("1", "TV")
    floor.open("2", "TV", "HK")
    floor.do(c.PauseCounter(counter="2", reason="break"), OFFICERS["2"])
    for minutes in (20, 2, 1):
        floor.ticket("TV")
        floor.later(minutes=minutes)
    floor.ticket("HK")
    view = groups_view(floor.scene(), 2, {"TV": (9.4, 11.0), "HK": (22.0, None)})
    lines = text_of(view)
    assert lines[0].split() == ["业务", "人", "最长", "中位", "目标", "逾标", "预计", "窗口(暂停)"]
    assert lines[1] == "违法 3 23 3 14 33% 9→11 1 (2)"
    assert lines[5] == "户口 1 0 0 20 无窗口在办!"
    assert lines[2] == "身份证 0 14"
    assert ids_of(view)[:2] == ["", "group:TV"]
    assert (view.title, view.note) == ("2 排队 4", "最长23分")


async def test_who_is_about_to_be_late_and_what_would_help(floor: Floor) -> None:
    floor.open("1", "TV")
    floor.open("2", "HK")
    floor.ticket("TV", "violation.handle")
    floor.ticket("TV", "violation.handle")
    assert risk_lines(floor) == ["没有将要超时的票号"]
    floor.later(minutes=15)
    lines = risk_lines(floor)
    assert lines == ["A001 15分 剩2分 违法处理 1号窗空闲,可叫", "A002 15分 剩2分 违法处理 2号窗空闲,可指派"]
    floor.do(c.SetSkills(officer=OFFICERS["2"].id, groups=("HK",)), LEADER)
    assert risk_lines(floor)[1] == "A002 15分 剩2分 违法处理 最早1号窗,约3分"
    floor.later(minutes=4)
    assert risk_lines(floor)[0] == "A001 19分 超2分 违法处理 1号窗空闲,可叫"


async def test_who_did_not_come_is_in_no_danger(floor: Floor) -> None:
    floor.open("1")
    floor.ticket("TV")
    floor.do(c.CallNext(counter="1"), OFFICERS["1"])
    floor.do(c.MarkNoShow(counter="1"), OFFICERS["1"])
    floor.later(minutes=18)
    assert len(hall_of(floor.state, floor.now).waiting) == 1
    assert risk_lines(floor) == ["没有将要超时的票号"]


async def test_a_pausing_counter_would_help_and_without_any_that_is_said(floor: Floor) -> None:
    floor.open("1")
    floor.ticket("TV")
    floor.do(c.PauseCounter(counter="1", reason="break"), OFFICERS["1"])
    floor.later(minutes=16)
    assert risk_lines(floor)[0].endswith("1号窗暂停中,可请回")
    floor.do(c.CloseCounter(counter="1"), OFFICERS["1"])
    assert risk_lines(floor)[0].endswith("没有窗口能办")


async def test_those_that_can_be_saved_come_before_those_that_are_late(floor: Floor) -> None:
    floor.open("1")
    for _ in range(3):
        floor.ticket("TV", "violation.handle")
        floor.later(minutes=5)
    floor.later(minutes=8)
    scene = floor.scene()
    found = risks(scene, hall_of(floor.state, floor.now))
    assert [risk.ticket.number for risk in found] == ["A003", "A001", "A002"]
    assert [risk.left >= 0 for risk in found] == [True, False, False]
    view = risk_view(scene, 3, found)
    assert (view.title, view.note) == ("3 将超时 3", "其中已超时2")


async def test_what_takes_longer_than_the_promise_is_measured_by_its_target(floor: Floor) -> None:
    floor.open("1")
    floor.ticket("HK", "hukou.restore")
    floor.later(minutes=10)
    assert risk_lines(floor) == ["没有将要超时的票号"]
    floor.later(minutes=6)
    assert risk_lines(floor)[0].startswith("H001 16分 剩4分 恢复户口")


async def test_appointments_held_tickets_and_no_shows(floor: Floor) -> None:
    floor.do(c.BookAppointment(appointment="late", group="HK", at=floor.now + timedelta(minutes=1)))
    floor.do(c.BookAppointment(appointment="soon", group="TV", at=floor.now + timedelta(minutes=50)))
    floor.do(c.BookAppointment(appointment="far", group="TV", at=floor.now + timedelta(hours=5)))
    floor.open("1")
    for _ in range(2):
        floor.ticket("ID")
    floor.serve("1")
    floor.do(c.HoldTicket(counter="1", kind="papers_kept"), OFFICERS["1"])
    floor.do(c.CallNext(counter="1"), OFFICERS["1"])
    floor.do(c.MarkNoShow(counter="1"), OFFICERS["1"])
    floor.later(minutes=2)
    view = aside_view(floor.scene(), 5)
    assert text_of(view) == [
        "10:01 预约 户口 已过1分,未签到",
        "10:50 预约 违法 未签到",
        "B001 挂起 2分 身份证 1号窗 持件",
        "B002 过号 身份证 2分后可再叫",
    ]
    assert view.title == "5 预约2 挂起1 过号1"
    floor.later(minutes=2)
    assert text_of(view := aside_view(floor.scene(), 5))[-1] == "B002 过号 身份证 可再叫"
    assert ids_of(view)[0] == "appointment:late"


async def test_troubled_cases_the_worst_first_without_what_they_say(floor: Floor) -> None:
    floor.open("1")
    for service in ("hukou.birth", "idcard.renew", "passport.first"):
        floor.ticket("TV")
        floor.serve("1")
        floor.do(c.OpenCase(counter="1", case=service, service=service), OFFICERS["1"])
        floor.do(c.ReceiveCase(case=service), OFFICERS["1"])
        floor.do(c.FinishTicket(counter="1", outcome="come_back"), OFFICERS["1"])
    assert text_of(cases_view(floor.scene(), 6)) == ["没有要带班领导过问的办件"]
    floor.do(c.RequestSupplement(case="idcard.renew", items=("ID_OLD",)), LEADER)
    file = CaseFile(case="passport.first", service="passport.first", materials={"PHEE": "missing"})
    floor.world.station.write_file(file, OFFICERS["1"], floor.now)
    floor.do(c.DeferMaterial(case=file.case, material="PHEE"), LEADER)
    view = cases_view(floor.scene(), 6)
    assert [line.split()[1] for line in text_of(view)] == ["退回", "容缺"]
    assert "ID_OLD" not in "".join(text_of(view))
    assert ids_of(view) == ["case:idcard.renew", "case:passport.first"]


async def test_a_proposal_says_what_changes_why_and_what_it_costs(floor: Floor) -> None:
    floor.open("1")
    floor.open("2", "ID")
    suggestion = Suggestion(BETTER, dict(BETTER.profiles), floor.now)
    view = plan_view(floor.scene(), 4, suggestion, 60)
    assert text_of(view) == [
        "10:00建议,20分内办完62%→71%(F9采用)",
        "2号窗 加 违法 户口 减 身份证",
        "定时检查",
        "“户口”一般等候预计22→15分",
        "代价:“违法”一般等候预计9→11分",
        "自动排班:关(回车打开)",
    ]
    assert ids_of(view) == ["plan:apply", "plan:edit-2", "", "", "", "plan:automatic"]
    assert predicted_waits(suggestion) == {"TV": (9.0, 11.0), "HK": (22.0, 15.0)}


async def test_what_is_gained_stands_before_what_it_costs_and_no_gain_is_made_up(floor: Floor) -> None:
    floor.open("1")
    floor.open("2", "ID")
    helps, costs = (PlanReason(code=code, group="HK", before=9, after=8) for code in ("helps", "costs"))
    mixed = replace(BETTER, because=(costs, helps), proposed=BETTER.current)
    lines = text_of(plan_view(floor.scene(), 4, Suggestion(mixed, dict(mixed.profiles), floor.now), 60))
    assert lines[0] == "10:00建议,20分内办完仍62%,等候缩短(F9采用)"
    assert [line.startswith("代价") for line in lines[2:4]] == [False, True]
    fewer = replace(BETTER, current=BETTER.proposed, proposed=BETTER.current)
    for language, head in (
        ("zh_CN", "10:00建议,最慢的缩短,20分内办完71%→62%(F9采用)"),
        ("en", "10:00: slowest shorter, within 20m 71%→62% (F9 applies)"),
    ):
        view = plan_view(floor.scene(language), 4, Suggestion(fewer, dict(fewer.profiles), floor.now), 60)
        assert text_of(view)[0] == head


async def test_what_was_ordered_is_what_is_expected(floor: Floor) -> None:
    ordered = Suggestion(BETTER, {}, floor.now, applied=True)
    assert predicted_waits(ordered) == {"TV": (11.0, None), "HK": (15.0, None)}
    assert predicted_waits(Suggestion(BETTER, {}, floor.now, changed=True, applied=True)) == {}


async def test_the_past_names_counters_that_changed_alike_once_and_marks_what_it_leaves_out(floor: Floor) -> None:
    for number in ("1", "2", "3"):
        floor.open(number, "TV", "ID")
    floor.open("4")
    because = tuple(PlanReason(code="helps", group=group, before=22, after=15) for group in floor.state.groups)
    wanted = {"1": tuple(floor.state.groups), "2": tuple(floor.state.groups), "3": ("TV",)}
    floor.do(c.ApplyPlan(profiles=wanted, because=because), LEADER)
    floor.do(c.CancelPlan(), LEADER)
    *_, head, first, second, third = text_of(plan_view(floor.scene(), 4, Suggestion(NO_BETTER, {}, floor.now), 60))
    assert head == "10:00 已撤回 1,2号窗 全部业务; 3号窗 违法"
    assert first.startswith("警号031230 ")
    assert third.endswith("…")
    assert not second.endswith("…")


async def test_an_edited_proposal_promises_nothing_and_one_that_changes_nothing_is_none(floor: Floor) -> None:
    floor.open("1")
    floor.open("2", "ID")
    scene = floor.scene()
    edited = Suggestion(BETTER, dict(BETTER.profiles), floor.now).edited(scene, "2", ("HK",))
    assert text_of(plan_view(scene, 4, edited, 60))[:2] == ["自己改的排班(F9采用)", "2号窗 加 户口 减 身份证"]
    assert predicted_waits(edited) == {"TV": (9.0, None), "HK": (22.0, None)}
    assert edited.edited(scene, "2", ("ID",)).profiles == {}


async def test_the_announced_plan_the_switch_and_the_plans_before(floor: Floor) -> None:
    floor.open("1")
    floor.open("2")
    floor.do(c.ApplyPlan(profiles={"2": ("HK",)}, because=(PlanReason(code="by_hand"),)), LEADER)
    floor.later(minutes=1)
    suggestion = Suggestion(NO_BETTER, {}, floor.now)
    view = plan_view(floor.scene(), 4, suggestion, 60)
    assert text_of(view)[:3] == ["已预告的排班,1分后生效(回车撤回)", "2号窗 户口", "带班领导手动安排"]
    assert ids_of(view)[0] == "plan:cancel"
    floor.do(c.SwitchPlanning(automatic=True), LEADER)
    floor.do(c.CancelPlan(), LEADER)
    lines = text_of(plan_view(floor.scene(), 4, suggestion, 60))
    assert lines[-4:] == [
        "自动排班:开(回车关闭)",
        "以前的排班",
        "10:00 已撤回 2号窗 户口",
        "警号031230 带班领导手动安排",
    ]
    assert "照旧最好" in lines[0]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
async def test_an_empty_hall_says_so_everywhere(floor: Floor, language: str) -> None:
    scene = floor.scene(language)
    views = [
        counters_view(scene, 1, lambda _: 1.0),
        groups_view(scene, 2, {}),
        risk_view(scene, 3, ()),
        plan_view(scene, 4, Suggestion(), 60),
        aside_view(scene, 5),
        cases_view(scene, 6),
    ]
    for view in views:
        assert view.lines
        assert not any("⟨" in text or "{" in text for text in (view.title, view.note, *text_of(view)))
