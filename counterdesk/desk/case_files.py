"""The case files at hand: typed here, to the disk first, then to the station; and what happens when two changed one."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable

import msgspec

from counterdesk.backends.base import BackendError, Conflict, Misunderstood, NotAllowed, NotSignedIn, Unreachable
from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.desk.core import Core
from counterdesk.desk.state import FileStatus, Notice
from counterdesk.station.refused import Refused

ASK_AGAIN = 0.25
"""Seconds until a file is asked for again whose answer was lost."""


def _digest(file: CaseFile) -> str:
    """What tells one text of a case file from another, without telling the text."""
    return hashlib.sha256(msgspec.json.encode(file, order="sorted")).hexdigest()[:32]


class CaseFiles(Core):
    """A desk's case files. The methods that change one may be called from any thread."""

    def put_file(self, file: CaseFile) -> None:
        """Keep a new case file and send it to the station once its case is open there. Any thread may call it."""
        with self._lock:
            self._edited(file)
        self._stir()

    def begin_case(self, file: CaseFile) -> None:
        """Begin a case on this terminal alone, for a citizen who stands here while the station cannot be reached. It
        becomes a case of the station by an OpenCase with its id. Any thread may call it."""
        with self._lock:
            self._begun[file.case] = self._clock()
            self._edited(file)
        self._stir()

    def drop_case(self, case: str) -> None:
        """Throw a case away that only this terminal has."""
        if case in self.state.local:
            self._forget(case)

    def edit_file(self, case: str, change: Callable[[CaseFile], CaseFile]) -> None:
        """Change a case file at hand and send it soon; nothing happens to a file that is not at hand.

        Any thread may call it: what an officer typed is in the state when this returns.
        """
        with self._lock:
            before = self.state.files.get(case)
            if before is None:
                return
            after = change(before)
            if after == before:
                return
            if self.state.journal.read_only:
                self._notice(Notice("not_kept", params={"code": self.state.journal.code}, case=case))
                return
            self._edited(msgspec.structs.replace(after, version=before.version))
        self._stir()

    def _edited(self, file: CaseFile) -> None:
        """A file has a new text: to the disk first, then to the station, unless two versions of it are in dispute."""
        disputed = file.case in self.state.theirs  # sent once the officer has settled which version is meant
        self._keep(file, "conflict" if disputed else "unsaved")
        if not disputed:
            self._dirty.add(file.case)
        if self._memory is not None:
            self._memory.keep_file(file, self._in_doubt.get(file.case, ()))

    def open_file(self, case: str) -> None:
        """Fetch the case file unless it is at hand or asked for."""
        if case not in self.state.files and case not in self._asked:
            self._asked.add(case)
            self._spawn(self._fetch(case))

    def look_up(self, case: str, service: str, key: str, value: str) -> None:
        """Ask the registers what follows from an answer; what they know fills facts that have no answer yet."""
        self._spawn(self._look_up(case, service, key, value))

    def settle_conflict(self, case: str, *, keep_mine: bool) -> None:
        """End a conflict over a case file: this desk's version over the stored one, or the stored one."""
        theirs = self.state.theirs.get(case)
        if theirs is None:
            return
        with self._lock:
            self._change("files", theirs={k: v for k, v in self.state.theirs.items() if k != case})
            if keep_mine:
                self.put_file(msgspec.structs.replace(self.state.files[case], version=theirs.version))
            else:
                self._keep(theirs, "saved")
                if self._memory is not None:
                    self._memory.drop_file(case)

    # On the way to the station.

    def _next_to_save(self) -> str:
        """A case whose file is to be sent, "" if there is none. A file waits until its case is open at the station."""
        with self._lock:
            memory, files = self._memory, self.state.files
            ready = (case for case in self._dirty if memory is None or memory.has_file(files[case]))
            return next((case for case in ready if case in self.state.station.cases), "")

    async def _save(self, case: str) -> None:
        """Send the newest version of a case file; what was typed meanwhile makes it dirty again.

        Raises: Unreachable, NotSignedIn; the file is still to be sent then.
        """
        file = await self._about_to_send(case)
        if file is None:
            return  # the officer went meanwhile
        try:
            try:
                self._stored(file, await self._backend.write_file(file))
            except Conflict:
                self._disputed(file, await self._backend.read_file(case))
        except Refused as refused:
            self._in_doubt.pop(case, None)
            self._file_status(case, "refused")
            self._notice(Notice("refused", code=refused.code, params=refused.params, case=case))
        except (NotAllowed, Misunderstood) as error:
            self._file_status(case, "refused")
            self._notice(Notice("lost", params={"error": f"{type(error).__name__}: {error}"}, case=case))
        except BaseException:
            with self._lock:
                if case in self.state.files:
                    self._dirty.add(case)
                    self._file_status(case, "unsaved" if self._memory is None else "here")
            raise

    async def _about_to_send(self, case: str) -> CaseFile | None:
        """The newest text of a case file once that very text is on disk: one may be typed while another is written."""
        memory = self._memory
        while True:
            if memory is not None:
                await memory.flush()
            with self._lock:
                file = self.state.files.get(case)
                if file is not None and (memory is None or memory.has_file(file)):
                    self._dirty.discard(case)
                    self._file_status(case, "saving")
                    self._in_doubt[case] = (*self._in_doubt.get(case, ()), _digest(file))
                    return file
                if file is None or not self._unlocked:
                    return None

    def _stored(self, sent: CaseFile, version: int) -> None:
        """`sent` is at the station as `version`; what was typed since then still has to go."""
        with self._lock:
            self._in_doubt.pop(sent.case, None)
            newest = self.state.files.get(sent.case)
            if newest is None:
                return  # the case was discarded meanwhile
            if newest == sent:
                self._keep(msgspec.structs.replace(newest, version=version), "saved")
                self._dirty.discard(sent.case)
                if self._memory is not None:
                    self._memory.drop_file(sent.case)
            else:
                self._edited(msgspec.structs.replace(newest, version=version))

    def _disputed(self, mine: CaseFile, theirs: CaseFile) -> None:
        """The station has another version than the one that `mine` was to replace."""
        with self._lock:
            if _digest(msgspec.structs.replace(theirs, version=theirs.version - 1)) in self._in_doubt.get(
                mine.case, ()
            ):
                self._stored(msgspec.structs.replace(theirs, version=theirs.version - 1), theirs.version)
                return
            self._in_doubt.pop(mine.case, None)
            if mine.case not in self.state.files:
                return
            self._dirty.discard(mine.case)
            self._change("files", theirs={**self.state.theirs, mine.case: theirs})
            self._file_status(mine.case, "conflict")
        self._notice(Notice("conflict", case=mine.case))

    async def _fetch(self, case: str) -> None:
        """Ask for a file until there is an answer, or the officer who wanted to see it goes."""
        try:
            while case in self._asked and case not in self.state.files:
                await self._online.wait()
                try:
                    file = await self._backend.read_file(case)
                except (Unreachable, NotSignedIn):
                    await asyncio.sleep(ASK_AGAIN)
                    continue
                with self._lock:
                    if case in self._asked and case not in self.state.files:
                        self._keep(file, "saved")
        except Refused as refused:
            self._notice(Notice("refused", code=refused.code, params=refused.params, case=case))
        except BackendError as error:
            self._notice(Notice("lost", params={"error": f"{type(error).__name__}: {error}"}, case=case))
        finally:
            self._asked.discard(case)

    async def _look_up(self, case: str, service: str, key: str, value: str) -> None:
        try:
            found = await self._backend.lookup(service, key, value)
        except (Refused, BackendError):
            return  # a register that does not answer only means more to type
        filled = 0

        def fill(file: CaseFile) -> CaseFile:
            nonlocal filled
            fresh = {k: v for k, v in found.items() if k not in file.answers and not file.entered.get(k) and k != key}
            if file.service != service or not fresh:
                return file
            filled = len(fresh)
            answers = {**file.answers, **{k: Answer(value=v, source="archive") for k, v in fresh.items()}}
            return msgspec.structs.replace(file, answers=answers)

        self.edit_file(case, fill)
        if filled:
            self._notice(Notice("found", params={"facts": filled}, case=case))

    def _gone(self, case: str) -> None:
        """The station has this case no more: its file goes, and that is said if something in it had not gone there."""
        if case in self._dirty:
            self._notice(Notice("gone", case=case))
        self._forget(case)

    # What is at hand.

    def _keep(self, file: CaseFile, status: FileStatus) -> None:
        with self._lock:
            self._change("files", files={**self.state.files, file.case: file})
            self._file_status(file.case, status)

    def _file_status(self, case: str, status: FileStatus) -> None:
        with self._lock:
            if case in self.state.files:
                self._change("files", file_status={**self.state.file_status, case: status})

    def _forget(self, case: str) -> None:
        with self._lock:
            self._dirty.discard(case)
            self._in_doubt.pop(case, None)
            self._begun.pop(case, None)
            if self._memory is not None:
                self._memory.drop_file(case)
            self._change(
                "files",
                files={k: v for k, v in self.state.files.items() if k != case},
                file_status={k: v for k, v in self.state.file_status.items() if k != case},
                theirs={k: v for k, v in self.state.theirs.items() if k != case},
            )
