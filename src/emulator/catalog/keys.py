"""Primary and unique keys of tables: Snowflake keeps them and does not enforce them, but for NOT NULL.

https://docs.snowflake.com/en/sql-reference/constraints-overview
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

from sqlglot import Expr, exp

from .. import errors
from ..account import Object
from ..language.reader import Value
from .table_names import identifier

KEYS = "KEYS"  # a property of a table: its keys, each with kind, name and columns
PRIMARY, UNIQUE = "PRIMARY KEY", "UNIQUE"


def take_keys(schema: Expr) -> list[Value]:
    """Takes the keys out of the columns of a CREATE TABLE; the columns of a primary key become NOT NULL."""
    if not isinstance(schema, exp.Schema):
        return []
    keys = list(_keys(schema))
    schema.set("expressions", [part for part in schema.expressions if not _is_key(part)])
    primary = {column for kind, _, columns in keys if kind == PRIMARY for column in columns}
    for column in schema.expressions:
        if isinstance(column, exp.ColumnDef):
            kept = [one for one in column.args.get("constraints") or [] if not _is_key(one)]
            if _name(column.this) in primary and not any(
                isinstance(one.kind, exp.NotNullColumnConstraint) for one in kept
            ):
                kept.append(exp.ColumnConstraint(kind=exp.NotNullColumnConstraint()))
            column.set("constraints", kept)
    return [{"KIND": kind, "NAME": name, "COLUMNS": list(columns)} for kind, name, columns in keys]


def _is_key(part: Expr) -> bool:
    inner = part.args.get("kind") if isinstance(part, exp.ColumnConstraint) else part
    if isinstance(part, exp.Constraint):
        return all(map(_is_key, part.expressions))
    return isinstance(inner, exp.PrimaryKeyColumnConstraint | exp.UniqueColumnConstraint | exp.PrimaryKey)


def _keys(schema: exp.Schema) -> Iterator[tuple[str, str | None, tuple[str, ...]]]:
    for part in schema.expressions:
        if isinstance(part, exp.ColumnDef):
            for constraint in part.args.get("constraints") or []:
                if _is_key(constraint):
                    named = constraint.args.get("this")
                    yield _kind(constraint.kind), named and _name(named), (_name(part.this),)
        elif isinstance(part, exp.Constraint):
            for inner in filter(_is_key, part.expressions):
                yield _kind(inner), _name(part.this), _columns(inner)
        elif _is_key(part):
            yield _kind(part), None, _columns(part)


def _kind(node: Expr) -> str:
    return UNIQUE if isinstance(node, exp.UniqueColumnConstraint) else PRIMARY


def _columns(node: Expr) -> tuple[str, ...]:
    listed = node.this.expressions if isinstance(node.this, exp.Schema) else node.expressions
    return tuple(_name(column.this if isinstance(column, exp.Ordered) else column) for column in listed)


def _name(node: Expr) -> str:
    return identifier(node.this if isinstance(node, exp.Column) else node)


@dataclass(frozen=True)
class Key:
    kind: str
    name: str
    columns: tuple[str, ...]
    rely: bool = False


def all_keys(table: Object) -> list[Key]:
    return keys_in(table.properties.get(KEYS), str(table.created_on))


def keys_in(kept: Value, seed: str = "") -> list[Key]:
    """The keys of a table, as it keeps them; one that was given no name has one of its own, as accounts name them."""
    return [
        Key(
            str(key["KIND"]),
            str(key["NAME"] or f"SYS_CONSTRAINT_{uuid.uuid5(uuid.NAMESPACE_OID, f'{seed}{place}')}"),
            tuple(str(column) for column in cast(list[Value], key["COLUMNS"])),
            bool(key.get("RELY")),
        )
        for place, key in enumerate(kept if isinstance(kept, list) else [])
        if isinstance(key, dict)
    ]


def keys_of(table: Object, kind: str) -> list[Key]:
    return [key for key in all_keys(table) if key.kind == kind]


def columns_of_keys(table: Object, *kinds: str) -> set[str]:
    """The columns that are in a table's keys of the kinds, of any if there are none."""
    return {column for key in all_keys(table) if not kinds or key.kind in kinds for column in key.columns}


# Changes, each as the property that the table has afterwards


def _property(keys: Iterable[Key]) -> dict[str, Value]:
    return {
        KEYS: [{"KIND": key.kind, "NAME": key.name, "COLUMNS": list(key.columns), "RELY": key.rely} for key in keys]
    }


def refuse_duplicates(table: str, keys: Sequence[Key]) -> None:
    """Raises for a second primary key, and for a second key of the same columns.

    The words are recorded, the numbers ours: frostlake/ddl-duplicate-property.
    """
    if sum(key.kind == PRIMARY for key in keys) > 1:
        raise errors.object_refuses(f"primary key already exists for table '{table}'")
    if len({(key.kind, key.columns) for key in keys}) < len(keys):
        raise errors.object_refuses(f"constraint with the same signature already exists on table '{table}'")


def with_key(table: Object, kind: str, name: str | None, columns: Sequence[str]) -> dict[str, Value]:
    made = name or f"SYS_CONSTRAINT_{uuid.uuid4()}"
    keys = [*all_keys(table), Key(kind, made, tuple(columns))]
    refuse_duplicates(table.name, keys)
    return _property(keys)


def without_key(table: Object, wanted: Callable[[Key], bool]) -> dict[str, Value] | None:
    """None if no key is wanted."""
    kept = [key for key in all_keys(table) if not wanted(key)]
    return _property(kept) if len(kept) < len(all_keys(table)) else None


def with_changed(table: Object, name: str, change: Callable[[Key], Key]) -> dict[str, Value] | None:
    """None if no key has the name."""
    if name not in {key.name for key in all_keys(table)}:
        return None
    return _property(change(key) if key.name == name else key for key in all_keys(table))


def with_renamed_column(table: Object, old: str, new: str) -> dict[str, Value]:
    return _property(
        replace(key, columns=tuple(new if column == old else column for column in key.columns))
        for key in all_keys(table)
    )
