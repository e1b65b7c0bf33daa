"""The words on the screen: a code and its values in, a sentence in the officer's language out.

The words stand in TOML files, `counterdesk/locale/<language>/*.toml`; nested tables make dotted keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from counterdesk.shipped import beside

LANGUAGES = ("zh_CN", "en")

# `{name}` is a value, `{name:prefix}` the words of `prefix.<value>`, `{name|one|many}` the first of two words where the
# value is 1, else the second, `{@action}` the key of an action. Every other brace stands for itself.
_BLANK = re.compile(r"\{(@?)([a-z_][a-z0-9_]*)(?::([a-z_]+(?:\.[a-z_]+)*)|\|([^{}|]*)\|([^{}|]*))?\}")
_PLAIN = re.compile(r'(?:\[([A-Za-z0-9_.-]+)\]|([A-Za-z0-9_-]+) = "([^"\\\x00-\x1f]*)"|#.*|)')
_NOT_IN_KEYS = re.compile(r"[^A-Za-z0-9_.\-]")


class Words:
    """All words of one language. A mistake is shown, never raised: a screen must not die of a missing word."""

    def __init__(self, language: str, table: dict[str, str]) -> None:
        self.language = language
        self._table = table

    @classmethod
    def load(cls, language: str) -> Words:
        """Read the words of `language`. Raises ValueError for a language or a file that is not as it must be."""
        if language not in LANGUAGES:
            raise ValueError(f"no such language: {language!r}")
        table: dict[str, str] = {}
        for file in sorted(beside(__file__, __name__).joinpath(language).iterdir(), key=lambda entry: entry.name):
            if file.name.endswith(".toml"):
                _flatten(_read(file.read_text(encoding="utf-8")), "", table, f"{language}/{file.name}")
        return cls(language, table)

    def __call__(self, key: str, /, **params: str | int) -> str:
        """The words of `key` with its blanks filled; `⟨key⟩` for an unknown key, `{name}` for a missing value.

        Values are put in once and never read as a pattern. They are shown as they come: clean them for the screen.
        """
        text = self._table.get(key)
        if text is None:
            return f"⟨{_NOT_IN_KEYS.sub('?', key[:80])}⟩"

        def fill(blank: re.Match[str]) -> str:
            key_of, name, prefix, one, many = blank.groups()
            if key_of:
                return self._table.get(f"key.{name}", f"⟨{name}⟩")
            if name not in params:
                return f"{{{name}}}"
            value = str(params[name])
            if one is not None:
                return str(one if value == "1" else many)
            return self._table.get(f"{prefix}.{value}", value) if prefix else value

        return _BLANK.sub(fill, text)

    def with_keys(self, keys: Mapping[str, str]) -> Words:
        """The same words where actions have other keys than the standard ones.

        keys: by action, such as f9 or ctrl+p; an action without a key of its own is found among the commands.
        """
        named = {f"key.{action}": self._key(key or keys["commands"]) for action, key in keys.items()}
        return Words(self.language, self._table | named)

    def _key(self, key: str) -> str:
        letter = key.removeprefix("ctrl+")
        return key.upper() if letter == key else self("press.ctrl", letter=letter.upper())

    def listed(self, parts: Iterable[str]) -> str:
        """The parts of a list in one line."""
        return self("list.between").join(parts)

    def has(self, key: str) -> bool:
        """Whether there are words for `key`."""
        return key in self._table

    def keys(self) -> tuple[str, ...]:
        """All keys, sorted."""
        return tuple(sorted(self._table))

    def codes(self, prefix: str) -> tuple[str, ...]:
        """The codes right under `prefix`, in the order of their file: what a menu of a closed list offers."""
        start = f"{prefix}."
        codes = (key.removeprefix(start) for key in self._table if key.startswith(start))
        return tuple(code for code in codes if "." not in code)

    def blanks(self, key: str) -> frozenset[str]:
        """The names of the values that the words of `key` take; none for an unknown key."""
        return frozenset(name for key_of, name, *_ in _BLANK.findall(self._table.get(key, "")) if not key_of)


def _read(text: str) -> dict[str, Any]:
    if plain := _plain(text):
        return plain
    import tomllib

    return tomllib.loads(text)


def _plain(text: str) -> dict[str, Any]:
    """What a file of nothing but tables and one-line texts without escapes says, by dotted keys; nothing of any other,
    also of one that says anything twice. A start waits for all words, and a whole TOML reader takes several times as
    long."""
    table: dict[str, Any] = {}
    prefix, count = "", 0
    for line in text.split("\n"):
        found = _PLAIN.fullmatch(line)
        if found is None:
            return {}
        head, key, value = found.groups()
        if key is not None:
            table[prefix + key] = value
            count += 1
        elif head is not None:
            prefix = f"{head}."
    return table if len(table) == count else {}


def _flatten(node: dict[str, Any], prefix: str, table: dict[str, str], where: str) -> None:
    for name, value in node.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            _flatten(value, f"{key}.", table, where)
        elif not isinstance(value, str):
            raise ValueError(f"{where}: {key} is not text")
        elif key in table:
            raise ValueError(f"{where}: {key} stands in another file too")
        else:
            table[key] = value
