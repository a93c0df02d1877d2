"""The values of a block's variables, and how they get into its statements and expressions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlglot import Expr, exp
from sqlglot.tokenizer_core import Token, TokenType

from .. import errors
from ..catalog.table_names import identifier
from ..language import identifiers
from ..language.dialect import parse_one
from ..language.names import function_name
from ..language.reader import tokenize
from ..language.result import TEXT
from ..language.variables import refuse_as_argument, refuse_variable_of

SELECT = "SELECT "  # what is put before an expression to read it as a query's


@dataclass(frozen=True)
class Variable:
    """A value with its DuckDB type, and the Snowflake type that later values are cast to, if one was declared.

    RETURN of some that nobody declared gives a text: recorded, frostlake/scripting-return-value-typing.
    """

    value: Any
    duck_type: str = TEXT
    declared: exp.DataType | None = None
    is_returned_as_text: bool = False


def is_true(condition: Variable) -> bool:
    """Whether a condition holds: it is TRUE, or its text is `1` or `true`.

    Recorded: frostlake/ScriptingConditionTruthTest.
    """
    value = condition.value
    text = format(value, "g") if isinstance(value, float) else str(value)
    return value is not None and text.lower() in ("true", "1")


_CASTS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (float, lambda value: "DOUBLE"),
    (datetime, lambda value: "TIMESTAMP_NTZ" if value.tzinfo is None else "TIMESTAMP_LTZ"),
    (date, lambda value: "DATE"),
    (time, lambda value: "TIME"),
)


def literal(variable: Variable) -> Expr:
    """The value as Snowflake writes it in a statement: the one place where a variable's value becomes SQL."""
    value = variable.value
    if value is None:
        return exp.Null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, int | Decimal):
        return exp.Literal.number(format(value, "f") if isinstance(value, Decimal) else value)
    if isinstance(value, bytes):
        return exp.HexString(this=value.hex())
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC)
    text = exp.Literal.string(str(value))
    if variable.duck_type in ("JSON", "VARIANT", "OBJECT", "ARRAY"):
        return exp.ParseJSON(this=text)
    for type_, name in _CASTS:
        if isinstance(value, type_):
            return exp.cast(text, exp.DataType.build(name(value), dialect="snowflake"))
    return text


# Binding


def bind(sql: str, variables: Mapping[str, Variable]) -> str:
    """Puts each `:name` of a statement's text as a literal; `column:field` and what stands in quotes stay.

    Raises 000904 for a name that is no variable.
    https://docs.snowflake.com/en/developer-guide/snowflake-scripting/variables#using-a-variable-in-a-sql-statement-binding
    """
    pieces, end, tokens = [], 0, tokenize(sql)
    for colon, name in bindings(tokens):
        refuse_as_argument(tokens, colon)
        found = _find(variables, name_of(name))
        pieces += [sql[end : colon.start], literal(found).sql(dialect="snowflake")]
        end = name.end + 1
    return "".join([*pieces, sql[end:]])


def bindings(tokens: Sequence[Token]) -> Iterator[tuple[Token, Token]]:
    """The colon and the name of each `:name`."""
    for index, (colon, name) in enumerate(pairwise(tokens)):
        before = tokens[index - 1] if index else None
        touches = name.start == colon.end + 1 and _is_word(name)
        if colon.token_type == TokenType.COLON and touches and not _is_path(before, colon):
            yield colon, name


def _is_word(token: Token) -> bool:
    return token.token_type == TokenType.IDENTIFIER or token.text[:1].isalpha() or token.text[:1] == "_"


def _is_path(before: Token | None, colon: Token) -> bool:
    """Whether the colon touches what is before it, as in `src:field`, `$1:field` and `{'key':value}`."""
    if before is None or before.end + 1 != colon.start:
        return False
    return _is_word(before) or before.text in (")", "]") or before.token_type in (TokenType.STRING, TokenType.NUMBER)


def name_of(token: Token) -> str:
    return token.text if token.token_type == TokenType.IDENTIFIER else token.text.upper()


def _find(variables: Mapping[str, Variable], name: str) -> Variable:
    if name not in variables:
        raise errors.invalid_identifier(name)
    return variables[name]


def bind_expression(text: str, variables: Mapping[str, Variable]) -> Expr:
    """An expression with its variables as literals: `x` or `:x`; in a query inside it, only `:x`.

    Raises 000904 for a name that is no variable.
    """
    resolved, _ = identifiers.resolve(text, {name: variable.value for name, variable in variables.items()})
    query = parse_expression(resolved)
    for node in query.find_all(exp.Placeholder, exp.Column):
        refuse_variable_of(function_name(node.parent or node))
    for placeholder in list(query.find_all(exp.Placeholder)):
        placeholder.replace(literal(_find(variables, placeholder.name.upper())))
    for column in bare_names(query):
        column.replace(literal(_find(variables, variable_of(column))))
    found: Expr = query.expressions[0]
    return found.unalias()


def parse_expression(text: str) -> exp.Select:
    """The query of the one expression. Raises 001003 if the text is anything else."""
    query = parse_one(SELECT + text)
    if not isinstance(query, exp.Select) or len(query.expressions) != 1 or query.args.get("from_"):
        raise errors.syntax_error(text, 0, text.split()[0])
    return query


def bare_names(query: exp.Select) -> list[exp.Column]:
    """The names in an expression that can only be variables, or fields of rows: what stands in no query inside it."""
    return [one for one in query.find_all(exp.Column) if one.parent_select is query and one.name.upper() != "NEXTVAL"]


def variable_of(column: exp.Column) -> str:
    """The name of a variable, or that of a row and its field with a dot between."""
    return ".".join(identifier(part) for part in column.parts)
