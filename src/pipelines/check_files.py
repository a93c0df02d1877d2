"""Checks written in a TOML file, one [[check]] each."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import tomli

from src.utils.errors import InputError

from .validation import Check, Severity

CHECKS: Mapping[str, type[Any]] = {one.__name__: one for one in get_args(Check)}


def read_checks(file: Path) -> list[Check]:
    """The checks of a file, in its order.

    Raises InputError that names the file and the line that is no TOML, or the check that is wrong in it.
    """
    try:
        content = tomli.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError) as error:
        raise InputError(f'"{file}" cannot be read: {error}. Mend the file.') from None
    tables = content.get("check")
    if not isinstance(tables, list) or set(content) != {"check"}:
        raise InputError(
            f'"{file}" must hold [[check]] tables and nothing else. Found: {", ".join(content) or "none"}.'
        )
    return [_check(file, number, table) for number, table in enumerate(tables, start=1)]


def _check(file: Path, number: int, table: Mapping[str, Any]) -> Check:
    where = f'"{file}", check {number}'
    made = CHECKS.get(str(table.get("type")))
    if made is None:
        raise InputError(f"{where}: type is {table.get('type')!r}. Pass one of {', '.join(CHECKS)}.")
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}
    del values["type"]
    _refuse_fields(where, made, values)
    check: Check = made(**values)
    return check


def _refuse_fields(where: str, made: type[Any], values: Mapping[str, Any]) -> None:
    fields = {field.name: field for field in dataclasses.fields(made)}
    needed = [name for name, field in fields.items() if field.default is dataclasses.MISSING]
    unknown = [name for name in values if name not in fields]
    missing = [name for name in needed if name not in values]
    if unknown or missing:
        raise InputError(
            f"{where}: {made.__name__} has {', '.join(fields)}. "
            f"Unknown: {', '.join(unknown) or 'none'}. Missing: {', '.join(missing) or 'none'}."
        )
    if values.get("severity", "error") not in get_args(Severity):
        raise InputError(f"{where}: severity is {values['severity']!r}. Pass one of {', '.join(get_args(Severity))}.")
    for name in ("columns", "values"):
        if name in values and not (isinstance(values[name], tuple) and values[name]):
            raise InputError(f"{where}: {name} is {values[name]!r}. Pass a list of one or more.")
    hints = get_type_hints(made)
    for name, value in values.items():
        if not _fits(value, hints[name]):
            wanted = _WANTED.get(hints[name], "texts, numbers or dates")
            raise InputError(f"{where}: {name} is {value!r}. Pass {wanted}.")


_WANTED = {str: "a text", int: "a whole number", int | None: "a whole number", float: "a number"}


def _fits(value: object, hint: Any) -> bool:
    """Whether TOML's value is of a field's type. A truth value is of none; a whole number is a number."""
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(_fits(one, get_args(hint)[0]) for one in value)
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if isinstance(hint, UnionType):
        return any(_fits(value, one) for one in get_args(hint))
    return isinstance(value, int | float if hint is float else hint) and not isinstance(value, bool)
