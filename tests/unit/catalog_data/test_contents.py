"""The six services hold what the fact base gives for them, row by row, each with its confidence.

The tables were counted from services.md: s sure, l likely, i illustrative; B W I T are the prompt levels; the digits of
a material are originals and copies. `added`: fields beyond the fact base that its own rules need. The field `fee_due`
of the ID card is called `card_fee` here because the engine owns the name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import pytest

from counterdesk.catalog import build
from counterdesk.catalog.model import Catalog, Service, Text


class Rows(NamedTuple):
    """What services.md gives for one service."""

    variants: str
    materials: str
    fields: str
    added: str
    prompts: str
    who: str
    decided: str
    statutory: str
    promised: str
    fees: str
    results: str
    kiosk: str
    app: str
    place: str
    basis: int
    checks: int
    mistakes: int


# fmt: off
EXPECTED = {
    "hukou.birth": Rows(
        variants="B1:i B2:i B3:l B4:l B5:l B6:s B7:l B8:s",
        materials=(
            "BC:10s IDT:10l HKB:10s FHK:10l MC:10l NMS:10s DNA:10s MIL:11l ALI:11l BCF:11l TRVL:11l "
            "NOFN:10l ADOPT:11s FOUND:11l"
        ),
        fields=(
            "birth_variant child_name child_sex child_birth child_birthplace child_ethnicity "
            "birthcert_no mother_id father_id head_id relation_to_head address declarant_phone"
        ),
        added="joins adoption_kind",
        prompts="P1:Bs P2:Bs P3:Bs P4:Ws P5:Bl P6:Ws P7:Wl P8:Ws P9:Bs P10:Is P11:Tl P12:Tl",
        who="si", decided="l", statutory="s", promised="i",
        fees="s", results="l", kiosk="l", app="l", place="l",
        basis=7, checks=8, mistakes=4,
    ),
    "idcard.renew": Rows(
        variants="R1:l R2:s R3:s R4:s",
        materials="OLDID:10s HKB:10l FID:10s PHID:10s GID:10l",
        fields="person_id exchange_kind old_expiry hukou_region photo fp delivery phone card_fee",
        added="remote_reason new_validity fee_relief",
        prompts="P1:Wl P2:Bs P3:Bs P4:Bs P5:Wl P6:Is P7:Ts P8:Ti P9:Il",
        who="sl", decided="s", statutory="s", promised="i",
        fees="sl", results="l", kiosk="i", app="l", place="l",
        basis=2, checks=2, mistakes=3,
    ),
    "passport.first": Rows(
        variants="P1:s P2:s P3:s",
        materials="IDT:11s HKB:11l FEE:10s PHEE:10s GREL:11s GID:11s POA:10s STATE:10s MIL:11s",
        fields=(
            "person_id name_pinyin birth_place reason guardian_id emergency_contact photo_receipt fp "
            "delivery mail_addr phone"
        ),
        added="hukou_region guardian_fp_consent annotation new_validity",
        prompts="P1:Bs P2:Bl P3:Bs P4:Bs P5:Is P6:Ws P7:Wl P8:Wl P9:Wl P10:Tl P11:Tl",
        who="s", decided="l", statutory="s", promised="l",
        fees="ss", results="l", kiosk="l", app="l", place="s",
        basis=3, checks=7, mistakes=3,
    ),
    "violation.handle": Rows(
        variants="W1:s W2:l W3:l W4:l W5:s",
        materials="IDT:10l DL:10l VL:10l NOTI:10l UNITL:11l",
        fields=(
            "driver_id lic_file_no plate plate_kind vehicle_owner_kind violation_items notice_no "
            "driver_statement points_before points_new decision_no service_consent pay_method phone"
        ),
        added="driver_statement_text",
        prompts=(
            "P1:Bs P2:Bl P3:Ws P4:Bs P5:Bl P6:Bs P7:Wl P8:Bl P9:Is P10:Bs P11:Is P12:Is P13:Is P14:Tl "
            "P15:Ws P16:Ws P17:Is P18:Is P19:Tl"
        ),
        who="sls", decided="l", statutory="s", promised="s",
        fees="ss", results="s", kiosk="l", app="l", place="s",
        basis=5, checks=6, mistakes=6,
    ),
    "license.renew": Rows(
        variants="",
        materials="IDT:10s DL:10l MED:10s PHDL:10l FDL:10s POA:10s AGID:10s",
        fields=(
            "driver_id lic_file_no class_codes expiry first_issue med_issue med_org new_term delivery "
            "phone"
        ),
        added="med_online old_term",
        prompts="P1:Bs P2:Bs P3:Bl P4:Ws P5:Ws P6:Bs P7:Is P8:Ws P9:Ws P10:Ws P11:Is P12:Tl P13:Tl",
        who="ss", decided="l", statutory="s", promised="l",
        fees="s", results="l", kiosk="l", app="l", place="s",
        basis=2, checks=6, mistakes=3,
    ),
    "vehicle.exempt-mark": Rows(
        variants="M1:s M2:s M3:s",
        materials="VL:10s IDT:10s INS:10s VTAX:10s FVH:10l UNITL:11s",
        fields=(
            "plate plate_kind vin_last6 reg_date insp_until ins_until seats use_kind owner_id "
            "next_line_test phone"
        ),
        added="due_year line_test_year",
        prompts="P1:Bs P2:Bs P3:Bs P4:Bs P5:Ws P6:Ws P7:Wl P8:Is P9:Tl",
        who="sss", decided="l", statutory="s", promised="l",
        fees="l", results="s", kiosk="l", app="l", place="s",
        basis=3, checks=7, mistakes=3,
    ),
}
# fmt: on
GLOBAL = (
    "G01:Bs G02:Tl G03:Bl G04:Bl G05:Bl G06:Bl G07:Bl G08:Tl G09:Is G10:Bs G11:Ts G12:Tl G13:Wl G14:Is G15:Is "
    "G16:Bl G17:Wi G18:Wl G19:Il G20:Wl G21:Bl G22:Il G23:Il G24:Wl G25:Ts"
)

CATALOG: Catalog = build.build()[0]


def service(name: str) -> Service:
    return next(s for s in CATALOG.services if s.id == name)


def covers(found: Sequence[str], wanted: str) -> bool:
    """Whether every confidence of the fact base's rows is there, as often as there."""
    return not Counter(wanted) - Counter(c[0] for c in found)


every_service = pytest.mark.parametrize("name", sorted(EXPECTED))


@every_service
def test_variants_and_materials_are_those_of_the_fact_base(name: str) -> None:
    own, rows = service(name), EXPECTED[name]
    assert " ".join(f"{v.code}:{v.confidence[0]}" for v in own.variants) == rows.variants
    found = [f"{m.code}:{m.originals}{m.copies}{m.confidence[0]}" for m in own.materials]
    assert " ".join(found) == rows.materials


@every_service
def test_fields_are_those_of_the_fact_base(name: str) -> None:
    own, rows = service(name), EXPECTED[name]
    keys = [f.key for f in own.facts if f.section != "checks"]
    assert sorted(keys) == sorted(rows.fields.split() + rows.added.split())
    assert sum(f.section == "checks" for f in own.facts) == rows.checks


@every_service
def test_prompts_are_those_of_the_fact_base(name: str) -> None:
    found = [f"{p.id}:{p.level[0]}{p.confidence[0]}" for p in service(name).prompts]
    assert " ".join(found) == EXPECTED[name].prompts


def test_global_prompts_are_those_of_the_fact_base() -> None:
    assert " ".join(f"{p.id}:{p.level[0]}{p.confidence[0]}" for p in CATALOG.prompts) == GLOBAL


@every_service
def test_every_aspect_row_is_there_with_its_confidence(name: str) -> None:
    own, rows = service(name), EXPECTED[name]
    assert covers([w.confidence for w in own.who], rows.who)
    assert {d.confidence[0] for d in own.decisions} == set(rows.decided)
    assert {x.confidence[0] for x in own.limits if x.kind == "promised"} == set(rows.promised)
    statutory = [x.confidence for x in own.limits if x.kind == "statutory"]
    # the birth regulation sets no handling limit: that sentence stands with the applicants' duties
    assert covers(statutory or [w.confidence for w in own.who], rows.statutory)
    assert covers([f.confidence for f in own.fees], rows.fees)
    assert covers([r.confidence for r in own.results], rows.results)
    assert (own.kiosk.confidence[0], own.app.confidence[0]) == (rows.kiosk, rows.app)
    assert covers([p.confidence for p in own.place], rows.place)
    assert sum(b.confidence == "sure" for b in own.basis) >= rows.basis
    assert len(own.mistakes) == rows.mistakes


@every_service
def test_every_check_has_a_question_and_a_quiet_answer_or_is_never_asked(name: str) -> None:
    """One key has to be able to settle all checks that stand open in an uneventful case."""
    for fact in (*service(name).facts, *CATALOG.facts):
        if fact.section == "checks" and not fact.computed and fact.required != "never":
            assert fact.ask is not None, fact.key
            assert fact.normal is not None, fact.key


@every_service
def test_every_prompt_names_a_basis(name: str) -> None:
    assert [p.id for p in service(name).prompts if not p.basis] == []


def texts(value: object) -> Iterator[Text]:
    if isinstance(value, Text):
        yield value
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from texts(getattr(value, field))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)


def test_every_text_says_something_in_both_languages() -> None:
    found = list(texts(CATALOG))
    assert len(found) > 900
    assert [t for t in found if not t.zh.strip() or not t.en.strip()] == []
    assert [t for t in found if any("\u4e00" <= c <= "\u9fff" for c in t.en.replace("随申办", ""))] == []


def test_shared_tables_have_their_size() -> None:
    assert [c.id for c in CATALOG.categories] == [f"C{n:02}" for n in range(1, 14)]
    assert {g.id: g.letter for g in CATALOG.groups} == {
        "TV": "A", "ID": "B", "DV": "C", "EE": "E", "HK": "H", "RP": "R", "SP": "S",
    }  # fmt: skip
    assert [d.id for d in CATALOG.departments] == [f"D{n}" for n in range(1, 9)]
    assert (len(CATALOG.violations), len(CATALOG.materials), len(CATALOG.basis)) == (25, 97, 16)
    assert len(CATALOG.options["ethnicity"]) == 58
    assert len(CATALOG.options["licence_class"]) == 17


def test_channels_finish_only_what_the_service_itself_says() -> None:
    """A channel that a service names is one that its own sentence about kiosks or apps claims, no surer than that."""
    sure = {"illustrative": 0, "likely": 1, "sure": 2}
    kinds = {channel.id: channel.kind for channel in CATALOG.channels}
    used = [(one, use) for one in CATALOG.services for use in one.channels]
    for one, use in used:
        said = one.kiosk if kinds[use.channel] == "kiosk" else one.app
        assert not said.text.zh.startswith("不支持"), one.id
        assert sure[use.confidence] <= sure[said.confidence], one.id
    # The fact base gives a handling time for one of them (services.md 26) and is silent about the others.
    timed = [(one.id, use.channel, use.minutes) for one, use in used if use.minutes is not None]
    assert timed == [("hkmtw.hkm-endorse", "kiosk", 3)]
    assert {one.id for one, _ in used} >= {"violation.handle", "hkmtw.hkm-endorse", "license.renew"}
    for counter_only in ("idcard.first", "hukou.name", "passport.first", "trade.pawn", "civic.ebike"):
        assert service(counter_only).channels == ()


def test_violations_keep_both_points_tables() -> None:
    table = {v.code: v for v in CATALOG.violations}
    assert (table["1345"].points, table["1345"].points_before_2022) == (1, 3)
    assert (table["X09"].points, table["X09"].points_before_2022, table["X09"].fine) == (12, 12, None)
    assert all(v.ordinary_procedure is (v.fine is None) for v in CATALOG.violations)
    assert sum(v.points for v in CATALOG.violations) == 122
    assert sum(v.points_before_2022 for v in CATALOG.violations) == 140


def test_few_questions_in_the_case_that_comes_350_times_a_day() -> None:
    own = service("violation.handle")
    asked = [f for f in own.facts if not f.computed and f.required != "never" and not f.relevant]
    assert len([f for f in asked if f.section != "checks"]) <= 11
    assert len([f for f in asked if f.section == "checks"]) <= 3
