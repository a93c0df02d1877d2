"""Runs one statement: by a rule of ours, or by fakesnow and DuckDB after ours have looked at it."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from fakesnow.cursor import DESCRIBE_RESULT_SQL, FakeSnowflakeCursor
from fakesnow.transforms.merge import operations as merge_operations
from sqlglot import Expr, exp

from .. import errors
from ..capture import savepoints
from ..catalog import known, scans, table_names
from ..language import binds, flow, from_functions, identifiers
from ..language.depth import with_room
from ..language.dialect import parse_one
from ..language.identifiers import Parameters
from ..language.labels import label
from ..language.new_tables import with_named_columns
from ..language.reader import Path, Reader
from ..language.result import NUMBER, Columns, Fetched, Result, Transfer, done, fetched, refuse_impossible_moments
from ..language.variables import inline
from ..objects import tables
from ..session import Session, transactions
from ..session.statement import Passed, StatementContext
from ..sql import answers, builtin_functions, schema, updates
from ..sql.answers import Types
from ..sql.duckdb_errors import translated
from ..store.results import Answer, Spilled
from . import changes, context_functions
from .query import Query
from .stages import INSIDE, READING, STAGES, duck_sql, explode, run, to_duckdb
from .statement_types import UNKNOWN, statement_type
from .statements import Made, Own, Recognised, Rule, recognise

_QUERY = Passed(needs_warehouse=True)
_PARSED = known.Known()  # statements by their text


class Cursor(FakeSnowflakeCursor):
    """fakesnow's cursor, behind the recogniser. Whatever fails, fails as a Snowflake error.

    After `execute`, `columns` has the result's names and DuckDB types and `statement_type_id` Snowflake's number for
    the kind of statement.
    """

    columns: Columns = ()
    statement_type_id: int = UNKNOWN
    transfer: dict[str, Any] | None = None
    spilled: Spilled | None = None  # where the rows are, if they are many

    def __init__(self, session: Session, query_id: str | None = None) -> None:
        """`query_id` is that of the next statement, for whoever has told it to a client already."""
        super().__init__(session, session.duck)
        self._session = session
        self._command = ""
        self._next_id = query_id

    def execute(
        self, command: str, params: Sequence[Any] | dict[Any, Any] | None = None, *args: Any, **kwargs: Any
    ) -> "Cursor":
        """Runs the statement and keeps its result for fetching. Raises snowflake.connector errors only."""
        query_id, self._next_id = self._next_id or str(uuid.uuid4()), None
        with self._session.history.recording(self._session, command, query_id) as context:
            with self._failing_alone():
                reader, left = self._reader(command, params)
                if reader.word() not in ("COMMIT", "ROLLBACK"):
                    savepoints.take(self._session)
                with_room(reader.depth, lambda: self._run(reader, left, context))
            context.rows = self._rowcount or 0
        self._keep(context.query_id)
        return self

    def evaluate(self, expression: Expr) -> Fetched:
        """What `SELECT expression` answers, without a place in the history. Raises as `execute` does."""
        return self.ask(exp.select(expression))

    def ask(self, query: Expr) -> Fetched:
        """What a query answers, without a place in the history. Raises as `execute` does."""
        with self._failing_alone(is_inner=True):
            self._session.check_running()
            savepoints.take(self._session)
            builtin_functions.refuse_foreign(query)
            context_functions.refuse_expressions(query)
            self._pass(self._inner(Passed() if isinstance(query, exp.Describe) else _QUERY), query, None)
        self._session.results_cache.pop(self._sfqid or "", None)
        return self.fetched()

    @contextmanager
    def _failing_alone(self, *, is_inner: bool = False) -> Iterator[None]:
        """What fails inside undoes itself alone, in Snowflake's words; `is_inner` for a query inside a statement."""
        try:
            yield
        except Exception as error:
            savepoints.restore(self._session, of_query=is_inner)
            self._session.check_running()
            raise translated(error, self._command) from error
        finally:
            scans.release(self._session)

    def answer(self) -> Answer:
        """What a client is told of the statement that has been executed."""
        return Answer(
            str(self._sfqid), self.statement_type_id, self.columns, self._arrow_table, self.spilled, self.transfer
        )

    def fetched(self) -> Fetched:
        """The result as an answer that another statement hands on."""
        return fetched(self.columns, self._arrow_table)

    def _run(self, reader: Reader, params: Parameters, context: StatementContext) -> None:
        self._session.forget_dropped()
        reader, params = self._last_of_chain(reader, params)
        found = recognise(reader)
        if params and not isinstance(found.rule, Passed):
            reader, params = Reader(binds.inline(reader.sql, params)[0]), None
            found = recognise(reader)
        context.query_type, context.depth = found.query_type, found.rule.depth
        self.statement_type_id = statement_type(found.words, reader)
        if isinstance(found.rule, Passed):
            reader.refuse_more_statements()
            context.rule, context.sql = found.rule, reader.sql
            context.is_kept = not found.rule.commits and not params and len(reader.sql) <= known.LONGEST
            self._pass(context, scans.with_bound_ids(self.parsed(reader.sql), params), params)
        else:
            try:
                self._present(_run_own(self._session, reader, found))
            finally:
                if not (isinstance(found.rule, Own) and found.rule.reads):
                    known.forget(self._session)

    def _last_of_chain(self, reader: Reader, params: Parameters, describes: bool = False) -> tuple[Reader, Parameters]:
        """Runs the statements of a chain but the last, which reads their results; one that is no chain is as it is."""
        if len(flow.split(reader.sql)) == 1:
            return reader, params
        *first, last = flow.split(binds.inline(reader.sql, params)[0])
        query_ids: list[str] = []
        for sql in first:
            placed = flow.placed(sql, query_ids)
            if describes and not _only_looks(recognise(Reader(placed)).rule):
                raise errors.not_emulated("to describe a chain of statements that does more than look")
            query_ids.append(str(self._session.cursor().execute(placed).sfqid))
        return Reader(flow.placed(last, query_ids)), None

    def _reader(self, command: str, params: Parameters) -> tuple[Reader, Parameters]:
        """A reader of the statement with its IDENTIFIER() resolved, and the parameters that are still to be bound."""
        reader = Reader(command)
        resolved, left = identifiers.resolve(command, params, self._session.variables._variables)
        resolved, left = binds.inline(resolved, left, arguments_only=True)
        return (reader if resolved is command else Reader(resolved)), left

    def parsed(self, command: str) -> Expr:
        """A statement, or a query inside another one, as sqlglot reads it; raises for what Snowflake has not."""
        text = inline(command, self._session.variables._variables)
        kept: Expr | None = _PARSED.get(text)
        if kept is not None:
            return kept.copy()
        expression = parse_one(text)
        builtin_functions.refuse_foreign(expression)
        context_functions.refuse_expressions(expression)
        expression = from_functions.resolve(label(with_named_columns(expression)))
        if len(text) <= known.LONGEST:
            _PARSED.keep(text, expression.copy())
        return expression

    def transformed(self, query: Expr) -> Expr:
        """A query inside another statement as DuckDB reads it; it reads streams and tables as any query does."""
        context = self._inner()
        return to_duckdb(self._session, run(context, builtin_functions.check_try_casts(query), INSIDE))

    def _inner(self, rule: Passed = Passed()) -> StatementContext:  # noqa: B008
        """The context of a query that has no place in the history: what it reads, the statement around it has read."""
        context = StatementContext(self._session, rule=rule)
        if self._session.running:
            context.accesses = self._session.running[-1].accesses
        return context

    def consumed(self, query: Expr) -> list[tuple[Path, str]]:
        """The streams that a query inside another statement reads, which consumes them; each with its clock."""
        return list(changes.consumed(self._session, query, None))

    def _pass(self, context: StatementContext, expression: Expr, params: Any) -> None:
        session = self._session
        try:
            with context.held:
                expression = run(context, expression, STAGES)
                if context.answer is not None:
                    self._present(context.answer)
                else:
                    with session.interruptible(), tables.not_null_held(context, expression):
                        self._execute_all(expression, params, context.types)
                    context.rule.record(context, expression)
                    if context.answer is not None:
                        self._present(context.answer)
                schema.record_types(session, expression, context.made)
        finally:
            if context.rule.commits:
                known.forget(session)

    def _execute_all(self, expression: Expr, params: Any, declared: Types = ()) -> None:
        bound = list(params) if isinstance(params, tuple) else params
        *first, last = explode(changes.placed(self._session, expression))
        for statement in first:
            self._duck_conn.execute(*self._bind(to_duckdb(self._session, statement), bound))
        shown: Any = self
        transformed = to_duckdb(self._session, last)
        self.spilled = None
        if table_names.makes_temporary(last):  # fakesnow would make a note of it for every session
            self._duck_conn.execute(*self._bind(transformed, bound))
            return
        if isinstance(transformed, exp.Query) and not transformed.args.get("seed"):
            self._query(transformed, bound, declared)
        else:
            joined = updates.multi_joined(self._session, transformed, bound)
            self._execute(transformed, self._bind(transformed, bound)[1])
            if joined:
                shown._arrow_table = updates.with_count(self._arrow_table, joined)
            self.columns = [(column[0], str(column[1])) for column in self._duck_conn.description or []]
        refuse_impossible_moments(self._arrow_table)

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
        places = {place.name for place in transformed.find_all(exp.Placeholder)}
        named = (
            {name: value for name, value in params.items() if name in places} if isinstance(params, dict) else params
        )
        return duck_sql(transformed), named if places else None

    def to_duck(self, expression: Expr) -> list[str]:
        """The DuckDB statements that a Snowflake statement becomes."""
        return [to_duckdb(self._session, statement).sql(dialect="duckdb") for statement in explode(expression)]

    def _present(self, result: Result) -> None:
        self.transfer = result.data if isinstance(result, Transfer) else None
        shown: Any = self  # fakesnow's attributes have no types of their own
        shown._arrow_table, self.spilled = result.arrow(), None
        shown._arrow_table_fetch_index = None
        shown._rowcount = len(result.rows)
        shown._last_transformed = exp.Select()
        self.columns = result.columns

    def _keep(self, query_id: str) -> None:
        """Keeps the answer for whoever asks for it again, as RESULT_SCAN does."""
        shown: Any = self
        self._session.results_cache.pop(shown._sfqid or "", None)  # fakesnow's own
        shown._sfqid = self._session.last_query_id = query_id
        self._session.hosting.results.keep(self.answer())

    def describe_columns(self, command: str, params: Parameters = None) -> Columns:
        """The columns that a statement would answer with. A query is planned and not run; nothing is changed."""
        reader, _ = self._reader(command, params)
        return with_room(reader.depth, lambda: self._describe(reader))

    def _describe(self, reader: Reader) -> Columns:
        reader, _ = self._last_of_chain(reader, None, describes=True)
        found = recognise(reader)
        self.statement_type_id = statement_type(found.words, reader)
        if isinstance(found.rule, Passed):
            try:
                return self._describe_passed(self.parsed(reader.sql))
            finally:
                scans.release(self._session)
        if isinstance(found.rule, Own) and found.rule.reads:
            return _run_own(self._session, reader, found).columns
        return done().columns

    def _describe_passed(self, expression: Expr) -> Columns:
        if isinstance(expression, exp.Merge):
            operations = merge_operations(expression)
            return [(f"number of rows {operation}", NUMBER) for operation, indices in operations.items() if indices]
        if (sql := DESCRIBE_RESULT_SQL.get(type(expression))) is None:
            unfilled = expression.transform(lambda node: exp.Null() if isinstance(node, exp.Placeholder) else node)
            context = self._inner()
            readable = run(context, unfilled.transform(context_functions.without_effect), READING)
            sql = to_duckdb(self._session, readable).sql(dialect="duckdb")
            described = self._duck_conn.execute(f"DESCRIBE {sql}").fetchall()
            return answers.shown([(row[0], row[1]) for row in described], context.types)[0]
        return [(row[0], row[1]) for row in self._duck_conn.execute(f"DESCRIBE {sql}").fetchall()]


def _run_own(session: Session, reader: Reader, found: Recognised) -> Result:
    if found.words[0] in _COMMITTING and found.words != ("ALTER", "SESSION"):
        transactions.commit_open(session)
    if isinstance(found.rule, Made):
        return found.rule.run(session, reader, found.form)
    assert isinstance(found.rule, Own)
    return found.rule.run(session, reader)


def _only_looks(rule: Rule) -> bool:
    if isinstance(rule, Passed):
        return not (rule.changes or rule.commits)
    return isinstance(rule, Own) and rule.reads


# DDL commits the open transaction: https://docs.snowflake.com/en/sql-reference/transactions#ddl
_COMMITTING = frozenset({"CREATE", "ALTER", "DROP", "GRANT", "REVOKE"})
