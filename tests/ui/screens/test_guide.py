"""The entrance: numbers, appointments, papers before the wait, offers, and what is said while nobody answers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from counterdesk.app import CounterdeskApp
from counterdesk.screens.desk import CounterScreen
from counterdesk.screens.guide import GuideScreen
from counterdesk.screens.guide_actions import GUIDE_ACTIONS
from counterdesk.screens.sign_in import SignIn
from counterdesk.screens.views.guide import Draft, confirm_question, group_question, home_question, wait_text
from counterdesk.settings import keymap
from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.estimate import Expected
from counterdesk.station.model import Offer
from counterdesk.station.roles import Actor
from counterdesk.widgets.intake_form import IntakeForm
from tests.ui.screens.counter import at_counter, the_index
from tests.ui.screens.entrance import GUIDE_KEYS, AtEntrance, at_entrance

OFFICER = Actor(id="o1", role="officer")


def printed(folder: Path) -> list[str]:
    """The slips that were printed, in the order of their names."""
    return [file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.txt"))]


async def given(entrance: AtEntrance, folder: Path, count: int = 1) -> None:
    """Wait until so many slips are out."""
    await entrance.until(lambda: len(printed(folder)) == count, "the slip")
    await entrance.quiet()


async def typed(entrance: AtEntrance, text: str) -> None:
    """Type into the question, and wait until it is answered. In one go: a single digit would take a group."""
    await entrance.type(text)
    await entrance.until(lambda: entrance.chooser.typed_text == text and not entrance.chooser._stale)


async def test_a_number_in_three_keys_and_its_slip(tmp_path: Path) -> None:
    async with at_entrance("TV", "HK", folder=tmp_path) as entrance:
        keys = ("1", "1", "enter")
        assert len(keys) <= 3
        await entrance.press(*keys)
        await given(entrance, tmp_path)
        assert entrance.sent == [c.IssueTicket(group="TV", service="violation.handle")]
        assert entrance.tickets[-1].number == "A002"
        (slip,) = printed(tmp_path)
        assert entrance.words("slip.title", number="A002") in slip
        assert entrance.words("slip.bring") in slip
        assert entrance.words("slip.small")[:10] in slip
        assert "A002" in entrance.slip
        assert "A002" in entrance.list
        # The next citizen is asked at once, without a key in between.
        assert entrance.chooser.view.id == "home"
        await entrance.press("2", "0", "enter")
        await given(entrance, tmp_path, 2)
        assert entrance.sent[-1] == c.IssueTicket(group="ID")


async def test_no_key_that_bounces_or_is_held_gives_another_number(tmp_path: Path) -> None:
    async with at_entrance(folder=tmp_path, booked=(("EE", 10.0), ("HK", 12.0))) as entrance:
        await entrance.press("1", "1", *["enter"] * 12)
        await given(entrance, tmp_path)
        await entrance.press(*["enter"] * 12)
        assert entrance.sent == [c.IssueTicket(group="TV", service="violation.handle")]
        for digit in "0123456789":
            await entrance.press("new", *[digit] * 12)
        assert len(entrance.sent) == 1
        await entrance.press("new", "check_in", *["enter"] * 12)
        await given(entrance, tmp_path, 2)
        assert entrance.sent[1:] == [c.CheckIn(appointment="yy-0000")]
        assert entrance.chooser.view.id == "home"
        assert entrance.chooser.highlighted is None
        await entrance.press("down", "down", "enter")  # who points at a group means it
        assert entrance.chooser.view.id == "group:ID"


async def test_priority_is_seen_before_the_number_and_can_be_taken_back(tmp_path: Path) -> None:
    async with at_entrance(folder=tmp_path) as entrance:
        await entrance.press("1", "1", "2", "1", "2")
        assert entrance.at.draft.priority is None
        await entrance.press("enter")
        await given(entrance, tmp_path)
        assert entrance.sent == [c.IssueTicket(group="TV", service="violation.handle")]


async def test_what_was_seen_of_papers_is_kept_wherever_the_guide_goes_next(tmp_path: Path) -> None:
    waiting = (("ID", "idcard.renew"), ("TV", "violation.handle"), ("DV", "license.renew"))
    for place, key in enumerate(("new", "check_in", "offer")):
        async with at_entrance(*waiting, folder=tmp_path, booked=(("EE", 10.0),)) as entrance:
            await entrance.press("switch_panel", *["down"] * place, "precheck", "1", "1", key)
            assert not entrance.screen.doing.prechecking
            await entrance.until(lambda: any(ticket.precheck for ticket in entrance.tickets), "the marks")
            seen = entrance.tickets[place].precheck
            assert seen is not None
            assert set(seen.materials.values()) == {"have"}
            # What can be offered is offered to whose papers were looked at, not to whom the last number was given.
            started = f"ways:{entrance.tickets[place].id}" if key == "offer" else ""
            assert entrance.chooser.view.id.startswith(started)


async def test_keys_of_the_entrance_follow_the_settings(tmp_path: Path) -> None:
    keys = keymap({"recall": "f2", "call_next": "ctrl+r"})
    async with at_entrance(folder=tmp_path, keys=keys) as entrance:
        await entrance.pilot.press("1", "1")
        await entrance.quiet()
        assert entrance.chooser.view.id.startswith("confirm")
        await entrance.pilot.press("f2")
        await entrance.quiet()
        assert entrance.chooser.view.id.startswith("confirm")
        await entrance.pilot.press("ctrl+r")
        await entrance.quiet()
        assert entrance.chooser.view.id == "home"
        assert f"^R {entrance.words('guide.action.new')}" in entrance.text()


async def test_every_service_is_within_reach_of_few_keys(tmp_path: Path) -> None:
    """Two digits and Enter give a number for most; for the rest something is typed, and Enter twice."""
    async with at_entrance(folder=tmp_path) as entrance:
        at = entrance.at
        by_digits = set()
        for place, group in enumerate(home_question(at, "").choices, start=1):
            assert group.digit == str(place)
            inside = group_question(at, group.id.partition(":")[2], "")
            by_digits |= {choice.id for choice in inside.choices if choice.digit and choice.id != "0"}
            assert inside.choices[-1].digit == "0"
        services = the_index().catalog.services
        assert len(by_digits) >= 40
        for service in services:
            first = home_question(at, service.short.zh).choices[0]
            assert first.id in (f"service:{other.id}" for other in services if other.short.zh == service.short.zh)
            assert not first.blocked
            confirm = confirm_question(replace(at, draft=Draft(group=service.group, service=service.id)), 1)
            assert confirm.choices[0].id == "issue"
            texts = [confirm.prompt, *(choice.label + choice.note for choice in confirm.choices)]
            assert not any("⟨" in text or "{" in text for text in texts)
        assert entrance.sent == []
        await typed(entrance, "csdj")
        await entrance.press("enter", "enter")
        await given(entrance, tmp_path)
        assert entrance.sent == [c.IssueTicket(group="HK", service="hukou.birth")]


async def test_what_is_expected_and_priority_stand_on_the_slip(tmp_path: Path) -> None:
    async with at_entrance(*(("TV",) * 12), folder=tmp_path, counters=1) as entrance:
        assert 15 < entrance.at.expected["new:TV"].likely < 90
        await entrance.press("1", "1")
        ordinary = entrance.at.expected["new:"].likely
        await entrance.press("2", "1")
        assert entrance.at.expected["new:"].likely < ordinary, "who goes first is told so"
        assert (
            entrance.words("idle.priority", reason=entrance.words("priority.elderly")) in entrance.chooser.view.prompt
        )
        await entrance.press("enter")
        await given(entrance, tmp_path)
        assert entrance.sent == [c.IssueTicket(group="TV", service="violation.handle", priority="elderly")]
        assert entrance.words("idle.priority", reason=entrance.words("priority.elderly")) in entrance.slip
        assert re.search(r"\d+–\d+|" + entrance.words("guide.wait.now"), entrance.slip)
        assert entrance.words("guide.wait.where", counters="1") in entrance.slip
        entrance.hand(c.CloseCounter(counter="1"), OFFICER)
        await entrance.until(lambda: entrance.scene.station.counters["1"].state == "closed")
        confirm = confirm_question(entrance.screen.entrance(anew=True), 1)
        assert entrance.words("guide.wait.unknown") in confirm.prompt


async def test_the_last_number_is_taken_back_once_and_not_after_its_call(tmp_path: Path) -> None:
    async with at_entrance(folder=tmp_path) as entrance:
        await entrance.press("undo")
        assert entrance.words("guide.blocked.nothing_given") in entrance.message
        await entrance.press("1", "1", "enter")
        await given(entrance, tmp_path)
        ticket = entrance.tickets[-1]
        await entrance.press("undo")
        assert entrance.sent[-1] == c.TicketLeaves(ticket=ticket.id)
        assert [one.state for one in entrance.tickets] == ["left"]
        sent = len(entrance.sent)
        await entrance.press("undo")
        assert len(entrance.sent) == sent
        await entrance.press("1", "1", "enter")
        await given(entrance, tmp_path, 2)
        entrance.hand(c.CallNext(counter="1"), OFFICER)
        await entrance.until(lambda: entrance.scene.station.tickets[entrance.tickets[-1].id].state == "called")
        await entrance.press("undo")
        assert [one.state for one in entrance.tickets] == ["left", "called"]
        assert "A002" in entrance.message


async def test_check_in(tmp_path: Path) -> None:
    booked = (("EE", 10.0), ("HK", 40.0), ("TV", 300.0))
    async with at_entrance(folder=tmp_path, booked=booked) as entrance:
        await entrance.press("check_in")
        choices = entrance.chooser.view.choices
        assert [choice.id for choice in choices] == [f"appointment:yy-{n:04}" for n in range(3)]
        assert [bool(choice.blocked) for choice in choices] == [False, False, True]  # hours too early
        await entrance.press("enter")
        await given(entrance, tmp_path)
        assert entrance.sent == [c.CheckIn(appointment="yy-0000")]
        assert entrance.words("slip.booked", time="10:10") in entrance.slip
        await typed(entrance, "yy-0001")
        await entrance.press("enter")
        await given(entrance, tmp_path, 2)
        assert entrance.sent[-1] == c.CheckIn(appointment="yy-0001")


async def test_papers_before_the_number_go_with_the_ticket(tmp_path: Path) -> None:
    async with at_entrance(folder=tmp_path) as entrance:
        await typed(entrance, "passport.first")
        await entrance.press("enter", "precheck")
        assert entrance.screen.doing.prechecking
        assert entrance.form.active == "variant"
        await entrance.press("1", "1", "2", "escape")
        assert entrance.chooser.view.id.startswith("confirm")
        assert list(entrance.at.draft.marks.values()) == ["have", "missing"]
        assert entrance.words("precheck.count_missing", count=1) in entrance.chooser.view.prompt
        await entrance.press("precheck")
        fields = [field.key for field in entrance.form.view.fields if field.key != "variant"]
        assert fields
        entrance.screen.query_one(IntakeForm).go_to(fields[0])
        marks = ["2"] + ["1"] * (len(fields) - 1)
        await entrance.press(*marks)
        await entrance.until(lambda: entrance.chooser.view.id.startswith("confirm"), "the number again")
        assert entrance.sent == []
        await entrance.press("enter")
        await given(entrance, tmp_path)
        await entrance.until(lambda: entrance.tickets[-1].precheck is not None, "the marks")
        seen = entrance.tickets[-1].precheck
        assert seen is not None
        assert (seen.service, seen.variant) == ("passport.first", "P1")
        assert seen.materials[fields[0]] == "missing"
        assert set(seen.materials.values()) == {"missing", "have"}
        (slip,) = printed(tmp_path)
        assert entrance.words("slip.missing") in slip
        assert the_index().material(fields[0]).name.zh[:8] in slip
        assert entrance.words("guide.mark.prechecked") in entrance.list


async def test_papers_of_a_ticket_of_the_list(tmp_path: Path) -> None:
    async with at_entrance(("ID", "idcard.renew"), "TV", folder=tmp_path) as entrance:
        await entrance.press("switch_panel", "enter")
        await entrance.press(entrance.choice("precheck"), "1")
        fields = [field.key for field in entrance.form.view.fields if field.key != "variant"]
        await entrance.press(*(["1"] * len(fields)))
        await entrance.until(lambda: entrance.tickets[0].precheck is not None, "the marks")
        seen = entrance.tickets[0].precheck
        assert seen is not None
        assert set(seen.materials) == set(fields)
        assert entrance.chooser.view.id == "home"
        # One that was taken for the group alone says first what it is for.
        await entrance.press("switch_panel", "down", "precheck")
        assert entrance.chooser.view.id == "group:TV"
        await entrance.press("1")
        assert entrance.screen.doing.prechecking


async def test_an_offer_that_is_taken_gives_no_number_and_is_counted(tmp_path: Path) -> None:
    async with at_entrance(*(("DV",) * 6), folder=tmp_path, counters=1) as entrance:
        await typed(entrance, "license.renew")
        await entrance.press("enter")
        service = entrance.at.draft.service
        way = next(choice for choice in entrance.chooser.view.choices if choice.id == "way:kiosk")
        assert any(character.isdigit() for character in way.note)  # the time that it saves
        await entrance.press(way.digit)
        first, second = entrance.chooser.view.choices
        assert (first.id, second.id) == ("declined", "taken")  # a stray Enter sends nobody away
        await entrance.press("2")
        assert entrance.sent == [c.RecordOffer(ticket="", service=service, channel="kiosk", taken=True)]
        assert len(entrance.tickets) == 6
        assert entrance.chooser.view.id == "home"
        await typed(entrance, "license.renew")
        await entrance.press("enter")
        service = entrance.at.draft.service
        await entrance.press(entrance.choice("way:kiosk"), "1")
        assert len(entrance.sent) == 1
        assert entrance.words("ways.declined") in entrance.text()
        await entrance.press("enter")
        await given(entrance, tmp_path)
        await entrance.until(lambda: entrance.tickets[-1].offers, "the offer")
        ticket = entrance.tickets[-1]
        assert ticket.state == "waiting"
        assert ticket.offers == (Offer(service=service, channel="kiosk", taken=False),)


async def test_who_waits_may_still_go_elsewhere(tmp_path: Path) -> None:
    async with at_entrance(("DV", "license.renew"), ("HK", "hukou.name"), folder=tmp_path) as entrance:
        await entrance.press("switch_panel", "offer")
        await entrance.press("1", "2")
        ticket = entrance.tickets[0]
        offer = c.RecordOffer(ticket=ticket.id, service="license.renew", channel="kiosk", taken=True)
        assert entrance.sent == [offer, c.TicketLeaves(ticket=ticket.id)]
        assert ticket.state == "left"
        kinds = [type(one.event) for one in entrance.world.store.events(0)][-2:]
        assert kinds == [e.OfferRecorded, e.TicketLeft]
        await entrance.press("switch_panel", "offer")
        assert entrance.words("guide.blocked.no_way") in entrance.message


async def test_a_wait_of_half_a_day_is_no_figure(tmp_path: Path) -> None:
    async with at_entrance(folder=tmp_path) as entrance:
        scene = entrance.screen.scene()
        for low, text in ((0.2, "约0–60分"), (179.0, "约179–238分"), (180.0, "3小时以上"), (1305.0, "3小时以上")):
            assert wait_text(scene, Expected(low, low + 59, low, (), 5.0)) == text


async def test_a_slip_shown_without_a_line_says_no_wait(tmp_path: Path) -> None:
    async with at_entrance("TV", folder=tmp_path) as entrance:
        await entrance.press("1", "1", "enter")
        await given(entrance, tmp_path)
        wait = entrance.words("slip.expect", wait="").strip()
        assert wait in entrance.slip
        await entrance.cut_line()
        await entrance.until(lambda: wait not in entrance.slip, "a slip that promises nothing")
        await entrance.mend_line()
        await entrance.until(lambda: wait in entrance.slip, "the wait")


async def test_without_a_line_no_number_is_given_or_promised(tmp_path: Path) -> None:
    async with at_entrance("TV", folder=tmp_path) as entrance:
        await entrance.press("1", "1")
        await entrance.cut_line()
        assert entrance.words("guide.offline") in entrance.message
        await entrance.press("enter")
        assert entrance.sent == []
        assert entrance.message == entrance.words("guide.blocked.offline")
        entrance.screen.doing._issue()  # it went while the question stood there
        assert entrance.sent == []
        assert not entrance.chooser.answered
        await entrance.press("new")
        assert entrance.words("guide.offline") in entrance.chooser.view.prompt
        assert not any(choice.note for choice in entrance.chooser.view.choices)
        await entrance.press("1")
        assert entrance.chooser.view.prompt == entrance.words("guide.which_service", wait="").rstrip()
        await entrance.press("new")
        for key in ("check_in", "undo"):
            await entrance.press(key)
            assert entrance.words("guide.blocked.offline") in entrance.message
        assert entrance.sent == []
        await entrance.mend_line()
        await entrance.press("1", "1", "enter")
        await given(entrance, tmp_path)
        assert len(entrance.sent) == 1
        entrance.backend.down = True  # nobody knows it yet
        await entrance.pilot.press("1", "1", "enter")
        await entrance.until(lambda: entrance.desk.state.pending, "the question to the station")
        entrance.pass_time(minutes=3)
        entrance.world.wake()
        await entrance.mend_line()
        await entrance.until(lambda: not entrance.at.busy, "the answer")
        await entrance.quiet()
        assert len(printed(tmp_path)) == 1
        assert entrance.message == entrance.words("guide.given_late", number=entrance.tickets[-1].number)
        await entrance.press("reprint")
        await given(entrance, tmp_path, 2)


async def test_a_lock_leaves_nothing_and_help_says_why(tmp_path: Path) -> None:
    async with at_entrance("TV", folder=tmp_path) as entrance:
        await entrance.press("1", "1", "enter")
        await given(entrance, tmp_path)
        await entrance.pilot.press(GUIDE_KEYS["lock"])
        await entrance.until(lambda: isinstance(entrance.pilot.app.screen, SignIn), "the lock")
        await entrance.sign_in("031241")
        assert entrance.at.last == ""
        assert "A002" not in entrance.slip
        await entrance.press("undo")
        assert entrance.words("guide.blocked.nothing_given") in entrance.message
        await entrance.press("help")
        at = entrance.at
        for action in GUIDE_ACTIONS:
            assert entrance.words(f"guide.action.{action.id}") in entrance.page
            if reason := action.blocked(at):
                assert reason[:12] in entrance.page
        assert "⟨" not in entrance.page
        await entrance.press("escape")
        assert entrance.chooser.view.id == "home"


async def test_a_guide_who_signs_in_at_a_counter_is_at_the_entrance() -> None:
    async with at_counter("TV") as counter:
        app = counter.pilot.app
        assert isinstance(app, CounterdeskApp)
        await counter.pilot.press("ctrl+l")
        counter.backend.role = "guide"
        await counter.sign_in("031240")
        assert isinstance(app.screen, GuideScreen)
        assert not [sent for sent in counter.sent if isinstance(sent, c.OpenCounter)]
        await counter.pilot.press("ctrl+l")
        counter.backend.role = "officer"
        await counter.sign_in("031299")
        assert isinstance(app.screen, CounterScreen)
