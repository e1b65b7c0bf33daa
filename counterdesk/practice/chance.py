"""Chance that can be repeated: every drawn value follows from a seed and from what it is drawn for.

Drawing by what it is for, and not from one long sequence, keeps the rest of a simulated day as it is when one
step of it changes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from random import Random
from typing import TypeVar

T = TypeVar("T")

_P90 = 1.2816
"""The 90th percentile of the normal distribution."""


def chance(seed: int, *of: object) -> Random:
    """A generator that depends only on the seed and on what it is drawn for."""
    return Random("/".join(map(str, (seed, *of))))


def log_normal(draw: Random, median: float, p90: float) -> float:
    """A log-normal value by its median and 90th percentile, cut at four times the 90th percentile."""
    sigma = math.log(max(p90, median * 1.01) / median) / _P90
    return min(median * math.exp(sigma * draw.gauss(0, 1)), 4 * p90)


def weighted(draw: Random, weights: Mapping[T, float]) -> T:
    """One key, by weight. Raises: ValueError if no weight is positive."""
    if not any(weight > 0 for weight in weights.values()):
        raise ValueError("no positive weight")
    return draw.choices(tuple(weights), tuple(weights.values()))[0]
