"""docs/privileges.md: what each role may do that the product makes, statement by statement, as the emulator answers."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from src.emulator.protocol.serving import Address, emulator
from src.utils.needs import ACCOUNT, TABLE, Line

from .people import connected, make_user, refusal, run_command, statements_of_the_guide

# The roles, with the warehouse that each works on. In the order in which they are asked: what one may drop goes last.
ROLES = {
    "ANALYST_ROLE": "DATA_ENG_ANALYTICS_WH",
    "OTHER_DEPLOYER": "OTHER_WH",
    "DATA_ENG_ROLE": "DATA_ENG_XFORM_WH",
    "DEPLOYER": "DATA_ENG_XFORM_WH",
}
_SHOWN = ("DEPLOYER", "DATA_ENG_ROLE", "ANALYST_ROLE", "OTHER_DEPLOYER")

RAW, CURATED, ANALYTICS = (f"DATA_ENG_DEMO.{schema}" for schema in ("RAW_DATA", "CURATED", "ANALYTICS"))
DEMO, ICEBERG = "DATA_ENG_DEMO.FACTSET", "DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG"

# What it is, the statement, and what undoes it where that is needed.
Row = tuple[str, str, str]
PARTS: dict[str, list[Row]] = {
    "Set up": [
        ("create a database", "CREATE DATABASE NEW", "DROP DATABASE NEW"),
        ("create a warehouse", "CREATE WAREHOUSE NEW INITIALLY_SUSPENDED = TRUE", "DROP WAREHOUSE NEW"),
        ("create a role", "CREATE ROLE NEW", "DROP ROLE NEW"),
        ("create a schema", "CREATE SCHEMA DATA_ENG_DEMO.NEW", "DROP SCHEMA DATA_ENG_DEMO.NEW"),
        ("create a stage", f"CREATE STAGE {RAW}.NEW", f"DROP STAGE {RAW}.NEW"),
        ("alter a warehouse", "ALTER WAREHOUSE DATA_ENG_XFORM_WH SET AUTO_SUSPEND = 300", ""),
        (
            "grant on a schema",
            f"GRANT MONITOR ON SCHEMA {RAW} TO ROLE ANALYST_ROLE",
            f"REVOKE MONITOR ON SCHEMA {RAW} FROM ROLE ANALYST_ROLE",
        ),
        (
            "grant on a table",
            f"GRANT SELECT ON TABLE {RAW}.ORDERS TO ROLE ANALYST_ROLE",
            f"REVOKE SELECT ON TABLE {RAW}.ORDERS FROM ROLE ANALYST_ROLE",
        ),
    ],
    "Work on a warehouse": [
        ("the one to load", "USE WAREHOUSE DATA_ENG_LOAD_WH", ""),
        ("the one to transform", "USE WAREHOUSE DATA_ENG_XFORM_WH", ""),
        ("the one to query", "USE WAREHOUSE DATA_ENG_ANALYTICS_WH", ""),
    ],
    "Load, curate, query": [
        ("list a stage", f"LIST @{RAW}.CSV_STAGE", ""),
        ("remove files from a stage", f"REMOVE @{RAW}.CSV_STAGE/none/", ""),
        ("create a raw table", f"CREATE TABLE {RAW}.NEW (A INT)", f"DROP TABLE {RAW}.NEW"),
        (
            "load RAW_DATA",
            f"COPY INTO {RAW}.ORDERS FROM @{RAW}.CSV_STAGE/none/ FILE_FORMAT = (FORMAT_NAME = '{RAW}.CSV_FORMAT')",
            "",
        ),
        ("query RAW_DATA", f"SELECT * FROM {RAW}.ORDERS", ""),
        ("curate", f"INSERT INTO {CURATED}.ORDERS SELECT * FROM {RAW}.ORDERS", ""),
        ("delete curated rows", f"DELETE FROM {CURATED}.ORDERS", ""),
        ("query CURATED", f"SELECT * FROM {CURATED}.ORDERS", ""),
        ("query ANALYTICS", f"SELECT * FROM {ANALYTICS}.TOTALS", ""),
        ("create a view", f"CREATE VIEW {ANALYTICS}.NEW AS SELECT 1 AS A", f"DROP VIEW {ANALYTICS}.NEW"),
        ("alter another's table", f"ALTER TABLE {CURATED}.ORDERS SET COMMENT = 'Orders'", ""),
    ],
    "Run the demo": [
        ("read the source", "SELECT * FROM ETF_DATA.PUBLIC.CONSTITUENTS", ""),
        ("change the source", "UPDATE ETF_DATA.PUBLIC.CONSTITUENTS SET SHARES = SHARES WHERE FALSE", ""),
        ("read a stream", f"SELECT * FROM {DEMO}.CONSTITUENTS_AUDIT_STREAM", ""),
        ("run a task", f"EXECUTE TASK {DEMO}.CONSTITUENTS_AUDIT_TASK", ""),
        ("suspend a task", f"ALTER TASK {DEMO}.CONSTITUENTS_AUDIT_TASK SUSPEND", ""),
        ("alter a task", f"ALTER TASK {DEMO}.CONSTITUENTS_AUDIT_TASK SET COMMENT = 'Mine'", ""),
        ("resume a task", f"ALTER TASK {DEMO}.CONSTITUENTS_AUDIT_TASK RESUME", ""),
        ("read the Iceberg table", f"SELECT * FROM {ICEBERG}", ""),
        ("write the Iceberg table", f"UPDATE {ICEBERG} SET SHARES = SHARES WHERE FALSE", ""),
        ("list the audit files", f"LIST @{DEMO}.FACTSET_ETF_STAGE", ""),
        (
            "read the audit files",
            f"SELECT $1:OP_TYPE FROM @{DEMO}.FACTSET_ETF_STAGE (FILE_FORMAT => '{DEMO}.AUDIT_FORMAT')",
            "",
        ),
        ("remove audit files", f"REMOVE @{DEMO}.FACTSET_ETF_STAGE/none/", ""),
    ],
    "Drop": [
        ("a task", f"DROP TASK {DEMO}.CONSTITUENTS_ICEBERG_TASK", ""),
        ("a stream", f"DROP STREAM {DEMO}.CONSTITUENTS_ICEBERG_STREAM", ""),
        ("the Iceberg table", f"DROP ICEBERG TABLE {ICEBERG}", ""),
        ("a table", f"DROP TABLE {CURATED}.ORDERS", ""),
        ("a schema", f"DROP SCHEMA {CURATED}", ""),
        ("a warehouse", "DROP WAREHOUSE DATA_ENG_LOAD_WH", ""),
        ("a role", "DROP ROLE ANALYST_ROLE", ""),
        ("the database", "DROP DATABASE DATA_ENG_DEMO", ""),
    ],
}

_HEAD = """\
# Privileges

What each role may do, statement by statement. `python -m tests.generated` sets up with a deploying role of
[setup_guide.md](setup_guide.md), deploys the FACTSET demo, sends each statement as each role alone, without secondary
roles, and writes this page; a test holds the page to what runs. It runs on the emulator, which enforces what
[emulator.md](emulator.md#privileges) lists. Numbers are those of an account's errors: 003001 is "Insufficient
privileges", 002003 and 002043 are "does not exist or not authorized", of what a role does not even see.

- `DEPLOYER` ran `python setup.py --mode full` and the demo's `deploy`, and owns what these made.
- `DATA_ENG_ROLE` loads, curates, and runs and repairs the pipelines.
- `ANALYST_ROLE` reads `CURATED` and `ANALYTICS`, on its one warehouse.
- `OTHER_DEPLOYER` has the same grants as DEPLOYER, and set up nothing of this: another presenter, with a prefix.

`data-eng-demo audit` compares an account's roles with `config.py` and prints the GRANT for what is missing; `status` of
the demo does so for what the demo grants, and `data-eng-demo doctor` for the role of the connection.
"""


_NEEDS = (
    "## What each command needs",
    "",
    "These commands look before their first change at what their role has, and name all that it lacks, with the",
    "statements for an administrator; `doctor` says what each privilege is for. What comes by ownership counts, by a",
    "role that is granted to the role, and by `MANAGE GRANTS`; where an account does not tell, the command goes on.",
    "",
)
# What an administrator gives; the rest comes with what the role makes, or by a grant of who made it.
OF_ADMINISTRATORS = (ACCOUNT, "ROLE", "EXTERNAL VOLUME", "imported DATABASE", "DATABASE SNOWFLAKE")


def needs_as_table(lines: Iterable[Line]) -> Iterator[str]:
    """What the commands need, as the documents have it."""
    yield from ("| command | privilege | for | without it |", "|---|---|---|---|")
    for line in lines:
        yield f"| {line.command} | {_needed(line)} | {line.purpose} | {line.without} |"


def _needed(line: Line) -> str:
    if line.on == "ROLE":
        return f"the role `{line.privilege}`"
    on = "the account" if line.on == ACCOUNT else line.on or "it"
    option = " `WITH GRANT OPTION`" if line.on == ACCOUNT else ", or what is granted `WITH GRANT OPTION`"
    return f"`{line.privilege}` on {on}{option if line.to_grant else ''}"


def of_administrators() -> list[Line]:
    return [line for line in TABLE if line.on in OF_ADMINISTRATORS]


def as_markdown() -> str:
    """The page, from a run on an emulator of its own."""
    with tempfile.TemporaryDirectory() as folder, emulator(Path(folder) / "state") as served:
        _set_up(served)
        answers = {role: dict(_answers(served, role)) for role in ROLES}
    return "\n".join([_HEAD, *_NEEDS, *needs_as_table(TABLE), "", *_tables(answers)])


def _set_up(served: Address) -> None:
    make_user(served, "DEPLOYER_USER", "DEPLOYER", *statements_of_the_guide("DEPLOYER", "DEPLOYER_USER"))
    for command in ("setup.py --mode full", *(f"-m demos.factset_etf_iceberg {one}" for one in ("deploy", "run"))):
        run_command(served, "DEPLOYER_USER", "DEPLOYER", command)
    with connected(served, "DEPLOYER_USER", "DEPLOYER") as deployer:
        for sql in (
            f"CREATE TABLE {RAW}.ORDERS (ID INT)",
            f"CREATE TABLE {CURATED}.ORDERS (ID INT)",
            f"CREATE VIEW {ANALYTICS}.TOTALS AS SELECT COUNT(*) AS ORDERS FROM {CURATED}.ORDERS",
        ):
            deployer.cursor().execute(sql)
    others = statements_of_the_guide("OTHER_DEPLOYER", "OTHER_DEPLOYER_USER")
    make_user(served, "OTHER_DEPLOYER_USER", "OTHER_DEPLOYER", *others)
    for role in ("DATA_ENG_ROLE", "ANALYST_ROLE"):
        make_user(served, f"{role}_USER", role, f"GRANT ROLE {role} TO USER {role}_USER")
    with connected(served, "OTHER_DEPLOYER_USER", "OTHER_DEPLOYER") as other:
        other.cursor().execute("CREATE WAREHOUSE OTHER_WH INITIALLY_SUSPENDED = TRUE")


def _answers(served: Address, role: str) -> Iterator[tuple[str, int | None]]:
    """Each statement, and the number that the role is refused it with."""
    with connected(served, f"{role}_USER", role) as connection:
        for _, sql, undo in (row for rows in PARTS.values() for row in rows):
            connection.cursor().execute(f"USE WAREHOUSE {ROLES[role]}")
            number = refusal(connection, sql)
            if number is None and undo:
                connection.cursor().execute(undo)
            yield sql, number


def _tables(answers: dict[str, dict[str, int | None]]) -> Iterable[str]:
    for part, rows in PARTS.items():
        yield from (f"## {part}", "", f"| | statement | {' | '.join(f'`{role}`' for role in _SHOWN)} |")
        yield "|---|---|" + "---|" * len(_SHOWN)
        for what, sql, _ in rows:
            told = [answers[role][sql] for role in _SHOWN]
            yield f"| {what} | `{sql}` | {' | '.join(_told(number) for number in told)} |"
        yield ""


def _told(number: int | None) -> str:
    return "yes" if number is None else f"{number:06}"
