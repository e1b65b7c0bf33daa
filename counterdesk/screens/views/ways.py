"""Where somebody need not wait, in words: for the guide at the entrance and for the officer at a counter."""

from __future__ import annotations

from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.sentences import Labels
from counterdesk.screens.views.scene import Scene
from counterdesk.station.model import Offer, Ticket
from counterdesk.station.offers import Way, saved, ways
from counterdesk.widgets.values import Choice, ChooserView

VARIANT = "variant"
"""The case group, as the catalogue's conditions call it."""


def ways_of(scene: Scene, service: str, variant: str = "", file: CaseFile | None = None) -> tuple[Way, ...]:
    """The channels that could finish a service; none where this catalogue does not know it."""
    if not service:
        return ()
    try:
        return ways(scene.index, service, today=scene.today, file=file, variant=variant)
    except KeyError:
        return ()


def saving_text(scene: Scene, way: Way, waiting: float, serving: float) -> str:
    """The time that a channel saves, as far as that is known; "" where it is nothing."""
    minutes = int(saved(way, waiting, serving))
    key = "ways.saves" if way.minutes is not None else "ways.saves_wait"  # how long it takes there nobody says
    return scene.words(key, minutes=minutes) if minutes >= 1 else ""


def asked_text(scene: Scene, service: str, way: Way) -> str:
    """What has to be asked before it is certain that a channel can do it; "" where it is."""
    if way.possible:
        return ""
    labels = Labels(scene.index, service, scene.language)
    names = [scene.words("case.variant") if key == VARIANT else labels.name(key) for key in way.ask]
    return scene.words("ways.ask", facts=scene.words.listed(names))


def way_note(scene: Scene, way: Way, saving: str, *, declined: bool) -> str:
    """What stands beside a channel: that it was declined, what it saves, that something has to be asked first."""
    if declined:
        return scene.words("ways.declined")
    perhaps = "" if way.possible else scene.words("ways.perhaps")
    return scene.words("ways.both", saving=saving, perhaps=perhaps) if saving and perhaps else saving or perhaps


def way_question(scene: Scene, identifier: str, service: str, way: Way, saving: str) -> ChooserView:
    """Whether the citizen goes there. Staying is as good an answer: it stands first."""
    words, known = scene.words, scene.index.service(service)
    statement = known.kiosk if way.channel.kind == "kiosk" else known.app
    lines = [words("ways.question", channel=scene.pick(way.channel.name)), saving, asked_text(scene, service, way)]
    lines.append(scene.pick(statement.text))
    if way.confidence == "illustrative":
        lines.append(words("checklist.demonstration"))
    answers = (Choice("declined", words("ways.stays"), "1"), Choice("taken", words("ways.goes"), "2"))
    return ChooserView(identifier, words("command.RecordOffer"), "\n".join(filter(None, lines)), answers)


# At a counter.


def counter_service(scene: Scene) -> str:
    """What the citizen at the counter is there for, as far as that is known."""
    case, current = scene.open_case, scene.current
    if current is None:
        return ""
    return case.service if case is not None and case.ticket == current.id else current.service


def counter_ways(scene: Scene) -> tuple[Way, ...]:
    """The channels that could finish what the citizen at the counter is there for. What he declined is still here."""
    case, current, file = scene.open_case, scene.current, scene.file
    if current is None or (case is not None and case.status != "draft"):
        return ()
    service = counter_service(scene)
    mine = file if file is not None and case is not None and file.service == service == case.service else None
    seen = current.precheck
    variant = seen.variant if seen is not None and seen.service == service else ""
    return ways_of(scene, service, variant, mine)


def not_declined(ticket: Ticket, found: tuple[Way, ...]) -> tuple[Way, ...]:
    """Those of the channels that the holder of a ticket has not declined."""
    refused: set[str] = {offer.channel for offer in ticket.offers if not offer.taken}
    return tuple(way for way in found if way.channel.id not in refused)


def counter_saving(scene: Scene, service: str, way: Way) -> str:
    """What a channel saves once the wait is over: the counter's minutes against its own, where those are known."""
    return saving_text(scene, way, 0.0, scene.index.service(service).minutes.median) if way.minutes is not None else ""


def counter_choices(scene: Scene) -> tuple[Choice, ...]:
    """The channels as choices."""
    current, service = scene.current, counter_service(scene)
    offers: tuple[Offer, ...] = current.offers if current is not None else ()
    declined = {offer.channel for offer in offers if not offer.taken}
    return tuple(
        Choice(
            way.channel.id,
            scene.pick(way.channel.name),
            str(place),
            way_note(scene, way, counter_saving(scene, service, way), declined=way.channel.id in declined),
        )
        for place, way in enumerate(counter_ways(scene), start=1)
    )


def counter_hint(scene: Scene) -> str:
    """One line that names the channels; "" where there is none, or none that was not declined."""
    current = scene.current
    if current is None:
        return ""
    names = [scene.pick(way.channel.short) for way in not_declined(current, counter_ways(scene))]
    return scene.words("ways.hint", channels=scene.words.listed(names)) if names else ""
