"""What every test stands on: an environment of its own, and Textual without animations from its first import on."""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

_SCRUBBED_PREFIXES = ("TEXTUAL", "XDG_", "LC_")
_SCRUBBED = (
    "TERM",
    "COLORTERM",
    "COLORFGBG",
    "COLUMNS",
    "LINES",
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "ESCDELAY",
    "LANG",
    "LANGUAGE",
    "PYTHON_KEYRING_BACKEND",
)
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "no_proxy")

for _name in list(os.environ):
    if _name.startswith(_SCRUBBED_PREFIXES) or _name in _SCRUBBED or _name.lower() in _PROXIES:
        del os.environ[_name]
os.environ |= {"TEXTUAL_ANIMATIONS": "none", "LANG": "C.UTF-8"}  # Textual reads it when it is imported

settings.register_profile(
    "ci", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("wide", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """A folder of the run's own for temporary ones, where none is given.

    In the one that all runs of an account share, pytest takes away what former runs left. Where two runs do that at
    once one of them breaks off, and its open scandir is then an error of whichever test comes next.
    """
    if config.option.basetemp is None:
        made = tempfile.mkdtemp(prefix="counterdesk-tests-")
        config.option.basetemp = made
        config.add_cleanup(functools.partial(shutil.rmtree, made, ignore_errors=True))


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of the test run's own: no settings, no keyring and no cache of whoever runs it."""
    before = os.environ.get("HOME")
    home = tmp_path_factory.mktemp("home")
    os.environ["HOME"] = str(home)
    yield home
    if before is None:
        del os.environ["HOME"]
    else:
        os.environ["HOME"] = before


@pytest.fixture
def weak_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is made out of a passphrase in no time: how long that takes for real is no matter of most tests."""
    from counterdesk import passphrase  # not before the environment is scrubbed

    monkeypatch.setattr(passphrase, "STRONG", passphrase.Strength(8, 1))
    monkeypatch.setattr(passphrase, "FRUGAL", passphrase.Strength(8, 1))
