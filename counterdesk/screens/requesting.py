"""How an officer asks a shift leader for what he may not decide himself, and how he hears the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from counterdesk.catalog.casefile import MaterialStatus
from counterdesk.desk import intake
from counterdesk.desk.state import Notice
from counterdesk.screens import questions as q
from counterdesk.screens.views.requests import about, code_in_words, reason_in_words, standing, subject
from counterdesk.screens.views.scene import Scene
from counterdesk.station import commands as c
from counterdesk.station.model import Case, Request, RequestKind
from counterdesk.widgets.values import ChooserView

if TYPE_CHECKING:
    from counterdesk.screens.desk import CounterScreen
    from counterdesk.screens.doing import Doing

BACK = "withdraw"
"""The choice that takes a question back."""
_NOT_HERE: tuple[MaterialStatus | None, ...] = (None, "missing")


def request_rows(scene: Scene, case: Case, what: RequestKind, item: str) -> list[tuple[str, str, str, str]]:
    """What can be done about a question: put it with one of its reasons, or take it back where it stands."""
    words = scene.words
    request = case.request(what, item)
    if request is not None and not request.refused:
        return [(BACK, words("command.WithdrawRequest"), standing(scene, what, item)[0], "")]
    refused = scene.refusal(c.RequestApproval(case=case.id, what=what, item=item, reason="?"))
    blocked = scene.reason(refused) if refused is not None else ""
    if scene.case in scene.desk.local:
        blocked = words("blocked.local_case")
    return [
        (code, words("request.ask", reason=words(f"reason.{what}.{code}")), "", blocked)
        for code in words.codes(f"reason.{what}")
    ]


class Requesting:
    """The officer's questions to the shift leader on one counter screen."""

    def __init__(self, screen: CounterScreen, doing: Doing) -> None:
        self._screen = screen
        self._doing = doing
        self._told: Mapping[str, Case] = {}

    def choose(self, case: str, what: RequestKind, item: str, choice: str) -> None:
        """A row of `request_rows` was taken."""
        if choice == BACK:
            self._doing.submit(c.WithdrawRequest(case=case, what=what, item=item))
        else:
            self._doing.submit(c.RequestApproval(case=case, what=what, item=item, reason=choice))

    def paper(self, scene: Scene, code: str) -> None:
        """A paper is to come later and this officer may not say so: it is not here, and the leader is asked."""
        case = scene.open_case
        if case is None:
            return
        self._screen.desk.edit_file(case.id, lambda file: intake.mark_material(file, code, "missing"))
        self._ask(self._screen.scene(), case, "deferral", code)

    def ask_any(self, scene: Scene) -> None:
        """Everything of this case for which a leader can be asked or was asked."""
        case, found = scene.open_case, scene.evidence()
        if case is None or found is None:
            return
        asked = [f"{one.what}:{one.item}" for one in case.asked]
        rows = []
        for key in (*asked, *sorted(found.askable - set(asked))):
            what, _, item = key.partition(":")
            kind: RequestKind = "override" if what == "override" else "deferral"
            state = standing(scene, kind, item)[0]
            rows.append((key, about(scene, case, kind, item), state, ""))

        def then(key: str) -> None:
            what, _, item = key.partition(":")
            self._ask(self._screen.scene(), case, "override" if what == "override" else "deferral", item)

        view = ChooserView(
            "ask_leader", scene.words("action.ask_leader"), scene.words("request.which"), q.numbered(rows)
        )
        self._screen.ask(q.Question(view, then))

    def _ask(self, scene: Scene, case: Case, what: RequestKind, item: str) -> None:
        now = scene.station.cases.get(case.id, case)
        rows = request_rows(scene, now, what, item)
        prompt = subject(scene, now, what, item)
        view = ChooserView(f"{what}:{item}", scene.words(f"request.asking.{what}"), prompt, q.numbered(rows))
        self._screen.ask(q.Question(view, lambda choice: self.choose(now.id, what, item, choice)))

    # The answer.

    def forget(self) -> None:
        """Another officer may sit here next."""
        self._told = {}

    def hear(self, scene: Scene, notices: Sequence[Notice]) -> None:
        """Tell what became of this officer's questions since the last look, and of those about the case at hand."""
        before, self._told = self._told, scene.station.cases
        if scene.actor is None or before is self._told:
            return
        # The stream may bring what this desk asked for before the answer does.
        commands = [notice.command for notice in notices if notice.kind == "done"]
        commands += [pending.command for pending in scene.desk.pending]
        back = {(one.case, one.what, one.item) for one in commands if isinstance(one, c.WithdrawRequest)}
        for case in before.values():
            now = self._told.get(case.id)
            if now is None or now is case or not case.asked:
                continue
            for request in case.asked:
                here = request.by == scene.actor.id or case.id == scene.case
                if here and (case.id, request.what, request.item) not in back:
                    self._tell(scene, now, request)

    def _tell(self, scene: Scene, case: Case, request: Request) -> None:
        words, say = scene.words, self._screen.say
        text = subject(scene, case, request.what, request.item)
        now = case.request(request.what, request.item)
        if now is not None and now.refused:
            reason = code_in_words(scene, "refuse_request", now.refused)
            say(words("request.told.refused", text=text, reason=reason), "block")
        elif request.what == "override" and request.item in case.overrides and now is None:
            reason = code_in_words(scene, "override", case.overrides[request.item])
            say(words("request.told.granted", text=text, reason=reason), "ok")
        elif request.what == "deferral" and request.item in case.deferred and now is None:
            say(words("request.told.granted", text=text, reason=reason_in_words(scene, request)), "ok")
            self._mark(case, request.item)
        elif now is None and case.status in ("draft", "received"):
            say(words("request.told.needless", text=text), "accent")

    def _mark(self, case: Case, code: str) -> None:
        """The file says what the leader allowed; a paper that came meanwhile stays as it was found."""
        file = self._screen.desk.state.files.get(case.id)
        if file is not None and file.materials.get(code) in _NOT_HERE:
            self._screen.desk.edit_file(case.id, lambda f: intake.mark_material(f, code, "deferred"))
