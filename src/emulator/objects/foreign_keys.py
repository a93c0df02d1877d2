"""What foreign keys refer to: kept and shown, never enforced.

https://docs.snowflake.com/en/sql-reference/constraints-overview
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from functools import partial

from sqlglot import exp

from .. import errors
from ..account import Object
from ..catalog import table_names
from ..catalog.keys import FOREIGN, PRIMARY, Key, Resolve, all_keys, keys_in, keys_of, with_changed
from ..language.reader import Path, Value
from ..session import Session


@dataclass(frozen=True)
class Relation:
    """A foreign key with its table, and the key that it refers to with its own."""

    child: Object
    foreign: Key
    parent: Object
    key: Key


def relations(session: Session) -> Iterator[Relation]:
    """All of the account, but those whose parent or its key has been dropped or replaced."""
    tables = session.account.objects("TABLE")
    made = {moment(table): table for table in tables}
    for child in tables:
        for foreign in keys_of(child, FOREIGN):
            parent = made.get(foreign.table) if foreign.table else child
            key = _key(all_keys(parent), foreign.key) if parent is not None else None
            if parent is not None and key is not None:
                yield Relation(child, foreign, parent, key)


def moment(table: Object) -> str:
    return table.created_on.astimezone(UTC).isoformat()


def _key(keys: Sequence[Key], name: str | None) -> Key | None:
    return next((key for key in keys if (key.kind == PRIMARY if name is None else key.name == name)), None)


def of_create(session: Session, target: Path) -> Resolve:
    """Finds what the foreign keys of a new table refer to, which may be the table itself."""
    return partial(_resolve, session, target)


def _resolve(
    session: Session, target: Path, node: exp.Reference, columns: tuple[str, ...], own: list[dict[str, Value]]
) -> dict[str, Value]:
    listed = node.this if isinstance(node.this, exp.Schema) else None
    path = table_names.name_of(session, listed.this if listed else node.this, "CREATE TABLE")
    names = tuple(map(table_names.identifier, listed.expressions)) if listed else ()
    if path == target:
        key = _referred(keys_in(list(own)), path, columns, names)
        if key.kind != PRIMARY and not any(one["NAME"] == key.name for one in own):
            raise errors.not_emulated("a foreign key to a unique key of its own table that has no name")
        return {"TABLE": "", "KEY": None if key.kind == PRIMARY else key.name}
    found = refer(session, path, columns, names)
    return {"TABLE": found.table, "KEY": found.key}


def refer(session: Session, path: Path, columns: Sequence[str], names: Sequence[str]) -> Key:
    """A foreign key of `columns` to `names` of another table, to its primary key if none are named; it has no name."""
    parent = session.account.require("TABLE", path)
    key = _referred(all_keys(parent), path, columns, names)
    return Key(FOREIGN, "", tuple(columns), False, moment(parent), None if key.kind == PRIMARY else key.name)


def _referred(keys: Sequence[Key], path: Path, columns: Sequence[str], names: Sequence[str]) -> Key:
    keys = [key for key in keys if key.kind != FOREIGN]
    found = next((key for key in keys if (key.columns == tuple(names) if names else key.kind == PRIMARY)), None)
    if found is None or len(found.columns) != len(columns):
        raise errors.not_emulated(f"a foreign key to columns of {'.'.join(path)} that are no primary or unique key")
    return found


def rename_key(session: Session, parent: Object, old: str, new: str) -> None:
    """Lets the foreign keys that refer to a key by its name go on doing so."""
    for relation in list(relations(session)):
        if relation.parent.path == parent.path and relation.foreign.key == old:
            child = session.account.require("TABLE", relation.child.path)
            changed = with_changed(child, relation.foreign.name, lambda key: replace(key, key=new)) or {}
            session.account.save(replace(child, properties={**child.properties, **changed}))
