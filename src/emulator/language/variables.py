"""Session variables: `$name` in a statement stands for the value that SET gave it."""

from collections.abc import Mapping
from itertools import pairwise

from .. import errors
from .reader import tokenize


def inline(sql: str, values: Mapping[str, str]) -> str:
    """The statement with its variables replaced. Raises if one was never set; `$1` is a column.

    https://docs.snowflake.com/en/sql-reference/session-variables
    """
    if "$" not in sql:
        return sql
    known = {name.upper(): value for name, value in values.items()}
    tokens, pieces, at = tokenize(sql), [], 0
    for dollar, name in pairwise(tokens):
        if dollar.text != "$" or name.start != dollar.end + 1 or not name.text[0].isalpha():
            continue
        if name.text.upper() not in known:
            raise errors.no_variable(f"${name.text.upper()}")
        pieces += [sql[at : dollar.start], known[name.text.upper()]]
        at = name.end + 1
    return "".join([*pieces, sql[at:]])
