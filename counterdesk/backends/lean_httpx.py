"""httpx without its command line.

Where click is installed, httpx imports the command it ships, and with it a syntax highlighter: 60 ms and 3.5 MB for
nothing. A module that stands as None in `sys.modules` is one that cannot be imported, and httpx is prepared for that.
"""

from __future__ import annotations

import sys

_COMMAND = "httpx._main"
_known = _COMMAND in sys.modules
if not _known:
    sys.modules[_COMMAND] = None  # type: ignore[assignment]
try:
    import httpx
finally:
    if not _known:
        del sys.modules[_COMMAND]

__all__ = ["httpx"]
