"""The officer's papers: printing what is shown, and saying once what is missing before a citizen is let go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from counterdesk.desk.printer import Printer
from counterdesk.desk.telling import lacking, tell, untold
from counterdesk.screens.questions import Question, numbered
from counterdesk.screens.views.papers import notice_paper, paper_of, shown_paper
from counterdesk.screens.views.scene import Scene
from counterdesk.screens.views.sheet import Paper, paper_text
from counterdesk.station.acceptance import assess_case
from counterdesk.station.model import Case
from counterdesk.text import cells, fit
from counterdesk.widgets.values import ChooserView

if TYPE_CHECKING:
    from counterdesk.screens.desk import CounterScreen

EXITS = frozenset({"hold", "transfer", "finish", "requeue", "discard", "quit"})
"""Actions after which the citizen, or what is known of his case, may be gone."""


class Paperwork:
    """Papers at one counter. It asks and prints; what was told stands in the case file."""

    def __init__(self, screen: CounterScreen, printer: Printer) -> None:
        self._screen = screen
        self._printer = printer
        self._printing = False
        self._refused: tuple[str, tuple[str, ...]] = ("", ())

    # Printing.

    def print_shown(self, scene: Scene) -> None:
        """Print the paper in the panel, or the one that belongs to the case; it is shown then."""
        screen, case = self._screen, scene.open_case
        if case is None:
            return
        paper = shown_paper(scene, screen.page)
        if paper is None:
            paper = paper_of(scene, case)
            screen.page = "notice" if paper.kind == "notice" else "receipt"
            screen.focus_middle()
        if paper.kind == "notice" and scene.assessment is not None and not lacking(scene.assessment).listed:
            screen.say(scene.words("printing.nothing"), "ok")
            return
        self._print(scene, case, paper)

    def _print(self, scene: Scene, case: Case, paper: Paper, then: Callable[[], None] = lambda: None) -> None:
        """Print, and go on once that is done. Nothing goes on after a failure: the paper stays where it is."""
        if self._printing:
            self._screen.say(scene.words("printing.running"), "warn")
            return
        self._printing = True
        self._screen.run_worker(self._off_the_screen(scene, case, paper, then))

    async def _off_the_screen(self, scene: Scene, case: Case, paper: Paper, then: Callable[[], None]) -> None:
        screen, words = self._screen, scene.words
        try:
            done = await asyncio.to_thread(self._printer.put, paper.name, paper_text(paper))
        finally:
            self._printing = False
        match done.outcome:
            case "failed":
                screen.say(words("printing.failed", why=done.why), "block")
                return
            case "slow":
                screen.say(words("printing.slow"), "block")
                return
            case "saved":
                screen.say(words("printing.saved", path=done.where), "ok")
            case "printed":
                screen.say(words("printing.printed", paper=paper.title), "ok")
        if paper.kind == "notice":
            self._keep(scene, case, paper.listed, "paper")
        then()
        screen.present()

    def _keep(self, scene: Scene, case: Case, codes: tuple[str, ...], how: Literal["paper", "oral"]) -> None:
        if codes:
            self._screen.desk.edit_file(case.id, lambda file: tell(file, codes, scene.today, how))

    # The one-time notice at every exit.

    def before_leaving(self, action: str, scene: Scene, go: Callable[[], None]) -> None:
        """Do `go` now, or once the applicant has heard of everything that is missing in the cases of his ticket."""
        if action in EXITS:
            self.told_first(scene, go, only=scene.case if action == "discard" else "")
        else:
            go()

    def told_first(self, scene: Scene, go: Callable[[], None], *, only: str = "") -> None:
        """Ask for each case with something untold, one after the other; `only` looks at one case."""
        there = next((s for s in self._scenes(scene) if (not only or s.case == only) and _untold(s)), None)
        if there is None:
            go()
            return
        case = there.open_case
        assert case is not None

        def then(answer: str) -> None:
            screen = self._screen
            if answer == "back":
                if screen.case != case.id:
                    screen.doing.show_case(case.id)
                return
            # What is said is what is missing now; the question may have stood there while something came in.
            now = next((s for s in self._scenes(screen.scene()) if s.case == case.id), there)
            go_on = partial(self._go_on, go, only)
            if answer == "oral":
                found = now.assessment
                self._keep(now, case, lacking(found).listed if found is not None else (), "oral")
                go_on()
                return
            if screen.case != case.id:
                screen.doing.show_case(case.id)
            screen.page = "notice"
            self._print(now, case, notice_paper(now, case), go_on)

        self._screen.ask(Question(_question(there, case), then))

    def _go_on(self, go: Callable[[], None], only: str) -> None:
        """To the next case that needs it, else away. A choice that was taken closes its question after this."""
        self._screen.page = ""
        self.told_first(self._screen.scene(), go, only=only)

    @staticmethod
    def _scenes(scene: Scene) -> list[Scene]:
        """The scene once for each case of the ticket that can still be accepted and whose file is at hand."""
        current = scene.current
        if current is None or current.state != "serving":
            return []
        return [
            _scene_of(scene, case)
            for case in scene.station.cases_of(current.id)
            if case.status in ("draft", "received") and case.id in scene.desk.files
        ]

    # When acceptance is refused.

    def with_offer(self, scene: Scene, said: str, width: int) -> str:
        """What the line below says after a refused acceptance: why, and that the same key again gives the notice."""
        found = scene.assessment
        if found is None or not lacking(found).found:
            self._refused = ("", ())
            return said
        self._refused = (scene.case, lacking(found).found)
        offer = scene.words("printing.again")
        room = max(width - cells(offer) - 2, 20)
        return f"{fit(said, room).rstrip() if cells(said) > room else said} {offer}"

    def taken_up(self, scene: Scene) -> bool:
        """Whether acceptance was refused just before, for the same; then the notice is shown."""
        found, screen = scene.assessment, self._screen
        before, self._refused = self._refused, ("", ())
        if screen.page == "notice" or found is None or before != (scene.case, lacking(found).found):
            return False
        screen.page = "notice"
        screen.focus_middle()
        return True


def _scene_of(scene: Scene, case: Case) -> Scene:
    """The scene with another case of the ticket in it."""
    if case.id == scene.case and scene.assessment is not None:
        return scene
    role = scene.actor.role if scene.actor is not None else "officer"
    try:
        found = assess_case(scene.index, case, scene.desk.files[case.id], today=scene.today, role=role)
    except KeyError:  # a service that this desk's catalogue does not know
        return replace(scene, case=case.id, assessment=None)
    return replace(scene, case=case.id, assessment=found)


def _untold(scene: Scene) -> tuple[str, ...]:
    found, file = scene.assessment, scene.file
    return untold(found, file) if found is not None and file is not None else ()


def _question(scene: Scene, case: Case) -> ChooserView:
    words = scene.words
    ticket = scene.station.tickets.get(case.ticket)
    prompt = words(
        "told.question",
        number=case.number or (ticket.number if ticket is not None else ""),
        service=scene.service_name(case.service),
        count=len(_untold(scene)),
    )
    rows = [(answer, words(f"told.{answer}"), "", "") for answer in ("paper", "oral", "back")]
    return ChooserView(f"told:{case.id}", words("told.title"), prompt, numbered(rows))
