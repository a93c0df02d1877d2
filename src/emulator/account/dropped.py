"""What an account remembers of a table, schema or database that was dropped and can be brought back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..language.reader import Path
    from .account import Grant, Object

DEFINITIONS = """
CREATE TABLE IF NOT EXISTS _fs_global.account.dropped (
    number BIGINT PRIMARY KEY, dropped_on TIMESTAMPTZ, until TIMESTAMPTZ, content VARCHAR);
"""


@dataclass(frozen=True)
class Dropped:
    """A dropped object, followed in `content` by what it contained, with the privileges on all of that.

    `home` sets the schema or database that it was in apart from any other of that name; `duck` is what DuckDB had.
    """

    number: int
    dropped_on: datetime
    until: datetime
    home: str
    content: "tuple[Object, ...]"
    grants: "tuple[Grant, ...]"
    duck: Mapping[str, Any] = field(default_factory=dict)

    @property
    def object_(self) -> "Object":
        return self.content[0]

    @property
    def path(self) -> "Path":
        return self.object_.path

    def row(self) -> list[Any]:
        """As the account's file has it."""
        content = {
            "home": self.home,
            "objects": [_written(vars(one)) for one in self.content],
            "grants": [_written(vars(one)) for one in self.grants],
            "duck": self.duck,
        }
        return [self.number, self.dropped_on, self.until, json.dumps(content)]


def read(row: tuple[Any, ...], object_: "type[Object]", grant: "type[Grant]") -> Dropped:
    """The dropped object of a row of the account's file."""
    number, dropped_on, until, written = row
    content = json.loads(written)
    return Dropped(
        number,
        dropped_on,
        until,
        content["home"],
        tuple(object_(**_read(one)) for one in content["objects"]),
        tuple(grant(**_read(one)) for one in content["grants"]),
        content["duck"],
    )


def _written(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "created_on": values["created_on"].isoformat()}


def _read(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "created_on": datetime.fromisoformat(values["created_on"])}
