"""What waits on this terminal: cases begun while nobody answered, and commands that were not carried out afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from counterdesk.desk.state import Dead
from counterdesk.screens import questions as q
from counterdesk.screens.views.handoffs import DEAD, LOCAL, dead_in_words
from counterdesk.screens.views.notices import not_kept
from counterdesk.screens.views.scene import Scene
from counterdesk.station import commands as c
from counterdesk.widgets.values import ChooserView

if TYPE_CHECKING:
    from counterdesk.screens.desk import CounterScreen

NEW = "new"


class Waiting:
    """The officer's hand on what waits here. Nothing of it goes away without him."""

    def __init__(self, screen: CounterScreen) -> None:
        self._screen = screen
        self._journal = ""

    def chosen(self, scene: Scene, line_id: str) -> bool:
        """Enter on a line of the board; False if it is a case of the station."""
        kind, _, rest = line_id.partition(":")
        if kind == LOCAL:
            self._screen.doing.show_case(rest)
            self._screen.focus_middle()
            return True
        if kind == DEAD:
            dead = next((dead for dead in scene.desk.dead if dead.id == rest), None)
            if dead is not None:
                self._ask_dead(scene, dead)
            return True
        return False

    def _ask_dead(self, scene: Scene, dead: Dead) -> None:
        """Try it again, or let it be: with what it was and why it was not done in sight."""
        words, desk = scene.words, self._screen.desk
        unknown = words("dead.unreadable") if dead.command is None else ""
        rows = [
            ("keep", words("dead.keep"), "", ""),
            ("retry", words("dead.retry"), "", unknown),
            ("drop", words("dead.drop"), "", ""),
        ]
        what, why = dead_in_words(scene, dead)
        view = ChooserView(f"dead:{dead.id}", what, words("dead.question", why=why), q.numbered(rows))

        def then(choice: str) -> None:
            if choice == "retry":
                desk.call(lambda d: d.retry_dead(dead.id))
            elif choice == "drop":
                desk.call(lambda d: d.drop_dead(dead.id))

        self._screen.ask(q.Question(view, then))

    def ask_attach(self, scene: Scene, otherwise: Callable[[], None]) -> None:
        """Which case that was begun here belongs to the ticket being served; or another one is opened."""
        words, screen = scene.words, self._screen
        rows = [
            (case, scene.service_name(scene.desk.files[case].service), words("local.since", time=f"{since:%H:%M}"), "")
            for case, since in scene.desk.local.items()
        ]
        rows.append((NEW, words("local.new"), "", ""))
        number = scene.current.number if scene.current is not None else ""
        view = ChooserView("attach", words("action.new_case"), words("local.attach", number=number), q.numbered(rows))

        def then(choice: str) -> None:
            if choice == NEW:
                otherwise()
                return
            now = screen.scene()
            service = now.desk.files[choice].service
            screen.doing.submit(c.OpenCase(counter=now.desk.counter, case=choice, service=service))
            screen.doing.show_case(choice)

        screen.ask(q.Question(view, then))

    def ask_drop(self, scene: Scene, case: str) -> None:
        """Throw away a case that only this terminal has."""
        screen = self._screen
        view = q.yes_no(scene, "drop", scene.words("action.discard"), scene.words("menu.discard"))

        def then(answer: str) -> None:
            if answer == "yes":
                screen.case = ""
                screen.desk.call(lambda desk: desk.drop_case(case))

        screen.ask(q.Question(view, then))

    def told(self, scene: Scene) -> None:
        """Say once after signing in how this terminal keeps what is typed, where that is not as it should be."""
        journal, words = scene.desk.journal, scene.words
        if scene.desk.session is None or journal.status in ("none", "closed"):
            self._journal = ""
            return
        if journal.status == self._journal:
            return
        self._journal = journal.status
        if journal.status == "failed":
            self._screen.say(not_kept(scene, journal.code), "block")
        elif journal.sealed or journal.damaged:
            self._screen.say(words("journal.sealed", count=journal.sealed + journal.damaged), "block")
        elif scene.desk.dead:
            self._screen.say(words("journal.dead", count=len(scene.desk.dead)), "block")
        elif journal.status == "memory" and scene.desk.session.mode == "live":
            self._screen.say(words("journal.memory"), "warn")
