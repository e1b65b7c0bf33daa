"""A line of text being edited: the text, the caret and what the usual keys do to them. No screen."""

from __future__ import annotations

import unicodedata

from counterdesk import text


def joined(pasted: str, limit: int = 10_000) -> str:
    """Pasted text as one line: its lines joined by a blank, made safe."""
    lines = (line.strip() for line in pasted[:limit].splitlines())
    return text.clean(" ".join(line for line in lines if line), limit=limit)


class EditLine:
    """What the officer is typing. `caret` is a position between characters; a letter and its marks move as one."""

    def __init__(self, words: str = "", limit: int = 200) -> None:
        self.text = words
        self.caret = len(words)
        self.limit = limit
        self._start = 0

    def insert(self, words: str) -> bool:
        """Puts characters at the caret. False: not all of them fit within the limit."""
        taken = words[: max(self.limit - len(self.text), 0)]
        self.text = self.text[: self.caret] + taken + self.text[self.caret :]
        self.caret += len(taken)
        return taken == words

    def press(self, key: str) -> bool:
        """Does what an editing key does. False: it isn't one."""
        match key:
            case "left":
                self.caret = self._left()
            case "right":
                self.caret = self._right()
            case "home" | "ctrl+a":
                self.caret = 0
            case "end" | "ctrl+e":
                self.caret = len(self.text)
            case "backspace":
                self._cut(self._left(), self.caret)
            case "delete" | "ctrl+d":
                self._cut(self.caret, self._right())
            case "ctrl+u":
                self._cut(0, self.caret)
            case "ctrl+k":
                self._cut(self.caret, len(self.text))
            case "ctrl+w":
                head = self.text[: self.caret].rstrip()
                self._cut(head.rfind(" ") + 1, self.caret)
            case _:
                return False
        return True

    def _left(self) -> int:
        place = max(self.caret - 1, 0)
        while place and unicodedata.combining(self.text[place]):
            place -= 1
        return place

    def _right(self) -> int:
        place = min(self.caret + 1, len(self.text))
        while place < len(self.text) and unicodedata.combining(self.text[place]):
            place += 1
        return place

    def _cut(self, start: int, end: int) -> None:
        self.text = self.text[:start] + self.text[end:]
        self.caret = start

    def window(self, width: int) -> tuple[str, str, str]:
        """What is in sight in so many cells, safe to show: before the caret, under it (a blank at the end), after."""
        under = text.clean(self.text[self.caret : self._right()])
        if not 0 < text.cells(under) <= width:
            under = " "
        room = width - text.cells(under)
        first, used = self.caret, 0
        while first and (step := _cells(self.text[first - 1])) <= room - used:
            first, used = first - 1, used + step
        self._start = min(max(self._start, first), self.caret)
        before = text.clean(self.text[self._start : self.caret])
        room = max(room - text.cells(before), 0)
        start = end = self._right()
        used = 0
        while end < len(self.text) and (step := _cells(self.text[end])) <= room - used:
            end, used = end + 1, used + step
        return before, under, text.fit(text.clean(self.text[start:end]), room)


def _cells(char: str) -> int:
    return text.cells(text.clean(char))
