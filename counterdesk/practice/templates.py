"""Case files for simulated officers: complete ones, each with persons of its own."""

from __future__ import annotations

from datetime import date

import msgspec

from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.index import Index
from counterdesk.practice.chance import chance
from counterdesk.practice.fill import complete


class Templates:
    """Complete case files of any service. A service for which none is found gets no cases from the simulation."""

    def __init__(self, seed: int, index: Index) -> None:
        self._seed = seed
        self._index = index
        self._without: set[str] = set()

    def case_file(self, service: str, case: str, today: date) -> CaseFile | None:
        """A file that the gate lets through on `today`, still to be written; the same for the same case."""
        if service in self._without:
            return None
        draw = chance(self._seed, "file", case)
        file = complete(self._index, draw.getrandbits(32), service, today, draw.randrange(64))
        if file is None:
            self._without.add(service)
            return None
        return msgspec.structs.replace(file, case=case, catalog=self._index.catalog.sha256)

    def late_paper(self, file: CaseFile) -> str:
        """A paper of a complete file without which it could be accepted only by a shift leader's word; "" for none."""
        return next(
            (
                code
                for code, plan in self._index.plan(file.service).materials.items()
                if plan.deferrable
                and plan.use.necessity == "required"
                and not plan.use.one_of
                and file.materials.get(code) == "verified"
            ),
            "",
        )

    def has(self, service: str) -> bool:
        """Whether a complete case of this service can be made, as far as is known."""
        return service not in self._without
