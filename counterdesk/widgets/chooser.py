"""A question in the place of the case panel: which service, which ticket, yes or no."""

from __future__ import annotations

from textual import events

from counterdesk import text
from counterdesk.quiet import quiet
from counterdesk.widgets.base import Drawn, FromPanel, Row, Span, bottom_of, fit, fitted, framed, top_of
from counterdesk.widgets.edit_line import EditLine, joined
from counterdesk.widgets.values import Choice, ChooserView


@quiet
class _ChooserMessage(FromPanel):
    def __init__(self, chooser_id: str) -> None:
        super().__init__()
        self.chooser_id = chooser_id


FOOT_ROWS, LEAST_ROWS = 2, 5
"""Lines for what the highlighted choice says; so many choices have to stay in sight above them."""


class Chooser(Drawn, can_focus=True):
    """Choices taken by their digit, or by arrows and Enter; with `typed` a line to type into above them.

    A digit takes the choice that carries it; a digit that no choice carries is typed. Escape asks to leave.
    """

    DEFAULT_CSS = "Chooser { height: 1fr; }"

    class Chosen(_ChooserMessage):
        """A choice was taken."""

        def __init__(self, chooser_id: str, choice_id: str) -> None:
            super().__init__(chooser_id)
            self.choice_id = choice_id

    class Blocked(_ChooserMessage):
        """A choice was tried that can't be taken now, for this reason."""

        def __init__(self, chooser_id: str, choice_id: str, reason: str) -> None:
            super().__init__(chooser_id)
            self.choice_id = choice_id
            self.reason = reason

    class Filtered(_ChooserMessage):
        """The typed text changed; new choices are expected through `show`."""

        def __init__(self, chooser_id: str, words: str) -> None:
            super().__init__(chooser_id)
            self.text = words

    class Entered(_ChooserMessage):
        """Enter was pressed on a typed text that has no choices."""

        def __init__(self, chooser_id: str, words: str) -> None:
            super().__init__(chooser_id)
            self.text = words

    class Cancelled(_ChooserMessage):
        """Escape was pressed."""

    def __init__(
        self,
        *,
        chained: bool = False,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        """chained: an answer is always followed by another question, to which the keys behind it belong."""
        super().__init__(id=id, classes=classes)
        self._chained = chained
        self.view = ChooserView("", "", "", ())
        self._edit = EditLine(limit=self.view.limit)
        self._at = 0
        self._top = 0
        self._caret: tuple[int, int] | None = None
        # Between `Filtered` and the new choices, a key that takes a choice waits for them: fast typing, a scanner and a
        # slow line then give the same as slow typing.
        self._stale = False
        self._over = False
        self._waiting: list[tuple[str, str | None]] = []

    @property
    def typed_text(self) -> str:
        """What stands in the line to type into."""
        return self._edit.text

    @property
    def answered(self) -> bool:
        """Whether the question was answered or cancelled, and nothing was asked since."""
        return self._over

    def drop_waiting(self) -> None:
        """What was typed ahead belongs to no question: something else came up."""
        self._waiting.clear()

    def show(self, view: ChooserView, typed: str = "", at: str = "") -> None:
        """Asks this from now on.

        With the same id only the choices change: what was typed stays, and where it is still there the highlighted
        choice; after `Filtered` the first one is highlighted. With another id, or once it was answered or cancelled,
        everything begins anew, with `typed` in the line and on the choice `at`. The newest `Filtered` has to be
        answered by a call, also when the choices stay the same.
        """
        asked, self._stale = self._stale, False
        if view.id != self.view.id or self._over:
            self._over = False
            self._edit = EditLine(typed, view.limit)
            self._top = 0
            self._at = next(
                (place for place, choice in enumerate(view.choices) if choice.id == at), _first(view, typed)
            )
            if not self._chained:
                self._waiting.clear()
        elif view != self.view:
            current = None if asked else self.highlighted  # for another text, the first is the best
            ids = [choice.id for choice in view.choices]
            self._at = ids.index(current.id) if current and current.id in ids else _first(view, self._edit.text)
        self.view = view
        while self._waiting and not self._stale and not self._over:
            self._handle(*self._waiting.pop(0))
        self.sync()

    @property
    def highlighted(self) -> Choice | None:
        """The choice that Enter takes."""
        return self.view.choices[self._at] if 0 <= self._at < len(self.view.choices) else None

    # drawing

    def rows(self, width: int, height: int) -> list[Row]:
        """Frame, question, line to type into, choices."""
        if width < 12 or height < 4:
            return []
        inner = width - 2
        head: list[Row] = [
            framed(((" ", ""), *fitted(line, inner - 1, "strong"))) for line in text.wrap(self.view.prompt, inner - 2)
        ][: max(height - 4, 1)]
        self._caret = None
        if self.view.typed:
            before, under, after = self._edit.window(min(inner - 4, self.view.limit))
            caret = "caret" if self.has_focus else "field"
            self._caret = (4 + text.cells(before), 1 + len(head))
            field: Row = ((" › ", "accent"), (before, "field"), (under, caret), (after, "field"))
            rest = inner - 3 - text.cells(before + under + after)
            head.append(framed((*field, (" " * rest, ""))))
        room = height - 2 - len(head)
        foot = self._foot(inner, room)
        room -= len(foot)
        at = max(self._at, 0)
        self._top = max(min(self._top, at, len(self.view.choices) - room), 0, at - room + 1)
        body = [framed(self._choice(i, inner)) for i in range(self._top, min(self._top + room, len(self.view.choices)))]
        if not self.view.choices:
            body = [framed(((" ", ""), *fitted(self.view.empty, inner - 1, "dim")))][:room]
        if self._caret is None:
            self._caret = (1, 1 + len(head) + at - self._top)
        body += [framed(((" " * inner, ""),))] * (room - len(body))
        below = len(self.view.choices) - self._top - room
        note = " ".join(filter(None, (f"↑{self._top}" if self._top else "", f"↓{below}" if below > 0 else "")))
        return [top_of(self.view.title, note, width, self.has_focus), *head, *body, *foot, bottom_of(width)]

    def _foot(self, width: int, room: int) -> list[Row]:
        """What the highlighted choice says, in full, where a line cuts what some choice says and there is room."""
        choices = [(text.clean(one.label), text.clean(one.blocked or one.note)) for one in self.view.choices]
        cut = [text.cells(label) + (text.cells(aside) + 2 if aside else 0) > width - 4 for label, aside in choices]
        if not any(cut) or room < len(choices[:LEAST_ROWS]) + FOOT_ROWS + 1:
            return []
        said: list[str] = []
        if 0 <= self._at < len(choices) and cut[self._at]:
            label, aside = choices[self._at]
            whole = aside if aside and text.cells(label) < width - 8 else f"{label}  {aside}".strip()
            said = text.wrap(whole, width - 2)[:FOOT_ROWS]
        style = "warn" if self.highlighted is not None and self.highlighted.blocked else "dim"
        rows = [framed((("─" * width, "dim"),))]
        for line in (*said, *[""] * (FOOT_ROWS - len(said))):
            rows.append(framed(((" ", ""), *fitted(line, width - 1, style))))
        return rows

    def _choice(self, index: int, width: int) -> Row:
        choice = self.view.choices[index]
        here = index == self._at
        style = "cursor" if here and self.has_focus else "dim" if choice.blocked else "here" if here else ""
        mark = "✗" if choice.blocked else " "
        label = text.clean(choice.label)
        spans: list[Span] = [("›" if here else " ", "here"), (f"{fit(choice.digit, 1)}{mark} ", style)]
        room = width - 4
        label = label if text.cells(label) <= room else text.fit(label, room)
        spans.append((label, style))
        room -= text.cells(label)
        aside = choice.blocked or choice.note
        if aside and room > 4:
            words = f"  {text.clean(aside)}"
            if style == "cursor":
                spans.append((text.fit(words, room), style))
            else:
                spans.extend(fitted(words, room, "warn" if choice.blocked else "dim"))
            room = 0
        return (*spans, (" " * room, "cursor" if style == "cursor" else ""))

    def caret(self) -> tuple[int, int] | None:
        """Where the next typed character goes, or the highlighted choice."""
        return self._caret

    # keys

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Characters are for the line to type into, or digits for the choices."""
        return character is not None and character.isprintable()

    def on_key(self, event: events.Key) -> None:
        """Digits, arrows, Enter, Escape, and typing."""
        consumed = True
        if self._must_wait(event.key, event.character) and event.key != "escape":
            self._waiting.append((event.key, event.character))
        else:
            consumed = self._handle(event.key, event.character)
        if consumed:
            event.stop()
            event.prevent_default()
            self.sync()

    def _must_wait(self, key: str, character: str | None) -> bool:
        if self._chained and self._over:
            return True
        takes = key == "enter" or (character is not None and character.isdigit())
        return self._stale and (takes or bool(self._waiting))

    def _handle(self, key: str, character: str | None) -> bool:
        count = len(self.view.choices)
        steps = {"up": -1, "down": 1, "pageup": -8, "pagedown": 8, "shift+tab": -1, "tab": 1}
        if key in steps:
            self._at = max(min(self._at + steps[key], count - 1), 0)
        elif key == "escape":
            self._waiting.clear()
            self._over = True
            self.post_message(self.Cancelled(self.view.id))
        elif key == "enter":
            if (choice := self.highlighted) is not None:
                self._take(choice)
            elif self.view.typed:
                self.post_message(self.Entered(self.view.id, self._edit.text))
        elif character is not None and character.isprintable():
            self._typed(character)
        elif self.view.typed and self._edit.press(key):
            if key not in ("left", "right", "home", "end", "ctrl+a", "ctrl+e"):
                self._changed()
        else:
            return False
        return True

    def _typed(self, character: str) -> None:
        if character.isdigit():
            for choice in self.view.choices:
                if choice.digit == character:
                    self._take(choice)
                    return
        if self.view.typed:
            self._edit.insert(text.clean(character))
            self._changed()

    def _take(self, choice: Choice) -> None:
        if choice.blocked:
            self.post_message(self.Blocked(self.view.id, choice.id, choice.blocked))
        else:
            self._over = True
            self.post_message(self.Chosen(self.view.id, choice.id))

    def _changed(self) -> None:
        self._at, self._top = _first(self.view, self._edit.text), 0
        self._stale = True
        self.post_message(self.Filtered(self.view.id, self._edit.text))

    def on_paste(self, event: events.Paste) -> None:
        """A scanned code or a pasted number; it is typed, never taken at once."""
        event.stop()
        if self.view.typed and (words := joined(event.text)):
            self._edit.insert(words)
            self._changed()
            self.sync()


def _first(view: ChooserView, typed: str) -> int:
    """Where the highlight is when nobody has moved it; -1 for nowhere."""
    return 0 if view.aimed or typed else -1
