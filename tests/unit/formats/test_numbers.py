"""Names, plates, documents, phones, credit codes, vehicle numbers, addresses: valid and invalid rows."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterdesk.formats import addresses, credit_codes, names, phones, plates, travel_documents, vehicles
from counterdesk.formats.problem import Problem

PLACE = "上海市嘉定区"


@pytest.mark.parametrize(
    "name", ["张测试", "欧阳虚构", "阿卜杜拉·示例", "买买提·样本", "李𬱖", "李〇", "葛\U000e0100城"]
)
def test_valid_names(name: str) -> None:
    assert names.check(name) is None
    assert names.normalise(f" {name} ") == name


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("张 三", Problem("name.space", {"position": 2})),
        ("张3", Problem("name.digit", {"position": 2})),
        ("阿卜杜拉•示例", Problem("name.wrong_dot", {"position": 5})),
        ("·张测试", Problem("name.dot_position", {"position": 1})),
        ("张测试·", Problem("name.dot_position", {"position": 4})),
        ("张··测试", Problem("name.dot_position", {"position": 2})),
        ("", Problem("name.empty")),
        ("张", Problem("name.too_short", {"minimum": 2, "actual": 1})),
        ("张" * 16, Problem("name.too_long", {"maximum": 15, "actual": 16})),
        ("张San", Problem("name.latin", {"position": 2})),
        ("张３", Problem("name.full_width", {"position": 2})),
        ("张⼀", Problem("name.character", {"position": 2})),
        ("张\x1b", Problem("name.character", {"position": 2})),
        ("李\uf9dc", Problem("name.not_nfc")),
        ("李\ue000", Problem("name.private_use", {"position": 2}, "warning")),
    ],
)
def test_invalid_names(name: str, problem: Problem) -> None:
    assert names.check(name) == problem
    assert problem.code in names.CODES


def test_a_wrong_dot_is_only_suggested() -> None:
    for dot in "•・．‧":
        assert names.normalise(f"阿卜杜拉{dot}示例") == f"阿卜杜拉{dot}示例"
        found = names.check(f"阿卜杜拉{dot}示例")
        assert found is not None
        assert found.code == "name.wrong_dot"
        assert names.with_standard_dots(f"阿卜杜拉{dot}示例") == "阿卜杜拉·示例"


def test_an_official_name_of_one_character() -> None:
    assert names.check("张", official_single=True) is None


@pytest.mark.parametrize(
    ("plate", "kind", "shown"),
    [
        ("沪A00001", "normal", "沪A·00001"),
        ("沪B0A001", "normal", "沪B·0A001"),
        ("沪C000A1", "normal", "沪C·000A1"),
        ("沪K00002", "normal", "沪K·00002"),
        ("苏E00003", "normal", "苏E·00003"),
        ("沪A0001挂", "normal", "沪A·0001挂"),
        ("沪AD00001", "new_energy_small", "沪A·D00001"),
        ("沪AF00001", "new_energy_small", "沪A·F00001"),
        ("沪ADA0001", "new_energy_small", "沪A·DA0001"),
        ("沪BD00002", "new_energy_small", "沪B·D00002"),
        ("沪A00001D", "new_energy_large", "沪A·00001D"),
    ],
)
def test_valid_plates(plate: str, kind: str, shown: str) -> None:
    assert plates.check(plate) is None
    assert plates.kind(plate) == kind
    assert plates.show(plate) == shown
    assert plates.normalise(f" {shown.lower()} ") == plate


@pytest.mark.parametrize(
    ("plate", "code"),
    [
        ("沪A0000", "plate.length"),
        ("沪I00001", "plate.letter_i_o"),
        ("沪A0O001", "plate.letter_i_o"),
        ("A00001", "plate.province"),
        ("护A00001", "plate.province"),
        ("沪AD0000A", "plate.new_energy_digits"),
        ("沪AZ00001", "plate.new_energy_type"),
        ("沪A000D", "plate.length"),
        ("沪AD000001", "plate.length"),
        ("沪AI00001", "plate.letter_i_o"),
        ("", "plate.empty"),
        ("沪Ａ00001", "plate.full_width"),
        ("沪100001", "plate.office_letter"),
        ("沪A00沪01", "plate.character"),
        ("沪A0000沪", "plate.character"),
        ("沪A00001A", "plate.new_energy_digits"),
        ("沪AD0000挂", "plate.new_energy_digits"),
        ("沪a00001", "plate.character"),
    ],
)
def test_invalid_plates(plate: str, code: str) -> None:
    problem = plates.check(plate)
    assert problem is not None
    assert problem.code == code
    assert code in plates.CODES
    assert plates.kind(plate) is None
    assert plates.show(plate) == plate


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("passport", "E00000001 E00000002 EA0000001 EB0000002 G00000001"),
        ("hkm", "C00000001 C00000002 CA0000001 CB0000002 W00000001"),
        ("twp", "L00000001 L00000002 L00000003 T00000001 T00000002"),
        ("home_return", "H00000001 H00000002 M00000001 M00000002 H0000000101"),
        ("taiwan_permit", "00000001 00000002 00000003 00000004 00000005"),
        ("hmtpermit", "H00000001 M00000002 H0000000101 00000001 00000005"),
        ("foreignpp", "X0000001 AB000002 000000003 P0000004A ZZ00000005"),
    ],
)
def test_valid_travel_documents(kind: travel_documents.Kind, numbers: str) -> None:
    for number in numbers.split():
        assert travel_documents.check(kind, number) is None, number
        assert travel_documents.normalise(f" {number.lower()} ") == number


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        ("passport", "E1234567", "length"),
        ("passport", "e00000001", "lower_case"),
        ("passport", "EI0000001", "letter_i_o"),
        ("passport", "EO0000001", "letter_i_o"),
        ("passport", "P12345678", "prefix"),
        ("passport", "GA0000001", "character"),
        ("passport", "EAA000001", "character"),
        ("hkm", "C0000001", "length"),
        ("hkm", "CI0000001", "letter_i_o"),
        ("hkm", "c00000001", "lower_case"),
        ("hkm", "H00000001", "prefix"),
        ("hkm", "C000000011", "length"),
        ("twp", "L0000001", "length"),
        ("twp", "00000001", "prefix"),
        ("twp", "l00000001", "lower_case"),
        ("twp", "LA0000001", "character"),
        ("twp", "L000000012", "length"),
        ("home_return", "H0000001", "length"),
        ("home_return", "T00000001", "prefix"),
        ("home_return", "h00000001", "lower_case"),
        ("home_return", "H000000010", "length"),
        ("home_return", "00000001", "prefix"),
        ("taiwan_permit", "0000001", "length"),
        ("taiwan_permit", "000000001", "length"),
        ("taiwan_permit", "A0000001", "prefix"),
        ("taiwan_permit", "0000-0001", "separator"),
        ("taiwan_permit", "0000000Ａ", "full_width"),
        ("hmtpermit", "H0000001", "length"),
        ("hmtpermit", "T00000001", "prefix"),
        ("hmtpermit", "0000001", "length"),
        ("hmtpermit", "0000000A", "character"),
        ("foreignpp", "AB-001", "separator"),
        ("foreignpp", "ab000001", "lower_case"),
        ("foreignpp", "X001", "length"),
        ("foreignpp", "护照001", "character"),
        ("foreignpp", "", "empty"),
    ],
)
def test_invalid_travel_documents(kind: travel_documents.Kind, number: str, code: str) -> None:
    problem = travel_documents.check(kind, number)
    assert problem is not None
    assert problem.code == f"document.{code}"
    assert problem.code in travel_documents.CODES
    assert problem.params["document"] in travel_documents.KINDS


@pytest.mark.parametrize(
    ("kind", "number", "position"),
    [("passport", "EAA000001", 3), ("twp", "LA0000001", 2), ("passport", "GA0000001", 2)],
)
def test_the_wrong_character_is_pointed_at(kind: travel_documents.Kind, number: str, position: int) -> None:
    assert travel_documents.check(kind, number) == Problem(
        "document.character", {"document": kind, "position": position}
    )


@pytest.mark.parametrize("number", [f"1540000000{n}" for n in range(1, 6)])
def test_valid_mobiles(number: str) -> None:
    assert phones.check(number) is None
    for typed in (f"+86 {number}", f"{number[:3]}-{number[3:7]}-{number[7:]}", f"0086{number}"):
        assert phones.normalise(typed) == number


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("12345678901", "phone.prefix"),
        ("1540000000", "phone.length"),
        ("154000000001", "phone.length"),
        ("15400000OO1", "phone.character"),
        ("021-60000000", "phone.landline"),
        ("02160000000", "phone.landline"),
        ("021-10000000", "phone.landline"),
        ("", "phone.empty"),
        ("１5400000001", "phone.full_width"),
    ],
)
def test_invalid_mobiles(number: str, code: str) -> None:
    problem = phones.check(number)
    assert problem is not None
    assert problem.code == code
    assert code in phones.CODES


def test_landlines_where_they_are_allowed() -> None:
    assert phones.normalise("021-6000 0000") == "02160000000"
    assert phones.check("021-60000000", landline=True) is None
    assert phones.check("02160000000", landline=True) is None
    assert phones.kind("02160000000") == "landline"
    assert phones.check("02110000000", landline=True) == Problem("phone.landline_form")


USCC = [
    "91310000MA0XAMP19E",
    "91310000MA00DEM228",
    "92310000MA0FAKE335",
    "11310000000000043H",
    "533100000000000512",
]


@pytest.mark.parametrize("code", USCC)
def test_valid_credit_codes(code: str) -> None:
    assert credit_codes.check(code) is None
    assert credit_codes.normalise(f" {code.lower()} ") == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("91310000MA0XAMP199", "uscc.check_digit"),
        ("91310000MA0XAMP19", "uscc.length"),
        ("91310000MAOXAMP19E", "uscc.excluded_letter"),
        ("91310000ma0xamp19e", "uscc.lower_case"),
        ("91310000MA0XAMP10E", "uscc.organisation_check"),
        ("", "uscc.empty"),
        ("９1310000MA0XAMP19E", "uscc.full_width"),
        ("91310000MA0XAMP19中", "uscc.character"),
        ("9131A000MA0XAMP19E", "uscc.region"),
    ],
)
def test_invalid_credit_codes(text: str, code: str) -> None:
    problem = credit_codes.check(text)
    assert problem is not None
    assert problem.code == code
    assert code in credit_codes.CODES


@given(st.sampled_from(USCC), st.integers(0, 17), st.sampled_from(credit_codes.ALPHABET))
def test_one_wrong_character_of_a_credit_code_is_found(code: str, at: int, char: str) -> None:
    wrong = code[:at] + char + code[at + 1 :]
    assert wrong == code or credit_codes.check(wrong) is not None


VINS = [
    "LTEST1A06N0000001",
    "LTEST2B09P0000002",
    "LTEST3C01R0000003",
    "LTEST4D00S0000004",
    "LTEST5E05T0000005",
]


@pytest.mark.parametrize("vin", VINS)
def test_valid_vins(vin: str) -> None:
    assert vehicles.check_vin(vin) is None
    assert vehicles.normalise(f" {vin.lower()}") == vin


@pytest.mark.parametrize(
    ("vin", "code"),
    [
        ("LTEST1A07N0000001", "vin.check_digit"),
        ("LTEST1A06N000001", "vin.length"),
        ("LTESTIA06N0000001", "vin.excluded_letter"),
        ("LTESTOA06N0000001", "vin.excluded_letter"),
        ("ltest1a06n0000001", "vin.lower_case"),
        ("", "vin.empty"),
        ("ＬTEST1A06N0000001", "vin.full_width"),
        ("LTEST-A06N0000001", "vin.character"),
    ],
)
def test_invalid_vins(vin: str, code: str) -> None:
    problem = vehicles.check_vin(vin)
    assert problem is not None
    assert problem.code == code
    assert code in vehicles.CODES
    assert problem.level == ("warning" if code == "vin.check_digit" else "error")


@pytest.mark.parametrize("number", ["310000000001", "310000000002", "310100000003", "310100000004", "311400000005"])
def test_valid_licence_files(number: str) -> None:
    assert vehicles.check_licence_file(number) is None


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("31000000001", "licfile.length"),
        ("3100000000011", "licfile.length"),
        ("31000000O001", "licfile.character"),
        ("沪310000000", "licfile.character"),
        ("", "licfile.empty"),
        ("３10000000001", "licfile.full_width"),
    ],
)
def test_invalid_licence_files(number: str, code: str) -> None:
    problem = vehicles.check_licence_file(number)
    assert problem is not None
    assert problem.code == code
    assert code in vehicles.CODES


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("T310000001", None),
        ("t310000001", "birthcert.lower_case"),
        ("3100000011", "birthcert.first_letter"),
        ("T31000001", "birthcert.length"),
        ("T31000000O", "birthcert.character"),
        ("Ｔ310000001", "birthcert.full_width"),
        ("", "birthcert.empty"),
    ],
)
def test_birth_certificates(number: str, code: str | None) -> None:
    problem = vehicles.check_birth_certificate(number)
    assert (problem and problem.code) == code
    assert code is None or code in vehicles.CODES


@pytest.mark.parametrize(
    ("address", "district"),
    [
        ("上海市嘉定区徐行镇示例路100弄1号101室", "310114"),
        ("上海市闵行区马桥镇样板路8号202室", "310112"),
        ("上海市宝山区顾村镇测试路66弄3号", "310113"),
        ("上海市徐汇区演示路1号", "310104"),
        ("上海市崇明区示范镇样本村12号", "310151"),
        ("上海市浦东新区示例路5号（东楼）", "310115"),
    ],
)
def test_valid_addresses(address: str, district: str) -> None:
    assert addresses.check(address) is None
    assert addresses.district_code(address) == district
    assert addresses.normalise(address.removeprefix("上海市")) == address


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("上海市示例路100号", Problem("addr.no_district")),
        (
            "上海市卢湾区示例路1号",
            Problem("addr.abolished_district", {"district": "卢湾区", "successor": "黄浦区"}),
        ),
        ("嘉定区示例路", Problem("addr.no_number")),
        (f"{PLACE}示例路100号（室号待定）", Problem("addr.placeholder", {"found": "待定"})),
        ("江苏省示例路1号", Problem("addr.other_province", {"province": "江苏省"})),
        ("嘉定区示例路1号", Problem("addr.no_city")),
        ("上海市虚构区示例路1号", Problem("addr.unknown_district", {"district": "虚构区"})),
        ("上海市示例小区1号", Problem("addr.no_district")),
        ("示例路1号", Problem("addr.no_district")),
        ("", Problem("addr.empty")),
        (f"{PLACE}示例路１号", Problem("addr.full_width", {"position": 10})),
        (f"{PLACE}示例路 1号", Problem("addr.space", {"position": 10})),
        (f"{PLACE}示例路1号\x1b", Problem("addr.character", {"position": 12})),
        (f"{PLACE}{'长' * 95}1号", Problem("addr.too_long", {"maximum": 100, "actual": 103})),
    ],
)
def test_invalid_addresses(address: str, problem: Problem) -> None:
    assert addresses.check(address) == problem
    assert problem.code in addresses.CODES


def test_an_address_elsewhere_is_only_checked_for_its_writing() -> None:
    assert addresses.check("江苏省示例路1号", shanghai=False) is None
    found = addresses.check("江苏省示例路待定", shanghai=False)
    assert found is not None
    assert found.code == "addr.placeholder"


def test_sixteen_districts() -> None:
    assert len(addresses.DISTRICTS) == 16
    for old, new in addresses.ABOLISHED.items():
        assert new in addresses.DISTRICTS.values()
        assert old not in addresses.DISTRICTS.values()


@given(st.text(max_size=20))
def test_any_text_gets_an_answer(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    for problem in (
        names.check(text),
        plates.check(text),
        phones.check(text),
        credit_codes.check(text),
        vehicles.check_vin(text),
        vehicles.check_licence_file(text),
        vehicles.check_birth_certificate(text),
        addresses.check(text),
        *(travel_documents.check(kind, text) for kind in travel_documents.KINDS),
    ):
        assert problem is None or problem.code
