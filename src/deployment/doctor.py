"""Doctor: whether this machine and this connection can do what the product does, and what mends what they cannot."""

import platform
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

import click

from src.config import DemoConfig, read_stamp
from src.infrastructure.databases import STANDARD_EDITION_DAYS
from src.utils.command import session_for
from src.utils.connections import Target
from src.utils.documents import json_document
from src.utils.holdings import assess
from src.utils.needs import Need, grants, line, on_account
from src.utils.options import Where
from src.utils.terminal import say

from .build import needs, planned, refused
from .comparison import compare
from .inspection import look_with_role
from .lifetime import lasting
from .sending import Sender, asking
from .steps import batches

EXIT_LACKS = 3
_MOST_SECONDS_APART = 60

_RESTRICTED = re.compile(r"GOV|_CN_|CHINA")
State = Literal["ok", "lacks", "unknown"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, what was found, and the statement or command that mends it."""

    what: str
    state: State
    found: str
    mend: str = ""


def examine(sender: Sender, target: Target, config: DemoConfig) -> Iterator[Finding]:
    """Looks at versions, session, role, clock, privileges, edition and region; changes nothing."""
    from importlib.metadata import version  # which loads the email package: the help goes without

    packages = ("data-eng-demo", "snowflake-snowpark-python", "snowflake-connector-python", "click")
    versions = [f"Python {platform.python_version()}", *(f"{one} {version(one)}" for one in packages)]
    yield Finding("versions", "ok", ", ".join(versions))
    yield Finding("connection", "ok", target.reason)
    sent = time.time()
    answer = sender.send(
        "SELECT CURRENT_ACCOUNT() AS ACCOUNT, CURRENT_REGION() AS REGION, "
        "CURRENT_USER() AS USER_NAME, CURRENT_ROLE() AS ROLE_NAME, CURRENT_TIMESTAMP() AS NOW"
    )
    if answer.error:
        yield Finding("session", "lacks", answer.message)
        return
    row = answer.rows[0]
    role = str(row["ROLE_NAME"] or "")
    yield Finding("session", "ok", f"user {row['USER_NAME']} on account {row['ACCOUNT']}")
    if role:
        yield Finding("role", "ok", f"{role} owns what is made; --role takes another")
    else:
        yield Finding("role", "lacks", "the session has none", "Pass --role, or add role to the connection.")
    yield _clock(row["NOW"], (sent + time.time()) / 2)
    yield from _privileges(sender, role, config)
    if target.emulated:
        yield Finding("edition", "ok", "of the emulator, as serve --edition says: ENTERPRISE unless it says otherwise")
        yield Finding("region", "ok", "none: the emulator keeps Iceberg tables in its state folder")
    else:
        yield _edition(sender, str(row["ACCOUNT"]))
        yield _region(str(row["REGION"]), config)


def _edition(sender: Sender, account: str) -> Finding:
    """What SHOW ACCOUNTS says, for whom it answers; else what the databases' Time Travel proves.

    https://docs.snowflake.com/en/sql-reference/sql/show-accounts
    https://docs.snowflake.com/en/user-guide/data-time-travel#data-retention-period
    """
    accounts, databases = sender.wave(["SHOW ACCOUNTS", "SHOW DATABASES"], sender.send, str)
    for one in accounts.rows:
        if one.get("account_locator") == account and one.get("edition"):
            return Finding("edition", "ok", str(one["edition"]))
    for one in databases.rows:
        days = int(one["retention_time"] or 0)
        if one["origin"] in ("", None) and days > STANDARD_EDITION_DAYS:
            return Finding("edition", "ok", f"Enterprise or higher: {one['name']} keeps {days} days of Time Travel")
        stamp = read_stamp(one["comment"])
        if stamp and stamp.standard:
            return Finding("edition", "ok", f"Standard: it refused more than a day of Time Travel for {one['name']}")
    return Finding("edition", "unknown", "ORGADMIN sees it (SHOW ACCOUNTS); full finds out what it allows")


def _region(region: str, config: DemoConfig) -> Finding:
    """Whether Iceberg tables may be on Snowflake's own storage there: on AWS and Azure, but for governments and China.

    https://docs.snowflake.com/en/user-guide/tables-iceberg-internal-storage
    """
    own = [name for name, settings in config.demos.items() if settings.outside]
    name = region.rpartition(".")[2]
    if name.startswith(("AWS_", "AZURE_")) and not _RESTRICTED.search(name):
        return Finding("region", "ok", f"{region}: Iceberg tables may be on Snowflake's own storage")
    if not name.startswith(("AWS_", "AZURE_", "GCP_")):
        return Finding(
            "region", "unknown", f"{region}: whether Snowflake's own storage for Iceberg is there, deploy says"
        )
    fact = f"{region}: no Iceberg tables on Snowflake's own storage"
    if own:
        return Finding("region", "ok", f"{fact}; {', '.join(own)} names a volume")
    return Finding(
        "region", "lacks", fact, "Name an external volume of yours in config.py: external_volume of the demo."
    )


def _clock(there: datetime, here: float) -> Finding:
    """A key pair's token holds for a minute around the account's time.

    https://docs.snowflake.com/en/developer-guide/sql-api/authenticating#using-key-pair-authentication
    """
    apart = abs(there.astimezone(UTC).timestamp() - here)
    if apart > _MOST_SECONDS_APART:
        return Finding("clock", "lacks", f"{apart:.0f} s off the account's", "Set this machine's clock (NTP).")
    return Finding("clock", "ok", f"{apart:.0f} s off the account's")


def _privileges(sender: Sender, role: str, config: DemoConfig) -> Iterator[Finding]:
    """What the commands need on the account, and what full needs now on what is there.

    Of an account that full has set up, it needs nothing more.
    """
    snapshot, told = look_with_role(sender, config, role)
    config = lasting(config, snapshot)
    comparisons = [[compare(statement, snapshot) for statement in batch] for batch in batches(config)]
    plan = planned(comparisons, snapshot, config, everything=True)
    by_full = [] if refused(comparisons, adopt=False) else needs(plan)
    purposes = {need: line("full", need).purpose.replace("`", "") for need in by_full} | on_account()
    unknown: dict[str, list[Need]] = {}
    for need, is_met in assess(role, purposes, told, asking(sender)).items():
        purpose = purposes[need]
        existing = snapshot.objects.get((need.on, need.name))
        if is_met or (role and existing and existing.owner == role):
            yield Finding(str(need), "ok", f"for {purpose}")
        elif is_met is None:
            unknown.setdefault(purpose, []).append(need)
        else:
            yield Finding(str(need), "lacks", f"needed for {purpose}", " ".join(grants(role, [need])))
    for purpose, several in unknown.items():
        more = f" and {len(several) - 1} more" if len(several) > 1 else ""
        not_listed = f"the account does not list all that {role} has; full says which one it lacks"
        why = not_listed if role else "there is no role"
        yield Finding(f"{several[0]}{more}", "unknown", f"needed for {purpose}; {why}")


def show_findings(config: DemoConfig, where: Where, output: str) -> int:
    """The command; what it gives is the exit code."""
    with session_for(config, where, None) as (session, target), Sender.of(session) as sender:
        findings = list(examine(sender, target, config))
    if output == "json":
        click.echo(json_document([asdict(one) for one in findings]))
    else:
        for one in findings:
            for line in [f"{one.state:8}{one.what}: {one.found}", *([f"        {one.mend}"] if one.mend else [])]:
                say(line, sys.stdout)
    return EXIT_LACKS if any(one.state == "lacks" for one in findings) else 0
