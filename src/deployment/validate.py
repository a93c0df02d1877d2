"""Validate: the account against the configuration in the mode that it was set up in. Creates nothing."""

from collections.abc import Iterator

from src.config import DemoConfig
from src.infrastructure.databases import database_key
from src.infrastructure.states import Comparison, Difference
from src.utils.hints import typed

from .cleanup import renamed
from .comparison import compare, in_its_mode, unmanaged
from .inspection import look
from .lifetime import lasting, warning
from .report import Report
from .sending import Sender
from .steps import batches


def validate(sender: Sender, config: DemoConfig, report: Report) -> None:
    """Writes into the report what is absent, different, not ours, or too much."""
    snapshot = look(sender, config)
    report.expires = lasting(config, snapshot).until
    if soon := warning(config.database.name, report.expires):
        report.warnings.append(soon)
    meant = in_its_mode(config, snapshot)
    statements = [statement for batch in batches(meant) for statement in batch]
    report.differences.extend(_differences([compare(statement, snapshot) for statement in statements]))
    report.differences.extend(one.difference for one in unmanaged(statements, snapshot))
    if not any(one.stamp for one in snapshot.objects.values() if one.ours) and (here := renamed(config, snapshot)):
        report.warnings.append(f"{here} --mode cleanup --deployment {here.deployment} removes that one.")
    elif database_key(config) not in snapshot.objects:
        report.warnings.append(
            f"{config.database.name} is not set up here. Run: {typed('python setup.py --mode full')}"
        )


def _differences(comparisons: list[Comparison]) -> Iterator[Difference]:
    """What is not as it should be, but for what cannot be there as long as something that it needs is absent."""
    absent = {one.statement.key for one in comparisons if one.state == "absent"}
    for one in comparisons:
        if one.state == "foreign":
            stamp = f"with that of {one.stamped_by}" if one.stamped_by else "without it"
            yield Difference(*one.statement.key, "comment", "with this deployment's stamp", stamp)
        elif not one.statement.seen_as and not absent.intersection(one.statement.needs):
            yield from one.differences
