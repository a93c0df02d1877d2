"""INSERT ALL and INSERT FIRST: https://docs.snowflake.com/en/sql-reference/sql/insert-multi-table"""

import pytest

from tests.emulator.conftest import Fails, Run

pytestmark = pytest.mark.emulator("module")


@pytest.fixture(autouse=True)
def tables(run: Run) -> None:
    run("CREATE OR REPLACE TABLE CAME (N INT, M INT)")
    run("INSERT INTO CAME VALUES (1, 2), (20, 5), (200, 8)")
    run("CREATE OR REPLACE TABLE A (X INT, Y INT DEFAULT 7, Z VARCHAR(3))")
    run("CREATE OR REPLACE TABLE B (X INT)")


def test_streams_see_the_rows_of_each_table_and_one_that_is_read_is_consumed(run: Run) -> None:
    run("CREATE OR REPLACE STREAM OF_CAME ON TABLE CAME SHOW_INITIAL_ROWS = TRUE")
    run("CREATE OR REPLACE STREAM OF_A ON TABLE A")
    run("INSERT ALL WHEN N > 10 THEN INTO A (X) VALUES (N) ELSE INTO B VALUES (M) SELECT N, M FROM OF_CAME")
    assert run("SELECT X, METADATA$ACTION FROM OF_A ORDER BY X") == [(20, "INSERT"), (200, "INSERT")]
    assert run("SELECT X FROM B") == [(2,)]
    assert run("SELECT COUNT(*) FROM OF_CAME") == [(0,)]


def test_it_inserts_into_all_or_none_of_its_tables(run: Run, fails: Fails) -> None:
    statement = "INSERT ALL INTO B (X) VALUES (N) INTO A (X, Z) VALUES (N, 'too long') SELECT N FROM CAME"
    assert "String 'too long' is too long" in str(fails(statement))
    assert run("SELECT COUNT(*) FROM B") == [(0,)]
    run("BEGIN")
    run("INSERT INTO B VALUES (1)")
    fails(statement)
    run("COMMIT")
    assert run("SELECT X FROM B") == [(1,)]


def test_the_query_is_answered_once_before_a_table_is_changed(run: Run) -> None:
    run("CREATE OR REPLACE SEQUENCE NUMBERS")
    run("INSERT ALL INTO A (X) INTO B SELECT NUMBERS.NEXTVAL FROM CAME")
    assert run("SELECT COUNT(*) FROM A JOIN B ON A.X = B.X") == [(3,)]
    run("INSERT OVERWRITE ALL INTO B INTO B VALUES (X + 1) SELECT X FROM B")
    assert run("SELECT X FROM B ORDER BY X") == [(1,), (2,), (2,), (3,), (3,), (4,)]


def test_each_row_is_judged_once(run: Run) -> None:
    run("CREATE OR REPLACE TABLE MANY AS SELECT SEQ4() AS N FROM TABLE(GENERATOR(ROWCOUNT => 200))")
    for choice in ("ALL", "FIRST"):
        run(f"INSERT OVERWRITE {choice} WHEN RANDOM() > 0 THEN INTO A (X) ELSE INTO B SELECT N FROM MANY")
        assert run("SELECT COUNT(DISTINCT X) FROM (SELECT X FROM A UNION ALL SELECT X FROM B)") == [(200,)]
        assert run("SELECT (SELECT COUNT(*) FROM A) + (SELECT COUNT(*) FROM B)") == [(200,)]


def test_the_number_of_all_rows_is_sqlrowcount(run: Run) -> None:
    block = "BEGIN INSERT ALL INTO A (X) INTO B SELECT N FROM CAME; RETURN SQLROWCOUNT; END"
    assert run(f"EXECUTE IMMEDIATE $${block}$$") == [(6,)]


REFUSED = [
    ("INSERT FIRST INTO A (X) SELECT 1", "syntax error line 1 at position 13 unexpected 'INTO'."),
    ("INSERT ALL INTO A (X) WHEN 1 = 1 THEN INTO B SELECT 1", "syntax error line 1 at position 22 unexpected 'WHEN'."),
    ("INSERT ALL INTO A (X) VALUES (NONE_SUCH) SELECT 1", "position 30\ninvalid identifier 'NONE_SUCH'"),
    ("INSERT ALL INTO A (X) VALUES (CAME.N) SELECT N FROM CAME", "position 30\ninvalid identifier 'CAME.N'"),
    ("INSERT ALL INTO A SELECT 1", "expecting 3 but got 1"),
    ("INSERT ALL INTO B INTO NONE_SUCH SELECT 1", "Object 'NONE_SUCH' does not exist or not authorized."),
    ("INSERT ALL INTO B VALUES (N), (N) SELECT 1 AS N", "several rows behind the VALUES"),
    ("INSERT ALL WHEN N = 1 THEN INTO B ELSE INTO B INTO B SELECT 1 AS N", "several INTO behind the ELSE"),
]


@pytest.mark.parametrize(("statement", "words"), REFUSED)
def test_what_its_grammar_has_not_is_refused(fails: Fails, statement: str, words: str) -> None:
    assert words in str(fails(statement))
