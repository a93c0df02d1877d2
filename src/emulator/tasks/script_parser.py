"""Reads a Snowflake Scripting block into a tree; `scripting.py` runs it.

Read: DECLARE, LET, `:=`, IF, CASE, loops, RETURN, RAISE, NULL, EXECUTE IMMEDIATE, SELECT ... INTO, nested blocks,
EXCEPTION, cursors, result sets and every SQL statement. Asynchronous statements are refused by name.
https://docs.snowflake.com/en/sql-reference-snowflake-scripting
"""

from collections.abc import Callable, Mapping, Sequence

from .. import errors
from ..language.reader import Reader
from . import script_tree as tree

_OPENING, _CLOSING = frozenset({"(", "[", "CASE"}), frozenset({")", "]", "END"})
_BODY_ENDS = frozenset({"END", "EXCEPTION", "ELSE", "ELSEIF", "WHEN", "UNTIL"})
_REFUSED = frozenset({"ASYNC", "AWAIT", "CANCEL"})


def begins_block(reader: Reader) -> bool:
    """Whether what follows BEGIN is a block; alone, or with TRANSACTION, WORK or NAME, it begins a transaction."""
    return not reader.done and reader.word() not in ("TRANSACTION", "WORK", "NAME", ";")


def parse_block(sql: str) -> tree.Block:
    """The tree of `[DECLARE ...] BEGIN ... [EXCEPTION ...] END`. Raises 001003 where it is no block.

    https://docs.snowflake.com/en/sql-reference/snowflake-scripting/begin
    """
    reader = Reader(sql)
    block = _read_block(reader)
    reader.finish()
    return block


def _read_block(reader: Reader) -> tree.Block:
    declarations = _read_declarations(reader) if reader.accept("DECLARE") else ()
    reader.expect("BEGIN")
    body = _read_body(reader)
    handlers = _read_handlers(reader) if reader.accept("EXCEPTION") else ()
    reader.expect("END")
    return tree.Block(declarations, body, handlers)


def _read_declarations(reader: Reader) -> Sequence[tree.Declaration]:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/declare"""
    found: list[tree.Declaration] = []
    while not reader.sees("BEGIN"):
        is_exception = reader.word(1) == "EXCEPTION"
        found.append(_read_exception(reader) if is_exception else _read_variable(reader))
        reader.expect(";")
    return found


def _read_exception(reader: Reader) -> tree.DeclareException:
    name = reader.name()
    reader.expect("EXCEPTION")
    if not reader.accept("("):
        return tree.DeclareException(name)
    code = reader.value()
    reader.expect(",")
    message = reader.text()
    reader.expect(")")
    if not isinstance(code, int) or not -20999 <= code <= -20000:
        raise errors.invalid_value(code, "exception number")
    return tree.DeclareException(name, code, message)


def _read_variable(reader: Reader) -> tree.Declare | tree.DeclareRows:
    position, name = reader.position, reader.name()
    if reader.sees("PROCEDURE"):
        raise errors.not_emulated("PROCEDURE in a Snowflake Scripting block")
    if reader.accept("CURSOR"):
        reader.expect("FOR")
        return tree.DeclareRows(name, _read_expression(reader), is_cursor=True)
    if reader.accept("RESULTSET"):
        begins = reader.accept(":=") or reader.accept("DEFAULT")
        return tree.DeclareRows(name, _read_expression(reader) if begins else None, is_cursor=False)
    type_ = read_until(reader, ":=", "DEFAULT", ";").text
    has_value = reader.accept(":=") or reader.accept("DEFAULT")
    if not type_ and not has_value:
        reader.fail()
    return tree.Declare(name, type_, _read_expression(reader) if has_value else None, position)


def _read_body(reader: Reader) -> tree.Body:
    found: list[tree.Statement] = []
    while not reader.done and reader.word() not in _BODY_ENDS:
        found.append(_read_statement(reader))
        reader.expect(";")
    if not found:
        reader.fail()
    return found


def _read_handlers(reader: Reader) -> Sequence[tree.Handler]:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/exception"""
    found = []
    while reader.accept("WHEN"):
        names = reader.several(reader.name, "OR")
        is_continue = reader.accept("CONTINUE")
        if not is_continue:
            reader.accept("EXIT")
        reader.expect("THEN")
        found.append(tree.Handler(names, is_continue, _read_body(reader)))
    if not found:
        reader.fail()
    return found


def _read_statement(reader: Reader) -> tree.Statement:
    if reader.word(1) == ":=":
        target = _read_name(reader)
        reader.expect(":=")
        return tree.Assign(target, _read_expression(reader))
    word = reader.word()
    if word in _REFUSED:
        raise errors.not_emulated(f"{word} in a Snowflake Scripting block")
    return _STATEMENTS.get(word, _read_sql)(reader)


def _read_let(reader: Reader) -> tree.Declare | tree.DeclareRows:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/let"""
    reader.expect("LET")
    declared = _read_variable(reader)
    if isinstance(declared, tree.Declare) and declared.value is None:
        reader.fail()
    return declared


def _read_if(reader: Reader) -> tree.If:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/if"""
    branches = []
    otherwise: tree.Body = ()
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
    return tree.If(branches, otherwise)


def _read_condition(reader: Reader) -> tree.Expression:
    """A condition, which stands in brackets."""
    reader.expect("(")
    condition = read_until(reader, ")")
    reader.expect(")")
    return condition


def _read_case(reader: Reader) -> tree.Case:
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
    return tree.Case(value, branches, otherwise)


def _read_loop(reader: Reader) -> tree.Loop:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/loop"""
    reader.expect("LOOP")
    body = _read_body(reader)
    return tree.Loop(None, body, None, _read_end(reader, "LOOP"))


def _read_while(reader: Reader) -> tree.Loop:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/while"""
    reader.expect("WHILE")
    condition = _read_condition(reader)
    end = _read_do(reader, "WHILE")
    body = _read_body(reader)
    return tree.Loop(condition, body, None, _read_end(reader, end))


def _read_repeat(reader: Reader) -> tree.Loop:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/repeat"""
    reader.expect("REPEAT")
    body = _read_body(reader)
    reader.expect("UNTIL")
    until = _read_condition(reader)
    return tree.Loop(None, body, until, _read_end(reader, "REPEAT"))


def _read_for(reader: Reader) -> tree.For | tree.ForEach:
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
        return tree.ForEach(counter, tree.Name(source.text, start.position), body, _read_end(reader, end))
    limit = read_until(reader, "DO", "LOOP")
    end = _read_do(reader, "FOR")
    body = _read_body(reader)
    return tree.For(counter, start, limit, is_reverse, body, _read_end(reader, end))


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


def _read_leave(reader: Reader) -> tree.Leave:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/break"""
    position, word = reader.position, reader.take_word()
    label = None if reader.sees(";") else _read_name(reader)
    return tree.Leave(word in ("CONTINUE", "ITERATE"), label, position)


def _read_open(reader: Reader) -> tree.Open:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/open"""
    reader.expect("OPEN")
    name = _read_name(reader)
    if not reader.accept("USING"):
        return tree.Open(name, ())
    reader.expect("(")
    using = reader.several(lambda: read_until(reader, ",", ")"))
    reader.expect(")")
    return tree.Open(name, using)


def _read_fetch(reader: Reader) -> tree.Fetch:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/fetch"""
    position = reader.position
    reader.expect("FETCH")
    name = _read_name(reader)
    reader.expect("INTO")
    return tree.Fetch(name, _read_targets(reader), position)


def _read_close(reader: Reader) -> tree.Close:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/close"""
    position = reader.position
    reader.expect("CLOSE")
    return tree.Close(_read_name(reader), position)


def _read_return(reader: Reader) -> tree.Return | tree.ReturnTable:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/return"""
    reader.expect("RETURN")
    if reader.accept("TABLE", "("):
        is_cursor = reader.accept("RESULTSET_FROM_CURSOR", "(")
        source = _read_name(reader)
        reader.expect(*[")"] * (1 + is_cursor))
        return tree.ReturnTable(source)
    if reader.sees(";"):
        return tree.Return(tree.Expression("NULL", reader.position))
    return tree.Return(_read_expression(reader))


def _read_raise(reader: Reader) -> tree.Raise:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/raise"""
    position = reader.position
    reader.expect("RAISE")
    return tree.Raise(None if reader.sees(";") else _read_name(reader), position)


def _read_null(reader: Reader) -> tree.Null:
    """https://docs.snowflake.com/en/sql-reference/snowflake-scripting/null"""
    reader.expect("NULL")
    return tree.Null()


def _read_begin(reader: Reader) -> tree.Statement:
    is_transaction = reader.word(1) in ("TRANSACTION", "WORK", "NAME")
    return _read_sql(reader) if is_transaction else _read_block(reader)


def _read_execute(reader: Reader) -> tree.Statement:
    if not reader.sees("EXECUTE", "IMMEDIATE"):
        return _read_sql(reader)
    position = reader.position
    reader.expect("EXECUTE", "IMMEDIATE")
    refuse_other_immediate(reader)
    statement = read_until(reader, ";", "USING")
    refuse_other_immediate(reader)
    return tree.ExecuteImmediate(statement, position)


def refuse_other_immediate(reader: Reader) -> None:
    for word in ("FROM", "USING"):
        if reader.sees(word):
            raise errors.not_emulated(f"EXECUTE IMMEDIATE ... {word}")


def _read_select(reader: Reader) -> tree.Sql:
    """A query, or `SELECT ... INTO :variable [, ...] ...`; the colon may be left out: frostlake/scripting-doc-examples.

    https://docs.snowflake.com/en/developer-guide/snowflake-scripting/variables#setting-variables-to-the-results-of-a-select-statement
    """
    head = read_until(reader, "INTO", ";")
    if not reader.accept("INTO"):
        return tree.Sql([head])
    into = _read_targets(reader)
    return tree.Sql([head, read_until(reader, ";")], into)


def _read_targets(reader: Reader) -> Sequence[tree.Name]:
    """`:variable [, ...]`, with or without the colons."""

    def read_target() -> tree.Name:
        reader.accept(":")
        return _read_name(reader)

    return reader.several(read_target)


def _read_name(reader: Reader) -> tree.Name:
    position = reader.position
    return tree.Name(reader.name(), position)


def _read_sql(reader: Reader) -> tree.Sql:
    return tree.Sql([_read_expression(reader)])


def _read_expression(reader: Reader) -> tree.Expression:
    found = read_until(reader, ";")
    if not found.text:
        reader.fail()
    return found


def read_until(reader: Reader, *stops: str) -> tree.Expression:
    """The text up to one of the words, outside brackets and CASE ... END."""
    start, depth = reader.position, 0
    while depth or reader.word() not in stops:
        word = reader.word()
        depth += (word in _OPENING) - (word in _CLOSING)
        if depth < 0:
            reader.fail()
        reader.skip()
    return tree.Expression(reader.sql[start : reader.position].rstrip(), start)


_STATEMENTS: Mapping[str, Callable[[Reader], tree.Statement]] = {
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
