"""A screen that asks questions: what is asked, by which chooser, and where the answers go."""

from __future__ import annotations

from dataclasses import replace

from textual import on

from counterdesk.screens.questions import Question
from counterdesk.screens.views.scene import Scene
from counterdesk.screens.work import Workplace, WorkScreen
from counterdesk.widgets.chooser import Chooser
from counterdesk.widgets.values import ChooserView


class AskingScreen(WorkScreen):
    """Shows one question at a time. A subclass brings the chooser up and away in `show_asking` and `present`."""

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.question: Question | None = None

    @property
    def chooser(self) -> Chooser:
        """The chooser that asks now."""
        return self.query_one(Chooser)

    def asked(self, view: ChooserView) -> ChooserView:
        """A question as this screen shows it."""
        return view

    def show_asking(self) -> None:
        """Bring the chooser up."""
        self.present()

    def ask(self, question: Question, typed: str = "", at: str = "") -> None:
        """Put a question; its answer goes where the question says. at: the choice to begin on."""
        self.question = question
        chooser = self.chooser
        chooser.show(self.asked(question.view), typed, at)
        self.show_asking()
        self.set_focus(chooser, scroll_visible=False)

    def close_question(self) -> None:
        """Take the question away."""
        self.question = None
        self.present()

    def answer(self, question: Question, choice: str) -> None:
        """A choice was taken: the question is over."""
        self.question = None
        question.then(choice)

    def cancel(self) -> None:
        """Escape, while a question is asked."""
        back = self.question.back if self.question is not None else None
        self.close_question()
        if back is not None:
            back()

    def _standing(self, chooser_id: str) -> Question | None:
        """The question that a message of the chooser is about, if it still stands."""
        return self.question if self.question is not None and self.question.view.id == chooser_id else None

    def _tell_link(self, scene: Scene) -> None:
        before = self._link
        super()._tell_link(scene)
        if self._link != before and self.question is not None and self.question.narrow is not None:
            self.renew(self.question)  # what could not be done a moment ago may be possible now

    @on(Chooser.Chosen)
    def _chosen(self, message: Chooser.Chosen) -> None:
        if (question := self._standing(message.chooser_id)) is not None:
            self.answer(question, message.choice_id)
            self.present()

    @on(Chooser.Entered)
    def _entered(self, message: Chooser.Entered) -> None:
        question = self._standing(message.chooser_id)
        if question is not None and question.entered is not None:
            self.question = None
            question.entered(message.text)
            self.present()

    @on(Chooser.Blocked)
    def _choice_blocked(self, message: Chooser.Blocked) -> None:
        self.say(message.reason, "warn")

    @on(Chooser.Cancelled)
    def _cancelled(self) -> None:
        self.cancel()

    @on(Chooser.Filtered)
    def _filtered(self, message: Chooser.Filtered) -> None:
        """What was typed last is answered, also by the same choices: until then the chooser keeps Enter waiting. An
        answer to an earlier text would let it take what that found."""
        question = self._standing(message.chooser_id)
        if question is not None and message.text == self.chooser.typed_text:
            self.renew(question)

    def renew(self, question: Question) -> None:
        """Ask it as what is typed has it now."""
        typed = self.chooser.typed_text
        view = self.asked(question.view if question.again is None else question.again(typed))
        self.chooser.show(view if question.narrow is None else replace(view, choices=question.narrow(typed)))
