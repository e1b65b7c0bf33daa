"""How near a case is to making a condition true: what guides the search for cases."""

from __future__ import annotations

from datetime import date

from counterdesk.catalog import conditions as c
from counterdesk.catalog.assess import Run
from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.conditions import IRRELEVANT, Node
from counterdesk.catalog.plan import Plan, reads

_DEPTH = 4


class Probe:
    """Evaluates one condition of a service in case files: only what it hangs on."""

    def __init__(self, plan: Plan, when: Node, day: date) -> None:
        self._plan = plan
        self._when = when
        self._day = day
        wanted = set(reads(when))
        todo = list(wanted)
        while todo:
            for name in plan.needs.get(todo.pop(), frozenset()):
                if name not in wanted:
                    wanted.add(name)
                    todo.append(name)
        self._order = [name for name in plan.order if name in wanted]

    def look(self, file: CaseFile, role: str, open_case: str) -> tuple[bool | None, float]:
        """What the condition comes to, and how near it is to true, 0 to 1."""
        run = Run(self._plan, file, self._day, role, open_case, ())
        run.facts.values.update(dict.fromkeys(self._plan.absent, IRRELEVANT))
        for name in self._order:
            run.evaluate_name(name)
        value = self._when.truth(run.facts)
        return value, 1.0 if value is True else self._near(self._when, True, run, _DEPTH)

    def _near(self, node: Node, wanted: bool, run: Run, depth: int) -> float:
        if node.truth(run.facts) is wanted:
            return 1.0
        match node:
            case c.Not():
                return self._near(node.part, not wanted, run, depth)
            case c.Junction():
                parts = [self._near(part, wanted, run, depth) for part in node.parts]
                return max(parts) if node.decider is wanted else sum(parts) / len(parts) * 0.99
        return self._behind(node, run, depth)

    def _behind(self, node: Node, run: Run, depth: int) -> float:
        """A comparison that fails may be near because the facts that it hangs on are near to being asked."""
        best = 0.0
        if depth:
            for name in node.names:
                fact = self._plan.facts.get(name)
                if fact is None:
                    continue
                if run.facts.values.get(name) is IRRELEVANT and fact.relevant is not None:
                    best = max(best, 0.6 * self._near(fact.relevant, True, run, depth - 1))
                for row, _ in fact.rows:
                    if row.truth(run.facts) is not True:
                        best = max(best, 0.5 * self._near(row, True, run, depth - 1))
                if fact.compute is not None and not isinstance(fact.compute, c.Ref):
                    best = max(best, 0.5 * self._near(fact.compute, True, run, depth - 1))
        return best
