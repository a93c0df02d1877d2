"""AUTOINCREMENT and IDENTITY: a sequence of the column's own, from which DuckDB takes its default.

https://docs.snowflake.com/en/sql-reference/sql/create-table#optional-parameters
"""

import secrets
from collections.abc import Sequence

from sqlglot import Expr, exp

PREFIX = "_fs_seq_"
_KINDS = (exp.AutoIncrementColumnConstraint, exp.GeneratedAsIdentityColumnConstraint)


def split(expression: Expr) -> Sequence[Expr]:
    """CREATE TABLE with such columns as the sequences beside the table, and the table."""
    schema = expression.this if isinstance(expression, exp.Create) else None
    if not isinstance(schema, exp.Schema) or not _identities(schema):
        return [expression]
    table = expression.copy()
    return [*(_make_default(table, one) for one in _identities(table.this)), table]


def _identities(schema: exp.Schema) -> list[exp.ColumnConstraint]:
    columns = [column for column in schema.expressions if isinstance(column, exp.ColumnDef)]
    every = [one for column in columns for one in column.args.get("constraints") or []]
    return [one for one in every if isinstance(one.args.get("kind"), _KINDS)]


def _make_default(create: Expr, constraint: exp.ColumnConstraint) -> Expr:
    """Makes the constraint a default; what makes the sequence that it is taken from."""
    identity = constraint.args["kind"]
    sequence = create.this.this.copy()
    sequence.set("this", exp.to_identifier(f"{PREFIX}{secrets.token_hex(8)}", quoted=True))
    name = exp.Literal.string(sequence.sql(dialect="duckdb"))
    constraint.set("kind", exp.DefaultColumnConstraint(this=exp.Anonymous(this="NEXTVAL", expressions=[name])))
    start, step = identity.args.get("start"), identity.args.get("increment")
    properties = exp.SequenceProperties(
        increment=step.copy() if step is not None else exp.Literal.number(1),
        # DuckDB's default bounds keep a descending one below zero.
        minvalue=exp.Literal.number(-(2**63)),
        maxvalue=exp.Literal.number(2**63 - 1),
        start=start.copy() if start is not None else exp.Literal.number(1),
    )
    kept = create.args.get("properties")
    temporary = [exp.TemporaryProperty()] if kept is not None and kept.find(exp.TemporaryProperty) else []
    return exp.Create(this=sequence, kind="SEQUENCE", properties=exp.Properties(expressions=[*temporary, properties]))
