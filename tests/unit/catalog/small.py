"""A small catalogue of two services, made for these tests: everything the engine can do, nothing else."""

from __future__ import annotations

from typing import Any

from counterdesk.catalog.build import assemble
from counterdesk.catalog.index import Index
from counterdesk.catalog.pinyin import READINGS


def text(zh: str, en: str = "x") -> dict[str, str]:
    return {"zh": zh, "en": en}


def fact(key: str, kind: str, zh: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "label": text(zh, key), "type": kind} | more


def prompt(name: str, level: str, when: str, **more: Any) -> dict[str, Any]:
    basis = {"basis": ["law"]} if level == "BLOCK" else {}
    return {"id": name, "level": level, "when": when, "confidence": "sure", "text": text(name)} | basis | more


def material(code: str, when: str = "", **more: Any) -> dict[str, Any]:
    return {"code": code, "originals": 1, "copies": 0, "when": when, "confidence": "sure"} | more


def option(code: str, zh: str) -> dict[str, Any]:
    return {"code": code, "name": text(zh)}


def statement(zh: str) -> dict[str, Any]:
    return {"text": text(zh), "confidence": "sure"}


def service(**more: Any) -> dict[str, Any]:
    return {
        "category": "C06",
        "group": "EE",
        "mode": "handed_over",
        "minutes": {"median": 8, "p90": 15},
        "daily_demand": 10,
        "applicant_fact": "applicant_id",
        "who": [statement("本人")],
        "results": [statement("护照")],
        "kiosk": statement("否"),
        "app": statement("否"),
        "place": [statement("任一窗口")],
        "basis": [{"id": "own-law", "name": text("护照法")}],
        "decisions": [{"department": "D4", "on_the_spot": False, "confidence": "sure"}],
    } | more


def shared() -> dict[str, Any]:
    """The shared tables, fresh for each caller to break."""
    return {
        "version": "1",
        "categories": [{"id": "C06", "name": text("普通护照")}],
        "groups": [{"id": "EE", "letter": "E", "name": text("出入境"), "short": text("出"), "wait_target": 15}],
        "departments": [
            {"id": "D1", "name": text("派出所"), "short": text("所")},
            {"id": "D4", "name": text("出入境"), "short": text("出入境")},
        ],
        "materials": [
            {"code": "IDT", "name": text("身份证", "ID card"), "check": text("有效")},
            {"code": "TEMP", "name": text("临时身份证"), "check": text("有效")},
            {"code": "CONS", "name": text("监护人同意书"), "check": text("签名")},
            {"code": "PHO", "name": text("相片"), "check": text("规格"), "deferrable": True},
            {"code": "OTHER", "name": text("别的"), "check": text("别的")},
        ],
        "options": {"delivery": [option("mail", "邮寄"), option("self", "自取")]},
        "violations": [],
        "basis": [{"id": "law", "name": text("某法")}],
        "facts": [
            fact("face_match", "bool", "人证比对通过", section="checks", normal=True),
            fact("elsewhere", "bool", "只在别处用", section="checks"),
        ],
        "prompts": [
            prompt("G1", "BLOCK", "face_match == false"),
            prompt("G2", "WARN", 'open_case != ""', text=text("已有在办件{no}"), params={"no": "open_case"}),
            prompt("G3", "INFO", "materials_missing"),
            prompt("G4", "INFO", 'presented("OTHER")'),
        ],
    }


def passport() -> dict[str, Any]:
    """A service with variants, a guardian, money that changed on a day, a deadline and a choice of papers."""
    return service(
        id="passport.first",
        number=21,
        name=text("普通护照首次申请", "First ordinary passport"),
        short=text("护照首发", "First passport"),
        aliases=["办护照", "重庆护照"],
        guardian_needed="applicant_age < 16",
        app_when="false",
        variants=[
            {"code": "N", "name": text("普通"), "confidence": "sure"},
            {"code": "U", "name": text("加急"), "confidence": "sure"},
        ],
        limits=[
            {"kind": "promised", "days": 7, "when": 'variant == "N"', "confidence": "sure"},
            {"kind": "promised", "days": 5, "day_kind": "calendar", "when": 'variant == "U"', "confidence": "sure"},
            {"kind": "statutory", "days": 15, "confidence": "sure"},
        ],
        fees=[
            {"id": "old", "item": text("工本费"), "amount": 160, "effective_to": "2019-06-30", "confidence": "sure"},
            {"id": "new", "item": text("工本费"), "amount": 120, "effective_from": "2019-07-01", "confidence": "sure"},
            {"id": "mail", "item": text("邮费"), "amount": 10, "when": 'delivery == "mail"', "confidence": "sure"},
        ],
        materials=[
            material("IDT", one_of="id"),
            material("TEMP", one_of="id"),
            material("CONS", "guardian_needed"),
            material("PHO", necessity="required"),
        ],
        facts=[
            fact("applicant_id", "rid", "公民身份号码", section="identity"),
            fact("guardian_id", "rid", "监护人号码", section="identity", relevant="guardian_needed"),
            fact("delivery", "enum", "领取方式", options_from="delivery"),
            fact("mail_address", "text(40)", "邮寄地址", required='delivery == "mail"', relevant='delivery == "mail"'),
            fact("old_until", "date_or_long", "旧证有效期至", required="never"),
            fact("copies", "int", "份数", minimum=1, maximum=9, required="never", prefill="1"),
            fact("more", "int", "另加", compute="copies + 1"),
            fact(
                *("band", "enum", "年龄段"),
                options=[option("child", "儿童"), option("adult", "成人")],
                rows=[
                    {"when": "applicant_age < 16", "value": "child"},
                    {"when": "applicant_age >= 16", "value": "adult"},
                ],
            ),
            fact("absconding", "bool", "不准出境", section="checks", normal=False),
            fact("refused", "bool", "拒绝说明", section="checks", relevant="absconding"),
        ],
        prompts=[
            prompt("P1", "BLOCK", "absconding"),
            prompt("P2", "WARN", 'band == "child" and not presented("CONS")'),
            prompt("P3", "TIP", "days_until(old_until) > 180", text=text("旧证{old_until}到期")),
            prompt("P4", "INFO", "", text=text("预计{due_on}办结,共{n}元"), params={"n": "fee_due"}),
            prompt("P5", "WARN", "refused == false", effective_from="2020-01-01"),
            prompt("P6", "TIP", "", stage="closing"),
        ],
    )


def ticket() -> dict[str, Any]:
    """A service on the spot, without variants, whose money and points come from records."""
    return service(
        id="violation.handle",
        number=30,
        name=text("交通违法处理", "Handling of traffic violations"),
        short=text("违法处理", "Violations"),
        aliases=["扣分", "交罚款"],
        decisions=[
            {"department": "D1", "on_the_spot": True, "when": "largest(items, 'fine') <= 200", "confidence": "sure"},
            {"department": "D4", "on_the_spot": False, "confidence": "sure"},
        ],
        limits=[{"kind": "promised", "days": 0, "confidence": "sure"}],
        materials=[material("IDT")],
        facts=[
            fact("applicant_id", "rid", "驾驶证号", section="identity"),
            fact("items", "records", "违法记录"),
            fact("points_before", "int", "已记分", minimum=0, maximum=24),
            fact("points_new", "int", "本次记分", compute='total(items, "points")'),
        ],
        prompts=[
            prompt("P1", "BLOCK", "points_before >= 12"),
            prompt(
                *("P2", "WARN", "9 <= points_before + points_new < 12"),
                text=text("将达{n}分"),
                params={"n": "points_before + points_new"},
            ),
        ],
    )


def files() -> list[tuple[str, dict[str, Any]]]:
    return [(f"services/{table['id']}.toml", table) for table in (passport(), ticket())]


READINGS_TEXT = READINGS.read_text(encoding="utf-8")


def make_index(**passport_changes: Any) -> Index:
    """The index of the small catalogue, with other values for fields of the passport service."""
    services = files()
    services[0][1].update(passport_changes)
    return Index(assemble(shared(), services, READINGS_TEXT))
