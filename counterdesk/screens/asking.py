"""A screen beside the desk that asks questions: what is asked, by which chooser, and where the answers go."""

from __future__ import annotations

from dataclasses import replace

from textual import on

from counterdesk.desk.state import Changes
from counterdesk.screens.questions import Question
from counterdesk.widgets.base import DeskScreen
from counterdesk.widgets.chooser import Chooser
from counterdesk.widgets.values import Style


class AskingScreen(DeskScreen[None]):
    """Shows one question at a time. A subclass says which chooser asks, and brings it up and away in `present`."""

    question: Question | None = None

    @property
    def chooser(self) -> Chooser:
        """The chooser that asks now."""
        raise NotImplementedError

    def say(self, text: str, style: Style = "") -> None:
        """Put one line under the panels."""
        raise NotImplementedError

    def changed(self, changes: Changes) -> None:
        """The desk has news: tell and show."""
        raise NotImplementedError

    def present(self) -> None:
        """Show the moment."""
        raise NotImplementedError

    def ask(self, question: Question, typed: str = "", at: str = "") -> None:
        """Put a question; its answer goes where the question says. at: the choice to begin on."""
        self.question = question
        self.chooser.show(question.view, typed, at)
        self.present()
        self.set_focus(self.chooser, scroll_visible=False)

    def close_question(self) -> None:
        """Take the question away."""
        self.question = None
        self.present()

    @on(Chooser.Chosen)
    def _chosen(self, message: Chooser.Chosen) -> None:
        if (question := self._answered(message.chooser_id)) is not None:
            question.then(message.choice_id)
            self.present()

    @on(Chooser.Entered)
    def _entered(self, message: Chooser.Entered) -> None:
        if self.question is not None and self.question.entered is None:
            return
        if (question := self._answered(message.chooser_id)) is not None and question.entered is not None:
            question.entered(message.text)
            self.present()

    def _answered(self, chooser_id: str) -> Question | None:
        """The question that was answered, if it still stands; it is over then."""
        question = self.question
        if question is None or chooser_id != question.view.id:
            return None
        self.question = None
        return question

    @on(Chooser.Blocked)
    def _choice_blocked(self, message: Chooser.Blocked) -> None:
        self.say(message.reason, "warn")

    @on(Chooser.Cancelled)
    def _cancelled(self) -> None:
        back = self.question.back if self.question is not None else None
        self.close_question()
        if back is not None:
            back()

    @on(Chooser.Filtered)
    def _filtered(self, message: Chooser.Filtered) -> None:
        """What was typed last is answered, also by the same choices: until then the chooser keeps Enter waiting."""
        question = self.question
        if question is None or message.chooser_id != question.view.id or message.text != self.chooser.typed_text:
            return
        view = question.view if question.again is None else question.again(message.text)
        self.chooser.show(view if question.narrow is None else replace(view, choices=question.narrow(message.text)))
