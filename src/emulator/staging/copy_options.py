"""The words of COPY INTO after FROM: options with their defaults, and Snowflake's that are refused by name.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-table
"""

from collections.abc import Mapping

from .. import errors
from ..language.reader import Reader, Value
from ..objects.kinds import Property, checked


def read(reader: Reader, statement: str, known: Mapping[str, Property], refused: frozenset[str]) -> dict[str, Value]:
    """`NAME = value` up to the end, checked and completed.

    Raises 001006 for an option that Snowflake does not have; refuses by name one that is not emulated.
    Recorded: frostlake/dml-copy-option-surface, frostlake/ddl-duplicate-property.
    """
    given: dict[str, Value] = {}
    while not reader.done:
        name = reader.take_word()
        reader.expect("=")
        if name in refused:
            raise errors.not_emulated(f"{statement} ... {name}")
        if name not in known:
            raise errors.invalid_parameter(name)
        if name in given:
            raise errors.repeated_copy_option(name)
        value = reader.value()
        given[name] = f"{value}%" if reader.accept("%") else value
        reader.accept(",")
    if reader.repeated:
        raise errors.repeated_format_option(reader.repeated[0])
    return checked(statement, known, given)


def as_it_is(name: str, value: Value) -> Value:
    return value
