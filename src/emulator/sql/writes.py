"""What a statement stores or answers: values that are cast to their columns' types, or refused as Snowflake would.

https://docs.snowflake.com/en/sql-reference/sql/insert
"""

from collections.abc import Mapping, Sequence

from sqlglot import Expr, exp
from sqlglot.schema import MappingSchema

from .. import errors
from ..catalog import table_names
from ..session import Session
from . import schema, types
from .annotators import set_operation_types
from .casts import duck_cast, physical
from .stored import stored
from .types import NULL, UNKNOWN, kind, kind_of

Types = Sequence[exp.DataType | None]
LISTED = "listed"  # under this key a CREATE keeps that its query's columns are those that it lists


def bound(session: Session, statement: Expr, catalogue: MappingSchema) -> tuple[Expr, Types]:
    """The statement with its values cast to what they are stored as, and the types of its columns."""
    if isinstance(statement, exp.Query):
        return statement, _answered(statement)
    if isinstance(statement, exp.Create):
        return _create(statement)
    target = statement.this.this if isinstance(statement.this, exp.Schema) else statement.this
    if isinstance(target, exp.Table) and (columns := catalogue.find(target, raise_on_missing=False)):
        path = table_names.name_of(session, target, "INSERT")
        # In the VALUES of an INSERT DuckDB reads DEFAULT itself.
        has_values = isinstance(statement, exp.Insert) and not isinstance(statement.expression, exp.Select)
        names_default = not has_values and any(map(_is_default, statement.find_all(exp.Column, exp.Var)))
        defaults = schema.defaults_of(session, path) if names_default else None
        written = ".".join(table_names.parts_of(target))
        _Target(written, dict(columns), defaults).store(statement)
    return statement, ()


def refuse_repeated(statement: Expr) -> None:
    """Raises 002025 for a column that an UPDATE sets twice. Recorded: frostlake/UpdateDeleteCompileTest."""
    for update in statement.find_all(exp.Update):
        columns = [one.this.this for one in update.expressions if isinstance(one, exp.EQ)]
        names = [table_names.identifier(one) for one in columns if isinstance(one, exp.Identifier)]
        if repeated := [name for place, name in enumerate(names) if name in names[:place]]:
            raise errors.duplicate_column(repeated[0])


def _is_default(node: Expr) -> bool:
    return isinstance(node, exp.Column | exp.Var) and not node.text("table") and node.name.upper() == "DEFAULT"


def _answered(query: Expr) -> Types:
    selects = query.selects if isinstance(query, exp.Query) else []
    if any(select.is_star for select in selects):
        return ()
    types_ = set_operation_types(query)
    if len(types_) != len(selects):  # BY NAME, with columns of a later branch
        return ()
    found = zip(selects, types_, strict=True)
    return [types.text() if kind_of(select.unalias()) == NULL else type_ for select, type_ in found]


def _create(statement: exp.Create) -> tuple[Expr, Types]:
    """The columns of a table or view that is made of a query have the query's types."""
    query = statement.expression
    _refuse_columns(statement, query)
    answered = _answered(query)
    if answered and all(type_ is not None and kind(type_) != UNKNOWN for type_ in answered):
        columns = query.selects
        names = [column.alias_or_name for column in columns]
        if len(set(names)) == len(names):
            statement.set("expression", _stored(query, answered, names))
    return statement, answered


def _refuse_columns(statement: exp.Create, query: Expr) -> None:
    """Raises what shows only when each `*` is columns: other columns than are listed, or one twice.

    Recorded: frostlake/ddl-ctas-checks; the last as users report it.
    """
    selects = _columns_of(query)
    below = query.args["from_"].this if LISTED in statement.meta else None
    listed = statement.this.expressions if isinstance(statement.this, exp.Schema) else []
    given = _columns_of(below.this) if isinstance(below, exp.Subquery) else selects if listed else []
    if given and len(given) != len(listed or selects):
        raise errors.invalid_column_list()
    names = [column.name if listed else column.alias_or_name for column in listed or selects]
    if repeated := [name for place, name in enumerate(names) if name in names[:place]]:
        raise errors.duplicate_column(repeated[0])


def _columns_of(query: Expr) -> list[Expr]:
    """The columns of a query; none, if they are not known."""
    return [] if not isinstance(query, exp.Query) or any(one.is_star for one in query.selects) else query.selects


def _stored(query: Expr, answered: Types, names: Sequence[str]) -> Expr:
    if isinstance(query, exp.Select) and not query.args.get("distinct") and not query.args.get("with_"):
        written = []
        for select, type_ in zip(query.expressions, answered, strict=True):
            assert type_ is not None
            value = select.this if isinstance(select, exp.Alias) else select
            written.append(exp.alias_(duck_cast(value, physical(type_)), select.alias_or_name, quoted=True, copy=False))
        query.set("expressions", written)
        return query
    return query


class _Target:
    """The table that a statement writes to."""

    def __init__(self, name: str, columns: dict[str, exp.DataType], defaults: Mapping[str, str] | None) -> None:
        self._name, self._columns, self._defaults = name, columns, defaults

    def store(self, statement: Expr) -> None:
        if isinstance(statement, exp.Insert):
            self._insert(statement)
        elif isinstance(statement, exp.Update):
            self._update(statement)
        elif isinstance(statement, exp.Merge):
            for when in statement.args["whens"].expressions:
                then = when.args["then"]
                if isinstance(then, exp.Update):
                    self._update(then)
                elif isinstance(then, exp.Insert):
                    self._merge_insert(then)

    def _insert(self, statement: exp.Insert) -> None:
        named = statement.this.expressions if isinstance(statement.this, exp.Schema) else []
        names = [column.name for column in named] or list(self._columns)
        # No column that is not there, or twice. Recorded: frostlake/InsertSourceBeforeTargetTest
        for place, name in enumerate(names):
            if name not in self._columns:
                raise errors.invalid_identifier(name if name.isupper() else f'"{name}"')
            if name in names[:place]:
                raise errors.duplicate_column(name)
        source = statement.expression
        if isinstance(source, exp.Values):
            for row in source.expressions:
                if isinstance(row, exp.Tuple) and len(row.expressions) == len(names):
                    row.set("expressions", self._values(names, row.expressions))
        elif isinstance(source, exp.Query):
            self._from_query(statement, source, names)

    def _from_query(self, statement: exp.Insert, query: exp.Query, names: list[str]) -> None:
        answered = _answered(query)
        if len(answered) != len(names):
            return
        if isinstance(query, exp.Select) and not query.args.get("distinct") and not query.args.get("group"):
            values = [select.this if isinstance(select, exp.Alias) else select for select in query.expressions]
            written = self._values(names, values)
            labels = [select.alias_or_name for select in query.expressions]
            query.set(
                "expressions",
                [exp.alias_(one, label, quoted=True, copy=False) for one, label in zip(written, labels, strict=True)],
            )
            return
        columns = [exp.column(exp.to_identifier(f"_emulator_{at}", quoted=True)) for at in range(len(names))]
        for column, type_ in zip(columns, answered, strict=True):
            column.type = type_
        alias = exp.TableAlias(
            this=exp.to_identifier("_emulator_rows", quoted=True), columns=[column.this.copy() for column in columns]
        )
        with_ = query.args.get("with_")
        if with_ is not None:
            query.set("with_", None)
        outer = exp.select(*self._values(names, columns), copy=False).from_(exp.Subquery(this=query, alias=alias))
        if with_ is not None:
            outer.set("with_", with_)
        statement.set("expression", outer)

    def _update(self, statement: exp.Update) -> None:
        for assignment in statement.expressions:
            if isinstance(assignment, exp.EQ):
                [value] = self._values([assignment.this.name], [assignment.expression])
                assignment.set("expression", value)
                if statement.this is not None and assignment.this.text("table") == statement.this.alias_or_name:
                    assignment.this.set("table", None)  # DuckDB takes the column's name alone

    def _merge_insert(self, statement: exp.Insert) -> None:
        named = statement.this.expressions if isinstance(statement.this, exp.Tuple) else []
        names = [column.name for column in named] or list(self._columns)
        values = statement.expression
        if isinstance(values, exp.Tuple) and len(values.expressions) == len(names):
            values.set("expressions", self._values(names, values.expressions))

    def _values(self, names: Sequence[str], values: Sequence[Expr]) -> list[Expr]:
        return [self._value(name, value) for name, value in zip(names, values, strict=True)]

    def _value(self, name: str, value: Expr) -> Expr:
        if _is_default(value) and self._defaults is not None:
            return exp.maybe_parse(self._defaults.get(name, "NULL"), dialect="duckdb")
        to = self._columns.get(name)
        return value if to is None else stored(value, to, self._name, name)
