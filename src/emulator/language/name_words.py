"""Words of Snowflake's grammar that may be names, where they stand as one.

Recorded: frostlake/ddl-keyword-column-names, frostlake/ddl-keyword-columns-join-words,
frostlake/ddl-name-keyword-positions.
"""

from collections.abc import Sequence

from sqlglot.parsers.snowflake import SnowflakeParser
from sqlglot.tokenizer_core import Token, TokenType

from .places import word_of

_COLUMNS = frozenset("CROSS FETCH INNER JOIN LATERAL LIMIT TOP USING".split())
_TABLES = frozenset("CROSS INNER JOIN LATERAL USING WHEN".split())
_BEFORE_TABLES = ("TABLE", "VIEW", "INTO", "WITH")
_BEFORE_WHEN = ("FROM", "UPDATE", "TO", "JOIN", "AS")  # CASE and MERGE have no WHEN there
_BEHIND_COLUMNS = frozenset(", ) ( NOT NULL DEFAULT COMMENT UNIQUE PRIMARY".split())
_SIGNS = frozenset("= < > <= >= <> != + - * / || :: ,".split())
_BEFORE = _SIGNS.union("( SELECT DISTINCT WHERE AND OR NOT BY SET ON HAVING QUALIFY THEN ELSE".split())
_BEHIND = _SIGNS.union(") : FROM AS AND OR IS IN WHERE GROUP ORDER HAVING QUALIFY ASC DESC LIMIT THEN END ;".split())


def read(tokens: Sequence[Token]) -> None:
    """Makes names of the words that stand where only a column may, or behind TABLE, VIEW, INTO and WITH."""
    words = [word_of(token).split() or [""] for token in tokens]
    for index, (token, [word, *_]) in enumerate(zip(tokens, words, strict=True)):
        before = words[index - 1][-1] if index else ""
        behind = words[index + 1][0] if index + 1 < len(words) else ";"
        is_name = word in _COLUMNS and before in _BEFORE and behind in _BEHIND
        is_name |= word in _TABLES and before in _BEFORE_TABLES
        is_name |= word == "WHEN" and (before in _BEFORE_WHEN or behind == ".")
        if is_name:
            token.token_type = TokenType.VAR
        if word == "CASE" and before in ("(", ",") and _is_type(tokens, words, index + 1):
            token.token_type, token.text = TokenType.IDENTIFIER, word  # by its text it would be an expression


def _is_type(tokens: Sequence[Token], words: Sequence[Sequence[str]], index: int) -> bool:
    """Whether the type of a column stands there, and nothing that a CASE goes on with."""
    return (
        index + 1 < len(tokens)
        and tokens[index].token_type in SnowflakeParser.TYPE_TOKENS
        and words[index + 1][0] in _BEHIND_COLUMNS
    )
