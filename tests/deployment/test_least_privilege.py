"""With its grants alone each role does its work, and no more: the deployer of docs/setup_guide.md, and the two that it
makes.
"""

import json
import os
import re
from pathlib import Path
from subprocess import CompletedProcess

import snowflake.connector
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import DatabaseError

from src.emulator.protocol.serving import Address, Options, emulator
from tests.commands import python

from .conftest import connections_toml

ROOT = Path(__file__).resolve().parents[2]
DEMO = "-m demos.factset_etf_iceberg"
OWN = "-m src.pipelines"
# What is run with the deployer's role alone, then with DATA_ENG_ROLE, and at last with the deployer's again.
FIRST = (
    "setup.py --mode full",
    "setup.py --mode full",
    "setup.py --mode validate",
    f"{DEMO} deploy",
    f"{DEMO} simulate",
)
BY_THE_ENGINEER = (
    f"{DEMO} run",
    f"{DEMO} verify",
    "DELETE FROM DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG WHERE SECTOR = 'Cash'",
    f"{DEMO} repair",
    f"{DEMO} read",
    f"{DEMO} status",
    f"{OWN} load {{folder}}/orders.csv --table ORDERS --key ID",
    f"{OWN} curate ORDERS --key ID",
    f"{OWN} check ORDERS --check {{folder}}/checks.toml",
    f"{OWN} summarise ORDERS --by ID --measure TOTAL=sum(AMOUNT) --into TOTALS",
)
LAST = (
    "setup.py --mode full",
    "setup.py --mode validate",
    f"{DEMO} deploy",
    f"{DEMO} run",
    f"{DEMO} verify",
    f"{DEMO} status",
    "setup.py --mode cleanup --yes",
)


def statements() -> list[str]:
    """What the guide has an administrator send."""
    [block] = re.findall(
        r"```sql\n(CREATE ROLE DEPLOYER;.*?)```", (ROOT / "docs/setup_guide.md").read_text(), re.DOTALL
    )
    return [line.strip() for line in block.split(";") if line.strip()]


def test_the_guides_role_deploys_and_data_eng_role_runs_and_repairs(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("ID,AMOUNT\n1,10\n2,20\n")
    (tmp_path / "checks.toml").write_text('[[check]]\ntype = "NotNull"\ncolumn = "AMOUNT"\n')
    with emulator(tmp_path / "state") as served:
        _make_user(served, "ALICE", "DEPLOYER", *statements())
        said = [_run(served, "ALICE", "DEPLOYER", one) for one in FIRST]
        _make_user(served, "BOB", "DATA_ENG_ROLE", "GRANT ROLE DATA_ENG_ROLE TO USER BOB")
        for one in BY_THE_ENGINEER:
            _run(served, "BOB", "DATA_ENG_ROLE", one.format(folder=tmp_path))
        said += [_run(served, "ALICE", "DEPLOYER", one) for one in LAST]
    assert "0 created, 0 changed, " in said[1]
    assert "nothing of ours is left" in said[-1]


OF_SETUP = [one for one in (*FIRST, *LAST[-1:]) if one.startswith("setup.py")]


def test_a_trial_account_is_set_up_as_any_other(tmp_path: Path) -> None:
    with emulator(tmp_path / "state", options=Options(is_trial=True)) as served:
        _make_user(served, "ALICE", "DEPLOYER", *statements())
        said = [_run(served, "ALICE", "DEPLOYER", one) for one in OF_SETUP]
    assert "0 created, 0 changed, " in said[1]
    assert "nothing of ours is left" in said[-1]


def test_standard_edition_warns_of_what_the_guide_announces_and_of_nothing_else(tmp_path: Path) -> None:
    with emulator(tmp_path / "state", options=Options("STANDARD")) as served:
        _make_user(served, "ALICE", "DEPLOYER", *statements())
        ended = [_ended(served, "ALICE", "DEPLOYER", f"{one} --output json") for one in OF_SETUP]
    reports = [json.loads(one.stdout) for one in ended]
    of_retention = [[one for one in report["warnings"] if "90 days of Time Travel" in one] for report in reports]
    of_acceleration = [
        [one for one in report["warnings"] if "an edition without Query Acceleration" in one] for report in reports
    ]
    assert [len(found) for found in of_retention] == [1, 1, 0, 0]
    assert [len(found) for found in of_acceleration] == [3, 0, 0, 0]
    assert [len(report["warnings"]) for report in reports] == [4, 1, 0, 0]
    assert reports[1]["counts"].keys() == {"unchanged"}


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
        _run(served, "PRESENTER", "ACCOUNTADMIN", "setup.py --mode full")
        _make_user(
            *(served, "ANN", "ANALYST_ROLE", "GRANT ROLE ANALYST_ROLE TO USER ANN"),
            "CREATE TABLE DATA_ENG_DEMO.CURATED.C (A INT)",
            "CREATE VIEW DATA_ENG_DEMO.ANALYTICS.V AS SELECT 1 A",
            "CREATE TABLE DATA_ENG_DEMO.RAW_DATA.R (A INT)",
        )
        with _connected(served, "ANN", "ANALYST_ROLE") as analyst:
            assert [(sql, _refusal(analyst, sql)) for sql, _ in OF_AN_ANALYST] == OF_AN_ANALYST


def _make_user(served: Address, name: str, role: str, *sql: str) -> None:
    """What an administrator sends to let somebody work with this role and no other, and some more."""
    with _connected(served, "PRESENTER", "ACCOUNTADMIN") as administrator:
        for one in (f"CREATE USER {name} DEFAULT_ROLE = {role} DEFAULT_SECONDARY_ROLES = ()", *sql):
            administrator.cursor().execute(one)


def _connected(served: Address, user: str, role: str) -> SnowflakeConnection:
    parameters = served.parameters | {"user": user, "role": role, "platform_detection_timeout_seconds": 0}
    return snowflake.connector.connect(**parameters)


def _refusal(connection: SnowflakeConnection, sql: str) -> int | None:
    try:
        connection.cursor().execute(sql)
    except DatabaseError as error:
        return error.errno
    return None


def _run(served: Address, user: str, role: str, command: str) -> str:
    """What a command says, or nothing for a statement; it ends well, and warns of nothing."""
    if not command.startswith(("-m ", "setup.py ")):
        with _connected(served, user, role) as connection:
            connection.cursor().execute("USE WAREHOUSE DATA_ENG_XFORM_WH")
            connection.cursor().execute(command)
        return ""
    ended = _ended(served, user, role, command)
    said = ended.stdout + ended.stderr
    assert not re.search(r"warning|fault:", said, re.IGNORECASE), said
    assert " skipped" not in said, said
    return said


def _ended(served: Address, user: str, role: str, command: str) -> CompletedProcess[str]:
    """A command that has ended well."""
    parameters = served.parameters | {"user": user, "role": role}
    environment = os.environ | {"SNOWFLAKE_CONNECTIONS": connections_toml("demo", parameters)}
    ended = python([*command.split(), "--connection_name", "demo"], ROOT, environment)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended
