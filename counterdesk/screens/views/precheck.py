"""What a guide saw of somebody's papers before the wait, in words. It settles nothing: the officer looks himself."""

from __future__ import annotations

from collections.abc import Mapping

from counterdesk.catalog.assess import MaterialState
from counterdesk.screens.views.scene import Scene
from counterdesk.station.model import Precheck, PrecheckMark

MARKS: tuple[PrecheckMark, ...] = ("have", "missing", "unsure")
"""In the order of their digits."""


def marks_text(scene: Scene, marks: Mapping[str, PrecheckMark]) -> str:
    """How many papers are there, missing and in doubt."""
    counts = {mark: sum(found == mark for found in marks.values()) for mark in MARKS}
    parts = [scene.words(f"precheck.count_{mark}", count=count) for mark, count in counts.items() if count]
    return scene.words("precheck.seen", marks=" ".join(parts))


def precheck_text(scene: Scene, seen: Precheck) -> str:
    """The same with the service that it was for and who looked; the officer still looks himself."""
    marks, service = marks_text(scene, seen.materials), scene.service_name(seen.service)
    return scene.words("precheck.by", seen=marks, service=service, officer=seen.by)


def precheck_mark(scene: Scene, material: MaterialState) -> str:
    """What a guide saw of a paper that the officer has not looked at yet; "" for nothing."""
    mark = scene.seen.get(material.use.code, "")
    return scene.words("precheck.mark", mark=mark) if mark and material.status == "open" else ""
