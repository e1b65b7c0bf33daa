"""What is being done to one field of the form: typing a text, or picking among choices. No screen."""

from __future__ import annotations

from dataclasses import replace

from counterdesk import text
from counterdesk.widgets.edit_line import EditLine
from counterdesk.widgets.values import Choice, FieldView

CAPTURED = "1"
"""What a `capture` field's text is once it is captured."""


class FieldEditor:
    """The state of the active field. `value()` is what leaving the field would commit."""

    def __init__(self, field: FieldView) -> None:
        self.begin(field)

    def begin(self, field: FieldView) -> None:
        """Starts from what stands in the field."""
        self.field = field
        self.touched = False
        self.hidden = field.masked
        # A text that is right is replaced by what is typed; one that is wrong, or that a key was moved in, is mended.
        self._replaces = field.kind == "text" and (field.mark == "done" or field.masked)
        self.picked = -1
        if field.kind == "choice":
            self.line = EditLine(limit=20)  # the filter
            self.picked = next((i for i, choice in enumerate(field.choices) if choice.id == field.text), -1)
        else:
            self.line = EditLine(field.text, field.limit)

    def update(self, field: FieldView) -> None:
        """Takes over what the desk says about the field, but never what the officer has typed into it."""
        if field == self.field:
            return
        if not self.touched:
            same = (field.kind, field.text, field.choices, field.masked)
            if same == (self.field.kind, self.field.text, self.field.choices, self.field.masked):
                self.field = field  # the caret stays where it was put
            else:
                self.begin(field)
            return
        picked = self.highlighted
        self.field = field
        if field.kind == "choice":
            ids = [choice.id for choice in self.matches]
            self.picked = ids.index(picked.id) if picked and picked.id in ids else -1
        else:
            self.line.limit = field.limit

    @property
    def matches(self) -> tuple[Choice, ...]:
        """The choices that fit what was typed; a digit for each of the first nine where they carry none."""
        needle = self.line.text.lower()
        found = [
            choice
            for choice in self.field.choices
            if needle in choice.label.lower() or needle in choice.note.lower() or choice.id.lower() == needle
        ]
        # what begins with the typed letters comes before what merely holds them
        found.sort(key=lambda c: not (c.label.lower().startswith(needle) or c.note.lower().startswith(needle)))
        if not any(choice.digit for choice in self.field.choices):
            return tuple(replace(c, digit=str(n)) if n < 10 else c for n, c in enumerate(found, 1))
        return tuple(found)

    @property
    def highlighted(self) -> Choice | None:
        """The choice that Enter takes."""
        matches = self.matches
        return matches[self.picked] if 0 <= self.picked < len(matches) else None

    def value(self) -> str:
        """What the field would hold now."""
        if self.field.kind == "choice" and self.touched:
            choice = self.highlighted
            return choice.id if choice and not choice.blocked else self.field.text
        return self.line.text if self.field.kind == "text" else self.field.text

    def turn(self, step: int) -> None:
        """Highlights the next or the previous choice."""
        if matches := self.matches:
            self.picked = (self.picked + step) % len(matches) if self.picked >= 0 else (0 if step > 0 else -1)
            if self.picked < 0:
                self.picked += len(matches)
            self.touched = True

    def taken_by(self, digit: str) -> Choice | None:
        """Highlights and gives the choice that this digit takes."""
        for index, choice in enumerate(self.matches):
            if choice.digit == digit:
                self.picked, self.touched = index, True
                return choice
        return None

    def insert(self, words: str) -> bool:
        """Typed or pasted text. False: it was cut to the limit."""
        self.hidden = False
        if self._replaces:
            self.line = EditLine(limit=self.field.limit)
            self._replaces = False
        whole = self.line.insert(text.clean(words, limit=10_000))
        self._edited()
        return whole

    def press(self, key: str) -> bool:
        """An editing key. False: it isn't one for this field."""
        before = self.line.text
        if self.hidden:
            if key not in ("backspace", "delete"):
                return False
            self.line = EditLine(limit=self.field.limit)  # what cannot be seen cannot be mended, only taken out
            self.hidden = self._replaces = False
            self._edited()
            return True
        if self.field.kind not in ("text", "choice") or not self.line.press(key):
            return False
        self._replaces = False
        if self.line.text != before:
            self._edited()
        return True

    def _edited(self) -> None:
        self.touched = True
        if self.field.kind == "choice":
            self.picked = 0 if self.line.text and self.matches else -1
