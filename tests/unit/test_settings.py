"""The settings file: what is wrong in it is said in one line, with the file, the key and what would be right."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from counterdesk import settings
from counterdesk.screens.actions import ACTIONS, BY_ID
from counterdesk.settings import Settings, SettingsError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of this test's own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return tmp_path


def written(folder: Path, text: str) -> Path:
    file = folder / "desk.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_the_standard_ones(home: Path) -> None:
    assert settings.default_path() == home / ".config" / "counterdesk" / "settings.toml"
    assert settings.load() == Settings()
    assert Settings().language == "zh_CN"


def test_the_default_place(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = settings.default_path()
    file.parent.mkdir(parents=True)
    file.write_text('counter = "5"\n', encoding="utf-8")
    assert settings.load().counter == "5"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "elsewhere"))
    assert settings.default_path() == home / "elsewhere" / "counterdesk" / "settings.toml"
    assert settings.load() == Settings()


def test_everything_set(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        'language = "en"\nbackend = "practice"\nurl = "https://s"\nstation = "s"\ncounter = "3"\nofficer = "031234"\n'
        'catalog = "rules/catalog.json"\ncolour = "256"\nidle_minutes = 15\npractice_pass = 90\n'
        '[keys]\nrecall = "ctrl+s"\n',
    )
    assert settings.load(file) == Settings(
        language="en",
        backend="practice",
        url="https://s",
        station="s",
        counter="3",
        officer="031234",
        catalog=str(tmp_path / "rules" / "catalog.json"),
        colour="256",
        idle_minutes=15,
        practice_pass=90,
        keys={"recall": "ctrl+s"},
    )
    assert settings.load(written(tmp_path, 'language = "zh"')).language == "zh_CN"
    assert settings.load(written(tmp_path, "")) == Settings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("language = ]", "line 1"),
        ('colur = "none"', "unknown setting 'colur'; known are backend, ca, catalog, client_cert"),
        ("counter = 3", "$.counter"),
        ("keys = 3", "$.keys"),
        ("[keys]\nhelp = 1", "$.keys"),
        ('language = "de"', "language = 'de'; use zh_CN / en"),
        ('colour = "many"', "colour = 'many'; use auto, none, 16, 256 or true"),
        ("idle_minutes = 0", "idle_minutes = 0; use a number from 1 to 15"),
        ("practice_pass = 49", "practice_pass = 49; use a number from 50 to 100"),
        ("practice_pass = 101", "practice_pass = 101; use a number from 50 to 100"),
        ("idle_minutes = 16", "idle_minutes = 16; use a number from 1 to 15"),
        ('[keys]\nfly = "f2"', "keys.fly: no such action"),
        ('[keys]\nrecall = "ctrl+m"', "keys.recall = 'ctrl+m': use f1 to f10"),
        ('[keys]\nrecall = "f2"', "keys: 'f2' is given to both"),
    ],
)
def test_what_is_wrong_and_where(tmp_path: Path, text: str, said: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        settings.load(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert said in message
    assert "\n" not in message


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=re.escape(str(tmp_path / "none.toml"))):
        settings.load(tmp_path / "none.toml")
    with pytest.raises(SettingsError, match=re.escape(str(tmp_path))):
        settings.load(tmp_path)
    gbk = tmp_path / "gbk.toml"
    gbk.write_bytes("station = '示范'".encode("gbk"))
    with pytest.raises(SettingsError, match="utf-8"):
        settings.load(gbk)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    file = written(tmp_path, "")
    file.chmod(0)
    with pytest.raises(SettingsError, match="denied"):
        settings.load(file)


# The keys.


def test_the_standard_keys() -> None:
    keys = settings.keymap({})
    assert keys == {action.id: action.key for action in ACTIONS if action.key}
    assert len(set(keys.values())) == len(keys)
    for action, key in keys.items():
        assert settings.keymap({action: key}) == keys, "each standard key may also be written down"


@pytest.mark.parametrize(
    "key",
    [
        *(f"ctrl+{letter}" for letter in "acdefhijkmquvwx" if letter != "q"),
        *("ctrl+[", "ctrl+", "ctrl+bg", "ctrl+B", "CTRL+T", "ctrl+shift+t", "ctrl+1", "ctrl+f1", "ctrl+space"),
        *("f0", "f11", "f12", "f01", "f", "f²", "f１", "f1 ", "F1", "f1f2", "shift+f3", "alt+t", "t", "1", "enter"),
        *("escape", "tab", "space", "up", "", " ", "f1,f2", "\n"),
    ],
)
def test_keys_that_something_claims(key: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(f"keys.recall = {key!r}")) as caught:
        settings.keymap({"recall": key})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["ctrl+s", "f1", "f10"])
def test_keys_that_are_free(key: str) -> None:
    free = {"help": "ctrl+s"} if key == "f1" else {"finish": "ctrl+s"} if key == "f10" else {}
    assert settings.keymap({"requeue": key, **free})["requeue"] == key


def test_two_actions_may_exchange_their_keys() -> None:
    keys = settings.keymap({"start": "f2", "call_next": "f3"})
    assert (keys["start"], keys["call_next"]) == ("f2", "f3")
    with pytest.raises(SettingsError, match=r"'f2' is given to both (start and call_next|call_next and start)"):
        settings.keymap({"start": "f2"})
    with pytest.raises(SettingsError, match=r"'ctrl\+s' is given to both"):
        settings.keymap({"requeue": "ctrl+s", "leave": "ctrl+s"})


def test_the_hall_gives_its_key_up_and_is_found_by_name() -> None:
    assert settings.keymap({"recall": "ctrl+s"})["hall"] == ""
    assert settings.keymap({"recall": "ctrl+s", "hall": "ctrl+r"})["hall"] == "ctrl+r"


def test_every_action_may_have_a_key() -> None:
    assert len(BY_ID) == len(ACTIONS)
    for action in ACTIONS:
        assert settings.keymap({action.id: "ctrl+s"})[action.id] == "ctrl+s"


def test_a_print_command(tmp_path: Path) -> None:
    file = written(tmp_path, 'print_command = ["lp", "-d", "counter 3"]\n')
    assert settings.load(file).print_command == ("lp", "-d", "counter 3")
    assert Settings().print_command == ()


@pytest.mark.parametrize("wrong", ['"lp"', "true", '["lp", 3]', '[""]', '["lp", ""]', '["l\\u0000p"]'])
def test_a_print_command_that_is_none(tmp_path: Path, wrong: str) -> None:
    file = written(tmp_path, f"print_command = {wrong}\n")
    with pytest.raises(SettingsError, match=r"print_command.*use a list of texts"):
        settings.load(file)
