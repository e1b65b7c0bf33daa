"""The papers as text: complete, in both languages, dated, and without a person on them."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterdesk.catalog.casefile import Answer, CaseFile, MaterialStatus
from counterdesk.catalog.conditions import names
from counterdesk.desk.state import DeskState, Link
from counterdesk.desk.telling import lacking, tell, untold
from counterdesk.screens.views.papers import paper_of, shown_paper
from counterdesk.screens.views.scene import Scene
from counterdesk.screens.views.sheet import PRINT_WIDTH, paper_text, paper_view
from counterdesk.station.acceptance import assess_case
from counterdesk.station.exchange import Mode, Session
from counterdesk.station.model import TIMEZONE, Case, Handoff, State, Ticket
from counterdesk.station.roles import Actor
from counterdesk.text import cells
from tests.ui.screens.counter import scenario, the_index, the_words

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=TIMEZONE)
GOLDEN = Path(__file__).parents[2] / "golden" / "papers"
LANGUAGES = ("zh_CN", "en")


def scene_of(case: Case, file: CaseFile, language: str = "zh_CN", mode: Mode = "live") -> Scene:
    """A desk with this one case in its panel."""
    ticket = Ticket(id="t", number="H001", group="HK", state="serving", issued_at=NOW, queued_since=NOW)
    actor = Actor(id="031234", role="officer")
    session = Session(actor=actor, station="s", station_name="示范派出所", name="", mode=mode)
    state = DeskState("3", Link("online", NOW), session, State(tickets={"t": ticket}, cases={case.id: case}))
    state = replace(state, files={case.id: file})
    found = assess_case(the_index(), case, file, today=case.opened_at.date(), role="officer")
    return Scene(state, the_index(), the_words(language), NOW, case.id, "review", found)


def file_of(service: str, name: str, **changes: Any) -> CaseFile:
    """The file of a scenario, with other materials."""
    wanted = scenario(service, name)
    return CaseFile(
        case="c",
        service=service,
        variant=wanted.get("variant", ""),
        answers={k: Answer(value=v) for k, v in wanted["answers"].items()},
        materials={**wanted.get("materials", {}), **changes},
    )


def case_of(service: str, status: str = "draft", **more: Any) -> Case:
    """A case as it stands at 10 o'clock."""
    base = Case(
        id="c",
        ticket="t",
        counter="3",
        officer="031234",
        service=service,
        status=status,  # type: ignore[arg-type]
        opened_at=NOW,
        changed_at=NOW,
    )
    return msgspec.structs.replace(base, **more)


REVIEW = Handoff(department="D2", state="acknowledged", sent_at=NOW, reference="FJ-1")
TAKEN = {"number": "26000001", "received_at": NOW, "accepted_at": NOW, "department": "D2"}
MISSING_DNA = ("hukou.birth", "B6 joins the father, DNA report missing")
COMPLETE = ("hukou.birth", "B6 complete, joins the father with a DNA report")
PAPERS: dict[str, tuple[tuple[str, str], Case, dict[str, str]]] = {
    "notice": (MISSING_DNA, case_of("hukou.birth"), {"HKB": "missing", "IDT": "missing"}),
    "received": (COMPLETE, case_of("hukou.birth", "received", number="26000001", received_at=NOW), {}),
    "receipt": (
        COMPLETE,
        case_of("hukou.birth", "in_review", **TAKEN, handoff=REVIEW, due=date(2026, 12, 14), fee="20"),
        {},
    ),
    "violation": (
        ("violation.handle", "W1 complete"),
        case_of("violation.handle", "closed", **{**TAKEN, "department": "D5"}, on_the_spot=True),
        {},
    ),
    "supplement": (
        COMPLETE,
        case_of(
            "hukou.birth",
            "supplementing",
            **TAKEN,
            handoff=REVIEW,
            supplement=("DNA", "child_name"),
            return_to="in_review",
            clock_stopped_on=date(2026, 11, 23),
            returned=2,
        ),
        {},
    ),
    "declined": (
        MISSING_DNA,
        case_of("hukou.birth", "not_accepted", number="26000001", received_at=NOW, reason="not_eligible"),
        {},
    ),
    "incomplete": (
        MISSING_DNA,
        case_of("hukou.birth", "not_accepted", number="26000001", received_at=NOW, reason="incomplete"),
        {},
    ),
    "refusal": (
        COMPLETE,
        case_of("hukou.birth", "refused", **TAKEN, handoff=REVIEW, decision="refused", reason="facts_not_verified"),
        {},
    ),
}


def text_of(name: str, language: str, mode: Mode = "live") -> str:
    """A paper of `PAPERS` as it is printed."""
    (service, scenario_name), case, materials = PAPERS[name]
    scene = scene_of(case, file_of(service, scenario_name, **materials), language, mode)
    return paper_text(paper_of(scene, case, notice=name == "notice"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAPERS)
def test_paper(name: str, language: str) -> None:
    """As it is printed, to read and to review. UPDATE_GOLDEN=1 writes them anew."""
    shown = text_of(name, language)
    file = GOLDEN / f"{name}.{language}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_has_no_holes_and_fits(name: str, language: str) -> None:
    text = text_of(name, language)
    assert not re.search(r"⟨|\{[a-z_]+\}", text)
    assert max(map(cells, text.splitlines())) <= PRINT_WIDTH


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("notice", ("亲子鉴定意见书", "居民户口簿", "原件1", "为什么", "2026-11-30", "行政许可法第32条", "即为受理")),
        ("received", ("收件回执 26000001", "2026-11-30")),
        ("receipt", ("受理回执 26000001", "2026-12-14 (工作日)", "20元", "公安分局人口管理办公室", "FJ-1")),
        ("violation", ("行政复议", "当场")),
        ("supplement", ("亲子鉴定意见书", "2026-11-23", "停止计算", "公安分局", "第2次")),
        ("declined", ("不符合申请条件", "亲子鉴定", "60日", "6个月", "行政复议法")),
        ("incomplete", ("材料不齐", "亲子鉴定意见书", "60日", "6个月")),
        ("refusal", ("不予核准", "事实经核查不能证实", "以决定书为准", "60日", "6个月")),
    ],
)
def test_a_paper_says(name: str, said: tuple[str, ...]) -> None:
    text = text_of(name, "zh_CN").replace("\n", "")
    assert [words for words in said if words not in text] == []


@pytest.mark.parametrize("name", PAPERS)
def test_a_drill_is_marked_on_every_paper(name: str) -> None:
    assert text_of(name, "zh_CN", "practice").count("【演练】") == 2
    assert text_of(name, "en", "practice").count("[DRILL]") == 2
    assert "演练" not in text_of(name, "zh_CN")


@pytest.mark.parametrize("width", [40, 50, 58, 90])
@pytest.mark.parametrize("name", PAPERS)
def test_the_panel_shows_what_is_printed(name: str, width: int) -> None:
    (service, scenario_name), case, materials = PAPERS[name]
    paper = paper_of(scene_of(case, file_of(service, scenario_name, **materials)), case, notice=name == "notice")
    view = paper_view(paper, width)
    lines = ["".join(cell.text for cell in line.cells) for line in view.lines]
    assert max(map(cells, lines)) <= width - 3
    squeezed = re.sub(r"\s", "", "".join(lines))
    assert squeezed == re.sub(r"\s", "", paper_text(paper)).removeprefix(re.sub(r"\s", "", paper.title))
    assert "p打印" in "".join(cell.text for line in view.foot for cell in line.cells)


def test_the_clock_is_unknown_where_the_calendar_is() -> None:
    late = datetime(2031, 12, 30, 10, 0, tzinfo=TIMEZONE)
    case = case_of("hukou.birth", opened_at=late)
    text = paper_text(paper_of(scene_of(case, file_of(*MISSING_DNA)), case))
    assert "日期待定" in text


def test_what_a_department_wrote_in_its_own_words_is_not_printed() -> None:
    (service, name), case, _ = PAPERS["refusal"]
    case = msgspec.structs.replace(case, reason="张三 15400000001 不符")
    text = paper_text(paper_of(scene_of(case, file_of(service, name)), case))
    assert "15400000001" not in text
    assert "见决定书" in text


def test_a_blocker_that_rests_on_a_record_is_not_named() -> None:
    file = file_of("passport.first", "P1 complete")
    file = msgspec.structs.replace(file, answers={**file.answers, "no_exit_flag": Answer(value=True)})
    case = case_of("passport.first")
    scene = scene_of(case, file)
    assert scene.assessment is not None
    assert "prompt:P2" in lacking(scene.assessment).found
    text = paper_text(paper_of(scene, case))
    assert "出入境核查" not in text
    assert "另有事项须进一步核查" in text


def test_which_paper_is_shown() -> None:
    shown = {}
    for status in ("draft", "received", "supplementing", "accepted", "not_accepted"):
        case = case_of("hukou.birth", status)
        scene = scene_of(case, file_of(*MISSING_DNA))
        found = (shown_paper(scene, page) for page in ("", "receipt", "notice", "help"))
        shown[status] = [paper.kind if paper is not None else "" for paper in found]
    assert shown == {
        "draft": ["", "notice", "notice", ""],
        "received": ["", "receipt", "notice", ""],
        "supplementing": ["", "supplement", "supplement", ""],
        "accepted": ["receipt", "receipt", "receipt", ""],
        "not_accepted": ["declined", "declined", "declined", ""],
    }


# What no paper may say, over every service.


@cache
def templates() -> list[tuple[str, dict[str, Any]]]:
    """All scenarios of all services."""
    folder = files("counterdesk.catalog").joinpath("data", "scenarios")

    def every() -> Iterator[tuple[str, dict[str, Any]]]:
        for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
            for found in tomllib.loads(file.read_text(encoding="utf-8"))["scenario"]:
                yield file.name.removesuffix(".toml"), found

    return list(every())


STATUSES: tuple[MaterialStatus | None, ...] = ("verified", "missing", "waived", "deferred", None)


@st.composite
def files_of_people(draw: st.DrawFn) -> CaseFile:
    """A file of a real applicant: some answers taken away, checks answered otherwise, names and texts of his own."""
    service, found = draw(st.sampled_from(templates()))
    plan = the_index().plan(service)
    answers: dict[str, Answer] = {}
    for key, value in found.get("answers", {}).items():
        fact = plan.facts[key].fact if key in plan.facts else None
        if fact is None or draw(st.integers(0, 9)) == 0:
            continue
        if fact.type == "bool":
            value = draw(st.booleans())
        elif fact.type == "enum":
            value = draw(st.sampled_from([option.code for option in the_index().options(fact)]))
        elif fact.sensitive and fact.type.startswith(("name", "text", "addr")):
            value = draw(st.sampled_from(["欧阳拾玖", "上海市虚构路97弄13号502室", "Zzyzx Qwfp"]))
        answers[key] = Answer(value=value)
    codes = list(plan.materials)
    materials = {code: status for code in codes if (status := draw(st.sampled_from(STATUSES))) is not None}
    return CaseFile(case="c", service=service, variant=found.get("variant", ""), answers=answers, materials=materials)


CASES = (
    {"status": "draft"},
    {"status": "received", "number": "26000001", "received_at": NOW},
    {"status": "accepted", **TAKEN},
    {"status": "supplementing", **TAKEN},
    {"status": "not_accepted", "number": "26000001", "reason": "not_eligible"},
    {"status": "not_accepted", "number": "26000001", "reason": "incomplete"},
    {"status": "refused", **TAKEN, "decision": "refused", "reason": "legal_bar"},
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files_of_people(), st.sampled_from(CASES), st.sampled_from(LANGUAGES))
def test_no_paper_says_what_a_sensitive_answer_holds(file: CaseFile, stands: dict[str, Any], language: str) -> None:
    plan = the_index().plan(file.service)
    supplement = tuple(plan.materials)[:2] + tuple(plan.facts)[:2] if stands["status"] == "supplementing" else ()
    case = case_of(file.service, **stands, supplement=supplement)
    scene = scene_of(case, file, language)
    text = paper_text(paper_of(scene, case, notice=True))
    squeezed = re.sub(r"\s", "", text)
    flags = set()
    for key, fact in plan.facts.items():
        answer = file.answers.get(key)
        if not fact.fact.sensitive or answer is None:
            continue
        if fact.kind in ("bool", "enum", "enum_set"):
            flags.add(key)
        else:
            value = re.sub(r"\s", "", str(answer.value))
            assert value not in squeezed, (key, value)
            if fact.kind == "rid":
                born = f"{value[6:10]}-{value[10:12]}-{value[12:14]}"
                assert born not in text, (key, born)
    for prompt in plan.prompts:
        if flags & names(prompt.when):
            sentence = scene.pick(prompt.prompt.text)
            assert re.sub(r"\s", "", sentence) not in squeezed, prompt.prompt.id
    if case.status == "draft" and scene.assessment is not None:
        notice = paper_of(scene, case)
        found = lacking(scene.assessment)
        for code in notice.listed:
            kind, _, name = code.partition(":")
            if kind == "material":
                wanted = re.sub(r"\s", "", scene.pick(the_index().material(name).name))
                assert wanted in squeezed, f"{name} is not on the notice"
        assert set(found.found) <= set(notice.listed)
        assert untold(scene.assessment, tell(file, notice.listed, date(2026, 11, 23), "paper")) == ()
