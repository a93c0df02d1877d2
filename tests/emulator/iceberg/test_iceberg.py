"""Iceberg tables are tables in SQL and real Iceberg tables on disk: https://docs.snowflake.com/en/user-guide/tables-iceberg"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import snowflake.connector
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import StaticTable
from snowflake.connector import SnowflakeConnection

from src.emulator.catalog.tracking import ROW_ID
from src.emulator.engine import Engine
from src.emulator.iceberg import data_files
from src.emulator.protocol.serving import Address, Options, emulator
from tests.emulator.conftest import QUIET, Fails, Rows, Run, run_on
from tests.emulator.killing import end_of

pytestmark = pytest.mark.emulator("module")

ROOT = Path(__file__).parents[3]


@pytest.fixture
def t(run: Run) -> None:
    """Iceberg table T with two rows."""
    run("CREATE ICEBERG TABLE T (ID INT, NAME STRING)")
    run("INSERT INTO T VALUES (1, 'one'), (2, 'two')")


def on_disk(run: Run, name: str = "T") -> StaticTable:
    """The table as any Iceberg reader finds it."""
    [[answer]] = run(f"SELECT SYSTEM$GET_ICEBERG_TABLE_INFORMATION('{name}')")
    found = json.loads(answer)
    assert found["status"] == "success"
    return StaticTable.from_metadata(found["metadataLocation"])


def disk_rows(run: Run, name: str = "T") -> list[tuple[Any, ...]]:
    rows = on_disk(run, name).scan().to_arrow().to_pylist()
    return [tuple(row.values()) for row in rows]


def snapshots(run: Run) -> list[str]:
    """What each snapshot did, the oldest first."""
    return [found.summary.operation.value for found in on_disk(run).metadata.snapshots if found.summary]


def agrees(run: Run, name: str = "T") -> bool:
    return counted(disk_rows(run, name)) == counted(run(f"SELECT * FROM {name}"))


def counted(rows: list[tuple[Any, ...]]) -> Counter[tuple[Any, ...]]:
    """The rows as a bag; the connector gives binary values as bytearrays, which have no hash."""
    return Counter(tuple(bytes(value) if isinstance(value, bytearray) else value for value in row) for row in rows)


def query_id(connection: SnowflakeConnection, sql: str) -> str:
    cursor = connection.cursor()
    cursor.execute(sql)
    assert cursor.sfqid is not None
    return cursor.sfqid


# CREATE


TYPES = [
    ("BOOLEAN", "boolean", "BOOLEAN", "TRUE"),
    ("INT", "int", "NUMBER(10,0)", "7"),
    ("INTEGER", "int", "NUMBER(10,0)", "-7"),
    ("LONG", "long", "NUMBER(19,0)", "3000000000"),
    ("NUMBER", "decimal(38, 0)", "NUMBER(38,0)", "3000000000"),
    ("NUMBER(10,0)", "decimal(10, 0)", "NUMBER(10,0)", "3000000000"),
    ("NUMBER(18,6)", "decimal(18, 6)", "NUMBER(18,6)", "1.5"),
    ("FLOAT", "double", "FLOAT", "0.1"),
    ("DOUBLE", "double", "FLOAT", "0.1"),
    ("STRING", "string", "VARCHAR(134217728)", "'text'"),
    ("VARCHAR", "string", "VARCHAR(134217728)", "'text'"),
    ("VARCHAR(134217728)", "string", "VARCHAR(134217728)", "'text'"),
    ("BINARY", "binary", "BINARY(67108864)", "X'FF'"),
    ("DATE", "date", "DATE", "'2026-02-03'::DATE"),
    ("TIME", "time", "TIME(6)", "'10:20:30.123456'::TIME"),
    ("TIME(6)", "time", "TIME(6)", "'10:20:30'::TIME"),
    ("TIMESTAMP_NTZ(6)", "timestamp", "TIMESTAMP_NTZ(6)", "'2026-02-03 10:20:30.123456'::TIMESTAMP_NTZ"),
    ("TIMESTAMP_NTZ", "timestamp", "TIMESTAMP_NTZ(6)", "'2026-02-03 10:20:30'::TIMESTAMP_NTZ"),
    ("TIMESTAMP_LTZ(6)", "timestamptz", "TIMESTAMP_LTZ(6)", "'2026-02-03 10:20:30'::TIMESTAMP_LTZ"),
]


@pytest.mark.parametrize(("written", "iceberg", "shown", "value"), TYPES, ids=[case[0] for case in TYPES])
def test_a_column_has_its_type_in_iceberg_and_in_describe(
    run: Run, rows: Rows, written: str, iceberg: str, shown: str, value: str
) -> None:
    run(f"CREATE ICEBERG TABLE T (C {written})")
    run(f"INSERT INTO T SELECT {value}")
    [field] = on_disk(run).schema().fields
    assert str(field.field_type) == iceberg
    assert [(row["name"], row["type"]) for row in rows("DESCRIBE TABLE T")] == [("C", shown)]
    assert agrees(run)


NO_TYPES = [
    (
        "VARCHAR(50)",
        91386,
        "only max length (134,217,728) is supported for 'VARCHAR(L)/STRING(L)' or use STRING directly.",
    ),
    ("STRING(16777216)", 91386, "only max length (134,217,728)"),
    ("CHAR", 91386, "only max length (134,217,728)"),
    ("BINARY(20)", 91386, "only max length (67,108,864)"),
    ("VARIANT", 91386, "Unsupported data type 'VARIANT' for iceberg tables."),
    ("OBJECT", 91386, "Unsupported data type 'OBJECT' for iceberg tables."),
    ("GEOGRAPHY", 91386, "Unsupported data type 'GEOGRAPHY' for iceberg tables."),
    ("TIMESTAMP_TZ", 91386, "Unsupported data type 'TIMESTAMP_TZ' for iceberg tables."),
    ("TIMESTAMP_TZ(6)", 91386, "Unsupported data type 'TIMESTAMP_TZ(6)' for iceberg tables."),
    ("TIMESTAMP_NTZ(9)", 91386, "Unsupported data type 'TIMESTAMP_NTZ(9)' for iceberg tables."),
    ("TIME(9)", 91386, "Unsupported data type 'TIME(9)' for iceberg tables."),
    ("NUMBER(39,0)", 1008, "NUMBER(39,0)"),
    ("NUMBER(5,6)", 1008, "NUMBER(5,6)"),
    ("FIXED(10)", 2, "the type FIXED in an Iceberg table is not emulated"),
    ("ARRAY(INT)", 2, "the structured type ARRAY(INT) in an Iceberg table is not emulated"),
    ("INT DEFAULT 1", 2, "DEFAULT 1 in an Iceberg table of version 2 is not emulated"),
    ("INT AUTOINCREMENT", 2, "AUTOINCREMENT in an Iceberg table of version 2 is not emulated"),
]


@pytest.mark.parametrize(("written", "errno", "message"), NO_TYPES, ids=[case[0] for case in NO_TYPES])
def test_a_type_that_iceberg_tables_lack_is_refused(
    run: Run, fails: Fails, written: str, errno: int, message: str
) -> None:
    error = fails(f"CREATE ICEBERG TABLE T (ID INT, C {written})")
    assert error.errno == errno
    assert message in str(error.msg)
    assert run("SHOW TABLES") == []


def test_not_null_comments_and_keys_are_in_the_iceberg_schema(run: Run, rows: Rows, fails: Fails) -> None:
    run("CREATE ICEBERG TABLE T (ID INT, NAME STRING NOT NULL COMMENT 'the name', PRIMARY KEY (ID))")
    schema = on_disk(run).schema()
    assert [(field.name, field.required, field.doc) for field in schema.fields] == [
        ("ID", True, None),
        ("NAME", True, "the name"),
    ]
    assert schema.identifier_field_names() == {"ID"}
    assert [(row["null?"], row["primary key"], row["comment"]) for row in rows("DESC ICEBERG TABLE T")] == [
        ("N", "Y", None),
        ("N", "N", "the name"),
    ]
    assert fails("INSERT INTO T VALUES (1, NULL)").errno == 100072
    run("INSERT INTO T VALUES (1, 'a'), (1, 'a')")
    assert agrees(run)


def test_a_table_shows_what_it_was_made_with(run: Run, rows: Rows) -> None:
    run(
        "CREATE ICEBERG TABLE IF NOT EXISTS T (ID INT) CATALOG = 'SNOWFLAKE' EXTERNAL_VOLUME = 'SNOWFLAKE_MANAGED'"
        " BASE_LOCATION = 'my/place' CHANGE_TRACKING = TRUE DATA_RETENTION_TIME_IN_DAYS = 7"
        " ENABLE_SCHEMA_EVOLUTION = TRUE ICEBERG_VERSION = 2 COMMENT = 'it''s'"
    )
    run("CREATE TABLE PLAIN (ID INT)")
    [shown] = rows("SHOW ICEBERG TABLES IN SCHEMA DEMO.PUBLIC")
    names = ("name", "external_volume_name", "catalog_name", "iceberg_table_type", "base_location", "comment")
    assert [shown[name] for name in names] == ["T", "SNOWFLAKE_MANAGED", "SNOWFLAKE", "MANAGED", "my/place", "it's"]
    columns = ("name", "is_iceberg", "change_tracking", "retention_time", "enable_schema_evolution", "comment")
    assert [tuple(row[name] for name in columns) for row in rows("SHOW TABLES")] == [
        ("PLAIN", "N", "OFF", "1", "N", ""),
        ("T", "Y", "ON", "7", "Y", "it's"),
    ]
    assert "/my/place." in on_disk(run).location()


@pytest.mark.usefixtures("t")
def test_create_if_not_exists_leaves_a_table_and_create_or_replace_makes_a_new_one(
    run: Run, fails: Fails, address: Address
) -> None:
    run("ALTER TABLE T SET DATA_RETENTION_TIME_IN_DAYS = 0")
    before = on_disk(run).location()
    [[message]] = run("CREATE ICEBERG TABLE IF NOT EXISTS T (X INT)")
    assert message == "T already exists, statement succeeded."
    assert fails("CREATE ICEBERG TABLE T (X INT)").errno == 2002
    assert on_disk(run).location() == before
    assert run("CREATE OR REPLACE ICEBERG TABLE T (X INT)") == [("Table T successfully created.",)]
    assert run("SELECT * FROM T") == disk_rows(run) == []
    assert on_disk(run).location() != before
    assert not Path(before).exists()
    run("INSERT INTO T VALUES (5)")
    assert agrees(run)


REFUSED = [
    ("CREATE OR ALTER ICEBERG TABLE T (ID INT)", "Unsupported feature 'CREATE OR ALTER ICEBERG TABLE'"),
    ("CREATE TEMPORARY ICEBERG TABLE T (ID INT)", "Unsupported feature 'CREATE TEMPORARY ICEBERG TABLE'"),
    ("CREATE ICEBERG TABLE T (ID INT) ICEBERG_VERSION = 3", "ICEBERG_VERSION = 3 is not emulated"),
    ("CREATE ICEBERG TABLE T (ID INT) CATALOG = 'GLUE'", "CATALOG = 'GLUE' is not emulated"),
    ("CREATE ICEBERG TABLE T AS SELECT 1 AS ID", "CREATE ICEBERG TABLE ... AS is not emulated"),
    ("CREATE ICEBERG TABLE T (ID INT) AS SELECT 1", "CREATE ICEBERG TABLE ... AS is not emulated"),
    ("CREATE ICEBERG TABLE T CLONE U", "CREATE ICEBERG TABLE ... CLONE is not emulated"),
    ("CREATE ICEBERG TABLE T (ID INT) CLUSTER BY (ID)", "CREATE ICEBERG TABLE ... CLUSTER is not emulated"),
    ("CREATE ICEBERG TABLE T (ID INT) CATALOG_SYNC = 'X'", "CREATE ICEBERG TABLE ... CATALOG_SYNC is not emulated"),
    ("CREATE ICEBERG TABLE T (ID INT, UNIQUE (ID))", "UNIQUE (ID) is not emulated"),
    ("CREATE ICEBERG TABLE T (ID INT) NONSENSE = 1", "invalid property 'NONSENSE' for 'ICEBERG TABLE'"),
    ("CREATE ICEBERG TABLE T (ID INT) BASE_LOCATION = '../x'", "invalid value ['../x'] for parameter 'BASE_LOCATION'"),
    ("CREATE ICEBERG TABLE T (ID INT) EXTERNAL_VOLUME = 'V'", "External volume 'V' does not exist or not authorized."),
    ("CREATE ICEBERG TABLE T (ID FLOAT PRIMARY KEY)", "cannot be in the PRIMARY KEY of an Iceberg table"),
    ("CREATE ICEBERG TABLE T", "syntax error line 1 at position 22 unexpected '<EOF>'."),
    ("CREATE ICEBERG TABLE T (ID INT) BASE_LOCATION", "unexpected '<EOF>'."),
]


@pytest.mark.parametrize(("sql", "message"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_is_not_supported_is_refused_by_name(run: Run, fails: Fails, sql: str, message: str) -> None:
    assert message in str(fails(sql).msg)
    assert run("SHOW ICEBERG TABLES") == []


@pytest.mark.usefixtures("t")
def test_create_or_alter_table_does_not_touch_an_iceberg_table(run: Run, fails: Fails) -> None:
    assert fails("CREATE OR ALTER TABLE T (ID INT)").sqlstate == "0A000"
    assert run("SELECT COUNT(*) FROM T") == [(2,)]


@pytest.mark.parametrize("options", [Options(edition="STANDARD")])
def test_standard_edition_refuses_a_longer_retention(fails: Fails, options: Options) -> None:
    error = fails("CREATE ICEBERG TABLE T (ID INT) DATA_RETENTION_TIME_IN_DAYS = 90")
    assert "Exceeds maximum allowable retention time (1 day(s))." in str(error.msg)


# External volumes

VOLUME = (
    "CREATE EXTERNAL VOLUME IF NOT EXISTS V STORAGE_LOCATIONS = ((NAME='loc1' STORAGE_PROVIDER='S3'"
    " STORAGE_BASE_URL='s3://bucket/path/' STORAGE_AWS_ROLE_ARN='arn:aws:iam::123456789012:role/r'"
    " ENCRYPTION=(TYPE='AWS_SSE_S3'))) ALLOW_WRITES = TRUE"
)


def test_the_volume_comes_from_the_table_else_the_schema_else_the_database(run: Run, rows: Rows) -> None:
    for name in ("V", "OF_SCHEMA", "OF_DATABASE"):
        run(VOLUME.replace("EXISTS V", f"EXISTS {name}"))
    run("CREATE SCHEMA OTHER")
    run("ALTER DATABASE DEMO SET EXTERNAL_VOLUME = 'OF_DATABASE'")
    run("ALTER SCHEMA OTHER SET EXTERNAL_VOLUME = 'of_schema' CATALOG = 'SNOWFLAKE'")
    run("CREATE ICEBERG TABLE DEMO.PUBLIC.A (ID INT)")
    run("CREATE ICEBERG TABLE DEMO.OTHER.B (ID INT)")
    run("CREATE ICEBERG TABLE DEMO.OTHER.C (ID INT) EXTERNAL_VOLUME = 'V'")
    run("ALTER DATABASE DEMO UNSET EXTERNAL_VOLUME")
    run("CREATE ICEBERG TABLE DEMO.PUBLIC.D (ID INT)")
    shown = {row["name"]: row["external_volume_name"] for row in rows("SHOW ICEBERG TABLES IN DATABASE DEMO")}
    assert shown == {"A": "OF_DATABASE", "B": "OF_SCHEMA", "C": "V", "D": "SNOWFLAKE_MANAGED"}


def test_show_parameters_knows_the_default_volume(run: Run, rows: Rows) -> None:
    run(VOLUME)
    run("ALTER DATABASE DEMO SET EXTERNAL_VOLUME = 'V'")
    for place in ("DATABASE DEMO", "SCHEMA DEMO.PUBLIC"):
        [row] = rows(f"SHOW PARAMETERS LIKE 'EXTERNAL_VOLUME' IN {place}")
        assert (row["value"], row["level"]) == ("V", "DATABASE")


@pytest.mark.emulator("own")
def test_a_volume_is_recorded_and_stays_while_a_table_uses_it(run: Run, rows: Rows, fails: Fails) -> None:
    run(VOLUME)
    assert [(row["name"], row["allow_writes"]) for row in rows("SHOW EXTERNAL VOLUMES")] == [("V", "true")]
    run("CREATE ICEBERG TABLE T (ID INT) EXTERNAL_VOLUME = 'V'")
    assert "is used by table 'DEMO.PUBLIC.T'" in str(fails("DROP EXTERNAL VOLUME V").msg)
    run("DROP TABLE T")
    run("DROP EXTERNAL VOLUME V")
    assert run("SHOW EXTERNAL VOLUMES") == []
    assert "is reserved" in str(fails(VOLUME.replace("EXISTS V", "EXISTS SNOWFLAKE_MANAGED")).msg)


# Changes and commits

CHANGES = [
    ("an insert appends", ["INSERT INTO T VALUES (3, 'three')"], ["append", "append"]),
    ("an update rewrites", ["UPDATE T SET NAME = 'uno' WHERE ID = 1"], ["append", "overwrite"]),
    ("a delete rewrites", ["DELETE FROM T WHERE ID = 1"], ["append", "overwrite"]),
    ("a delete of every row", ["DELETE FROM T"], ["append", "overwrite"]),
    ("a truncate", ["TRUNCATE TABLE T"], ["append", "overwrite"]),
    ("an insert overwrite", ["INSERT OVERWRITE INTO T VALUES (9, 'nine')"], ["append", "overwrite"]),
    (
        "a change of no row makes no snapshot",
        ["DELETE FROM T WHERE ID = 99", "UPDATE T SET ID = 0 WHERE ID = 99"],
        ["append"],
    ),
    (
        "a merge is one snapshot",
        [
            "MERGE INTO T USING (SELECT 1 AS ID, 'uno' AS NAME UNION ALL SELECT 2, 'x' UNION ALL SELECT 3, 'tres') N"
            " ON T.ID = N.ID WHEN MATCHED AND N.NAME = 'x' THEN DELETE"
            " WHEN MATCHED THEN UPDATE SET NAME = N.NAME WHEN NOT MATCHED THEN INSERT (ID, NAME) VALUES (N.ID, N.NAME)"
        ],
        ["append", "overwrite"],
    ),
    (
        "a transaction is one snapshot",
        [
            "BEGIN",
            "DELETE FROM T WHERE ID = 1",
            "INSERT INTO T VALUES (3, 'x'), (4, 'y')",
            "UPDATE T SET NAME = 'z'",
            "COMMIT",
        ],
        ["append", "overwrite"],
    ),
    (
        "a transaction that undoes itself makes none",
        ["BEGIN", "INSERT INTO T VALUES (3, 'x')", "DELETE FROM T WHERE ID = 3", "COMMIT"],
        ["append"],
    ),
    ("a rollback makes none", ["BEGIN", "DELETE FROM T", "ROLLBACK"], ["append"]),
    (
        "one of two equal rows is deleted",
        ["INSERT INTO T VALUES (7, 'x')", "INSERT INTO T VALUES (7, 'x')", "DELETE FROM T WHERE NAME = 'one'"],
        ["append", "append", "append", "overwrite"],
    ),
]


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(("statements", "expected"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_each_committed_transaction_is_one_snapshot(run: Run, statements: list[str], expected: list[str]) -> None:
    for statement in statements:
        run(statement)
    assert agrees(run)
    assert snapshots(run) == expected


@pytest.mark.usefixtures("t")
def test_an_open_transaction_is_not_on_disk(run: Run) -> None:
    run("BEGIN")
    run("DELETE FROM T")
    assert Counter(disk_rows(run)) == Counter([(1, "one"), (2, "two")])
    assert run("SELECT COUNT(*) FROM T") == [(0,)]
    run("COMMIT")
    assert disk_rows(run) == []


@pytest.mark.usefixtures("t")
def test_a_change_rewrites_only_the_files_that_hold_the_rows(run: Run) -> None:
    run("INSERT INTO T SELECT SEQ4() + 100, 'n' FROM TABLE(GENERATOR(ROWCOUNT => 1000))")
    run("UPDATE T SET NAME = 'uno' WHERE ID = 1")
    [last] = [snapshot.summary for snapshot in on_disk(run).metadata.snapshots][-1:]
    assert last is not None
    assert (last["deleted-data-files"], last["deleted-records"], last["added-records"]) == ("1", "2", "2")
    assert agrees(run)


@pytest.mark.usefixtures("t")
def test_no_reader_sees_the_row_ids_in_the_files(run: Run) -> None:
    """Nor its statistics, which a reader takes to skip files."""
    assert on_disk(run).schema().column_names == ["ID", "NAME"]
    assert on_disk(run).scan().to_arrow().column_names == ["ID", "NAME"]
    assert [len(row) for row in run("SELECT * FROM T")] == [2, 2]
    [file] = [task.file for task in on_disk(run).scan().plan_files()]
    assert sorted(file.lower_bounds) == sorted(file.upper_bounds) == [1, 2]
    assert on_disk(run).scan(row_filter="ID > 2").plan_files() == []


@pytest.mark.usefixtures("t")
def test_a_large_table_is_several_files_of_which_a_change_rewrites_one(run: Run) -> None:
    run("INSERT OVERWRITE INTO T SELECT SEQ4(), NULL FROM TABLE(GENERATOR(ROWCOUNT => 140000))")
    counts = [task.file.record_count for task in on_disk(run).scan().plan_files()]
    assert (len(counts), sum(counts), max(counts)) == (3, 140000, data_files.ROWS_A_FILE)
    run("UPDATE T SET NAME = 'x' WHERE ID = 70000")
    assert on_disk(run).scan(row_filter="NAME = 'x'").to_arrow()["ID"].to_pylist() == [70000]
    [last] = [snapshot.summary for snapshot in on_disk(run).metadata.snapshots][-1:]
    assert last is not None
    assert (last["deleted-data-files"], last["added-data-files"], last["total-records"]) == ("1", "1", "140000")


def test_a_folder_whose_name_looks_like_a_pattern_holds_data_files(tmp_path: Path) -> None:
    duck = duckdb.connect()
    query = f"SELECT 7 AS ID, 1 AS {ROW_ID}"
    files = data_files.write(duck, query, tmp_path / "[a]*?" / "data", {"ID": 1, data_files.HIDDEN: 2})
    assert data_files.holding(duck, files, "SELECT 1") == files
    assert data_files.holding(duck, files, "SELECT 2") == []


@pytest.mark.usefixtures("t")
def test_a_number_that_iceberg_cannot_hold_fails_the_transaction(run: Run, fails: Fails) -> None:
    error = fails("INSERT INTO T VALUES (3000000000, 'too large')")
    assert (error.errno, error.sqlstate) == (100046, "22003")
    assert "Number out of representable range: type FIXED[SB8](10,0){nullable}, value 3000000000" in str(error.msg)
    run("BEGIN")
    run("INSERT INTO T VALUES (3, 'three'), (3000000000, 'too large')")
    assert fails("COMMIT").errno == 100046
    assert run("SELECT COUNT(*) FROM T") == [(2,)]
    run("INSERT INTO T VALUES (3, 'three')")
    assert agrees(run)


@pytest.mark.usefixtures("t")
def test_a_disk_that_takes_no_files_fails_the_transaction_and_leaves_the_table_whole(run: Run, fails: Fails) -> None:
    data = Path(on_disk(run).location()) / "data"
    kept = data.rename(data.with_name("kept"))
    data.touch()
    assert fails("INSERT INTO T VALUES (3, 'three')").errno == 603
    data.unlink()
    kept.rename(data)
    assert run("SELECT COUNT(*) FROM T") == [(2,)]
    run("INSERT INTO T VALUES (4, 'four')")
    assert agrees(run)


@pytest.mark.usefixtures("t")
def test_two_sessions_commit_one_after_the_other(run: Run, other: SnowflakeConnection) -> None:
    for number in range(3, 7):
        run(f"INSERT INTO T VALUES ({number}, 'here')")
        run_on(other, f"UPDATE T SET NAME = 'there' WHERE ID = {number}")
    assert agrees(run)
    assert len(snapshots(run)) == 9


def test_two_tables_changed_in_one_transaction_each_get_a_snapshot(run: Run) -> None:
    for name in ("T", "U"):
        run(f"CREATE ICEBERG TABLE {name} (ID INT)")
    run("BEGIN")
    run("INSERT INTO T VALUES (1)")
    run("INSERT INTO U VALUES (2)")
    run("COMMIT")
    assert (disk_rows(run, "T"), disk_rows(run, "U")) == ([(1,)], [(2,)])


STEPS = st.sampled_from(
    [
        "INSERT INTO T SELECT SEQ4(), 'n' FROM TABLE(GENERATOR(ROWCOUNT => 5))",
        "INSERT INTO T VALUES (NULL, NULL), (1, 'one')",
        "UPDATE T SET ID = ID + 1 WHERE MOD(ID, 2) = 0",
        "UPDATE T SET NAME = 'x' WHERE ID IS NULL",
        "DELETE FROM T WHERE ID = 1",
        "DELETE FROM T WHERE NAME = 'x'",
        "MERGE INTO T USING (SELECT 3 AS ID) N ON T.ID = N.ID WHEN MATCHED THEN UPDATE SET NAME = 'merged'"
        " WHEN NOT MATCHED THEN INSERT (ID) VALUES (N.ID)",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
    ]
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=10))
def test_after_any_changes_disk_and_sql_agree(run: Run, steps: list[str]) -> None:
    run("CREATE OR REPLACE ICEBERG TABLE T (ID INT, NAME STRING)")
    for step in steps:
        run(step)
    run("COMMIT")
    assert agrees(run)


# Streams


@pytest.mark.parametrize("kind", ["TABLE", "ICEBERG TABLE"])
@pytest.mark.usefixtures("t")
def test_a_stream_follows_an_iceberg_table(run: Run, kind: str) -> None:
    run(f"CREATE STREAM S ON {kind} T")
    run("UPDATE T SET NAME = 'uno' WHERE ID = 1")
    assert run("SELECT ID, NAME, METADATA$ACTION, METADATA$ISUPDATE FROM S ORDER BY 2") == [
        (1, "one", "DELETE", True),
        (1, "uno", "INSERT", True),
    ]
    run("DROP STREAM S")
    run("DELETE FROM T WHERE ID = 2")
    assert agrees(run)


def test_pipeline_1_consumes_a_stream_into_an_iceberg_table_in_one_transaction(run: Run) -> None:
    run("CREATE TABLE SOURCE (ID INT, NAME STRING)")
    run("CREATE STREAM S ON TABLE SOURCE")
    run("CREATE ICEBERG TABLE T (ID INT, NAME STRING)")
    run("INSERT INTO SOURCE VALUES (1, 'one'), (2, 'two')")
    consume(run)
    run("UPDATE SOURCE SET NAME = 'uno' WHERE ID = 1")
    run("DELETE FROM SOURCE WHERE ID = 2")
    consume(run)
    assert disk_rows(run) == run("SELECT * FROM T") == [(1, "uno")]
    assert snapshots(run) == ["append", "overwrite"]
    assert run("SELECT * FROM S") == []


def consume(run: Run) -> None:
    run("BEGIN")
    run("DELETE FROM T WHERE ID IN (SELECT ID FROM S WHERE METADATA$ACTION = 'DELETE' AND NOT METADATA$ISUPDATE)")
    run(
        "MERGE INTO T USING (SELECT ID, NAME FROM S WHERE METADATA$ACTION = 'INSERT') N ON T.ID = N.ID"
        " WHEN MATCHED THEN UPDATE SET NAME = N.NAME WHEN NOT MATCHED THEN INSERT (ID, NAME) VALUES (N.ID, N.NAME)"
    )
    run("COMMIT")


# ALTER and DROP


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize("kind", ["TABLE", "ICEBERG TABLE"])
@pytest.mark.parametrize("followed", [False, True], ids=["alone", "with a stream"])
def test_added_columns_are_there_in_sql_and_on_disk(
    run: Run, rows: Rows, fails: Fails, kind: str, followed: bool
) -> None:
    if followed:
        run("CREATE STREAM S ON TABLE T")
    run(f"ALTER {kind} T ADD COLUMN PRICE NUMBER(5,2), MORE STRING COMMENT 'more'")
    run(f"ALTER {kind} T ADD COLUMN IF NOT EXISTS MORE STRING")
    assert on_disk(run).schema().column_names == ["ID", "NAME", "PRICE", "MORE"]
    assert [row["name"] for row in rows("DESCRIBE TABLE T")] == ["ID", "NAME", "PRICE", "MORE"]
    run("UPDATE T SET PRICE = 1.25 WHERE ID = 1")
    run("INSERT INTO T VALUES (3, 'three', 2, 'more')")
    assert agrees(run)
    assert fails(f"ALTER {kind} T ADD COLUMN MORE STRING").errno == 1110
    assert fails(f"ALTER {kind} T ADD COLUMN V VARIANT").errno == 91386


@pytest.mark.usefixtures("t")
def test_properties_are_set_except_the_base_location(run: Run, rows: Rows, fails: Fails) -> None:
    run("ALTER ICEBERG TABLE T SET CHANGE_TRACKING = TRUE DATA_RETENTION_TIME_IN_DAYS = 5 COMMENT = 'new'")
    [row] = rows("SHOW TABLES LIKE 'T'")
    assert (row["change_tracking"], row["retention_time"], row["comment"]) == ("ON", "5", "new")
    assert fails("ALTER ICEBERG TABLE T SET BASE_LOCATION = 'x'").errno == 1420
    for change in (
        "DROP COLUMN NAME",
        "RENAME COLUMN NAME TO TITLE",
        "RENAME TO U",
        "CLUSTER BY (ID)",
        "UNSET COMMENT",
    ):
        for kind in ("TABLE", "ICEBERG TABLE"):
            assert "is not emulated" in str(fails(f"ALTER {kind} T {change}").msg)
    assert "ALTER ICEBERG TABLE T REFRESH is not emulated" in str(fails("ALTER ICEBERG TABLE T REFRESH").msg)


@pytest.mark.parametrize("kind", ["TABLE", "ICEBERG TABLE"])
@pytest.mark.usefixtures("t")
def test_a_dropped_table_without_time_travel_leaves_no_file(
    run: Run, fails: Fails, address: Address, kind: str
) -> None:
    run("ALTER TABLE T SET DATA_RETENTION_TIME_IN_DAYS = 0")
    location = Path(on_disk(run).location())
    assert run(f"DROP {kind} T") == [("T successfully dropped.",)]
    assert not location.exists()
    assert fails("SELECT SYSTEM$GET_ICEBERG_TABLE_INFORMATION('T')").errno == 2003
    assert run(f"DROP {kind} IF EXISTS T")
    run("CREATE ICEBERG TABLE T (ID INT)")
    assert disk_rows(run) == []


@pytest.mark.emulator("own")
@pytest.mark.parametrize(
    "statement", ["DROP SCHEMA DEMO.S", "DROP DATABASE DEMO", "CREATE OR REPLACE TABLE DEMO.S.T (ID INT)"]
)
def test_what_takes_a_table_along_takes_its_files_along(run: Run, address: Address, statement: str) -> None:
    run("ALTER DATABASE DEMO SET DATA_RETENTION_TIME_IN_DAYS = 0")
    run("CREATE SCHEMA S")
    run("CREATE ICEBERG TABLE T (ID INT)")
    run("INSERT INTO T VALUES (1)")
    assert list((address.folder / "iceberg").rglob("*.parquet"))
    run(statement)
    assert not list((address.folder / "iceberg").rglob("*.parquet"))


def test_statements_for_iceberg_tables_refuse_other_tables(run: Run, fails: Fails) -> None:
    run("CREATE TABLE PLAIN (ID INT)")
    for statement in (
        "DROP ICEBERG TABLE PLAIN",
        "ALTER ICEBERG TABLE PLAIN ADD COLUMN X INT",
        "DESCRIBE ICEBERG TABLE PLAIN",
        "SELECT SYSTEM$GET_ICEBERG_TABLE_INFORMATION('PLAIN')",
    ):
        assert "Table 'DEMO.PUBLIC.PLAIN' is not an Iceberg table." in str(fails(statement).msg)


# Time Travel


@pytest.fixture
def history(connection: SnowflakeConnection, t: None) -> dict[str, str]:
    """The query ids of the changes that T has been through after its first two rows."""
    return {
        "update": query_id(connection, "UPDATE T SET NAME = 'uno' WHERE ID = 1"),
        "select": query_id(connection, "SELECT 1"),
        "delete": query_id(connection, "DELETE FROM T WHERE ID = 2"),
    }


PAST = [
    ("AT", "update", ["uno", "two"]),
    ("BEFORE", "update", ["one", "two"]),
    ("AT", "select", ["uno", "two"]),
    ("BEFORE", "select", ["uno", "two"]),
    ("AT", "delete", ["uno"]),
    ("BEFORE", "delete", ["uno", "two"]),
]


@pytest.mark.parametrize(("point", "statement", "expected"), PAST, ids=[f"{case[0]} the {case[1]}" for case in PAST])
def test_a_query_reads_the_table_at_or_before_a_statement(
    run: Run, history: dict[str, str], point: str, statement: str, expected: list[str]
) -> None:
    rows = run(f"SELECT O.NAME FROM DEMO.PUBLIC.T {point}(STATEMENT => '{history[statement]}') AS O ORDER BY ID")
    assert [name for (name,) in rows] == expected


def test_a_query_reads_the_table_at_a_time(run: Run, t: None) -> None:
    time.sleep(0.01)
    [[then]] = run("SELECT TO_VARCHAR(CURRENT_TIMESTAMP()::TIMESTAMP_NTZ, 'YYYY-MM-DD HH24:MI:SS.FF6')")
    time.sleep(0.01)
    run("DELETE FROM T")
    for point in (f"'{then}'::TIMESTAMP_NTZ", f"'{then}'", f"'{then}'::TIMESTAMP"):
        assert run(f"SELECT COUNT(*) FROM T AT(TIMESTAMP => {point})") == [(2,)]
    assert run("SELECT COUNT(*) FROM T AT(OFFSET => 0)") == [(0,)]
    assert run("SELECT COUNT(*) FROM T AT(TIMESTAMP => DATEADD(millisecond, 0, CURRENT_TIMESTAMP()))") == [(0,)]


def test_two_times_are_compared_in_one_query(run: Run, history: dict[str, str]) -> None:
    rows = run(
        f"SELECT ID, NAME FROM T BEFORE(STATEMENT => '{history['update']}')"
        f" MINUS SELECT ID, NAME FROM T AT(STATEMENT => '{history['delete']}') ORDER BY ID"
    )
    assert rows == [(1, "one"), (2, "two")]


def test_deleted_rows_are_brought_back_from_the_past(run: Run, history: dict[str, str]) -> None:
    run(f"INSERT INTO T SELECT * FROM T BEFORE(STATEMENT => '{history['delete']}') WHERE ID = 2")
    assert Counter(run("SELECT * FROM T")) == Counter([(1, "uno"), (2, "two")])
    assert agrees(run)


def test_a_transaction_is_one_point_in_time(connection: SnowflakeConnection, run: Run, t: None) -> None:
    run("BEGIN")
    first = query_id(connection, "DELETE FROM T WHERE ID = 1")
    run("DELETE FROM T WHERE ID = 2")
    commit = query_id(connection, "COMMIT")
    for statement in (first, commit):
        assert run(f"SELECT COUNT(*) FROM T BEFORE(STATEMENT => '{statement}')") == [(2,)]
        assert run(f"SELECT COUNT(*) FROM T AT(STATEMENT => '{statement}')") == [(0,)]


def test_a_new_table_has_no_rows_before_its_first_change(run: Run, connection: SnowflakeConnection) -> None:
    run("CREATE ICEBERG TABLE T (ID INT)")
    first = query_id(connection, "INSERT INTO T VALUES (1)")
    assert run(f"SELECT * FROM T BEFORE(STATEMENT => '{first}')") == []


@pytest.mark.parametrize(
    ("clause", "errno"),
    [
        ("AT(OFFSET => -3600)", 707),
        ("AT(TIMESTAMP => '2020-01-01'::TIMESTAMP)", 707),
        ("AT(STATEMENT => '00000000-0000-0000-0000-000000000000')", 709),
        ("AT(TIMESTAMP => 'yesterday')", 100040),
        ("AT(TIMESTAMP => NULL)", 1008),
        ("AT(STREAM => 'S')", 2),
        ("BEFORE(TIMESTAMP => CURRENT_TIMESTAMP())", 2),
    ],
)
@pytest.mark.usefixtures("t")
def test_what_is_not_kept_or_not_emulated_is_an_error(fails: Fails, clause: str, errno: int) -> None:
    assert fails(f"SELECT * FROM T {clause}").errno == errno


def test_beyond_the_retention_there_is_no_time_travel(run: Run, fails: Fails, history: dict[str, str]) -> None:
    run("ALTER TABLE T SET DATA_RETENTION_TIME_IN_DAYS = 0")
    error = fails(f"SELECT * FROM T AT(STATEMENT => '{history['update']}')")
    assert (error.errno, error.sqlstate) == (707, "02000")
    assert str(error.msg).endswith(
        "Time travel data is not available for table T. The requested time is either beyond the allowed time travel "
        "period or before the object creation time."
    )


@pytest.mark.usefixtures("t")
@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT * FROM PLAIN AT(OFFSET => -1)", "AT on 'PLAIN', which is no Iceberg table is not emulated"),
        ("SELECT * FROM PLAIN BEFORE(STATEMENT => 'x')", "BEFORE on 'PLAIN', which is no Iceberg table"),
        ("SELECT * FROM T CHANGES(INFORMATION => DEFAULT) AT(OFFSET => -1)", "CHANGES"),
        ("CREATE VIEW V AS SELECT * FROM T AT(OFFSET => -1)", "CREATE VIEW ... AT is not emulated"),
    ],
)
def test_other_time_travel_is_refused_by_name(run: Run, fails: Fails, sql: str, message: str) -> None:
    run("CREATE TABLE PLAIN (ID INT)")
    assert message in str(fails(sql).msg)


def test_the_past_has_the_columns_of_its_time(run: Run, history: dict[str, str]) -> None:
    run("ALTER ICEBERG TABLE T ADD COLUMN MORE STRING")
    assert run(f"SELECT * FROM T AT(STATEMENT => '{history['delete']}')") == [(1, "uno")]
    assert run("SELECT * FROM T") == [(1, "uno", None)]


# Others on the files


@pytest.mark.usefixtures("t")
@pytest.mark.emulator("own")
def test_what_somebody_else_writes_to_the_files_is_not_in_the_table(run: Run, address: Address) -> None:
    catalog = SqlCatalog("emulator", uri=f"sqlite:///{address.folder}/iceberg/catalog.db")
    [name] = catalog.list_tables("emulator")
    catalog.load_table(name).delete("ID = 1")
    catalog.close()
    assert agrees(run)
    run("INSERT INTO T VALUES (3, 'three')")
    assert agrees(run)
    assert run("SELECT COUNT(*) FROM T") == [(3,)]


@pytest.mark.usefixtures("t")
def test_files_that_are_lost_are_written_anew(run: Run) -> None:
    shutil.rmtree(on_disk(run).location())
    assert agrees(run)
    shutil.rmtree(on_disk(run).location())
    run("INSERT INTO T VALUES (3, 'three')")
    assert agrees(run)


@pytest.mark.usefixtures("t")
def test_a_data_file_that_is_lost_is_written_anew_when_a_row_changes(run: Run) -> None:
    run("INSERT INTO T VALUES (3, 'three')")
    lost, *_ = [task.file.file_path for task in on_disk(run).scan().plan_files()]
    Path(lost).unlink()
    run("UPDATE T SET NAME = 'tres' WHERE ID = 3")
    assert agrees(run)


# Faults


@pytest.fixture
def reopened(tmp_path: Path) -> Iterator[Run]:
    """Runs statements on the state that a killed process has left."""
    with (
        emulator(tmp_path / "state") as served,
        snowflake.connector.connect(
            **served.parameters,
            database="DEMO",
            schema="PUBLIC",
            warehouse="WH",
            **QUIET,
        ) as connection,
    ):
        yield lambda sql, parameters=None: run_on(connection, sql, parameters)


def work_until_killed(folder: Path, owner: str, name: str, when: str, statements: str) -> None:
    """Runs in a process of its own, which is killed before or after a step."""
    from src.emulator.iceberg import iceberg_storage
    from src.emulator.objects import tables

    session = Engine(folder).open_session()
    made = "CREATE ICEBERG TABLE T (ID INT, NAME STRING)", "INSERT INTO T VALUES (1, 'one'), (2, 'two')"
    for sql in ("CREATE DATABASE DEMO", "CREATE WAREHOUSE WH", *made):
        session.cursor().execute(sql)
    owners: dict[str, Any] = {"Files": iceberg_storage.Files, "Staged": iceberg_storage.Staged}
    place = (owners | {"storage": iceberg_storage, "tables": tables})[owner]
    whole = getattr(place, name)

    def killed(*arguments: Any) -> None:
        if when == "after":
            whole(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(place, name, killed)
    for sql in statements.split(";"):
        session.cursor().execute(sql)


UPDATE = "UPDATE T SET NAME = 'uno' WHERE ID = 1"
TRANSACTION = "BEGIN;DELETE FROM T WHERE ID = 1;INSERT INTO T VALUES (3, 'three');COMMIT"
KILLS = [
    ("Files", "stage", "before", UPDATE, [(1, "one"), (2, "two")]),
    ("Files", "stage", "after", UPDATE, [(1, "one"), (2, "two")]),
    ("Files", "stage", "after", TRANSACTION, [(1, "one"), (2, "two")]),
    ("Staged", "publish", "before", UPDATE, [(1, "uno"), (2, "two")]),
    ("Staged", "publish", "before", TRANSACTION, [(2, "two"), (3, "three")]),
    ("Staged", "publish", "before", "DELETE FROM T", []),
    ("Staged", "publish", "after", TRANSACTION, [(2, "two"), (3, "three")]),
    ("storage", "converge", "before", "CREATE ICEBERG TABLE U (ID INT)", [(1, "one"), (2, "two")]),
    ("storage", "converge", "after", "CREATE ICEBERG TABLE U (ID INT)", [(1, "one"), (2, "two")]),
    ("storage", "converge", "before", "ALTER TABLE T ADD COLUMN X INT", [(1, "one", None), (2, "two", None)]),
    ("storage", "converge", "after", "ALTER TABLE T ADD COLUMN X INT", [(1, "one", None), (2, "two", None)]),
    ("tables", "alter_columns", "before", "ALTER TABLE T ADD COLUMN X INT", [(1, "one"), (2, "two")]),
    ("tables", "alter_columns", "after", "ALTER TABLE T ADD COLUMN X INT", [(1, "one", None), (2, "two", None)]),
]


@pytest.mark.parametrize(
    ("owner", "name", "when", "statements", "expected"),
    KILLS,
    ids=[f"{case[2]} {case[1]}, {case[3].partition(' T ')[0]}" for case in KILLS],
)
def test_a_process_killed_at_a_step_leaves_a_table_that_agrees_with_its_rows(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    owner: str,
    name: str,
    when: str,
    statements: str,
    expected: list[tuple[Any, ...]],
) -> None:
    assert end_of(work_until_killed, tmp_path / "state", owner, name, when, statements) == -signal.SIGKILL
    run: Run = request.getfixturevalue("reopened")
    assert Counter(run("SELECT * FROM T")) == Counter(expected)
    assert agrees(run)
    assert no_orphans(tmp_path / "state", on_disk(run))
    run("UPDATE T SET NAME = 'after' WHERE ID = 2")
    run("INSERT INTO T (ID) VALUES (4)")
    assert agrees(run)


def no_orphans(folder: Path, table: StaticTable) -> bool:
    """Whether the only table on disk is this one."""
    return {str(file.parents[1]) for file in folder.rglob("*.metadata.json")} == {table.location()}


def test_a_state_folder_that_was_moved_gets_its_iceberg_tables_anew(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with (
        emulator(tmp_path / "first") as served,
        snowflake.connector.connect(**served.parameters, platform_detection_timeout_seconds=0) as connection,
    ):
        for sql in (
            "CREATE DATABASE DEMO",
            "CREATE WAREHOUSE WH",
            "CREATE ICEBERG TABLE T (ID INT)",
            "INSERT INTO T VALUES (1)",
        ):
            run_on(connection, sql)
    (tmp_path / "first").rename(tmp_path / "state")
    run: Run = request.getfixturevalue("reopened")
    assert disk_rows(run) == run("SELECT * FROM T") == [(1,)]
    run("UPDATE T SET ID = 2")
    assert agrees(run)


def test_pyiceberg_is_not_imported_before_an_iceberg_table_is_touched(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from src.emulator.engine import Engine;"
        f" session = Engine(Path({str(tmp_path / 'state')!r})).open_session();"
        " statements = ('CREATE DATABASE D', 'CREATE TABLE T (ID INT)', 'DROP DATABASE D');"
        " [session.cursor().execute(sql) for sql in statements];"
        " sys.exit('pyiceberg' in sys.modules or 'sqlalchemy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT).returncode == 0
