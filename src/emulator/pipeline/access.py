"""What each statement needs to be allowed, as tables, and the one check of it.

A statement names objects. What the session's roles do not see is answered as if it was not there (002003); what they
see and may not touch so is refused (003001). What the tables say is the access control section of each statement's
page. GRANT and REVOKE, which ask about each privilege apart, are checked where they are expanded: objects/grants.py.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import partial

from snowflake.connector.errors import ProgrammingError
from sqlglot import Expr, exp

from .. import errors
from ..account import SNOWFLAKE
from ..account.privileges import OWNERSHIP
from ..capture import streams
from ..catalog import table_names
from ..history import account_usage
from ..language.dialect import OR_ALTER, is_reserved
from ..language.reader import Path, Reader
from ..language.result import Result, done, status
from ..objects.kinds import Kind
from ..objects.objects import read_clone, read_path
from ..objects.undrop import last
from ..session import Session
from ..session.statement import StatementContext
from ..session.visible import refused, require_seen, require_way, sees
from ..staging import files, staged
from .statements import KINDS, Made, Recognised

Privileges = tuple[str, ...]
ANY: Privileges = ()
ACCOUNT = "ACCOUNT"


@dataclass(frozen=True)
class Need:
    """One of the privileges on an object, or its ownership; ANY is met by whatever makes it visible.

    `named` is how the statement writes it. Who makes something needs it of the current role alone.
    """

    kind: str
    path: Path
    privileges: Privileges = ANY
    named: str = ""
    by_current_role: bool = False


def _missing(need: Need) -> ProgrammingError:
    if need.named:
        return errors.unknown_object(need.named)
    return errors.does_not_exist(need.kind.capitalize(), ".".join(need.path))


def _check(session: Session, need: Need) -> None:
    """Raises 002003 for what the session does not see, 003001 for what it may not do. What is absent needs nothing."""
    roles = session.account.privileges.below([session.role]) if need.by_current_role else session.roles
    if need.kind == ACCOUNT:
        if not any(session.account.privileges.may_on_account(roles, one) for one in need.privileges):
            raise errors.insufficient_privileges(f"account '{session.account.name}'")
        return
    found = session.account.find(need.kind, need.path)
    if found is None and need.path == (SNOWFLAKE,) and not account_usage.may_read(session):
        raise errors.unknown_scope("Database", SNOWFLAKE)
    if need.path[0] in session.account.imported:
        database = session.account.permanent("DATABASE", need.path[:1])
        if database is not None and not sees(session, database):
            raise errors.unknown_scope("Database", need.path[0])
        return
    if found is None:
        require_way(session, need.path)
        return
    if found.is_temporary:
        return
    require_seen(session, found, lambda: _missing(need))
    if need.privileges and not session.account.privileges.may(roles, found, need.privileges):
        if need.kind == "WAREHOUSE" and session.account.privileges.may_on_account(roles, "MANAGE WAREHOUSES"):
            return
        raise refused(session, found, need.privileges)


def may_use_warehouse(session: Session) -> bool:
    """Whether the current warehouse may run a query; a serverless task needs none."""
    if session.is_serverless:
        return True
    found = session.account.find("WAREHOUSE", (session.warehouse,)) if session.warehouse else None
    privileges = session.account.privileges
    return found is not None and (
        privileges.may(session.roles, found, ("USAGE",))
        or privileges.may_on_account(session.roles, "MANAGE WAREHOUSES")
    )


# What the emulator runs itself, by the words that it begins with

# By kind, and by the word that follows the name; "" is any other word.
_ALTER: Mapping[str, Mapping[str, Privileges]] = {
    "DATABASE": {"SET": ("MODIFY",), "UNSET": ("MODIFY",)},
    "SCHEMA": {"SET": ("MODIFY",), "UNSET": ("MODIFY",)},
    "WAREHOUSE": {"SUSPEND": ("OPERATE",), "RESUME": ("OPERATE",), "ABORT": ("OPERATE",), "": ("MODIFY",)},
    "RESOURCE MONITOR": {"": ("MODIFY",)},
    "TASK": {"SUSPEND": ("OPERATE",), "RESUME": ("OPERATE",)},
    "PIPE": {"SET": ("OPERATE",), "REFRESH": ("OPERATE",)},
}
_COMMENT: Mapping[str, Privileges] = {"DATABASE": ("MODIFY",), "SCHEMA": ("MODIFY",), "WAREHOUSE": ("MODIFY",)}
# By the words before a stage's name; internal stages are all that there are.
_STAGES: Mapping[str, Privileges] = {
    "PUT": ("WRITE",),
    "REMOVE": ("WRITE",),
    "RM": ("WRITE",),
    "GET": ("READ",),
    "LIST": ("READ",),
    "LS": ("READ",),
}


def check_own(session: Session, reader: Reader, recognised: Recognised) -> Result | None:
    """Checks a statement that is read word by word. The answer of one whose IF EXISTS meets what is hidden."""
    ahead = copy(reader)
    ahead.repeated = []
    verb, *rest = recognised.words
    kind = KINDS.get(" ".join(rest))
    if isinstance(recognised.rule, Made):
        assert kind is not None
        _check_all(session, _to_create(session, ahead, kind, recognised))
    elif verb in ("ALTER", "DROP") and kind is not None:
        return _check_existing(session, ahead, kind, verb)
    elif verb == "COMMENT":
        return _check_comment(session, ahead)
    elif (find := _OTHERS.get(" ".join(recognised.words))) is not None:
        _check_all(session, find(session, ahead))
    return None


def _check_all(session: Session, needs: Iterator[Need]) -> None:
    for need in needs:
        _check(session, need)


def _to_create(session: Session, ahead: Reader, kind: Kind, recognised: Recognised) -> Iterator[Need]:
    ahead.accept("IF", "NOT", "EXISTS")
    path = read_path(kind, session, ahead, f"CREATE {kind.name}")
    yield _place(kind.name, path, kind.name)
    yield from _replaced(session, kind.kept_as or kind.name, path, recognised.form.replace or recognised.form.alter)
    if kind.name == "DATABASE" and ahead.sees("FROM", "SHARE"):
        yield Need(ACCOUNT, (), ("IMPORT SHARE",), by_current_role=True)
    elif (more := _CREATE_READS.get(kind.name)) is not None:
        yield from more(session, ahead)


def _place(kind: str, path: Path, named: str) -> Need:
    """To make something needs CREATE of its kind on what it is in, of the current role.

    https://docs.snowflake.com/en/user-guide/security-access-control-overview#authorization-through-primary-role-and-secondary-roles
    """
    parent = {1: ACCOUNT, 2: "DATABASE", 3: "SCHEMA"}[len(path)]
    return Need(parent, path[:-1], (f"CREATE {named}",), by_current_role=True)


def _replaced(session: Session, kind: str, path: Path, is_changed: bool) -> Iterator[Need]:
    """Who replaces or alters something owns it; what others have in secret is there, and is named."""
    kinds = _ONE_NAME if kind in _ONE_NAME else (kind,)
    found = next(filter(None, (session.account.permanent(one, path) for one in kinds)), None)
    if found is not None and not sees(session, found):
        raise errors.exists_without_privileges(found.name)
    if found is not None and is_changed:
        yield Need(found.kind, path, (OWNERSHIP,))


_ONE_NAME = ("TABLE", "VIEW")  # which share their names


def _cloned(kind: Kind, session: Session, ahead: Reader) -> Iterator[Need]:
    """https://docs.snowflake.com/en/sql-reference/sql/create-clone#access-control-requirements"""
    if (path := read_clone(kind, session, ahead)) is not None:
        yield Need(kind.name, path, ("USAGE",))


def _stream_source(session: Session, ahead: Reader) -> Iterator[Need]:
    ahead.accept("COPY", "GRANTS")
    if ahead.accept("ON") and ahead.take_word() in ("TABLE", "VIEW"):
        path = session.qualify(ahead.path(), "CREATE STREAM")
        found = table_names.find(session, path)
        yield Need(found.kind if found else "TABLE", path, ("SELECT",))


def _task_warehouse(session: Session, ahead: Reader) -> Iterator[Need]:
    while not ahead.done and not ahead.sees("AS"):
        if ahead.accept("WAREHOUSE", "="):
            yield Need("WAREHOUSE", (str(ahead.value()).upper(),), ("USAGE",))
            return
        ahead.skip()


def _piped(session: Session, ahead: Reader) -> Iterator[Need]:
    """https://docs.snowflake.com/en/sql-reference/sql/create-pipe#access-control-requirements"""
    if ahead.seek("AS") and ahead.accept("COPY", "INTO"):
        yield from _copied(session, ahead, ("SELECT", "INSERT"))


def _iceberg_volume(session: Session, ahead: Reader) -> Iterator[Need]:
    if ahead.seek("EXTERNAL_VOLUME", "="):
        yield Need("EXTERNAL VOLUME", (str(ahead.value()).upper(),), ("USAGE",))


# What CREATE of a kind needs besides. https://docs.snowflake.com/en/sql-reference/sql/create-stream and the others
_CREATE_READS: Mapping[str, Callable[[Session, Reader], Iterator[Need]]] = {
    "STREAM": _stream_source,
    "TASK": _task_warehouse,
    "ICEBERG TABLE": _iceberg_volume,
    "PIPE": _piped,
    "DATABASE": partial(_cloned, KINDS["DATABASE"]),
    "SCHEMA": partial(_cloned, KINDS["SCHEMA"]),
}


def _check_existing(session: Session, ahead: Reader, kind: Kind, verb: str) -> Result | None:
    if_exists = ahead.accept("IF", "EXISTS")
    path = read_path(kind, session, ahead, f"{verb} {kind.name}")
    found = session.account.find(kind.kept_as or kind.name, path)
    if found is not None and if_exists and not sees(session, found):
        return _already_dropped(path) if verb == "DROP" else done()
    by_word = _ALTER.get(kind.name, {}) if verb == "ALTER" else {}
    privileges = by_word.get(ahead.word(), by_word.get("", (OWNERSHIP,)))
    _check(session, Need(kind.kept_as or kind.name, path, privileges))
    if verb == "ALTER" and found is not None and kind.level == "schema":
        _check_all(session, _other_names(session, copy(ahead), kind, path))
    if verb == "ALTER" and kind.name == "TASK":
        _check_all(session, _task_warehouse(session, ahead))
    return None


def _other_names(session: Session, ahead: Reader, kind: Kind, path: Path) -> Iterator[Need]:
    """SWAP WITH takes the ownership of both; RENAME TO another schema is CREATE there.

    https://docs.snowflake.com/en/sql-reference/sql/alter-table
    """
    if ahead.accept("SWAP", "WITH"):
        yield Need(kind.kept_as or kind.name, session.qualify(ahead.path(), "ALTER"), (OWNERSHIP,))
    elif ahead.accept("RENAME", "TO"):
        new = session.qualify(ahead.path(), "ALTER")
        yield from _replaced(session, kind.kept_as or kind.name, new, False)
        if new[:2] != path[:2]:
            yield _place(kind.name, new, kind.name)


def _already_dropped(path: Path) -> Result:
    return status(f"Drop statement executed successfully ({path[-1]} already dropped).")


def _check_comment(session: Session, ahead: Reader) -> Result | None:
    if_exists = ahead.accept("IF", "EXISTS")
    ahead.expect("ON")
    if ahead.accept("COLUMN"):
        path = session.qualify(ahead.path(most=4)[:-1], "COMMENT")
        commented = table_names.find(session, path)
        need = Need(commented.kind if commented else "TABLE", path, (OWNERSHIP,))
    else:
        kind = KINDS.read(ahead, "COMMENT ON")
        path = kind.qualify(session, ahead.path(), "COMMENT")
        need = Need(kind.kept_as or kind.name, path, _COMMENT.get(kind.name, (OWNERSHIP,)))
    if if_exists and _is_hidden(session, need.kind, path):
        return done()
    _check(session, need)
    return None


def _described(kind: Kind) -> Callable[[Session, Reader], Iterator[Need]]:
    def needs(session: Session, ahead: Reader) -> Iterator[Need]:
        path = read_path(kind, session, ahead, f"DESCRIBE {kind.name}")
        is_of_another = kind.name == "USER" and path != (session.user,)  # whom the owner alone describes
        yield Need(kind.kept_as or kind.name, path, (OWNERSHIP,) if is_of_another else ANY)

    return needs


def _execute_task(session: Session, ahead: Reader) -> Iterator[Need]:
    yield Need("TASK", session.qualify(ahead.path(), "EXECUTE TASK"), ("OPERATE",))


def _stage(verb: str) -> Callable[[Session, Reader], Iterator[Need]]:
    def needs(session: Session, ahead: Reader) -> Iterator[Need]:
        if verb == "PUT":
            ahead.location()
            yield from _of_stage(files.read_location(session, ahead, "PUT"), _STAGES[verb])
        else:
            yield from _at(session, ahead.location(), _STAGES[verb])

    return needs


def _at(session: Session, reference: str, privileges: Privileges) -> Iterator[Need]:
    if reference.startswith("@"):
        yield from _of_stage(files.locate(session, reference, "LIST"), privileges)


def _of_stage(location: files.Location, privileges: Privileges) -> Iterator[Need]:
    if (needed := files.needed(location, privileges)) is not None:
        yield Need(*needed)


def _copy_files(session: Session, ahead: Reader) -> Iterator[Need]:
    """https://docs.snowflake.com/en/sql-reference/sql/copy-files"""
    yield from _at(session, ahead.location(), ("WRITE",))
    ahead.expect("FROM")
    if ahead.sees_location():
        yield from _at(session, ahead.location(), ("READ",))


def _staged_script(session: Session, ahead: Reader) -> Iterator[Need]:
    """https://docs.snowflake.com/en/sql-reference/sql/execute-immediate-from"""
    if ahead.sees_location():
        yield from _at(session, ahead.location(), ("READ",))


def _copy_into(session: Session, ahead: Reader) -> Iterator[Need]:
    """https://docs.snowflake.com/en/sql-reference/sql/copy-into-table, .../copy-into-location"""
    if session.warehouse is not None and not may_use_warehouse(session):
        raise errors.no_active_warehouse()
    if ahead.sees_location():
        yield from _at(session, ahead.location(), ("WRITE",))
        ahead.expect("FROM")
        if not ahead.sees("("):  # a query between brackets is checked as such when it is run
            yield from _to_read(session, session.qualify(ahead.path(), "COPY INTO"), "")
    else:
        yield from _copied(session, ahead, ("INSERT",))


def _copied(session: Session, ahead: Reader, privileges: Privileges) -> Iterator[Need]:
    """What a COPY INTO a table needs: each of the privileges on it, and to read from its stage.

    The file format that it names is checked when it is looked up.
    """
    path = session.qualify(ahead.path(), "COPY INTO")
    for privilege in privileges:
        yield Need("TABLE", path, (privilege,))
    if ahead.sees("("):
        ahead.bracketed()
    if not ahead.accept("FROM"):  # its files are on the table's own stage
        yield Need("TABLE", path, (OWNERSHIP,))
        return
    ahead = Reader(ahead.bracketed()) if ahead.sees("(") else ahead
    while not ahead.done and not ahead.sees_location():
        ahead.skip()
    if not ahead.done:
        yield from _at(session, ahead.location(), ("READ",))


def _use(kind: str) -> Callable[[Session, Reader], Iterator[Need]]:
    def needs(session: Session, ahead: Reader) -> Iterator[Need]:
        path = ahead.path(most=2)
        if kind == "SCHEMA" or len(path) > 1:
            path = session.qualify_schema(path, "USE SCHEMA")
        for part in (path[:1], path):
            found = session.account.permanent(
                kind if kind == "WAREHOUSE" else ("DATABASE", "SCHEMA")[len(part) - 1], part
            )
            if found is not None and not sees(session, found):
                raise errors.scope_does_not_exist()
        yield from ()

    return needs


def _undropped(kind: Kind) -> Callable[[Session, Reader], Iterator[Need]]:
    """To own what was dropped, and CREATE of its kind where it was.

    https://docs.snowflake.com/en/user-guide/data-time-travel#access-control-requirements-and-name-resolution
    """

    def needs(session: Session, ahead: Reader) -> Iterator[Need]:
        path = read_path(kind, session, ahead, f"UNDROP {kind.name}")
        yield _place(kind.name, path, kind.name)
        record = last(session, kind.name, path)
        if record is not None and record.object_.owner not in session.roles:
            raise errors.insufficient_privileges(f"{kind.name.lower()} '{path[-1]}'")

    return needs


_OTHERS: Mapping[str, Callable[[Session, Reader], Iterator[Need]]] = {
    "COPY FILES INTO": _copy_files,
    "COPY INTO": _copy_into,
    "EXECUTE IMMEDIATE FROM": _staged_script,
    "EXECUTE TASK": _execute_task,
    **{verb: _stage(verb) for verb in _STAGES},
    **{f"UNDROP {name}": _undropped(KINDS[name]) for name in ("TABLE", "SCHEMA", "DATABASE")},
    "USE": _use("DATABASE"),
    "USE DATABASE": _use("DATABASE"),
    "USE SCHEMA": _use("SCHEMA"),
    "USE WAREHOUSE": _use("WAREHOUSE"),
    **{
        f"{verb} {name}": _described(kind)
        for name, kind in KINDS.items()
        for verb in ("DESCRIBE", "DESC")
        if name not in ("TABLE", "VIEW", "SHARE")
    },
}


# What DuckDB runs


def check(context: StatementContext, expression: Expr) -> Expr:
    """The stage that checks a statement's tree, before anything is done with it."""
    session = context.session
    if isinstance(expression, exp.Drop | exp.Alter | exp.TruncateTable) and expression.args.get("exists"):
        unseen = [path for kind, path in _named(session, expression) if _is_hidden(session, kind, path)]
        if unseen:
            context.answer = _already_dropped(unseen[0]) if isinstance(expression, exp.Drop) else done()
            return expression
    _check_all(session, _of_tree(session, expression))
    return expression


def _is_hidden(session: Session, kind: str, path: Path) -> bool:
    found = session.account.find(kind, path)
    return found is not None and not sees(session, found)


def _named(session: Session, expression: Expr) -> Iterator[tuple[str, Path]]:
    """What a DROP, ALTER, TRUNCATE or DESCRIBE names."""
    nodes = expression.args.get("tables") or expression.args.get("expressions") or [expression.this]
    for node in nodes:
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier) and (node.db or session.schema):
            path = table_names.name_of(session, node, expression.key.upper())
            found = table_names.find(session, path)
            yield (found.kind if found else "TABLE"), path


def _of_tree(session: Session, expression: Expr) -> Iterator[Need]:
    if isinstance(expression, exp.Drop | exp.Alter | exp.TruncateTable | exp.Describe):
        privileges = _NAMED.get(type(expression), ANY)
        for kind, path in _named(session, expression):
            yield Need(kind, path, privileges)
        if not isinstance(expression, exp.Describe):
            return
    target = table_names.target_of(expression)
    if target is not None:
        yield from _of_target(session, expression, target)
    for source in table_names.source_tables(expression, target):
        yield from _of_source(session, source)
    for stage in staged.stages_in(expression):
        yield from _at(session, str(stage.this.name), ("READ",))


_NAMED: Mapping[type[Expr], Privileges] = {
    exp.Drop: (OWNERSHIP,),
    exp.Alter: (OWNERSHIP,),
    exp.TruncateTable: ("TRUNCATE",),
}
# By what a statement does with its target's rows; each is needed.
_CHANGES: Mapping[type[Expr], str] = {exp.Insert: "INSERT", exp.Update: "UPDATE", exp.Delete: "DELETE"}


def _of_target(session: Session, expression: Expr, target: exp.Table) -> Iterator[Need]:
    if not isinstance(target.this, exp.Identifier) or not (target.db or session.schema):
        return
    path = table_names.name_of(session, target, expression.key.upper())
    if isinstance(expression, exp.Create):
        kind = str(expression.args.get("kind"))
        temporary = kind == "TABLE" and table_names.makes_temporary(expression)
        yield Need("SCHEMA", path[:2]) if temporary else _place(kind, path, kind)
        if not temporary:
            is_changed = bool(expression.args.get("replace")) or OR_ALTER in expression.meta
            yield from _replaced(session, kind, path, is_changed)
        return
    found = table_names.find(session, path)
    whens = expression.args["whens"].expressions if isinstance(expression, exp.Merge) else []
    changes = [_CHANGES.get(type(one), str(one).upper()) for one in (when.args["then"] for when in whens)]
    if not isinstance(expression, exp.Merge):
        changes = [_CHANGES[type(expression)]] + ["DELETE"] * bool(expression.args.get("overwrite"))
    for privilege in dict.fromkeys(changes):
        yield Need(found.kind if found else "TABLE", path, (privilege,), ".".join(table_names.parts_of(target)))


def _of_source(session: Session, source: exp.Table) -> Iterator[Need]:
    if is_reserved(source.name) or not (source.db or session.schema):
        return
    path = table_names.name_of(session, source, "SELECT")
    if path[1] == "INFORMATION_SCHEMA":
        yield Need("DATABASE", path[:1])
    elif path[0] == SNOWFLAKE and session.account.find("DATABASE", path[:1]) is None:
        yield Need("DATABASE", path[:1], ("USAGE",))
    else:
        copied = isinstance(source.parent, exp.LikeProperty)
        yield from _to_read(session, path, ".".join(table_names.parts_of(source)), ANY if copied else ("SELECT",))


def _to_read(session: Session, path: Path, named: str, privileges: Privileges = ("SELECT",)) -> Iterator[Need]:
    """SELECT on a table or view; of a stream, on the stream and on its table or view.

    A view reads with its owner's rights: https://docs.snowflake.com/en/user-guide/views-introduction
    """
    if (stream := session.account.find("STREAM", path)) is not None:
        yield Need("STREAM", path, privileges, named)
        path, named = streams.source_of(stream), ""
    found = table_names.find(session, path)
    yield Need(found.kind if found else "TABLE", path, privileges, named)
