"""TLS over a real loopback socket: a private authority, client certificates, and what a desk says when it has none."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
import trustme

from counterdesk.backends.base import Alive, Unreachable
from counterdesk.backends.http import HttpBackend
from tests.server_process import PASSWORD, STATION, TestServer, prepare, server_in_thread
from tests.unit.server.conftest import OFFICERS
from tests.unit.server.test_cli import run


class Papers(NamedTuple):
    """Certificates as files: of the authority, the server, a desk, and of an authority that nobody trusts."""

    ca: Path
    cert: Path
    key: Path
    desk: Path
    stranger_ca: Path
    stranger: Path


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    folder = tmp_path_factory.mktemp("tls")
    found = Papers(*(folder / f"{name}.pem" for name in Papers._fields))
    own, other = trustme.CA(), trustme.CA()
    own.cert_pem.write_to_path(str(found.ca))
    other.cert_pem.write_to_path(str(found.stranger_ca))
    server = own.issue_cert("127.0.0.1")
    server.private_key_pem.write_to_path(str(found.key))
    for pem in server.cert_chain_pems:
        pem.write_to_path(str(found.cert), append=True)
    own.issue_cert("counter-3").private_key_and_cert_chain_pem.write_to_path(str(found.desk))
    other.issue_cert("counter-3").private_key_and_cert_chain_pem.write_to_path(str(found.stranger))
    return found


@pytest.fixture(scope="module")
def secured(papers: Papers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServer]:
    """A server that asks its desks for a certificate."""
    db = tmp_path_factory.mktemp("server") / "db"
    prepare(db, OFFICERS)
    with server_in_thread(db, tls=(papers.cert, papers.key, papers.ca)) as running:
        yield running


async def test_a_desk_with_its_certificate_works(secured: TestServer, papers: Papers) -> None:
    assert secured.url.startswith("https://")
    desk = secured.backend(ca=str(papers.ca), client_cert=str(papers.desk))
    await desk.sign_in("031234", PASSWORD)
    async with aclosing(cast(Any, desk.events(0))) as items:
        while not isinstance(await anext(items), Alive):
            pass
    await desk.close()


@pytest.mark.parametrize(
    ("ca", "cert", "hint"),
    [
        ("ca", "", "certificate_needed"),
        ("stranger_ca", "desk", "certificate_untrusted"),
        ("", "desk", "certificate_untrusted"),
    ],
)
async def test_a_desk_without_the_right_papers_is_told_which(
    secured: TestServer, papers: Papers, ca: str, cert: str, hint: str
) -> None:
    options = {"ca": ca, "client_cert": cert}
    given = {name: str(getattr(papers, value)) for name, value in options.items() if value}
    desk = HttpBackend(url=secured.url, station=STATION, **given)  # type: ignore[arg-type]
    with pytest.raises(Unreachable) as unreachable:
        await desk.sign_in("031234", PASSWORD)
    assert unreachable.value.hint == hint
    await desk.close()


async def test_a_certificate_of_a_strange_authority_opens_nothing(secured: TestServer, papers: Papers) -> None:
    desk = secured.backend(ca=str(papers.ca), client_cert=str(papers.stranger))
    with pytest.raises(Unreachable):
        await desk.sign_in("031234", PASSWORD)
    await desk.close()


async def test_old_tls_is_refused(secured: TestServer, papers: Papers) -> None:
    desk = secured.backend(ca=str(papers.ca), client_cert=str(papers.desk))
    context: ssl.SSLContext = cast(Any, desk._client)._transport._pool._ssl_context
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(Unreachable):
        await desk.sign_in("031234", PASSWORD)
    await desk.close()


def test_a_desk_says_which_file_it_cannot_use(papers: Papers, tmp_path: Path) -> None:
    for options in ({"ca": str(tmp_path / "none")}, {"ca": str(papers.key)}, {"client_cert": str(papers.ca)}):
        with pytest.raises(OSError):  # noqa: PT011 - ssl.SSLError and FileNotFoundError, each with its own words
            HttpBackend(url="https://127.0.0.1:9", **options)  # type: ignore[arg-type]


def test_the_command_needs_tls_or_a_word_for_other_machines(papers: Papers, tmp_path: Path) -> None:
    db = ("--db", str(tmp_path / "db"))
    bad = run(*db, "--port", "0", "--tls-cert", str(papers.ca), "--tls-key", str(papers.ca))
    assert (bad.returncode, len(bad.stderr.splitlines())) == (1, 1), bad.stderr
    alone = run(*db, "--client-ca", str(papers.ca))
    assert (alone.returncode, "--tls-cert" in alone.stderr) == (2, True)
