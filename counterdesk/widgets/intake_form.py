"""The case panel: the steps of the intake, and the fields of the current one."""

from __future__ import annotations

from dataclasses import replace

from textual import events

from counterdesk.formats.wedge import Code
from counterdesk.quiet import quiet
from counterdesk.widgets.base import Drawn, FromPanel, Row, bottom_of, framed, top_of
from counterdesk.widgets.burst import Burst, FieldKey
from counterdesk.widgets.edit_line import joined
from counterdesk.widgets.field_editor import CAPTURED, FieldEditor
from counterdesk.widgets.field_lines import below_active, detail_rows, field_row, heading_row, label_width, steps_row
from counterdesk.widgets.values import FieldView, FormView

EMPTY = FormView("", "", "", (), ())


@quiet
class _FormMessage(FromPanel):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id


_QUESTIONS = frozenset("?？")


class IntakeForm(Drawn, can_focus=True):
    """A form in which one line is being edited. It draws and edits itself: no widget a field, no layout.

    Enter and Tab commit and go to the next field, Down and Up go without wrapping; nothing here ever submits a case.
    """

    DEFAULT_CSS = "IntakeForm { height: 1fr; }"

    class Committed(_FormMessage):
        """A field was left with another text than it had. For choices the text is the choice's id."""

        def __init__(self, form_id: str, key: str, words: str) -> None:
            super().__init__(form_id)
            self.key = key
            self.text = words

    class Typing(_FormMessage):
        """The officer changed what stands in the active field; it is not committed yet."""

        def __init__(self, form_id: str, key: str, words: str) -> None:
            super().__init__(form_id)
            self.key = key
            self.text = words

    class Scanned(_FormMessage):
        """A reader typed this line. The fields that it ran through stand as they did before."""

        def __init__(self, form_id: str, key: str, words: str) -> None:
            super().__init__(form_id)
            self.key = key
            self.text = words

    class Moved(_FormMessage):
        """Another field has the cursor."""

        def __init__(self, form_id: str, key: str) -> None:
            super().__init__(form_id)
            self.key = key

    class Blocked(_FormMessage):
        """A choice was tried that can't be taken now, for this reason."""

        def __init__(self, form_id: str, key: str, reason: str) -> None:
            super().__init__(form_id)
            self.key = key
            self.reason = reason

    class RevealRequested(_FormMessage):
        """The officer moves in a masked text: he wants to see it."""

        def __init__(self, form_id: str, key: str) -> None:
            super().__init__(form_id)
            self.key = key

    class Cut(_FormMessage):
        """What was typed or pasted is longer than the field's limit and was cut."""

        def __init__(self, form_id: str, key: str, limit: int) -> None:
            super().__init__(form_id)
            self.key = key
            self.limit = limit

    class StepRequested(_FormMessage):
        """PgUp (-1) or PgDn (+1): another step of the intake is wanted. To be answered by `resume`."""

        def __init__(self, form_id: str, delta: int) -> None:
            super().__init__(form_id)
            self.delta = delta

    class EndReached(_FormMessage):
        """Enter or Tab on the last field. To be answered by `resume`."""

    class Inquired(FromPanel):
        """Whoever sits there is to be asked about the active field, or to show it."""

        def __init__(self, form_id: str, key: str) -> None:
            super().__init__()
            self.form_id = form_id
            self.key = key

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
        asking: bool = False,
    ) -> None:
        """asking: a question mark in a field in which nothing is being typed asks about it."""
        super().__init__(id=id, classes=classes)
        self._asking = asking
        self.view = EMPTY
        self._editor: FieldEditor | None = None
        self._sent: dict[str, tuple[FieldView, str]] = {}
        self._top = 0
        self._caret: tuple[int, int] | None = None
        # Keys that came after the form asked for another step belong to what is shown next: a scanner, fast fingers or
        # a slow line send them before the answer is here.
        self._asked = False
        self._waiting: list[tuple[str, str | None, float]] = []
        self._burst = Burst()

    # what is shown

    @property
    def active(self) -> str:
        """The key of the field that has the cursor, "" where no field can have it."""
        return self._editor.field.key if self._editor else ""

    @property
    def touched(self) -> bool:
        """Whether the officer has changed the active field since it was last committed or taken over."""
        return self._editor is not None and self._editor.touched

    @property
    def hidden(self) -> bool:
        """Whether the active field's text is masked."""
        return self._editor is not None and self._editor.hidden

    def show(self, view: FormView) -> None:
        """Shows this from now on. What the officer is typing stays; another id commits it and starts anew."""
        if view == self.view:
            return
        if view.id != self.view.id:
            self.commit()
            self._sent.clear()
            self.view, self._top = view, 0
            self._activate(view.at if self._find(view.at) else self._first_open(), announce=False)
        else:
            self._sent = {k: v for k, v in self._sent.items() if v[0] in view.fields}
            gone = self.active
            after = self._editable(from_key=gone) if gone else []
            self.view = view
            field = self._find(gone)
            if field is not None and field.kind != "fixed" and self._editor is not None:
                self._editor.update(self._pending(field))
            else:
                self._activate(next((key for key in after if self._find(key)), self._first_open()))
        self.sync()

    def go_to(self, key: str) -> bool:
        """Commits the active field and puts the cursor on this one. False: it isn't shown or can't be edited."""
        if key not in self._editable():
            return False
        self.commit()
        self._activate(key)
        self.sync()
        return True

    def commit(self) -> None:
        """Sends what was typed into the active field, where it differs from what stood there."""
        if (message := self.take()) is not None:
            self.post_message(message)

    def take(self) -> Committed | None:
        """The same, but hands the message to the caller instead of sending it: a posted message bubbles through every
        container and arrives after what the caller does next."""
        editor = self._editor
        if editor is None or not editor.touched:
            return None
        field, words = editor.field, editor.value()
        changed = words != field.text
        editor.begin(replace(field, text=words, shown="", masked=False) if changed else field)
        return self._committed(field, words) if changed else None

    def _committed(self, field: FieldView, words: str) -> Committed:
        # Until the desk says something new about the field, it is shown with what was sent.
        self._sent[field.key] = (self._find(field.key) or field, words)
        self._burst.committed(FieldKey(self.view.id, field.key), field.text)
        return self.Committed(self.view.id, field.key, words)

    def _send(self, field: FieldView, words: str) -> None:
        self.post_message(self._committed(field, words))

    def _pending(self, field: FieldView) -> FieldView:
        sent = self._sent.get(field.key)
        return replace(field, text=sent[1], shown="", masked=False) if sent and sent[1] != field.text else field

    def _find(self, key: str) -> FieldView | None:
        return next((field for field in self.view.fields if key and field.key == key), None)

    def _editable(self, from_key: str = "") -> list[str]:
        keys = [field.key for field in self.view.fields if field.kind != "fixed"]
        return keys[keys.index(from_key) :] if from_key in keys else keys

    def _first_open(self) -> str:
        fields = [field for field in self.view.fields if field.kind != "fixed"]
        wanting = [field for field in fields if field.mark in ("open", "error")]
        return next((field.key for field in (wanting or fields)), "")

    def _activate(self, key: str, announce: bool = True) -> None:
        field = self._find(key)
        moved = key != self.active
        self._editor = FieldEditor(self._pending(field)) if field is not None and field.kind != "fixed" else None
        if moved and announce:
            self.post_message(self.Moved(self.view.id, key))

    # drawing

    def rows(self, width: int, height: int) -> list[Row]:
        """The frame, the steps, and the fields that are in sight."""
        if width < 24 or height < 4:
            return []
        inner = width - 2
        label = label_width(self.view, inner)
        body: list[Row] = []
        over: list[Row] = []
        details: list[Row] = []
        first = caret_row = 0
        caret_column: int | None = None
        for field in self.view.fields:
            start = len(body)
            if field.heading:
                body.append(heading_row(field.heading, inner))
            editor = self._editor if self._editor and field.key == self._editor.field.key else None
            shown = editor.field if editor else self._pending(field)
            row, column, note_fits = field_row(shown, editor, inner, self.has_focus, label)
            body.append(row)
            if editor:
                over = below_active(editor, inner, not note_fits, label)
                details = detail_rows(editor, inner)
                # a heading comes into sight with its field
                first, caret_row, caret_column = start, start + bool(field.heading), column
        # What belongs to the active field lies over the lines below it, so that no line ever moves.
        body[caret_row + 1 : caret_row + 1 + len(over)] = over
        last = caret_row + len(over)
        # Its details stand at the bottom and leave at least half of the form to the fields.
        details = details[: (height - 3) // 2]
        room = height - 3 - len(details)
        self._top = max(min(self._top, first, len(body) - room), 0, last - room + 1)
        self._top = min(self._top, caret_row)
        self._caret = None if caret_column is None else (1 + caret_column, 2 + caret_row - self._top)
        below = len(body) - self._top - room
        note = [self.view.note, f"↑{self._top}" if self._top else "", f"↓{below}" if below > 0 else ""]
        seen = body[self._top : self._top + room]
        seen += [((" " * inner, ""),)] * (room - len(seen)) + details
        return [
            top_of(self.view.title, " ".join(filter(None, note)), width, self.has_focus),
            framed(steps_row(self.view.steps, inner)),
            *map(framed, seen),
            bottom_of(width),
        ]

    def caret(self) -> tuple[int, int] | None:
        """Where the next typed character goes."""
        return self._caret

    # keys

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Characters are typed into the active field."""
        return character is not None and character.isprintable()

    def on_key(self, event: events.Key) -> None:
        """Moving, picking, typing."""
        if self._asked:
            self._waiting.append((event.key, event.character, event.time))
        elif not self._handle(event.key, event.character, event.time):
            return
        event.stop()
        event.prevent_default()
        self.sync()

    def _handle(self, key: str, character: str | None, time: float) -> bool:
        if self._asking and character in _QUESTIONS and not self.touched and self.active:
            self.post_message(self.Inquired(self.view.id, self.active))
            return True
        if character is not None and character.isprintable():
            self._read(character, time)
        elif key in ("enter", "tab") and self._scanned():
            return True
        else:
            self._burst.end()
        return self._navigate(key) or self._edit(key, character)

    def _read(self, words: str, time: float) -> None:
        editor = self._editor
        if editor is not None:
            held = editor.line.text if editor.field.kind == "text" and editor.touched else ""
            self._burst.add(words, time, FieldKey(self.view.id, editor.field.key), held)

    def _scanned(self) -> bool:
        """Whether a reader's line ends here that is not simply the text of this field. Then all is as it was before."""
        burst, editor = self._burst, self._editor
        reading = burst.reading()
        if editor is None or reading is None:
            return False
        here = FieldKey(self.view.id, editor.field.key)
        plain = here == burst.began and editor.field.kind == "text" and editor.line.text == burst.text
        if plain and isinstance(reading, Code):
            return False
        line, began, held, before = burst.text, burst.began, burst.held, burst.before
        burst.end()
        for place, words in reversed(before.items()):
            self._sent.pop(place.key, None)
            self.post_message(self.Committed(place.form, place.key, words))
        self._activate(began.key if began.form == self.view.id and self._find(began.key) else here.key)
        if held and self._editor is not None and self.active == began.key:
            self._editor.insert(held)
        self.post_message(self.Scanned(began.form, began.key, line))
        return True

    def restore(self, key: str) -> None:
        """Shows a field as the desk says it is: what was sent of it went elsewhere."""
        if self._sent.pop(key, None) is not None and not self.touched:
            self._activate(self.active, announce=False)
        self.sync()

    def resume(self) -> None:
        """The request for another step is answered, by `show` or by nothing: the keys that waited go on."""
        self._asked = False
        while self._waiting and not self._asked:
            if self.has_focus:
                self._handle(*self._waiting.pop(0))
            else:
                self._waiting.clear()
        self.sync()

    def _ask(self, message: StepRequested | EndReached) -> None:
        self._asked = True
        self.post_message(message)

    def _navigate(self, key: str) -> bool:
        match key:
            case "enter" | "tab":
                self._enter(key)
            case "down":
                self._leave(1)
            case "up" | "shift+tab":
                self._leave(-1)
            case "pageup" | "pagedown":
                self.commit()
                self._ask(self.StepRequested(self.view.id, -1 if key == "pageup" else 1))
            case _:
                return False
        return True

    def _enter(self, key: str) -> None:
        editor = self._editor
        if editor is not None and key == "enter":
            if editor.field.kind == "capture" and not editor.field.text:
                self._send(editor.field, CAPTURED)
            elif editor.field.kind == "choice" and editor.line.text and not editor.matches:
                return  # nothing fits what was typed: stay
            elif self._refused():
                return
        if not self._leave(1):
            self._ask(self.EndReached(self.view.id))

    def _refused(self) -> bool:
        editor = self._editor
        choice = editor.highlighted if editor and editor.touched else None
        if editor is None or choice is None or not choice.blocked:
            return False
        self.post_message(self.Blocked(self.view.id, editor.field.key, choice.blocked))
        return True

    def _leave(self, step: int) -> bool:
        """Commits, and goes to the next or previous field. False: there is none."""
        self.commit()
        keys = self._editable()
        if self.active not in keys:
            return False
        goal = keys.index(self.active) + step
        if not 0 <= goal < len(keys):
            # at the ends the field stays, but shows what was just sent
            self._activate(self.active)
            return False
        self._activate(keys[goal])
        return True

    def _edit(self, key: str, character: str | None) -> bool:
        editor = self._editor
        if editor is None:
            return False
        if character is not None and character.isprintable():
            self._type(editor, character)
            return True
        if editor.field.kind == "choice" and key in ("left", "right"):
            editor.turn(-1 if key == "left" else 1)
        elif editor.field.kind != "text" and key in ("delete", "backspace") and not editor.line.text:
            if editor.field.text:  # takes a choice or a capture back
                self._send(editor.field, "")
                self._activate(editor.field.key)
            return True
        elif editor.hidden and key in ("left", "right", "home", "end"):
            self.post_message(self.RevealRequested(self.view.id, editor.field.key))
        else:
            before = editor.line.text
            if not editor.press(key):
                return False
            if editor.line.text != before:
                self._announce_typing(editor)
        return True

    def _type(self, editor: FieldEditor, character: str) -> None:
        kind = editor.field.kind
        if kind == "capture":
            if character == CAPTURED:
                self._enter("enter")
            return
        if kind == "choice" and character.isdigit() and editor.taken_by(character):
            if not self._refused() and not self._leave(1):
                self._ask(self.EndReached(self.view.id))
            return
        if not editor.insert(character):
            self.post_message(self.Cut(self.view.id, editor.field.key, editor.line.limit))
        self._announce_typing(editor)

    def _announce_typing(self, editor: FieldEditor) -> None:
        if editor.field.kind == "text":
            self.post_message(self.Typing(self.view.id, editor.field.key, editor.line.text))

    def on_paste(self, event: events.Paste) -> None:
        """Pasted lines become one; a paste never leaves the field."""
        event.stop()
        editor = self._editor
        if editor is None or editor.field.kind not in ("text", "choice"):
            return
        if words := joined(event.text):
            self._read(words, event.time)
            if not editor.insert(words):
                self.post_message(self.Cut(self.view.id, editor.field.key, editor.line.limit))
            self._announce_typing(editor)
            self.sync()

    def focus_changed(self) -> None:
        """What was typed is committed when the focus goes elsewhere."""
        if not self.has_focus:
            self.commit()
