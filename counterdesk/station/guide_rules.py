"""The rules of the entrance: papers looked at before the wait, and channels offered in place of the counter."""

from __future__ import annotations

from counterdesk.station.act import Act
from counterdesk.station.commands import PrecheckTicket, RecordOffer
from counterdesk.station.events import AnyEvent, OfferRecorded, TicketPrechecked
from counterdesk.station.model import ENDED_TICKET, Offer, Precheck
from counterdesk.station.refused import Refused


def precheck(act: Act, command: PrecheckTicket) -> list[AnyEvent]:
    """Papers are looked at while somebody waits; from his service on it is the officer who looks."""
    ticket = act.ticket(command.ticket)
    looked = Precheck(service=command.service, variant=command.variant, materials=command.materials, by=act.actor.id)
    if not command.materials:
        raise Refused("items_missing")
    if ticket.precheck == looked and ticket.service == command.service:
        return []
    return [
        TicketPrechecked(
            at=act.now,
            by=act.actor.id,
            ticket=ticket.id,
            service=command.service,
            variant=command.variant,
            materials=command.materials,
        )
    ]


def record_offer(act: Act, command: RecordOffer) -> list[AnyEvent]:
    """An offer changes nobody's place: who declines waits on where he was, who takes it is let go by the step after.

    Whoever is at a counter is offered something by that counter. The same answer given twice counts once.
    """
    counter = ""
    if command.ticket:
        ticket = act.state.tickets.get(command.ticket)
        if ticket is None:
            raise Refused("unknown_ticket")
        if ticket.state in ENDED_TICKET:
            raise Refused("ticket_state", number=ticket.number, state=ticket.state)
        if ticket.state in ("called", "serving"):
            counter = act.own_counter(ticket.counter).number
        if Offer(service=command.service, channel=command.channel, taken=command.taken) in ticket.offers:
            return []
    return [
        OfferRecorded(
            at=act.now,
            by=act.actor.id,
            ticket=command.ticket,
            service=command.service,
            channel=command.channel,
            taken=command.taken,
            counter=counter,
        )
    ]
