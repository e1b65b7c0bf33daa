"""Scenarios written by hand: the shipped ones are in order; what is wrong with one is said, with what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from counterdesk.catalog.index import Index
from counterdesk.locale import LANGUAGES, Words
from counterdesk.practice import collection, writing
from counterdesk.practice.scenario import Scenario
from counterdesk.practice.writing import Flaw, check, read

GOOD = """
[[scenario]]
id = "idcard.renew/of-a-test"
service = "idcard.renew"
variant = "R2"
day = 2026-11-23
title = { zh = "折断的卡", en = "A broken card" }
decides = ["fee:damaged"]

[scenario.facts]
old_expiry = 2026-12-20

[scenario.mistaken]
variant = "R1"

[[scenario.deeds]]
id = "keep"
text = { zh = "收回旧证", en = "take the old card" }
due = true
rule = "prompt:P6"

[scenario.expect]
outcome = "accept"
fee = "40"
"""
SOURCE = "\n".join((Path(writing.__file__).parent / name).read_text("utf-8") for name in ("writing.py", "exam.py"))


def test_a_good_one_has_no_flaws(index: Index) -> None:
    scenarios, flaws = read(GOOD)
    assert flaws == []
    assert check(index, scenarios[0]) == []
    assert scenarios[0].facts == {"old_expiry": "2026-12-20"}


@pytest.mark.parametrize(
    ("old", "new", "field", "code"),
    [
        ('service = "idcard.renew"', 'service = "idcard.renw"', "service", "unknown"),
        ('variant = "R2"', 'variant = "R7"', "variant", "unknown"),
        ('variant = "R2"', 'variant = "R4"', "variant", "does_not_fit"),
        ("/of-a-test", "/Of a test", "id", "bad_id"),
        ('variant = "R2"', 'variant = "R2"\ndifficulty = 7', "difficulty", "range"),
        ('variant = "R2"', 'variant = "R2"\nmistake = 3', "mistake", "range"),
        ('variant = "R2"', 'variant = "R2"\ncolour = 3', "colour", "form"),
        ("day = 2026-11-23", "", "day", "form"),
        ("day = 2026-11-23", 'day = "soon"', "day", "form"),
        ("old_expiry = 2026-12-20", "old_expiri = 2026-12-20", "facts.old_expiri", "unknown"),
        ("old_expiry = 2026-12-20", 'card_fee = "20"', "facts.card_fee", "computed"),
        ("old_expiry = 2026-12-20", 'delivery = "pigeon"', "facts.delivery", "bad_value"),
        ('["fee:damaged"]', '["fee:broken"]', "decides[0]", "unknown"),
        ('["fee:damaged"]', '["prompt:P1"]', "decides", "not_decisive"),
        ('["fee:damaged"]', '["deed:keep", "fee:damaged"]\nunsure = ["nobody"]', "unsure", "unknown"),
        ('rule = "prompt:P6"', 'rule = "prompt:P66"', "deeds.keep.rule", "unknown"),
        ('outcome = "accept"', 'outcome = "refuse"', "expect.outcome", "differs"),
        ('fee = "40"', 'fee = "20"', "expect.fee", "differs"),
        ('fee = "40"', 'fee = "forty"', "expect.fee", "differs"),
        ('fee = "40"', "due = 2026-12-31", "expect.due", "differs"),
        ('fee = "40"', 'prompts = ["P1"]', "expect.prompts", "differs"),
        ('fee = "40"', 'materials = ["HKB"]', "expect.materials", "differs"),
        (
            "[scenario.expect]",
            '[scenario.claims]\ndelivery = "mail"\n[scenario.expect]',
            "claims.delivery",
            "only_his_word",
        ),
        ("[scenario.expect]", '[[scenario.papers]]\ncode = "GID"\n[scenario.expect]', "papers.code", "not_needed"),
        ("[scenario.expect]", '[[scenario.papers]]\ncode = "XX"\n[scenario.expect]', "papers.code", "unknown"),
        (
            "[scenario.expect]",
            '[[scenario.papers]]\ncode = "PHID"\n[[scenario.papers]]\ncode = "PHID"\n[scenario.expect]',
            "papers.code",
            "twice",
        ),
        (
            "[scenario.expect]",
            '[[scenario.papers]]\ncode = "OLDID"\nstate = "altered"\n[scenario.expect]',
            "papers.OLDID.shows",
            "nothing_altered",
        ),
        ('variant = "R1"', 'delivery = "mail"', "mistaken", "not_only"),
        ('["fee:damaged"]', '["fee:damaged"]\nunsure = ["person_id"]', "facts.person_id", "open"),
    ],
)
def test_what_is_wrong_is_named(index: Index, old: str, new: str, field: str, code: str) -> None:
    assert old in GOOD
    scenarios, flaws = read(GOOD.replace(old, new, 1))
    for scenario in scenarios:
        flaws += check(index, scenario)
    assert (field, code) in [(flaw.field, flaw.code) for flaw in flaws], flaws
    for language in LANGUAGES:
        words = Words.load(language)
        for flaw in flaws:
            said = words(f"teach.flaw.{flaw.code}", value=flaw.value, wanted=flaw.wanted)
            assert "⟨" not in said
            assert ": " in said or ":" in said  # what is wrong, and after the colon what to do


def test_what_is_not_toml_or_holds_nothing_is_said() -> None:
    assert read("[[")[1][0].code == "toml"
    assert read("a = 1")[1] == [Flaw("", "scenario", "none_there")]
    assert read("scenario = [3]")[1][0].code == "form"


def test_somebody_elses_paper_needs_a_number_to_compare(index: Index) -> None:
    text = GOOD.replace("idcard.renew", "hukou.birth").replace('variant = "R2"', 'variant = "B7"')
    text = text[: text.index("decides")] + '[[scenario.papers]]\ncode = "TRVL"\nstate = "someone_else"\n'
    scenarios, flaws = read(text + '[scenario.expect]\noutcome = "notice"\n')
    assert flaws == []
    assert [flaw.code for flaw in check(index, scenarios[0])] == ["no_holder"]


def test_a_case_that_nobody_could_get_right_is_unfair(index: Index) -> None:
    """The paper says something that is not so, and no question or register tells the truth."""
    text = GOOD.replace(
        "[scenario.expect]",
        "[scenario.claims]\nold_expiry = 2027-12-01\n"
        '[[scenario.papers]]\ncode = "OLDID"\nstate = "altered"\nshows = { old_expiry = 2027-12-01 }\n'
        "[scenario.expect]",
    )
    scenarios, flaws = read(text)
    assert flaws == []
    assert "unfair" in [flaw.code for flaw in check(index, scenarios[0])]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_flaw_has_its_words_and_no_words_are_left_over(language: str) -> None:
    codes = {"toml", "none_there", "form"} | set(re.findall(r'Flaw\((?:"[^"]*"|exam\.id), [^,]+, "([a-z_]+)"', SOURCE))
    assert set(Words.load(language).codes("teach.flaw")) == codes


# --- the shipped ones ---------------------------------------------------------------------------------------------


def test_the_shipped_scenarios_are_in_order(index: Index) -> None:
    scenarios = collection.written()
    assert len({scenario.id for scenario in scenarios}) == len(scenarios)
    assert [flaw for scenario in scenarios for flaw in check(index, scenario)] == []


def test_each_known_mistake_of_each_service_is_a_scenario(index: Index) -> None:
    practised = {(scenario.service, scenario.mistake) for scenario in collection.written()}
    known = {(service.id, number) for service in index.catalog.services for number in range(len(service.mistakes))}
    assert known <= practised


def test_each_stands_in_the_file_of_its_service() -> None:
    folder = Path(collection.__file__).parent / "scenarios"
    for file in folder.glob("*.toml"):
        scenarios, flaws = read(file.read_text(encoding="utf-8"))
        assert flaws == []
        assert {scenario.service for scenario in scenarios} == {file.stem}


def test_what_there_is_to_practise_is_listed_once(index: Index) -> None:
    rows = collection.listing(index)
    ids = [row.id for row in rows]
    assert len(ids) == len(set(ids))
    assert {row.kind for row in rows} == {"written", "generated", "near"}
    assert len(collection.listing(index, "idcard.renew")) < len(rows)
    assert all("{" not in row.title.zh + row.title.en for row in rows)
    for name in ("idcard.renew:P1", "shared:G01", "idcard.renew:HKB:near", "idcard.renew/old-card"):
        found = collection.find(index, name, collection.written()[0].day)
        assert getattr(found, "id", "") == name
    with pytest.raises(KeyError):
        collection.find(index, "idcard.renew:P99", collection.written()[0].day)


def test_a_hint_says_what_goes_wrong_here(index: Index) -> None:
    for scenario in collection.written():
        (hint,) = collection.hints(index, scenario)
        known = index.service(scenario.service).mistakes if scenario.mistake is not None else scenario.hints
        assert hint in known
    generated = collection.find(index, "idcard.renew:P1", collection.written()[0].day)
    near = collection.find(index, "idcard.renew:P1:near", collection.written()[0].day)
    assert isinstance(generated, Scenario)
    assert isinstance(near, Scenario)
    assert len(collection.hints(index, generated)) == 1
    assert collection.hints(index, near) == ()
