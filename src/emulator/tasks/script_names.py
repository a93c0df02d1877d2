"""Looks a block's names up before any of it runs, as an account compiles it.

A name that no declaration before it makes known is refused also where nothing would have read it, and no handler
catches that. Names of tables and columns are for the statements to find.
Recorded: frostlake/scripting-identifier-resolution, frostlake/scripting-bind-variable-dml.
"""

from dataclasses import dataclass, replace

from snowflake.connector.errors import ProgrammingError

from .. import errors
from ..catalog.table_names import identifier
from ..language.names import shown
from ..language.reader import tokenize
from . import script_tree as tree
from .script_values import SELECT, bare_names, bindings, name_of, parse_expression

# https://docs.snowflake.com/en/developer-guide/snowflake-scripting/dml-status
STATUS = frozenset({"SQLROWCOUNT", "SQLFOUND", "SQLNOTFOUND", "ACTIVITY_COUNT"})
# https://docs.snowflake.com/en/developer-guide/snowflake-scripting/exceptions#handling-an-exception
HANDLED = frozenset({"SQLCODE", "SQLERRM", "SQLSTATE"})


def check(block: tree.Block, sql: str) -> None:
    """Raises 000904, with its place in the text, for the first name that is not known where it stands."""
    _Names(sql).block(block, Known(STATUS | HANDLED))


@dataclass(frozen=True)
class Known:
    """The names of what a block has, and the labels of the loops around; that of a loop without one is ""."""

    variables: frozenset[str]
    sources: frozenset[str] = frozenset()  # cursors and result sets
    rows: frozenset[str] = frozenset()  # of the loops over them
    exceptions: frozenset[str] = frozenset()
    counters: frozenset[str] = frozenset()  # of the FOR loops around, which nothing may change
    labels: tuple[str, ...] = ()


class _Names:
    def __init__(self, sql: str) -> None:
        self._sql = sql

    def block(self, block: tree.Block, known: Known) -> None:
        for declaration in block.declarations:
            known = self._declare(declaration, known)
        self._body(block.body, known)
        for handler in block.handlers:  # which see nothing of the body
            self._body(handler.body, known)

    def _body(self, body: tree.Body, known: Known) -> Known:
        for statement in body:
            known = self._statement(statement, known)
        return known

    def _statement(self, statement: tree.Statement, known: Known) -> Known:
        """What is known after it."""
        match statement:
            case tree.Declare() | tree.DeclareRows():
                return self._declare(statement, known)
            case tree.If() | tree.Case():
                self._branches(statement, known)
            case tree.Loop() | tree.For() | tree.ForEach():
                self._loop(statement, known)
            case tree.Block():
                self.block(statement, known)
            case tree.Return():
                self._expression(statement.value, known)
            case tree.ReturnTable():
                self._require(statement.source, known.sources)
            case _:
                self._action(statement, known)
        return known

    def _action(self, statement: tree.Action, known: Known) -> None:
        match statement:
            case tree.Sql():
                self._sql_statement(statement, known)
            case tree.Assign() if statement.target.text in known.sources:
                self._query(statement.value, known)
            case tree.Assign():
                self._assign(statement, known)
            case tree.ExecuteImmediate():
                self._expression(statement.statement, known)
            case tree.Raise(name=tree.Name() as name):
                self._require(name, known.exceptions)
            case tree.Leave():
                if not known.labels:
                    raise errors.not_emulated("BREAK or CONTINUE outside a loop")
                if statement.label is not None and statement.label.text not in known.labels:
                    raise errors.unknown_label(statement.label.text)
            case tree.Open() | tree.Fetch() | tree.Close():
                self._require(statement.name, known.sources)
                for target in statement.into if isinstance(statement, tree.Fetch) else ():
                    self._require(target, known.variables)
                for value in statement.using if isinstance(statement, tree.Open) else ():
                    self._expression(value, known)

    def _assign(self, statement: tree.Assign, known: Known) -> None:
        """Recorded: frostlake/ForCounterAssignmentTest, which has the place of the `:=`."""
        at = self._sql.index(":=", statement.target.position)
        if statement.target.text in known.counters:
            raise errors.assignment_not_permitted(statement.target.text, self._sql, at)
        self._require(replace(statement.target, position=at), known.variables)
        self._expression(statement.value, known)

    def _branches(self, statement: tree.If | tree.Case, known: Known) -> None:
        """What a branch declares is known in it alone. Recorded: frostlake/BlockScopeTest."""
        if isinstance(statement, tree.Case) and statement.value is not None:
            self._expression(statement.value, known)
        for condition, body in statement.branches:
            self._expression(condition, known)
            self._body(body, known)
        self._body(statement.otherwise, known)

    def _loop(self, loop: tree.Loop | tree.For | tree.ForEach, known: Known) -> None:
        inside = replace(known, labels=(*known.labels, loop.label))
        expressions: list[tree.Expression | None] = []
        if isinstance(loop, tree.For):
            counter = {loop.counter}
            inside = replace(inside, variables=inside.variables | counter, counters=inside.counters | counter)
            expressions = [loop.start, loop.end]
        elif isinstance(loop, tree.ForEach):
            inside = replace(inside, rows=inside.rows | {loop.row})
            self._require(loop.source, known.sources)
        else:
            expressions = [loop.condition, loop.until]
        for expression in filter(None, expressions):
            self._expression(expression, known)
        self._body(loop.body, inside)

    def _declare(self, declaration: tree.Declaration, known: Known) -> Known:
        if isinstance(declaration, tree.DeclareException):
            return replace(known, exceptions=known.exceptions | {declaration.name})
        if isinstance(declaration, tree.DeclareRows):
            if declaration.source is not None:
                self._query(declaration.source, known)
            return replace(known, sources=known.sources | {declaration.name})
        if declaration.value is not None:
            self._expression(declaration.value, known)
        name = {declaration.name}
        return replace(known, variables=known.variables | name, counters=known.counters - name)

    def _sql_statement(self, statement: tree.Sql, known: Known) -> None:
        for part in statement.parts:
            self._query(part, known)
        for target in statement.into:
            self._require(target, known.variables)

    def _query(self, query: tree.Expression, known: Known) -> None:
        """A row is no value in a statement. Recorded: frostlake/scripting-record-field-bind-form."""
        for colon, name in bindings(tokenize(query.text)):
            if name_of(name) in known.rows - known.variables:
                if query.text[name.end + 1 : name.end + 2] == ".":
                    raise errors.syntax_error(self._sql, query.position + name.end + 1, ".")
                raise errors.bind_variable_not_set(f":{name.text}")
            self._require(tree.Name(name_of(name), query.position + colon.start), known.variables)

    def _expression(self, expression: tree.Expression, known: Known) -> None:
        """A `:name` is told as it is written, unlike that of a statement."""
        unknown = [
            (colon.start, name.text)
            for colon, name in bindings(tokenize(expression.text))
            if name_of(name) not in known.variables
        ]
        try:
            query = parse_expression(expression.text)
        except ProgrammingError:  # which running it says
            return
        for column in bare_names(query):
            if identifier(column.parts[0]) not in (known.rows if column.table else known.variables):
                told = ".".join(shown(identifier(part)) for part in column.parts)
                unknown.append((int(column.parts[0].meta["start"]) - len(SELECT), told))
        if unknown:
            start, told = min(unknown)
            raise errors.invalid_identifier(told, self._sql, expression.position + start)

    def _require(self, name: tree.Name, known: frozenset[str]) -> None:
        if name.text not in known:
            raise errors.invalid_identifier(shown(name.text), self._sql, name.position)
