"""What the single registers hold about one number: values by fact key, more than any one service asks for."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from counterdesk.catalog.casefile import JsonValue
from counterdesk.catalog.index import Index
from counterdesk.catalog.records import points
from counterdesk.formats import resident_id
from counterdesk.practice import people
from counterdesk.practice.chance import chance

EVENTFUL = 1 / 8
_POINTS = (0, 0, 0, 1, 2, 3, 3, 4, 6)
_CITY = "310000"
_OTHER_REGIONS = ("320000", "330000", "340000", "360000", "410000")


def _years(day: date, years: int) -> date:
    """The same day some years on; 28 February where there is no 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def person(seed: int, index: Index, number: str, service: str, today: date) -> dict[str, JsonValue]:
    """The population register and, for adults at a traffic service, the drivers' register.

    service: the same key means other papers elsewhere (`old_expiry` of a card or of a passport, `address` of a
    household or of a hotel), so each register speaks only where it is asked.
    """
    birth = resident_id.birth_date(number)
    if birth is None:
        return {}
    fixed = people.FIXED.get(number)
    draw = chance(seed, "register", number)
    eventful = fixed is None and draw.random() < EVENTFUL
    someone = fixed or people.person(seed, "register", number, birth=birth)
    age = resident_id.age_on(birth, today)
    local = fixed is not None or draw.random() < 0.7
    card = _card_expiry(draw, age, today, eventful=eventful)
    known: dict[str, JsonValue] = {
        "name": someone.name,
        "birth": birth.isoformat(),
        "phone": someone.phone,
        "hukou_region": _CITY if local else draw.choice(_OTHER_REGIONS),
        "hukou_address": someone.address,
        "id_card_expiry": card,
    }
    category = service.partition(".")[0]
    if category == "hukou":
        known |= {"old_name": someone.name, "address": someone.address}
    if category == "idcard":
        known["old_expiry"] = card
    if age >= 18 and category in ("violation", "license", "vehicle"):
        known |= _driver(draw, age, today, eventful=eventful, plain=fixed is not None)
    return known


def _card_expiry(draw: Random, age: int, today: date, *, eventful: bool) -> str:
    """By the age at issue: long-term from 46, 20 years from 26, 10 from 16, 5 before (居民身份证法 Art. 5)."""
    if eventful and age < 46:
        return (today + timedelta(days=draw.randrange(-30, 60))).isoformat()
    if age >= 46:
        return "long"
    longest = 5 if age < 16 else 10 if age < 26 else 20
    return (today + timedelta(days=draw.randrange(200, longest * 365))).isoformat()


def _driver(draw: Random, age: int, today: date, *, eventful: bool, plain: bool) -> dict[str, JsonValue]:
    points = 3 if plain else draw.randrange(9, 13) if eventful else draw.choice(_POINTS)
    held = min(age - 18, draw.randrange(1, 20))
    first = today - timedelta(days=held * 365 + draw.randrange(1, 360))
    # 6 years, then 10 (令162号); the licence in hand is the newest of them.
    term, end = next((term, end) for term, end in ((6, 6), (10, 16), (10, 26)) if _years(first, end) > today)
    classes = "C2" if draw.random() < 0.3 else "C1"
    return {
        "lic_file_no": "310000000001" if plain else f"3100{draw.randrange(10**8):08}",
        "class_codes": classes,
        "old_classes": classes,
        "expiry": _years(first, end).isoformat(),
        "old_term": str(term),
        "first_issue": first.isoformat(),
        "cycle_end": _anniversary(first, today).isoformat(),
        "points_before": points,
    }


def _anniversary(first: date, today: date) -> date:
    """The end of the running scoring cycle: the next anniversary of the first licence (令163号 Art. 3)."""
    this_year = _years(first, today.year - first.year)
    return this_year if this_year > today else _years(first, today.year - first.year + 1)


def vehicle(seed: int, index: Index, plate: str, service: str, today: date) -> dict[str, JsonValue]:
    """The vehicles' register with the open violations of the car."""
    fixed = plate == people.FIXED["310000199001010010"].plate
    draw = chance(seed, "vehicle", plate)
    eventful = not fixed and draw.random() < EVENTFUL
    registered = today - timedelta(days=365 * draw.randrange(1, 9) + draw.randrange(20, 300))
    records = violations(draw, index, plate, today, fixed=fixed, eventful=eventful)
    insured = today + timedelta(days=draw.randrange(-20, 15) if eventful else draw.randrange(40, 360))
    inspected = today + timedelta(days=draw.randrange(10, 80))
    return {
        "plate_kind": "52" if len(plate) == 8 else "02",
        "violation_items": records,
        "open_violations": bool(records),
        "reg_date": registered.isoformat(),
        "insp_until": inspected.isoformat(),
        "ins_until": insured.isoformat(),
        "seats": 7 if draw.random() < 0.1 else 5,
        "vin_last6": f"{draw.randrange(10**6):06}",
        "use_kind": "private",
    }


def violations(
    draw: Random, index: Index, plate: str, today: date, *, fixed: bool, eventful: bool
) -> list[dict[str, str | int]]:
    """Open records of a car: two small ones of 张测试's, none to two of most, up to five of some."""
    rows = [row for row in index.catalog.violations if row.fine is not None and not row.ordinary_procedure]
    small = [row for row in rows if row.points <= 1]
    count = 2 if fixed else draw.randrange(3, 6) if eventful else draw.choice((0, 1, 1, 2))
    chosen = [draw.choice(rows if eventful else small) for _ in range(count)]
    days = sorted((draw.randrange(3, 90) for _ in chosen), reverse=True)
    return [
        {
            "code": row.code,
            "time": f"{today - timedelta(days=ago)} {draw.randrange(6, 23):02}:{draw.randrange(60):02}",
            "place": f"{draw.choice(people.DISTRICTS)}{draw.choice(people.ROADS)}{draw.randrange(1, 400)}号",
            "plate": plate,
            "fine": row.fine or 0,
            "points": points(row, today),
        }
        for row, ago in zip(chosen, days, strict=True)
    ]
