"""Runs Snowflake Scripting: EXECUTE IMMEDIATE, a bare block, a task's body.

A block is not a transaction. Each SQL statement in it is a statement of the session, with its variables bound as
literals; expressions are computed by the same engine, outside the query history.
https://docs.snowflake.com/en/developer-guide/snowflake-scripting/blocks
"""

from collections import ChainMap
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fakesnow.statement_type import DML_TYPE_IDS
from snowflake.connector.errors import Error
from sqlglot import exp
from sqlglot.errors import ParseError

from .. import errors
from ..language import binds
from ..language.names import function_name
from ..language.reader import Reader
from ..language.result import TEXT, Columns, Fetched, Result
from ..language.variables import inline
from ..session import Session, transactions
from . import script_tree as tree
from .script_names import HANDLED, STATUS, check
from .script_parser import begins_block, parse_block, refuse_other_immediate
from .script_values import Variable, bind, bind_expression, is_true, literal

COLUMN = "anonymous block"

# https://docs.snowflake.com/en/developer-guide/snowflake-scripting/dml-status: TRUNCATE is not among them.
_DML = DML_TYPE_IDS


# Running


class Raised(Exception):
    """An exception of the block on its way to a handler: its name, code, SQLSTATE, message and place."""

    def __init__(self, name: str, code: int, state: str, message: str, position: int) -> None:
        super().__init__(message)
        self.name, self.code, self.state, self.message, self.position = name, code, state, message, position

    @classmethod
    def from_error(cls, name: str, error: Error, position: int) -> "Raised":
        message = str(error.raw_msg or error.msg or "")
        return cls(name, int(error.errno or 0), str(error.sqlstate or ""), message, position)


class Left(Exception):
    """BREAK or CONTINUE on its way to the loop that it means."""

    def __init__(self, statement: tree.Leave) -> None:
        super().__init__()
        self._statement = statement

    def goes_on_with(self, label: str) -> bool:
        """Whether a loop of this label goes on; passes itself on to the loop around it if it means another."""
        if self._statement.label is not None and self._statement.label.text != label:
            raise self
        return self._statement.is_continue


@dataclass
class Source:
    """A cursor or a result set: its query, the rows while it is open, and how many have been fetched."""

    query: tree.Expression | None
    is_cursor: bool
    found: Fetched | None = None
    at: int = 0

    def rows(self) -> Iterator[Sequence[Any]]:
        """The rows that have not been fetched yet, each fetched now."""
        while self.found is not None and self.at < len(self.found.rows):
            self.at += 1
            yield self.found.rows[self.at - 1]

    def close(self) -> None:
        self.found, self.at = None, 0


@dataclass
class Scope:
    """The variables, exceptions and cursors of a block and of the blocks around it."""

    variables: ChainMap[str, Variable] = field(default_factory=ChainMap)
    exceptions: ChainMap[str, tree.DeclareException] = field(default_factory=ChainMap)
    sources: ChainMap[str, Source] = field(default_factory=ChainMap)
    handled: Raised | None = None
    handlers: "tuple[tuple[tree.Handler, Scope], ...]" = ()  # from the innermost block, each with what it sees

    def inner(self, handled: Raised | None = None) -> "Scope":
        maps = (self.variables.new_child(), self.exceptions.new_child(), self.sources.new_child())
        return Scope(*maps, handled or self.handled, self.handlers)

    def handled_by(self, handlers: Sequence[tree.Handler]) -> "Scope":
        """The scope of a block's body, whose own variables the block's handlers do not see."""
        inner = self.inner()
        inner.handlers = (*((handler, self) for handler in handlers), *self.handlers)
        return inner

    def assign(self, name: str, variable: Variable) -> None:
        """Changes a variable where it was declared. Raises 000904 if it was not."""
        for variables in self.variables.maps:
            if name in variables:
                variables[name] = variable
                return
        raise errors.invalid_identifier(name)


_SUPPLIED = {name: Variable(None) for name in STATUS | HANDLED}


class Script:
    """One run of a block on a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.returns_table = False
        self._outer = Scope(ChainMap(dict(_SUPPLIED)))

    def run(self, block: tree.Block) -> Fetched | None:
        """What RETURN gave, or None. Raises Raised if no handler has caught an exception."""
        return self._block(block, self._outer)

    def _block(self, block: tree.Block, outer: Scope) -> Fetched | None:
        scope = outer.inner()
        try:
            for declaration in block.declarations:
                self._declare(declaration, scope)
            return self._body(block.body, scope.handled_by(block.handlers))
        except Raised as raised:
            handler = next((handler for handler in block.handlers if _catches(handler, raised)), None)
            if handler is None:
                raise
            return self._body(handler.body, _handling(scope, raised))

    def _body(self, body: tree.Body, scope: Scope) -> Fetched | None:
        for statement in body:
            try:
                returned = self._statement(statement, scope)
            except Raised as raised:
                caught = ((one, seen) for one, seen in scope.handlers if _catches(one, raised))
                handler, seen = next(caught, (None, scope))
                if handler is None or not handler.is_continue:
                    raise
                returned = self._body(handler.body, _handling(seen, raised))
            if returned is not None:
                return returned
        return None

    def _statement(self, statement: tree.Statement, scope: Scope) -> Fetched | None:
        match statement:
            case tree.Return():
                known = scope.variables.get(statement.value.text.removeprefix(":").upper())
                if known is not None and known.is_returned_as_text:
                    return self._answer(statement.value, scope, exp.DataType.build("VARCHAR", dialect="snowflake"))
                return self._answer(statement.value, scope)
            case tree.ReturnTable():
                self.returns_table = True
                return self._rows_of(statement.source, scope)
            case tree.If():
                return self._if(statement, scope)
            case tree.Case():
                return self._case(statement, scope)
            case tree.Loop():
                return self._turns(self._while(statement, scope), statement)
            case tree.For():
                return self._turns(self._counted(statement, scope), statement)
            case tree.ForEach():
                return self._turns(self._each(statement, scope), statement)
            case tree.Block():
                return self._block(statement, scope)
        self._act(statement, scope)
        return None

    def _act(self, statement: tree.Action, scope: Scope) -> None:
        """Carries a statement out that has none inside it and returns nothing."""
        match statement:
            case tree.Sql():
                self._sql(statement, scope)
            case tree.ExecuteImmediate():
                text = literal(self._evaluate(statement.statement, scope)).sql(dialect="snowflake")
                self._execute(f"EXECUTE IMMEDIATE {text}", statement.position)
            case tree.Declare() | tree.DeclareRows():
                self._declare(statement, scope)
            case tree.Assign() if statement.target.text in scope.sources:
                self._fill(scope.sources[statement.target.text], scope, statement.value)
            case tree.Assign():
                known = scope.variables.get(statement.target.text)
                value = self._evaluate(statement.value, scope, known.declared if known else None)
                with _raising("EXPRESSION_ERROR", statement.value.position):
                    scope.assign(statement.target.text, value)
            case tree.Open():
                source = scope.sources[statement.name.text]
                if source.found is not None or source.query is None:
                    raise errors.not_emulated("OPEN of a cursor that is open, or of a result set")
                self._fill(source, scope, source.query, statement.using)
            case tree.Fetch():
                self._fetch(statement, scope)
            case tree.Close():
                self._opened(statement, scope).close()
            case tree.Raise():
                raise self._raised(statement, scope)
            case tree.Leave():
                raise Left(statement)

    # Variables

    def _declare(self, declaration: tree.Declaration, scope: Scope) -> None:
        if isinstance(declaration, tree.DeclareException):
            scope.exceptions[declaration.name] = declaration
            return
        if isinstance(declaration, tree.DeclareRows):
            source = scope.sources[declaration.name] = Source(declaration.source, declaration.is_cursor)
            if declaration.source is not None and not declaration.is_cursor:
                self._fill(source, scope, declaration.source)
            return
        declared = _data_type(declaration) if declaration.type else None
        found = Variable(None, declared=declared)
        if declaration.value is not None:
            found = self._evaluate(declaration.value, scope, declared)
        scope.variables[declaration.name] = found

    def _evaluate(self, expression: tree.Expression, scope: Scope, declared: exp.DataType | None = None) -> Variable:
        answer = self._answer(expression, scope, declared)
        return Variable(answer.rows[0][0], answer.columns[0][1], declared)

    def _answer(self, expression: tree.Expression, scope: Scope, declared: exp.DataType | None = None) -> Fetched:
        with _raising("EXPRESSION_ERROR", expression.position):
            text = inline(expression.text, self._session.variables)
            bound = bind_expression(text, scope.variables)
            return self._session.cursor().evaluate(exp.cast(bound, declared) if declared else bound)

    def _if(self, statement: tree.If, scope: Scope) -> Fetched | None:
        for condition, body in statement.branches:
            if is_true(self._evaluate(condition, scope)):
                return self._body(body, scope.inner())
        return self._body(statement.otherwise, scope.inner())

    def _case(self, statement: tree.Case, scope: Scope) -> Fetched | None:
        operand = self._evaluate(statement.value, scope) if statement.value is not None else None
        for compared, body in statement.branches:
            if self._holds(compared, operand, scope):
                return self._body(body, scope.inner())
        return self._body(statement.otherwise, scope.inner())

    def _holds(self, compared: tree.Expression, operand: Variable | None, scope: Scope) -> bool:
        """Whether a branch of CASE is taken: its condition is true, or its value is the operand."""
        value = self._evaluate(compared, scope)
        if operand is None:
            return is_true(value)
        with _raising("EXPRESSION_ERROR", compared.position):
            equal = self._session.cursor().evaluate(exp.EQ(this=literal(operand), expression=literal(value)))
        return bool(equal.rows[0][0])

    # Loops

    def _turns(self, scopes: Generator[Scope, None, None], loop: tree.Loop | tree.For | tree.ForEach) -> Fetched | None:
        """Runs a loop's body in one scope after another."""
        for scope in scopes:
            self._session.check_running()
            try:
                if (returned := self._body(loop.body, scope)) is not None:
                    return returned
            except Left as left:
                if not left.goes_on_with(loop.label):
                    break
        scopes.close()
        return None

    def _while(self, statement: tree.Loop, scope: Scope) -> Generator[Scope, None, None]:
        while statement.condition is None or is_true(self._evaluate(statement.condition, scope)):
            yield scope.inner()
            if statement.until is not None and is_true(self._evaluate(statement.until, scope)):
                return

    def _counted(self, statement: tree.For, scope: Scope) -> Generator[Scope, None, None]:
        start, end = self._bound(statement.start, scope), self._bound(statement.end, scope)
        numbers = range(start, end + 1)
        for number in reversed(numbers) if statement.is_reverse else numbers:
            inner = scope.inner()
            inner.variables[statement.counter] = Variable(number, "BIGINT", is_returned_as_text=True)
            yield inner

    def _each(self, statement: tree.ForEach, scope: Scope) -> Generator[Scope, None, None]:
        """With the fields of each row as variables; a cursor that is not open is open for the loop alone."""
        source = scope.sources[statement.source.text]
        is_closed = source.found is None
        found = self._rows_of(statement.source, scope)
        try:
            for row in source.rows():
                inner = scope.inner()
                for value, (name, duck_type) in zip(row, found.columns, strict=True):
                    inner.variables[f"{statement.row}.{name}"] = Variable(value, duck_type)
                yield inner
        finally:
            if is_closed:
                source.close()
            elif not source.is_cursor:
                source.at = 0

    def _bound(self, expression: tree.Expression, scope: Scope) -> int:
        value = self._evaluate(expression, scope, exp.DataType.build("NUMBER(38, 0)", dialect="snowflake")).value
        if value is None:
            raise errors.not_emulated("FOR with a bound that is NULL")
        return int(value)

    # Cursors and result sets

    def _fill(
        self, source: Source, scope: Scope, query: tree.Expression, using: Sequence[tree.Expression] = ()
    ) -> None:
        """Runs a query, `(a query)`, `(EXECUTE IMMEDIATE a text)` or, for a cursor, takes a result set's rows."""
        values = [self._evaluate(one, scope).value for one in using]
        text = query.text[1:-1].strip() if query.text.startswith("(") else query.text
        reader = Reader(text)
        if (known := scope.sources.get(text.upper())) is not None and known.found is not None:
            source.found, source.at = known.found, 0
            return
        at = query.position
        if reader.accept("EXECUTE", "IMMEDIATE"):
            at += query.text.index(text)
            told = self._evaluate(tree.Expression(reader.rest, at), scope)
            sql = f"EXECUTE IMMEDIATE {literal(told).sql(dialect='snowflake')}"
        else:
            with _raising("STATEMENT_ERROR", query.position):
                sql, _ = binds.inline(bind(text, scope.variables), values)
        source.found, source.at = self._execute(sql, at), 0

    def _opened(self, statement: tree.Fetch | tree.Close, scope: Scope) -> Source:
        source = scope.sources[statement.name.text]
        if source.found is None:
            error = errors.cursor_not_open(statement.name.text)
            raise Raised.from_error("STATEMENT_ERROR", error, statement.position)
        return source

    def _fetch(self, statement: tree.Fetch, scope: Scope) -> None:
        """Sets variables from the next row, to NULL behind the last one."""
        source = self._opened(statement, scope)
        columns = source.found.columns if source.found is not None else ()
        row = next(source.rows(), [None] * len(columns))
        with _raising("STATEMENT_ERROR", statement.position):
            _set_variables(statement.into, row, columns, scope)

    def _rows_of(self, name: tree.Name, scope: Scope) -> Fetched:
        source = scope.sources[name.text]
        if source.found is None and source.is_cursor and source.query is not None:
            self._fill(source, scope, source.query)
        if source.found is None:
            raise errors.not_emulated("the rows of a result set that has none")
        return source.found

    # Statements

    def _sql(self, statement: tree.Sql, scope: Scope) -> None:
        with _raising("STATEMENT_ERROR", statement.position):
            sql = bind(statement.text, scope.variables)
        result = self._execute(sql, statement.position)
        if statement.into:
            with _raising("STATEMENT_ERROR", statement.position):
                if len(result.rows) != 1:
                    raise errors.rows_of_select_into(len(result.rows))
                _set_variables(statement.into, result.rows[0], result.columns, scope)

    def _execute(self, sql: str, position: int) -> Fetched:
        cursor = self._session.cursor()
        self._outer.variables.update(_SUPPLIED)
        with _raising("STATEMENT_ERROR", position):
            cursor.execute(sql)
        fetched = cursor.fetched()
        if cursor.statement_type_id in _DML:
            # https://docs.snowflake.com/en/developer-guide/snowflake-scripting/dml-status
            count = cursor.rowcount or 0
            affected = {
                "SQLROWCOUNT": Variable(count, "BIGINT"),
                "SQLFOUND": Variable(count > 0, "BOOLEAN"),
                "SQLNOTFOUND": Variable(count == 0, "BOOLEAN"),
                "ACTIVITY_COUNT": Variable(count, "BIGINT"),
            }
            self._outer.variables.update(affected)
        else:
            self._outer.variables["ACTIVITY_COUNT"] = Variable(len(fetched.rows), "BIGINT")
        return fetched

    # Exceptions

    def _raised(self, statement: tree.Raise, scope: Scope) -> Raised:
        """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/raise"""
        if statement.name is None and scope.handled is not None:
            return scope.handled
        declared = scope.exceptions.get(statement.name.text) if statement.name else None
        if declared is None:
            error = errors.invalid_identifier(statement.name.text if statement.name else "RAISE")
            return Raised.from_error("EXPRESSION_ERROR", error, statement.position)
        return Raised(declared.name, declared.code, "P0001", declared.message, statement.position)


@contextmanager
def _raising(name: str, position: int) -> Iterator[None]:
    """Turns a Snowflake error inside into an exception of the block, of this name and at this place."""
    try:
        yield
    except Error as error:
        if errors.is_end_of_statement(error):
            raise
        raise Raised.from_error(name, error, position) from error


def _data_type(declaration: tree.Declare) -> exp.DataType:
    try:
        return exp.DataType.build(declaration.type, dialect="snowflake")
    except ParseError:
        error = errors.unsupported(f"data type {declaration.type}")
        raise Raised.from_error("EXPRESSION_ERROR", error, declaration.position) from None


def _set_variables(names: Sequence[tree.Name], row: Sequence[Any], columns: Columns, scope: Scope) -> None:
    if len(names) != len(columns):
        raise errors.rows_of_select_into(1)
    for name, value, (_, duck_type) in zip(names, row, columns, strict=True):
        known = scope.variables.get(name.text)
        scope.assign(name.text, Variable(value, duck_type, known.declared if known else None))


def _catches(handler: tree.Handler, raised: Raised) -> bool:
    return bool({raised.name, tree.OTHER} & set(handler.names))


def _handling(scope: Scope, raised: Raised) -> Scope:
    """The scope of a handler: DECLARE's variables, and SQLCODE, SQLERRM and SQLSTATE.

    https://docs.snowflake.com/en/developer-guide/snowflake-scripting/exceptions#handling-an-exception
    """
    inner = scope.inner(raised)
    inner.variables.update(
        SQLCODE=Variable(raised.code, "INTEGER", is_returned_as_text=True),
        SQLERRM=Variable(raised.message),
        SQLSTATE=Variable(raised.state),
    )
    return inner


# The statements


def run_block(session: Session, sql: str) -> Result:
    """Runs a block and answers with what it returned, in the column `anonymous block`.

    Raises what no handler caught, with the code of what raised it; a transaction that the block began and did not end
    is rolled back. That a block which ends well with an open transaction fails is documented for procedures.
    https://docs.snowflake.com/en/sql-reference/transactions#scoped-transactions
    """
    block = parse_block(sql)
    check(block, sql)
    began_inside = session.autocommits and not session.in_transaction
    script = Script(session)
    try:
        returned = script.run(block)
    except Raised as raised:
        _roll_back(session, began_inside)
        line, column = errors.line_and_column(sql, raised.position)
        raise errors.uncaught(raised.name, raised.code, raised.state, raised.message, line, column) from None
    except Error:  # the statement has been ended from outside
        if began_inside:
            transactions.rollback_open(session)
        raise
    if _roll_back(session, began_inside):
        raise errors.incomplete_transaction()
    if script.returns_table and returned is not None:
        return returned
    if returned is None or returned.rows == [(None,)]:
        return Result([(COLUMN, TEXT)], [(None,)])
    return returned.renamed([COLUMN])


def _roll_back(session: Session, began_inside: bool) -> bool:
    """Rolls back a transaction that the block began, and says whether there was one."""
    is_open = began_inside and session.in_transaction
    if is_open:
        session.cursor().execute("ROLLBACK")
    return is_open


def execute_immediate(session: Session, reader: Reader) -> Result:
    """`EXECUTE IMMEDIATE 'a statement or a block'`; the text may stand between `$$`, or in a session variable.

    https://docs.snowflake.com/en/sql-reference/sql/execute-immediate
    """
    refuse_other_immediate(reader)
    if reader.sees("$"):
        reader = Reader(inline(reader.rest, session.variables))
    if not reader.sees_text():
        raise errors.not_emulated("EXECUTE IMMEDIATE of anything but a text")
    sql = reader.text()
    refuse_other_immediate(reader)
    reader.finish()
    reader = Reader(sql)
    if reader.accept("DECLARE") or (reader.accept("BEGIN") and begins_block(reader)):
        return run_block(session, sql)
    return session.cursor().execute(sql).fetched()


def begin(session: Session, reader: Reader) -> Result:
    """BEGIN: of a transaction, or of a block sent as a statement."""
    return run_block(session, reader.sql) if begins_block(reader) else transactions.begin(session, reader)


def declare(session: Session, reader: Reader) -> Result:
    """`DECLARE ... BEGIN ... END` sent as a statement."""
    return run_block(session, reader.sql)


def call(session: Session, reader: Reader) -> Result:
    """`CALL SYSTEM$SET_RETURN_VALUE('a text')`, of a task, and `CALL SYSTEM$WAIT(n)`; no procedure is emulated.

    https://docs.snowflake.com/en/sql-reference/sql/call
    """
    name = reader.word()
    if name not in ("SYSTEM$SET_RETURN_VALUE", "SYSTEM$WAIT"):
        raise errors.not_emulated(f"CALL {name or reader.rest}")
    called = bind_expression(reader.rest, {})
    if function_name(called) != name:
        raise errors.not_emulated(f"CALL {called.sql(dialect='snowflake')}")
    return session.cursor().evaluate(called).renamed([name])
