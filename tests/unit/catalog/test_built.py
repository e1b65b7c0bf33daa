"""A station's built catalogue: read back only as far as a station may speak."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from counterdesk.catalog.build import encode, sealed
from counterdesk.catalog.built import CatalogError, read_built
from counterdesk.catalog.model import Catalog
from counterdesk.catalog.tools.station import merge, read_layer

from .small import make_index
from .test_station import TIP, WARN, layer

BASE = make_index().catalog


@pytest.fixture
def laid(tmp_path: Path) -> Catalog:
    folder = layer(tmp_path / "layer", disabled=["violation.handle"], wait_targets={"EE": 10}, prompts=[TIP, WARN])
    return merge(BASE, read_layer(folder))[0]


def stored(folder: Path, catalog: Catalog) -> Path:
    path = folder / "catalog.json"
    path.write_bytes(encode(catalog))
    return path


def refused(path: Path) -> str:
    with pytest.raises(CatalogError) as caught:
        read_built(path, BASE)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    return text.removeprefix(f"{path}: ")


def test_what_was_built_is_read_back(tmp_path: Path, laid: Catalog) -> None:
    found = read_built(stored(tmp_path, laid), BASE)
    assert found == laid
    assert found.label == f"{BASE.version}+huangpu.3 {laid.sha256[:8]}"


def test_the_shipped_one_may_be_named_too(tmp_path: Path) -> None:
    assert read_built(stored(tmp_path, BASE), BASE) == BASE


def test_a_file_that_is_not_there_or_no_catalogue(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.json").startswith("no such file")
    broken = tmp_path / "broken.json"
    for content in (b"", b"{}", b"[1]", b"\xff\xfe"):
        broken.write_bytes(content)
        assert "no built catalogue" in refused(broken)
        assert "catalog build --station" in refused(broken)


def test_one_changed_character_is_noticed(tmp_path: Path, laid: Catalog) -> None:
    path = stored(tmp_path, laid)
    content = path.read_text(encoding="utf-8")
    path.write_text(content.replace("二楼领证", "三楼领证", 1), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != content
    assert "sha256" in refused(path)


def test_another_version_underneath(tmp_path: Path, laid: Catalog) -> None:
    other = sealed(msgspec.structs.replace(laid, version="1999.1+huangpu.3"))
    assert "built over 1999.1+huangpu.3" in refused(stored(tmp_path, other))


def _first(catalog: Catalog, **changes: Any) -> dict[str, Any]:
    service = msgspec.structs.replace(catalog.services[0], **changes)
    return {"services": (service, *catalog.services[1:])}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda c: _first(c, fees=()), "service "),
        (lambda c: _first(c, materials=()), "service "),
        (lambda c: _first(c, limits=()), "service "),
        (lambda c: _first(c, prompts=c.services[0].prompts[1:]), "prompt "),
        (lambda c: _first(c, prompts=()), "prompt "),
        (lambda c: {"services": c.services[1:]}, "services"),
        (lambda c: {"prompts": c.prompts[:-3]}, "prompt "),
        (lambda c: {"prompts": (*c.prompts, msgspec.structs.replace(c.prompts[-1], id="L9", level="BLOCK"))}, "L9"),
        (lambda c: {"prompts": (*c.prompts, msgspec.structs.replace(c.prompts[-1], id=c.prompts[0].id))}, "prompt "),
        (lambda c: {"facts": c.facts[1:]}, "facts"),
        (lambda c: {"basis": ()}, "basis"),
        (lambda c: {"materials": c.materials[1:]}, "materials"),
        (lambda c: {"disabled": ("no.such",)}, "disabled: no.such"),
        (lambda c: {"groups": (msgspec.structs.replace(c.groups[0], wait_target=500),)}, "the waiting target"),
        (lambda c: {"groups": (msgspec.structs.replace(c.groups[0], id="X"),)}, "groups"),
    ],
)
def test_what_a_station_may_not_change_even_with_the_right_hash(
    tmp_path: Path, laid: Catalog, change: Any, named: str
) -> None:
    other = sealed(msgspec.structs.replace(laid, **change(laid)))
    assert other.sha256 != laid.sha256
    text = refused(stored(tmp_path, other))
    assert text.startswith("a station may not change ")
    assert named in text


def test_a_condition_that_no_fact_answers(tmp_path: Path, laid: Catalog) -> None:
    bad = msgspec.structs.replace(laid.prompts[-1], when="no_such_fact == 1")
    other = sealed(msgspec.structs.replace(laid, prompts=(*laid.prompts[:-1], bad)))
    assert "no_such_fact; mend the layer" in refused(stored(tmp_path, other))
