"""LIKE as SHOW and LIST use it: `%` and `_`, any case, `\\` before a wildcard that stands for itself."""

import re


def like(text: str, pattern: str) -> bool:
    """Whether the whole text matches. https://docs.snowflake.com/en/sql-reference/functions/like"""
    return re.fullmatch(_to_regex(pattern), text, re.IGNORECASE | re.DOTALL) is not None


def _to_regex(pattern: str) -> str:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    return "".join({"%": ".*", "_": "."}.get(part) or re.escape(part[-1]) for part in parts)
