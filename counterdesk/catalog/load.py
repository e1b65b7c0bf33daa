"""The catalogue that this version ships with."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import msgspec

from .model import Catalog


def decode(data: bytes) -> Catalog:
    """A catalogue from the JSON that `build.py` writes; raises `msgspec.ValidationError` for anything else."""
    return msgspec.json.decode(data, type=Catalog)


@lru_cache(maxsize=1)
def load() -> Catalog:
    """The catalogue from `catalog.json`, read once."""
    return decode(files(__package__).joinpath("catalog.json").read_bytes())
