"""The settings file: language, station, counter, keys. What is wrong in it is said with the file and the key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
from platformdirs import user_config_path

from counterdesk.locale import LANGUAGES
from counterdesk.screens.actions import ACTIONS, BY_ID
from counterdesk.told import Told, file_code

FILE_NAME = "settings.toml"
LONGEST_IDLE = 15
PASS_MARKS = (50, 100)
LANGUAGE_NAMES = {"zh": "zh_CN", "zh_CN": "zh_CN", "en": "en"}

_CTRL = frozenset("glnoprstyz")
"""ctrl with these letters is free: terminals (m, i, h, j), text fields, tmux (b) and screen (a) claim the others."""
_PLACE = re.compile(r"at line (\d+), column (\d+)")
_FUNCTION_KEYS = frozenset(f"f{number}" for number in range(1, 11))


class SettingsError(Told):
    """The settings cannot be used; the words say which file, what and where."""

    def __init__(self, code: str, /, **values: str | int) -> None:
        super().__init__(f"settings.{code}", **values)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer or a station may set.

    language: zh_CN or en. backend: the name of a backend. url, station, counter, officer: where and as whom to work.
    ca: a PEM file with the authority of the station's certificate, in place of the system's. client_cert, client_key:
    this desk's own certificate and its key, where the station asks for one.
    print_command: program and arguments that print what they get on standard input; empty saves papers as files.
    catalog: a file of rules built with the station's layer, from the settings file's folder; "" for the shipped rules.
    idle_minutes: after how long without a key the desk locks itself, 1 to 15 (NIST SP 800-63B: 15 at most).
    practice_pass: the score from which a run or an exam of practice is passed, 50 to 100.
    colour: auto, none, 16, 256 or true. keys: action id to key, for actions that shall not stand where they stand.
    """

    language: str = "zh_CN"
    backend: str = "http"
    url: str = ""
    station: str = ""
    counter: str = ""
    officer: str = ""
    catalog: str = ""
    ca: str = ""
    client_cert: str = ""
    client_key: str = ""
    idle_minutes: int = 5
    practice_pass: int = 80
    colour: str = "auto"
    print_command: tuple[str, ...] = ()
    keys: dict[str, str] = {}


def default_path() -> Path:
    """Where the settings file is looked for."""
    return user_config_path("counterdesk") / FILE_NAME


def load(path: Path | None = None) -> Settings:
    """The settings of a file; the standard ones if no file was named and there is none.

    Raises: SettingsError.
    """
    file = path or default_path()
    if path is None and not file.exists():
        return Settings()
    import tomllib

    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError("file", file=str(file), problem=file_code(error)) from error
    except UnicodeDecodeError as error:
        raise SettingsError("encoding", file=str(file)) from error
    except tomllib.TOMLDecodeError as error:
        if place := _PLACE.search(str(error)):
            raise SettingsError("toml", file=str(file), line=place[1], column=place[2]) from error
        raise SettingsError("not_toml", file=str(file), problem=str(error)) from error
    return _checked(table, file)


def _checked(table: dict[str, Any], file: Path) -> Settings:
    known = set(Settings.__struct_fields__)
    for key in table:
        if key not in known:
            raise SettingsError("unknown", file=str(file), key=key, known=", ".join(sorted(known)))
    command = table.get("print_command", [])
    if not isinstance(command, list) or not all(isinstance(part, str) for part in command):
        raise SettingsError("print_command", file=str(file), value=repr(command))
    try:
        settings = msgspec.convert(table, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError("wrong", file=str(file), problem=str(error)) from error
    if settings.language not in LANGUAGE_NAMES:
        raise SettingsError("language", file=str(file), value=settings.language, known=" / ".join(LANGUAGES))
    if not 1 <= settings.idle_minutes <= LONGEST_IDLE:
        raise SettingsError("idle", file=str(file), value=settings.idle_minutes, most=LONGEST_IDLE)
    if not PASS_MARKS[0] <= settings.practice_pass <= PASS_MARKS[1]:
        least, most = PASS_MARKS
        raise SettingsError("pass_mark", file=str(file), value=settings.practice_pass, least=least, most=most)
    if settings.colour not in ("auto", "none", "16", "256", "true"):
        raise SettingsError("colour", file=str(file), value=settings.colour)
    if any(not part or "\0" in part for part in settings.print_command):
        raise SettingsError("print_empty", file=str(file))
    keymap(settings.keys, str(file))
    catalog = str(file.parent / Path(settings.catalog).expanduser()) if settings.catalog else ""
    return msgspec.structs.replace(settings, language=LANGUAGE_NAMES[settings.language], catalog=catalog)


def keymap(changes: dict[str, str], where: str = "keys") -> dict[str, str]:
    """All keys by action id, with these changes. Raises: SettingsError for an unknown action, a key that some
    terminal or text field claims, or a key that two actions would share. An action may be left with ""."""
    keys = {action.id: action.key for action in ACTIONS if action.key}
    for action_id, key in changes.items():
        if action_id not in BY_ID:
            raise SettingsError("no_action", file=where, action=action_id, known=", ".join(sorted(BY_ID)))
        if not _usable(key):
            raise SettingsError("no_key", file=where, action=action_id, key=repr(key), known=" ".join(sorted(_CTRL)))
        keys[action_id] = key
    for action in ACTIONS:
        if action.yields and action.id not in changes and action.key in changes.values():
            keys[action.id] = ""
    for action_id, key in keys.items():
        others = [other for other, its in keys.items() if its == key and other != action_id]
        if others:
            raise SettingsError("same_key", file=where, key=repr(key), action=action_id, other=others[0])
    return keys


def _usable(key: str) -> bool:
    if key.startswith("ctrl+"):
        return key.removeprefix("ctrl+") in _CTRL or key == "ctrl+q"
    return key in _FUNCTION_KEYS
