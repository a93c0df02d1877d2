"""With its grants alone the deployer of docs/setup_guide.md runs everything, and an analyst reads and no more."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import snowflake.connector
from snowflake.connector.errors import DatabaseError

from src.emulator.protocol.serving import emulator
from tests.commands import python

from .conftest import connections_toml

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (
    "setup.py --mode full",
    "setup.py --mode full",
    "setup.py --mode validate",
    "-m demos.factset_etf_iceberg deploy",
    "-m demos.factset_etf_iceberg simulate",
    "-m demos.factset_etf_iceberg run",
    "-m demos.factset_etf_iceberg verify",
    "setup.py --mode cleanup --yes",
)


def statements() -> list[str]:
    """What the guide has an administrator send."""
    [block] = re.findall(
        r"```sql\n(CREATE ROLE DEPLOYER;.*?)```", (ROOT / "docs/setup_guide.md").read_text(), re.DOTALL
    )
    return [line.strip() for line in block.split(";") if line.strip()]


def test_the_guides_role_sets_up_runs_the_demo_and_cleans_up(tmp_path: Path) -> None:
    with emulator(tmp_path / "state") as served:
        with snowflake.connector.connect(**served.parameters, platform_detection_timeout_seconds=0) as administrator:
            for sql in ("CREATE USER ALICE DEFAULT_ROLE = DEPLOYER DEFAULT_SECONDARY_ROLES = ()", *statements()):
                administrator.cursor().execute(sql)
        parameters = {**served.parameters, "user": "ALICE", "role": "DEPLOYER"}
        said = [_run(parameters, command) for command in COMMANDS]
    assert "0 created, 0 changed, " in said[1]
    assert "nothing of ours is left" in said[-1]


# With ANALYST_ROLE alone, after full; None is what it may.
OF_AN_ANALYST = [
    ("USE WAREHOUSE DATA_ENG_XFORM_WH", 2043),
    ("USE WAREHOUSE DATA_ENG_ANALYTICS_WH", None),
    ("SELECT * FROM DATA_ENG_DEMO.CURATED.C", None),
    ("SELECT * FROM DATA_ENG_DEMO.ANALYTICS.V", None),
    ("INSERT INTO DATA_ENG_DEMO.CURATED.C VALUES (1)", 3001),
    ("DELETE FROM DATA_ENG_DEMO.CURATED.C", 3001),
    ("DROP TABLE DATA_ENG_DEMO.CURATED.C", 3001),
    ("CREATE TABLE DATA_ENG_DEMO.CURATED.N (A INT)", 3001),
    ("CREATE VIEW DATA_ENG_DEMO.ANALYTICS.N AS SELECT 1 A", 3001),
    ("SELECT * FROM DATA_ENG_DEMO.RAW_DATA.R", 2003),
    ("LIST @DATA_ENG_DEMO.RAW_DATA.CSV_STAGE", 2003),
]


def test_an_analyst_reads_what_is_curated_later_and_writes_nothing(tmp_path: Path) -> None:
    with emulator(tmp_path / "state") as served:
        _run(served.parameters, "setup.py --mode full")
        with snowflake.connector.connect(**served.parameters, platform_detection_timeout_seconds=0) as administrator:
            for sql in (
                "CREATE TABLE DATA_ENG_DEMO.CURATED.C (A INT)",
                "CREATE VIEW DATA_ENG_DEMO.ANALYTICS.V AS SELECT 1 A",
                "CREATE TABLE DATA_ENG_DEMO.RAW_DATA.R (A INT)",
                "CREATE USER ANN DEFAULT_ROLE = ANALYST_ROLE DEFAULT_SECONDARY_ROLES = ()",
                "GRANT ROLE ANALYST_ROLE TO USER ANN",
            ):
                administrator.cursor().execute(sql)
        parameters = {**served.parameters, "user": "ANN", "role": "ANALYST_ROLE"}
        with snowflake.connector.connect(**parameters, platform_detection_timeout_seconds=0) as analyst:
            assert [(sql, _refusal(analyst, sql)) for sql, _ in OF_AN_ANALYST] == OF_AN_ANALYST


def _refusal(connection: snowflake.connector.SnowflakeConnection, sql: str) -> int | None:
    try:
        connection.cursor().execute(sql)
    except DatabaseError as error:
        return error.errno
    return None


def _run(parameters: Mapping[str, Any], command: str) -> str:
    """What a command says; it ends well, and warns of nothing."""
    environment = os.environ | {"SNOWFLAKE_CONNECTIONS": connections_toml("alice", parameters)}
    ended = python([*command.split(), "--connection_name", "alice"], ROOT, environment)
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said
    assert "warning" not in said.lower(), said
    assert " skipped" not in said, said
    return said
