"""The changes of a view's rows: its query, over the changed rows of the tables below it instead of the tables.

A row of a view is known by the rows that it is made of: its key. So an UPDATE that moves a row into the view or out of
it is an INSERT or a DELETE alone, and one that leaves it there is both.
https://docs.snowflake.com/en/user-guide/streams-intro#streams-on-views
"""

import json
import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from .. import errors
from ..account import Object
from ..catalog import tracked_views, tracking
from ..catalog.tracking import ROW_ID
from ..language.names import quoted
from ..language.reader import Path
from ..session import Session
from . import images
from .images import Window, listed

_KEY, _CHANGED = "_emulator_key", "_emulator_changed"
_IDENTIFIER = r'(?:\w+|"(?:[^"]|"")+")'
_HEAD = re.compile(rf"CREATE VIEW {_IDENTIFIER}(?:\.{_IDENTIFIER})* (?:\({_IDENTIFIER}(?:, {_IDENTIFIER})*\) )?AS ")
Feed = Callable[[Path, list[str]], str]  # from a table and its columns: a query of these, the row's identity, _CHANGED
Node = dict[str, Any]  # of DuckDB's syntax tree


def net(session: Session, view: Object, span: Window) -> str:
    """The net difference of the view's rows over the window."""
    if tracked_views.joins(session, view):
        old, new = (_feed_at(version, span) for version in (span.start, span.end))
    else:
        old, new = (_feed_of(action, span) for action in ("DELETE", "INSERT"))
    columns = tracking.visible_columns(session, view.path)
    return f"""
        WITH "_old" AS MATERIALIZED (SELECT * FROM ({_rows(session, view, old)}) WHERE {_CHANGED}),
            "_new" AS MATERIALIZED (SELECT * FROM ({_rows(session, view, new)}) WHERE {_CHANGED})
        SELECT {listed(columns)}, 'DELETE' AS "METADATA$ACTION",
            {_KEY} IN (SELECT {_KEY} FROM "_new") AS "METADATA$ISUPDATE", {_KEY} AS "METADATA$ROW_ID" FROM "_old"
        UNION ALL
        SELECT {listed(columns)}, 'INSERT', {_KEY} IN (SELECT {_KEY} FROM "_old"), {_KEY} FROM "_new"
    """


def appended(session: Session, view: Object, span: Window) -> str:
    """The rows of a view that joins nothing whose rows have been inserted."""
    return _inserted(session, view, lambda table, columns: _feed(columns, images.appended(table, span, columns)))


def initial(session: Session, view: Object, span: Window) -> str:
    """The rows that the view had when the stream was created."""
    return _inserted(session, view, lambda table, columns: _feed(columns, images.initial(table, span, columns)))


def _inserted(session: Session, view: Object, feed: Feed) -> str:
    columns = tracking.visible_columns(session, view.path)
    metadata = f'\'INSERT\' AS "METADATA$ACTION", FALSE AS "METADATA$ISUPDATE", {_KEY} AS "METADATA$ROW_ID"'
    return f"SELECT {listed(columns)}, {metadata} FROM ({_rows(session, view, feed)})"


# What is read in the place of a table


def _feed_of(action: str, span: Window) -> Feed:
    """The first old or the last new images of the changed rows alone: each makes a row of the view by itself."""
    return lambda table, columns: _feed(
        columns, f"SELECT * FROM ({images.net(table, span, columns)}) WHERE \"METADATA$ACTION\" = '{action}'"
    )


def _feed(columns: list[str], changes: str) -> str:
    return f'SELECT {listed(columns)}, "METADATA$ROW_ID" AS {ROW_ID}, TRUE AS {_CHANGED} FROM ({changes})'


def _feed_at(version: int, span: Window) -> Feed:
    """All rows at a version: a changed one is joined with others that have not changed."""
    return lambda table, columns: (
        f"SELECT *, {ROW_ID} IN ({images.changed(table, span)}) AS {_CHANGED}"
        f" FROM ({images.at(table, version, columns)})"
    )


# The view's query


def _rows(session: Session, view: Object, feed: Feed) -> str:
    """The view's columns, then each row's key and whether it is made of a changed row."""
    names = ", ".join(map(quoted, (*tracking.visible_columns(session, view.path), _KEY, _CHANGED)))
    tree = {"error": False, "statements": [{"node": _Through(session, feed).view(view), "named_param_map": []}]}
    [(query,)] = session.duck.execute("SELECT json_deserialize_sql(?)", [json.dumps(tree)]).fetchall()
    return f'SELECT * FROM ({query}) AS "_rows"({names})'


def _parsed(session: Session, query: str) -> Node:
    [(text,)] = session.duck.execute("SELECT json_serialize_sql(?)", [query]).fetchall()
    tree = json.loads(text)
    if tree["error"]:
        raise errors.not_emulated("change tracking of a view whose query is not a plain SELECT")
    node: Node = tree["statements"][0]["node"]
    return node


@dataclass(frozen=True)
class _Scope:
    """Where a query's names are looked up: a schema, and the CTEs that it sees, each with what itself sees."""

    schema: Path
    ctes: "Mapping[str, tuple[Node, _Scope]]"

    def within(self, ctes: list[Node]) -> "_Scope":
        inside = self
        for cte in ctes:
            inside = _Scope(self.schema, {**inside.ctes, cte["key"].upper(): (cte["value"], inside)})
        return inside


@dataclass(frozen=True)
class _Through:
    """Puts what `feed` gives in the place of each table of a query as DuckDB's parser has it, and adds key and flag."""

    session: Session
    feed: Feed

    def view(self, view: Object) -> Node:
        database, schema, name = view.path
        [(made,)] = self.session.duck.execute(
            "SELECT sql FROM duckdb_views() WHERE database_name = ? AND schema_name = ? AND view_name = ?",
            [database, schema, name],
        ).fetchall()
        node = _parsed(self.session, _HEAD.sub("", made, count=1))
        self._query(node, _Scope(view.path[:2], {}), "")
        return node

    def _query(self, node: Node, scope: _Scope, branch: str) -> None:
        """`branch` tells the queries of a UNION ALL apart."""
        scope = scope.within(node["cte_map"]["map"])
        node["cte_map"]["map"] = []
        if node["type"] == "SET_OPERATION_NODE":
            for number, child in enumerate(node["children"]):
                self._query(child, scope, f"{branch}{number}.")
            return
        sources = self._from(node, "from_table", scope)
        for star in node["select_list"]:
            if star["type"] == "STAR":
                star["exclude_list"] += [_KEY, _CHANGED]
        keys = ", ".join(f"{quoted(source)}.{_KEY}" for source in sources)
        flags = " OR ".join(f"{quoted(source)}.{_CHANGED}" for source in sources)
        added = f"SELECT '{branch}' || concat_ws('-', {keys}) AS {_KEY}, ({flags}) AS {_CHANGED}"
        selected: list[Node] = _parsed(self.session, added)["select_list"]
        node["select_list"] += selected

    def _from(self, holder: Node, name: str, scope: _Scope) -> list[str]:
        """Replaces a source of rows; the names that it gives them."""
        source = holder[name]
        if source["type"] == "JOIN":
            return [*self._from(source, "left", scope), *self._from(source, "right", scope)]
        if source["type"] == "SUBQUERY":
            self._query(source["subquery"]["node"], scope, "")
        else:
            holder[name] = source = self._named(source, scope)
        return [source["alias"]]

    def _named(self, source: Node, scope: _Scope) -> Node:
        """The query of a table, a view or a CTE that stands in FROM by its name."""
        *qualifiers, name = source["qualified_name"]["path"]
        if not qualifiers and name.upper() in scope.ctes:
            cte, inside = scope.ctes[name.upper()]
            node, names = deepcopy(cte["query_node"]), cte["aliases"]
            self._query(node, inside, "")
        else:
            node, names = self._stored((*scope.schema[: 2 - len(qualifiers)], *qualifiers, name))
        return {
            **{part: source[part] for part in ("sample", "query_location", "query_location_length")},
            "type": "SUBQUERY",
            "alias": source["alias"] or name,
            "subquery": {"node": node, "named_param_map": []},
            "column_name_alias": source["column_name_alias"] or names,
        }

    def _stored(self, path: Path) -> tuple[Node, list[str]]:
        """The query of a table or view, and the names that its columns have if they are not the query's."""
        columns = tracking.visible_columns(self.session, path)
        if (view := self.session.account.find("VIEW", path)) is not None:
            return self.view(view), columns
        rows = f"SELECT *, CAST({ROW_ID} AS VARCHAR) AS {_KEY} FROM ({self.feed(path, columns)})"
        return _parsed(self.session, rows), []
