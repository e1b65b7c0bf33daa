"""A passphrase is changed: of a trainee's ledger, or the trainer's. One opens it, whatever happened on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.torture import passphrase_kills
from counterdesk.catalog.index import Index
from counterdesk.practice import sealed_files
from counterdesk.practice import vault as vaults
from counterdesk.practice.collection import find
from counterdesk.practice.debrief import debrief
from counterdesk.practice.keeping import Keeper, KeepingError
from counterdesk.practice.scenario import Scenario
from counterdesk.practice.scripted import play
from counterdesk.practice.vault import Vault

from .teaching import DAY

pytestmark = pytest.mark.usefixtures("weak_passphrases")

TRAINEE, FORMER, NEW, TRAINER = "T001", "eight-or-more", "another-secret", "trainers-secret"


def practise(index: Index, keeper: Keeper) -> None:
    scenario = find(index, "idcard.renew:P2", DAY)
    assert isinstance(scenario, Scenario)
    record = play(index, scenario)
    keeper.keep(scenario, record, debrief(index, scenario, record), DAY)


def opens(vault: Vault, *secrets: str) -> list[str]:
    """Which of them open the ledger."""
    said = dict.fromkeys(secrets, "")
    for secret in secrets:
        try:
            said[secret] = "recovered" if vault.open(TRAINEE, secret).recovered else "opens"
        except KeepingError as error:
            said[secret] = error.code
    assert set(said.values()) <= {"opens", "wrong_passphrase"}
    return [secret for secret in secrets if said[secret] == "opens"]


def test_the_new_one_opens_all_there_was_and_the_former_nothing(index: Index, vault: Vault) -> None:
    vault.set_trainer(TRAINER)
    keeper = vault.open(TRAINEE, FORMER)
    practise(index, keeper)
    practise(index, keeper)
    vault.change(TRAINEE, FORMER, NEW)
    assert opens(vault, FORMER, NEW) == [NEW]
    again = vault.open(TRAINEE, NEW)
    assert len(again.ledger.runs) == 2
    assert again.run(1).number == 1
    assert len(vault.read_one(TRAINEE, TRAINER).runs) == 2


def test_a_desk_that_is_open_meanwhile_keeps_its_runs_and_does_not_bring_the_former_one_back(
    index: Index, vault: Vault
) -> None:
    keeper = vault.open(TRAINEE, FORMER)
    vault.change(TRAINEE, FORMER, NEW)
    practise(index, keeper)
    practise(index, keeper)
    assert opens(vault, FORMER, NEW) == [NEW]
    assert len(vault.open(TRAINEE, NEW).ledger.runs) == 2


def test_the_ledger_before_opens_with_the_new_one_alone_once_the_newest_is_damaged(index: Index, vault: Vault) -> None:
    practise(index, vault.open(TRAINEE, FORMER))
    vault.change(TRAINEE, FORMER, NEW)
    (file,) = vault._folder.glob("*.ledger")
    file.write_bytes(file.read_bytes()[:50])
    with pytest.raises(KeepingError, match="wrong_passphrase"):
        vault.open(TRAINEE, FORMER)
    assert vault.open(TRAINEE, NEW).recovered
    assert len(vault.open(TRAINEE, NEW).ledger.runs) == 1


@pytest.mark.parametrize("step", range(3))
def test_broken_off_at_any_step_one_of_the_two_opens_it(
    index: Index, vault: Vault, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    keeper = vault.open(TRAINEE, FORMER)
    practise(index, keeper)
    practise(index, keeper)
    steps: list[str] = []

    def until_then(does: Callable[..., None]) -> Callable[..., None]:
        def counted(*arguments: object) -> None:
            if len(steps) == step:
                raise KeyboardInterrupt
            steps.append(does.__name__)
            does(*arguments)

        return counted

    with monkeypatch.context() as broken:
        broken.setattr(vaults, "write", until_then(sealed_files.write))
        broken.setattr(vaults, "remove", until_then(sealed_files.remove))
        with pytest.raises(KeyboardInterrupt):
            vault.change(TRAINEE, FORMER, NEW)
    assert steps == ["remove", "write"][:step]
    (opening,) = opens(vault, FORMER, NEW)
    assert opening == (NEW if step == 2 else FORMER)
    assert len(vault.open(TRAINEE, opening).ledger.runs) == 2


@pytest.mark.parametrize(
    ("former", "new", "trouble"),
    [("something-else", NEW, "wrong_passphrase"), (FORMER, "short", "too_short")],
)
def test_what_is_refused_changes_nothing(vault: Vault, former: str, new: str, trouble: str) -> None:
    vault.open(TRAINEE, FORMER)
    before = {path: path.read_bytes() for path in vault._folder.iterdir() if path.suffix != ".lock"}
    with pytest.raises(KeepingError, match=trouble):
        vault.change(TRAINEE, former, new)
    assert {path: path.read_bytes() for path in vault._folder.iterdir() if path.suffix != ".lock"} == before


def test_whoever_has_no_ledger_gets_none_by_it(vault: Vault) -> None:
    with pytest.raises(KeepingError, match="no_ledger"):
        vault.change(TRAINEE, FORMER, NEW)
    assert not vault.has(TRAINEE)


def test_the_trainer_keeps_his_keys(index: Index, vault: Vault) -> None:
    vault.set_trainer(TRAINER)
    practise(index, vault.open(TRAINEE, FORMER))
    vault.change_trainer(TRAINER, "trainers-other")
    assert len(vault.read_one(TRAINEE, "trainers-other").runs) == 1
    for secret, new, trouble in ((TRAINER, NEW, "wrong_passphrase"), ("trainers-other", "short", "too_short")):
        with pytest.raises(KeepingError, match=trouble):
            vault.change_trainer(secret, new)
    assert len(vault.read_one(TRAINEE, "trainers-other").runs) == 1


def test_it_outlives_a_few_kills() -> None:
    outcome = passphrase_kills.run(2, 7)
    assert outcome.violations == 0, outcome
    assert outcome.control > 0, outcome
