"""Table functions in FROM: what stands in brackets stands without, and splitting a text is flattening an array.

https://docs.snowflake.com/en/sql-reference/functions/split_to_table
"""

from collections.abc import Mapping
from functools import cache

from sqlglot import Expr, exp
from sqlglot import parse_one as parse

from .. import errors
from .names import function_name
from .reader import Reader

OF_ROWS = "of rows"  # under this key a SPLIT keeps that it stands for a table function, which takes texts only
SPLIT = "_EMULATOR_F"  # the FLATTEN of a text that is split
_ARRAYS: Mapping[str, str] = {"SPLIT_TO_TABLE": "SPLIT"}


def resolve(expression: Expr) -> Expr:
    """The statement with its table functions as the rest of the emulator knows them."""
    for bracketed in list(expression.find_all(exp.Subquery)):
        called = bracketed.this
        if isinstance(called, exp.TableFromRows) and not called.args.get("joins"):
            called.set("alias", bracketed.args.get("alias") or called.args.get("alias"))
            bracketed.replace(called)
    is_view = isinstance(expression, exp.Create) and expression.kind == "VIEW"  # its text is asked what it reads
    for literal in () if is_view else list(expression.find_all(exp.TableFromRows)):
        is_text = isinstance(literal.this, exp.Literal) and literal.this.is_string
        if is_text and isinstance(literal.parent, exp.From | exp.Join):
            literal.replace(_named(literal))
    for place in list(expression.find_all(exp.TableFromRows, exp.Lateral)):
        if isinstance(place.this, exp.Window) and function_name(place.this.this) in _ARRAYS:
            place.set("this", place.this.this)  # each text is split alone, whatever it is partitioned by
        if function_name(place.this) in _ARRAYS:
            place.replace(_split(place))
    return expression


def _named(literal: exp.TableFromRows) -> exp.Table:
    """`TABLE('name')` is the table of that name: https://docs.snowflake.com/en/sql-reference/literals-table"""
    reader = Reader(literal.this.name)
    path = reader.path()
    reader.finish()
    name, *around = [exp.to_identifier(part, quoted=True) for part in reversed(path)]
    table = exp.Table(this=name, **dict(zip(("db", "catalog"), around, strict=False)))
    for part, value in literal.args.items():
        if part != "this":
            table.set(part, value)
    return table


def _split(place: Expr) -> Expr:
    """A query of its rows; behind another table one that may read that table's columns."""
    alias, around = place.args.get("alias"), place.parent
    query = exp.Subquery(this=_rows(place.this, "1" if isinstance(around, exp.From) else f"{SPLIT}.SEQ"))
    if isinstance(around, exp.From):
        query.set("alias", alias)
        return query
    if isinstance(around, exp.Join) and around.side == "LEFT":  # drops the rows whose text is NULL like any other join
        around.set("side", None)
    return exp.Lateral(this=query, view=False, outer=False, alias=alias)


def _rows(called: Expr, sequence: str) -> Expr:
    arguments = list(called.iter_expressions())
    for number, argument in enumerate(arguments, start=1):
        if isinstance(argument, exp.Kwarg):
            raise errors.unexpected_argument(function_name(called), argument.this.sql("snowflake").upper(), number)
    query = _query(_ARRAYS[function_name(called)], len(arguments), sequence).copy()
    for at, argument in enumerate(arguments):
        [place] = [column for column in query.find_all(exp.Column) if column.name == f"A{at}"]
        place.replace(argument.copy())
    for array in query.find_all(exp.Split):
        array.meta[OF_ROWS] = True
    return query


@cache
def _query(array: str, count: int, sequence: str) -> Expr:
    arguments = ", ".join(f"A{at}" for at in range(count))
    return parse(
        f"SELECT CAST({sequence} AS NUMBER) AS SEQ, CAST({SPLIT}.INDEX + 1 AS NUMBER) AS INDEX,"
        f" CAST({SPLIT}.VALUE AS VARCHAR) AS VALUE FROM TABLE(FLATTEN({array}({arguments}))) AS {SPLIT}",
        dialect="snowflake",
    )
