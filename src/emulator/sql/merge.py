"""MERGE as DuckDB statements on a table with triggers, where DuckDB has no MERGE of its own.

One temporary table pairs each source row with its target row and the clause that takes it; then each clause is carried
out on its rows. https://docs.snowflake.com/en/sql-reference/sql/merge
"""

import re
from collections.abc import Iterator

from sqlglot import Expr, exp
from sqlglot.expressions import to_identifier

from .. import errors
from ..catalog.table_names import identifier
from ..session.statement import StatementContext

PAIRS, ROW, CLAUSE = "_EMULATOR_MERGE", "_EMULATOR_ROW", "_EMULATOR_CLAUSE"
SOURCE = "_EMULATOR_SOURCE"
NONDETERMINISTIC = "_emulator_nondeterministic_merge"


def name_source(context: StatementContext, merge: Expr) -> Expr:
    """Gives a source that is a query a name, if the statement gives it none."""
    source = merge.args["using"]
    if isinstance(source, exp.Subquery | exp.Values) and not source.alias:
        alias = source.args.get("alias") or exp.TableAlias()
        alias.set("this", to_identifier(SOURCE, quoted=True))
        source.set("alias", alias)
    _refuse_unreachable(context.sql, merge)
    _refuse_other_targets(context.sql, merge)
    return merge


def _refuse_unreachable(sql: str, merge: Expr) -> None:
    """Raises for a clause behind one of its kind that takes every row. Recorded: frostlake/MergeCompileTest."""
    closed = set()
    for place, when in enumerate(merge.args["whens"].expressions):
        kind = bool(when.args.get("matched"))
        if kind in closed:
            starts = [found.start(1) for found in re.finditer(r"(?i)\bWHEN\s+(NOT\s+MATCHED|MATCHED)\b", sql)]
            raise errors.unreachable_merge(sql, starts[place] if place < len(starts) else 0)
        if when.args.get("condition") is None:
            closed.add(kind)


def _refuse_other_targets(sql: str, merge: Expr) -> None:
    """Raises 000904 for a column to set that is named by another table's name than the target's."""
    for when in merge.args["whens"].expressions:
        for setting in when.args["then"].expressions if isinstance(when.args["then"], exp.Update) else []:
            column = setting.this
            if isinstance(column, exp.Column) and column.table and not _is_target(merge.this, column):
                name = ".".join(identifier(part) for part in column.parts)
                raise errors.invalid_identifier(name, sql, int(column.parts[0].meta.get("start", 0)))


def _is_target(target: exp.Table, column: exp.Column) -> bool:
    alias = target.args.get("alias")
    named = alias.this if alias is not None else target.this
    return identifier(column.args["table"]) == identifier(named)


def explode(merge: exp.Merge) -> list[Expr]:
    """The statements that carry the MERGE out, the last of which counts the rows as Snowflake does.

    A target row that several source rows match is an error if one of them would update it.
    """
    whens = list(merge.args["whens"].expressions)
    return [_pair(merge, whens), _check(whens), *_carry_out(merge, whens), _count(whens)]


def _pair(merge: exp.Merge, whens: list[exp.When]) -> Expr:
    target, source = merge.this, merge.args["using"]
    row = exp.column("rowid", table=target.alias_or_name)
    case = exp.Case()
    for index, when in enumerate(whens):
        is_matched = exp.Is(this=row.copy(), expression=exp.Null())
        condition: Expr = exp.not_(is_matched) if when.args.get("matched") else is_matched
        if when.args.get("source"):
            raise errors.not_emulated("MERGE ... WHEN NOT MATCHED BY SOURCE")
        if (extra := when.args.get("condition")) is not None:
            condition = exp.and_(condition, exp.paren(extra.copy()))
        case = case.when(condition, exp.Literal.number(index))
    source_star = exp.Column(this=exp.Star(), table=to_identifier(source.alias_or_name))
    pairs = (
        exp.select(exp.alias_(row.copy(), ROW), exp.alias_(case, CLAUSE), source_star)
        .from_(source.copy())
        .join(target.copy(), on=merge.args["on"].copy(), join_type="LEFT")
    )
    return exp.Create(
        this=exp.to_table(PAIRS),
        kind="TABLE",
        replace=True,
        expression=pairs,
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
    )


def _operation(when: exp.When) -> str:
    then = when.args["then"]
    if isinstance(then, exp.Insert):
        return "inserted"
    if isinstance(then, exp.Update):
        return "updated"
    return "deleted"


def _indices(whens: list[exp.When], operation: str) -> str:
    return ", ".join(str(index) for index, when in enumerate(whens) if _operation(when) == operation)


def _check(whens: list[exp.When]) -> Expr:
    updating = _indices(whens, "updated") or "-1"
    sql = (
        f"SELECT CASE WHEN EXISTS (SELECT 1 FROM {PAIRS}"
        f" WHERE {ROW} IS NOT NULL AND {CLAUSE} IS NOT NULL GROUP BY {ROW}"
        f" HAVING COUNT(*) > 1 AND BOOLOR_AGG({CLAUSE} IN ({updating}))) THEN ERROR('{NONDETERMINISTIC}') END"
    )
    parsed: Expr = exp.maybe_parse(sql, dialect="snowflake")
    return parsed


def _carry_out(merge: exp.Merge, whens: list[exp.When]) -> Iterator[Expr]:
    source = merge.args["using"].alias_or_name
    for index, when in enumerate(whens):
        then, target = when.args["then"], merge.this.copy()
        pairs = exp.alias_(exp.to_table(PAIRS), source, table=True)
        taken = exp.column(CLAUSE, table=source).eq(index)
        same_row = exp.column("rowid", table=target.alias_or_name).eq(exp.column(ROW, table=source))
        if isinstance(then, exp.Insert):
            values = [value.copy() for value in then.expression.expressions]
            columns = [_unqualified(column) for column in then.this.expressions] if then.this else []
            into = exp.Schema(this=_bare(target), expressions=columns) if columns else _bare(target)
            yield exp.Insert(this=into, expression=exp.select(*values).from_(pairs).where(taken))
        elif isinstance(then, exp.Update):
            sets = [
                exp.EQ(this=_unqualified(item.this), expression=item.expression.copy()) for item in then.expressions
            ]
            yield exp.Update(
                this=target,
                expressions=sets,
                from_=exp.From(this=pairs),
                where=exp.Where(this=exp.and_(same_row, taken)),
            )
        else:
            yield exp.Delete(this=target, using=[pairs], where=exp.Where(this=exp.and_(same_row, taken)))


def _unqualified(column: Expr) -> Expr:
    return exp.column(column.this.copy()) if isinstance(column, exp.Column) else column.copy()


def _bare(target: exp.Table) -> exp.Table:
    bare = target.copy()
    bare.set("alias", None)
    return bare


def _count(whens: list[exp.When]) -> Expr:
    counted = {
        "inserted": "COUNT(CASE WHEN {} THEN 1 END)",
        "updated": "COUNT(DISTINCT CASE WHEN {} THEN " + ROW + " END)",
    }
    counted["deleted"] = counted["updated"]
    counts = [
        f'{count.format(f"{CLAUSE} IN ({indices})")} AS "number of rows {operation}"'
        for operation, count in counted.items()
        if (indices := _indices(whens, operation))
    ]
    parsed: Expr = exp.maybe_parse(f"SELECT {', '.join(counts)} FROM {PAIRS}", dialect="snowflake")
    parsed.set("merge_counts", True)
    return parsed
