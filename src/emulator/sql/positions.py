"""Where in a statement the column stands that an error is about, and how it is written: DuckDB tells neither.

Recorded: frostlake/query-clause-reference-scope, frostlake/query-aggregate-in-order-by-and-qualify,
frostlake/query-correlated-subquery-over-flatten.
"""

import re
from itertools import pairwise

from snowflake.connector.errors import ProgrammingError
from sqlglot import Expr, exp
from sqlglot.tokenizer_core import TokenType

from .. import errors
from ..catalog.table_names import identifier
from ..language.reader import tokenize

_UNKNOWN = re.compile(r"error line 1 at position 0\ninvalid identifier '(.*)'$")
_UNGROUPED = re.compile(r"\[(\w+)\] is not a valid group by expression$")
_SUBQUERY = re.compile(r"subquery type cannot be evaluated at line 1, position (\d+)$")
_PLAIN = re.compile(r"[A-Z_][A-Z0-9_$]*")


def placed(error: ProgrammingError, statement: Expr, sql: str) -> ProgrammingError:
    """The error; one about a column with its name as the statement has it, and its place in the text."""
    if (match := _UNKNOWN.search(str(error.msg))) and (column := _named(statement, match[1])):
        return errors.invalid_identifier(".".join(map(_written, column.parts)), sql, _start(column))
    if (match := _UNGROUPED.search(str(error.msg))) and (column := _named(statement, match[1])):
        told = ".".join(map(_written, (*_table_of(column), column.this)))
        return errors.not_grouped(told, sql, _start(column)) if _is_selected(column) else errors.not_in_group_by(told)
    if str(error.msg).endswith("found QUALIFY clause but no window function."):
        qualify = next((token for token in tokenize(sql) if token.token_type == TokenType.QUALIFY), None)
        return errors.qualify_without_window(sql, qualify.start) if qualify is not None else error
    if (match := _SUBQUERY.search(str(error.msg))) and (opening := _opening(sql, int(match[1]))) is not None:
        line, at = errors.line_and_column(sql, opening)
        return errors.unsupported_subquery(line, at + 1)
    return error


def _opening(sql: str, before: int) -> int | None:
    """Where the bracket of the innermost query around a place is."""
    depth = 0
    for token, following in reversed(list(pairwise(token for token in tokenize(sql) if token.start <= before))):
        depth += (token.token_type == TokenType.R_PAREN) - (token.token_type == TokenType.L_PAREN)
        if depth < 0 and following.token_type in (TokenType.SELECT, TokenType.WITH):
            return token.start
        depth = max(depth, 0)
    return None


def _named(statement: Expr, name: str) -> exp.Column | None:
    """The first column that an error can mean: one of the name, in the same letters if there is, or of such a table."""
    found = []
    for column in statement.find_all(exp.Column):
        words = [identifier(part) for part in column.parts]
        if "start" not in column.parts[0].meta:
            continue
        if name in (".".join(words), words[-1]):
            found.append((0, _start(column), column))
        elif name.upper() in (word.upper() for word in (".".join(words), *words)):
            found.append((1, _start(column), column))
    return min(found, key=lambda one: one[:2])[2] if found else None


def _is_selected(column: exp.Column) -> bool:
    """Whether a column is in what a query with GROUP BY selects. Recorded: frostlake/query-grouping-sets."""
    select = column.find_ancestor(exp.Select)
    if select is None or not select.args.get("group"):
        return False
    return any(column is one for selected in select.expressions for one in selected.find_all(exp.Column))


def _start(column: exp.Column) -> int:
    return int(column.parts[0].meta["start"])


def _table_of(column: exp.Column) -> list[Expr]:
    """The name that a column's table has in its query; none if the query reads several and the column tells none."""
    select = column.find_ancestor(exp.Select)
    from_ = select.args.get("from_") if select is not None else None
    if column.args.get("table") is not None:
        return [column.args["table"]]
    if from_ is None or select is None or select.args.get("joins"):
        return []
    alias = from_.this.args.get("alias")
    named = alias.this if alias is not None else from_.this.this
    return [named] if isinstance(named, exp.Identifier) else []


def _written(part: Expr) -> str:
    name = identifier(part)
    return name if _PLAIN.fullmatch(name) else f'"{name}"'
