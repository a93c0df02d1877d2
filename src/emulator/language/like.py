"""LIKE as SHOW and LIST use it: `%` and `_`, any case, `\\` before a wildcard that stands for itself."""

import re


def like(text: str, pattern: str) -> bool:
    """Whether the whole text matches. https://docs.snowflake.com/en/sql-reference/functions/like"""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    regex = "".join({"%": ".*", "_": "."}.get(part) or re.escape(part[-1]) for part in parts)
    return re.fullmatch(regex, text, re.IGNORECASE | re.DOTALL) is not None
