"""COPY INTO a location: https://docs.snowflake.com/en/sql-reference/sql/copy-into-location"""

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from snowflake.connector import SnowflakeConnection

from src.emulator.protocol.serving import Address
from src.emulator.staging import unload
from tests.emulator.conftest import DEMO, Connect, Fails, Rows, Run, run_on

pytestmark = pytest.mark.emulator("module")

Fetch = Callable[..., dict[str, bytes]]
PARQUET = "FILE_FORMAT = (TYPE = PARQUET)"
PLAIN = "FILE_FORMAT = (TYPE = CSV COMPRESSION = NONE)"


@pytest.fixture
def t(run: Run) -> None:
    run("CREATE STAGE ST")
    run("CREATE TABLE T (ID INT, NAME VARCHAR, DAY DATE)")
    run("INSERT INTO T VALUES (1, 'one', '2024-01-02'), (2, 'two', '2024-01-03'), (3, NULL, NULL)")


@pytest.fixture
def fetch(run: Run, tmp_path: Path) -> Fetch:
    """The contents of the files at a location, by their path within the stage."""

    def fetch_files(location: str = "@ST") -> dict[str, bytes]:
        found = {}
        for index, (name,) in enumerate([row[:1] for row in run(f"LIST {location}")]):
            folder = tmp_path / f"fetched{index}"
            folder.mkdir(exist_ok=True)
            path = name.partition("/")[2]
            run(f"GET '@ST/{path}' 'file://{folder}/'")
            found[path] = (folder / Path(name).name).read_bytes()
        return found

    return fetch_files


def names(run: Run, location: str = "@ST") -> list[str]:
    return [row[0] for row in run(f"LIST {location}")]


# JSON


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(
    ("format_", "name", "unpacked"),
    [
        ("TYPE = JSON", "data_0_0_0.json.gz", gzip.decompress),
        ("TYPE = JSON COMPRESSION = NONE", "data_0_0_0.json", bytes),
    ],
)
def test_objects_are_unloaded_as_lines_of_json(
    run: Run, rows: Rows, fetch: Fetch, format_: str, name: str, unpacked: Callable[[bytes], bytes]
) -> None:
    query = "SELECT OBJECT_CONSTRUCT('name', NAME, 'id', ID, 'list', ARRAY_CONSTRUCT(DAY)) FROM T ORDER BY ID LIMIT 2"
    [row] = rows(f"COPY INTO @ST FROM ({query}) FILE_FORMAT = ({format_})")
    assert row["rows_unloaded"] == 2
    [(found, content)] = fetch().items()
    assert (found, unpacked(content).decode()) == (
        name,
        '{"id":1,"list":["2024-01-02"],"name":"one"}\n{"id":2,"list":["2024-01-03"],"name":"two"}\n',
    )


# Parquet


@pytest.mark.usefixtures("t")
def test_a_table_is_unloaded_to_parquet(run: Run, rows: Rows, tmp_path: Path) -> None:
    [row] = rows(f"COPY INTO @ST/out/ FROM T {PARQUET} HEADER = TRUE")
    [(name, size, *_)] = run("LIST @ST")
    assert name == "st/out/data_0_0_0.snappy.parquet"
    assert row == {"rows_unloaded": 3, "input_bytes": size, "output_bytes": size}
    run(f"GET @ST/out/ 'file://{tmp_path}/'")
    read = pq.read_table(tmp_path / "data_0_0_0.snappy.parquet")
    assert read.column_names == ["ID", "NAME", "DAY"]
    assert read.column("NAME").to_pylist() == ["one", "two", None]


@pytest.mark.usefixtures("t")
def test_without_a_header_parquet_columns_are_numbered(run: Run, tmp_path: Path) -> None:
    run(f"COPY INTO @ST FROM (SELECT ID, NAME FROM T) {PARQUET}")
    run(f"GET @ST 'file://{tmp_path}/'")
    assert pq.read_table(tmp_path / "data_0_0_0.snappy.parquet").column_names == ["col1", "col2"]


@pytest.mark.usefixtures("t")
def test_what_is_unloaded_loads_again(run: Run) -> None:
    run("CREATE TABLE V AS SELECT ID, NAME, DAY, ID / 3::NUMBER(10,4) AS PART, OBJECT_CONSTRUCT('a', ID) AS O FROM T")
    run(f"COPY INTO @ST/v/ FROM V {PARQUET} HEADER = TRUE")
    run("CREATE TABLE W (ID INT, NAME VARCHAR, DAY DATE, PART NUMBER(12,6), O VARCHAR)")
    run(f"COPY INTO W FROM @ST/v/ {PARQUET} MATCH_BY_COLUMN_NAME = CASE_SENSITIVE")
    # A VARIANT is unloaded as a text of JSON.
    assert run("SELECT ID, NAME, DAY, PART, PARSE_JSON(O):a::INT FROM W ORDER BY 1") == run(
        "SELECT ID, NAME, DAY, PART, O:a::INT FROM V ORDER BY 1"
    )


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize("expression", ["CURRENT_TIMESTAMP()", "'2024-01-02 03:04:05 +0000'::TIMESTAMP_TZ"])
def test_a_time_with_its_zone_does_not_go_into_parquet(run: Run, fails: Fails, expression: str) -> None:
    error = fails(f"COPY INTO @ST FROM (SELECT {expression} AS SEEN) {PARQUET}")
    assert "TIMESTAMP_TZ and LTZ types are not supported for unloading to Parquet" in str(error)
    run(f"COPY INTO @ST FROM (SELECT {expression}::TIMESTAMP_NTZ AS SEEN) {PARQUET}")
    assert len(names(run)) == 1


# CSV

CSV = [
    ("", "", "1,one,2024-01-02\n2,two,2024-01-03\n3,\\N,\\N\n"),
    ("", "HEADER = TRUE", "ID,NAME,DAY\n1,one,2024-01-02\n2,two,2024-01-03\n3,\\N,\\N\n"),
    ("FIELD_DELIMITER = '|' NULL_IF = ()", "", "1|one|2024-01-02\n2|two|2024-01-03\n3||\n"),
    (
        "FIELD_OPTIONALLY_ENCLOSED_BY = '\"' NULL_IF = ('NULL')",
        "HEADER = TRUE",
        '"ID","NAME","DAY"\n1,"one",2024-01-02\n2,"two",2024-01-03\n3,NULL,NULL\n',
    ),
    ("RECORD_DELIMITER = '\\r\\n'", "", "1,one,2024-01-02\r\n2,two,2024-01-03\r\n3,\\N,\\N\r\n"),
    ("DATE_FORMAT = 'DD.MM.YYYY'", "", "1,one,02.01.2024\n2,two,03.01.2024\n3,\\N,\\N\n"),
]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(("format_", "option", "expected"), CSV)
def test_rows_are_unloaded_as_lines(run: Run, fetch: Fetch, format_: str, option: str, expected: str) -> None:
    as_csv = f"FILE_FORMAT = (TYPE = CSV COMPRESSION = NONE {format_})"
    run(f"COPY INTO @ST FROM (SELECT * FROM T ORDER BY ID) {as_csv} {option}")
    assert fetch() == {"data_0_0_0.csv": expected.encode()}


VALUES = [
    ("TRUE", "", "true"),
    ("1.50::NUMBER(5,2)", "", "1.50"),
    ("'2024-01-02 03:04:05.678'::TIMESTAMP_NTZ", "", "2024-01-02 03:04:05.678"),
    ("'2024-01-02 03:04:05'::TIMESTAMP_NTZ", "TIMESTAMP_FORMAT = 'YYYYMMDDHH24MISS'", "20240102030405"),
    ("'2024-01-02 03:04:05.5'::TIMESTAMP_NTZ", "TIMESTAMP_FORMAT = 'HH24:MI:SS.FF9 DY'", "03:04:05.500000000 Tue"),
    ("'2024-01-02 03:04:05'::TIMESTAMP_LTZ", "", "2024-01-02 03:04:05.000 Z"),
    ("'2024-01-02 03:04:05'::TIMESTAMP_LTZ", "TIMESTAMP_FORMAT = 'HH24:MI TZH:TZM'", "03:04 +00:00"),
    ("'03:04:05'::TIME", "TIME_FORMAT = 'HH24MI'", "0304"),
    ("'03:04:05.5'::TIME", "", "03:04:05"),
    ("'a,b\\\\c\\nd'", "", "a\\,b\\\\c\\\nd"),
    ("'a,\"b\"'", "FIELD_OPTIONALLY_ENCLOSED_BY = '\"'", '"a,""b"""'),
    ("''", "FIELD_OPTIONALLY_ENCLOSED_BY = '\"'", '""'),
    ("TO_BINARY('48656C6C6F', 'HEX')", "", "48656C6C6F"),
    ("PARSE_JSON('{\"a\":[1]}')", "", '{"a":[1]}'),
]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(("expression", "format_", "expected"), VALUES)
def test_each_type_has_its_text(run: Run, fetch: Fetch, expression: str, format_: str, expected: str) -> None:
    run(f"COPY INTO @ST FROM (SELECT {expression} AS V) FILE_FORMAT = (TYPE = CSV COMPRESSION = NONE {format_})")
    assert fetch()["data_0_0_0.csv"].decode() == f"{expected}\n"


@pytest.mark.usefixtures("t")
def test_texts_are_by_the_parameters_of_the_session(connect: Connect, fetch: Fetch) -> None:
    with connect(**DEMO) as connection:
        run_on(connection, "ALTER SESSION SET DATE_OUTPUT_FORMAT = 'DD/MM/YY', WEEK_START = 1")
        query = "SELECT '2024-01-07'::DATE, DAYOFWEEK('2024-01-07'::DATE)"
        run_on(connection, f"COPY INTO @DEMO.PUBLIC.ST FROM ({query}) {PLAIN}")
    assert fetch()["data_0_0_0.csv"] == b"07/01/24,7\n"


@pytest.mark.usefixtures("t")
def test_csv_is_compressed_by_default_and_counted_unpacked(run: Run, rows: Rows, fetch: Fetch) -> None:
    [row] = rows("COPY INTO @ST FROM T")
    content = fetch()["data_0_0_0.csv.gz"]
    assert row == {"rows_unloaded": 3, "input_bytes": len(gzip.decompress(content)), "output_bytes": len(content)}


@pytest.mark.usefixtures("t")
def test_what_is_unloaded_as_csv_loads_again(run: Run) -> None:
    run("INSERT INTO T VALUES (4, 'a,\"b\"\nc', NULL), (5, '', NULL)")
    format_ = "FILE_FORMAT = (TYPE = CSV FIELD_OPTIONALLY_ENCLOSED_BY = '\"')"
    run(f"COPY INTO @ST FROM T {format_}")
    run("CREATE TABLE W AS SELECT * FROM T WHERE FALSE")
    run(f"COPY INTO W FROM @ST {format_}")
    assert run("SELECT * FROM W ORDER BY ID") == run("SELECT * FROM T ORDER BY ID")


# Names

NAMES = [
    (f"@ST FROM T {PLAIN}", ["st/data_0_0_0.csv"]),
    (f"@ST/d/ FROM T {PLAIN}", ["st/d/data_0_0_0.csv"]),
    (f"@ST/d/part_ FROM T {PLAIN}", ["st/d/part_0_0_0.csv"]),
    (f"@ST/d FROM T {PLAIN}", ["st/d_0_0_0.csv"]),
    (f"@ST/d/ FROM T {PLAIN} SINGLE = TRUE", ["st/d/data"]),
    (f"@ST/d/all.csv FROM T {PLAIN} SINGLE = TRUE", ["st/d/all.csv"]),
    ("@ST FROM T FILE_FORMAT = (TYPE = CSV COMPRESSION = ZSTD)", ["st/data_0_0_0.csv.zst"]),
    ("@ST FROM T FILE_FORMAT = (TYPE = CSV COMPRESSION = NONE FILE_EXTENSION = 'txt')", ["st/data_0_0_0.txt"]),
    ("@ST FROM T FILE_FORMAT = (TYPE = PARQUET COMPRESSION = NONE)", ["st/data_0_0_0.parquet"]),
    ("'@DEMO.PUBLIC.ST/d/' FROM DEMO.PUBLIC.T", ["st/d/data_0_0_0.csv.gz"]),
]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(("statement", "expected"), NAMES)
def test_files_are_named_after_location_and_format(run: Run, statement: str, expected: list[str]) -> None:
    run(f"COPY INTO {statement}")
    assert names(run) == expected


@pytest.mark.usefixtures("t")
def test_the_query_id_goes_into_the_name(connection: SnowflakeConnection, run: Run) -> None:
    cursor = connection.cursor()
    cursor.execute(f"COPY INTO @ST/d/ FROM T {PARQUET} INCLUDE_QUERY_ID = TRUE")
    assert names(run) == [f"st/d/data_{cursor.sfqid}_0_0_0.snappy.parquet"]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(("format_", "extension"), [(PARQUET, "snappy.parquet"), ("", "csv.gz")])
def test_partitions_are_folders(run: Run, format_: str, extension: str) -> None:
    run(f"COPY INTO @ST/d FROM T PARTITION BY ('day=' || TO_VARCHAR(DAY) || '/id=' || ID) {format_}")
    found = [re.sub(r"data_[0-9a-f-]{36}_", "data_ID_", name) for name in names(run)]
    assert found == [
        f"st/d/__NULL__/data_ID_0_0_0.{extension}",
        f"st/d/day=2024-01-02/id=1/data_ID_0_0_0.{extension}",
        f"st/d/day=2024-01-03/id=2/data_ID_0_0_0.{extension}",
    ]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(("format_", "extension"), [(PARQUET, "snappy.parquet"), (PLAIN, "csv")])
def test_large_results_are_split(run: Run, rows: Rows, format_: str, extension: str) -> None:
    run("CREATE TABLE BIG AS SELECT SEQ4() AS ID, 'a,b' || RANDOM() AS NAME FROM TABLE(GENERATOR(ROWCOUNT => 400000))")
    detailed = rows(f"COPY INTO @ST FROM BIG {format_} MAX_FILE_SIZE = 2000000 DETAILED_OUTPUT = TRUE")
    assert len(detailed) > 1
    assert [row["FILE_NAME"] for row in detailed] == [f"data_0_{index}_0.{extension}" for index in range(len(detailed))]
    assert sum(row["ROW_COUNT"] for row in detailed) == 400000
    assert {row["FILE_NAME"]: row["FILE_SIZE"] for row in detailed} == {
        name.removeprefix("st/"): size for name, size, *_ in run("LIST @ST")
    }


@pytest.mark.usefixtures("t")
def test_detailed_output_names_the_files(run: Run, rows: Rows) -> None:
    [row] = rows(f"COPY INTO @ST/d/ FROM T {PARQUET} DETAILED_OUTPUT = TRUE")
    assert row == {"FILE_NAME": "data_0_0_0.snappy.parquet", "FILE_SIZE": run("LIST @ST")[0][1], "ROW_COUNT": 3}


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(
    "option", [PARQUET, PLAIN, f"{PARQUET} PARTITION BY (NAME)", f"{PLAIN} SINGLE = TRUE HEADER = TRUE"]
)
def test_no_rows_write_no_file(run: Run, rows: Rows, option: str) -> None:
    partition = "PARTITION BY (NAME)" if "PARTITION" in option else ""
    format_ = option.replace(partition, "")
    [row] = rows(f"COPY INTO @ST FROM (SELECT * FROM T WHERE ID > 9) {partition} {format_}")
    assert row == {"rows_unloaded": 0, "input_bytes": 0, "output_bytes": 0}
    assert names(run) == []


@pytest.mark.usefixtures("t")
def test_files_that_are_there_are_kept_unless_overwritten(run: Run, fails: Fails, fetch: Fetch) -> None:
    run(f"COPY INTO @ST FROM (SELECT 1) {PLAIN}")
    error = fails(f"COPY INTO @ST FROM (SELECT 2) {PLAIN}")
    assert "Files already existing at the unload destination: @ST. Use overwrite option" in str(error)
    assert fetch() == {"data_0_0_0.csv": b"1\n"}
    run(f"COPY INTO @ST FROM (SELECT 3) {PLAIN} OVERWRITE = TRUE")
    assert fetch() == {"data_0_0_0.csv": b"3\n"}


@pytest.mark.usefixtures("t")
def test_a_failing_query_leaves_no_file(run: Run, fails: Fails, address: Address) -> None:
    assert fails("COPY INTO @ST FROM (SELECT NAME::INT FROM T)").errno == 100038
    assert names(run) == []
    assert list((address.folder / "incoming").iterdir()) == []


# Streams


@pytest.mark.usefixtures("t")
def test_unloading_a_stream_consumes_it(run: Run, fails: Fails) -> None:
    run("CREATE STREAM S ON TABLE T")
    run("INSERT INTO T VALUES (4, 'four', NULL)")
    fails(f"COPY INTO @ST/x/ FROM (SELECT CURRENT_TIMESTAMP() AS SEEN, * FROM S) {PARQUET}")
    assert len(run("SELECT * FROM S")) == 1
    [(unloaded, *_)] = run(f"COPY INTO @ST/x/ FROM (SELECT ID, METADATA$ACTION AS ACTION FROM S) {PARQUET}")
    assert unloaded == 1
    assert run("SELECT * FROM S") == []


@pytest.mark.usefixtures("t")
def test_a_rollback_gives_the_stream_back_and_leaves_the_file(run: Run) -> None:
    run("CREATE STREAM S ON TABLE T")
    run("INSERT INTO T VALUES (4, 'four', NULL)")
    run("BEGIN")
    run(f"COPY INTO @ST/x/ FROM S {PARQUET} HEADER = TRUE")
    run("ROLLBACK")
    assert len(run("SELECT * FROM S")) == 1
    assert names(run) == ["st/x/data_0_0_0.snappy.parquet"]


@pytest.mark.usefixtures("t")
def test_a_stage_is_unloaded_to_a_stage(run: Run) -> None:
    run("COPY INTO @ST/a/ FROM T")
    run("COPY INTO @ST/b/ FROM (SELECT $1::INT AS ID FROM @ST/a/ WHERE $1::INT > 1)")
    assert run("SELECT $1 FROM @ST/b/ ORDER BY 1") == [("2",), ("3",)]


@pytest.mark.usefixtures("t")
def test_qualified_names_need_no_current_database(run: Run, connect: Connect) -> None:
    elsewhere = connect(database=None, schema=None)
    run_on(elsewhere, "USE WAREHOUSE WH")
    run_on(elsewhere, "COPY INTO @DEMO.PUBLIC.ST/a/ FROM DEMO.PUBLIC.T")
    run_on(elsewhere, "COPY INTO @DEMO.PUBLIC.ST/b/ FROM (SELECT $1::INT AS ID FROM @DEMO.PUBLIC.ST/a/)")
    assert run("SELECT $1 FROM @ST/b/ ORDER BY 1") == [("1",), ("2",), ("3",)]


@pytest.mark.usefixtures("t")
def test_validation_returns_the_rows(run: Run) -> None:
    assert run("COPY INTO @ST FROM (SELECT ID FROM T ORDER BY 1) VALIDATION_MODE = RETURN_ROWS") == [(1,), (2,), (3,)]
    assert names(run) == []


# Refusals

REFUSED = [
    ("@NOPE FROM T", 2003, "Stage 'DEMO.PUBLIC.NOPE' does not exist or not authorized."),
    ("@ST FROM NOPE", 2003, "NOPE"),
    ("@ST FROM T INCLUDE_QUERY_ID = TRUE SINGLE = TRUE", 3002, "INCLUDE_QUERY_ID = TRUE together with SINGLE = TRUE"),
    (
        "@ST FROM T INCLUDE_QUERY_ID = TRUE OVERWRITE = TRUE",
        3002,
        "INCLUDE_QUERY_ID = TRUE together with OVERWRITE = TRUE",
    ),
    ("@ST FROM T PARTITION BY (NAME) SINGLE = TRUE", 3002, "PARTITION BY together with SINGLE = TRUE"),
    ("@ST FROM T PARTITION BY (NAME) OVERWRITE = TRUE", 3002, "PARTITION BY together with OVERWRITE = TRUE"),
    (
        "@ST FROM T PARTITION BY (NAME) INCLUDE_QUERY_ID = FALSE",
        3002,
        "PARTITION BY together with INCLUDE_QUERY_ID = FALSE",
    ),
    (
        "@ST FROM T FILE_FORMAT = (TYPE = JSON)",
        2,
        "Unsupported feature 'unloading of more than one column or non-json values'.",
    ),
    (
        "@ST FROM (SELECT NULL::VARIANT) FILE_FORMAT = (TYPE = JSON)",
        2,
        "COPY INTO location with TYPE = JSON of a NULL is not emulated",
    ),
    ("@ST FROM T FILE_FORMAT = (COMPRESSION = BZ2)", 2, "COPY INTO location with COMPRESSION = BZ2 is not emulated"),
    ("@ST FROM T MAX_FILE_SIZE = 9999999999", 1008, "invalid value [9999999999] for parameter 'MAX_FILE_SIZE'"),
    ("@ST FROM T NONSENSE = 1", 1006, "invalid parameter 'NONSENSE'"),
    ("@ST/../x FROM T", 1003, "Invalid stage location"),
    ("'s3://bucket/x' FROM T", 1003, "unexpected 's3://bucket/x'"),
]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(("rest", "errno", "message"), REFUSED)
def test_refusals(run: Run, fails: Fails, rest: str, errno: int, message: str) -> None:
    error = fails(f"COPY INTO {rest}")
    assert error.errno == errno
    assert message in str(error)
    assert names(run) == []


@pytest.mark.usefixtures("t")
def test_a_warehouse_is_needed(connect: Connect) -> None:
    other: Any = connect()
    with pytest.raises(Exception, match="No active warehouse"):
        run_on(other, "COPY INTO @DEMO.PUBLIC.ST FROM DEMO.PUBLIC.T")


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize("dropped", ["STAGE GONE.PUBLIC.ST", "SCHEMA GONE.PUBLIC", "DATABASE GONE"])
def test_a_stage_that_is_dropped_while_a_query_is_unloaded_to_it_keeps_no_files(
    dropped: str, run: Run, fails: Fails, bare: SnowflakeConnection, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    for statement in ("CREATE OR REPLACE DATABASE GONE", "CREATE STAGE ST", "USE SCHEMA DEMO.PUBLIC"):
        run(statement)
    named = unload._named

    def drop_first(*arguments: Any) -> list[str]:
        run_on(bare, f"DROP {dropped}")
        return named(*arguments)

    monkeypatch.setattr(unload, "_named", drop_first)
    error = fails(f"COPY INTO @GONE.PUBLIC.ST/a/ FROM T {PARQUET}")
    assert (error.errno, "Stage 'GONE.PUBLIC.ST' does not exist or not authorized" in str(error)) == (2003, True)
    assert list((address.folder / "stages").glob("GONE/**/*.parquet")) == []
    assert list((address.folder / "incoming").iterdir()) == []
