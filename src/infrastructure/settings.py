"""An object's properties set one by one, as SHOW shows them; everything else about the object stays as it is.

CREATE OR ALTER would put back to its default whatever it does not name.
https://docs.snowflake.com/en/sql-reference/sql/create-or-alter
"""

import json
from collections.abc import Callable, Mapping

from src.config.objects import SIZES
from src.utils.sql import literal

AS_THE_DATABASE = "as the database"

_SIZE_WORDS = {shown: word for word, shown in SIZES.items()}
_BARE_WORDS = ("NONE", "AUTO")
Clause = Callable[[str], str]


def _set(name: str, written: Callable[[str], str] = str) -> Clause:
    return lambda value: f"{name} = {written(value)}"


def _option(name: str) -> Clause:
    """An option of a file format, which inspection shows as JSON."""

    def clause(value: str) -> str:
        option = json.loads(value)
        return f"{name} = {option if option in _BARE_WORDS else literal(_as_tuple(option))}"

    return clause


def _as_tuple(option: object) -> str | int | bool | tuple[str, ...]:
    return tuple(option) if isinstance(option, list) else option  # type: ignore[return-value]


# What SET says of each property that inspection shows.
# https://docs.snowflake.com/en/sql-reference/sql/alter-database, alter-schema, alter-warehouse
_CLAUSES: Mapping[str, Mapping[str, Clause]] = {
    "DATABASE": {"retention_time": _set("DATA_RETENTION_TIME_IN_DAYS")},
    "SCHEMA": {"retention_time": _set("DATA_RETENTION_TIME_IN_DAYS")},
    "WAREHOUSE": {
        "size": _set("WAREHOUSE_SIZE", _SIZE_WORDS.__getitem__),
        "generation": _set("GENERATION", literal),
        "auto_suspend": _set("AUTO_SUSPEND"),
        "auto_resume": _set("AUTO_RESUME", str.upper),
        "statement_timeout_in_seconds": _set("STATEMENT_TIMEOUT_IN_SECONDS"),
        "resource_monitor": _set("RESOURCE_MONITOR"),
    },
}

# What a statement of its own says, by the property and, where that matters, its value.
# https://docs.snowflake.com/en/sql-reference/sql/alter-stage
_ALONE: Mapping[tuple[str, str, str], str] = {
    ("SCHEMA", "retention_time", AS_THE_DATABASE): "UNSET DATA_RETENTION_TIME_IN_DAYS",
    ("SCHEMA", "managed_access", "true"): "ENABLE MANAGED ACCESS",
    ("SCHEMA", "managed_access", "false"): "DISABLE MANAGED ACCESS",
    ("WAREHOUSE", "resource_monitor", ""): "UNSET RESOURCE_MONITOR",
    ("WAREHOUSE", "enable_query_acceleration", "true"): "SET ENABLE_QUERY_ACCELERATION = TRUE",
    ("WAREHOUSE", "enable_query_acceleration", "false"): "SET ENABLE_QUERY_ACCELERATION = FALSE",
    ("STAGE", "directory_enabled", "Y"): "SET DIRECTORY = (ENABLE = TRUE)",
    ("STAGE", "directory_enabled", "N"): "SET DIRECTORY = (ENABLE = FALSE)",
}


def settings(kind: str, name: str, properties: Mapping[str, str]) -> list[str]:
    """The statements that give an object these properties, the one with its comment first.

    Raises KeyError for a property that no statement sets.
    """
    alone = {one: _ALONE[kind, one, value] for one, value in properties.items() if (kind, one, value) in _ALONE}
    together = [_clause(kind, one)(value) for one, value in properties.items() if one not in alone]
    changes = ([f"SET {' '.join(together)}"] if together else []) + list(alone.values())
    return [f"ALTER {kind} {name} {change}" for change in changes]


def has_statement_of_its_own(kind: str, property_: str, value: str) -> bool:
    return (kind, property_, value) in _ALONE


def _clause(kind: str, property_: str) -> Clause:
    if property_ == "comment":
        return _set("COMMENT", literal)
    return _option(property_) if kind == "FILE FORMAT" else _CLAUSES[kind][property_]
