"""The station's layer over the catalogue: what one station may set for itself, and nothing else.

A folder with one `station.toml`: `id`, `version`, `disabled` (services it does not offer), `wait_targets` (minutes by
queue group) and `[[prompts]]` of its own, tips or warnings, for one `service` or for all. Conditions, fees, limits,
materials and legal bases of the catalogue cannot be touched: whatever else stands there is a finding S11.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from counterdesk.catalog.build import BuildError, finished
from counterdesk.catalog.built import LONGEST_WAIT, STATION_LEVELS
from counterdesk.catalog.check import Finding, close
from counterdesk.catalog.model import Catalog, Prompt, Service
from counterdesk.catalog.pinyin import READINGS

FILE: Final = "station.toml"


class StationPrompt(Prompt, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A prompt of the station; without a `service` it speaks in all of them."""

    service: str = ""


class Layer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a station may say."""

    id: str
    version: str
    disabled: tuple[str, ...] = ()
    wait_targets: dict[str, int] = {}
    prompts: tuple[StationPrompt, ...] = ()


def read_layer(folder: Path) -> Layer:
    """Read the layer of a folder.

    Raises:
        BuildError: with what is wrong.
    """
    path = folder / FILE
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BuildError([Finding("S01", "error", FILE, "", str(error))]) from None
    known = Layer.__struct_fields__
    foreign = [Finding("S11", "error", FILE, key, key, close(key, known)) for key in table if key not in known]
    if foreign:
        raise BuildError(foreign)
    try:
        return msgspec.convert(table, Layer)
    except msgspec.ValidationError as error:
        raise BuildError([Finding("S03", "error", FILE, "", str(error))]) from None


def layer_findings(catalog: Catalog, layer: Layer) -> Iterator[Finding]:
    """What the layer names that is not there, and what it may not say."""
    services = [service.id for service in catalog.services]
    groups = [group.id for group in catalog.groups]
    for name in layer.disabled:
        if name not in services:
            yield Finding("R01", "error", FILE, "disabled", name, close(name, services))
    for name, minutes in layer.wait_targets.items():
        if name not in groups:
            yield Finding("R01", "error", FILE, "wait_targets", name, close(name, groups))
        elif not 1 <= minutes <= LONGEST_WAIT:
            yield Finding("S11", "error", FILE, f"wait_targets.{name}", str(minutes))
    taken = {prompt.id for prompt in catalog.prompts}
    for prompt in layer.prompts:
        own = {p.id for s in catalog.services for p in s.prompts if prompt.service in ("", s.id)}
        if prompt.service and prompt.service not in services:
            yield Finding("R01", "error", FILE, prompt.id, prompt.service, close(prompt.service, services))
        if prompt.id in taken | own:
            yield Finding("S11", "error", FILE, prompt.id, "replaces")
        if prompt.level not in STATION_LEVELS:
            yield Finding("S11", "error", FILE, prompt.id, prompt.level)


def merge(catalog: Catalog, layer: Layer) -> tuple[Catalog, list[Finding]]:
    """Lay the station's layer over a catalogue and check the whole as if it were one.

    Returns:
        The catalogue, its version with the layer's id and version, and the warnings.

    Raises:
        BuildError: with all findings when one of them is an error.
    """
    if findings := list(layer_findings(catalog, layer)):
        raise BuildError(findings)
    groups = tuple(
        msgspec.structs.replace(group, wait_target=layer.wait_targets.get(group.id, group.wait_target))
        for group in catalog.groups
    )
    merged = msgspec.structs.replace(
        catalog,
        version=f"{catalog.version}+{layer.id}.{layer.version}",
        station=layer.id,
        disabled=layer.disabled,
        groups=groups,
        prompts=(*catalog.prompts, *_of(layer, "")),
        services=tuple(_service(service, layer) for service in catalog.services),
    )
    return finished(merged, READINGS.read_text(encoding="utf-8"))


def _service(service: Service, layer: Layer) -> Service:
    extra = _of(layer, service.id)
    return msgspec.structs.replace(service, prompts=(*service.prompts, *extra)) if extra else service


def _of(layer: Layer, service: str) -> tuple[Prompt, ...]:
    return tuple(
        Prompt(**{name: getattr(prompt, name) for name in Prompt.__struct_fields__})
        for prompt in layer.prompts
        if prompt.service == service
    )
