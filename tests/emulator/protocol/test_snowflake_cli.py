"""What the emulator does for a connector, it does for the Snowflake CLI: https://docs.snowflake.com/en/developer-guide/snowflake-cli

A start of `snow` takes seconds, so that each call has many statements.
"""

from pathlib import Path

import pytest

from src.emulator.protocol.serving import Address
from tests.snowflake_cli import SnowflakeCli

CAPTURE = """
    CREATE DATABASE DEMO;
    CREATE WAREHOUSE WH;
    ALTER SESSION SET QUERY_TAG = 'from the shell';
    CREATE TABLE SOURCE (ID INT, NAME VARCHAR);
    CREATE TABLE TARGET (ID INT, NAME VARCHAR);
    CREATE TABLE RUNS (NOTE VARCHAR);
    CREATE STREAM CHANGES ON TABLE SOURCE;
    INSERT INTO SOURCE VALUES (1, 'one'), (2, 'two');
    BEGIN TRANSACTION;
    INSERT INTO TARGET SELECT ID, NAME FROM CHANGES;
    ROLLBACK;
    SELECT (SELECT COUNT(*) FROM TARGET) AS TAKEN, (SELECT COUNT(*) FROM CHANGES) AS PENDING;
    BEGIN TRANSACTION;
    INSERT INTO TARGET SELECT ID, NAME FROM CHANGES;
    COMMIT;
    SELECT (SELECT COUNT(*) FROM TARGET) AS TAKEN, (SELECT COUNT(*) FROM CHANGES) AS PENDING;
    UPDATE SOURCE SET NAME = 'deux' WHERE ID = 2;
    SELECT NAME, METADATA$ACTION, METADATA$ISUPDATE FROM CHANGES ORDER BY 2;
    SELECT SYSTEM$STREAM_HAS_DATA('CHANGES') AS HAS_DATA;
    CREATE TASK TAKE WAREHOUSE = WH SCHEDULE = '60 MINUTES' AS EXECUTE IMMEDIATE $$
    BEGIN
      BEGIN TRANSACTION;
      INSERT INTO RUNS SELECT NAME FROM CHANGES WHERE METADATA$ACTION = 'INSERT';
      LET taken INTEGER := SQLROWCOUNT;
      COMMIT;
      LET summary VARCHAR := 'took ' || taken;
      CALL SYSTEM$SET_RETURN_VALUE(:summary);
    END
    $$;
    SHOW TASKS;
    EXECUTE TASK TAKE;
    SHOW STREAMS
"""

FILES = """
    USE SCHEMA DEMO.PUBLIC;
    USE WAREHOUSE WH;
    CREATE STAGE ST;
    COPY INTO @ST/out/ FROM (SELECT ID, NAME FROM TARGET ORDER BY ID) FILE_FORMAT = (TYPE = PARQUET) HEADER = TRUE;
    LIST @ST/out/;
    CREATE FILE FORMAT PARQUET_FORMAT TYPE = PARQUET;
    SELECT $1:NAME::VARCHAR AS NAME FROM @ST/out/ (FILE_FORMAT => 'PARQUET_FORMAT') ORDER BY 1;
    PUT file://{folder}/more.csv @ST/in/ AUTO_COMPRESS = FALSE;
    COPY INTO TARGET FROM @ST/in/ FILE_FORMAT = (TYPE = CSV);
    GET @ST/in/more.csv file://{folder}/got/;
    CREATE ICEBERG TABLE LAKE (ID INT, NAME STRING) CATALOG = 'SNOWFLAKE' EXTERNAL_VOLUME = 'SNOWFLAKE_MANAGED';
    INSERT INTO LAKE SELECT ID, NAME FROM TARGET;
    DELETE FROM LAKE WHERE ID > 1;
    SET GONE = LAST_QUERY_ID();
    SELECT (SELECT COUNT(*) FROM LAKE) AS NOW, (SELECT COUNT(*) FROM LAKE BEFORE(STATEMENT => $GONE)) AS BEFORE;
    CREATE SHARE SHOWN;
    GRANT USAGE ON DATABASE DEMO TO SHARE SHOWN;
    GRANT USAGE ON SCHEMA DEMO.PUBLIC TO SHARE SHOWN;
    GRANT SELECT ON TABLE TARGET TO SHARE SHOWN;
    SHOW GRANTS TO SHARE SHOWN;
    SELECT NAME, STATE, RETURN_VALUE FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY()) ORDER BY SCHEDULED_TIME;
    SELECT QUERY_TYPE, ROWS_PRODUCED FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => 1000))
    WHERE QUERY_TAG = 'from the shell' AND STARTSWITH(QUERY_TEXT, 'INSERT INTO SOURCE');
"""


@pytest.fixture
def cli(address: Address, tmp_path: Path) -> SnowflakeCli:
    return SnowflakeCli(address, tmp_path / "snowflake").connect()


def test_the_shell_does_what_a_connector_does(cli: SnowflakeCli, tmp_path: Path) -> None:
    captured = cli.sql("-q", CAPTURE)
    assert captured[11] == [{"TAKEN": 0, "PENDING": 2}]
    assert captured[15] == [{"TAKEN": 2, "PENDING": 0}]
    assert [tuple(row.values()) for row in captured[17]] == [("two", "DELETE", True), ("deux", "INSERT", True)]
    assert captured[18] == [{"HAS_DATA": True}]
    assert [(row["name"], row["state"]) for row in captured[20]] == [("TAKE", "suspended")]
    assert [row["name"] for row in captured[22]] == ["CHANGES"]

    (tmp_path / "more.csv").write_text("3,three\n")
    (tmp_path / "got").mkdir()
    filed = cli.sql("-q", FILES.format(folder=tmp_path))
    assert [row["rows_unloaded"] for row in filed[3]] == [2]
    assert [row["name"] for row in filed[4]] == ["st/out/data_0_0_0.snappy.parquet"]
    assert filed[6] == [{"NAME": "one"}, {"NAME": "two"}]
    assert [row["status"] for rows in filed[7:10] for row in rows] == ["UPLOADED", "LOADED", "DOWNLOADED"]
    assert (tmp_path / "got" / "more.csv").read_text() == "3,three\n"
    assert filed[14] == [{"NOW": 1, "BEFORE": 3}]
    assert [(row["privilege"], row["name"]) for row in filed[19]] == [
        ("USAGE", "DEMO"),
        ("USAGE", "DEMO.PUBLIC"),
        ("SELECT", "DEMO.PUBLIC.TARGET"),
    ]
    assert filed[20] == [{"NAME": "TAKE", "STATE": "SUCCEEDED", "RETURN_VALUE": "took 1"}]
    assert filed[21] == [{"QUERY_TYPE": "INSERT", "ROWS_PRODUCED": 2}]
