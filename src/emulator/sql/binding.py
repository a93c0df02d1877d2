"""Binds a statement: its names to the catalogue, types to its expressions, implicit casts, then DuckDB's expressions.

https://docs.snowflake.com/en/sql-reference/name-resolution
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlglot import Expr, exp
from sqlglot.errors import OptimizeError, SchemaError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import find_all_in_scope
from sqlglot.schema import MappingSchema

from .. import errors
from ..catalog import table_names
from ..language.dialect import StrictSnowflake
from ..language.reader import Path
from ..session import Session
from . import (
    aggregates,
    constants,
    joins,
    nullability,
    outputs,
    pivots,
    schema,
    stars,
    subqueries,
    twins,
    types,
    windows,
    writes,
)
from .annotators import FLATTEN, Annotator
from .asof import complete, to_left_joins
from .rewrites import by_all
from .schema import Columns
from .sources import ColumnsOf, refuse_same_names, sources_of, sources_of_change
from .translation import translate

Lookup = Callable[[exp.Table, Path], Columns | None]


@dataclass(frozen=True)
class Bound:
    """A statement whose expressions are DuckDB's, and the types of the columns that it answers with or stores."""

    expression: Expr
    types: Sequence[exp.DataType | None]
    not_null: tuple[bool, ...] = ()  # of each column of an answer, or of a view that is made, whether it is

    def copy(self) -> "Bound":
        return Bound(self.expression.copy(), self.types, self.not_null)

    @property
    def columns(self) -> dict[str, exp.DataType]:
        """The columns of a table that is made of a query, as far as their types are known."""
        query = self.expression.args.get("expression") if isinstance(self.expression, exp.Create) else None
        selects = query.selects if isinstance(query, exp.Query) else []
        made = self.expression.this
        listed = made.expressions if isinstance(made, exp.Schema) else selects
        return {
            one.alias_or_name: type_
            if types.kind(type_) != types.VARCHAR or _keeps_length(select, query)
            else types.text()
            for one, select, type_ in zip(listed, selects, self.types, strict=False)
            if type_ is not None
        }


def _keeps_length(select: Expr, query: Expr | None) -> bool:
    """Whether a text's length is known: that of a table's column or a literal, and of what chooses among such.

    Recorded: frostlake/query-declared-result-type, frostlake/query-conditional-branch-type.
    """
    from_ = query.args.get("from_") if query is not None else None
    reads_tables = from_ is not None and isinstance(from_.this, exp.Table) and not from_.root().find(exp.CTE)

    def keeps(node: Expr | None) -> bool:
        match node:
            case exp.Literal() | exp.Null() | None:
                return True
            case exp.Column():
                return reads_tables
            case exp.Cast() | exp.Paren() | exp.Max() | exp.Min() | exp.AnyValue():
                return keeps(node.this)
            case exp.Coalesce():
                return all(map(keeps, (node.this, *node.expressions)))
            case exp.Case():
                return all(map(keeps, (*(one.args["true"] for one in node.args["ifs"]), node.args.get("default"))))
            case exp.If():
                return keeps(node.args.get("true")) and keeps(node.args.get("false"))
        return False

    return keeps(select.unalias())


def bind(session: Session, expression: Expr, columns: Lookup) -> Bound | None:
    """The statement bound; None for what is not bound yet, whose types are left to DuckDB.

    Raises 000904 for a column that is there in other letters only, and what a cast that does not exist raises.
    """
    if not isinstance(expression, _BOUND) or _is_not_bound_yet(expression):
        return None
    catalogue = schema.of_statement(session, expression, columns)
    if catalogue is None:
        return None
    columns_of = partial(_columns_of_source, session=session, catalogue=catalogue)
    statement = _without_dual(_with_column_names(expression.copy()), catalogue)
    pivots.resolve(statement, columns_of)
    if statement.find(exp.Pivot):
        return None
    writes.refuse_repeated(statement)
    _refuse_rows(statement, catalogue)
    _refuse_other_tables(session, statement)
    _refuse_other_counts(statement, session, catalogue)
    stars.refuse_unknown(statement, columns_of)
    stars.expand_arguments(statement, columns_of)
    joins.resolve(statement, columns_of)
    windows.refuse_misplaced(statement)
    outputs.refuse_ambiguous(statement, columns_of)
    outputs.refuse_names_of_branches(statement)
    statement = to_left_joins(statement)
    _resolve_positions(statement, columns_of)
    if statement.find(exp.Parameter):
        return None
    _refuse_other_letters(statement, catalogue)
    for table in statement.find_all(exp.Table):
        table.meta[_AS_WRITTEN] = (table.args.get("db"), table.args.get("catalog"))
    moved = _move_joins(statement)
    try:
        statement = qualify(
            statement,
            schema=catalogue,
            dialect=StrictSnowflake,
            db=session.schema,
            catalog=session.database,
            validate_qualify_columns=False,
        )
    except (OptimizeError, SchemaError):
        return None
    statement.set("joins", None if moved else statement.args.get("joins"))
    for source, joins_ in moved:
        source.set("joins", joins_)
    stars.leave_out_generators(statement)
    statement = complete(statement)
    twins.refuse_stored(statement)
    windows.expand_ratios(statement)
    twins.rename(statement)
    subqueries.refuse_of_functions(statement)
    subqueries.refuse_of_several_rows(statement)
    _refuse_fields(statement)
    outputs.refuse_repeated(statement)
    _refuse_clauses(statement)
    outputs.refuse_other_widths(statement)
    not_null: tuple[bool, ...] = ()
    if isinstance(statement, exp.Create) and statement.kind == "VIEW":
        not_null = nullability.of_view(statement.expression, partial(_not_null_of, session))
    elif isinstance(statement, exp.Query):
        not_null = nullability.of_answer(statement, partial(_not_null_of, session))
    Annotator(catalogue).annotate(statement)
    _refuse_no_constants(statement, catalogue)
    statement = translate(statement)
    for table in statement.find_all(exp.Table):
        # As it was, which is how the stages after this one read a name.
        if (written := table.meta.get(_AS_WRITTEN)) is not None:
            table.set("db", written[0])
            table.set("catalog", written[1])
    return Bound(*writes.bound(session, statement, catalogue), not_null)


def _move_joins(statement: Expr) -> list[tuple[Expr, list[Expr]]]:
    """Puts the joins of what UPDATE and DELETE read where sqlglot finds them: beside it. Returns where they were."""
    moved = [(one, one.args["joins"]) for one in sources_of_change(statement) if one.args.get("joins")]
    for source, joins_ in moved:
        source.set("joins", None)
        for join in joins_ if len(joins_) == 1 else ():
            _say_on(source, join)
    if moved:
        statement.set("joins", [join for _, joins_ in moved for join in joins_])
    return moved


def _say_on(left: Expr, join: exp.Join) -> None:
    """Says USING by ON, as DuckDB takes it there."""
    sides = [(one.args.get("alias") or one).this for one in (left, join.this)]
    keys = join.args.get("using") or []
    equal = [exp.EQ(this=exp.column(key, sides[0]), expression=exp.column(key, sides[1])) for key in keys]
    if equal:
        join.set("using", None)
        join.set("on", exp.and_(*equal, copy=False))


def _refuse_no_constants(statement: Expr, catalogue: MappingSchema) -> None:
    """An INSERT of other values than there are columns is left to the count, which Snowflake says first."""
    values = statement.expression if isinstance(statement, exp.Insert) else None
    if isinstance(values, exp.Values):
        listed = statement.this.expressions if isinstance(statement.this, exp.Schema) else None
        count = len(listed or catalogue.find(statement.this, raise_on_missing=False) or ())
        if count and any(len(row.expressions) != count for row in values.expressions):
            return
    constants.refuse_no_constants(statement)


def _not_null_of(session: Session, table: exp.Table) -> frozenset[str]:
    """The NOT NULL columns of a table or view; of what it was in the past nobody knows."""
    if table.args.get("when") is not None:
        return frozenset()
    return schema.not_null_of(session, table_names.name_of(session, table, "SELECT"))


_AS_WRITTEN = "as written"
_BOUND = (exp.Query, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create)


def _is_not_bound_yet(expression: Expr) -> bool:
    """Whether a statement has what is left to DuckDB's types."""
    if isinstance(expression, exp.Create) and not isinstance(expression.expression, exp.Query):
        return True
    return any(
        (isinstance(node, exp.TableFromRows) and not isinstance(node.this, exp.Explode | exp.Generator))
        or (isinstance(node, exp.Table) and not isinstance(node.this, exp.Identifier))
        for node in expression.walk()
    )


def _without_dual(statement: Expr, catalogue: MappingSchema) -> Expr:
    """`FROM DUAL` is no table's rows: https://docs.snowflake.com/en/sql-reference/sql/select"""
    refuse_same_names(sources_of_change(statement))
    for source in list(sources_of_change(statement)):
        if isinstance(source, exp.TableFromRows):  # which sqlglot does not know as what an UPDATE reads
            rows = source.copy()
            rows.set("alias", None)
            _name_columns(rows, list(FLATTEN))
            source.replace(exp.Subquery(this=exp.select("*").from_(rows), alias=source.args.get("alias")))
    for select in statement.find_all(exp.Select):
        refuse_same_names(sources_of(select))
        from_ = select.args.get("from_")
        if from_ is not None and is_dual(from_.this) and not select.args.get("joins"):
            select.set("from_", None)
    return statement


def is_dual(source: Expr) -> bool:
    return isinstance(source, exp.Table) and not source.db and source.name.upper() == "DUAL"


def _resolve_positions(statement: Expr, columns_of: ColumnsOf) -> None:
    """`$2` is the second column of what a query reads. Raises 000904 if there is none.

    https://docs.snowflake.com/en/sql-reference/constructs/values
    """
    for parameter in list(statement.find_all(exp.Parameter)):
        select = parameter.find_ancestor(exp.Select)
        from_ = select.args.get("from_") if select is not None else None
        if from_ is None or select is None or select.args.get("joins") or not parameter.name.isdigit():
            continue
        names = columns_of(from_.this)
        if names is None:
            continue
        if not 0 < int(parameter.name) <= len(names):
            raise errors.invalid_identifier(f"${parameter.name}")
        parameter.replace(exp.column(exp.to_identifier(names[int(parameter.name) - 1], quoted=True)))


def _refuse_other_counts(statement: Expr, session: Session, catalogue: MappingSchema) -> None:
    """Refuses an alias that names more or fewer columns than there are: what an account does is on no page.

    Of VALUES, which may have fewer names, the rest is named by then. Recorded: frostlake/query-values-clause.
    The list of a CREATE, which stands as an alias here, is looked at where all that it may not be is.
    """
    list_ = statement.args["expression"].args["from_"].this.args["alias"] if writes.LISTED in statement.meta else None
    for alias in statement.find_all(exp.TableAlias):
        if alias.columns and alias.parent is not None and alias is not list_:
            columns = _columns_inside(alias.parent, session, catalogue)
            if columns is not None and len(columns) != len(alias.columns):
                raise errors.not_emulated("an alias that names more or fewer columns than there are")


def _columns_of_source(source: Expr, session: Session, catalogue: MappingSchema) -> list[str] | None:
    alias = source.args.get("alias")
    if isinstance(alias, exp.TableAlias) and alias.columns:
        return [column.name for column in alias.columns]
    return _columns_inside(source, session, catalogue)


def _columns_inside(source: Expr, session: Session, catalogue: MappingSchema) -> list[str] | None:
    """The columns of a source by the names that they have without its alias."""
    if isinstance(source, exp.Values):
        return _value_names(source)
    if isinstance(source, exp.Lateral | exp.TableFromRows):
        return list(FLATTEN) if isinstance(source.this, exp.Explode) else None
    if isinstance(source, exp.Subquery | exp.CTE):
        if isinstance(source.this, exp.Values):
            return _columns_of_source(source.this, session, catalogue)
        query = source.this
        return _columns_of_query(query, session, catalogue) if isinstance(query, exp.Query) else None
    if not isinstance(source, exp.Table):
        return None
    for with_ in source.root().find_all(exp.With):
        for cte in with_.expressions:
            if not source.db and cte.alias.upper() == source.name.upper():
                return _columns_of_source(cte, session, catalogue)
    return schema.names_of(source, session, catalogue)


def _value_names(values: exp.Values) -> list[str]:
    """https://docs.snowflake.com/en/sql-reference/constructs/values"""
    return [f"COLUMN{number}" for number, _ in enumerate(values.expressions[0].expressions, 1)]


def _columns_of_query(query: exp.Query, session: Session, catalogue: MappingSchema) -> list[str] | None:
    if not query.is_star:
        return list(map(_label_of, query.selects))
    if not isinstance(query, exp.Select) or any(map(joins.is_merging, query.args.get("joins") or [])):
        return None
    columns: list[str] = []
    for one in query.selects:
        star = one.this if isinstance(one, exp.Column) else one
        if not isinstance(star, exp.Star):
            columns.append(_label_of(one))
            continue
        listed = stars.names_of(star, query, partial(_columns_of_source, session=session, catalogue=catalogue))
        if listed is None:
            return None
        columns += (name for _, name in listed)
    return columns


def _label_of(select: Expr) -> str:
    name = select.args.get("alias") or (select.this if isinstance(select, exp.Column) else None)
    return table_names.identifier(name) if isinstance(name, exp.Identifier) else select.output_name.upper()


def _with_column_names(statement: Expr) -> Expr:
    """VALUES and FLATTEN with the names of their columns, where the statement gives none.

    https://docs.snowflake.com/en/sql-reference/constructs/values
    """
    for values in statement.find_all(exp.Values):
        if isinstance(values.parent, exp.From | exp.Join | exp.Subquery | exp.Lateral) and values.expressions:
            _name_columns(values, _value_names(values))
    for flattened in statement.find_all(exp.TableFromRows):
        if isinstance(flattened.this, exp.Explode):
            _name_columns(flattened, list(FLATTEN))
        elif isinstance(flattened.this, exp.Generator):
            _name_columns(flattened, [stars.OF_GENERATOR])
    for order in statement.find_all(exp.Order):
        by_all(order)
    for having in list(statement.find_all(exp.Having)):
        _filter_rows(having)
    for made in list(statement.find_all(exp.Struct)):
        # The keys of `{'a': 1}` are as they are written, and `{*}` is OBJECT_CONSTRUCT(*).
        # https://docs.snowflake.com/en/sql-reference/data-types-semistructured#object-constants
        if len(made.expressions) == 1 and isinstance(made.expressions[0], exp.Star):
            made.replace(exp.StarMap(this=made.expressions[0]))
        for pair in made.expressions:
            if isinstance(pair, exp.PropertyEQ) and isinstance(pair.this, exp.Identifier):
                pair.this.set("quoted", True)
    return statement


def _filter_rows(having: exp.Having) -> None:
    """HAVING of a query that groups nothing is its WHERE. Recorded: frostlake/changelog."""
    select = having.parent
    if not isinstance(select, exp.Select) or select.args.get("group"):
        return
    clauses = [*select.expressions, having, *(select.args.get(name) for name in ("order", "qualify"))]
    found = (one for clause in clauses if clause is not None for one in find_all_in_scope(clause, exp.AggFunc))
    if all(isinstance(one.find_ancestor(exp.Window, exp.Select), exp.Window) for one in found):
        select.set("having", None)
        select.where(having.this, copy=False)


def _name_columns(source: Expr, names: Sequence[str]) -> None:
    alias = source.args.get("alias")
    if alias is None:
        alias = exp.TableAlias(this=exp.to_identifier("_EMULATOR_VALUES", quoted=True))
        source.set("alias", alias)
    given = alias.args.get("columns") or []
    if given and not isinstance(source, exp.Values):
        return
    alias.set("columns", [*given, *(exp.to_identifier(name, quoted=True) for name in names[len(given) :])])


def _refuse_rows(statement: Expr, catalogue: MappingSchema) -> None:
    """Raises 000904 for a table where a column stands, and for `V.*` where V is none: DuckDB has rows as values."""
    kinds = (exp.Table, exp.Subquery, exp.Lateral, exp.Values, exp.TableFromRows, exp.CTE, exp.Pivot)
    sources = {source.alias_or_name.upper() for source in statement.find_all(*kinds)}
    columns: set[str] | None = None
    for column in statement.find_all(exp.Column):
        if isinstance(column.this, exp.Star):
            if column.table.upper() not in sources:
                raise errors.invalid_identifier(column.table)
        elif not column.table and column.name.upper() in sources:
            named = (node.alias for node in statement.find_all(exp.Alias))
            columns = columns or {name.upper() for name in (*schema.every_column(catalogue), *named)}
            if column.name.upper() not in columns | set(FLATTEN):
                raise errors.invalid_identifier(column.name)


def _refuse_other_tables(session: Session, statement: Expr) -> None:
    """Raises 000904 for `SCHEMA.T.C` where the statement reads T of another schema: names are resolved by T alone.

    https://docs.snowflake.com/en/sql-reference/name-resolution
    """
    columns = (column for column in statement.find_all(exp.Column) if column.args.get("db"))
    qualified = [column for column in columns if column.name.upper() != "NEXTVAL"]  # that of a sequence
    if not qualified:
        return
    tables = [table for table in statement.find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
    named = [table_names.parts_of(table) for table in tables]
    paths = {(session.database, session.schema)[: 3 - len(parts)] + parts for parts in named}
    for column in qualified:
        of_table = tuple(map(table_names.identifier, column.parts[:-1]))
        if not any(path[-len(of_table) :] == of_table for path in paths):
            name = table_names.identifier(column.this) if isinstance(column.this, exp.Identifier) else column.name
            raise errors.invalid_identifier(".".join((*of_table, name)))


def _refuse_clauses(statement: Expr) -> None:
    for query in statement.find_all(exp.Select, exp.Update, exp.Delete):
        aggregates.refuse_misplaced(query)
        if isinstance(query, exp.Select):
            outputs.refuse_hidden_order(query)


def _refuse_fields(statement: Expr) -> None:
    """Raises 000904 for `T.C.FIELD`: a path in a column begins with a colon.

    https://docs.snowflake.com/en/user-guide/querying-semistructured
    """
    for dot in statement.find_all(exp.Dot):
        if isinstance(dot.this, exp.Column) and isinstance(dot.expression, exp.Identifier):
            raise errors.invalid_identifier(".".join(part.name for part in (*dot.this.parts, dot.expression)))


def _refuse_other_letters(statement: Expr, catalogue: MappingSchema) -> None:
    """DuckDB would find `"a"` by the name `a`: https://docs.snowflake.com/en/sql-reference/identifiers-syntax"""
    visible = schema.every_column(catalogue)
    columns = [column.this for column in statement.find_all(exp.Column) if isinstance(column.this, exp.Identifier)]
    absent = [name for name in map(table_names.identifier, columns) if name not in visible]
    if not absent:
        return
    folded = {name.upper() for name in visible}
    named = {table_names.identifier(one) for one in statement.find_all(exp.Identifier) if _names(one)}
    for name in absent:
        if name not in named and name.upper() in folded:
            raise errors.invalid_identifier(name)


def _names(identifier: exp.Identifier) -> bool:
    """Whether it gives a name to a column, rather than asking for one."""
    return isinstance(identifier.parent, exp.TableAlias) or (
        isinstance(identifier.parent, exp.Alias) and identifier.arg_key == "alias" and not _is_label(identifier.parent)
    )


def _is_label(alias: exp.Alias) -> bool:
    return isinstance(alias.this, exp.Column) and alias.this.this == alias.args["alias"]
