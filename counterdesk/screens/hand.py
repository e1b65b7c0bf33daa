"""What every act of an officer needs: the screen it is seen on, and the way to the desk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from counterdesk.catalog.assess import dropped
from counterdesk.desk import intake
from counterdesk.desk.state import Notice
from counterdesk.station import commands as c

if TYPE_CHECKING:
    from counterdesk.screens.desk import CounterScreen
    from counterdesk.screens.leader import Leader
    from counterdesk.screens.requesting import Requesting
    from counterdesk.screens.scanning import Scanning
    from counterdesk.screens.shift import Shift


class Hand:
    """The officer's hand on one counter screen.

    moved_by_hand: the cases of commands that have no answer yet: what becomes of them is no news from elsewhere.
    scanning, leader, requesting, shift: what has a hand of its own; `Doing` brings them along.
    """

    scanning: Scanning
    leader: Leader
    requesting: Requesting
    shift: Shift

    def __init__(self, screen: CounterScreen) -> None:
        self._screen = screen
        self.moved_by_hand: list[str] = []

    def submit(self, command: c.AnyCommand) -> None:
        """Give a command to the desk; one that waits for its answer already is not given twice."""
        case = getattr(command, "case", "")
        screen = self._screen
        if any(pending.command == command for pending in screen.desk.state.pending):
            screen.say(screen.words("say.unsent"), "warn")
            return
        if case:
            self.moved_by_hand.append(case)
        if isinstance(command, c.AcceptCase):
            self._leave_out(case)
        screen.desk.call(lambda desk: desk.submit(command))
        if screen.desk.state.link.status != "online":
            screen.say(screen.words("say.unsent"), "warn")

    def _leave_out(self, case: str) -> None:
        """What was answered and turned out not to be asked is not stored with an accepted case. The desk sends the
        newest file before the command, so the station decides on the file without it."""
        scene = self._screen.scene()
        found, file = scene.assessment, scene.file
        if found is None or file is None or file.case != case or found.gate:
            return
        gone = dropped(found, file)
        if gone:
            self._screen.desk.edit_file(case, lambda f: intake.leave_out(f, gone))

    def answered(self, notices: Iterable[Notice]) -> None:
        """These commands have their answers; the changes that they made have been told."""
        for notice in notices:
            if (case := getattr(notice.command, "case", "")) in self.moved_by_hand:
                self.moved_by_hand.remove(case)
