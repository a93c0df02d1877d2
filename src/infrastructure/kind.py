"""What the deployment knows of a kind of object. Each kind is a class in a module of its own; kinds.py orders them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import ClassVar, Literal, get_args

from src.config import DemoConfig, Mode, keeping, read_stamp
from src.config.expiry import written
from src.utils.needs import OWNERSHIP, Need
from src.utils.sql import Key, Row, identifier, literal, qualified, split_qualified

from .states import NOT_SHOWN, Answers, Comparison, DesiredState, Difference, ExistingObject, Probe, Snapshot, Unmanaged

Step = Callable[[DemoConfig], list[DesiredState]]
Clause = Callable[[str], str]
DesiredStates = Mapping[Key, DesiredState]

# What a stamp says beside whose it is: no property of the object, so that it is in no comparison but with a renewal.
EXPIRES = "expires"


class Kind:
    """One kind: what CONFIG wants of it, how it is found, read, compared, altered and dropped.

    A method here is what most kinds do; a kind that differs has its own.
    """

    name: ClassVar[str]
    # What CONFIG wants of it, with the number of the batch that sends it; nothing of what is found and dropped only.
    steps: ClassVar[tuple[tuple[int, Step], ...]] = ()
    # Which of the functions of setup.py sets it up.
    part: ClassVar[Literal["database and schemas", "warehouses", "pipeline infrastructure"]] = "pipeline infrastructure"
    # The kinds of what it is in, outermost first.
    inside: ClassVar[tuple[str, ...]] = ()
    # What is lost with it and cannot be had from CONFIG again, so that only cleanup drops it.
    holds: ClassVar[Literal["", "tables", "files"]] = ""
    # What SET says of each property, and what ALTER says of a property and value that have a statement of their own.
    clauses: ClassVar[Mapping[str, Clause]] = {}
    alterations: ClassVar[Mapping[tuple[str, str], str]] = {}
    # What ALTER takes of who does not own it. CREATE OR ALTER and DROP are the owner's.
    alters: ClassVar[str] = OWNERSHIP
    # The number of the batch of a cleanup that drops it; None for what is never dropped, but goes with something else.
    drop_batch: ClassVar[int | None] = None
    has_undrop: ClassVar[bool] = False
    # What stays in force as long as one is left: `SHOW <words> <kind> <name>`.
    remains: ClassVar[tuple[Literal["TASKS IN", "STAGES IN", "GRANTS ON", "GRANTS TO", "GRANTS OF"], ...]] = ()
    # The kind that it is a property of, with a statement of its own.
    property_of: ClassVar[str] = ""
    # The one name that its previous values have in a stamp, where they are no properties; more than one add up.
    keeps: ClassVar[str] = ""
    adds_up: ClassVar[bool] = False

    def probes(self, config: DemoConfig) -> list[Probe]:
        """The SHOWs that find it: one for all there are, and more where Snowflake tells something of one at a time.

        What is a property of something else is read from the rows of that.
        """
        if self.property_of:
            return []
        where = f" IN DATABASE {identifier(config.database.name)}" if self.inside else ""
        return [Probe(self.name, f"SHOW {self.name}S{where}")]

    def rows(self, answers: Answers) -> Sequence[Row]:
        return answers.get((self.name, ""), [])

    def read(self, answers: Answers, config: DemoConfig) -> Iterator[ExistingObject]:
        """What the probes have found."""
        columns = (*("database_name", "schema_name")[: len(self.inside)], "name")
        for row in self.rows(answers):
            comment = text(row["comment"])
            stamp = read_stamp(comment)
            ours = stamp is not None and stamp.deployment == config.database.name
            yield ExistingObject(
                self.name,
                qualified(*(row[column] for column in columns)),
                {
                    **self.properties(row, answers),
                    "comment": keeping(comment) if ours else comment,
                    EXPIRES: written(stamp.until) if stamp and stamp.until else "never",
                },
                ours,
                stamp,
                owner=text(row.get("owner")),
            )

    def properties(self, row: Row, answers: Answers) -> Mapping[str, str]:
        """The properties in a row of its SHOW, but for the comment. https://docs.snowflake.com/en/sql-reference/sql/show"""
        return {}

    def compare(self, desired: DesiredState, existing: ExistingObject | None) -> tuple[Difference, ...]:
        """What is not as the statement would make it."""
        if existing is None:
            return (Difference(*desired.seen_key, "", "present", "absent"),)
        return tuple(
            Difference(*desired.seen_key, name, expected, actual)
            for name, expected in desired.shows.items()
            for actual in [existing.properties.get(name, "absent")]
            if actual not in (expected, NOT_SHOWN)
        )

    def unmanaged(self, existing: ExistingObject, desired: DesiredStates, snapshot: Snapshot) -> Unmanaged | None:
        """It, if it is ours and not in CONFIG. A demo's own objects carry its name where ours carry the mode."""
        is_infrastructure = existing.stamp is None or existing.stamp.part in get_args(Mode)
        if self.drop_batch is None or not is_infrastructure or not existing.ours or existing.adopted:
            return None
        if existing.key in desired:
            return None
        difference = Difference(*existing.key, "", "absent", "present")
        return Unmanaged(self.drop(existing.name), difference, bool(self.holds))

    def settings(self, name: str, properties: Mapping[str, str]) -> list[str]:
        """The statements that give an object these properties, the one with its comment first.

        Everything else about the object stays as it is: CREATE OR ALTER would put that back to its default. Raises
        KeyError for a property that no statement sets, ValueError or KeyError for a value that is none of its.
        https://docs.snowflake.com/en/sql-reference/sql/create-or-alter
        """
        alone = [self.alterations[one] for one in properties.items() if one in self.alterations]
        clauses = {"comment": set_to("COMMENT", literal), **self.clauses}
        together = [clauses[one](value) for one, value in properties.items() if (one, value) not in self.alterations]
        changes = ([f"SET {' '.join(together)}"] if together else []) + alone
        return [f"ALTER {self.name} {name} {change}" for change in changes]

    def previous_values(self, comparison: Comparison) -> Mapping[str, str]:
        """What the statement changes, as it is now: where it is adopted, its stamp will keep that."""
        told = [one for one in comparison.differences if one.property not in ("", EXPIRES)]
        return {one.property: one.actual for one in told if one.actual != "absent"}

    def keepers(self, desired: DesiredState) -> tuple[Key, ...]:
        """The objects that all must outlive a cleanup for that to matter. The last one's stamp keeps it."""
        return ((self.property_of, desired.name),) if self.property_of else (desired.seen_key,)

    def needs(self, statement: DesiredState, sql: str, made: Set[Key], *, is_there: bool) -> Iterator[Need]:
        """What the role needs that sends `sql` for it; nothing on what it has just made, and owns.

        https://docs.snowflake.com/en/user-guide/security-access-control-privileges
        """
        on = (self.property_of or self.name, statement.name)
        containers = self.containers(statement.name)
        if self.property_of or is_there:
            if on not in made:
                yield Need(self.alters if sql.startswith("ALTER ") else OWNERSHIP, *on)
        elif not containers:
            yield Need(f"CREATE {self.name}")
        elif containers[-1] not in made:
            yield Need(f"CREATE {self.name}", *containers[-1])

    def containers(self, name: str) -> list[Key]:
        """What the object of this name is in, outermost first."""
        parts = split_qualified(name)
        return [(kind, ".".join(parts[:depth])) for depth, kind in enumerate(self.inside, start=1)]

    @property
    def is_account_level(self) -> bool:
        """Whether a cleanup drops it, and not with what it is in."""
        return self.drop_batch is not None and not self.inside

    def drop(self, name: str) -> DesiredState:
        return DesiredState(self.name, name, f"DROP {self.name} IF EXISTS {name}")


def set_to(name: str, written: Callable[[str], str] = str) -> Clause:
    """What SET says of a property."""
    return lambda value: f"{name} = {written(value)}"


def number(value: str) -> str:
    """A whole number as SQL writes it. Raises ValueError for anything else, as SHOW and a stamp are only text."""
    return str(int(value))


def written_name(value: str) -> str:
    """A name that is as SQL writes it. Raises ValueError for anything else."""
    if not re.fullmatch(r'"(?:[^"]|"")+"|[A-Z_][A-Z0-9_$]*', value):
        raise ValueError(value)
    return value


def stored_name(row: Row) -> str:
    """The name of what is in a schema, as SHOW tells it."""
    return qualified(row["database_name"], row["schema_name"], row["name"])


def text(value: object) -> str:
    return "" if value is None else str(value)


def has_option(row: Row, option: str) -> str:
    """Whether SHOW names the option, as "true" or "false"."""
    return str(option in text(row["options"])).lower()
