"""Which columns of an answer a client is told to have no NULL."""

import pytest
from snowflake.connector import SnowflakeConnection

from tests.emulator.conftest import Run

pytestmark = pytest.mark.emulator("module")

# Snowpark makes its tables of what it is told: tests/integ/scala/test_dataframe_writer_suite.py of its repository.
ANSWERS = [
    ("SELECT * FROM T", "NY"),
    ("SELECT * FROM OWN", "NY"),
    ("SELECT A AS X FROM (SELECT * FROM T) WHERE A > 0", "N"),
    ("SELECT X.A, Y.A FROM T X LEFT JOIN T Y ON X.A = Y.A", "NY"),
    ("SELECT A FROM T UNION ALL SELECT 1", "N"),
    ("SELECT A FROM T UNION ALL SELECT B FROM T", "Y"),
    ("SELECT A, COUNT(*) FROM T GROUP BY A", "NN"),
    ("SELECT A, COUNT(*) FROM T GROUP BY ROLLUP (A)", "YN"),
    ("SELECT 1, 'a' :: VARCHAR, -1.5, TRUE, NULL, TRY_CAST('x' AS INT)", "NNNNYY"),
    ("SELECT $1, $2 FROM VALUES (1 :: INT, 'a'), (2, NULL)", "NY"),
]


@pytest.mark.parametrize(("sql", "expected"), ANSWERS, ids=[sql for sql, _ in ANSWERS])
def test_an_answer_says_which_columns_have_no_null(
    run: Run, connection: SnowflakeConnection, sql: str, expected: str
) -> None:
    run("CREATE TABLE T (A INT NOT NULL, B INT)")
    run("CREATE TEMPORARY TABLE OWN (A INT NOT NULL, B INT)")
    described = connection.cursor().describe(sql)
    executed = connection.cursor().execute(sql)
    assert executed is not None
    for columns in (described, executed.description):
        assert "".join("Y" if column.is_nullable else "N" for column in columns or ()) == expected
