"""INFER_SCHEMA and USING TEMPLATE: https://docs.snowflake.com/en/sql-reference/functions/infer_schema"""

from pathlib import Path

import duckdb
import pytest

from tests.emulator.conftest import Fails, Run
from tests.emulator.staging.conftest import Put

pytestmark = pytest.mark.emulator("module")

CSV = (
    'ID,Amount,Rate,Paid,Day,At,Name\n1,10.50,1e3,true,2026-01-01,2026-01-01 10:00:00,Ann\n22,7.25,0.5,false,,,"B, C"\n'
)
CSV_COLUMNS = [
    ("ID", "NUMBER(2, 0)"),
    ("AMOUNT", "NUMBER(4, 2)"),
    ("RATE", "REAL"),
    ("PAID", "BOOLEAN"),
    ("DAY", "DATE"),
    ("AT", "TIMESTAMP_NTZ"),
    ("NAME", "TEXT"),
]
INFERRED = "TABLE(INFER_SCHEMA(LOCATION => '@ST/', FILE_FORMAT => 'FF', IGNORE_CASE => TRUE))"


def inferred(run: Run) -> list[tuple[str, str]]:
    return [(name, type_) for name, type_ in run(f"SELECT COLUMN_NAME, TYPE FROM {INFERRED} ORDER BY ORDER_ID")]


@pytest.fixture
def csv_format(run: Run) -> None:
    run("CREATE FILE FORMAT FF TYPE = CSV PARSE_HEADER = TRUE FIELD_OPTIONALLY_ENCLOSED_BY = '\"'")


@pytest.mark.usefixtures("csv_format")
def test_the_columns_of_a_csv_file_have_the_types_that_its_values_fit(run: Run, put: Put) -> None:
    put("a.csv", CSV)
    assert inferred(run) == CSV_COLUMNS


@pytest.mark.usefixtures("csv_format")
def test_columns_of_text_alone_are_text(run: Run, put: Put) -> None:
    put("a.csv", "A,B\nx,y\nz,w\n")
    assert inferred(run) == [("A", "TEXT"), ("B", "TEXT")]


@pytest.mark.usefixtures("csv_format")
def test_a_value_far_below_counts_as_much_as_the_first(run: Run, put: Put) -> None:
    rows = [f"{n},{n},,{n % 2 == 0},2026-01-01" for n in range(1500)]
    put("a.csv", "\n".join(["A,B,C,D,E", *rows, "x,1.5,2026-01-01,false,2026-13-01", ""]))
    assert inferred(run) == [("A", "TEXT"), ("B", "NUMBER(5, 1)"), ("C", "DATE"), ("D", "BOOLEAN"), ("E", "TEXT")]


@pytest.mark.usefixtures("csv_format")
def test_the_columns_of_several_files_are_merged(run: Run, put: Put) -> None:
    put("a.csv", "ID,N\n1,1\n")
    put("b.csv", "ID,N,MORE\n1000,0.25,x\n")
    assert inferred(run) == [("ID", "NUMBER(4, 0)"), ("N", "NUMBER(3, 2)"), ("MORE", "TEXT")]


def test_json_and_parquet_have_their_own_types(run: Run, put: Put, tmp_path: Path) -> None:
    run("CREATE FILE FORMAT FF TYPE = JSON STRIP_OUTER_ARRAY = TRUE")
    put("a.json", '[{"id": 1, "tags": ["x"], "who": {"name": "Ann"}, "rate": 0.5}]')
    assert inferred(run) == [("ID", "NUMBER(38, 0)"), ("RATE", "REAL"), ("TAGS", "ARRAY"), ("WHO", "OBJECT")]
    run("REMOVE @ST")
    run("CREATE OR REPLACE FILE FORMAT FF TYPE = PARQUET")
    file = tmp_path / "a.parquet"
    duckdb.sql(f"COPY (SELECT 1 AS id, 1.25::DECIMAL(9,2) AS n, 'x'::BLOB AS b, DATE '2026-01-01' AS d) TO '{file}'")
    run(f"PUT 'file://{file}' @ST AUTO_COMPRESS = FALSE")
    assert inferred(run) == [("ID", "NUMBER(38, 0)"), ("N", "NUMBER(9, 2)"), ("B", "BINARY"), ("D", "DATE")]


# https://github.com/snowflakedb/snowpark-python: tests/integ/test_pandas_to_df.py
OF_PARQUET = (
    ("[1, 2]", "", "VARIANT"),
    ("{'a': 1}", "", "VARIANT"),
    ("MAP {'a': 1}", "", "VARIANT"),
    ("TIMESTAMP '2026-01-01'", " USE_LOGICAL_TYPE = TRUE", "TIMESTAMP_NTZ"),
    ("TIMESTAMPTZ '2026-01-01 00:00:00+00'", " USE_LOGICAL_TYPE = TRUE", "TIMESTAMP_LTZ"),
    ("TIMETZ '11:12:13+00'", " USE_LOGICAL_TYPE = TRUE", "TIME"),
)


@pytest.mark.parametrize(("value", "option", "type_"), OF_PARQUET)
def test_columns_of_parquet_that_json_has_otherwise(
    run: Run, put: Put, tmp_path: Path, value: str, option: str, type_: str
) -> None:
    put("x", "")
    run("REMOVE @ST")
    run(f"CREATE FILE FORMAT FF TYPE = PARQUET{option}")
    duckdb.sql(f"COPY (SELECT {value} AS a) TO '{tmp_path}/a.parquet'")
    run(f"PUT 'file://{tmp_path}/a.parquet' @ST AUTO_COMPRESS = FALSE")
    assert inferred(run) == [("A", type_)]


@pytest.mark.usefixtures("csv_format")
def test_a_table_is_made_from_a_template_and_loads_the_files(run: Run, put: Put) -> None:
    put("a.csv", CSV)
    template = f"SELECT ARRAY_AGG(OBJECT_CONSTRUCT(*)) WITHIN GROUP (ORDER BY ORDER_ID) FROM {INFERRED}"
    assert run(f"CREATE TABLE T USING TEMPLATE ({template})") == [("Table T successfully created.",)]
    assert [row[0] for row in run("DESCRIBE TABLE T")] == [name for name, _ in CSV_COLUMNS]
    run("COPY INTO T FROM @ST FILE_FORMAT = (FORMAT_NAME = 'FF') MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE")
    assert run("SELECT ID, AMOUNT::VARCHAR, NAME FROM T ORDER BY ID") == [(1, "10.50", "Ann"), (22, "7.25", "B, C")]


@pytest.mark.usefixtures("csv_format")
@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT * FROM TABLE(INFER_SCHEMA(LOCATION => '@ST'))", "FILE_FORMAT"),
        (f"SELECT * FROM {INFERRED[:-2]}, MAX_FILE_COUNT => 1))", "INFER_SCHEMA with MAX_FILE_COUNT is not emulated"),
        (f"CREATE TABLE T USING TEMPLATE (SELECT ARRAY_AGG(OBJECT_CONSTRUCT(*)) FROM {INFERRED})", "lists no columns"),
    ],
)
@pytest.mark.usefixtures("put")
def test_what_cannot_be_inferred_is_refused(fails: Fails, sql: str, words: str) -> None:
    assert words in str(fails(sql).msg)


@pytest.mark.parametrize(
    ("name", "content", "type_", "message"),
    [
        ("a.csv", "ID,N\n1,\ufffd\n".encode().replace("\ufffd".encode(), b"\xff"), "CSV PARSE_HEADER = TRUE", "UTF8"),
        ("a.json", '{"ID": 1}\n{"ID": oops}\n', "JSON", "Error parsing JSON: Expecting value, line 2, pos 8"),
        ("a.parquet", "", "PARQUET", "Parquet file size is 0 bytes\n  File 'st/a.parquet'"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    run: Run, fails: Fails, put: Put, name: str, content: str | bytes, type_: str, message: str
) -> None:
    run(f"CREATE FILE FORMAT FF TYPE = {type_}")
    put(name, content)
    text = str(fails(f"SELECT * FROM {INFERRED}"))
    assert message in text
    assert name in text


@pytest.mark.parametrize("content", ["", " \n"])
def test_a_json_file_without_a_value_has_no_columns(run: Run, put: Put, content: str) -> None:
    run("CREATE FILE FORMAT FF TYPE = JSON")
    put("a.json", content)
    assert inferred(run) == []
