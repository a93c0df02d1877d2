"""What functions are given."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from sqlglot import Expr, exp

from .. import errors
from .names import function_name


def one_text(node: Expr) -> str:
    """The argument of a function that takes one text literal. Refuses anything else by name."""
    argument = node.expressions[0] if len(node.expressions) == 1 else None
    if not isinstance(argument, exp.Literal) or not argument.is_string:
        raise errors.not_emulated(f"{function_name(node)} of anything but one text")
    return str(argument.name)


def moment(arguments: Mapping[str, Any], name: str, default: datetime) -> datetime:
    """A time range's end; a date is its midnight, and a time without a zone is UTC, as the emulator's sessions are."""
    value = arguments.get(name, default)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise errors.invalid_value(value, name) from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    if not isinstance(value, datetime):
        raise errors.invalid_value(value, name)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
