"""Facts through the server and the real connector: a hundred of them, and all in `make soak`."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import snowflake.connector
from snowflake.connector import SnowflakeConnection

from src.emulator.protocol.serving import emulator

from ..lengths import length
from .connected import put, within_a_schema
from .facts import Fact, facts, faults

EVERY = list(facts())
SENT = EVERY[:: len(EVERY) // length(100, len(EVERY))]


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnowflakeConnection]:
    folder: Path = tmp_path_factory.mktemp("connected") / "state"
    with emulator(folder) as served:
        parameters = served.parameters | {"platform_detection_timeout_seconds": 0, "disable_ocsp_checks": True}
        with snowflake.connector.connect(**parameters) as opened:
            for sql in ("CREATE DATABASE FACTS", "CREATE WAREHOUSE WH", "USE WAREHOUSE WH", "CREATE SCHEMA FACTS.WORK"):
                opened.cursor().execute(sql)
            yield opened
    shutil.rmtree(folder.parent, ignore_errors=True)


@pytest.mark.parametrize("fact", SENT, ids=str)
def test_a_client_reads_what_the_fact_says(connection: SnowflakeConnection, fact: Fact) -> None:
    assert faults(fact, put(connection, fact, "FACTS.WORK")) == []


def test_an_account_is_asked_nothing_that_reaches_beyond_one_schema() -> None:
    sent = list(within_a_schema(EVERY))
    words = {word for fact in sent for sql in (*fact.setup, fact.statement) for word in sql.upper().split()}
    assert not words & {"ROLE", "WAREHOUSE", "DATABASE", "GRANT", "REVOKE", "ACCOUNT"}
    assert len(sent) > 0.8 * len(EVERY)
