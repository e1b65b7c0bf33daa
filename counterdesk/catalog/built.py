"""A catalogue that was built with a station's layer, read back by desks and servers.

What stands in the file is believed only as far as a station may speak: its hash is right, it was built over the
catalogue that this program ships, and it differs from that in nothing but what a layer can touch
(docs/catalogue.md, "A station's own layer").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from counterdesk.told import Told, file_code

from .load import decode, load
from .model import Catalog, Prompt, Service

LONGEST_WAIT: Final = 120
"""The longest waiting target in minutes that a station may set for a queue group."""
STATION_LEVELS: Final = ("WARN", "TIP")
"""What a station's own prompts may be: they never stop a case, and claim nothing in the name of the law."""

_OF_LAYER: Final = frozenset({"version", "sha256", "station", "disabled", "groups", "prompts", "services"})


class CatalogError(Told):
    """A built catalogue that cannot be used. The words name the file, what is wrong with it, and what to do."""

    def __init__(self, code: str, /, **values: str) -> None:
        super().__init__(f"rules_file.{code}", **values)


def read_built(path: Path, shipped: Catalog | None = None) -> Catalog:
    """The catalogue in a file that `counterdesk catalog build` wrote.

    Args:
        path: the file.
        shipped: what it must have been built over; the catalogue of this program without it.

    Raises:
        CatalogError: when the file cannot be read, is damaged, belongs to another version, or says what a station may
            not say.
    """
    from .build import digest  # wanted only where there is a layer
    from .check import check, errors

    shipped = shipped or load()
    try:
        catalog = decode(path.read_bytes())
    except OSError as error:
        raise CatalogError("unreadable", file=str(path), problem=file_code(error)) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CatalogError("not_built", file=str(path), problem=str(error)) from None
    if digest(catalog) != catalog.sha256:
        raise CatalogError("changed", file=str(path))
    if catalog.version.partition("+")[0] != shipped.version:
        raise CatalogError("other_version", file=str(path), theirs=catalog.version, ours=shipped.version)
    touched = next(foreign(shipped, catalog), "")
    if touched:
        raise CatalogError("forbidden", file=str(path), what=touched)
    if findings := errors(check(catalog)):
        raise CatalogError("findings", file=str(path), finding=str(findings[0]))
    return catalog


def foreign(shipped: Catalog, catalog: Catalog) -> Iterator[str]:
    """What differs from the shipped catalogue and is no station's business, by name."""
    for field in Catalog.__struct_fields__:
        if field not in _OF_LAYER and getattr(catalog, field) != getattr(shipped, field):
            yield field
    services = {service.id for service in shipped.services}
    yield from (f"disabled: {name}" for name in catalog.disabled if name not in services)
    if [group.id for group in catalog.groups] != [group.id for group in shipped.groups]:
        yield "groups"
    for before, after in zip(shipped.groups, catalog.groups, strict=False):
        if msgspec.structs.replace(after, wait_target=before.wait_target) != before:
            yield f"group {before.id}"
        elif after.wait_target != before.wait_target and not 1 <= after.wait_target <= LONGEST_WAIT:
            yield f"the waiting target of {before.id} to {after.wait_target}"
    taken = {prompt.id for prompt in shipped.prompts}
    yield from (f"prompt {name}" for name in _prompts(shipped.prompts, catalog.prompts, taken))
    if [service.id for service in catalog.services] != [service.id for service in shipped.services]:
        yield "services"
    for old, new in zip(shipped.services, catalog.services, strict=False):
        yield from _service(old, new, taken)


def _service(before: Service, after: Service, taken: set[str]) -> Iterator[str]:
    if msgspec.structs.replace(after, prompts=before.prompts) != before:
        yield f"service {before.id}"
    own = taken | {prompt.id for prompt in before.prompts}
    yield from (f"prompt {before.id} {name}" for name in _prompts(before.prompts, after.prompts, own))


def _prompts(before: Sequence[Prompt], after: Sequence[Prompt], taken: set[str]) -> Iterator[str]:
    """The prompts that are not as they were, and the added ones that a station may not add."""
    for old, new in zip(before, after, strict=False):
        if old != new:
            yield old.id
    yield from (prompt.id for prompt in before[len(after) :])
    for prompt in after[len(before) :]:
        if prompt.id in taken or prompt.level not in STATION_LEVELS:
            yield prompt.id
