"""Which objects a statement has read: what it named, and the tables below its views and streams.

https://docs.snowflake.com/en/sql-reference/account-usage/access_history
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..language.reader import Path

TABLE, VIEW, STREAM = "Table", "View", "Stream"


@dataclass
class Accesses:
    """The objects of one statement, by path, with what Snowflake calls their domain."""

    direct: dict[Path, str] = field(default_factory=dict)
    base: dict[Path, str] = field(default_factory=dict)

    def add(self, path: Path, domain: str) -> None:
        """An object that stands for itself."""
        self.direct[path] = self.base[path] = domain

    def add_stream(self, stream: Path, tables: Iterable[Path]) -> None:
        self.direct[stream] = STREAM
        self.base.update(dict.fromkeys(tables, TABLE))

    def add_view(self, view: Path, below: Iterable[Path]) -> None:
        """A view, and the tables below it."""
        self.direct[view] = VIEW
        self.base.update(dict.fromkeys(below, TABLE))


def as_json(objects: dict[Path, str]) -> str:
    """The objects as ACCESS_HISTORY lists them, without their ids and columns, which the emulator does not keep."""
    return json.dumps([{"objectDomain": domain, "objectName": ".".join(path)} for path, domain in objects.items()])
