"""Words and commas that stand where an account takes none, and that sqlglot passes over.

Recorded: frostlake/parser-syntax-error-shape, frostlake/parser-trailing-token-shape.
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
_TOLERANT = ("SELECT", "FROM")  # lists that may end in a comma


def misplaced(tokens: Sequence[Token]) -> int | None:
    """The place of the first token that cannot stand where it does; the number of tokens if it is the end."""
    words = [
        "" if token.token_type in (TokenType.IDENTIFIER, TokenType.STRING) else token.text.upper() for token in tokens
    ]
    if not words or words[0] in ("CREATE", "ALTER"):
        return None
    clauses = [""]  # the clause that each open bracket is in
    for at, (word, following) in enumerate(pairwise([*words, _END])):
        if word == "(":
            clauses.append("")
        elif word == ")" and len(clauses) > 1:
            clauses.pop()
        elif word in _CLAUSES:
            clauses[-1] = word
        elif word == "RETURNING":  # which is refused
            return None
        elif word == "," and clauses[-1] not in _TOLERANT and following in _BEHIND_LISTS:
            return at + 1
        elif word == "*" and clauses[-1] == "FROM" and following in _BEHIND_TABLES:
            return at
        elif word in ("ORDER", "GROUP") and at and words[at - 1] not in (".", "WITHIN"):
            return at + 1
    return len(tokens) if words[-1] in ("GROUP BY", "ORDER BY") else None
