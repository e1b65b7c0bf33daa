"""`counterdesk journal recover`: the drafts of a dead terminal go to the station, by a shift leader's hand.

The file holds each officer's key sealed to the station. The station opens it for a leader, and writes that down; the
drafts are opened here and stored as any desk would. What changed at the station meanwhile is left as it is.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable

import msgspec

from counterdesk import settings
from counterdesk.backends.base import Backend, BackendError, Conflict, NotSignedIn
from counterdesk.backends.http import HttpBackend
from counterdesk.catalog.casefile import CaseFile
from counterdesk.desk.memory import KeptFile
from counterdesk.journal import escrow
from counterdesk.journal.escrow import SealedOfficer
from counterdesk.journal.model import Draft, JournalError
from counterdesk.locale import Words
from counterdesk.reaching import code_of, no_answer, options
from counterdesk.station.refused import Refused
from counterdesk.told import Told
from counterdesk.usage import USAGE, Unusable, in_words, password, say, words_for

LEFT = 1
"""Exit code: something could not be stored."""
STORED = frozenset({"stored", "already_there"})

Tell = Callable[[str], None]


def run(given: argparse.Namespace) -> int:
    """The command. Prints a line a case: its id, and a code for what became of it."""
    words = words_for(given.lang)
    try:
        words = words_for(given.lang or settings.load(given.settings).language)
        reached = options(given)
        sealed = escrow.read_sealed(given.file)
        backend = HttpBackend(**reached)
        if not sealed:
            raise Unusable("nothing_sealed", name=given.file.name)
        secret = password(words)
    except JournalError as error:
        key = f"journal.code.{error.code}"
        said = f"{words(key)} ({error.code})" if words.has(key) else error.code
        say(f"{given.file.name}: {said}")
        return USAGE
    except (Told, ValueError, OSError) as error:
        say(in_words(error, words))
        return USAGE
    return asyncio.run(_recover(backend, given.officer, secret, sealed, words))


async def _recover(backend: Backend, leader: str, secret: str, sealed: tuple[SealedOfficer, ...], words: Words) -> int:
    try:
        session = await backend.sign_in(leader, secret)
        outcomes = []
        for officer in sealed:
            if (officer.mode, officer.station) != (session.mode, session.station):
                outcomes += await _refuse(officer, "other_station" if officer.mode == session.mode else "other_mode")
            else:
                outcomes += await recover_officer(backend, officer, print)
        await backend.sign_out()
    except (BackendError, Refused) as error:
        say(no_answer(error, words))
        return LEFT
    finally:
        await backend.close()
    stored = sum(outcome in STORED for outcome in outcomes)
    print(words("cli.stored", stored=stored, count=len(outcomes)))
    return 0 if stored == len(outcomes) else LEFT


async def recover_officer(backend: Backend, sealed: SealedOfficer, tell: Tell) -> list[str]:
    """Store one officer's drafts. Returns a code for each; `tell` gets it with the case's id.

    Raises: NotSignedIn.
    """
    cases = [row.draft.case for row in sealed.drafts]
    try:
        key = await backend.open_escrow(sealed.officer, sealed.generation, sealed.sealed_key, len(cases))
    except NotSignedIn:
        raise
    except (BackendError, Refused) as error:
        return await _refuse(sealed, code_of(error))
    opened = {draft.case: draft for draft in escrow.open_drafts(sealed, key)}
    outcomes = []
    for case in cases:
        outcome = await _store(backend, opened[case]) if case in opened else "damaged"
        tell(f"{case} {outcome}")
        outcomes.append(outcome)
    return outcomes + ["damaged"] * sealed.unreadable


async def _refuse(sealed: SealedOfficer, code: str) -> list[str]:
    for row in sealed.drafts:
        print(f"{row.draft.case} {code}")
    return [code] * (len(sealed.drafts) + sealed.unreadable)


async def _store(backend: Backend, draft: Draft) -> str:
    try:
        file = msgspec.json.decode(draft.body, type=KeptFile).file
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "no_case_file"
    if file.case != draft.case:
        return "no_case_file"
    try:
        await backend.write_file(file)
    except Conflict as conflict:
        return await _compare(backend, file, conflict.current)
    except NotSignedIn:
        raise
    except (BackendError, Refused) as error:
        return code_of(error)
    return "stored"


async def _compare(backend: Backend, file: CaseFile, current: int) -> str:
    """The station has another version: the same words, if only the answer to them was lost."""
    try:
        theirs = await backend.read_file(file.case)
    except (BackendError, Refused):
        return "conflict"
    same = msgspec.structs.replace(file, version=current) == theirs
    return "already_there" if same else "conflict"
