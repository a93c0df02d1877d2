"""Session variables: `$name` in a statement stands for the value that SET gave it."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from sqlglot.tokenizer_core import Token

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
        refuse_as_argument(tokens, dollar)
        pieces += [sql[at : dollar.start], known[name.text.upper()]]
        at = name.end + 1
    return "".join([*pieces, sql[at:]])


def refuse_as_argument(tokens: Sequence[Token], variable: Token) -> None:
    """Refuses a variable, at this token, as the argument of a system function that takes a literal."""
    at = next(index for index, token in enumerate(tokens) if token.start == variable.start)
    if at >= 2 and tokens[at - 1].text == "(":
        refuse_variable_of(tokens[at - 2].text.upper())


def refuse_variable_of(function: str) -> None:
    """The page of SYSTEM$SET_RETURN_VALUE alone takes a variable; those of the others take a text in quotes.

    https://docs.snowflake.com/en/sql-reference/functions/system_set_return_value
    """
    if function.startswith("SYSTEM$") and function != "SYSTEM$SET_RETURN_VALUE":
        raise errors.not_emulated(f"{function} of a variable")
