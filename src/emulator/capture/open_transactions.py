"""The transactions that are open: SHOW TRANSACTIONS, SHOW LOCKS, and to abort one of another session."""

from collections.abc import Iterator
from typing import Any

from .. import errors
from ..account.privileges import ACCOUNTADMIN
from ..language.reader import Reader
from ..language.result import Result, columns, table
from ..session import Session
from ..session.transactions import Transaction

# https://docs.snowflake.com/en/sql-reference/sql/show-transactions
_TRANSACTIONS = columns("id:number user session:number name started_on:time state scope:number")

# https://docs.snowflake.com/en/sql-reference/sql/show-locks
_LOCKS = columns("resource type transaction:number transaction_started_on:time status acquired_on:time query_id")


def _open(session: Session, *, of_account: bool = False) -> Iterator[tuple[Session, Transaction]]:
    """Each open transaction of the session's user, or of the account, with its session, the oldest first."""
    sessions = session.history.running.sessions()
    found = [(owner, owner.transaction) for owner in sessions if of_account or owner.asker == session.asker]
    of_all = [(owner, transaction) for owner, transaction in found if transaction and not transaction.aborted]
    yield from sorted(of_all, key=lambda pair: pair[1].id)


def current(session: Session) -> str | None:
    """The open transaction's number. https://docs.snowflake.com/en/sql-reference/functions/current_transaction"""
    return None if session.transaction is None else str(session.transaction.id)


def show_transactions(session: Session, reader: Reader) -> Result:
    """`SHOW TRANSACTIONS [IN ACCOUNT]`: the user's own, or all of them. Raises 003001 for those of others.

    https://docs.snowflake.com/en/sql-reference/sql/show-transactions
    """
    of_account = reader.accept("IN", "ACCOUNT")
    reader.finish()
    if of_account and ACCOUNTADMIN not in session.roles:
        raise errors.insufficient_privileges(f"account '{session.account.name}'")
    rows = [
        {
            "id": transaction.id,
            "user": owner.user,
            "session": int(owner.id),
            "name": transaction.name,
            "started_on": transaction.started_on,
            "state": "running",
            "scope": 0,
        }
        for owner, transaction in _open(session, of_account=of_account)
    ]
    return table(_TRANSACTIONS, rows)


def show_locks(session: Session, reader: Reader) -> Result:
    """`SHOW LOCKS [IN ACCOUNT]`: the tables that transactions have changed, or wait to change.

    They are those of the user, and to ACCOUNTADMIN those of the account, with their sessions.
    INSERT and COPY lock nothing on an account. Here a transaction locks its whole database (transactions.py): what it
    has inserted into is shown while another waits for it.
    https://docs.snowflake.com/en/sql-reference/sql/show-locks
    https://docs.snowflake.com/en/sql-reference/transactions#resource-locking
    """
    of_account = reader.accept("IN", "ACCOUNT") and ACCOUNTADMIN in session.roles
    reader.finish()
    found = list(_open(session, of_account=of_account))
    waited_for = {
        path[0] for _, transaction in found for path, lock in transaction.locks.items() if lock.acquired_on is None
    }
    shown = [row for owner, transaction in found for row in _locks(owner, transaction, waited_for)]
    return table((*(columns("session:number") if of_account else ()), *_LOCKS), shown)


def _locks(owner: Session, transaction: Transaction, waited_for: set[str]) -> Iterator[dict[str, Any]]:
    for path, lock in list(transaction.locks.items()):
        if lock.appends and path[0] not in waited_for:
            continue
        yield {
            "resource": ".".join(path),
            "type": "PARTITIONS",
            "transaction": transaction.id,
            "transaction_started_on": transaction.started_on,
            "status": "WAITING" if lock.acquired_on is None else "HOLDING",
            "acquired_on": lock.acquired_on,
            "query_id": lock.query_id,
            "session": int(owner.id),
        }


def abort(session: Session, id_: str) -> str:
    """Rolls a transaction back: the user's own, ACCOUNTADMIN anybody's; what it runs is cancelled first.

    https://docs.snowflake.com/en/sql-reference/functions/system_abort_transaction
    """
    every = _open(session, of_account=True)
    owner = next((owner for owner, transaction in every if str(transaction.id) == id_), None)
    if owner is None:
        raise errors.no_transaction(id_)
    if owner.asker != session.asker and ACCOUNTADMIN not in session.roles:
        raise errors.insufficient_privileges(f"account '{session.account.name}'")
    if owner is session:
        session.roll_back()
    else:
        running = session.history.running
        running.cancel(lambda entry: entry.session is owner)
        running.wait_idle(owner)
        with owner.lock:
            owner.abort_transaction()
    return f"Aborted transaction id: {id_}"
