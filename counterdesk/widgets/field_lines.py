"""How the fields of the form are drawn."""

from __future__ import annotations

from counterdesk import text
from counterdesk.widgets.base import Row, Span, fitted
from counterdesk.widgets.field_editor import FieldEditor
from counterdesk.widgets.values import Choice, FieldView, FormView, StepView

LABEL = 16
AROUND = 4
"""What a line holds beside label and value: cursor mark, blank, mark, blank."""
SHORT = 22
"""What a form with wide labels keeps for values and notes."""
AREA = 20
"""The least width that shows where to type."""
CHOICE_LINES = 3
DETAIL_LINES = 2
"""A detail is two lines long at most: what it says stands at its beginning."""
CHOICES_READ = 9
"""So many choices are read one by one, a line each; of more, an officer types what he looks for."""

MARKS: dict[str, tuple[str, str]] = {
    "": (" ", ""),
    "done": ("✓", "ok"),
    "open": ("○", "ask"),
    "error": ("✗", "block"),
    "computed": ("=", "dim"),
    "optional": ("-", "dim"),
}
STEPS: dict[str, tuple[str, str]] = {
    "done": ("✓", "ok"),
    "current": ("●", "strong"),
    "open": ("○", "dim"),
    "problem": ("✗", "block"),
}


def steps_row(steps: tuple[StepView, ...], width: int) -> Row:
    """The steps on one line; where they don't fit, only the current one keeps its name."""
    names = [text.clean(step.label) for step in steps]
    if sum(text.cells(name) + 3 for name in names) > width:
        names = [name if step.state == "current" else "" for name, step in zip(names, steps, strict=True)]
    spans: list[Span] = [(" ", "")]
    room = width - 1
    for step, name in zip(steps, names, strict=True):
        mark, style = STEPS[step.state]
        words = text.fit(mark + name, min(text.cells(mark + name), room))
        spans.append((words, style))
        room -= text.cells(words)
        gap = min(2, room)
        spans.append((" " * gap, ""))
        room -= gap
    return (*spans, (" " * room, ""))


def heading_row(heading: str, width: int) -> Row:
    """The name of a group of fields, with a rule after it."""
    name = text.clean(heading)
    name = text.fit(name, min(text.cells(name), width - 2))
    return ((" ", ""), (name, "strong"), (" ", ""), ("─" * (width - 2 - text.cells(name)), "dim"))


def _shown(field: FieldView) -> str:
    if field.kind == "capture":
        return "☑" if field.text else "☐"
    if field.shown:
        return text.clean(field.shown)
    if field.kind == "choice":
        return next((text.clean(c.label) for c in field.choices if c.id == field.text), text.clean(field.text))
    return text.clean(field.text)


def label_width(view: FormView, width: int) -> int:
    """How many cells labels take in a form."""
    if not view.wide:
        return LABEL
    longest = max((text.cells(text.clean(field.label)) for field in view.fields), default=LABEL)
    return max(LABEL, min(longest, width - AROUND - SHORT))


def field_row(
    field: FieldView, editor: FieldEditor | None, width: int, focused: bool, least: int = LABEL
) -> tuple[Row, int | None, bool]:
    """A field's line; the caret's column in it where it is being edited; whether its note fits on it. least: how many
    cells the label takes at least."""
    mark, mark_style = MARKS[field.mark]
    label = _label(field, editor, width, least)
    spans: list[Span] = [
        ("›" if editor else " ", "here"),
        (text.fit(text.clean(field.label), label), ""),
        (" ", ""),
        (mark, mark_style),
        (" ", ""),
    ]
    start = label + AROUND
    room = width - start
    caret: int | None = None
    if editor is None or field.kind == "capture":
        value = _shown(field)
        value = value if text.cells(value) <= room else text.fit(value, room)
        style = "caret" if editor and focused else "dim" if field.kind == "fixed" else ""
        spans.append((value, style))
        room -= text.cells(value)
        caret = start if editor else None
    else:
        area, at = _area(field, editor, room, focused)
        caret = start + at
        spans.extend(area)
        room -= sum(text.cells(words) for words, _ in area)
    note = text.clean(field.note)
    note_fits = text.cells(note) + 2 <= room
    if note and (note_fits or editor is None) and room > 4:
        spans.append(("  ", ""))
        note = note if note_fits else text.fit(note, room - 2)
        spans.append((note, field.note_style))
        room -= text.cells(note) + 2
    return (*spans, (" " * room, "")), caret, note_fits or not note


def _label(field: FieldView, editor: FieldEditor | None, width: int, least: int) -> int:
    """How many cells the label takes: under the cursor as many as it needs, where all choices still stand beside it."""
    if editor is None or field.kind != "choice" or text.cells(text.clean(field.label)) <= least:
        return least
    side = side_by_side(editor, width - least - AROUND, False)
    if side is None:
        return least
    free = width - least - AROUND - sum(text.cells(words) for words, _ in side)
    return least + min(free, text.cells(text.clean(field.label)) - least)


def _area(field: FieldView, editor: FieldEditor, room: int, focused: bool) -> tuple[list[Span], int]:
    """The place to type: the text with its caret, or the choices side by side, or the one of many that is picked."""
    if (side := side_by_side(editor, room, focused)) is not None:
        return side, 0
    if field.kind == "choice" and not editor.line.text:
        label = text.clean(editor.highlighted.label) if editor.highlighted else ""
        size = min(max(AREA, text.cells(label)), room)
        shown = text.fit(label, size)
        if not focused:
            return [(shown, "field")], 0
        under = shown[:1]
        return [(under, "caret"), (shown[1:], "field")], 0
    if editor.hidden:
        shown = text.fit(text.clean(field.shown), min(max(AREA, text.cells(field.shown) + 1), room))
        return [(shown[:1], "caret" if focused else "field"), (shown[1:], "field")], 0
    wanted = max(AREA if not field.note else 0, text.cells(editor.line.text) + 1)
    before, under, after = editor.line.window(min(wanted, room))
    spans = [(before, "field"), (under, "caret" if focused else "field"), (after, "field")]
    return [span for span in spans if span[0]], text.cells(before)


def below_active(editor: FieldEditor, width: int, with_note: bool, label: int = LABEL) -> list[Row]:
    """The lines under the active field: its whole name and the problem where they didn't fit on the line, and the
    choices."""
    rows: list[Row] = []
    name = text.clean(editor.field.label)
    if text.cells(name) > _label(editor.field, editor, width, label) and not editor.field.details:
        rows.append((("  │ ", "dim"), *fitted(name, width - 4, "dim")))
    if with_note and not editor.field.details:
        for line in text.wrap(editor.field.note, width - 5)[:2]:
            rows.append((("  │ ", "dim"), *fitted(line, width - 4, editor.field.note_style)))
    if editor.field.kind == "choice" and side_by_side(editor, width - label - AROUND, True) is None:
        rows.extend(_choice_rows(editor, width))
    return rows


def detail_rows(editor: FieldEditor, width: int) -> list[Row]:
    """What is to be read about the active field: a block of its own under the field's whole name and its note."""
    field = editor.field
    if not field.details:
        return []
    rows = [heading_row(f"{field.label} {field.note}".strip(), width)]
    for detail in field.details:
        for line in text.wrap(detail, width - 3)[:DETAIL_LINES]:
            rows.append((("  ", ""), *fitted(line, width - 2, "dim")))
    return rows


def _choice_words(choice: Choice) -> str:
    mark = "✗" if choice.blocked else " " if choice.digit else ""
    return f"{choice.digit}{mark}{text.clean(choice.label)}"


def side_by_side(editor: FieldEditor, room: int, focused: bool) -> list[Span] | None:
    """All choices on the field's own line; None where they don't fit, or some of them were asked for by typing."""
    if editor.field.kind != "choice" or editor.line.text:
        return None
    spans: list[Span] = []
    for index, choice in enumerate(editor.matches):
        words = _choice_words(choice)
        picked = ("pick" if focused else "here") if index == editor.picked else "dim" if choice.blocked else ""
        spans += [(words, picked), ("  ", "")]
    spans = spans[:-1]
    return spans if spans and sum(text.cells(words) for words, _ in spans) <= room else None


def _choice_rows(editor: FieldEditor, width: int) -> list[Row]:
    matches = editor.matches
    if not matches:
        return [((text.fit("  │ ✗", width), "warn"),)]
    lines, fitting = _flow(editor, 0, width, CHOICE_LINES)
    if fitting < len(matches) <= CHOICES_READ:
        return [_choice_line(choice, index == editor.picked, width) for index, choice in enumerate(matches)]
    if fitting < len(matches):
        # Nobody reads through fifty choices: one line shows that typing narrows them. The highlighted one is on it.
        lines, fitting = _flow(editor, 0, width, 1)
        if editor.picked >= fitting:
            lines, _ = _flow(editor, editor.picked, width, 1)
    return lines


def _choice_line(choice: Choice, picked: bool, width: int) -> Row:
    """One choice with its note on a line of its own."""
    room = width - 4
    words = text.fit(_choice_words(choice), min(text.cells(_choice_words(choice)), room))
    style = "pick" if picked else "dim" if choice.blocked else ""
    note = text.clean(choice.blocked or choice.note)
    rest = room - text.cells(words)
    aside = text.fit(f"  {note}" if note else "", rest)
    return (("  │ ", "dim"), (words, style), (aside, "warn" if choice.blocked else "dim"))


def _flow(editor: FieldEditor, start: int, width: int, limit: int) -> tuple[list[Row], int]:
    """Choices side by side from `start` on, on so many lines, and the index after the last that fits."""
    matches = editor.matches
    rows: list[Row] = []
    spans: list[Span] = []
    room = width - 4
    index = start

    def close() -> None:
        rows.append((("  │ ", "dim"), *spans, (" " * room, "")))

    while index < len(matches):
        choice = matches[index]
        words = _choice_words(choice)
        last_line = len(rows) == limit - 1
        keep = 6 if last_line and index < len(matches) - 1 else 0  # for how many more there are
        size = text.cells(words) + 2
        if spans and size > room - keep:
            if last_line:
                break
            close()
            spans, room = [], width - 4
            continue
        words = words if size <= room else text.fit(words, max(room - 2, 1))
        style = "pick" if index == editor.picked else "dim" if choice.blocked else ""
        spans += [(words, style), ("  ", "")]
        room -= text.cells(words) + 2
        index += 1
    if index < len(matches):
        more = text.fit(f"+{len(matches) - index}", min(5, room))
        spans.append((more, "dim"))
        room -= text.cells(more)
    close()
    return rows, index
