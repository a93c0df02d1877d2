"""Reads a Snowflake Scripting block into a tree; `scripting.py` runs it.

Read: DECLARE, LET, `:=`, IF, CASE, loops, RETURN, RAISE, NULL, EXECUTE IMMEDIATE, SELECT ... INTO, nested blocks,
EXCEPTION, cursors, result sets and every SQL statement. Asynchronous statements are refused by name.
https://docs.snowflake.com/en/sql-reference-snowflake-scripting
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from .. import errors
from ..language.reader import Reader

OTHER = "OTHER"


@dataclass(frozen=True)
class Expression:
    text: str
    position: int


@dataclass(frozen=True)
class Name:
    text: str
    position: int


@dataclass(frozen=True)
class Sql:
    """A SQL statement; `into` are the variables of SELECT ... INTO, whose words stand between its parts."""

    parts: Sequence[Expression]
    into: Sequence[Name] = ()

    @property
    def text(self) -> str:
        return " ".join(part.text for part in self.parts)

    @property
    def position(self) -> int:
        return self.parts[0].position


@dataclass(frozen=True)
class ExecuteImmediate:
    statement: Expression
    position: int


@dataclass(frozen=True)
class Declare:
    """A variable of DECLARE or LET: its type or "", and what it begins with."""

    name: str
    type: str
    value: Expression | None
    position: int


@dataclass(frozen=True)
class DeclareRows:
    """A cursor with its query or the result set that it goes over, or a result set with what it begins with."""

    name: str
    source: Expression | None
    is_cursor: bool


@dataclass(frozen=True)
class DeclareException:
    """https://docs.snowflake.com/en/developer-guide/snowflake-scripting/exceptions#declaring-an-exception"""

    name: str
    code: int = -20000
    message: str = ""


Declaration: TypeAlias = Declare | DeclareException | DeclareRows


@dataclass(frozen=True)
class Assign:
    target: Name
    value: Expression


@dataclass(frozen=True)
class Return:
    value: Expression


@dataclass(frozen=True)
class Raise:
    """RAISE name; without one, what is being handled again."""

    name: Name | None
    position: int


@dataclass(frozen=True)
class Null:
    pass


@dataclass(frozen=True)
class If:
    branches: Sequence[tuple[Expression, "Body"]]
    otherwise: "Body"


@dataclass(frozen=True)
class Case:
    """CASE of a value, each branch with what it is compared to; without a value, with a condition."""

    value: Expression | None
    branches: Sequence[tuple[Expression, "Body"]]
    otherwise: "Body"


@dataclass(frozen=True)
class Loop:
    """WHILE has a condition to go on, REPEAT one to end, LOOP has none."""

    condition: Expression | None
    body: "Body"
    until: Expression | None
    label: str


@dataclass(frozen=True)
class For:
    """FOR with a counter."""

    counter: str
    start: Expression
    end: Expression
    is_reverse: bool
    body: "Body"
    label: str


@dataclass(frozen=True)
class ForEach:
    """FOR with the rows of a cursor or a result set."""

    row: str
    source: Name
    body: "Body"
    label: str


@dataclass(frozen=True)
class Open:
    name: Name
    using: Sequence[Expression]


@dataclass(frozen=True)
class Fetch:
    name: Name
    into: Sequence[Name]
    position: int


@dataclass(frozen=True)
class Close:
    name: Name
    position: int


@dataclass(frozen=True)
class ReturnTable:
    """RETURN TABLE(a result set), or TABLE(RESULTSET_FROM_CURSOR(a cursor))."""

    source: Name


@dataclass(frozen=True)
class Leave:
    """BREAK, or CONTINUE, of the innermost loop or of the one with the label."""

    is_continue: bool
    label: Name | None
    position: int


@dataclass(frozen=True)
class Handler:
    """What catches exceptions of these names; one that is CONTINUE goes on behind the statement that raised."""

    names: Sequence[str]
    is_continue: bool
    body: "Body"


@dataclass(frozen=True)
class Block:
    declarations: Sequence[Declaration]
    body: "Body"
    handlers: Sequence[Handler]


Action: TypeAlias = (
    Sql | ExecuteImmediate | Declare | DeclareRows | Assign | Open | Fetch | Close | Raise | Leave | Null
)
Statement: TypeAlias = Action | Return | ReturnTable | If | Case | Loop | For | ForEach | Block
Body: TypeAlias = Sequence[Statement]

_OPENING, _CLOSING = frozenset({"(", "[", "CASE"}), frozenset({")", "]", "END"})
_BODY_ENDS = frozenset({"END", "EXCEPTION", "ELSE", "ELSEIF", "WHEN", "UNTIL"})
_REFUSED = frozenset({"ASYNC", "AWAIT", "CANCEL"})


def begins_block(reader: Reader) -> bool:
    """Whether what follows BEGIN is a block; alone, or with TRANSACTION, WORK or NAME, it begins a transaction."""
    return not reader.done and reader.word() not in ("TRANSACTION", "WORK", "NAME", ";")


def parse_block(sql: str) -> Block:
    """The tree of `[DECLARE ...] BEGIN ... [EXCEPTION ...] END`. Raises 001003 where it is no block.

    https://docs.snowflake.com/en/sql-reference/snowflake-scripting/begin
    """
    reader = Reader(sql)
    block = _read_block(reader)
    reader.finish()
    return block


def _read_block(reader: Reader) -> Block:
    declarations = _read_declarations(reader) if reader.accept("DECLARE") else ()
    reader.expect("BEGIN")
    body = _read_body(reader)
    handlers = _read_handlers(reader) if reader.accept("EXCEPTION") else ()
    reader.expect("END")
    return Block(declarations, body, handlers)


def _read_declarations(reader: Reader) -> Sequence[Declaration]:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/declare"""
    found: list[Declaration] = []
    while not reader.sees("BEGIN"):
        is_exception = reader.word(1) == "EXCEPTION"
        found.append(_read_exception(reader) if is_exception else _read_variable(reader))
        reader.expect(";")
    return found


def _read_exception(reader: Reader) -> DeclareException:
    name = reader.name()
    reader.expect("EXCEPTION")
    if not reader.accept("("):
        return DeclareException(name)
    code = reader.value()
    reader.expect(",")
    message = reader.text()
    reader.expect(")")
    if not isinstance(code, int) or not -20999 <= code <= -20000:
        raise errors.invalid_value(code, "exception number")
    return DeclareException(name, code, message)


def _read_variable(reader: Reader) -> Declare | DeclareRows:
    position, name = reader.position, reader.name()
    if reader.sees("PROCEDURE"):
        raise errors.not_emulated("PROCEDURE in a Snowflake Scripting block")
    if reader.accept("CURSOR"):
        reader.expect("FOR")
        return DeclareRows(name, _read_expression(reader), is_cursor=True)
    if reader.accept("RESULTSET"):
        begins = reader.accept(":=") or reader.accept("DEFAULT")
        return DeclareRows(name, _read_expression(reader) if begins else None, is_cursor=False)
    type_ = read_until(reader, ":=", "DEFAULT", ";").text
    has_value = reader.accept(":=") or reader.accept("DEFAULT")
    if not type_ and not has_value:
        reader.fail()
    return Declare(name, type_, _read_expression(reader) if has_value else None, position)


def _read_body(reader: Reader) -> Body:
    found: list[Statement] = []
    while not reader.done and reader.word() not in _BODY_ENDS:
        found.append(_read_statement(reader))
        reader.expect(";")
    if not found:
        reader.fail()
    return found


def _read_handlers(reader: Reader) -> Sequence[Handler]:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/exception"""
    found = []
    while reader.accept("WHEN"):
        names = reader.several(reader.name, "OR")
        is_continue = reader.accept("CONTINUE")
        if not is_continue:
            reader.accept("EXIT")
        reader.expect("THEN")
        found.append(Handler(names, is_continue, _read_body(reader)))
    if not found:
        reader.fail()
    return found


def _read_statement(reader: Reader) -> Statement:
    if reader.word(1) == ":=":
        return _read_assignment(reader)
    word = reader.word()
    if word in _REFUSED:
        raise errors.not_emulated(f"{word} in a Snowflake Scripting block")
    return _STATEMENTS.get(word, _read_sql)(reader)


def _read_assignment(reader: Reader) -> Assign:
    target = _read_name(reader)
    reader.expect(":=")
    return Assign(target, _read_expression(reader))


def _read_let(reader: Reader) -> Declare | DeclareRows:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/let"""
    reader.expect("LET")
    declared = _read_variable(reader)
    if isinstance(declared, Declare) and declared.value is None:
        reader.fail()
    return declared


def _read_if(reader: Reader) -> If:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/if"""
    branches = []
    otherwise: Body = ()
    reader.expect("IF")
    while True:
        condition = _read_condition(reader)
        reader.expect("THEN")
        branches.append((condition, _read_body(reader)))
        if not reader.accept("ELSEIF"):
            break
    if reader.accept("ELSE"):
        otherwise = _read_body(reader)
    reader.expect("END", "IF")
    return If(branches, otherwise)


def _read_condition(reader: Reader) -> Expression:
    """A condition, which stands in brackets."""
    reader.expect("(")
    condition = read_until(reader, ")")
    reader.expect(")")
    return condition


def _read_case(reader: Reader) -> Case:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/case"""
    reader.expect("CASE")
    value = None if reader.sees("WHEN") else read_until(reader, "WHEN")
    branches = []
    while reader.accept("WHEN"):
        compared = read_until(reader, "THEN")
        reader.expect("THEN")
        branches.append((compared, _read_body(reader)))
    otherwise = _read_body(reader) if reader.accept("ELSE") else ()
    reader.expect("END")
    reader.accept("CASE")
    return Case(value, branches, otherwise)


def _read_loop(reader: Reader) -> Loop:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/loop"""
    reader.expect("LOOP")
    body = _read_body(reader)
    return Loop(None, body, None, _read_end(reader, "LOOP"))


def _read_while(reader: Reader) -> Loop:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/while"""
    reader.expect("WHILE")
    condition = _read_condition(reader)
    end = _read_do(reader, "WHILE")
    body = _read_body(reader)
    return Loop(condition, body, None, _read_end(reader, end))


def _read_repeat(reader: Reader) -> Loop:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/repeat"""
    reader.expect("REPEAT")
    body = _read_body(reader)
    reader.expect("UNTIL")
    until = _read_condition(reader)
    return Loop(None, body, until, _read_end(reader, "REPEAT"))


def _read_for(reader: Reader) -> For | ForEach:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/for"""
    reader.expect("FOR")
    counter = reader.name()
    reader.expect("IN")
    is_reverse = reader.accept("REVERSE")
    start = read_until(reader, "TO", "DO", "LOOP")
    if not reader.accept("TO"):
        source = _read_name(Reader(start.text))
        end = _read_do(reader, "FOR")
        body = _read_body(reader)
        return ForEach(counter, Name(source.text, start.position), body, _read_end(reader, end))
    limit = read_until(reader, "DO", "LOOP")
    end = _read_do(reader, "FOR")
    body = _read_body(reader)
    return For(counter, start, limit, is_reverse, body, _read_end(reader, end))


def _read_do(reader: Reader, word: str) -> str:
    """DO or LOOP; what stands behind the loop's END."""
    if reader.accept("DO"):
        return word
    reader.expect("LOOP")
    return "LOOP"


def _read_end(reader: Reader, word: str) -> str:
    """The label behind a loop's END, if there is one."""
    reader.expect("END", word)
    return "" if reader.sees(";") else reader.name()


def _read_leave(reader: Reader) -> Leave:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/break"""
    position, word = reader.position, reader.take_word()
    label = None if reader.sees(";") else _read_name(reader)
    return Leave(word in ("CONTINUE", "ITERATE"), label, position)


def _read_open(reader: Reader) -> Open:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/open"""
    reader.expect("OPEN")
    name = _read_name(reader)
    if not reader.accept("USING"):
        return Open(name, ())
    reader.expect("(")
    using = reader.several(lambda: read_until(reader, ",", ")"))
    reader.expect(")")
    return Open(name, using)


def _read_fetch(reader: Reader) -> Fetch:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/fetch"""
    position = reader.position
    reader.expect("FETCH")
    name = _read_name(reader)
    reader.expect("INTO")
    return Fetch(name, _read_targets(reader), position)


def _read_close(reader: Reader) -> Close:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/close"""
    position = reader.position
    reader.expect("CLOSE")
    return Close(_read_name(reader), position)


def _read_return(reader: Reader) -> Return | ReturnTable:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/return"""
    reader.expect("RETURN")
    if reader.accept("TABLE", "("):
        is_cursor = reader.accept("RESULTSET_FROM_CURSOR", "(")
        source = _read_name(reader)
        reader.expect(*[")"] * (1 + is_cursor))
        return ReturnTable(source)
    return Return(_read_expression(reader))


def _read_raise(reader: Reader) -> Raise:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/raise"""
    position = reader.position
    reader.expect("RAISE")
    return Raise(None if reader.sees(";") else _read_name(reader), position)


def _read_null(reader: Reader) -> Null:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/null"""
    reader.expect("NULL")
    return Null()


def _read_begin(reader: Reader) -> Statement:
    is_transaction = reader.word(1) in ("TRANSACTION", "WORK", "NAME")
    return _read_sql(reader) if is_transaction else _read_block(reader)


def _read_execute(reader: Reader) -> Statement:
    if not reader.sees("EXECUTE", "IMMEDIATE"):
        return _read_sql(reader)
    position = reader.position
    reader.expect("EXECUTE", "IMMEDIATE")
    refuse_other_immediate(reader)
    statement = read_until(reader, ";", "USING")
    refuse_other_immediate(reader)
    return ExecuteImmediate(statement, position)


def refuse_other_immediate(reader: Reader) -> None:
    for word in ("FROM", "USING"):
        if reader.sees(word):
            raise errors.not_emulated(f"EXECUTE IMMEDIATE ... {word}")


def _read_select(reader: Reader) -> Sql:
    """A query, or `SELECT ... INTO :variable [, ...] ...`; the colon may be left out: frostlake/scripting-doc-examples.

    https://docs.snowflake.com/en/developer-guide/snowflake-scripting/variables#setting-variables-to-the-results-of-a-select-statement
    """
    head = read_until(reader, "INTO", ";")
    if not reader.accept("INTO"):
        return Sql([head])
    into = _read_targets(reader)
    return Sql([head, read_until(reader, ";")], into)


def _read_targets(reader: Reader) -> Sequence[Name]:
    """`:variable [, ...]`, with or without the colons."""

    def read_target() -> Name:
        reader.accept(":")
        return _read_name(reader)

    return reader.several(read_target)


def _read_name(reader: Reader) -> Name:
    position = reader.position
    return Name(reader.name(), position)


def _read_sql(reader: Reader) -> Sql:
    return Sql([_read_expression(reader)])


def _read_expression(reader: Reader) -> Expression:
    found = read_until(reader, ";")
    if not found.text:
        reader.fail()
    return found


def read_until(reader: Reader, *stops: str) -> Expression:
    """The text up to one of the words, outside brackets and CASE ... END."""
    start, depth = reader.position, 0
    while depth or reader.word() not in stops:
        word = reader.word()
        depth += (word in _OPENING) - (word in _CLOSING)
        if depth < 0:
            reader.fail()
        reader.skip()
    return Expression(reader.sql[start : reader.position].rstrip(), start)


_STATEMENTS: Mapping[str, Callable[[Reader], Statement]] = {
    "LET": _read_let,
    "IF": _read_if,
    "CASE": _read_case,
    "LOOP": _read_loop,
    "WHILE": _read_while,
    "REPEAT": _read_repeat,
    "FOR": _read_for,
    "OPEN": _read_open,
    "FETCH": _read_fetch,
    "CLOSE": _read_close,
    **dict.fromkeys(("BREAK", "EXIT", "CONTINUE", "ITERATE"), _read_leave),
    "RETURN": _read_return,
    "RAISE": _read_raise,
    "NULL": _read_null,
    "DECLARE": _read_block,
    "BEGIN": _read_begin,
    "EXECUTE": _read_execute,
    "SELECT": _read_select,
    "WITH": _read_select,
}
