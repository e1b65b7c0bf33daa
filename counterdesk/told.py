"""What stands in the way of a command, as code and values; whoever catches it says it in the reader's language."""

from __future__ import annotations

import errno

from counterdesk.locale import Words
from counterdesk.text import clean

_OF_FILES = {
    errno.ENOENT: "no_file",
    errno.ENOTDIR: "no_file",
    errno.EACCES: "no_access",
    errno.EPERM: "no_access",
    errno.EISDIR: "folder",
    errno.EADDRINUSE: "port_in_use",
}


class Told(Exception):
    """Something that cannot be used. key: of the words. values: what fills their blanks, never anybody's data."""

    def __init__(self, key: str, /, **values: str | int) -> None:
        super().__init__(key)
        self.key = key
        self.values = values

    def in_words(self, words: Words) -> str:
        """One line that says what is wrong and what to do."""
        values = {name: clean(value) if isinstance(value, str) else value for name, value in self.values.items()}
        return words(self.key, **values)

    def __str__(self) -> str:
        return self.in_words(Words.load("en"))


def file_code(error: OSError) -> str:
    """The code of one of the usual reasons (`cli.file.<code>`), else what the system says."""
    return _OF_FILES.get(error.errno or 0) or clean(error.strerror or str(error))


def file_problem(error: OSError, words: Words) -> str:
    """Why a file cannot be used, in words where it is one of the usual reasons, else as the system says it."""
    return words("cli.file_problem", problem=file_code(error))
