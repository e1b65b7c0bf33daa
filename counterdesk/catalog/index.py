"""Ways into the catalogue: by id, and by what an officer types to find a service."""

from __future__ import annotations

from typing import Final, NamedTuple

from .model import Basis, Catalog, Channel, Department, Fact, Group, Material, Option, Service, Violation
from .pinyin import Spelled, fold, position, spelled
from .plan import Plan, make_plan

_MAX_QUERY: Final = 40


class _Name(NamedTuple):
    """One name of a service, and how much less a find in it is worth than one in the best of names."""

    spelled: Spelled
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
            at = position(name.spelled, wanted)
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
            names = tuple(_Name(spelled(self.catalog.pinyin, text), rank) for text, rank in texts)
            self._names[service.id] = names
        return names


def _english(service: Service, words: str) -> bool:
    if not words.isascii() or len(words) < 2:
        return False
    for text in (service.name.en, service.short.en):
        name = fold(text)
        if name.startswith(words) or f" {words}" in name:
            return True
    return False
