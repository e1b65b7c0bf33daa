"""The short forms of the torture programs that are about the server."""

from __future__ import annotations

import pytest

from benchmarks.torture import audit, roles, schema

SEED = 20261102


def test_the_table_of_rights_is_what_the_server_does() -> None:
    outcome = roles.run(1_500, SEED)
    assert outcome.passed, outcome


def test_every_kind_of_tampering_is_found_with_a_checkpoint() -> None:
    outcome = audit.run(2_100, SEED)
    assert outcome.passed, outcome


@pytest.mark.filterwarnings("ignore")  # what schemathesis deprecates in itself
def test_the_openapi_document_is_kept() -> None:
    outcome = schema.run(120, SEED)
    assert outcome.passed, outcome
