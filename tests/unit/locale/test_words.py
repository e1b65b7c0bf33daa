"""Finding and filling words: mistakes are shown, and nothing that comes from outside is read as a pattern."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import counterdesk
from counterdesk.locale import LANGUAGES, Words, _flatten


@pytest.fixture
def words() -> Words:
    return Words(
        "en",
        {
            "plain": "text",
            "two": "{first} and {second}",
            "braces": "{} {0} {a.b} {a[0]} {a!r} {a:>9} {{a}} {A}",
            "coded": "is {state:ticket.state}",
            "ticket.state.held": "on {hold}",
            "secret": "hidden",
        },
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_languages_load(language: str) -> None:
    words = Words.load(language)
    assert words.language == language
    assert words.has("command.CallNext")
    keys = words.keys()
    assert list(keys) == sorted(keys)
    assert "problem.rid.check_digit" in keys


def test_no_other_place_is_read() -> None:
    for language in ("de", "", "..", "../locale/en", "zh_CN/"):
        with pytest.raises(ValueError, match="no such language"):
            Words.load(language)


def test_values_are_filled_by_name(words: Words) -> None:
    assert words("two", first="A057", second=3, third="unused") == "A057 and 3"


def test_a_missing_key_or_value_is_visible(words: Words) -> None:
    assert words("no.such_key") == "⟨no.such_key⟩"
    assert words("two", first="A057") == "A057 and {second}"
    assert not words.has("no.such_key")
    assert words.blanks("no.such_key") == frozenset()


def test_a_value_is_never_read_as_a_pattern(words: Words) -> None:
    for value in ("{second}", "{first.__class__}", "{0}", "%s", "\\1", "\\g<0>", "[/]", "{state:secret}"):
        assert words("two", first=value, second="B") == f"{value} and B"


def test_braces_that_are_no_blank_stand_for_themselves(words: Words) -> None:
    assert words("braces", a="x") == "{} {0} {a.b} {a[0]} {a!r} {a:>9} {x} {A}"


def test_a_coded_value_is_put_into_words_once(words: Words) -> None:
    assert words("coded", state="held", hold="x") == "is on {hold}"
    assert words("coded", state="unknown") == "is unknown"
    assert words("coded", state="../secret") == "is ../secret"
    assert words("coded") == "is {state}"


def test_a_hostile_key_does_nothing(words: Words) -> None:
    shown = words("\x1b[31m\u202e{0.__class__}" + "x" * 10_000)
    assert shown.isprintable()
    assert not set(shown) & set("{}[]\x1b\u202e")
    assert len(shown) < 100


def test_names_of_values_cannot_collide_with_the_translator(words: Words) -> None:
    assert Words("en", {"k": "{key} {self}"})("k", key="a", self="b") == "a b"


def test_a_menu_gets_the_codes_in_the_order_of_the_file() -> None:
    words = Words("en", {"b.z": "1", "b.a": "2", "b.c.d": "3", "bb.x": "4", "b": "5"})
    assert words.codes("b") == ("z", "a")
    assert words.codes("none") == ()


def test_words_come_out_of_a_packed_archive_too(tmp_path: Path) -> None:
    archive = tmp_path / "packed.zip"
    package = Path(counterdesk.__file__).parent
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("counterdesk/__init__.py", "")
        for path in (package / "shipped.py", *(package / "locale").rglob("*")):
            if path.suffix in (".py", ".toml"):
                packed.write(path, f"counterdesk/{path.relative_to(package)}")
    code = (
        f"import sys; sys.path.insert(0, {str(archive)!r}); from counterdesk import locale; "
        "print(locale.__file__, *(len(locale.Words.load(name).keys()) for name in locale.LANGUAGES))"
    )
    shown = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.startswith(str(archive))
    assert shown.split()[1:] == [str(len(Words.load(language).keys())) for language in LANGUAGES]


def test_a_file_that_is_not_words_is_refused() -> None:
    with pytest.raises(ValueError, match=r"x\.toml: a\.b is not text"):
        _flatten({"a": {"b": 1}}, "", {}, "x.toml")
    with pytest.raises(ValueError, match=r"x\.toml: a\.b stands in another file too"):
        _flatten({"a": {"b": "c"}}, "", {"a.b": "d"}, "x.toml")


@pytest.mark.parametrize(("count", "said"), [(0, "0 days"), (1, "1 day"), ("1", "1 day"), (12, "12 days")])
def test_one_is_not_many(count: int | str, said: str) -> None:
    assert Words.load("en")("board.left.calendar", days=count) == said


def test_a_message_names_the_key_that_an_action_has() -> None:
    words = Words("en", {"free": "{@call_next} calls, {@menu} finds", "press.ctrl": "^{letter}", "key.call_next": "F2"})
    assert words("free", call_next="F9") == "F2 calls, ⟨menu⟩ finds"
    moved = words.with_keys({"call_next": "", "menu": "ctrl+r", "commands": "f8"})
    assert moved("free") == "F8 calls, ^R finds", "what has no key is among the commands"
    assert words("free") != moved("free")
    assert moved.blanks("free") == frozenset()
