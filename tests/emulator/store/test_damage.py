"""A state folder that is damaged is named, at its start or where the damage is met, and is left as it is."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from snowflake.connector.errors import ProgrammingError

from src.emulator.engine import Engine
from src.emulator.store.storage import StateError
from tests.emulator.cursors import arrow

STATEMENTS = """
    CREATE DATABASE D
    CREATE WAREHOUSE W INITIALLY_SUSPENDED = TRUE
    CREATE TABLE T (A INT, B VARCHAR)
    INSERT INTO T SELECT SEQ4(), RANDSTR(50, RANDOM()) FROM TABLE(GENERATOR(ROWCOUNT => 20000))
    CREATE STAGE S
    COPY INTO @S/x.csv FROM (SELECT A FROM T) SINGLE = TRUE
    CREATE ICEBERG TABLE I (A INT) CATALOG = 'SNOWFLAKE' BASE_LOCATION = 'i' EXTERNAL_VOLUME = 'SNOWFLAKE_MANAGED'
    INSERT INTO I VALUES (1), (2)
""".strip().splitlines()
USES = """
    USE DATABASE D
    USE WAREHOUSE W
    SELECT SUM(LENGTH(B)) FROM T
    SELECT COUNT($1) FROM @S/x.csv
    SELECT SUM(A) FROM I
    SELECT SUM(A) FROM I AT (OFFSET => 0)
    INSERT INTO I VALUES (3)
""".strip().splitlines()


def use(folder: Path, statements: list[str]) -> list[str]:
    """Opens the state and runs the statements; the texts of their errors."""
    engine, failures = Engine(folder), []
    session = engine.open_session()
    for sql in statements:
        try:
            session.cursor().execute(sql)
        except ProgrammingError as error:
            failures.append(str(error.msg))
    session.close()
    engine.close()
    return failures


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "state"
    assert use(folder, STATEMENTS) == []
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / "state")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def lose(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def junk(path: Path) -> None:
    path.write_bytes(b"no data at all " * 500)


def flip(path: Path) -> None:
    damaged = bytearray(path.read_bytes())
    for place in range(min(12288, len(damaged) // 2), len(damaged), max(1, len(damaged) // 2000)):
        damaged[place] ^= 0xFF
    path.write_bytes(bytes(damaged))


def shorten(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize(
    ("damage", "name", "words"),
    [
        (lose, "account.duckdb", "the account's file account.duckdb is missing"),
        (empty, "account.duckdb", "the account's file account.duckdb is empty"),
        (junk, "account.duckdb", "not a valid DuckDB database file"),
        (flip, "account.duckdb", "Corrupt database file"),
        (junk, "account.duckdb.wal", 'account.duckdb.wal" is not a log of DuckDB'),
        (lose, "databases", "the file of database D is missing"),
        (lose, "databases/D.duckdb", "the file of database D is missing"),
        (empty, "databases/D.duckdb", "the file of database D is empty"),
        (junk, "databases/D.duckdb", "not a valid DuckDB database file"),
        (flip, "databases/D.duckdb", "Corrupt database file"),
        (junk, "databases/D.duckdb.wal", 'D.duckdb.wal" is not a log of DuckDB'),
        (lose, "emulator.json", "holds no emulator state"),
        (empty, "emulator.json", 'emulator.json" is damaged'),
        (junk, "emulator.json", 'emulator.json" is damaged'),
        (lose, "stages", "of stage D.PUBLIC.S is missing"),
        (lose, "stages/D/PUBLIC/S", "of stage D.PUBLIC.S is missing"),
        (lose, "stages/D/PUBLIC/S/x.csv", 'S/x.csv" of stage D.PUBLIC.S is missing or not whole'),
        (shorten, "stages/D/PUBLIC/S/x.csv", 'S/x.csv" of stage D.PUBLIC.S is missing or not whole'),
        (junk, "iceberg/catalog.db", 'catalog.db" cannot be read'),
    ],
)
def test_damage_is_named_at_the_start_and_nothing_is_changed(
    folder: Path, damage: Callable[[Path], None], name: str, words: str
) -> None:
    damage(folder / name)
    before = contents(folder)
    with pytest.raises(StateError) as caught:
        use(folder, USES)
    assert words in str(caught.value)
    assert contents(folder) == before


@pytest.mark.parametrize("name", ["account.duckdb", "databases/D.duckdb"])
def test_an_older_copy_of_a_file_is_named(folder: Path, tmp_path: Path, name: str) -> None:
    shutil.copy(folder / name, tmp_path / "older")
    assert use(folder, [*USES, "INSERT INTO T VALUES (1, 'x')", "CREATE STAGE S2"]) == []
    shutil.copy(tmp_path / "older", folder / name)
    before = contents(folder)
    with pytest.raises(StateError, match="is an older copy of itself"):
        use(folder, USES)
    assert contents(folder) == before


@pytest.fixture(scope="module")
def killed(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a process leaves that is killed: a copy made under way, in which the logs hold a database and rows."""
    folder = shutil.copytree(whole, tmp_path_factory.mktemp("killed") / "state")
    engine = Engine(folder)
    session = engine.open_session()
    more = ["INSERT INTO T VALUES (1, 'x')", "INSERT INTO I VALUES (3)", "CREATE DATABASE E", "CREATE TABLE U (A INT)"]
    for sql in [*USES[:2], *more, "INSERT INTO U VALUES (1)", "CREATE ROLE R"]:
        session.cursor().execute(sql)
    time.sleep(0.6)  # until the logs are known to end with a commit
    engine.upkeep.look()
    copied = shutil.copytree(folder, folder.with_name("copied"))
    session.close()
    engine.close()
    return copied


@pytest.mark.parametrize("name", ["account.duckdb", "databases/D.duckdb", "databases/E.duckdb"])
@pytest.mark.parametrize("damage", [lose, empty, shorten])
def test_a_log_that_is_lost_or_not_whole_is_named_and_can_be_put_back(
    killed: Path, tmp_path: Path, damage: Callable[[Path], None], name: str
) -> None:
    folder = shutil.copytree(killed, tmp_path / "state")
    damage(folder / f"{name}.wal")
    before = contents(folder)
    with pytest.raises(StateError, match=r"has lost (its|a part of its) log"):
        use(folder, USES)
    assert contents(folder) == before
    shutil.copy(killed / f"{name}.wal", folder / f"{name}.wal")
    assert use(folder, [*USES, "SELECT * FROM E.PUBLIC.U"]) == []


@pytest.mark.parametrize("name", ["databases/D.duckdb", "databases/E.duckdb", "stages/D/PUBLIC/S/x.csv"])
def test_what_is_refused_after_a_kill_is_left_as_it_is(killed: Path, tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(killed, tmp_path / "state")
    lose(folder / name)
    before = contents(folder)
    with pytest.raises(StateError):
        use(folder, USES)
    assert contents(folder) == before
    shutil.copy(killed / name, folder / name)
    assert use(folder, USES) == []


def test_what_was_made_and_dropped_again_is_not_missed(folder: Path) -> None:
    copy = "COPY INTO @S/x.csv FROM (SELECT {}) SINGLE = TRUE OVERWRITE = TRUE"
    for statements in (
        ["REMOVE @S", "CREATE OR REPLACE DATABASE D", "CREATE STAGE S", copy.format(1), "CREATE OR REPLACE STAGE S"],
        [copy.format(1), copy.format(100)],
        ["SELECT $1 FROM @S/x.csv", "REMOVE @S/x.csv"],
        ["DROP SCHEMA D.PUBLIC", "CREATE SCHEMA D.PUBLIC", "CREATE STAGE S"],
        ["DROP DATABASE D", "CREATE DATABASE D"],
        [],
    ):
        assert use(folder, [*USES[:2], *statements]) == []


def test_another_databases_file_in_the_place_of_one_is_named(folder: Path) -> None:
    shutil.copy(folder / "iceberg" / "catalog.db", folder / "databases" / "D.duckdb")
    with pytest.raises(StateError, match="not a valid DuckDB database file"):
        use(folder, USES)


def test_an_account_that_does_not_know_a_database_does_not_take_it_away(folder: Path, tmp_path: Path) -> None:
    use(tmp_path / "other", ["CREATE WAREHOUSE W"])
    shutil.copy(tmp_path / "other" / "account.duckdb", folder / "account.duckdb")
    before = contents(folder)
    with pytest.raises(StateError, match="does not know the database D, which has tables"):
        use(folder, USES)
    assert contents(folder) == before


@pytest.mark.parametrize("damage", [lose, empty, junk, flip])
@pytest.mark.parametrize("pattern", ["data/*.parquet", "metadata/*-m0.avro", "metadata/snap-*.avro", "*/00001-*.json"])
def test_a_damaged_file_of_an_iceberg_table_is_named_or_written_anew(
    whole: Path, tmp_path: Path, damage: Callable[[Path], None], pattern: str
) -> None:
    """Its rows are in the database, so that no row is lost with it."""
    backup = shutil.copytree(whole, tmp_path / "backup")
    try:
        for file in (whole / "iceberg" / "tables").glob(f"*/{pattern}"):
            damage(file)
        try:
            failures = use(whole, USES)
        except StateError as error:
            failures = [str(error)]
        for failure in failures:
            assert "state is damaged" in failure or "Error parsing the parquet file" in failure
        assert failures or damage is lose
    finally:
        shutil.rmtree(whole)
        shutil.copytree(backup, whole)


def test_what_is_missing_of_iceberg_tables_is_written_anew_from_the_rows(folder: Path) -> None:
    shutil.rmtree(folder / "iceberg")
    assert use(folder, USES) == []


def test_a_copied_state_leaves_the_files_of_the_one_it_was_copied_from_alone(whole: Path, folder: Path) -> None:
    before = contents(whole)
    assert use(folder, [*USES, "UPDATE I SET A = A + 1"]) == []
    assert contents(whole) == before


def test_a_state_that_was_never_finished_is_begun_anew(tmp_path: Path) -> None:
    for marker in ("", '{"for'):
        (tmp_path / "emulator.json").write_text(marker)
        assert use(tmp_path, ["CREATE DATABASE D"]) == []
        shutil.rmtree(tmp_path)
        tmp_path.mkdir()


def test_on_a_full_disk_the_first_start_leaves_nothing_that_hinders_the_next(tmp_path: Path) -> None:
    program = (
        "import resource, sys, pathlib; from src.emulator.engine import Engine;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])));"
        "Engine(pathlib.Path(sys.argv[1]))"
    )
    for limit in (0, 5, 5_000, 100_000):
        command = [sys.executable, "-c", program, str(tmp_path / "state"), str(limit)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "Free some space, then run the command again." in ended.stderr
    assert use(tmp_path / "state", ["CREATE DATABASE D"]) == []


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """For the superuser, who may read anything, this process is another user's for a while."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


def test_a_missing_permission_is_called_that(folder: Path, request: pytest.FixtureRequest) -> None:
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
    for path in folder.rglob("*"):
        if os.geteuid() == 0:
            os.chown(path, 65534, 65534)
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)
        folder.parents[1].chmod(0o755)
    (folder / "databases" / "D.duckdb").chmod(0)
    request.getfixturevalue("unprivileged")
    with pytest.raises(StateError, match=r"cannot use the folder .*Permission denied") as caught:
        use(folder, USES)
    assert "damaged" not in str(caught.value)


def test_a_state_of_an_earlier_version_opens(tmp_path: Path) -> None:
    """Made by the version that brought format 3."""
    with ZipFile(Path(__file__).parents[1] / "states" / "format-3.zip") as archive:
        archive.extractall(tmp_path)
    engine = Engine(tmp_path)
    session = engine.open_session()

    def value(sql: str) -> object:
        rows = arrow(session, sql).to_pylist()
        return next(iter(rows[0].values()))

    for sql in ("USE DATABASE D", "USE WAREHOUSE W"):
        session.cursor().execute(sql)
    assert value("SELECT LISTAGG(B, ',') WITHIN GROUP (ORDER BY A) FROM T") == "a,b,c"
    assert value("SELECT COUNT(*) FROM ST") == 1
    assert value("SELECT COUNT($1) FROM @S/x.csv") == 2
    assert value("SELECT SUM(A) FROM I") == 3
    assert value("SELECT SUM(A) FROM V") == 6
    session.close()
    engine.close()
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_the_state_folder_is_its_users_alone(tmp_path: Path) -> None:
    use(tmp_path / "state", ["CREATE DATABASE D"])
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
