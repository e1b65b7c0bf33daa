"""What only a shift leader may do: let a paper come later, set a blocker aside, settle a ticket that stands at a dead
desk, unlock an officer. Others are told who may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterdesk.catalog.assess import PromptState
from counterdesk.desk import intake
from counterdesk.screens import questions as q
from counterdesk.screens.requesting import request_rows
from counterdesk.screens.settling import ask_unlock, settle
from counterdesk.screens.views.checklist import asks, override_refused, prompt_text
from counterdesk.screens.views.scene import Scene
from counterdesk.station import commands as c
from counterdesk.station.model import Case, Ticket
from counterdesk.widgets.values import ChooserView

if TYPE_CHECKING:
    from counterdesk.screens.desk import CounterScreen
    from counterdesk.screens.doing import Doing

GO = "go"
"""The choice that leads to the field behind a prompt instead of setting the prompt aside."""


def override_question(scene: Scene, case: Case, state: PromptState, *, asking: bool) -> ChooserView:
    """To the field behind a blocker, which is the usual thing, or past it with a reason. asking: only a leader may."""
    words = scene.words
    rows = [(GO, words("menu.to_field"), "", "")]
    if asking:
        rows += request_rows(scene, case, "override", state.prompt.id)
    else:
        rows += [
            (code, words("menu.override", reason=words(f"reason.override.{code}")), "", "")
            for code in words.codes("reason.override")
        ]
    return ChooserView(
        f"override:{state.prompt.id}",
        words("request.asking.override" if asking else "command.OverridePrompt"),
        prompt_text(scene, state),
        q.numbered(rows),
    )


class Leader:
    """The leader's hand on one counter screen."""

    def __init__(self, screen: CounterScreen, doing: Doing) -> None:
        self._screen = screen
        self._doing = doing

    def block(self, scene: Scene, state: PromptState) -> None:
        """Enter on a blocker that holds."""
        screen, case = self._screen, scene.open_case
        if case is None:
            return
        asking = asks(scene)
        text = override_refused(scene, state)
        if not text and not asking:
            command = c.OverridePrompt(case=case.id, prompt=state.prompt.id, reason="legal_ground")
            refused = scene.refusal(command)
            text = scene.reason(refused) if refused is not None else ""
        if state.overridden or text:
            self._to_field(scene, state)
            screen.say(text, "warn")
            return

        before = screen.place()

        def then(choice: str) -> None:
            if choice == GO:
                self._to_field(screen.scene(), state)
                self._doing.jumps.jumped(before, screen.place())  # back leads past the question
            elif asking:
                self._doing.requesting.choose(case.id, "override", state.prompt.id, choice)
            else:
                self._doing.submit(c.OverridePrompt(case=case.id, prompt=state.prompt.id, reason=choice))

        screen.ask(q.Question(override_question(scene, case, state, asking=asking), then))

    def _to_field(self, scene: Scene, state: PromptState) -> None:
        if state.because:
            self._doing.go_to_fact(scene, state.because[0][0])

    def settle(self, scene: Scene, ticket: Ticket) -> None:
        """Enter on a ticket that another counter called or serves."""
        settle(self._screen, self._doing.submit, scene, ticket)

    def unlock(self, scene: Scene) -> None:
        """Whose name is to be unlocked."""
        ask_unlock(self._screen, scene)

    def defer(self, scene: Scene, case_id: str, material: str) -> None:
        """The file says that a paper comes later: that counts by the leader's own command, once."""
        case = scene.station.cases.get(case_id)
        if case is not None and material not in case.deferred:
            self._doing.submit(c.DeferMaterial(case=case_id, material=material))

    def refused(self, command: c.DeferMaterial) -> None:
        """A paper that may not come later is open again."""
        self._screen.desk.edit_file(command.case, lambda file: intake.mark_material(file, command.material, None))
