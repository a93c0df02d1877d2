"""Primary and unique keys of tables: Snowflake keeps them and does not enforce them, but for NOT NULL.

https://docs.snowflake.com/en/sql-reference/constraints-overview
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from sqlglot import Expr, exp

from ..account import Object
from ..language.reader import Value

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
    identifier = node.this if isinstance(node, exp.Column) else node
    return identifier.name if identifier.args.get("quoted") else identifier.name.upper()


@dataclass(frozen=True)
class Key:
    name: str
    columns: tuple[str, ...]


def keys_of(table: Object, kind: str) -> list[Key]:
    """A table's keys of the kind; one that was given no name has one of its own, as accounts name them."""
    keys = table.properties.get(KEYS)
    found = [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
    return [
        Key(
            str(key["NAME"] or f"SYS_CONSTRAINT_{uuid.uuid5(uuid.NAMESPACE_OID, f'{table.created_on}{place}')}"),
            tuple(str(column) for column in cast(list[Value], key["COLUMNS"])),
        )
        for place, key in enumerate(found)
        if key["KIND"] == kind
    ]


def columns_of_keys(table: Object, kind: str) -> set[str]:
    """The columns that are in a table's keys of the kind."""
    return {column for key in keys_of(table, kind) for column in key.columns}
