"""Several statements in one text: counted as the client says, run in order, answered one by one."""

import pytest
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import ProgrammingError

from src.emulator.language.several import split
from tests.emulator.conftest import run_on

SPLIT = (
    ("select 1", ["select 1"]),
    ("select 1; select 2;", ["select 1", "select 2"]),
    ("select 1; -- the end\n", ["select 1"]),
    (";;select 1;; select ';' ;", ["select 1", "select ';' "]),
    ("begin; insert into t values (1); commit;", ["begin", "insert into t values (1)", "commit"]),
    ("begin transaction; select 1; rollback", ["begin transaction", "select 1", "rollback"]),
    ("begin select 1; select 2; end; select 3", ["begin select 1; select 2; end", "select 3"]),
    ("begin begin transaction; commit; end; select 3", ["begin begin transaction; commit; end", "select 3"]),
    ("declare a int; begin a := 1; return a; end;", ["declare a int; begin a := 1; return a; end"]),
    (
        "create task k as begin if (true) then select 1; else select 2; end if; end; select case when 1 = 1 then 2 end",
        [
            "create task k as begin if (true) then select 1; else select 2; end if; end",
            "select case when 1 = 1 then 2 end",
        ],
    ),
    (
        "begin for i in 1 to 2 do select case 1 when 1 then 2 end; end for; exception when other then y; end; x",
        [
            "begin for i in 1 to 2 do select case 1 when 1 then 2 end; end for; exception when other then y; end",
            "x",
        ],
    ),
    ("execute immediate $$ begin; x; $$; select 1", ["execute immediate $$ begin; x; $$", "select 1"]),
    ("select 'not closed; ", ["select 'not closed; "]),
)


@pytest.mark.parametrize(("text", "statements"), SPLIT, ids=[text for text, _ in SPLIT])
def test_a_text_is_split_at_the_ends_of_its_statements(text: str, statements: list[str]) -> None:
    assert split(text) == statements


@pytest.mark.parametrize("count", [0, 3])
def test_each_statement_answers_in_its_turn(module_account: SnowflakeConnection, count: int) -> None:
    cursor = module_account.cursor()
    cursor.execute(
        "create or replace table m(a int); insert into m values (1), (2); select a from m", num_statements=count
    )
    assert cursor.fetchall() == [("Table M successfully created.",)]
    assert cursor.nextset() is cursor
    assert cursor.fetchall() == [(2,)]
    cursor.nextset()
    assert cursor.fetchall() == [(1,), (2,)]
    assert cursor.nextset() is None


def test_statements_that_run_beside_are_found_by_the_id_of_all(module_account: SnowflakeConnection) -> None:
    """The connector reads RESULT_SCAN of them first: cursor.py, get_results_from_sfqid."""
    cursor = module_account.cursor()
    cursor.execute_async("select 7 as a; select 'x' as b", num_statements=2)
    query_id = cursor.sfqid
    assert query_id is not None
    cursor.get_results_from_sfqid(query_id)
    assert cursor.fetchall() == [(7,)]
    cursor.nextset()
    assert cursor.fetchall() == [("x",)]
    cursor.execute(f"select * from table(result_scan('{query_id}'))")
    assert cursor.fetchall() == [("Multiple statements executed successfully.",)]


def test_a_transaction_is_one_text(module_account: SnowflakeConnection) -> None:
    cursor = module_account.cursor()
    cursor.execute("create or replace table m(a int)")
    cursor.execute("BEGIN;\nINSERT INTO m VALUES (1);\nROLLBACK; -- no\n", num_statements=0)
    assert run_on(module_account, "select count(*) from m") == [(0,)]


@pytest.mark.parametrize(
    ("sql", "count", "told"), [("select 1; select 2", 1, (2, 1)), ("select 1", 2, (1, 2)), ("begin; commit", 3, (2, 3))]
)
def test_another_number_of_statements_is_refused(
    module_account: SnowflakeConnection, sql: str, count: int, told: tuple[int, int]
) -> None:
    with pytest.raises(ProgrammingError, match="Actual statement count {} did not .* count {}".format(*told)) as caught:
        module_account.cursor().execute(sql, num_statements=count)
    assert caught.value.errno == 8


def test_what_was_done_before_a_failure_stays_done(module_account: SnowflakeConnection) -> None:
    cursor = module_account.cursor()
    with pytest.raises(ProgrammingError):
        cursor.execute(
            "create or replace table m(a int); insert into m values (7); select no_such; drop table m", num_statements=4
        )
    assert run_on(module_account, "select a from m") == [(7,)]


def test_a_session_may_allow_any_number(module_account: SnowflakeConnection) -> None:
    cursor = module_account.cursor()
    cursor.execute("alter session set multi_statement_count = 0")
    assert run_on(module_account, "select 1; select 2") == [(1,)]
    cursor.execute("alter session unset multi_statement_count")
