"""Desk and station on different rules, and drafts that were begun under others."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from counterdesk.catalog.build import sealed
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Catalog, Text
from counterdesk.desk.state import DeskState

from .counter import AtCounter, at_counter, the_index


def laid_over(text: str = "二楼领证") -> Catalog:
    """The shipped catalogue with one tip of the station in the licence renewal."""
    base = the_index().catalog
    service = the_index().service("license.renew")
    tip = msgspec.structs.replace(
        next(prompt for prompt in service.prompts if prompt.level == "TIP"),
        id="L1",
        text=Text(zh=text, en="Licences are handed out upstairs"),
        when="true",
        params={},
    )
    with_tip = msgspec.structs.replace(service, prompts=(*service.prompts, tip))
    services = tuple(with_tip if one.id == service.id else one for one in base.services)
    return sealed(msgspec.structs.replace(base, version=f"{base.version}+test.1", station="test", services=services))


@cache
def laid_index() -> Index:
    return Index(laid_over())


def age_file(stage: AtCounter, sha256: str) -> None:
    """The open case's draft was begun under other rules."""
    stage.desk.edit_file(stage.screen.case, lambda file: msgspec.structs.replace(file, catalog=sha256))


async def test_a_desk_says_that_its_rules_are_not_the_stations() -> None:
    async with at_counter(station=laid_index()) as stage:
        theirs, ours = laid_index().catalog.label, the_index().catalog.label
        assert stage.words("status.other_rules") in stage.text()
        await stage.until(lambda: stage.message == stage.words("say.other_rules", ours=ours, theirs=theirs))
    async with at_counter(station=laid_index(), index=laid_index()) as stage:
        assert stage.words("status.other_rules") not in stage.text()


async def test_a_draft_from_before_the_layer_goes_on_with_what_is_new(tmp_path: Path) -> None:
    async with at_counter(("DV", "license.renew"), index=laid_index(), station=laid_index(), memory=tmp_path) as stage:
        await stage.serve()
        assert stage.file.catalog == laid_index().catalog.sha256
        age_file(stage, the_index().catalog.sha256)
        stage.desk.edit_file(stage.screen.case, lambda file: msgspec.structs.replace(file, entered={"phone": "12"}))
        await stage.until(lambda: stage.file.catalog == laid_index().catalog.sha256)
        await stage.until(lambda: stage.screen.page == "policy")
        assert "二楼领证" in stage.page
        assert stage.message.startswith(
            stage.words("say.carried", now=laid_index().catalog.label, before=the_index().catalog.version, count=1)
        )
        assert stage.file.entered == {"phone": "12"}
        await stage.press("escape")
        assert not stage.screen.page
        assert stage.form.display


async def test_a_draft_of_rules_that_nobody_here_knows(tmp_path: Path) -> None:
    async with at_counter(("DV", "license.renew"), memory=tmp_path) as stage:
        await stage.serve()
        age_file(stage, "f" * 64)
        await stage.until(lambda: stage.file.catalog == the_index().catalog.sha256)
        said = stage.words("say.carried_unknown", now=the_index().catalog.label, before="f" * 8)
        await stage.until(lambda: stage.message == said)
        assert not stage.screen.page


async def test_a_terminal_remembers_the_rules_that_it_worked_by(tmp_path: Path) -> None:
    async with at_counter(index=laid_index(), station=laid_index(), memory=tmp_path):
        pass
    newer = Index(laid_over("三楼领证"))
    async with at_counter(("DV", "license.renew"), index=newer, station=newer, memory=tmp_path) as stage:
        await stage.serve()
        age_file(stage, laid_index().catalog.sha256)
        await stage.until(lambda: stage.screen.page == "policy")
        assert "三楼领证" in stage.page
        assert "二楼领证" in stage.page  # what it was


async def test_what_was_accepted_keeps_its_fee_day_and_rules() -> None:
    """The rules change while a case is with the department; its fee, deadline and prompts are those of acceptance."""
    async with at_counter(("DV", "license.renew")) as stage:
        await stage.serve()
        await stage.fill("license.renew", "complete, 10 years to long-term")
        await stage.press("advance")
        await stage.until(lambda: stage.case("license.renew").accepted_at is not None, "acceptance")
        case = stage.case("license.renew")
        assert case.catalog == the_index().catalog.sha256
        before = stage.scene.assessment
        stage.pass_time(days=400)
        assert before is not None
        assert stage.scene.assessment == before
        state: DeskState = stage.scene.desk
        other = {**state.station.cases, case.id: msgspec.structs.replace(case, fee="77", department="D6")}
        stage.desk._change("cases", station=msgspec.structs.replace(state.station, cases=other))
        stage.screen.page = ""
        stage.screen.present()
        await stage.pilot.pause()
        assert stage.words("checklist.fee", amount="77") in stage.text()
        age_file(stage, "e" * 64)
        await stage.quiet()
        assert stage.file.catalog == "e" * 64  # a case that was accepted is not brought forward
