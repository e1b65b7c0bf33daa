"""The fence around practice: what a trainee does reaches no network, no other program and no real data.

An audit hook (PEP 578) cannot be taken away again in the process that has put it up. It sees what goes through Python;
native clients would pass under it, so none of them may be imported here either.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

OUTSIDE = frozenset(
    {
        *("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"),
        *("socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo", "subprocess.Popen", "os.system"),
        *("os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "pty.spawn", "ctypes.dlopen", "urllib.Request"),
    }
)
"""Events that lead out of this process."""
ABROAD = frozenset(
    {
        *("httpx", "keyring", "requests", "asyncpg", "psycopg", "apsw", "uvloop", "uvicorn", "starlette"),
        *("counterdesk.backends.http", "counterdesk.backends.lean_httpx", "mock_server"),
    }
)
"""Modules through which it could be reached all the same."""
_PATHS = {
    "open": 1,
    "os.listdir": 1,
    "os.scandir": 1,
    "os.mkdir": 1,
    "os.remove": 1,
    "os.rmdir": 1,
    "os.chmod": 1,
    "os.truncate": 1,
    "os.utime": 1,
    "os.rename": 2,
    "os.link": 2,
    "os.symlink": 2,
    "shutil.move": 2,
    "shutil.copyfile": 2,
    "sqlite3.connect": 1,
}
"""Events that name files, with how many."""
_CODE = (".py", ".pyc")
_WITHIN = tuple(f"{name}." for name in ABROAD)


class FencedOff(PermissionError):
    """Practice tried to reach something real. what: the kind of thing, never its name."""

    def __init__(self, what: str) -> None:
        super().__init__(f"practice reaches nothing real: {what}")
        self.what = what


def real_roots() -> tuple[Path, ...]:
    """Where the real desk keeps its data."""
    from platformdirs import user_data_path

    return (user_data_path("counterdesk"),)


def put_up(roots: Iterable[Path] | None = None) -> None:
    """From now on and until this process ends, everything outside raises FencedOff."""
    forbidden = tuple(os.path.realpath(root) for root in (real_roots() if roots is None else roots))
    folder = lru_cache(os.path.realpath)  # a start imports hundreds of files out of a few folders

    def inside(name: object) -> bool:
        if isinstance(name, bytes | str | os.PathLike):
            path = os.fsdecode(name)
            if path.endswith(_CODE) and os.path.isabs(path) and not os.path.islink(path):
                path = os.path.join(folder(os.path.dirname(path)), os.path.basename(path))
            else:
                path = os.path.realpath(path)
            return any(path == root or path.startswith(root + os.sep) for root in forbidden)
        return False

    def look(event: str, args: tuple[object, ...]) -> None:
        if event in OUTSIDE:
            raise FencedOff(event)
        if event == "import" and args and _abroad(str(args[0])):
            raise FencedOff("import")
        if (count := _PATHS.get(event)) and any(inside(name) for name in args[:count]):
            raise FencedOff(event)

    sys.addaudithook(look)


def _abroad(module: str) -> bool:
    return module in ABROAD or module.startswith(_WITHIN)
