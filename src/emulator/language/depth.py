"""How deep a statement is nested, and room for one that is: reading it, and DuckDB planning it, take stack by level."""

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlglot.parsers.snowflake import SnowflakeParser
from sqlglot.tokenizer_core import Token, TokenType

from .. import errors

T = TypeVar("T")

DEEPEST = 1500  # levels: more are refused by name
_SHALLOW = 20  # levels that any thread has room for
_STACK_OF_A_LEVEL = 256 * 1024
_FRAMES_OF_A_LEVEL = 300

_OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE})
_BEGINNING = frozenset({"CASE", "BEGIN", "IF"})
# Each stands on all before it: on the queries and tables of its level, or on the conditions.
_JOINING = frozenset("UNION INTERSECT EXCEPT MINUS JOIN".split())
_CONNECTING = frozenset({"AND", "OR"})
_CLAUSES = frozenset("SELECT FROM WHERE GROUP ORDER HAVING QUALIFY WHEN THEN ELSE VALUES SET WITH".split())
_PARTS = frozenset({"ON", "USING", "AS"})  # of a clause
_LISTING = frozenset({"FROM", "WITH"})  # after them, what follows a comma stands on what is before it
_OPERANDS = SnowflakeParser.TYPE_TOKENS | {TokenType.VAR, TokenType.IDENTIFIER, TokenType.STRING, TokenType.NUMBER}
# How often DuckDB's words for a function say what its argument is; what stands in it is said as often again.
_SAID: Mapping[str, int] = {
    name: times
    for times, names in {
        2: "DIV0 DIV0NULL ZEROIFNULL GREATEST LEAST CONCAT_WS SQRT LN LOG POWER POW SQUARE EXP INSERT TRY_CAST IFNULL",
        3: "LENGTH LEN INITCAP CHR CHAR",
        4: "NULLIF NULLIFZERO TO_TIMESTAMP TO_TIMESTAMP_NTZ TO_TIMESTAMP_LTZ TO_TIMESTAMP_TZ STRTOK TO_CHAR TO_VARCHAR"
        " ARRAY_FLATTEN",
        9: "SPLIT_PART",
    }.items()
    for name in names.split()
}
_QUOTIENT = 2
_MOST_SAID = 1000


@dataclass
class _Level:
    """What stands on one another between two brackets."""

    joined: int = 0
    connected: int = 0  # since the last comma or clause
    operators: int = 0  # since the last of those, or connection
    lists: bool = False

    @property
    def height(self) -> int:
        return 1 + self.joined + self.connected + self.operators

    def clause(self, word: str) -> None:
        self.connected = self.operators = 0
        if word not in _PARTS:
            self.lists = word in _LISTING

    def comma(self) -> None:
        self.connected = self.operators = 0
        self.joined += self.lists


def depth(tokens: Sequence[Token]) -> int:
    """An upper bound of the levels: brackets, CASEs and blocks, and what stands on one another in each of them."""
    outer: list[_Level] = []
    level, below, deepest, before = _Level(), 0, 0, ""
    for index, token in enumerate(tokens):
        word, type_ = token.text.upper(), token.token_type
        if type_ in (TokenType.STRING, TokenType.IDENTIFIER):
            word = ""
        if type_ in _OPENING or (word in _BEGINNING and before != "END" and not _is_condition(tokens, index)):
            outer.append(level)
            below += level.height
            level = _Level()
        elif (type_ in _CLOSING or word == "END") and outer:
            level = outer.pop()
            below -= level.height
            level.operators += 1  # another index or argument list may stand on it
        elif type_ == TokenType.SEMICOLON:
            level = _Level()
        elif type_ == TokenType.COMMA:
            level.comma()
        elif word in _JOINING:
            level.joined += 1
        elif word in _CONNECTING:
            level.connected += 1
            level.operators = 0
        elif word in _CLAUSES or word in _PARTS:
            level.clause(word)
        elif type_ not in _OPERANDS:
            level.operators += 1
        deepest, before = max(deepest, below + level.height), word
    return deepest


def refuse_repetition(tokens: Sequence[Token]) -> None:
    """Refuses by name functions that stand so deep in one another that what DuckDB has to read would have no end."""
    outer: list[tuple[int, int, int]] = []
    # How often the innermost of an operand is said, the most of any before it here, and what the brackets multiply by.
    said, most, factor = 1, 1, 1
    before = ""
    for token in tokens:
        if token.token_type in _OPENING:
            outer.append((said, most, factor))
            said, most, factor = 1, 1, _SAID.get(before, 1)
        elif token.token_type in _CLOSING and outer:
            inside = max(said, most) * factor
            said, most, factor = outer.pop()
            said = max(said, inside)
        elif token.token_type == TokenType.SLASH:
            said *= _QUOTIENT
        elif token.token_type not in _OPERANDS:
            said, most = 1, max(said, most)
        if said > _MOST_SAID:
            raise errors.not_emulated(f"functions so deep in one another: one would be said {said:,} times to DuckDB")
        before = token.text.upper()


def _is_condition(tokens: Sequence[Token], index: int) -> bool:
    """Whether this is the IF of IF EXISTS or IF NOT EXISTS, which nothing ends."""
    following = tokens[index + 1].text.upper() if index + 1 < len(tokens) else ""
    return tokens[index].text.upper() == "IF" and following in ("EXISTS", "NOT", "SUSPENDED")


_guard = threading.Lock()
_deep = 0  # how many statements have room made for them
_usual_limit = sys.getrecursionlimit()


def with_room(levels: int, work: Callable[[], T]) -> T:
    """Does the work where there is stack for that many levels: here, or on a thread made for it.

    Refuses by name what is deeper than `DEEPEST`.
    """
    if levels <= _SHALLOW:
        return work()
    if levels > DEEPEST:
        raise errors.not_emulated(f"a statement of more than {DEEPEST:,} levels")
    found: list[Any] = []

    def run() -> None:
        try:
            found.extend((True, work()))
        except BaseException as error:
            found.extend((False, error))

    thread = _started(run, levels)
    thread.join()
    _ended()
    if found[0]:
        return found[1]  # type: ignore[no-any-return]
    raise found[1]


def _started(run: Callable[[], None], levels: int) -> threading.Thread:
    """A thread with the stack; the interpreter's limit is that of the deepest statement until all have ended."""
    global _deep, _usual_limit
    thread = threading.Thread(target=run, name="deep statement", daemon=True)
    with _guard:
        if not _deep:
            _usual_limit = sys.getrecursionlimit()
            sys.setrecursionlimit(_usual_limit + DEEPEST * _FRAMES_OF_A_LEVEL)
        _deep += 1
        usual = threading.stack_size(levels * _STACK_OF_A_LEVEL + 16 * 1024 * 1024)
        try:
            thread.start()
        finally:
            threading.stack_size(usual)
    return thread


def _ended() -> None:
    global _deep
    with _guard:
        _deep -= 1
        if not _deep:
            sys.setrecursionlimit(_usual_limit)
