"""CREATE, ALTER, DROP and SHOW of databases, schemas, warehouses, roles, monitors, stages and file formats."""

import json

import pytest

from src.emulator.protocol.serving import Options
from tests.emulator.conftest import Fails, Rows, Run

# One statement that makes an object of each kind, and what SHOW calls the kind.
KINDS = {
    "DATABASE": ("CREATE {form} DATABASE {exists} X", "SHOW DATABASES LIKE 'X'", "Database X successfully created."),
    "SCHEMA": ("CREATE {form} SCHEMA {exists} DEMO.X", "SHOW SCHEMAS LIKE 'X'", "Schema X successfully created."),
    "WAREHOUSE": (
        "CREATE {form} WAREHOUSE {exists} X",
        "SHOW WAREHOUSES LIKE 'X'",
        "Warehouse X successfully created.",
    ),
    "ROLE": ("CREATE {form} ROLE {exists} X", "SHOW ROLES LIKE 'X'", "Role X successfully created."),
    "STAGE": ("CREATE {form} STAGE {exists} X", "SHOW STAGES LIKE 'X'", "Stage area X successfully created."),
    "FILE FORMAT": (
        "CREATE {form} FILE FORMAT {exists} X TYPE = CSV",
        "SHOW FILE FORMATS LIKE 'X'",
        "File format X successfully created.",
    ),
    "RESOURCE MONITOR": (
        "CREATE {form} RESOURCE MONITOR {exists} X WITH CREDIT_QUOTA = 5",
        "SHOW RESOURCE MONITORS LIKE 'X'",
        "Resource monitor X successfully created.",
    ),
}
EVERY_KIND = pytest.mark.parametrize("kind", KINDS)
COMMENTED = [kind for kind in KINDS if kind != "RESOURCE MONITOR"]


def create(kind: str, form: str = "", exists: str = "") -> str:
    return KINDS[kind][0].format(form=form, exists=exists)


@EVERY_KIND
def test_an_object_is_made_shown_and_dropped(run: Run, rows: Rows, kind: str) -> None:
    _, show, created = KINDS[kind]
    assert run(create(kind)) == [(created,)]
    assert [row["name"] for row in rows(show)] == ["X"]
    assert run(f"DROP {kind} X") == [("X successfully dropped.",)]
    assert rows(show) == []


@EVERY_KIND
def test_an_object_that_exists_is_an_error_or_left_alone(run: Run, fails: Fails, kind: str) -> None:
    run(create(kind))
    run("USE SCHEMA DEMO.PUBLIC")
    error = fails(create(kind))
    assert (error.errno, error.sqlstate) == (2002, "42710")
    assert run(create(kind, exists="IF NOT EXISTS")) == [("X already exists, statement succeeded.",)]


@EVERY_KIND
def test_an_absent_object_is_an_error_or_no_matter(run: Run, fails: Fails, kind: str) -> None:
    error = fails(f"DROP {kind} X")
    assert (error.errno, error.sqlstate) == (2003, "02000")
    assert "does not exist or not authorized." in str(error.msg)
    assert run(f"DROP {kind} IF EXISTS X") == [("Drop statement executed successfully (X already dropped).",)]


@pytest.mark.parametrize("kind", COMMENTED)
def test_or_alter_changes_what_is_written_and_resets_what_is_not(run: Run, rows: Rows, kind: str) -> None:
    run(create(kind, form="OR ALTER") + " COMMENT = 'first'")
    run("USE SCHEMA DEMO.PUBLIC")
    run(create(kind, form="OR ALTER") + " COMMENT = 'it''s the second'")
    assert rows(KINDS[kind][1])[0]["comment"] == "it's the second"
    run(create(kind, form="OR ALTER"))
    assert rows(KINDS[kind][1])[0]["comment"] == ""


@pytest.mark.parametrize("kind", COMMENTED)
def test_alter_sets_and_unsets(run: Run, rows: Rows, kind: str) -> None:
    run(create(kind))
    run("USE SCHEMA DEMO.PUBLIC")
    run(f"ALTER {kind} X SET COMMENT = 'new'")
    assert rows(KINDS[kind][1])[0]["comment"] == "new"
    unset = "SET COMMENT = ''" if kind == "STAGE" else "UNSET COMMENT"  # which stages do not have
    run(f"ALTER {kind} X {unset}")
    assert rows(KINDS[kind][1])[0]["comment"] == ""


def test_or_replace_starts_afresh(run: Run, rows: Rows) -> None:
    run("CREATE WAREHOUSE X WAREHOUSE_SIZE = LARGE COMMENT = 'old'")
    run("CREATE OR REPLACE WAREHOUSE X")
    [shown] = rows("SHOW WAREHOUSES LIKE 'X'")
    assert (shown["size"], shown["comment"]) == ("X-Small", "")


# Databases and schemas


def test_a_new_database_has_a_public_schema_and_both_become_current(run: Run, rows: Rows) -> None:
    run("CREATE DATABASE X DATA_RETENTION_TIME_IN_DAYS = 7")
    assert run("SELECT CURRENT_DATABASE(), CURRENT_SCHEMA()") == [("X", "PUBLIC")]
    schemas = rows("SHOW SCHEMAS LIKE 'P%' IN DATABASE X")
    assert [(row["name"], row["retention_time"]) for row in schemas] == [("PUBLIC", "7")]


def test_dropping_a_database_takes_everything_in_it(run: Run, rows: Rows, fails: Fails) -> None:
    run("CREATE SCHEMA DEMO.RAW")
    run("CREATE STAGE DEMO.RAW.ST")
    run("DROP DATABASE DEMO")
    assert rows("SHOW STAGES IN ACCOUNT") == []
    assert fails("SHOW SCHEMAS IN DATABASE DEMO").errno == 2043
    assert fails("CREATE SCHEMA RAW").errno == 90105


def test_a_database_made_again_is_empty(run: Run, fails: Fails) -> None:
    run("CREATE TABLE DEMO.PUBLIC.T (ID INT)")
    run("CREATE OR REPLACE DATABASE DEMO")
    assert fails("SELECT * FROM DEMO.PUBLIC.T").errno == 2003


@pytest.mark.parametrize(
    "sql",
    ["CREATE DATABASE X DATA_RETENTION_TIME_IN_DAYS = 91", "CREATE DATABASE X DATA_RETENTION_TIME_IN_DAYS = 'x'"],
)
def test_a_retention_out_of_range_is_refused(fails: Fails, sql: str) -> None:
    assert "for parameter 'DATA_RETENTION_TIME_IN_DAYS'" in str(fails(sql).msg)


def test_a_transient_database_keeps_one_day_at_most(run: Run, fails: Fails, rows: Rows) -> None:
    sql = "CREATE TRANSIENT DATABASE X DATA_RETENTION_TIME_IN_DAYS = {}"
    assert "Exceeds maximum allowable retention time (1 day(s))." in str(fails(sql.format(2)).msg)
    run(sql.format(1))
    assert rows("SHOW DATABASES LIKE 'X'")[0]["options"] == "TRANSIENT"


MANAGED = [
    (("CREATE SCHEMA X",), "", "NO"),
    (("CREATE SCHEMA X WITH MANAGED ACCESS COMMENT = 'x'",), "MANAGED ACCESS", "YES"),
    (("CREATE TRANSIENT SCHEMA X WITH MANAGED ACCESS",), "TRANSIENT, MANAGED ACCESS", "YES"),
    (("CREATE SCHEMA X", "ALTER SCHEMA X ENABLE MANAGED ACCESS"), "MANAGED ACCESS", "YES"),
    (("CREATE SCHEMA X WITH MANAGED ACCESS", "ALTER SCHEMA X DISABLE MANAGED ACCESS"), "", "NO"),
    (("CREATE SCHEMA X WITH MANAGED ACCESS", "ALTER SCHEMA X SET COMMENT = 'x'"), "MANAGED ACCESS", "YES"),
    (("CREATE SCHEMA X", "CREATE OR ALTER SCHEMA X WITH MANAGED ACCESS"), "MANAGED ACCESS", "YES"),
]


@pytest.mark.parametrize(
    ("statements", "options_shown", "in_view"), MANAGED, ids=[" ; ".join(one[0]) for one in MANAGED]
)
def test_a_schema_shows_whether_its_access_is_managed(
    run: Run, rows: Rows, statements: tuple[str, ...], options_shown: str, in_view: str
) -> None:
    for sql in statements:
        run(sql)
    assert rows("SHOW SCHEMAS LIKE 'X'")[0]["options"] == options_shown
    view = "SELECT IS_MANAGED_ACCESS FROM DEMO.INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME = 'X'"
    assert run(view) == [(in_view,)]


@pytest.mark.parametrize("options", [Options(edition="STANDARD")])
def test_standard_edition_refuses_more_than_one_day(run: Run, fails: Fails) -> None:
    error = fails("CREATE DATABASE X DATA_RETENTION_TIME_IN_DAYS = 90")
    assert "Exceeds maximum allowable retention time (1 day(s))." in str(error.msg)
    run("CREATE DATABASE X DATA_RETENTION_TIME_IN_DAYS = 1")


# Warehouses


def test_a_warehouse_shows_what_it_was_given(rows: Rows, run: Run) -> None:
    run(
        "CREATE WAREHOUSE X WITH WAREHOUSE_SIZE = 'MEDIUM', AUTO_SUSPEND = 300 AUTO_RESUME = TRUE"
        " INITIALLY_SUSPENDED = TRUE STATEMENT_TIMEOUT_IN_SECONDS = 3600 COMMENT = 'loads'"
    )
    [shown] = rows("SHOW WAREHOUSES LIKE 'X'")
    wanted = ("name", "state", "size", "auto_suspend", "auto_resume", "comment", "is_current", "resource_monitor")
    assert [shown[column] for column in wanted] == ["X", "SUSPENDED", "Medium", 300, "true", "loads", "Y", "null"]
    [timeout] = rows("SHOW PARAMETERS LIKE 'STATEMENT_TIMEOUT_IN_SECONDS' IN WAREHOUSE X")
    assert (timeout["value"], timeout["default"], timeout["level"]) == ("3600", "172800", "WAREHOUSE")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("XSMALL", "X-Small"),
        ("'x-small'", "X-Small"),
        ("XLARGE", "X-Large"),
        ("'2X-LARGE'", "2X-Large"),
        ("X6LARGE", "6X-Large"),
    ],
)
def test_a_size_may_be_written_in_several_ways(run: Run, rows: Rows, written: str, shown: str) -> None:
    run(f"CREATE WAREHOUSE X WAREHOUSE_SIZE = {written}")
    assert rows("SHOW WAREHOUSES LIKE 'X'")[0]["size"] == shown


# The first row is what a live account is recorded to answer.
GENERATIONS = [
    ("WAREHOUSE_SIZE = XSMALL", ("STANDARD_GEN_2", "2", "true")),
    ("GENERATION = '1'", ("STANDARD_GEN_1", "1", "false")),
    ("WAREHOUSE_SIZE = X5LARGE", ("STANDARD_GEN_1", "1", "false")),
    ("GENERATION = '1' MAX_CLUSTER_COUNT = 2", ("STANDARD_GEN_1", "1", "true")),
    ("GENERATION = '2' ENABLE_QUERY_ACCELERATION = FALSE", ("STANDARD_GEN_2", "2", "false")),
]


@pytest.mark.parametrize(("written", "shown"), GENERATIONS)
def test_a_warehouse_shows_its_generation_and_whether_queries_are_accelerated(
    run: Run, rows: Rows, written: str, shown: tuple[str, ...]
) -> None:
    run(f"CREATE WAREHOUSE X {written}")
    [row] = rows("SHOW WAREHOUSES LIKE 'X'")
    assert (row["resource_constraint"], row["generation"], row["enable_query_acceleration"]) == shown


@pytest.mark.parametrize("options", [Options(edition="STANDARD")])
def test_standard_edition_refuses_the_properties_of_query_acceleration(run: Run, fails: Fails, rows: Rows) -> None:
    for written in ("ENABLE_QUERY_ACCELERATION = FALSE", "QUERY_ACCELERATION_MAX_SCALE_FACTOR = 0"):
        error = fails(f"ALTER WAREHOUSE WH SET {written}")
        name = written.partition(" ")[0]
        assert error.errno == 1423
        assert f"invalid property '{name}'; feature 'Query Acceleration Service' not enabled" in str(error.msg)
    run("ALTER WAREHOUSE WH SET GENERATION = '2'")
    assert rows("SHOW WAREHOUSES")[0]["enable_query_acceleration"] == "false"


def test_a_warehouse_is_suspended_and_resumed_once(run: Run, fails: Fails, rows: Rows) -> None:
    run("CREATE WAREHOUSE X")
    run("ALTER WAREHOUSE X SUSPEND")
    assert "cannot be suspended" in str(fails("ALTER WAREHOUSE X SUSPEND").msg)
    run("ALTER WAREHOUSE X RESUME")
    run("ALTER WAREHOUSE X RESUME IF SUSPENDED")
    assert "cannot be resumed" in str(fails("ALTER WAREHOUSE X RESUME").msg)
    assert rows("SHOW WAREHOUSES LIKE 'X'")[0]["state"] == "STARTED"


def test_a_query_of_a_table_takes_a_warehouse(run: Run, fails: Fails) -> None:
    run("CREATE TABLE T (ID INT)")
    run("DROP WAREHOUSE WH")
    assert run("SELECT CURRENT_WAREHOUSE()") == [(None,)]
    for sql in ("SELECT * FROM T", "INSERT INTO T VALUES (1)", "DELETE FROM T"):
        assert fails(sql).errno == 606


def test_a_monitor_watches_warehouses_until_it_is_dropped(run: Run, rows: Rows) -> None:
    run(
        "CREATE RESOURCE MONITOR M WITH CREDIT_QUOTA = 10 FREQUENCY = MONTHLY START_TIMESTAMP = IMMEDIATELY"
        " TRIGGERS ON 75 PERCENT DO NOTIFY ON 100 PERCENT DO SUSPEND ON 110 PERCENT DO SUSPEND_IMMEDIATE"
    )
    run("ALTER WAREHOUSE WH SET RESOURCE_MONITOR = M")
    [monitor] = rows("SHOW RESOURCE MONITORS")
    wanted = ("credit_quota", "level", "frequency", "notify_at", "suspend_at", "suspend_immediately_at")
    assert [monitor[column] for column in wanted] == ["10.00", "WAREHOUSE", "MONTHLY", "75%", "100%", "110%"]
    run("DROP RESOURCE MONITOR M")
    assert rows("SHOW WAREHOUSES")[0]["resource_monitor"] == "null"


# Stages and file formats


def test_a_stage_shows_its_kind(run: Run, rows: Rows) -> None:
    run("CREATE STAGE X ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE') DIRECTORY = (ENABLE = TRUE)")
    run("CREATE STAGE Y")
    shown = [(row["name"], row["type"], row["directory_enabled"]) for row in rows("SHOW STAGES IN SCHEMA DEMO.PUBLIC")]
    assert shown == [("X", "INTERNAL NO CSE", "Y"), ("Y", "INTERNAL", "N")]


def test_a_file_format_shows_its_options_and_the_defaults(run: Run, rows: Rows) -> None:
    run("CREATE FILE FORMAT X TYPE = CSV FIELD_DELIMITER = '|' SKIP_HEADER = 1 NULL_IF = ('', 'NULL')")
    options = json.loads(rows("SHOW FILE FORMATS LIKE 'X'")[0]["format_options"])
    assert (options["TYPE"], options["FIELD_DELIMITER"], options["SKIP_HEADER"]) == ("CSV", "|", 1)
    assert (options["NULL_IF"], options["TRIM_SPACE"]) == (["", "NULL"], False)


REFUSED = [
    ("CREATE WAREHOUSE X WAREHOUSE_SIZE = HUGE", 1008, "invalid value [HUGE] for parameter 'WAREHOUSE_SIZE'"),
    ("CREATE WAREHOUSE X GENERATION = 2", 1008, "invalid value [2] for parameter 'GENERATION'"),
    ("CREATE WAREHOUSE X WAREHOUSE_SIZE = X6LARGE GENERATION = '2'", 2, "WAREHOUSE_SIZE = X6LARGE is not emulated"),
    (f"CREATE DATABASE {'X' * 231}", 2, "a database name of more than 230 characters is not emulated"),
    ("CREATE SCHEMA X MANAGED ACCESS", 1003, "syntax error"),
    ("CREATE DATABASE X WITH MANAGED ACCESS", 1003, "syntax error"),
    ("ALTER SCHEMA PUBLIC ENABLE ACCESS", 1003, "syntax error"),
    ("ALTER SCHEMA NOPE ENABLE MANAGED ACCESS", 2003, "does not exist or not authorized"),
    ("CREATE WAREHOUSE X NO_SUCH = 1", 1420, "invalid property 'NO_SUCH' for 'WAREHOUSE'"),
    ("CREATE WAREHOUSE X RESOURCE_MONITOR = NOPE", 2003, "Resource monitor 'NOPE' does not exist"),
    ("CREATE WAREHOUSE X AUTO_SUSPEND", 1003, "unexpected '<EOF>'"),
    ("CREATE OR ALTER RESOURCE MONITOR X", 2, "Unsupported feature 'CREATE OR ALTER RESOURCE MONITOR'"),
    ("CREATE TRANSIENT WAREHOUSE X", 2, "CREATE TRANSIENT WAREHOUSE is not emulated"),
    ("CREATE SCHEMA NOPE.X", 2003, "Database 'NOPE' does not exist"),
    ("CREATE STAGE DEMO.NOPE.X", 2003, "Schema 'DEMO.NOPE' does not exist"),
    ("CREATE STAGE X URL = 's3://b'", 2, "CREATE STAGE ... URL (an external stage) is not emulated"),
    ("CREATE FILE FORMAT X TYPE = XML", 2, "FILE FORMAT of TYPE = XML is not emulated"),
    ("CREATE FILE FORMAT X TYPE = JSON SKIP_HEADER = 1", 1420, "SKIP_HEADER is not valid for file format type JSON."),
    ("CREATE FILE FORMAT X PARSE_HEADER = TRUE SKIP_HEADER = 1", 3002, "PARSE_HEADER is not allowed together"),
    ('CREATE DATABASE "odd name"', 2, "is not emulated"),
    ("ALTER WAREHOUSE X RESUME", 2003, "Warehouse 'X' does not exist or not authorized."),
    ("ALTER WAREHOUSE WH RENAME TO X", 2, "ALTER WAREHOUSE ... RENAME is not emulated"),
    ("ALTER WAREHOUSE WH SET TAG A = 'b'", 2, "ALTER WAREHOUSE ... SET TAG is not emulated"),
    ("ALTER WAREHOUSE WH SET", 1003, "unexpected '<EOF>'"),
    ("CREATE RESOURCE MONITOR X WITH CREDIT_QUOTA = 1 FREQUENCY = MONTHLY", 3002, "must be set together"),
    ("SHOW WAREHOUSES LIKE X", 1003, "unexpected 'X'"),
    ("DROP WAREHOUSE WH NOW", 1003, "unexpected 'NOW'"),
]


@pytest.mark.parametrize(("sql", "errno", "message"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_snowflake_would_not_take_is_refused(fails: Fails, sql: str, errno: int, message: str) -> None:
    error = fails(sql)
    assert error.errno == errno
    assert message in str(error.msg)


def test_what_is_fixed_at_birth_stays(run: Run, fails: Fails) -> None:
    run("CREATE STAGE X ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE')")
    run("CREATE FILE FORMAT F TYPE = CSV")
    assert "Cannot change property 'ENCRYPTION'" in str(fails("CREATE OR ALTER STAGE X").msg)
    assert "Cannot change property 'TYPE'" in str(fails("CREATE OR ALTER FILE FORMAT F TYPE = JSON").msg)


# SHOW


SHOWN = [
    ("", ["A1", "A2", "B_1"]),
    ("LIKE 'a%'", ["A1", "A2"]),
    ("LIKE 'B\\\\_1'", ["B_1"]),
    ("LIKE 'A_'", ["A1", "A2"]),
    ("STARTS WITH 'A'", ["A1", "A2"]),
    ("STARTS WITH 'a'", []),
    ("LIMIT 1", ["A1"]),
    ("LIMIT 5 FROM 'A1'", ["A2", "B_1"]),
    ("LIKE 'A%' STARTS WITH 'A' LIMIT 1", ["A1"]),
]


@pytest.mark.parametrize(("clauses", "names"), SHOWN, ids=[case[0] or "all" for case in SHOWN])
def test_show_filters_by_name(run: Run, rows: Rows, clauses: str, names: list[str]) -> None:
    run("DROP WAREHOUSE WH")
    for name in ("B_1", "A2", "A1"):
        run(f"CREATE WAREHOUSE {name}")
    assert [row["name"] for row in rows(f"SHOW WAREHOUSES {clauses}")] == names


def test_show_looks_where_it_is_told(run: Run, rows: Rows) -> None:
    run("CREATE SCHEMA DEMO.RAW")
    run("CREATE STAGE DEMO.PUBLIC.P")
    run("CREATE STAGE DEMO.RAW.R")
    run("CREATE DATABASE OTHER")
    run("CREATE STAGE O")
    names = {
        scope: [row["name"] for row in rows(f"SHOW STAGES {scope}")]
        for scope in (
            "",
            "IN ACCOUNT",
            "IN DATABASE DEMO",
            "IN SCHEMA DEMO.RAW",
            "IN DEMO.RAW",
            "IN DATABASE",
            "IN SCHEMA",
        )
    }
    assert names == {
        "": ["O"],
        "IN ACCOUNT": ["P", "R", "O"],
        "IN DATABASE DEMO": ["P", "R"],
        "IN SCHEMA DEMO.RAW": ["R"],
        "IN DEMO.RAW": ["R"],
        "IN DATABASE": ["O"],
        "IN SCHEMA": ["O"],
    }


def test_show_tables_counts_the_rows(run: Run, rows: Rows) -> None:
    run("CREATE TABLE T (ID INT) CHANGE_TRACKING = TRUE COMMENT = 'x'")
    run("INSERT INTO T VALUES (1), (2)")
    [shown] = rows("SHOW TABLES IN DATABASE DEMO")
    wanted = ("name", "schema_name", "rows", "change_tracking", "comment", "retention_time")
    assert [shown[column] for column in wanted] == ["T", "PUBLIC", 2, "ON", "x", "1"]
    run("ALTER TABLE T SET CHANGE_TRACKING = FALSE")
    assert rows("SHOW TABLES")[0]["change_tracking"] == "OFF"


def test_quoted_names_keep_their_case_and_may_be_odd(run: Run, rows: Rows) -> None:
    run('CREATE STAGE "odd/../na.me"')
    assert [row["name"] for row in rows("SHOW STAGES")] == ["odd/../na.me"]
    run('DROP STAGE "odd/../na.me"')
    assert rows("SHOW STAGES") == []


@pytest.mark.parametrize("type_", ["NUMBER", "NUMBER(38,0)", "NUMBER(38)", "DECIMAL(38, 0)", "NUMERIC"])
def test_a_column_of_number_holds_38_digits_whether_it_is_created_or_added(run: Run, type_: str) -> None:
    largest = 10**38 - 1
    run(f"CREATE TABLE T (A {type_})")
    run(f"ALTER TABLE T ADD COLUMN B {type_}")
    run(f"INSERT INTO T VALUES ({largest}, -{largest})")
    assert run("SELECT A, B FROM T") == [(largest, -largest)]
    assert [row[1] for row in run("DESCRIBE TABLE T")] == ["NUMBER(38,0)"] * 2


@pytest.mark.parametrize("object_", ["DATABASE DEMO", "SCHEMA DEMO.PUBLIC", "WAREHOUSE WH", "TABLE T"])
def test_a_comment_is_set_by_comment_on(run: Run, rows: Rows, object_: str) -> None:
    run("CREATE TABLE T (ID INT)")
    run(f"COMMENT ON {object_} IS 'said later'")
    kind, name = object_.split()
    [shown] = [row for row in rows(f"SHOW {kind}S") if row["name"] == name.split(".")[-1]]
    assert shown["comment"] == "said later"


def test_comment_on_an_absent_object_is_an_error_or_no_matter(run: Run, fails: Fails) -> None:
    assert fails("COMMENT ON TABLE NOPE IS 'x'").errno == 2003
    run("COMMENT IF EXISTS ON TABLE NOPE IS 'x'")
    assert fails("COMMENT ON COLUMN NOPE.ID IS 'x'").errno == 2003


def test_a_renamed_table_keeps_its_grants_and_rows_also_in_another_schema(run: Run, rows: Rows) -> None:
    for statement in ("CREATE TABLE R1 (ID INT)", "INSERT INTO R1 VALUES (1)", "CREATE ROLE IF NOT EXISTS READS"):
        run(statement)
    run("GRANT SELECT ON TABLE R1 TO ROLE READS")
    run("CREATE OR REPLACE SCHEMA DEMO.ASIDE")
    run("ALTER TABLE DEMO.PUBLIC.R1 RENAME TO DEMO.ASIDE.R2")
    assert run("SELECT * FROM DEMO.ASIDE.R2") == [(1,)]
    assert [row["privilege"] for row in rows("SHOW GRANTS ON TABLE DEMO.ASIDE.R2")] == ["OWNERSHIP", "SELECT"]


def test_what_a_stream_follows_is_not_renamed(run: Run, fails: Fails) -> None:
    run("CREATE OR REPLACE TABLE DEMO.PUBLIC.F1 (ID INT)")
    run("CREATE OR REPLACE STREAM DEMO.PUBLIC.FS ON TABLE DEMO.PUBLIC.F1")
    assert fails("ALTER TABLE DEMO.PUBLIC.F1 RENAME TO DEMO.PUBLIC.F2").errno == 2


FOLLOWED: tuple[tuple[str, list[tuple[str, str, str]]], ...] = (
    ("ALTER TABLE P RENAME TO Q", [("Q", "ID", "UV")]),
    ("ALTER TABLE P RENAME COLUMN ID TO NUMBER", [("P", "NUMBER", "UV")]),
    ("ALTER TABLE P RENAME CONSTRAINT UV TO W", [("P", "ID", "W")]),
    ("ALTER TABLE P DROP CONSTRAINT UV", []),
    ("CREATE OR REPLACE TABLE P (ID INT, CONSTRAINT UV UNIQUE (ID))", []),
    ("DROP TABLE P", []),
)


@pytest.mark.parametrize(("statement", "shown"), FOLLOWED)
def test_a_foreign_key_goes_with_the_key_it_refers_to(run: Run, statement: str, shown: list[object]) -> None:
    run("CREATE TABLE P (ID INT, CONSTRAINT UV UNIQUE (ID))")
    run("CREATE TABLE C (A INT REFERENCES P (ID))")
    run(statement)
    of_parent = 'SELECT "pk_table_name", "pk_column_name", "pk_name" FROM $1'
    assert run(f"SHOW IMPORTED KEYS IN TABLE C ->> {of_parent}") == shown
    assert run(f"SHOW EXPORTED KEYS ->> {of_parent}") == shown


NO_KEY = (
    "CREATE TABLE C (A INT REFERENCES P (V))",
    "CREATE TABLE C (A INT, B INT, FOREIGN KEY (A, B) REFERENCES P)",
    "CREATE TABLE C (A INT, FOREIGN KEY (A) REFERENCES C)",
)


@pytest.mark.parametrize("statement", NO_KEY)
def test_a_foreign_key_to_what_is_no_key_is_refused(run: Run, fails: Fails, statement: str) -> None:
    run("CREATE TABLE P (ID INT PRIMARY KEY, V INT)")
    assert "that are no primary or unique key" in str(fails(statement))


def test_a_foreign_key_to_its_own_table_goes_with_the_key(run: Run) -> None:
    run("CREATE TABLE P (ID INT, UP INT, CONSTRAINT UV UNIQUE (ID), FOREIGN KEY (UP) REFERENCES P (ID))")
    run("ALTER TABLE P RENAME CONSTRAINT UV TO W")
    assert run('SHOW IMPORTED KEYS IN TABLE P ->> SELECT "pk_name" FROM $1') == [("W",)]


def test_a_foreign_key_may_refer_to_its_own_table(run: Run) -> None:
    run("CREATE TABLE P (ID INT PRIMARY KEY, UP INT REFERENCES P)")
    run("SHOW EXPORTED KEYS IN P")
    assert run('SELECT "pk_column_name", "fk_column_name" FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))') == [("ID", "UP")]
