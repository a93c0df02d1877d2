"""The recogniser: a table from the words that a statement begins with to what runs it, and how deep.

A statement that is not in the table is refused by name. `docs/emulator.md` is generated from this table.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from .. import errors
from ..account import TEMPORARY, Account
from ..capture import open_transactions, streams
from ..capture.streams import STREAM
from ..catalog import keys
from ..iceberg import iceberg
from ..iceberg.external_volumes import VOLUME
from ..iceberg.iceberg import ICEBERG_TABLE
from ..language.reader import Reader
from ..language.result import Result
from ..objects import (
    comments,
    described,
    grants,
    or_alter_table,
    parameters,
    routines,
    schema_objects,
    tables,
    use,
    views,
)
from ..objects.databases import DATABASE, SCHEMA, alter_schema
from ..objects.kinds import Kind, Kinds
from ..objects.objects import Form, alter, create, describe, drop, read_form, show
from ..objects.resource_monitors import RESOURCE_MONITOR
from ..objects.roles import ROLE
from ..objects.sequences import SEQUENCE
from ..objects.show_columns import show_columns
from ..objects.show_keys import show_foreign_keys, show_keys
from ..objects.tables import TABLE
from ..objects.undrop import undrop
from ..objects.users import USER
from ..objects.views import VIEW
from ..objects.warehouses import WAREHOUSE, alter_warehouse, show_warehouses
from ..session import Session, transactions
from ..session.statement import Depth, Passed
from ..sharing.imports import create_database
from ..sharing.shares import SHARE, alter_share, describe_share, drop_share, show_shares
from ..sql import merge, multi_inserts
from ..staging import files, load_history
from ..staging.copy_files import copy_files
from ..staging.copy_into import copy_into
from ..staging.file_formats import FILE_FORMAT
from ..staging.infer_schema import use_template
from ..staging.pipes import PIPE, alter_pipe, create_pipe
from ..staging.stages import STAGE, alter_stage
from ..tasks import scripting, session_variables, tasks
from ..tasks.tasks import TASK
from . import editions, refused, staged_scripts

Handler = Callable[[Session, Reader], Result]
CreateHandler = Callable[[Session, Reader, Form], Result]
Words = tuple[str, ...]


@dataclass(frozen=True)
class Own:
    """A statement that the emulator runs itself; `reads` if it only looks."""

    run: Handler
    depth: Depth = "executed"
    reads: bool = False


@dataclass(frozen=True)
class Made:
    """A CREATE that the emulator runs itself."""

    run: CreateHandler
    depth: Depth = "executed"


Rule = Own | Made | Passed

KINDS = Kinds(
    {
        kind.name: kind
        for kind in (
            DATABASE,
            SCHEMA,
            WAREHOUSE,
            RESOURCE_MONITOR,
            ROLE,
            USER,
            TABLE,
            ICEBERG_TABLE,
            VIEW,
            STAGE,
            FILE_FORMAT,
            STREAM,
            TASK,
            SHARE,
            VOLUME,
            PIPE,
            SEQUENCE,
        )
    }
)


def _words(text: str) -> Words:
    return tuple(text.split())


def _kind_rules(kind: Kind) -> Iterator[tuple[Words, Rule]]:
    yield _words(f"CREATE {kind.name}"), Made(partial(create, kind), kind.depth)
    yield _words(f"ALTER {kind.name}"), Own(partial(alter, kind), kind.depth)
    yield _words(f"DROP {kind.name}"), Own(partial(drop, kind), kind.depth)
    yield _words(f"SHOW {kind.shown_plural}"), Own(partial(show, kind), kind.depth, reads=True)
    if kind.terse is not None or kind.inert:
        yield _words(f"SHOW TERSE {kind.shown_plural}"), Own(partial(show, kind, terse=True), kind.depth, reads=True)
    if kind.described is not None:
        for verb in ("DESCRIBE", "DESC"):
            yield _words(f"{verb} {kind.name}"), Own(partial(describe, kind), kind.depth, reads=True)


_OWN: Mapping[str, Rule] = {
    "CREATE DATABASE": Made(create_database),
    "ALTER SCHEMA": Own(alter_schema),
    "ALTER WAREHOUSE": Own(alter_warehouse, "recorded"),
    "SHOW WAREHOUSES": Own(show_warehouses, "recorded", reads=True),
    "SHOW TERSE WAREHOUSES": Own(show_warehouses, "recorded", reads=True),
    "GRANT": Own(partial(grants.grant, KINDS)),
    "REVOKE": Own(partial(grants.revoke, KINDS)),
    "SHOW GRANTS": Own(partial(grants.show_grants, KINDS), reads=True),
    "SHOW FUTURE GRANTS": Own(grants.show_future_grants, reads=True),
    "SHOW PARAMETERS": Own(partial(parameters.show_parameters, {"TASK": tasks.shown_parameters}), reads=True),
    "ALTER STAGE": Own(alter_stage),
    "ALTER SESSION": Own(parameters.alter_session),
    "ALTER SHARE": Own(alter_share),
    "DROP SHARE": Own(drop_share),
    "SHOW SHARES": Own(show_shares, reads=True),
    "DESCRIBE SHARE": Own(describe_share, reads=True),
    "DESC SHARE": Own(describe_share, reads=True),
    "USE DATABASE": Own(use.use_database),
    "USE SCHEMA": Own(use.use_schema),
    "USE WAREHOUSE": Own(use.use_warehouse, "recorded"),
    "USE ROLE": Own(use.use_role),
    "USE SECONDARY ROLES": Own(use.use_secondary_roles),
    "USE": Own(use.use),
    "CREATE TABLE": Passed(
        answer=tables.create_existing,
        prepare=(use_template, tables.prepare_create, or_alter_table.alter_existing),
        record=tables.record_create,
        modifiers=frozenset({"TRANSIENT", TEMPORARY}),
        or_alter=True,
        commits=True,
    ),
    "ALTER TABLE": Own(iceberg.alter_any_table),
    "DROP TABLE": Passed(answer=tables.drop_absent, record=tables.record_drop, commits=True),
    "CREATE VIEW": Passed(
        answer=tables.create_existing,
        prepare=(views.prepare_create,),
        record=views.record_create,
        modifiers=frozenset({"SECURE", TEMPORARY}),
        commits=True,
    ),
    "ALTER VIEW": Own(views.alter_view),
    "DROP VIEW": Passed(answer=tables.drop_absent, record=views.record_drop, commits=True),
    **{f"UNDROP {kind.name}": Own(partial(undrop, kind)) for kind in (TABLE, SCHEMA, DATABASE)},
    "SHOW OBJECTS": Own(schema_objects.show_objects, reads=True),
    "SHOW TERSE OBJECTS": Own(partial(schema_objects.show_objects, terse=True), reads=True),
    "SHOW PRIMARY KEYS": Own(partial(show_keys, keys.PRIMARY), reads=True),
    "SHOW TERSE PRIMARY KEYS": Own(partial(show_keys, keys.PRIMARY), reads=True),
    "SHOW UNIQUE KEYS": Own(partial(show_keys, keys.UNIQUE), reads=True),
    "SHOW TERSE UNIQUE KEYS": Own(partial(show_keys, keys.UNIQUE), reads=True),
    "SHOW IMPORTED KEYS": Own(partial(show_foreign_keys, "child"), reads=True),
    "SHOW EXPORTED KEYS": Own(partial(show_foreign_keys, "parent"), reads=True),
    "SHOW USER FUNCTIONS": Own(partial(routines.show_none, routines.FUNCTIONS), reads=True),
    "SHOW USER PROCEDURES": Own(partial(routines.show_none, routines.PROCEDURES), reads=True),
    **{
        f"SHOW {terse}{kinds}": Own(partial(routines.show_none, shown, missing=missing), reads=True)
        for kinds, (shown, missing) in routines.OTHERS.items()
        for terse in ("", "TERSE ")
    },
    "SHOW COLUMNS": Own(show_columns, reads=True),
    "SHOW TERSE COLUMNS": Own(show_columns, reads=True),
    "DESCRIBE TABLE": Passed(answer=iceberg.describe_any_table),
    "DESCRIBE VIEW": Passed(answer=described.describe),
    "DESC TABLE": Passed(answer=iceberg.describe_any_table),
    "DESC VIEW": Passed(answer=described.describe),
    "SELECT": Passed(needs_warehouse=True),
    "WITH": Passed(needs_warehouse=True),
    "(": Passed(needs_warehouse=True),
    "VALUES": Passed(needs_warehouse=True),
    "INSERT INTO": Passed(needs_warehouse=True, changes=True),
    "INSERT OVERWRITE INTO": Passed(needs_warehouse=True, changes=True),
    **{
        " ".join(("INSERT", *["OVERWRITE"] * overwrites, word)): Own(
            partial(multi_inserts.insert, overwrites=overwrites, first=word == "FIRST")
        )
        for overwrites in (False, True)
        for word in ("ALL", "FIRST")
    },
    "UPDATE": Passed(needs_warehouse=True, changes=True),
    "DELETE FROM": Passed(needs_warehouse=True, changes=True),
    "MERGE": Passed(prepare=(merge.name_source,), needs_warehouse=True, changes=True),
    "TRUNCATE": Passed(
        answer=tables.truncate_absent,
        prepare=(tables.prepare_truncate,),
        needs_warehouse=True,
        changes=True,
        record=load_history.forget_truncated,
    ),
    "BEGIN": Own(scripting.begin),
    "DECLARE": Own(scripting.declare),
    "COPY INTO": Own(copy_into),
    "COPY FILES INTO": Own(copy_files),
    "PUT": Own(files.put),
    "GET": Own(files.get),
    "LIST": Own(files.list_files, reads=True),
    "LS": Own(files.list_files, reads=True),
    "REMOVE": Own(files.remove_files),
    "RM": Own(files.remove_files),
    "EXECUTE IMMEDIATE": Own(scripting.execute_immediate),
    "EXECUTE IMMEDIATE FROM": Own(staged_scripts.execute),
    "CALL": Own(scripting.call),
    "START TRANSACTION": Own(transactions.begin),
    "COMMIT": Own(transactions.commit),
    "ROLLBACK": Own(transactions.rollback),
    "SHOW TRANSACTIONS": Own(open_transactions.show_transactions, reads=True),
    "SHOW LOCKS": Own(open_transactions.show_locks, reads=True),
    "CREATE ICEBERG TABLE": Made(iceberg.create_table),
    "ALTER ICEBERG TABLE": Passed(answer=iceberg.alter_table, commits=True),
    "DROP ICEBERG TABLE": Own(iceberg.drop_table),
    "DESCRIBE ICEBERG TABLE": Own(iceberg.describe_table, reads=True),
    "DESC ICEBERG TABLE": Own(iceberg.describe_table, reads=True),
    "CREATE STREAM": Made(streams.create_stream),
    "CREATE TASK": Made(tasks.create_task),
    "ALTER TASK": Own(tasks.alter_task),
    "DROP TASK": Own(tasks.drop_task),
    "EXECUTE TASK": Own(tasks.execute_task),
    "CREATE PIPE": Made(create_pipe, "recorded"),
    "ALTER PIPE": Own(alter_pipe, "recorded"),
    "DROP STREAM": Own(streams.drop_stream),
    "SET": Own(session_variables.set_variable),
    "UNSET": Own(session_variables.unset_variable),
    "SHOW VARIABLES": Own(session_variables.show_variables, reads=True),
    "COMMENT": Own(partial(comments.comment_on, KINDS)),
}

RULES: Mapping[Words, Rule] = dict(rule for kind in KINDS.values() for rule in _kind_rules(kind)) | {
    _words(text): rule for text, rule in _OWN.items()
}

REFUSED = frozenset(
    _words(text)
    for text in (*refused.others(), *(text for _, statements in refused.of_kinds() for text in statements))
    if _words(text) not in RULES
)

_LONGEST = max(map(len, (*RULES, *REFUSED)))


@dataclass(frozen=True)
class Recognised:
    """A rule, the words it goes by and, for a CREATE, the words between CREATE and the kind."""

    words: Words
    rule: Rule
    form: Form


def recognise(reader: Reader, account: Account) -> Recognised:
    """Reads the words that a statement begins with and finds its rule; refuses by name what has none."""
    verb = reader.word()
    form = Form()
    if verb == "CREATE":
        reader.accept(verb)
        form = read_form(reader)
    found = _match(reader, account, verb, form)
    if found is None and verb != "CREATE" and verb in _VERBS:
        reader.skip()
    return found or reader.fail()


def _match(reader: Reader, account: Account, verb: str, form: Form) -> Recognised | None:
    created = verb == "CREATE"
    for length in range(_LONGEST, 0, -1):
        words = tuple(filter(None, (reader.word(ahead) for ahead in range(length - created))))
        found = (verb, *words) if created else words
        if len(found) < length:
            continue
        if found in RULES:
            editions.check(account, " ".join(found))
            reader.accept(*words)
            return _checked(Recognised(found, RULES[found], form))
        if (words := ("DESCRIBE", *found[1:]) if found[0] == "DESC" else found) in REFUSED:
            raise editions.refusal(account, " ".join(words))
    return None


_VERBS = frozenset(words[0] for words in (*RULES, *REFUSED))


def _checked(found: Recognised) -> Recognised:
    """Refuses the words before the kind that a passed statement would not honour (sqlglot drops OR ALTER, say)."""
    if isinstance(found.rule, Passed):
        surplus = sorted(found.form.modifiers - found.rule.modifiers) + ["OR ALTER"] * (
            found.form.alter and not found.rule.or_alter
        )
        if surplus:
            raise errors.not_emulated(f"CREATE {surplus[0]} {' '.join(found.words[1:])}")
    return found
