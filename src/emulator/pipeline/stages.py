"""What happens to a statement that DuckDB runs, in order: STAGES, until its tree is ready for `to_duckdb`.

Executing goes through all of them. A query that is described, or stands inside another statement, goes from
`staged.resolve` to the end.
"""

from collections.abc import Callable, Sequence

from fakesnow import checks, expr, transforms
from sqlglot import ErrorLevel, Expr, exp

from .. import errors
from ..account import SNOWFLAKE
from ..capture import streams
from ..catalog import imported, known, scans
from ..history import information_schema
from ..iceberg import time_travel
from ..language.names import quoted
from ..language.reader import Path
from ..language.variables import inline
from ..objects import sequences, tables
from ..session import Session, transactions
from ..session.statement import StatementContext
from ..sql import binding, builtin_functions, current_time, defaults, identities, merge, pivots, schema, types
from ..sql.casts import physical
from ..sql.fakesnow_passes import PASSES
from ..sql.passes import Pass, Passes
from ..sql.rewrites import quote_reserved, rewrite
from ..staging import infer_schema, past_loads, staged
from . import access, changes, context_functions, table_functions

Stage = Callable[[StatementContext, Expr], Expr]


def run(context: StatementContext, expression: Expr, stages: Sequence[Stage]) -> Expr:
    """The statement after the stages, or after the one that has found its answer."""
    for stage in stages:
        if context.answer is None:
            expression = stage(context, expression)
    return expression


def commit_before(context: StatementContext, expression: Expr) -> Expr:
    if context.rule.commits:
        transactions.commit_for_ddl(context.session, drops=isinstance(expression, exp.Drop))
    return expression


def hold_definition(context: StatementContext, expression: Expr) -> Expr:
    context.held.enter_context(tables.defining(context.session, expression))
    return expression


def note_types(context: StatementContext, expression: Expr) -> Expr:
    context.made = schema.declared_in(defaults.refuse_others(expression))
    return expression


def answer(context: StatementContext, expression: Expr) -> Expr:
    """Finds the answer of a statement that DuckDB is not to see, as CREATE TABLE IF NOT EXISTS of what is there."""
    context.answer = context.rule.answer(context.session, expression)
    return expression


def prepare(context: StatementContext, expression: Expr) -> Expr:
    return run(context, expression, context.rule.prepare)


def require_warehouse(context: StatementContext, expression: Expr) -> Expr:
    session = context.session
    if context.rule.needs_warehouse and not access.may_use_warehouse(session) and _reads_tables(expression):
        raise errors.no_active_warehouse()
    return expression


def _reads_tables(expression: Expr) -> bool:
    """Whether a statement touches a table, which in Snowflake takes a warehouse; `SELECT CURRENT_ROLE()` does not."""
    names = {cte.alias_or_name.upper() for cte in expression.find_all(exp.CTE)}
    return any(
        table.db.upper() != "INFORMATION_SCHEMA"
        and isinstance(table.this, exp.Identifier)
        and (table.db or table.name.upper() not in names)
        for table in expression.find_all(exp.Table)
    )


def bind(context: StatementContext, expression: Expr) -> Expr:
    """The statement bound; as it is, if it is not bound yet. What is bound is kept by the statement's text."""
    bound = _bound(context, expression)
    context.types, context.never_null = bound.types, bound.not_null
    context.made = context.made or bound.columns  # before its tables are replaced by what is read
    return bound.expression


def _bound(context: StatementContext, expression: Expr) -> binding.Bound:
    session, key = context.session, None
    transactions.refuse_after_failure(session)
    read = list(expression.find_all(exp.TableFromRows, exp.Pivot))
    lists_values = any(isinstance(one, exp.Pivot) for one in read) and _list_values(session, expression)
    if any(isinstance(one, exp.TableFromRows) and not isinstance(one.this, exp.Explode) for one in read):
        expression = _answer_table_functions(session, expression)  # its rows are read this once
    elif context.is_kept and not lists_values and session.is_in_utc:
        key = (inline(context.sql, session.variables), session.database, session.schema)
        kept: binding.Bound | None = known.of(session).get(key)
        if kept is not None:
            return kept.copy()
    bound = binding.bind(session, expression, lambda table, path: _columns_of(context, table, path))
    if bound is not None and key is not None:
        known.of(session).keep(key, bound.copy())
    if bound is None and not session.is_in_utc and isinstance(expression, exp.Query | exp.DML):
        raise errors.not_emulated("a statement whose types are not known, in a session whose TIMEZONE is not UTC")
    return bound or binding.Bound(builtin_functions.check_try_casts(expression), ())


def _list_values(session: Session, expression: Expr) -> bool:
    """Puts the values that a PIVOT has columns for in the place of what says which they are, if it does."""

    def values_of(query: exp.Query) -> list[object]:
        if isinstance(expression, exp.Create) and expression.kind == "VIEW":
            raise errors.not_emulated("a view whose PIVOT takes its values from rows")
        return [row[0] for row in session.cursor().ask(query).rows]

    return pivots.list_values(expression, values_of)


def _answer_table_functions(session: Session, expression: Expr) -> Expr:
    """Puts the rows of RESULT_SCAN, INFER_SCHEMA and their kin in their places, so that their columns are known."""
    passes = Passes(expression)
    for called in expression.find_all(exp.TableFromRows):
        if not isinstance(called.this, exp.Explode | exp.Generator):
            for function in list(called.find_all(exp.Func)):
                if (value := context_functions.resolve_context(function, session)) is not function:
                    function.replace(value)
    for resolve in _TABLE_FUNCTIONS:
        passes.over(exp.TableFromRows, resolve, session)
    return passes.root


def _columns_of(context: StatementContext, table: exp.Table, path: Path) -> schema.Columns | None:
    """The columns of what a statement names as a table: by the catalogue, or by what DuckDB reads in its place."""
    session = context.session
    if not table.db and path[-1].startswith(scans.PREFIX):
        read = _described(session, f"SELECT * FROM {quoted(path[-1])}")
        told = map(schema.type_of, scans.types_of_result(session, path[-1]))
        return {**read, **{name: type_ for name, type_ in zip(read, told, strict=False) if type_ is not None}}
    if not time_travel.is_past(table) and (local := schema.columns_of(session, path)):
        return local
    if binding.is_dual(table):
        return None
    # A stream, an imported table, the past, or a view that the emulator answers.
    schema.refuse_other_letters(session, path)
    alone = table.copy()
    for part in ("joins", "alias", "sample"):
        alone.set(part, None)
    query = changes.resolve_reads(context, exp.select("*").from_(alone))
    columns = _described(session, duck_sql(to_duckdb(session, query)))
    if path[0] == SNOWFLAKE or path[1] == "INFORMATION_SCHEMA":
        return {name.upper(): type_ for name, type_ in columns.items()}
    stream = session.account.find("STREAM", path)
    home = streams.home_of(session, stream) if stream is not None else imported.home_of(session, path)
    declared = schema.columns_of(home.session, home.path) or {}
    return {
        name: declared[name] if name in declared and schema.type_of(physical(declared[name])) == type_ else type_
        for name, type_ in columns.items()
    }


def _described(session: Session, sql: str) -> schema.Columns:
    rows = session.duck.execute(f"DESCRIBE {sql}").fetchall()
    return {name: schema.type_of(type_) or types.of_unknown() for name, type_, *_ in rows}


def require_current(context: StatementContext, expression: Expr) -> Expr:
    """Raises 090105 or 090106 for a name that what is current does not complete; names of ours need nothing."""
    session = context.session
    if session.database and session.schema:
        return expression
    ours = [table for table in expression.find_all(exp.Table) if table.name.startswith(scans.PREFIX) and not table.db]
    for table in ours:
        table.set("catalog", exp.to_identifier("temp"))
        table.set("db", exp.to_identifier("main"))
    no_database, no_schema = checks.is_unqualified_table_expression(expression)
    for table in ours:
        table.set("catalog", None)
        table.set("db", None)
    if no_database and not session.database:
        raise errors.no_current_database(expr.key_command(expression))
    if no_schema and not session.schema:
        raise errors.no_current_schema(expr.key_command(expression))
    return expression


def begin_change(context: StatementContext, expression: Expr) -> Expr:
    """Begins the transaction that the statement runs in, if it changes rows or consumes a stream."""
    session, plan = context.session, changes.plan(context.session, expression)
    if context.rule.changes or plan.streams:
        appends = isinstance(expression, exp.Insert) and not expression.args.get("overwrite")
        context.held.enter_context(transactions.change(session, plan.tables, plan.streams, appends=appends))
    else:
        transactions.refuse_after_failure(session)
    return expression


STAGES: tuple[Stage, ...] = (
    access.check,
    changes.refuse_changes,  # of an imported database
    commit_before,
    hold_definition,
    note_types,
    answer,
    tables.check_names,
    prepare,
    require_warehouse,
    staged.resolve,
    bind,
    require_current,
    begin_change,
    changes.resolve_reads,
)
BEFORE_CHANGE = STAGES[: STAGES.index(begin_change)]
READING = (access.check, *STAGES[STAGES.index(staged.resolve) :])  # a query that is described


def explode(expression: Expr) -> list[Expr]:
    """The statements that carry one out where DuckDB takes several, in their order."""
    if isinstance(expression, exp.Merge):
        return merge.explode(expression)
    for split in (identities.split, transforms.alter_table_add_multiple_columns, transforms.insert_overwrite):
        if len(parts := split(expression)) > 1:
            return list(parts)
    return [expression]


_TABLE_FUNCTIONS = (
    scans.resolve_result_scan,
    table_functions.resolve_table_function,
    infer_schema.resolve,
    past_loads.resolve,
)
# What stands for something only the emulator knows, replaced in this order before fakesnow's own passes.
_RESOLVERS: tuple[Pass, ...] = (
    (exp.Func, context_functions.resolve_context),
    (current_time.NOW, current_time.resolve),
    ((exp.Div, exp.Mod), builtin_functions.check_divisor),
    ((exp.HashAgg, exp.Anonymous), builtin_functions.resolve_hash),
    (exp.ArraySlice, builtin_functions.resolve_array_slice),
    (exp.Column, sequences.resolve_next),
    *((exp.TableFromRows, resolve) for resolve in _TABLE_FUNCTIONS),
    (exp.Table, information_schema.resolve_view),
)


def to_duckdb(session: Session, expression: Expr) -> Expr:
    """A statement in DuckDB's words: every pass over its tree, ours and fakesnow's."""
    passes = Passes(rewrite(expression))
    for kinds, resolve in _RESOLVERS:
        passes.over(kinds, resolve, session)
    for kinds, rewritten in PASSES:
        passes.over(kinds, rewritten)
    passes.over(exp.Create, transforms.create_table_as, session.duck)
    passes.over(exp.Identifier, quote_reserved)
    unread = passes.root.find(exp.TableFromRows)
    if unread is not None and not isinstance(unread.this, exp.Generator):
        raise errors.not_emulated(f"TABLE({unread.this.sql(dialect='snowflake')})")
    return passes.root


def duck_sql(transformed: Expr) -> str:
    """The text for DuckDB. Raises for what sqlglot would leave out with a warning."""
    return transformed.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE)
