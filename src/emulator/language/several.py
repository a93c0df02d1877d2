"""Several statements in one text, as the client's MULTI_STATEMENT_COUNT allows them."""

from collections.abc import Iterator

from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import TokenType

from .reader import tokenize

_OPENS = frozenset({"IF", "FOR", "WHILE", "LOOP", "REPEAT"})  # a statement of a block that has an END of its own
_BEFORE_A_STATEMENT = frozenset({";", "BEGIN", "THEN", "ELSE", "DO", "LOOP", "REPEAT", "EXCEPTION"})
_OF_TRANSACTION = frozenset({";", "TRANSACTION", "WORK", "NAME", ""})


def split(sql: str) -> list[str]:
    """The statements of a text, without what is empty or a comment alone; a block is one, with all that is in it.

    A text that cannot be read is one statement, which says so when it runs.
    https://docs.snowflake.com/en/developer-guide/sql-api/submitting-multiple-statements
    """
    if ";" not in sql:
        return [sql]
    try:
        return list(_statements(sql)) or [sql]
    except TokenError:
        return [sql]


def _statements(sql: str) -> Iterator[str]:
    tokens = tokenize(sql)
    texts = frozenset({TokenType.STRING, TokenType.RAW_STRING, TokenType.IDENTIFIER})
    words = ["" if token.token_type in texts else token.text.upper() for token in tokens] + [""]
    start, depth, declares = None, 0, False
    for index, token in enumerate(tokens):
        word, before = words[index], words[index - 1] if index else ";"
        if start is None and word != ";":
            start = token.start
        if word == "DECLARE" and before in (";", "AS"):
            declares = True
        elif word == "BEGIN" and words[index + 1] not in _OF_TRANSACTION:
            depth, declares = depth + 1, False
        elif depth and before != "END" and (word == "CASE" or (word in _OPENS and before in _BEFORE_A_STATEMENT)):
            depth += 1
        elif depth and word == "END":
            depth -= 1
        elif word == ";" and not depth and not declares and start is not None:
            yield sql[start : token.start]
            start = None
    if start is not None:
        yield sql[start : tokens[-1].end + 1]
