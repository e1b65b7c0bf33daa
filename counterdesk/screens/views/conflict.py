"""Both sides of a case file that was changed at two places."""

from __future__ import annotations

from collections.abc import Iterator

from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.screens.views.case import answer_text
from counterdesk.screens.views.scene import Scene


def conflict_lines(scene: Scene, case: str) -> list[str]:
    """What differs, a line each: the field, what stands here, what the station has."""
    mine, theirs = scene.desk.files.get(case), scene.desk.theirs.get(case)
    if mine is None or theirs is None:
        return []
    words = scene.words
    lines = []
    for label, here, there in _differences(scene, mine, theirs):
        if here == there:  # two values with the same mask
            there = words("conflict.other", value=there)
        nothing = words("conflict.nothing")
        lines.append(words("conflict.line", label=label, mine=here or nothing, theirs=there or nothing))
    return lines


def _differences(scene: Scene, mine: CaseFile, theirs: CaseFile) -> Iterator[tuple[str, str, str]]:
    words = scene.words
    if mine.service != theirs.service:
        yield words("case.service"), scene.service_name(mine.service), scene.service_name(theirs.service)
        return
    if mine.variant != theirs.variant:
        yield words("case.variant"), mine.variant, theirs.variant
    for plan in scene.index.plan(mine.service).facts.values():
        fact = plan.fact
        one_said, other_said = _said(mine, fact.key), _said(theirs, fact.key)
        if one_said != other_said:
            yield scene.pick(fact.label), answer_text(scene, fact, one_said), answer_text(scene, fact, other_said)
    for code in sorted(mine.materials.keys() | theirs.materials.keys()):
        one, other = mine.materials.get(code), theirs.materials.get(code)
        if one != other:
            name = scene.pick(scene.index.material(code).name)
            yield name, words(f"material.{one}") if one else "", words(f"material.{other}") if other else ""
    for prompt in sorted(mine.confirmed.keys() ^ theirs.confirmed.keys()):
        yield (
            words("conflict.confirmed"),
            prompt if prompt in mine.confirmed else "",
            (prompt if prompt in theirs.confirmed else ""),
        )


def _said(file: CaseFile, key: str) -> Answer | None:
    """What a file holds of a fact, wherever it came from: an answer, or a text that is not right yet."""
    if text := file.entered.get(key, ""):
        return Answer(value=text)
    answer = file.answers.get(key)
    return None if answer is None else Answer(value=answer.value)
