"""Full and quick: brings the account to the configuration, and looks again that it is."""

from dataclasses import dataclass, replace

from src.config import DemoConfig
from src.utils.sql import Statement

from .comparison import Judged, Surplus, judge, stands_on_fallback, surplus
from .inspection import Found, look
from .progress import SILENCE, Progress
from .report import Outcome, Report
from .runner import Action, run
from .sending import Sender
from .steps import EVERYTHING, Step, batches


@dataclass(frozen=True)
class Plan:
    """What is to be sent, in batches, what is as it should be, and what is ours, not in CONFIG, and holds data."""

    batches: list[list[Action]]
    unchanged: list[Statement]
    kept: list[Surplus]


def build(
    sender: Sender,
    config: DemoConfig,
    report: Report,
    *,
    adopt: bool = False,
    steps: tuple[Step, ...] = EVERYTHING,
    progress: Progress = SILENCE,
) -> None:
    """Looks, sends what differs, and looks again. All or nothing is refused, before anything is sent."""
    found = look(sender, config)
    wanted = batches(config, steps)
    judged = [[judge(statement, found) for statement in batch] for batch in wanted]
    report.refusals.extend(_refusals(judged, adopt=adopt))
    if report.refusals:
        return
    plan = _plan(judged, found, config, everything=steps == EVERYTHING)
    progress.begin(sum(map(len, plan.batches)))
    for statement in plan.unchanged:
        report.add(Outcome(*statement.key, "unchanged"))
    run(plan.batches, sender, report, progress)
    report.warnings.extend(_kept_warning(one) for one in plan.kept)
    if any(plan.batches):
        _check(sender, config, wanted, report)


def _refusals(judged: list[list[Judged]], *, adopt: bool) -> list[str]:
    every = [one for batch in judged for one in batch]
    foreign = [str(one.statement) for one in every if one.state == "foreign"]
    refusals = []
    if foreign and not adopt:
        refusals.append(
            f"{', '.join(foreign)} exists and does not carry this deployment's stamp. Nothing was changed. "
            "Pass --adopt to take it over, or --prefix NAME to build beside it."
        )
    if adopt or not foreign:
        refusals.extend(
            f"{difference}. Snowflake cannot alter that. Nothing was changed. "
            f"Save what it holds, run DROP {one.statement.kind} {one.statement.name}, and run again."
            for one in every
            for difference in one.unalterable
        )
    return refusals


def _plan(judged: list[list[Judged]], found: Found, config: DemoConfig, *, everything: bool) -> Plan:
    """Surplus is looked for only when everything is built: to a part of the steps the rest would seem too much."""
    every = [one.statement for batch in judged for one in batch]
    too_much = surplus(every, found) if everything else []
    removals = [_removal(one) for one in too_much if not one.holds_data]
    actions = [[_action(one) for one in batch if _is_to_be_sent(one)] for batch in judged]
    return Plan(
        [removals + actions[0], *actions[1:]],
        [one.statement for batch in judged for one in batch if not _is_to_be_sent(one)],
        [one for one in too_much if one.holds_data],
    )


def _is_to_be_sent(judged: Judged) -> bool:
    """Also what stands on its fallback, since the account may accept the statement by now."""
    return judged.state != "equal" or stands_on_fallback(judged.statement, judged.found)


def _action(judged: Judged) -> Action:
    statement = judged.statement
    if judged.found is None:
        return Action(statement, statement.sql, "created", "created")
    on_fallback = stands_on_fallback(statement, judged.found)
    return Action(statement, statement.alter or statement.sql, "changed", "unchanged" if on_fallback else "changed")


def _removal(one: Surplus) -> Action:
    return Action(one.statement, one.statement.sql, "changed" if one.difference.property else "dropped")


def _kept_warning(one: Surplus) -> str:
    return (
        f"{one.statement} carries this deployment's stamp and is not in the configuration. It may hold data, so it "
        f"stays: run {one.statement.sql} if it is not needed."
    )


def _check(sender: Sender, config: DemoConfig, wanted: list[list[Statement]], report: Report) -> None:
    """Looks again: what was sent without an error and is not there after all has failed."""
    found = look(sender, config)
    missing = {
        statement.key: "; ".join(map(str, differences))
        for batch in wanted
        for statement in batch
        if (differences := judge(statement, found).differences)
    }
    report.outcomes = [
        replace(outcome, result="failed", message=f"Sent without an error, and yet: {missing[outcome.key]}.")
        if outcome.key in missing and outcome.result in ("created", "changed", "unchanged")
        else outcome
        for outcome in report.outcomes
    ]
