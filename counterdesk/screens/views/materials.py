"""The materials of a case as fields: what was found for each paper, and under the cursor why it is wanted."""

from __future__ import annotations

from counterdesk.catalog.assess import MaterialState
from counterdesk.catalog.plan import parse
from counterdesk.catalog.sentences import Labels, reasons, sentence
from counterdesk.screens.views.checklist import asks, labels_of, needed_materials
from counterdesk.screens.views.precheck import precheck_mark
from counterdesk.screens.views.requests import standing
from counterdesk.screens.views.scene import Scene
from counterdesk.widgets.values import Choice, FieldMark, FieldView

_MARKS: dict[str, FieldMark] = {"verified": "done", "waived": "done", "deferred": "done", "missing": "error"}


def material_fields(scene: Scene) -> list[FieldView]:
    """The materials that the case needs or may need."""
    found = scene.assessment
    return [] if found is None else [_field(scene, material) for material in needed_materials(found)]


def deferral_refused(scene: Scene, material: MaterialState) -> str:
    """Why this officer can neither let a deferrable paper come later nor ask for it; "" where he can, or a leader did
    it."""
    case = scene.open_case
    if case is not None and material.use.code in case.deferred:
        return ""
    if scene.actor is not None and scene.actor.may("DeferMaterial"):
        return ""
    if not asks(scene):
        return scene.words("material.leader_only")
    return scene.words("blocked.local_case") if scene.case in scene.desk.local else ""


def deferral_asked(scene: Scene, code: str) -> bool:
    """Whether a paper comes later only if a leader, who has to be asked, lets it."""
    case = scene.open_case
    return asks(scene) and (case is None or code not in case.deferred)


def _field(scene: Scene, material: MaterialState) -> FieldView:
    words = scene.words
    choices = [
        Choice("verified", words("material.verified"), "1"),
        Choice("missing", words("material.missing"), "2"),
        Choice("waived", words("material.waived"), "3"),
    ]
    if material.deferrable:
        blocked = deferral_refused(scene, material)
        asking = words("material.ask") if not blocked and deferral_asked(scene, material.use.code) else ""
        choices.append(Choice("deferred", words("material.deferred"), "4", note=asking, blocked=blocked))
    status = "" if material.status == "open" else material.status
    optional = material.use.necessity == "optional" or material.needed is None
    return FieldView(
        key=material.use.code,
        label=scene.pick(material.material.name),
        kind="choice",
        text=status,
        shown=words(f"material.{status}") if status else "",
        mark=_MARKS.get(status, "optional" if optional else "open"),
        note=_pieces(scene, material),
        choices=tuple(choices),
        details=_details(scene, material),
    )


def _pieces(scene: Scene, material: MaterialState) -> str:
    """How many originals and copies, and whether it must be this paper at all."""
    words, use = scene.words, material.use
    mark = precheck_mark(scene, material)
    parts = [*([mark] if mark else []), words("material.copies", originals=use.originals, copies=use.copies)]
    if use.necessity == "optional":
        parts.append(words("material.optional"))
    return " ".join(parts)


def _details(scene: Scene, material: MaterialState) -> tuple[str, ...]:
    """Why the paper is wanted, what to look at, what it may be replaced by, and how sure all that is."""
    words, use, labels = scene.words, material.use, labels_of(scene)
    check = use.check or material.material.check
    asked, _ = standing(scene, "deferral", use.code)
    lines = [asked] if asked else []
    lines += [why(scene, material, labels), words("material.check", check=scene.pick(check))]
    if use.note is not None:
        lines.append(scene.pick(use.note))
    if use.one_of and scene.assessment is not None:
        group = [m for m in needed_materials(scene.assessment) if m.use.one_of == use.one_of]
        lines.append(words("material.one_of", names=words.listed(scene.pick(m.material.name) for m in group)))
    if use.confidence == "illustrative":
        lines.append(words("checklist.demonstration"))
    else:
        lines.append(words(f"checklist.confidence.{use.confidence}"))
    return tuple(lines)


def why(scene: Scene, material: MaterialState, labels: Labels) -> str:
    """Why a paper is wanted: the facts that made it so, or those on which it still depends."""
    words, use = scene.words, material.use
    if not use.when:
        return words("material.always")
    if material.needed is None:
        facts = words.listed(labels.name(name) for name in material.missing)
        return words("material.undecided", facts=facts)
    because = reasons(material.because, labels)
    if because:
        return words("checklist.because", because=because)
    return words("material.when", condition=sentence(parse(use.when), labels))
