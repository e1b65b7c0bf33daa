"""Builds `catalog.json` from the TOML files that people write: ``python -m counterdesk.catalog.build``.

Everything is checked first; with an error among the findings nothing is written. The JSON is what the desk reads: one
file, one version, one sha256 over its content.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from .check import Finding, check, close, errors
from .model import Bundle, Catalog, Decision, Fact, Fee, Group, Limit, Material, MaterialUse, Prompt, Service, Variant
from .pinyin import READINGS, fold, readings_in

DATA: Final = Path(__file__).with_name("data")
TARGET: Final = Path(__file__).with_name("catalog.json")

_FIELD_NAMES: Final = frozenset(
    field
    for struct in (Catalog, Service, Fact, Prompt, MaterialUse, Fee, Limit, Decision, Variant, Bundle, Group, Material)
    for field in struct.__struct_fields__
)


class BuildError(ValueError):
    """A catalogue that cannot be built; `findings` says why."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = tuple(findings)


def read_tables(folder: Path) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]], list[Finding]]:
    """Read the TOML files of a folder.

    Returns:
        The shared tables as one mapping, the services as (file, mapping), and findings on files that are no TOML or
        give a table that another file gave already.
    """
    shared: dict[str, Any] = {}
    services: list[tuple[str, dict[str, Any]]] = []
    findings: list[Finding] = []
    for path in sorted((*folder.glob("*.toml"), *folder.glob("services/*.toml"))):
        name = path.relative_to(folder).as_posix()
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            findings.append(Finding("S09", "error", name, "", str(error)))
            continue
        except tomllib.TOMLDecodeError as error:
            findings.append(Finding("S01", "error", name, "", str(error), line=_line(error)))
            continue
        if path.parent != folder:
            services.append((name, table))
        elif path.stem == "options":
            shared["options"] = table.get("options", table)
        else:
            findings += [Finding("S04", "error", name, key, "table") for key in table if key in shared]
            shared.update(table)
    return shared, services, findings


def _line(error: tomllib.TOMLDecodeError) -> int:
    found = re.search(r"at line (\d+)", str(error))
    return int(found.group(1)) if found else 0


def assemble(shared: dict[str, Any], services: Iterable[tuple[str, dict[str, Any]]], readings: str) -> Catalog:
    """Turn tables into a catalogue, check it, and give it its readings and hash.

    Args:
        shared: the tables of all files but the services'.
        services: (file, table) of each service.
        readings: the lines of `pinyin.txt`, "char reading reading …".

    Raises:
        BuildError: with all findings when one of them is an error.
    """
    catalog, findings = convert(shared, services)
    if catalog is None:
        raise BuildError(findings)
    return finished(catalog, readings)[0]


def finished(catalog: Catalog, readings: str) -> tuple[Catalog, list[Finding]]:
    """Check a catalogue and give it its readings and hash.

    Returns:
        The catalogue and the warnings.

    Raises:
        BuildError: with all findings when one of them is an error.
    """
    pinyin, findings = _pinyin(catalog, readings)
    findings += check(catalog)
    if errors(findings):
        raise BuildError(findings)
    return sealed(msgspec.structs.replace(catalog, pinyin=pinyin)), findings


def convert(
    shared: dict[str, Any], services: Iterable[tuple[str, dict[str, Any]]]
) -> tuple[Catalog | None, list[Finding]]:
    """Tables as a catalogue; None and findings where a table is not of the model's shape."""
    findings: list[Finding] = []
    made: list[Service] = []
    for file, table in services:
        try:
            made.append(msgspec.convert(table, Service))
        except msgspec.ValidationError as error:
            findings.append(_shape(file, table, error))
            continue
        if file != f"services/{made[-1].id}.toml":
            findings.append(Finding("S05", "error", file, made[-1].id, "file name"))
    made.sort(key=lambda service: service.number)
    try:
        catalog = msgspec.convert({"services": (), "facts": (), "basis": (), "prompts": ()} | shared, Catalog)
    except msgspec.ValidationError as error:
        return None, [*findings, _shape("shared tables", shared, error)]
    return (None if findings else msgspec.structs.replace(catalog, services=tuple(made))), findings


def _shape(file: str, table: dict[str, Any], error: msgspec.ValidationError) -> Finding:
    """A validation error as a finding that names the entity instead of its position."""
    message = str(error)
    path = re.search(r"at `\$\.?(.*)`", message)
    where = path.group(1) if path else ""
    row = re.match(r"(\w+)\[(\d+)\]", where)
    if row:
        entity = table[row.group(1)][int(row.group(2))]
        names = [entity[key] for key in ("id", "key", "code") if key in entity] if isinstance(entity, dict) else []
        where = f"{names[0]} ({where})" if names else where
    unknown = re.search(r"unknown field `(\w+)`", message)
    guess = close(unknown.group(1), _FIELD_NAMES) if unknown else ""
    code = "S01" if unknown else "S02" if "missing required field" in message else "S03"
    return Finding(code, "error", file, where, message, guess)


def _pinyin(catalog: Catalog, readings: str) -> tuple[dict[str, tuple[str, ...]], list[Finding]]:
    table = readings_in(readings)
    found: dict[str, tuple[str, ...]] = {}
    findings: list[Finding] = []
    for service in catalog.services:
        for char in fold("".join((service.name.zh, service.short.zh, *service.aliases))):
            if char.isalnum() and not char.isascii() and char not in found:
                if char in table:
                    found[char] = table[char]
                else:
                    findings.append(Finding("R05", "error", "pinyin.txt", char, service.id))
    return dict(sorted(found.items())), findings


def digest(catalog: Catalog) -> str:
    """The sha256 over the content, whatever hash it carries."""
    content = msgspec.json.encode(msgspec.structs.replace(catalog, sha256=""), order="sorted")
    return hashlib.sha256(content).hexdigest()


def sealed(catalog: Catalog) -> Catalog:
    """The catalogue with its own hash."""
    return msgspec.structs.replace(catalog, sha256=digest(catalog))


def encode(catalog: Catalog) -> bytes:
    """The bytes of `catalog.json`: a line a value, so that a change shows as a difference of lines."""
    return msgspec.json.format(msgspec.json.encode(catalog), indent=1) + b"\n"


def build(folder: Path = DATA) -> tuple[Catalog, list[Finding]]:
    """Build the catalogue of a folder.

    Returns:
        The catalogue and the warnings.

    Raises:
        BuildError: with all findings when one of them is an error.
    """
    shared, services, findings = read_tables(folder)
    if findings:
        raise BuildError(findings)
    catalog, findings = convert(shared, services)
    if catalog is None:
        raise BuildError(findings)
    return finished(catalog, READINGS.read_text(encoding="utf-8"))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status: 0 when built, 1 when a finding is an error."""
    parser = argparse.ArgumentParser(prog="python -m counterdesk.catalog.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="check only, write nothing")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder with the TOML files")
    options = parser.parse_args(arguments)
    try:
        catalog, warnings = build(options.data)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    for warning in warnings:
        print(warning, file=sys.stderr)
    if not options.check:
        TARGET.write_bytes(encode(catalog))
    print(f"{catalog.version} {catalog.sha256} {len(catalog.services)} services")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
