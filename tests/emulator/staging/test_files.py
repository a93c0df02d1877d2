"""PUT, GET, LIST and REMOVE: https://docs.snowflake.com/en/sql-reference/sql/put"""

import gzip
import hashlib
import io
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from snowflake.connector import SnowflakeConnection

from src.emulator.engine import Engine
from src.emulator.protocol.serving import Address, emulator
from tests.emulator.conftest import Fails, Rows, Run
from tests.emulator.cursors import cursor_of

pytestmark = pytest.mark.emulator("module")


@pytest.fixture
def stage(run: Run) -> None:
    run("CREATE STAGE ST")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with two CSV files."""
    folder = tmp_path / "source files"
    folder.mkdir()
    (folder / "a.csv").write_text("1,one\n")
    (folder / "b.csv").write_text("2,two\n")
    return folder


def names(run: Run, location: str = "@ST") -> list[str]:
    return [row[0] for row in run(f"LIST {location}")]


@pytest.mark.usefixtures("stage")
def test_put_compresses_and_lists_the_file(run: Run, source: Path) -> None:
    [uploaded] = run(f"PUT 'file://{source}/a.csv' @ST")
    assert (uploaded[0], uploaded[1], uploaded[6]) == ("a.csv", "a.csv.gz", "UPLOADED")
    [(name, size, md5, modified)] = run("LIST @ST")
    assert name == "st/a.csv.gz"
    assert (size > 0, len(md5), modified[-4:]) == (True, 32, " GMT")


SENT = (
    ("a.csv", b"1\n", "a.csv.gz"),
    ("a.csv.gz", gzip.compress(b"1\n", mtime=0), "a.csv.gz"),
    ("a.parquet", b"PAR1 and more", "a.parquet"),
)


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(("name", "content", "listed"), SENT)
def test_a_client_that_asks_once_for_a_place_sends_each_file_by_its_name(
    run: Run, connection: SnowflakeConnection, tmp_path: Path, name: str, content: bytes, listed: str
) -> None:
    """As write_pandas, Snowpark and the Go driver ask: only what they pack has `.gz` added to its name."""
    (tmp_path / name).write_bytes(content)
    connection.cursor()._upload(f"'file://{tmp_path / name}'", "@ST", {"source_compression": "auto_detect"})
    assert names(run) == [f"st/{listed}"]


@pytest.mark.usefixtures("stage")
def test_put_takes_many_files_options_and_a_path(run: Run, source: Path) -> None:
    run(f"PUT 'file://{source}/*.csv' @DEMO.PUBLIC.ST/in//2026 AUTO_COMPRESS = FALSE PARALLEL = 2")
    assert names(run) == ["st/in/2026/a.csv", "st/in/2026/b.csv"]


@pytest.mark.usefixtures("stage")
def test_an_unquoted_path_with_a_wildcard_is_no_comment(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("1\n")
    run(f"PUT file://{tmp_path}/*.csv @ST AUTO_COMPRESS = FALSE")
    assert names(run) == ["st/x.csv"]


def fetched(run: Run, location: str, folder: Path) -> dict[str, bytes]:
    """The files of a stage's location, by name."""
    folder.mkdir()
    run(f"GET {location} 'file://{folder}/'")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.usefixtures("stage")
def test_put_keeps_a_file_that_is_there_unless_it_may_overwrite(run: Run, source: Path, tmp_path: Path) -> None:
    put = f"PUT 'file://{source}/a.csv' @ST AUTO_COMPRESS = FALSE"
    run(put)
    (source / "a.csv").write_text("1,changed\n")
    run(put)
    assert fetched(run, "@ST", tmp_path / "first") == {"a.csv": b"1,one\n"}
    run(f"{put} OVERWRITE = TRUE")
    assert fetched(run, "@ST", tmp_path / "second") == {"a.csv": b"1,changed\n"}


@pytest.mark.usefixtures("stage")
def test_a_stream_is_put_as_a_file(connection: SnowflakeConnection, run: Run, tmp_path: Path) -> None:
    connection.cursor().execute("PUT file://data.csv @ST/in", file_stream=io.BytesIO(b"1,one\n"))
    [content] = fetched(run, "@ST/in/", tmp_path / "out").values()
    assert gzip.decompress(content) == b"1,one\n"


@pytest.mark.usefixtures("stage")
def test_the_listed_md5_is_that_of_the_file(run: Run, rows: Rows, source: Path) -> None:
    """Whoever offers another file of the name changes it with OVERWRITE only."""
    run(f"PUT 'file://{source}/a.csv' @ST AUTO_COMPRESS = FALSE")
    assert rows("LIST @ST")[0]["md5"] == hashlib.md5(b"1,one\n").hexdigest()
    (source / "a.csv").write_text("another\n")
    run(f"PUT 'file://{source}/a.csv' @ST AUTO_COMPRESS = FALSE")
    assert rows("LIST @ST")[0]["md5"] == hashlib.md5(b"1,one\n").hexdigest()
    run(f"PUT 'file://{source}/a.csv' @ST AUTO_COMPRESS = FALSE OVERWRITE = TRUE")
    assert rows("LIST @ST")[0]["md5"] == hashlib.md5(b"another\n").hexdigest()


SELECTIONS = [
    ("@ST", ["st/a.csv", "st/dir/a.csv", "st/dir/b.csv", "st/dir2/a.csv"]),
    ("@st/dir", ["st/dir/a.csv", "st/dir/b.csv", "st/dir2/a.csv"]),
    ("@ST/dir/", ["st/dir/a.csv", "st/dir/b.csv"]),
    ("@PUBLIC.ST/dir/a", ["st/dir/a.csv"]),
    ('\'@"DEMO"."PUBLIC"."ST"/dir2\'', ["st/dir2/a.csv"]),
    ("@ST/nothing", []),
    ("@ST PATTERN = '.*a[.]csv'", ["st/a.csv", "st/dir/a.csv", "st/dir2/a.csv"]),
    ("@ST PATTERN = 'dir/.*'", ["st/dir/a.csv", "st/dir/b.csv"]),
    ("@ST PATTERN = 'st/dir/.*'", ["st/dir/a.csv", "st/dir/b.csv"]),
    ("@ST PATTERN = 'a'", []),
]


@pytest.fixture
def four_files(run: Run, stage: None, source: Path) -> None:
    for file, path in (("a", "@ST"), ("*", "@ST/dir"), ("a", "@ST/dir2/")):
        run(f"PUT 'file://{source}/{file}.csv' {path} AUTO_COMPRESS = FALSE")


@pytest.mark.usefixtures("four_files")
@pytest.mark.parametrize(("location", "expected"), SELECTIONS)
def test_list_shows_the_files_whose_path_begins_and_matches(run: Run, location: str, expected: list[str]) -> None:
    assert names(run, location) == expected
    assert [row[0] for row in run(f"LS {location}")] == expected


@pytest.mark.usefixtures("four_files")
def test_remove_removes_what_list_shows(run: Run) -> None:
    assert run("REMOVE @ST PATTERN = '.*dir2/.*'") == [("st/dir2/a.csv", "removed")]
    assert run("RM @ST/dir/") == [("st/dir/a.csv", "removed"), ("st/dir/b.csv", "removed")]
    assert names(run) == ["st/a.csv"]


@pytest.mark.usefixtures("four_files")
def test_get_fetches_what_list_shows(run: Run, tmp_path: Path) -> None:
    assert fetched(run, "@ST/dir/", tmp_path / "out") == {"a.csv": b"1,one\n", "b.csv": b"2,two\n"}


def test_a_quoted_stage_keeps_its_case(run: Run, source: Path) -> None:
    run('CREATE STAGE "my stage"')
    run(f"PUT 'file://{source}/a.csv' '@\"my stage\"/x' AUTO_COMPRESS = FALSE")
    assert names(run, '@"my stage"') == ["my stage/x/a.csv"]


@pytest.mark.usefixtures("four_files")
@pytest.mark.parametrize("statement", ["DROP STAGE ST", "CREATE OR REPLACE STAGE ST", "DROP SCHEMA PUBLIC"])
def test_the_files_go_with_the_stage(run: Run, statement: str) -> None:
    run(statement)
    if statement.startswith("DROP"):
        run("CREATE SCHEMA IF NOT EXISTS DEMO.PUBLIC")
        run("CREATE STAGE DEMO.PUBLIC.ST")
    assert names(run, "@DEMO.PUBLIC.ST") == []


COPIED: tuple[tuple[str, list[str]], ...] = (
    ("FROM @ST/dir/", ["in/a.csv", "in/b.csv"]),
    ("FROM @ST", ["in/dir/a.csv", "in/dir/b.csv"]),
    ("FROM @ST/dir FILES = ('b.csv')", ["in/dir/b.csv"]),
    ("FROM @ST/dir/ PATTERN = '.*a.*'", ["in/a.csv"]),
    ("FROM @ST/nothing/", []),
)


@pytest.mark.parametrize(("source_and_options", "copied"), COPIED)
def test_copy_files_copies_from_stage_to_stage(
    run: Run, source: Path, source_and_options: str, copied: list[str]
) -> None:
    run("CREATE STAGE ST")
    run("CREATE STAGE OTHER")
    run(f"PUT 'file://{source}/*.csv' @ST/dir AUTO_COMPRESS = FALSE")
    assert run(f"COPY FILES INTO @OTHER/in {source_and_options}") == [(name,) for name in copied]
    assert names(run, "@OTHER") == [f"other/{name}" for name in copied]
    assert run(f"COPY FILES INTO @OTHER/in {source_and_options} DETAILED_OUTPUT = FALSE") == [(len(copied),)]


# frostlake/ListStageReferenceTest: a user's and a table's stage list the path alone.
UNNAMED = ("@~", "@%T", "@PUBLIC.%T", "@demo.public.%t", '@%"T"')


@pytest.mark.parametrize("stage", UNNAMED)
def test_a_user_and_a_table_have_a_stage(run: Run, source: Path, tmp_path: Path, stage: str) -> None:
    run("CREATE TABLE T (A INT, B TEXT)")
    [put] = run(f"PUT 'file://{source}/a.csv' '{stage}/own' AUTO_COMPRESS = FALSE")
    assert put[6] == "UPLOADED"
    assert names(run, stage) == names(run, f"{stage}/o") == ["own/a.csv"]
    assert run(f"SELECT $2, METADATA$FILENAME FROM {stage}/own/") == [("one", "own/a.csv")]
    assert run(f"COPY INTO T FROM {stage}")[0][:2] == ("own/a.csv", "LOADED")
    assert fetched(run, f"{stage}/own", tmp_path / "out") == {"a.csv": b"1,one\n"}
    assert run(f"REMOVE {stage}/own") == [("own/a.csv", "removed")]
    assert names(run, stage) == []


def test_copy_without_from_loads_from_the_table_s_stage(run: Run) -> None:
    run("CREATE TABLE T (A INT)")
    run("COPY INTO @%T/x FROM (SELECT 7)")
    run("COPY INTO T FILE_FORMAT = (TYPE = CSV)")
    assert run("SELECT * FROM T") == [(7,)]


@pytest.mark.emulator("own")
@pytest.mark.parametrize(
    "statement",
    ["LIST @%T", "SELECT $1 FROM @%T", "COPY INTO T FROM @%T", "COPY INTO T", "REMOVE @%T", "GET @%T file:///x"],
)
def test_a_table_s_stage_is_its_owner_s(run: Run, fails: Fails, statement: str) -> None:
    """https://docs.snowflake.com/en/user-guide/data-load-local-file-system-create-stage"""
    run("CREATE TABLE T (A INT)")
    run("CREATE ROLE R")
    for grant in ("USAGE ON DATABASE DEMO", "USAGE ON SCHEMA PUBLIC", "USAGE ON WAREHOUSE WH", "INSERT ON TABLE T"):
        run(f"GRANT {grant} TO ROLE R")
    run("GRANT ROLE R TO USER PRESENTER")
    run("USE ROLE R")
    run("USE SECONDARY ROLES NONE")
    assert fails(statement).errno == 3001


OF_A_TABLE = (
    ("ALTER TABLE T RENAME TO U", "@%U", 1),
    ("CREATE TABLE U CLONE T", "@%U", 0),
    ("CREATE OR REPLACE TABLE T (A INT)", "@%T", 0),
    ("TRUNCATE TABLE T", "@%T", 1),
)


@pytest.mark.parametrize(("statement", "stage", "count"), OF_A_TABLE)
def test_a_table_s_stage_stays_with_its_table(run: Run, statement: str, stage: str, count: int) -> None:
    run("CREATE TABLE T (A INT)")
    run("COPY INTO @%T FROM (SELECT 7)")
    run(statement)
    assert len(names(run, stage)) == count


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = Engine(tmp_path_factory.mktemp("own") / "state")
    opened.open_session().cursor().execute("CREATE WAREHOUSE WH")
    yield opened
    opened.close()


GONE = (
    "DROP TABLE T",
    "CREATE OR REPLACE TABLE T (A INT)",
    "CREATE OR REPLACE TABLE T LIKE OTHER",
    "CREATE OR REPLACE TABLE T CLONE OTHER",
    "DROP SCHEMA D.PUBLIC",
    "CREATE OR REPLACE SCHEMA D.PUBLIC",
    "DROP DATABASE D",
    "CREATE OR REPLACE DATABASE D",
)


@pytest.mark.parametrize("statement", GONE)
def test_the_files_of_a_table_s_stage_go_with_their_table(engine: Engine, statement: str) -> None:
    session = engine.open_session()
    for before in (
        "USE WAREHOUSE WH",
        "CREATE OR REPLACE DATABASE D",
        "CREATE TABLE T (A INT)",
        "CREATE TABLE OTHER (B INT)",
    ):
        session.cursor().execute(before)
    session.cursor().execute("COPY INTO @%T FROM (SELECT 7)")
    assert len(engine.storage.unnamed_stages("TABLES")) == 1
    session.cursor().execute(statement)
    assert engine.storage.unnamed_stages("TABLES") == []


@pytest.mark.parametrize("statement", ["DROP TABLE T", "DROP SCHEMA D.PUBLIC", "SELECT 1"])
def test_the_files_of_a_temporary_table_s_stage_go_with_its_session(engine: Engine, statement: str) -> None:
    session = engine.open_session()
    for before in ("USE WAREHOUSE WH", "CREATE OR REPLACE DATABASE D", "CREATE TEMPORARY TABLE T (A INT)"):
        session.cursor().execute(before)
    session.cursor().execute("COPY INTO @%T FROM (SELECT 7)")
    session.cursor().execute(statement)
    session.close()
    assert engine.storage.unnamed_stages("TABLES") == []


def test_a_stage_whose_name_begins_with_a_percent_sign_is_no_table_s(run: Run) -> None:
    run("CREATE TABLE T (A INT)")
    run('CREATE STAGE "%T"')
    run("COPY INTO '@\"%T\"/x' FROM (SELECT 7)")
    assert names(run, "@%T") == []


def test_the_stages_of_users_and_tables_outlive_the_process(tmp_path: Path) -> None:
    def opened() -> Engine:
        return Engine(tmp_path / "state")

    engine = opened()
    session = engine.open_session()
    for statement in ("DATABASE D", "WAREHOUSE WH", "TABLE T (A INT)", "SCHEMA S", "TABLE S.GONE (A INT)"):
        session.cursor().execute(f"CREATE {statement}")
        session.cursor().execute("USE SCHEMA D.PUBLIC")
    for stage in ("@~/f", "@%T/f", "@S.%GONE/f"):
        session.cursor().execute(f"COPY INTO {stage} FROM (SELECT 1)")
    session.cursor().execute("DROP SCHEMA S")
    engine.close()
    engine = opened()
    session = engine.open_session()
    for stage in ("@~", "@D.PUBLIC.%T"):
        assert len(cursor_of(session).execute(f"LIST {stage}").fetchall()) == 1
    assert len(engine.storage.unnamed_stages("TABLES")) == 1
    engine.close()


REFUSED = [
    ("LIST @NOPE", 2003, "Stage 'DEMO.PUBLIC.NOPE' does not exist or not authorized."),
    ("LIST @%NOPE", 2003, "Stage 'DEMO.PUBLIC.\"%NOPE\"' does not exist or not authorized."),
    ("LIST @NOPE.ST", 2003, "Schema 'DEMO.NOPE' does not exist or not authorized."),
    ("LIST @NOPE.PUBLIC.%T", 2003, "Database 'NOPE' does not exist or not authorized."),
    ("COPY FILES INTO @ST FROM (SELECT 'x')", 2, "COPY FILES ... FROM a query"),
    ("COPY FILES INTO @ST FROM @~", 2, "COPY FILES from or to the stage of a user or a table"),
    ("LIST @ST/../secret", 1003, "Invalid stage location '../secret'"),
    ("LIST ST", 1003, "syntax error line 1 at position 5 unexpected 'ST'."),
    ("LIST 'ST'", 1003, "Invalid stage location 'ST'"),
    ("LIST @ST PATTERN = '('", 100048, "Invalid regular expression: '('"),
    ("LIST @ST NONSENSE", 1003, "unexpected 'NONSENSE'"),
    ("PUT file:///x @ST NONSENSE = 1", 1420, "invalid property 'NONSENSE' for 'PUT'"),
    ("PUT file:///x @ST SOURCE_COMPRESSION = ZIP", 1008, "invalid value [ZIP] for parameter 'SOURCE_COMPRESSION'"),
    ("PUT https://x @ST", 1003, "unexpected 'https'"),
    ("REMOVE @NOPE", 2003, "Stage 'DEMO.PUBLIC.NOPE' does not exist or not authorized."),
]


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(("statement", "errno", "message"), REFUSED)
def test_refusals(fails: Fails, statement: str, errno: int, message: str) -> None:
    error = fails(statement)
    assert error.errno == errno
    assert message in str(error)


@pytest.mark.usefixtures("stage")
def test_an_upload_that_breaks_off_is_not_listed_and_leaves_nothing(
    connection: SnowflakeConnection, run: Run, address: Address
) -> None:
    answer = connection.cursor()._execute_helper("PUT file://broken.csv @ST")
    url = urlsplit(answer["data"]["stageInfo"]["presignedUrl"])
    with socket.create_connection((url.hostname or "", url.port or 0)) as client:
        client.sendall(f"PUT {url.path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n1,on".encode())
        deadline = time.monotonic() + 5
        while not (arriving := list((address.folder / "incoming").iterdir())) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(arriving) == 1
        assert names(run) == []
    while list((address.folder / "incoming").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert list((address.folder / "incoming").iterdir()) == []
    assert names(run) == []


@pytest.mark.usefixtures("stage")
def test_a_url_is_good_for_its_file_and_purpose_only(connection: SnowflakeConnection, address: Address) -> None:
    answer = connection.cursor()._execute_helper("PUT file://a.csv @ST")
    url = answer["data"]["stageInfo"]["presignedUrl"]
    for other in (url.replace("a.csv", "b.csv"), url.replace("/add/", "/replace/"), url.replace("/add/", "/get/")):
        request = urllib.request.Request(other, method="PUT", data=b"x")
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(request)
    assert not list((address.folder / "stages").rglob("*.csv"))


def test_what_arrived_before_a_crash_is_swept_at_the_next_start(tmp_path: Path) -> None:
    with emulator(tmp_path / "state"):
        (tmp_path / "state" / "incoming" / "half").write_text("1,o")
    with emulator(tmp_path / "state"):
        assert not (tmp_path / "state" / "incoming" / "half").exists()
