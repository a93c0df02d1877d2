"""The words behind a `*`: EXCLUDE, REPLACE and RENAME name columns that are there; and a `*` that is an argument.

https://docs.snowflake.com/en/sql-reference/sql/select
"""

from collections.abc import Iterator

from sqlglot import Expr, exp

from .. import errors
from ..catalog.table_names import identifier
from ..language.argument_counts import MOST
from . import joins
from .arguments import called_name
from .sources import ColumnsOf, sources_of


def refuse_unknown(statement: Expr, columns_of: ColumnsOf) -> None:
    """Raises 000904 for a column that no table of the `*` has, where the columns of all are known.

    Raises 002057 for a `*` of rows that have no columns.
    """
    for star in statement.find_all(exp.Star):
        named = list(_named(star))
        select = star.find_ancestor(exp.Select)
        if star.parent is select and select is not None and _reads_no_columns(select):
            raise errors.no_columns()
        if not named or select is None:
            continue
        of_table = star.parent.table if isinstance(star.parent, exp.Column) else ""
        found = [columns_of(source) for source in _sources(select, of_table)]
        if any(columns is None for columns in found):
            continue
        there = {name for columns in found for name in columns or ()}
        for name in named:
            if name not in there:
                raise errors.no_column(name)


_OBJECTS = {exp.StarMap: "OBJECT_CONSTRUCT", exp.JSONObject: "OBJECT_CONSTRUCT_KEEP_NULL"}
_OF_ANY_NUMBER = (exp.Array, exp.Concat, exp.ConcatWs, exp.HashAgg, *_OBJECTS)
_OF_ONE = (exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Median, exp.Mode, exp.ArrayAgg, exp.GroupConcat)


def expand_arguments(statement: Expr, columns_of: ColumnsOf) -> None:
    """Puts its columns in the place of a `*` that is an argument: `CONCAT(*)` is CONCAT of all of them.

    Recorded: frostlake/changelog. Raises 000002 where the columns are not known.
    https://docs.snowflake.com/en/sql-reference/functions/object_construct
    """
    for star in list(statement.find_all(exp.Star)):
        argument = star.parent if isinstance(star.parent, exp.Column) else star
        function, select = argument.parent, star.find_ancestor(exp.Select)
        is_hash = isinstance(function, exp.Anonymous) and function.name.upper() == "HASH"
        if not isinstance(function, exp.Func) or not (is_hash or isinstance(function, (*_OF_ANY_NUMBER, *_OF_ONE))):
            continue
        joined = select.args.get("joins") if select is not None and argument is star else None
        is_merged = any(map(joins.is_merging, joined or []))
        others = any(star.args.get(name) for name in ("replace", "rename"))
        names = None if select is None or others or is_merged else names_of(star, select, columns_of)
        if names is None and (is_hash or isinstance(function, exp.HashAgg)) and not star.args.get("except_"):
            continue  # DuckDB hands it all columns
        if names is None:
            raise errors.not_emulated(f"{_OBJECTS.get(type(function), function.sql_name())} of *")
        listed = [
            exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(table)) for table, name in names
        ]
        match function:
            case exp.StarMap():
                pairs = [exp.PropertyEQ(this=exp.Literal.string(one.name), expression=one) for one in listed]
                function.replace(exp.Struct(expressions=pairs))
            case exp.JSONObject():
                members = [exp.JSONKeyValue(this=exp.Literal.string(one.name), expression=one) for one in listed]
                function.set("expressions", members)
            case exp.HashAgg():
                function.set("this", listed[0])
                function.set("expressions", listed[1:])
            case exp.AggFunc():
                _put_alone(function, listed)
            case _:
                at = function.expressions.index(argument)
                function.set("expressions", [*function.expressions[:at], *listed, *function.expressions[at + 1 :]])


def _put_alone(function: exp.AggFunc, listed: list[exp.Column]) -> None:
    """Recorded: frostlake/AggregateArityTest."""
    name = called_name(function)
    most = MOST.get(name, 1)
    if len(listed) > most:
        raise errors.too_many_arguments(name, most, len(listed))
    if len(listed) > 1:
        raise errors.not_emulated(f"{name} of * that is {len(listed)} columns")
    function.set("this", listed[0])


def names_of(star: exp.Star, select: exp.Select, columns_of: ColumnsOf) -> list[tuple[str, str]] | None:
    """The columns of a `*`, each with its table before it; None where they are not known."""
    of_table = star.parent.table if isinstance(star.parent, exp.Column) else ""
    found = [(source.alias_or_name, columns_of(source)) for source in _sources(select, of_table)]
    if star.args.get("ilike") or any(columns is None for _, columns in found):
        return None
    left_out = {identifier(one.this if isinstance(one, exp.Column) else one) for one in star.args.get("except_") or []}
    new = {identifier(one.this.this): identifier(one.args["alias"]) for one in star.args.get("rename") or []}
    return [(table, new.get(name, name)) for table, columns in found for name in columns or () if name not in left_out]


OF_GENERATOR = "_emulator_generated"  # the column that DuckDB's rows of a generator have


def leave_out_generators(statement: Expr) -> None:
    """The rows of a generator have no columns: a `*` that stands for others, too, leaves out what they have here."""
    for column in list(statement.find_all(exp.Column)):
        place = column.parent if isinstance(column.parent, exp.Alias) else column
        if column.name == OF_GENERATOR and isinstance(select := place.parent, exp.Select):
            select.expressions.remove(place)
            if not select.expressions:
                raise errors.no_columns()
    for rows in statement.find_all(exp.TableFromRows):
        if isinstance(rows.this, exp.Generator):
            rows.args["alias"].set("columns", None)  # sqlglot's words for SEQ4() name DuckDB's own column


def _reads_no_columns(select: exp.Select) -> bool:
    """Whether all that it reads are the rows of generators. Recorded: frostlake/functions-generator."""
    sources = list(sources_of(select))
    return bool(sources) and all(isinstance(source.this, exp.Generator) for source in sources)


def _named(star: exp.Star) -> Iterator[str]:
    for column in star.args.get("except_") or []:
        yield identifier(column.this if isinstance(column, exp.Column) else column)
    for alias in star.args.get("replace") or []:
        yield identifier(alias.args["alias"])
    for alias in star.args.get("rename") or []:
        yield identifier(alias.this.this)


def _sources(select: exp.Select, name: str) -> Iterator[Expr]:
    """What a query reads, or what of it has the name, if there is one."""
    return (source for source in sources_of(select) if name.upper() in ("", source.alias_or_name.upper()))
