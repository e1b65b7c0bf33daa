"""How a command without a desk reaches the station: by the command line, or else the settings."""

from __future__ import annotations

import argparse
from typing import Any

from counterdesk import settings
from counterdesk.backends.base import NotAllowed, NotSignedIn, Unreachable
from counterdesk.station.refused import Refused


def options(given: argparse.Namespace) -> dict[str, Any]:
    """What an `HttpBackend` is made with. Raises: ValueError for what is missing, SettingsError."""
    configured = settings.load(given.settings)
    names = ("url", "station", "ca", "client_cert", "client_key")
    reached = {name: getattr(given, name) or getattr(configured, name) for name in names}
    for name in ("url", "station"):
        if not reached[name]:
            raise ValueError(f"--{name} is missing")
    return reached


def code_of(error: Exception) -> str:
    """A word for what stood in the way; no text of the error, which may hold a value."""
    if isinstance(error, Refused):
        return f"refused:{error.code}"
    kinds = {Unreachable: "unreachable", NotAllowed: "not_allowed", NotSignedIn: "not_signed_in"}
    return next((code for kind, code in kinds.items() if isinstance(error, kind)), "misunderstood")
