"""The change of shift: what is left is shown, a note may be left, and the next officer sees it and takes it away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from counterdesk.screens import questions as q
from counterdesk.screens.views.scene import Scene
from counterdesk.screens.views.shift import kept_here, left_open, unsent, who_and_when
from counterdesk.station.exchange import LONGEST_NOTE, ShiftNote
from counterdesk.widgets.values import ChooserView

if TYPE_CHECKING:
    from counterdesk.screens.desk import CounterScreen


class Shift:
    """The officer's hand on the change of shift.

    under_way: he has confirmed that he goes; the screen is cleared once his counter is closed.
    """

    def __init__(self, screen: CounterScreen) -> None:
        self._screen = screen
        self.under_way = False
        self._written = ""
        """His note, kept until it lies at the station: what could not be left is not typed twice."""
        self._told: ShiftNote | None = None

    def forget(self) -> None:
        """Another officer may sit here next."""
        self.under_way = False
        self._written = ""
        self._told = None

    def told(self, scene: Scene) -> None:
        """Say once that something lies here."""
        note = scene.desk.note
        if note is not None and note != self._told:
            self._screen.say(scene.words("say.note_here", who=who_and_when(scene, note)), "accent")
        self._told = note

    def failed(self) -> None:
        """The station did not take the note, or did not close the counter: the officer is still here."""
        self.under_way = False

    def ask(self, scene: Scene) -> None:
        """What is left, and a note; where the station keeps none, only whether he goes."""
        words, screen = scene.words, self._screen
        if "notes" not in scene.desk.can:
            self._confirm(scene, "")
            return
        prompt = "\n".join([*left_open(scene), words("shift.write")])
        lying = scene.desk.note
        if lying is not None:
            prompt += "\n" + words("shift.replaces", who=who_and_when(scene, lying))
        view = ChooserView("shift", words("action.hand_over_shift"), prompt, (), typed=True, limit=LONGEST_NOTE)

        def counted(text: str) -> ChooserView:
            self._written = text  # whatever comes in between, nothing that was typed is lost
            return replace(view, empty=words("shift.room", count=LONGEST_NOTE - len(text)))

        def entered(text: str) -> None:
            self._written = text.strip()
            self._confirm(screen.scene(), self._written)

        question = q.Question(counted(self._written), lambda _: None, entered=entered, again=counted)
        screen.ask(question, self._written)

    def _confirm(self, scene: Scene, note: str) -> None:
        words, screen = scene.words, self._screen
        prompt = words("shift.sure_note", note=note) if note else words("shift.sure")
        if "notes" not in scene.desk.can:
            prompt = "\n".join([*left_open(scene), prompt])
        view = ChooserView(
            "shift_sure",
            words("action.hand_over_shift"),
            prompt,
            q.numbered([("no", words("menu.back"), "", ""), ("yes", words("shift.go"), "", "")]),
        )

        def back() -> None:
            if "notes" in scene.desk.can:
                self.ask(screen.scene())

        def then(answer: str) -> None:
            if answer == "yes":
                self.under_way = True
                screen.say(words("shift.going"))
                screen.desk.call(lambda desk: desk.hand_over(note))
            else:
                back()

        screen.ask(q.Question(view, then, back=back))

    def ask_take(self, scene: Scene) -> None:
        """Whether the note is read and may go: it is gone for everybody."""
        screen, note = self._screen, scene.desk.note
        if note is None:
            return
        view = q.yes_no(
            scene, "take_note", scene.words("action.take_note"), scene.words("shift.sure_take", who=note.author)
        )

        def then(answer: str) -> None:
            if answer == "yes":
                screen.desk.call(lambda desk: desk.drop_note())

        screen.ask(q.Question(view, then))


def quit_prompt(scene: Scene) -> str:
    """What is under way when somebody leaves the program, in words; "" if nothing is."""
    words, count = scene.words, unsent(scene)
    serving = 1 if scene.current is not None else 0
    if not count and not serving:
        return ""
    text = words("menu.quit", pending=count, serving=serving)
    if not count:
        return text
    return words("menu.quit_kept" if kept_here(scene) else "menu.quit_lost") + "\n" + text
