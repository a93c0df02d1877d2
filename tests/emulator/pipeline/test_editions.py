"""Editions and trial accounts: what they lack, and that a state folder keeps them.

https://docs.snowflake.com/en/user-guide/intro-editions, https://docs.snowflake.com/en/user-guide/admin-trial-account
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from snowflake.connector.errors import Error

from src.emulator.editions import Edition
from src.emulator.engine import Engine
from src.emulator.protocol.serving import Options, options_of_environment
from src.emulator.session import Session
from src.emulator.store.storage import StateError
from tests.emulator.cursors import cursor_of

# By edition, whether it is a trial: statements, with a part of what they are refused with; None is that they run.
TRACKED = "CREATE DATABASE D2 DATA_RETENTION_TIME_IN_DAYS = 90"
EAI = "CREATE EXTERNAL ACCESS INTEGRATION E ALLOWED_NETWORK_RULES = (R) ENABLED = TRUE"
HISTORY = "SELECT COUNT(*) FROM SNOWFLAKE.ACCOUNT_USAGE.ACCESS_HISTORY"
LACKS: list[tuple[Edition, bool, dict[str, str | None]]] = [
    (
        "STANDARD",
        False,
        {
            TRACKED: "Exceeds maximum allowable retention time (1 day(s)).",
            "CREATE WAREHOUSE M MAX_CLUSTER_COUNT = 2": "Unsupported feature 'Multi-cluster Warehouses'.",
            "CREATE WAREHOUSE M MIN_CLUSTER_COUNT = 1 MAX_CLUSTER_COUNT = 1": None,
            "ALTER WAREHOUSE W SET ENABLE_QUERY_ACCELERATION = TRUE": "'Query Acceleration Service' not enabled",
            "CREATE MATERIALIZED VIEW V AS SELECT 1 A": "Unsupported feature 'MATERIALIZED VIEWS'.",
            "SHOW TAGS": "Unsupported feature 'TAG'.",
            "DESC TAG T": "Unsupported feature 'TAG'.",
            "CREATE TAG T": "Unsupported feature 'TAG'.",
            HISTORY: "ACCESS_HISTORY in Standard edition",
            EAI: "EXTERNAL ACCESS INTEGRATION is not emulated",
        },
    ),
    (
        "ENTERPRISE",
        True,
        {
            TRACKED: None,
            EAI: "509009 (0A000): SQL compilation error:\nExternal access is not supported for trial accounts.",
            "CREATE HYBRID TABLE H (A INT PRIMARY KEY)": "Unsupported feature 'HYBRID TABLE'.",
            "SHOW TAGS": None,
        },
    ),
    (
        "BUSINESS_CRITICAL",
        False,
        {
            TRACKED: None,
            "CREATE WAREHOUSE M MAX_CLUSTER_COUNT = 2": None,
            HISTORY: None,
            "CREATE MATERIALIZED VIEW V AS SELECT 1 A": "CREATE MATERIALIZED VIEW is not emulated",
            EAI: "EXTERNAL ACCESS INTEGRATION is not emulated",
        },
    ),
]


@contextmanager
def session_of(folder: Path, edition: Edition | None = None, is_trial: bool | None = None) -> Iterator[Session]:
    engine = Engine(folder, edition=edition, is_trial=is_trial)
    session = engine.open_session()
    yield session
    session.close()
    engine.close()


def refusal(session: Session, sql: str) -> str | None:
    try:
        cursor_of(session).execute(sql)
    except Error as error:
        return str(error)
    return None


@pytest.mark.parametrize(("edition", "is_trial", "cases"), LACKS, ids=["standard", "trial", "business critical"])
def test_an_account_refuses_what_it_lacks(
    tmp_path: Path, edition: Edition, is_trial: bool, cases: dict[str, str | None]
) -> None:
    with session_of(tmp_path / "state", edition, is_trial) as session:
        for sql in ("CREATE DATABASE D", "CREATE WAREHOUSE W"):
            cursor_of(session).execute(sql)
        said = {sql: refusal(session, sql) for sql in cases}
    assert [
        (sql, said[sql])
        for sql, words in cases.items()
        if (words is None) != (said[sql] is None) or (words or "") not in (said[sql] or "")
    ] == []


@pytest.mark.parametrize(("edition", "shown"), [("STANDARD", 0), ("ENTERPRISE", 2)])
def test_show_warehouses_counts_clusters_where_there_may_be_several(
    tmp_path: Path, edition: Edition, shown: int
) -> None:
    with session_of(tmp_path / "state", edition) as session:
        columns = [name for name, _ in cursor_of(session).describe_columns("SHOW WAREHOUSES")]
    assert len({"min_cluster_count", "max_cluster_count"} & {*columns}) == shown


def test_a_state_folder_keeps_its_account_s_kind_until_it_is_given_another(tmp_path: Path) -> None:
    kinds: list[tuple[Edition | None, bool | None]] = [(None, None), ("STANDARD", True), (None, None), (None, False)]
    kept = []
    for edition, is_trial in (*kinds, ("ENTERPRISE", None)):
        with session_of(tmp_path / "state", edition, is_trial) as session:
            kept.append((session.account.edition, session.account.is_trial))
    standard, enterprise = ("STANDARD", True), ("ENTERPRISE", False)
    assert kept == [enterprise, standard, standard, ("STANDARD", False), enterprise]


@pytest.mark.parametrize(
    ("edition", "trial", "expected"),
    [
        ("", "", Options()),
        ("standard", "", Options("STANDARD")),
        ("BUSINESS_CRITICAL", "false", Options("BUSINESS_CRITICAL", is_trial=False)),
        ("", "TRUE", Options(is_trial=True)),
    ],
)
def test_the_environment_names_the_kind_of_an_embedded_account(
    monkeypatch: pytest.MonkeyPatch, edition: str, trial: str, expected: Options
) -> None:
    monkeypatch.setenv("DATA_ENG_DEMO_EDITION", edition)
    monkeypatch.setenv("DATA_ENG_DEMO_TRIAL", trial)
    assert options_of_environment() == expected


def test_a_kind_that_there_is_not_is_named_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_ENG_DEMO_EDITION", "basic")
    with pytest.raises(StateError) as caught:
        options_of_environment()
    assert str(caught.value) == (
        "DATA_ENG_DEMO_EDITION is BASIC. Set it to STANDARD or ENTERPRISE or BUSINESS_CRITICAL, or unset it."
    )
