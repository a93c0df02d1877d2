"""Words of Snowflake's grammar that may be names, where they stand as one.

Recorded: frostlake/ddl-keyword-column-names, frostlake/ddl-keyword-columns-join-words,
frostlake/ddl-name-keyword-positions.
"""

from collections.abc import Sequence

from sqlglot.tokenizer_core import Token, TokenType

from .places import word_of

_COLUMNS = frozenset("CROSS FETCH INNER JOIN LATERAL LIMIT TOP USING".split())
_TABLES = frozenset("CROSS INNER JOIN LATERAL USING WHEN".split())
_SIGNS = frozenset("= < > <= >= <> != + - * / || :: ,".split())
_BEFORE = _SIGNS.union("( SELECT DISTINCT WHERE AND OR NOT BY SET ON HAVING QUALIFY THEN ELSE".split())
_BEHIND = _SIGNS.union(") : FROM AS AND OR IS IN WHERE GROUP ORDER HAVING QUALIFY ASC DESC LIMIT THEN END ;".split())


def read(tokens: Sequence[Token]) -> None:
    """Makes names of the words that stand where only a column may, or behind TABLE, VIEW, INTO and WITH."""
    words = [_words(token) for token in tokens]
    for index, (token, [word, *_]) in enumerate(zip(tokens, words, strict=True)):
        before = words[index - 1][-1] if index else ""
        behind = words[index + 1][0] if index + 1 < len(words) else ";"
        is_column = word in _COLUMNS and before in _BEFORE and behind in _BEHIND
        if is_column or (word in _TABLES and before in ("TABLE", "VIEW", "INTO", "WITH")):
            token.token_type = TokenType.VAR


def _words(token: Token) -> list[str]:
    """Its words, as ORDER and BY; none of what is quoted."""
    return word_of(token).split() or [""]
