"""The process that touches the system keyring: run as a script by keyring_probe.py, never imported by counterdesk.

A keyring library may ask on another screen, hang on a dead bus, print to the terminal, or keep secrets in a plain file.
So it lives in a process that can be killed, and only classes that keep secrets in a keyring of the system are used.

In: one JSON object {"requests": [[operation, service, account, secret], …]} on standard input. Out: one JSON object
{"code": …, "values": […]}. Nothing but the standard library and keyring.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from typing import Any

ALLOWED = {
    "keyring.backends.SecretService.Keyring",
    "keyring.backends.libsecret.Keyring",
    "keyring.backends.kwallet.DBusKeyring",
    "keyring.backends.kwallet.DBusKeyringKWallet4",
    "keyring.backends.macOS.Keyring",
    "keyring.backends.Windows.WinVaultKeyring",
}
CHAINER = "keyring.backends.chainer.ChainerBackend"
NONE = "keyring.backends.fail.Keyring"
PROBE = "counterdesk probe"


class Trouble(Exception):
    """The keyring cannot be used; the code says why."""


def name_of(backend: Any) -> str:
    """The backend's class, by the name under which keyring itself has it."""
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def allowed(backend: Any, keyring: Any) -> bool:
    """Whether it is one of the system's keyrings, and its code is keyring's own."""
    if name_of(backend) not in ALLOWED:
        return False
    found = getattr(sys.modules.get(type(backend).__module__), "__file__", None) or ""
    homes = [os.path.realpath(home) + os.sep for home in keyring.__path__]
    return any(os.path.realpath(found).startswith(home) for home in homes)


def chosen() -> Any:
    """The backend to use. Raises: Trouble."""
    try:
        import keyring
    except ImportError:
        raise Trouble("none") from None
    backend: Any = keyring.get_keyring()
    if name_of(backend) == NONE:
        raise Trouble("none")
    if name_of(backend) == CHAINER:
        chain = list(backend.backends)
        if not chain or not all(allowed(link, keyring) for link in chain):
            raise Trouble("refused_backend")
        return chain[0]
    if not allowed(backend, keyring):
        raise Trouble("refused_backend")
    return backend


def probe(backend: Any) -> None:
    """Write, read, compare, delete. Raises: Trouble."""
    account, secret = secrets.token_hex(8), secrets.token_hex(32)
    backend.set_password(PROBE, account, secret)
    try:
        if backend.get_password(PROBE, account) != secret:
            raise Trouble("failed")
    finally:
        backend.delete_password(PROBE, account)
    if backend.get_password(PROBE, account) is not None:
        raise Trouble("failed")


def carry_out(backend: Any, operation: str, service: str, account: str, secret: str) -> str:
    """One request; returns what was read. Raises: Trouble, whatever the backend raises."""
    if operation == "probe":
        probe(backend)
    elif operation == "get":
        return backend.get_password(service, account) or ""
    elif operation == "set":
        backend.set_password(service, account, secret)
        if backend.get_password(service, account) != secret:
            raise Trouble("failed")
    elif operation == "delete":
        if backend.get_password(service, account) is not None:
            backend.delete_password(service, account)
    else:
        raise Trouble("failed")
    return ""


def answer(requests: list[list[str]]) -> dict[str, Any]:
    """All requests in order, up to the first that cannot be carried out."""
    values: list[str] = []
    try:
        backend = chosen()
        for request in requests:
            values.append(carry_out(backend, *request))
    except Trouble as trouble:
        return {"code": str(trouble), "values": []}
    except Exception as error:
        kinds = {base.__name__ for base in type(error).__mro__}
        code = "locked" if kinds & {"KeyringLocked", "InitError"} else "none" if "NoKeyringError" in kinds else "failed"
        return {"code": code, "values": []}
    return {"code": "ok", "values": values}


def main() -> None:
    """Read, do, answer."""
    given = json.loads(sys.stdin.buffer.read())
    # What a backend prints is not the answer, and a daemon that it starts must not hold the pipe open.
    out = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.write(out, json.dumps(answer(given["requests"])).encode())
    os._exit(0)  # threads of a bus library must not keep the process


if __name__ == "__main__":
    main()
