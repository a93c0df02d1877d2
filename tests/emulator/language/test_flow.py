"""Chains of statements, each of which may read what those before it have answered."""

import pytest
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import ProgrammingError

from src.emulator.language.flow import placed, split
from tests.emulator.conftest import Fails, Run

pytestmark = pytest.mark.emulator("module")

SPLIT = (
    ("select 1", ["select 1"]),
    ("show tables ->> select * from $1", ["show tables", "select * from $1"]),
    ("select '->>' ->> select \"->>\" from $1 -- ->> no", ["select '->>'", 'select "->>" from $1 -- ->> no']),
    ("begin select 1 ->> select * from $1; end", ["begin select 1 ->> select * from $1; end"]),
    ("create task t as select 1 ->> select * from $1", ["create task t as select 1 ->> select * from $1"]),
)


@pytest.mark.parametrize(("text", "statements"), SPLIT, ids=[text for text, _ in SPLIT])
def test_a_chain_is_split_at_its_arrows(text: str, statements: list[str]) -> None:
    assert split(text) == statements


PLACED = (
    ("select $1 from $1", "select $1 from TABLE(RESULT_SCAN('b'))"),
    ("select $1, $2 from $2", "select $1, $2 from TABLE(RESULT_SCAN('a'))"),
    ("from $1 x, $2 y", "from TABLE(RESULT_SCAN('b')) x, TABLE(RESULT_SCAN('a')) y"),
    ("from t join $1 x on x.a = $2", "from t join TABLE(RESULT_SCAN('b')) x on x.a = $2"),
    ("from t where a in (select $1 from $1)", "from t where a in (select $1 from TABLE(RESULT_SCAN('b')))"),
    ("from f(1, $1), $2 order by 1, $1", "from f(1, $1), TABLE(RESULT_SCAN('a')) order by 1, $1"),
    ("select '$1' from \"$1\"", "select '$1' from \"$1\""),
)


@pytest.mark.parametrize(("text", "expected"), PLACED, ids=[text for text, _ in PLACED])
def test_a_number_counts_back_where_a_table_may_stand(text: str, expected: str) -> None:
    assert placed(text, ["a", "b"]) == expected


CHAINS = (
    ('SHOW TABLES ->> SELECT "name" FROM $1', [("T",)]),
    ("SELECT A FROM T ->> SELECT A + 1 AS B FROM $1 ->> SELECT * FROM $1 X JOIN $2 Y ON X.B = Y.A", [(2, 2)]),
    ("SELECT * FROM T ->> INSERT INTO T SELECT A + 10 FROM $1 ->> SELECT COUNT(*) FROM T", [(4,)]),
    ("SELECT * FROM T ->> CREATE TABLE U AS SELECT * FROM $1 ->> SELECT COUNT(*) FROM U", [(2,)]),
    ("EXECUTE IMMEDIATE $$ SELECT 1 AS A ->> SELECT A + 1 FROM $1 $$", [(2,)]),
)


@pytest.mark.parametrize(("chain", "rows"), CHAINS, ids=[chain for chain, _ in CHAINS])
def test_a_chain_answers_with_its_last_statement(run: Run, chain: str, rows: list[tuple[object, ...]]) -> None:
    run("CREATE TABLE T (A INT)")
    run("INSERT INTO T VALUES (1), (2)")
    assert run(chain) == rows


def test_a_chain_takes_bound_values(run: Run) -> None:
    assert run('SHOW SCHEMAS ->> SELECT "name" FROM $1 WHERE "name" = %s', ("PUBLIC",)) == [("PUBLIC",)]


def test_a_chain_is_described_if_it_only_looks(connection: SnowflakeConnection) -> None:
    cursor = connection.cursor()
    described = cursor.describe('SHOW SCHEMAS ->> SELECT "name" AS A FROM $1')
    assert [column.name for column in described] == ["A"]
    with pytest.raises(ProgrammingError, match="to describe a chain of statements that does more than look"):
        cursor.describe("CREATE TABLE T (A INT) ->> SELECT * FROM $1")


def test_what_a_chain_cannot_read_is_refused(fails: Fails) -> None:
    assert "$2 in a statement of a chain that has 1 before it" in str(fails("SELECT 1 ->> SELECT * FROM $2"))
    assert fails("SELECT 1 ->> SELECT * FROM NOTHING ->> SELECT 2").errno == 2003
