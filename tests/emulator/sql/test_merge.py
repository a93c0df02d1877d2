"""MERGE: https://docs.snowflake.com/en/sql-reference/sql/merge"""

import pytest

from tests.emulator.conftest import Fails, Rows, Run

pytestmark = pytest.mark.emulator("module")


@pytest.fixture(autouse=True)
def tables(run: Run) -> None:
    run("CREATE TABLE T (K INT, V VARCHAR)")
    run("INSERT INTO T VALUES (1, 'one'), (2, 'two'), (NULL, 'nobody')")
    run("CREATE TABLE N (K INT, V VARCHAR, GONE BOOLEAN)")
    run("INSERT INTO N VALUES (1, 'uno', FALSE), (2, NULL, TRUE), (3, 'tres', FALSE), (NULL, 'nadie', FALSE)")


MERGES = [
    (
        "matched rows change and the others are added",
        "MERGE INTO T USING N ON T.K = N.K WHEN MATCHED THEN UPDATE SET V = N.V"
        " WHEN NOT MATCHED THEN INSERT (K, V) VALUES (N.K, N.V)",
        [(1, "uno"), (2, None), (3, "tres"), (None, "nadie"), (None, "nobody")],
        {"number of rows inserted": 2, "number of rows updated": 2},
    ),
    (
        "the first clause that holds is taken",
        "MERGE INTO T USING N ON T.K = N.K WHEN MATCHED AND N.GONE THEN DELETE WHEN MATCHED THEN UPDATE SET V = N.V",
        [(1, "uno"), (None, "nobody")],
        {"number of rows updated": 1, "number of rows deleted": 1},
    ),
    (
        "null-safe keys match",
        "MERGE INTO T USING N ON EQUAL_NULL(T.K, N.K) WHEN MATCHED AND N.K IS NULL THEN UPDATE SET V = N.V",
        [(1, "one"), (2, "two"), (None, "nadie")],
        {"number of rows updated": 1},
    ),
    (
        "values are computed from both sides",
        "MERGE INTO T X USING (SELECT K, UPPER(V) AS V FROM N WHERE NOT GONE) S ON X.K = S.K"
        " WHEN MATCHED THEN UPDATE SET X.V = X.V || '/' || COALESCE(S.V, '-')"
        " WHEN NOT MATCHED AND S.K IS NOT NULL THEN INSERT (V, K) VALUES (LOWER(S.V), S.K + 10)",
        [(1, "one/UNO"), (2, "two"), (13, "tres"), (None, "nobody")],
        {"number of rows inserted": 1, "number of rows updated": 1},
    ),
    (
        "an insert without columns fills all that are visible",
        "MERGE INTO T USING N ON T.K = N.K WHEN NOT MATCHED AND N.K = 3 THEN INSERT VALUES (N.K, N.V)",
        [(1, "one"), (2, "two"), (3, "tres"), (None, "nobody")],
        {"number of rows inserted": 1},
    ),
    (
        "no row may match",
        "MERGE INTO T USING (SELECT * FROM N WHERE 1 = 0) S ON T.K = S.K WHEN MATCHED THEN DELETE",
        [(1, "one"), (2, "two"), (None, "nobody")],
        {"number of rows deleted": 0},
    ),
]


@pytest.mark.parametrize(("sql", "expected", "counts"), [case[1:] for case in MERGES], ids=[case[0] for case in MERGES])
@pytest.mark.parametrize("tracked", [False, True], ids=["plain", "tracked"])
def test_a_merge_carries_its_clauses_out(
    run: Run, rows: Rows, tracked: bool, sql: str, expected: list[tuple[object, ...]], counts: dict[str, int]
) -> None:
    if tracked:
        run("CREATE STREAM S ON TABLE T")
    assert rows(sql) == [counts]
    assert run("SELECT * FROM T ORDER BY K, V") == expected


@pytest.mark.parametrize(
    ("clauses", "allowed"),
    [("WHEN MATCHED THEN UPDATE SET V = S.V", False), ("WHEN MATCHED THEN DELETE", True)],
)
def test_a_row_that_several_source_rows_would_update_is_an_error(
    run: Run, fails: Fails, clauses: str, allowed: bool
) -> None:
    sql = f"MERGE INTO T USING (SELECT 1 AS K, 'a' AS V UNION ALL SELECT 1, 'b') S ON T.K = S.K {clauses}"
    if allowed:
        assert run(sql) == [(1,)]
    else:
        assert fails(sql).errno == 100090


def test_not_matched_by_source_is_refused_by_name(fails: Fails) -> None:
    error = fails("MERGE INTO T USING N ON T.K = N.K WHEN NOT MATCHED BY SOURCE THEN DELETE")
    assert "NOT MATCHED BY SOURCE is not emulated" in str(error.msg)


def test_an_update_of_several_matches_fails_if_the_session_wants_so(run: Run, fails: Fails) -> None:
    """https://docs.snowflake.com/en/sql-reference/parameters#error-on-nondeterministic-update"""
    run("CREATE OR REPLACE TABLE T (A INT, B INT) AS SELECT 1, 0")
    run("CREATE TABLE S (A INT, B INT) AS SELECT * FROM VALUES (1, 1), (1, 2)")
    run("ALTER SESSION SET ERROR_ON_NONDETERMINISTIC_UPDATE = TRUE")
    try:
        assert fails("UPDATE T SET B = S.B FROM S WHERE T.A = S.A").errno == 100090
        assert run("UPDATE T SET B = 3 WHERE A = 1") == [(1,)]
    finally:
        run("ALTER SESSION UNSET ERROR_ON_NONDETERMINISTIC_UPDATE")
    assert run("UPDATE T SET B = S.B FROM S WHERE T.A = S.A") == [(1, 1)]
