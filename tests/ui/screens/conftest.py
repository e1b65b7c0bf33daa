"""A terminal whose keys are made in no time."""

from __future__ import annotations

import pytest

from counterdesk.journal import keyring_probe


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, weak_passphrases: None) -> None:
    """Slots that a test can open in no time, and no keyring."""
    monkeypatch.setattr(keyring_probe, "ask", lambda *_, **__: ("none", ()))
