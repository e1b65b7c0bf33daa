"""Ways into the catalogue: by id, and by what an officer types to find a service."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

from .model import Basis, Catalog, Channel, Department, Fact, Group, Material, Option, Service, Violation
from .plan import Plan, make_plan

_MAX_QUERY: Final = 40


class _Name(NamedTuple):
    """One name of a service as it is searched: folded characters, each with its readings ("" of none: skipped)."""

    text: str
    readings: tuple[tuple[str, ...], ...]
    rank: int


class Index:
    """The catalogue with its tables by id. Plans are made on first use and kept."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._services = {service.id: service for service in catalog.services}
        self._groups = {group.id: group for group in catalog.groups}
        self._departments = {department.id: department for department in catalog.departments}
        self._channels = {channel.id: channel for channel in catalog.channels}
        self._materials = {material.code: material for material in catalog.materials}
        self._violations = {violation.code: violation for violation in catalog.violations}
        self._facts = {fact.key: fact for fact in catalog.facts}
        self._basis = {basis.id: basis for basis in catalog.basis}
        self._meanings = {fact: meaning for meaning in catalog.carry.same for fact in meaning.facts}
        self._plans: dict[str, Plan] = {}
        self._names: dict[str, tuple[_Name, ...]] = {}

    def service(self, service: str) -> Service:
        """The service with this id; KeyError if there is none."""
        return self._services[service]

    def fact(self, service: str, key: str) -> Fact:
        """The fact of a service: its own, else the shared one; KeyError if there is none."""
        own = {fact.key: fact for fact in self._services[service].facts}
        return own[key] if key in own else self._facts[key]

    def options(self, fact: Fact) -> tuple[Option, ...]:
        """The choices of an enum fact, its own or those of the shared list."""
        return fact.options or self.catalog.options.get(fact.options_from, ())

    def material(self, code: str) -> Material:
        """The material with this code; KeyError if there is none."""
        return self._materials[code]

    def channel(self, channel: str) -> Channel:
        """The channel with this id; KeyError if there is none."""
        return self._channels[channel]

    def department(self, department: str) -> Department:
        """The department with this id; KeyError if there is none."""
        return self._departments[department]

    def violation(self, code: str) -> Violation:
        """The row of the violations table with this code; KeyError if there is none."""
        return self._violations[code]

    def basis(self, service: str, basis: str) -> Basis:
        """The legal basis that a service means by this id: its own, else the shared one; KeyError if none."""
        own = {item.id: item for item in self._services[service].basis}
        return own[basis] if basis in own else self._basis[basis]

    def meaning(self, service: str, key: str) -> str:
        """What a fact means beyond its service: facts of one meaning have one answer in a visit; "" has none."""
        found = self._meanings.get(f"{service}/{key}") or self._meanings.get(key)
        return found.id if found else "" if key in self.catalog.carry.anew else key

    def on_card(self, service: str, key: str) -> str:
        """What of an identity card a fact of its holder is (name, birth, sex, address, expires), "" for nothing."""
        found = self._meanings.get(f"{service}/{key}") or self._meanings.get(key)
        return found.card if found else ""

    def group_of(self, service: str) -> Group:
        """The queue group of a service; KeyError if there is none."""
        return self._groups[self._services[service].group]

    def plan(self, service: str) -> Plan:
        """The parsed and ordered service, made on first use.

        Raises:
            KeyError: if there is no such service.
            ConditionError, CycleError: never for a catalogue that was built without findings.
        """
        plan = self._plans.get(service)
        if plan is None:
            plan = self._plans[service] = make_plan(self.catalog, self._services[service])
        return plan

    def find(self, query: str, limit: int = 10) -> tuple[Service, ...]:
        """Find services by number, id, characters, pinyin (initials, whole syllables or a mixture), alias or English.

        Args:
            query: what was typed; full-width forms are folded. An empty query gives the services in order.
            limit: how many at most.

        Returns:
            The best first: number and id, then names that begin with it, aliases that begin with it, names and
            aliases that contain it; within that by service number. Services that the station disabled are not found;
            they stay known by id, for the cases that were begun.
        """
        query = query[:_MAX_QUERY]
        wanted = fold(query).replace(" ", "")
        ranked = []
        for service in self.catalog.services:
            rank = self._rank(service, wanted, fold(query).strip())
            if rank is not None and service.id not in self.catalog.disabled:
                ranked.append((rank, service.number, service))
        ranked.sort(key=lambda row: row[:2])
        return tuple(service for _, _, service in ranked[:limit])

    def _rank(self, service: Service, wanted: str, words: str) -> int | None:
        if not wanted:
            return 0
        if wanted.isdecimal():
            return 0 if int(wanted[:9]) == service.number else None
        if wanted == service.id:
            return 0
        best: int | None = None
        for name in self._names_of(service):
            at = _position(name, wanted)
            if at is not None:
                rank = name.rank + (0 if at == 0 else 20)
                best = rank if best is None else min(best, rank)
        if best is None and _english(service, words):
            best = 50
        if best is None and len(wanted) >= 3 and wanted in service.id:
            best = 60
        return best

    def _names_of(self, service: Service) -> tuple[_Name, ...]:
        names = self._names.get(service.id)
        if names is None:
            texts = [(service.short.zh, 10), (service.name.zh, 10), *((alias, 12) for alias in service.aliases)]
            names = tuple(_name(self.catalog.pinyin, text, rank) for text, rank in texts)
            self._names[service.id] = names
        return names


def fold(text: str) -> str:
    """Text as it is compared: full-width forms narrow, case folded."""
    return unicodedata.normalize("NFKC", text).casefold()


def _name(pinyin: dict[str, tuple[str, ...]], text: str, rank: int) -> _Name:
    # Brackets and spaces are not typed, so they are not part of what is searched.
    chars = [char for char in fold(text) if char.isalnum()]
    return _Name("".join(chars), tuple(pinyin.get(char, ()) for char in chars), rank)


def _position(name: _Name, wanted: str) -> int | None:
    """Where in the name `wanted` begins, in any mixture of characters, initials and syllables."""
    for start in range(len(name.text)):
        if _matches(name, start, wanted):
            return start
    return None


def _matches(name: _Name, at: int, wanted: str) -> bool:
    if not wanted:
        return True
    if at == len(name.text):
        return False
    return any(_matches(name, at + 1, wanted[used:]) for used in _uses(name, at, wanted))


def _uses(name: _Name, at: int, wanted: str) -> Iterator[int]:
    """How many letters of `wanted` the character at `at` may stand for.

    Itself; or of one of its readings the first letter, its whole initial (zh, ch, sh), the whole syllable, or at the
    end of what was typed any beginning of it.
    """
    if wanted[0] == name.text[at]:
        yield 1
    seen = {1} if wanted[0] == name.text[at] else set()
    for reading in name.readings[at]:
        lengths = [1, len(reading)]
        if reading[1:2] == "h":
            lengths.append(2)
        if len(wanted) < len(reading):
            lengths.append(len(wanted))
        for length in lengths:
            if length not in seen and wanted.startswith(reading[:length]):
                seen.add(length)
                yield length


def _english(service: Service, words: str) -> bool:
    if not words.isascii() or len(words) < 2:
        return False
    for text in (service.name.en, service.short.en):
        name = fold(text)
        if name.startswith(words) or f" {words}" in name:
            return True
    return False
