"""Views: secure or not, shown with their text. https://docs.snowflake.com/en/sql-reference/sql/create-view"""

import pytest

from tests.emulator.conftest import Fails, Rows, Run

pytestmark = pytest.mark.emulator("module")


@pytest.fixture(autouse=True)
def table(run: Run) -> None:
    run("CREATE TABLE T AS SELECT 1 AS A, 'x' AS B")


def test_show_views_says_which_are_secure(run: Run, rows: Rows) -> None:
    run("CREATE SECURE VIEW S COMMENT = 'safe' AS SELECT A FROM T")
    run("CREATE OR REPLACE VIEW P AS SELECT B FROM T")
    plain, secure = rows("SHOW VIEWS IN SCHEMA DEMO.PUBLIC")
    assert (plain["name"], plain["is_secure"], plain["comment"]) == ("P", "false", "")
    assert (secure["name"], secure["is_secure"], secure["comment"]) == ("S", "true", "safe")
    assert secure["text"] == "CREATE SECURE VIEW S COMMENT = 'safe' AS SELECT A FROM T"
    assert run("SELECT * FROM S") == [(1,)]


@pytest.mark.parametrize(("sql", "secure"), [("SET SECURE", "true"), ("UNSET SECURE", "false")])
def test_a_view_becomes_secure_and_back(run: Run, rows: Rows, sql: str, secure: str) -> None:
    run("CREATE VIEW V AS SELECT A FROM T")
    run(f"ALTER VIEW V {sql}")
    assert [view["is_secure"] for view in rows("SHOW VIEWS")] == [secure]


def test_a_comment_is_set_and_unset(run: Run, rows: Rows) -> None:
    run("CREATE VIEW V AS SELECT A FROM T")
    run("ALTER VIEW V SET COMMENT = 'it''s mine'")
    assert rows("SHOW VIEWS")[0]["comment"] == "it's mine"
    run("ALTER VIEW V UNSET COMMENT")
    assert rows("SHOW VIEWS")[0]["comment"] == ""


def test_a_view_that_is_there_stays_under_if_not_exists(run: Run, rows: Rows) -> None:
    run("CREATE SECURE VIEW V AS SELECT A FROM T")
    run("CREATE VIEW IF NOT EXISTS V AS SELECT B FROM T")
    assert rows("SHOW VIEWS")[0]["is_secure"] == "true"
    assert run("SELECT * FROM V") == [(1,)]


def test_a_dropped_view_is_not_shown(run: Run, rows: Rows) -> None:
    run("CREATE VIEW V AS SELECT A FROM T")
    run("DROP VIEW V")
    assert rows("SHOW VIEWS") == []
    assert rows("SHOW VIEWS IN ACCOUNT") == []


def test_replacing_a_view_takes_its_grants_away(run: Run, rows: Rows) -> None:
    run("CREATE VIEW V AS SELECT A FROM T")
    run("GRANT SELECT ON VIEW V TO ROLE SYSADMIN")
    assert [grant["privilege"] for grant in rows("SHOW GRANTS TO ROLE SYSADMIN")] == ["SELECT"]
    run("CREATE OR REPLACE VIEW V AS SELECT A FROM T")
    assert rows("SHOW GRANTS TO ROLE SYSADMIN") == []


@pytest.mark.parametrize(
    ("sql", "errno"),
    [
        ("ALTER VIEW NOPE SET SECURE", 2003),
        ("ALTER VIEW T2 RENAME TO T3", 2003),
        ("CREATE MATERIALIZED VIEW M AS SELECT A FROM T", 2),
        ("CREATE OR ALTER VIEW V AS SELECT A FROM T", 2),
    ],
)
def test_what_cannot_be_is_refused(fails: Fails, sql: str, errno: int) -> None:
    assert fails(sql).errno == errno
