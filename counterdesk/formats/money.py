"""Amounts in RMB: exact decimals with two places, never floats."""

from __future__ import annotations

import re
from decimal import Decimal

from .problem import Problem, full_width_at

CODES = (
    "money.empty",
    "money.full_width",
    "money.form",
    "money.negative",
    "money.decimals",
    "money.too_small",
    "money.too_large",
)

_AMOUNT = re.compile(r"(-?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?", re.ASCII)
MAXIMUM = Decimal("999999999999.99")


def parse(text: str) -> Decimal | Problem:
    """Reads `20`, `20.5`, `1,234.50`, `¥20` or `20元`; out with exactly two decimals."""
    text = re.sub(r"^[¥￥]|元$", "", "".join(text.split()))
    if not text:
        return Problem("money.empty")
    if (at := full_width_at(text)) is not None:
        return Problem("money.full_width", {"position": at})
    found = _AMOUNT.fullmatch(text)
    if not found:
        return Problem("money.form")
    sign, whole, fraction = found.groups()
    if sign:
        return Problem("money.negative")
    if fraction and len(fraction.rstrip("0")) > 2:
        return Problem("money.decimals", {"maximum": 2})
    digits = whole.replace(",", "").lstrip("0") or "0"
    if len(digits) > 12:
        return Problem("money.too_large", {"maximum": str(MAXIMUM)})
    return Decimal(f"{digits}.{(fraction or '')[:2]:0<2}")


def normalise(text: str) -> str:
    """`1234.50`; text that is no amount comes back trimmed."""
    parsed = parse(text)
    return text.strip() if isinstance(parsed, Problem) else str(parsed)


def check(text: str, *, minimum: int | None = None, maximum: int | None = None) -> Problem | None:
    """Checks an amount in whole-yuan limits, both included."""
    parsed = parse(text)
    if isinstance(parsed, Problem):
        return parsed
    if minimum is not None and parsed < minimum:
        return Problem("money.too_small", {"minimum": minimum})
    if maximum is not None and parsed > maximum:
        return Problem("money.too_large", {"maximum": maximum})
    return None


def show(amount: Decimal) -> str:
    """`¥1,234.50`."""
    return f"¥{amount:,.2f}"
