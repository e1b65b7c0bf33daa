"""The gallery in a real terminal with hostile strings in every panel: python -m tests.pty.hostile_gallery SEED WALLS.

F2 shows the next round; the message line then says how many strings went through. WALLS: both, guard (the render guard
alone) or none (the control).
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import Any, ClassVar, cast

from counterdesk import terminal

if __name__ == "__main__":  # before Textual is imported
    terminal.apply(terminal.profile_for({"TERM": "xterm-256color"}), os.environ)

from textual.binding import Binding, BindingType

from benchmarks.torture import hostile_strings
from counterdesk.widgets.base import tolerate_bad_input
from counterdesk.widgets.message_line import MessageLine
from tests.ui.gallery import Gallery


class HostileGallery(Gallery):
    """Round after round."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f2", "round"), Binding("f10", "quit")]

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.make = hostile_strings.Maker(seed)

    def action_round(self) -> None:
        """The next strings in every panel, one middle panel after the other."""
        hostile_strings.show(self.make, cast(Any, self))
        self.turn(("#form", "#chooser", "#text"))

    def turn(self, left: tuple[str, ...]) -> None:
        """Show the next of these, or say that all were shown."""
        if not left:
            self.screen.query_one(MessageLine).say(f"round {self.make.count}")
            return
        for name in ("#form", "#chooser", "#text"):
            self.screen.query_one(name).set_class(name != left[0], "hidden")
        self.call_after_refresh(lambda: self.call_after_refresh(self.turn, left[1:]))


if __name__ == "__main__":
    with ExitStack() as stack:
        if sys.argv[2] != "both":
            stack.enter_context(hostile_strings.without_clean())
        if sys.argv[2] == "none":
            stack.enter_context(hostile_strings.without_guard())
        tolerate_bad_input()
        HostileGallery(int(sys.argv[1])).run(mouse=False)
