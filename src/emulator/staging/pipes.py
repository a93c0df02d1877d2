"""Pipes: a COPY INTO that runs for each file that arrives. Recorded: checked, remembered and shown; none is loaded.

https://docs.snowflake.com/en/sql-reference/sql/create-pipe
"""

from collections.abc import Mapping
from typing import Any

from .. import errors
from ..account import Object
from ..language.reader import Reader, Value
from ..language.result import Result, columns, done
from ..objects.kinds import Kind, Property, as_shown, boolean, text
from ..objects.objects import Form, alter_object, create, read_existing
from ..session import Session
from . import load

DEFINITION = "definition"


def _read_pipe(session: Session, reader: Reader) -> dict[str, Value]:
    given = reader.properties(until="AS")
    reader.expect("AS")
    given[DEFINITION] = reader.rest
    _check_definition(session, reader.rest)
    reader.skip_rest()
    return given


def _check_definition(session: Session, definition: str) -> None:
    """Raises what the COPY INTO would raise for its names and options, and for an option that pipes do not take.

    https://docs.snowflake.com/en/sql-reference/sql/create-pipe#usage-notes
    """
    reader = Reader(definition)
    reader.expect("COPY", "INTO")
    written = load.check(session, reader)
    for name, refused in _NOT_IN_PIPES.items():
        if name in written and refused in (None, written[name]):
            raise errors.unsupported(f"{name} = {written[name]} in the COPY statement of a pipe")


# Any value of the option, or the one value, that a pipe's COPY statement must not have.
_NOT_IN_PIPES: Mapping[str, Value] = {
    "FILES": None,
    "FORCE": None,
    "ON_ERROR": "ABORT_STATEMENT",
    "PURGE": None,
    "RETURN_FAILED_ONLY": None,
    "VALIDATION_MODE": None,
}


def _row(session: Session, pipe: Object) -> dict[str, Any]:
    definition = str(pipe.properties[DEFINITION])
    reader = Reader(definition)
    return {
        "definition": definition,
        "comment": pipe.comment or None,
        "integration": pipe.properties["INTEGRATION"],
        "pattern": reader.text() if reader.seek("PATTERN", "=") else None,
        "error_integration": pipe.properties["ERROR_INTEGRATION"],
        "kind": "STAGE",
        "is_snowflake_managed": "false",
    }


# https://docs.snowflake.com/en/sql-reference/sql/show-pipes
PIPE = Kind(
    name="PIPE",
    level="schema",
    depth="recorded",
    properties={
        "AUTO_INGEST": Property(False, boolean),
        "ERROR_INTEGRATION": Property(None, text),
        "AWS_SNS_TOPIC": Property(None, text),
        "INTEGRATION": Property(None, text),
        "PIPE_EXECUTION_PAUSED": Property(False, boolean),
        DEFINITION: Property(None, lambda name, value: value),
    },
    columns=columns(
        "created_on:time name database_name schema_name definition owner notification_channel comment integration"
        " pattern error_integration owner_role_type invalid_reason kind is_snowflake_managed"
    ),
    names_scope=True,
    inert=True,  # recorded: frostlake/ddl-show-modifier-matrix
    row=_row,
    described=as_shown,
    privileges=frozenset({"APPLYBUDGET", "MONITOR", "OPERATE"}),
    fixed=frozenset({"AUTO_INGEST", "AWS_SNS_TOPIC", "INTEGRATION", DEFINITION}),
)


def create_pipe(session: Session, reader: Reader, form: Form) -> Result:
    """`CREATE [OR REPLACE | OR ALTER] PIPE [IF NOT EXISTS] p [AUTO_INGEST = ..] [INTEGRATION = ..] .. AS COPY INTO ..`.

    Raises what the COPY INTO would for a table, stage, format or option that is wrong.
    """
    return create(PIPE, session, reader, form, read_properties=lambda properties: _read_pipe(session, properties))


def alter_pipe(session: Session, reader: Reader) -> Result:
    """`ALTER PIPE [IF EXISTS] p SET .. | UNSET ..`; REFRESH, which would load files, is refused by name.

    https://docs.snowflake.com/en/sql-reference/sql/alter-pipe
    """
    pipe = read_existing(PIPE, session, reader, "ALTER")
    return done() if pipe is None else alter_object(PIPE, session, reader, pipe)
