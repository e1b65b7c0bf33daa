"""What an environment could change in the program, its libraries or its traffic without the officer knowing.

Every way into the program scrubs before anything is imported that reads it. This imports nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping

_PREFIXES = ("TEXTUAL", "JUPYTER_", "KEYRING_PROPERTY_", "TTY_")
_NAMES = ("SSLKEYLOGFILE", "ESCDELAY", "COLUMNS", "LINES", "DATABRICKS_RUNTIME_VERSION", "UNICODE_VERSION")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")
# Of what Python reads, only where and how it runs is kept: the rest starts programs, opens prompts, loads a keyring
# or writes what it sees to the terminal.
_KEPT_OF_PYTHON = {
    *("PYTHONHOME", "PYTHONPATH", "PYTHONUTF8", "PYTHONIOENCODING", "PYTHONCOERCECLOCALE", "PYTHONHASHSEED"),
    *("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONNOUSERSITE", "PYTHONSAFEPATH", "PYTHONUNBUFFERED"),
}


def scrub(environ: MutableMapping[str, str]) -> None:
    """Takes out of the environment what could change the program; what is about colours stays, it is the user's say."""
    for name in list(environ):
        hostile = name.startswith(_PREFIXES) or name in _NAMES or name.lower() in _PROXIES
        if hostile or (name.startswith("PYTHON") and name not in _KEPT_OF_PYTHON):
            del environ[name]
