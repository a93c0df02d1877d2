"""gc: every deployment in the account that has expired, whoever's it is, with what it has cost; and its removal."""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click

from src.config import DemoConfig, read_stamp
from src.infrastructure.databases import DatabaseKind
from src.infrastructure.kinds import KINDS
from src.infrastructure.states import ExistingObject
from src.infrastructure.warehouses import WarehouseKind
from src.utils.command import session_for
from src.utils.documents import json_document
from src.utils.errors import DemoError
from src.utils.options import Where
from src.utils.queries import Row
from src.utils.sql import Key, identifier, literal
from src.utils.terminal import columns, say, table

from .adoption import Contents, contents
from .cleanup import clean_up
from .inspection import rows_of, unseen
from .lifetime import expired, shown, stamps_of
from .progress import progress_on
from .report import Report, as_text
from .sending import Sender

EXIT_EXPIRED = 3
_NO_WAREHOUSE = 606


@dataclass(frozen=True)
class Expired:
    """A deployment by the name of its database: since when, how old, what it holds, and the credits that it has used.

    The age and the credits are None where they cannot be known.
    """

    deployment: str
    objects: tuple[ExistingObject, ...]
    until: datetime
    made: datetime | None
    holds: Contents
    credits: float | None

    def as_data(self, price: float, now: datetime) -> dict[str, Any]:
        return {
            "deployment": self.deployment,
            "expired": self.until.isoformat(),
            "age_hours": None if self.made is None else round((now - self.made).total_seconds() / 3600, 1),
            "credits": self.credits,
            "cost": None if self.credits is None else round(self.credits * price, 2),
            "tables": self.holds.tables,
            "rows": self.holds.rows,
            "files": self.holds.files,
            "objects": [str(one) for one in self.objects],
        }

    def as_row(self, price: float, now: datetime) -> tuple[str, ...]:
        cost = "unknown" if self.credits is None else f"{self.credits:,.2f} ({self.credits * price:,.2f})"
        return (
            self.deployment,
            f"{shown(now - self.until)} ago",
            "unknown" if self.made is None else shown(now - self.made),
            cost,
            f"{self.holds.rows:,} in {self.holds.tables:,} tables",
        )


@dataclass(frozen=True)
class Found:
    """The deployments that have expired by the account's clock, what it says, and what this role could not look at."""

    expired: list[Expired]
    now: datetime
    unseen: tuple[str, ...]


def find(sender: Sender, config: DemoConfig) -> Found:
    """What has expired. Raises DemoError if the account does not answer."""
    kinds = [kind for kind in KINDS if kind.is_account_level]
    probes = [probe for kind in kinds for probe in kind.probes(config) if not probe.of]
    clock = "SELECT CURRENT_TIMESTAMP() AS NOW"
    *answers, told = sender.wave([*(one.sql for one in probes), clock], sender.send, str)
    if told.error:
        raise DemoError(f"The account's clock cannot be read: {told.message}") from told.error
    now: datetime = told.rows[0]["NOW"].astimezone(UTC)
    rows = rows_of(probes, answers)
    by_name: dict[str, list[ExistingObject]] = defaultdict(list)
    for one in (one for kind in kinds for one in kind.read(rows, config)):
        if one.stamp:
            by_name[one.stamp.deployment].append(one)
    made = {row["name"]: row["created_on"] for row in rows[DatabaseKind.name, ""] if read_stamp(row["comment"])}
    past = {name: until for name, objects in by_name.items() if (until := expired(stamps_of(objects), now))}
    databases = [one for name in past for one in by_name[name] if one.kind == DatabaseKind.name]
    held = sender.wave(databases, lambda one: contents(sender, one), str)
    holds = {one.key: each for one, each in zip(databases, held, strict=True)}
    every = [
        _measured(sender, name, by_name[name], until, made.get(name), holds) for name, until in sorted(past.items())
    ]
    return Found(every, now, unseen(answers))


def _measured(
    sender: Sender,
    name: str,
    objects: list[ExistingObject],
    until: datetime,
    made: datetime | None,
    holds: Mapping[Key, Contents],
) -> Expired:
    """The deployment with its credits: asked for one after the other, as USE WAREHOUSE changes the session."""
    held = [holds[one.key] for one in objects if one.key in holds]
    total = Contents(sum(one.tables for one in held), sum(one.rows for one in held), sum(one.files for one in held))
    warehouses = [one for one in objects if one.kind == WarehouseKind.name]
    used = None if made is None else _credits(sender, name, warehouses, made)
    return Expired(name, tuple(objects), until, made and made.astimezone(UTC), total, used)


def _credits(sender: Sender, database: str, warehouses: list[ExistingObject], since: datetime) -> float | None:
    """What its warehouses have used; None where this role may not know.

    https://docs.snowflake.com/en/sql-reference/functions/warehouse_metering_history
    """
    if not warehouses:
        return None
    names = ", ".join(literal(one.name) for one in warehouses)
    sql = (
        "SELECT COALESCE(SUM(CREDITS_USED), 0) AS CREDITS FROM TABLE("
        f"{identifier(database)}.INFORMATION_SCHEMA.WAREHOUSE_METERING_HISTORY(DATE_RANGE_START => "
        f"'{since.astimezone(UTC):%Y-%m-%d}'::DATE)) WHERE WAREHOUSE_NAME IN ({names})"
    )
    answer = sender.send(sql)
    if answer.errno == _NO_WAREHOUSE:  # one of those that will go works for it, a minute at most
        sender.send(f"USE WAREHOUSE {warehouses[-1].name}")
        answer = sender.send(sql)
    return None if answer.error else float(answer.rows[0]["CREDITS"])


def config_of(config: DemoConfig, deployment: str) -> DemoConfig:
    """CONFIG as the deployment was made by: with its prefix, where its name has CONFIG's behind one."""
    prefix, _, rest = deployment.rpartition(f"_{config.database.name}")
    return config.with_prefix(prefix) if prefix and not rest else config.of_deployment(deployment)


def remove(sender: Sender, config: DemoConfig, one: Expired, where: str, *, emulated: bool, to: Any) -> Report:
    """A cleanup of the deployment."""
    report = Report("cleanup", one.deployment, where, emulated)
    with progress_on(to) as progress:
        clean_up(sender, config_of(config, one.deployment), report, progress=progress)
    report.finish()
    return report


def as_lines(found: Found, price: float, width: int | None) -> Iterator[str]:
    yield from (f"Not looked at: {message}" for message in found.unseen)
    if not found.expired:
        yield "No deployment has expired."
        return
    header = ("DEPLOYMENT", "EXPIRED", "AGE", f"CREDITS (AT {price:,.2f})", "ROWS")
    yield from table([header, *(one.as_row(price, found.now) for one in found.expired)], width)


def collect(config: DemoConfig, where: Where, output: str, *, yes: bool) -> int:
    """The command; what it gives is the exit code."""
    price = config.operations.price_per_credit
    stream = sys.stderr if output == "json" else sys.stdout
    with session_for(config, where, None) as (session, target), Sender.of(session) as sender:
        found = find(sender, config)
        for line in as_lines(found, price, columns(stream)):
            say(line, stream)
        reports = [
            remove(sender, config, one, target.connection_name, emulated=target.emulated, to=stream)
            for one in (found.expired if yes else ())
        ]
    if output == "json":
        removed: list[Row] = [{"deployment": one.deployment, "left": one.left} for one in reports]
        document = {"expired": [one.as_data(price, found.now) for one in found.expired], "removed": removed}
        click.echo(json_document(document))
    else:
        for report in reports:
            say(as_text(report, width=columns(stream)), stream)
    if not yes:
        return EXIT_EXPIRED if found.expired else 0
    return max((report.exit_code for report in reports), default=0)
