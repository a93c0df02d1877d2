"""Runs one statement: by a rule of ours, or by fakesnow and DuckDB after ours have looked at it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from fakesnow import statement_type, transforms
from fakesnow.cursor import DESCRIBE_RESULT_SQL, FakeSnowflakeCursor
from fakesnow.transforms.merge import operations as merge_operations
from sqlglot import ErrorLevel, Expr, exp

from .. import errors
from ..account import SNOWFLAKE
from ..catalog import known, scans
from ..history import information_schema
from ..iceberg import time_travel
from ..language import identifiers
from ..language.depth import with_room
from ..language.dialect import parse_one
from ..language.identifiers import Parameters
from ..language.labels import label
from ..language.names import quoted
from ..language.reader import Path, Reader
from ..language.result import NUMBER, Fetched, Result, Transfer, done, fetched, refuse_impossible_moments
from ..language.variables import inline
from ..objects import sequences, tables
from ..objects.show_columns import show_columns
from ..session import Session, transactions
from ..session.history import Entry
from ..sql import answers, binding, builtin_functions, current_time, merge, schema, types, updates
from ..sql.duckdb_errors import translated
from ..sql.fakesnow_passes import PASSES
from ..sql.passes import Pass, Passes
from ..sql.rewrites import rewrite
from ..staging import infer_schema, staged
from ..store.results import Spilled
from . import changes, context_functions, table_functions
from .query import Query
from .statements import Made, Own, Passed, Recognised, recognise

Columns = Sequence[tuple[str, str]]
Types = Sequence[exp.DataType | None]
KEPT_RESULTS = 64

_TABLE_FUNCTIONS = (scans.resolve_result_scan, table_functions.resolve_table_function, infer_schema.resolve)
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
_QUERY = Passed(needs_warehouse=True)
_PARSED = known.Known()  # statements by their text


class Cursor(FakeSnowflakeCursor):
    """fakesnow's cursor, behind the recogniser. Whatever fails, fails as a Snowflake error.

    After `execute`, `columns` has the result's names and DuckDB types and `statement_type_id` Snowflake's number for
    the kind of statement.
    """

    columns: Columns = ()
    statement_type_id: int = statement_type.UNKNOWN
    transfer: dict[str, Any] | None = None
    spilled: Spilled | None = None  # where the rows are, if they are many

    def __init__(self, session: Session) -> None:
        super().__init__(session, session.duck)
        self._session = session

    def execute(
        self, command: str, params: Sequence[Any] | dict[Any, Any] | None = None, *args: Any, **kwargs: Any
    ) -> "Cursor":
        """Runs the statement and keeps its result for fetching. Raises snowflake.connector errors only."""
        with self._session.history.recording(self._session, command) as entry:
            self._session.statement, outer = entry.query_id, self._session.accesses
            self._session.accesses = entry.accesses
            try:
                reader, left = self._reader(command, params)
                with_room(reader.depth, lambda: self._run(reader, left, entry))
            except Exception as error:
                transactions.note_failure(self._session, error)
                self._session.check_running()
                raise translated(error) from error
            finally:
                self._session.accesses = outer
                scans.release(self._session)
            entry.rows = self._rowcount or 0
        self._keep(entry.query_id)
        return self

    def evaluate(self, expression: Expr) -> Fetched:
        """What `SELECT expression` answers, without a place in the history. Raises as `execute` does."""
        return self.ask(exp.select(expression))

    def ask(self, query: Expr) -> Fetched:
        """What a query answers, without a place in the history. Raises as `execute` does."""
        try:
            self._session.check_running()
            builtin_functions.refuse_foreign(query)
            context_functions.refuse_expressions(query)
            self._pass(Passed() if isinstance(query, exp.Describe) else _QUERY, query, None)
        except Exception as error:
            self._session.check_running()
            raise translated(error) from error
        finally:
            scans.release(self._session)
        self._session.results_cache.pop(self._sfqid or "", None)
        return self.fetched()

    def fetched(self) -> Fetched:
        """The result as an answer that another statement hands on."""
        return fetched(self.columns, self._arrow_table)

    def _run(self, reader: Reader, params: Parameters, entry: Entry) -> None:
        self._session.statement_text = reader.sql
        self._session.forget_dropped()
        found = recognise(reader)
        entry.query_type, entry.depth = found.query_type, found.rule.depth
        if isinstance(found.rule, Passed):
            reader.refuse_more_statements()
            self._pass(found.rule, self.parsed(reader.sql), params, text=reader.sql)
        else:
            self.statement_type_id = _own_type(found.rule)
            try:
                self._present(_run_own(self._session, reader, found))
            finally:
                if not (isinstance(found.rule, Own) and found.rule.reads):
                    known.forget(self._session)

    def _reader(self, command: str, params: Parameters) -> tuple[Reader, Parameters]:
        """A reader of the statement with its IDENTIFIER() resolved, and the parameters that are still to be bound."""
        reader = Reader(command)
        resolved, left = identifiers.resolve(command, params, self._session.variables._variables)
        return (reader if resolved is command else Reader(resolved)), left

    def _inline_variables(self, sql: str) -> str:
        """Puts the session's variables in their places; a `$` inside a text or a name is no variable."""
        return inline(sql, self._session.variables._variables)

    def parsed(self, command: str) -> Expr:
        """A statement, or a query inside another one, as sqlglot reads it; raises for what Snowflake has not."""
        text = self._inline_variables(command)
        kept: Expr | None = _PARSED.get(text)
        if kept is not None:
            return kept.copy()
        expression = parse_one(text)
        builtin_functions.refuse_foreign(expression)
        context_functions.refuse_expressions(expression)
        expression = label(expression)
        if len(text) <= known.LONGEST:
            _PARSED.keep(text, expression.copy())
        return expression

    def transformed(self, query: Expr) -> Expr:
        """A query inside another statement as DuckDB reads it; it reads streams and tables as any query does."""
        query = staged.resolve(self._session, builtin_functions.check_try_casts(query))
        self.check_db_and_schema(query)
        return self._transform(changes.resolve_reads(self._session, query), None)

    def consumed(self, query: Expr) -> list[tuple[Path, str]]:
        """The streams that a query inside another statement reads, which consumes them; each with its clock."""
        return list(changes.consumed(self._session, query, None))

    def _pass(self, rule: Passed, expression: Expr, params: Any, text: str | None = None) -> None:
        self.statement_type_id = statement_type.statement_type_id(expression)
        changes.refuse_changes(self._session, expression)
        if rule.commits:
            transactions.commit_open(self._session)
        try:
            with tables.defining(self._session, expression):
                self._pass_on(rule, expression, params, text)
        finally:
            if rule.commits:
                known.forget(self._session)

    def _pass_on(self, rule: Passed, expression: Expr, params: Any, text: str | None) -> None:
        declared = schema.declared_in(expression)
        if (answer := rule.answer(self._session, expression)) is not None:
            schema.record_types(self._session, expression, declared)
            self._present(answer)
            return
        tables.check_names(self._session, expression)
        for stage in rule.prepare:
            expression = stage(self._session, expression)
        if rule.needs_warehouse and self._session.warehouse is None and reads_tables(expression):
            raise errors.no_active_warehouse()
        bound = self._bound(expression, None if rule.commits or params else text)
        made = declared or bound.columns  # before its tables are replaced by what is read
        expression = staged.resolve(self._session, bound.expression)
        self.check_db_and_schema(expression)
        with self._changing(rule, expression):
            readable = changes.resolve_reads(self._session, expression)
            with self._session.interruptible():
                self._execute_all(readable, params, bound.types)
            rule.record(self._session, expression)
            schema.record_types(self._session, expression, made)

    def _bound(self, expression: Expr, text: str | None = None) -> binding.Bound:
        """The statement bound; as it is, if it is not bound yet. What is bound is kept by the statement's text."""
        session = self._session
        transactions.refuse_after_failure(session)
        if any(not isinstance(called.this, exp.Explode) for called in expression.find_all(exp.TableFromRows)):
            expression, text = self._answer_table_functions(expression), None  # its rows are read this once
        inlined = self._inline_variables(text) if text is not None and len(text) <= known.LONGEST else None
        key = (inlined, session.database, session.schema) if inlined is not None else None
        kept: binding.Bound | None = known.of(session).get(key) if key is not None else None
        if kept is not None:
            return kept.copy()
        found = binding.bind(session, expression, self._columns_of)
        if found is not None and key is not None:
            known.of(session).keep(key, found.copy())
        return found or binding.Bound(builtin_functions.check_try_casts(expression), ())

    def _answer_table_functions(self, expression: Expr) -> Expr:
        """Puts the rows of RESULT_SCAN, INFER_SCHEMA and their kin in their places, so that their columns are known."""
        passes, session = Passes(expression), self._session
        for called in expression.find_all(exp.TableFromRows):
            if not isinstance(called.this, exp.Explode | exp.Generator):
                for function in list(called.find_all(exp.Func)):
                    if (value := context_functions.resolve_context(function, session)) is not function:
                        function.replace(value)
        for resolve in _TABLE_FUNCTIONS:
            passes.over(exp.TableFromRows, resolve, session)
        return passes.root

    def check_db_and_schema(self, expression: Expr) -> None:
        """Raises 090105 or 090106 for a name that what is current does not complete; names of ours need nothing."""
        every = expression.find_all(exp.Table)
        ours = [table for table in every if table.name.startswith(scans.PREFIX) and not table.db]
        for table in ours:
            table.set("catalog", exp.to_identifier("temp"))
            table.set("db", exp.to_identifier("main"))
        super().check_db_and_schema(expression)
        for table in ours:
            table.set("catalog", None)
            table.set("db", None)

    def _columns_of(self, table: exp.Table, path: Path) -> schema.Columns | None:
        """The columns of what a statement names as a table: by the catalogue, or by what DuckDB reads in its place."""
        if not table.db and path[-1].startswith(scans.PREFIX):
            return self._described_by_duckdb(f"SELECT * FROM {quoted(path[-1])}")
        local = None if time_travel.is_past(table) else schema.columns_of(self._session, path)
        return local or (None if binding.is_dual(table) else self._described(table, path))

    def _described(self, table: exp.Table, path: Path) -> schema.Columns | None:
        """The columns of a stream, of an imported table, of the past, or of a view that the emulator answers."""
        schema.refuse_other_letters(self._session, path)
        alone = table.copy()
        for part in ("joins", "alias", "sample"):
            alone.set(part, None)
        query = changes.resolve_reads(self._session, exp.select("*").from_(alone))
        reader = Cursor(self._session)
        found = self._described_by_duckdb(duck_sql(reader._transform(query, None)))
        of_system = path[0] == SNOWFLAKE or path[1] == "INFORMATION_SCHEMA"
        return {name.upper(): type_ for name, type_ in found.items()} if of_system else found

    def _described_by_duckdb(self, sql: str) -> schema.Columns:
        rows = self._duck_conn.execute(f"DESCRIBE {sql}").fetchall()
        return {name: schema.type_of(type_) or types.of_unknown() for name, type_, *_ in rows}

    def _changing(self, rule: Passed, expression: Expr) -> AbstractContextManager[None]:
        """The transaction that the statement runs in, if it changes rows or consumes a stream."""
        plan = changes.plan(self._session, expression)
        if rule.changes or plan.streams:
            appends = isinstance(expression, exp.Insert) and not expression.args.get("overwrite")
            return transactions.change(self._session, plan.tables, plan.streams, appends=appends)
        transactions.refuse_after_failure(self._session)
        return nullcontext()

    def _execute_all(self, expression: Expr, params: Any, declared: Types = ()) -> None:
        bound = list(params) if isinstance(params, tuple) else params
        *first, last = self._transform_explode(expression)
        for statement in first:
            self._duck_conn.execute(*self._bind(self._transform(statement, bound), bound))
        shown: Any = self
        transformed = self._transform(last, bound)
        self.spilled = None
        if isinstance(transformed, exp.Query) and not transformed.args.get("seed"):
            self._query(transformed, bound, declared)
        else:
            joined = updates.multi_joined(self._session, transformed, bound)
            self._execute(transformed, self._bind(transformed, bound)[1])
            if joined:
                shown._arrow_table = updates.with_count(self._arrow_table, joined)
            self.columns = [(column[0], str(column[1])) for column in self._duck_conn.description or []]
        refuse_impossible_moments(self._arrow_table)
        if isinstance(last, exp.Describe):
            shown._arrow_table = schema.with_types(self._session, last, shown._arrow_table)

    def _query(self, transformed: Expr, bound: Any, declared: Types) -> None:
        query = Query(self._session.duck, self._session.storage.incoming, declared)
        shown: Any = self  # fakesnow's cursor needs no more of a connection than this
        shown._duck_conn = query
        try:
            self._execute(transformed, self._bind(transformed, bound)[1])
        finally:
            self._duck_conn = self._session.duck
        self.columns, self.spilled = query.columns, query.spilled

    def _bind(self, transformed: Expr, params: Any) -> tuple[str, Any]:
        """DuckDB's statement with its parameters; DuckDB refuses parameters that a statement has no place for."""
        return duck_sql(transformed), params if transformed.find(exp.Placeholder) else None

    def to_duck(self, expression: Expr) -> list[str]:
        """The DuckDB statements that a Snowflake statement becomes."""
        return [
            self._transform(statement, None).sql(dialect="duckdb") for statement in self._transform_explode(expression)
        ]

    def _transform_explode(self, expression: Expr) -> list[Expr]:
        if isinstance(expression, exp.Merge):
            return merge.explode(expression)
        exploded: list[Expr] = super()._transform_explode(expression)
        for sequence in exploded[:-1]:  # DuckDB's default bounds keep a descending one below zero
            for properties in sequence.find_all(exp.SequenceProperties):
                properties.set("minvalue", exp.Literal.number(-(2**63)))
                properties.set("maxvalue", exp.Literal.number(2**63 - 1))
        return exploded

    def _transform(self, expression: Expr, params: Any) -> Expr:
        passes, session = Passes(rewrite(expression)), self._session
        for kinds, resolve in _RESOLVERS:
            passes.over(kinds, resolve, session)
        for kinds, rewritten in PASSES:
            passes.over(kinds, rewritten)
        passes.over(exp.Show, show_columns, session.database, session.schema)
        passes.over(exp.Create, transforms.create_table_as, self._duck_conn)
        transformed = passes.root
        unread = transformed.find(exp.TableFromRows)
        if unread is not None and not isinstance(unread.this, exp.Generator):
            raise errors.not_emulated(f"TABLE({unread.this.sql(dialect='snowflake')})")
        if lengths := transformed.args.get("text_lengths"):  # fakesnow puts the names between quotes as they stand
            transformed.args["text_lengths"] = [(name.replace("'", "''"), size) for name, size in lengths]
        return transformed

    def _present(self, result: Result) -> None:
        self.transfer = result.data if isinstance(result, Transfer) else None
        shown: Any = self  # fakesnow's attributes have no types of their own
        shown._arrow_table, self.spilled = result.arrow(), None
        shown._arrow_table_fetch_index = None
        shown._rowcount = len(result.rows)
        shown._last_transformed = exp.Select()
        self.columns = result.columns

    def _keep(self, query_id: str) -> None:
        """Keeps the result for RESULT_SCAN, and forgets the oldest ones."""
        kept: dict[str, Any] = self._session.results_cache
        shown: Any = self
        kept.pop(shown._sfqid or "", None)
        shown._sfqid = self._session.last_query_id = query_id
        if self.spilled is not None:
            self._session.hosting.results.keep(query_id, self.spilled)
        kept[query_id] = (self._arrow_table, self._rowcount, self._last_sql, self._last_params, self._last_transformed)
        while len(kept) > KEPT_RESULTS:
            del kept[next(iter(kept))]

    def describe_columns(self, command: str, params: Parameters = None) -> Columns:
        """The columns that a statement would answer with. A query is planned and not run; nothing is changed."""
        reader, _ = self._reader(command, params)
        return with_room(reader.depth, lambda: self._describe(reader))

    def _describe(self, reader: Reader) -> Columns:
        found = recognise(reader)
        self.statement_type_id = _own_type(found.rule)
        if isinstance(found.rule, Passed):
            try:
                return self._describe_passed(self.parsed(reader.sql))
            finally:
                scans.release(self._session)
        if isinstance(found.rule, Own) and found.rule.reads:
            return _run_own(self._session, reader, found).columns
        return done().columns

    def _describe_passed(self, expression: Expr) -> Columns:
        self.statement_type_id = statement_type.statement_type_id(expression)
        if isinstance(expression, exp.Merge):
            operations = merge_operations(expression)
            return [(f"number of rows {operation}", NUMBER) for operation, indices in operations.items() if indices]
        if (sql := DESCRIBE_RESULT_SQL.get(type(expression))) is None:
            unfilled = expression.transform(lambda node: exp.Null() if isinstance(node, exp.Placeholder) else node)
            bound = self._bound(unfilled.transform(context_functions.without_effect))
            readable = changes.resolve_reads(self._session, staged.resolve(self._session, bound.expression))
            sql = self._transform(readable, None).sql(dialect="duckdb")
            described = self._duck_conn.execute(f"DESCRIBE {sql}").fetchall()
            return answers.shown([(row[0], row[1]) for row in described], bound.types)[0]
        return [(row[0], row[1]) for row in self._duck_conn.execute(f"DESCRIBE {sql}").fetchall()]


def duck_sql(transformed: Expr) -> str:
    """The text for DuckDB. Raises for what sqlglot would leave out with a warning."""
    return transformed.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE)


def _own_type(rule: Made | Own | Passed) -> int:
    return statement_type.SHOW if isinstance(rule, Own) and rule.reads else statement_type.DDL


def _run_own(session: Session, reader: Reader, found: Recognised) -> Result:
    if found.words[0] in _COMMITTING and found.words != ("ALTER", "SESSION"):
        transactions.commit_open(session)
    if isinstance(found.rule, Made):
        return found.rule.run(session, reader, found.form)
    assert isinstance(found.rule, Own)
    return found.rule.run(session, reader)


# DDL commits the open transaction: https://docs.snowflake.com/en/sql-reference/transactions#ddl
_COMMITTING = frozenset({"CREATE", "ALTER", "DROP", "GRANT", "REVOKE"})


def reads_tables(expression: Expr) -> bool:
    """Whether a statement touches a table, which in Snowflake takes a warehouse; `SELECT CURRENT_ROLE()` does not."""
    names = {cte.alias_or_name.upper() for cte in expression.find_all(exp.CTE)}
    return any(
        table.db.upper() != "INFORMATION_SCHEMA"
        and isinstance(table.this, exp.Identifier)
        and (table.db or table.name.upper() not in names)
        for table in expression.find_all(exp.Table)
    )
