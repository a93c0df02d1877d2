"""Which objects a statement has read: what it named, and the tables below its views and streams.

https://docs.snowflake.com/en/sql-reference/account-usage/access_history
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from ..account import Object
from ..capture.tracking import source_tables
from ..language.dialect import parse_one
from ..language.reader import Path
from ..objects import tables
from ..session import Session

TABLE, VIEW, STREAM = "Table", "View", "Stream"


@dataclass
class Accesses:
    """The objects of one statement, by path, with what Snowflake calls their domain."""

    direct: dict[Path, str] = field(default_factory=dict)
    base: dict[Path, str] = field(default_factory=dict)

    def add(self, path: Path, domain: str) -> None:
        """An object that stands for itself."""
        self.direct[path] = self.base[path] = domain

    def add_stream(self, stream: Path, table: Path) -> None:
        self.direct[stream] = STREAM
        self.base[table] = TABLE

    def add_view(self, session: Session, path: Path) -> None:
        """A view, and the tables below it; nothing, if there is no view of the name."""
        if (view := session.account.find("VIEW", path)) is not None:
            self.direct[path] = VIEW
            self.base.update(dict.fromkeys(_tables_below(session, view), TABLE))


def _tables_below(session: Session, view: Object) -> Iterator[Path]:
    """Names in a view that are not qualified are of its own schema."""
    expression = parse_one(str(view.properties["TEXT"]))
    for source in source_tables(expression, expression.find(exp.Table)):
        named = tables.parts_of(source)
        path = (view.database, view.schema)[: 3 - len(named)] + named
        if (below := session.account.find("VIEW", path)) is not None:
            yield from _tables_below(session, below)
        elif session.account.find("TABLE", path) is not None:
            yield path


def as_json(objects: dict[Path, str]) -> str:
    """The objects as ACCESS_HISTORY lists them, without their ids and columns, which the emulator does not keep."""
    return json.dumps([{"objectDomain": domain, "objectName": ".".join(path)} for path, domain in objects.items()])
