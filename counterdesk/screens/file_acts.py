"""What an officer writes down and checks, and the way to what is still open."""

from __future__ import annotations

import uuid
from functools import partial

from counterdesk.catalog.assess import GateProblem, assess, dropped
from counterdesk.catalog.casefile import CaseFile, MaterialStatus
from counterdesk.catalog.model import CAPTURED
from counterdesk.desk import intake
from counterdesk.screens import questions as q
from counterdesk.screens.actions import advance_command
from counterdesk.screens.case_acts import CaseActs
from counterdesk.screens.views.case import gate_text, step_of
from counterdesk.screens.views.materials import deferral_asked
from counterdesk.screens.views.scene import STEPS, Scene, Step
from counterdesk.station import commands as c

LOOKED_UP = frozenset({"rid", "plate"})
"""Types of facts that registers are asked about."""


class FileActs(CaseActs):
    """The case file in the panel."""

    def commit(self, scene: Scene, case: str, service: str, step: Step, key: str, text: str) -> None:
        """A field of a form was left with a new text."""
        desk, index = self._screen.desk, scene.index
        file = desk.state.files.get(case)
        if file is None or file.service != service:
            return
        if step == "materials":
            status: MaterialStatus | None = text or None  # type: ignore[assignment]
            if status == "deferred" and deferral_asked(scene, key):
                self._screen.restore_field(key)
                self.requesting.paper(scene, key)
                return
            desk.edit_file(case, lambda f: intake.mark_material(f, key, status))
            if status == "deferred":
                self.leader.defer(scene, case, key)
            return
        if key == "variant":
            desk.edit_file(case, lambda f: intake.choose_variant(f, text))
            return
        fact = index.fact(service, key)
        keep = partial(self.commit_text, case, service, key, text)
        if fact.type not in ("enum", "bool") and self.scanning.take(scene, case, key, text, keep):
            self._screen.restore_field(key)
            return
        if fact.type in CAPTURED:
            reference = f"{fact.type}:{uuid.uuid4().hex[:8]}" if text else ""
            desk.edit_file(case, lambda f: intake.capture(f, key, reference))
            return
        self.commit_text(case, service, key, text)

    def commit_text(self, case: str, service: str, key: str, text: str) -> None:
        """Take a text into the file, with what follows from it."""
        scene, desk = self._screen.scene(), self._screen.desk
        index, fact = scene.index, scene.index.fact(service, key)
        role = scene.actor.role if scene.actor is not None else "officer"

        def change(before: CaseFile) -> CaseFile:
            after, _ = intake.commit(index, before, key, text, scene.today)
            return intake.settle_offers(after, assess(index, after, today=scene.today, role=role))

        desk.edit_file(case, change)
        now = desk.state.files.get(case)
        answer = now.answers.get(key) if now is not None else None
        if answer is not None and fact.type in LOOKED_UP and isinstance(answer.value, str):
            value = answer.value
            desk.call(lambda d: d.look_up(case, service, key, value))

    def move_step(self, scene: Scene, delta: int) -> None:
        """To another step of the intake."""
        place = STEPS.index(scene.step) + delta
        if 0 <= place < len(STEPS):
            self._screen.step = STEPS[place]

    def _do_quiet_checks(self, scene: Scene) -> None:
        found = scene.assessment
        if found is None or scene.file is None:
            return
        before = len(scene.file.answers)
        self._screen.desk.edit_file(scene.case, lambda f: intake.settle_quiet_checks(f, found))
        after = self._screen.desk.state.files[scene.case]
        self._screen.say(scene.words("say.checks", count=len(after.answers) - before), "ok")

    def choose_prompt(self, scene: Scene, line_id: str) -> None:
        """Enter on a line of the checklist or of the review page."""
        kind, _, rest = line_id.partition(":")
        found = scene.assessment
        if found is None:
            return
        if kind == "gate":
            gate_kind, _, identifier = rest.partition(":")
            self.go_to_problem(scene, GateProblem(gate_kind, identifier))  # type: ignore[arg-type]
        elif kind in ("ask", "fact"):
            self.go_to_fact(scene, rest)
        elif kind == "material":
            self._go(scene, "materials", rest)
        elif kind == "prompt":
            state = next((p for p in found.prompts if p.prompt.id == rest), None)
            if state is not None and state.prompt.level == "BLOCK" and state.value:
                self.leader.block(scene, state)
            elif state is not None and state.prompt.level == "WARN":
                confirmed = not state.confirmed
                self._screen.desk.edit_file(scene.case, lambda f: intake.confirm(f, rest, confirmed))
            elif state is not None and state.because:
                self.go_to_fact(scene, state.because[0][0])

    def go_to_fact(self, scene: Scene, key: str) -> None:
        """Put the cursor on the field of a fact, a material or the variant."""
        if scene.file is None:
            return
        if key == "variant":
            self._go(scene, "service", "variant")
            return
        try:
            fact = scene.index.fact(scene.file.service, key)
        except KeyError:
            self._go(scene, "materials", key)
            return
        self._go(scene, step_of(scene, fact), key)

    def _go(self, scene: Scene, step: Step, key: str) -> None:
        screen = self._screen
        before = screen.place()
        screen.step, screen.page = step, ""
        screen.focus_middle()
        screen.go_to_field(key)
        self.jumps.jumped(before, screen.place())

    def go_to_problem(self, scene: Scene, problem: GateProblem) -> None:
        """Go where a reason against acceptance can be settled."""
        if problem.kind.startswith("material"):
            self._go(scene, "materials", problem.id)
        elif problem.kind.startswith("prompt") and scene.assessment is not None:
            state = next((p for p in scene.assessment.prompts if p.prompt.id == problem.id), None)
            # A paper can be brought and a fact corrected; which variant it is is the last thing to doubt.
            papers = {material.use.code for material in scene.assessment.materials}
            because = sorted(
                (name for name, _ in state.because) if state is not None else (),
                key=lambda name: (name == "variant", name not in papers),
            )
            names = [*(state.missing if state is not None else ()), *because]
            if names:
                self.go_to_fact(scene, names[0])
        else:
            self.go_to_fact(scene, "variant" if problem.kind == "variant_missing" else problem.id)

    def _do_next_question(self, scene: Scene) -> None:
        """To the question that settles most; then to whatever else stands in the way."""
        found = scene.assessment
        if found is None:
            return
        here = self._screen.active_field
        asked = [question for question in found.to_ask if question.key != here] or list(found.to_ask)
        if asked:
            self.go_to_fact(scene, asked[0].key)
        elif found.gate:
            self.go_to_problem(scene, found.gate[0])

    def _do_advance(self, scene: Scene) -> None:
        """The next step of the case; what stands in the way of acceptance is said, and the cursor goes there."""
        command = advance_command(scene)
        screen, found = self._screen, scene.assessment
        if scene.case in scene.desk.local:
            screen.say(scene.words("blocked.local_case"), "warn")
            return
        if command is None:
            screen.say(scene.words("blocked.no_step" if scene.case else "blocked.no_case"), "warn")
            return
        if isinstance(command, c.AcceptCase) and found is not None and found.gate:
            unconfirmed = [problem.id for problem in found.gate if problem.kind == "prompt_unconfirmed"]
            if len(unconfirmed) == len(found.gate):
                self._ask_warnings(scene, unconfirmed, 0)
                return
            if screen.paperwork.taken_up(scene):
                return
            first = next(problem for problem in found.gate if problem.kind != "prompt_unconfirmed")
            text = gate_text(scene, first.kind, first.id)
            said = scene.words("say.gate", count=len(found.gate), first=text)
            screen.say(screen.paperwork.with_offer(scene, said, screen.size.width), "warn")
            self.go_to_problem(scene, first)
            return
        if isinstance(command, c.AcceptCase) and self._shows_dropped(scene):
            return
        refused = scene.refusal(command)
        if refused is not None:
            action = scene.words(f"command.{type(command).__name__}")
            screen.say(scene.words("say.blocked", action=action, reason=scene.reason(refused)), "warn")
            return
        case = scene.open_case
        if isinstance(command, c.AcceptCase) or case is None:
            self.submit(command)
        else:
            self._take_step(scene, case, command)

    def _shows_dropped(self, scene: Scene) -> bool:
        """Before what an officer put in is left out, the review page shows it. What a register brought goes quietly; so
        does a check that is no longer to be made."""
        found, file = scene.assessment, scene.file
        if found is None or file is None or scene.step == "review":
            return False
        gone = dropped(found, file)
        own = [
            key
            for key in gone
            if scene.index.fact(file.service, key).section != "checks"
            and (key in file.entered or file.answers[key].source in ("typed", "read"))
        ]
        if own:
            self._do_review(scene)
            self._screen.say(scene.words("say.dropped", count=len(own)), "warn")
        return bool(own)

    def _ask_warnings(self, scene: Scene, prompts: list[str], place: int) -> None:
        """Take note of the open warnings one by one, each by a key of its own; then accept."""
        if place == len(prompts):
            self._do_advance(self._screen.scene())
            return
        prompt = prompts[place]

        def then(answer: str) -> None:
            if answer == "yes":
                self._screen.desk.edit_file(scene.case, lambda f: intake.confirm(f, prompt, True))
                self._ask_warnings(self._screen.scene(), prompts, place + 1)

        self._screen.ask(q.Question(q.warning_question(scene, prompt, place + 1, len(prompts)), then))
