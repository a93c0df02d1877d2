"""IDENTIFIER(...): the name that is in it, put in its place before anything else looks at the statement."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from snowflake.connector.errors import ProgrammingError
from sqlglot.tokenizer_core import Token, TokenType

from .. import errors
from .names import duck_name
from .reader import PLACES, Path, Reader, tokenize
from .variables import inline

Parameters = Sequence[Any] | Mapping[Any, Any] | None


def resolve(
    sql: str, parameters: Parameters = None, variables: Mapping[str, str] | None = None
) -> tuple[str, Parameters]:
    """The statement with the names that texts, bound values and session variables hold; the values that are left.

    `variables` are the session's, as SQL.

    The body of a task, a pipe or a block is left alone: its names are resolved when it runs. Raises 001003 for a text
    that is not a name, 002049 for a value that is not bound; refuses any other argument by name.
    https://docs.snowflake.com/en/sql-reference/identifier-literal
    """
    if "IDENTIFIER" not in sql.upper():
        return sql, parameters
    sql, parameters = _in_order(sql, parameters)
    tokens = tokenize(sql)
    pieces: list[str] = []
    end, bound, used = 0, 0, set[Any]()
    for index in range(_body(tokens)):
        if tokens[index].token_type in PLACES:
            bound += 1
        if not _is_call(tokens, index):
            continue
        close = next((at for at in range(index, len(tokens)) if tokens[at].text == ")"), len(tokens) - 1)
        argument = tokens[index + 2 : close]
        match [token.text for token in argument]:
            case [text] if argument[0].token_type in (TokenType.STRING, TokenType.RAW_STRING):
                name = text
            case ["$", _]:
                name = _text(inline("".join(token.text for token in argument), variables or {}))
            case ["?"]:
                name = str(_bound(parameters, bound, "?"))
                used.add(bound)
            case [":", variable] if isinstance(parameters, Mapping):
                name = str(_bound(parameters, variable.upper(), f":{variable.upper()}"))
            case _:
                raise errors.not_emulated("IDENTIFIER of anything but a text, a session variable or a bound value")
        pieces += [sql[end : tokens[index].start], duck_name(_path(name, sql, tokens[index]))]
        end = tokens[close].end + 1
    if used and isinstance(parameters, Sequence):
        parameters = tuple(value for place, value in enumerate(parameters) if place not in used)
    return "".join([*pieces, sql[end:]]), parameters


def _in_order(sql: str, parameters: Parameters) -> tuple[str, Parameters]:
    """The statement with `?` for each `:1`, and the values in the order of these; raises 002049 for one that lacks."""
    if not isinstance(parameters, Sequence) or ":" not in sql:
        return sql, parameters
    pieces, values, end = [], [], 0
    for colon, number in pairwise(tokenize(sql)):
        if colon.text == ":" and number.token_type == TokenType.NUMBER and number.start == colon.end + 1:
            pieces += [sql[end : colon.start], "?"]
            values.append(_bound(parameters, int(number.text) - 1, f":{number.text}"))
            end = number.end + 1
    return ("".join([*pieces, sql[end:]]), tuple(values)) if values else (sql, parameters)


def _is_call(tokens: Sequence[Token], index: int) -> bool:
    word = tokens[index]
    is_name = word.token_type != TokenType.IDENTIFIER and word.text.upper() == "IDENTIFIER"
    return is_name and index + 1 < len(tokens) and tokens[index + 1].text == "("


def _bound(parameters: Parameters, place: Any, written: str) -> Any:
    try:
        return parameters[place]  # type: ignore[index]
    except (KeyError, IndexError, TypeError):
        raise errors.bind_variable_not_set(written) from None


def _text(sql: str) -> str:
    """The text that a session variable holds; what is not a text is not a name either."""
    reader = Reader(sql)
    return reader.text() if reader.sees_text() else sql


def _path(name: str, sql: str, at: Token) -> Path:
    try:
        reader = Reader(name)
        path = reader.path(most=4)
        reader.finish()
    except ProgrammingError:
        raise errors.syntax_error(sql, at.start, name) from None
    return path


def _body(tokens: Sequence[Token]) -> int:
    """Where the statement ends, or the body begins that is a statement of its own."""
    words = [token.text.upper() for token in tokens]
    if words[:1] in (["BEGIN"], ["DECLARE"]):
        return 0
    kind = next((word for word in words[1:] if word not in ("OR", "REPLACE", "ALTER")), "")
    has_body = words[0] in ("CREATE", "ALTER") and kind in ("TASK", "PIPE") and "AS" in words
    return words.index("AS") if has_body else len(tokens)
