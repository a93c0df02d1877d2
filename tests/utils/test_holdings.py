"""What a role holds, by what SHOW GRANTS tells of it and of the roles below it."""

from collections.abc import Mapping, Sequence

import pytest

from src.utils.holdings import assess, first_look, lacking
from src.utils.needs import Need
from src.utils.sql import Row

ROLE = "DEPLOYER"
TASKS = Need("EXECUTE TASK")
HAND_ON = Need("EXECUTE TASK", to_grant=True)
DATABASE = Need("CREATE DATABASE")
SCHEMA = Need("CREATE SCHEMA", "DATABASE", "D")
USE_SCHEMA = Need("USAGE", "SCHEMA", "D.S")
WAREHOUSE = Need("USAGE", "WAREHOUSE", "W")
GRANT_WAREHOUSE = Need("USAGE", "WAREHOUSE", "W", to_grant=True)
GRANT_STAGE = Need("OWNERSHIP", "STAGE", "D.S.ST", to_grant=True)


def grant(privilege: str, on: str = "ACCOUNT", name: str = "AB12345", option: bool = False, **more: str) -> Row:
    return {"privilege": privilege, "granted_on": on, "name": name, "grant_option": str(option).lower(), **more}


def role(name: str) -> Row:
    return grant("USAGE", "ROLE", name)


class Account:
    """Answers SHOW GRANTS by role (None: refused), and which secondary roles are active."""

    def __init__(self, grants: Mapping[str, list[Row] | None], secondary: str = '{"roles":"","value":""}') -> None:
        self.grants, self.secondary = grants, secondary
        self.asked: list[str] = []

    def __call__(self, statements: Sequence[str]) -> list[list[Row] | None]:
        self.asked += statements
        return [self._answer(sql) for sql in statements]

    def _answer(self, sql: str) -> list[Row] | None:
        if sql.startswith("SELECT"):
            return [{"ROLES": self.secondary}]
        return self.grants.get(sql.removeprefix("SHOW GRANTS TO ROLE "), [])


HELD = [
    (TASKS, [grant("EXECUTE TASK")]),
    (TASKS, [grant("ALL")]),
    (TASKS, [role("ACCOUNTADMIN")]),
    (HAND_ON, [grant("EXECUTE TASK", option=True)]),
    (HAND_ON, [grant("MANAGE GRANTS")]),
    (HAND_ON, [role("SECURITYADMIN")]),
    (DATABASE, [role("SYSADMIN")]),
    (SCHEMA, [grant("OWNERSHIP", "DATABASE", "D", option=True)]),
    (SCHEMA, [grant("CREATE SCHEMA", "DATABASE", "D")]),
    (USE_SCHEMA, [grant("CREATE TABLE", "SCHEMA", "D.S")]),
    (WAREHOUSE, [grant("MANAGE WAREHOUSES")]),
    (Need("USAGE", "FILE FORMAT", "D.S.F"), [grant("USAGE", "FILE_FORMAT", "D.S.F")]),
    (GRANT_STAGE, [grant("OWNERSHIP", "SCHEMA", "D.S", option=True)]),
    (GRANT_WAREHOUSE, [grant("USAGE", "WAREHOUSE", "W", option=True)]),
    (GRANT_WAREHOUSE, [grant("OWNERSHIP", "WAREHOUSE", "W", option=True)]),
    (GRANT_STAGE, [grant("MANAGE GRANTS")]),
]
LACKED = [
    (TASKS, []),
    (TASKS, [grant("EXECUTE MANAGED TASK")]),
    (TASKS, [grant("OWNERSHIP", "ROLE", "TASKS")]),
    (HAND_ON, [grant("EXECUTE TASK")]),
    (DATABASE, [grant("MANAGE GRANTS"), role("SECURITYADMIN")]),
    (SCHEMA, [grant("USAGE", "DATABASE", "D"), grant("OWNERSHIP", "DATABASE", "OTHER")]),
    (WAREHOUSE, [grant("OPERATE", "WAREHOUSE", "W")]),
    (GRANT_STAGE, [grant("READ", "STAGE", "D.S.ST", option=True), grant("OWNERSHIP", "SCHEMA", "D.S2")]),
    (GRANT_WAREHOUSE, [grant("USAGE", "WAREHOUSE", "W"), grant("OPERATE", "WAREHOUSE", "W", option=True)]),
    (Need("ACCOUNTADMIN", "ROLE"), [role("SYSADMIN"), grant("MANAGE GRANTS")]),
]
# What is not a grant on the object, and may give the privilege all the same.
OPEN = [
    (SCHEMA, [grant("USAGE", "DATABASE", "D", is_inherited="true")]),
    (USE_SCHEMA, [grant("USAGE", "DATABASE_ROLE", "D.READERS")]),
]


@pytest.mark.parametrize("told", [True, False], ids=["at once", "by levels"])
@pytest.mark.parametrize(
    ("need", "rows", "is_met"),
    [*((*one, True) for one in HELD), *((*one, False) for one in LACKED), *((*one, None) for one in OPEN)],
    ids=str,
)
def test_a_need_is_met_by_what_gives_it(need: Need, rows: list[Row], is_met: bool | None, told: bool) -> None:
    account = Account({ROLE: rows})
    assert assess(ROLE, [need], rows if told else None, account) == {need: is_met}


@pytest.mark.parametrize(
    "grants",
    [
        {ROLE: [grant("EXECUTE TASK")]},
        {ROLE: [role("TASKS")], "TASKS": [grant("EXECUTE TASK")]},
        {
            ROLE: [role("A"), role("B")],
            "B": [role(ROLE), role('"my role"')],
            '"my role"': [grant("EXECUTE TASK")],
        },
        {"PUBLIC": [grant("EXECUTE TASK")]},
    ],
)
def test_where_the_hierarchy_is_not_told_at_once_it_is_looked_at_level_by_level(grants: dict[str, list[Row]]) -> None:
    assert assess(ROLE, [TASKS], None, Account(grants)) == {TASKS: True}


def test_no_level_is_looked_at_below_the_one_that_meets_every_need() -> None:
    account = Account({ROLE: [grant("EXECUTE TASK"), role("A")]})
    assert lacking(ROLE, [TASKS], None, account) == []
    assert account.asked == [f"SHOW GRANTS TO ROLE {ROLE}", "SHOW GRANTS TO ROLE PUBLIC"]


@pytest.mark.parametrize(
    ("name", "grants"),
    [
        (ROLE, {ROLE: None}),
        (ROLE, {ROLE: [role("HIDDEN")], "HIDDEN": None}),
        (ROLE, {ROLE: [role(f"R{number}") for number in range(500)]}),
        ("", {}),
    ],
    ids=["hidden", "hidden below", "too many", "no role"],
)
def test_what_cannot_be_known_lacks_nothing(name: str, grants: dict[str, list[Row] | None]) -> None:
    assert assess(name, [TASKS], None, Account(grants)) == {TASKS: None}
    assert lacking(name, [TASKS], None, Account(grants)) == []


def test_an_administrator_has_all_of_the_account_and_is_not_asked_about() -> None:
    account = Account({})
    met = assess("ACCOUNTADMIN", [TASKS, HAND_ON, DATABASE, Need("ACCOUNTADMIN", "ROLE")], None, account)
    assert set(met.values()) == {True}
    assert account.asked == []
    assert assess("ACCOUNTADMIN", [SCHEMA], None, Account({})) == {SCHEMA: None}


BY_SECONDARY: dict[str, list[Row] | None] = {
    "OTHER": [grant("USAGE", "WAREHOUSE", "W"), grant("CREATE DATABASE"), grant("EXECUTE TASK", option=True)]
}


def test_secondary_roles_count_but_for_what_is_made_and_for_tasks() -> None:
    account = Account(BY_SECONDARY, '{"roles":"DEPLOYER,OTHER","value":"ALL"}')
    assert lacking(ROLE, [WAREHOUSE, DATABASE, TASKS, HAND_ON], [], account) == [DATABASE, TASKS]
    assert lacking(ROLE, [WAREHOUSE, DATABASE], [], Account(BY_SECONDARY)) == [WAREHOUSE, DATABASE]
    assert lacking(ROLE, [WAREHOUSE, DATABASE], [], Account(BY_SECONDARY, "not told")) == [DATABASE]


def test_nobody_is_asked_where_there_is_nothing_to_need() -> None:
    account = Account({})
    assert assess(ROLE, [], None, account) == {}
    assert account.asked == []


def test_the_first_look_is_one_statement() -> None:
    assert first_look("my role") == 'SHOW GRANTS TO ROLE "my role" INCLUDE HIERARCHY'
