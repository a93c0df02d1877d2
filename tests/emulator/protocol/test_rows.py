"""The rows of an answer as each client reads them: Node, JDBC and ODBC in JSON, the Python connector as it asks."""

import http.client
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from snowflake.connector import SnowflakeConnection

from src.emulator.protocol.serving import Address
from tests.emulator.conftest import Connect, run_on

pytestmark = pytest.mark.emulator("module")

Send = Callable[..., dict[str, Any]]


@pytest.fixture
def send(address: Address) -> Iterator[Send]:
    """What the server answers to a client that calls itself as Node's driver does."""
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=60)
    headers: dict[str, str] = {}

    def request(method: str, path: str, body: object = None) -> bytes:
        connection.request(method, path, json.dumps(body) if body else None, headers)
        return connection.getresponse().read()

    login = {"ACCOUNT_NAME": "emulator", "PASSWORD": address.token, "CLIENT_APP_ID": "JavaScript"}
    place = "?databaseName=DEMO&schemaName=PUBLIC&warehouse=WH"
    answer = json.loads(request("POST", f"/session/v1/login-request{place}", {"data": login}))
    headers["Authorization"] = f'Snowflake Token="{answer["data"]["token"]}"'

    def send_one(sql: str, **more: object) -> dict[str, Any]:
        if sql.startswith("/"):
            return json.loads(request("GET", sql))  # type: ignore[no-any-return]
        sent: dict[str, Any] = json.loads(request("POST", "/queries/v1/query-request", {"sqlText": sql} | more))
        for chunk in (sent["data"] or {}).get("chunks", ()):
            path = chunk["url"].partition(str(address.port))[2]
            sent["data"]["rowset"] += json.loads(b"[" + request("GET", path) + b"]")
        return sent

    yield send_one
    connection.close()


CELLS = (
    ("1", "fixed", "1"),
    ("-1.50::NUMBER(10, 2)", "fixed", "-1.50"),
    ("12345678901234567890123456789012345678", "fixed", "12345678901234567890123456789012345678"),
    ("2.5::FLOAT", "real", "2.5"),
    ("TRUE", "boolean", "1"),
    ("1 > 2", "boolean", "0"),
    ("'Ä\"x'", "text", 'Ä"x'),
    ("NULL", "text", None),
    ("'1970-01-03'::DATE", "date", "2"),
    ("'1969-12-31'::DATE", "date", "-1"),
    ("'01:00:01.5'::TIME", "time", "3601.500000000"),
    ("'01:00:01'::TIME(0)", "time", "3601"),
    ("'01:00:01.56'::TIME(1)", "time", "3601.5"),
    ("'1970-01-01 00:00:01.234'::TIMESTAMP_NTZ(3)", "timestamp_ntz", "1.234"),
    ("'1969-12-31 23:59:58.5'::TIMESTAMP_NTZ", "timestamp_ntz", "-1.500000000"),
    ("'1970-01-01 00:00:01 +0000'::TIMESTAMP_TZ", "timestamp_tz", "1.000000000 1440"),
    ("TO_BINARY('0aff')", "binary", "0AFF"),
    ("PARSE_JSON('{\"a\": [1]}')", "variant", '{\n  "a": [\n    1\n  ]\n}'),
)


@pytest.mark.parametrize(("expression", "type_", "cell"), CELLS, ids=[case[0] for case in CELLS])
def test_a_cell_is_a_text_as_the_drivers_read_it(send: Send, expression: str, type_: str, cell: str | None) -> None:
    data = send(f"SELECT {expression} AS A")["data"]
    assert (data["queryResultFormat"], data["version"]) == ("json", 1)
    assert [column["type"] for column in data["rowtype"]] == [type_]
    assert (data["rowset"], data["total"], data["returned"]) == ([[cell]], 1, 1)


def test_a_large_result_comes_in_parts(send: Send) -> None:
    query = "SELECT SEQ4() AS N, REPEAT('x', 60) AS X FROM TABLE(GENERATOR(ROWCOUNT => 90000)) ORDER BY N"
    data = send(query)["data"]
    assert len(data["chunks"]) > 0
    assert [int(row[0]) for row in data["rowset"]] == list(range(90000))


def test_a_client_is_told_the_formats_that_it_shows_values_by(send: Send) -> None:
    told = {one["name"]: one["value"] for one in send("SELECT 1")["data"]["parameters"]}
    assert told["TIMESTAMP_NTZ_OUTPUT_FORMAT"] == "YYYY-MM-DD HH24:MI:SS.FF3"
    assert (told["BINARY_OUTPUT_FORMAT"], told["TIMEZONE"]) == ("HEX", "Etc/UTC")


def test_the_python_connector_reads_what_it_has_asked_for(connection: SnowflakeConnection) -> None:
    cursor = connection.cursor()
    for form, arrow in (("JSON", False), ("ARROW", True)):
        run_on(connection, f"ALTER SESSION SET PYTHON_CONNECTOR_QUERY_RESULT_FORMAT = '{form}'")
        cursor.execute("SELECT 1.5, '2020-01-02'::DATE")
        assert (cursor._query_result_format == "arrow") == arrow
        assert str(cursor.fetchall()) == "[(Decimal('1.5'), datetime.date(2020, 1, 2))]"
    cursor.execute("SHOW TABLES")
    assert cursor._query_result_format == "json"


@pytest.mark.parametrize("form", ["JSON", "ARROW"])
def test_a_moment_is_shown_in_the_time_zone_of_the_session(connection: SnowflakeConnection, form: str) -> None:
    run_on(connection, f"ALTER SESSION SET PYTHON_CONNECTOR_QUERY_RESULT_FORMAT = '{form}' TIMEZONE = 'Asia/Kolkata'")
    moment = datetime(2024, 1, 1, 2, 30, tzinfo=UTC)
    query = "SELECT '2024-01-01 02:30:00 +0000'::TIMESTAMP_LTZ, %s::TIMESTAMP_LTZ"
    [(local, bound)] = run_on(connection, query, (moment,))
    assert (local, bound) == (moment, moment)
    assert str(local) == "2024-01-01 08:00:00+05:30"
    seconds = "DATEADD(second, SEQ4(), '2024-01-01'::TIMESTAMP_LTZ)"
    rows = run_on(connection, f"SELECT {seconds}, REPEAT('x', 60) FROM TABLE(GENERATOR(ROWCOUNT => 90000))")
    assert str(max(row[0] for row in rows)) == "2024-01-02 00:59:59+05:30"


def test_a_bound_moment_without_a_zone_is_the_same_time_of_day_in_any(send: Send) -> None:
    send("ALTER SESSION SET TIMEZONE = 'Asia/Kolkata'")
    nanoseconds = str(1704076200 * 10**9)  # 2024-01-01 02:30:00
    types = ("TIMESTAMP_NTZ", "TIMESTAMP_LTZ")
    values = {str(at): {"type": type_, "value": nanoseconds} for at, type_ in enumerate(types, start=1)}
    data = send("SELECT ?::TIMESTAMP_NTZ::VARCHAR, ?::TIMESTAMP_LTZ::VARCHAR", bindings=values)["data"]

    assert data["rowset"] == [["2024-01-01 02:30:00.000", "2024-01-01 08:00:00.000 +0530"]]


@pytest.mark.parametrize("name", ["PythonConnector", "PythonSnowpark", "SNOWFLAKE_CLI"])
def test_python_reads_arrow_under_any_of_its_names(connect: Connect, name: str) -> None:
    cursor = connect(internal_application_name=name).cursor()
    cursor.execute("SELECT 1")
    assert cursor._query_result_format == "arrow"


# By the numbers that the drivers know: https://github.com/snowflakedb/snowflake-jdbc (SFStatementType.java)
STATEMENT_TYPES = (
    ("SELECT 1", 0x1000),
    ("(SELECT 1) UNION ALL SELECT 2", 0x1000),
    ("WITH X AS (SELECT 1) SELECT * FROM X", 0x1000),
    ("CREATE OR REPLACE TABLE KINDS (A INT)", 0x6000),
    ("INSERT INTO KINDS VALUES (1)", 0x3100),
    ("UPDATE KINDS SET A = 2", 0x3200),
    ("DELETE FROM KINDS", 0x3300),
    ("MERGE INTO KINDS USING (SELECT 1 AS A) S ON S.A = KINDS.A WHEN NOT MATCHED THEN INSERT VALUES (S.A)", 0x3400),
    ("CREATE OR REPLACE STAGE KINDS_STAGE", 0x6000),
    ("COPY INTO @KINDS_STAGE FROM KINDS", 0x3700),
    ("COPY INTO KINDS FROM @KINDS_STAGE", 0x3600),
    ("ALTER SESSION SET QUERY_TAG = ''", 0x4100),
    ("USE DATABASE DEMO", 0x4301),
    ("USE SCHEMA PUBLIC", 0x4302),
    ("USE WAREHOUSE WH", 0x4303),
    ("USE ROLE ACCOUNTADMIN", 0x4300),
    ("SHOW TABLES", 0x4400),
    ("DESC TABLE KINDS", 0x4500),
    ("BEGIN", 0x5000),
    ("COMMIT", 0x5000),
    ("TRUNCATE TABLE KINDS", 0x6000),
    ("DROP TABLE KINDS", 0x6000),
    ("BEGIN RETURN 1; END", 0),
)


def test_each_kind_of_statement_has_its_number(send: Send) -> None:
    numbers = {sql: send(sql)["data"]["statementTypeId"] for sql, _ in STATEMENT_TYPES}
    assert numbers == dict(STATEMENT_TYPES)


def test_several_statements_have_a_number_of_their_own(send: Send) -> None:
    data = send("SELECT 1; SELECT 2", parameters={"MULTI_STATEMENT_COUNT": 2})["data"]
    assert (data["statementTypeId"], data["resultTypes"]) == (0xA000, "4096,4096")
    assert [send(f"/queries/{one}/result")["data"]["rowset"] for one in data["resultIds"].split(",")] == [
        [["1"]],
        [["2"]],
    ]


def test_a_client_may_send_its_parameters_as_texts(connect: Connect) -> None:
    sent = {"USE_CACHED_RESULT": "false", "LOCK_TIMEOUT": "7"}
    shown = run_on(connect(session_parameters=dict(sent)), "SHOW PARAMETERS")
    assert {str(row[0]): row[1] for row in shown if row[0] in sent} == sent


AFTER = ("; -- the end", ";\n\n-- the end\n\n", "; /* the end */ ;", " -- the end", ";\n// the end")


@pytest.mark.parametrize("after", AFTER)
@pytest.mark.parametrize("sql", ["SELECT 1", "SHOW DATABASES LIKE 'DEMO'", "CREATE OR REPLACE TABLE ENDED (A INT)"])
def test_comments_and_blank_lines_may_follow_a_statement(send: Send, sql: str, after: str) -> None:
    assert send(sql + after)["data"]["total"] == 1


# A statement that its client does not wait for


def test_a_statement_runs_on_while_its_client_does_other_things(send: Send) -> None:
    sent = send("SELECT 7 AS A", asyncExec=True)
    query_id = sent["data"]["queryId"]
    assert (sent["code"], sent["data"]["getResultUrl"]) == ("333334", f"/queries/{query_id}/result")
    assert send(sent["data"]["getResultUrl"])["data"]["rowset"] == [["7"]]
    assert send(f"SELECT * FROM TABLE(RESULT_SCAN('{query_id}'))")["data"]["rowset"] == [["7"]]
    assert send(f"/monitoring/queries/{query_id}")["data"]["queries"][0]["status"] == "SUCCESS"


def test_the_answer_of_an_earlier_statement_can_be_had_again(send: Send) -> None:
    query_id = send("SELECT 8 AS A")["data"]["queryId"]
    for _ in range(2):
        assert send(f"/queries/{query_id}/result")["data"]["rowset"] == [["8"]]


def test_what_became_of_a_statement_that_failed_is_told(send: Send) -> None:
    query_id = send("SELECT 1 / 0", asyncExec=True)["data"]["queryId"]
    answer = send(f"/queries/{query_id}/result")
    assert (answer["success"], answer["code"]) == (False, "100051")
    [told] = send(f"/monitoring/queries/{query_id}")["data"]["queries"]
    assert (told["status"], told["errorCode"]) == ("FAILED_WITH_ERROR", "100051")


@pytest.mark.parametrize("place", ["/monitoring/queries/{}", "/monitoring/queries//{}", "/queries/{}/result"])
def test_an_unknown_statement_is_an_error(send: Send, place: str) -> None:
    answer = send(place.format("01b2c3d4-0000-0000-0000-000000000000"))
    assert (answer["success"], answer["code"]) == (False, "000709")


def test_the_connector_waits_for_its_own_statement(connection: SnowflakeConnection) -> None:
    cursor = connection.cursor()
    query_id = cursor.execute_async("SELECT 9 AS A")["queryId"]
    cursor.get_results_from_sfqid(query_id)
    assert cursor.fetchall() == [(9,)]
    assert connection.get_query_status(query_id).name == "SUCCESS"


@pytest.mark.parametrize(
    ("type_", "value", "number", "message"),
    [
        ("FIXED", "abc", "100038", "Numeric value 'abc' is not recognized"),
        ("FIXED", "", "100038", "Numeric value '' is not recognized"),
        ("DATE", "9" * 30, "100040", f"Date '{'9' * 30}' is not recognized"),
        ("TIME", "x", "100040", "Time 'x' is not recognized"),
        ("TIMESTAMP_NTZ", "9" * 30, "100040", f"Timestamp '{'9' * 30}' is not recognized"),
        ("TIMESTAMP_LTZ", "1e400", "100040", "Timestamp '1e400' is not recognized"),
        ("TIMESTAMP_TZ", "1 x", "100040", "Timestamp '1 x' is not recognized"),
        ("BINARY", "zz", "100115", "The following string is not a legal hex-encoded value: 'zz'"),
    ],
)
def test_a_bound_value_that_its_type_cannot_hold_is_named(
    send: Send, type_: str, value: str, number: str, message: str
) -> None:
    told = send("SELECT ?", bindings={"1": {"type": type_, "value": value}})

    assert (told["code"], told["message"]) == (number, message)


@pytest.mark.parametrize("type_", ["FIXED", "REAL", "TEXT", "DATE", "TIMESTAMP_TZ", "BINARY", "BOOLEAN"])
def test_a_bound_value_of_any_type_may_be_null(send: Send, type_: str) -> None:
    assert send("SELECT ? IS NULL", bindings={"1": {"type": type_, "value": None}})["data"]["rowset"] == [["1"]]


def test_the_id_of_an_earlier_result_may_be_bound_by_name(send: Send) -> None:
    query_id = send("SELECT 5 AS A UNION ALL SELECT 6 ORDER BY 1")["data"]["queryId"]
    bound = {"ID": {"type": "TEXT", "value": query_id}, "N": {"type": "FIXED", "value": "5"}}
    answer = send("SELECT A FROM TABLE(RESULT_SCAN(:ID)) WHERE A > :N", bindings=bound)
    assert answer["data"]["rowset"] == [["6"]]


def test_no_client_sends_its_values_as_a_file(connection: SnowflakeConnection) -> None:
    assert int(connection._session_parameters["CLIENT_STAGE_ARRAY_BINDING_THRESHOLD"]) > 10**9
