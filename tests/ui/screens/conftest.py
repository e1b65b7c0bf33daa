"""A terminal whose keys are made in no time."""

from __future__ import annotations

import pytest

from counterdesk import passphrase
from counterdesk.journal import keyring_probe


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slots that a test can open in no time, and no keyring."""
    monkeypatch.setattr(passphrase, "STRONG", passphrase.Strength(8, 1))
    monkeypatch.setattr(passphrase, "FRUGAL", passphrase.Strength(8, 1))
    monkeypatch.setattr(keyring_probe, "ask", lambda *_, **__: ("none", ()))
