"""PIVOT is a GROUP BY with a column for each value, UNPIVOT a row for each column: both in words that are bound.

https://docs.snowflake.com/en/sql-reference/constructs/pivot, https://docs.snowflake.com/en/sql-reference/constructs/unpivot;
their columns' names are recorded: frostlake/query-pivot-unpivot.
"""

from collections.abc import Callable, Iterator, Sequence

from sqlglot import Expr, exp

from .. import errors
from ..catalog.table_names import identifier
from . import types
from .annotators import declared
from .sources import ColumnsOf

Values = Callable[[exp.Query], Sequence[object]]

_AGGREGATES = (exp.Avg, exp.Count, exp.Max, exp.Min, exp.Sum)
_NUMBERED = "_EMULATOR_UNPIVOT"


def resolve(statement: Expr, columns_of: ColumnsOf) -> None:
    """Puts a query in the place of each PIVOT and UNPIVOT whose source's columns are known."""
    for source in list(_pivoted(statement)):
        if (made := _made(source, columns_of)) is not None:
            made.set("joins", source.args.get("joins"))
            source.replace(made)


def _made(source: Expr, columns_of: ColumnsOf) -> Expr | None:
    made, columns = _alone(source), columns_of(source)
    for pivot in source.args["pivots"]:
        query = _query(made, pivot, columns) if columns is not None else None
        if query is None:
            return None
        named = pivot.args.get("alias") or source.args.get("alias") or exp.TableAlias(this=_name_of(source))
        made = exp.Subquery(this=query, alias=named.copy())
        columns = columns_of(made)
    return made


def _alone(source: Expr) -> Expr:
    """What is pivoted, without its PIVOT and what is joined to it."""
    alone = source.copy()
    alone.set("pivots", None)
    alone.set("joins", None)
    return alone


def list_values(statement: Expr, values_of: Values) -> bool:
    """Puts the values in the place of ANY and of a query that lists them; returns whether there has been one.

    Raises 000002 for a value that names no column, as NULL.
    """
    found = False
    for source in list(_pivoted(statement)):
        for pivot in source.args["pivots"]:
            listed = pivot.args["fields"][0]
            given = listed.expressions[0] if len(listed.expressions) == 1 else None
            if isinstance(given, exp.PivotAny):
                query = _distinct(statement, source, listed.this, given)
            elif isinstance(given, exp.Query):
                query = _with_ctes(given.copy(), statement)
            else:
                continue
            found = True
            listed.set("expressions", list(map(_literal, values_of(query))))
    return found


def _pivoted(statement: Expr) -> Iterator[Expr]:
    return (node for node in statement.find_all(exp.Table, exp.Subquery) if node.args.get("pivots"))


def _distinct(statement: Expr, source: Expr, column: Expr, any_: exp.PivotAny) -> exp.Query:
    order = any_.this.expressions if isinstance(any_.this, exp.Order) else [column]
    query = exp.select(column.copy()).distinct().from_(_alone(source)).order_by(*(one.copy() for one in order))
    return _with_ctes(query, statement)


def _with_ctes(query: exp.Query, statement: Expr) -> exp.Query:
    with_ = statement.find(exp.With)
    if with_ is not None and query.args.get("with_") is None:
        query.set("with_", with_.copy())
    return query


def _literal(value: object) -> Expr:
    if isinstance(value, str):
        return exp.Literal.string(value)
    if value is None or isinstance(value, bool) or not str(value).lstrip("-").replace(".", "", 1).isdigit():
        raise errors.not_emulated("PIVOT with ANY of values that are no texts and numbers")
    return exp.Literal.number(str(value))


def _name_of(source: Expr) -> Expr:
    named = source.this if isinstance(source, exp.Table) else None
    return named.copy() if isinstance(named, exp.Identifier) else exp.to_identifier("_EMULATOR_PIVOT", quoted=True)


def _query(source: Expr, pivot: exp.Pivot, columns: Sequence[str]) -> exp.Select | None:
    if len(pivot.expressions) != 1 or len(pivot.args["fields"]) != 1:
        return None
    return _unpivoted(source, pivot, columns) if pivot.args.get("unpivot") else _grouped(source, pivot, columns)


def _grouped(source: Expr, pivot: exp.Pivot, columns: Sequence[str]) -> exp.Select | None:
    aggregate, listed, default = pivot.expressions[0], pivot.args["fields"][0], pivot.args.get("default_on_null")
    argument, by = aggregate.this, listed.this
    if not isinstance(aggregate, _AGGREGATES) or not isinstance(argument, exp.Column) or aggregate.expressions:
        return None
    used = {identifier(argument.this), identifier(by.this)}
    for name in sorted(used - set(columns)):
        raise errors.invalid_identifier(name)
    groups = [_column(name) for name in columns if name not in used]
    made = []
    for value in listed.expressions:
        one = value.this if isinstance(value, exp.PivotAlias) else value
        if not isinstance(one, exp.Literal | exp.Neg | exp.Cast | exp.Boolean):
            return None
        chosen = exp.Case(ifs=[exp.If(this=exp.EQ(this=by.copy(), expression=one.copy()), true=argument.copy())])
        of_value: Expr = type(aggregate)(this=chosen)
        if isinstance(default, Expr):
            of_value = exp.Coalesce(this=of_value, expressions=[default.copy()])
        made.append(exp.alias_(of_value, _label(value)))
    query = exp.select(*groups, *made).from_(source)
    return query.group_by(*(group.copy() for group in groups)) if groups else query.having("COUNT(*) > 0")


def _label(value: Expr) -> exp.Identifier:
    """A column's name: that which is given to the value, or the value as it is written.

    Of a cast number, date or NULL: Snowpark's own tests (test_df_stat_crosstab).
    """
    if isinstance(value, exp.PivotAlias):
        name = value.args["alias"]
        return exp.to_identifier(identifier(name) if isinstance(name, exp.Identifier) else name.name, quoted=True)
    return exp.to_identifier(_text(value), quoted=True)


def _text(value: Expr) -> str:
    if isinstance(value, exp.Cast) and isinstance(value.this, exp.Null):
        return "NULL"
    type_ = declared(value.to) if isinstance(value, exp.Cast) else None
    if types.kind(type_) == types.NUMBER:
        return f"CAST({value.this.sql(dialect='snowflake')} AS {types.name_of(type_)})"
    if types.kind(type_) == types.DATE:
        return f"TO_DATE({value.this.sql(dialect='snowflake')})"
    return value.sql(dialect="snowflake")


def _unpivoted(source: Expr, pivot: exp.Pivot, columns: Sequence[str]) -> exp.Select | None:
    value, listed = pivot.expressions[0], pivot.args["fields"][0]
    given = [one.this if isinstance(one, exp.PivotAlias) else one for one in listed.expressions]
    if not all(isinstance(column, exp.Column) for column in given):
        return None
    names = [identifier(column.this) for column in given]
    for name in names:
        if name not in columns:
            raise errors.invalid_identifier(name)
    places = [exp.Literal.number(place) for place in range(1, len(given) + 1)]
    number, label = (exp.column(_quoted(name), table=_quoted(_NUMBERED)) for name in ("N", "NAME"))
    chosen = exp.Case(this=number, ifs=list(map(_branch, places, given)))
    numbered = exp.Values(
        expressions=list(map(_row, places, map(_named, listed.expressions))),
        alias=exp.TableAlias(this=_quoted(_NUMBERED), columns=[_quoted("N"), _quoted("NAME")]),
    )
    query = exp.select(
        *(_column(name) for name in columns if name not in names),
        exp.alias_(exp.cast(label, "VARCHAR"), _quoted(identifier(listed.this))),
        exp.alias_(chosen, _quoted(identifier(value))),
    )
    query = query.from_(source).join(numbered, join_type="CROSS")
    absent = exp.Is(this=chosen.copy(), expression=exp.Null())
    return query if pivot.args.get("include_nulls") else query.where(exp.Not(this=absent))


def _branch(place: Expr, column: Expr) -> exp.If:
    return exp.If(this=place.copy(), true=column.copy())


def _row(place: Expr, name: str) -> exp.Tuple:
    return exp.Tuple(expressions=[place.copy(), exp.Literal.string(name)])


def _named(column: Expr) -> str:
    """What stands in the row of a column: its name, or the one that is given to it."""
    named = column.args["alias"] if isinstance(column, exp.PivotAlias) else column.this
    return identifier(named) if isinstance(named, exp.Identifier) else str(named.name)


def _quoted(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def _column(name: str) -> exp.Column:
    return exp.column(_quoted(name))
