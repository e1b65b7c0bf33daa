"""`counterdesk catalog check`: all findings over a catalogue folder, with their lines, less what data allows itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from counterdesk.catalog.build import BuildError, convert, finished, read_tables
from counterdesk.catalog.check import Finding
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Catalog
from counterdesk.catalog.pinyin import READINGS

from .codes import CODES
from .coverage import Run, cover, lint_coverage, run_all
from .expressions import lint_expressions
from .law import lint_law, lint_ways, lint_words
from .scenarios import check_names, read
from .station import FILE, merge, read_layer
from .tables import lint_tables

MAX_BYTES: Final = 200_000
"""No file of a catalogue comes near this; one that does is no catalogue file."""
NEVER_STRICT: Final = frozenset(("D03",))
"""The State Council publishes next year's calendar in November: a warning that no author of data can mend."""


class Checked(NamedTuple):
    """The findings of a folder, the catalogue if it could be built, and how much was looked at."""

    findings: tuple[Finding, ...]
    catalog: Catalog | None
    scenarios: int = 0

    def failing(self, *, strict: bool) -> list[Finding]:
        """The findings that make the command fail."""
        return [f for f in self.findings if f.severity == "error" or (strict and f.code not in NEVER_STRICT)]


def check_folder(folder: Path, *, today: date, released: Catalog | None = None, station: Path | None = None) -> Checked:
    """All findings over the catalogue of a folder.

    Args:
        folder: with the TOML files and `scenarios/`.
        today: the day on which bases, reviews and the calendar have to be in order.
        released: the catalogue before this one, to see which ids are gone.
        station: the folder of a station's layer, which is laid over the catalogue first.
    """
    findings = list(_sizes(folder))
    catalog: Catalog | None = None
    runs: list[Run] = []
    local: set[str] = set()
    try:
        catalog, warnings = load_folder(folder)
        findings += warnings
        if station is not None:
            layer = read_layer(station)
            local = {prompt.id for prompt in layer.prompts}
            catalog, warnings = merge(catalog, layer)
            findings = [*_sizes(folder), *warnings]
    except BuildError as error:
        findings += error.findings
    scenarios, wrong = read(folder)
    findings += wrong
    if catalog is not None and not any(f.file == FILE for f in findings):
        index = Index(catalog)
        findings += check_names(index, scenarios)
        runs = run_all(index, scenarios)
        findings += lint(index, today)
        findings += [f for f in lint_coverage(cover(index, runs)) if f.id not in local]
        if released is not None:
            findings += lint_release(released, catalog)
        findings = list(allowed(findings, catalog))
    return Checked(tuple(located(_sorted(findings), folder, station)), catalog, len(runs))


def lint(index: Index, today: date) -> Iterator[Finding]:
    """What needs cases to be tried or a day to be known; coverage apart."""
    yield from lint_words(index.catalog)
    yield from lint_expressions(index)
    yield from lint_tables(index)
    yield from lint_law(index, today)
    yield from lint_ways(index)


def load_folder(folder: Path) -> tuple[Catalog, list[Finding]]:
    """Build the catalogue of a folder, all findings of all its files together.

    Raises:
        BuildError: when one of them is an error.
    """
    shared, services, findings = read_tables(folder)
    catalog, shapes = convert(shared, services)
    if catalog is None or findings:
        raise BuildError([*findings, *shapes])
    return finished(catalog, READINGS.read_text(encoding="utf-8"))


def _sizes(folder: Path) -> Iterator[Finding]:
    for path in sorted(folder.rglob("*.toml")):
        if path.stat().st_size > MAX_BYTES:
            name = path.relative_to(folder).as_posix()
            yield Finding("S10", "warning", name, "", f"{path.stat().st_size} > {MAX_BYTES}")


def _sorted(findings: Iterable[Finding]) -> list[Finding]:
    """Each once, by file in the order found, errors first."""
    unique = list(dict.fromkeys(findings))
    return sorted(unique, key=lambda finding: (finding.severity != "error", finding.file, finding.code))


# --- S06: against the released catalogue ----------------------------------------------------------------------------


def lint_release(released: Catalog, catalog: Catalog) -> Iterator[Finding]:
    """Ids that open cases may carry: they are never taken away, and never given another meaning."""
    services = {service.id: service for service in catalog.services}
    for before in released.services:
        file = f"services/{before.id}.toml"
        after = services.get(before.id)
        if after is None:
            yield Finding("S06", "warning", file, before.id, "gone")
            continue
        if (before.number, before.category) != (after.number, after.category):
            yield Finding("S06", "warning", file, before.id, f"{before.number} {before.category}")
        types = {fact.key: fact.type for fact in after.facts}
        for fact in before.facts:
            if fact.key in types and types[fact.key].partition("(")[0] != fact.type.partition("(")[0]:
                yield Finding("S06", "warning", file, fact.key, f"{fact.type} → {types[fact.key]}")
        for kind, old, new in (
            ("fact", [f.key for f in before.facts], {*types, *(fact.key for fact in catalog.facts)}),
            ("variant", [v.code for v in before.variants], {v.code for v in after.variants}),
            ("material", [m.code for m in before.materials], {m.code for m in after.materials}),
        ):
            yield from (Finding("S06", "warning", file, name, f"{kind} gone") for name in old if name not in new)


# --- allow ----------------------------------------------------------------------------------------------------------


def allowed(findings: Iterable[Finding], catalog: Catalog) -> Iterator[Finding]:
    """Leave out the warnings that an entity allows with a reason; an allowance that silences nothing is a finding."""
    table = {(file, name): allow for file, name, allow in _allowances(catalog)}
    used: set[tuple[str, str, str]] = set()
    names: dict[str, list[str]] = {}
    for file, name in table:
        names.setdefault(file, []).append(name)
    for finding in findings:
        owner = _owner(finding, names.get(finding.file, ()))
        codes = {text.partition(":")[0].strip() for text in table.get((finding.file, owner), ()) if _reason(text)}
        if finding.severity == "warning" and finding.code in codes:
            used.add((finding.file, owner, finding.code))
        else:
            yield finding
    for (file, name), allow in table.items():
        for text in allow:
            code = text.partition(":")[0].strip()
            if code not in CODES or not _reason(text):
                yield Finding("S03", "error", file, name or "allow", f"allow {text!r}", "E10: why")
            elif (file, name, code) not in used:
                yield Finding("R02", "warning", file, name or "allow", f"allow {code}")


def _reason(text: str) -> str:
    return text.partition(":")[2].strip()


def _owner(finding: Finding, names: Iterable[str]) -> str:
    """The entity that a finding is about: the longest that its id begins with, else the service ("")."""
    found = [name for name in names if name and (finding.id == name or finding.id.startswith(f"{name}."))]
    found += [name for name in names if name and finding.id.startswith(f"{name}[")]
    return max(found, key=len, default="")


def _allowances(catalog: Catalog) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for prompt in catalog.prompts:
        yield "global.toml", prompt.id, prompt.allow
    for fact in catalog.facts:
        yield "global.toml", fact.key, fact.allow
    for service in catalog.services:
        file = f"services/{service.id}.toml"
        yield file, "", service.allow
        yield from ((file, prompt.id, prompt.allow) for prompt in service.prompts)
        yield from ((file, fact.key, fact.allow) for fact in service.facts)
        yield from ((file, use.code, use.allow) for use in service.materials)
        yield from ((file, variant.code, variant.allow) for variant in service.variants)
        yield from ((file, fee.id, fee.allow) for fee in service.fees)
        yield from ((file, f"limits[{at}]", limit.allow) for at, limit in enumerate(service.limits))
        yield from ((file, f"decisions[{at}]", row.allow) for at, row in enumerate(service.decisions))


# --- lines ----------------------------------------------------------------------------------------------------------


def located(findings: Iterable[Finding], folder: Path, station: Path | None = None) -> Iterator[Finding]:
    """The findings with their lines, where the id stands in the file."""
    texts: dict[str, list[str]] = {}
    for finding in findings:
        if finding.file not in texts:
            path = station / FILE if station is not None and finding.file == FILE else folder / finding.file
            texts[finding.file] = path.read_text("utf-8", "replace").splitlines() if path.is_file() else []
        line = finding.line or line_of(texts[finding.file], finding.id)
        yield finding._replace(line=line)


def line_of(lines: list[str], name: str) -> int:
    """The line where the entity `name` ("P1.when", "limits[2]", "mode") begins, or its field; 0 when not found."""
    head, _, field = name.partition(".")
    row = re.fullmatch(r"(\w+)\[(\d+)\]", head)
    if row:
        return _row_line(lines, row.group(1), int(row.group(2)))
    head, name = head.split(" ")[0], name.split(" (")[0]
    for wanted in dict.fromkeys((name, head)):
        pattern = re.compile(rf"""(?:^|[{{,\s])(?:id|key|code|name)\s*=\s*["']{re.escape(wanted)}["']""")
        start = next((at for at, line in enumerate(lines, 1) if pattern.search(line)), 0)
        if start:
            return _field_line(lines, start, field.partition("[")[0]) if wanted == head and field else start
    key = re.compile(rf"^{re.escape(head)}\s*=|^\[+{re.escape(head)}\]+")
    return next((at for at, line in enumerate(lines, 1) if key.search(line)), 0)


def _row_line(lines: list[str], table: str, number: int) -> int:
    rows = [at for at, line in enumerate(lines, 1) if line.strip() == f"[[{table}]]"]
    if not rows:
        start = next((at for at, line in enumerate(lines, 1) if re.match(rf"{table}\s*=\s*\[", line)), 0)
        rows = [at for at, line in enumerate(lines, 1) if start and at > start and line.lstrip().startswith("{")]
    return rows[number] if number < len(rows) else 0


def _field_line(lines: list[str], start: int, field: str) -> int:
    """The line of a field after the line of its entity's id, before the next entity; else that of the id."""
    for at, line in enumerate(lines[start:], start + 1):
        if line.startswith("[["):
            break
        if re.match(rf"{re.escape(field)}\s*=", line):
            return at
    return start
