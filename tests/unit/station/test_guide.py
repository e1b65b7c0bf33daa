"""What happens at the entrance: papers looked at before the wait, and channels offered in place of the counter."""

from __future__ import annotations

from datetime import timedelta

from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.model import Offer, Precheck, PrecheckMark

from .hall import GUIDE, MACHINE, OFFICER, SECOND, Hall

SEEN: dict[str, PrecheckMark] = {"IDC": "have", "HKB": "missing"}


def looked(ticket: str) -> c.PrecheckTicket:
    return c.PrecheckTicket(ticket=ticket, service="hukou.birth", variant="B1", materials=SEEN)


def offered(ticket: str, *, taken: bool, channel: str = "kiosk") -> c.RecordOffer:
    return c.RecordOffer(ticket=ticket, service="idcard.renew", channel=channel, taken=taken)


def test_a_ticket_carries_what_the_guide_saw_and_is_for_that_service() -> None:
    hall = Hall()
    ticket = hall.ticket()
    hall.do(looked(ticket), GUIDE)
    found = hall.state.tickets[ticket]
    assert found.precheck == Precheck(service="hukou.birth", variant="B1", materials=SEEN, by=GUIDE.id)
    assert found.service == "hukou.birth"
    assert found.state == "waiting"
    assert hall.do(looked(ticket), GUIDE) == ()  # the same again is nothing new
    hall.do(c.PrecheckTicket(ticket=ticket, service="hukou.birth", materials={"IDC": "unsure"}), GUIDE)
    assert hall.state.tickets[ticket].precheck == Precheck(
        service="hukou.birth", materials={"IDC": "unsure"}, by=GUIDE.id
    )


def test_nothing_seen_is_no_precheck() -> None:
    hall = Hall()
    ticket = hall.ticket()
    no = c.PrecheckTicket(ticket=ticket, service="hukou.birth", materials={})
    assert hall.no(no, GUIDE) == ("items_missing", {})


def test_a_machine_looks_at_no_papers() -> None:
    hall = Hall()
    assert hall.no(looked(hall.ticket()), MACHINE) == ("not_permitted", {"action": "PrecheckTicket"})


def test_a_called_ticket_may_still_be_prechecked_and_undoing_the_call_keeps_it() -> None:
    hall = Hall()
    ticket = hall.ticket()
    hall.do(c.CallNext(counter="1"))
    hall.do(looked(ticket), GUIDE)
    hall.do(c.UndoStep(counter="1"))
    found = hall.state.tickets[ticket]
    assert (found.state, found.precheck is not None, found.service) == ("waiting", True, "hukou.birth")


def test_once_served_the_officer_looks_himself() -> None:
    hall = Hall()
    ticket = hall.ticket()
    hall.do(c.CallNext(counter="1"))
    hall.do(c.StartService(counter="1"))
    assert hall.no(looked(ticket), GUIDE) == ("ticket_state", {"number": "A001", "state": "serving"})


def test_an_offer_changes_nobodys_place() -> None:
    hall = Hall()
    ticket, other = hall.ticket(), hall.ticket()
    for taken in (False, True):
        hall.do(offered(ticket, taken=taken), GUIDE)
        assert hall.state.tickets[ticket].state == "waiting"
        assert hall.state.tickets[ticket].offers == (Offer(service="idcard.renew", channel="kiosk", taken=taken),)
    hall.later(minutes=5)
    (called,) = hall.do(c.CallNext(counter="1"))
    assert isinstance(called, e.TicketCalled)
    assert called.ticket == ticket
    assert hall.state.tickets[other].offers == ()


def test_offers_are_counted_once_also_for_people_without_a_ticket() -> None:
    hall = Hall()
    ticket = hall.ticket()
    assert hall.do(offered("", taken=True), MACHINE) == (
        e.OfferRecorded(
            at=hall.now, by=MACHINE.id, ticket="", service="idcard.renew", channel="kiosk", taken=True, counter=""
        ),
    )
    assert len(hall.do(offered("", taken=True), MACHINE)) == 1  # somebody else, for all that anybody knows
    assert len(hall.do(offered(ticket, taken=False), GUIDE)) == 1
    assert hall.do(offered(ticket, taken=False), GUIDE) == ()
    assert len(hall.do(offered(ticket, taken=False, channel="suishenban"), GUIDE)) == 1
    assert len(hall.state.tickets[ticket].offers) == 2


def test_at_a_counter_only_that_counter_offers_and_the_event_says_where() -> None:
    hall = Hall()
    ticket = hall.ticket()
    hall.do(c.CallNext(counter="1"))
    hall.do(c.StartService(counter="1"))
    assert hall.no(offered(ticket, taken=True), SECOND) == ("counter_not_yours", {"counter": "1"})
    (event,) = hall.do(offered(ticket, taken=True), OFFICER)
    assert isinstance(event, e.OfferRecorded)
    assert event.counter == "1"
    hall.do(c.FinishTicket(counter="1", outcome="referred"))
    found = hall.state.tickets[ticket]
    assert (found.state, found.outcome) == ("finished", "referred")
    assert hall.no(offered(ticket, taken=False), OFFICER)[0] == "ticket_state"
    hall.later(seconds=5)
    hall.do(c.UndoStep(counter="1"))
    assert hall.state.tickets[ticket].offers == (Offer(service="idcard.renew", channel="kiosk", taken=True),)


def test_no_offer_to_a_ticket_that_is_not_there() -> None:
    hall = Hall()
    assert hall.no(offered("nobody", taken=True), GUIDE) == ("unknown_ticket", {})


def test_what_was_seen_goes_with_the_ticket_to_the_next_day() -> None:
    hall = Hall()
    hall.later(hours=14)
    ticket = hall.ticket()
    hall.do(looked(ticket), GUIDE)
    hall.now += timedelta(hours=2)
    hall.ticket()
    assert hall.state.tickets[ticket].precheck is not None
