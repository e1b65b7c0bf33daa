"""The settings file: language, station, counter, keys. What is wrong in it is said with the file and the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from platformdirs import user_config_path

from counterdesk.locale import LANGUAGES
from counterdesk.screens.actions import ACTIONS, BY_ID

FILE_NAME = "settings.toml"
LONGEST_IDLE = 15
PASS_MARKS = (50, 100)
LANGUAGE_NAMES = {"zh": "zh_CN", "zh_CN": "zh_CN", "en": "en"}

_CTRL = frozenset("glnoprstyz")
"""ctrl with these letters is free: terminals (m, i, h, j), text fields, tmux (b) and screen (a) claim the others."""
_PRINT_HINT = (
    'use a list of texts, program first, such as ["lp", "-d", "counter3"]; leave it out to save papers as files'
)
_FUNCTION_KEYS = frozenset(f"f{number}" for number in range(1, 11))


class SettingsError(Exception):
    """The settings cannot be used; the text says which file, what and where."""


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
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file}: {error}") from error
    return _checked(table, file)


def _checked(table: dict[str, Any], file: Path) -> Settings:
    known = set(Settings.__struct_fields__)
    for key in table:
        if key not in known:
            raise SettingsError(f"{file}: unknown setting {key!r}; known are {', '.join(sorted(known))}")
    command = table.get("print_command", [])
    if not isinstance(command, list) or not all(isinstance(part, str) for part in command):
        raise SettingsError(f"{file}: print_command = {command!r}: {_PRINT_HINT}")
    try:
        settings = msgspec.convert(table, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{file}: {error}") from error
    if settings.language not in LANGUAGE_NAMES:
        raise SettingsError(f"{file}: language = {settings.language!r}; use {' or '.join(LANGUAGES)}")
    if not 1 <= settings.idle_minutes <= LONGEST_IDLE:
        raise SettingsError(f"{file}: idle_minutes = {settings.idle_minutes}; use a number from 1 to {LONGEST_IDLE}")
    if not PASS_MARKS[0] <= settings.practice_pass <= PASS_MARKS[1]:
        least, most = PASS_MARKS
        raise SettingsError(f"{file}: practice_pass = {settings.practice_pass}; use a number from {least} to {most}")
    if settings.colour not in ("auto", "none", "16", "256", "true"):
        raise SettingsError(f"{file}: colour = {settings.colour!r}; use auto, none, 16, 256 or true")
    if any(not part or "\0" in part for part in settings.print_command):
        raise SettingsError(f"{file}: print_command: an empty part; {_PRINT_HINT}")
    keymap(settings.keys, str(file))
    catalog = str(file.parent / Path(settings.catalog).expanduser()) if settings.catalog else ""
    return msgspec.structs.replace(settings, language=LANGUAGE_NAMES[settings.language], catalog=catalog)


def keymap(changes: dict[str, str], where: str = "keys") -> dict[str, str]:
    """All keys by action id, with these changes. Raises: SettingsError for an unknown action, a key that some
    terminal or text field claims, or a key that two actions would share. An action may be left with ""."""
    keys = {action.id: action.key for action in ACTIONS if action.key}
    for action_id, key in changes.items():
        if action_id not in BY_ID:
            raise SettingsError(f"{where}: keys.{action_id}: no such action; known are {', '.join(sorted(BY_ID))}")
        if not _usable(key):
            raise SettingsError(
                f"{where}: keys.{action_id} = {key!r}: use f1 to f10, or ctrl+ one of {' '.join(sorted(_CTRL))}"
            )
        keys[action_id] = key
    for action in ACTIONS:
        if action.yields and action.id not in changes and action.key in changes.values():
            keys[action.id] = ""
    for action_id, key in keys.items():
        others = [other for other, its in keys.items() if its == key and other != action_id]
        if others:
            raise SettingsError(f"{where}: keys: {key!r} is given to both {action_id} and {others[0]}")
    return keys


def _usable(key: str) -> bool:
    if key.startswith("ctrl+"):
        return key.removeprefix("ctrl+") in _CTRL or key == "ctrl+q"
    return key in _FUNCTION_KEYS
