"""The policy library at the counter: from a prompt and back, the search, what changed since the last shift."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from counterdesk.catalog.changes import Kept, Seen
from counterdesk.screens.views import policy as v
from counterdesk.widgets.checklist import Checklist
from counterdesk.widgets.intake_form import IntakeForm
from counterdesk.widgets.line_panel import LinePanel
from tests.ui.screens.counter import NOW, AtCounter, at_counter

BIRTH = ("HK", "hukou.birth")
BLOCKED = "B6 joins the father, DNA report missing"


def _page(counter: AtCounter) -> str:
    """What the case panel shows beside the form."""
    return counter.screen.page


async def _at_checklist(counter: AtCounter) -> Checklist:
    """A case with a blocker, the keys on the checklist."""
    await counter.serve()
    await counter.fill("hukou.birth", BLOCKED)
    await counter.press("switch_panel", "switch_panel")
    checklist = counter.screen.query_one(Checklist)
    assert checklist.has_focus
    return checklist


async def _search(counter: AtCounter, words: str) -> None:
    await counter.type(words)
    await counter.until(lambda: not counter.chooser._stale)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_prompt_opens_what_is_behind_it_with_one_key_and_back(size: tuple[int, int]) -> None:
    async with at_counter(BIRTH, size=size) as counter:
        checklist = await _at_checklist(counter)
        await counter.press("down", "up")
        here = checklist.cursor_id
        prompt = here.removeprefix("prompt:")
        await counter.press("policy")
        assert _page(counter) == "policy"
        library, page = counter.screen.policy.library, counter.page.replace("\n", "").replace(" ", "")
        entry = library.prompt("hukou.birth", prompt)
        assert entry is not None
        for text in (
            library.text(entry, "zh"),
            library.condition(entry, "zh"),
            counter.words("policy.because"),
            counter.words("policy.value.true"),
            counter.words("policy.confidence.sure"),
            *(passage.name.zh for passage in library.of_prompt("hukou.birth", prompt)),
        ):
            assert text.replace(" ", "") in page
        await counter.press("escape")
        assert _page(counter) == ""
        assert checklist.has_focus
        assert checklist.cursor_id == here


async def test_other_prompts_on_the_same_basis_are_a_key_away() -> None:
    async with at_counter(BIRTH) as counter:
        await _at_checklist(counter)
        await counter.press("policy")
        first = counter.page
        page = counter.screen.query_one("#page", LinePanel)
        assert page.cursor_id == "passage:service:hukou.birth"
        other = next(line.id for line in page.view.lines if line.id.startswith("prompt:"))
        while page.cursor_id != other:
            await counter.press("down")
        await counter.press("enter")
        assert counter.page != first
        assert other.rpartition(":")[2] in page.view.title
        await counter.press("escape")
        assert counter.page == first
        assert page.cursor_id == other
        await counter.press("home", "enter")  # the service as a whole
        assert page.view.title.endswith("出生登记(申报出生户口)")
        await counter.press("escape", "escape")
        assert _page(counter) == ""


async def test_the_review_page_leads_to_a_blocker_and_back() -> None:
    async with at_counter(BIRTH) as counter:
        await counter.serve()
        await counter.fill("hukou.birth", BLOCKED)
        await counter.press("review")
        page = counter.screen.query_one("#page", LinePanel)
        while not page.cursor_id.startswith("gate:prompt"):
            await counter.press("down")
        here = page.cursor_id
        review = counter.page
        await counter.press("policy")
        assert _page(counter) == "policy"
        await counter.press("escape")
        assert (_page(counter), counter.screen.step) == ("", "review")
        assert counter.page == review
        assert page.cursor_id == here


async def test_a_material_opens_its_line_of_the_service() -> None:
    async with at_counter(BIRTH) as counter:
        checklist = await _at_checklist(counter)
        while not checklist.cursor_id.startswith("material:"):
            await counter.press("down")
        name = counter.scene.pick(counter.scene.index.material(checklist.cursor_id[9:]).name)
        await counter.press("policy")
        page = counter.screen.query_one("#page", LinePanel)
        line = next(line for line in page.view.lines if line.id == page.cursor_id)
        assert name in "".join(cell.text for cell in line.cells)


async def test_search_page_search_case_and_nothing_typed_is_lost() -> None:
    async with at_counter(BIRTH) as counter:
        await counter.serve()
        await counter.type("3100001996")
        assert counter.screen.query_one(IntakeForm).has_focus
        await counter.press("policy")
        assert counter.chooser.has_focus
        assert counter.chooser.view.choices[0].id == "service:hukou.birth"  # what the case is about
        await _search(counter, "监护人 护照")
        assert counter.chooser.highlighted == counter.chooser.view.choices[0]
        await counter.press("down")
        chosen = counter.chooser.highlighted
        assert chosen is not None
        await counter.press("enter")
        assert _page(counter) == "policy"
        page = counter.screen.query_one("#page", LinePanel)
        passage = counter.screen.policy.library.passage(chosen.id)
        assert page.view.title.endswith(passage.name.zh)
        await counter.press("escape")
        assert counter.chooser.typed_text == "监护人 护照"
        assert counter.chooser.highlighted == chosen
        await counter.press("escape")
        assert counter.screen.question is None
        assert _page(counter) == ""
        assert counter.screen.query_one(IntakeForm).has_focus
        assert counter.screen.active_field == counter.scene.index.service("hukou.birth").applicant_fact
        await counter.type("03140023")
        await counter.press("enter")
        assert counter.file.answers["mother_id"].value == "310000199603140023"


async def test_a_question_that_was_being_asked_is_asked_again() -> None:
    async with at_counter(BIRTH) as counter:
        await counter.serve()
        await counter.press("new_case")
        await counter.type("hz")
        await counter.until(lambda: not counter.chooser._stale)
        before = [choice.id for choice in counter.chooser.view.choices]
        await counter.press("down", "policy")
        assert counter.chooser.view.id == v.SEARCH
        assert counter.chooser.typed_text == ""
        await counter.press("enter")
        assert _page(counter) == "policy"
        await counter.press("escape", "escape")
        assert counter.chooser.view.id == "service"
        assert counter.chooser.typed_text == "hz"
        assert [choice.id for choice in counter.chooser.view.choices] == before
        assert counter.chooser.highlighted is not None
        assert counter.chooser.highlighted.id == before[1]


async def test_a_question_passed_over_does_not_come_back() -> None:
    async with at_counter(BIRTH, "TV") as counter:
        await counter.serve()
        await counter.press("new_case", "policy", "enter")
        assert _page(counter) == "policy"
        await counter.press("call_next", "escape", "escape", "escape")
        assert counter.screen.question is None
        assert _page(counter) == ""


async def test_the_key_on_a_page_searches_and_comes_back_to_the_page() -> None:
    async with at_counter(BIRTH) as counter:
        await _at_checklist(counter)
        await counter.press("policy")
        page = counter.page
        await counter.press("policy")
        assert counter.chooser.has_focus
        await counter.press("policy")  # pressed again it is what it is
        assert counter.chooser.has_focus
        await counter.press("escape")
        assert (_page(counter), counter.page) == ("policy", page)
        await counter.press("escape")
        assert _page(counter) == ""


async def test_without_a_case_and_without_a_line() -> None:
    async with at_counter("TV") as counter:
        await counter.cut_line()
        await counter.press("policy")
        await _search(counter, "163")  # digits are searched, they choose nothing
        assert counter.chooser.typed_text == "163"
        await counter.press("enter")
        assert _page(counter) == "policy"
        assert "163" in counter.page
        await counter.press("escape", "escape")
        assert _page(counter) == ""
        assert counter.sent == []


async def test_what_is_not_there_says_so() -> None:
    async with at_counter("TV") as counter:
        await counter.press("policy")
        await _search(counter, "无此词语")
        assert counter.chooser.view.choices == ()
        assert counter.words("policy.none") in counter.text()
        await counter.press("enter", "escape")
        assert counter.screen.question is None


async def test_demonstration_data_is_marked() -> None:
    async with at_counter("TV", language="en") as counter:
        scene, library = counter.scene, counter.screen.policy.library
        marked = 0
        han = re.compile("[一-鿿]")
        for service in scene.index.catalog.services:
            for prompt in service.prompts:
                page = v.prompt_page(scene, library, service.id, prompt.id, 60)
                text = " ".join(cell.text for line in page.lines for cell in line.cells)
                assert "⟨" not in text
                assert "{" not in text
                assert not han.search(text), text
                if prompt.confidence == "illustrative":
                    marked += 1
                    assert counter.words("policy.confidence.illustrative") in text
        assert marked
        for passage in library.passages:
            page = v.passage_page(scene, library, passage, 60)
            text = " ".join(cell.text for line in page.lines for cell in line.cells)
            assert "⟨" not in text


# What changed since the last shift.


def _remembered(folder: Path) -> Path:
    (file,) = folder.glob("rules-seen-*")
    return file


def _alter(folder: Path, **rules: Kept) -> None:
    """As if another catalogue had been seen last."""
    file = _remembered(folder)
    seen = msgspec.json.decode(file.read_bytes(), type=Seen)
    prompt = next(key for key in seen.rules if key.startswith("hukou.birth/prompt/"))
    changed = {
        prompt: Kept("other", "从前的话", "what it said"),
        "hukou.birth/fee/gone": Kept("x", "旧费用", "old fee"),
    }
    file.write_bytes(msgspec.json.encode(Seen("old", "old", seen.day, seen.rules | changed | rules)))


async def test_at_first_there_is_nothing_to_say(tmp_path: Path) -> None:
    async with at_counter("TV", memory=tmp_path) as counter:
        assert "按^T" not in counter.message
        await counter.press("policy")
        assert counter.chooser.view.choices[0].id != v.CHANGES
    file = _remembered(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert "practice" in file.name
    assert "031234" not in file.name + file.read_text(encoding="utf-8")
    before = file.read_bytes()
    async with at_counter("TV", memory=tmp_path) as counter:
        assert "Ctrl+T" not in counter.message
    assert file.read_bytes() == before


async def test_rules_that_changed_are_told_until_somebody_looked(tmp_path: Path) -> None:
    async with at_counter("TV", memory=tmp_path):
        pass
    _alter(tmp_path)
    told = ""
    for _ in range(2):  # who does not look is told again
        async with at_counter("TV", memory=tmp_path) as counter:
            told = counter.message
            assert told == counter.words("say.rules_changed", count=2)
    async with at_counter("TV", memory=tmp_path) as counter:
        assert counter.message == told
        await counter.press("policy")
        assert [choice.id for choice in counter.chooser.view.choices[:2]] == [v.CHANGES, v.KNOWN]
        await counter.press("enter")
        page = counter.page
        for text in ("从前的话", "旧费用", "出生登记", counter.words("policy.change.removed")):
            assert text in page
        await counter.press("escape")
        assert counter.chooser.view.choices[0].note == counter.words("policy.seen")
        assert v.KNOWN not in [choice.id for choice in counter.chooser.view.choices]
        await counter.press("escape")
    async with at_counter("TV", memory=tmp_path) as counter:
        assert counter.message != told


async def test_a_changed_prompt_is_a_key_away(tmp_path: Path) -> None:
    async with at_counter("TV", memory=tmp_path):
        pass
    _alter(tmp_path)
    async with at_counter("TV", memory=tmp_path) as counter:
        await counter.press("policy", "enter", "enter")
        assert counter.screen.query_one("#page", LinePanel).view.title.startswith("政策 P")
        await counter.press("escape")
        assert "从前的话" in counter.page


async def test_an_officer_may_take_note_without_reading(tmp_path: Path) -> None:
    async with at_counter("TV", memory=tmp_path):
        pass
    _alter(tmp_path)
    async with at_counter("TV", memory=tmp_path) as counter:
        told = counter.message
        await counter.press("policy", "down", "enter")
        assert counter.screen.question is None
        assert _page(counter) == ""
    async with at_counter("TV", memory=tmp_path) as counter:
        assert counter.message != told


async def test_a_service_that_is_gone_is_named(tmp_path: Path) -> None:
    async with at_counter("TV", memory=tmp_path):
        pass
    _alter(tmp_path, **{"old.one/service/": Kept("", "从前的事项", "x"), "old.one/prompt/P1": Kept("1", "旧", "x")})
    async with at_counter("TV", memory=tmp_path) as counter:
        await counter.press("policy", "enter")
        assert "从前的事项" in counter.page


async def test_a_rule_that_begins_by_its_date_is_told(tmp_path: Path) -> None:
    day = NOW.replace(year=2019, month=6, day=30)
    async with at_counter("TV", memory=tmp_path, now=day):
        pass
    async with at_counter("TV", memory=tmp_path, now=day + timedelta(days=1)) as counter:
        assert "Ctrl+T" in counter.message
        await counter.press("policy", "enter")
        assert counter.words("policy.change.begun") in counter.page
        assert "120元" in counter.page


async def test_the_message_also_comes_where_the_counter_is_open_already(tmp_path: Path) -> None:
    async with at_counter("TV", memory=tmp_path) as counter:
        pass
    _alter(tmp_path)
    async with at_counter("TV", memory=tmp_path) as counter:
        policy = counter.screen.policy
        policy._looked_for = ""  # signed in anew while the counter still is this officer's
        said: list[str] = []
        policy.heard(counter.scene, counter.desk.drain(), said.append)
        assert said == [counter.words("say.rules_changed", count=2)]
        assert counter.scene.counter is not None
        assert counter.scene.counter.state == "open"
