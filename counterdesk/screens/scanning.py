"""Lines from a card reader or scanner: whatever field they land in, they go where they belong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from counterdesk.catalog.assess import assess, check_entry
from counterdesk.catalog.casefile import CaseFile
from counterdesk.desk import intake
from counterdesk.formats import fields
from counterdesk.formats.wedge import Card, Code, recognise
from counterdesk.screens import questions as q
from counterdesk.screens.views.scene import Scene
from counterdesk.widgets.values import Choice, ChooserView

if TYPE_CHECKING:
    from counterdesk.screens.desk import CounterScreen
    from counterdesk.screens.doing import Doing

PRE_REVIEW = "pre_review"
"""Under which key the registers are asked for a pre-review (预审): it is no fact of any service."""
_NUMBERS = frozenset({"rid", "rid_or_uscc"})
_AS_TEXT = "as_text"
Keep = Callable[[], None]


class Scanning:
    """What becomes of a read line. Where the field itself would take the text, the officer is asked."""

    def __init__(self, screen: CounterScreen, doing: Doing) -> None:
        self._screen = screen
        self._doing = doing

    def take(self, scene: Scene, case: str, key: str, text: str, keep: Keep | None = None) -> bool:
        """Deal with a line that was committed to a field. False: it is an ordinary entry.

        keep: takes the line as the text of the field after all.
        """
        reading = recognise(text, scene.today)
        file = scene.desk.files.get(case)
        if reading is None or file is None:
            return False
        facts = scene.index.plan(file.service).facts
        fact = facts.get(key)
        kind = fact.kind if fact is not None else ""
        if isinstance(reading, Card):
            applicant = scene.index.service(file.service).applicant_fact
            self._card(scene, file, reading, key if kind in _NUMBERS and key != applicant else "")
            return True
        takes = False
        if fact is not None and kind not in fields.OPAQUE and kind not in ("enum", "bool"):
            problem = check_entry(fact, fields.normalise(fact.fact.type, text), scene.today)
            takes = problem is None or problem.level != "error"
        if reading.kind == "number" and (kind in _NUMBERS or kind == "uscc"):
            return False
        return self._code(scene, file, reading, keep if takes else None)

    def _code(self, scene: Scene, file: CaseFile, code: Code, keep: Keep | None) -> bool:
        match code.kind:
            case "number":
                self._or_text(
                    scene, code.text, keep, "menu.number_of_applicant", lambda: self._number(file.case, code.text)
                )
            case "ticket":
                ticket = next((t for t in scene.station.tickets.values() if t.number == code.text), None)
                if ticket is None:
                    return False
                view = q.ticket_question(scene, ticket)
                self._ask(scene, view, keep, lambda name: self._doing.submit(q.ticket_command(scene, ticket.id, name)))
            case "case":
                found = next((c for c in scene.station.cases.values() if c.number == code.text), None)
                if found is None:
                    return False
                self._or_text(scene, code.text, keep, "menu.look", lambda: self._doing.show_case(found.id))
            case "pre_review":
                self._or_text(
                    scene, code.text, keep, "menu.pre_review", lambda: self._pre_review(scene, file, code.text)
                )
        return True

    def _or_text(self, scene: Scene, text: str, keep: Keep | None, label: str, then: Keep) -> None:
        if keep is None:
            then()
            return
        view = ChooserView(
            f"read:{text}", scene.words("menu.read", text=text), "", q.numbered([("then", scene.words(label), "", "")])
        )
        self._ask(scene, view, keep, lambda _: then())

    def _ask(self, scene: Scene, view: ChooserView, keep: Keep | None, then: Callable[[str], None]) -> None:
        if keep is not None:
            digit = q.DIGITS[len(view.choices)]
            view = replace(view, choices=(*view.choices, Choice(_AS_TEXT, scene.words("menu.as_text"), digit)))

        def answered(choice: str) -> None:
            if choice == _AS_TEXT and keep is not None:
                keep()
            else:
                then(choice)

        self._screen.ask(q.Question(view, answered))

    def _number(self, case: str, number: str) -> None:
        scene = self._screen.scene()
        file = scene.desk.files.get(case)
        if file is not None:
            self._card(scene, file, Card(number), "")

    def read(self, scene: Scene, file: CaseFile, card: Card) -> None:
        """A card of the applicant was read by other means than a line of keys."""
        self._card(scene, file, card, "")

    def _card(self, scene: Scene, file: CaseFile, card: Card, key: str) -> None:
        """Fill what the card says; another person's card never goes over the applicant."""
        screen, index, case = self._screen, scene.index, file.case
        applicant = index.service(file.service).applicant_fact
        known = file.answers.get(key or applicant)
        if not key and known is not None and known.value not in (None, card.number):
            label = scene.pick(index.fact(file.service, applicant).label)
            screen.say(scene.words("say.other_card", field=label), "warn")
            return
        role = scene.actor.role if scene.actor is not None else "officer"
        filled: tuple[str, ...] = ()

        def change(before: CaseFile) -> CaseFile:
            nonlocal filled
            after, filled = intake.read_card(index, before, card, scene.today, key)
            return intake.settle_offers(after, assess(index, after, today=scene.today, role=role))

        screen.desk.edit_file(case, change)
        screen.say(scene.words("say.read", facts=len(filled)), "ok" if filled else "warn")
        if (key or applicant) in filled:
            service = file.service
            screen.desk.call(lambda desk: desk.look_up(case, service, key or applicant, card.number))

    def _pre_review(self, scene: Scene, file: CaseFile, code: str) -> None:
        """What the applicant wrote beforehand fills what has no answer yet."""
        self._screen.say(scene.words("say.pre_review", code=code))
        case, service = file.case, file.service
        self._screen.desk.call(lambda desk: desk.look_up(case, service, PRE_REVIEW, code))
