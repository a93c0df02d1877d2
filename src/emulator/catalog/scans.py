"""Rows and queries as tables under a name of ours, such as `TABLE(RESULT_SCAN('query id'))` anywhere in a query."""

from collections.abc import Mapping
from contextlib import suppress

import duckdb
import pyarrow as pa
from sqlglot import Expr, exp

from .. import errors
from ..language.names import function_name
from ..session import Session

PREFIX = "_emulator_"  # of the names that rows and queries are read under


def as_table(session: Session, name: str, rows: pa.Table) -> exp.Table:
    """Makes rows readable in DuckDB under a name of ours, and returns the node that reads them."""
    session.duck.register(name, rows)
    session.registered.append(name)
    return exp.to_table(f'"{name}"')


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
    kept = session.hosting.results.answer(query_id)
    if kept is None or kept.rows is None:
        raise errors.no_result(query_id)
    scanned = as_table(session, f"_emulator_result_{query_id}", kept.rows)
    scanned.set("alias", node.args.get("alias"))
    return scanned
