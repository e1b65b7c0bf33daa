"""Which rules a case was begun under, and by which ones it goes on.

A desk and its station may stand on different catalogues, and a draft may have been begun under an earlier one. Both are
said: the first on the status bar and once in the message line, the second with everything that changed for the service.
What was accepted stays with the rules by which it was accepted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from counterdesk.catalog.changes import Change, Seen, changes, seen
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.desk.state import Changes
from counterdesk.screens.views.scene import Scene
from counterdesk.station.commands import OpenCounter

if TYPE_CHECKING:
    from counterdesk.screens.desk import CounterScreen


class Versions:
    """What one counter screen says about catalogues."""

    def __init__(self, screen: CounterScreen) -> None:
        self._screen = screen
        self._compared_for: object = None
        self._untold = False

    def heard(self, scene: Scene, news: Changes) -> None:
        """Say what there is to say, each thing once, and when the counter is open, so that nothing covers it."""
        session, counter = scene.desk.session, scene.counter
        ready = any(note.kind == "done" and isinstance(note.command, OpenCounter) for note in news.notices)
        if session is not self._compared_for and counter is not None:
            self._compared_for = session
            self._untold = bool(scene.other_rules)
            ready = ready or bool(counter.officer)
        if self._untold and ready:
            self._untold = False
            text = scene.words("say.other_rules", ours=scene.index.catalog.label, theirs=scene.other_rules)
            self._screen.say(text, "block")
        self._bring_forward(scene)

    def _bring_forward(self, scene: Scene) -> None:
        """A draft that was begun under another catalogue goes on under this one; the officer sees what that changes."""
        case, file, ours = scene.open_case, scene.file, scene.index.catalog
        if case is None or file is None or case.accepted_at is not None or file.catalog in ("", ours.sha256):
            return
        before = self._rules(file.catalog)
        self._screen.desk.edit_file(case.id, lambda f: msgspec.structs.replace(f, catalog=ours.sha256))
        if before is None:
            text = scene.words("say.carried_unknown", now=ours.label, before=file.catalog[:8])
            self._screen.say(text, "warn")
            return
        found = self._of_service(before, scene, file.service)
        text = scene.words("say.carried", now=ours.label, before=before.version, count=len(found))
        self._screen.say(text, "warn" if found else "")
        if found:
            self._screen.policy.show_changes(found)

    def _of_service(self, before: Seen, scene: Scene, service: str) -> tuple[Change, ...]:
        found = changes(before, scene.index, scene.today)
        return tuple(change for change in found if change.service in ("", service))

    def _rules(self, sha256: str) -> Seen | None:
        """The rules of another catalogue: those that this program ships, or such as this terminal worked by."""
        scene = self._screen.scene()
        if load().sha256 == sha256:
            return seen(Index(load()), scene.today)
        return self._screen.policy.worked_by(sha256)
