"""Reading what SHOW answers, also where no emulator can be brought to answer it."""

from typing import Any

import pytest
from snowflake.connector.errors import OperationalError, ProgrammingError

from config import CONFIG
from src.deployment.comparison import compare, unmanaged
from src.deployment.inspection import look, look_for_ours, probes
from src.deployment.sending import Sender
from src.deployment.steps import batches
from src.infrastructure import grants, query_acceleration, warehouses
from src.infrastructure.states import Snapshot
from src.utils.errors import DemoError
from src.utils.queries import Row

from .conftest import Command, Sql


def answering(answers: dict[str, list[Row] | Exception]) -> Sender:
    """A sender that answers nothing but this."""

    def execute(sql: str) -> list[Row]:
        answer = answers.get(sql, [])
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Sender(execute, pause=lambda seconds: None)


def warehouse(name: str, **columns: Any) -> Row:
    return {
        "name": name,
        "size": "X-Small",
        "auto_suspend": None,
        "auto_resume": "true",
        "resource_monitor": "null",
        "comment": None,
    } | columns


def test_there_is_one_show_for_each_kind_and_a_few_for_each_warehouse_and_role() -> None:
    assert len(probes(CONFIG)) == 4 + 3 + len(CONFIG.warehouses) + 3 * len(CONFIG.roles)
    assert len([one for one in probes(CONFIG) if not one.of and " IN DATABASE " not in one.sql]) == 4


def test_a_warehouse_that_never_suspends_is_read_as_0() -> None:
    found = look(answering({"SHOW WAREHOUSES": [warehouse("WH")]}), CONFIG)
    assert found.objects["WAREHOUSE", "WH"].properties["auto_suspend"] == "0"


def test_a_column_that_an_accounts_show_does_not_have_is_not_compared() -> None:
    rows = [warehouse("DATA_ENG_LOAD_WH"), warehouse("W", generation="2", enable_query_acceleration="true")]
    found = look(answering({"SHOW WAREHOUSES": rows}), CONFIG)
    [acceleration, *_] = query_acceleration.query_acceleration(CONFIG)
    [without, *_] = warehouses.warehouses(CONFIG)
    assert compare(acceleration, found).differences == ()
    assert "generation" not in {one.property for one in compare(without, found).differences}
    assert found.objects["WAREHOUSE", "W"].properties["generation"] == "2"
    assert found.objects["QUERY ACCELERATION", "W"].properties == {"enable_query_acceleration": "true"}


def test_a_strange_name_is_quoted_and_meets_no_other() -> None:
    found = look(answering({"SHOW WAREHOUSES": [warehouse("wh"), warehouse("WH"), warehouse("A.B")]}), CONFIG)
    assert {name for kind, name in found.objects if kind == "WAREHOUSE"} == {'"wh"', "WH", '"A.B"'}


def test_only_our_stamp_makes_an_object_ours() -> None:
    comments = ["[data-eng-demo DATA_ENG_DEMO full]", "[data-eng-demo BOB_DATA_ENG_DEMO full]", "", None]
    rows = [warehouse(f"W{number}", comment=comment) for number, comment in enumerate(comments)]
    found = look(answering({"SHOW WAREHOUSES": rows}), CONFIG)
    assert [found.objects["WAREHOUSE", f"W{number}"].ours for number in range(4)] == [True, False, False, False]


MONITOR = {"name": "DATA_ENG_MONITOR", "credit_quota": "10.00", "level": None}


@pytest.mark.parametrize(
    ("level", "users", "ours"),
    [
        (None, [], True),
        ("WAREHOUSE", [warehouse("W", comment="[data-eng-demo DATA_ENG_DEMO full]")], True),
        ("WAREHOUSE", [warehouse("W", comment="theirs")], False),
        ("ACCOUNT", [], False),
    ],
)
def test_a_resource_monitor_is_ours_if_only_our_warehouses_use_it(
    level: str | None, users: list[Row], ours: bool
) -> None:
    rows = [user | {"resource_monitor": "DATA_ENG_MONITOR"} for user in users]
    sender = answering({"SHOW RESOURCE MONITORS": [MONITOR | {"level": level}], "SHOW WAREHOUSES": rows})
    assert look(sender, CONFIG).objects["RESOURCE MONITOR", "DATA_ENG_MONITOR"].ours is ours


INHERITED = [("true", 0), ("Y", 0), (True, 0), ("false", 1), (None, 1)]


@pytest.mark.parametrize(("is_inherited", "found"), INHERITED)
def test_what_a_role_has_by_an_inherited_grant_is_not_too_much(is_inherited: object, found: int) -> None:
    row: dict[str, Any] = {"privilege": "MONITOR", "granted_on": "WAREHOUSE", "name": "DATA_ENG_ANALYTICS_WH"}
    row |= {"is_inherited": is_inherited} if is_inherited is not None else {}  # older accounts have no such column
    snapshot = look(answering({"SHOW GRANTS TO ROLE ANALYST_ROLE": [row]}), CONFIG)
    extra = unmanaged([one for batch in batches(CONFIG) for one in batch], snapshot)
    assert [one.difference.property for one in extra] == ["MONITOR"] * found


def test_a_grant_on_the_account_is_read_whatever_the_account_is_called() -> None:
    row = {"privilege": "EXECUTE TASK", "granted_on": "ACCOUNT", "name": "XY12345"}
    found = look(answering({"SHOW GRANTS TO ROLE DATA_ENG_ROLE": [row]}), CONFIG)
    [wanted] = [one for one in grants.account_grants(CONFIG) if one.name.startswith("ACCOUNT")]
    assert compare(wanted, found).differences == ()


def test_shares_of_others_to_us_are_not_looked_at() -> None:
    row = {"name": "S", "kind": "INBOUND", "comment": "[data-eng-demo DATA_ENG_DEMO full]"}
    rows = [row, row | {"name": "T", "kind": "OUTBOUND"}]
    assert list(look_for_ours(answering({"SHOW SHARES": rows}), CONFIG).objects) == [("SHARE", "T")]


@pytest.mark.parametrize("errno", [2003, 2043])
def test_what_does_not_exist_is_absent(errno: int) -> None:
    show = "SHOW SCHEMAS IN DATABASE DATA_ENG_DEMO"
    sender = answering({show: ProgrammingError("does not exist or not authorized.", errno=errno)})
    assert look(sender, CONFIG) == Snapshot()


def test_what_this_role_may_not_look_at_is_said() -> None:
    error = ProgrammingError("Insufficient privileges to operate on account.", errno=3001)
    found = look_for_ours(answering({"SHOW RESOURCE MONITORS": error}), CONFIG)
    assert [text.partition(" Use a role")[0] for text in found.unseen] == [
        "003001: Insufficient privileges to operate on account."
    ]


def test_a_show_that_fails_ends_the_run() -> None:
    sender = answering({"SHOW ROLES": OperationalError("The network is down.", errno=250003)})
    with pytest.raises(DemoError, match=r"^The account cannot be inspected: SHOW ROLES failed\. .*The network is down"):
        look(sender, CONFIG)


def test_a_show_that_reaches_its_limit_ends_the_run_since_more_may_be_there() -> None:
    rows = [{"name": f"R{number}", "comment": ""} for number in range(10_000)]
    with pytest.raises(DemoError, match=r"SHOW ROLES answers 10,000 rows and no more"):
        look(answering({"SHOW ROLES": rows}), CONFIG)


@pytest.mark.usefixtures("built")
def test_after_full_the_snapshot_holds_every_object_as_ours(command: Command, sql: Sql, sender: Sender) -> None:
    sql("CREATE WAREHOUSE THEIRS INITIALLY_SUSPENDED = TRUE")
    found = look(sender, CONFIG)
    assert sum(one.ours for one in found.objects.values() if one.kind == "WAREHOUSE") == 3
    assert not found.objects["WAREHOUSE", "THEIRS"].ours
    assert found.objects["SCHEMA", "DATA_ENG_DEMO.CURATED"].properties["retention_time"] == "as the database"


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("order", [1, -1])
def test_what_show_answers_is_read_by_the_columns_names_whatever_comes_in_front(sender: Sender, order: int) -> None:
    def execute(sql: str) -> list[Row]:
        return [{"a_new_column": "x", **dict([*row.items()][::order])} for row in sender.execute(sql)]

    for read in (look, look_for_ours):
        assert read(Sender(execute), CONFIG) == read(sender, CONFIG) != Snapshot()
