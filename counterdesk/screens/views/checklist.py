"""The checklist: what stops the case, what to take note of, what is still to ask, and the materials."""

from __future__ import annotations

from counterdesk.catalog.assess import Assessment, MaterialState, PromptState, Question
from counterdesk.catalog.sentences import Labels, reasons
from counterdesk.screens.views.precheck import precheck_mark
from counterdesk.screens.views.requests import standing
from counterdesk.screens.views.scene import Scene
from counterdesk.station.model import Case
from counterdesk.text import wrap
from counterdesk.widgets.values import Cell, Line, PanelView, Style

_SIGN = {"BLOCK": "✗", "WARN": "!", "INFO": "i", "TIP": "·"}
_STYLE: dict[str, Style] = {"BLOCK": "block", "WARN": "warn", "INFO": "", "TIP": "dim"}
_MATERIAL: dict[str, tuple[str, Style]] = {
    "verified": ("✓", "ok"),
    "waived": ("✓", "ok"),
    "deferred": ("…", "warn"),
    "missing": ("✗", "block"),
    "open": ("○", ""),
}


def counts(found: Assessment) -> tuple[int, int, int]:
    """How many blockers are true, how many warnings wait for a confirmation, and how many questions are open."""
    blocks = sum(p.prompt.level == "BLOCK" and p.value is True and not p.overridden for p in found.prompts)
    warns = sum(p.prompt.level == "WARN" and p.value is True and not p.confirmed for p in found.prompts)
    return blocks, warns, len(questions(found))


def questions(found: Assessment) -> list[Question]:
    """What is still to ask of facts: materials have lines of their own."""
    return [question for question in found.to_ask if question.kind != "material"]


def checklist_view(scene: Scene, width: int) -> PanelView:
    """The checklist for a panel of `width` cells, frame included."""
    words, found = scene.words, scene.assessment
    case = scene.open_case
    if found is None or case is None:
        rows = wrap(words("checklist.empty"), max(width - 3, 20))
        return PanelView(words("checklist.title"), tuple(Line((Cell(row, "dim", -1),)) for row in rows))
    inner = max(width - 4, 12)
    lines: list[Line] = []
    for level in ("BLOCK", "WARN"):
        for prompt in found.prompts:
            if prompt.prompt.level == level and prompt.value is True:
                lines += _prompt_lines(scene, prompt, inner)
    asked = questions(found)
    for question in asked[:6]:
        lines.append(_question_line(scene, question))
    if len(asked) > 6:
        lines.append(Line((Cell("  " + words("checklist.more", count=len(asked) - 6), "dim", -1),)))
    lines += _material_lines(scene, found, inner)
    closing = case.status not in ("draft", "received", "supplementing")
    for level in ("INFO", "TIP"):
        for prompt in found.prompts:
            if prompt.prompt.level == level and prompt.value is True and (closing or prompt.prompt.stage == "intake"):
                lines += _prompt_lines(scene, prompt, inner)
    blocks, warns, open_questions = counts(found)
    counted = "checklist.counts" if width >= 32 else "status.prompts"  # how much is out of sight stands there too
    return PanelView(
        title=words("checklist.title"),
        note=words(counted, blocks=blocks, warns=warns, ask=open_questions),
        lines=tuple(lines),
        foot=tuple(_foot(scene, found)),
    )


def prompt_text(scene: Scene, state: PromptState) -> str:
    """A prompt's sentence, its places filled."""
    sentence = scene.pick(state.prompt.text)
    for name, value in state.params.items():
        kind = f"checklist.day_kind.{value}"
        sentence = sentence.replace("{" + name + "}", scene.words(kind) if scene.words.has(kind) else value)
    return sentence


def _prompt_lines(scene: Scene, state: PromptState, inner: int) -> list[Line]:
    words, prompt = scene.words, state.prompt
    settled = state.overridden or (state.confirmed and prompt.level == "WARN")
    sign = "↷" if state.overridden else "✓" if settled else _SIGN[prompt.level]
    style: Style = "dim" if settled else _STYLE[prompt.level]
    if settled:  # one line, and a sign where that is not the whole sentence
        lines = [Line((Cell(f"{sign} {prompt_text(scene, state)}", style, -1),), id=f"prompt:{prompt.id}")]
        if state.overridden:
            lines += [Line((Cell(f"  {row}", "warn"),)) for row in wrap(override_text(scene, state), inner - 2)]
        return lines
    rows = wrap(prompt_text(scene, state), inner - 2)
    lines = [Line((Cell(f"{sign} {rows[0]}", style),), id=f"prompt:{prompt.id}")]
    lines += [Line((Cell(f"  {row}", style),)) for row in rows[1:]]
    if prompt.level in ("BLOCK", "WARN"):
        because = reasons(state.because, labels_of(scene))
        if because:
            lines += [
                Line((Cell(f"  {row}", "dim"),)) for row in wrap(words("checklist.because", because=because), inner - 2)
            ]
        for row in wrap(basis_text(scene, state), inner - 2)[:2]:
            lines.append(Line((Cell(f"  {row}", "dim"),)))
    text, look = standing(scene, "override", prompt.id)
    lines += [Line((Cell(f"  {row}", look),)) for row in wrap(text, inner - 2) if text]
    return lines


def override_text(scene: Scene, state: PromptState) -> str:
    """That a blocker was set aside, and why."""
    reason = scene.open_case.overrides.get(state.prompt.id, "") if scene.open_case is not None else ""
    key = f"reason.override.{reason}"
    return scene.words("checklist.overridden", reason=scene.words(key) if scene.words.has(key) else reason)


def override_refused(scene: Scene, state: PromptState) -> str:
    """Why this officer cannot set this blocker aside (any more), or ""."""
    if state.overridden:
        return override_text(scene, state)
    if not state.prompt.overridable:
        return scene.words("checklist.statutory")
    if scene.actor is None or not (scene.actor.may("OverridePrompt") or asks(scene)):
        return scene.words("checklist.leader_may")
    return ""


def asks(scene: Scene) -> bool:
    """Whether this officer asks a leader for what the leader may decide himself."""
    return scene.actor is not None and scene.actor.may("RequestApproval") and not scene.actor.may("OverridePrompt")


def labels_of(scene: Scene) -> Labels:
    """The names of facts in the case at hand, in the language of the screen."""
    service = scene.index.service(scene.file.service) if scene.file else None
    return Labels(scene.index, service.id if service else "", scene.language)


def basis_text(scene: Scene, state: PromptState) -> str:
    """What a prompt rests on, and how sure that is."""
    words, prompt = scene.words, state.prompt
    service = scene.file.service if scene.file else ""
    names = words("list.apart").join(scene.pick(scene.index.basis(service, basis).name) for basis in prompt.basis)
    if prompt.confidence == "illustrative":
        return words("checklist.demonstration")
    if not names:
        return words(f"checklist.confidence.{prompt.confidence}")
    return words("checklist.basis", basis=names)


def question_label(scene: Scene, question: Question) -> str:
    """What is to be asked, short."""
    if question.kind == "variant":
        return scene.words("case.variant")
    if scene.file is None:
        return question.key
    try:
        return scene.pick(scene.index.fact(scene.file.service, question.key).label)
    except KeyError:
        return question.key


def _question_line(scene: Scene, question: Question) -> Line:
    settles = f" ({question.settles})" if question.settles > 1 else ""
    return Line((Cell(f"? {question_label(scene, question)}{settles}", "ask", -1),), id=f"ask:{question.key}")


def needed_materials(found: Assessment) -> list[MaterialState]:
    """The materials that this case needs or may need."""
    return [m for m in found.materials if m.needed is not False]


def _material_lines(scene: Scene, found: Assessment, inner: int) -> list[Line]:
    needed = needed_materials(found)
    if not needed:
        return []
    certain = [m for m in needed if m.needed]
    settled = sum(m.status in ("verified", "waived", "deferred") for m in certain)
    lines = [Line((Cell(scene.words("checklist.materials", settled=settled, needed=len(certain)), "title", -1),))]
    for material in needed:
        sign, style = _MATERIAL[material.status]
        if material.needed is None:
            sign, style = "?", "ask"
        mark = precheck_mark(scene, material)
        text, look = standing(scene, "deferral", material.use.code)
        lines.append(
            Line(
                (
                    Cell(f"{sign} ", style),
                    Cell(f"{mark} " if mark else "", "accent"),
                    Cell(scene.pick(material.material.name), style, -1),
                ),
                id=f"material:{material.use.code}",
            )
        )
        lines += [Line((Cell(f"  {row}", look),)) for row in wrap(text, inner - 2) if text]
    return lines


def _foot(scene: Scene, found: Assessment) -> list[Line]:
    """Money, deadline and destination, as far as they are decided; what acceptance fixed stays as it was fixed."""
    words, case = scene.words, scene.open_case
    if case is not None and case.accepted_at is not None:
        return _fixed(scene, case)
    foot: list[Line] = []
    if found.fee_due is not None:
        foot.append(Line((Cell(words("checklist.fee", amount=f"{found.fee_due:f}"), "", -1),)))
    if found.department is not None:
        where = (
            words("checklist.on_the_spot")
            if found.on_the_spot
            else words("checklist.goes_to", department=scene.department_name(found.department))
        )
        foot.append(Line((Cell(where, "", -1),)))
    if found.due is not None and found.due.days > 0:
        kind = words(f"checklist.day_kind.{found.due.day_kind}")
        on = found.due.on.isoformat() if found.due.on else "?"
        foot.append(Line((Cell(words("checklist.due", days=found.due.days, kind=kind, on=on), "", -1),)))
    return foot


def _fixed(scene: Scene, case: Case) -> list[Line]:
    words = scene.words
    where = words("checklist.goes_to", department=scene.department_name(case.department))
    texts = [
        words("checklist.fee", amount=case.fee or "0"),
        words("checklist.on_the_spot") if case.on_the_spot else where,
    ]
    if case.due is not None:
        kind = words(f"checklist.day_kind.{case.due_day_kind}")
        texts.append(words("checklist.due_on", kind=kind, on=case.due.isoformat()))
    return [Line((Cell(text, "", -1),)) for text in texts]
