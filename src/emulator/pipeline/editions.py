"""What an account lacks by its edition, or as a trial, where an account words that in its own way.

What the emulator does not have either is refused in the account's words. What differs otherwise is where it is:
retention in databases.py, warehouses in warehouses.py, ACCESS_HISTORY in account_usage.py.
https://docs.snowflake.com/en/user-guide/intro-editions, https://docs.snowflake.com/en/user-guide/admin-trial-account
"""

from collections.abc import Mapping

from snowflake.connector.errors import ProgrammingError

from .. import errors
from ..account import Account

_VERBS = ("CREATE", "ALTER", "DROP", "DESCRIBE")
# Statements, and what an account calls the feature.
_OF_STANDARD: Mapping[str, str] = {
    **dict.fromkeys((*(f"{verb} TAG" for verb in _VERBS), "SHOW TAGS", "SHOW TERSE TAGS"), "TAG"),
    "CREATE MATERIALIZED VIEW": "MATERIALIZED VIEWS",
}
_OF_TRIAL: Mapping[str, str] = {"CREATE HYBRID TABLE": "HYBRID TABLE"}


def refusal(account: Account, words: str) -> ProgrammingError:
    """Why a statement that the emulator does not run is refused: the account lacks it, or else the emulator."""
    return _lacks(account, words) or errors.not_emulated(words)


def check(account: Account, words: str) -> None:
    """Raises for a statement that the account lacks."""
    if (lacks := _lacks(account, words)) is not None:
        raise lacks


def _lacks(account: Account, words: str) -> ProgrammingError | None:
    if account.is_trial and words == "CREATE EXTERNAL ACCESS INTEGRATION":
        return errors.no_external_access_on_trial()
    if account.edition == "STANDARD" and words in _OF_STANDARD:
        return errors.unsupported(_OF_STANDARD[words])
    if account.is_trial and words in _OF_TRIAL:
        return errors.unsupported(_OF_TRIAL[words])
    return None
