"""Names: DuckDB's for Snowflake's objects, always quoted, and an account's with its organization."""

import re
from collections.abc import Iterable

from sqlglot import Expr, exp

from .reader import Path

ORGANIZATION = "EMULATOR"


def quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def shown(name: str) -> str:
    """A name as SQL would have to write it: in quotes only where it needs them."""
    return name if re.fullmatch(r"[A-Z_][A-Z0-9_$]*", name) else quoted(name)


def dotted(path: Path) -> str:
    """A path as SQL would have to write it."""
    return ".".join(map(shown, path))


def folded(name: str) -> str:
    """What names that only case sets apart have in common, letter by letter: the sharp s stays."""
    return "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in name)


def text_literal(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))


def text_literals(texts: Iterable[str]) -> str:
    """A list of texts, as DuckDB reads one."""
    return f"[{', '.join(map(text_literal, texts))}]"


def file_literal(path: str) -> str:
    """A file's path where DuckDB would read a pattern."""
    return text_literal("".join(f"[{letter}]" if letter in "[*?" else letter for letter in path))


def duck_name(path: Path) -> str:
    """A path as DuckDB reads it: `"DB"."SCHEMA"."NAME"`."""
    return ".".join(map(quoted, path))


def organization_name(account: str) -> str:
    """An account as other accounts name it: https://docs.snowflake.com/en/user-guide/admin-account-identifier"""
    return f"{ORGANIZATION}.{account}"


def function_name(node: Expr) -> str:
    """A function's name as Snowflake writes it, in upper case."""
    return (
        node.name.upper() if isinstance(node, exp.Anonymous) else node.sql_name() if isinstance(node, exp.Func) else ""
    )
