"""Sends one script to an account and to the emulator, and compares the form of each statement kind's answer."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from config import CONFIG
from demos.factset_etf_iceberg.manifest import MANIFEST
from demos.factset_etf_iceberg.names import simulated_table
from demos.factset_etf_iceberg.settings import FactsetDemo
from src.config import DemoConfig
from src.demo_kit.rendering import values
from src.deployment.inspection import probes
from src.deployment.steps import batches
from src.emulator.pipeline.statements import RULES
from src.infrastructure.databases import database_key
from src.utils.snowpark_session import open_session, resolve_target
from src.utils.sql import qualified

from ..fidelity.connected import put, within_a_schema
from ..fidelity.facts import Fact, differences, facts

if TYPE_CHECKING:
    from snowflake.connector import SnowflakeConnection

COST = (
    "About 40 objects under a prefix of their own, dropped at the end also after a failure, and a schema in which the "
    "facts of tests/fidelity are asked. XSMALL warehouses run for about an hour: less than 1.5 credits."
)

# The demo's files, in the order in which it runs them; the mirror needs a share.
FILES = (
    "00_initialization",
    "00_source_simulated",
    "01_pipeline1_iceberg",
    "02_pipeline2_parquet",
    "03_simulate_changes",
    "04_monitoring",
    "05_verification",
    "99_cleanup",
)


@dataclass(frozen=True)
class Answered:
    """The form of an answer: its columns in order, the text of a status, or the number and text of an error."""

    columns: tuple[str, ...] = ()
    status: str = ""
    error: str = ""


@dataclass(frozen=True)
class Compared:
    """A statement that was sent to both."""

    kind: str
    sql: str
    account: Answered
    emulator: Answered

    @property
    def differences(self) -> list[str]:
        parts = (
            ("columns", ", ".join(self.account.columns), ", ".join(self.emulator.columns)),
            ("status", self.account.status, self.emulator.status),
            ("error", self.account.error, self.emulator.error),
        )
        return [f"{what}: account `{ours}`, emulator `{its}`" for what, ours, its in parts if ours != its]


def cheap(prefix: str) -> DemoConfig:
    """Everything, roles too, under a prefix, on the smallest warehouses and one day of Time Travel."""
    whole = CONFIG.with_prefix(prefix)
    return replace(whole.quick(), roles=whole.roles, mode="full")


def script(config: DemoConfig) -> Iterator[str]:
    """One run of everything that the product sends, in order, but for the drops at its end."""
    for batch in batches(config):
        yield from (statement.sql for statement in batch)
    yield from (probe.sql for probe in probes(config))
    yield "SHOW SHARES"
    given = {**values(MANIFEST, config, "simulated"), "followed_table": simulated_table(config)}
    for file in FILES:
        yield from (step.sql for step in MANIFEST.sql.steps(file, given))


def drops(config: DemoConfig) -> list[str]:
    """What leaves nothing of the prefix, whatever of it is there."""
    named = [statement for batch in batches(config) for statement in batch]
    kept = [one for one in named if one.kind in ("WAREHOUSE", "ROLE", "RESOURCE MONITOR")]
    databases = (database_key(config)[1], qualified(config.settings("factset", FactsetDemo).simulated_database))
    return [f"DROP DATABASE IF EXISTS {name}" for name in databases] + [
        f"DROP {one.kind} IF EXISTS {one.name}" for one in kept
    ]


def kind_of(sql: str) -> str:
    """The statement's kind, as docs/emulator.md lists it."""
    words = re.sub(r"\bOR (ALTER|REPLACE) |\b(TEMPORARY|TRANSIENT) ", "", sql.upper()).split()
    known = [rule for rule in RULES if tuple(words[: len(rule)]) == tuple(rule)]
    longest = max(known, key=len, default=(words[0],))
    return " ".join(longest)


def normalised(text: str) -> str:
    """The text without what is another at every run: ids, moments, counts, and spaces."""
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>", text)
    text = re.sub(r"\d{4}-\d\d-\d\d[ T][\d:.]+( ?[-+]\d{4}|Z)?", "<time>", text)
    return " ".join(re.sub(r"\b\d+\b", "<n>", text).split())


def ask(connection: "SnowflakeConnection", sql: str) -> Answered:
    from snowflake.connector.errors import Error

    with connection.cursor() as cursor:
        try:
            cursor.execute(sql)
            rows = cursor.fetchall()
        except Error as error:
            return Answered(error=normalised(f"{error.errno} {str(error).partition(': ')[2] or error}"))
        columns = tuple(column.name for column in cursor.description)
    return Answered(columns, normalised(str(rows[0][0])) if columns == ("status",) and rows else "")


def answers(connection_name: str, config: DemoConfig) -> list[Answered]:
    """The script's answers, and the drops', which are sent also after a failure or Ctrl-C."""
    with open_session(resolve_target(connection_name), query_tag="FIDELITY") as opened:
        found: list[Answered] = []
        try:
            found.extend(ask(opened.session.connection, sql) for sql in script(config))
        finally:
            dropped = [ask(opened.session.connection, sql) for sql in drops(config)]
    return found + dropped


def compare(connection_name: str, prefix: str) -> list[Compared]:
    """Every statement on the account and on the emulator."""
    config = cheap(prefix)
    statements = [*script(config), *drops(config)]
    both = zip(statements, answers(connection_name, config), answers("local", config), strict=True)
    return [Compared(kind_of(sql), sql, account, emulated) for sql, account, emulated in both]


def facts_that_differ(connection_name: str, prefix: str) -> tuple[int, list[tuple[Fact, list[str]]]]:
    """How many facts an account was asked in a schema of their own, and those that it answers otherwise."""
    database, warehouse = qualified(f"{prefix}_FACTS"), qualified(f"{prefix}_FACTS_WH")
    sent = list(within_a_schema(list(facts())))
    with open_session(resolve_target(connection_name), query_tag="FIDELITY") as opened:
        connection = opened.session.connection
        made = (
            f"CREATE DATABASE {database}",
            f"CREATE WAREHOUSE {warehouse} WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 INITIALLY_SUSPENDED = TRUE",
            f"USE WAREHOUSE {warehouse}",
            f"CREATE SCHEMA {database}.WORK",
            f"USE SCHEMA {database}.WORK",
        )
        try:
            for sql in made:
                connection.cursor().execute(sql)
            told = [(fact, differences(fact, put(connection, fact, f"{database}.WORK"))) for fact in sent]
        finally:
            for sql in (f"DROP DATABASE IF EXISTS {database}", f"DROP WAREHOUSE IF EXISTS {warehouse}"):
                connection.cursor().execute(sql)
    return len(sent), [(fact, found) for fact, found in told if found]


def facts_as_markdown(count: int, differing: Sequence[tuple[Fact, list[str]]]) -> str:
    """Each fact that the account answers otherwise than its source says."""
    lines = ["", "# Facts", "", f"{len(differing)} of {count:,} facts differ.", ""]
    for fact, found in differing:
        told = ["```sql", *fact.setup, fact.statement, "```", "", fact.source, ""]
        lines += [f"## {fact.area}", "", *told, *(f"- {text}" for text in found), ""]
    return "\n".join(lines)


def as_markdown(compared: Sequence[Compared]) -> str:
    """The report: a table of the kinds, every difference with its statement, and what no answer of these settles."""
    kinds = {one.kind: [other for other in compared if other.kind == one.kind] for one in compared}
    table = [f"| `{kind}` | {len(ones)} | {sum(map(_differs, ones))} |" for kind, ones in sorted(kinds.items())]
    lines = ["# The emulator against an account", "", "| statement | sent | different |", "|---|---|---|", *table, ""]
    for one in filter(_differs, compared):
        lines += [f"## {one.kind}", "", "```sql", one.sql, "```", "", *(f"- {text}" for text in one.differences), ""]
    return "\n".join([*lines, unknown()])


def unknown() -> str:
    """What nobody knows without an account, as docs/emulator.md lists it: to be looked at by hand, there."""
    document = Path(__file__).parents[2] / "docs" / "emulator.md"
    _, heading, rest = document.read_text(encoding="utf-8").partition("## Unknown without an account\n")
    return heading + rest.partition("\n## ")[0]


def _differs(one: Compared) -> bool:
    return bool(one.differences)
