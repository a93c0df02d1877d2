"""Words and commas that stand where an account takes none, and that sqlglot passes over.

Recorded: frostlake/parser-syntax-error-shape, frostlake/parser-trailing-token-shape,
frostlake/ddl-name-keyword-positions.
"""

from collections.abc import Sequence
from itertools import pairwise

from sqlglot.tokenizer_core import Token, TokenType

_CLAUSES = frozenset(
    ["SELECT", "FROM", "WHERE", "GROUP BY", "HAVING", "QUALIFY", "ORDER BY", "PARTITION BY", "LIMIT", "VALUES", "SET"]
)
_END = "<EOF>"
_BEHIND_LISTS = frozenset({_END, ")", "FROM"})
_BEHIND_TABLES = _CLAUSES | frozenset([_END, ")", ",", "JOIN", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "UNION"])
_JOIN_WORDS = frozenset("ASOF FULL LATERAL LEFT MATCH_CONDITION NATURAL RIGHT USING".split())  # no bare table's names
_TOLERANT = ("SELECT", "FROM")  # lists that may end in a comma


def word_of(token: Token) -> str:
    """The word in upper case; a name in double quotes is never one, whatever it says."""
    return "" if token.token_type in (TokenType.IDENTIFIER, TokenType.STRING) else token.text.upper()


def misplaced(words: Sequence[str]) -> list[int]:
    """The places of a statement's words that cannot stand where they do; the number of words is its end.

    Commas that begin a list are all told, of other words the first.
    """
    if not words or words[0] in ("CREATE", "ALTER"):
        return []
    commas = []
    clauses = [""]  # the clause that each open bracket is in
    for at, (word, following) in enumerate(pairwise([*words, _END])):
        if word == "(":
            clauses.append("")
        elif word == ")" and len(clauses) > 1:
            clauses.pop()
        elif word in _CLAUSES:
            clauses[-1] = word
        elif word == "RETURNING":  # which is refused
            return []
        elif word == "," and words[at - 1] in _CLAUSES:
            commas.append(at)
        elif (place := _misplaced(words, at, clauses[-1], following)) is not None:
            return commas or [place]
    return commas or ([len(words)] if words[-1] in ("GROUP BY", "ORDER BY") else [])


def _misplaced(words: Sequence[str], at: int, clause: str, following: str) -> int | None:
    if words[at] == "," and clause not in _TOLERANT and following in _BEHIND_LISTS:
        return at + 1
    if words[at] in _JOIN_WORDS and words[at - 1] == "FROM" and following in _BEHIND_TABLES:
        return at + 1
    if words[at] == "*" and clause == "FROM" and following in _BEHIND_TABLES:
        return at
    return at + 1 if words[at] in ("ORDER", "GROUP") and at and words[at - 1] not in (".", ":", "WITHIN") else None
