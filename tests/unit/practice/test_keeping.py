"""A ledger on disk: sealed, whole after a crash, never lost without a word, and read by trainee and trainer alone."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from counterdesk.catalog.index import Index
from counterdesk.practice import keeping
from counterdesk.practice import vault as vaults
from counterdesk.practice.debrief import debrief
from counterdesk.practice.generated import generated
from counterdesk.practice.keeping import Keeper, KeepingError
from counterdesk.practice.ledger import Ledger
from counterdesk.practice.run import Record
from counterdesk.practice.scenario import Scenario
from counterdesk.practice.scripted import play, play_randomly
from counterdesk.practice.vault import Vault

from .teaching import DAY

pytestmark = pytest.mark.usefixtures("weak_passphrases")

TRAINEE, SECRET, TRAINER = "T001-031234", "eight-or-more", "trainers-secret"


@pytest.fixture(scope="module")
def remote(index: Index) -> Scenario:
    found = generated(index, "idcard.renew:P2", DAY)
    assert isinstance(found, Scenario)
    return found


def practise(index: Index, keeper: Keeper, scenario: Scenario, ignores: str = "") -> Record:
    record = play(index, scenario, ignores=ignores)
    keeper.keep(scenario, record, debrief(index, scenario, record), DAY)
    return record


def files(vault: Vault) -> list[Path]:
    return sorted(path for path in vault._folder.parent.rglob("*") if path.is_file())


def ledger_file(vault: Vault) -> Path:
    (found,) = vault._folder.glob("*.ledger")
    return found


def code(raised: pytest.ExceptionInfo[KeepingError]) -> str:
    return raised.value.code


def _refused(act: Callable[[], object]) -> str:
    try:
        act()
    except KeepingError as error:
        return error.code
    return ""


def test_what_was_practised_is_there_again_and_nobody_can_read_it_on_the_disk(
    index: Index, vault: Vault, remote: Scenario
) -> None:
    keeper = vault.open(TRAINEE, SECRET)
    assert not keeper.recovered
    assert keeper.kept_for_good
    practise(index, keeper, remote, "prompt:P2")
    practise(index, keeper, remote)
    again = Vault(vault._folder.parent).open(TRAINEE, SECRET)
    assert again.ledger == keeper.ledger
    assert [run.score < 100 for run in again.ledger.runs] == [True, False]
    assert again.runs == (1, 2)
    for path in files(vault):
        assert TRAINEE not in path.name
        data = path.read_bytes()
        assert not any(word in data for word in (TRAINEE.encode(), b"idcard", b"prompt", SECRET.encode())), path.name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(path.parent.stat().st_mode) for path in files(vault)} == {0o700}


def test_each_trainee_has_a_ledger_and_a_passphrase_of_his_own(vault: Vault) -> None:
    for trainee, secret in ((TRAINEE, SECRET), ("T002", "another-secret")):
        assert not vault.has(trainee)
        assert vault.open(trainee, secret).ledger == Ledger(trainee=trainee)
        assert vault.has(trainee)
    for trainee, secret in ((TRAINEE, "another-secret"), ("T002", SECRET), ("T002", "")):
        with pytest.raises(KeepingError) as raised:
            vault.open(trainee, secret)
        assert code(raised) == "wrong_passphrase"
    with pytest.raises(KeepingError) as raised:
        vault.open("T003", "seven77")
    assert code(raised) == "too_short"
    assert not vault.has("T003")


def test_a_ledger_that_was_given_to_somebody_else_does_not_open(vault: Vault) -> None:
    vault.open(TRAINEE, SECRET)
    vault.open("T002", SECRET)
    one, other = sorted(vault._folder.glob("*.ledger"))
    os.replace(one, other)
    results = [_refused(partial(vault.open, trainee, SECRET)) for trainee in (TRAINEE, "T002")]
    assert sorted(results) == ["", "wrong_passphrase"]  # that of the other one was gone, and is made anew


@pytest.mark.parametrize("way", ["cut", "flipped", "emptied", "another", "deep", "slot"])
def test_a_damaged_ledger_is_put_aside_and_the_one_before_is_taken_and_said(
    index: Index, vault: Vault, remote: Scenario, way: str
) -> None:
    keeper = vault.open(TRAINEE, SECRET)
    practise(index, keeper, remote)
    before = keeper.ledger
    practise(index, keeper, remote)
    path = ledger_file(vault)
    data = path.read_bytes()
    spoilt = {
        "cut": data[: len(data) // 2],
        "flipped": data[:-20] + bytes([data[-20] ^ 1]) + data[-19:],
        "emptied": b"",
        "another": b'{"format": 1}',
        "deep": b"[" * 100_000,
        "slot": data.replace(b'"wrapped":"', b'"wrapped":"AAAA', 1),
    }[way]
    path.write_bytes(spoilt)
    again = vault.open(TRAINEE, SECRET)
    assert again.recovered
    assert again.ledger == before
    (aside,) = vault._folder.glob("*.damaged-*")
    assert aside.read_bytes() == spoilt
    assert not vault.open(TRAINEE, SECRET).recovered, "it was mended"


def test_where_nothing_opens_nothing_is_touched(index: Index, vault: Vault, remote: Scenario) -> None:
    practise(index, vault.open(TRAINEE, SECRET), remote)
    for path in (ledger_file(vault), ledger_file(vault).with_suffix(".before")):
        path.write_bytes(b"spoilt")
    before = {path: path.read_bytes() for path in files(vault)}
    with pytest.raises(KeepingError) as raised:
        vault.open(TRAINEE, SECRET)
    assert code(raised) == "damaged"
    assert {path: path.read_bytes() for path in files(vault)} == before


def test_one_of_a_newer_program_is_left_alone(vault: Vault) -> None:
    vault.open(TRAINEE, SECRET)
    path = ledger_file(vault)
    path.write_bytes(path.read_bytes().replace(b'"format":1', b'"format":2'))
    with pytest.raises(KeepingError) as raised:
        vault.open(TRAINEE, SECRET)
    assert code(raised) == "newer"


def test_two_programs_at_once_lose_no_run(index: Index, vault: Vault, remote: Scenario) -> None:
    one, other = vault.open(TRAINEE, SECRET), vault.open(TRAINEE, SECRET)
    for keeper in (one, other, one):
        practise(index, keeper, remote)
    assert [run.number for run in one.ledger.runs] == [1, 2, 3]
    assert vault.open(TRAINEE, SECRET).ledger == one.ledger


@pytest.mark.parametrize("way", ["spoilt", "deleted"])
def test_what_is_lost_on_disk_while_it_is_open_is_written_again(
    index: Index, vault: Vault, remote: Scenario, way: str
) -> None:
    keeper = vault.open(TRAINEE, SECRET)
    practise(index, keeper, remote)
    path = ledger_file(vault)
    path.write_bytes(b"x") if way == "spoilt" else path.unlink()
    practise(index, keeper, remote)
    assert keeper.recovered is (way == "spoilt")
    assert len(vault.open(TRAINEE, SECRET).ledger.runs) == 2


@pytest.mark.parametrize("call", ["fsync", "replace", "open"])
@pytest.mark.parametrize("nth", range(4))
def test_when_the_disk_fails_it_is_said_and_the_ledger_before_still_opens(
    index: Index, vault: Vault, remote: Scenario, monkeypatch: pytest.MonkeyPatch, call: str, nth: int
) -> None:
    keeper = vault.open(TRAINEE, SECRET)
    practise(index, keeper, remote)
    before = keeper.ledger
    real, calls = getattr(os, call), 0

    def failing(*args: object, **kwargs: object) -> object:
        nonlocal calls
        calls += 1
        if calls == nth + 1:
            raise OSError(errno.ENOSPC, "planted")
        return real(*args, **kwargs)

    with monkeypatch.context() as planted:
        planted.setattr(os, call, failing)
        failed = _refused(lambda: practise(index, keeper, remote))
    assert failed == ("io" if calls > nth else "")
    found = vault.open(TRAINEE, SECRET).ledger
    # Once the new file has its name it may be there although its folder could not be synced: never half of it.
    assert found.runs[:1] == before.runs
    assert len(found.runs) == 2 or failed
    assert not list(vault._folder.rglob(".*"))


def test_a_run_is_judged_again_as_it_was(index: Index, vault: Vault, remote: Scenario) -> None:
    keeper = vault.open(TRAINEE, SECRET)
    for seed in range(12):
        record = play_randomly(index, remote, seed)
        found = debrief(index, remote, record)
        number = keeper.keep(remote, record, found, DAY)
        kept = vault.open(TRAINEE, SECRET).run(number)
        assert kept.record == record
        assert kept.debrief(index) == found
        assert kept.record.catalog == index.catalog.sha256
    for number in (0, 99):
        with pytest.raises(KeepingError) as raised:
            keeper.run(number)
        assert code(raised) == "no_run"


def test_a_run_that_was_exchanged_for_another_does_not_open(index: Index, vault: Vault, remote: Scenario) -> None:
    keeper = vault.open(TRAINEE, SECRET)
    practise(index, keeper, remote, "prompt:P2")
    practise(index, keeper, remote)
    (folder,) = vault._folder.glob("*.runs")
    (folder / "1.run").write_bytes((folder / "2.run").read_bytes())
    with pytest.raises(KeepingError) as raised:
        keeper.run(1)
    assert code(raised) == "damaged"


def test_only_the_newest_runs_can_be_replayed_and_the_ledger_has_all(
    index: Index, vault: Vault, remote: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (keeping, vaults):
        monkeypatch.setattr(module, "KEPT_RUNS", 2)
    for keeper in (vault.open(TRAINEE, SECRET), Keeper(TRAINEE)):
        for _ in range(4):
            practise(index, keeper, remote)
        assert keeper.runs == (3, 4)
        assert [run.number for run in keeper.ledger.runs] == [1, 2, 3, 4]
        assert keeper.run(4).number == 4


def test_in_memory_it_is_the_same_and_nothing_is_written(index: Index, vault: Vault, remote: Scenario) -> None:
    keeper = Keeper(TRAINEE)
    assert not keeper.kept_for_good
    practise(index, keeper, remote)
    number = keeper.begin_attempt("basics", "d", DAY, 80)
    keeper.finish_attempt(number, 90, 60, (90,))
    sealed = vault.open(TRAINEE, SECRET)
    practise(index, sealed, remote)
    sealed.finish_attempt(sealed.begin_attempt("basics", "d", DAY, 80), 90, 60, (90,))
    assert keeper.ledger == sealed.ledger
    with pytest.raises(KeepingError):
        keeper.run(9)


def test_an_attempt_that_was_broken_off_stays(vault: Vault) -> None:
    vault.open(TRAINEE, SECRET).begin_attempt("basics", "d", DAY, 80)
    again = vault.open(TRAINEE, SECRET)
    assert [one.finished for one in again.ledger.attempts] == [False]
    assert again.begin_attempt("basics", "d", DAY, 80) == 2


# --- the trainer --------------------------------------------------------------------------------------------------


def test_a_trainer_reads_every_ledger_that_was_opened_since_he_set_his_passphrase(
    index: Index, vault: Vault, remote: Scenario
) -> None:
    old = vault.open("T000", SECRET)
    with pytest.raises(KeepingError) as raised:
        list(vault.read_all(TRAINER))
    assert code(raised) == "no_trainer"
    vault.set_trainer(TRAINER)
    assert vault.has_trainer
    keeper = vault.open(TRAINEE, SECRET)
    practise(index, keeper, remote)
    found = list(vault.read_all(TRAINER))
    assert [one.code for one in found if isinstance(one, KeepingError)] == ["not_shared"]
    assert [one for one in found if isinstance(one, Ledger)] == [keeper.ledger]
    vault.open("T000", SECRET)
    assert old.ledger in list(vault.read_all(TRAINER))
    with pytest.raises(KeepingError) as raised:
        list(vault.read_all(SECRET))
    assert code(raised) == "wrong_passphrase"


def test_with_new_keys_the_trainer_reads_what_was_opened_since(vault: Vault) -> None:
    vault.set_trainer(TRAINER)
    vault.open(TRAINEE, SECRET)
    vault.set_trainer("another-secret")
    assert [str(one) for one in vault.read_all("another-secret")] == ["not_shared"]
    vault.open(TRAINEE, SECRET)
    assert list(vault.read_all("another-secret")) == [Ledger(trainee=TRAINEE)]
    with pytest.raises(KeepingError) as raised:
        vault.set_trainer("short")
    assert code(raised) == "too_short"


def test_one_damaged_ledger_keeps_the_trainer_from_no_other(index: Index, vault: Vault, remote: Scenario) -> None:
    vault.set_trainer(TRAINER)
    vault.open(TRAINEE, SECRET)
    ledger_file(vault).write_bytes(b"spoilt")
    practise(index, vault.open("T002", SECRET), remote)
    found = list(vault.read_all(TRAINER))
    assert sorted(type(one).__name__ for one in found) == ["KeepingError", "Ledger"]
    vault._trainer.write_bytes(b"spoilt")
    with pytest.raises(KeepingError) as raised:
        list(vault.read_all(TRAINER))
    assert code(raised) == "damaged"
    vault.open("T002", SECRET)  # the trainee's own way is not shut by it
