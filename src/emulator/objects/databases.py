"""Databases and schemas: a DuckDB file each database, a DuckDB schema each schema."""

import re
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import duckdb
from fakesnow import info_schema

from .. import errors
from ..account import Dropped, Object
from ..catalog.imported import ORIGIN
from ..language.names import duck_name, text_literal
from ..language.reader import Path, Reader, Value
from ..language.result import Result, columns, done, table
from ..session import Session, transactions
from ..session.visible import seen
from ..sql import database_macros
from ..store.definitions import define
from . import dropped
from .clones import Fill, clone
from .kinds import TERSE, Kind, Property, boolean, integer, text
from .objects import alter_object, read_existing
from .retention import EXTENSION, RETENTION, retention

# The defaults of new Iceberg tables: https://docs.snowflake.com/en/sql-reference/parameters#external-volume
CATALOG, EXTERNAL_VOLUME = "CATALOG", "EXTERNAL_VOLUME"
MANAGED_ACCESS = "MANAGED ACCESS"
_LONGEST_NAME = 230  # with what DuckDB appends to it, it is the name of a file, which may have 255 bytes
_MOST_DAYS = 90
_PLAIN = re.compile(r"[A-Z_][A-Z0-9_$]{0,254}")


def extension_days(name: str, value: Value) -> Value:
    if isinstance(value, int) and value > _MOST_DAYS:
        raise errors.extension_too_long(_MOST_DAYS)
    return integer(0, _MOST_DAYS)(name, value)


_PROPERTIES = {
    RETENTION: Property(None, integer(0, 90)),
    EXTENSION: Property(None, extension_days),
    CATALOG: Property(None, text),
    EXTERNAL_VOLUME: Property(None, text),
}


def checked_retention(session: Session, object_: Object) -> Object:
    """Standard edition and transient objects keep at most one day.

    https://docs.snowflake.com/en/user-guide/data-time-travel#data-retention-period
    """
    if retention(session, object_) <= 1:
        return object_
    if session.account.edition == "STANDARD" or object_.properties.get("TRANSIENT"):
        raise errors.retention_too_long()
    return object_


# DuckDB's own databases and schemas, and fakesnow's.
_OTHERS_DATABASES = frozenset({"MEMORY", "SYSTEM", "TEMP", "MAIN", "INFORMATION_SCHEMA", "SNOWFLAKE", "_FS_GLOBAL"})
_OTHERS_SCHEMAS = frozenset({"MAIN", "PG_CATALOG", "_FS_INFORMATION_SCHEMA"})


def refuse_twin(name: str, others: Iterable[Object]) -> None:
    """Refuses a name that only case sets apart from another one: DuckDB would take one for the other."""
    for other in others:
        if other.name != name and other.name.upper() == name.upper():
            raise errors.not_emulated(f'the name "{name}" beside "{other.name}"')


def _checked_database(session: Session, object_: Object) -> Object:
    if not _PLAIN.fullmatch(object_.name):
        raise errors.not_emulated(f'the database name "{object_.name}" (quoted, or not of A-Z, 0-9, _ and $)')
    sql = "SELECT upper(keyword_name) FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')"
    if object_.name in _OTHERS_DATABASES or (object_.name,) in session.duck.execute(sql).fetchall():
        raise errors.reserved_name(object_.name)
    if len(object_.name) > _LONGEST_NAME:
        raise errors.not_emulated(f"a database name of more than {_LONGEST_NAME} characters")
    return checked_retention(session, object_)


def attach(session: Session, database: str) -> None:
    """Opens the database's DuckDB file, made if absent, with what fakesnow keeps in each database.

    DuckDB keeps the file of one that was dropped until what was under way then has ended. Raises 000625 if that takes
    too long.
    """
    seconds = min(session.lock_timeout, _MOST_SECONDS)
    deadline = time.monotonic() + seconds
    file = text_literal(str(session.storage.database_file(database)))
    while True:
        try:
            session.duck.execute(f"ATTACH {file} AS {database}")
            break
        except duckdb.Error as error:
            if "is already attached by database" not in str(error):
                raise
            if time.monotonic() >= deadline:
                raise errors.lock_timeout(database, seconds) from error
            session.check_running()
            time.sleep(_SECONDS_BETWEEN_LOOKS)
    define_database(session.duck, database)


_SECONDS_BETWEEN_LOOKS, _MOST_SECONDS = 0.01, 60.0


def define_database(session_connection: Any, database: str) -> None:
    parts = (
        info_schema.per_db_creation_sql(database),
        database_macros.creation_sql(database),
        transactions.creation_sql(database),
    )
    define(session_connection, database, ";\n".join(parts))


def _create_database(session: Session, object_: Object) -> None:
    session.storage.remove_database(object_.name)
    try:
        attach(session, object_.name)
    except BaseException:
        with suppress(duckdb.Error):
            session.duck.execute(f"DETACH {object_.name}")
        session.storage.remove_database(object_.name)
        raise
    public = Object("SCHEMA", object_.name, "", "PUBLIC", object_.created_on, object_.owner)
    session.duck.execute(f"CREATE SCHEMA {object_.name}.PUBLIC")
    with session.account.in_one():
        session.account.save(public)
        session.account.save(object_)
    session.use_database(object_.name)


def _check_not_shared(session: Session, object_: Object) -> None:
    """A database in a share stays, which DROP DATABASE's page does not mention."""
    shares = sorted(
        {
            grant.grantee
            for grant in session.account.grants()
            if (grant.granted_to, grant.granted_on, grant.name) == ("SHARE", "DATABASE", object_.name)
        }
    )
    if shares:
        raise errors.still_shared(object_.name, shares)


def _check_imported(session: Session, old: Object, new: Object) -> None:
    """An imported database's comment is the consumer's, the rest the provider's."""
    if ORIGIN in old.properties and old.properties != new.properties:
        raise errors.insufficient_privileges(f"database '{old.name}'")


def _move_file(session: Session, record: Dropped) -> None:
    name = record.object_.name
    session.forget("DATABASE", record.path)
    with suppress(duckdb.Error):  # somebody reads it: its log is moved with it
        session.duck.execute(f"CHECKPOINT {name}")
    session.duck.execute(f"DETACH {name}")
    session.storage.put_away_database(name, record.number)
    session.account.forget_dropped(name)


def _drop_database(session: Session, object_: Object) -> None:
    session.account.imported.pop(object_.name, None)
    session.duck.execute(f"DETACH {object_.name}")
    session.storage.remove_database(object_.name)
    session.account.forget_dropped(object_.name)
    session.after_drop(session)


def _flag(value: object) -> str:
    return "Y" if value else "N"


def _options(object_: Object) -> str:
    return ", ".join(option for option in ("TRANSIENT", MANAGED_ACCESS) if object_.properties.get(option))


def _database_row(session: Session, object_: Object) -> dict[str, Any]:
    return {
        "is_default": "N",
        "is_current": _flag(session.database == object_.name),
        "origin": object_.properties.get(ORIGIN, ""),
        "options": _options(object_),
        "retention_time": str(retention(session, object_)),
        "kind": "IMPORTED DATABASE" if ORIGIN in object_.properties else "STANDARD",
    }


_CONTENT = columns("created_on:time name kind")


def _described_database(kind: Kind, session: Session, object_: Object) -> Result:
    """The schemas of a database. https://docs.snowflake.com/en/sql-reference/sql/desc-database"""
    schemas = seen(session, (schema for schema in _schemas(session) if schema.database == object_.name))
    return table(_CONTENT, [vars(schema) for schema in schemas])


# https://docs.snowflake.com/en/sql-reference/sql/show-databases
DATABASE = Kind(
    name="DATABASE",
    level="account",
    depth="executed",
    properties=_PROPERTIES,
    modifiers=frozenset({"TRANSIENT"}),
    columns=columns(
        "created_on:time name is_default is_current origin owner comment options retention_time kind owner_role_type"
        " object_visibility data_quality_monitoring_settings resharing_settings"
    ),
    terse=TERSE,
    row=_database_row,
    described=_described_database,
    privileges=frozenset(
        {
            "APPLYBUDGET",
            "CREATE DATABASE ROLE",
            "CREATE SCHEMA",
            "EXECUTE AUTO CLASSIFICATION",
            "MODIFY",
            "MONITOR",
            "REFERENCE_USAGE",
            "USAGE",
        }
    ),
    completed=_checked_database,
    created=_create_database,
    cloned=clone,
    altered=_check_imported,
    droppable=_check_not_shared,
    put_away=lambda session, object_: dropped.put_away(session, object_, _move_file),
    dropped=_drop_database,
)


def _create_schema(session: Session, object_: Object) -> None:
    dropped.clear_schema(session, object_.path)
    with session.scratch() as duck:
        duck.execute(f"CREATE SCHEMA IF NOT EXISTS {duck_name(object_.path)}")
    session.account.save(object_)
    session.use_schema(object_.path)


def _drop_schema(session: Session, object_: Object) -> None:
    dropped.clear_schema(session, object_.path)
    session.storage.remove_stages(object_.path)
    session.after_drop(session)


def _put_away_schema(session: Session, object_: Object) -> bool:
    if not dropped.put_away(session, object_):
        return False
    session.storage.remove_stages(object_.path)
    return True


def _clone_schema(session: Session, source: Object, target: Path) -> Fill:
    if source.properties.get(MANAGED_ACCESS):
        raise errors.not_emulated("CREATE SCHEMA ... CLONE of a schema with managed access")
    return clone(session, source, target)


def _checked_schema(session: Session, object_: Object) -> Object:
    if object_.name == "INFORMATION_SCHEMA":
        raise errors.schema_name_reserved(object_.name)
    if object_.name.upper() in _OTHERS_SCHEMAS:
        raise errors.reserved_name(object_.name)
    refuse_twin(object_.name, session.account.objects("SCHEMA", object_.database))
    return checked_retention(session, object_)


def _schema_row(session: Session, object_: Object) -> dict[str, Any]:
    return {
        "is_default": "N",
        "is_current": _flag((session.database, session.schema) == object_.path),
        "options": _options(object_),
        "retention_time": str(retention(session, object_)),
        "owner_role_type": "ROLE" if object_.owner else "",
        "is_nested": "false",
    }


def _schemas(session: Session) -> list[Object]:
    """All schemas, the Information Schema of each database among them, which has no owner."""
    of_information = [
        Object("SCHEMA", database.name, "", "INFORMATION_SCHEMA", database.created_on, "", _OF_INFORMATION)
        for database in session.account.objects("DATABASE")
    ]
    return sorted([*session.account.objects("SCHEMA"), *of_information], key=lambda schema: schema.path)


_OF_INFORMATION = "Views describing the contents of schemas in this database"


def _described_schema(kind: Kind, session: Session, object_: Object) -> Result:
    """What is in a schema. https://docs.snowflake.com/en/sql-reference/sql/desc-schema"""
    inside = [
        found for kind in ("TABLE", "VIEW") for found in seen(session, session.account.objects(kind, *object_.path))
    ]
    return table(_CONTENT, [vars(found) for found in sorted(inside, key=lambda found: found.name)])


# What CREATE may be granted for: https://docs.snowflake.com/en/user-guide/security-access-control-privileges
_IN_SCHEMAS = (
    "AGENT|AGGREGATION POLICY|ALERT|AUTHENTICATION POLICY|CORTEX SEARCH SERVICE|DATA METRIC FUNCTION|DBT PROJECT"
    "|DYNAMIC TABLE|EVENT TABLE|EXTERNAL TABLE|FILE FORMAT|FUNCTION|GIT REPOSITORY|HYBRID TABLE|ICEBERG TABLE"
    "|IMAGE REPOSITORY|JOIN POLICY|MASKING POLICY|MATERIALIZED VIEW|MODEL|MULTI PARTY APPROVAL POLICY"
    "|NETWORK RULE|NOTEBOOK|PACKAGES POLICY|PASSWORD POLICY|PIPE|PRIVACY POLICY|PROCEDURE|PROJECTION POLICY"
    "|ROW ACCESS POLICY|SECRET|SEMANTIC VIEW|SEQUENCE|SERVICE|SESSION POLICY|SNAPSHOT|STAGE|STREAM|STREAMLIT"
    "|TABLE|TAG|TASK|TEMPORARY TABLE|VIEW|ZEROCOPY CONNECTOR"
).split("|")

# https://docs.snowflake.com/en/sql-reference/sql/show-schemas
SCHEMA = Kind(
    name="SCHEMA",
    level="database",
    depth="executed",
    properties=_PROPERTIES | {MANAGED_ACCESS: Property(False, boolean)},
    modifiers=frozenset({"TRANSIENT"}),
    flags=(MANAGED_ACCESS,),
    columns=columns(
        "created_on:time name is_default is_current database_name owner comment options retention_time owner_role_type"
        " classification_profile_database classification_profile_schema classification_profile object_visibility"
        " is_nested"
    ),
    terse=TERSE,
    listing=_schemas,
    described=_described_schema,
    privileges=frozenset(
        {"ADD SEARCH OPTIMIZATION", "APPLYBUDGET", "EXECUTE AUTO CLASSIFICATION", "MODIFY", "MONITOR", "USAGE"}
    )
    | {f"CREATE {kind}" for kind in _IN_SCHEMAS},
    row=_schema_row,
    completed=_checked_schema,
    created=_create_schema,
    cloned=_clone_schema,
    put_away=_put_away_schema,
    dropped=_drop_schema,
)


def alter_schema(session: Session, reader: Reader) -> Result:
    """`ALTER SCHEMA [IF EXISTS] name SET ... | UNSET ... | ENABLE | DISABLE MANAGED ACCESS`.

    In a schema with managed access its owner alone grants privileges on what is in it, future grants among them.
    https://docs.snowflake.com/en/sql-reference/sql/alter-schema
    """
    schema = read_existing(SCHEMA, session, reader, "ALTER")
    if schema is None:
        return done()
    if not (enabled := reader.accept("ENABLE")) and not reader.accept("DISABLE"):
        return alter_object(SCHEMA, session, reader, schema)
    reader.expect("MANAGED", "ACCESS")
    reader.finish()
    session.account.save(replace(schema, properties={**schema.properties, MANAGED_ACCESS: enabled}))
    return done()
