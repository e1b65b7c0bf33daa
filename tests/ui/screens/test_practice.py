"""Practice at the real screen: a citizen sits there, and what is done at the form is what his debrief judges."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from benchmarks.torture import practice_keys
from counterdesk.app import CounterdeskApp
from counterdesk.desk.printer import Printer
from counterdesk.practice.course import Call, Drop, Return, Stop
from counterdesk.practice.lesson import Sitting, perfectly
from counterdesk.practice.run import Act, encode
from counterdesk.practice.scripted import play
from counterdesk.screens.player import Player
from counterdesk.screens.sign_in import SignIn
from counterdesk.screens.views.bars import age_in_words
from counterdesk.screens.views.teaching import reply_text
from tests.ui.screens.counter import NOW, at_counter
from tests.ui.screens.practice_desk import TRAINEE, AtLesson, at_lesson, course_of, later

RENEW = "idcard.renew:P1"
NEAR = "idcard.renew:P1:near"
ALTERED = "civic.ebike/frame-number"


def said(stage: AtLesson) -> str:
    """All that stands in the citizen's panel."""
    view = stage.screen.query_one("#citizen").view  # type: ignore[attr-defined]
    return "\n".join("".join(cell.text for cell in line.cells) for line in view.lines)


async def sign_in(stage: AtLesson) -> None:
    """The trainee is back at his locked desk."""
    await stage.until(lambda: isinstance(stage.pilot.app.screen, SignIn), "the lock")
    await stage.sign_in(TRAINEE)


def printed(folder: Path) -> list[str]:
    """The lines of the one paper that was printed."""
    (paper,) = folder.iterdir()
    return paper.read_text(encoding="utf-8").splitlines()


async def perfect(stage: AtLesson) -> bytes:
    """A perfect officer plays at this screen."""
    player = Player(stage.screen, stage.lesson, stage.teaching.clock)
    await player.serve(lambda sitting: play(stage.lesson.index, sitting.scenario).acts)
    await stage.quiet()
    return encode(stage.lesson.past[-1].visit.record)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_citizen_is_asked_and_what_he_says_is_taken_with_one_key(size: tuple[int, int]) -> None:
    async with at_lesson(course_of(RENEW), size=size) as stage:
        assert stage.open_page == "briefing"
        await stage.sit()
        assert stage.open_page == ""
        number = stage.sitting.visit.truth.file.answers["person_id"].value
        assert isinstance(number, str)
        assert stage.screen.active_field == "person_id"
        later(stage, 7)
        await stage.press("?")
        assert number in said(stage)
        assert number in stage.text()
        assert "person_id" not in stage.file.answers
        later(stage, 2)
        await stage.press("?")
        assert stage.file.answers["person_id"].value == number
        acts = [(one.at, one.kind, one.key) for one in stage.sitting.visit.record.acts]
        assert acts[:3] == [(7, "ask", "person_id"), (9, "enter", "person_id"), (9, "check", "open_case")]
        await stage.press("?")
        assert stage.sitting.visit.record.acts[-1].kind == "ask"  # asked twice, and it is told afterwards


async def test_a_typed_question_mark_is_a_character_and_registers_say_what_is_true_of_who_sits_here() -> None:
    async with at_lesson(course_of(RENEW)) as stage:
        await stage.sit()
        await stage.press("3", "?")
        assert not stage.sitting.visit.record.acts
        await stage.press("enter")
        assert stage.file.entered["person_id"] == "3?"
        stage.screen.doing.go_to_fact(stage.scene, "person_id")
        await stage.quiet()
        await stage.press("backspace", "backspace", "enter", "pageup", "?", "?")
        await stage.until(lambda: any(a.source == "archive" for a in stage.file.answers.values()))
        truth = stage.sitting.visit.truth.file.answers
        for key, answer in stage.file.answers.items():
            assert truth[key].value == answer.value
        checked = {act.key for act in stage.sitting.visit.record.acts if act.kind == "check"}
        assert {key for key, answer in stage.file.answers.items() if answer.source == "archive"} <= checked


async def test_a_field_of_another_matter_is_not_on_the_list_of_his() -> None:
    async with at_lesson(course_of(RENEW)) as stage:
        await stage.sit()
        for look in (stage.lesson.check, stage.lesson.ask):
            act = look("certifiable", stage.scene.now)
            assert act is not None
            assert reply_text(stage.scene, stage.sitting, act) == stage.words("lesson.reply.not_listed")
        stage.screen.present()
        assert stage.words("lesson.reply.not_listed") in said(stage)


async def test_a_paper_lies_beside_the_form_and_what_differs_is_not_marked() -> None:
    async with at_lesson(course_of(ALTERED)) as stage:
        await stage.sit()
        paper = next(one for one in stage.scenario.papers if one.state == "altered")
        key, wrong = next(iter(paper.shows.items()))
        true = stage.sitting.visit.truth.file.answers[key].value
        stage.screen.doing.commit_text(stage.screen.case, stage.scenario.service, key, str(true))
        stage.screen.doing.go_to_fact(stage.scene, paper.code)
        await stage.quiet()
        await stage.press("?")
        assert stage.open_page == "paper"
        assert str(wrong) in stage.page
        assert str(true) in stage.page
        view = stage.screen.query_one("#page").view  # type: ignore[attr-defined]
        assert {cell.style for line in view.lines[1:] for cell in line.cells} <= {"", "dim"}
        await stage.press("2")
        assert stage.file.materials[paper.code] == "missing"
        assert stage.sitting.visit.file.materials[paper.code] == "missing"
        assert stage.open_page == ""
        keys = [field.key for field in stage.screen.form_fields]
        assert stage.screen.active_field == keys[keys.index(paper.code) + 1], "the next paper is looked at"


async def test_the_card_is_read_as_it_is() -> None:
    async with at_lesson(course_of("license.renew/old-medical")) as stage:
        await stage.sit()
        stage.screen.do("read_card")
        await stage.quiet()
        applicant = stage.screen.index.service(stage.scenario.service).applicant_fact
        assert stage.file.answers[applicant].source == "read"
        assert stage.sitting.visit.record.acts[0].kind == "look"


async def test_no_key_of_practice_is_at_a_real_desk() -> None:
    async with at_counter("TV") as counter:
        await counter.serve()
        await counter.press("help")
        assert counter.words("action.read_card") not in counter.page
        await counter.press("escape", "?")
        assert counter.form.touched


async def test_a_perfect_officer_scores_full_marks_through_the_screen_and_a_replay_gives_the_same_bytes() -> None:
    async with at_lesson(course_of("idcard.renew:HKB")) as stage:
        record = await perfect(stage)
        kept = stage.lesson.past[-1].visit.record.acts
        done = stage.lesson.past[-1].done
        assert done is not None
        assert (done.score, done.mistakes) == (100, ())
        assert stage.open_page == "debrief"
        assert stage.words("teach.debrief.clean") in stage.page
    async with at_lesson(course_of("idcard.renew:HKB")) as stage:
        await Player(stage.screen, stage.lesson, stage.teaching.clock).serve(lambda _: kept)
        await stage.quiet()
        assert encode(stage.lesson.past[-1].visit.record) == record


@pytest.mark.parametrize("name", ["hukou.death/one-character", "hkmtw.tw:PHEE"])
async def test_the_leader_of_practice_is_asked_through_the_screen(name: str) -> None:
    async with at_lesson(course_of(name)) as stage:
        await perfect(stage)
        sitting = stage.lesson.past[-1]
        assert sitting.done is not None
        assert (sitting.done.score, sitting.done.mistakes) == (100, ())
        asked = [act.result for act in sitting.visit.record.acts if act.kind == "request"]
        assert asked == ["granted"]
        (case,) = stage.world.station.state.cases.values()
        assert case.overrides or case.deferred


async def test_the_debrief_leads_to_the_policy_and_to_the_same_citizen_again() -> None:
    async with at_lesson(course_of(RENEW), whole=course_of(RENEW, NEAR)) as stage:
        await stage.until(lambda: stage.lesson.course and len(stage.lesson.course.stops) == 2, "the second citizen")
        await stage.sit()
        first = stage.scenario.id
        later(stage, 30)
        await stage.press("f10")
        await stage.until(lambda: stage.screen.question is not None)
        await practice_keys.let_go(stage, "a trainee", pytest.fail)
        done = stage.lesson.past[0].done
        assert done is not None
        assert [mistake.kind for mistake in done.mistakes] == [*["not_found_out"] * 3, "unserved"]
        assert stage.words("teach.mistake.unserved") in stage.page
        assert stage.words("teach.mistake.not_found_out") in stage.page
        await stage.press("enter")
        assert stage.open_page == "policy"
        await stage.press("escape")
        assert stage.open_page == "debrief"
        stage.teaching.choose("again")
        await stage.until(lambda: not stage.lesson.past or stage.scene.now.minute == 0)
        await stage.until(lambda: any(t.state == "waiting" for t in stage.tickets))
        await stage.quiet()
        await stage.sit()
        assert stage.scenario.id == first
        assert len(stage.teaching.room.keeper.ledger.runs) == 1
        await stage.press("f10")
        await practice_keys.let_go(stage, "a trainee", pytest.fail)
        stage.teaching.choose("next")
        await stage.until(lambda: any(t.state == "waiting" for t in stage.tickets))
        await stage.quiet()
        await stage.sit()
        assert stage.scenario.id == NEAR  # the course goes on after him


async def test_who_is_kept_waiting_for_too_long_leaves() -> None:
    async with at_lesson(course_of(RENEW)) as stage:
        await stage.sit()
        later(stage, stage.sitting.visit.citizen.patience + 1)
        await stage.until(lambda: stage.lesson.past, "his leaving")
        await stage.until(lambda: stage.scene.current is None, "his ticket")
        done = stage.lesson.past[0].done
        assert done is not None
        assert done.ending == "left"
        assert stage.open_page == "debrief"


async def test_who_goes_away_without_locking_has_left_data_on_the_screen() -> None:
    async with at_lesson(course_of(RENEW)) as stage:
        await stage.sit()
        app = stage.pilot.app
        assert isinstance(app, CounterdeskApp)
        await stage.press("ctrl+l")  # this is how it is done
        await sign_in(stage)
        assert not stage.sitting.left_open
        later(stage, 6 * 60)
        app.mind_idle()
        await sign_in(stage)
        await stage.until(lambda: stage.lesson.sitting is not None and stage.scene.file is not None, "the same visit")
        await practice_keys.let_go(stage, "a trainee", pytest.fail)
        done = stage.lesson.past[0].done
        assert done is not None
        assert [mistake.kind for mistake in done.mistakes] == ["left_on_screen", *["not_found_out"] * 3, "unserved"]
        kept = stage.lesson.past[0].visit.record
    async with at_lesson(course_of(RENEW)) as stage:
        await Player(stage.screen, stage.lesson, stage.teaching.clock).serve(lambda _: kept.acts)
        await stage.quiet()
        assert stage.lesson.past[0].visit.record == kept


async def test_whose_citizen_goes_after_the_decision_has_left_data_on_the_screen() -> None:
    async with at_lesson(course_of(NEAR)) as stage:
        acts: list[Act] = []

        def all_but_the_end(sitting: Sitting) -> list[Act]:
            acts.extend(act for act in perfectly(sitting) if act.kind != "finish")
            return acts

        await Player(stage.screen, stage.lesson, stage.teaching.clock).serve(all_but_the_end)
        assert stage.sitting.visit.decided
        later(stage, stage.sitting.visit.citizen.patience + 1)
        await stage.until(lambda: stage.lesson.past, "his leaving")
        done = stage.lesson.past[0].done
        assert done is not None
        assert [mistake.kind for mistake in done.mistakes] == ["left_on_screen"]


async def test_a_hold_stops_his_time_and_an_undone_end_goes_on_with_the_same_visit() -> None:
    async with at_lesson(course_of(RENEW)) as stage:
        await stage.sit()
        visit = stage.sitting.visit
        later(stage, 10)
        await stage.press("f5", "1")
        assert stage.lesson.sitting is None
        later(stage, 3600)
        await stage.press("f5")
        assert stage.sitting.visit is visit
        assert stage.sitting.at(stage.scene.now) == 10
        await stage.press("f10")
        await practice_keys.let_go(stage, "a trainee", pytest.fail)
        assert visit.over
        await stage.press("ctrl+z")
        assert stage.sitting.visit is visit
        assert not visit.over
        assert len(stage.teaching.room.keeper.ledger.runs) == 1


async def test_every_paper_of_practice_says_so_and_is_saved_where_it_belongs(tmp_path: Path) -> None:
    async with at_lesson(course_of(RENEW), printer=Printer(folder=tmp_path)) as stage:
        await stage.sit()
        await stage.press("ctrl+p")
        await stage.press("escape")
        stage.screen.do("notice")
        await stage.quiet()
        await stage.press("p")
        await stage.until(lambda: any(paper.stat().st_size for paper in tmp_path.iterdir()), "a paper")
        await stage.quiet()
        drill = stage.words("paper.drill")
    assert sum(drill in line for line in printed(tmp_path)) == 2


async def test_the_ledger_says_what_comes_next_and_begins_it() -> None:
    async with at_lesson(course_of(RENEW)) as stage:
        await perfect(stage)
        stage.teaching.choose("ledger")
        await stage.pilot.pause()
        assert stage.words("lesson.following") in stage.page
        assert "100" in stage.page
        wanted = stage.screen.page_line
        assert wanted.startswith("practise:")
        await stage.press("enter")
        await stage.until(lambda: stage.open_page == "briefing")
        await stage.until(lambda: any(t.state == "waiting" for t in stage.tickets))
        assert stage.lesson.course is not None
        assert stage.lesson.course.stops[0].scenario == wanted.partition(":")[2]
        stage.teaching.choose("ready")
        await stage.pilot.pause()
        assert "1/5" in stage.page


async def test_a_demonstration_ends_with_any_key_and_comes_into_no_ledger() -> None:
    async with at_lesson(course_of(RENEW), pace=5) as stage:
        stage.teaching.choose("demo")
        await stage.until(lambda: stage.lesson.sitting is not None)
        await stage.pilot.press("x")
        await stage.until(lambda: stage.teaching.player is None)
        await stage.quiet()
        assert stage.lesson.sitting is not None  # he still sits there, for whoever wants to go on
        await practice_keys.let_go(stage, "a trainee", pytest.fail)
        assert stage.teaching.room.keeper.ledger.runs == ()


async def test_an_exam_tells_nothing_before_its_end_and_ends_with_its_time() -> None:
    exam = course_of(RENEW, NEAR, level="exam", exam="of-a-test", minutes=30, passed=80)
    async with at_lesson(exam) as stage:
        await perfect(stage)
        assert stage.open_page == ""
        stage.screen.do("quit")
        await stage.until(lambda: stage.words("lesson.quit_exam") in stage.text(), "the question")
        await stage.press("1")
        stage.teaching.practise(RENEW)
        await stage.press("1")  # to give it up is asked about first
        assert stage.lesson.course == exam
        attempts = stage.teaching.room.keeper.ledger.attempts
        assert [attempt.finished for attempt in attempts] == [False]
        later(stage, 31 * 60)
        await stage.until(lambda: stage.open_page == "result", "the end of the exam")
        attempts = stage.teaching.room.keeper.ledger.attempts
        assert [(one.finished, one.passed, one.score) for one in attempts] == [(True, False, 50)]
        stage.teaching.practise(RENEW)
        assert stage.open_page == "briefing"  # after it nobody need ask
    async with at_lesson(exam) as stage:
        stage.teaching.practise(RENEW)
        await stage.press("2")
        await stage.until(lambda: stage.lesson.course is not None and not stage.lesson.course.exam, "another course")
        assert [one.finished for one in stage.teaching.room.keeper.ledger.attempts] == [False]
        assert stage.teaching.quit_prompt(stage.scene) == ""


async def test_the_name_of_a_service_does_not_stand_twice_before_a_title() -> None:
    async with at_lesson(course_of(RENEW)) as stage:
        name = stage.scene.service_name("idcard.renew")
        assert stage.scene.of_service("idcard.renew", f"{name}:某规则") == f"{name}:某规则"
        assert stage.scene.of_service("idcard.renew", "某规则") == f"{name} 某规则"


async def test_a_demonstration_that_moves_the_clock_on_makes_nothing_old() -> None:
    async with at_lesson(course_of(RENEW)) as stage:
        stage.teaching.clock.skip(timedelta(seconds=75))
        assert age_in_words(stage.scene) == ""
        cut = replace(stage.scene.desk, link=replace(stage.scene.desk.link, status="offline"))
        assert age_in_words(replace(stage.scene, desk=cut)) != ""


async def test_the_telephone_rings_beside_the_visit_and_what_was_said_on_it_counts() -> None:
    call = Call(after=0.5, topic="someone_else", service="idcard.renew")
    gone = Stop(scenario=NEAR, service="idcard.renew", day=NOW.date(), seed=8, comes=False)
    course = course_of(RENEW, level="mixed", calls=(call,))
    course = msgspec.structs.replace(course, stops=(*course.stops, gone))
    async with at_lesson(course) as stage:
        await stage.sit()
        later(stage, 31)
        await stage.until(lambda: stage.words("lesson.phone.ringing") in stage.message, "the telephone")
        stage.screen.do("phone")
        await stage.press("1")
        topic = stage.words("teach.phone.topic.someone_else")
        await stage.until(lambda: topic in stage.text(), "what the caller wants")
        await stage.press("2")  # told what nobody may be told
        await stage.press("f10")
        await practice_keys.let_go(stage, "a trainee", pytest.fail)
        await stage.press("f2", "f3")
        assert stage.lesson.sitting is None
        assert "nobody_came" not in stage.message
        assert stage.message
        await stage.press("f4")
        stage.teaching.choose("result")
        await stage.pilot.pause()
        assert stage.teaching.result is not None
        assert [slip.kind for slip in stage.teaching.result.slips] == ["call_told"]
        assert stage.words("teach.slip.call_told") in stage.page


async def test_a_rush_hour_goes_by_keyboard_on_a_small_screen() -> None:
    gone = Stop(scenario=RENEW, service="idcard.renew", day=NOW.date(), seed=7, comes=False)
    course = msgspec.structs.replace(
        course_of(NEAR, level="rush"),
        returns=(Return(after=0.01, service="passport.reissue"),),
        drops=(Drop(after=2.0, seconds=30),),
    )
    course = msgspec.structs.replace(course, stops=(gone, *course.stops))
    async with at_lesson(course, size=(80, 24)) as stage:
        await stage.until(lambda: len(stage.tickets) == 3, "the queue")
        await stage.press("escape", "f2", "f3")
        assert stage.words("refused.nobody_came") in stage.message
        await stage.press("f4")
        later(stage, 1)
        back = stage.words("case.status.supplementing")
        await stage.until(lambda: back in stage.message, "a case that comes back")
        await stage.sit()
        for _ in range(4):
            await stage.press("f8")
            if stage.screen.query_one("#side-board").has_focus:
                break
        await stage.press("enter")
        assert stage.screen.question is not None
        (digit,) = (one.digit for one in stage.screen.question.view.choices if one.id == "advance")
        await stage.press(digit, "2")  # what was asked for is here
        await stage.until(lambda: [c.status for c in stage.scene.station.cases.values() if c.returned] == ["in_review"])
        await stage.press("escape")
        later(stage, 120)
        stage.world.wake()
        await stage.until(lambda: stage.words("say.offline") in stage.message, "the drop")
        later(stage, 31)
        stage.desk.retry_now()
        await stage.until(lambda: stage.words("say.online") in stage.message, "the line")
        await practice_keys.let_go(stage, "a trainee", pytest.fail)


async def test_random_keys_break_nothing() -> None:
    found: list[str] = []
    await practice_keys.press(1, 11, found.append, most=14)
    assert found == []
