"""Snowflake Scripting: https://docs.snowflake.com/en/developer-guide/snowflake-scripting/index"""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from snowflake.connector import SnowflakeConnection

from tests.emulator.conftest import Fails, Rows, Run, run_on

pytestmark = pytest.mark.emulator("module")


@pytest.fixture
def connection(connection: SnowflakeConnection) -> SnowflakeConnection:
    """Each test begins with an empty table t."""
    run_on(connection, "CREATE TABLE t (a INT, b VARCHAR)")
    return connection


@pytest.mark.parametrize(
    ("block", "value"),
    [
        ("BEGIN RETURN 1 + 1; END", 2),
        ("BEGIN RETURN 'it''s'; END;", "it's"),
        ("BEGIN RETURN NULL; END", None),
        ("BEGIN NULL; END", None),
        ("BEGIN INSERT INTO t VALUES (1, 'x'); END", None),
        ("DECLARE n INTEGER DEFAULT 2; m INT := n * 3; BEGIN RETURN m; END", 6),
        ("DECLARE s VARCHAR; BEGIN RETURN s IS NULL; END", True),
        ("DECLARE d NUMBER(10, 2) := 1.236; BEGIN d := d + 1; RETURN d; END", Decimal("2.24")),
        ("DECLARE n INT := 1; BEGIN n := '7'; RETURN n + 1; END", 8),
        ('DECLARE "n" INT := 1; N INT := 2; BEGIN RETURN "n" + n; END', 3),
        ("BEGIN LET x := 1; LET y INT DEFAULT x + 1; x := :y + 1; RETURN x; END", 3),
        ("BEGIN LET x := CASE WHEN TRUE THEN 'a;b' ELSE 'c' END; RETURN x; END", "a;b"),
        ("BEGIN LET x := (SELECT COUNT(*) FROM t WHERE a = 1); RETURN x; END", 0),
        ("BEGIN LET x := 1; BEGIN LET x := 2; END; RETURN x; END", 1),
        ("BEGIN LET x := 1; BEGIN x := 2; END; RETURN x; END", 2),
        ("BEGIN IF (1 > 2) THEN RETURN 'a'; ELSEIF (TRUE) THEN RETURN 'b'; ELSE RETURN 'c'; END IF; END", "b"),
        ("BEGIN IF (1 > 2) THEN RETURN 'a'; ELSE RETURN 'c'; END IF; END", "c"),
        ("BEGIN IF (NULL) THEN RETURN 'a'; END IF; RETURN 'after'; END", "after"),
        ("BEGIN IF (CASE WHEN TRUE THEN TRUE END) THEN RETURN 'a'; END IF; END", "a"),
        ("BEGIN BEGIN RETURN 'inner'; END; RETURN 'outer'; END", "inner"),
        ("DECLARE q VARCHAR := 'SELECT 1'; BEGIN EXECUTE IMMEDIATE q; EXECUTE IMMEDIATE :q; RETURN 'ran'; END", "ran"),
        ("BEGIN -- a ; comment\n /* END; */ RETURN 1; END", 1),
        ("BEGIN LET d := '2026-01-31'::DATE; RETURN DATEADD(day, 1, d); END", date(2026, 2, 1)),
    ],
)
def test_a_block_returns_its_value_in_the_column_anonymous_block(rows: Rows, block: str, value: object) -> None:
    assert rows(block) == [{"anonymous block": value}]
    assert rows(f"EXECUTE IMMEDIATE $${block}$$") == [{"anonymous block": value}]


def test_a_block_may_stand_in_a_string(run: Run) -> None:
    assert run("EXECUTE IMMEDIATE 'BEGIN RETURN ''it\\'\\'s''; END'") == [("it's",)]


def test_execute_immediate_of_a_statement_answers_as_the_statement_does(run: Run) -> None:
    assert run("EXECUTE IMMEDIATE 'SELECT 1 AS one, 2.25 AS two, ''x'' AS three'") == [(1, Decimal("2.25"), "x")]
    assert run("EXECUTE IMMEDIATE 'INSERT INTO t VALUES (1, ''x''), (2, ''y'')'") == [(2,)]
    run("EXECUTE IMMEDIATE $$CREATE OR REPLACE TABLE made (a INT)$$")
    assert run("SELECT COUNT(*) FROM made") == [(0,)]


def test_execute_immediate_takes_the_text_of_a_session_variable(run: Run) -> None:
    run("SET statement = $$SELECT 'it''s' AS one$$")
    assert run("EXECUTE IMMEDIATE $statement") == [("it's",)]


@pytest.mark.parametrize(
    ("type_", "expression", "value"),
    [
        ("VARCHAR", "'it''s'", "it's"),
        ("VARCHAR", r"'back\\slash \\n'", r"back\slash \n"),
        ("VARCHAR", "'line\nbreak :a %s'", "line\nbreak :a %s"),
        ("VARCHAR", "''", ""),
        ("VARCHAR", "'ÅÄÖ ☃'", "ÅÄÖ ☃"),
        ("INT", "-5", -5),
        ("NUMBER(38, 9)", "-0.000000001", Decimal("-0.000000001")),
        ("NUMBER(38, 0)", "123456789012345678", 123456789012345678),
        ("DOUBLE", "1.5e300", 1.5e300),
        ("BOOLEAN", "FALSE", False),
        ("DATE", "'2026-02-28'::DATE", date(2026, 2, 28)),
        ("TIME", "'23:59:59.123456'::TIME", time(23, 59, 59, 123456)),
        (
            "TIMESTAMP_NTZ",
            "'2026-02-28 23:59:59.123456'::TIMESTAMP_NTZ",
            datetime(2026, 2, 28, 23, 59, 59, 123456),
        ),
        ("BINARY", "TO_BINARY('C0FFEE', 'HEX')", b"\xc0\xff\xee"),
        ("INT", "NULL", None),
    ],
)
def test_a_variable_reaches_a_statement_as_the_value_that_it_has(
    run: Run, type_: str, expression: str, value: Any
) -> None:
    run(f"CREATE OR REPLACE TABLE v (v {type_})")
    run(f"BEGIN LET x {type_} := {expression}; INSERT INTO v SELECT :x; END")
    assert run("SELECT v FROM v") == [(value,)]


def test_a_variant_variable_keeps_its_structure(run: Run) -> None:
    run("CREATE OR REPLACE TABLE v (v VARIANT)")
    block = """
        DECLARE x VARIANT := PARSE_JSON('{"a": {"b": 5}}');
        BEGIN INSERT INTO v SELECT :x; RETURN x:a.b::INT; END"""
    assert run(block) == [(5,)]
    assert run("SELECT v:a.b::INT FROM v") == [(5,)]


def test_only_a_colon_of_its_own_binds_a_variable(run: Run) -> None:
    run("CREATE OR REPLACE TABLE v (v VARIANT, b VARCHAR)")
    run("INSERT INTO v SELECT PARSE_JSON('{\"b\": \"field\"}'), 'column'")
    run("CREATE OR REPLACE TABLE found (field VARCHAR, text VARCHAR, variable VARCHAR, named VARCHAR)")
    run("BEGIN LET b := 'variable'; INSERT INTO found SELECT v:b::VARCHAR, ':b', :b, b FROM v WHERE :b<>b; END")
    assert run("SELECT * FROM found") == [("field", ":b", "variable", "column")]


@pytest.mark.parametrize(
    ("statement", "count"),
    [
        ("INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z')", 3),
        ("UPDATE t SET b = 'new' WHERE a > 10", 2),
        ("DELETE FROM t WHERE a = 11", 1),
        ("DELETE FROM t WHERE a = 99", 0),
        (
            "MERGE INTO t USING (SELECT 11 AS a UNION ALL SELECT 13) s ON t.a = s.a"
            " WHEN MATCHED THEN UPDATE SET b = 'm' WHEN NOT MATCHED THEN INSERT (a) VALUES (s.a)",
            2,
        ),
    ],
)
def test_sqlrowcount_is_the_number_of_rows_of_the_last_dml(run: Run, statement: str, count: int) -> None:
    run("INSERT INTO t VALUES (11, 'x'), (12, 'y')")
    expression = "SQLROWCOUNT || ' ' || SQLFOUND::VARCHAR || ' ' || SQLNOTFOUND::VARCHAR"
    shown = f"{count} {str(count > 0).lower()} {str(count == 0).lower()}"
    assert run(f"BEGIN {statement}; RETURN {expression}; END") == [(shown,)]


@pytest.mark.parametrize("statement", ["SELECT 1", "COMMIT", "TRUNCATE TABLE t"])
def test_sqlrowcount_is_null_after_another_statement(run: Run, statement: str) -> None:
    """https://docs.snowflake.com/en/release-notes/bcr-bundles/2025_01/bcr-1850"""
    assert run(f"BEGIN INSERT INTO t VALUES (1, 'x'); {statement}; RETURN SQLROWCOUNT; END") == [(None,)]


# Loops and CASE

_CASE = "CASE {} WHEN {} THEN RETURN 'one'; WHEN {} THEN RETURN 'two'; {} END"


@pytest.mark.parametrize(
    ("block", "value"),
    [
        ("LET n := 0; LOOP n := n + 1; IF (n = 4) THEN BREAK; END IF; END LOOP; RETURN n;", 4),
        ("LET n := 0; LOOP n := n + 1; IF (n = 4) THEN EXIT; END IF; END LOOP; RETURN n;", 4),
        ("LET n := 0; WHILE (n < 3) DO n := n + 1; END WHILE; RETURN n;", 3),
        ("LET n := 0; WHILE (n < 3) LOOP n := n + 1; END LOOP; RETURN n;", 3),
        ("LET n := 5; WHILE (n < 3) DO n := n + 1; END WHILE; RETURN n;", 5),
        ("LET n := 5; REPEAT n := n + 1; UNTIL (n > 3) END REPEAT; RETURN n;", 6),
        ("LET n := 0; FOR i IN 1 TO 3 DO n := n * 10 + i; END FOR; RETURN n;", 123),
        ("LET n := 0; FOR i IN REVERSE 1 TO 3 LOOP n := n * 10 + i; END LOOP; RETURN n;", 321),
        ("LET n := 0; LET last := 4; FOR i IN last - 1 TO last DO n := n + i; END FOR; RETURN n;", 7),
        ("LET n := 9; FOR i IN 2 TO 1 DO n := i; END FOR; RETURN n;", 9),
        ("LET n := 0; FOR i IN 1 TO 5 DO IF (MOD(i, 2) = 1) THEN CONTINUE; END IF; n := n + i; END FOR; RETURN n;", 6),
        ("LET n := 0; FOR i IN 1 TO 3 DO n := n + 1; LOOP BREAK; END LOOP; END FOR; RETURN n;", 3),
        ("LET n := 0; FOR i IN 1 TO 3 DO n := n + 1; LOOP BREAK far; END LOOP near; END FOR far; RETURN n;", 1),
        ("LET n := 0; FOR i IN 1 TO 3 DO LOOP CONTINUE far; END LOOP; n := 1; END FOR far; RETURN n;", 0),
        ("FOR i IN 1 TO 3 DO IF (i = 2) THEN RETURN i + 0; END IF; END FOR; RETURN 0;", 2),
        # What nobody has declared is returned as a text.
        ("FOR i IN 1 TO 3 DO RETURN i; END FOR;", "1"),
        (_CASE.format("", "1 = 1", "2 = 2", "") + " CASE;", "one"),
        (_CASE.format("", "1 = 2", "2 = 2", "") + ";", "two"),
        (_CASE.format("", "NULL", "FALSE", "ELSE RETURN 'none';") + ";", "none"),
        (_CASE.format("(1 + 1)", "1", "2", "") + " CASE;", "two"),
        (_CASE.format("3", "1", "2", "") + " CASE; RETURN 'after';", "after"),
        (_CASE.format("NULL", "NULL", "2", "") + " CASE; RETURN 'after';", "after"),
    ],
)
def test_a_loop_or_a_case_runs_what_it_says(run: Run, block: str, value: object) -> None:
    """Recorded: frostlake/scripting-loop-label, -range-for-loop, -case-statement and -return-value-typing."""
    assert run(f"BEGIN {block} END") == [(value,)]


# Cursors and result sets

_SUMMED = "LET n := 0; FOR r IN {} DO n := n * 10 + r.a; END FOR; RETURN n;"


@pytest.mark.parametrize(
    ("block", "value"),
    [
        ("DECLARE c CURSOR FOR SELECT a FROM t ORDER BY a; BEGIN {each} END", 123),
        ("BEGIN LET c CURSOR FOR SELECT a FROM t ORDER BY a; {each} END", 123),
        ("DECLARE c CURSOR FOR SELECT a FROM t ORDER BY a; BEGIN FOR r IN c DO NULL; END FOR; {each} END", 123),
        ("DECLARE c CURSOR FOR SELECT a FROM t WHERE a > ? ORDER BY a; BEGIN OPEN c USING (1); {each} END", 23),
        ("DECLARE x INT := 2; c CURSOR FOR SELECT a FROM t WHERE a < :x; BEGIN {each} END", 1),
        ("DECLARE c RESULTSET DEFAULT (SELECT a FROM t ORDER BY a); BEGIN {each} END", 123),
        ("DECLARE c RESULTSET; BEGIN c := (SELECT a FROM t WHERE a = 2); {each} END", 2),
        ("DECLARE c RESULTSET; BEGIN c := (EXECUTE IMMEDIATE 'SELECT 7 AS a'); {each} END", 7),
        ("DECLARE s RESULTSET DEFAULT (SELECT a FROM t ORDER BY a); c CURSOR FOR s; BEGIN {each} END", 123),
        ("DECLARE c CURSOR FOR SELECT a, b FROM t; BEGIN FOR r IN c DO RETURN r.b || r.a; END FOR; END", "x1"),
    ],
)
def test_a_loop_goes_over_the_rows_of_a_cursor_or_a_result_set(run: Run, block: str, value: object) -> None:
    """Recorded: frostlake/scripting-result-set, -cursor-positional-bind and -record-field-bind-form."""
    run("INSERT INTO t VALUES (1, 'x'), (2, 'x'), (3, 'x')")
    assert run(block.replace("{each}", _SUMMED.format("c"))) == [(value,)]


def test_fetch_takes_one_row_after_another_and_then_null(run: Run, fails: Fails) -> None:
    """Recorded: frostlake/scripting-cursor-manual-fetch."""
    run("INSERT INTO t VALUES (1, 'x'), (2, 'y')")
    block = """
        DECLARE c CURSOR FOR SELECT a, b FROM t ORDER BY a; n INT; m VARCHAR; seen VARCHAR DEFAULT '';
        BEGIN
            OPEN c;
            FOR i IN 1 TO 3 DO
                FETCH c INTO n, :m;
                seen := seen || NVL(n || m, 'none');
            END FOR;
            CLOSE c;
            RETURN seen;
        END"""
    assert run(block) == [("1x2ynone",)]
    assert "CURSOR C is not open" in str(fails("DECLARE c CURSOR FOR SELECT 1; BEGIN CLOSE c; END").raw_msg)


@pytest.mark.parametrize("source", ["s", "RESULTSET_FROM_CURSOR(c)"])
def test_return_table_answers_with_rows(rows: Rows, source: str) -> None:
    """Recorded: frostlake/scripting-result-set, frostlake/scripting-result-set-and-row-count."""
    declared = "s RESULTSET DEFAULT (SELECT 1 AS one, 'x' AS two); c CURSOR FOR SELECT 1 AS one, 'x' AS two;"
    assert rows(f"DECLARE {declared} BEGIN OPEN c; RETURN TABLE({source}); END") == [{"ONE": 1, "TWO": "x"}]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (":r.a", "syntax error line 1 at position 84 unexpected '.'"),
        (":r", "Bind variable :r not set"),
        ("r.a", "invalid identifier 'R.A'"),
    ],
)
def test_a_row_is_no_value_in_a_statement(run: Run, fails: Fails, value: str, message: str) -> None:
    """Recorded: frostlake/scripting-record-field-bind-form."""
    block = "DECLARE c CURSOR FOR SELECT 1 AS a; BEGIN FOR r IN c DO INSERT INTO t (a) VALUES ({}); END FOR; END"
    assert message in str(fails(block.format(value)).raw_msg)
    assert run("SELECT * FROM t") == []


def test_a_label_that_no_loop_around_has_is_told(fails: Fails) -> None:
    assert "Label 'FAR' not found" in str(fails("BEGIN LOOP BREAK far; END LOOP near; END").raw_msg)


def test_a_loop_ends_with_its_statement(run: Run, fails: Fails) -> None:
    run("ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 1")
    assert fails("BEGIN LOOP NULL; END LOOP; EXCEPTION WHEN OTHER THEN RETURN 1; END").errno == 630
    run("ALTER SESSION UNSET STATEMENT_TIMEOUT_IN_SECONDS")


def test_a_handler_that_continues_goes_on_behind_what_has_failed(run: Run) -> None:
    """Recorded: frostlake/scripting-doc-examples."""
    block = """
        DECLARE seen VARCHAR DEFAULT '';
        BEGIN
            FOR i IN 1 TO 3 DO
                IF (i = 2) THEN
                    LET failed := 1 / 0;
                    seen := seen || 'x';
                END IF;
                seen := seen || i;
            END FOR;
            RETURN seen;
        EXCEPTION
            WHEN EXPRESSION_ERROR CONTINUE THEN seen := seen || '!';
        END"""
    assert run(block) == [("1!x23",)]


def test_activity_count_is_the_rows_of_any_last_statement(run: Run) -> None:
    """Recorded: frostlake/scripting-dml-status-variables."""
    block = """
        BEGIN
            INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z');
            LET inserted INT := ACTIVITY_COUNT;
            SELECT * FROM t WHERE a > 1;
            LET selected INT := ACTIVITY_COUNT;
            CREATE OR REPLACE TABLE made (v INT);
            RETURN inserted || ' ' || selected || ' ' || ACTIVITY_COUNT;
        END"""
    assert run(block) == [("3 2 1",)]


def test_select_into_sets_variables_from_the_one_row(run: Run, fails: Fails) -> None:
    run("INSERT INTO t VALUES (1, 'x'), (2, 'y')")
    block = "DECLARE n INT; m VARCHAR; BEGIN SELECT COUNT(*), MAX(b) INTO :n, :m FROM t; RETURN n || m; END"
    assert run(block) == [("2y",)]
    assert run("DECLARE n INT; BEGIN SELECT MIN(a) INTO n FROM t; RETURN n; END") == [(1,)]
    error = fails("DECLARE n INT; BEGIN SELECT a INTO :n FROM t; END")
    assert error.raw_msg == (
        "Uncaught exception of type 'STATEMENT_ERROR' on line 1 at position 21 : "
        "A SELECT INTO statement expects exactly 1 returned row, but got 2."
    )


# Exceptions

_ABSENT = "SQL compilation error:\nObject 'NOPE' does not exist or not authorized."


@pytest.mark.parametrize(
    ("block", "errno", "sqlstate", "message"),
    [
        (
            "BEGIN\n  SELECT * FROM nope;\nEND",
            2003,
            "42S02",
            f"Uncaught exception of type 'STATEMENT_ERROR' on line 2 at position 2 : {_ABSENT}",
        ),
        (
            "BEGIN SELECT * FROM nope; EXCEPTION WHEN OTHER THEN ROLLBACK; RAISE; END",
            2003,
            "42S02",
            f"Uncaught exception of type 'STATEMENT_ERROR' on line 1 at position 6 : {_ABSENT}",
        ),
        (
            "DECLARE my_exception EXCEPTION (-20002, 'Raised MY_EXCEPTION.');\nBEGIN\n  RAISE my_exception;\nEND",
            -20002,
            "P0001",
            "Uncaught exception of type 'MY_EXCEPTION' on line 3 at position 2 : Raised MY_EXCEPTION.",
        ),
        (
            "DECLARE\n  my_exception EXCEPTION;\nBEGIN\n  RAISE my_exception;\nEND",
            -20000,
            "P0001",
            "Uncaught exception of type 'MY_EXCEPTION' on line 4 at position 2",
        ),
        (
            "DECLARE n INT; BEGIN n := 'abc'; END",
            100038,
            "22018",
            "Uncaught exception of type 'EXPRESSION_ERROR' on line 1 at position 26 : "
            "Numeric value 'abc' is not recognized",
        ),
    ],
)
def test_what_no_handler_catches_is_reported_with_its_code_and_place(
    fails: Fails, block: str, errno: int, sqlstate: str, message: str
) -> None:
    error = fails(block)
    assert (error.errno, error.sqlstate, error.raw_msg) == (errno, sqlstate, message)


@pytest.mark.parametrize(
    ("block", "name", "position"),
    [
        ("BEGIN RETURN nope + 1; END", "NOPE", 13),
        ('BEGIN RETURN 1 + "nope"; END', '"nope"', 17),
        ("BEGIN nope := 1; END", "NOPE", 11),
        ("BEGIN RAISE nope; END", "NOPE", 12),
        ("BEGIN RETURN late; LET late := 1; END", "LATE", 13),
        ("BEGIN BEGIN LET deep := 1; END; RETURN deep; END", "DEEP", 39),
        ("BEGIN LET x := 1; SELECT * FROM t; EXCEPTION WHEN OTHER THEN RETURN x; END", "X", 68),
        ("BEGIN IF (FALSE) THEN RETURN nope; END IF; RETURN 1; END", "NOPE", 29),
        ("BEGIN nope := 1; RETURN 1; EXCEPTION WHEN OTHER THEN RETURN 2; END", "NOPE", 11),
        ("BEGIN SELECT a INTO :nope FROM t; END", "NOPE", 21),
        ("BEGIN INSERT INTO t VALUES (:nope, 'x'); END", "NOPE", 28),
        ("DECLARE n INT; BEGIN SELECT a INTO n FROM t WHERE a = :nope; END", "NOPE", 54),
        ("BEGIN EXECUTE IMMEDIATE nope; END", "NOPE", 24),
        ("BEGIN OPEN nope; END", "NOPE", 11),
        ("BEGIN FOR r IN nope DO NULL; END FOR; END", "NOPE", 15),
        ("DECLARE c CURSOR FOR SELECT 1 AS a; BEGIN FOR r IN c DO NULL; END FOR; RETURN r.a; END", "R.A", 78),
        # In an expression, a name with a colon is told as it is written.
        ("BEGIN RETURN :noPe; END", "noPe", 13),
        ("BEGIN RETURN (SELECT MAX(a) FROM t WHERE b = :noPe); END", "noPe", 45),
    ],
)
def test_a_name_that_is_not_known_there_is_refused_before_anything_runs(
    fails: Fails, block: str, name: str, position: int
) -> None:
    """Recorded: frostlake/scripting-identifier-resolution, frostlake/scripting-bind-variable-dml."""
    place = f"SQL compilation error: error line 1 at position {position}"
    error = fails(block)
    assert (error.errno, error.raw_msg) == (904, f"{place}\ninvalid identifier '{name}'")


@pytest.mark.parametrize("name", ["SQLCODE", "SQLERRM", "SQLSTATE", "SQLROWCOUNT", "ACTIVITY_COUNT"])
def test_what_a_block_is_supplied_with_is_null_at_first(run: Run, name: str) -> None:
    assert run(f"BEGIN RETURN {name}; END") == [(None,)]


def test_a_handler_sees_code_message_and_state_and_the_declared_variables(run: Run) -> None:
    block = """
        DECLARE n INT := 0;
        BEGIN
          n := 5;
          SELECT * FROM nope;
        EXCEPTION
          WHEN STATEMENT_ERROR THEN
            INSERT INTO t VALUES (:sqlcode, :sqlerrm);
            RETURN n || ' ' || SQLCODE || ' ' || SQLSTATE || ' ' || SQLERRM;
        END"""
    assert run(block) == [(f"5 2003 42S02 {_ABSENT}",)]
    assert run("SELECT * FROM t") == [(2003, _ABSENT)]


@pytest.mark.parametrize(
    ("raised", "caught"),
    [("one", "1"), ("two", "1 or 2"), ("three", "other")],
)
def test_the_first_handler_that_names_the_exception_catches_it(run: Run, raised: str, caught: str) -> None:
    block = f"""
        DECLARE one EXCEPTION; two EXCEPTION (-20001, 'two'); three EXCEPTION;
        BEGIN
          RAISE {raised};
        EXCEPTION
          WHEN one THEN RETURN '1';
          WHEN one OR two EXIT THEN RETURN '1 or 2';
          WHEN OTHER THEN RETURN 'other';
        END"""
    assert run(block) == [(caught,)]


def test_an_exception_goes_up_to_the_block_that_handles_it(run: Run) -> None:
    block = """
        DECLARE e EXCEPTION (-20001, 'e');
        BEGIN
          BEGIN
            RAISE e;
          EXCEPTION
            WHEN EXPRESSION_ERROR THEN RETURN 'wrong';
          END;
          RETURN 'not reached';
        EXCEPTION
          WHEN e THEN RETURN 'outer ' || SQLERRM;
        END"""
    assert run(block) == [("outer e",)]


# Transactions


def test_a_block_is_not_a_transaction(run: Run, fails: Fails) -> None:
    """https://docs.snowflake.com/en/sql-reference/transactions#autocommit"""
    fails("BEGIN INSERT INTO t VALUES (1, 'kept'); SELECT * FROM nope; END")
    assert run("SELECT * FROM t") == [(1, "kept")]


def test_a_transaction_in_a_block_commits_as_one(run: Run) -> None:
    run("BEGIN BEGIN TRANSACTION; INSERT INTO t VALUES (1, 'x'); DELETE FROM t WHERE a = 1; COMMIT; END")
    assert run("SELECT * FROM t") == []


@pytest.mark.parametrize(
    "ending", ["", "EXCEPTION WHEN OTHER THEN ROLLBACK; RAISE;", "EXCEPTION WHEN OTHER THEN RAISE;"]
)
def test_an_unhandled_error_rolls_back_the_transaction_of_the_block(run: Run, fails: Fails, ending: str) -> None:
    fails(f"BEGIN BEGIN TRANSACTION; INSERT INTO t VALUES (1, 'x'); SELECT * FROM nope; COMMIT; {ending} END")
    run("INSERT INTO t VALUES (2, 'after')")
    assert run("SELECT * FROM t") == [(2, "after")]


def test_a_block_that_leaves_its_transaction_open_fails_and_is_rolled_back(run: Run, fails: Fails) -> None:
    error = fails("BEGIN BEGIN TRANSACTION; INSERT INTO t VALUES (1, 'x'); END")
    assert error.errno == 90232
    assert run("SELECT * FROM t") == []


def test_a_block_inside_a_transaction_leaves_it_open(run: Run) -> None:
    run("BEGIN TRANSACTION")
    run("BEGIN INSERT INTO t VALUES (1, 'x'); END")
    run("ROLLBACK")
    assert run("SELECT * FROM t") == []


@pytest.mark.parametrize("begin", ["BEGIN", "BEGIN TRANSACTION", "BEGIN WORK", "BEGIN NAME x", "BEGIN;"])
def test_begin_alone_begins_a_transaction(run: Run, begin: str) -> None:
    run(begin)
    run("INSERT INTO t VALUES (1, 'x')")
    run("ROLLBACK")
    assert run("SELECT * FROM t") == []


# Around a block


def test_the_statements_of_a_block_are_in_the_query_history(run: Run) -> None:
    run("BEGIN LET x := 7; INSERT INTO t VALUES (:x, 'x'); RETURN x; END")
    texts = run("SELECT query_text FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY_BY_SESSION()) ORDER BY start_time")
    assert ("INSERT INTO t VALUES (7, 'x')",) in texts


def test_a_block_reads_the_variables_of_its_session(run: Run) -> None:
    run("SET limit_ = 5")
    assert run("BEGIN LET x := $limit_ + 1; INSERT INTO t VALUES ($limit_, 'x'); RETURN x; END") == [(6,)]
    assert run("SELECT a FROM t") == [(5,)]


@pytest.mark.parametrize(
    ("block", "refused"),
    [
        ("BEGIN FOR i IN 1 TO NULL DO SELECT 1; END FOR; END", "FOR with a bound that is NULL"),
        ("BEGIN BREAK; END", "BREAK or CONTINUE outside a loop"),
        ("BEGIN LET c CURSOR FOR SELECT 1; OPEN c; OPEN c; END", "OPEN of a cursor that is open, or of a result set"),
        ("DECLARE r RESULTSET; BEGIN RETURN TABLE(r); END", "the rows of a result set that has none"),
        ("DECLARE p PROCEDURE () RETURNS INT; BEGIN RETURN 1; END", "PROCEDURE in a Snowflake Scripting block"),
        ("BEGIN EXECUTE IMMEDIATE 'SELECT ?' USING (x); END", "EXECUTE IMMEDIATE ... USING"),
        ("BEGIN EXECUTE IMMEDIATE FROM @s/f.sql; END", "EXECUTE IMMEDIATE ... FROM"),
        ("CALL my_procedure(1)", "CALL MY_PROCEDURE"),
    ],
)
def test_what_is_not_emulated_is_refused_by_name(fails: Fails, block: str, refused: str) -> None:
    assert str(fails(block).raw_msg).startswith(f"Unsupported feature: {refused} is not emulated.")


@pytest.mark.parametrize(
    ("block", "place"),
    [
        ("BEGIN SELECT 1", "line 1 at position 14 unexpected '<EOF>'"),
        ("BEGIN SELECT 1; END IF;", "line 1 at position 20 unexpected 'IF'"),
        ("BEGIN LET; END", "line 1 at position 9 unexpected ';'"),
        ("BEGIN\nIF (TRUE) RETURN 1; END IF;\nEND", "line 2 at position 10 unexpected 'RETURN'"),
        ("BEGIN IF 1 > 2 THEN RETURN 1; END IF; END", "line 1 at position 9 unexpected '1'"),
        ("DECLARE x; BEGIN RETURN x; END", "line 1 at position 9 unexpected ';'"),
        ("BEGIN LET x INT; END", "line 1 at position 15 unexpected ';'"),
    ],
)
def test_a_block_that_cannot_be_read_is_a_syntax_error(fails: Fails, block: str, place: str) -> None:
    error = fails(block)
    assert (error.errno, error.raw_msg) == (1003, f"SQL compilation error:\nsyntax error {place}.")


def test_a_block_with_a_mistake_at_its_end_runs_nothing(run: Run, fails: Fails) -> None:
    fails("BEGIN INSERT INTO t VALUES (1, 'x'); LET; END")
    assert run("SELECT * FROM t") == []


# Arguments of system functions


@pytest.mark.parametrize(
    "statement",
    [
        "BEGIN LET s := 'CHANGES'; SELECT SYSTEM$STREAM_HAS_DATA(:s); END",
        "BEGIN LET s := 'CHANGES'; RETURN SYSTEM$STREAM_HAS_DATA(s); END",
        "BEGIN LET s := 'CHANGES'; IF (SYSTEM$STREAM_HAS_DATA(:s)) THEN RETURN 1; END IF; END",
        "SELECT SYSTEM$STREAM_HAS_DATA($s)",
        "BEGIN LET s := 'T'; SELECT SYSTEM$GET_ICEBERG_TABLE_INFORMATION(:s); END",
    ],
)
def test_a_variable_stands_for_no_argument_of_a_system_function(run: Run, fails: Fails, statement: str) -> None:
    """Their pages show a name in quotes; SYSTEM$SET_RETURN_VALUE's alone shows a variable too."""
    run("SET s = 'CHANGES'")
    assert "of a variable is not emulated" in str(fails(statement).msg)
