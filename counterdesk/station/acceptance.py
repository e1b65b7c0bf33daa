"""What a case file says about acceptance, as the rules want to know it. The station and the desk ask the same way."""

from __future__ import annotations

from datetime import date

from counterdesk.catalog.assess import Assessment, MaterialState, assess
from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.index import Index
from counterdesk.station.act import Evidence, asking
from counterdesk.station.model import Case, Request


def assess_case(index: Index, case: Case, file: CaseFile, *, today: date, role: str, open_case: str = "") -> Assessment:
    """Assess a case's file with what a shift leader has set aside for it. Raises: KeyError for an unknown service."""
    return assess(index, file, today=today, role=role, open_case=open_case, overridden=case.overrides)


def evidence(index: Index, case: Case, found: Assessment) -> Evidence:
    """What stands in the way and what acceptance fixes. A paper counts as deferred only by the shift leader's word."""
    deferred = tuple(state.use.code for state in found.materials if state.status == "deferred")
    gate = [f"{problem.kind}:{problem.id}" for problem in found.gate]
    gate += [f"material_missing:{code}" for code in deferred if code not in case.deferred]
    return Evidence(
        gate=tuple(gate),
        service=case.service,
        catalog=index.catalog.sha256,
        department=found.department or "",
        on_the_spot=bool(found.on_the_spot),
        due=found.due.on if found.due else None,
        due_day_kind=found.due.day_kind if found.due else "working",
        fee=str(found.fee_due or 0),
        deferred=deferred,
        askable=askable(case, found),
    )


def askable(case: Case, found: Assessment) -> frozenset[str]:
    """What a shift leader could be asked for now: blockers that hold and may be set aside, needed papers that are not
    here and may come later. What he allowed already is not in it."""
    blockers = (
        asking("override", state.prompt.id)
        for state in found.prompts
        if state.value is True and state.prompt.overridable and state.prompt.stage == "intake" and not state.overridden
    )
    papers = (
        asking("deferral", state.use.code) for state in _lacking(case, found) if state.deferrable and state.needed
    )
    return frozenset((*blockers, *papers))


def needless(case: Case, found: Assessment) -> tuple[Request, ...]:
    """The open requests of which the case file says for certain that nothing depends on them any more. What is only
    not known at the moment is still asked for."""
    needed = {asking("override", state.prompt.id) for state in found.prompts if state.value is not False}
    needed |= {asking("deferral", state.use.code) for state in _lacking(case, found)}
    return tuple(one for one in case.asked if asking(one.what, one.item) not in needed)


def _lacking(case: Case, found: Assessment) -> list[MaterialState]:
    """The papers that must be here, or perhaps must, and are not; nor is one that would do in their place."""

    def here(state: MaterialState) -> bool:
        return state.status in ("verified", "waived") or state.use.code in case.deferred

    groups = {state.use.one_of for state in found.materials if state.use.one_of and here(state)}
    return [
        state
        for state in found.materials
        if state.needed is not False
        and state.use.necessity == "required"
        and not here(state)
        and state.use.one_of not in groups
    ]
