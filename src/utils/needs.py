"""What each command needs of the role that it works as: one table, for the look before the first change, for doctor
and for the documents.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .sql import identifier

Command = Literal["full", "deploy", "load", "share", "monitor"]
ACCOUNT = "ACCOUNT"
ACCOUNTADMIN = "ACCOUNTADMIN"  # grants whatever it lacks, to itself too
OWNERSHIP = "OWNERSHIP"


@dataclass(frozen=True)
class Need:
    """A privilege on an object, by its kind and its name as SQL writes it; with `to_grant` it is to be handed on.

    Without what is `optional` a command goes on, and leaves something out. Who has any privilege on all the tables in
    `unless` does not need it: they are there.
    """

    privilege: str
    on: str = ACCOUNT
    name: str = ""
    to_grant: bool = False
    optional: bool = field(default=False, compare=False)
    unless: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        if self.on == "ROLE" and not self.name:
            return f"the role {self.privilege}"
        where = "the account" if self.on == ACCOUNT else f"{self.on} {self.name}"
        return f"{self.privilege} on {where}{' WITH GRANT OPTION' if self.with_option else ''}"

    @property
    def with_option(self) -> bool:
        """Whether it is handed on by its grant option; an owner has no need of one."""
        return self.to_grant and self.privilege != OWNERSHIP

    @property
    def by_primary_role(self) -> bool:
        """Whether secondary roles do not count: for what is made, and for a task, which has its owner's role alone.

        https://docs.snowflake.com/en/user-guide/security-access-control-overview#authorization-through-primary-role-and-secondary-roles
        """
        makes = self.privilege.startswith("CREATE ") and not self.unless
        return makes or (self.privilege == "EXECUTE TASK" and not self.to_grant)


@dataclass(frozen=True)
class Line:
    """A line of the table: what for, and what becomes of the command without it. On "" is on whatever is there."""

    command: Command
    privilege: str
    on: str
    purpose: str
    without: str
    optional: bool = False
    to_grant: bool = False

    def fits(self, command: Command, need: Need) -> bool:
        return (
            (self.command, self.to_grant) == (command, need.to_grant)
            and (self.privilege == need.privilege or self.to_grant)
            and self.on in (need.on, "")
        )


# Given by an administrator, and not looked for: SHOW GRANTS may tell it in several ways.
_IMPORTED = "imported DATABASE"
_FAILS = "it fails, before anything is changed"
_SKIPPED = "they are skipped, with a warning"

# https://docs.snowflake.com/en/user-guide/security-access-control-privileges
TABLE: tuple[Line, ...] = (
    Line("full", "CREATE DATABASE", ACCOUNT, "the database and all that is in it", _FAILS),
    Line("full", "CREATE WAREHOUSE", ACCOUNT, "the warehouses", _FAILS),
    Line("full", "CREATE ROLE", ACCOUNT, "the roles and their privileges", _SKIPPED, optional=True),
    Line(
        "full",
        "EXECUTE TASK",
        ACCOUNT,
        "handing it to `DATA_ENG_ROLE`, for tasks of its own",
        "that grant is skipped, with a warning",
        optional=True,
        to_grant=True,
    ),
    Line(
        "full",
        "ACCOUNTADMIN",
        "ROLE",
        "a resource monitor, where `credit_quota` in `config.py` sets one",
        "it is skipped, with a warning",
        optional=True,
    ),
    Line("full", "CREATE SCHEMA", "DATABASE", "a schema in a database that is there", _FAILS),
    Line("full", "CREATE FILE FORMAT", "SCHEMA", "a file format in a schema that is there", _FAILS),
    Line("full", "CREATE STAGE", "SCHEMA", "a stage in a schema that is there", _FAILS),
    Line("full", "MODIFY", "", "setting something of what is there", _FAILS),
    Line("full", OWNERSHIP, "", "changing or removing what is there", _FAILS),
    Line("full", OWNERSHIP, "", "granting on what is there", _SKIPPED, optional=True, to_grant=True),
    Line("deploy", "EXECUTE TASK", ACCOUNT, "the demo's tasks, which the deploying role owns", _FAILS),
    Line("deploy", "CREATE DATABASE", ACCOUNT, "the demo's source, where it is simulated", _FAILS),
    Line("deploy", "CREATE SCHEMA", "DATABASE", "the demo's schemas", _FAILS),
    Line("deploy", OWNERSHIP, "SCHEMA", "the demo's schemas, where they are there", _FAILS),
    Line("deploy", "USAGE", "WAREHOUSE", "its tasks, and its own queries", _FAILS),
    Line(
        "deploy",
        "USAGE",
        "EXTERNAL VOLUME",
        "the Iceberg table, where `external_volume` in `config.py` names one; the owner of the database needs it, too",
        "pipeline 1 fails",
    ),
    Line(
        "deploy",
        "IMPORTED PRIVILEGES",
        _IMPORTED,
        "the demo's source, where it is a share",
        "the demo makes its own source",
        optional=True,
    ),
    Line("load", "USAGE", "WAREHOUSE", "COPY INTO, and queries", _FAILS),
    Line("load", "USAGE", "DATABASE", "what is in it", _FAILS),
    Line("load", "USAGE", "SCHEMA", "what is in it", _FAILS),
    Line("load", "READ", "STAGE", "loading its files", _FAILS),
    Line("load", "WRITE", "STAGE", "putting files there", _FAILS),
    Line("load", "USAGE", "FILE FORMAT", "reading the files", _FAILS),
    Line("load", "CREATE TABLE", "SCHEMA", "the tables that are not there yet", _FAILS),
    Line("share", "CREATE SHARE", ACCOUNT, "a share that is not there yet", _FAILS),
    Line("share", OWNERSHIP, "SHARE", "a share that is there, to change it", _FAILS),
    Line(
        "monitor",
        "IMPORTED PRIVILEGES",
        "DATABASE SNOWFLAKE",
        "reports of `SNOWFLAKE.ACCOUNT_USAGE`",
        "those reports fail",
    ),
)


def on_account() -> dict[Need, str]:
    """What the commands need of the account, and what for."""
    found: dict[Need, str] = {}
    for one in TABLE:
        if one.on == ACCOUNT:
            need = Need(one.privilege, to_grant=one.to_grant, optional=one.optional)
            found[need] = "; ".join(filter(None, [found.get(need, ""), one.purpose.replace("`", "")]))
    return found


def line(command: Command, need: Need) -> Line:
    """The line of the table that a need of a command stands on: the table has one for each."""
    return next(one for one in TABLE if one.fits(command, need))


# What a person is told of it


def refusal(command: Command, role: str, lacking: Sequence[Need]) -> str:
    """Why a command does not begin: all that it lacks, and what an administrator sends; "" where it can do without."""
    required = [need for need in lacking if not need.optional]
    if not required:
        return ""
    besides = [need for need in lacking if need not in required]
    also = f" It would do without {_named(besides)}." if besides else ""
    return (
        f"Role {role} lacks {_named(required)}, which {command} needs.{also} Nothing was changed. "
        f"{'Run' if role == ACCOUNTADMIN else 'Ask an administrator to run'}: {' '.join(grants(role, lacking))}"
    )


def warning(command: Command, role: str, lacking: Sequence[Need]) -> str:
    """What a command leaves out for want of privileges that it can do without, and what gives them."""
    listed = "; ".join(f"{need} ({line(command, need).purpose.replace('`', '')})" for need in lacking)
    return f"Role {role} lacks {listed}. An administrator gives it by: {' '.join(grants(role, lacking))}"


def _named(needs: Iterable[Need]) -> str:
    return ", ".join(map(str, needs))


def grants(role: str, lacking: Iterable[Need]) -> Iterator[str]:
    """The statements with which an administrator gives a role what it lacks, one for each object."""
    together: dict[tuple[str, str, bool], list[str]] = {}
    for need in lacking:
        if need.on == "ROLE" and not need.name:
            continue
        together.setdefault((need.on, need.name, need.with_option), []).append(need.privilege)
    if together:
        yield f"USE ROLE {ACCOUNTADMIN};"
    for (on, name, with_option), privileges in together.items():
        target = f"{on} {name}".strip()
        owns = OWNERSHIP in privileges  # which is every other privilege, and granted alone
        end = " WITH GRANT OPTION" if with_option else " COPY CURRENT GRANTS" if owns else ""
        granted = OWNERSHIP if owns else ", ".join(dict.fromkeys(privileges))
        yield f"GRANT {granted} ON {target} TO ROLE {identifier(role)}{end};"
