"""What becomes of a statement that the account refuses."""

import pytest
from snowflake.connector.errors import ProgrammingError

from config import CONFIG
from src.deployment.runner import Action, perform
from src.deployment.sending import Sender
from src.infrastructure import grants, query_acceleration, warehouses
from src.infrastructure.states import DesiredState
from src.utils.queries import Row

[EXECUTE_TASK] = [one for one in grants.account_grants(CONFIG) if " ON ACCOUNT " in one.sql]
ACCELERATION = query_acceleration.query_acceleration(CONFIG)[0]
WAREHOUSE = warehouses.warehouses(CONFIG)[0]

REFUSED = [
    (EXECUTE_TASK, 3001, "Insufficient privileges to operate on account 'X'", "skipped"),
    (EXECUTE_TASK, 3011, "Grant partially executed: privileges [EXECUTE TASK] not granted.", "skipped"),
    (EXECUTE_TASK, 3102, "Grant not executed: Insufficient privileges.", "skipped"),
    (EXECUTE_TASK, 2003, "Role 'DATA_ENG_ROLE' does not exist or not authorized.", "failed"),
    (ACCELERATION, 1423, "invalid property ...; feature 'Query Acceleration Service' not enabled", "skipped"),
    (ACCELERATION, 1420, "invalid property 'ENABLE_QUERY_ACCELERATION' for 'WAREHOUSE'", "skipped"),
    (ACCELERATION, 2, "Unsupported feature 'QUERY_ACCELERATION'.", "skipped"),
    (ACCELERATION, 90073, "Warehouse 'W' cannot be resumed.", "failed"),
    (WAREHOUSE, 3001, "Insufficient privileges to operate on account 'X'", "failed"),
    (WAREHOUSE, 1423, "invalid property 'GENERATION'; feature 'Gen2' not enabled", "failed"),
]


@pytest.mark.parametrize(("statement", "errno", "text", "result"), REFUSED)
def test_what_the_demo_can_do_without_is_skipped_with_a_note_where_the_account_refuses_it(
    statement: DesiredState, errno: int, text: str, result: str
) -> None:
    def execute(sql: str) -> list[Row]:
        raise ProgrammingError(text, errno=errno)

    with Sender(execute) as sender:
        outcome = perform(Action(statement, statement.sql, "created"), sender)
    assert outcome.result == result
    assert (text.rstrip(".") in outcome.warning) == (result == "skipped")
