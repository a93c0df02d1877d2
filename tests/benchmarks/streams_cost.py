"""What change data capture costs on the emulator, beside the same work in plain DuckDB in the same run."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import duckdb

from src.emulator.engine import Engine
from src.emulator.session import Session

from .measuring import Line

ROWS, CHANGED = 1_000_000, 100_000
COLUMNS = (
    "FUND VARCHAR, TICKER VARCHAR, NAME VARCHAR, WEIGHT NUMBER(18,6), VALUE NUMBER(18,2), AS_OF DATE, LOADED TIMESTAMP"
)
MADE = """
    SELECT 'F' || (i % 50) AS FUND, 'T' || i AS TICKER, 'Name ' || i AS NAME, (i % 100) / 7 AS WEIGHT,
    i * 3.25 AS VALUE,
    DATE '2026-01-01' AS AS_OF, TIMESTAMP '2026-01-01' AS LOADED FROM range({rows}) r(i)
"""
NET = """
    WITH ends AS (
        SELECT rid, min(v) AS f, max(v) AS l, bool_or(op = 'I') AS born, bool_or(op = 'D') AS died
        FROM log GROUP BY rid)
    SELECT c.*, 'DELETE' AS action, NOT died AS isupdate FROM log c JOIN ends e ON c.rid = e.rid AND c.v = e.f
    WHERE c.old AND NOT born
    UNION ALL
    SELECT c.*, 'INSERT', NOT born FROM log c JOIN ends e ON c.rid = e.rid AND c.v = e.l WHERE NOT c.old AND NOT died
"""


def lines() -> Iterator[Line]:
    """Measures in the order of the table."""
    with _emulated(ROWS) as small, _emulated(10 * ROWS) as large:
        plain = _plain()
        yield from _reading(small, large, plain)
        yield from _consuming(small, large, plain)
        yield from _unloading(small, plain)
        yield from _changing(small)


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def median(work: Callable[[], object], times: int = 3) -> float:
    return sorted(seconds(work) for _ in range(times))[times // 2]


@contextmanager
def _emulated(rows: int) -> Iterator[Session]:
    """A table T of so many rows with two streams, a tenth of ROWS of which have changed since."""
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Path(folder) / "state")
        session = engine.open_session()
        for sql in ("CREATE DATABASE B", "CREATE WAREHOUSE W", f"CREATE TABLE T ({COLUMNS})"):
            session.cursor().execute(sql)
        names = ", ".join(column.split()[0] for column in COLUMNS.split(", ") if " " in column)
        session.duck.execute(f"INSERT INTO B.PUBLIC.T ({names}) {MADE.format(rows=rows)}")
        for sql in ("CREATE STREAM S ON TABLE T", "CREATE STREAM U ON TABLE T", *_changes()):
            session.cursor().execute(sql)
        try:
            yield session
        finally:
            session.close()
            engine.close()


def _changes() -> Iterator[str]:
    """Changes to a tenth of ROWS: updates, deletes and inserts."""
    part = CHANGED // 3
    yield f"UPDATE T SET WEIGHT = WEIGHT + 1 WHERE VALUE < {part * 3.25}"
    yield f"DELETE FROM T WHERE VALUE >= {part * 3.25} AND VALUE < {2 * part * 3.25}"
    yield (
        "INSERT INTO T SELECT FUND, TICKER || 'n', NAME, WEIGHT, VALUE, AS_OF, LOADED FROM T"
        f" WHERE VALUE < {part * 3.25}"
    )


def _plain() -> duckdb.DuckDBPyConnection:
    """The same table and the same changes, with the log written out by hand."""
    plain = duckdb.connect()
    part = CHANGED // 3
    plain.execute(f"CREATE TABLE t AS SELECT *, gen_random_uuid() AS rid FROM ({MADE.format(rows=ROWS)})")
    plain.execute("CREATE TABLE log AS SELECT 0::BIGINT AS v, '' AS op, TRUE AS old, * FROM t LIMIT 0")
    plain.execute(f"INSERT INTO log SELECT 1, 'U', TRUE, * FROM t WHERE value < {part * 3.25}")
    plain.execute(
        f"INSERT INTO log SELECT 1, 'U', FALSE, * REPLACE (weight + 1 AS weight) FROM t WHERE value < {part * 3.25}"
    )
    plain.execute(
        f"INSERT INTO log SELECT 2, 'D', TRUE, * FROM t WHERE value >= {part * 3.25} AND value < {2 * part * 3.25}"
    )
    plain.execute(
        "INSERT INTO log SELECT 3, 'I', FALSE, * REPLACE (ticker || 'n' AS ticker, gen_random_uuid() AS rid) FROM t"
        f" WHERE value < {part * 3.25}"
    )
    plain.execute(f"CREATE TABLE net AS {NET}")
    return plain


def _reading(small: Session, large: Session, plain: duckdb.DuckDBPyConnection) -> Iterator[Line]:
    count = "SELECT COUNT(*), SUM(WEIGHT), MAX(NAME) FROM S"
    net = median(lambda: plain.execute(f"SELECT count(*), sum(weight), max(name) FROM ({NET})").fetchall())
    read = median(lambda: small.cursor().execute(count))
    tenfold = median(lambda: large.cursor().execute(count))
    yield Line("reading a stream of 100,000 changes, as a multiple of plain DuckDB", read / net, 5, "x")
    yield Line("the same on a table 10 x larger, as a multiple of the smaller one", tenfold / read, 1.5, "x")


CONSUME = (
    "BEGIN",
    "DELETE FROM TARGET USING (SELECT FUND, TICKER, AS_OF FROM S WHERE METADATA$ACTION = 'DELETE') D"
    " WHERE TARGET.FUND = D.FUND AND TARGET.TICKER = D.TICKER AND TARGET.AS_OF = D.AS_OF",
    "MERGE INTO TARGET USING (SELECT * FROM S WHERE METADATA$ACTION = 'INSERT') N ON TARGET.FUND = N.FUND"
    " AND TARGET.TICKER = N.TICKER AND TARGET.AS_OF = N.AS_OF"
    " WHEN MATCHED THEN UPDATE SET NAME = N.NAME, WEIGHT = N.WEIGHT, VALUE = N.VALUE, LOADED = N.LOADED"
    " WHEN NOT MATCHED THEN INSERT (FUND, TICKER, NAME, WEIGHT, VALUE, AS_OF, LOADED)"
    " VALUES (N.FUND, N.TICKER, N.NAME, N.WEIGHT, N.VALUE, N.AS_OF, N.LOADED)",
    "COMMIT",
)


def _consume(session: Session) -> float:
    """The shape of pipeline 1, into an ordinary table of ROWS."""
    names = "FUND, TICKER, NAME, WEIGHT, VALUE, AS_OF, LOADED"
    session.cursor().execute(f"CREATE TABLE TARGET AS SELECT {names} FROM T LIMIT {ROWS}")
    return seconds(lambda: [session.cursor().execute(sql) for sql in CONSUME])


def _consuming(small: Session, large: Session, plain: duckdb.DuckDBPyConnection) -> Iterator[Line]:
    plain.execute("CREATE TABLE target AS SELECT * EXCLUDE (rid) FROM t")
    merged = seconds(lambda: [plain.execute(sql) for sql in _plain_consumption()])
    consumed, tenfold = _consume(small), _consume(large)
    yield Line("consuming it (DELETE and MERGE), as a multiple of plain DuckDB", consumed / merged, 5, "x")
    yield Line("the same on a source 10 x larger, as a multiple of the smaller one", tenfold / consumed, 1.5, "x")


def _plain_consumption() -> Iterator[str]:
    yield "BEGIN"
    yield (
        "DELETE FROM target USING (SELECT * FROM net WHERE action = 'DELETE') d"
        " WHERE target.fund = d.fund AND target.ticker = d.ticker AND target.as_of = d.as_of"
    )
    yield (
        "MERGE INTO target USING (SELECT * FROM net WHERE action = 'INSERT') n"
        " ON target.fund = n.fund AND target.ticker = n.ticker AND target.as_of = n.as_of"
        " WHEN MATCHED THEN UPDATE SET name = n.name, weight = n.weight, value = n.value, loaded = n.loaded"
        " WHEN NOT MATCHED THEN INSERT VALUES (n.fund, n.ticker, n.name, n.weight, n.value, n.as_of, n.loaded)"
    )
    yield "COMMIT"


def _unloading(small: Session, plain: duckdb.DuckDBPyConnection) -> Iterator[Line]:
    small.cursor().execute("CREATE STAGE ST")
    with tempfile.TemporaryDirectory() as folder:
        copied = seconds(
            lambda: plain.execute(f"COPY net TO '{folder}/net.parquet' (FORMAT parquet, COMPRESSION snappy)")
        )
    unload = "COPY INTO @ST/u/ FROM (SELECT * FROM U) FILE_FORMAT = (TYPE = PARQUET) HEADER = TRUE"
    unloaded = seconds(lambda: small.cursor().execute(unload))
    yield Line("unloading it to Parquet, as a multiple of DuckDB's COPY of the same rows", unloaded / copied, 3, "x")


# Each is run for the rounds 1 to 5, on other rows each time: rows all over the table, as those of a rebalancing are,
# and rows that lie together, which DuckDB finds by their range, and changes in a tenth of the time.
_SCATTERED, _TOGETHER = "RIGHT(TICKER, 1) = '{n}'", "VALUE >= 325000 * {n} AND VALUE < 325000 * ({n} + 1)"
_UPDATE, _DELETE = "UPDATE {{t}} SET WEIGHT = WEIGHT + 1 WHERE {}", "DELETE FROM {{t}} WHERE {}"
DML = (
    (
        "insert of 100,000 rows",
        "INSERT INTO {t} SELECT FUND, TICKER || 'n{n}n', NAME, WEIGHT, -VALUE, AS_OF, LOADED FROM TARGET LIMIT 100000",
        3,
    ),
    ("update of 100,000 rows all over the table", _UPDATE.format(_SCATTERED), 7),
    ("update of 100,000 rows that lie together", _UPDATE.format(_TOGETHER), 5),
    ("delete of 100,000 rows all over the table", _DELETE.format(_SCATTERED), 3),
    ("delete of 50,000 rows that lie together", _DELETE.format(_TOGETHER), 5),
)


def _changing(small: Session) -> Iterator[Line]:
    names = "FUND, TICKER, NAME, WEIGHT, VALUE, AS_OF, LOADED"
    for name in ("TRACKED", "UNTRACKED"):
        small.cursor().execute(f"CREATE TABLE {name} AS SELECT {names} FROM T")
    small.cursor().execute("CREATE STREAM FOLLOWING ON TABLE TRACKED")
    small.duck.execute("CHECKPOINT B")  # as it is after a while, or in the next process
    for operation, sql, limit in DML:
        ratio = statistics.median(_ratio(small, sql, round_) for round_ in range(1, 6))
        yield Line(f"{operation} with a stream, as a multiple of without", ratio, limit, "x")


def _ratio(session: Session, sql: str, round_: int) -> float:
    plain, tracked = (
        seconds(partial(session.cursor().execute, sql.format(t=table, n=round_))) for table in ("UNTRACKED", "TRACKED")
    )
    return tracked / plain
