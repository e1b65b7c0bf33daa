"""Keyrings as they are met on terminals without a desktop, as packages that stand in the place of the real one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

from counterdesk.journal import keyring_child

_PACKAGE = """
import importlib

def get_keyring():
    return getattr(importlib.import_module({module!r}), {kind!r})()

def set_password(service, account, secret):
    get_keyring().set_password(service, account, secret)

def get_password(service, account):
    return get_keyring().get_password(service, account)
"""
_ERRORS = """
class KeyringError(Exception): pass
class NoKeyringError(KeyringError, RuntimeError): pass
class InitError(KeyringError): pass
class KeyringLocked(KeyringError): pass
"""
_FILE = """
import base64, json, os
STORE = {store!r}

class {kind}:
    def _all(self):
        return json.load(open(STORE)) if os.path.exists(STORE) else {{}}
    def _put(self, kept):
        with open(STORE, "w") as out:
            json.dump(kept, out)
    def set_password(self, service, account, secret):
        kept = self._all()
        kept[service + "/" + account] = base64.b64encode(secret.encode()).decode()
        self._put(kept)
    def get_password(self, service, account):
        found = self._all().get(service + "/" + account)
        return None if found is None else base64.b64decode(found).decode()
    def delete_password(self, service, account):
        kept = self._all()
        del kept[service + "/" + account]
        self._put(kept)
"""
_RAISES = """
import sys
from keyring.errors import *

class {kind}:
    def set_password(self, *given):
        print("** Message: from the daemon", flush=True)
        print("** Message: from the daemon", file=sys.stderr, flush=True)
        raise {error}
    get_password = delete_password = set_password
"""
_NULL = """
class Keyring:
    def set_password(self, *given): pass
    def get_password(self, *given): return None
    delete_password = set_password
"""
_HANGS = """
import threading

class Keyring:
    def set_password(self, *given): threading.Event().wait()
    get_password = delete_password = set_password
"""
_DIES = """
import os

class Keyring:
    def set_password(self, *given): os._exit(9)
    get_password = delete_password = set_password
"""
_CHAIN = """
from keyring.backends.SecretService import Keyring
from keyrings.alt.file import PlaintextKeyring

class ChainerBackend:
    backends = [Keyring(), PlaintextKeyring()]
    def set_password(self, *given): self.backends[1].set_password(*given)
    def get_password(self, *given): return self.backends[1].get_password(*given)
"""
_SECRET_SERVICE = "keyring.backends.SecretService"
_PLAIN = "keyrings.alt.file"


class Situation(NamedTuple):
    """A keyring that is met. kind: the class in `module`. code: what the probe must say. kept: whether secrets may be
    in its store, because it is a keyring of the system."""

    name: str
    module: str
    kind: str
    source: str
    code: str
    kept: bool = False


SITUATIONS = (
    Situation("no bus", "keyring.backends.fail", "Keyring", _RAISES, "none"),
    Situation("null backend", "keyring.backends.null", "Keyring", _NULL, "refused_backend"),
    Situation("plain file", _PLAIN, "PlaintextKeyring", _FILE, "refused_backend"),
    Situation("prompt dismissed", _SECRET_SERVICE, "Keyring", _RAISES, "locked"),
    Situation("locked", _SECRET_SERVICE, "Keyring", _RAISES, "locked"),
    Situation("unlocked", _SECRET_SERVICE, "Keyring", _FILE, "ok", kept=True),
    Situation("prompt elsewhere", _SECRET_SERVICE, "Keyring", _HANGS, "timeout"),
    Situation("forgets", _SECRET_SERVICE, "Keyring", _NULL, "failed"),
    Situation("chain with a plain file", "keyring.backends.chainer", "ChainerBackend", _CHAIN, "refused_backend"),
    Situation("dies", _SECRET_SERVICE, "Keyring", _DIES, "failed"),
)
_ERROR_OF = {"no bus": "NoKeyringError()", "prompt dismissed": "InitError('dismissed')", "locked": "KeyringLocked()"}


def install(situation: Situation, folder: Path) -> tuple[str, ...]:
    """Write the packages into `folder`; returns the command that asks the keyring with them in place of the real."""
    stubs = folder / "stubs"
    store = str(folder / "store")
    sources = {
        "keyring": _PACKAGE.format(module=situation.module, kind=situation.kind),
        "keyring.errors": _ERRORS,
        "keyring.backends": "",
        "keyrings": "",
        "keyrings.alt": "",
        _SECRET_SERVICE: _NULL,
        _PLAIN: _FILE.format(store=store, kind="PlaintextKeyring"),
        situation.module: situation.source.format(
            store=store, kind=situation.kind, error=_ERROR_OF.get(situation.name, "KeyringError()")
        )
        if situation.source in (_FILE, _RAISES)
        else situation.source,
    }
    packages = {name.rpartition(".")[0] for name in sources} | {"keyring"}
    for name, source in sources.items():
        path = stubs.joinpath(*name.split("."))
        file = path / "__init__.py" if name in packages else path.with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
    start = f"import sys, runpy; sys.path.insert(0, {str(stubs)!r}); "
    return (sys.executable, "-I", "-c", start + f"runpy.run_path({keyring_child.__file__!r}, run_name='__main__')")


def naive(situation: Situation, folder: Path, secret: str) -> tuple[str, ...]:
    """The control: a program that uses the keyring as its documentation shows, with a try around it. Prints what it got
    back."""
    install(situation, folder)
    return (
        sys.executable,
        "-I",
        "-c",
        f"import sys; sys.path.insert(0, {str(folder / 'stubs')!r})\n"
        "import keyring\n"
        "try:\n"
        f"    keyring.set_password('desk', 'officer', {secret!r})\n"
        "    print('kept')\n"
        "    print(keyring.get_password('desk', 'officer'))\n"
        "except Exception:\n"
        "    print('memory')\n",
    )
