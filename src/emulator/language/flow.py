"""Chains of statements: `SHOW TABLES ->> SELECT "name" FROM $1`.

https://docs.snowflake.com/en/sql-reference/operators-flow
"""

from collections.abc import Iterator, Sequence

from sqlglot.tokenizer_core import Token, TokenType

from .. import errors
from .binds import literal
from .reader import tokenize

_CLAUSES = frozenset({"SELECT", "FROM", "WHERE", "ON", "USING", "GROUP", "HAVING", "QUALIFY", "ORDER", "LIMIT", "SET"})
_HOLDS_STATEMENTS = frozenset({"BEGIN", "DECLARE", "CREATE"})  # of a block, or the body of a task: run later


def split(sql: str) -> list[str]:
    """The statements of a chain, in their order; one that is not a chain is alone."""
    if "->>" not in sql:
        return [sql]
    tokens = tokenize(sql)
    arrows = [token for token in tokens if token.token_type == TokenType.DARROW]
    if not arrows or _holds_statements(tokens):
        return [sql]
    starts, ends = [0, *(arrow.end + 1 for arrow in arrows)], [*(arrow.start for arrow in arrows), len(sql)]
    return [sql[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def _holds_statements(tokens: Sequence[Token]) -> bool:
    words = [token.text.upper() for token in tokens[:6]]
    return words[0] in _HOLDS_STATEMENTS - {"CREATE"} or (words[0] == "CREATE" and "TASK" in words)


def placed(sql: str, query_ids: Sequence[str]) -> str:
    """A statement of a chain with the results that it reads, `$1` being that of the statement before, in their places.

    A number counts only where a table may stand; elsewhere `$1` is a column. Refuses one that no statement has.
    """
    pieces, end = [], 0
    for number in _numbers(tokenize(sql)):
        place = int(number.text)
        if not 1 <= place <= len(query_ids):
            raise errors.not_emulated(f"${place} in a statement of a chain that has {len(query_ids)} before it")
        pieces += [sql[end : number.start - 1], f"TABLE(RESULT_SCAN({literal(query_ids[-place])}))"]
        end = number.end + 1
    return "".join([*pieces, sql[end:]])


def _numbers(tokens: Sequence[Token]) -> Iterator[Token]:
    """The numbers of `$1` where a table may stand: behind FROM or JOIN, and behind a comma of theirs."""
    clauses = [""]
    for index, token in enumerate(tokens):
        word = token.text.upper()
        if token.token_type == TokenType.L_PAREN:
            clauses.append("")
        elif token.token_type == TokenType.R_PAREN and len(clauses) > 1:
            clauses.pop()
        elif token.token_type not in (TokenType.STRING, TokenType.IDENTIFIER) and word.split()[:1]:
            first = word.split()[0]
            if first in _CLAUSES or first == "JOIN":
                clauses[-1] = "FROM" if first == "JOIN" else first
        if token.token_type == TokenType.PARAMETER and index and index + 1 < len(tokens):
            before = tokens[index - 1].text.upper()
            listed = before == "," and clauses[-1] == "FROM"
            if tokens[index + 1].token_type == TokenType.NUMBER and (before in ("FROM", "JOIN") or listed):
                yield tokens[index + 1]
