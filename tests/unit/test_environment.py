"""The environment before anything is imported that reads it, in every way into the program."""

from __future__ import annotations

import subprocess
import sys

import pytest

from counterdesk.environment import scrub

HOSTILE = {
    "TEXTUAL": "debug,devtools",
    "TEXTUAL_DRIVER": "evil:Driver",
    "TEXTUAL_LOG": "/tmp/keys",
    "TEXTUAL_SCREENSHOT": "1",
    "TEXTUAL_PRESS": "f2",
    "SSLKEYLOGFILE": "/tmp/tls",
    "https_proxy": "http://x",
    "HTTPS_PROXY": "http://x",
    "All_Proxy": "socks://x",
    "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    "KEYRING_PROPERTY_FILE": "/tmp/x",
    "PYTHONSTARTUP": "/tmp/x.py",
    "PYTHONINSPECT": "1",
    "PYTHONBREAKPOINT": "os.system",
    "PYTHONASYNCIODEBUG": "1",
    "PYTHONWARNINGS": "default",
    "ESCDELAY": "9000",
    "LINES": "3",
    "JUPYTER_COLUMNS": "3",
}
KEPT = {"PATH": "/bin", "HOME": "/home", "TERM": "xterm", "LANG": "C.UTF-8", "PYTHONUTF8": "1", "NO_COLOR": "1"}


def test_what_could_change_the_program_is_taken_out() -> None:
    environ = HOSTILE | KEPT
    scrub(environ)
    assert environ == KEPT


@pytest.mark.parametrize("entry", ["counterdesk.launcher", "counterdesk.cli"])
def test_every_way_in_scrubs_first(entry: str) -> None:
    """Also where a module of ours is imported before the command runs, as a console script does."""
    code = (
        f"import os, sys\nfrom {entry} import main\nsys.argv[1:] = ['--version']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print(sorted(set({sorted(HOSTILE)}) & set(os.environ)))"
    )
    hostile = {name: value for name, value in HOSTILE.items() if name not in ("PYTHONSTARTUP", "PYTHONINSPECT")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=hostile | {"PATH": "/bin"}
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_process_that_waits_is_small() -> None:
    code = "import sys, counterdesk.launcher; print(*sys.modules)"
    loaded = set(subprocess.check_output([sys.executable, "-c", code], text=True).split())
    assert not loaded & {"argparse", "asyncio", "dataclasses", "logging", "msgspec", "pathlib", "threading", "typing"}
