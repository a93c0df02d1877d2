"""Full and quick: brings the account to the configuration, and looks again that it is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from src.config import DemoConfig
from src.infrastructure.kinds import BY_NAME
from src.infrastructure.states import Comparison, DesiredState, Snapshot, Unmanaged
from src.utils.errors import DemoError, Refused
from src.utils.holdings import lacking
from src.utils.needs import Need, refusal, warning

from .adoption import PreviousValues, Question, adoption_of, adoptions, previous_values, refusals
from .comparison import compare, stands_on_fallback, unmanaged
from .inspection import look, look_with_role
from .lifetime import lasting
from .progress import SILENCE, Progress
from .report import Outcome, Report, Result
from .runner import Action, run
from .sending import Sender, asking
from .steps import EVERYTHING, Steps, batches


@dataclass(frozen=True)
class Plan:
    """What is to be sent, in batches, what is as it should be, and what is ours, not in CONFIG, and holds data."""

    batches: list[list[Action]]
    unchanged: list[DesiredState]
    unmanaged: list[Unmanaged]


def build(
    sender: Sender,
    config: DemoConfig,
    report: Report,
    *,
    adopt: bool = False,
    ask: Question | None = None,
    steps: Steps = EVERYTHING,
    progress: Progress = SILENCE,
) -> None:
    """Looks, sends what differs, and looks again. All or nothing is refused, before anything is sent.

    With `adopt` it takes over what is another's. Raises DemoError for all that the role of the report lacks, Refused if
    `ask`, which hears what is taken over, is answered no.
    """
    snapshot, told = look_with_role(sender, config, report.role)
    config = lasting(config, snapshot)
    report.expires = config.until
    desired = batches(config, steps)
    comparisons = [[compare(statement, snapshot) for statement in batch] for batch in desired]
    report.refusals.extend(refused(comparisons, adopt=adopt))
    if report.refusals:
        return
    plan = planned(comparisons, snapshot, config, everything=steps == EVERYTHING)
    missing = lacking(report.role, needs(plan), told, asking(sender))
    if why := refusal("full", report.role, missing):
        raise DemoError(why)
    if missing:
        report.warnings.append(warning("full", report.role, missing))
    foreign = adoptions(sender, [one for batch in comparisons for one in batch])
    if foreign and ask and not ask(foreign):
        raise Refused("Nothing was changed: the answer was no.")
    report.adopted.extend(map(str, foreign))
    progress.begin(sum(map(len, plan.batches)))
    for statement in plan.unchanged:
        report.add(Outcome(*statement.key, "unchanged"))
    run(plan.batches, sender, report, progress)
    report.warnings.extend(
        f"{one.statement} carries this deployment's stamp and is not in the configuration. It may hold data, so it "
        f"stays: run {one.statement.sql} if it is not needed."
        for one in plan.unmanaged
    )
    if any(plan.batches):
        _look_again(sender, config, desired, report)


def refused(comparisons: list[list[Comparison]], *, adopt: bool) -> list[str]:
    every = [one for batch in comparisons for one in batch]
    foreign = [one for one in every if one.state == "foreign"]
    refused = [] if adopt else list(_of_others(foreign))
    if adopt or not foreign:
        refused.extend(refusals(every))
        refused.extend(
            f"{difference}. Snowflake cannot alter that. Nothing was changed. "
            f"Save what it holds, run DROP {one.statement}, and run again."
            for one in every
            for difference in one.unalterable
        )
    return refused


def _of_others(foreign: list[Comparison]) -> Iterator[str]:
    """What is not ours, apart by whose stamp it carries."""
    for deployment in dict.fromkeys(one.stamped_by for one in foreign):
        named = ", ".join(str(one.statement) for one in foreign if one.stamped_by == deployment)
        instead, removal = "", ""
        if deployment:
            instead = f", but that of {deployment}, which was set up under that name"
            removal = f"If that one is yours, --mode cleanup --deployment {deployment} removes it. "
        yield (
            f"{named} exists and does not carry this deployment's stamp{instead}. Nothing was changed. {removal}"
            "Pass --adopt to take it over, or --prefix NAME to build beside it."
        )


def planned(comparisons: list[list[Comparison]], snapshot: Snapshot, config: DemoConfig, *, everything: bool) -> Plan:
    """Only when everything is built: to a part of the steps the rest would seem unmanaged."""
    every = [one for batch in comparisons for one in batch]
    statements = [one.statement for one in every]
    too_much = unmanaged(statements, snapshot) if everything else []
    removals = [
        Action(
            one.statement,
            one.statement.sql,
            "changed" if one.difference.property else "dropped",
            differences=(one.difference,),
        )
        for one in too_much
        if not one.holds_data
    ]
    previous = previous_values(every, snapshot)
    actions = [
        [_action(one, previous, snapshot, config.until) for one in batch if _is_to_be_sent(one, previous, snapshot)]
        for batch in comparisons
    ]
    return Plan(
        [removals + actions[0], *actions[1:]],
        [one.statement for one in every if not _is_to_be_sent(one, previous, snapshot)],
        [one for one in too_much if one.holds_data],
    )


def needs(plan: Plan) -> list[Need]:
    """What the role needs that carries a plan out."""
    actions = [action for batch in plan.batches for action in batch]
    made = {action.statement.key for action in actions if action.result == "created"}
    return [
        replace(need, optional=bool(one.statement.optional))
        for one in actions
        for need in BY_NAME[one.statement.kind].needs(one.statement, one.sql, made, is_there=one.result != "created")
    ]


def _is_to_be_sent(comparison: Comparison, previous: PreviousValues, snapshot: Snapshot) -> bool:
    """Also what stands on its fallback, since the account may accept the statement by now.

    On the tables of another's schema, a role of another's gets nothing: what it held there could not be given back.
    """
    statement = comparison.statement
    if statement.seen_as and all(map(snapshot.stays, statement.needs)):
        return False
    return (
        comparison.state != "equal" or statement.key in previous or stands_on_fallback(statement, comparison.existing)
    )


def _action(comparison: Comparison, previous: PreviousValues, snapshot: Snapshot, until: datetime | None) -> Action:
    statement = comparison.statement
    if comparison.existing is None:
        return Action(statement, statement.sql, "created", "created")
    if "comment" in statement.shows and snapshot.stays(statement.key):
        return adoption_of(comparison, previous.get(statement.key, comparison.existing.previous), until)
    on_fallback = stands_on_fallback(statement, comparison.existing)
    result: Result = "unchanged" if on_fallback else "changed"
    return Action(statement, _alteration(comparison), "changed", result, differences=comparison.differences)


def _alteration(comparison: Comparison) -> str:
    """What brings an object in line that is there: where one property differs and that is enough, what sets just it."""
    statement = comparison.statement
    changes = {one.property: one.expected for one in comparison.differences}
    kind = BY_NAME[statement.kind]
    if len(changes) == 1 and all(change in kind.alterations for change in changes.items()):
        [sql] = kind.settings(statement.name, changes)
        return sql
    return statement.alter or statement.sql


def _look_again(sender: Sender, config: DemoConfig, desired: list[list[DesiredState]], report: Report) -> None:
    """Looks again: what was sent without an error and is not there after all has failed."""
    snapshot = look(sender, config)
    missing = {
        statement.key: "; ".join(map(str, differences))
        for batch in desired
        for statement in batch
        if (differences := compare(statement, snapshot).differences)
    }
    report.outcomes = [
        replace(outcome, result="failed", message=f"Sent without an error, and yet: {missing[outcome.key]}.")
        if outcome.key in missing and outcome.result in ("created", "changed", "unchanged")
        else outcome
        for outcome in report.outcomes
    ]
