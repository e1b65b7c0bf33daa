"""The policy library on the screen: what to search, the passages behind a prompt, what changed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from counterdesk.catalog.assess import PromptState
from counterdesk.catalog.changes import Change
from counterdesk.catalog.library import Entry, Hit, Library, Passage
from counterdesk.catalog.model import Dated, Prompt, Text
from counterdesk.catalog.pinyin import fold
from counterdesk.catalog.sentences import Labels, reasons
from counterdesk.screens.views.checklist import prompt_text
from counterdesk.screens.views.scene import Scene
from counterdesk.text import cells, clean, fit, wrap
from counterdesk.widgets.values import Cell, Choice, ChooserView, Line, PanelView, Style

SEARCH = "policy"
"""The id of the search as a question."""
CHANGES, KNOWN = "changes", "known"
"""Choices of the search that are no passages."""
_STYLE: dict[str, Style] = {"BLOCK": "block", "WARN": "warn", "INFO": "", "TIP": "dim"}
_SIGN: dict[str, tuple[str, Style]] = {
    "added": ("+", "ok"),
    "begun": ("+", "ok"),
    "changed": ("~", "warn"),
    "removed": ("-", "block"),
    "ended": ("-", "block"),
}
_ASIDE = 6
"""Characters of a line that stand before the word that was searched, where no clause begins nearby."""
_CLAUSE = re.compile(r"[,。;:、(),.;: ][^,。;:、(),.;: ]{0,12}$")


# What to search.


def search_view(scene: Scene, choices: tuple[Choice, ...]) -> ChooserView:
    """The search as a question."""
    words = scene.words
    return ChooserView(
        SEARCH, words("policy.title"), words("policy.search"), choices, typed=True, empty=words("policy.none")
    )


def search_choices(
    scene: Scene, library: Library, text: str, changed: tuple[Change, ...], *, told: bool, width: int
) -> tuple[Choice, ...]:
    """What a typed text finds; before anything is typed what changed, then what the case at hand is about.

    told: the officer has seen the changes. width: of the panel. No choice has a digit: digits are searched.
    """
    if text.strip():
        return tuple(_found(scene, hit, text, width) for hit in library.search(text, scene.language))
    words = scene.words
    choices: list[Choice] = []
    if changed:
        note = words("policy.seen") if told else ""
        choices.append(Choice(CHANGES, words("policy.changes", count=len(changed)), "", note))
        if not told:
            choices.append(Choice(KNOWN, words("policy.known")))
    here = scene.file.service if scene.file is not None else ""
    passages = [p for p in library.passages if p.kind == "service"]
    if (own := library.find(f"service:{here}")) is not None:
        behind = {
            found.id: found
            for prompt in scene.index.service(here).prompts
            for found in library.of_prompt(here, prompt.id)
        }
        passages = [own, *behind.values(), *(p for p in passages if p is not own)]
    return (*choices, *(Choice(p.id, scene.pick(p.name)) for p in passages))


def _found(scene: Scene, hit: Hit, text: str, width: int) -> Choice:
    """A passage, and what of it holds the first word; a long title leaves it room."""
    title = clean(scene.pick(hit.passage.name))
    if not hit.line:
        return Choice(hit.passage.id, title)
    half = max((width - 8) // 2, 12)
    title = fit(title, half).rstrip() if cells(title) > half else title
    at = min((place for word in fold(text).split() if (place := fold(hit.line).find(word)) >= 0), default=0)
    clause = _CLAUSE.search(hit.line[:at])
    start = clause.start() + 1 if clause is not None else at - _ASIDE
    line = hit.line if at <= 2 * _ASIDE else "…" + hit.line[start:]
    return Choice(hit.passage.id, title, "", line)


# Pages. A line's id says what Enter opens: "passage:<id>", "prompt:<service>:<id>"; "at:<n>" only holds the cursor.


def prompt_page(scene: Scene, library: Library, service: str, prompt_id: str, width: int) -> PanelView:
    """One prompt with everything behind it."""
    words, inner = scene.words, max(width - 4, 20)
    entry = library.prompt(service, prompt_id)
    if entry is None or not isinstance(entry.item, Prompt):
        return PanelView(words("policy.title"), (Line((Cell(words("policy.gone"), "dim", -1),)),))
    prompt = entry.item
    state = _state(scene, service, prompt_id)
    name = scene.service_name(service) if service else words("policy.shared")
    lines = [_head(f"{words(f'policy.level.{prompt.level}')} · {name}", f"passage:service:{service}")]
    text = prompt_text(scene, state) if state is not None and state.params else library.text(entry, scene.language)
    lines += _rows(text, inner, _STYLE[prompt.level] or "strong")
    if prompt.stage == "closing":
        lines += _rows(words("policy.closing"), inner, "dim")
    say = library.speech(service, scene.language)
    lines += _named(words("policy.when"), say.when(prompt.when), inner)
    if state is not None:
        lines += _now(scene, state, say.labels, inner)
    lines += _standing(scene, prompt.confidence, prompt, inner)
    number = 0
    for passage in library.of_prompt(service, prompt_id):
        lines.append(_head(words("policy.basis")))
        rows = _rows(scene.pick(passage.name), inner)
        lines += [Line(rows[0].cells, f"passage:{passage.id}"), *rows[1:]]
        lines += _standing(scene, passage.confidence, passage, inner, quiet=True)
        others = [other for other in passage.entries if other.item is not prompt]
        if others:
            lines.append(_head(words("policy.others")))
            lines += _entries(scene, library, others, inner, number, conditions=False)
            number += len(others)
    return PanelView(f"{words('policy.title')} {prompt_id}", tuple(lines), words("policy.leave"))


def passage_page(scene: Scene, library: Library, passage: Passage, width: int) -> PanelView:
    """One passage with all its texts."""
    words, inner = scene.words, max(width - 4, 20)
    lines = _rows(scene.pick(passage.name), inner, "strong")
    if passage.kind == "basis":
        lines += _standing(scene, passage.confidence, passage, inner, quiet=True)
    else:
        category = scene.index.service(passage.id.partition(":")[2]).category
        names = {one.id: scene.pick(one.name) for one in scene.index.catalog.categories}
        lines += _rows(names.get(category, ""), inner, "dim")
    if not passage.entries:
        lines += _rows(words("policy.nothing"), inner, "dim")
    lines += _entries(scene, library, passage.entries, inner, 0, own=passage.kind == "service")
    return PanelView(f"{words('policy.title')} {scene.pick(passage.name)}", tuple(lines), words("policy.leave"))


def entry_line(passage: Passage, place: int) -> str:
    """The id of the line on which an entry of a passage begins."""
    if not 0 <= place < len(passage.entries):
        return ""
    entry = passage.entries[place]
    return f"prompt:{entry.service}:{entry.item.id}" if isinstance(entry.item, Prompt) else f"at:{place}"


def changes_page(scene: Scene, changed: Iterable[Change], width: int) -> PanelView:
    """What is not as it was, by service."""
    words, inner = scene.words, max(width - 4, 20)
    lines: list[Line] = []
    rows = list(changed)
    for number, change in enumerate(rows):
        if number == 0 or rows[number - 1].service != change.service:
            name = scene.service_name(change.service) if change.service else words("policy.shared")
            lines.append(_head(scene.pick(change.text) if change.what == "service" else name))
        sign, style = _SIGN[change.kind]
        what = f"{words(f'policy.change.{change.kind}')} {words(f'policy.what.{change.what}')}"
        if change.what == "service":
            what += " " + words("policy.rules", count=change.rules)
        known = change.what == "prompt" and change.kind in ("added", "begun", "changed")
        line_id = f"prompt:{change.service}:{change.id}" if known else f"at:{number}"
        lines.append(Line((Cell(f"{sign} ", style), Cell(what, style)), line_id))
        if change.what != "service":
            lines += _rows(_plain(scene, change.text), inner, indent=2)
        if change.before is not None:
            lines += _rows(words("policy.was", text=_plain(scene, change.before)), inner, "dim", indent=2)
    return PanelView(words("policy.changes", count=len(rows)), tuple(lines), words("policy.leave"))


def _plain(scene: Scene, text: Text) -> str:
    """A text with its places open."""
    parts = scene.pick(text).split("{")
    return parts[0] + "".join("…" + part.partition("}")[2] for part in parts[1:])


def _state(scene: Scene, service: str, prompt_id: str) -> PromptState | None:
    """How a prompt stands in the case at hand, if it is one of that case's service."""
    found = scene.assessment
    if found is None or scene.file is None or scene.file.service != service:
        return None
    return next((state for state in found.prompts if state.prompt.id == prompt_id), None)


def _now(scene: Scene, state: PromptState, labels: Labels, inner: int) -> list[Line]:
    """Whether it holds in the case at hand, and why, or what it waits for."""
    words = scene.words
    value = {True: "true", False: "false", None: "unknown"}[state.value]
    lines = _named(words("policy.now"), words(f"policy.value.{value}"), inner)
    if because := reasons(state.because, labels):
        lines += _named(words("policy.because"), because, inner)
    if state.value is None and state.missing:
        names = labels.pick(("、", ", ")).join(labels.name(name) for name in state.missing)
        lines += _named(words("policy.missing"), names, inner)
    return lines


def _standing(scene: Scene, confidence: str, dated: Dated | Passage, inner: int, *, quiet: bool = False) -> list[Line]:
    """How sure a claim is and when it holds; `quiet` leaves out what goes without saying."""
    words = scene.words
    lines: list[Line] = []
    if confidence == "illustrative":
        lines += _rows(words("policy.confidence.illustrative"), inner, "warn")
    elif not quiet or confidence != "sure":
        lines += _named(words("policy.sure"), words(f"policy.confidence.{confidence}"), inner)
    if span := _span(scene, dated):
        lines += _named(words("policy.span"), span, inner)
    return lines


def _span(scene: Scene, dated: Dated | Passage) -> str:
    """The days on which it is the law; "" where it always is."""
    first, last = dated.effective_from, dated.effective_to
    parts = [scene.words("policy.from", day=first.isoformat())] if first else []
    parts += [scene.words("policy.until", day=last.isoformat())] if last else []
    return " ".join(parts)


def _entries(
    scene: Scene,
    library: Library,
    entries: Iterable[Entry],
    inner: int,
    number: int,
    *,
    own: bool = False,
    conditions: bool = True,
) -> list[Line]:
    """Texts under the service, or in the service's own passage under the kind, that they belong to."""
    language = scene.language
    lines: list[Line] = []
    for _, group in groupby(entries, key=lambda entry: entry.kind if own else entry.service):
        rows = list(group)
        first = rows[0]
        service = scene.service_name(first.service) if first.service else scene.words("policy.shared")
        lines.append(_head(library.heading(first, language) or scene.words("policy.what.prompt") if own else service))
        for entry in rows:
            lines += _entry(scene, library, entry, inner, f"at:{number}", own=own, conditions=conditions)
            number += 1
    return lines


def _entry(
    scene: Scene, library: Library, entry: Entry, inner: int, line_id: str, *, own: bool, conditions: bool
) -> list[Line]:
    words, language, item = scene.words, scene.language, entry.item
    text = library.text(entry, language)
    if isinstance(item, Prompt):
        line_id = f"prompt:{entry.service}:{item.id}"
        text = f"{words(f'policy.level.{item.level}')} {text}"
    elif not own:
        text = f"{library.heading(entry, language)} {text}"
    if item.confidence == "illustrative":
        text += words("service.demonstration")
    rows = _rows(text, inner, indent=2)
    lines = [Line(rows[0].cells, line_id), *rows[1:]]
    if conditions:
        condition = library.condition(entry, language)
        if condition:
            lines += _rows(words("policy.if", condition=condition), inner, "dim", indent=4)
        if note := library.note(entry, language):
            lines += _rows(note, inner, "dim", indent=4)
    if isinstance(item, Dated) and (span := _span(scene, item)):
        lines += _rows(span, inner, "dim", indent=4)
    return lines


def _head(text: str, line_id: str = "") -> Line:
    return Line((Cell(text, "title", -1),), line_id)


def _rows(text: str, inner: int, style: Style = "", indent: int = 0) -> list[Line]:
    return [Line((Cell(" " * indent + row, style, -1),)) for row in wrap(text, max(inner - indent, 8))]


def _named(name: str, text: str, inner: int) -> list[Line]:
    """A text behind its name; the rest of it under its own beginning."""
    width = cells(name) + 2
    first, *rest = wrap(text, max(inner - width, 8))
    lines = [Line((Cell(name, "dim", width), Cell(first, "", -1)))]
    return lines + [Line((Cell("", "", width), Cell(row, "", -1))) for row in rest]
