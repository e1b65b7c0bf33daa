"""What a trainer does with ledgers on the command line, and how passphrases are asked for."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from counterdesk import cli, fence, settings, terminal
from counterdesk.catalog.index import Index
from counterdesk.locale import Words
from counterdesk.practice import asking
from counterdesk.practice import exam as exams
from counterdesk.practice.asking import Refusal, keeper_for
from counterdesk.practice.collection import find
from counterdesk.practice.debrief import debrief
from counterdesk.practice.keeping import Keeper
from counterdesk.practice.scenario import Scenario
from counterdesk.practice.scripted import play
from counterdesk.practice.vault import Vault

from .teaching import DAY

WORDS = Words.load("en")
SECRET, TRAINER = "trainee-secret", "trainer-secret"
SCENARIO = "idcard.renew:P2"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weak_passphrases: None) -> Path:
    """The data root of practice, on a machine that derives keys in no time."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(terminal, "encoding_problem", lambda stream: "")
    monkeypatch.setattr(fence, "put_up", lambda: None)
    return tmp_path / "data" / "counterdesk-practice"


def types(*lines: str) -> Callable[[str], str]:
    """Somebody who types these lines."""
    left = list(lines)

    def ask(_: str) -> str:
        if not left:
            raise EOFError
        return left.pop(0)

    return ask


def run(monkeypatch: pytest.MonkeyPatch, lines: tuple[str, ...], *arguments: str) -> int:
    monkeypatch.setattr("getpass.getpass", types(*lines))
    monkeypatch.setattr(asking, "_terminal", lambda: True)
    try:
        return cli.main(["practice", *arguments])
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else -1


def practise(index: Index, keeper: Keeper, ignores: str = "") -> None:
    scenario = find(index, SCENARIO, DAY)
    assert isinstance(scenario, Scenario)
    record = play(index, scenario, ignores=ignores)
    keeper.keep(scenario, record, debrief(index, scenario, record), DAY)


@pytest.fixture
def filled(index: Index, data: Path) -> Vault:
    """Two trainees with a run each, and a trainer."""
    vault = Vault(data)
    vault.set_trainer(TRAINER)
    for trainee, ignores in (("T001", "prompt:P2"), ("=T002", "")):
        practise(index, vault.open(trainee, SECRET), ignores)
    return vault


def test_the_trainer_reads_all_and_a_trainee_his_own(
    filled: Vault, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, (TRAINER,), "report", "--lang", "en") == 0
    out = capsys.readouterr().out
    assert "Practice of T001" in out
    assert "Practice of =T002" in out
    for secret in (SECRET, TRAINER):
        assert run(monkeypatch, (secret,), "report", "--trainee", "T001", "--format", "json") == 0
        (found,) = json.loads(capsys.readouterr().out)["trainees"]
        assert (found["trainee"], [one["score"] for one in found["runs"]]) == ("T001", [50])
    assert run(monkeypatch, (TRAINER,), "report", "--format", "csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))
    assert sorted((row["trainee"], row["score"]) for row in rows) == [("'=T002", "100"), ("T001", "50")]
    assert run(monkeypatch, (TRAINER,), "report", "--format", "csv", "--from", "2026-11-24") == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize(
    ("lines", "arguments", "code", "said"),
    [
        ((SECRET,), ("report",), 2, "wrong_passphrase"),
        (("something-else",), ("report", "--trainee", "T001"), 2, "wrong_passphrase"),
        ((SECRET,), ("report", "--trainee", "T009"), 2, "no_ledger"),
        ((SECRET,), ("replay", "1", "--trainee", "T009"), 2, "no_ledger"),
        ((SECRET,), ("replay", "9", "--trainee", "T001"), 2, "no_run"),
        ((TRAINER,), ("replay", "1", "--trainee", "T001"), 2, "wrong_passphrase"),
        (("short", "short"), ("trainer", "--replace"), 2, "too_short"),
        (
            ("something-else", "another-secret", "another-secret"),
            ("passphrase", "--trainee", "T001"),
            2,
            "wrong_passphrase",
        ),
        ((SECRET, "short", "short"), ("passphrase", "--trainee", "T001"), 2, "too_short"),
        ((), ("passphrase", "--trainee", "T009"), 2, "no_ledger"),
        ((SECRET, "another-secret", "another-secret"), ("passphrase",), 2, "wrong_passphrase"),
    ],
)
def test_what_does_not_open_is_said_in_one_line(
    filled: Vault,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lines: tuple[str, ...],
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    assert run(monkeypatch, lines, *arguments, "--lang", "en") == code
    err = capsys.readouterr().err
    assert err == f"counterdesk: {WORDS(f'teach.ledger.{said}')}\n"


def test_a_trainee_and_the_trainer_change_their_passphrases(
    filled: Vault, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    new = tmp_path / "new"
    new.write_text("another-secret\n")
    new.chmod(0o600)
    wanted = ("passphrase", "--trainee", "T001", "--new-passphrase-file", str(new))
    assert run(monkeypatch, (SECRET,), *wanted, "--lang", "en") == 0
    assert capsys.readouterr().out == f"{WORDS('teach.command.passphrase_changed')}\n"
    assert run(monkeypatch, (TRAINER, "trainer-other", "trainer-other"), "passphrase") == 0
    assert run(monkeypatch, (SECRET,), "replay", "1", "--trainee", "T001") == 2
    assert run(monkeypatch, ("another-secret",), "replay", "1", "--trainee", "T001") == 0
    assert run(monkeypatch, (TRAINER,), "report") == 2
    capsys.readouterr()
    assert run(monkeypatch, ("trainer-other",), "report", "--format", "json") == 0
    assert len(json.loads(capsys.readouterr().out)["trainees"]) == 2


def test_days_the_wrong_way_round_are_refused_before_a_passphrase_is_asked_for(
    filled: Vault, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for language in ("zh", "en"):
        days = ("--from", "2026-11-24", "--to", "2026-11-23", "--lang", language)
        assert run(monkeypatch, (), "report", *days) == 2
        err = capsys.readouterr().err
        assert "2026-11-24" in err
        assert "2026-11-23" in err
    assert run(monkeypatch, (TRAINER,), "report", "--from", "2026-11-23", "--to", "2026-11-23") == 0


@pytest.mark.parametrize(("tool", "option"), [("report", "--passphrase-file"), ("passphrase", "--new-passphrase-file")])
def test_without_a_terminal_it_is_said_how_to_give_a_passphrase(
    filled: Vault, data: Path, tmp_path: Path, tool: str, option: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(TRAINER)
    secret.chmod(0o600)
    command = [sys.executable, "-m", "counterdesk", "practice", tool, "--lang", "en"]
    command += ["--passphrase-file", str(secret)] if tool == "passphrase" else []
    done = subprocess.run(
        command,
        input="typed\n",
        capture_output=True,
        text=True,
        start_new_session=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == f"counterdesk: {WORDS('teach.passphrase.no_terminal', option=option)}\n"
    assert done.stdout == ""


def test_a_ledger_that_cannot_be_read_is_told_of_beside_the_others(
    filled: Vault, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in filled._folder.glob("*.[lb]*"):
        if path.stem == sorted(one.stem for one in filled._folder.glob("*.ledger"))[0] and path.suffix != ".lock":
            path.write_bytes(b"spoilt")
    assert run(monkeypatch, (TRAINER,), "report", "--lang", "en") == 1
    out, err = capsys.readouterr()
    assert out.count("Practice of") == 1
    assert err == f"counterdesk: {WORDS('teach.ledger.damaged')}\n"


def test_the_pass_mark_is_that_of_the_settings(
    filled: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "desk.toml"
    for mark in (50, 51):
        file.write_text(f"practice_pass = {mark}\n")
        given = ("--settings", str(file), "report", "--trainee", "T001", "--format", "json")
        assert run(monkeypatch, (SECRET,), *given) == 0
        (found,) = json.loads(capsys.readouterr().out)["trainees"]
        cards = next(row for row in found["groups"] if row["group"] == "ID")
        assert (found["pass"], cards["streak"]) == (mark, 1 if mark == 50 else 0)
    file.write_text("practice_pass = 5\n")
    assert run(monkeypatch, (SECRET,), "--settings", str(file), "report") == 2
    assert settings.PASS_MARKS == exams.PASS_MARKS


def test_a_run_is_read_again_as_it_was(
    filled: Vault, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, (SECRET,), "replay", "--trainee", "T001") == 0
    assert capsys.readouterr().out.split() == ["1", "2026-11-23", SCENARIO, "50"]
    assert run(monkeypatch, (SECRET,), "replay", "1", "--trainee", "T001", "--lang", "en") == 0
    replayed = capsys.readouterr().out
    wanted = ("script", SCENARIO, "--officer", "ignores", "prompt:P2", "--acts", "--lang", "en")
    assert run(monkeypatch, (), *wanted) == 0
    # What stands on a paper is kept in the order of its letters.
    assert [sorted(line.split()) for line in replayed.splitlines()] == [
        sorted(line.split()) for line in capsys.readouterr().out.splitlines()
    ]
    assert run(monkeypatch, (SECRET,), "replay", "1") == 2


def test_a_trainer_sets_his_passphrase_once_and_replaces_it_on_purpose(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, (TRAINER, "another-one"), "trainer") == 2
    assert run(monkeypatch, (), "trainer") == 2
    assert not Vault(data).has_trainer
    assert run(monkeypatch, (TRAINER, TRAINER), "trainer") == 0
    assert run(monkeypatch, (TRAINER, TRAINER), "trainer") == 2
    assert run(monkeypatch, ("another-one", "another-one"), "trainer", "--replace") == 0
    assert list(Vault(data).read_all("another-one")) == []


def test_a_passphrase_file_is_read_only_if_nobody_else_can(
    filled: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{TRAINER}\r\nsecond line\n")
    file.chmod(0o600)
    asked = ("--lang", "en", "--passphrase-file", str(file))
    assert run(monkeypatch, (), "report", *asked) == 0
    file.chmod(0o640)
    assert run(monkeypatch, (), "report", *asked) == 2
    file.chmod(0o600)
    file.write_bytes(b"\xff\xfe\n")
    assert run(monkeypatch, (), "report", *asked) == 2
    file.unlink()
    assert run(monkeypatch, (), "report", *asked) == 2
    assert "chmod 600" in capsys.readouterr().err


# --- whoever practises --------------------------------------------------------------------------------------------


def test_who_names_himself_and_says_a_passphrase_is_kept(data: Path) -> None:
    vault = Vault(data)
    keeper, said = keeper_for(vault, "T001", WORDS, ask=types(SECRET, SECRET))
    assert (keeper.kept_for_good, said) == (True, "")
    keeper, said = keeper_for(vault, "T001", WORDS, ask=types(SECRET))
    assert (keeper.kept_for_good, said) == (True, "")


@pytest.mark.parametrize(("trainee", "lines"), [("", ()), ("T001", ("",))])
def test_without_a_name_or_a_passphrase_nothing_is_kept_and_that_is_said(
    data: Path, trainee: str, lines: tuple[str, ...]
) -> None:
    keeper, said = keeper_for(Vault(data), trainee, WORDS, ask=types(*lines))
    assert (keeper.kept_for_good, said) == (False, WORDS("teach.ledger.memory_only"))
    assert not data.exists() or not list(data.rglob("*.ledger"))


@pytest.mark.parametrize("lines", [(SECRET, "another"), ("short", "short"), ()])
def test_a_new_passphrase_is_typed_twice_and_long_enough(data: Path, lines: tuple[str, ...]) -> None:
    with pytest.raises(Refusal):
        keeper_for(Vault(data), "T001", WORDS, ask=types(*lines))
    assert not Vault(data).has("T001")


def test_a_wrong_one_is_refused_and_a_damaged_ledger_is_said(filled: Vault) -> None:
    keeper, said = keeper_for(filled, "T001", WORDS, ask=types(TRAINER, "wrong-again", SECRET))
    assert (keeper.kept_for_good, said) == (True, "")
    keeper, said = keeper_for(filled, "T001", WORDS, ask=types(TRAINER, ""))
    assert (keeper.kept_for_good, said) == (False, WORDS("teach.ledger.memory_only"))
    with pytest.raises(Refusal, match="Wrong passphrase"):
        keeper_for(filled, "T001", WORDS, ask=types(TRAINER, TRAINER, TRAINER, SECRET))
    for path in (*filled._folder.glob("*.ledger"), *filled._folder.glob("*.before")):
        path.write_bytes(b"spoilt")
    keeper, said = keeper_for(filled, "T001", WORDS, ask=types(SECRET))
    assert (keeper.kept_for_good, said) == (False, WORDS("teach.ledger.damaged"))


def test_the_same_passphrase_in_other_widths_and_forms_is_the_same(data: Path) -> None:
    vault = Vault(data)
    keeper_for(vault, "T001", WORDS, ask=types("ＡＢＣＤ１２３é", "ABCD123e\u0301"))
    keeper, _ = keeper_for(vault, "T001", WORDS, ask=types("ABCD123é"))
    assert keeper.kept_for_good


def test_behind_the_real_fence_a_report_is_read_and_a_run_is_kept(tmp_path: Path) -> None:
    """With argon2 at full strength, in a process whose fence is up, and nothing of a network in it."""
    secret = tmp_path / "secret"
    secret.write_text("eight-or-more\n")
    secret.chmod(0o600)
    code = f"""
import sys
from pathlib import Path
from counterdesk import fence
from counterdesk.cli import main
from counterdesk.locale import Words
from counterdesk.practice.asking import keeper_for
from counterdesk.practice.keeping import default_root
from counterdesk.practice.vault import Vault
given = ["--passphrase-file", {str(secret)!r}]
assert main(["practice", "trainer", *given]) == 0
try:
    open(fence.real_roots()[0] / "x", "w")
except fence.FencedOff:
    pass
else:
    raise SystemExit("there was no fence")
keeper, said = keeper_for(Vault(default_root()), "T001", Words.load("en"), file=Path({str(secret)!r}))
assert keeper.kept_for_good and not said
assert main(["practice", "report", *given]) == 0
assert not [name for name in sys.modules if fence._abroad(name)], "a network"
"""
    environ = {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "T001" in done.stdout
