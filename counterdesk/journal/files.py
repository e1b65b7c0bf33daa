"""Where a journal lies, and whether the file system is one that can keep it."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from counterdesk.disk import WAL
from counterdesk.journal.model import JournalUnsafe
from counterdesk.station.exchange import Mode

SUFFIX = ".journal"
_MOUNTS = Path("/proc/self/mountinfo")
# Locks and fsync over these are what the other side makes of them.
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "ceph", "lustre", "gfs2", "ocfs2", "davfs", "coda"}
    | {"fuse.sshfs", "fuse.glusterfs", "fuse.s3fs"}
)


def journal_path(root: Path, mode: Mode, station: str, counter: str) -> Path:
    """The journal of a counter of a station, by mode, under `root`; whatever characters the ids have.

    One a counter and not one a station: several counters may be served from one account of one machine.
    """
    return root / "journal" / mode / f"{quote(station, safe='')}.{quote(counter, safe='')}{SUFFIX}"


def journals(root: Path) -> list[Path]:
    """All journals under `root`."""
    return sorted((root / "journal").glob(f"*/*{SUFFIX}"))


def prepare(path: Path) -> None:
    """Make folder (0700) and file (0600) unless they are there, and see that nobody else can change them.

    Raises: JournalUnsafe, OSError.
    """
    _make_folder(path.parent)
    if file_system(path.parent) in _NETWORK:
        raise JournalUnsafe("network_file_system")
    if path.parent.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise JournalUnsafe("folder_open_to_others")
    try:
        # Made here and not by SQLite: the -wal file gets the mode of the file.
        made = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        # Never opened here: closing it would give back the locks that a journal of this process holds on it.
        for name in (path, path.with_name(path.name + WAL)):
            _tighten(name)
        return
    try:
        os.fsync(made)
    finally:
        os.close(made)
    _sync_folder(path.parent)


def sizes(path: Path) -> dict[str, int]:
    """Bytes of the file and of its WAL, 0 for what is not there."""
    found = {}
    for name, file in (("file_bytes", path), ("wal_bytes", path.with_name(path.name + WAL))):
        try:
            found[name] = file.stat().st_size
        except OSError:
            found[name] = 0
    return found


def file_system(path: Path) -> str:
    """The kind of file system that `path` is on, as the kernel calls it; "" where it does not say."""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    place, best, kind = os.path.realpath(path), "", ""
    for line in lines:
        before, _, after = line.partition(" - ")
        if len(fields := before.split()) < 5 or not after:
            continue
        mount = _unescaped(fields[4])
        inside = place == mount or place.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):  # the last of equals: it lies over the others
            best, kind = mount, after.split()[0]
    return kind


def _unescaped(mount: str) -> str:
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        mount = mount.replace(code, character)
    return mount


def _make_folder(folder: Path) -> None:
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        with suppress(FileExistsError):  # another desk was quicker
            new.mkdir(mode=0o700)
        _sync_folder(new.parent)


def _tighten(path: Path) -> None:
    """See that a file that is there is ours alone. Raises: JournalUnsafe."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(found.st_mode):
        raise JournalUnsafe("not_a_file")
    if found.st_uid != os.geteuid():
        raise JournalUnsafe("not_ours")
    if found.st_mode & 0o077:
        path.chmod(0o600)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
