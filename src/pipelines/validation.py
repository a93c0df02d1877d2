"""Checks of a table as data, all of them answered by one query."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from src.utils.arguments import checked
from src.utils.errors import InputError
from src.utils.queries import QueryFailed, Row, rows
from src.utils.sql import identifier, literal

if TYPE_CHECKING:
    from snowflake.snowpark import Session

Severity = Literal["error", "warning"]
Value = str | int | float | Decimal | date | datetime

SAMPLE_ROWS = 5
EXIT_FAILED = 1


@checked
@dataclass(frozen=True)
class NotNull:
    """The column has a value in every row."""

    column: str
    severity: Severity = "error"


@checked
@dataclass(frozen=True)
class Unique:
    """No two rows have the same values in the columns. Rows with a NULL in one of them do not count."""

    columns: tuple[str, ...]
    severity: Severity = "error"


@checked
@dataclass(frozen=True)
class InRange:
    """Values are from `low` to `high`, both included; None leaves a side open. NULL passes."""

    column: str
    low: Value | None = None
    high: Value | None = None
    severity: Severity = "error"


@checked
@dataclass(frozen=True)
class MatchesPattern:
    """The regular expression fits the whole text. NULL passes."""

    column: str
    pattern: str
    severity: Severity = "error"


@checked
@dataclass(frozen=True)
class InSet:
    """Values are among the given ones. NULL passes."""

    column: str
    values: tuple[Value, ...]
    severity: Severity = "error"


@checked
@dataclass(frozen=True)
class ReferencesKey:
    """Values are among those of a column of another table. NULL passes."""

    column: str
    table: str
    key: str
    severity: Severity = "error"


@checked
@dataclass(frozen=True)
class FreshWithin:
    """The newest timestamp, in UTC, is at most so many hours old."""

    column: str
    hours: float
    severity: Severity = "error"


@checked
@dataclass(frozen=True)
class RowCount:
    """The table has at least `low` rows, and at most `high` if that is not None."""

    low: int
    high: int | None = None
    severity: Severity = "error"


RowCheck = NotNull | InRange | MatchesPattern | InSet
TableCheck = FreshWithin | RowCount
Check = RowCheck | TableCheck | Unique | ReferencesKey


@dataclass(frozen=True)
class CheckResult:
    """How many rows failed a check, some of them, and whether that is within the threshold."""

    check: Check
    rows: int
    failures: int
    sample: tuple[Row, ...]
    threshold: float

    @property
    def rate(self) -> float:
        """Failures as a part of all rows. What a whole table fails, all of it fails."""
        if isinstance(self.check, TableCheck):
            return float(self.failures)
        return self.failures / self.rows if self.rows else 0.0

    @property
    def passed(self) -> bool:
        return self.rate <= self.threshold


@dataclass(frozen=True)
class ValidationReport:
    """What one query found out about a table."""

    table: str
    rows: int
    results: tuple[CheckResult, ...]

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks of severity error that failed."""
        return tuple(one for one in self.results if not one.passed and one.check.severity == "error")

    @property
    def exit_code(self) -> int:
        return EXIT_FAILED if self.failed else 0


@checked
def validate(
    session: "Session", table: str, checks: Sequence[Check], *, key: Sequence[str] = (), threshold: float = 0.0
) -> ValidationReport:
    """Runs the checks in one query. `table` as SQL writes it; samples show the `key` and what was checked.

    A check fails if more than the part `threshold` of the rows fail it. Raises QueryFailed if the table or a column
    does not exist, and names the check that cannot be answered; InputError for a threshold that is not from 0 to 1.
    """
    if not 0 <= threshold <= 1:
        raise InputError(f"The threshold is {threshold}. Pass a part of the rows, from 0 to 1.")
    try:
        [row] = rows(session, query(table, checks, key))
    except QueryFailed:
        # The first check that cannot be answered alone, if the table itself can be read
        rows(session, query(table, []))
        for check in checks:
            try:
                rows(session, query(table, [check], key))
            except QueryFailed as error:
                raise QueryFailed(f"{describe(check)} cannot be answered: {error}", error.errno) from None
        raise
    return ValidationReport(
        table,
        row["ROW_COUNT"],
        tuple(_result(check, row, number, threshold) for number, check in enumerate(checks)),
    )


def _result(check: Check, row: Row, number: int, threshold: float) -> CheckResult:
    sample = json.loads(row[f"SAMPLE_{number}"] or "[]")
    return CheckResult(check, row["ROW_COUNT"], int(row[f"FAILURES_{number}"] or 0), tuple(sample), threshold)


@checked
def query(table: str, checks: Sequence[Check], key: Sequence[str] = ()) -> str:
    """The one query. One scan finds the rows that fail any check of rows; they are counted, and some of them shown."""
    numbered = list(enumerate(checks))
    parts = {"SCANNED": _scanned(table, [(n, check) for n, check in numbered if isinstance(check, TableCheck)])}
    of_rows = [(n, check) for n, check in numbered if isinstance(check, RowCheck)]
    parts |= _row_parts(table, of_rows, key) if of_rows else {}
    for number, check in numbered:
        if isinstance(check, Unique | ReferencesKey):
            parts |= _key_parts(table, number, check, key)
    clauses = ",\n".join(f"{name} AS (\n{sql}\n)" for name, sql in parts.items())
    single = [name for name in parts if not name.startswith("FAILING")]
    return f"WITH {clauses}\nSELECT * FROM {' CROSS JOIN '.join(single)}"


def _scanned(table: str, checks: Sequence[tuple[int, TableCheck]]) -> str:
    fails = [
        f"IFF({_table_fails(check)}, 1, 0) AS FAILURES_{n},\n"
        f"  IFF({_table_fails(check)}, {_table_sample(check)}, NULL) AS SAMPLE_{n}"
        for n, check in checks
    ]
    return "SELECT\n  " + ",\n  ".join(["COUNT(*) AS ROW_COUNT", *fails]) + f"\nFROM {table}"


def _row_parts(table: str, checks: Sequence[tuple[int, RowCheck]], key: Sequence[str]) -> dict[str, str]:
    """Each condition is written, and worked out, once."""
    columns = list(dict.fromkeys((*key, *(check.column for _, check in checks))))
    fails = ",\n  ".join(f"{_row_fails(check)} AS FAILS_{n}" for n, check in checks)
    judged = f"SELECT\n  {_listed(columns)},\n  {fails}\nFROM {table}"
    counts = ",\n  ".join(f"COUNT_IF(FAILS_{n}) AS FAILURES_{n}" for n, _ in checks)
    sampled = {
        f"SAMPLED_{n}": _sampled(f"FAILING WHERE FAILS_{n}", list(dict.fromkeys((*key, check.column))), n)
        for n, check in checks
    }
    return {
        "FAILING": f"SELECT * FROM (\n{judged}\n) WHERE {' OR '.join(f'FAILS_{n}' for n, _ in checks)}",
        "COUNTED": f"SELECT\n  {counts}\nFROM FAILING",
    } | sampled


def _key_parts(table: str, number: int, check: Unique | ReferencesKey, key: Sequence[str]) -> dict[str, str]:
    failing = f"FAILING_{number}"
    if isinstance(check, Unique):
        rows_, columns, failures = _duplicates(check, table), [*check.columns, "COPIES"], "COALESCE(SUM(COPIES - 1), 0)"
    else:
        columns = list(dict.fromkeys((*key, check.column)))
        rows_, failures = _orphans(check, table, columns), "COUNT(*)"
    return {
        failing: rows_,
        f"COUNTED_{number}": f"SELECT {failures} AS FAILURES_{number} FROM {failing}",
        f"SAMPLED_{number}": _sampled(failing, columns, number),
    }


def _sampled(failing: str, columns: list[str], number: int) -> str:
    """A few failing rows as one JSON text. Only of these few is an object made."""
    first = identifier(columns[0])
    pairs = ", ".join(f"{literal(column)}, {identifier(column)}" for column in columns)
    return (
        f"SELECT TO_JSON(ARRAY_AGG(OBJECT_CONSTRUCT_KEEP_NULL({pairs})) WITHIN GROUP (ORDER BY {first})) "
        f"AS SAMPLE_{number}\nFROM (SELECT {_listed(columns)} FROM {failing} ORDER BY {first} LIMIT {SAMPLE_ROWS})"
    )


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(map(identifier, columns))


def _row_fails(check: RowCheck) -> str:
    column = identifier(check.column)
    match check:
        case NotNull():
            return f"{column} IS NULL"
        case InRange():
            low = [] if check.low is None else [f"{column} < {_value(check.low)}"]
            return " OR ".join(low + ([] if check.high is None else [f"{column} > {_value(check.high)}"])) or "FALSE"
        case MatchesPattern():
            # It fits the whole text: https://docs.snowflake.com/en/sql-reference/functions/regexp_like
            return f"NOT REGEXP_LIKE({column}, {literal(check.pattern)})"
        case InSet():
            return f"{column} NOT IN ({', '.join(map(_value, check.values))})"


def _table_fails(check: TableCheck) -> str:
    match check:
        case FreshWithin():
            # SYSDATE is UTC: https://docs.snowflake.com/en/sql-reference/functions/sysdate
            age = f"DATEDIFF('second', MAX({identifier(check.column)}), SYSDATE())"
            return f"COALESCE({age} > {_value(check.hours * 3600)}, TRUE)"
        case RowCount():
            above = "" if check.high is None else f" OR COUNT(*) > {check.high}"
            return f"COUNT(*) < {check.low}{above}"


def _table_sample(check: TableCheck) -> str:
    """What the whole table has, as one JSON text: its newest moment, or its number of rows."""
    pair = f"'NEWEST', MAX({identifier(check.column)})" if isinstance(check, FreshWithin) else "'ROWS', COUNT(*)"
    return f"TO_JSON(ARRAY_CONSTRUCT(OBJECT_CONSTRUCT_KEEP_NULL({pair})))"


def _duplicates(check: Unique, table: str) -> str:
    listed = _listed(check.columns)
    present = " AND ".join(f"{identifier(column)} IS NOT NULL" for column in check.columns)
    return f"SELECT {listed}, COUNT(*) AS COPIES FROM {table} WHERE {present} GROUP BY {listed} HAVING COUNT(*) > 1"


def _orphans(check: ReferencesKey, table: str, columns: Sequence[str]) -> str:
    column = identifier(check.column)
    keys = f"SELECT DISTINCT {identifier(check.key)} AS KNOWN FROM {check.table}"
    return (
        f"SELECT {_listed(columns)} FROM {table} LEFT JOIN ({keys}) ON {column} = KNOWN\n"
        f"WHERE {column} IS NOT NULL AND KNOWN IS NULL"
    )


def _value(value: Value) -> str:
    match value:
        case datetime():
            return f"'{value.isoformat(sep=' ')}'::TIMESTAMP_NTZ"
        case date():
            return f"'{value.isoformat()}'::DATE"
        case float() | Decimal():
            return f"{value:f}"
        case _:
            return literal(value)


# The report


@checked
def as_text(report: ValidationReport) -> str:
    """One line a check, the failing rows below it, and a verdict."""
    lines = [line for result in report.results for line in _lines(result)]
    return "\n".join([*lines, f"{report.table}: {report.rows:,} rows, {_verdict(report)}"])


def _verdict(report: ValidationReport) -> str:
    if report.failed:
        return f"{len(report.failed)} of {len(report.results)} checks failed"
    warnings = sum(not result.passed for result in report.results)
    return "all checks passed" + (f" but {warnings} warning{'s'[: warnings > 1]}" if warnings else "")


def _lines(result: CheckResult) -> list[str]:
    state = "passed" if result.passed else "failed" if result.check.severity == "error" else "warning"
    line = f"{state:<8}{describe(result.check)}: {result.failures:,} failures ({result.rate:.2%})"
    return [line, *(f"          {json.dumps(row, ensure_ascii=False)}" for row in result.sample)]


@checked
def describe(check: Check) -> str:
    """`InRange PRICE low=0`: the check as its file says it, without what is as always."""
    fields = {name: value for name, value in vars(check).items() if name != "severity" and value is not None}
    subject = fields.pop("column", None) or ", ".join(fields.pop("columns", ()))
    return " ".join([type(check).__name__, *filter(None, [subject]), *(f"{k}={v}" for k, v in fields.items())])


@checked
def as_json(report: ValidationReport) -> dict[str, Any]:
    """The report as a document."""
    return {
        "table": report.table,
        "rows": report.rows,
        "passed": not report.failed,
        "checks": [_as_json(result) for result in report.results],
    }


def _as_json(result: CheckResult) -> dict[str, Any]:
    return {
        "check": describe(result.check),
        "severity": result.check.severity,
        "passed": result.passed,
        "failures": result.failures,
        "rate": result.rate,
        "sample": list(result.sample),
    }
