"""The officer in the policy library: what is open, and the way back to where the hands were.

What is open is a stack: a search, a page that it led to, another page from there. Escape takes the topmost away. The
case, its form and whatever question was being asked stay as they are underneath.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from textual.widget import Widget

from counterdesk.catalog.changes import Change, Seen, changes, seen
from counterdesk.catalog.library import Library
from counterdesk.desk.last_seen import LastSeen
from counterdesk.desk.state import Changes
from counterdesk.quiet import quiet
from counterdesk.screens.questions import Question
from counterdesk.screens.views import policy as v
from counterdesk.screens.views.scene import Scene
from counterdesk.station.commands import OpenCounter
from counterdesk.widgets.line_panel import LinePanel
from counterdesk.widgets.values import Choice, PanelView

if TYPE_CHECKING:
    from counterdesk.screens.counter_panels import Page
    from counterdesk.screens.desk import CounterScreen


@quiet
@dataclass(slots=True)
class _Frame:
    """One thing that is open. key: of a prompt "service:id", of a passage its id. typed: the text of a search; at:
    the line or choice that had the cursor when something was opened on top. changed: of changes, which ones."""

    kind: Literal["search", "prompt", "passage", "changes"]
    key: str = ""
    typed: str = ""
    at: str = ""
    changed: tuple[Change, ...] = ()


@quiet
@dataclass(frozen=True, slots=True)
class _Home:
    """Where the officer was when the library was opened."""

    page: Page
    focused: Widget | None
    line: str
    question: Question | None
    typed: str
    choice: str


class Policy:
    """The library of one counter screen.

    folder: where this terminal remembers which rules were seen, None to remember nothing.
    """

    def __init__(self, screen: CounterScreen, folder: Path | None = None) -> None:
        self._screen = screen
        self._library: Library | None = None
        self._frames: list[_Frame] = []
        self._home: _Home | None = None
        self._shown: tuple[object, PanelView] | None = None
        self.folder = folder
        self._last: LastSeen | None = None
        self._changed: tuple[Change, ...] = ()
        self._told = False
        self._looked_for = ""
        self._untold = False

    @property
    def library(self) -> Library:
        """The passages, made when they are first wanted."""
        if self._library is None:
            self._library = Library(self._screen.index)
        return self._library

    @property
    def searching(self) -> bool:
        """Whether the search is the question in the case panel."""
        question = self._screen.question
        return question is not None and question.view.id == v.SEARCH

    # Into the library.

    def open(self, scene: Scene) -> None:
        """The key: what stands behind the prompt under the cursor, else the search."""
        screen = self._screen
        if self.searching:
            return
        if screen.page == "policy" and self._frames:
            self._push(_Frame("search"))
            return
        self._frames.clear()
        frame = self._under_cursor(scene) or _Frame("search")
        self._home = self._remember()
        screen.question = None
        self._push(frame)

    def open_passage(self, key: str) -> None:
        """Bring up a passage over whatever the officer is at; Escape leads back there."""
        if self.library.find(key) is None:
            return
        self._frames.clear()
        self._home = self._remember()
        self._screen.question = None
        self._push(_Frame("passage", key))

    def _remember(self) -> _Home:
        screen = self._screen
        focused, question = screen.focused, screen.question
        line = focused.cursor_id if isinstance(focused, LinePanel) else ""
        typed, choice = screen.chooser_state() if question is not None else ("", "")
        return _Home(screen.page, focused, line, question, typed, choice)

    def _under_cursor(self, scene: Scene) -> _Frame | None:
        """The prompt or material that the cursor of the checklist or of the review page stands on."""
        focused, file = self._screen.focused, scene.file
        if not isinstance(focused, LinePanel) or file is None or self._screen.question is not None:
            return None
        if focused.id not in ("checklist", "page"):
            return None
        kind, _, rest = focused.cursor_id.partition(":")
        if kind == "gate":
            kind, _, rest = rest.partition(":")
        if kind.startswith("prompt") and rest:
            return _Frame("prompt", f"{file.service}:{rest}")
        if kind.startswith("material") and rest:
            passage = self.library.find(f"service:{file.service}")
            if passage is None:
                return None
            codes = [getattr(entry.item, "code", "") if entry.kind == "material" else "" for entry in passage.entries]
            if rest in codes:
                return _Frame("passage", passage.id, at=v.entry_line(passage, codes.index(rest)))
        return None

    def _push(self, frame: _Frame) -> None:
        if self._frames and self._frames[-1].kind != "search":
            self._frames[-1].at = self._screen.page_line
        self._frames.append(frame)
        self._show()

    def _show(self) -> None:
        """The topmost frame; where none is left, home."""
        screen, home = self._screen, self._home
        if not self._frames:
            self._go_home()
            return
        frame = self._frames[-1]
        if frame.kind != "search":
            screen.page = "policy"
            screen.show_page(frame.at)
            return
        if screen.page == "policy":  # whatever comes between finds the page that it would have found before
            screen.page = home.page if home is not None else ""
        view = v.search_view(screen.scene(), self._choices(frame.typed))
        screen.ask(Question(view, self._chosen, self._choices, back=self.back), frame.typed, frame.at)

    def _go_home(self) -> None:
        screen, home = self._screen, self._home
        self._home = None
        if screen.page == "policy":
            screen.page = home.page if home is not None else ""
        screen.present()
        if home is None:
            return
        if home.question is not None:
            question = home.question
            view = question.view
            if question.narrow is not None and home.typed:
                view = replace(view, choices=question.narrow(home.typed))
            screen.ask(replace(question, view=view), home.typed, home.choice)
        else:
            screen.focus_again(home.focused, home.line)

    def back(self) -> None:
        """Escape: one level up; from the last one back to where the officer was."""
        if self._frames:
            self._frames.pop()
        self._show()

    def passed_over(self) -> None:
        """Something else is done: a question that was waiting underneath is no longer what the officer is at."""
        if self._home is not None:
            self._home = replace(self._home, question=None)

    # In the library.

    def _choices(self, text: str) -> tuple[Choice, ...]:
        screen = self._screen
        return v.search_choices(
            screen.scene(), self.library, text, self._changed, told=self._told, width=screen.middle_width
        )

    def _chosen(self, choice: str) -> None:
        """Enter in the search."""
        search = self._frames[-1]
        search.typed, search.at = self._screen.chooser_state()[0], choice
        if choice == v.KNOWN:
            self._keep()
            self.back()
        elif choice == v.CHANGES:
            self._keep()
            self._frames.append(_Frame("changes", changed=self._changed))
            self._show()
        else:
            hits = self.library.search(search.typed, self._screen.scene().language)
            entry = next((hit.entry for hit in hits if hit.passage.id == choice), -1)
            self._frames.append(_Frame("passage", choice, at=v.entry_line(self.library.passage(choice), entry)))
            self._show()

    def choose(self, line_id: str) -> None:
        """Enter on a line of a page."""
        kind, _, key = line_id.partition(":")
        top = self._frames[-1]
        if kind == "passage" and self.library.find(key) is not None and (top.kind, top.key) != ("passage", key):
            self._push(_Frame("passage", key))
        elif kind == "prompt" and (top.kind, top.key) != ("prompt", key):
            service, _, prompt = key.partition(":")
            file = self._screen.scene().file
            if not service and file is not None:  # a shared prompt is read in the words of the case at hand
                service = file.service
            self._push(_Frame("prompt", f"{service}:{prompt}"))

    def view(self, scene: Scene) -> PanelView:
        """The page that is open."""
        frame, width = self._frames[-1], self._screen.middle_width
        moment = (frame.kind, frame.key, width, scene.assessment, frame.changed)
        if self._shown is None or self._shown[0] != moment:
            self._shown = (moment, self._made(scene, frame, width))
        return self._shown[1]

    def _made(self, scene: Scene, frame: _Frame, width: int) -> PanelView:
        if frame.kind == "changes":
            return v.changes_page(scene, frame.changed, width)
        if frame.kind == "passage":
            return v.passage_page(scene, self.library, self.library.passage(frame.key), width)
        service, _, prompt = frame.key.partition(":")
        return v.prompt_page(scene, self.library, service, prompt, width)

    # What changed since somebody here last looked.

    def heard(self, scene: Scene, news: Changes, say: Callable[[str], None]) -> None:
        """Says once after each sign-in that rules changed: when the counter is open, so that nothing covers it."""
        session = scene.desk.session
        if session is None:
            self._looked_for = ""
            return
        if scene.desk.link.status != "online" or scene.counter is None:
            return
        if self._looked_for != session.actor.id:
            self._looked_for = session.actor.id
            self._look(scene)
            self._untold = bool(self._changed)
            ready = bool(scene.counter.officer)
        else:
            ready = any(note.kind == "done" and isinstance(note.command, OpenCounter) for note in news.notices)
        if self._untold and ready:
            self._untold = False
            say(scene.words("say.rules_changed", count=len(self._changed)))

    def show_changes(self, changed: tuple[Change, ...]) -> None:
        """Bring up these changes over whatever the officer is at; Escape leads back there."""
        if not self._frames:
            self._home = self._remember()
            self._screen.question = None
        self._push(_Frame("changes", changed=changed))

    def worked_by(self, sha256: str) -> Seen | None:
        """The rules of a catalogue that this terminal worked by, None where it does not remember them."""
        return self._last.worked_by(sha256) if self._last is not None else None

    def _look(self, scene: Scene) -> None:
        session = scene.desk.session
        self._changed, self._told, self._last = (), False, None
        if session is None or self.folder is None:
            return
        self._last = LastSeen(self.folder, session.mode, session.station)
        before = self._last.read()
        self._last.remember(seen(scene.index, scene.today))
        if before is None:
            self._last.write(seen(scene.index, scene.today))
        else:
            self._changed = changes(before, scene.index, scene.today)
            if not self._changed and before.sha256 != scene.index.catalog.sha256:
                self._last.write(seen(scene.index, scene.today))

    def _keep(self) -> None:
        """The officer knows: remember the rules as they are now."""
        if self._last is not None and not self._told:
            scene = self._screen.scene()
            self._last.write(seen(scene.index, scene.today))
        self._told = True
