"""Rows and queries as tables under a name of ours, such as `TABLE(RESULT_SCAN('query id'))` anywhere in a query."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import duckdb
import pyarrow as pa
from sqlglot import Expr, exp

from .. import errors
from ..language.names import function_name
from ..language.result import Columns
from ..session import Session

PREFIX = "_emulator_"  # of the names that rows and queries are read under
_RESULT = f"{PREFIX}result_"


def as_table(session: Session, name: str, rows: pa.Table) -> exp.Table:
    """Makes rows readable in DuckDB under a name of ours, and returns the node that reads them."""
    session.duck.register(name, rows)
    session.registered.append(name)
    return exp.to_table(f'"{name}"')


def rows_of(duck: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    """What a query in DuckDB's own words answers, for another connection to read."""
    relation = duck.sql(query)
    named = zip(relation.columns, map(str, relation.types), strict=True)
    return _with_json(relation.to_arrow_table(), list(named))


def _with_json(rows: pa.Table, columns: Columns) -> pa.Table:
    """Rows whose VARIANT, OBJECT and ARRAY columns DuckDB reads as JSON; it has made plain texts of them."""
    schema = rows.schema
    for index, (_, type_) in enumerate(columns):
        if type_.partition("(")[0] in _SEMI_STRUCTURED and pa.types.is_string(schema.field(index).type):
            schema = schema.set(index, schema.field(index).with_metadata(_JSON))
    return pa.Table.from_arrays(rows.columns, schema=schema)


_SEMI_STRUCTURED = frozenset({"VARIANT", "OBJECT", "ARRAY", "JSON"})
_JSON = {b"ARROW:extension:name": b"arrow.json", b"ARROW:extension:metadata": b""}


def as_view(session: Session, name: str, query: str) -> exp.Table:
    """Makes a query in DuckDB's own words readable under a name of ours, and returns the node that reads it."""
    session.duck.execute(f'CREATE OR REPLACE TEMPORARY VIEW "{name}" AS {query}')
    session.registered.append(name)
    return exp.to_table(f'"{name}"')


def release(session: Session) -> None:
    """Lets go of the rows that the statement just run has read."""
    while session.registered:
        name = session.registered.pop()
        with suppress(duckdb.Error):  # a view of a transaction that has failed goes with it
            session.duck.unregister(name)
            session.duck.execute(f"DROP VIEW IF EXISTS {name}")


def with_bound_ids(expression: Expr, parameters: object) -> Expr:
    """The statement with the values that are bound by name as the ids of RESULT_SCAN: what it reads has to be known."""
    if isinstance(parameters, Mapping):
        for called in expression.find_all(exp.TableFromRows):
            for place in called.this.find_all(exp.Placeholder):
                if function_name(called.this) == "RESULT_SCAN" and place.name in parameters:
                    place.replace(exp.Literal.string(parameters[place.name]))
    return expression


def resolve_result_scan(node: exp.TableFromRows, session: Session) -> Expr:
    """Replaces `TABLE(RESULT_SCAN('id'))` by that statement's result. Raises 000709 for one that is not kept.

    https://docs.snowflake.com/en/sql-reference/functions/result_scan
    """
    if function_name(node.this) != "RESULT_SCAN":
        return node
    query_id = node.this.expressions[0].name
    kept = session.result(query_id)
    if kept is None or (rows := kept.rows) is None:
        raise errors.no_result(query_id)
    scanned = as_table(session, f"{_RESULT}{query_id}", _with_json(rows, kept.columns))
    scanned.set("alias", node.args.get("alias"))
    return scanned


def types_of_result(session: Session, name: str) -> Sequence[str]:
    """The types of the columns that RESULT_SCAN reads under a name; none if it reads something else there."""
    kept = session.result(name.removeprefix(_RESULT)) if name.startswith(_RESULT) else None
    return [] if kept is None else [type_ for _, type_ in kept.columns]
