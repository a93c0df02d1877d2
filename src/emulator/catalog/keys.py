"""Primary, unique and foreign keys of tables: Snowflake keeps them and does not enforce them, but for NOT NULL.

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
PRIMARY, UNIQUE, FOREIGN = "PRIMARY KEY", "UNIQUE", "FOREIGN KEY"

# What a foreign key of these columns refers to, by the node that says so, as `Key` has it.
Resolve = Callable[[exp.Reference, tuple[str, ...], list[dict[str, Value]]], dict[str, Value]]


def take_keys(schema: Expr, resolve: Resolve) -> list[Value]:
    """Takes the keys out of the columns of a CREATE TABLE; the columns of a primary key become NOT NULL."""
    if not isinstance(schema, exp.Schema):
        return []
    found = list(_keys(schema))
    schema.set("expressions", [part for part in schema.expressions if not _is_key(part)])
    primary = {column for key in found if key.kind == PRIMARY for column in key.columns}
    for column in schema.expressions:
        if isinstance(column, exp.ColumnDef):
            kept = [one for one in column.args.get("constraints") or [] if not _is_key(one)]
            if _name(column.this) in primary and not any(
                isinstance(one.kind, exp.NotNullColumnConstraint) for one in kept
            ):
                kept.append(exp.ColumnConstraint(kind=exp.NotNullColumnConstraint()))
            column.set("constraints", kept)
    own = [key.kept for key in found if key.reference is None]
    foreign = [
        key.kept | resolve(key.reference, key.columns, own)
        for key in found
        if key.reference is not None and not has_action(key.options)
    ]
    return [*own, *foreign]


def has_action(options: Iterable[str]) -> bool:
    """Whether a foreign key is to act when its parent changes: such a one is not kept, and nothing is said.

    Recorded: frostlake/constraints-foreign-keys.
    """
    return any(one.upper().startswith("ON ") and not one.upper().endswith("NO ACTION") for one in options)


@dataclass(frozen=True)
class _Written:
    kind: str
    name: str | None
    columns: tuple[str, ...]
    options: Sequence[str]
    reference: exp.Reference | None = None

    @property
    def kept(self) -> dict[str, Value]:
        rely = "RELY" in (one.upper() for one in self.options)
        return {"KIND": self.kind, "NAME": self.name, "COLUMNS": list(self.columns), "RELY": rely}


_KINDS = (exp.PrimaryKeyColumnConstraint, exp.UniqueColumnConstraint, exp.PrimaryKey, exp.ForeignKey, exp.Reference)


def _is_key(part: Expr) -> bool:
    if isinstance(part, exp.Constraint):
        return all(map(_is_key, part.expressions))
    return isinstance(part.args.get("kind") if isinstance(part, exp.ColumnConstraint) else part, _KINDS)


def _keys(schema: exp.Schema) -> Iterator[_Written]:
    for part in schema.expressions:
        if isinstance(part, exp.ColumnDef):
            yield from _of_column(part)
        elif isinstance(part, exp.Constraint):
            for inner in filter(_is_key, part.expressions):
                yield _written(inner, _name(part.this), _columns(inner))
        elif _is_key(part):
            yield _written(part, None, _columns(part))


def _of_column(column: exp.ColumnDef) -> Iterator[_Written]:
    name = None
    for constraint in filter(_is_key, column.args.get("constraints") or []):
        name = _name(constraint.this) if constraint.args.get("this") else name
        if isinstance(constraint.kind, exp.ForeignKey):  # `[CONSTRAINT name] FOREIGN KEY`, before its REFERENCES
            continue
        yield _written(constraint.kind, name, (_name(column.this),))
        name = None


def _written(node: Expr, name: str | None, columns: tuple[str, ...]) -> _Written:
    reference = node.args.get("reference") if isinstance(node, exp.ForeignKey) else node
    if isinstance(reference, exp.Reference):
        return _Written(FOREIGN, name, columns, _options(reference), reference)
    kind = UNIQUE if isinstance(node, exp.UniqueColumnConstraint) else PRIMARY
    return _Written(kind, name, columns, _options(node))


def _options(node: Expr) -> list[str]:
    options = [one if isinstance(one, str) else one.sql() for one in node.args.get("options") or []]
    # Behind UNIQUE of a column sqlglot takes RELY for a name.
    of_column = isinstance(node, exp.UniqueColumnConstraint) and isinstance(node.this, exp.Identifier)
    return [*options, node.this.name] if of_column else options


def _columns(node: Expr) -> tuple[str, ...]:
    listed = node.this.expressions if isinstance(node.this, exp.Schema) else node.expressions
    return tuple(_name(column.this if isinstance(column, exp.Ordered) else column) for column in listed)


def _name(node: Expr) -> str:
    return identifier(node.this if isinstance(node, exp.Column) else node)


@dataclass(frozen=True)
class Key:
    """A foreign key has the moment when the table it refers to was made, "" for its own, and the name of the key there,
    None for the primary one: what is renamed stays referred to, what is dropped or replaced does not.
    """

    kind: str
    name: str
    columns: tuple[str, ...]
    rely: bool = False
    table: str = ""
    key: str | None = None

    @property
    def kept(self) -> dict[str, Value]:
        kept: dict[str, Value] = {"KIND": self.kind, "NAME": self.name, "COLUMNS": list(self.columns)}
        return kept | {"RELY": self.rely, "TABLE": self.table, "KEY": self.key}


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
            str(key.get("TABLE") or ""),
            cast("str | None", key.get("KEY")),
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
    return {KEYS: [key.kept for key in keys]}


def refuse_duplicates(table: str, keys: Sequence[Key]) -> None:
    """Raises for a second primary key, and for a second key of the same columns."""
    if sum(key.kind == PRIMARY for key in keys) > 1:
        raise errors.second_primary_key(table)
    if len({(key.kind, key.columns, key.table, key.key) for key in keys}) < len(keys):
        raise errors.same_key_twice(table)


def with_key(table: Object, key: Key) -> dict[str, Value]:
    """The name of a key that is "" is made up."""
    keys = [*all_keys(table), replace(key, name=key.name or f"SYS_CONSTRAINT_{uuid.uuid4()}")]
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
