"""What a demo's SQL files grant to roles that they do not make, against what those roles hold."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from src.utils.queries import Row

from .manifest import Fault, Pipeline, Source
from .session import Demo

_GRANT = re.compile(r"\bGRANT ([A-Z, ]+) ON ([A-Z ]+) (\S+) TO ROLE (\S+);")


@dataclass(frozen=True)
class Grant:
    """One privilege on one object, to a role."""

    role: str
    kind: str
    name: str
    privilege: str


def granted(demo: Demo, source: Source, pipelines: Sequence[Pipeline]) -> list[Grant]:
    """What the files grant that make the source and these pipelines, role by role."""
    files = [demo.manifest.opening, demo.manifest.sources.file_of(source), *(one.file for one in pipelines)]
    steps = [step for file in files if file for step in demo.steps(file, source, **demo.manifest.examples)]
    found = [
        Grant(role, _kind(kind), name, privilege)
        for step in steps
        for privileges, kind, name, role in _GRANT.findall(step.sql)
        for privilege in privileges.split(", ")
    ]
    return sorted(found, key=lambda one: one.role)


def faults(demo: Demo, source: Source, pipelines: Sequence[Pipeline]) -> Iterator[Fault]:
    """What each role lacks of it. A role that is absent, or whose grants are hidden from this one, lacks nothing.

    https://docs.snowflake.com/en/sql-reference/sql/show-grants
    """
    for role, grants in groupby(granted(demo, source, pipelines), lambda one: one.role):
        answer = demo.sender.send(f"SHOW GRANTS TO ROLE {role}")
        if answer.error:
            continue
        held = {_held(role, row) for row in answer.rows}
        if missing := [one for one in grants if one not in held]:
            lacks = "; ".join(f"{one.privilege} on {one.kind} {one.name}" for one in missing)
            yield Fault(
                f"Role {role} cannot do all of its work: it lacks {lacks}", f"Grant it again: {demo.command('deploy')}"
            )


def _held(role: str, row: Row) -> Grant:
    return Grant(role, _kind(str(row["granted_on"]).replace("_", " ")), str(row["name"]), str(row["privilege"]))


def _kind(words: str) -> str:
    """GRANT takes TABLE for an Iceberg table too, and accounts have shown either."""
    return words.removeprefix("ICEBERG ")
