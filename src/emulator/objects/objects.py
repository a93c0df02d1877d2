"""CREATE, ALTER, DROP and SHOW for every kind of object that `kinds.py` can describe."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .. import errors
from ..account import TEMPORARY, Object
from ..account.privileges import OWNERSHIP
from ..language import temporary_words
from ..language.dialect import refuse_reserved
from ..language.like import like
from ..language.reader import Path, Reader, Value
from ..language.result import TIMESTAMP, Columns, Result, done, status, table
from ..session import Session
from ..session.visible import sees
from . import dropped
from .kinds import Kind, Narrowed, Property, checked, text


@dataclass(frozen=True)
class Form:
    """The words between CREATE and the kind; TEMPORARY stands for each way to say so."""

    replace: bool = False
    alter: bool = False
    modifiers: frozenset[str] = frozenset()

    @property
    def is_temporary(self) -> bool:
        return TEMPORARY in self.modifiers


def read_form(reader: Reader) -> Form:
    """Reads `[OR REPLACE | OR ALTER] [SECURE] [TRANSIENT | TEMPORARY] [RECURSIVE]`."""
    or_replace = reader.accept("OR", "REPLACE")
    or_alter = not or_replace and reader.accept("OR", "ALTER")
    modifiers = {word for word in ("SECURE", "TRANSIENT") if reader.accept(word)}
    if temporary_words.accept(reader):
        modifiers.add(TEMPORARY)
    if reader.accept("RECURSIVE"):
        modifiers.add("RECURSIVE")
    return Form(or_replace, or_alter, frozenset(modifiers))


# CREATE


def create(
    kind: Kind,
    session: Session,
    reader: Reader,
    form: Form,
    read_properties: Callable[[Reader], dict[str, Value]] | None = None,
) -> Result:
    """`CREATE [OR REPLACE | OR ALTER] kind [IF NOT EXISTS] name [properties]`.

    https://docs.snowflake.com/en/sql-reference/sql/create-or-alter
    """
    _check_form(kind, form)
    if_not_exists = not (form.replace or form.alter) and reader.accept("IF", "NOT", "EXISTS")
    path = read_path(kind, session, reader, f"CREATE {kind.name}")
    refuse_reserved(path[-1])
    cloned = read_clone(kind, session, reader)
    given = _read_properties(kind, reader, read_properties or kind.read)
    _refuse_repeated(kind, reader)
    with session.account.lock:
        _refuse_imported(session, path)
        session.account.require_parents(path)
        old = session.account.namesake(kind.name, path, temporary=form.is_temporary)
        if old is not None and if_not_exists:
            return status(f"{path[-1]} already exists, statement succeeded.")
        if old is not None and form.alter:
            return _alter_to(kind, session, old, checked(kind.name, _with_comment(kind), given))
        if old is not None and not form.replace:
            raise errors.already_exists(".".join(path))
        if cloned is not None:
            return _clone(kind, session, path, cloned, given, form, old)
        return _create(kind, session, path, given, form, old)


def _refuse_repeated(kind: Kind, reader: Reader) -> None:
    """A stage's comment alone may be given twice. Recorded: frostlake/ddl-duplicate-property."""
    repeated = [name for name in reader.repeated if (kind.name, name) != ("STAGE", "COMMENT")]
    if repeated and kind.name == "FILE FORMAT":
        raise errors.repeated_format_option(repeated[0])
    if repeated:
        raise errors.duplicate_property(repeated[0])


def _check_form(kind: Kind, form: Form) -> None:
    if form.alter and not kind.or_alter:
        raise errors.unsupported(f"CREATE OR ALTER {kind.name}")
    if form.replace and not kind.or_replace:
        raise errors.unsupported(f"CREATE OR REPLACE {kind.name}")
    if surplus := form.modifiers - kind.modifiers:
        raise errors.not_emulated(f"CREATE {sorted(surplus)[0]} {kind.name}")


def _create(
    kind: Kind, session: Session, path: Path, given: dict[str, Value], form: Form, old: Object | None
) -> Result:
    properties = checked(kind.name, _with_comment(kind), given)
    comment = properties.pop("COMMENT", "")
    properties |= {word: session.id if word == TEMPORARY else True for word in form.modifiers}
    new = kind.completed(
        session, Object.at(kind.name, path, session.account.clock(), session.role, str(comment), properties)
    )
    if old is not None and not kind.replaced_in_place:
        kind.droppable(session, old)
        _drop(kind, session, old)
    kind.created(session, new)
    with session.account.in_one():
        session.account.save(new)
        grant_future(session, new)
    return status(f"{kind.shown_title} {path[-1]} successfully created.")


def read_clone(kind: Kind, session: Session, reader: Reader) -> Path | None:
    """Reads `CLONE name`, of a kind that can be cloned with what is in it."""
    if kind.cloned is None or not reader.accept("CLONE"):
        return None
    path = read_path(kind, session, reader, f"CREATE {kind.name}")
    if any(map(reader.sees, ("AT", "BEFORE", "IGNORE", "INCLUDE"))):
        raise errors.not_emulated(f"CREATE {kind.name} ... CLONE ... {reader.word()}")
    return path


def _clone(
    kind: Kind, session: Session, path: Path, cloned: Path, given: dict[str, Value], form: Form, old: Object | None
) -> Result:
    """The clone has the properties of its source, and is its maker's.

    https://docs.snowflake.com/en/sql-reference/sql/create-clone
    """
    source = session.account.require(kind.name, cloned)
    if given or form.alter:
        raise errors.not_emulated(f"CREATE {kind.name} ... CLONE with other clauses")
    if (old is not None and old.path == source.path) or source.path[0] in session.account.imported:
        raise errors.not_emulated(f"CREATE {kind.name} ... CLONE of itself, or of what is imported")
    if source.properties.get("TRANSIENT") and "TRANSIENT" not in form.modifiers:
        raise errors.permanent_clone_of_transient()
    if form.modifiers != {word for word in kind.modifiers if source.properties.get(word)}:
        raise errors.not_emulated(f"CREATE {kind.name} ... CLONE where only one of the two is transient")
    assert kind.cloned is not None
    fill = kind.cloned(session, source, path)
    kept = {name: value for name, value in source.properties.items() if name in kind.properties and value is not None}
    result = _create(kind, session, path, {**kept, "COMMENT": source.comment}, form, old)
    new = session.account.require(kind.name, path)
    try:
        fill(new)
    except BaseException:
        _drop(kind, session, new, keeps=False)
        raise
    return result


def _with_comment(kind: Kind) -> dict[str, Property]:
    return {**kind.properties, "COMMENT": Property("", text)} if kind.commented else dict(kind.properties)


def read_path(kind: Kind, session: Session, reader: Reader, command: str) -> Path:
    """Reads a name and completes it to as many parts as the kind's level has."""
    path = reader.path()
    if len(path) > {"account": 1, "database": 2, "schema": 3}[kind.level]:
        reader.fail()
    return kind.qualify(session, path, command)


def _refuse_imported(session: Session, path: Path) -> None:
    """An imported database is read-only. https://docs.snowflake.com/en/user-guide/data-share-consumers"""
    if len(path) > 1 and path[0] in session.account.imported:
        kind = "database" if len(path) == 2 else "schema"
        raise errors.insufficient_privileges(f"{kind} '{path[-2]}'")


def _read_properties(kind: Kind, reader: Reader, read: Callable[[Reader], dict[str, Value]]) -> dict[str, Value]:
    flags: dict[str, Value] = {flag: True for flag in kind.flags if reader.accept("WITH", *flag.split())}
    reader.accept("WITH")
    if reader.sees("TAG") or reader.sees("CLONE"):
        raise errors.not_emulated(f"CREATE {kind.name} ... {reader.word()}")
    given = read(reader)
    reader.finish()
    return flags | given


def grant_future(session: Session, new: Object, kind: str = "") -> None:
    """Gives a new object the privileges that its schema, else its database, grants on future objects of its kind.

    `kind` is what the grants call it, if that is not what the account does. They are the new owner's to take back.

    Recorded: frostlake/FutureGrantApplicationTest
    https://docs.snowflake.com/en/sql-reference/sql/grant-privilege#future-grants-on-database-or-schema-objects
    """
    if new.is_temporary:
        return
    future = [grant for grant in session.account.grants(future=True) if grant.granted_on == (kind or new.kind)]
    in_schema = [grant for grant in future if (grant.database, grant.schema) == (new.database, new.schema)]
    in_database = [grant for grant in future if (grant.database, grant.schema) == (new.database, "")]
    owner = new.owner
    for grant in sorted(in_schema or in_database, key=lambda grant: grant.privilege != OWNERSHIP):
        if grant.privilege == OWNERSHIP:
            owner = grant.grantee
            session.account.save(replace(session.account.require(new.kind, new.path), owner=owner))
            continue
        session.account.grant(
            replace(
                grant,
                created_on=session.account.clock(),
                granted_by=owner,
                granted_on=new.kind,
                schema=new.schema,
                name=new.name,
                future=False,
            )
        )


# ALTER


def alter(kind: Kind, session: Session, reader: Reader) -> Result:
    """`ALTER kind [IF EXISTS] name SET ... | UNSET ...`; `kind.altered` sees the object before and after."""
    object_ = read_existing(kind, session, reader, "ALTER")
    if object_ is None:
        return done()
    return alter_object(kind, session, reader, object_)


def alter_object(kind: Kind, session: Session, reader: Reader, object_: Object) -> Result:
    """Reads and applies SET or UNSET; refuses any other change by name."""
    if reader.accept("SET"):
        if reader.sees("TAG"):
            raise errors.not_emulated(f"ALTER {kind.name} ... SET TAG")
        given = _read_properties(kind, reader, kind.read)
        if not given:
            reader.fail()
        current = {**object_.properties, "COMMENT": object_.comment}
        properties = {name: value for name, value in current.items() if name in _with_comment(kind)}
        every = checked(kind.name, _with_comment(kind), given)
        return _alter_to(kind, session, object_, properties | {name: every[name] for name in given})
    if reader.accept("UNSET"):
        return unset(kind, session, object_, read_names(reader))
    raise errors.not_emulated(f"ALTER {kind.name} ... {reader.word() or reader.rest}")


def read_names(reader: Reader) -> list[str]:
    """The properties of an UNSET, each once. Recorded: frostlake/ddl-show-command-layouts."""
    names: list[str] = []
    while not names or not reader.done:
        if names:
            reader.accept(",")
        name = reader.take_word()
        if name in names:
            raise errors.duplicate_property(name)
        names.append(name)
    return names


def unset(kind: Kind, session: Session, object_: Object, names: list[str]) -> Result:
    """Gives properties their defaults. Raises 001420 for one that the kind does not have."""
    known = _with_comment(kind)
    properties: dict[str, Value] = {**object_.properties, "COMMENT": object_.comment}
    for name in names:
        if name not in known:
            raise errors.invalid_property(name, kind.name)
        properties[name] = known[name].default
    return _alter_to(kind, session, object_, properties)


def _alter_to(kind: Kind, session: Session, old: Object, properties: dict[str, Value]) -> Result:
    _refuse_imported(session, old.path)
    comment = str(properties.pop("COMMENT", old.comment))
    for name in kind.fixed:
        if name in properties and properties[name] != old.properties.get(name):
            raise errors.property_unchangeable(name, kind.name.lower(), old.name)
    new = kind.completed(session, replace(old, comment=comment, properties={**old.properties, **properties}))
    kind.altered(session, old, new)
    session.account.save(new)
    return done()


def read_existing(kind: Kind, session: Session, reader: Reader, verb: str) -> Object | None:
    """Reads `[IF EXISTS] name`. None if it is absent and that was allowed; else raises 002003."""
    if_exists = reader.accept("IF", "EXISTS")
    path = read_path(kind, session, reader, f"{verb} {kind.name}")
    found = session.account.find(kind.name, path)
    if found is None and not if_exists:
        raise errors.does_not_exist(kind.name.capitalize(), ".".join(path))
    return found


# DROP


def drop(kind: Kind, session: Session, reader: Reader) -> Result:
    """`DROP kind [IF EXISTS] name`."""
    if_exists = reader.accept("IF", "EXISTS")
    path = read_path(kind, session, reader, f"DROP {kind.name}")
    reader.accept("CASCADE")
    reader.finish()
    if kind.put_away is not None:
        session.locks.wait_for_others(path[0], session)
    with session.account.lock:
        found = session.account.find(kind.name, path)
        if found is None and if_exists:
            return status(f"Drop statement executed successfully ({path[-1]} already dropped).")
        if found is None:
            raise errors.does_not_exist(kind.name.capitalize(), ".".join(path))
        kind.droppable(session, found)
        _drop(kind, session, found)
    return status(f"{path[-1]} successfully dropped.")


def _drop(kind: Kind, session: Session, object_: Object, *, keeps: bool = True) -> None:
    _refuse_imported(session, object_.path)
    if keeps and kind.put_away is not None and kind.put_away(session, object_):
        session.forget(kind.name, object_.path)
        return
    session.remove(object_)
    session.forget(kind.name, object_.path)
    kind.dropped(session, object_)


# SHOW


@dataclass(frozen=True)
class Scope:
    """Where SHOW looks: the account (no parts), a database (one) or a schema (two)."""

    path: Path

    def holds(self, object_: Object) -> bool:
        return object_.path[: len(self.path)] == self.path


@dataclass(frozen=True)
class Filter:
    """LIKE (any case), STARTS WITH (exact case) and LIMIT n [FROM 'name'] of a SHOW."""

    like: str | None = None
    starts_with: str = ""
    limit: int | None = None
    after: str = ""
    keeps: Callable[[Mapping[str, Any]], bool] = lambda record: True

    def apply(self, records: Iterable[dict[str, Any]], column: str = "name") -> list[dict[str, Any]]:
        kept = [
            record
            for record in records
            if (self.like is None or like(record[column], self.like))
            and record[column].startswith(self.starts_with)
            and (not self.after or record[column] > self.after)
            and self.keeps(record)
        ]
        return kept[: self.limit]


Records = Callable[[Scope], Iterable[dict[str, Any]]]


def show(kind: Kind, session: Session, reader: Reader, *, terse: bool = False) -> Result:
    """`SHOW [TERSE] kinds ...`: one row an object, in the order of databases, schemas and names."""

    shown = kind.terse if terse and kind.terse is not None else kind.columns
    of_history = reader.sees("HISTORY") and kind.name in UNDROPPABLE
    if of_history:
        # With when it was dropped, behind its retention: https://docs.snowflake.com/en/user-guide/data-time-travel
        names = [name for name, _ in shown]
        at = names.index("retention_time") + 1 if "retention_time" in names else len(names)
        shown = [*shown[:at], ("dropped_on", TIMESTAMP), *shown[at:]]

    def records(scope: Scope) -> Iterable[dict[str, Any]]:
        seen_ones = [one for one in kind.listed(session) if scope.holds(one) and sees(session, one)]
        found = [kind.shown_row(session, one) for one in seen_ones]
        return sorted([*found, *_gone(kind, session, scope)], key=_place) if of_history else found

    missing = "Schema" if kind.names_scope else ""
    return show_records(
        session, reader, kind.level, shown, records, missing, inert=kind.inert, narrowed_by=kind.narrowed_by
    )


UNDROPPABLE = ("TABLE", "SCHEMA", "DATABASE")


def _gone(kind: Kind, session: Session, scope: Scope) -> Iterator[dict[str, Any]]:
    """A row for each version that was dropped and can be brought back."""
    for one in dropped.versions(session, kind.name):
        object_ = dropped.as_shown(one)
        privileges = session.account.privileges
        if scope.holds(object_) and privileges.may_anything(session.roles, object_.owner, kind.name, object_.path):
            yield kind.shown_row(session, object_) | {"dropped_on": one.dropped_on, "is_current": "N"}


def _place(row: dict[str, Any]) -> tuple[str, ...]:
    return row.get("database_name", ""), row.get("schema_name", ""), row["name"]


def show_records(
    session: Session,
    reader: Reader,
    level: str,
    shown: Columns,
    records: Records,
    missing: str = "",
    *,
    inert: bool = False,
    narrowed_by: Narrowed | None = None,
) -> Result:
    """Reads what follows the kind in every SHOW, and answers with the records that it asks for.

    `[HISTORY] [LIKE ..] [IN ..] [STARTS WITH ..] [LIMIT n [FROM ..]] [WITH PRIVILEGES ..]`. WITH PRIVILEGES is read,
    and hides nothing more.
    https://docs.snowflake.com/en/sql-reference/sql/show
    """
    reader.accept("HISTORY")
    pattern = read_like(reader)
    scope = read_scope(session, reader, level, missing)
    filter_ = read_filter(reader, pattern, narrowed_by)
    return table(shown, (Filter(pattern) if inert else filter_).apply(records(scope)))


def describe(kind: Kind, session: Session, reader: Reader) -> Result:
    """`DESCRIBE kind name`. Raises 002003 if it is absent."""
    path = read_path(kind, session, reader, f"DESCRIBE {kind.name}")
    reader.finish()
    assert kind.described is not None
    return kind.described(kind, session, kind.require(session, path))


def read_like(reader: Reader) -> str | None:
    return reader.text() if reader.accept("LIKE") else None


def read_filter(reader: Reader, pattern: str | None, narrowed_by: Narrowed | None = None) -> Filter:
    starts_with = reader.text() if reader.accept("STARTS", "WITH") else ""
    keeps = next((keeps for words, keeps in (narrowed_by or {}).items() if reader.accept(*words.split())), Filter.keeps)
    limit: int | None = None
    after = ""
    if reader.accept("LIMIT"):
        value = reader.value()
        limit = value if isinstance(value, int) else reader.fail()
        if limit < 1:
            raise errors.limit_too_low(limit)
        after = reader.text() if reader.accept("FROM") else ""
    if reader.accept("WITH", "PRIVILEGES"):
        reader.take_word()
        while not reader.done:
            reader.accept(",")
            reader.take_word()
    reader.finish()
    return Filter(pattern, starts_with, limit, after, keeps)


def read_scope(session: Session, reader: Reader, level: str, missing: str = "") -> Scope:
    """Reads `IN ACCOUNT | IN DATABASE [x] | IN SCHEMA [x] | IN x`; without it, what is current, else the account.

    Raises 002043 if the database or schema is absent or hidden, or 002003 of `missing`, as some kinds do.
    """
    if not reader.accept("IN"):
        if level == "account" or not session.database:
            return Scope(())
        if level == "schema" and session.schema:
            return Scope((session.database, session.schema))
        return Scope((session.database,))
    if reader.accept("ACCOUNT"):
        return Scope(())
    path: Path
    if reader.accept("DATABASE"):
        path = (reader.name(),) if name_follows(reader) else (session.current_database("SHOW"),)
    elif reader.accept("SCHEMA"):
        name = reader.path() if name_follows(reader) else (session.schema or "",)
        path = session.qualify_schema(name, "SHOW")
    else:
        path = reader.path() if level == "database" else session.qualify_schema(reader.path(), "SHOW")
    found = session.account.find("DATABASE" if len(path) == 1 else "SCHEMA", path)
    if path[-1] != "INFORMATION_SCHEMA" and (found is None or not sees(session, found)):
        if missing and len(path) == 2:
            raise errors.does_not_exist(missing, ".".join(path))
        raise errors.scope_does_not_exist()
    return Scope(path)


def name_follows(reader: Reader) -> bool:
    return not reader.done and not any(reader.sees(word) for word in ("STARTS", "LIMIT", "WITH"))
