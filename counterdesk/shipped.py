"""What the program ships beside its modules: the catalogue, the words, exercises, the journal's schema."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def beside(module_file: str, package: str) -> Traversable:
    """The folder of a package, on the disk or in a packed archive.

    module_file: the `__file__` of a module in it. On the disk this is a plain path: importlib.resources brings zipfile
    and a dozen more modules, which each start would wait for and each desk keep.
    """
    folder = Path(module_file).parent
    if folder.is_dir():
        return folder
    from importlib.resources import files

    return files(package)
