"""Cases worked out by hand from the text of the rules, and asked of `counterdesk catalog try`.

Each row is a complete case of the service (its first complete scenario) with some facts changed, on a day. What it has
to come to was read from the rule and counted on a calendar, never taken from the catalogue's own conditions.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import pytest

from benchmarks.keys_per_case import templates
from counterdesk import cli
from counterdesk.catalog.casefile import CaseFile
from counterdesk.formats import resident_id

TODAY = "2026-11-23"


class Law(NamedTuple):
    """One case. answers: facts changed, None takes one out. yes, no, ask: prompts that are true, false, undecided.
    need, free: materials needed, and not needed. due: the day of the deadline, "" for none. facts: values that are
    computed."""

    service: str
    on: str
    answers: dict[str, Any]
    variant: str | None = None
    materials: dict[str, str] = {}
    yes: str = ""
    no: str = ""
    ask: str = ""
    need: str = ""
    free: str = ""
    fee: str = ""
    due: str | None = None
    dept: str = ""
    spot: bool | None = None
    facts: dict[str, Any] = {}
    role: str = ""
    got_variant: str = ""


def born(day: str, sequence: int = 7) -> str:
    """The number of a synthetic person of this birth date."""
    return resident_id.make("310000", date.fromisoformat(day), sequence)


def idcard(on: str, birth: str, validity: str, **more: Any) -> Law:
    return Law("idcard.renew", on, {"person_id": born(birth), **more}, facts={"new_validity": validity})


def passport(on: str, birth: str, validity: int, **more: Any) -> Law:
    answers = {"person_id": born(birth), "registered_person": "none", "companion": "guardian"}
    return Law("passport.first", on, answers, variant="", facts={"new_validity": validity}, **more)


def ends(service: str, on: str, due: str, **answers: Any) -> Law:
    return Law(service, on, answers, due=due)


def points(on: str, codes: str, new: int, **more: Any) -> Law:
    records = [{"code": code} for code in codes.split()]
    return Law(
        "violation.handle", on, {"violation_items": records, "points_before": 0}, facts={"points_new": new}, **more
    )


def car(on: str, registered: str, until: str, **more: Any) -> Law:
    answers = {
        "reg_date": registered,
        "insp_until": until,
        "ins_until": "2030-01-01",
        "seats": 5,
        "use_kind": "private",
    }
    return Law("vehicle.exempt-mark", on, answers | more.pop("answers", {}), variant="", **more)


def birth(variant: str, **more: Any) -> Law:
    answers: dict[str, Any] = {"marriage": "archive", "birthcert_state": "intact"}
    return Law("hukou.birth", "2026-11-23", answers | more.pop("answers", {}), variant=variant, **more)


LATE_AT_62 = {"driver_id": born("1958-06-01"), "cycle_end": "2019-10-01"}

LAW: tuple[Law, ...] = (
    # Validity of an ID card by the age at application (居民身份证法 Art. 5): day before, of and after birthdays.
    idcard("2026-05-09", "2010-05-10", "5"),
    idcard("2026-05-10", "2010-05-10", "10"),
    idcard("2026-05-11", "2010-05-10", "10"),
    idcard("2026-05-09", "2000-05-10", "10"),
    idcard("2026-05-10", "2000-05-10", "20"),
    idcard("2026-05-09", "1980-05-10", "20"),
    idcard("2026-05-10", "1980-05-10", "long"),
    # Born on a leap day: a year older on 1 March of a common year.
    idcard("2024-02-28", "2008-02-29", "5"),
    idcard("2024-02-29", "2008-02-29", "10"),
    idcard("2026-02-28", "2000-02-29", "10"),
    idcard("2026-03-01", "2000-02-29", "20"),
    idcard("2026-02-28", "1980-02-29", "20"),
    idcard("2026-03-01", "1980-02-29", "long"),
    # Passports: 5 years under 16, 10 from 16; a warning in the last 30 days before the sixteenth birthday.
    passport("2026-05-09", "2010-05-10", 5, yes="P6", got_variant="P2", need="GREL GID"),
    passport("2026-05-10", "2010-05-10", 10, no="P6", got_variant="P1", free="GREL GID"),
    passport("2026-04-09", "2010-05-10", 5, no="P6"),
    passport("2026-04-10", "2010-05-10", 5, yes="P6"),
    passport("2026-02-28", "2010-02-28", 10),
    # First ID card: the duty to apply within three months after turning 16; under 16 with the guardian.
    Law("idcard.first", "2026-08-09", {"person_id": born("2010-05-10"), "earlier_card": False}, variant="", no="P3"),
    Law("idcard.first", "2026-08-11", {"person_id": born("2010-05-10"), "earlier_card": False}, variant="", yes="P3"),
    Law("idcard.first", "2026-05-09", {"person_id": born("2010-05-10"), "companion": "none"}, variant="", yes="P1 G05"),
    Law("idcard.first", "2026-05-10", {"person_id": born("2010-05-10"), "companion": "none"}, variant="", no="P1 G05"),
    # Fees: the day before a change and the day of it.
    Law("passport.first", "2019-06-30", {}, fee="160"),
    Law("passport.first", "2019-07-01", {}, fee="120"),
    Law("passport.first", "2019-06-30", {"annotation": True}, fee="180"),
    Law("passport.renew", "2019-06-30", {}, fee="160"),
    Law("passport.renew", "2019-07-01", {}, fee="120"),
    Law("passport.reissue", "2019-06-30", {"lost_date": "2019-06-01"}, fee="160"),
    Law("passport.reissue", "2019-07-01", {"lost_date": "2019-06-01"}, fee="120"),
    Law("idcard.first", "2018-03-31", {"person_id": born("2000-01-01")}, variant="", fee="20"),
    Law("idcard.first", "2018-04-01", {"person_id": born("2000-01-01")}, variant="", fee="0"),
    Law("vehicle.doc-reissue", "2017-06-30", {}, fee="15"),
    Law("vehicle.doc-reissue", "2017-07-01", {}, fee="10"),
    Law("idcard.renew", TODAY, {}, variant="R1", fee="20"),
    Law("idcard.renew", TODAY, {}, variant="R2", fee="40"),
    Law("idcard.renew", TODAY, {}, variant="R3", fee="20", need="HKB"),
    Law("idcard.replace", TODAY, {}, fee="40"),
    Law("idcard.temp", TODAY, {}, fee="10", facts={"valid_until": "2027-02-23"}),
    Law("idcard.temp", "2026-11-30", {}, facts={"valid_until": "2027-02-28"}),
    # Endorsements count each: Hong Kong twice and Macao once beside the permit.
    Law(
        "hkmtw.hkm-first", "2019-07-01",
        {"endorse_hk": "G", "hk_entries": "2", "hk_validity": "1y", "endorse_mo": "G", "mo_validity": "1y"},
        variant="", fee="105",
    ),
    Law(
        "hkmtw.hkm-first", "2019-06-30",
        {"endorse_hk": "G", "hk_entries": "1", "hk_validity": "3m", "endorse_mo": "none", "mo_validity": None},
        variant="", fee="95",
    ),
    Law(
        "hkmtw.hkm-first", TODAY,
        {"endorse_hk": "S", "hk_entries": "multiple", "hk_validity": "3y", "endorse_mo": "none", "mo_validity": None},
        variant="", fee="300", yes="P6", got_variant="H4",
    ),
    Law("vehicle.plate-reissue", TODAY, {"plate_kind": "07", "need_temp": True}, fee="40"),
    Law("vehicle.plate-reissue", TODAY, {"plate_kind": "02", "need_temp": False}, fee="100"),
    Law("civic.dog", TODAY, {"keep_zone": "inner", "sex_neutered": "female_neutered"}, fee="250", need="STER"),
    Law("civic.dog", TODAY, {"keep_zone": "outer", "sex_neutered": "male"}, fee="300", free="STER"),
    # Rules that begin or end on a day.
    Law("hkmtw.tw", "2019-07-31", {"permit_no": "L12345678", "tw_entries": "1"}, variant="T2", no="P1"),
    Law("hkmtw.tw", "2019-08-01", {"permit_no": "L12345678", "tw_entries": "1"}, variant="T2", yes="P1"),
    Law("hkmtw.tw", "2020-01-31", {"permit_no": "L12345678", "tw_entries": "1"}, variant="T3", no="P2"),
    Law("hkmtw.tw", "2020-02-01", {"permit_no": "L12345678", "tw_entries": "1"}, variant="T3", yes="P2"),
    Law("violation.handle", "2023-12-31", {}, yes="P13", no="P12"),
    Law("violation.handle", "2024-01-01", {}, yes="P12", no="P13"),
    Law("license.renew", "2024-12-31", {"driver_id": born("1964-06-01"), "class_codes": "A1,C1"}, yes="P9"),
    Law("license.renew", "2025-01-01", {"driver_id": born("1964-06-01"), "class_codes": "A1,C1"}, no="P9"),
    Law("license.renew", "2027-06-01", {"driver_id": born("1964-06-01"), "class_codes": "B2"}, yes="P9"),
    Law("license.renew", "2027-06-01", {"driver_id": born("1964-06-01"), "class_codes": "C1"}, no="P9"),
    Law("license.medical", "2020-11-19", LATE_AT_62, yes="P2", no="P3"),
    Law("license.medical", "2020-11-20", LATE_AT_62, yes="P3", no="P2"),
    Law("cert.hukou", "2016-08-31", {"certifiable": "documents"}, no="P1"),
    Law("cert.hukou", "2016-09-01", {"certifiable": "documents"}, yes="P1"),
    Law("hukou.birth", "2020-12-31", {"third_surname": True, "child_birth": "2020-12-20 08:00"}, no="P4"),
    Law("hukou.birth", "2021-01-01", {"third_surname": True, "child_birth": "2020-12-20 08:00"}, yes="P4"),
    Law("passport.renew", "2024-05-05", {}, yes="P6"),
    # The points of a decision: the table before and from 2022-04-01 (公安部令163号).
    points("2022-03-31", "1345", 3),
    points("2022-04-01", "1345", 1),
    points("2022-03-31", "1223", 2),
    points("2022-04-01", "1223", 3),
    points("2022-03-31", "1345 1344 1223", 8, no="P3"),
    points("2022-04-01", "1345 1344 1223", 5, no="P3"),
    points("2022-03-31", "X05", 6, no="P3"),
    points("2022-04-01", "X05", 9, yes="P3"),
    points("2022-04-01", "1625", 6),
    points("2022-04-01", "1039", 0),
    points("2026-11-23", "X09", 12, yes="P4"),
    points("2026-11-23", "X18", 12, yes="P4"),
    points("2026-11-23", "X10", 12, no="P1 P4"),
    Law("violation.handle", TODAY, {"points_before": 12}, yes="P2"),
    Law("violation.handle", TODAY, {"points_before": 11}, no="P2"),
    Law("violation.handle", TODAY, {}, role="auxiliary", yes="P10 G21"),
    # Inspection years under the rules of 2014, 2020 and 2022 (services text 4.4); anchor is the first registration.
    car("2020-11-19", "2016-12-01", "2020-12-31", answers={"seats": 7}, yes="P3", got_variant="M1"),
    car("2020-11-20", "2016-12-01", "2020-12-31", answers={"seats": 7}, no="P3", got_variant="M2"),
    car("2020-11-19", "2016-12-01", "2020-12-31", no="P3 P5", got_variant="M1"),
    car("2022-09-30", "2014-11-15", "2022-11-30", yes="P5", got_variant="M2"),
    car("2022-10-01", "2014-11-15", "2022-11-30", no="P5", got_variant="M3", facts={"next_line_test": "2024-11-15"}),
    car("2022-10-01", "2016-11-15", "2022-11-30", yes="P5", facts={"next_line_test": "2022-11-15"}),
    car("2026-11-23", "2016-12-05", "2026-12-31", yes="P5", no="P3"),
    car("2026-11-23", "2022-12-05", "2026-12-31", no="P3 P5 P6", facts={"next_line_test": "2028-12-05"}),
    car("2026-12-06", "2016-12-05", "2026-12-31", yes="P3"),
    car("2026-09-29", "2022-12-05", "2026-12-31", yes="P6"),
    car("2026-09-30", "2022-12-05", "2026-12-31", no="P6"),
    car("2014-08-31", "2012-09-15", "2014-09-30", yes="P3"),
    car("2014-09-01", "2012-09-15", "2014-09-30", no="P3", got_variant="M1"),
    car("2026-11-23", "2022-12-05", "2026-11-22", yes="P7"),
    # Deadlines over the National Day weeks with their adjusted weekends, counted on the calendar; the day itself is not
    # counted, and a last day that falls into the holiday moves to the next working day.
    ends("passport.first", "2019-09-29", "2019-10-14"),
    ends("passport.first", "2020-09-27", "2020-10-13"),
    ends("passport.first", "2021-09-26", "2021-10-11"),
    ends("passport.first", "2022-09-30", "2022-10-14"),
    ends("passport.first", "2023-09-28", "2023-10-13"),
    ends("passport.first", "2024-09-29", "2024-10-14"),
    ends("passport.first", "2025-09-28", "2025-10-14"),
    ends("passport.first", "2026-09-30", "2026-10-15"),
    ends("passport.first", "2026-09-11", "2026-10-08", hukou_region="320000"),
    ends("passport.first", "2026-09-13", "2026-10-08", hukou_region="330000"),
    ends("passport.first", "2026-08-31", "2026-09-20", hukou_region="330000"),
    ends("hukou.name", "2026-09-21", "2026-10-19"),
    ends("vehicle.plate-reissue", "2026-09-29", "2026-10-19"),
    # A year whose calendar is not published yet is unknown, never a guess.
    ends("passport.first", "2026-12-28", ""),
    # The eight births.
    birth("B1", need="BC IDT HKB FHK", free="NMS DNA MIL ALI BCF TRVL ADOPT FOUND MC", dept="D1", spot=True, yes="P12"),
    birth("B1", answers={"marriage": "no_archive"}, need="MC"),
    birth("B2", dept="D1", spot=True, yes="P12", free="MIL ALI"),
    birth("B3", dept="D1", spot=True, no="P12"),
    birth("B4", need="BC MIL", dept="D2", spot=False, due="2026-12-14"),
    birth("B5", need="BC ALI NOFN", dept="D2", spot=False),
    birth("B6", answers={"joins": "mother"}, need="NMS BC", free="DNA MC", no="P9", dept="D2", spot=False),
    birth("B6", answers={"joins": "father"}, need="NMS DNA", ask="P9", dept="D2"),
    birth("B6", answers={"joins": "father"}, materials={"DNA": "missing"}, yes="P9"),
    birth("B6", answers={"joins": "father"}, materials={"DNA": "verified"}, no="P9"),
    birth("B7", answers={"foreign_nationality": False}, need="BCF TRVL NOFN", free="BC MC", no="P2", dept="D2"),
    birth("B7", answers={"foreign_nationality": True}, yes="P2"),
    birth("B8", answers={"adoption_kind": "adopted"}, need="ADOPT BC", free="FOUND", dept="D2"),
    birth("B8", answers={"adoption_kind": "foundling"}, need="FOUND", free="BC ADOPT", dept="D2"),
    birth("B1", answers={"child_birth": "2026-10-23 08:00"}, no="P6 P7"),
    birth("B1", answers={"child_birth": "2026-10-22 08:00"}, yes="P6", no="P7"),
    birth("B1", answers={"child_birth": "2025-11-24 08:00"}, yes="P6", no="P7", dept="D1", spot=True),
    birth("B1", answers={"child_birth": "2025-11-23 08:00"}, yes="P6 P7", dept="D2", spot=False, due="2026-12-14"),
    # Ethnicity: never after the twentieth birthday (民族成份登记管理办法, in force 2016-01-01).
    Law("hukou.item", "2026-05-09", {"person_id": born("2006-05-10")}, variant="I1", no="P1"),
    Law("hukou.item", "2026-05-10", {"person_id": born("2006-05-10")}, variant="I1", yes="P1"),
    # Names of minors: heard from eight, decided by the guardians until eighteen.
    Law("hukou.name", "2026-05-09", {"person_id": born("2018-05-10")}, no="P7", need="GREL"),
    Law("hukou.name", "2026-05-10", {"person_id": born("2018-05-10")}, yes="P7"),
    Law("hukou.name", "2026-05-10", {"person_id": born("2008-05-10")}, no="P7", free="GREL"),
    Law("hukou.name", "2026-05-10", {"person_id": born("2008-05-11"), "guardians_consent": False}, yes="P1"),
    # Licences: 90 days before, a year after expiry; a medical of six months; ages 60 to 70.
    Law("license.renew", TODAY, {"expiry": "2027-02-21"}, no="P4"),
    Law("license.renew", TODAY, {"expiry": "2027-02-22"}, yes="P4"),
    Law("license.renew", TODAY, {"expiry": "2026-11-23"}, no="P5 P6"),
    Law("license.renew", TODAY, {"expiry": "2026-11-22"}, yes="P5", no="P6"),
    Law("license.renew", TODAY, {"expiry": "2025-11-23"}, yes="P5", no="P6"),
    Law("license.renew", TODAY, {"expiry": "2025-11-22"}, yes="P6", no="P5"),
    Law("license.renew", TODAY, {"old_term": "6", "full_points": "none"}, facts={"new_term": "10"}, yes="P7", fee="10"),
    Law("license.renew", TODAY, {"old_term": "10", "full_points": "none"}, facts={"new_term": "long"}),
    Law("license.renew", TODAY, {"old_term": "10", "full_points": "studied"}, facts={"new_term": "10"}, no="P2 P7"),
    Law("license.renew", TODAY, {"full_points": "open"}, yes="P2"),
    Law("license.renew", TODAY, {"med_online": False, "med_issue": "2026-05-23"}, no="P10", need="MED"),
    Law("license.renew", TODAY, {"med_online": False, "med_issue": "2026-05-22"}, yes="P10"),
    Law("license.renew", TODAY, {"driver_id": born("1956-11-24")}, no="P8"),
    Law("license.renew", TODAY, {"driver_id": born("1956-11-23")}, yes="P8"),
    Law(
        "license.downgrade", TODAY,
        {"driver_id": born("1956-11-23"), "reason": "age70", "new_classes": "D", "med_issue": "2026-11-01"},
        yes="P2", need="MED",
    ),
    Law("license.downgrade", TODAY, {"reason": "voluntary", "med_issue": None}, yes="P5", free="MED"),
    # Residence: half a year registered, an endorsement in the month before the anniversary.
    Law("residence.permit", TODAY, {"reg_since": "2026-05-23"}, no="P1"),
    Law("residence.permit", TODAY, {"reg_since": "2026-05-24"}, yes="P1"),
    Law("residence.permit", "2026-02-28", {"reg_since": "2025-08-31"}, no="P1"),
    Law("residence.endorse", TODAY, {"last_endorse": "2025-12-23"}, variant="E1", no="P1 P2", fee="0"),
    Law("residence.endorse", TODAY, {"last_endorse": "2025-12-24"}, variant="E1", yes="P2"),
    Law("residence.endorse", TODAY, {"last_endorse": "2025-11-23"}, variant="E1", no="P1 P2"),
    Law("residence.endorse", TODAY, {"last_endorse": "2025-11-22"}, variant="E1", yes="P1"),
    Law("foreign.hmt-permit", TODAY, {"lodging_registered": True, "lodging_since": "2026-05-23"}, no="P1"),
    Law("foreign.hmt-permit", TODAY, {"lodging_registered": True, "lodging_since": "2026-05-24"}, yes="P1"),
    # Moves: 准予迁入证明 40 days, migration certificate 30 days; ten years of marriage.
    Law("migrate.approved", TODAY, {"approval_kind": "permit", "approval_date": "2026-10-14"}, no="P1"),
    Law("migrate.approved", TODAY, {"approval_kind": "permit", "approval_date": "2026-10-13"}, yes="P1"),
    Law(
        "migrate.approved", TODAY,
        {"electronic_exchange": False, "migration_cert_no": "12345678", "migration_cert_date": "2026-10-24"},
        no="P2", need="MOVE",
    ),
    Law(
        "migrate.approved", TODAY,
        {"electronic_exchange": False, "migration_cert_no": "12345678", "migration_cert_date": "2026-10-23"},
        yes="P2",
    ),
    Law("migrate.family", TODAY, {"marriage_date": "2016-11-23"}, variant="F1", no="P1"),
    Law("migrate.family", TODAY, {"marriage_date": "2016-11-24"}, variant="F1", yes="P1"),
    Law("migrate.family", "2026-02-28", {"marriage_date": "2016-02-29"}, variant="F1", no="P1"),
    # Dogs: three months, vaccinated, fifteen days; e-bikes: 25 km/h, 55 kg, 48 V, fifteen days.
    Law("civic.dog", TODAY, {"dog_birth": "2026-08-23", "vaccine_until": "2026-11-23"}, no="P3"),
    Law("civic.dog", TODAY, {"dog_birth": "2026-08-24"}, yes="P3"),
    Law("civic.dog", TODAY, {"vaccine_until": "2026-11-22"}, yes="P3"),
    Law("civic.dog", TODAY, {"keep_zone": "inner", "household_dogs": 1}, yes="P2"),
    Law("civic.ebike", TODAY, {"max_speed": 25, "weight": 55, "battery_v": 48}, no="P1"),
    Law("civic.ebike", TODAY, {"battery_v": 60}, yes="P1"),
    Law("civic.ebike", TODAY, {"purchase_date": "2026-11-08"}, no="P3"),
    Law("civic.ebike", TODAY, {"purchase_date": "2026-11-07"}, yes="P3"),
    # A lodging of more than a day, a travel document that has run out.
    Law("foreign.lodging", TODAY, {"arrive_at": "2026-11-21 10:00"}, yes="P1"),
    Law("foreign.lodging", TODAY, {"stay_until": "2026-11-22"}, yes="P2"),
    Law("foreign.lodging", TODAY, {"stay_until": "2026-11-23"}, no="P2"),
    # A card that has expired stops everything but ID cards; one that expires in 90 days is worth a word.
    Law("passport.first", TODAY, {"id_card_expiry": "2026-11-22"}, yes="G01 P4"),
    Law("passport.first", TODAY, {"id_card_expiry": "2026-11-23"}, no="G01 P4", yes="G02"),
    Law("passport.first", TODAY, {"id_card_expiry": "2027-02-21"}, yes="G02"),
    Law("passport.first", TODAY, {"id_card_expiry": "2027-02-22"}, no="G02"),
    Law("trade.pawn", TODAY, {"pawn_permit_date": "2026-11-13"}, no="P3"),
    Law("trade.pawn", TODAY, {"pawn_permit_date": "2026-11-12"}, yes="P3"),
    Law("vehicle.mark-reissue", TODAY, {"insp_until": "2026-11-22"}, yes="P1"),
    Law("vehicle.mark-reissue", TODAY, {"insp_until": "2026-11-23", "ins_until": "2026-11-22"}, no="P1", yes="P2"),
)  # fmt: skip


@cache
def complete() -> dict[str, CaseFile]:
    """A complete case of each service."""
    return {scenario.service: scenario.file for scenario in templates()}


def tried(law: Law, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What the command says."""
    file = complete()[law.service]
    answers = {key: answer.value for key, answer in file.answers.items()} | law.answers
    facts = {
        "answers": {key: value for key, value in answers.items() if value is not None},
        "variant": file.variant if law.variant is None else law.variant,
        "materials": {**file.materials, **law.materials},
    }
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(facts).encode())))
    role = ["--role", law.role] if law.role else []
    assert cli.main(["catalog", "try", law.service, "-", "--on", law.on, "--json", *role]) == 0, capsys.readouterr().err
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def wrong(law: Law, found: dict[str, Any]) -> Iterator[str]:
    """Where the outcome is not the law's."""
    prompts = {prompt["id"]: prompt["value"] for prompt in found["prompts"]}
    for names, value in ((law.yes, "true"), (law.no, "false"), (law.ask, "unknown")):
        for name in names.split():  # what is not in force on the day does not speak
            if prompts.get(name, "false") != value:
                yield f"{name} is {prompts.get(name)}, not {value}"
    materials = {row["code"]: row["needed"] for row in found["materials"]}
    for codes, value in ((law.need, "true"), (law.free, "false")):
        yield from (f"{code} is {materials[code]}" for code in codes.split() if materials[code] != value)
    if law.fee and found["fee_due"] != law.fee:
        yield f"fee {found['fee_due']}"
    if law.due is not None and ((found["due"] or {}).get("on") or "") != law.due:
        yield f"due {found['due']}"
    if law.dept and found["department"] != law.dept:
        yield f"department {found['department']}"
    if law.spot is not None and found["on_the_spot"] != law.spot:
        yield f"on the spot {found['on_the_spot']}"
    if law.got_variant and found["variant"] != law.got_variant:
        yield f"variant {found['variant']}"
    for key, value in law.facts.items():
        if found["facts"].get(key) != value:
            yield f"{key} = {found['facts'].get(key)!r}"


@pytest.mark.parametrize("law", LAW, ids=lambda law: f"{law.service} {law.on} {law.variant or ''} {law.answers}"[:90])
def test_from_the_law(law: Law, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(wrong(law, tried(law, monkeypatch, capsys))) == []


def test_a_wrong_reading_is_noticed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The control: each expectation turned round is a complaint."""
    law = Law(
        "passport.first", "2019-06-30", {}, yes="P2", no="P5", need="GID", free="IDT", fee="120", due="2019-07-01"
    )
    assert len(list(wrong(law, tried(law, monkeypatch, capsys)))) == 6
