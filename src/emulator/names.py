"""Names: DuckDB's for Snowflake's objects, always quoted, and an account's with its organization."""

from .reader import Path

ORGANIZATION = "EMULATOR"


def quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def duck_name(path: Path) -> str:
    """A path as DuckDB reads it: `"DB"."SCHEMA"."NAME"`."""
    return ".".join(map(quoted, path))


def organization_name(account: str) -> str:
    """An account as other accounts name it: https://docs.snowflake.com/en/user-guide/admin-account-identifier"""
    return f"{ORGANIZATION}.{account}"
