"""Parameters: ALTER SESSION, and SHOW PARAMETERS of a session, a database, a schema or a warehouse."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .. import errors
from ..account import Object
from ..errors import Text
from ..language.like import like
from ..language.reader import Path, Reader, Value
from ..language.result import TEXT, Result, done, table
from ..session import Session
from ..session.transactions import commit_open
from ..session.visible import sees
from .databases import CATALOG, EXTERNAL_VOLUME
from .kinds import integer, text
from .objects import read_like
from .retention import EXTENSION, RETENTION
from .session_parameters import SESSION, Parameter


def alter_session(session: Session, reader: Reader) -> Result:
    """`ALTER SESSION SET name = value ... | UNSET name ...`; raises 001006 for an unknown parameter.

    https://docs.snowflake.com/en/sql-reference/sql/alter-session
    """
    if reader.accept("SET"):
        given = reader.properties()
        if not given:
            reader.fail()
    else:
        reader.expect("UNSET")
        given = {}
        while not reader.done:
            given |= {reader.take_word(): None}
            reader.accept(",")
    for name in given:
        if name not in SESSION:
            raise errors.invalid_parameter(name)
    for name, value in given.items():
        set_parameter(session, name, value)
    return done()


def session_parameter(session: Session, name: str) -> Value:
    return session.parameters.get(name, SESSION[name].default)


def set_parameter(session: Session, name: str, value: Value) -> None:
    """Sets a session parameter, or with None resets it."""
    plain = str(value) if isinstance(value, Text) else value  # whose refusal shows no quotes
    checked = SESSION[name].default if plain is None else SESSION[name].check(name, plain)
    if name == "AUTOCOMMIT" and checked:
        commit_open(session)
    session.parameters[name] = checked
    if (variable := SESSION[name].variable) is not None:
        session.set_variable(name, None if checked == SESSION[name].default else variable(checked))


def set_from_client(session: Session, name: str, value: Value) -> None:
    """A parameter sent at login; one that the emulator does not know concerns the client alone."""
    if name in SESSION:
        set_parameter(session, name, _as_typed(SESSION[name], value))


@contextmanager
def for_statement(session: Session, sent: object) -> Iterator[None]:
    """What a client sends with one statement, as Snowpark's `statement_params`, holds for that statement.

    AUTOCOMMIT is the session's.
    """
    given = {name.upper(): value for name, value in sent.items()} if isinstance(sent, dict) else {}
    named = given.keys() & SESSION.keys() - {"AUTOCOMMIT"}
    before = {name: session.parameters[name] for name in named if name in session.parameters}
    try:
        for name in named:
            set_from_client(session, name, given[name])
        yield
    finally:
        for name in named:
            set_parameter(session, name, before.get(name))
            if name not in before:
                session.parameters.pop(name, None)


def _as_typed(parameter: Parameter, value: Value) -> Value:
    """Connector 5 sends every value as a text."""
    if isinstance(value, str) and parameter.type == "BOOLEAN" and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return int(value) if isinstance(value, str) and parameter.type == "NUMBER" and value.isdigit() else value


def parameter_row(parameter: Parameter, value: Value, level: str) -> dict[str, Any]:
    return {
        "key": parameter.name,
        "value": _shown(value),
        "default": _shown(parameter.default),
        "level": level,
        "description": parameter.description,
        "type": parameter.type,
    }


def _shown(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


_RETENTION = Parameter(RETENTION, 1, integer(0, 90), "NUMBER", "The days of Time Travel.")
_ICEBERG_DEFAULTS = (
    Parameter(CATALOG, "", text, "STRING", "The catalog of new Iceberg tables."),
    Parameter(EXTERNAL_VOLUME, "", text, "STRING", "The external volume of new Iceberg tables."),
)
_EXTENSION = Parameter(EXTENSION, 14, integer(0, 90), "NUMBER", "The days that a stream may extend Time Travel by.")


def _retention_rows(session: Session, object_: Object) -> list[dict[str, Any]]:
    return [_inherited_row(session, object_, parameter) for parameter in (_RETENTION, _EXTENSION)]


def _container_rows(session: Session, object_: Object) -> list[dict[str, Any]]:
    of_tables = [_inherited_row(session, object_, parameter) for parameter in _ICEBERG_DEFAULTS]
    return [*_retention_rows(session, object_), *of_tables]


def _inherited_row(session: Session, object_: Object, parameter: Parameter) -> dict[str, Any]:
    """A parameter of an object: its own, else its schema's, else its database's."""
    parents = [
        session.account.find(kind, object_.path[:parts])
        for parts, kind in ((2, "SCHEMA"), (1, "DATABASE"))
        if parts < len(object_.path)
    ]
    for level in (object_, *parents):
        if level is not None and (value := level.properties.get(parameter.name)) is not None:
            return parameter_row(parameter, value, level.kind)
    return parameter_row(parameter, parameter.default, "")


def _user_rows(session: Session, object_: Object) -> list[dict[str, Any]]:
    """No user has parameters of its own here."""
    return [parameter_row(parameter, parameter.default, "") for parameter in SESSION.values()]


def _warehouse_rows(session: Session, object_: Object) -> list[dict[str, Any]]:
    parameters = (
        SESSION["STATEMENT_TIMEOUT_IN_SECONDS"],
        SESSION["STATEMENT_QUEUED_TIMEOUT_IN_SECONDS"],
        Parameter("MAX_CONCURRENCY_LEVEL", 8, integer(1, 32), "NUMBER"),
    )
    return [
        parameter_row(parameter, value, "" if value == parameter.default else "WAREHOUSE")
        for parameter in parameters
        for value in [object_.properties[parameter.name]]
    ]


ObjectRows = Mapping[str, Callable[[Session, Object], list[dict[str, Any]]]]

_OBJECT_ROWS: ObjectRows = {
    "DATABASE": _container_rows,
    "SCHEMA": _container_rows,
    "TABLE": _retention_rows,
    "USER": _user_rows,
    "WAREHOUSE": _warehouse_rows,
}


def show_parameters(of_others: ObjectRows, session: Session, reader: Reader) -> Result:
    """`SHOW PARAMETERS [LIKE ..] [IN SESSION | {DATABASE | SCHEMA | WAREHOUSE | USER} [x] | TABLE x | TASK x]`.

    What is current, if none is named; `of_others` by kind.

    https://docs.snowflake.com/en/sql-reference/sql/show-parameters
    """
    pattern = read_like(reader)
    rows = _read_rows(session, reader, {**_OBJECT_ROWS, **of_others})
    reader.finish()
    shown = sorted((row for row in rows if pattern is None or like(row["key"], pattern)), key=lambda row: row["key"])
    return table([(name, TEXT) for name in ("key", "value", "default", "level", "description", "type")], shown)


def _read_rows(session: Session, reader: Reader, of_objects: ObjectRows) -> list[dict[str, Any]]:
    if reader.done or ((reader.accept("IN") or reader.accept("FOR")) and reader.accept("SESSION")):
        return [
            parameter_row(parameter, session_parameter(session, name), "SESSION" if name in session.parameters else "")
            for name, parameter in SESSION.items()
        ]
    kind = reader.take_word()
    if kind not in of_objects:
        raise errors.not_emulated(f"SHOW PARAMETERS IN {kind}")
    path = reader.path() if not reader.done else _current(session, kind)
    if kind == "SCHEMA":
        path = session.qualify_schema(path, "SHOW")
    elif kind in ("TABLE", "TASK"):
        path = session.qualify(path, "SHOW")
    object_ = session.account.find(kind, path)
    if object_ is None or not sees(session, object_):
        raise errors.scope_does_not_exist()
    return of_objects[kind](session, object_)


def _current(session: Session, kind: str) -> Path:
    current = {
        "DATABASE": session.database,
        "SCHEMA": session.schema,
        "USER": session.user,
        "WAREHOUSE": session.warehouse,
    }
    if (name := current.get(kind)) is None:
        raise errors.not_emulated(f"SHOW PARAMETERS IN {kind} without a name")
    return (name,)
