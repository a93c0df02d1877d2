"""EXECUTE IMMEDIATE FROM: https://docs.snowflake.com/en/sql-reference/sql/execute-immediate-from"""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.emulator.conftest import Fails, Run

pytestmark = pytest.mark.emulator("module")

Put = Callable[[str | bytes], str]


@pytest.fixture
def put(run: Run, tmp_path: Path) -> Put:
    """Puts a script on a stage, and returns the statement that runs it."""

    def put_script(script: str | bytes) -> str:
        (tmp_path / "f.sql").write_bytes(script if isinstance(script, bytes) else script.encode())
        run("CREATE STAGE IF NOT EXISTS ST")
        run(f"PUT 'file://{tmp_path}/f.sql' @ST/d AUTO_COMPRESS = FALSE SOURCE_COMPRESSION = NONE OVERWRITE = TRUE")
        return "EXECUTE IMMEDIATE FROM @ST/d/f.sql"

    return put_script


SCRIPTS = (
    ("SELECT 1; SELECT 2 -- the last\n;\n", [(2,)]),
    ("\ufeffSELECT 'a;b';", [("a;b",)]),
    ("CREATE TABLE T (A INT); INSERT INTO T VALUES (1), (2); SELECT COUNT(*) FROM T", [(2,)]),
    ("DECLARE A INT DEFAULT 3; BEGIN LET B INT := A + 1; RETURN B; END;", [(4,)]),
    ("SHOW SCHEMAS LIKE 'PUBLIC' ->> SELECT \"name\" FROM $1;", [("PUBLIC",)]),
)


@pytest.mark.parametrize(("script", "rows"), SCRIPTS, ids=[script for script, _ in SCRIPTS])
def test_a_script_answers_with_its_last_statement(run: Run, put: Put, script: str, rows: list[object]) -> None:
    assert run(put(script)) == rows


def test_what_ran_before_a_failure_stays(run: Run, fails: Fails, put: Put) -> None:
    error = fails(put("CREATE TABLE T (A INT); SELECT * FROM NOTHING; CREATE TABLE U (A INT)"))
    assert error.errno == 2003
    assert [row[1] for row in run("SHOW TABLES")] == ["T"]


REFUSED = (
    ("--!jinja\nSELECT 1", "", "EXECUTE IMMEDIATE FROM a Jinja2 template"),
    ("#!jinja\nSELECT 1", "", "EXECUTE IMMEDIATE FROM a Jinja2 template"),
    (gzip.compress(b"SELECT 1", mtime=0), "", "a file that is compressed or not UTF-8"),
    ("SELECT 1", " USING (A => 1)", "EXECUTE IMMEDIATE FROM ... USING"),
    ("SELECT 1", " DRY_RUN = TRUE", "EXECUTE IMMEDIATE FROM ... DRY_RUN"),
    ("EXECUTE IMMEDIATE FROM @ST/d/f.sql", "", "files that run one another 5 deep"),
)


@pytest.mark.parametrize(("script", "clause", "message"), REFUSED)
def test_what_takes_an_account_is_refused(fails: Fails, put: Put, script: str, clause: str, message: str) -> None:
    assert message in str(fails(put(script) + clause))


def test_a_file_that_is_not_there_is_named(fails: Fails, put: Put) -> None:
    put("SELECT 1")
    assert "d/f" in str(fails("EXECUTE IMMEDIATE FROM @ST/d/f"))
