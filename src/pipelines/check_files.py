"""Checks written in a TOML file, one [[check]] each."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

import tomli

from src.utils.arguments import checked, misfit
from src.utils.errors import InputError

from .validation import Check

CHECKS: Mapping[str, type[Any]] = {one.__name__: one for one in get_args(Check)}


@checked
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
    fields = {field.name: field for field in dataclasses.fields(made)}
    needed = [name for name, field in fields.items() if field.default is dataclasses.MISSING]
    unknown = [name for name in values if name not in fields]
    missing = [name for name in needed if name not in values]
    if unknown or missing:
        raise InputError(
            f"{where}: {made.__name__} has {', '.join(fields)}. "
            f"Unknown: {', '.join(unknown) or 'none'}. Missing: {', '.join(missing) or 'none'}."
        )
    for name in ("columns", "values"):
        if name in values and not (isinstance(values[name], tuple) and values[name]):
            raise InputError(f"{where}: {name} is {values[name]!r}. Pass a list of one or more.")
    hints = get_type_hints(made)
    for name, value in values.items():
        if found := misfit(name, value, hints[name]):
            raise InputError(f"{where}: {found}")
    check: Check = made(**values)
    return check
