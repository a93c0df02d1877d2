"""Cleanup: drops what carries this deployment's stamp, whatever CONFIG says now, and proves that nothing is left."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from src.config import DemoConfig
from src.config.objects import MANAGED_VOLUME
from src.utils.errors import Refused
from src.utils.queries import Row
from src.utils.sql import Statement, identifier, qualified

from .comparison import in_its_mode
from .inspection import Found, FoundObject, look_for_ours
from .progress import SILENCE, Progress
from .report import Report, undrop
from .runner import Action, run
from .sending import Sender
from .steps import batches

# A database in a share cannot be dropped, so shares go first; a database takes what is in it along.
# https://docs.snowflake.com/en/sql-reference/sql/drop-database
KINDS: tuple[tuple[str, ...], ...] = (("SHARE",), ("DATABASE", "WAREHOUSE"), ("RESOURCE MONITOR", "ROLE"))

# The only DROP without IF EXISTS: https://docs.snowflake.com/en/sql-reference/sql/drop-share
_WITHOUT_IF_EXISTS = frozenset({"SHARE"})


@dataclass(frozen=True)
class Doomed:
    """An object that will go; of a database, how many tables and rows go with it."""

    object: FoundObject
    tables: int = 0
    rows: int = 0

    def __str__(self) -> str:
        holds = f" with {self.tables:,} tables, {self.rows:,} rows" if self.object.kind == "DATABASE" else ""
        return f"{self.object}{holds}"


Question = Callable[[list[Doomed]], bool]


def clean_up(
    sender: Sender,
    config: DemoConfig,
    report: Report,
    *,
    ask: Question | None = None,
    progress: Progress = SILENCE,
) -> None:
    """Drops what is ours, goes on after an error, and looks again. Raises Refused if `ask` is answered no."""
    found = look_for_ours(sender, config)
    report.warnings.extend(f"Not looked at: {message}" for message in found.unseen)
    report.refusals.extend(_refusals(config, found))
    doomed = _ours(found)
    if ask and doomed and not ask(sender.wave(doomed, lambda object_: _counted(sender, object_), str)):
        raise Refused("Nothing was dropped: the answer was no.")
    progress.begin(len(doomed))
    run(_actions(doomed), sender, report, progress)
    left = _ours(look_for_ours(sender, config)) if doomed else []
    report.left.extend([*map(str, left), *remains(sender, left)])
    gone = [object_ for object_ in doomed if object_ not in left and object_.kind == "DATABASE"]
    if not report.emulated:
        report.undrops.extend(hint for one in gone for hint in undrop(one.key, int(one.properties["retention_time"])))
    if gone and config.factset.external_volume != MANAGED_VOLUME:
        report.unprovable.append(files_outside(config))
    report.proven = True


# What stays in force as long as an object is left, by its kind.
_REMAINS: Mapping[str, tuple[str, ...]] = {
    "DATABASE": ("TASKS IN", "STAGES IN", "GRANTS ON"),
    "WAREHOUSE": ("GRANTS ON",),
    "ROLE": ("GRANTS TO", "GRANTS OF"),
    "SHARE": ("GRANTS TO",),
}


def remains(sender: Sender, left: Iterable[FoundObject]) -> list[str]:
    """The tasks and stages in what is left, and the grants on it and to it: one wave, and none if nothing is left.

    Of an object that was dropped nothing stays: its grants go with it, those of a role too.
    https://docs.snowflake.com/en/sql-reference/sql/drop-role#usage-notes
    """
    looks = [(object_, shown) for object_ in left for shown in _REMAINS.get(object_.kind, ())]
    if not looks:
        return []
    answers = sender.wave(looks, lambda look: sender.send(f"SHOW {look[1]} {look[0]}"), str)
    return [
        _remaining(shown, row, object_)
        for (object_, shown), answer in zip(looks, answers, strict=True)
        for row in answer.rows
        if row.get("privilege") != "OWNERSHIP"
    ]


def _remaining(shown: str, row: Row, object_: FoundObject) -> str:
    match shown:
        case "TASKS IN":
            return f"TASK {_stored(row)} ({row['state']})"
        case "STAGES IN":
            return f"STAGE {_stored(row)} with its files"
        case "GRANTS OF":
            return f"GRANT {object_} TO {row['granted_to']} {row['grantee_name']}"
        case _:
            on = f"{row['granted_on']} {row['name']}"
            return f"GRANT {row['privilege']} ON {on} TO {row['granted_to']} {row['grantee_name']}"


def _stored(row: Row) -> str:
    return qualified(row["database_name"], row["schema_name"], row["name"])


def files_outside(config: DemoConfig) -> str:
    """What no SQL can look at: the files of a dropped Iceberg table on an external volume.

    https://docs.snowflake.com/en/user-guide/tables-iceberg-storage
    """
    volume = identifier(config.factset.external_volume)
    return (
        f"files of dropped Iceberg tables may stay on external volume {volume}, and SQL cannot look at them. "
        f"DESC EXTERNAL VOLUME {volume} names the place: look there for CONSTITUENTS_ICEBERG."
    )


def _ours(found: Found) -> list[FoundObject]:
    kinds = [kind for together in KINDS for kind in together]
    return [object_ for kind in kinds for object_ in found.objects.values() if object_.kind == kind and object_.ours]


def _refusals(config: DemoConfig, found: Found) -> list[str]:
    """What has a name of CONFIG and is not ours: it stays, and the person is told."""
    named = {statement.key for batch in batches(in_its_mode(config, found)) for statement in batch}
    return [
        f"{object_} does not carry this deployment's stamp, so it was not dropped. "
        f"If it is not needed, run DROP {object_}."
        for object_ in found.objects.values()
        if object_.key in named and not object_.ours
    ]


def _actions(doomed: list[FoundObject]) -> list[list[Action]]:
    return [[_drop(object_) for object_ in doomed if object_.kind in kinds] for kinds in KINDS]


def _drop(object_: FoundObject) -> Action:
    if_exists = "" if object_.kind in _WITHOUT_IF_EXISTS else "IF EXISTS "
    statement = Statement(object_.kind, object_.name, f"DROP {object_.kind} {if_exists}{object_.name}")
    return Action(statement, statement.sql, "dropped")


def _counted(sender: Sender, object_: FoundObject) -> Doomed:
    """https://docs.snowflake.com/en/sql-reference/sql/show-tables"""
    if object_.kind != "DATABASE":
        return Doomed(object_)
    tables = sender.send(f"SHOW TABLES IN DATABASE {object_.name}").rows
    return Doomed(object_, len(tables), sum(int(row["rows"] or 0) for row in tables))
