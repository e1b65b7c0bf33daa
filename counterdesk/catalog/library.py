"""The policy library: the passages behind the catalogue, and full text over them.

A passage is one legal basis with everything that rests on it, or one service as it is offered. The same law and
article is one passage, however many services name it. A search is a plain scan over text that was prepared once for
each language: a character or two of Chinese are found wherever they stand, and nothing has to be kept in step.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final, Literal, NamedTuple

from .index import Index
from .model import Basis, Confidence, Fee, Limit, MaterialUse, Prompt, Service, Statement, Text, Variant
from .pinyin import fold
from .sentences import Language, told
from .tools.words import Speech

Kind = Literal["prompt", "fee", "limit", "who", "variant", "material", "result", "place", "kiosk", "app"]
Item = Prompt | Fee | Limit | Statement | Variant | MaterialUse

_SAID: Final[dict[str, tuple[str, str]]] = {
    "fee": ("费用", "fee"),
    "limit": ("期限", "time limit"),
    "material": ("材料", "material"),
    "variant": ("情形", "variant"),
    "result": ("结果", "result"),
    "place": ("办理地点", "where"),
    "kiosk": ("自助机", "kiosk"),
    "app": ("网上", "app"),
    "who": ("谁可以办", "who may apply"),
}
"""What an entry is called, and found by, where its text does not say."""
_DOUBT: Final[dict[Confidence, int]] = {"sure": 0, "likely": 1, "illustrative": 2}


class Entry(NamedTuple):
    """One text of a passage: what it is, and whose. A shared prompt belongs to the service ""."""

    kind: Kind
    service: str
    item: Item


class Passage(NamedTuple):
    """A legal basis or a service with its texts; `id` names it within one catalogue.

    confidence, effective_from, effective_to: of the basis; where services differ, the least sure and the first dates.
    """

    id: str
    kind: Literal["basis", "service"]
    name: Text
    entries: tuple[Entry, ...]
    confidence: Confidence = "sure"
    effective_from: date | None = None
    effective_to: date | None = None


class Hit(NamedTuple):
    """A passage that a search found. line: its text that holds the words, "" where its title does; entry: the place
    of that text among the entries, -1 for the title."""

    passage: Passage
    line: str
    entry: int


class _Prepared(NamedTuple):
    """A passage as it is searched in one language. Each line is (folded text, entry, text as shown)."""

    passage: Passage
    title: str
    body: str
    lines: tuple[tuple[str, int, str], ...]


class Library:
    """The passages of a catalogue. Everything is made on first use and kept."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._passages: tuple[Passage, ...] | None = None
        self._by_id: dict[str, Passage] = {}
        self._behind: dict[tuple[str, str], tuple[str, ...]] = {}
        self._prepared: dict[Language, tuple[_Prepared, ...]] = {}
        self._speech: dict[tuple[str, Language], Speech] = {}

    @property
    def passages(self) -> tuple[Passage, ...]:
        """All of them: services first, then legal bases, both in the order of the catalogue."""
        if self._passages is None:
            self._passages = (*self._services(), *self._bases())
            self._by_id = {passage.id: passage for passage in self._passages}
        return self._passages

    def passage(self, passage_id: str) -> Passage:
        """The passage with this id; KeyError if there is none."""
        assert self.passages is not None  # they make the table
        return self._by_id[passage_id]

    def find(self, passage_id: str) -> Passage | None:
        """The passage with this id, None if there is none."""
        assert self.passages is not None  # they make the table
        return self._by_id.get(passage_id)

    def of_prompt(self, service: str, prompt_id: str) -> tuple[Passage, ...]:
        """The passages behind a prompt of a service, its own or a shared one; none for a prompt that nobody knows."""
        assert self.passages is not None
        found = self._behind.get((service, prompt_id)) or self._behind.get(("", prompt_id), ())
        return tuple(self._by_id[passage] for passage in found)

    def prompt(self, service: str, prompt_id: str) -> Entry | None:
        """A prompt of a service, its own or a shared one."""
        own = self.index.service(service).prompts if service else ()
        for owner, prompts in ((service, own), ("", self.index.catalog.prompts)):
            for prompt in prompts:
                if prompt.id == prompt_id:
                    return Entry("prompt", owner, prompt)
        return None

    def speech(self, service: str, language: Language) -> Speech:
        """How the texts of a service are put into words; for shared ones any service has the labels."""
        key = (service or self.index.catalog.services[0].id, language)
        if key not in self._speech:
            self._speech[key] = Speech(self.index, *key)
        return self._speech[key]

    def text(self, entry: Entry, language: Language) -> str:
        """What an entry says, without its condition."""
        say, item = self.speech(entry.service, language), entry.item
        match item:
            case Prompt():
                return told(item.text, {}, say.labels)
            case Fee():
                return f"{say.text(item.item)} {say.pick(f'{item.amount}元', f'{item.amount} RMB')}"
            case Limit():
                return say.limit_days(item)
            case MaterialUse():
                optional = "" if item.necessity == "required" else say.pick(" 可选", ", optional")
                return say.pieces(item) + optional
            case Variant():
                return f"{item.code} {say.text(item.name)}"
            case Statement():
                return say.text(item.text)

    def heading(self, entry: Entry, language: Language) -> str:
        """What kind of text it is; "" for a prompt, which has a level instead."""
        pair = _SAID.get(entry.kind)
        return "" if pair is None else self.speech(entry.service, language).pick(*pair)

    def note(self, entry: Entry, language: Language) -> str:
        """What is said beside it: the note of a variant, of money or of a limit; how a material is checked."""
        say, item = self.speech(entry.service, language), entry.item
        if isinstance(item, MaterialUse):
            checked = item.check or self.index.material(item.code).check
            return say.pick(";", "; ").join(say.text(text) for text in (checked, item.note) if text is not None)
        note = item.note if isinstance(item, Variant | Fee | Limit) else None
        return "" if note is None else say.text(note)

    def condition(self, entry: Entry, language: Language) -> str:
        """When it holds, as a sentence; "" where it always does or says so itself."""
        when = "" if isinstance(entry.item, Statement) else entry.item.when
        return self.speech(entry.service, language).when(when) if when else ""

    def search(self, text: str, language: Language, limit: int = 30) -> tuple[Hit, ...]:
        """The passages that hold every word of the text, in one language.

        Args:
            text: words between blanks; characters anywhere in a passage, full-width forms and capitals alike.
            language: whose texts are searched.
            limit: how many at most.

        Returns:
            The best first: all words in the title, some there, all in the texts; within that the shorter passage.
            None for an empty text.
        """
        words = fold(text).split()
        if not words:
            return ()
        found: list[tuple[int, int, int, _Prepared]] = []
        for place, one in enumerate(self._prepare(language)):
            in_title = sum(word in one.title for word in words)
            if in_title == len(words):
                found.append((0, len(one.title), place, one))
            elif all(word in one.title or word in one.body for word in words):
                found.append((1 if in_title else 2, len(one.body), place, one))
        found.sort(key=lambda row: row[:3])
        return tuple(_hit(one, words) for *_, one in found[:limit])

    # How it is made.

    def _services(self) -> Iterator[Passage]:
        for service in self.index.catalog.services:
            if service.id not in self.index.catalog.disabled:
                yield Passage(f"service:{service.id}", "service", service.name, tuple(_entries(service)))

    def _bases(self) -> Iterator[Passage]:
        """A law and article that several services name is one basis, with the texts of all of them."""
        catalog = self.index.catalog
        bases: dict[str, list[Basis]] = {}
        entries: dict[str, list[Entry]] = {}
        owners: list[tuple[str, tuple[Basis, ...], list[Entry]]] = [
            ("", catalog.basis, [Entry("prompt", "", prompt) for prompt in catalog.prompts])
        ]
        for service in catalog.services:
            if service.id not in catalog.disabled:
                rows = [Entry("prompt", service.id, prompt) for prompt in service.prompts]
                rows += [Entry("fee", service.id, fee) for fee in service.fees]
                rows += [Entry("limit", service.id, limit) for limit in service.limits]
                owners.append((service.id, service.basis, rows))
        shared = {basis.id: basis for basis in catalog.basis}
        ids: dict[str, str] = {}
        for owner, own, rows in owners:
            known = shared | {basis.id: basis for basis in own}
            for basis in own:
                bases.setdefault(basis.name.zh, []).append(basis)
                ids.setdefault(basis.name.zh, f"basis:{len(ids)}")
            for entry in rows:
                assert isinstance(entry.item, Prompt | Fee | Limit)
                names = [known[name].name.zh for name in entry.item.basis if name in known]
                for name in dict.fromkeys(names):
                    entries.setdefault(name, []).append(entry)
                if isinstance(entry.item, Prompt):
                    self._behind[owner, entry.item.id] = tuple(ids[name] for name in dict.fromkeys(names))
        for name, same in bases.items():
            first = same[0]
            yield Passage(
                ids[name],
                "basis",
                first.name,
                tuple(entries.get(name, ())),
                max((basis.confidence for basis in same), key=_DOUBT.__getitem__),
                next((basis.effective_from for basis in same if basis.effective_from), None),
                next((basis.effective_to for basis in same if basis.effective_to), None),
            )

    def _prepare(self, language: Language) -> tuple[_Prepared, ...]:
        if language not in self._prepared:
            folded: dict[int, tuple[tuple[str, str], ...]] = {}  # an entry stands in the passages of all its bases
            self._prepared[language] = tuple(self._prepared_one(one, language, folded) for one in self.passages)
        return self._prepared[language]

    def _prepared_one(
        self, passage: Passage, language: Language, folded: dict[int, tuple[tuple[str, str], ...]]
    ) -> _Prepared:
        lines: list[tuple[str, int, str]] = []
        for place, entry in enumerate(passage.entries):
            known = folded.get(id(entry.item))
            if known is None:
                first = f"{self.heading(entry, language)} {self.text(entry, language)}".lstrip()
                texts = (first, self.condition(entry, language), self.note(entry, language))
                known = folded[id(entry.item)] = tuple((fold(text), text) for text in texts if text)
            lines += [(searched, place, text) for searched, text in known]
        title = passage.name.zh if language == "zh" else passage.name.en
        return _Prepared(passage, fold(title), "\n".join(line for line, _, _ in lines), tuple(lines))


def _entries(service: Service) -> Iterator[Entry]:
    """A service as it is offered, and every text of it that no legal basis would bring up."""
    name = service.id
    yield from (Entry("who", name, row) for row in service.who)
    yield from (Entry("variant", name, row) for row in service.variants)
    yield from (Entry("material", name, row) for row in service.materials)
    yield from (Entry("fee", name, row) for row in service.fees)
    yield from (Entry("limit", name, row) for row in service.limits)
    yield from (Entry("result", name, row) for row in service.results)
    yield from (Entry("place", name, row) for row in service.place)
    yield Entry("kiosk", name, service.kiosk)
    yield Entry("app", name, service.app)
    yield from (Entry("prompt", name, row) for row in service.prompts if not row.basis)


def _hit(one: _Prepared, words: list[str]) -> Hit:
    """The first line with the most of the words, unless the title has them all."""
    if all(word in one.title for word in words):
        return Hit(one.passage, "", -1)
    best = max(one.lines, key=lambda line: sum(word in line[0] for word in words))
    return Hit(one.passage, best[2], best[1])
