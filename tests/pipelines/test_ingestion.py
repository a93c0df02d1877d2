"""Real files, made here, onto a stage and into tables: what loads, what does not, and where it says why."""

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from snowflake.snowpark import Session
from sqlfluff.api import simple

from src.pipelines.ingestion import (
    FileError,
    Load,
    LoadedFile,
    PutFile,
    checksum,
    copy_into,
    create_external_table,
    create_pipe,
    create_table_from_files,
    external_table_ddl,
    find_errors,
    list_files,
    load,
    pipe_ddl,
    put_files,
)
from src.utils.errors import InputError
from src.utils.queries import QueryFailed, Row, rows

RAW = "DATA_ENG_DEMO.RAW_DATA"
CSV, BY_NAME, PIPE, JSON, PARQUET = (
    f"{RAW}.{name}_FORMAT" for name in ("CSV", "CSV_BY_NAME", "PIPE_DELIMITED", "JSON", "PARQUET")
)
HEADER = "ID,NAME,PRICE,DAY\n"

Stage = Callable[..., str]


@pytest.fixture
def stage(session: Session, tmp_path: Path, request: pytest.FixtureRequest) -> Stage:
    """Puts texts or bytes as files on a path of the test's own, and returns that path."""
    path = f"@{RAW}.GENERAL_STAGE/{abs(hash(request.node.name))}/"

    def put(**files: str | bytes) -> str:
        made = []
        for name, content in files.items():
            file = tmp_path / name.replace("__", ".")
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
            made.append(file)
        put_files(session, made, path)
        return path

    return put


@pytest.fixture
def table(session: Session) -> str:
    rows(
        session,
        f"CREATE OR REPLACE TABLE {RAW}.ORDERS (ID NUMBER(38,0), NAME VARCHAR, PRICE NUMBER(10,2), DAY DATE) "
        "CHANGE_TRACKING = TRUE",
    )
    return f"{RAW}.ORDERS"


def values(session: Session, table: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in rows(session, f"SELECT * FROM {table} ORDER BY 1")]


# Staging


def test_a_file_is_put_once_and_again_when_it_has_changed(session: Session, tmp_path: Path) -> None:
    file, path, seen = tmp_path / "a file (1).csv", f"@{RAW}.CSV_STAGE/once/", list[PutFile]()
    for text in ("a", "a", "b"):
        file.write_text(text)
        put_files(session, [file], path, progress=seen.append)
    assert seen == [PutFile(file, 1, False), PutFile(file, 1, True), PutFile(file, 1, False, replaced=True)]
    [staged] = list_files(session, path)
    assert (staged.size, staged.md5) == (1, checksum(file))


def test_a_file_that_is_written_to_while_it_is_put_is_refused(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "grows.csv"
    file.write_text("a")

    def growing(session: Session, sql: str) -> list[Row]:
        if sql.startswith("PUT"):
            file.write_text("ab")
        return rows(session, sql)

    monkeypatch.setattr("src.pipelines.ingestion.rows", growing)
    with pytest.raises(InputError, match="was written to while it was read"):
        put_files(session, [file], f"@{RAW}.CSV_STAGE/grows/")


def test_many_files_are_put_at_once_and_in_order(session: Session, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.csv" for number in range(12)]
    for file in files:
        file.write_text(file.name)
    put = put_files(session, files, f"@{RAW}.CSV_STAGE/many/")
    assert [one.file for one in put] == files
    assert len(list_files(session, f"@{RAW}.CSV_STAGE/many/")) == 12


def test_a_file_that_is_not_there_is_refused_before_any_is_put(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "there.csv"
    file.write_text("x")
    with pytest.raises(InputError, match=r'none\.csv" is no file\. Pass files that can be read\.$'):
        put_files(session, [file, tmp_path / "none.csv"], f"@{RAW}.CSV_STAGE/missing/")
    assert list_files(session, f"@{RAW}.CSV_STAGE/missing/") == []


def test_a_name_that_put_does_not_take_is_refused(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "it's.csv"
    file.write_text("x")
    with pytest.raises(
        InputError, match=r"has a quote or a backslash in its path, which PUT does not take\. Rename it"
    ):
        put_files(session, [file], f"@{RAW}.CSV_STAGE/quote/")


@pytest.mark.parametrize("name", ["orders[1].csv", "a*.csv", "b?.csv"])
def test_a_name_that_put_would_read_as_a_pattern_stands_for_itself(session: Session, tmp_path: Path, name: str) -> None:
    for other in (name, "orders1.csv", "ab.csv", "bc.csv"):
        (tmp_path / other).write_text(other)
    path = f"@{RAW}.CSV_STAGE/pattern_{name[0]}/"
    put_files(session, [tmp_path / name], path)
    assert [Path(one.name).name for one in list_files(session, path)] == [name]


def test_two_files_of_one_name_are_refused(session: Session, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    files = [tmp_path / "a.csv", tmp_path / "sub" / "a.csv"]
    for file in files:
        file.write_text("x")
    with pytest.raises(InputError, match=r"would be one file on the stage\. Rename one of them\.$"):
        put_files(session, files, f"@{RAW}.CSV_STAGE/twice/")


# Loading


@pytest.mark.parametrize(
    ("file_format", "by_name", "text"),
    [
        (CSV, False, HEADER + '1,"a, b",1.50,2026-01-02\n'),
        (BY_NAME, True, "day,PRICE,Name,id\n" + '2026-01-02,1.50,"a, b",1\n'),
        (PIPE, False, "ID|NAME|PRICE|DAY\n" + "1|a, b|1.50|2026-01-02\n"),
        (CSV, False, "\ufeff" + HEADER + '1,"a, b",1.50,2026-01-02\n'),
        (BY_NAME, True, "\ufeff" + HEADER + '1,"a, b",1.50,2026-01-02\r\n'),
        (JSON, True, '[{"id": 1, "name": "a, b", "price": 1.5, "day": "2026-01-02", "more": {"x": [1]}}]'),
    ],
)
def test_a_file_loads_by_position_or_by_name(
    session: Session, stage: Stage, table: str, file_format: str, by_name: bool, text: str
) -> None:
    path = stage(data__txt=text)
    assert load(session, table, path, file_format, by_name=by_name).rows_loaded == 1
    [row] = rows(session, f"SELECT ID, NAME, PRICE, TO_VARCHAR(DAY) AS DAY FROM {table}")
    assert row == {"ID": 1, "NAME": "a, b", "PRICE": Decimal("1.50"), "DAY": "2026-01-02"}


def test_quotes_and_line_breaks_stay_in_a_value(session: Session, stage: Stage, table: str) -> None:
    path = stage(data__csv=HEADER + '1,"say ""hi""\nthere",1,2026-01-01\n2,plain,,\n')
    load(session, table, path, CSV, by_name=False)
    assert [row[:3] for row in values(session, table)] == [(1, 'say "hi"\nthere', 1), (2, "plain", None)]


def test_the_same_file_loads_once_and_again_only_by_force(session: Session, stage: Stage, table: str) -> None:
    path = stage(data__csv=HEADER + "1,a,1,2026-01-01\n")
    assert load(session, table, path, BY_NAME).rows_loaded == 1
    assert load(session, table, path, BY_NAME) == Load(table, ())
    assert load(session, table, path, BY_NAME, files=["data.csv"]) == Load(table, ())
    assert load(session, table, path, BY_NAME, force=True).rows_loaded == 1
    assert len(values(session, table)) == 2


def test_an_error_names_file_line_and_column_and_nothing_is_loaded(session: Session, stage: Stage, table: str) -> None:
    path = stage(a__csv=HEADER + "1,a,1,2026-01-01\n", b__csv=HEADER + "2,b,1,2026-01-01\n3,c,1,yesterday\n")
    with pytest.raises(QueryFailed, match=r"Date 'yesterday' is not recognized.*b\.csv', line 3.*DAY") as caught:
        load(session, table, path, CSV, by_name=False)
    assert caught.value.errno is not None
    assert values(session, table) == []


def test_on_error_continue_loads_what_is_right_and_tells_the_rest(session: Session, stage: Stage, table: str) -> None:
    path = stage(data__csv=HEADER + "1,a,1,2026-01-01\n2,b,much,2026-01-01\n3,c,1\n")
    done = load(session, table, path, CSV, by_name=False, on_error="CONTINUE")
    [file] = done.files
    assert (file.status, file.rows_parsed, file.rows_loaded, file.errors) == ("PARTIALLY_LOADED", 3, 1, 2)
    assert (file.first_error, file.line) == ("Numeric value 'much' is not recognized", 3)
    assert "PRICE" in str(file.column)
    assert (done.rows_loaded, done.errors) == (1, 2)


def test_on_error_skip_file_loads_the_other_files(session: Session, stage: Stage, table: str) -> None:
    path = stage(good__csv=HEADER + "1,a,1,2026-01-01\n", bad__csv=HEADER + "x,b,1,2026-01-01\n")
    done = load(session, table, path, CSV, by_name=False, on_error="SKIP_FILE")
    assert sorted((Path(one.file).name, one.status) for one in done.files) == [
        ("bad.csv", "LOAD_FAILED"),
        ("good.csv", "LOADED"),
    ]
    assert len(values(session, table)) == 1


def test_every_error_is_found_without_loading(session: Session, stage: Stage, table: str) -> None:
    path = stage(data__csv=HEADER + "1,a,much,2026-01-01\n2,b,1\n3,c,1,2026-01-01\n")
    found = find_errors(session, table, path, CSV, files=["data.csv"])
    assert [(Path(one.file).name, one.line, one.record) for one in found] == [
        ("data.csv", 2, "1,a,much,2026-01-01"),
        ("data.csv", 3, "2,b,1"),
    ]
    assert "End of record reached while expected to parse column" in found[1].message
    assert values(session, table) == []


def test_an_error_reads_as_a_place() -> None:
    error = FileError("s/a.csv", 3, 5, '"T"["A":3]', "bad", "1,2")
    assert str(error) == 's/a.csv, line 3, character 5, column "T"["A":3]: bad'


@pytest.mark.parametrize("text", ["", HEADER])
def test_an_empty_file_loads_no_row(session: Session, stage: Stage, table: str, text: str) -> None:
    path = stage(empty__csv=text)
    assert load(session, table, path, CSV, by_name=False).rows_loaded == 0
    assert values(session, table) == []


def test_files_are_chosen_by_name_or_by_pattern(session: Session, stage: Stage, table: str) -> None:
    path = stage(a__csv=HEADER + "1,a,1,2026-01-01\n", b__csv=HEADER + "2,b,1,2026-01-01\n", c__csv=HEADER)
    load(session, table, path, BY_NAME, files=["b.csv"])
    assert [row[0] for row in values(session, table)] == [2]
    load(session, table, path, BY_NAME, pattern=r".*/a[.]csv")
    assert [row[0] for row in values(session, table)] == [1, 2]


def test_names_and_a_pattern_at_once_are_refused() -> None:
    with pytest.raises(InputError, match=r"^A load takes files by name or by a pattern\. Pass one of the two\.$"):
        copy_into("T", "@S", "F", files=["a"], pattern="b")


def test_a_broken_json_record_is_refused_with_its_place(session: Session, stage: Stage) -> None:
    rows(session, f"CREATE OR REPLACE TABLE {RAW}.DOCUMENTS (V VARIANT)")
    path = stage(data__json='{"a": 1}\n{"a": oops}\n{"a": 3}\n')
    with pytest.raises(QueryFailed, match=r"Error parsing JSON.*data\.json', line 2"):
        load(session, f"{RAW}.DOCUMENTS", path, JSON, by_name=False)
    assert values(session, f"{RAW}.DOCUMENTS") == []


def test_nested_json_is_loaded_whole(session: Session, stage: Stage) -> None:
    rows(session, f"CREATE OR REPLACE TABLE {RAW}.DOCUMENTS (V VARIANT)")
    path = stage(data__json='[{"a": {"b": [1, {"c": null}]}}, {"a": "x"}]')
    load(session, f"{RAW}.DOCUMENTS", path, JSON, by_name=False)
    found = [json.loads(row["V"]) for row in rows(session, f"SELECT V FROM {RAW}.DOCUMENTS")]
    assert {"a": {"b": [1, {"c": None}]}} in found
    assert len(found) == 2


def test_parquet_types_are_loaded_by_name(session: Session, stage: Stage, tmp_path: Path) -> None:
    rows(
        session,
        f"CREATE OR REPLACE TABLE {RAW}.TYPED (T BINARY, D NUMBER(12,3), TS TIMESTAMP_NTZ, N VARIANT)",
    )
    content = pa.table(
        {
            "t": pa.array([b"text"], pa.binary()),
            "d": pa.array([Decimal("1.234")], pa.decimal128(12, 3)),
            "ts": pa.array([datetime(2026, 1, 2, 3, 4, 5)], pa.timestamp("us")),
            "n": pa.array([{"x": [1, 2]}]),
        }
    )
    pq.write_table(content, tmp_path / "made.parquet")
    path = stage(data__parquet=(tmp_path / "made.parquet").read_bytes())
    load(session, f"{RAW}.TYPED", path, PARQUET)
    [row] = rows(session, f"SELECT * FROM {RAW}.TYPED")
    assert (row["T"], row["D"], row["TS"]) == (b"text", Decimal("1.234"), datetime(2026, 1, 2, 3, 4, 5))
    assert json.loads(row["N"]) == {"x": [1, 2]}


# Tables made of files


def test_a_table_has_the_columns_of_the_files_and_tracks_changes(session: Session, stage: Stage) -> None:
    made = f"{RAW}.MADE"
    rows(session, f"DROP TABLE IF EXISTS {made}")
    path = stage(data__csv="Id,name,price,seen\n1,a,1.50,2026-01-01 10:00:00\n")
    assert create_table_from_files(session, made, path, BY_NAME, schema_evolution=True)
    assert not create_table_from_files(session, made, path, BY_NAME)
    columns = [row["name"] for row in rows(session, f"DESCRIBE TABLE {made}")]
    assert columns == ["ID", "NAME", "PRICE", "SEEN"]
    assert load(session, made, path, BY_NAME).rows_loaded == 1
    [found] = rows(session, f"SHOW TABLES LIKE 'MADE' IN SCHEMA {RAW}")
    assert (found["change_tracking"], found["enable_schema_evolution"]) == ("ON", "Y")


def test_a_table_made_of_files_has_room_for_longer_numbers_and_widens_its_scale(session: Session, stage: Stage) -> None:
    made = f"{RAW}.WIDENED"
    rows(session, f"DROP TABLE IF EXISTS {made}")
    path = stage(a__csv="ID,PRICE\n1,10.5\n", b__csv="ID,PRICE\n12,1.005\n")
    create_table_from_files(session, made, path, BY_NAME, files=["a.csv"])
    load(session, made, path, BY_NAME, files=["a.csv"])
    create_table_from_files(session, made, path, BY_NAME, files=["b.csv"])
    load(session, made, path, BY_NAME, files=["b.csv"])
    assert rows(session, f"SELECT ID, PRICE FROM {made} ORDER BY ID") == [
        {"ID": 1, "PRICE": Decimal("10.500")},
        {"ID": 12, "PRICE": Decimal("1.005")},
    ]


def test_files_without_columns_make_no_table(session: Session, stage: Stage) -> None:
    path = stage(empty__csv="")
    with pytest.raises(InputError, match=r"^No columns can be found in @"):
        create_table_from_files(session, f"{RAW}.NEVER", path, BY_NAME)
    assert rows(session, f"SHOW TABLES LIKE 'NEVER' IN SCHEMA {RAW}") == []


# Loading that goes on by itself

COPY = copy_into("D.S.T", "@D.S.STAGE/in/", "D.S.F", on_error="SKIP_FILE")


@pytest.mark.parametrize(
    "sql",
    [
        COPY,
        copy_into("D.S.T", "@D.S.STAGE", "D.S.F", by_name=False, on_error="SKIP_FILE", files=["a.csv"], force=True),
        copy_into("D.S.T", "@D.S.STAGE", "D.S.F", pattern=".*[.]csv"),
        pipe_ddl("D.S.P", COPY),
        pipe_ddl("D.S.P", COPY, integration="AZURE_QUEUE", comment="It's ours."),
        external_table_ddl("D.S.X", "@D.S.STAGE/in/", "D.S.F", pattern=".*[.]parquet"),
    ],
)
def test_what_is_sent_is_snowflakes_sql(sql: str) -> None:
    simple.parse(sql, dialect="snowflake")


def test_a_pipe_is_made_once_and_loads_as_it_says(session: Session, table: str) -> None:
    for _ in range(2):
        create_pipe(session, f"{RAW}.ARRIVING", table, f"@{RAW}.CSV_STAGE/in/", BY_NAME, pattern=".*[.]csv")
    [pipe] = rows(session, f"SHOW PIPES LIKE 'ARRIVING' IN SCHEMA {RAW}")
    assert pipe["definition"] == copy_into(
        table, f"@{RAW}.CSV_STAGE/in/", BY_NAME, on_error="SKIP_FILE", pattern=".*[.]csv"
    )
    rows(session, f"DROP PIPE {RAW}.ARRIVING")


def test_an_external_table_takes_an_account(session: Session) -> None:
    with pytest.raises(QueryFailed, match="CREATE EXTERNAL TABLE is not emulated"):
        create_external_table(session, f"{RAW}.OUTSIDE", f"@{RAW}.PARQUET_STAGE/in/", PARQUET)


def test_a_pipe_ingests_by_itself_unless_told_otherwise() -> None:
    assert "AUTO_INGEST = TRUE" in pipe_ddl("D.S.P", COPY)
    assert "AUTO_INGEST = FALSE" in pipe_ddl("D.S.P", COPY, auto_ingest=False)


def test_a_loaded_file_without_errors_has_no_place() -> None:
    assert LoadedFile("a.csv", "LOADED", 1, 1, 0).line is None


# More files than a statement may name


def sent_by(monkeypatch: pytest.MonkeyPatch, failing: str = "") -> list[str]:
    """The statements that the functions send from here on, to nobody; one that holds `failing` fails."""
    sent: list[str] = []

    def send(session: Session, sql: str) -> list[Row]:
        sent.append(sql)
        if failing and failing in sql:
            raise QueryFailed("refused", 100038)
        return []

    monkeypatch.setattr("src.pipelines.ingestion.rows", send)
    monkeypatch.setattr("src.pipelines.transformation.rows", send)
    return sent


NAMES = [f"f{number}.csv" for number in range(2001)]


def test_more_files_than_a_list_may_have_are_loaded_in_one_transaction(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = sent_by(monkeypatch)
    load(session, f"{RAW}.T", "@S/", CSV, files=NAMES)
    begin, *copies, commit = sent
    assert (begin, commit) == ("BEGIN TRANSACTION", "COMMIT")
    assert [sql.count(".csv") for sql in copies] == [1000, 1000, 1]


def test_where_one_of_the_lists_fails_nothing_is_loaded(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = sent_by(monkeypatch, failing="'f1000.csv'")
    with pytest.raises(QueryFailed):
        load(session, f"{RAW}.T", "@S/", CSV, files=NAMES)
    assert [sql.split()[0] for sql in sent] == ["BEGIN", "COPY", "COPY", "ROLLBACK"]


@pytest.mark.parametrize("files", [(), NAMES[:1000]])
def test_what_one_statement_may_name_needs_no_transaction(
    session: Session, monkeypatch: pytest.MonkeyPatch, files: tuple[str, ...]
) -> None:
    sent = sent_by(monkeypatch)
    load(session, f"{RAW}.T", "@S/", CSV, files=files)
    assert [sql.split()[0] for sql in sent] == ["COPY"]


def test_errors_are_looked_for_in_every_list(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = sent_by(monkeypatch)
    find_errors(session, f"{RAW}.T", "@S/", CSV, files=NAMES)
    assert [sql.count(".csv") for sql in sent] == [1000, 1000, 1]


def test_the_emulator_refuses_a_list_that_is_too_long(session: Session) -> None:
    rows(session, f"CREATE OR REPLACE TABLE {RAW}.LISTED (ID INT)")
    with pytest.raises(QueryFailed, match=r"The number of files exceeds the 1,000 limit\."):
        rows(session, copy_into(f"{RAW}.LISTED", f"@{RAW}.GENERAL_STAGE/", CSV, files=NAMES[:1001]))


def test_a_table_that_tracks_its_changes_is_not_altered(session: Session, stage: Stage) -> None:
    path = stage(data__csv="ID\n1\n")
    table = f"{RAW}.TRACKED_ONCE"
    for evolution in (False, False, True, True):
        create_table_from_files(session, table, path, BY_NAME, schema_evolution=evolution)
    history = "SELECT QUERY_TEXT FROM TABLE(DATA_ENG_DEMO.INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => 100))"
    altered = [
        row["QUERY_TEXT"] for row in rows(session, history) if row["QUERY_TEXT"].startswith(f"ALTER TABLE {table}")
    ]
    assert sorted(text.split(" SET ")[1] for text in altered) == [
        "CHANGE_TRACKING = TRUE",
        "ENABLE_SCHEMA_EVOLUTION = TRUE",
    ]
    rows(session, f"ALTER TABLE {table} SET CHANGE_TRACKING = FALSE")
    create_table_from_files(session, table, path, BY_NAME)
    [shown] = rows(session, f"SHOW TABLES LIKE 'TRACKED_ONCE' IN SCHEMA {RAW}")
    assert shown["change_tracking"] == "ON"
