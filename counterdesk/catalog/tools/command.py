"""`counterdesk catalog`: the tools run, their output in plain text. Exit codes: 0 fine, 1 findings, 2 usage."""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Final

import msgspec

from counterdesk.catalog.build import DATA, TARGET, BuildError, encode
from counterdesk.catalog.check import Finding, close
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import decode, load
from counterdesk.catalog.model import Catalog
from counterdesk.catalog.sentences import Language
from counterdesk.locale import Words
from counterdesk.told import Told, file_code

from .boundaries import Report, boundary_report
from .checking import Checked, check_folder, load_folder
from .codes import meaning
from .coverage import SHARED, Coverage, Run, cover, run_all
from .diffing import changes, flips
from .scenarios import Difference, Scenario, differences, read
from .showing import show_service
from .station import merge, read_layer
from .trial import FactsError, as_json, as_text, read_facts

OK: Final = 0
FINDINGS: Final = 1
USAGE: Final = 2
_VALUES: Final[dict[bool | None, str]] = {True: "true", False: "false", None: "unknown"}


class UsageError(Told):
    """A command line that cannot be used."""

    def __init__(self, code: str, /, **values: str) -> None:
        super().__init__(f"catalog_tool.{code}", **values)


def run(given: argparse.Namespace) -> int:
    """Run one tool as the command line says; returns the exit code."""
    tools = {"check": _check, "build": _build, "test": _test, "diff": _diff, "show": _show, "try": _try}
    language: Language = "en" if given.lang == "en" else "zh"
    gc.disable()  # short and all garbage is freed at the end; a fifth of the time of `check`
    try:
        return tools[given.tool](given, language)
    except UsageError as error:
        words = Words.load("zh_CN" if language == "zh" else "en")
        print(f"counterdesk catalog {given.tool}: {error.in_words(words)}", file=sys.stderr)
        return USAGE
    except BuildError as error:
        _print(error.findings, language, sys.stderr.write)
        return FINDINGS
    except BrokenPipeError:  # `| head` has seen enough; nothing more can be written, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    finally:
        gc.enable()


def _folder(path: Path | None) -> Path:
    folder = path or DATA
    if not (folder / "catalog.toml").is_file():
        raise UsageError("no_folder", file=str(folder))
    return folder


def _catalog(path: Path | None) -> Catalog:
    """The catalogue of a folder or a JSON file; the shipped one without a path."""
    if path is None:
        return load()
    if path.is_dir():
        return load_folder(_folder(path))[0]
    try:
        return decode(path.read_bytes())
    except OSError as error:
        raise UsageError("file", file=str(path), problem=file_code(error)) from None
    except msgspec.MsgspecError as error:
        raise UsageError("no_catalogue", file=str(path), problem=str(error)) from None


# --- check and build ------------------------------------------------------------------------------------------------


def _check(given: argparse.Namespace, language: Language) -> int:
    start = perf_counter()
    released = _catalog(given.since) if given.since else None
    today = given.on or date.today()
    checked = check_folder(_folder(given.data), today=today, released=released, station=given.station)
    failing = checked.failing(strict=given.strict)
    if given.format == "json":
        print(json.dumps(_checked_json(checked, failing, language), ensure_ascii=False, indent=1))
    else:
        _print(checked.findings, language, sys.stdout.write)
        print(_summary(checked, perf_counter() - start))
    return FINDINGS if failing else OK


def _checked_json(checked: Checked, failing: Sequence[Finding], language: Language) -> dict[str, object]:
    catalog = checked.catalog
    return {
        "version": catalog.version if catalog else None,
        "sha256": catalog.sha256 if catalog else None,
        "ok": not failing,
        "findings": [{**f._asdict(), "message": meaning(f.code, language)} for f in checked.findings],
    }


def _summary(checked: Checked, seconds: float) -> str:
    catalog = checked.catalog
    errors = sum(finding.severity == "error" for finding in checked.findings)
    what = f"{errors} errors, {len(checked.findings) - errors} warnings"
    if catalog is None:
        return what
    return (
        f"{catalog.version} {catalog.sha256} {len(catalog.services)} services, "
        f"{checked.scenarios} scenarios: {what} in {seconds:.2f} s"
    )


def _print(findings: Iterable[Finding], language: Language, write: Callable[[str], object]) -> None:
    for f in findings:
        place = f"{f.file}:{f.line}" if f.line else f.file
        hint = f" → {f.suggestion}" if f.suggestion else ""
        value = f" {f.value}" if f.value else ""
        write(f"{place}: {f.code} {f.severity} {f.id}:{value}{hint} ({meaning(f.code, language)})\n")


def _build(given: argparse.Namespace, language: Language) -> int:
    folder = _folder(given.data)
    catalog, warnings = load_folder(folder)
    target = TARGET if folder.resolve() == DATA.resolve() else folder / "catalog.json"
    if given.station:
        catalog, warnings = merge(catalog, read_layer(given.station))
        target = given.station / "catalog.json"
    _print(warnings, language, sys.stderr.write)
    if not given.check:
        (given.out or target).write_bytes(encode(catalog))
    print(f"{catalog.version} {catalog.sha256} {len(catalog.services)} services")
    return OK


# --- test -----------------------------------------------------------------------------------------------------------


def _test(given: argparse.Namespace, language: Language) -> int:
    start = perf_counter()
    folder = _folder(given.data)
    index = Index(load_folder(folder)[0])
    scenarios, wrong = read(folder)
    _print(wrong, language, sys.stdout.write)
    services = _chosen(index, given.services)
    unknown = [s for s in scenarios if s.service not in {service.id for service in index.catalog.services}]
    chosen = [s for s in scenarios if s.service in services]
    runs = run_all(index, chosen)
    failed = [(r.scenario, found) for r in runs if (found := differences(r.scenario.expect, r.result))]
    reports = [] if given.written else [boundary_report(index, s, _of(chosen, s)) for s in services]
    coverage = cover(index, runs, services)
    for line in _table(runs, failed, reports, services):
        print(line)
    print()
    for line in (*_failures(failed, reports), *(f"FAIL {s.service}: no such service" for s in unknown)):
        print(line)
    for line in _coverage(coverage, reports, partly=bool(given.services)):
        print(line)
    print(f"{index.catalog.version} {index.catalog.sha256[:12]} {perf_counter() - start:.2f} s")
    return FINDINGS if failed or wrong or unknown or any(report.wrong for report in reports) else OK


def _of(scenarios: Iterable[Scenario], service: str) -> list[Scenario]:
    return [scenario for scenario in scenarios if scenario.service == service]


def _chosen(index: Index, names: Sequence[str]) -> list[str]:
    return [_service(index, name) for name in names] or [service.id for service in index.catalog.services]


def _table(
    runs: Sequence[Run],
    failed: Sequence[tuple[Scenario, list[Difference]]],
    reports: Sequence[Report],
    services: Sequence[str],
) -> Iterator[str]:
    yield f"{'service':24} {'written':>9} {'generated':>10} {'constants':>10}"
    generated = {report.service: report for report in reports}
    bad = {(scenario.service, scenario.name) for scenario, _ in failed}
    for service in services:
        names = [run.scenario.name for run in runs if run.scenario.service == service]
        passed = sum((service, name) not in bad for name in names)
        line = f"{service:24} {f'{passed}/{len(names)}':>9}"
        if (report := generated.get(service)) is not None:
            agreeing = report.cases - len({name for name, _ in report.wrong})
            flipped = f"{sum(report.constants.values())}/{len(report.constants)}"
            line += f" {f'{agreeing}/{report.cases}':>10} {flipped:>10}"
        yield line


def _failures(failed: Sequence[tuple[Scenario, list[Difference]]], reports: Sequence[Report]) -> Iterator[str]:
    for scenario, found in failed:
        yield f"FAIL {scenario.service}: {scenario.name}"
        yield from (f"     {difference}" for difference in found)
    for report in reports:
        for name, difference in report.wrong[:20]:
            yield f"FAIL {report.service}: generated, {name}"
            yield f"     {difference}"


def _coverage(coverage: Coverage, reports: Sequence[Report], *, partly: bool) -> Iterator[str]:
    for name, seen, total in coverage.summary():
        yield f"coverage: {name} {seen} of {total}"
    for key, value in coverage.lacking():
        if not (partly and key[0] == SHARED):
            yield f"  missing: {key[0]} {key[1]} {_VALUES[value]}"
    shared = {text for report in reports for text in report.shared}
    flipped = {text for report in reports for text, both in report.shared.items() if both}
    own = [(report.service, text) for report in reports for text, both in report.constants.items() if not both]
    total = sum(len(report.constants) for report in reports) + len(shared)
    if reports:
        yield f"coverage: constants on both sides {total - len(own) - len(shared - flipped)} of {total}"
    yield from (f"  missing: {service} {text}" for service, text in own)
    if not partly:
        yield from (f"  missing: {SHARED} {text}" for text in sorted(shared - flipped))


# --- diff, show, try ------------------------------------------------------------------------------------------------


def _diff(given: argparse.Namespace, language: Language) -> int:
    before, after = _catalog(given.before), _catalog(given.after)
    print(f"{before.version} {before.sha256[:12]} → {after.version} {after.sha256[:12]}")
    for service, lines in changes(before, after, language):
        print(f"\n{service or SHARED}")
        for line in lines:
            print(f"  {line}")
    folders = [given.scenarios, *(path for path in (given.after, given.before) if path.is_dir()), DATA]
    scenarios, _ = read(next(folder for folder in folders if folder is not None))
    found = list(flips(before, after, scenarios))
    print(f"\n{len(found)} / {len(scenarios)} scenarios come to something else")
    for flip in found:
        print(f"  {flip.service}: {flip.scenario}")
        for what, words in flip.changes:
            print(f"    {what}: {words}")
    return OK


def _service(index: Index, name: str) -> str:
    """A service by id, or the only one that the search finds.

    Raises:
        UsageError: when there is none, or several.
    """
    ids = [service.id for service in index.catalog.services]
    if name in ids:
        return name
    found = index.find(name, limit=5)
    if len(found) == 1:
        return found[0].id
    near = ", ".join(service.id for service in found) or close(name, ids)
    raise UsageError("near" if near else "no_service", name=name, near=near)


def _show(given: argparse.Namespace, language: Language) -> int:
    index = Index(_catalog(given.data))
    for line in show_service(index, _service(index, given.service), language):
        print(line)
    return OK


def _try(given: argparse.Namespace, language: Language) -> int:
    index = Index(_catalog(given.data))
    service = _service(index, given.service)
    try:
        data = sys.stdin.buffer.read() if given.facts == "-" else Path(given.facts).read_bytes()
    except OSError as error:
        raise UsageError("file", file=str(given.facts), problem=file_code(error)) from None
    try:
        trial = read_facts(index, service, data, language, on=given.on, role=given.role)
    except FactsError as error:
        raise UsageError("facts", file=str(given.facts), problem="; ".join(error.lines)) from None
    result = trial.run(index)
    if given.json:
        print(json.dumps(as_json(index, trial, result, language), ensure_ascii=False, indent=1))
    else:
        for line in as_text(index, trial, result, language):
            print(line)
    return OK
