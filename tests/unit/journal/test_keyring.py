"""The system keyring through its child process: what is met on terminals, and what must not get out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.torture import keyrings
from counterdesk.journal import keyring_probe

ASK = keyring_probe.ask
SITUATIONS = {situation.name: situation for situation in keyrings.SITUATIONS}
SECRET = "5ec7e7" * 8


def use(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a situation in the place of the machine's keyring."""
    monkeypatch.setattr(keyring_probe, "COMMAND", keyrings.install(SITUATIONS[name], folder))


@pytest.mark.parametrize("name", [name for name in SITUATIONS if name != "prompt elsewhere"])
def test_a_keyring_is_what_its_probe_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    use(name, tmp_path, monkeypatch)
    code, values = ASK([keyring_probe.PROBE, keyring_probe.put("s", "a", SECRET), keyring_probe.get("s", "a")])
    assert code == SITUATIONS[name].code
    assert values == (("", "", SECRET) if code == "ok" else ())
    assert capfd.readouterr() == ("", "")
    assert (tmp_path / "store").exists() == (code == "ok")


def test_a_keyring_that_hangs_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use("prompt elsewhere", tmp_path, monkeypatch)
    assert ASK([keyring_probe.PROBE], seconds=0.7) == ("timeout", ())
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)  # nothing is left of it
    assert ASK([keyring_probe.PROBE], seconds=0) == ("timeout", ())


def test_a_secret_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use("unlocked", tmp_path, monkeypatch)
    requests = [
        keyring_probe.delete("s", "a"),
        keyring_probe.put("s", "a", SECRET),
        keyring_probe.delete("s", "a"),
        keyring_probe.get("s", "a"),
    ]
    assert ASK(requests) == ("ok", ("", "", "", ""))


def test_what_could_choose_another_keyring_is_not_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "keyring.py").write_text("raise SystemExit('mine')")
    use("unlocked", tmp_path, monkeypatch)
    assert ASK([keyring_probe.PROBE])[0] == "ok"
    assert "PYTHON_KEYRING_BACKEND" not in keyring_probe._environment()
    assert SECRET not in repr(keyring_probe.put("s", "a", SECRET))


@pytest.mark.parametrize(
    "script",
    ["print('{}')", "print('no json')", "pass", 'print(\'{"code": "ok", "values": []}\')', "raise SystemExit(3)"],
)
def test_an_answer_that_is_none_is_a_failure(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring_probe, "COMMAND", (*keyring_probe.COMMAND[:2], "-c", script))
    assert ASK([keyring_probe.PROBE]) == ("failed", ())
    monkeypatch.setattr(keyring_probe, "COMMAND", ("/nonexistent",))
    assert ASK([keyring_probe.PROBE]) == ("failed", ())


def test_the_real_child_answers_in_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this machine has. The bus is taken away so that a developer's own keyring is not asked."""
    for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
    code, values = ASK([keyring_probe.PROBE])
    assert code in ("none", "refused_backend", "timeout")
    assert values == ()
