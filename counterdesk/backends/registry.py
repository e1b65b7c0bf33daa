"""Which backends there are. All are found as entry points of the group `counterdesk.backends`, our own like others.

Our own are known here as well: to look through all that is installed costs each start some milliseconds, and a desk
that uses none of the others the modules that it takes.

A package adds one in its pyproject.toml:

    [project.entry-points."counterdesk.backends"]
    myhall = "myhall.backend:MyBackend"
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from counterdesk.backends.base import Backend

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

GROUP = "counterdesk.backends"
OWN = {
    "http": "counterdesk.backends.http:HttpBackend",
    "practice": "counterdesk.backends.practice:PracticeBackend",
}
"""As in pyproject.toml: module and class by name."""


class UnknownBackend(LookupError):
    """No backend has this name. known: those that there are."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"no backend {name!r}; known: {', '.join(known) or 'none'}")
        self.name = name
        self.known = known


class BrokenBackend(Exception):
    """A backend that is installed but cannot be used; the cause is its own error, where there is one."""

    def __init__(self, name: str, where: str, why: str) -> None:
        super().__init__(f"backend {name!r} ({where}) cannot be used: {why}")
        self.name = name


def entry_points(group: str) -> EntryPoints:
    """What is installed for a group."""
    from importlib.metadata import entry_points as installed

    return installed(group=group)


def _found() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def names() -> tuple[str, ...]:
    """The names of all backends, sorted; none of them is imported."""
    return tuple(sorted(_found()))


def known(name: str) -> bool:
    """Whether there is a backend of this name; it is not imported."""
    return name in OWN or name in _found()


def load(name: str) -> type[Backend]:
    """The class of a backend. Raises: UnknownBackend; BrokenBackend if it cannot be imported or is no Backend."""
    if name in OWN:
        module, _, kind = OWN[name].partition(":")
        own: type[Backend] = getattr(import_module(module), kind)
        return own
    found = _found()
    if name not in found:
        raise UnknownBackend(name, tuple(sorted(found)))
    where = found[name].value
    try:
        backend: object = found[name].load()
    except Exception as error:  # a stranger's module may fail in any way
        raise BrokenBackend(name, where, f"{type(error).__name__}: {error}") from error
    if not (isinstance(backend, type) and issubclass(backend, Backend)):
        raise BrokenBackend(name, where, "it is no Backend")
    return backend
