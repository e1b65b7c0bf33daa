"""A station that is running: commands in, numbered events out, over any store. The server and practice both run it.

It is the one place where a command meets its store: idempotency, the decision, the numbering and the stored answer
are one act. It has no thread and no lock of its own: whoever runs it calls it from one thread at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Protocol

import msgspec

from counterdesk.catalog.casefile import CaseFile, JsonValue
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Service
from counterdesk.quiet import quiet
from counterdesk.station.acceptance import assess_case, evidence, needless
from counterdesk.station.apply import apply
from counterdesk.station.audit import Note
from counterdesk.station.authority import Target, authorize, counter_relation, file_relation
from counterdesk.station.commands import (
    AcceptCase,
    AnyCommand,
    ChangeService,
    DeferMaterial,
    OpenCase,
    OverridePrompt,
    PrecheckTicket,
    RecordOffer,
    RequestApproval,
)
from counterdesk.station.decide import Evidence, decide
from counterdesk.station.events import AnyEvent, CaseDiscarded, Recorded, RequestWithdrawn
from counterdesk.station.exchange import NOTE_LIFE, ShiftNote
from counterdesk.station.figures import Ledger, Rows
from counterdesk.station.model import TIMEZONE, Case, State
from counterdesk.station.refused import RefusalCode, Refused
from counterdesk.station.roles import Actor
from counterdesk.station.summary import Query, allow


@quiet
class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The first and only answer to a command id: the events it made, or why it was refused.

    fingerprint: SHA-256 of the actor and the command, so that a reused id with another content is noticed.
    """

    command: str
    fingerprint: str
    events: tuple[Recorded, ...] = ()
    refused: RefusalCode | None = None
    params: dict[str, str | int] = {}


class CommandIdReused(Exception):
    """The id was already used for another command."""


class VersionConflict(Exception):
    """The case file was changed since the version that the write names. current: the version that is stored."""

    def __init__(self, current: int) -> None:
        super().__init__(current)
        self.current = current


class Store(Protocol):
    """Where a station's stream, answers and case files are kept. Each method is one transaction."""

    def events(self, after: int) -> Iterable[Recorded]:
        """The events with seq > after, in order."""
        ...

    def answer(self, command_id: str) -> Answer | None:
        """The stored answer to a command id."""
        ...

    def append(self, answer: Answer, erase: tuple[str, ...], note: Note) -> None:
        """Store the answer with its events (seq goes on without gaps), erase these case files and add `note` to the
        audit trail: all or nothing."""
        ...

    def read_file(self, case: str) -> CaseFile | None:
        """The newest version of a case file."""
        ...

    def write_file(self, file: CaseFile, note: Note) -> None:
        """Store `file` as it is (its version is already the new one) together with `note`."""
        ...

    def read_note(self, counter: str) -> ShiftNote | None:
        """The shift note that lies at a counter."""
        ...

    def write_note(self, written: ShiftNote, note: Note) -> None:
        """Lay a shift note at its counter, in place of one that lies there, together with `note`."""
        ...

    def drop_note(self, counter: str, note: Note) -> None:
        """Erase the shift note of a counter, if there is one, together with `note`."""
        ...

    def drop_notes(self, before: datetime, note: Note) -> int:
        """Erase the shift notes that were written before then. Returns how many; for none, `note` is left out, else its
        count is set to it."""
        ...

    def note(self, note: Note) -> None:
        """Add to the audit trail what changed nothing else: what was read or refused."""
        ...


class Archives(Protocol):
    """Registers that know more than the applicant must be asked: other systems, or a simulation of them."""

    def lookup(self, service: str, key: str, value: str) -> dict[str, JsonValue]:
        """What is known once fact `key` of `service` has `value`: facts by key, {} where nothing is known."""
        ...


class NoArchives:
    """No register is connected."""

    def lookup(self, service: str, key: str, value: str) -> dict[str, JsonValue]:
        """Nothing is known."""
        return {}


def _note(command: AnyCommand, actor: Actor, now: datetime) -> Note:
    case: str = getattr(command, "case", "")
    return Note(at=now.astimezone(TIMEZONE), officer=actor.id, action=type(command).__name__, case=case)


class Station:
    """One station over its store: `state` and `seq` are where its stream stands."""

    def __init__(self, store: Store, index: Index, archives: Archives | None = None) -> None:
        self._store = store
        self._archives = archives or NoArchives()
        self._ledger = Ledger()
        self.index = index
        self.state = State()
        self.seq = 0
        for recorded in store.events(0):
            self.state = apply(self.state, recorded.event)
            self.seq = recorded.seq

    def execute(self, command_id: str, command: AnyCommand, actor: Actor, now: datetime) -> Answer:
        """Carry out a command, or give the first answer again if its id was seen before.

        Returns the answer with the numbered events.
        Raises: Refused (also when the stored answer is a refusal); CommandIdReused.
        """
        fingerprint = hashlib.sha256(actor.id.encode() + b"\0" + msgspec.json.encode(command)).hexdigest()
        answer = self._store.answer(command_id)
        if answer is None:
            answer = self._decide(command_id, fingerprint, command, actor, now)
        elif answer.fingerprint != fingerprint:
            self._store.note(msgspec.structs.replace(_note(command, actor, now), outcome="command_id_reused"))
            raise CommandIdReused(command_id)
        if answer.refused is not None:
            raise Refused(answer.refused, **answer.params)
        return answer

    def _decide(self, command_id: str, fingerprint: str, command: AnyCommand, actor: Actor, now: datetime) -> Answer:
        try:
            events = decide(self.state, command, actor, now, self._evidence(command, actor, now))
            self._check_new_matter(command)
        except Refused as refused:
            answer = Answer(command=command_id, fingerprint=fingerprint, refused=refused.code, params=refused.params)
            note = msgspec.structs.replace(_note(command, actor, now), outcome=refused.code)
            self._store.append(answer, (), note)
            return answer
        return self._commit(Answer(command=command_id, fingerprint=fingerprint), events, _note(command, actor, now))

    def _commit(self, answer: Answer, events: Sequence[AnyEvent], note: Note) -> Answer:
        """Number the events and store them with their answer; only then they have happened."""
        recorded = tuple(
            Recorded(seq=self.seq + number, command=answer.command, event=event)
            for number, event in enumerate(events, start=1)
        )
        answer = msgspec.structs.replace(answer, events=recorded)
        erase = tuple(event.case for event in events if isinstance(event, CaseDiscarded))
        state = self.state
        for event in events:
            state = apply(state, event)
        self._store.append(answer, erase, note)
        self.state = state
        self.seq += len(recorded)
        return answer

    def _check_new_matter(self, command: AnyCommand) -> None:
        """What the rules cannot know: the services of the catalogue, and the case files of cases that ended long ago
        (whoever opened a case under such an id could read its file). Raises: Refused."""
        if isinstance(command, OpenCase | ChangeService | PrecheckTicket | RecordOffer):
            if not self._known(command.service):
                raise Refused("unknown_service", service=command.service)
            service = self.index.service(command.service)
            if isinstance(command, PrecheckTicket):
                self._check_papers(command, service)
            # What the counter offers is in the catalogue: no figure may count what there is not.
            if isinstance(command, RecordOffer) and command.channel not in {one.channel for one in service.channels}:
                raise Refused("unknown_channel", channel=command.channel)
        if isinstance(command, OpenCase) and self._store.read_file(command.case) is not None:
            raise Refused("case_exists")

    @staticmethod
    def _check_papers(command: PrecheckTicket, service: Service) -> None:
        """Codes of this service only, so that nothing else can be written into the stream. Raises: Refused."""
        if command.variant and command.variant not in {variant.code for variant in service.variants}:
            raise Refused("unknown_material", material=command.variant)
        for code in command.materials.keys() - {use.code for use in service.materials}:
            raise Refused("unknown_material", material=code)

    def _known(self, service: str) -> bool:
        try:
            self.index.service(service)
        except KeyError:
            return False
        return True

    def _evidence(self, command: AnyCommand, actor: Actor, now: datetime) -> Evidence | None:
        """What the case file says about a case that is to be accepted, or about which a leader is asked or decides: the
        rules themselves never see the file."""
        if not isinstance(command, AcceptCase | RequestApproval | DeferMaterial | OverridePrompt):
            return None
        case = self.state.cases.get(command.case)
        file = self._store.read_file(command.case)
        if case is None or file is None or file.service != case.service or not self._known(file.service):
            return None
        today = now.astimezone(TIMEZONE).date()
        return evidence(self.index, case, assess_case(self.index, case, file, today=today, role=actor.role))

    def read_file(self, case: str, actor: Actor, now: datetime | None = None) -> CaseFile:
        """The case file, version 0 and empty if nothing was written yet. Raises: Refused.

        now: for the audit trail, here and in what follows; not needed over a store that keeps none.
        """
        with self._noted(now, actor, "read_file", case) as note:
            known = self._reachable(case, actor, "read_file").service
            self._store.note(note)
        return self._store.read_file(case) or CaseFile(case=case, service=known)

    def write_file(self, file: CaseFile, actor: Actor, now: datetime | None = None) -> int:
        """Store a case file over the version it names. Returns the new version. Raises: Refused, VersionConflict."""
        with self._noted(now, actor, "write_file", file.case) as note:
            self._reachable(file.case, actor, "write_file")
            current = self._store.read_file(file.case)
            stored = current.version if current else 0
            if file.version != stored:
                raise VersionConflict(stored)
            self._store.write_file(msgspec.structs.replace(file, version=stored + 1), note)
        self._end_needless(file, actor, now)
        return stored + 1

    def _end_needless(self, file: CaseFile, actor: Actor, now: datetime | None) -> None:
        """What a leader was asked for ends by itself once the file does not need it: he decides on no idle question."""
        case = self.state.cases[file.case]
        if not case.asked or file.service != case.service or now is None:
            return
        at = now.astimezone(TIMEZONE)
        found = assess_case(self.index, case, file, today=at.date(), role=actor.role)
        events = [
            RequestWithdrawn(at=at, by=actor.id, case=case.id, what=one.what, item=one.item, needless=True)
            for one in needless(case, found)
        ]
        if events:
            # No desk sent this, and none can send such an id: it is not ASCII.
            answer = Answer(command=f"file→{self.seq + 1}", fingerprint="")
            self._commit(answer, events, Note(at=at, officer=actor.id, action="WithdrawRequest", case=case.id))

    def lookup(
        self, service: str, key: str, value: str, actor: Actor, now: datetime | None = None
    ) -> dict[str, JsonValue]:
        """What the registers know once a fact has a value. Raises: Refused."""
        with self._noted(now, actor, "lookup") as note:
            if authorize(actor, "lookup", Target()) is not None:
                raise Refused("not_permitted", action="lookup")
            self._store.note(note)
        return self._archives.lookup(service, key, value)

    def rows(self, query: Query, actor: Actor, now: datetime | None = None) -> Rows:
        """The rows of which `summary.summarize` makes what was asked. Raises: Refused."""
        with self._noted(now, actor, "read_figures") as note:
            allow(query, actor)
            self._store.note(note)
        while self.count_up():
            pass
        return self._ledger.rows(query.first, query.last)

    def count_up(self, limit: int = 2000) -> bool:
        """Bring the rows up to the stream by so many events at most. Returns whether there are more.

        Rows are kept only from the first question on: a station that nobody asks for figures pays nothing for them.
        """
        self._ledger.take_all(islice(self._store.events(self._ledger.seq), limit))
        return self._ledger.seq < self.seq

    def write_note(self, counter: str, text: str, actor: Actor, now: datetime) -> None:
        """Leave a note to whoever works next at a counter, in place of an earlier one. Raises: Refused."""
        with self._noted(now, actor, "write_note", counter) as note:
            self._at_counter(counter, actor, "write_note")
            written = ShiftNote(counter=counter, author=actor.id, at=now.astimezone(TIMEZONE), text=text)
            self._store.write_note(written, note)

    def read_note(self, counter: str, actor: Actor, now: datetime) -> ShiftNote | None:
        """The note that lies at a counter, None where there is none or it is too old. Raises: Refused."""
        with self._noted(now, actor, "read_note", counter) as note:
            self._at_counter(counter, actor, "read_note")
            self.erase_notes(now)
            self._store.note(note)
        return self._store.read_note(counter)

    def drop_note(self, counter: str, actor: Actor, now: datetime) -> None:
        """Take the note at a counter away; no error if there is none. Raises: Refused."""
        with self._noted(now, actor, "drop_note", counter) as note:
            self._at_counter(counter, actor, "drop_note")
            self._store.drop_note(counter, note)

    def erase_notes(self, now: datetime) -> int:
        """Erase the shift notes whose time is over. Returns how many there were."""
        note = Note(at=now.astimezone(TIMEZONE), officer="station", action="erase_notes")
        return self._store.drop_notes(now - NOTE_LIFE, note)

    def _at_counter(self, number: str, actor: Actor, action: str) -> None:
        """That `actor` may do this at a counter. Raises: Refused."""
        if authorize(actor, action, Target()) is not None:
            raise Refused("not_permitted", action=action)
        counter = self.state.counters.get(number)
        if counter is None:
            raise Refused("unknown_counter", counter=number)
        denial = authorize(actor, action, Target(counter.state, counter_relation(counter, actor)))
        if denial == "counter_not_open":
            raise Refused("counter_not_open", counter=number, state=counter.state)
        if denial is not None:
            raise Refused("counter_not_yours", counter=number)

    @contextmanager
    def _noted(self, now: datetime | None, actor: Actor, action: str, case: str = "") -> Iterator[Note]:
        """The note of something that is about to be done; if it is refused, that is noted in its place."""
        note = Note(at=now.astimezone(TIMEZONE) if now else None, officer=actor.id, action=action, case=case)
        try:
            yield note
        except Refused as refused:
            self._store.note(msgspec.structs.replace(note, outcome=refused.code))
            raise
        except VersionConflict:
            self._store.note(msgspec.structs.replace(note, outcome="conflict"))
            raise

    def _reachable(self, case_id: str, actor: Actor, action: str) -> Case:
        """A case whose file `actor` may touch so. Raises: Refused."""
        if authorize(actor, action, Target()) is not None:
            raise Refused("not_permitted", action=action)
        case = self.state.cases.get(case_id)
        if case is None:
            raise Refused("unknown_case")
        denial = authorize(actor, action, Target(case.status, file_relation(self.state, case, actor)))
        if denial == "case_state":
            raise Refused("case_state", case=case.number or case.id, state=case.status)
        if denial is not None:
            raise Refused("case_not_yours", case=case.number or case.id)
        return case
