"""The officers of the demonstration station. All names are invented."""

from __future__ import annotations

import secrets

import msgspec
from argon2 import PasswordHasher

from counterdesk.station.roles import Actor
from mock_server.store.base import Account

OFFICER = "031234"
COUNTER = "3"
LEADER = "031230"
GUIDE = "031240"

_PEOPLE = (
    (Actor(id=LEADER, role="leader"), "周明远"),
    (Actor(id="031231", role="officer"), "何静"),
    (Actor(id="031232", role="officer"), "孙立群"),
    (Actor(id="031233", role="officer"), "吴晓燕"),
    (Actor(id=OFFICER, role="officer", grants=frozenset({"cherry_pick"})), "陈国栋"),
    (Actor(id="031239", role="auxiliary"), "林小雨"),
    (Actor(id=GUIDE, role="guide"), "许安然"),
    (Actor(id="board", role="board"), "叫号屏"),
)


class Demo(msgspec.Struct, frozen=True, kw_only=True):
    """How to sign in to the demonstration. officer serves at counter; leader and guide at none."""

    station: str
    officer: str
    counter: str
    leader: str
    guide: str
    password: str

    def __repr__(self) -> str:
        return "Demo(…)"


def demo_accounts(station: str, passwords: PasswordHasher) -> tuple[Demo, tuple[Account, ...]]:
    """The demonstration's officers, all with one new random password."""
    password = f"{secrets.randbelow(10**8):08d}"  # typed by hand after the desk was locked
    hashed = passwords.hash(password)
    accounts = tuple(Account(station=station, actor=actor, name=name, password=hashed) for actor, name in _PEOPLE)
    demo = Demo(station=station, officer=OFFICER, counter=COUNTER, leader=LEADER, guide=GUIDE, password=password)
    return demo, accounts
