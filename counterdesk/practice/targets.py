"""What there is to solve: the rules of the catalogue that decide something. To name them takes no search."""

from __future__ import annotations

from typing import Literal, NamedTuple

from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Prompt

_JUDGED = ("BLOCK", "WARN")


class Target(NamedTuple):
    """A rule that is to decide: a prompt or a material of a service. shared: a prompt of every service."""

    service: str
    kind: Literal["prompt", "material"]
    code: str
    shared: bool = False

    @property
    def id(self) -> str:
        """What names it, and the scenario made of it."""
        return f"{'shared' if self.shared else self.service}:{self.code}"

    @property
    def rule(self) -> str:
        """The rule as a debrief names it."""
        return f"{self.kind}:{self.code}"


class Unsolved(NamedTuple):
    """A rule for which there are no two cases, and why: not_in_force, no_calendar (it looks at the last day of the
    case, and the working days of that year are not known), no_complete_case, never_true, never_false."""

    target: Target
    reason: str


def targets(index: Index, service: str = "") -> tuple[Target, ...]:
    """Every BLOCK and WARN prompt and every conditional material, of one service or of all.

    Of all, a shared prompt stands once, and its case is of the first service that has one; of one service, each is
    there as a rule of that service, which need not have a case for it.
    """
    catalog = index.catalog
    found: list[Target] = []
    for one in catalog.services:
        if one.id in catalog.disabled or service not in ("", one.id):
            continue
        found += [Target(one.id, "prompt", prompt.id) for prompt in one.prompts if judged(prompt)]
        found += [Target(one.id, "material", use.code) for use in one.materials if use.when]
    home = service or next(one.id for one in catalog.services if one.id not in catalog.disabled)
    found += [Target(home, "prompt", prompt.id, not service) for prompt in catalog.prompts if judged(prompt)]
    return tuple(found)


def judged(prompt: Prompt) -> bool:
    """Whether a prompt stops or warns at the counter."""
    return prompt.level in _JUDGED and prompt.stage == "intake"
