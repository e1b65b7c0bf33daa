"""The small catalogue as a folder of TOML files, to be broken and checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from .small import files, shared

Tables = dict[str, Any]
Change = Callable[[Tables, Tables, Tables], object]


def dump(value: object) -> str:
    """A value as inline TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))} = {dump(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(dump, value)) + "]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)


def document(table: Tables) -> str:
    """A table as a TOML file: lists of tables as `[[…]]`, one field a line, as people write them."""
    plain = {key: value for key, value in table.items() if not _rows(value)}
    lines = [f"{key} = {dump(value)}" for key, value in plain.items()]
    for key, rows in table.items():
        if _rows(rows):
            for row in rows:
                lines += ["", f"[[{key}]]", *(f"{json.dumps(name)} = {dump(value)}" for name, value in row.items())]
    return "\n".join(lines).replace('"id" =', "id =").replace('"key" =', "key =").replace('"code" =', "code =") + "\n"


def _rows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def write(folder: Path, change: Change | None = None, scenarios: Sequence[tuple[str, list[Tables]]] = ()) -> Path:
    """Write the small catalogue, changed, with scenarios as (service, rows)."""
    tables, services = shared(), files()
    if change is not None:
        change(tables, services[0][1], services[1][1])
    options = tables.pop("options")
    (folder / "services").mkdir(parents=True, exist_ok=True)
    (folder / "scenarios").mkdir(exist_ok=True)
    (folder / "catalog.toml").write_text(document(tables), encoding="utf-8")
    (folder / "options.toml").write_text(document(options), encoding="utf-8")
    for name, table in services:
        (folder / name).write_text(document(table), encoding="utf-8")
    for service, rows in scenarios:
        path = folder / "scenarios" / f"{service}.toml"
        path.write_text(document({"scenario": rows}), encoding="utf-8")
    return folder
