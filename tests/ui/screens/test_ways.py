"""At a counter: what the guide saw of the papers, and where the citizen need not have waited."""

from __future__ import annotations

import msgspec

from counterdesk.catalog.casefile import CaseFile
from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.model import Offer
from counterdesk.station.roles import Actor
from counterdesk.widgets.checklist import Checklist
from tests.ui.screens.counter import COUNTER, AtCounter, at_counter

GUIDE = Actor(id="guide", role="guide")
RENEW = ("ID", "idcard.renew")
SEEN = c.PrecheckTicket(
    ticket="", service="idcard.renew", variant="R1", materials={"OLDID": "missing", "HKB": "have", "PHID": "unsure"}
)


def precheck(counter: AtCounter, **more: object) -> None:
    """A guide looks at the papers of the one who waits."""
    (ticket,) = counter.world.station.state.tickets
    values = {name: getattr(SEEN, name) for name in SEEN.__struct_fields__} | {"ticket": ticket} | more
    counter.hand(c.PrecheckTicket(**values), GUIDE)


def checklist(counter: AtCounter) -> str:
    """The checklist, whether in sight or not."""
    view = counter.screen.query_one(Checklist).view
    return "\n".join("".join(cell.text for cell in line.cells) for line in view.lines)


async def test_what_was_seen_is_shown_as_seen_and_not_as_checked() -> None:
    async with at_counter(RENEW) as counter:
        precheck(counter)
        await counter.call()
        assert counter.words("precheck.count_missing", count=1) in counter.page
        assert counter.scene.service_name("idcard.renew") in counter.page
        names = [counter.scene.pick(counter.scene.index.channel(name).short) for name in ("kiosk", "suishenban")]
        assert counter.words("ways.hint", channels="、".join(names))[:12] in counter.page
        await counter.press("start")
        await counter.until(lambda: counter.scene.assessment is not None, "the case")
        await counter.quiet()
        name = counter.scene.pick(counter.scene.index.material("OLDID").name)
        mark = counter.words("precheck.mark", mark="missing")
        assert f"○ {mark} {name}" in checklist(counter)
        found = counter.scene.assessment
        assert found is not None
        assert {material.status for material in found.materials} == {"open"}
        assert counter.file.materials == {}
        counter.screen.step = "materials"
        counter.screen.present()
        assert mark in counter.text()
        # Once the officer looked, his word stands alone.
        counter.desk.edit_file(counter.screen.case, verified)
        counter.screen.present()
        await counter.quiet()
        assert f"✓ {name}" in checklist(counter)
        assert mark not in checklist(counter)


def verified(file: CaseFile) -> CaseFile:
    """The file with one paper verified."""
    return msgspec.structs.replace(file, materials={"OLDID": "verified"})


async def test_for_another_service_nothing_is_said_of_its_papers() -> None:
    async with at_counter(RENEW) as counter:
        precheck(counter)
        await counter.serve()
        await counter.until(lambda: counter.scene.assessment is not None, "the case")
        counter.hand(c.ChangeService(case=counter.screen.case, service="idcard.first"), counter_actor(counter))
        await counter.until(lambda: counter.scene.open_case and counter.scene.open_case.service == "idcard.first")
        assert counter.scene.seen == {}


def counter_actor(counter: AtCounter) -> Actor:
    """Who is signed in."""
    actor = counter.scene.actor
    assert actor is not None
    return actor


async def test_an_offer_at_the_counter_declined_and_then_taken() -> None:
    async with at_counter(RENEW) as counter:
        await counter.serve()
        await counter.until(lambda: counter.scene.assessment is not None, "the case")
        await counter.quiet()
        ticket = counter.current
        assert ticket is not None
        counter.sent.clear()

        async def answer(digit: str) -> None:
            counter.screen.do("offer")
            await counter.pilot.pause()
            assert [choice.id for choice in counter.chooser.view.choices] == ["kiosk", "suishenban"]
            await counter.press("1")
            assert counter.chooser.view.choices[0].id == "declined"  # a stray Enter sends nobody away
            await counter.press(digit)

        def offer(*, taken: bool) -> c.RecordOffer:
            return c.RecordOffer(ticket=ticket.id, service="idcard.renew", channel="kiosk", taken=taken)

        await answer("1")
        assert counter.sent == [offer(taken=False)]
        assert counter.current is not None
        assert counter.current.offers == (Offer(service="idcard.renew", channel="kiosk", taken=False),)
        await answer("2")
        assert counter.sent[1:] == [offer(taken=True), c.FinishTicket(counter=COUNTER, outcome="referred")]
        finished = counter.world.station.state.tickets[ticket.id]
        assert (finished.state, finished.outcome) == ("finished", "referred")
        offered = [one.event for one in counter.world.store.events(0) if isinstance(one.event, e.OfferRecorded)]
        assert [(event.counter, event.taken) for event in offered] == [(COUNTER, False), (COUNTER, True)]


async def test_why_nothing_is_offered() -> None:
    async with at_counter(("ID", "idcard.first")) as counter:
        for reason in ("nobody_here", "counter_only"):
            counter.screen.do("offer")
            await counter.pilot.pause()
            assert counter.words(f"blocked.{reason}") in counter.message
            if reason == "nobody_here":
                await counter.serve()
                await counter.until(lambda: counter.scene.assessment is not None, "the case")
