"""The session is opened where it should be, and failures say what to do next."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from snowflake.connector.errors import DatabaseError, ForbiddenError

from src.utils.errors import DemoError
from src.utils.secrets import redact
from src.utils.snowpark_session import Depth, Target, context, explain, open_session

if TYPE_CHECKING:
    from snowflake.snowpark import Session

EMULATOR = Target("local", True, "")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("SNOWFLAKE_HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    return tmp_path / "state"


def test_a_session_on_the_emulator_carries_the_query_tag_and_counts_its_depth() -> None:
    with open_session(EMULATOR, query_tag="TAG") as opened:
        [row] = opened.session.sql("SHOW PARAMETERS LIKE 'QUERY_TAG'").collect()
        assert row["value"] == "TAG"
        opened.session.sql("CREATE WAREHOUSE W").collect()
        assert opened.depth() == Depth(executed=1, recorded=1)


def test_a_proxy_in_the_environment_is_not_asked_for_the_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with open_session(EMULATOR, query_tag="TAG") as opened:
        assert opened.session.sql("SELECT 1").collect()[0][0] == 1
        assert opened.depth() == Depth(executed=1, recorded=0)


def test_a_foreign_state_folder_is_an_error_with_the_next_step(state: Path) -> None:
    state.mkdir()
    (state / "thesis.txt").write_text("x")
    with pytest.raises(DemoError, match="Name another folder with DATA_ENG_DEMO_STATE"):
        open_session(EMULATOR, query_tag="").__enter__()


ACTIVE = Target("active session", False, "", active=True)


def test_the_session_that_snowflake_has_opened_is_taken_and_left_as_it_was() -> None:
    with open_session(EMULATOR, query_tag="THEIRS") as theirs:
        theirs.session.query_tag = "THEIRS"
        with open_session(ACTIVE, query_tag="OURS") as opened:
            assert opened.session is theirs.session
            assert opened.session.sql("SHOW PARAMETERS LIKE 'QUERY_TAG'").collect()[0]["value"] == "OURS"
            assert opened.depth() is None
        assert theirs.session.sql("SHOW PARAMETERS LIKE 'QUERY_TAG'").collect()[0]["value"] == "THEIRS"


CURRENT = "SELECT CURRENT_ROLE(), CURRENT_WAREHOUSE(), CURRENT_DATABASE(), CURRENT_SCHEMA()"
MADE = (
    *("CREATE ROLE LOADER", 'CREATE WAREHOUSE "Small one"', "CREATE WAREHOUSE LARGE"),
    *("CREATE DATABASE ONE", "CREATE SCHEMA ONE.RAW", "CREATE DATABASE TWO", 'CREATE SCHEMA TWO."Fine"'),
    *("GRANT ROLE LOADER TO ROLE ACCOUNTADMIN", "USE SCHEMA ONE.RAW", "USE WAREHOUSE LARGE"),
)
BEFORE = ("ACCOUNTADMIN", "LARGE", "ONE", "RAW")


@pytest.fixture
def session() -> Iterator["Session"]:
    with open_session(EMULATOR, query_tag="TAG") as opened:
        for statement in MADE:
            opened.session.sql(statement).collect()
        yield opened.session


def current(session: "Session") -> tuple[Any, ...]:
    return tuple(session.sql(CURRENT).collect()[0])


@pytest.mark.parametrize(
    ("asked", "inside"),
    [
        ({}, BEFORE),
        ({"role": "LOADER"}, ("LOADER", "LARGE", "ONE", "RAW")),
        ({"warehouse": "Small one"}, ("ACCOUNTADMIN", "Small one", "ONE", "RAW")),
        ({"database": "TWO"}, ("ACCOUNTADMIN", "LARGE", "TWO", "PUBLIC")),
        ({"schema": "PUBLIC"}, ("ACCOUNTADMIN", "LARGE", "ONE", "PUBLIC")),
        ({"database": "TWO", "schema": "Fine"}, ("ACCOUNTADMIN", "LARGE", "TWO", "Fine")),
    ],
)
def test_what_is_current_is_switched_for_a_block_and_put_back(
    session: "Session", asked: dict[str, str], inside: tuple[str, ...]
) -> None:
    with context(session, **asked):
        assert current(session) == inside
    assert current(session) == BEFORE


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_was_current_is_put_back_after_an_error(session: "Session", error: type[BaseException]) -> None:
    with pytest.raises(error), context(session, database="TWO", schema="Fine", role="LOADER"):
        raise error
    assert current(session) == BEFORE


@pytest.mark.parametrize("kind", ["role", "warehouse", "database", "schema"])
def test_what_cannot_be_used_is_named_and_nothing_stays_switched(session: "Session", kind: str) -> None:
    with pytest.raises(DemoError, match=f"The {kind} GONE cannot be used"):
        context(session, **{"warehouse": "Small one", "database": "TWO"} | {kind: "GONE"}).__enter__()
    assert current(session) == BEFORE


def test_blocks_stand_in_one_another_and_a_use_of_their_own_is_put_back(session: "Session") -> None:
    with context(session, warehouse="Small one"):
        with context(session, database="TWO"):
            session.sql("USE SCHEMA ONE.PUBLIC").collect()
        assert current(session) == ("ACCOUNTADMIN", "Small one", "ONE", "RAW")
    assert current(session) == BEFORE


def test_what_is_gone_by_the_end_is_named_and_the_rest_is_put_back(session: "Session") -> None:
    with (
        pytest.raises(DemoError, match=r'The warehouse "LARGE" cannot be used'),
        context(session, warehouse="Small one", database="TWO"),
    ):
        session.sql("DROP WAREHOUSE LARGE").collect()
    assert current(session) == ("ACCOUNTADMIN", "Small one", "ONE", "RAW")


def test_the_session_that_snowflake_has_opened_keeps_its_warehouse_and_schema(session: "Session") -> None:
    with open_session(ACTIVE, query_tag="OURS") as opened:
        opened.session.sql("USE DATABASE TWO").collect()
        opened.session.sql('USE WAREHOUSE "Small one"').collect()
    assert current(session) == BEFORE


def test_without_an_active_session_a_connection_is_asked_for() -> None:
    with pytest.raises(DemoError, match=r"Pass --connection_name\.$"):
        open_session(ACTIVE, query_tag="").__enter__()


@pytest.mark.parametrize(("unhurried", "expected"), [(False, 30), (True, None)])
def test_a_login_has_a_limit_of_ours_unless_the_connection_is_unhurried(
    unhurried: bool, expected: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def connect(**parameters: Any) -> None:
        asked.update(parameters)
        raise DatabaseError("enough")

    monkeypatch.setattr("snowflake.connector.connect", connect)
    with pytest.raises(DemoError, match="enough"):
        open_session(Target("dev", False, "", unhurried=unhurried), query_tag="").__enter__()
    assert asked.get("login_timeout") == expected
    assert asked["connection_name"] == "dev"


EXPLAINED = [
    (DatabaseError(msg="Incorrect username or password was specified.", errno=390100), "Check user and password"),
    (DatabaseError(msg="JWT token is invalid. [abc]", errno=390144), "public key of private_key_file"),
    (DatabaseError(msg="Your password has expired.", errno=390106), "change the password"),
    (DatabaseError(msg="Your free trial has ended.", errno=390913), "Add a payment method"),
    (
        ForbiddenError(msg="404 Not Found: post x.snowflakecomputing.com", errno=290404),
        "Check account in connections.toml",
    ),
    (
        DatabaseError(msg="Insufficient privileges to operate on account 'X'", errno=3001),
        "Use a role that has the privilege",
    ),
    (DatabaseError(msg="Failed to connect to DB. Name or service not known", errno=250001), "Check the network"),
    (
        DatabaseError(msg="IP 1.2.3.4 is not allowed to access Snowflake.", errno=390420),
        "Connect from an allowed network",
    ),
    (DatabaseError(msg="Something nobody has seen", errno=1), "Something nobody has seen"),
]


@pytest.mark.parametrize(("error", "words"), EXPLAINED, ids=[str(case[0].errno) for case in EXPLAINED])
def test_an_error_is_explained_with_its_next_step(error: Exception, words: str) -> None:
    assert words in explain(error)


SECRET = [
    ("password=hunter2 and more", "password=*** and more"),
    ('{"token": "abc.def", "user": "me"}', '{"token": ***, "user": "me"}'),
    ("private_key_file_pwd = 'hunter two'", "private_key_file_pwd = ***"),
    ("oauth_client_secret: s3cret; next", "oauth_client_secret: ***; next"),
    ("Bearer eyJhbGciOi.eyJzdWIi.c2ln", "Bearer ***"),
    ("PASSCODE: 123456", "PASSCODE: ***"),
    ("nothing secret here", "nothing secret here"),
]


@pytest.mark.parametrize(("text", "shown"), SECRET)
def test_a_secret_is_not_shown(text: str, shown: str) -> None:
    assert redact(text) == shown
