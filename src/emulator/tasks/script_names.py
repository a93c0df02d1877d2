"""Looks a block's names up before any of it runs, as an account compiles it.

A name that no declaration before it makes known is refused also where nothing would have read it, and no handler
catches that. Names of tables and columns are for the statements to find.
Recorded: frostlake/scripting-identifier-resolution, frostlake/scripting-bind-variable-dml.
"""

from snowflake.connector.errors import ProgrammingError

from .. import errors
from ..catalog.table_names import identifier
from ..language.names import shown
from ..language.reader import tokenize
from .script_parser import (
    Assign,
    Block,
    Body,
    Declare,
    DeclareException,
    ExecuteImmediate,
    Expression,
    If,
    Name,
    Raise,
    Return,
    Sql,
    Statement,
)
from .script_values import SELECT, bare_names, bindings, name_of, parse_expression

# https://docs.snowflake.com/en/developer-guide/snowflake-scripting/dml-status
STATUS = frozenset({"SQLROWCOUNT", "SQLFOUND", "SQLNOTFOUND", "ACTIVITY_COUNT"})
# https://docs.snowflake.com/en/developer-guide/snowflake-scripting/exceptions#handling-an-exception
HANDLED = frozenset({"SQLCODE", "SQLERRM", "SQLSTATE"})


def check(block: Block, sql: str) -> None:
    """Raises 000904, with its place in the text, for the first name that is not known where it stands."""
    _Names(sql).block(block, STATUS | HANDLED, frozenset())


class _Names:
    def __init__(self, sql: str) -> None:
        self._sql = sql

    def block(self, block: Block, variables: frozenset[str], exceptions: frozenset[str]) -> None:
        for declaration in block.declarations:
            if isinstance(declaration, DeclareException):
                exceptions |= {declaration.name}
            else:
                variables = self._declare(declaration, variables)
        self._body(block.body, variables, exceptions)
        for handler in block.handlers:  # which see nothing of the body
            self._body(handler.body, variables, exceptions)

    def _body(self, body: Body, variables: frozenset[str], exceptions: frozenset[str]) -> frozenset[str]:
        for statement in body:
            variables = self._statement(statement, variables, exceptions)
        return variables

    def _statement(self, statement: Statement, variables: frozenset[str], exceptions: frozenset[str]) -> frozenset[str]:
        """The variables that are known after it."""
        match statement:
            case Declare():
                return self._declare(statement, variables)
            case Sql():
                self._sql_statement(statement, variables)
            case Assign():
                self._require(statement.target, variables)
                self._expression(statement.value, variables)
            case Return():
                self._expression(statement.value, variables)
            case ExecuteImmediate():
                self._expression(statement.statement, variables)
            case Raise(name=Name() as name):
                self._require(name, exceptions)
            case If():
                for condition, body in statement.branches:
                    self._expression(condition, variables)
                    variables = self._body(body, variables, exceptions)
                return self._body(statement.otherwise, variables, exceptions)
            case Block():
                self.block(statement, variables, exceptions)
        return variables

    def _declare(self, declaration: Declare, variables: frozenset[str]) -> frozenset[str]:
        if declaration.value is not None:
            self._expression(declaration.value, variables)
        return variables | {declaration.name}

    def _sql_statement(self, statement: Sql, variables: frozenset[str]) -> None:
        for part in statement.parts:
            for colon, name in bindings(tokenize(part.text)):
                self._require(Name(name_of(name), part.position + colon.start), variables)
        for target in statement.into:
            self._require(target, variables)

    def _expression(self, expression: Expression, variables: frozenset[str]) -> None:
        """A `:name` is told as it is written, unlike that of a statement."""
        unknown = [
            (colon.start, name.text)
            for colon, name in bindings(tokenize(expression.text))
            if name_of(name) not in variables
        ]
        try:
            query = parse_expression(expression.text)
        except ProgrammingError:  # which running it says
            return
        for column in bare_names(query):
            if (name := identifier(column.this)) not in variables:
                unknown.append((int(column.this.meta["start"]) - len(SELECT), shown(name)))
        if unknown:
            start, told = min(unknown)
            raise errors.invalid_identifier(told, self._sql, expression.position + start)

    def _require(self, name: Name, known: frozenset[str]) -> None:
        if name.text not in known:
            raise errors.invalid_identifier(shown(name.text), self._sql, name.position)
