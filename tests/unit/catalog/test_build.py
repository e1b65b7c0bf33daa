"""Building the catalogue: every finding has a catalogue that earns it, and the checked-in JSON is fresh."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counterdesk.catalog import build as builder
from counterdesk.catalog.build import DATA, TARGET, BuildError, assemble, build, digest, encode, read_tables
from counterdesk.catalog.check import check
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import decode, load
from counterdesk.catalog.sentences import Labels, sentence

from .small import READINGS_TEXT, fact, files, material, option, prompt, shared, text

Tables = dict[str, Any]


def findings_of(change: Callable[[Tables, Tables, Tables], None]) -> list[tuple[str, str]]:
    """The codes and ids of the errors after a change to (shared, passport, ticket)."""
    tables, services = shared(), files()
    change(tables, services[0][1], services[1][1])
    with pytest.raises(BuildError) as caught:
        assemble(tables, services, READINGS_TEXT)
    return [(f.code, f.id) for f in caught.value.findings if f.severity == "error"]


def add(table: Tables, key: str, *items: Any) -> None:
    table[key] = [*table[key], *items]


def change(table: Tables, key: str, name: str, field: str, value: Any) -> None:
    row = next(row for row in table[key] if name in (row.get("id"), row.get("key"), row.get("code")))
    row[field] = value


BROKEN: list[tuple[str, str, Callable[[Tables, Tables, Tables], object]]] = [
    ("S01", "", lambda s, p, t: p.update(titel="x")),
    ("S01", "P1 (prompts[0])", lambda s, p, t: change(p, "prompts", "P1", "whem", "x")),
    ("S02", "", lambda s, p, t: p.pop("minutes")),
    ("S03", "number", lambda s, p, t: p.update(number="x")),
    ("S03", "P1 (prompts[0].level)", lambda s, p, t: change(p, "prompts", "P1", "level", "STOP")),
    ("S02", "C06 (categories[0])", lambda s, p, t: s["categories"][0].pop("name")),
    ("S04", "P1", lambda s, p, t: add(p, "prompts", prompt("P1", "TIP", ""))),
    ("S04", "G1", lambda s, p, t: add(p, "prompts", prompt("G1", "TIP", ""))),
    ("S04", "copies", lambda s, p, t: add(p, "facts", fact("copies", "int", "又"))),
    ("S04", "PHO", lambda s, p, t: add(p, "materials", material("PHO"))),
    ("S04", "30", lambda s, p, t: p.update(number=30)),
    ("S04", "delivery.mail", lambda s, p, t: add(s["options"], "delivery", option("mail", "又"))),
    ("S05", "Copies", lambda s, p, t: add(p, "facts", fact("Copies", "int", "x"))),
    ("S05", "today", lambda s, p, t: add(p, "facts", fact("today", "date", "x"))),
    ("S05", "age", lambda s, p, t: add(p, "facts", fact("age", "int", "x"))),
    ("S05", "pho", lambda s, p, t: add(s, "materials", {"code": "pho", "name": text("x"), "check": text("x")})),
    ("S08", "copies", lambda s, p, t: change(p, "facts", "copies", "label", {"zh": "", "en": "x"})),
    ("S08", "P1", lambda s, p, t: change(p, "prompts", "P1", "text", {"zh": "x", "en": ""})),
    ("R01", "P1.when", lambda s, p, t: change(p, "prompts", "P1", "when", "abscondin")),
    ("R01", "P1.when", lambda s, p, t: change(p, "prompts", "P1", "when", 'presented("OTHER")')),
    ("R01", "P1.basis", lambda s, p, t: change(p, "prompts", "P1", "basis", ["lex"])),
    ("R01", "new", lambda s, p, t: change(p, "fees", "new", "basis", ["lex"])),
    ("R01", "materials.NEW", lambda s, p, t: add(p, "materials", material("NEW"))),
    ("R01", "decisions", lambda s, p, t: p["decisions"][0].update(department="D9")),
    ("R01", "category", lambda s, p, t: p.update(category="C99")),
    ("R01", "group", lambda s, p, t: p.update(group="XX")),
    ("R01", "applicant_fact", lambda s, p, t: p.update(applicant_fact="nobody")),
    ("R01", "delivery.options_from", lambda s, p, t: change(p, "facts", "delivery", "options_from", "x")),
    ("R05", "囧", lambda s, p, t: add(p, "aliases", "囧护照")),
    ("R06", "copies", lambda s, p, t: change(p, "facts", "copies", "relevant", "more > 1")),
    (
        "R01",
        "channels.kiosk",
        lambda s, p, t: p.update(kiosk_when="true", channels=[{"channel": "kiosk", "confidence": "sure"}]),
    ),
    (
        "R08",
        "channels.kiosk",
        lambda s, p, t: channel(s) or p.update(channels=[{"channel": "kiosk", "confidence": "sure"}]),
    ),
    ("S04", "kiosk", lambda s, p, t: channel(s) or channel(s)),
    ("E01", "P1.when", lambda s, p, t: change(p, "prompts", "P1", "when", "absconding and")),
    ("E01", "copies.prefill", lambda s, p, t: change(p, "facts", "copies", "prefill", "date('x')")),
    ("E02", "P1.when", lambda s, p, t: change(p, "prompts", "P1", "when", "a.b")),
    ("E03", "P1.when", lambda s, p, t: change(p, "prompts", "P1", "when", "open(copies)")),
    ("E04", "P1.when", lambda s, p, t: change(p, "prompts", "P1", "when", 'delivery == "post"')),
    ("E04", "P1.when", lambda s, p, t: change(p, "prompts", "P1", "when", 'variant in ["N", "Z"]')),
    ("E04", "P1.when", lambda s, p, t: change(p, "prompts", "P1", "when", 'old_until < "2024-01-01"')),
    ("E04", "P1.when", lambda s, p, t: change(p, "prompts", "P1", "when", "copies")),
    ("E04", "P1.when", lambda s, p, t: change(p, "prompts", "P1", "when", "delivery + 1 > 2")),
    ("E04", "P1.when", lambda s, p, t: change(p, "prompts", "P1", "when", "absconding > face_match")),
    ("E04", "P1.when", lambda s, p, t: change(p, "prompts", "P1", "when", "'x' in delivery")),
    ("E08", "P1.when", lambda s, p, t: change(p, "prompts", "P1", "when", "not " * 9 + "absconding")),
    ("E11", "passport.first.guardian_needed", lambda s, p, t: p.update(guardian_needed="")),
    ("E12", "copies.type", lambda s, p, t: change(p, "facts", "copies", "type", "integer")),
    ("E12", "delivery.options", lambda s, p, t: p["facts"][2].pop("options_from")),
    ("E12", "absconding.normal", lambda s, p, t: change(p, "facts", "absconding", "normal", "no")),
    ("E12", "band.rows[0].value", lambda s, p, t: p["facts"][7]["rows"][0].update(value="baby")),
    ("P01", "P4.zh", lambda s, p, t: change(p, "prompts", "P4", "text", text("{nothing}{n}"))),
    ("P01", "P4.zh", lambda s, p, t: change(p, "prompts", "P4", "text", text("{n.real}{n}"))),
    ("P01", "P4.zh", lambda s, p, t: change(p, "prompts", "P4", "text", text("{n", "{n}"))),
    ("P01", "P4.params", lambda s, p, t: change(p, "prompts", "P4", "text", text("nothing"))),
    ("D01", "P1", lambda s, p, t: change(p, "prompts", "P1", "basis", [])),
]


def channel(tables: Tables) -> object:
    """A kiosk more."""
    kiosk = {"id": "kiosk", "kind": "kiosk", "name": text("自助机", "kiosk"), "short": text("自助", "kiosk")}
    return tables.setdefault("channels", []).append(kiosk)


@pytest.mark.parametrize(("code", "name", "breaks"), BROKEN, ids=[f"{r[0]}-{r[1]}-{i}" for i, r in enumerate(BROKEN)])
def test_findings(code: str, name: str, breaks: Callable[[Tables, Tables, Tables], object]) -> None:
    def apply(tables: Tables, passport: Tables, ticket: Tables) -> None:
        breaks(tables, passport, ticket)

    assert (code, name) in findings_of(apply)


def test_a_near_miss_is_suggested() -> None:
    tables, services = shared(), files()
    change(services[0][1], "prompts", "P1", "when", "abscondin")
    with pytest.raises(BuildError) as caught:
        assemble(tables, services, READINGS_TEXT)
    finding = next(f for f in caught.value.findings if f.code == "R01")
    assert (finding.file, finding.value, finding.suggestion) == (
        "services/passport.first.toml",
        "abscondin",
        "absconding",
    )
    assert "did you mean absconding?" in str(finding)


def test_warnings_do_not_fail_a_build() -> None:
    tables, services = shared(), files()
    services[0][1]["bundles"] = [{"services": ["idcard.first"], "text": text("x"), "confidence": "sure"}]
    catalog = assemble(tables, services, READINGS_TEXT)
    assert {(f.code, f.severity) for f in check(catalog)} == {
        ("R01", "warning"),
        ("R02", "warning"),
    }


def test_a_build_is_the_same_every_time_and_its_hash_covers_the_content() -> None:
    first = assemble(shared(), files(), READINGS_TEXT)
    assert encode(first) == encode(assemble(copy.deepcopy(shared()), files(), READINGS_TEXT))
    assert first.sha256 == digest(first)
    tables = shared()
    tables["groups"][0]["wait_target"] = 16
    assert assemble(tables, files(), READINGS_TEXT).sha256 != first.sha256


def test_what_is_built_is_what_is_loaded() -> None:
    catalog = assemble(shared(), files(), READINGS_TEXT)
    assert decode(encode(catalog)) == catalog


def test_files_that_are_no_toml_and_tables_given_twice(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("groups = [", encoding="utf-8")
    (tmp_path / "b.toml").write_text("prompts = []", encoding="utf-8")
    (tmp_path / "c.toml").write_text("prompts = []", encoding="utf-8")
    (tmp_path / "options.toml").write_text("x = []", encoding="utf-8")
    tables, _, findings = read_tables(tmp_path)
    assert [(f.code, f.file) for f in findings] == [("S01", "a.toml"), ("S04", "c.toml")]
    assert tables["options"] == {"x": []}


def test_the_command_writes_nothing_on_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "catalog.json"
    monkeypatch.setattr(builder, "TARGET", target)
    (tmp_path / "a.toml").write_text("groups = [", encoding="utf-8")
    assert builder.main(["--data", str(tmp_path)]) == 1
    assert not target.exists()
    assert "S01 error a.toml" in capsys.readouterr().err
    assert builder.main(["--check"]) == 0
    assert not target.exists()
    assert builder.main([]) == 0
    assert target.read_bytes() == TARGET.read_bytes()


# --- the catalogue that is shipped ---


def test_the_checked_in_json_is_a_fresh_build() -> None:
    catalog, _ = build(DATA)
    assert TARGET.read_bytes() == encode(catalog), "run: python -m counterdesk.catalog.build"
    assert load() == catalog
    assert load().sha256 == digest(catalog)


def test_every_condition_of_the_shipped_catalogue_reads_as_a_sentence() -> None:
    index = Index(load())
    for service in index.catalog.services:
        plan = index.plan(service.id)
        for labels in (Labels(index, service.id, "zh"), Labels(index, service.id, "en")):
            nodes = [p.when for p in plan.prompts] + [m.when for m in plan.materials.values()]
            assert all(sentence(node, labels) for node in nodes)


def test_every_service_of_the_shipped_catalogue_is_found_by_its_names() -> None:
    index = Index(load())
    for service in index.catalog.services:
        for query in (str(service.number), service.id, service.short.zh, *service.aliases):
            assert service in index.find(query), query
