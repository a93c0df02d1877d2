"""FLATTEN, which gives a row for each element of an array or object.

https://docs.snowflake.com/en/sql-reference/functions/flatten
"""

from collections.abc import Mapping, Sequence
from functools import partial, reduce

from sqlglot import Expr, exp

from .. import errors
from ..language.from_functions import SPLIT
from .arguments import Rule
from .casts import duck_cast
from .macros import call
from .sources import sources_of
from .types import BOOLEAN, NULL, SEMI_STRUCTURED, UNKNOWN, VARCHAR, kind_of, name_of

_MODES = {"BOTH": ("ARRAY", "OBJECT"), "ARRAY": ("ARRAY",), "OBJECT": ("OBJECT",)}


def _flatten(node: exp.Lateral | exp.TableFromRows) -> Expr:
    if not isinstance(node.this, exp.Explode):
        return node
    input_, path, kinds, told = _read(node.this)
    seq: Expr = exp.Literal.number(1)
    if input_.find(exp.Column):
        seq = exp.Anonymous(this="hash", expressions=[input_.copy()])
    elements = call("tree" if told.get("RECURSIVE") else "inner_of", input_.copy(), path, kinds)
    listed = call("at_least_one", elements, exp.Boolean(this=bool(told.get("OUTER"))), input_.copy())
    flattened = exp.Anonymous(this=_MACRO, expressions=[input_, listed, seq])
    database, schema = exp.to_identifier("memory", quoted=True), exp.to_identifier("main", quoted=True)
    return exp.Table(this=flattened, db=schema, catalog=database, alias=node.args.get("alias"))


_MACRO = "_sf_flatten"


def _read(node: exp.Explode) -> tuple[Expr, Expr, Expr, dict[str, bool | str]]:
    """What is flattened, the path before it, the kinds of what has elements, and the other arguments."""
    given = _arguments(node)
    input_ = given.pop("INPUT")
    told = {name: _constant(name, value) for name, value in given.items()}
    mode = str(told.get("MODE", "BOTH"))
    if mode.upper() not in _MODES:
        raise errors.bad_flattening_mode(mode)
    path = str(told.get("PATH", ""))
    if kind_of(input_) == NULL:
        input_ = duck_cast(input_, "JSON")
    if path:
        inner = exp.Literal.string(f"${'' if path.startswith('[') else '.'}{path}")
        input_ = exp.Anonymous(this="json_extract", expressions=[input_, inner])
    kinds = exp.Anonymous(this="list_value", expressions=[exp.Literal.string(one) for one in _MODES[mode.upper()]])
    return input_, exp.Literal.string(path), kinds, told


_KINDS: Mapping[str, tuple[str, ...]] = {  # of the arguments in their order
    "INPUT": (*SEMI_STRUCTURED, NULL, UNKNOWN),
    "PATH": (VARCHAR,),
    "OUTER": (BOOLEAN,),
    "RECURSIVE": (BOOLEAN,),
    "MODE": (VARCHAR,),
}


def _arguments(node: exp.Explode) -> dict[str, Expr]:
    """The arguments by name; what is told by name comes before what is told by its place.

    Recorded: frostlake/functions-flatten.
    """
    placed, named, shown = dict[str, Expr](), dict[str, Expr](), dict[str, str]()
    for place, argument in enumerate((node.this, *node.expressions), start=1):
        if isinstance(argument, exp.Kwarg):
            name = argument.this.name.upper()
            named[name], shown[name] = argument.expression, name
        else:
            name = list(_KINDS)[place - 1] if place <= len(_KINDS) else ""
            placed[name] = argument
            shown.setdefault(name, str(place))
        if name not in _KINDS:
            raise errors.unexpected_argument("FLATTEN", name, place)
    given = placed | named
    if "INPUT" not in given:
        raise errors.missing_argument("INPUT", "FLATTEN")
    for name, value in given.items():
        if kind_of(value) not in _KINDS[name]:
            raise errors.invalid_parameter_type(name_of(value.type), shown[name])
    return given


def _constant(name: str, value: Expr) -> bool | str:
    if isinstance(value, exp.Boolean):
        return bool(value.this)
    if isinstance(value, exp.Literal) and value.is_string:
        return value.name
    raise errors.not_emulated(f"FLATTEN with {name} that is no constant")


def into_rows(select: Expr) -> Expr:
    """A query whose FLATTENs are of rows that have their elements themselves: in order, and numbered by SEQ.

    DuckDB would join elements to the row that they are of, in any order, and read rows of equal values once. It stays
    so where a FLATTEN reads what an outer join may leave out, several sources or another query's row.
    """
    assert isinstance(select, exp.Select)
    joins: list[exp.Join] = select.args.get("joins") or []
    for join in joins:
        _open(join, select)
    if any(one.side in ("RIGHT", "FULL") for one in joins):
        return select
    for join in [one for one in joins if _is_flatten(one.this) and not one.side]:
        before = [source for source in sources_of(select) if not isinstance(source.parent, exp.Join)]
        before += [one.this for one in joins[: joins.index(join)]]
        read = {column.table for column in join.this.find_all(exp.Column)}
        source = next((one for one in before if {one.alias_or_name} == read), None)
        if source is None or (isinstance(source.parent, exp.Join) and source.parent.side):
            continue
        _put_into(source, join.this, select, before)
        joins = [one for one in joins if one is not join]
        select.set("joins", joins)
        if (on := join.args.get("on")) is not None:
            select.where(on, copy=False)
    return select


def _open(join: exp.Join, select: exp.Select) -> None:
    """Puts the FLATTEN that a split text is (language/from_functions.py) in the place of the query of its rows."""
    lateral = join.this
    query = lateral.this.this if isinstance(lateral, exp.Lateral) and isinstance(lateral.this, exp.Subquery) else None
    from_ = query.args.get("from_") if isinstance(query, exp.Select) else None
    if not isinstance(query, exp.Select) or from_ is None or from_.this.alias != SPLIT:
        return
    flatten, own = from_.this, exp.to_identifier(f"{SPLIT}_{lateral.alias}", quoted=True)
    flatten.args["alias"].set("this", own)
    for column in query.find_all(exp.Column):
        if column.table == SPLIT:
            column.set("table", own.copy())
    names = lateral.alias_column_names or [one.alias for one in query.expressions]
    chosen = dict(zip(names, (exp.paren(one.this) for one in query.expressions), strict=True))
    for column in _columns_of(lateral.alias, select):
        column.replace(chosen[column.name].copy())
    join.set("this", flatten)


def _is_flatten(source: Expr) -> bool:
    return isinstance(source, exp.Table) and isinstance(source.this, exp.Anonymous) and source.this.name == _MACRO


def _put_into(source: Expr, flatten: Expr, select: exp.Select, before: Sequence[Expr]) -> None:
    """Puts the elements of a FLATTEN into the rows of a source, and them into the places of its columns."""
    input_, elements, _ = flatten.this.expressions
    name, called = source.alias_or_name, flatten.alias
    columns, read = [column.name for column in flatten.args["alias"].columns], _columns_of(called, select)
    is_numbered = columns[0] in {column.name for column in read}
    row = _column(name, f"_emulator_row_{called}")
    parent = source.parent
    assert parent is not None
    numbers = [_numbered(one, select, called) for one in before] if is_numbered else []
    key, path, index, value, deeper = (_member(row, field) for field in ("k", "p", "i", "v", "t"))
    whole = exp.Case().when(call("holds", input_.copy()), exp.Coalesce(this=deeper, expressions=[input_.copy()]))
    places = [reduce(partial(call, "number_of"), numbers) if numbers else exp.null(), key, path, index, value, whole]
    for column in read:
        column.replace(places[columns.index(column.name)].copy())
    _wrap(parent.this, select, exp.Anonymous(this="unnest", expressions=[elements]), row.name)


def _numbered(source: Expr, select: exp.Select, called: str) -> Expr:
    """The number that each row of a source has from now on."""
    number = f"_emulator_number_{called}"
    _wrap(source, select, exp.Window(this=exp.RowNumber()), number)
    return _column(source.alias_or_name, number)


def _wrap(source: Expr, select: exp.Select, value: Expr, called: str) -> None:
    """Puts a query in the place of a source, with one column more."""
    name = source.alias_or_name
    read = dict.fromkeys(column.name for column in _columns_of(name, select))
    columns = [_column(name, one) for one in read if one != called]
    query = exp.select(*columns, exp.alias_(value, called, quoted=True))
    source.replace(exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(name, quoted=True))))
    query.from_(source, copy=False)


def _column(source: str, name: str) -> exp.Column:
    return exp.column(exp.to_identifier(name, quoted=True), exp.to_identifier(source, quoted=True))


def _member(row: Expr, name: str) -> Expr:
    return exp.Anonymous(this="struct_extract", expressions=[row.copy(), exp.Literal.string(name)])


def _columns_of(source: str, select: exp.Select) -> list[exp.Column]:
    """The columns of a source that are read in a query, and in those inside it that have no other of its name."""
    columns = (one for one in select.find_all(exp.Column) if one.table == source)
    return [column for column in columns if _reads(column, source) is select]


def _reads(column: exp.Column, source: str) -> exp.Select | None:
    """The innermost query around a column that has its source."""
    select = column.find_ancestor(exp.Select)
    while select is not None and all(one.alias_or_name != source for one in sources_of(select)):
        select = select.find_ancestor(exp.Select)
    return select


TRANSLATIONS: Mapping[type[Expr], Rule] = {exp.Lateral: _flatten, exp.TableFromRows: _flatten}
