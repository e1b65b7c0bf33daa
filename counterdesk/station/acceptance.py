"""What a case file says about acceptance, as the rules want to know it. The station and the desk ask the same way."""

from __future__ import annotations

from datetime import date

from counterdesk.catalog.assess import Assessment, assess
from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.index import Index
from counterdesk.station.act import Evidence
from counterdesk.station.model import Case


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
    )
