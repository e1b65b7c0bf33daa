"""What stands on the papers that a simulated citizen hands over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Final

from counterdesk.catalog.casefile import CaseFile, JsonValue
from counterdesk.catalog.index import Index
from counterdesk.catalog.plan import Plan
from counterdesk.formats import resident_id
from counterdesk.practice import people
from counterdesk.practice.chance import chance
from counterdesk.practice.scenario import Scenario

HOLDER, NUMBER, VALID, ORIGINAL = "holder", "holder_id", "valid_until", "original"
"""The particulars that every paper has beside the facts printed on it."""

_PRINTED: Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    (("id_card_expiry",), ("IDT", "ID", "OLDID")),
    (("birthcert", "child_"), ("BC", "BCF")),
    (("deceased", "death", "cert_no", "foreign_cert"), ("DTH", "ABN", "JUDG")),
    (("marriage", "marital"), ("MC", "DC")),
    (("approval",), ("APPR",)),
    (("migration_cert",), ("MOVE",)),
    (("old_passport", "passport", "old_expiry"), ("PP", "OLDID", "OVS", "HKMP")),
    (("permit_no", "permit_expiry", "old_permit"), ("HKMP", "TWP", "HRP")),
    (("doc_no", "doc_type", "_en", "nationality", "visa", "stay_until", "entry_date"), ("FPP", "HRP")),
    (("lic_file", "expiry", "classes", "old_term", "first_issue"), ("DL",)),
    (("vin", "reg_date", "insp_", "seats", "use_kind", "plate"), ("VL", "FVH")),
    (("ins_until",), ("INS",)),
    (("med_",), ("MED",)),
    (("lease", "move_in"), ("LEASE", "LODGP", "HSE")),
    (("notice_no",), ("NOTI",)),
    (("uscc", "unit_name", "capital"), ("BL", "UNITL", "APPF")),
    (("pawn",), ("PAWN",)),
    (("vaccine",), ("RAB",)),
    (("dog_", "chip", "neutered"), ("DOGL", "FDOG")),
    (("frame", "motor", "brand", "speed", "weight", "battery"), ("EBCERT",)),
    (("purchase",), ("EBINV",)),
    (("evidence",), ("OLDA", "ETH", "SEXC", "EDU", "MC", "DC", "EVID")),
    (("dwelling", "addr", "house", "keep_"), ("HSE", "LEASE", "DOGH", "LODGP", "HKB")),
    (("head_id", "relation", "household", "hukou"), ("HKB",)),
    (("guardian",), ("GID", "GREL")),
    (("host_id",), ("HOST",)),
    (("_id",), ("IDT", "ID", "OLDID", "HKB")),
)
"""Parts of fact keys, and the papers on which such a fact stands; the first that the citizen has is meant."""
_PICTURES: Final = frozenset(("PHID", "PHEE", "PHDL", "DOGPH", "EBV", "PLATE"))
_EXPIRING: Final = frozenset(
    (
        *("IDT", "ID", "OLDID", "GID", "AGID", "PP", "HKMP", "TWP", "HRP", "FPP", "DL", "INS", "MED", "APPR", "MOVE"),
        *("LEASE", "LODGP", "RAB", "DOGL", "MIL"),
    )
)
"""Papers that hold only for some time."""
_VALIDITY: Final = {
    **dict.fromkeys(("IDT", "ID"), ("id_card_expiry",)),
    "OLDID": ("old_expiry", "id_card_expiry"),
    "DL": ("expiry",),
    **dict.fromkeys(("PP", "HKMP", "TWP"), ("old_expiry", "permit_expiry")),
    "INS": ("ins_until",),
    "LEASE": ("lease_end",),
    "RAB": ("vaccine_until",),
    "APPR": ("approval_until",),
}
"""Papers until when a fact of the form says that they hold: that is what stands on them, and nothing beside it."""
_HOLDERS: Final = {
    "GID": "guardian_id",
    "HOST": "host_id",
    **dict.fromkeys(("DTH", "ABN", "JUDG", "CREM"), "deceased_id"),
}
"""Papers of somebody else than the applicant, with the fact that holds his number."""


def printed(plan: Plan, file: CaseFile, there: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Which facts stand on which of the papers that are there: those whose source is a document.

    Every one of them stands on some paper while there is any that can bear it.
    """
    found: dict[str, list[str]] = {code: [] for code in there}
    rest = [code for code in plan.materials if code in there and code not in _PICTURES]
    for key, fact in plan.facts.items():
        if fact.fact.source != "document" or fact.fact.section == "checks" or fact.fact.computed:
            continue
        if key not in file.answers:
            continue
        named = [codes for parts, codes in _PRINTED if any(part in key for part in parts)]
        codes = [code for row in named for code in row if code in there]
        if codes or rest:
            found[(codes or rest)[0]].append(key)
    return {code: tuple(keys) for code, keys in found.items() if keys}


def particulars(
    index: Index, scenario: Scenario, file: CaseFile, code: str, keys: tuple[str, ...]
) -> Mapping[str, JsonValue]:
    """What can be seen on a paper: whose it is, whether it is the original and until when it holds, and the facts.

    What stands there is true unless the scenario says otherwise; somebody else's paper bears his name and number.
    """
    paper = scenario.paper(code)
    seed, day = scenario.seed, scenario.day
    number = holder_number(index, file, code)
    name = _holder_name(seed, file, number)
    shown: dict[str, JsonValue] = {}
    if code in _PICTURES:
        return {HOLDER: name, ORIGINAL: True}
    if paper.state == "someone_else":
        other = people.of_age(seed, scenario.id, code, youngest=30, oldest=60, today=day)
        name, number = other.name, other.id
    shown[HOLDER] = name
    if number:
        shown[NUMBER] = number
    shown[ORIGINAL] = paper.state != "copy"
    draw = chance(seed, "paper", scenario.id, code)
    stated = validity(code, keys)
    gone, ahead = draw.randrange(20, 400), draw.randrange(200, 3000)
    if paper.state == "expired":
        shown[VALID] = (day - timedelta(days=gone)).isoformat()
    elif code in _EXPIRING and not stated:
        shown[VALID] = (day + timedelta(days=ahead)).isoformat()
    for key in keys:
        answer = file.answers.get(key)
        value = paper.shows.get(key, None if answer is None else answer.value)
        if value is not None:
            shown[key] = value
    return shown


def validity(code: str, keys: Collection[str]) -> str:
    """Which of these facts says until when a paper holds; "" for none of them."""
    return next((key for key in _VALIDITY.get(code, ()) if key in keys), "")


def holder_number(index: Index, file: CaseFile, code: str) -> str:
    """The number of the person whose paper it is: the applicant's, or of whom the paper is about; "" for none."""
    key = _HOLDERS.get(code, "")
    if key not in index.plan(file.service).facts:
        key = index.service(file.service).applicant_fact
    answer = file.answers.get(key)
    value = None if answer is None else answer.value
    return value if isinstance(value, str) and code not in ("AGID", "POA") else ""


def _holder_name(seed: int, file: CaseFile, number: str) -> str:
    for key in ("name", "person_name", "old_name"):
        answer = file.answers.get(key)
        if answer is not None and isinstance(answer.value, str):
            return answer.value
    if number in people.FIXED:
        return people.FIXED[number].name
    born = resident_id.birth_date(number) if len(number) == 18 else None
    return people.name(seed, "holder", number or file.service, born or "")


def in_order(shown: Mapping[str, JsonValue], number: str, day: date) -> bool:
    """Whether what can be seen on a paper is as it must be: an original, valid, and of the right person.

    number: of whom it must be; "" where anybody's will do.
    """
    until = shown.get(VALID)
    valid = not isinstance(until, str) or until >= day.isoformat()
    whose = shown.get(NUMBER, number)
    return bool(shown.get(ORIGINAL, True)) and valid and (not number or whose == number)
