"""The station's layer: what a station may set, and that it may set nothing else (S11)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from counterdesk.catalog.assess import assess
from counterdesk.catalog.build import BuildError
from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.check import errors
from counterdesk.catalog.index import Index
from counterdesk.catalog.tools.checking import check_folder
from counterdesk.catalog.tools.station import merge, read_layer

from .folders import document, write
from .small import make_index, prompt, text

BASE = make_index().catalog
TIP = {**prompt("L1", "TIP", 'delivery == "self"', text=text("二楼领证")), "service": "passport.first"}
WARN = {**prompt("L2", "WARN", "face_match == false", text=text("请值班长"))}


def layer(folder: Path, **more: object) -> Path:
    folder.mkdir(exist_ok=True)
    table = {"id": "huangpu", "version": "3", **more}
    (folder / "station.toml").write_text(document(table), encoding="utf-8")
    return folder


def findings(folder: Path) -> list[tuple[str, str]]:
    with pytest.raises(BuildError) as caught:
        merge(BASE, read_layer(folder))
    return [(finding.code, finding.id) for finding in errors(caught.value.findings)]


def test_what_a_station_may_set(tmp_path: Path) -> None:
    folder = layer(tmp_path, disabled=["violation.handle"], wait_targets={"EE": 10}, prompts=[TIP, WARN])
    catalog, _ = merge(BASE, read_layer(folder))
    assert catalog.version == f"{BASE.version}+huangpu.3"
    assert catalog.station == "huangpu"
    assert catalog.sha256 != BASE.sha256
    assert [group.wait_target for group in catalog.groups] == [10]
    index = Index(catalog)
    assert [service.id for service in index.find("")] == ["passport.first"]
    assert index.service("violation.handle").number == 30  # cases that were begun still know it
    result = assess(index, CaseFile(case="c", service="passport.first"), today=date(2024, 9, 13), role="officer")
    assert {"L1", "L2"} <= {state.prompt.id for state in result.prompts}
    other = assess(index, CaseFile(case="c", service="violation.handle"), today=date(2024, 9, 13), role="officer")
    assert {"L2"} == {"L1", "L2"} & {state.prompt.id for state in other.prompts}


@pytest.mark.parametrize("key", ["fees", "limits", "facts", "materials", "basis", "services", "decisions"])
def test_what_a_station_may_not_touch(tmp_path: Path, key: str) -> None:
    folder = layer(tmp_path, **{key: []})
    assert findings(folder) == [("S11", key)]


def test_a_layer_neither_replaces_nor_blocks_nor_invents(tmp_path: Path) -> None:
    assert findings(layer(tmp_path, prompts=[{**TIP, "id": "P1"}])) == [("S11", "P1")]
    assert findings(layer(tmp_path, prompts=[{**WARN, "id": "G1"}])) == [("S11", "G1")]
    assert findings(layer(tmp_path, prompts=[{**TIP, "level": "BLOCK"}])) == [("S11", "L1")]
    assert findings(layer(tmp_path, wait_targets={"EE": 0})) == [("S11", "wait_targets.EE")]
    assert findings(layer(tmp_path, wait_targets={"XX": 5})) == [("R01", "wait_targets")]
    assert findings(layer(tmp_path, disabled=["passport.frist"])) == [("R01", "disabled")]
    assert findings(layer(tmp_path, prompts=[{**TIP, "service": "x.y"}])) == [("R01", "L1")]
    assert ("S03", "") in findings(layer(tmp_path, disabled="all"))
    assert ("S01", "") in findings(tmp_path / "nowhere")


def test_the_merged_whole_is_checked_like_the_base(tmp_path: Path) -> None:
    folder = layer(tmp_path, prompts=[{**TIP, "when": "deliverie == 1"}])
    assert findings(folder) == [("R01", "L1.when")]
    sound = layer(tmp_path / "sound", prompts=[{**TIP, "when": "copies > 9"}])
    found = check_folder(write(tmp_path / "data"), today=date(2024, 9, 13), station=sound)
    assert ("E06", "L1.when") in {(finding.code, finding.id) for finding in found.findings}
    assert not {finding.code for finding in found.findings if finding.id == "L1"}  # no scenario is asked for
