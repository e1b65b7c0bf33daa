"""The command `counterdesk catalog`: what it prints, its exit codes, and that it needs no screen."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from counterdesk import cli
from counterdesk.catalog import assess as engine
from counterdesk.catalog import build as builder
from counterdesk.catalog.build import DATA, encode
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.catalog.tools.boundaries import boundary_report
from counterdesk.catalog.tools.checking import check_folder
from counterdesk.catalog.tools.diffing import changes, flips
from counterdesk.catalog.tools.scenarios import read
from counterdesk.catalog.tools.showing import show_service
from counterdesk.formats import resident_id

from .folders import write
from .small import make_index
from .test_build import change
from .test_check import ROWS, scenario, sound

Printed = Callable[[], tuple[str, str]]
ADULT = resident_id.make("310101", date(1990, 5, 1), 12)
COMPLETE = scenario(
    "complete",
    {
        "applicant_id": ADULT,
        "delivery": "self",
        "absconding": False,
        "face_match": True,
        "copies": 3,
        "guardian_odd": False,
    },
    {"accepted": True, "fee": 120, "department": "D4", "silent": ["P1"], "due": "2024-09-25"},
    variant="N",
    materials={"IDT": "verified", "PHO": "verified"},
    template=True,
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path / "data", sound, [("passport.first", [COMPLETE, *ROWS])])


def run(*arguments: object) -> int:
    try:
        return cli.main(["catalog", *map(str, arguments)])
    except SystemExit as end:  # argparse itself
        return int(end.code or 0)


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    """What was printed since the last look: (out, err)."""
    return capsys.readouterr


# --- check and build ---


def test_check_prints_where_and_what(data: Path, printed: Printed) -> None:
    assert run("check", "--data", data, "--on", "2024-09-13", "--lang", "en") == 0
    out = printed()[0]
    assert "services/violation.handle.toml:" in out
    assert "C04 warning violation.handle: (a service without scenarios)" in out
    assert "0 errors" in out.splitlines()[-1]
    assert len(out.splitlines()[-1].split()[1]) == 64  # the hash
    assert run("check", "--data", data, "--on", "2024-09-13", "--strict") == 1
    assert "事项没有场景" in printed()[0]


def test_check_as_json(data: Path, printed: Printed) -> None:
    (data / "services" / "passport.first.toml").write_text("titel = 1", encoding="utf-8")
    assert run("check", "--data", data, "--format", "json") == 1
    found = json.loads(printed()[0])
    assert found["ok"] is False
    assert found["version"] is None
    assert {"code", "severity", "file", "line", "id", "value", "suggestion", "message"} == found["findings"][0].keys()


def test_what_cannot_be_used_is_said_with_exit_code_2(data: Path, tmp_path: Path, printed: Printed) -> None:
    assert run("check", "--data", tmp_path / "nowhere") == 2
    assert run("check", "--on", "tomorrow") == 2
    assert run("chek") == 2
    assert run("show", "pasport.first") == 2
    assert "passport.first" in printed()[1]
    assert run("diff", data, tmp_path / "nothing.json") == 2
    (tmp_path / "bad.json").write_text("{}", encoding="utf-8")
    assert run("diff", data, tmp_path / "bad.json") == 2
    assert run("try", "passport.first", tmp_path / "nothing.json") == 2
    assert run() == 2


def test_build_writes_beside_the_data(data: Path, tmp_path: Path, printed: Printed) -> None:
    assert run("build", "--data", data, "--check") == 0
    assert not (data / "catalog.json").exists()
    assert run("build", "--data", data) == 0
    first = (data / "catalog.json").read_bytes()
    (tmp_path / "station").mkdir()
    (tmp_path / "station" / "station.toml").write_text('id = "h"\nversion = "1"\n', encoding="utf-8")
    assert run("build", "--data", data, "--station", tmp_path / "station", "--out", tmp_path / "out.json") == 0
    assert json.loads((tmp_path / "out.json").read_bytes())["version"] == json.loads(first)["version"] + "+h.1"
    printed()
    (tmp_path / "station" / "station.toml").write_text('id = "h"\nversion = "1"\nfees = []', encoding="utf-8")
    assert run("build", "--data", data, "--station", tmp_path / "station", "--lang", "en") == 1
    assert "S11 error fees" in printed()[1]


def test_build_of_the_shipped_data_writes_the_shipped_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: Printed
) -> None:
    monkeypatch.setattr("counterdesk.catalog.tools.command.TARGET", tmp_path / "catalog.json")
    assert run("build") == 0
    assert (tmp_path / "catalog.json").read_bytes() == encode(builder.build(DATA)[0])


# --- test ---


def test_test_prints_a_table_and_what_is_missing(data: Path, printed: Printed) -> None:
    assert run("test", "--data", data, "--lang", "en") == 0
    out = printed()[0]
    assert "passport.first                 3/3" in out
    assert "coverage: prompts true" in out
    assert "missing: services/passport.first.toml P3 true" in out
    assert run("test", "passport.first", "--data", data, "--written") == 0
    out = printed()[0]
    assert "violation.handle" not in out
    assert "G1" not in out


def test_a_failing_scenario_says_what_differs(tmp_path: Path, printed: Printed) -> None:
    wrong = {**COMPLETE, "expect": {"fee": 160, "fires": ["P1"], "blocks": ["P9"], "due": "2024-09-24"}}
    wrong["expect"] |= {"values": {"band": "child"}, "params": {"P4": {"n": "1"}}, "silent": ["P4"]}
    write(tmp_path, sound, [("passport.first", [wrong])])
    assert run("test", "--data", tmp_path, "--written") == 1
    out = printed()[0]
    assert "FAIL passport.first: complete" in out
    for line in (
        "fee: 160 ≠ 120",
        "fires: ['P1'] ≠ {'P1': False}",
        "blocks: ['P9'] ≠ []",
        "due: 2024-09-24 ≠ 2024-09-25",
        "band: child ≠ adult",
        "silent: ['P4'] ≠ {'P4': True}",
    ):
        assert line in out


def test_boundaries_are_generated_on_both_sides(data: Path) -> None:
    index = Index(builder.build(data)[0])
    report = boundary_report(index, "passport.first", read(data)[0])
    assert report.wrong == ()
    assert report.cases > 20
    assert report.constants == {
        "applicant_age < 16": True,
        "applicant_age >= 16": True,
        "days_until(old_until) > 180": True,
    }


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("age_on", lambda born, day: day.year - born.year),  # a birthday too early
        ("age_on", lambda born, day: (day - born).days // 365),  # leap days forgotten
    ],
)
def test_a_broken_engine_disagrees_with_the_second_reading(
    data: Path, monkeypatch: pytest.MonkeyPatch, name: str, broken: object
) -> None:
    monkeypatch.setattr(engine.resident_id, name, broken)  # type: ignore[attr-defined]
    report = boundary_report(Index(builder.build(data)[0]), "passport.first", read(data)[0])
    assert report.wrong


# --- diff ---


def test_diff_as_sentences_with_the_outcomes_that_flip(data: Path, tmp_path: Path, printed: Printed) -> None:
    def breaks(s: Any, p: Any, t: Any) -> None:
        sound(s, p, t)
        change(p, "prompts", "P3", "when", "days_until(old_until) > 90")
        change(p, "fees", "new", "amount", 130)
        p["prompts"] = [row for row in p["prompts"] if row["id"] != "P5"]
        p["limits"][0]["days"] = 9
        p["aliases"] = ["办护照"]
        s["groups"][0]["wait_target"] = 20

    other = write(tmp_path / "other", breaks)
    assert run("diff", data, other, "--scenarios", data, "--lang", "en") == 0
    out = printed()[0]
    for line in (
        "queue group EE: wait_target: 15 → 20",
        "prompt P3: condition: [days until old_until > 180] → [days until old_until > 90]",
        "fee new: amount: 120 → 130",
        "removed prompt P5 WARN x [refused = no]",
        "limit promised 9 working days [variant = x]: days: 7 → 9",
        "aliases: 办护照, 重庆护照 → 办护照",
        "passport.first: complete",
        "fee: 120 → 130",
        "due: 2024-09-25 → 2024-09-27",
    ):
        assert line in out, line
    assert run("diff", data, data) == 0
    assert "0 / 3 scenarios" in printed()[0]


def test_diff_of_built_files_and_of_whole_services(tmp_path: Path, printed: Printed) -> None:
    before, after = make_index().catalog, make_index(aliases=[]).catalog
    fewer = type(after)(**{f: getattr(after, f) for f in after.__struct_fields__} | {"services": after.services[:1]})
    for name, catalog in (("a.json", before), ("b.json", fewer)):
        (tmp_path / name).write_bytes(encode(catalog))
    assert run("diff", tmp_path / "a.json", tmp_path / "b.json", "--scenarios", tmp_path) == 0
    out = printed()[0]
    assert "violation.handle\n  删除 交通违法处理" in out
    assert "aliases: 办护照、重庆护照 → —" in out
    assert list(flips(before, fewer, [])) == []
    assert [name for name, _ in changes(fewer, before, "zh")] == ["passport.first", "violation.handle"]


# --- show and try ---


def test_show_in_both_languages_for_every_shipped_service() -> None:
    index = Index(load())
    for service in index.catalog.services:
        for language in ("zh", "en"):
            lines = list(show_service(index, service.id, language))
            assert index.catalog.sha256[:12] in lines[2]
            assert all(f"  {prompt.id} " in "\n".join(lines) for prompt in service.prompts)


def test_show_finds_a_service_by_its_name(data: Path, printed: Printed) -> None:
    assert run("show", "hzsq", "--data", data) == 2  # nothing of that name
    assert run("show", "办护照", "--data", data) == 0
    assert "工本费 160元 至2019-06-30止" in printed()[0]
    assert run("show", "21", "--data", data, "--lang", "en") == 0
    out = printed()[0]
    assert "CONS x (originals 1, copies 0) [guardian needed]" in out
    assert "[refused = no] from 2020-01-01" in out


def facts(tmp_path: Path, table: object) -> Path:
    path = tmp_path / "facts.json"
    path.write_text(table if isinstance(table, str) else json.dumps(table), encoding="utf-8")
    return path


def test_try_prints_what_a_case_comes_to(data: Path, tmp_path: Path, printed: Printed) -> None:
    given = facts(tmp_path, {"variant": "N", "answers": {"applicant_id": ADULT, "delivery": "mail"}})
    assert run("try", "passport.first", given, "--data", data, "--on", "2019-06-30", "--lang", "en") == 0
    out = printed()[0]
    assert "fee: 170" in out
    assert "→ 2019-07-09" in out
    assert "BLOCK P1   ? still to ask: absconding" in out
    assert "– CONS" in out
    assert "prompt_unknown P1" in out


def test_try_as_json(data: Path, tmp_path: Path, printed: Printed) -> None:
    given = facts(tmp_path, {"variant": "N", "answers": {"applicant_id": {"value": ADULT}, "delivery": "self"}})
    assert run("try", "passport.first", given, "--data", data, "--on", "2019-07-01", "--json") == 0
    found = json.loads(printed()[0])
    assert found["fee_due"] == "120"
    assert found["catalog"]["version"] == "1"
    assert len(found["catalog"]["sha256"]) == 64
    prompts = {prompt["id"]: prompt for prompt in found["prompts"]}
    assert prompts["P1"]["value"] == "unknown"
    assert prompts["P1"]["missing"] == ["absconding"]
    assert prompts["P4"]["value"] == "true"
    assert found["due"] == {"days": 7, "day_kind": "working", "on": "2019-07-10"}
    assert found["department"] == "D4"
    assert found["ask_next"][0]["settles"] >= 1
    assert found["acceptable"] is False


def test_try_takes_a_case_file_with_its_day_and_role(data: Path, tmp_path: Path, printed: Printed) -> None:
    table = {
        "case": "c1",
        "version": 4,
        "service": "passport.first",
        "answers": {"applicant_id": {"value": ADULT, "source": "read"}, "copies": {"value": None, "reason": "x"}},
        "materials": {"IDT": "verified"},
        "confirmed": {"P2": ""},
        "on": "2024-09-13",
        "role": "leader",
    }
    assert run("try", "passport.first", facts(tmp_path, table), "--data", data, "--json") == 0
    found = json.loads(printed()[0])
    assert (found["on"], found["role"]) == ("2024-09-13", "leader")


WRONG: list[tuple[object, str]] = [
    ("{", "JSON"),
    ([], "JSON"),
    ({"anwers": {}}, "facts: unknown anwers, did you mean answers?"),
    ({"answers": []}, "answers: {…} wanted"),
    ({"answers": {"copy": 1}}, "answers: unknown copy, did you mean copies?"),
    ({"answers": {"copies": "three"}}, "answers.copies = three: a whole number wanted"),
    ({"answers": {"copies": 1.5}}, "answers.copies = 1.5:"),
    ({"answers": {"copies": 12}}, "answers.copies = 12:"),
    ({"answers": {"delivery": "post"}}, "(mail, self)"),
    ({"answers": {"absconding": "no"}}, "answers.absconding = no: true or false wanted"),
    ({"answers": {"mail_address": 5}}, "answers.mail_address = 5: text wanted"),
    ({"answers": {"old_until": "31.12.2024"}}, "answers.old_until = 31.12.2024"),
    ({"answers": {"more": 4}}, "answers.more: computed, not answered"),
    ({"variant": "X"}, "variant: unknown X"),
    ({"materials": {"IDX": "verified"}}, "materials: unknown IDX, did you mean IDT?"),
    ({"materials": {"IDT": "verifed"}}, "materials.IDT: unknown verifed, did you mean verified?"),
    ({"on": "today"}, "on: no date today"),
    ({"role": "boss"}, "role: unknown boss"),
    ({"service": "violation.handle"}, "service: the file is of violation.handle"),
]


@pytest.mark.parametrize(("table", "message"), WRONG)
def test_wrong_facts_are_named(data: Path, tmp_path: Path, printed: Printed, table: object, message: str) -> None:
    given = facts(tmp_path, table)
    assert run("try", "passport.first", given, "--data", data, "--lang", "en") == 2
    out, err = printed()
    assert message in err
    assert out == ""


def test_a_wrong_number_is_not_printed(data: Path, tmp_path: Path, printed: Printed) -> None:
    number = "110101199001011234"
    given = facts(tmp_path, {"answers": {"driver_id": number}})
    assert run("try", "violation.handle", given, "--lang", "en") == 2
    err = printed()[1]
    assert "driver_id" in err
    assert number not in err


# --- the whole ---


def test_the_command_needs_no_screen_and_no_network() -> None:
    script = (
        "import sys\nfrom counterdesk.cli import main\nmain(['catalog', 'show', 'passport.first'])\n"
        "heavy = {'textual', 'rich', 'httpx', 'starlette', 'keyring'}\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & heavy))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_check_reads_the_whole_shipped_catalogue() -> None:
    found = check_folder(DATA, today=date(2026, 9, 1))
    assert found.catalog is not None
    assert found.scenarios >= 168
