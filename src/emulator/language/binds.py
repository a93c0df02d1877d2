"""Bound values as literals, where a statement is read word by word and DuckDB has no place for them."""

from collections.abc import Sequence
from typing import Any

from sqlglot.tokenizer_core import TokenType

from .. import errors
from .identifiers import Parameters
from .reader import PLACES, tokenize


def inline(sql: str, parameters: Parameters, *, arguments_only: bool = False) -> tuple[str, Parameters]:
    """The statement with its `?` replaced by the values, and the values that are left.

    `arguments_only` replaces only those of a table function's named arguments, as in `LOCATION => ?`.
    Raises 002049 for one that has no value.
    """
    if not isinstance(parameters, Sequence) or "?" not in sql:
        return sql, parameters
    tokens, pieces, end = tokenize(sql), [], 0
    left: list[Any] = []
    places = [index for index, token in enumerate(tokens) if token.token_type in PLACES]
    for bound, index in enumerate(places):
        if bound >= len(parameters):
            raise errors.bind_variable_not_set("?")
        if arguments_only and tokens[index - 1].token_type != TokenType.FARROW:
            left.append(parameters[bound])
            continue
        pieces += [sql[end : tokens[index].start], literal(parameters[bound])]
        end = tokens[index].start + 1
    return "".join([*pieces, sql[end:]]), tuple(left)


def shares(statements: Sequence[str], parameters: Parameters) -> list[tuple[Any, ...] | None]:
    """What of the values bound to a text of several statements is each one's: they take them in their order.

    So the Python connector sends what `executemany(..., num_statements=n)` runs. Raises 002049 where values lack.
    """
    if not parameters:
        return [None] * len(statements)
    if not isinstance(parameters, Sequence):
        raise errors.not_emulated("values bound by name to several statements in one text")
    parts: list[tuple[Any, ...] | None] = []
    end = 0
    for sql in statements:
        start, end = end, end + sum(token.token_type in PLACES for token in tokenize(sql))
        parts.append(tuple(parameters[start:end]))
    if end > len(parameters):
        raise errors.bind_variable_not_set("?")
    return parts


def literal(value: object) -> str:
    """A value as Snowflake's SQL writes it.

    https://docs.snowflake.com/en/sql-reference/data-types-text#string-constants
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value).upper()
    return "'{}'".format(str(value).replace("\\", "\\\\").replace("'", "''"))
