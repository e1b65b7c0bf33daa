"""A case assessed again after each answer: only what hangs on the answer is evaluated.

The law that the tests hold: whatever was edited in between, the outcome is that of `assess` on the same case file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final, NamedTuple

from counterdesk.quiet import quiet

from .assess import Assessment, Run
from .casefile import CaseFile
from .index import Index

_DUE: Final = ("due_days", "due_kind", "due_on")


@quiet
class _Last(NamedTuple):
    """What was evaluated last, and under which circumstances."""

    run: Run
    circumstances: tuple[date, str, str]
    found: Assessment


class Assessor:
    """Assesses one case over and over. It keeps the last evaluation and nothing else; two threads need two."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._last: _Last | None = None

    def assess(
        self,
        file: CaseFile,
        *,
        today: date,
        role: str,
        open_case: str = "",
        overridden: Collection[str] = (),
    ) -> Assessment:
        """As `counterdesk.catalog.assess.assess`: the same arguments, the same outcome, the same errors.

        Another service, day, role or open case is evaluated whole; so is the first.
        """
        plan = self._index.plan(file.service)
        circumstances = (today, role, open_case)
        last, self._last = self._last, None  # an evaluation that fails half way is not gone on from
        if last is not None and last.run.plan is plan and last.circumstances == circumstances:
            run, found = last.run, _again(last.run, last.found, file, frozenset(overridden))
        else:
            run = Run(plan, file, today, role, open_case, frozenset(overridden))
            run.evaluate()
            found = run.assessment()
        self._last = _Last(run, circumstances, found)
        return found


def _again(run: Run, before: Assessment, file: CaseFile, overridden: frozenset[str]) -> Assessment:
    """Bring an evaluation to another file of the same service, and put together what it comes to."""
    old, plan = run.file, run.plan
    flagged = _differing(old.confirmed, file.confirmed) | (frozenset(run.overridden) ^ overridden)
    touched = _differing(old.answers, file.answers) | _differing(old.entered, file.entered)
    touched |= _differing(old.materials, file.materials)
    if old.variant != file.variant:
        touched.add("variant")
    run.take(file, overridden)
    renewed, changed = _propagate(run, touched)
    return run.put_together(
        tuple(
            run.fact_state(state.fact.key, fact)
            if state.fact.key in renewed or not fact.reads.isdisjoint(changed)
            else state
            for state, fact in zip(before.facts, plan.facts.values(), strict=True)
        ),
        tuple(
            state if state.prompt.id not in flagged and prompt.reads.isdisjoint(changed) else run.prompt_state(prompt)
            for state, prompt in zip(
                before.prompts, (p for p in plan.prompts if p.prompt.in_force(run.today)), strict=True
            )
        ),
        tuple(
            run.material_state(state.use.code, plan.materials[state.use.code]) if state.use.code in renewed else state
            for state in before.materials
        ),
    )


def _differing(before: Mapping[str, object], after: Mapping[str, object]) -> set[str]:
    """The keys whose values are not the very same; what an edit left alone is, so nothing need be compared."""
    return {key for key in before.keys() | after.keys() if before.get(key) is not after.get(key)}


def _propagate(run: Run, touched: set[str]) -> tuple[set[str], set[str]]:
    """Evaluate what was touched and what hangs on it, as far as it changes anything.

    Returns:
        (the names evaluated, the names that others now see differently).
    """
    values, missing = run.facts.values, run.facts.missing
    renewed: set[str] = set()
    changed: set[str] = set()
    for name in run.plan.order:
        if name not in touched and run.plan.needs[name].isdisjoint(changed):
            continue
        renewed.add(name)
        seen = _DUE if name == "due_days" else (name,)
        before = [(values.get(each), missing.get(each)) for each in seen]
        need = run.needs.get(name)
        run.evaluate_name(name)
        if name in run.plan.materials and (name in touched or run.needs[name] != need):
            changed.add(name)  # what is missing hangs on more of a material than whether it was presented
        changed.update(
            each
            for each, (value, names) in zip(seen, before, strict=True)
            if not _same(value, values.get(each)) or names != missing.get(each)
        )
    return renewed, changed


def _same(before: object, after: object) -> bool:
    """Whether conditions can't tell two values apart; 1 is not True, and records are compared by what they are."""
    return before is after or (type(before) is type(after) and not isinstance(before, tuple) and before == after)
