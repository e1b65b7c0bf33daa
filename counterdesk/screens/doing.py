"""What the officer does: from an action or an answer to commands for the desk and changes of the case file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterdesk.screens import questions as q
from counterdesk.screens.file_acts import FileActs
from counterdesk.screens.leader import Leader
from counterdesk.screens.requesting import Requesting
from counterdesk.screens.scanning import Scanning
from counterdesk.screens.shift import Shift, quit_prompt
from counterdesk.screens.views.scene import Scene
from counterdesk.screens.wanted import FiguresWanted
from counterdesk.station import commands as c
from counterdesk.widgets.values import Choice

if TYPE_CHECKING:
    from counterdesk.screens.desk import CounterScreen


class Doing(FileActs):
    """Everything that an officer can do at one counter screen, by the name of its action."""

    def __init__(self, screen: CounterScreen) -> None:
        super().__init__(screen)
        self.scanning = Scanning(screen, self)
        self.leader = Leader(screen, self)
        self.requesting = Requesting(screen, self)
        self.shift = Shift(screen)

    def do(self, action: str, scene: Scene) -> None:
        """Carry out an action that is not blocked; nobody is let go before he heard what is missing."""
        act = getattr(self, f"_do_{action}")
        self._screen.paperwork.before_leaving(action, scene, lambda: act(self._screen.scene()))

    # The screen itself.

    def _do_help(self, scene: Scene) -> None:
        self._screen.page = "" if self._screen.page == "help" else "help"
        self._screen.focus_middle()

    def _do_switch_panel(self, scene: Scene) -> None:
        self._screen.switch_panel()

    def _do_commands(self, scene: Scene) -> None:
        screen = self._screen

        def found(text: str) -> tuple[Choice, ...]:
            return q.command_choices(screen.scene(), screen.keys, text)

        screen.ask(q.Question(q.action_question(scene.words, found("")), screen.do, found))

    def _do_policy(self, scene: Scene) -> None:
        self._screen.policy.open(scene)

    def _do_hall(self, scene: Scene) -> None:
        self._screen.open_hall()

    def _do_call_for_help(self, scene: Scene) -> None:
        """Nothing that a citizen could read says what was asked for."""
        self.submit(c.CallForHelp(counter=scene.desk.counter))

    def _do_take_back_help(self, scene: Scene) -> None:
        self.submit(c.AnswerHelp(counter=scene.desk.counter))

    def _do_show_value(self, scene: Scene) -> None:
        """Show what is masked, for as long as the cursor stays; who looked at what is kept by the station."""
        field, case = scene.masked, scene.case
        self._screen.revealed = field
        if case not in scene.desk.local:
            self.submit(c.ViewValue(case=case, field=field))

    def _do_figures(self, scene: Scene) -> None:
        self._screen.post_message(FiguresWanted())

    def _do_lock(self, scene: Scene) -> None:
        self._screen.step_away("locked")

    def _do_hand_over_shift(self, scene: Scene) -> None:
        """The counter is closed for the next officer, and nothing of this one stays on the screen but his note."""
        self.shift.ask(scene)

    def _do_take_note(self, scene: Scene) -> None:
        self.shift.ask_take(scene)

    def _do_unlock_officer(self, scene: Scene) -> None:
        self.leader.unlock(scene)

    def _do_ask_leader(self, scene: Scene) -> None:
        self.requesting.ask_any(scene)

    def _do_reopen_journal(self, scene: Scene) -> None:
        self._screen.desk.call(lambda desk: desk.reopen_journal())

    def _do_read_card(self, scene: Scene) -> None:
        if self._screen.teaching is not None:
            self._screen.teaching.read_card(scene)

    def _do_ask_paper(self, scene: Scene) -> None:
        if self._screen.teaching is not None:
            self._screen.teaching.ask_paper(scene)

    def _do_deed(self, scene: Scene) -> None:
        if self._screen.teaching is not None:
            self._screen.teaching.ask_deed(scene)

    def _do_phone(self, scene: Scene) -> None:
        if self._screen.teaching is not None:
            self._screen.teaching.ask_phone(scene)

    def _do_briefing(self, scene: Scene) -> None:
        self._screen.page = "briefing"
        self._screen.show_page()

    def _do_retry(self, scene: Scene) -> None:
        self._screen.desk.call(lambda desk: desk.retry_now())

    def _do_quit(self, scene: Scene) -> None:
        """Leaving is free when nothing is under way here; otherwise it asks."""
        teaching = self._screen.teaching
        prompt = (teaching.quit_prompt(scene) if teaching is not None else "") or quit_prompt(scene)
        if not prompt:
            self._leave(scene)
            return
        view = q.yes_no(scene, "quit", scene.words("action.quit"), prompt)
        self._screen.ask(q.Question(view, lambda answer: self._leave(scene) if answer == "yes" else None))

    def _leave(self, scene: Scene) -> None:
        """Close the counter, so that another officer can open it, and go."""
        close = c.CloseCounter(counter=scene.desk.counter)
        if scene.refusal(close) is None and scene.desk.link.status == "online":
            self.submit(close)
        self._screen.leave()
