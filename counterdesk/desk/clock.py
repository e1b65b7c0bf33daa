"""The clock of a desk, in a module of its own: the screen needs it before it needs the desk."""

from __future__ import annotations

from datetime import datetime

from counterdesk.station.model import TIMEZONE


def wall_clock() -> datetime:
    """Now, in the station's time zone."""
    return datetime.now(TIMEZONE)
