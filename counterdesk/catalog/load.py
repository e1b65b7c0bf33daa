"""The catalogue that this version ships with."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from counterdesk.shipped import beside

from .model import Catalog


def decode(data: bytes) -> Catalog:
    """A catalogue from the JSON that `build.py` writes; raises `msgspec.ValidationError` for anything else."""
    return msgspec.json.decode(data, type=Catalog)


@lru_cache(maxsize=1)
def load() -> Catalog:
    """The catalogue from `catalog.json`, read once."""
    return decode(beside(__file__, "counterdesk.catalog").joinpath("catalog.json").read_bytes())
