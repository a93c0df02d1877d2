"""Queries on staged files: https://docs.snowflake.com/en/user-guide/querying-stage"""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from snowflake.connector import SnowflakeConnection

from tests.emulator.conftest import Fails, Run, run_on
from tests.emulator.staging.conftest import Put

pytestmark = pytest.mark.emulator("module")


def test_a_csv_file_is_read_by_position(run: Run, put: Put) -> None:
    put("in/a.csv", "id,name\n1,one\n2,\n", compress=True)
    run("CREATE FILE FORMAT F TYPE = CSV SKIP_HEADER = 1")
    found = run("SELECT $1::INT + 1, t.$2 FROM @ST/in (FILE_FORMAT => 'F') t ORDER BY 1")
    assert found == [(2, "one"), (3, None)]


def test_fields_that_a_record_lacks_are_null_and_surplus_ones_are_not_read(run: Run, put: Put) -> None:
    put("a.csv", "1,one\n2\n3,three,more\n")
    assert run("SELECT $1, $2 FROM @ST ORDER BY 1") == [("1", "one"), ("2", None), ("3", "three")]
    assert run("SELECT $4 FROM @ST") == [(None,)] * 3


def test_metadata_columns_name_file_and_row(run: Run, put: Put) -> None:
    put("d/a.csv", "1\n2\n")
    put("d/b.csv", "3\n")
    found = run("SELECT METADATA$FILENAME, METADATA$FILE_ROW_NUMBER, $1 FROM @ST/d/ ORDER BY 1, 2")
    assert found == [("d/a.csv", 1, "1"), ("d/a.csv", 2, "2"), ("d/b.csv", 1, "3")]
    [(key, modified, scanned)] = run(
        "SELECT DISTINCT METADATA$FILE_CONTENT_KEY, METADATA$FILE_LAST_MODIFIED, METADATA$START_SCAN_TIME FROM @ST/d/b"
    )
    assert key == run("LIST @ST/d/b")[0][2]
    assert modified <= scanned.replace(tzinfo=None)


def test_json_values_are_taken_apart(run: Run, put: Put) -> None:
    put("a.json", '{"id": 1, "tags": ["x", "y"], "deep": {"n": 2.5}}\n{"id": 2, "name": "two"}')
    run("CREATE FILE FORMAT F TYPE = JSON")
    found = run("SELECT $1:id::INT, $1:tags[1]::STRING, $1:deep.n::FLOAT, $1:name::STRING FROM @ST (FILE_FORMAT => F)")
    assert found == [(1, "y", 2.5, None), (2, None, None, "two")]


def test_a_csv_column_is_a_text_that_is_cast_as_every_text_is(
    connection: SnowflakeConnection, run: Run, fails: Fails, put: Put
) -> None:
    put("a.csv", "1.25,one\n")
    assert run("SELECT $1::NUMBER(4,1), $1 * 2, $1 || $2 FROM @ST") == [(Decimal("1.3"), 2.5, "1.25one")]
    assert "100038 (22018): Numeric value 'one' is not recognized" in str(fails("SELECT $2::INT FROM @ST"))
    assert "100039 (22003): Numeric value '1.25' is out of range" in str(fails("SELECT $1::NUMBER(1,1) FROM @ST"))
    described = connection.cursor().describe("SELECT $1, $1::NUMBER(4,1) AS N FROM @ST")
    assert [(column.name, column.type_code, column.scale) for column in described] == [("$1", 2, None), ("N", 0, 1)]


@pytest.mark.parametrize("type_", ["JSON", "PARQUET"])
def test_what_a_file_of_json_or_parquet_holds_is_a_variant(
    run: Run, fails: Fails, put: Put, tmp_path: Path, type_: str
) -> None:
    put("a", b'{"color": "Red"}' if type_ == "JSON" else parquet(tmp_path, "SELECT 'Red' AS color"))
    run(f"CREATE FILE FORMAT F TYPE = {type_}")
    found = run("SELECT $1:color, length($1:color), typeof($1) FROM @ST (FILE_FORMAT => F) WHERE $1['color'] = 'Red'")
    assert found == [('"Red"', 3, "OBJECT")]
    error = fails("SELECT $1:color::INT FROM @ST (FILE_FORMAT => F)")
    assert '100071 (22000): Failed to cast variant value "Red" to FIXED' in str(error)
    run("CREATE TABLE T (V VARIANT, N INT)")
    run("COPY INTO T FROM (SELECT $1:color, length($1:color) FROM @ST) FILE_FORMAT = (FORMAT_NAME = F)")
    assert run("SELECT * FROM T") == [('"Red"', 3)]


def test_an_outer_array_is_stripped_if_the_format_says_so(run: Run, put: Put) -> None:
    put("a.json", '\n[{"id": 1},\n {"id": 2}]')
    run("CREATE FILE FORMAT WHOLE TYPE = JSON")
    run("CREATE FILE FORMAT STRIPPED TYPE = JSON STRIP_OUTER_ARRAY = TRUE")
    assert run("SELECT $1[1]:id::INT FROM @ST (FILE_FORMAT => 'WHOLE')") == [(2,)]
    assert run("SELECT $1:id::INT FROM @ST (FILE_FORMAT => 'STRIPPED') ORDER BY 1") == [(1,), (2,)]


def test_parquet_columns_are_read_by_name(run: Run, put: Put, tmp_path: Path) -> None:
    put(
        "a.parquet",
        parquet(tmp_path, "SELECT 1 AS id, 1.50::DECIMAL(9,2) AS price, TIMESTAMP '2024-01-02 03:04:05' AS at"),
    )
    run("CREATE FILE FORMAT F TYPE = PARQUET USE_LOGICAL_TYPE = TRUE")
    [found] = run(
        "SELECT $1:id::INT, $1:price::NUMBER(9,2)::STRING, $1:at::TIMESTAMP_NTZ::STRING FROM @ST (FILE_FORMAT => 'F')"
    )
    assert found == (1, "1.50", "2024-01-02 03:04:05.000")


def parquet(folder: Path, query: str) -> bytes:
    file = folder / "made.parquet"
    duckdb.execute(f"COPY ({query}) TO '{file}' (FORMAT PARQUET)")
    return file.read_bytes()


MANY_DIGITS = "12345678901234567.12"


@pytest.mark.parametrize("type_", ["JSON", "PARQUET"])
def test_a_fraction_that_a_variant_would_change_is_refused(
    run: Run, fails: Fails, put: Put, tmp_path: Path, type_: str
) -> None:
    numbers = {"fine": "1234567890123.12", "long": MANY_DIGITS}
    for folder, number in numbers.items():
        select = f"SELECT {number}::DECIMAL(38,2) AS n, [NULL, {number}::DECIMAL(38,2)] AS l, '{MANY_DIGITS}' AS s"
        written = f'{{"n": {number}, "l": [null, {number}], "s": "{MANY_DIGITS}"}}'.encode()
        put(f"{folder}/a", written if type_ == "JSON" else parquet(tmp_path, select))
    run(f"CREATE FILE FORMAT F TYPE = {type_}")
    query = "SELECT $1:n::NUMBER(38,2), $1:l[1]::NUMBER(38,2), $1:s::VARCHAR FROM @ST"
    assert run(f"{query}/fine (FILE_FORMAT => 'F')") == [(*[Decimal(numbers["fine"])] * 2, MANY_DIGITS)]
    told = f"a fraction of more digits than a FLOAT keeps in a VARIANT, {MANY_DIGITS}"
    assert told in str(fails(f"{query}/long (FILE_FORMAT => 'F')").msg)
    run("CREATE TABLE T (L VARIANT)")
    copy = f"COPY INTO T FROM @ST/long FILE_FORMAT = (TYPE = {type_}) MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE"
    assert f"{MANY_DIGITS} (file 'st/long/a'" in str(fails(copy).msg)


def test_a_pattern_and_a_path_choose_the_files(run: Run, put: Put) -> None:
    for name in ("x/a.csv", "x/b.txt", "y/a.csv"):
        put(name, f"{name}\n")
    assert run("SELECT $1 FROM @ST/x (PATTERN => '.*[.]csv')") == [("x/a.csv",)]
    assert run("SELECT count(*) FROM @ST WHERE $1 LIKE '%a.csv'") == [(2,)]
    assert run("SELECT $1, METADATA$FILENAME FROM @ST/nothing") == []


def test_a_stage_joins_a_table_and_feeds_one(run: Run, put: Put) -> None:
    put("a.csv", "1,one\n2,two\n")
    run("CREATE TABLE T (ID INT, N INT)")
    run("INSERT INTO T VALUES (2, 20)")
    assert run("SELECT s.$2, T.N FROM @ST s JOIN T ON T.ID = s.$1") == [("two", 20)]
    run("CREATE TABLE COPIED AS SELECT $1::INT AS ID, $2 AS NAME FROM @ST")
    run("INSERT INTO COPIED SELECT $1::INT + 10, $2 FROM @ST")
    assert run("SELECT count(*), sum(ID) FROM COPIED") == [(4, 26)]


def test_the_stages_own_format_is_the_default(run: Run, put: Put) -> None:
    put("a.csv", "1|one\n")
    run("ALTER STAGE ST SET FILE_FORMAT = (TYPE = CSV FIELD_DELIMITER = '|')")
    assert run("SELECT $2 FROM @ST") == [("one",)]


def test_a_query_is_described_without_being_run(connection: SnowflakeConnection, run: Run, put: Put) -> None:
    put("a.csv", "1,one\n")
    described = connection.cursor().describe("SELECT $1::INT AS ID, $2 AS NAME FROM @ST")
    assert [column.name for column in described] == ["ID", "NAME"]


def test_count_if_of_no_rows_is_zero(run: Run, put: Put) -> None:
    put("a.csv", "1\n")
    assert run("SELECT COUNT_IF($1 = '1'), COUNT_IF($1 = '2') FROM @ST WHERE $1 <> '1'") == [(0, 0)]


def test_a_query_within_a_transaction(run: Run, put: Put) -> None:
    put("a.csv", "1\n")
    run("CREATE TABLE T (ID INT)")
    run("BEGIN")
    run("INSERT INTO T SELECT $1::INT FROM @ST")
    assert run("SELECT $1 FROM @ST") == [("1",)]
    run("ROLLBACK")
    assert run("SELECT * FROM T") == []


def test_a_query_within_a_block(run: Run, put: Put) -> None:
    put("a.json", '{"id": 1}')
    run("CREATE FILE FORMAT F TYPE = JSON")
    run("CREATE TABLE T (ID INT)")
    run("EXECUTE IMMEDIATE $$ BEGIN INSERT INTO T SELECT $1:id::INT FROM @ST (FILE_FORMAT => 'F'); RETURN 1; END; $$")
    assert run("SELECT ID FROM T") == [(1,)]


def test_a_star_takes_the_columns_that_a_query_on_a_stage_has_named(run: Run, put: Put) -> None:
    put("a.csv", "1\n2\n")
    assert run("WITH A AS (SELECT $1::INT AS X FROM @ST), B AS (SELECT * FROM A) SELECT * FROM B ORDER BY X") == [
        (1,),
        (2,),
    ]
    assert run("SELECT * FROM (SELECT $1 AS X FROM @ST) WHERE X = '2'") == [("2",)]


@pytest.mark.parametrize("packed", ["GZIP", "ZSTD"])
@pytest.mark.parametrize("kind", ["CSV", "JSON"])
def test_a_file_that_is_not_packed_as_its_format_says_is_refused(
    run: Run, fails: Fails, put: Put, kind: str, packed: str
) -> None:
    put("a.txt", "1\n")
    run(f"CREATE FILE FORMAT F TYPE = {kind} COMPRESSION = {packed}")
    for statement in (
        "SELECT $1 FROM @ST (FILE_FORMAT => 'F')",
        "COPY INTO T FROM (SELECT $1 FROM @ST) FILE_FORMAT = (FORMAT_NAME = 'F')",
    ):
        run("CREATE OR REPLACE TABLE T (A VARCHAR)")
        assert "which is not packed so" in str(fails(statement))


REFUSED = [
    ("SELECT * FROM (SELECT * FROM @ST)", 2, "SELECT * FROM a stage"),
    ("SELECT $1 FROM @NOPE", 2003, "Stage 'DEMO.PUBLIC.NOPE' does not exist or not authorized."),
    ("SELECT $1 FROM @ST (FILE_FORMAT => 'NOPE')", 2003, "File format 'NOPE' does not exist"),
    ("SELECT * FROM @ST", 2, "SELECT * FROM a stage"),
    ("SELECT s.* FROM @ST AS s", 2, "SELECT * FROM a stage"),
    ("SELECT $1::INT FROM @ST", 100038, "Numeric value 'x' is not recognized"),
]


@pytest.mark.parametrize(("statement", "errno", "message"), REFUSED)
def test_refusals(fails: Fails, put: Put, statement: str, errno: int, message: str) -> None:
    put("a.csv", "x\n")
    error = fails(statement)
    assert error.errno == errno
    assert message in str(error)


def test_a_warehouse_is_needed(connect: Callable[..., SnowflakeConnection], run: Run, put: Put, fails: Fails) -> None:
    put("a.csv", "1\n")
    other: Any = connect()
    with pytest.raises(Exception, match="No active warehouse"):
        run_on(other, "SELECT $1 FROM @DEMO.PUBLIC.ST")
