"""What is missing, what was told of it, and what belongs on no paper."""

from __future__ import annotations

from datetime import date

from counterdesk.catalog.assess import Assessment, assess
from counterdesk.catalog.casefile import Answer, CaseFile, MaterialStatus
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.desk.telling import confidential, for_the_applicant, hushed, lacking, tell, through, untold

INDEX = Index(load())
TODAY = date(2026, 11, 23)


def found(file: CaseFile) -> Assessment:
    return assess(INDEX, file, today=TODAY, role="officer")


def death(**materials: MaterialStatus) -> CaseFile:
    """A death at home: the medical certificate or, without one, the cremation certificate."""
    return CaseFile(case="c", service="hukou.death", variant="D1", materials=dict(materials))


def codes(groups: tuple[tuple[object, ...], ...]) -> list[list[str]]:
    return [[state.use.code for state in group] for group in groups]  # type: ignore[attr-defined]


def test_what_nobody_looked_at_is_listed_but_stops_nobody() -> None:
    lack = lacking(found(death()))
    assert lack.missing == ()
    assert lack.found == ()
    assert ["HKB"] in codes(lack.unseen)
    assert "material:HKB" in lack.listed


def test_of_papers_that_stand_for_each_other_one_is_enough() -> None:
    assert codes(lacking(found(death(DTH="missing"))).unseen)[0] == ["DTH", "CREM"]
    assert codes(lacking(found(death(DTH="missing", CREM="missing"))).missing) == [["DTH", "CREM"]]
    settled = lacking(found(death(DTH="missing", CREM="verified")))
    assert not any("DTH" in group for group in codes((*settled.missing, *settled.unseen)))


def test_what_is_not_known_to_be_needed_is_no_reason_to_stop() -> None:
    lack = lacking(found(CaseFile(case="c", service="hukou.birth", materials={"DNA": "missing"})))
    assert "DNA" in [state.use.code for state in lack.perhaps]
    assert "material:DNA" not in lack.listed


def test_it_is_said_once_and_again_only_if_more_is_missing() -> None:
    file = death(HKB="missing")
    assert untold(found(file), file) == ("material:HKB",)
    file = tell(file, lacking(found(file)).listed, TODAY, "oral")
    assert untold(found(file), file) == ()
    assert tell(file, lacking(found(file)).listed, TODAY, "oral") is file
    # IDT was listed as to be shown, so that it turns out to be missing is no news; a blocker is.
    worse = CaseFile(
        case="c",
        service="hukou.death",
        variant="D1",
        answers={"data_conflict": Answer(value=True)},
        materials={"HKB": "missing", "IDT": "missing"},
        notified=file.notified,
    )
    assert untold(found(worse), worse) == ("prompt:G04",)


def test_what_a_leader_set_aside_is_not_missing() -> None:
    file = CaseFile(case="c", service="hukou.death", answers={"data_conflict": Answer(value=True)})
    assert "prompt:G04" in lacking(found(file)).found
    aside = assess(INDEX, file, today=TODAY, role="leader", overridden=["G04"])
    assert "prompt:G04" not in lacking(aside).found


def test_what_the_officer_may_not_do_is_not_told_to_the_applicant() -> None:
    prompts = {p.prompt.id: p.prompt for p in INDEX.plan("violation.handle").prompts}
    kept = {name for name, prompt in prompts.items() if not for_the_applicant(INDEX, "violation.handle", prompt)}
    assert {"G10", "G21", "P10"} <= kept
    assert "P1" not in kept


def test_flags_and_records_belong_on_no_paper() -> None:
    prompts = {p.prompt.id: p.prompt for p in INDEX.plan("passport.first").prompts}
    assert hushed(INDEX, "passport.first", prompts["P2"])
    assert hushed(INDEX, "passport.first", prompts["G17"])
    assert not hushed(INDEX, "passport.first", prompts["P1"])
    assert confidential(INDEX, "trade.pawn", ["intentional_crime"])
    assert not confidential(INDEX, "hukou.birth", ["mother_id", "variant", "unknown"])


def test_a_computed_fact_leads_to_what_it_is_made_of() -> None:
    for service in INDEX.catalog.services:
        plan = INDEX.plan(service.id)
        for key, fact in plan.facts.items():
            assert key in through(INDEX, service.id, [key])
            if fact.fact.computed and fact.compute is not None:
                assert set(fact.compute.names) <= through(INDEX, service.id, [key])
