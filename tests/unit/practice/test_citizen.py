"""A simulated citizen answers from the truth, shows what he carries, and says the same in both languages."""

from __future__ import annotations

import re
from datetime import date
from typing import get_args

import pytest

from counterdesk.catalog.index import Index
from counterdesk.formats import resident_id
from counterdesk.locale import LANGUAGES, Words
from counterdesk.practice import citizen
from counterdesk.practice.citizen import Citizen, Reply
from counterdesk.practice.papers import HOLDER, NUMBER, ORIGINAL, VALID, in_order
from counterdesk.practice.scenario import Paper, PaperState, Scenario, Value, truth_of

from .teaching import DAY, scenario

ZH, EN = (Words.load(language) for language in LANGUAGES)


def met(index: Index, wanted: Scenario) -> Citizen:
    return Citizen(index, wanted, truth_of(index, wanted))


def test_he_says_what_is_true_in_both_languages(index: Index) -> None:
    wanted = scenario(index, facts={"old_expiry": "2026-12-20", "delivery": "mail"})
    reply = met(index, wanted).ask("delivery")
    assert (reply.code, reply.value) == ("said", "mail")
    assert "邮寄" in citizen.answer(index, wanted, reply, ZH)
    assert "by mail" in citizen.answer(index, wanted, reply, EN)


def test_the_question_is_the_catalogues_own_or_made_of_the_label(index: Index) -> None:
    assert citizen.question(index, "idcard.renew", "remote_reason", ZH) == "异地换领是因到期、损坏还是信息变更?"
    assert "联系电话" in citizen.question(index, "idcard.renew", "phone", ZH)
    assert "Phone" in citizen.question(index, "idcard.renew", "phone", EN)
    assert "居民户口簿" in citizen.request(index, "HKB", ZH)


def test_he_claims_what_the_scenario_has_him_claim_and_the_paper_says_otherwise(index: Index) -> None:
    facts = {"old_expiry": "2028-05-01"}
    wanted = scenario(index, facts=facts, claims={"old_expiry": "2026-12-01"})
    person = met(index, wanted)
    assert person.ask("old_expiry").value == "2026-12-01"
    assert person.show("OLDID").shown["old_expiry"] == "2028-05-01"


def test_what_he_does_not_know_is_no_answer_and_what_a_register_knows_is_not_his_to_say(index: Index) -> None:
    person = met(index, scenario(index, unsure=("phone",)))
    assert person.ask("phone").code == "unsure"
    assert person.ask("hukou_region").code == "see_register"
    assert person.ask("card_unreadable").code == "see_yourself"
    assert person.find("hukou_region") == "310000"


def test_asked_again_he_says_the_same_and_that_he_said_it(index: Index) -> None:
    wanted = scenario(index, temper="impatient")
    person = met(index, wanted)
    first, second = person.ask("phone"), person.ask("phone")
    assert first.value == second.value
    assert citizen.answer(index, wanted, second, ZH) == "怎么又问!" + citizen.answer(index, wanted, first, ZH)


def test_the_same_seed_gives_the_same_person_and_another_one_another(index: Index) -> None:
    one, same, other = (met(index, scenario(index, seed=seed)) for seed in (4, 4, 5))
    assert one.show("OLDID") == same.show("OLDID")
    assert one.show("OLDID") != other.show("OLDID")


@pytest.mark.parametrize("state", [state for state in get_args(PaperState) if state != "absent"])
def test_what_is_wrong_with_a_paper_can_be_seen_on_it(index: Index, state: PaperState) -> None:
    shows: dict[str, Value] = {"old_expiry": "2027-01-01"} if state == "altered" else {}
    wanted = scenario(index, papers=(Paper(code="OLDID", state=state, shows=shows),))
    person = met(index, wanted)
    shown = person.show("OLDID").shown
    number = str(person.find("person_id"))
    assert in_order(shown, number, DAY) == (state in ("good", "altered"))
    assert (shown[ORIGINAL] is False) == (state == "copy")
    assert (str(shown.get(VALID, shown["old_expiry"])) < DAY.isoformat()) == (state == "expired")
    assert (shown[NUMBER] != number) == (state == "someone_else")
    assert (shown["old_expiry"] != person.find("old_expiry")) == (state == "altered")
    assert resident_id.check(str(shown[NUMBER]), DAY) is None
    assert shown[HOLDER]


def test_a_paper_that_is_absent_or_not_needed_is_not_carried(index: Index) -> None:
    person = met(index, scenario(index, papers=(Paper(code="OLDID", state="absent"),)))
    assert person.show("OLDID").code == "not_carried"
    assert person.show("HKB").code == "not_carried"
    with pytest.raises(KeyError):
        person.show("BC")
    with pytest.raises(KeyError):
        person.ask("no_such_fact")


def test_he_begins_with_what_he_wants(index: Index) -> None:
    wanted = scenario(index, temper="polite")
    lines = citizen.purpose(index, wanted, ZH)
    assert "居民身份证换领" in lines[0]
    assert "有效期满换领" in lines[1]
    assert citizen.purpose(index, wanted, EN) != lines


def test_every_reply_has_its_words_in_both_languages(index: Index) -> None:
    codes = get_args(citizen.ReplyCode)
    for seed in range(6):
        wanted = scenario(index, seed=seed)
        for code in codes:
            key = "OLDID" if code in ("shown", "not_carried") else "phone"
            for words in (ZH, EN):
                said = citizen.answer(index, wanted, Reply(code=code, key=key, value="15400000001"), words)
                assert said
                assert "⟨" not in said


def test_values_are_said_by_their_names(index: Index) -> None:
    fact = index.fact("idcard.renew", "old_expiry")
    assert citizen.shown_value(index, "idcard.renew", fact, "long", ZH) == "长期"
    assert citizen.shown_value(index, "idcard.renew", fact, date(2026, 1, 2).isoformat(), ZH) == "2026-01-02"
    assert not re.search("[a-z]", citizen.shown_value(index, "idcard.renew", fact, "long", ZH))
    photo = next(f for f in index.service("idcard.renew").facts if f.type == "photo")
    assert citizen.shown_value(index, "idcard.renew", photo, "practice:photo", ZH) == "已采集"
