"""COPY INTO a table: https://docs.snowflake.com/en/sql-reference/sql/copy-into-table"""

import datetime
import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import ProgrammingError

from src.emulator.staging import load
from tests.emulator.conftest import DEMO, Connect, Fails, Rows, Run, run_on
from tests.emulator.staging.conftest import Put

pytestmark = pytest.mark.emulator("module")

ADVICE = (
    "If you would like to continue loading when an error is encountered, use other values such as 'SKIP_FILE' or "
    "'CONTINUE' for the ON_ERROR option. For more information on loading options, please run 'info loading_data' in a "
    "SQL client."
)
QUOTED = "FILE_FORMAT = (TYPE = CSV FIELD_OPTIONALLY_ENCLOSED_BY = '\"')"


@pytest.fixture
def t(run: Run) -> None:
    run("CREATE TABLE T (ID INT, NAME VARCHAR, DAY DATE)")


def parquet(folder: Path, query: str) -> bytes:
    file = folder / "made.parquet"
    duckdb.execute(f"COPY ({query}) TO '{file}' (FORMAT PARQUET)")
    return file.read_bytes()


# CSV

CSV_FILES: list[tuple[str, str | bytes, str, list[tuple[Any, ...]]]] = [
    ("plain", "1,one\n2,two\n", "", [(1, "one"), (2, "two")]),
    ("no line break at the end", "1,one\n2,two", "", [(1, "one"), (2, "two")]),
    ("Windows line breaks", "1,one\r\n2,two\r\n", "", [(1, "one"), (2, "two")]),
    ("a header", "id,name\n1,one\n", "SKIP_HEADER = 1", [(1, "one")]),
    ("a byte order mark", b"\xef\xbb\xbf1,one\n", "", [(1, "one")]),
    ("empty fields", "1,\n,two\n", "", [(1, None), (None, "two")]),
    ("an enclosed empty field is a text", '1,""\n', "FIELD_OPTIONALLY_ENCLOSED_BY = '\"'", [(1, "")]),
    ("empty fields kept", "1,\n", "EMPTY_FIELD_AS_NULL = FALSE", [(1, "")]),
    ("backslash N", "1,\\N\n\\N,two\n", "", [(1, None), (None, "two")]),
    ("NULL_IF", "1,NULL\n0,two\n", "NULL_IF = ('NULL', '0')", [(1, None), (None, "two")]),
    ("NULL_IF enclosed", '1,"NULL"\n', "NULL_IF = ('NULL') FIELD_OPTIONALLY_ENCLOSED_BY = '\"'", [(1, None)]),
    ("NULL_IF empty", '1,""\n', "NULL_IF = ('') FIELD_OPTIONALLY_ENCLOSED_BY = '\"'", [(1, None)]),
    ("quotes", '1,"a, ""b"""\n', "FIELD_OPTIONALLY_ENCLOSED_BY = '\"'", [(1, 'a, "b"')]),
    ("quotes as they are", '1,"a"\n', "", [(1, '"a"')]),
    ("other quotes", "1,'a,b'\n", "FIELD_OPTIONALLY_ENCLOSED_BY = '0x27'", [(1, "a,b")]),
    ("an escape", '1,"a\\"b"\n', "FIELD_OPTIONALLY_ENCLOSED_BY = '\"' ESCAPE = '\\\\'", [(1, 'a"b')]),
    ("an escape and no quotes", "1,\\N\n", "ESCAPE = '\\\\'", [(1, None)]),
    ("spaces and NULL_IF", "1, NULL \n", "TRIM_SPACE = TRUE NULL_IF = ('NULL')", [(1, None)]),
    ("a line break inside", '1,"a\nb"\n2,c\n', "FIELD_OPTIONALLY_ENCLOSED_BY = '\"'", [(1, "a\nb"), (2, "c")]),
    ("another one inside", '1,"a\r\nb"\n2,c\n', "FIELD_OPTIONALLY_ENCLOSED_BY = '\"'", [(1, "a\r\nb"), (2, "c")]),
    ("pipes", "1|one\n", "FIELD_DELIMITER = '|'", [(1, "one")]),
    ("tabs", "1\tone\n", "FIELD_DELIMITER = '\\t'", [(1, "one")]),
    ("two characters", "1||one\n", "FIELD_DELIMITER = '||'", [(1, "one")]),
    ("spaces", " 1 , one \n", "", [(1, " one ")]),
    ("spaces trimmed", " 1 , one \n", "TRIM_SPACE = TRUE", [(1, "one")]),
    ("too few and too many", "1\n2,two,more\n", "ERROR_ON_COLUMN_COUNT_MISMATCH = FALSE", [(1, None), (2, "two")]),
    ("blank lines", "1,one\n\n2,two\n\n", "SKIP_BLANK_LINES = TRUE", [(1, "one"), (2, "two")]),
    ("Latin-1", b"1,caf\xe9\n", "ENCODING = 'ISO88591'", [(1, "caf\xe9")]),
    ("nothing", "", "", []),
    ("a header only", "id,name\n", "SKIP_HEADER = 1", []),
]


@pytest.mark.parametrize(
    ("content", "written", "expected"), [case[1:] for case in CSV_FILES], ids=[case[0] for case in CSV_FILES]
)
def test_a_csv_file_is_loaded_by_position(
    run: Run, put: Put, content: str | bytes, written: str, expected: list[tuple[Any, ...]]
) -> None:
    put("a.csv", content)
    run("CREATE TABLE T (ID INT, NAME VARCHAR)")
    [(file, status, parsed, loaded, *_)] = run(f"COPY INTO T FROM @ST FILE_FORMAT = (TYPE = CSV {written})")
    assert (file, status, parsed, loaded) == ("st/a.csv", "LOADED", len(expected), len(expected))
    assert run("SELECT * FROM T ORDER BY 1 NULLS LAST") == expected


VALUES = [
    ("NUMBER(10,2)", "12.345", Decimal("12.35")),
    ("INT", "12", 12),
    ("FLOAT", "1e3", 1000.0),
    ("BOOLEAN", "yes", True),
    ("BOOLEAN", "off", False),
    ("DATE", "2024-02-29", datetime.date(2024, 2, 29)),
    ("DATE", "02/29/2024", datetime.date(2024, 2, 29)),
    ("DATE", "29-FEB-2024", datetime.date(2024, 2, 29)),
    ("TIME", "12:34:56", datetime.time(12, 34, 56)),
    ("TIMESTAMP_NTZ", "2024-01-02T03:04:05", datetime.datetime(2024, 1, 2, 3, 4, 5)),
    ("TIMESTAMP_NTZ", "01/02/2024 03:04:05", datetime.datetime(2024, 1, 2, 3, 4, 5)),
    ("TIMESTAMP_NTZ", "1704164645", datetime.datetime(2024, 1, 2, 3, 4, 5)),
    ("BINARY", "48656c6c6f", b"Hello"),
    ("VARCHAR(5)", "12345", "12345"),
]


@pytest.mark.parametrize(("type_", "text", "expected"), VALUES)
def test_a_text_becomes_the_columns_type(run: Run, put: Put, type_: str, text: str, expected: object) -> None:
    put("a.csv", f"{text}\n")
    run(f"CREATE TABLE T (V {type_})")
    run("COPY INTO T FROM @ST")
    assert run("SELECT V FROM T") == [(expected,)]


FORMATS = [
    ("DATE", "DATE_FORMAT = 'DD.MM.YYYY'", "31.12.2024", datetime.date(2024, 12, 31)),
    ("TIME", "TIME_FORMAT = 'HH24MISS'", "235959", datetime.time(23, 59, 59)),
    ("TIME", "TIME_FORMAT = 'HH12.MI.SS.FF3'", "12.03.04.567891", datetime.time(0, 3, 4, 567891)),
    (
        "TIMESTAMP_NTZ",
        "TIMESTAMP_FORMAT = 'DD-MON-YYYY HH12:MI AM'",
        "31-DEC-2024 01:30 PM",
        datetime.datetime(2024, 12, 31, 13, 30),
    ),
    ("BINARY", "BINARY_FORMAT = 'BASE64'", "SGVsbG8=", b"Hello"),
]


@pytest.mark.parametrize(("type_", "option", "text", "expected"), FORMATS)
def test_a_format_says_how_to_read_the_text(
    run: Run, put: Put, type_: str, option: str, text: str, expected: object
) -> None:
    put("a.csv", f"{text}\n")
    run(f"CREATE TABLE T (V {type_})")
    run(f"COPY INTO T FROM @ST FILE_FORMAT = (TYPE = CSV {option})")
    assert run("SELECT V FROM T") == [(expected,)]


@pytest.mark.parametrize("on_error", ["ABORT_STATEMENT", "CONTINUE"])
def test_times_keep_as_many_digits_as_their_column(run: Run, put: Put, on_error: str) -> None:
    run("CREATE TABLE MOMENTS (A TIMESTAMP_NTZ(0), B TIME(2))")
    wrong = "noon,noon\n" if on_error == "CONTINUE" else ""
    put("m.csv", f"2031-05-06 07:08:09.9,07:08:09.987\n{wrong}")
    run(f"COPY INTO MOMENTS FROM @ST ON_ERROR = {on_error}")
    assert run("SELECT * FROM MOMENTS") == [(datetime.datetime(2031, 5, 6, 7, 8, 9), datetime.time(7, 8, 9, 980000))]


@pytest.mark.parametrize("offset", ["Z", " Z", "+02:00", " +0200", " -05:30"])
def test_a_moment_is_read_with_its_offset(run: Run, put: Put, offset: str) -> None:
    run("CREATE TABLE MOMENTS (A TIMESTAMP_LTZ, B TIMESTAMP_TZ)")
    put("m.csv", 2 * f"2031-05-06 07:08:09.000{offset}," + "\n")
    run("COPY INTO MOMENTS FROM @ST FILE_FORMAT = (TYPE = CSV ERROR_ON_COLUMN_COUNT_MISMATCH = FALSE)")
    expected = datetime.datetime.fromisoformat(f"2031-05-06T07:08:09{offset.strip()}")
    assert run("SELECT A, B FROM MOMENTS") == [(expected, expected)]


def test_without_a_delimiter_a_line_is_one_field(run: Run, put: Put) -> None:
    put("a.csv", "1,one\n2|two\n")
    run("CREATE TABLE T (LINE VARCHAR)")
    run("COPY INTO T FROM @ST FILE_FORMAT = (TYPE = CSV FIELD_DELIMITER = NONE)")
    assert run("SELECT * FROM T") == [("1,one",), ("2|two",)]


def test_columns_may_be_listed_and_the_others_take_their_default(run: Run, put: Put) -> None:
    put("a.csv", "one,1\n")
    run("CREATE TABLE T (ID INT, NAME VARCHAR, KIND VARCHAR DEFAULT 'x')")
    run("COPY INTO T (NAME, ID) FROM @ST")
    assert run("SELECT * FROM T") == [(1, "one", "x")]


@pytest.mark.usefixtures("t")
def test_a_named_format_may_be_qualified_and_overridden(run: Run, put: Put) -> None:
    put("a.csv", "id|name|day\n1|one|2024-01-02\n")
    run("CREATE FILE FORMAT F TYPE = CSV FIELD_DELIMITER = '|'")
    run("COPY INTO T FROM @ST FILE_FORMAT = (FORMAT_NAME = DEMO.PUBLIC.F SKIP_HEADER = 1)")
    run("COPY INTO T FROM @ST FILE_FORMAT = (FORMAT_NAME = 'F' SKIP_HEADER = 1) FORCE = TRUE")
    assert run("SELECT count(*) FROM T") == [(2,)]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize("match", ["CASE_INSENSITIVE", "CASE_SENSITIVE"])
def test_csv_columns_are_matched_by_the_names_in_the_header(run: Run, put: Put, match: str) -> None:
    put("a.csv", "more,DAY,id\nx,2024-01-02,1\n", compress=True)
    run(f"COPY INTO T FROM @ST MATCH_BY_COLUMN_NAME = {match} FILE_FORMAT = (TYPE = CSV PARSE_HEADER = TRUE)")
    expected = 1 if match == "CASE_INSENSITIVE" else None
    assert run("SELECT * FROM T") == [(expected, None, datetime.date(2024, 1, 2))]


# JSON and Parquet


@pytest.mark.parametrize(
    ("content", "option", "expected"),
    [
        ('{"a": 1}\n{"a": 2}', "", ['{"a": 1}', '{"a": 2}']),
        ('{"a":\n 1} {"a": 2}', "", ['{"a": 1}', '{"a": 2}']),
        ('[{"a": 1}, {"a": 2}]', "", ['[{"a": 1}, {"a": 2}]']),
        ('[{"a": 1},\n {"a": 2}]', "STRIP_OUTER_ARRAY = TRUE", ['{"a": 1}', '{"a": 2}']),
        ('{"a": 1}', "STRIP_OUTER_ARRAY = TRUE", ['{"a": 1}']),
        ("", "", []),
    ],
)
def test_json_values_are_loaded_into_one_variant(
    run: Run, put: Put, content: str, option: str, expected: list[str]
) -> None:
    put("a.json", content, compress=True)
    run("CREATE TABLE T (V VARIANT)")
    run(f"COPY INTO T FROM @ST FILE_FORMAT = (TYPE = JSON {option})")
    loaded = [json.loads(value) for (value,) in run("SELECT V FROM T")]
    assert loaded == [json.loads(text) for text in expected]


@pytest.mark.usefixtures("t")
def test_json_members_are_matched_by_name(run: Run, put: Put) -> None:
    run("ALTER TABLE T ADD COLUMN REST VARIANT")
    put("a.json", '[{"id": 1, "Name": "one", "rest": {"x": [1]}}, {"ID": "2", "day": "2024-01-02", "more": 1}]')
    run(
        "COPY INTO T FROM @ST MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE"
        " FILE_FORMAT = (TYPE = JSON STRIP_OUTER_ARRAY = TRUE)"
    )
    assert run("SELECT ID, NAME, DAY, REST:x[0]::INT FROM T ORDER BY 1") == [
        (1, "one", None, 1),
        (2, None, datetime.date(2024, 1, 2), None),
    ]


PARQUET = (
    "SELECT 1::BIGINT AS id, 'one'::BLOB AS name, DATE '2024-01-02' AS day, 1.50::DECIMAL(9,2) AS price,"
    " TIMESTAMP '2024-01-02 03:04:05.678' AS seen, {'x': [1, 2]} AS rest"
)


LOGICAL = "FILE_FORMAT = (TYPE = PARQUET USE_LOGICAL_TYPE = TRUE)"


def test_parquet_columns_are_matched_by_name(run: Run, put: Put, tmp_path: Path) -> None:
    put("a.parquet", parquet(tmp_path, PARQUET))
    run("CREATE TABLE T (ID INT, NAME VARCHAR, DAY DATE, PRICE NUMBER(9,2), SEEN TIMESTAMP_NTZ, REST VARIANT)")
    run(f"COPY INTO T FROM @ST MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE {LOGICAL}")
    assert run("SELECT ID, NAME, DAY, PRICE, SEEN, REST:x[1]::INT FROM T") == [
        (
            1,
            "one",
            datetime.date(2024, 1, 2),
            Decimal("1.50"),
            datetime.datetime(2024, 1, 2, 3, 4, 5, 678000),
            2,
        )
    ]


def test_parquet_rows_are_loaded_into_one_variant(run: Run, put: Put, tmp_path: Path) -> None:
    put("a.parquet", parquet(tmp_path, PARQUET))
    run("CREATE TABLE T (V VARIANT)")
    run(f"COPY INTO T FROM @ST {LOGICAL}")
    assert run("SELECT V:id::INT, V:name::STRING, V:rest.x[0]::INT FROM T") == [(1, "one", 1)]


# Transformations


@pytest.mark.usefixtures("t")
def test_a_query_transforms_a_csv_file(run: Run, put: Put) -> None:
    put("d/a.csv", "one,1\ntwo,2\n")
    run("COPY INTO T (ID, NAME) FROM (SELECT s.$2::INT, reverse($1) || METADATA$FILENAME FROM @ST/d s)")
    assert run("SELECT ID, NAME FROM T ORDER BY 1") == [(1, "enod/a.csv"), (2, "owtd/a.csv")]


@pytest.mark.usefixtures("t")
def test_a_query_transforms_json_and_parquet_files(run: Run, put: Put, tmp_path: Path) -> None:
    put("a.json", '{"id": 1, "name": "one", "day": "2024-01-02"}')
    put("b.parquet", parquet(tmp_path, PARQUET))
    query = "FROM (SELECT $1:id, $1:name, $1:day::DATE FROM @ST/{}) FILE_FORMAT = (TYPE = {})"
    run(f"COPY INTO T {query.format('a', 'JSON')}")
    run(f"COPY INTO T {query.format('b', 'PARQUET USE_LOGICAL_TYPE = TRUE')}")
    assert run("SELECT * FROM T") == [(1, "one", datetime.date(2024, 1, 2))] * 2


@pytest.mark.usefixtures("t")
def test_a_query_may_flatten(run: Run, put: Put) -> None:
    put("a.json", '{"id": 1, "tags": ["x", "y"]}')
    run(
        "COPY INTO T (ID, NAME) FROM (SELECT $1:id::INT, f.value::STRING FROM @ST, LATERAL FLATTEN(input => $1:tags) f)"
        " FILE_FORMAT = (TYPE = JSON)"
    )
    assert run("SELECT ID, NAME FROM T ORDER BY 2") == [(1, "x"), (1, "y")]


# Which files


@pytest.fixture
def three_files(put: Put, t: None) -> None:
    for name in ("x/a.csv", "x/b.csv", "y/a.txt"):
        put(name, "1,one,2024-01-02\n")


@pytest.mark.usefixtures("three_files")
@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("FROM @ST", ["st/x/a.csv", "st/x/b.csv", "st/y/a.txt"]),
        ("FROM @ST/x/", ["st/x/a.csv", "st/x/b.csv"]),
        ("FROM @ST PATTERN = '.*a[.].*'", ["st/x/a.csv", "st/y/a.txt"]),
        ("FROM @ST/x FILES = ('b.csv')", ["st/x/b.csv"]),
        ("FROM '@PUBLIC.ST/y'", ["st/y/a.txt"]),
    ],
)
def test_path_pattern_and_files_choose(run: Run, selection: str, expected: list[str]) -> None:
    assert [row[0] for row in run(f"COPY INTO T {selection}")] == expected
    assert run("SELECT count(*) FROM T") == [(len(expected),)]


@pytest.mark.usefixtures("three_files")
@pytest.mark.parametrize(
    ("selection", "expected"), [("", "Copy executed with 0 files processed."), ("FILES = ('a.csv')", "st/x/a.csv")]
)
def test_a_file_that_another_session_loads_at_the_same_time_is_loaded_once(
    run: Run, other: SnowflakeConnection, selection: str, expected: str
) -> None:
    run("BEGIN")
    run("COPY INTO T FROM @ST/x")
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(run_on, other, f"COPY INTO T FROM @ST/x {selection}")
        with pytest.raises(TimeoutError):
            waiting.result(0.5)
        run("COMMIT")
        [row] = waiting.result(10)
    assert row[0] == expected
    assert run("SELECT count(*) FROM T") == [(2,)]


@pytest.mark.usefixtures("three_files")
def test_a_file_is_loaded_once_into_each_table(run: Run, rows: Rows) -> None:
    run("CREATE TABLE OTHER (ID INT, NAME VARCHAR, DAY DATE)")
    run("COPY INTO T FROM @ST/x/a")
    assert [row["status"] for row in rows("COPY INTO T FROM @ST/x")] == ["LOADED"]
    assert run("COPY INTO T FROM @ST/x") == [("Copy executed with 0 files processed.",)]
    [skipped] = rows("COPY INTO T FROM @ST/x FILES = ('a.csv')")
    assert (skipped["status"], skipped["rows_loaded"], skipped["first_error"]) == (
        "LOAD_SKIPPED",
        0,
        "File was loaded before.",
    )
    assert len(run("COPY INTO OTHER FROM @ST/x")) == 2
    assert len(run("COPY INTO T FROM @ST/x FORCE = TRUE")) == 2
    assert run("SELECT count(*) FROM T") == [(4,)]


@pytest.mark.usefixtures("three_files")
def test_a_changed_file_is_loaded_again(run: Run, put: Put) -> None:
    run("COPY INTO T FROM @ST/y")
    put("y/a.txt", "2,two,2024-01-02\n")
    run("COPY INTO T FROM @ST/y")
    assert run("SELECT ID FROM T ORDER BY 1") == [(1,), (2,)]


@pytest.mark.usefixtures("three_files")
@pytest.mark.parametrize(
    "statements",
    [
        ["TRUNCATE TABLE T"],
        ["CREATE OR REPLACE TABLE T (ID INT, NAME VARCHAR, DAY DATE)"],
        ["DROP TABLE T", "CREATE TABLE T (ID INT, NAME VARCHAR, DAY DATE)"],
    ],
)
def test_a_table_emptied_or_made_anew_is_loaded_again(run: Run, statements: list[str]) -> None:
    run("COPY INTO T FROM @ST/y")
    for statement in statements:
        run(statement)
    run("COPY INTO T FROM @ST/y")
    assert run("SELECT count(*) FROM T") == [(1,)]


@pytest.mark.usefixtures("three_files")
def test_a_rolled_back_load_may_be_repeated(run: Run) -> None:
    run("BEGIN")
    run("COPY INTO T FROM @ST/y")
    assert run("SELECT count(*) FROM T") == [(1,)]
    run("ROLLBACK")
    assert run("SELECT count(*) FROM T") == [(0,)]
    assert run("COPY INTO T FROM @ST/y")[0][1] == "LOADED"


@pytest.mark.usefixtures("three_files")
def test_purge_removes_the_files_that_were_loaded(run: Run, put: Put) -> None:
    put("x/c.csv", "bad,x,y\n")
    run("COPY INTO T FROM @ST/x PURGE = TRUE ON_ERROR = SKIP_FILE")
    assert [row[0] for row in run("LIST @ST")] == ["st/x/c.csv", "st/y/a.txt"]


# Errors

BAD_FILES = [
    (
        "1,one,2024-01-02\nx,two,2024-01-03\n",
        100038,
        "Numeric value 'x' is not recognized\n  File 'a.csv', line 2, character 1\n  Row 2, column \"T\"[\"ID\":1]",
    ),
    (
        '1,"one\ntwo",2024-01-02\n\n3,"a,b",oops\n',
        100040,
        "Date 'oops' is not recognized\n  File 'a.csv', line 4, character 9\n  Row 2, column \"T\"[\"DAY\":3]",
    ),
    (
        "1,one,2024-01-02\n2,two\n",
        100068,
        "End of record reached while expected to parse column '\"T\"[\"DAY\":3]'\n  File 'a.csv', line 2, character 6\n"
        '  Row 2, column "T"["DAY":3]',
    ),
    (
        "1,one,2024-01-02\n2,two,2024-01-03,x\n",
        100016,
        "Field delimiter ',' found while expecting record delimiter '\\n'\n  File 'a.csv', line 2, character 17\n"
        '  Row 2, column "T"["DAY":3]',
    ),
    (
        "1,one\n2,two,2024-01-03\n",
        100080,
        "Number of columns in file (2) does not match that of the corresponding table (3), use file format option "
        "error_on_column_count_mismatch=false to ignore this error\n  File 'a.csv', line 2, character 1\n"
        '  Row 1 starts at line 1, column "T"["NAME":2]',
    ),
    (
        "1,one,2024-01-02,more\n",
        100080,
        "Number of columns in file (4) does not match that of the corresponding table (3), use file format option "
        "error_on_column_count_mismatch=false to ignore this error\n  File 'a.csv', line 1, character 22\n"
        '  Row 1, column "T"[4]',
    ),
]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(("content", "errno", "message"), BAD_FILES)
def test_an_error_names_file_line_and_column_and_loads_nothing(
    run: Run, put: Put, fails: Fails, content: str, errno: int, message: str
) -> None:
    put("a.csv", content)
    put("0.csv", "7,fine,2024-01-02\n")
    error = fails(f"COPY INTO T FROM @ST {QUOTED}")
    assert error.errno == errno
    assert f"{message}\n  {ADVICE}" in str(error)
    assert run("SELECT * FROM T") == []
    assert run(f"COPY INTO T FROM @ST/0 {QUOTED}")[0][1] == "LOADED"


OTHER_ERRORS = [
    ("V NUMBER NOT NULL", "1\n\\N\n", 100072, "NULL result in a non-nullable column"),
    ("V VARCHAR(3)", "abcd\n", 100078, "User character length limit (3) exceeded by string 'abcd'"),
    ("V VARCHAR(3)", "x" * 2000, 100078, f"User character length limit (3) exceeded by string '{'x' * 1000}...'"),
    ("V BOOLEAN", "perhaps\n", 100037, "Boolean value 'perhaps' is not recognized"),
    ("V TIMESTAMP_NTZ", "soon\n", 100035, "Timestamp 'soon' is not recognized"),
    ("V TIME", "25:00\n", 100108, "Time '25:00' is not recognized"),
    ("V NUMBER(4,2)", "12345\n", 100039, "Numeric value '12345' is out of range"),
    ("V VARIANT", "{\n", 100069, "Error parsing JSON: {"),
    ("V BINARY", "xyz\n", 100115, "The following string is not a legal hex-encoded value: 'xyz'"),
]


@pytest.mark.parametrize(("column", "content", "errno", "message"), OTHER_ERRORS)
def test_each_type_has_its_error(
    run: Run, put: Put, fails: Fails, column: str, content: str, errno: int, message: str
) -> None:
    put("a.csv", content)
    run(f"CREATE TABLE T ({column})")
    error = fails("COPY INTO T FROM @ST")
    assert error.errno == errno
    assert message in str(error)
    assert 'column "T"["V":1]' in str(error)


def test_a_broken_json_value_is_named(run: Run, put: Put, fails: Fails) -> None:
    put("a.json", '{"a": 1}\n{"a": 2,,}\n{"a": 3}\n')
    run("CREATE TABLE T (V VARIANT)")
    error = fails("COPY INTO T FROM @ST FILE_FORMAT = (TYPE = JSON)")
    assert error.errno == 100069
    assert "Error parsing JSON: " in str(error)
    assert 'File \'a.json\', line 2, character 9\n  Row 2 starts at line 2, column "T"["V":1]' in str(error)
    [row] = run("COPY INTO T FROM @ST FILE_FORMAT = (TYPE = JSON) ON_ERROR = CONTINUE")
    assert row[1:6] == ("PARTIALLY_LOADED", 2, 1, 2, 1)


@pytest.mark.usefixtures("t")
def test_a_failing_transformation_names_file_line_and_column(run: Run, put: Put, fails: Fails) -> None:
    put("a.csv", "1,one\nx,two\n3,three\n")
    copy = "COPY INTO T (ID, NAME) FROM (SELECT $1::INT, $2 FROM @ST)"
    error = fails(copy)
    assert error.errno == 100038
    assert 'File \'a.csv\', line 2, character 1\n  Row 2, column "T"["ID":1]' in str(error)
    assert run(f"{copy} ON_ERROR = CONTINUE")[0][1:4] == ("PARTIALLY_LOADED", 3, 2)
    assert run("SELECT ID FROM T ORDER BY 1") == [(1,), (3,)]


OF_VARIANTS = [
    ("INT", "FIXED"),
    ("NUMBER(5,2)", "FIXED"),
    ("FLOAT", "REAL"),
    ("DATE", "DATE"),
    ("BOOLEAN", "BOOLEAN"),
    ("TIMESTAMP_NTZ", "TIMESTAMP_NTZ"),
    ("TIMESTAMP_LTZ", "TIMESTAMP_LTZ"),
]


@pytest.mark.parametrize(("column", "told"), OF_VARIANTS)
def test_a_parquet_value_that_does_not_fit_is_named(
    run: Run, put: Put, fails: Fails, tmp_path: Path, column: str, told: str
) -> None:
    put("a.parquet", parquet(tmp_path, "SELECT * FROM (VALUES (NULL), ('x')) AS v(id)"))
    run(f"CREATE TABLE T (ID {column})")
    error = fails("COPY INTO T FROM @ST MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE FILE_FORMAT = (TYPE = PARQUET)")
    assert f"Failed to cast variant value \"x\" to {told}\n  File 'a.parquet', line 2" in str(error)


@pytest.mark.usefixtures("t")
def test_an_error_inside_a_transaction_leaves_it_open(run: Run, put: Put, fails: Fails) -> None:
    put("a.csv", "x,one,2024-01-02\n")
    run("BEGIN")
    run("INSERT INTO T VALUES (1, 'kept', NULL)")
    assert fails("COPY INTO T FROM @ST").errno == 100038
    run("COMMIT")
    assert run("SELECT NAME FROM T") == [("kept",)]


GOOD_AND_BAD = "1,one,2024-01-02\nx,two,2024-01-02\n3,three,2024-01-02\n4,four,oops\n"
ON_ERROR = [
    ("CONTINUE", ("PARTIALLY_LOADED", 4, 2, 4, 2)),
    ("SKIP_FILE", ("LOAD_FAILED", 4, 0, 1, 2)),
    ("SKIP_FILE_2", ("LOAD_FAILED", 4, 0, 2, 2)),
    ("SKIP_FILE_3", ("PARTIALLY_LOADED", 4, 2, 3, 2)),
    ("SKIP_FILE_40%", ("LOAD_FAILED", 4, 0, 1, 2)),
    ("'SKIP_FILE_75%'", ("PARTIALLY_LOADED", 4, 2, 3, 2)),
    ("'SKIP_FILE_50%'", ("LOAD_FAILED", 4, 0, 2, 2)),
]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(("option", "expected"), ON_ERROR)
def test_on_error_decides_what_is_loaded(run: Run, put: Put, option: str, expected: tuple[Any, ...]) -> None:
    put("a.csv", GOOD_AND_BAD)
    put("b.csv", "5,five,2024-01-02\n")
    first, second = run(f"COPY INTO T FROM @ST ON_ERROR = {option}")
    assert first[:6] == ("st/a.csv", *expected)
    assert first[6:] == ("Numeric value 'x' is not recognized", 2, 1, '"T"["ID":1]')
    assert second[:4] == ("st/b.csv", "LOADED", 1, 1)
    assert run("SELECT count(*) FROM T") == [(expected[2] + 1,)]


@pytest.mark.usefixtures("t")
def test_return_failed_only_leaves_out_what_was_loaded(run: Run, put: Put) -> None:
    put("a.csv", GOOD_AND_BAD)
    put("b.csv", "5,five,2024-01-02\n")
    assert [row[0] for row in run("COPY INTO T FROM @ST ON_ERROR = CONTINUE RETURN_FAILED_ONLY = TRUE")] == ["st/a.csv"]


# VALIDATION_MODE


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize("mode", ["RETURN_ERRORS", "RETURN_ALL_ERRORS"])
def test_validation_returns_the_errors_and_loads_nothing(run: Run, rows: Rows, put: Put, mode: str) -> None:
    put("a.csv", f"{GOOD_AND_BAD}5,five\n")
    found = rows(f"COPY INTO T FROM @ST VALIDATION_MODE = {mode}")
    assert [(row["LINE"], row["CODE"], row["CATEGORY"], row["COLUMN_NAME"]) for row in found] == [
        (2, 100038, "conversion", '"T"["ID":1]'),
        (4, 100040, "conversion", '"T"["DAY":3]'),
        (5, 100068, "parsing", '"T"["DAY":3]'),
    ]
    assert found[0]["REJECTED_RECORD"] == "x,two,2024-01-02"
    assert run("SELECT * FROM T") == []


@pytest.mark.usefixtures("t")
def test_validation_returns_the_first_rows(run: Run, put: Put, fails: Fails) -> None:
    put("a.csv", GOOD_AND_BAD)
    assert run("COPY INTO T FROM @ST VALIDATION_MODE = RETURN_1_ROWS") == [(1, "one", datetime.date(2024, 1, 2))]
    assert fails("COPY INTO T FROM @ST VALIDATION_MODE = RETURN_2_ROWS").errno == 100038
    assert run("SELECT * FROM T") == []


@pytest.mark.usefixtures("t")
def test_validation_of_no_file(run: Run, rows: Rows, put: Put) -> None:
    put("a.csv", GOOD_AND_BAD)
    assert run("COPY INTO T FROM @ST PATTERN = '.*none.*' VALIDATION_MODE = RETURN_2_ROWS") == []
    [found] = rows("COPY INTO T FROM @ST FILES = ('none.csv') VALIDATION_MODE = RETURN_ERRORS")
    assert (found["FILE"], found["CODE"]) == ("none.csv", 100112)
    assert "The file might not exist." in found["ERROR"]


# VALIDATE

VALIDATED = "SELECT LINE, ROW_NUMBER, CODE, REJECTED_RECORD FROM TABLE(VALIDATE(T, JOB_ID => {job})) ORDER BY LINE"


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize("job", ["'_last'", "_last", "(the id)"])
@pytest.mark.parametrize("on_error", ["CONTINUE", "SKIP_FILE"])
def test_validate_tells_every_error_of_a_load(run: Run, put: Put, on_error: str, job: str) -> None:
    put("a.csv", f"{GOOD_AND_BAD}5,five\n")
    run(f"COPY INTO T FROM @ST ON_ERROR = {on_error}")
    [(query_id,)] = run("SELECT LAST_QUERY_ID()")
    assert run(VALIDATED.format(job=job.replace("(the id)", f"'{query_id}'"))) == [
        (2, 2, 100038, "x,two,2024-01-02"),
        (4, 4, 100040, "4,four,oops"),
        (5, 5, 100068, "5,five"),
    ]


@pytest.mark.usefixtures("t")
def test_validate_tells_nothing_of_a_load_that_aborts(run: Run, put: Put, fails: Fails) -> None:
    put("a.csv", GOOD_AND_BAD)
    fails("COPY INTO T FROM @ST")
    assert run(VALIDATED.format(job="'_last'")) == []


@pytest.mark.usefixtures("t")
def test_what_validate_refuses(connect: Connect, run: Run, put: Put, fails: Fails) -> None:
    put("a.csv", GOOD_AND_BAD)
    run("COPY INTO T FROM @ST ON_ERROR = CONTINUE")
    [(query_id,)] = run("SELECT LAST_QUERY_ID()")
    run("CREATE TABLE U LIKE T")
    cases = [
        ("VALIDATE(NOPE, JOB_ID => '_last')", "NOPE' does not exist or not authorized"),
        (f"VALIDATE(U, JOB_ID => '{query_id}')", "The specified Job UUID does not load into the specified table"),
        ("VALIDATE(T, JOB_ID => 'x')", "VALIDATE of a load that is none of this session's last 16 is not emulated"),
        ("VALIDATE(T)", "VALIDATE other than VALIDATE(table, JOB_ID => '...') is not emulated"),
    ]
    for call, message in cases:
        assert message in str(fails(f"SELECT * FROM TABLE({call})"))
    with pytest.raises(ProgrammingError, match="find a copy for this table which occurred during this session"):
        run_on(connect(**DEMO), "SELECT * FROM TABLE(VALIDATE(T, JOB_ID => '_last'))")
    run("COPY INTO T FROM (SELECT $1, $2, $3 FROM @ST) ON_ERROR = CONTINUE FORCE = TRUE")
    assert "VALIDATE of a load by a query is not emulated" in str(fails(VALIDATED.format(job="'_last'")))


TRANSFORMED = [
    "$1::int, iff($2 = '', 'empty', concat($2, '!')), $3",
    "to_number($1), substr(trim($2), 1, 2) || nvl($2, 'x'), to_date($3)",
    "try_cast($1 as int), case when $2 like 'o%' then upper_case else $2 end, $3".replace("upper_case", "'O'"),
    "$1, split_part($2, 'n', 1), current_date()",
]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize("projections", TRANSFORMED)
def test_the_functions_that_a_copy_supports_are_run(run: Run, put: Put, projections: str) -> None:
    put("a.csv", "1,one,2024-01-02\n")
    run(f"COPY INTO T FROM (SELECT {projections} FROM @ST)")
    assert [row[0] for row in run("SELECT ID FROM T")] == [1]


def test_long_texts_are_cut(run: Run, put: Put, fails: Fails) -> None:
    run("CREATE TABLE SHORT (A VARCHAR(3), B VARCHAR)")
    put("a.csv", "abcdef,abcdef\n")
    assert fails("COPY INTO SHORT FROM @ST ENFORCE_LENGTH = TRUE").errno == 100078
    run("COPY INTO SHORT FROM @ST TRUNCATECOLUMNS = TRUE")
    run("COPY INTO SHORT FROM (SELECT $1, $2 FROM @ST) ENFORCE_LENGTH = FALSE FORCE = TRUE")
    assert run("SELECT * FROM SHORT") == [("abc", "abcdef")] * 2


def test_size_limit_ends_a_load_with_the_file_that_exceeds_it(run: Run, put: Put) -> None:
    run("CREATE TABLE ONE (A INT)")
    for name in "abcd":
        put(f"{name}.csv", "1\n")
    assert len(run("COPY INTO ONE FROM @ST SIZE_LIMIT = 0")) == 1
    assert len(run("COPY INTO ONE FROM @ST SIZE_LIMIT = 3")) == 2
    assert len(run("COPY INTO ONE FROM @ST SIZE_LIMIT = 1000000")) == 1


def test_a_file_beyond_the_size_limit_is_not_told_to_have_been_loaded_before(run: Run, put: Put) -> None:
    run("CREATE TABLE ONE (A INT)")
    for name in "abc":
        put(f"{name}.csv", "1\n")
    named = "COPY INTO ONE FROM @ST FILES = ('a.csv', 'b.csv', 'c.csv') SIZE_LIMIT = 0"
    assert [row[:2] for row in run(named)] == [("st/a.csv", "LOADED")]
    assert [row[:2] for row in run(named)] == [("st/b.csv", "LOADED"), ("st/a.csv", "LOAD_SKIPPED")]


# Refusals

REFUSED = [
    ("COPY INTO NOPE FROM @ST", 2003, "Table 'DEMO.PUBLIC.NOPE' does not exist"),
    ("COPY INTO T FROM @NOPE", 2003, "Stage 'DEMO.PUBLIC.NOPE' does not exist or not authorized."),
    ("COPY INTO T FROM @ST FILE_FORMAT = NOPE", 2003, "File format 'NOPE' does not exist"),
    ("COPY INTO T FROM @ST FILES = ('nope.csv')", 91016, "Remote file '@st/nope.csv' was not found."),
    ("COPY INTO T FROM 's3://bucket/x'", 2, "COPY INTO ... FROM an external location is not emulated"),
    ("COPY INTO T FROM @ST NONSENSE = 1", 1006, "invalid parameter 'NONSENSE'"),
    ("COPY INTO T FROM @ST FORCE = 'TRUE'", 1008, "invalid value ['TRUE'] for parameter 'FORCE'"),
    ("COPY INTO T FROM @ST SIZE_LIMIT = -5", 1008, "invalid value [-5] for parameter 'SIZE_LIMIT'"),
    ("COPY INTO T FROM @ST FORCE = TRUE FORCE = TRUE", 3002, "conflicting values for copy option 'FORCE'"),
    ("COPY INTO T FROM @ST FILE_FORMAT = (SKIP_HEADER = 1 SKIP_HEADER = 2)", 3002, "parameter 'SKIP_HEADER'"),
    ("COPY INTO T FROM @ST ENFORCE_LENGTH = TRUE TRUNCATECOLUMNS = TRUE", 3002, "option 'TRUNCATECOLUMNS'"),
    ("COPY INTO T (ID) FROM (SELECT UPPER($1) FROM @ST)", 3002, "Function 'UPPER' not supported within a COPY"),
    ("COPY INTO T (ID) FROM (SELECT $1 * 2 FROM @ST)", 3002, "Function '*' not supported within a COPY"),
    ("COPY INTO T (ID) FROM (SELECT COALESCE($1, '2') FROM @ST)", 3002, "Function 'COALESCE' not supported"),
    ("COPY INTO T FROM @ST ON_ERROR = PERHAPS", 1008, "invalid value [PERHAPS] for parameter 'ON_ERROR'"),
    ("COPY INTO T FROM @ST MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE", 3002, "without PARSE_HEADER = TRUE"),
    ("COPY INTO T FROM @ST FILE_FORMAT = (TYPE = CSV PARSE_HEADER = TRUE)", 3002, "PARSE_HEADER"),
    ("COPY INTO T FROM @ST FILE_FORMAT = (TYPE = JSON)", 2019, "JSON file format can produce one and only one column"),
    ("COPY INTO T FROM @ST FILE_FORMAT = (TYPE = PARQUET)", 2019, "PARQUET file format can produce one and only one"),
    ("COPY INTO T FROM @ST FILE_FORMAT = (TYPE = AVRO)", 2, "FILE FORMAT of TYPE = AVRO is not emulated"),
    ("COPY INTO T FROM @ST FILE_FORMAT = (COMPRESSION = BROTLI)", 2, "COMPRESSION = BROTLI is not emulated"),
    ("COPY INTO T FROM @ST FILE_FORMAT = (RECORD_DELIMITER = ';')", 2, "RECORD_DELIMITER = ; in a CSV file format"),
    (
        "COPY INTO T FROM (SELECT $1 FROM @ST)",
        2020,
        "Insert value list does not match column list expecting 3 but got 1",
    ),
    ("COPY INTO T (NOPE) FROM @ST", 904, "invalid identifier 'NOPE'"),
    ("COPY INTO T (ID) FROM (SELECT $1 FROM @ST WHERE $1 > 1)", 3002, "only supports simple SELECT"),
    ("COPY INTO T (ID) FROM (SELECT count(*) FROM @ST)", 3002, "only supports simple SELECT"),
    ("COPY INTO T (ID) FROM (SELECT ID FROM T)", 3002, "only supports simple SELECT"),
    ("COPY INTO T (ID) FROM (SELECT $1 FROM @ST) VALIDATION_MODE = RETURN_ERRORS", 3002, "VALIDATION_MODE does not"),
    (
        "COPY INTO T FROM @ST MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE VALIDATION_MODE = RETURN_ERRORS "
        "FILE_FORMAT = (TYPE = CSV PARSE_HEADER = TRUE)",
        3002,
        "MATCH_BY_COLUMN_NAME cannot be used with VALIDATION_MODE",
    ),
]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(("statement", "errno", "message"), REFUSED)
def test_refusals(put: Put, fails: Fails, statement: str, errno: int, message: str) -> None:
    put("a.csv", "1,one,2024-01-02\n")
    error = fails(statement)
    assert error.errno == errno
    assert message in str(error)


def test_a_warehouse_is_needed(connect: Connect, put: Put) -> None:
    with pytest.raises(Exception, match="No active warehouse"):
        run_on(connect(), "COPY INTO DEMO.PUBLIC.T FROM @DEMO.PUBLIC.ST")


@pytest.mark.usefixtures("t")
def test_a_stream_sees_the_loaded_rows(run: Run, put: Put) -> None:
    run("CREATE STREAM S ON TABLE T")
    put("a.csv", "1,one,2024-01-02\n")
    run("COPY INTO T FROM @ST")
    assert run("SELECT ID, METADATA$ACTION FROM S") == [(1, "INSERT")]


def test_a_temporary_table_is_loaded(run: Run, put: Put) -> None:
    put("a.csv", "1\n")
    run("CREATE TEMPORARY TABLE TMP (ID INT)")
    run("COPY INTO TMP FROM @ST")
    assert run("COPY INTO TMP FROM @ST") == [("Copy executed with 0 files processed.",)]
    assert run("SELECT * FROM TMP") == [(1,)]


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any file is one that DuckDB would read in parallel."""
    monkeypatch.setattr(load, "LARGE", 0)


@pytest.mark.usefixtures("large")
def test_the_rows_of_large_files_are_told_apart(run: Run, put: Put) -> None:
    run("CREATE TABLE T (ID INT)")
    for name in ("a.csv", "b.csv"):
        put(name, "1\n2\n")
        run("COPY INTO T FROM @ST")
    run("CREATE STREAM S ON TABLE T")
    run("INSERT INTO T VALUES (3)")
    run("UPDATE T SET ID = ID + 10")
    assert run("SELECT COUNT(*), COUNT(DISTINCT METADATA$ROW_ID) FROM S WHERE METADATA$ACTION = 'INSERT'") == [(5, 5)]


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(
    ("made", "read"),
    [
        (["CREATE TABLE T (ID INT)", "CREATE STREAM S ON TABLE T"], "SELECT ID FROM S"),
        (["CREATE TEMPORARY TABLE T (ID INT)"], "SELECT ID FROM T"),
        (["CREATE ICEBERG TABLE T (ID INT) CATALOG = 'SNOWFLAKE' BASE_LOCATION = 't'"], "SELECT ID FROM T"),
    ],
)
def test_a_large_file_is_loaded_into_any_table(run: Run, put: Put, made: list[str], read: str) -> None:
    for sql in made:
        run(sql)
    put("a.csv", "1\n2\n")
    run("COPY INTO T FROM @ST")
    assert run(f"{read} ORDER BY ID") == [(1,), (2,)]


# Files that are not what they are said to be

UNREADABLE = [
    ("a.csv", b"ID,NAME\n1,\xff\n", "CSV PARSE_HEADER = TRUE", "Invalid UTF8 detected", "line 2"),
    ("a.csv", "ID,NAME\n1,x\n2\n", "CSV PARSE_HEADER = TRUE", "columns in file (1) does not match", "line 3"),
    (
        "a.csv",
        "ID,NAME\n1,x,9\n",
        "CSV PARSE_HEADER = TRUE ERROR_ON_COLUMN_COUNT_MISMATCH = FALSE",
        "Number of columns in file (3) does not match that of the header (2)\n",
        "line 2",
    ),
    (
        "a.csv",
        'ID,NAME\n1,"x\n2,y\n',
        "CSV PARSE_HEADER = TRUE FIELD_OPTIONALLY_ENCLOSED_BY = '\"'",
        "a quote is not closed",
        "line 2",
    ),
    ("a.json", '{"ID": 1}\n{"ID": oops}\n', "JSON", "Error parsing JSON", "line 2"),
    ("a.parquet", "", "PARQUET", "Error parsing the parquet file", "a.parquet"),
    ("a.parquet", "no parquet at all", "PARQUET", "Error parsing the parquet file", "a.parquet"),
]


@pytest.mark.parametrize(("name", "content", "type_", "message", "place"), UNREADABLE)
def test_a_file_that_cannot_be_read_is_named_with_the_place(
    run: Run, fails: Fails, put: Put, name: str, content: str | bytes, type_: str, message: str, place: str
) -> None:
    put(name, content)
    run("CREATE TABLE T (ID INT, NAME VARCHAR)")
    text = str(fails(f"COPY INTO T FROM @ST FILE_FORMAT = (TYPE = {type_}) MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE"))
    assert message in text
    assert name in text
    assert place in text
    assert run("SELECT * FROM T") == []


REPLACED = (
    ("a.csv", b"ID,NAME\n1,{}\n", "CSV PARSE_HEADER = TRUE"),
    ("a.json", b'{"ID": 1, "NAME": "{}"}', "JSON"),
    ("a.parquet", b"{}", "PARQUET"),
)


@pytest.mark.parametrize(("name", "content", "type_"), REPLACED)
def test_only_what_is_utf_8_already_is_loaded_with_replace_invalid_characters(
    run: Run, fails: Fails, put: Put, tmp_path: Path, name: str, content: bytes, type_: str
) -> None:
    """No page says how many characters stand for what is not: ADBC's driver asks for it, and sends UTF-8."""
    run("CREATE TABLE T (ID INT, NAME VARCHAR)")
    copy = f"COPY INTO T FROM @ST FILE_FORMAT = (TYPE = {type_} REPLACE_INVALID_CHARACTERS = TRUE)"
    for text in ("é".encode(), b"b\xffd"):
        put(name, content.replace(b"{}", text) if name != "a.parquet" else _parquet_of(tmp_path, text))
        if text == "é".encode():
            run(f"{copy} MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE")
    assert "REPLACE_INVALID_CHARACTERS = TRUE" in str(fails(f"{copy} MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE").msg)
    assert run("SELECT * FROM T") == [(1, "é")]


@pytest.mark.parametrize(
    "copy",
    [
        "COPY INTO T FROM @ST MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE",
        "COPY INTO T FROM (SELECT $1:NAME::VARCHAR FROM @ST)",
        "COPY INTO V FROM @ST",
    ],
)
def test_bytes_of_a_parquet_file_are_no_text(run: Run, fails: Fails, put: Put, tmp_path: Path, copy: str) -> None:
    pq.write_table(pa.table({"NAME": [b"b\xffd"]}), tmp_path / "written.parquet")
    put("a.parquet", (tmp_path / "written.parquet").read_bytes())
    run("CREATE TABLE T (NAME VARCHAR)")
    run("CREATE TABLE V (V VARIANT)")
    run("CREATE TABLE B (NAME BINARY)")
    format_ = "FILE_FORMAT = (TYPE = PARQUET BINARY_AS_TEXT = FALSE)"
    assert "the Parquet column NAME of bytes" in str(fails(f"{copy} {format_}").msg)
    run(f"COPY INTO B FROM @ST {format_} MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE")
    assert run("SELECT NAME FROM B") == [(b"b\xffd",)]


@pytest.mark.parametrize(
    ("chosen", "rows"),
    [
        ("$1:NAME::BINARY, $1:N::INT", [(b"b\xffd", 1), (None, 2)]),
        ('$1:"NAME"::BINARY, NULL', [(b"b\xffd", None), (None, None)]),
    ],
)
def test_bytes_of_a_parquet_file_are_read_as_binary(
    run: Run, put: Put, tmp_path: Path, chosen: str, rows: list[tuple[object, ...]]
) -> None:
    """As write_pandas loads a column of bytes."""
    pq.write_table(pa.table({"NAME": [b"b\xffd", None], "N": [1, 2]}), tmp_path / "written.parquet")
    put("a.parquet", (tmp_path / "written.parquet").read_bytes())
    run("CREATE TABLE B (NAME BINARY, N INT)")
    run(f"COPY INTO B FROM (SELECT {chosen} FROM @ST) FILE_FORMAT = (TYPE = PARQUET BINARY_AS_TEXT = FALSE)")
    assert run("SELECT * FROM B ORDER BY 1") == rows


@pytest.mark.parametrize("chosen", ["$1:NAME::BINARY, $1:NAME::VARCHAR", "$1:NAME::BINARY, $1", "$1:NAME, 1"])
def test_bytes_of_a_parquet_file_read_otherwise_beside_are_refused(
    run: Run, fails: Fails, put: Put, tmp_path: Path, chosen: str
) -> None:
    pq.write_table(pa.table({"NAME": [b"b\xffd"]}), tmp_path / "written.parquet")
    put("a.parquet", (tmp_path / "written.parquet").read_bytes())
    run("CREATE TABLE B (NAME BINARY, N VARIANT)")
    copy = f"COPY INTO B FROM (SELECT {chosen} FROM @ST) FILE_FORMAT = (TYPE = PARQUET BINARY_AS_TEXT = FALSE)"
    assert "the Parquet column NAME of bytes" in str(fails(copy).msg)


def _parquet_of(folder: Path, text: bytes) -> bytes:
    """A file of texts that pyarrow does not look at."""
    binary = pa.array([text])
    texts = pa.StringArray.from_buffers(1, *binary.buffers()[1:])
    pq.write_table(pa.table({"ID": [1], "NAME": texts}), folder / "written.parquet")
    return (folder / "written.parquet").read_bytes()


def test_what_replaces_a_temporary_stage_has_other_files(run: Run) -> None:
    """As ADBC's driver appends the same rows again."""
    run("CREATE TABLE T (A INT)")
    for _ in range(2):
        run("CREATE OR REPLACE TEMPORARY STAGE ST FILE_FORMAT = (TYPE = CSV COMPRESSION = NONE)")
        run("COPY INTO @ST/a.csv FROM (SELECT 1) SINGLE = TRUE")
        for _ in range(2):
            run("COPY INTO T FROM @ST")
    assert run("SELECT A FROM T") == [(1,), (1,)]


def test_a_long_line_is_loaded(run: Run, put: Put) -> None:
    put("a.csv", f"1,{'x' * 3_000_000}\n")
    run("CREATE TABLE T (ID INT, NAME VARCHAR)")
    run("COPY INTO T FROM @ST FILE_FORMAT = (TYPE = CSV)")
    assert run("SELECT LENGTH(NAME) FROM T") == [(3_000_000,)]


# What would be lost or changed on the way


def test_metadata_is_loaded_beside_the_columns_of_the_file(run: Run, put: Put) -> None:
    put("d/a.csv", "id,name\n1,one\n2,two\n")
    run("CREATE TABLE T (ID INT, NAME VARCHAR, _FILE VARCHAR, _ROW INT, SEEN TIMESTAMP_LTZ)")
    run(
        "COPY INTO T FROM @ST MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE FILE_FORMAT = (TYPE = CSV PARSE_HEADER = TRUE)"
        " INCLUDE_METADATA = (_FILE = METADATA$FILENAME, _ROW = METADATA$FILE_ROW_NUMBER,"
        " SEEN = METADATA$START_SCAN_TIME)"
    )
    assert run("SELECT ID, NAME, _FILE, _ROW, SEEN IS NOT NULL FROM T ORDER BY ID") == [
        (1, "one", "d/a.csv", 1, True),
        (2, "two", "d/a.csv", 2, True),
    ]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("INCLUDE_METADATA = (NAME = METADATA$FILENAME)", "can only be used with MATCH_BY_COLUMN_NAME"),
        ("MATCH_BY_COLUMN_NAME = CASE_SENSITIVE INCLUDE_METADATA = (NAME = FILENAME)", "invalid value"),
        ("MATCH_BY_COLUMN_NAME = CASE_SENSITIVE INCLUDE_METADATA = (NOPE = METADATA$FILENAME)", "NOPE"),
    ],
)
def test_metadata_that_cannot_be_loaded_is_refused(fails: Fails, put: Put, wanted: str, message: str) -> None:
    put("a.json", "{}")
    assert message in str(fails(f"COPY INTO T FROM @ST FILE_FORMAT = (TYPE = JSON) {wanted}"))


def test_where_no_column_matches_each_record_is_a_row_of_nulls(run: Run, put: Put) -> None:
    put("a.json", '{"x": 1}\n{"y": 2}\n')
    run("CREATE TABLE T (ID INT, NAME VARCHAR)")
    run("COPY INTO T FROM @ST FILE_FORMAT = (TYPE = JSON) MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE")
    assert run("SELECT * FROM T") == [(None, None), (None, None)]


LINE_ENDS = [
    ("both kinds", b"1,one\r\n2,two\n3,three\r\n", [(1, "one"), (2, "two"), (3, "three")]),
    ("line feeds, and all kinds inside quotes", b'1,"a\r\nb\rc\nd"\n2,x\n', [(1, "a\r\nb\rc\nd"), (2, "x")]),
    (
        "both, and all kinds inside quotes",
        b'1,"a\r\nb\rc\nd"\r\n2,x\n3,y\r\n',
        [(1, "a\r\nb\rc\nd"), (2, "x"), (3, "y")],
    ),
    ("Windows line breaks, and a line feed inside quotes", b'1,"a\nb"\r\n2,x\r\n', [(1, "a\nb"), (2, "x")]),
]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(("content", "expected"), [case[1:] for case in LINE_ENDS], ids=[case[0] for case in LINE_ENDS])
def test_line_ends_of_several_kinds_lose_no_value(
    run: Run, put: Put, content: bytes, expected: list[tuple[Any, ...]]
) -> None:
    put("a.csv", content)
    run("CREATE TABLE U (ID INT, NAME VARCHAR)")
    run(f"COPY INTO U FROM @ST {QUOTED}")
    assert run("SELECT * FROM U ORDER BY ID") == expected


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize("content", [b"1,a\rb\n2,x\n", b"1,a\r2,x\r", b'1,"q"\n2,a\r3,c\r\n'])
def test_a_carriage_return_alone_is_refused_with_its_line(fails: Fails, put: Put, content: bytes) -> None:
    put("a.csv", content)
    message = str(fails(f"COPY INTO T (ID, NAME) FROM @ST {QUOTED}"))
    line = 2 if b'"' in content else 1
    assert (
        f"a carriage return without a line feed outside quotes (file 'st/a.csv', line {line}) is not emulated"
        in message
    )


LONG_NUMBERS = '{"a":123456789012345678901234567890,"b":1e400}'
JSON_RECORDS = [
    ("an array after a byte order mark", b'\xef\xbb\xbf[{"a": 1}, {"a": 2}]', ['{"a":1}', '{"a":2}']),
    ("arrays in an array", b"[[1,2],[3,4]]", ["[1,2]", "[3,4]"]),
    ("a number a line", b"1\n2.5\n-3\n", ["1", "2.5", "-3"]),
    ("texts and words", b'"x"\ntrue\nnull\n', ['"x"', "true", "null"]),
    (
        "a long number",
        b'{"a":123456789012345678901234567890,"b":1e400}',
        ['{"a":123456789012345678901234567890,"b":1e400}'],
    ),
]


@pytest.mark.parametrize(
    ("content", "expected"), [case[1:] for case in JSON_RECORDS], ids=[case[0] for case in JSON_RECORDS]
)
def test_every_record_of_a_json_file_is_a_row(run: Run, put: Put, content: bytes, expected: list[str]) -> None:
    put("a.json", content)
    run("CREATE TABLE T (V VARIANT)")
    run("COPY INTO T FROM @ST FILE_FORMAT = (TYPE = JSON STRIP_OUTER_ARRAY = TRUE)")
    assert [value for (value,) in run("SELECT TO_JSON(V) FROM T")] == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"b": 1}\n{"a": 1, "a": 2}', 'duplicate object attribute "a", line 2'),
        ('{"o": {"a": 1, "a": 2}}', 'duplicate object attribute "a", line 1'),
        ('{"a": 0.1234567890123456789}', "more digits than a FLOAT keeps in JSON, 0.1234567890123456789"),
        ('{"a": 1e-400}', "more digits than a FLOAT keeps in JSON, 1e-400"),
    ],
)
def test_what_a_variant_would_lose_is_refused_with_its_line(
    run: Run, put: Put, fails: Fails, content: str, message: str
) -> None:
    put("a.json", content)
    run("CREATE TABLE T (V VARIANT)")
    assert message in str(fails("COPY INTO T FROM @ST FILE_FORMAT = (TYPE = JSON)"))


def test_parquet_times_of_milliseconds_are_times_without_use_logical_type(run: Run, put: Put, tmp_path: Path) -> None:
    """https://github.com/snowflakedb/snowpark-python: test_read_parquet_all_data_types_with_no_schema"""
    moment = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
    columns = {"day": pa.array([moment.time()], pa.time32("ms")), "seen": pa.array([moment], pa.timestamp("ms", "UTC"))}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet", write_time_adjusted_to_utc=True)
    put("a.parquet", (tmp_path / "a.parquet").read_bytes())
    run("CREATE FILE FORMAT F TYPE = PARQUET")
    found = run("SELECT $1:day::TIME, $1:seen::TIMESTAMP_NTZ FROM @ST (FILE_FORMAT => F)")
    assert found == [(moment.time(), moment.replace(tzinfo=None))]


def test_infinite_numbers_of_parquet_are_cast(run: Run, put: Put, tmp_path: Path) -> None:
    put("a.parquet", parquet(tmp_path, "SELECT 'inf'::DOUBLE AS f, '-inf'::DOUBLE AS g"))
    run("CREATE TABLE T (F FLOAT, G VARCHAR)")
    run("COPY INTO T FROM (SELECT $1:f::FLOAT, $1:g::VARCHAR FROM @ST) FILE_FORMAT = (TYPE = PARQUET)")
    assert run("SELECT * FROM T") == [(float("inf"), "-inf")]


def test_a_parquet_timestamp_needs_use_logical_type(run: Run, put: Put, fails: Fails, tmp_path: Path) -> None:
    put("a.parquet", parquet(tmp_path, PARQUET))
    run("CREATE TABLE T (SEEN TIMESTAMP_NTZ)")
    by_name = "COPY INTO T FROM @ST MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE FILE_FORMAT = (TYPE = PARQUET"
    error = fails(f"{by_name})")
    assert "column seen is of the logical type TIMESTAMP, read with USE_LOGICAL_TYPE = FALSE is not emulated" in str(
        error
    )
    run(f"{by_name} USE_VECTORIZED_SCANNER = TRUE)")
    assert run("SELECT * FROM T") == [(datetime.datetime(2024, 1, 2, 3, 4, 5, 678000),)]


def test_nanoseconds_of_a_parquet_file_are_refused_by_name(run: Run, put: Put, fails: Fails, tmp_path: Path) -> None:
    put("a.parquet", parquet(tmp_path, "SELECT TIMESTAMP_NS '2024-01-02 03:04:05.123456789' AS seen"))
    run("CREATE TABLE T (SEEN TIMESTAMP_NTZ)")
    message = str(fails(f"COPY INTO T FROM @ST MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE {LOGICAL}"))
    assert "nanoseconds, of which the Parquet column seen has some, is not emulated" in message
