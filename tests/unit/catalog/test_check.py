"""`counterdesk catalog check`: every code has a catalogue that earns it, and the small one does not."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from counterdesk.catalog.build import DATA
from counterdesk.catalog.check import Finding
from counterdesk.catalog.tools.checking import NEVER_STRICT, Checked, check_folder, line_of
from counterdesk.catalog.tools.codes import CODES, meaning
from counterdesk.formats import calendar, resident_id

from .folders import Change, Tables, write
from .small import fact, prompt, text
from .test_build import BROKEN, add, change

TODAY = date(2024, 9, 13)
LAST_YEAR = max(calendar.years())
ADULT = resident_id.make("310101", date(1990, 5, 1), 12)
CHILD = resident_id.make("310101", date(2015, 5, 1), 11)


def codes(findings: tuple[Finding, ...]) -> set[tuple[str, str]]:
    return {(finding.code, finding.id) for finding in findings}


def checked(folder: Path, breaks: Change | None = None, **more: Any) -> Checked:
    scenarios = more.pop("scenarios", ())
    return check_folder(write(folder, breaks, scenarios), **({"today": TODAY} | more))


def when(name: str, condition: str) -> Change:
    return lambda s, p, t: change(p, "prompts", name, "when", condition)


LINTED: list[tuple[str, str, Change]] = [
    ("S07", "P1", lambda s, p, t: change(p, "prompts", "P1", "text", text("长" * 91))),
    ("S07", "copies", lambda s, p, t: change(p, "facts", "copies", "label", text("份数", "x" * 61))),
    ("S08", "P1", lambda s, p, t: change(p, "prompts", "P1", "text", text("TODO 写清楚"))),
    ("S08", "P2", lambda s, p, t: change(p, "prompts", "P2", "text", text("待补"))),
    ("S09", "P1.when", when("P1", "\uff08absconding\uff09")),
    (
        "S09",
        "PHO\uff12",
        lambda s, p, t: add(s, "materials", {"code": "PHO\uff12", "name": text("x"), "check": text("x")}),
    ),
    ("R01", "bundles", lambda s, p, t: p.update(bundles=[bundle("idcard.first")])),
    ("R02", "idle", lambda s, p, t: add(p, "facts", fact("idle", "bool", "闲", section="checks"))),
    ("R04", "aliases", lambda s, p, t: add(t, "aliases", "办护照")),
    ("R04", "aliases", lambda s, p, t: add(p, "aliases", "护照首发")),
    ("R07", "guardian_id", lambda s, p, t: change(p, "facts", "guardian_id", "relevant", "absconding")),
    ("E05", "P1.when", when("P1", "copies >= 1")),
    ("E05", "P1.when", when("P1", "true")),
    ("E05", "P1.when", when("P1", "applicant_age < 16 or applicant_age >= 16")),
    ("E05", "CONS.when", lambda s, p, t: change(p, "materials", "CONS", "when", 'delivery in ["mail", "self"]')),
    ("E06", "P1.when", when("P1", "copies > 9")),
    ("E06", "P1.when", when("P1", "false")),
    ("E06", "P1.when", when("P1", "9 < points < 9".replace("points", "copies"))),
    ("E06", "P5.when", when("P5", 'today < date("2019-12-31")')),
    ("E06", "G1.when", lambda s, p, t: change(s, "prompts", "G1", "when", "face_match and not face_match")),
    ("E07", "P5.when", when("P5", "refused == false and absconding == false")),
    ("E07", "mail_address.required", lambda s, p, t: change(p, "facts", "mail_address", "required", "guardian_odd")),
    ("E09", "P9", lambda s, p, t: add(p, "prompts", prompt("P9", "WARN", "absconding", text=text("P1")))),
    ("E09", "P1.when", when("P1", "absconding or copies > 2 or absconding")),
    ("E10", "P5.when", when("P5", "refused != true")),
    ("E10", "P5.when", when("P5", "not refused")),
    ("E10", "P2.when", when("P2", 'not presented("CONS")')),
    ("T01", "decisions", lambda s, p, t: p["decisions"][0].update(when="applicant_age >= 16")),
    ("T01", "limits", lambda s, p, t: p.update(limits=p["limits"][:1])),
    ("T01", "band", lambda s, p, t: p["facts"][7]["rows"][1].update(when="applicant_age > 16")),
    ("T01", "new", lambda s, p, t: change(p, "fees", "new", "effective_from", "2019-07-02")),
    ("T02", "band", lambda s, p, t: p["facts"][7]["rows"][0].update(when="applicant_age <= 16")),
    ("T02", "variants", lambda s, p, t: overlap_variants(p)),
    ("T02", "mail", lambda s, p, t: change(p, "fees", "mail", "item", text("工本费"))),
    ("T03", "decisions[1]", lambda s, p, t: add(p, "decisions", decision("D1", 'delivery == "mail"'))),
    ("T03", "limits[3]", lambda s, p, t: add(p, "limits", limit("statutory", 20))),
    ("T03", "decisions[1]", lambda s, p, t: shadowed(p)),
    ("T04", "PHO", lambda s, p, t: optional_photo(p)),
    ("T04", "id", lambda s, p, t: p["materials"][0].update(necessity="optional")),
    ("T05", "pic", lambda s, p, t: change(p, "materials", "PHO", "one_of", "pic")),
    ("D01", "new", lambda s, p, t: change(p, "fees", "new", "basis", [])),
    ("D01", "limits[2]", lambda s, p, t: p["limits"][2].update(basis=[])),
    ("D02", "P1", lambda s, p, t: s["basis"][0].update(effective_to="2020-01-01")),
    ("D04", "passport.first", lambda s, p, t: p.update(reviewed_on="2023-09-01")),
    ("D05", "limits[0]", lambda s, p, t: p["limits"][0].update(days=16)),
    ("D05", "limits[1]", lambda s, p, t: p["limits"][1].update(days=24)),
    ("D06", "new", lambda s, p, t: change(p, "fees", "new", "effective_from", "2019-06-30")),
    ("D06", "P5", lambda s, p, t: change(p, "prompts", "P5", "effective_to", "2019-01-01")),
    ("L01", "D7", lambda s, p, t: add(s, "departments", {"id": "D7", "name": text("七"), "short": text("七")})),
    ("L02", "decisions", lambda s, p, t: p.update(decisions=[])),
    ("L03", "mode", lambda s, p, t: p.update(mode="instant")),
    ("L04", "P1", when("P1", 'role == "boss"')),
    ("L05", "ZZ", lambda s, p, t: add(s, "groups", {**s["groups"][0], "id": "ZZ", "letter": "Z"})),
    ("L05", "C07", lambda s, p, t: add(s, "categories", {"id": "C07", "name": text("七")})),
    ("L06", "bundles", lambda s, p, t: p.update(bundles=[bundle("passport.first")])),
    ("L06", "bundles", lambda s, p, t: p.update(bundles=[bundle("violation.handle"), bundle("violation.handle")])),
    ("L07", "limits", lambda s, p, t: p.update(limits=[])),
]


def bundle(service: str) -> Tables:
    return {"services": [service], "text": text("x"), "confidence": "sure"}


def paper(code: str) -> Tables:
    return {"code": code, "name": text("x"), "check": text("x")}


def decision(department: str, condition: str = "") -> Tables:
    return {"department": department, "on_the_spot": False, "when": condition, "confidence": "sure"}


def limit(kind: str, days: int) -> Tables:
    return {"kind": kind, "days": days, "when": 'delivery == "self"', "confidence": "sure", "basis": ["law"]}


def overlap_variants(passport: Tables) -> None:
    passport["variants"][0]["when"] = "applicant_age >= 16"
    passport["variants"][1]["when"] = "applicant_age >= 60"


def shadowed(passport: Tables) -> None:
    conditions = ("applicant_age >= 10", "applicant_age >= 20", "applicant_age < 10")
    passport["decisions"] = [decision("D4", condition) for condition in conditions]


def optional_photo(passport: Tables) -> None:
    change(passport, "materials", "PHO", "necessity", "optional")
    change(passport, "prompts", "P1", "when", 'not presented("PHO")')


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    return codes(checked(tmp_path_factory.mktemp("base"), sound).findings)


def sound(_: Tables, passport: Tables, ticket: Tables) -> None:
    """The small catalogue with what it owes the law: bases for its money and limits, a way that fits its mode."""
    for table in (passport, ticket):
        for row in (*table["limits"], *table.get("fees", ())):
            row["basis"] = ["law"]
    ticket.update(mode="mixed")
    passport["facts"] = [*passport["facts"], fact("guardian_odd", "bool", "奇", relevant='delivery == "self"')]


@pytest.mark.parametrize(("code", "name", "breaks"), LINTED, ids=[f"{r[0]}-{r[1]}-{i}" for i, r in enumerate(LINTED)])
def test_a_broken_catalogue(tmp_path: Path, base: set[tuple[str, str]], code: str, name: str, breaks: Change) -> None:
    def both(*tables: Tables) -> None:
        sound(*tables)
        breaks(*tables)

    found = checked(tmp_path, both)
    assert (code, name) not in base
    assert (code, name) in codes(found.findings), "\n".join(map(str, found.findings))


def test_the_small_catalogue_earns_no_other_warning(base: set[tuple[str, str]]) -> None:
    """What is left: what nothing uses in so small a world, and scenarios that it has none of."""
    assert {(code, name) for code, name in base if code[0] != "C"} == {
        *(("R02", "elsewhere"), ("R02", "OTHER")),
        ("E06", "G4.when"),  # a paper that no service asks for
    }


# --- findings about files, releases, layers, the calendar, scenarios ---


def test_a_file_that_is_no_utf8(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "more.toml").write_bytes("x = '护'".encode("gbk"))
    found = check_folder(tmp_path, today=TODAY)
    assert [(f.code, f.file) for f in found.failing(strict=False)] == [("S09", "more.toml")]
    assert found.catalog is None


def test_a_file_that_is_no_toml_says_in_which_line(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "more.toml").write_text("a = 1\nb = = 2", encoding="utf-8")
    assert [(f.code, f.file, f.line) for f in check_folder(tmp_path, today=TODAY).findings if f.code == "S01"] == [
        ("S01", "more.toml", 2)
    ]


def test_a_file_over_the_limit(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "more.toml").write_text("#" * 200_001, encoding="utf-8")
    assert ("S10", "more.toml") in {(f.code, f.file) for f in check_folder(tmp_path, today=TODAY).findings}


@pytest.mark.parametrize(
    ("breaks", "name"),
    [
        (lambda s, p, t: p.update(number=22), "passport.first"),
        (lambda s, p, t: change(p, "facts", "copies", "type", "text"), "copies"),
        (lambda s, p, t: (p["facts"].pop(4), p["prompts"].pop(2)), "old_until"),
        (lambda s, p, t: p["materials"].pop(1), "TEMP"),
    ],
)
def test_ids_of_a_released_catalogue(tmp_path: Path, breaks: Change, name: str) -> None:
    released = checked(tmp_path / "old").catalog
    assert released is not None

    def both(s: Tables, p: Tables, t: Tables) -> None:
        breaks(s, p, t)
        if name == "copies":
            change(p, "facts", "more", "compute", "1 + 1")
            change(p, "facts", "copies", "prefill", "")

    found = checked(tmp_path / "new", both, released=released)
    assert ("S06", name) in codes(found.findings), "\n".join(map(str, found.findings))
    assert not {f for f in checked(tmp_path / "same", released=released).findings if f.code == "S06"}


def test_the_calendar_lacks_the_next_year(tmp_path: Path) -> None:
    def missing(day: date) -> list[str]:
        return [f.id for f in checked(tmp_path, today=day).findings if f.code == "D03"]

    assert missing(date(LAST_YEAR, 10, 31)) == []
    assert missing(date(LAST_YEAR, 11, 1)) == [str(LAST_YEAR + 1)]
    assert missing(date(LAST_YEAR + 1, 1, 5)) == [str(LAST_YEAR + 1)]
    found = checked(tmp_path, today=date(LAST_YEAR, 11, 1))
    assert {"D03"} == NEVER_STRICT
    assert "D03" not in {f.code for f in found.failing(strict=True)}


def scenario(name: str, answers: Tables, expect: Tables | None = None, **more: Any) -> Tables:
    return {"name": name, "on": TODAY, "answers": answers, "expect": expect or {}, **more}


ROWS = [
    scenario("adult", {"applicant_id": ADULT, "absconding": False, "face_match": True}, variant="N"),
    scenario("child", {"applicant_id": CHILD, "absconding": True, "refused": False}, variant="U"),
]


def test_coverage(tmp_path: Path) -> None:
    found = codes(checked(tmp_path, sound, scenarios=[("passport.first", ROWS)]).findings)
    assert ("C04", "violation.handle") in found
    assert ("C04", "passport.first") not in found
    assert ("C01", "P3") in found  # nobody has an old passport
    assert ("C02", "P3") in found
    assert ("C03", "P3") not in found  # nobody said, so it stayed open
    assert ("C03", "P1") in found  # everybody was asked
    assert not {("C01", "P1"), ("C02", "P1"), ("C01", "CONS"), ("C02", "CONS")} & found


def test_a_part_of_a_condition_that_never_matters(tmp_path: Path) -> None:
    def breaks(s: Tables, p: Tables, t: Tables) -> None:
        sound(s, p, t)
        change(p, "prompts", "P1", "when", "absconding or copies > 5")

    rows = [ROWS[1], scenario("both", {"absconding": True, "copies": 7})]
    lines = [f for f in checked(tmp_path, breaks, scenarios=[("passport.first", rows)]).findings if f.code == "C05"]
    assert ("P1", "2: copies > 5") in [(f.id, f.value) for f in lines]
    assert ("P1", "1: absconding") not in [(f.id, f.value) for f in lines]


@pytest.mark.parametrize(
    ("row", "code", "value"),
    [
        (scenario("a", {"copy": 1}), "R01", "copy"),
        (scenario("a", {}, {"fires": ["P99"]}), "R01", "P99"),
        (scenario("a", {}, materials={"IDX": "verified"}), "R01", "IDX"),
        (scenario("a", {}, {"firs": ["P1"]}), "S01", "expect.firs"),
        (scenario("a", {}, answer={}), "S01", "answer"),
        ({"name": "a", "on": TODAY}, "S02", "expect"),
        ({"name": "a", "on": "2024-01-01", "expect": {}}, "S03", "on = 2024-01-01"),
        (ROWS[0], "S04", "scenario"),
    ],
)
def test_scenarios_that_name_what_is_not_there(tmp_path: Path, row: Tables, code: str, value: str) -> None:
    found = checked(tmp_path, scenarios=[("passport.first", [ROWS[0], row])]).findings
    assert (code, value) in {(f.code, f.value) for f in found if f.file == "scenarios/passport.first.toml"}


def test_a_scenario_of_no_service(tmp_path: Path) -> None:
    found = checked(tmp_path, scenarios=[("passport.frist", ROWS)]).findings
    assert ("R01", "passport.frist", "passport.first") in {(f.code, f.value, f.suggestion) for f in found}


# --- allowances, lines, severities ---


def test_a_warning_is_allowed_with_a_reason(tmp_path: Path) -> None:
    def breaks(reason: str) -> Change:
        def apply(s: Tables, p: Tables, t: Tables) -> None:
            sound(s, p, t)
            change(p, "prompts", "P5", "when", "not refused")
            change(p, "prompts", "P5", "allow", [reason])

        return apply

    def of(reason: str) -> set[tuple[str, str]]:
        return {(c, i) for c, i in codes(checked(tmp_path, breaks(reason)).findings) if i.startswith("P5")}

    assert of("E10: who is not asked has not refused") == {("C01", "P5")} or not of("E10: x") - {("C01", "P5")}
    assert ("E10", "P5.when") in of("E10:")
    assert ("S03", "P5") in of("E10:")
    assert ("S03", "P5") in of("X99: no such code")
    assert ("R02", "P5") in of("E05: it is not always true, so this silences nothing")


def test_errors_cannot_be_allowed(tmp_path: Path) -> None:
    def breaks(s: Tables, p: Tables, t: Tables) -> None:
        change(p, "prompts", "P1", "basis", [])
        change(p, "prompts", "P1", "allow", ["D01: none"])

    assert ("D01", "P1") in codes(checked(tmp_path, breaks).findings)


def test_a_finding_says_where(tmp_path: Path) -> None:
    def breaks(s: Tables, p: Tables, t: Tables) -> None:
        change(p, "prompts", "P1", "when", "abscondin")

    finding = next(f for f in checked(tmp_path, breaks).findings if f.code == "R01")
    lines = (tmp_path / finding.file).read_text(encoding="utf-8").splitlines()
    assert "P1" in lines[finding.line - 1] or "abscondin" in lines[finding.line - 1]
    assert finding.suggestion == "absconding"
    assert str(finding).startswith(f"R01 error services/passport.first.toml:{finding.line} P1.when: abscondin")


LINES = """id = "a.b"
mode = "instant"
limits = [
  { kind = "statutory" },
  { kind = "promised" },
]

[[prompts]]
id = "P1"
level = "TIP"
when = "x"

[[prompts]]
id = "P10"
when = "y"

[[decisions]]
department = "D1"
[[decisions]]
department = "D2"
"""


@pytest.mark.parametrize(
    ("name", "line"),
    [
        *(("P1", 9), ("P1.when", 11), ("P10.when", 15), ("P10.text", 14), ("P1 (prompts[0].level)", 9)),
        *(("mode", 2), ("limits[1]", 5), ("limits[9]", 0), ("decisions[1]", 19), ("a.b", 1), ("nothing", 0)),
    ],
)
def test_lines(name: str, line: int) -> None:
    assert line_of(LINES.splitlines(), name) == line


# --- the whole ---


def test_every_code_is_demonstrated() -> None:
    elsewhere = {"S06", "S10", "S11", "D03", "C01", "C02", "C03", "C04", "C05"}  # above, and in test_station.py
    assert {code for code, _, _ in BROKEN} | {code for code, _, _ in LINTED} | elsewhere == set(CODES)
    assert all(meaning(code, "zh") and meaning(code, "en") for code in CODES)


def test_the_handbook_lists_the_codes() -> None:
    file = Path(__file__).parents[3] / "docs" / "catalogue.md"
    rows = [f"| {code} | {en} | {zh} |" for code, (zh, en) in CODES.items()]
    made = "\n".join(["| Code | Finding | 中文 |", "|---|---|---|", *rows])
    document = file.read_text(encoding="utf-8")
    pattern = re.compile(r"(<!-- codes: made by \S+ -->\n).*?(<!-- end -->)", re.DOTALL)
    if os.environ.get("UPDATE_DOCS"):
        file.write_text(pattern.sub(lambda match: f"{match[1]}{made}\n{match[2]}", document), encoding="utf-8")
    else:
        assert made in document, "UPDATE_DOCS=1 pytest tests/unit/catalog/test_check.py"


def test_the_shipped_catalogue_is_clean() -> None:
    """On a day when the calendar has no next year yet; that alone fails nothing."""
    found = check_folder(DATA, today=date(LAST_YEAR, 11, 22))
    assert found.failing(strict=True) == [], "\n".join(map(str, found.findings))
    assert {finding.code for finding in found.findings} == {"D03"}
