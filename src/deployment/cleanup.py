"""Cleanup: drops what carries this deployment's stamp, whatever CONFIG says now, and proves that nothing is left.

What was adopted goes back to whom it belongs, with its old values.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from src.config import DemoConfig, DemoSettings
from src.infrastructure.kind import stored_name
from src.infrastructure.kinds import BY_NAME
from src.infrastructure.states import ExistingObject, Snapshot
from src.utils.errors import Refused
from src.utils.queries import Row
from src.utils.sql import Key, identifier

from .adoption import Contents, Question, Return, contents, is_legible, return_of
from .comparison import in_its_mode
from .inspection import look_for_ours
from .progress import SILENCE, Progress
from .report import Report, undrop
from .runner import Action, run
from .sending import Sender
from .steps import DROPS, batches


@dataclass(frozen=True)
class Drop:
    """An object that will go, and what goes with it."""

    verb: ClassVar[str] = "drop"

    object: ExistingObject
    contents: Contents = field(default_factory=Contents)

    def __str__(self) -> str:
        return self.contents.of(self.object)


@dataclass(frozen=True)
class Renamed:
    """A deployment that has CONFIG's names under another name of its own, which its database had when it was set up."""

    verb: ClassVar[str] = "remove the deployment that is here instead:"

    deployment: str
    ours: str
    objects: tuple[ExistingObject, ...]

    def __str__(self) -> str:
        return (
            f"Nothing carries the stamp of {self.ours}. {', '.join(map(str, self.objects))} "
            f"{'carries' if len(self.objects) == 1 else 'carry'} that of {self.deployment}, which was set up under "
            "that name."
        )


@dataclass(frozen=True)
class Plan:
    """What is to be dropped, and what goes back: what was adopted, and what is ours around it, outermost first."""

    drops: list[ExistingObject]
    returns: list[ExistingObject]

    def __iter__(self) -> Iterator[ExistingObject]:
        yield from self.drops
        yield from self.returns


def plan(snapshot: Snapshot, *, drop_adopted: bool) -> Plan:
    """What is ours and does not go with the database or schema that it is in."""
    order = [kind.name for kinds in DROPS for kind in kinds]
    ours = [one for name in order for one in snapshot.objects.values() if one.kind == name and one.ours]
    adopted = {one.key for one in ours if one.adopted and not drop_adopted}
    around = {key for inner in adopted for key in _containers(inner)}
    returned = [one for one in ours if one.key in adopted or one.key in around]
    dropped = {one.key for one in ours} - {one.key for one in returned}
    drops = [one for one in ours if one.key in dropped and not dropped.intersection(_containers(one.key))]
    return Plan(drops, sorted(returned, key=lambda one: len(_containers(one.key))))


def _containers(key: Key) -> list[Key]:
    """The database, and the schema, that the object is in."""
    kind, name = key
    return BY_NAME[kind].containers(name)


def clean_up(
    sender: Sender,
    config: DemoConfig,
    report: Report,
    *,
    ask: Question | None = None,
    offer: Question | None = None,
    drop_adopted: bool = False,
    progress: Progress = SILENCE,
) -> None:
    """Drops what is ours, gives back what was adopted, goes on after an error, and looks again.

    If nothing is ours, and CONFIG's names are another deployment's, `offer` is asked whether that one is meant. Raises
    Refused if `ask` or `offer` is answered no.
    """
    snapshot = look_for_ours(sender, config)
    report.warnings.extend(f"Not looked at: {message}" for message in snapshot.unseen)
    planned = plan(snapshot, drop_adopted=drop_adopted)
    every = list(planned)
    if not every and (here := renamed(config, snapshot)):
        if offer is None:
            report.refusals.extend(_refusals(config, snapshot, here.objects))
            report.refusals.append(f"{here} Pass --deployment {here.deployment} to remove that one.")
            return
        if not offer([here]):
            raise Refused("Nothing was dropped: the answer was no.")
        report.deployment = here.deployment
        theirs = config.of_deployment(here.deployment)
        clean_up(sender, theirs, report, ask=ask, drop_adopted=drop_adopted, progress=progress)
        return
    report.refusals.extend(_refusals(config, snapshot, ()))
    if not every:
        report.warnings.extend(_elsewhere(snapshot))
    if ask and every:
        drops = sender.wave(planned.drops, lambda object_: Drop(object_, contents(sender, object_)), str)
        if not ask([*drops, *map(Return, planned.returns)]):
            raise Refused("Nothing was dropped: the answer was no.")
    report.warnings.extend(_warnings(planned))
    progress.begin(len(every))
    run(_actions(planned), sender, report, progress)
    left = list(plan(look_for_ours(sender, config), drop_adopted=drop_adopted)) if every else []
    report.left.extend([*map(str, left), *remains(sender, left)])
    left_keys = {object_.key for object_ in left}
    gone = [one for one in planned.drops if BY_NAME[one.kind].has_undrop and one.key not in left_keys]
    report.undrops.extend(hint for one in gone for hint in undrop(one.key, int(one.properties["retention_time"])))
    if gone:
        report.unprovable.extend(line for settings in config.demos.values() for line in files_outside(settings))
    report.proven = True


def remains(sender: Sender, left: Iterable[ExistingObject]) -> list[str]:
    """The tasks and stages in what is left, and the grants on it and to it: one wave, and none if nothing is left.

    Of an object that was dropped nothing stays: its grants go with it, those of a role too.
    https://docs.snowflake.com/en/sql-reference/sql/drop-role#usage-notes
    """
    shows = [(object_, shown) for object_ in left for shown in BY_NAME[object_.kind].remains]
    if not shows:
        return []
    answers = sender.wave(shows, lambda show: sender.send(f"SHOW {show[1]} {show[0]}"), str)
    return [
        _remaining(shown, row, object_)
        for (object_, shown), answer in zip(shows, answers, strict=True)
        for row in answer.rows
        if row.get("privilege") != "OWNERSHIP"
    ]


def _remaining(shown: str, row: Row, object_: ExistingObject) -> str:
    match shown:
        case "TASKS IN":
            return f"TASK {stored_name(row)} ({row['state']})"
        case "STAGES IN":
            return f"STAGE {stored_name(row)} with its files"
        case "GRANTS OF":
            return f"GRANT {object_} TO {row['granted_to']} {row['grantee_name']}"
        case _:
            on = f"{row['granted_on']} {row['name']}"
            return f"GRANT {row['privilege']} ON {on} TO {row['granted_to']} {row['grantee_name']}"


def files_outside(settings: DemoSettings) -> Iterator[str]:
    """What no SQL can look at: the files of a dropped Iceberg table on an external volume.

    https://docs.snowflake.com/en/user-guide/tables-iceberg-storage
    """
    for volume, table in settings.outside.items():
        yield (
            f"files of dropped Iceberg tables may stay on external volume {identifier(volume)}, and SQL cannot look at "
            f"them. DESC EXTERNAL VOLUME {identifier(volume)} names the place: look there for {table}."
        )


def _warnings(planned: Plan) -> Iterator[str]:
    for object_ in planned.returns:
        if not object_.adopted:
            inner = [str(one) for one in planned.returns if one.adopted and object_.key in _containers(one.key)]
            yield (
                f"{object_} stays, without our stamp, since it holds what was adopted: {', '.join(inner)}. "
                f"If it is not needed, run DROP {object_}."
            )
        elif not is_legible(object_):
            yield f"The stamp of {object_} has been edited: its old values are not known, and it stays as it is."


def renamed(config: DemoConfig, snapshot: Snapshot) -> Renamed | None:
    """The deployment whose stamp is on most of the names that CONFIG has at the account's level."""
    objects = [one for one in _of_others(config, snapshot) if one.stamp]
    if not objects:
        return None
    [(name, _)] = Counter(one.stamp.deployment for one in objects if one.stamp).most_common(1)
    theirs = tuple(one for one in objects if one.stamp and one.stamp.deployment == name)
    return Renamed(name, config.database.name, theirs)


def _elsewhere(snapshot: Snapshot) -> Iterator[str]:
    """The deployments of other names that are here, which are other people's, or ours from before all was renamed."""
    stamped = [one for one in snapshot.objects.values() if one.stamp and not one.ours]
    for deployment in sorted({one.stamp.deployment for one in stamped if one.stamp}):
        kinds = Counter(one.kind.lower() for one in stamped if one.stamp and one.stamp.deployment == deployment)
        listed = ", ".join(f"{count} {kind}{'s' * (count > 1)}" for kind, count in kinds.items())
        yield f"The deployment {deployment} is here ({listed}). If it is yours, --deployment {deployment} removes it."


def _of_others(config: DemoConfig, snapshot: Snapshot) -> list[ExistingObject]:
    """What has a name of CONFIG at the account's level and is not ours."""
    named = {statement.key for batch in batches(in_its_mode(config, snapshot)) for statement in batch}
    others = [one for one in snapshot.objects.values() if one.key in named and not one.ours]
    return [one for one in others if BY_NAME[one.kind].is_account_level]


def _refusals(config: DemoConfig, snapshot: Snapshot, told: Collection[ExistingObject]) -> list[str]:
    """What has a name of CONFIG and is not ours: it stays, and the person is told."""
    return [
        f"{object_} does not carry this deployment's stamp, so it was not dropped. "
        f"If it is not needed, run DROP {object_}."
        for object_ in _of_others(config, snapshot)
        if object_ not in told
    ]


def _actions(planned: Plan) -> list[list[Action]]:
    """What is around an adopted object goes back before it: a cleanup that is interrupted in between drops neither."""
    returns = [[return_of(one) for one in planned.returns if len(_containers(one.key)) == depth] for depth in range(3)]
    statements = [
        [kind.drop(one.name) for kind in kinds for one in planned.drops if one.kind == kind.name] for kinds in DROPS
    ]
    drops = [[Action(one, one.sql, "dropped") for one in batch] for batch in statements]
    return [batch for batch in (*returns, *drops) if batch]
