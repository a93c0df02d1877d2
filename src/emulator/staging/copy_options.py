"""The words of COPY INTO after FROM: options with their defaults, and Snowflake's that are refused by name.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-table
"""

from collections.abc import Mapping

from .. import errors
from ..language.reader import Reader, Value
from ..objects.kinds import Property, checked


def read(reader: Reader, statement: str, known: Mapping[str, Property], refused: frozenset[str]) -> dict[str, Value]:
    """`NAME = value` up to the end, checked and completed.

    Raises 001420 for an option that Snowflake does not have; refuses by name one that is not emulated.
    """
    given: dict[str, Value] = {}
    while not reader.done:
        name = reader.take_word()
        reader.expect("=")
        if name in refused:
            raise errors.not_emulated(f"{statement} ... {name}")
        given[name] = _value(reader)
        reader.accept(",")
    return checked(statement, known, given)


def _value(reader: Reader) -> Value:
    value = reader.value()
    return f"{value}%" if reader.accept("%") else value


def as_it_is(name: str, value: Value) -> Value:
    return value
