"""INSERT ALL and INSERT FIRST: a query's rows into several tables, each row where its conditions say.

Each INTO becomes an INSERT of its own, from the query with what its conditions are for each row. They are bound one by
one, and read the query's rows, which one of them has found, from a temporary table.
https://docs.snowflake.com/en/sql-reference/sql/insert-multi-table
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlglot import Expr, exp

from .. import errors
from ..catalog import table_names
from ..language.names import quoted
from ..language.reader import Path, Reader
from ..language.result import NUMBER, Result
from ..session import Session
from .duckdb_errors import translated
from .positions import placed

# Read as a client's query is, which may not name `_emulator...`.
_ROWS, _TAKEN, _SOURCE = "__emulator_rows", "__emulator_taken", "__emulator_source"
_KEPT = "_EMULATOR_INSERTED"


@dataclass
class _Group:
    """The INTOs of one WHEN, of the ELSE, or of a statement without either."""

    condition: Expr | None = None
    is_else: bool = False
    inserts: list[exp.Insert] = field(default_factory=list)


def insert(session: Session, reader: Reader, *, overwrites: bool = False, first: bool = False) -> Result:
    """`INSERT [OVERWRITE] {ALL | FIRST} [WHEN condition THEN] INTO t [(..)] [VALUES (..)] ... [ELSE ..] query`.

    It answers with the rows that each table has received.
    """
    reader.refuse_more_statements()
    statement = session.cursor().parsed(reader.sql)
    assert isinstance(statement, exp.MultitableInserts)
    inserts = list(_inserts(_groups(statement, reader, first), _source(statement, reader), first))
    for one in inserts:
        one.set("overwrite", overwrites)
    try:
        inserted = session.cursor().insert(inserts)
    except Exception as error:
        raise placed(translated(error, reader.sql), statement, reader.sql) from None
    counts: Counter[Path] = Counter()
    for one, count in zip(inserts, inserted, strict=True):
        counts[table_names.name_of(session, _table(one), "INSERT")] += count
    columns = [(f"number of rows inserted into {path[-1]}", NUMBER) for path in counts]
    return Result(columns, [tuple(counts.values())], changed=sum(counts.values()))


def _source(statement: exp.MultitableInserts, reader: Reader) -> exp.Query:
    source = statement.args["source"]
    query = source.this if isinstance(source, exp.Subquery) and not source.alias else source
    if not isinstance(query, exp.Query):
        reader.fail()
    return query


def _groups(statement: exp.MultitableInserts, reader: Reader, first: bool) -> list[_Group]:
    """sqlglot gives an INTO the condition of its WHEN only if it is the first behind it."""
    groups: list[_Group] = []
    for one in statement.expressions:
        condition, is_else = one.args.get("expression"), bool(one.args.get("else_"))
        if not groups or condition is not None or is_else:
            groups.append(_Group(condition, is_else))
        groups[-1].inserts.append(one.this)
    conditions = [group.condition for group in groups if not group.is_else]
    is_unconditional = conditions == [None] and not groups[-1].is_else
    if any(group.is_else for group in groups[:-1]) or (None in conditions and not is_unconditional):
        while not reader.done and not reader.sees("WHEN") and not reader.sees("ELSE"):
            reader.skip()
        reader.fail()
    if not conditions or (is_unconditional and first):
        reader.fail()
    if groups[-1].is_else and len(groups[-1].inserts) > 1:
        raise errors.not_emulated("several INTO behind the ELSE of INSERT ALL")
    return groups


def _inserts(groups: Sequence[_Group], query: exp.Query, first: bool) -> Iterator[exp.Insert]:
    """The INSERTs, whose rows are those of the query that the conditions of each group take."""
    conditions = [group.condition for group in groups if group.condition is not None]
    taken = [_taken(conditions)] if first else [_taken([condition]) for condition in conditions]
    read = exp.select(
        exp.Star(), *(exp.alias_(one, f"{_TAKEN}{place}", quoted=True) for place, one in enumerate(taken))
    )
    source = read.from_(exp.Subquery(this=query.copy(), alias=exp.TableAlias(this=_name(_SOURCE))))
    for place, group in enumerate(groups):
        for insert in group.inserts:
            values, columns = _values(insert, len(taken))
            rows = exp.Subquery(this=source.copy(), alias=exp.TableAlias(this=_name(_ROWS)))
            selected = exp.select(*values).from_(rows)
            if taken:
                selected = selected.where(_is_taken(group, place, len(conditions), first))
            yield exp.Insert(this=columns, expression=selected)


def _taken(conditions: Sequence[Expr]) -> Expr:
    """The place of the first condition that is true, from 1; else 0."""
    case = exp.Case(default=exp.Literal.number(0))
    for place, condition in enumerate(conditions):
        case = case.when(condition.copy(), exp.Literal.number(place + 1))
    return case


def _is_taken(group: _Group, place: int, conditions: int, first: bool) -> Expr:
    if first:
        return _taken_column(0).eq(0 if group.is_else else place + 1)
    if group.is_else:
        return exp.and_(*(_taken_column(at).eq(0) for at in range(conditions)))
    return _taken_column(place).eq(1)


def _taken_column(place: int) -> exp.Column:
    return exp.column(_name(f"{_TAKEN}{place}"))


def _name(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def _values(insert: exp.Insert, taken: int) -> tuple[list[Expr], Expr]:
    """What an INTO inserts, and its table with the columns that it names."""
    if (values := insert.args.get("expression")) is None:
        others = [_name(f"{_TAKEN}{place}") for place in range(taken)]
        return [exp.Star(except_=others) if others else exp.Star()], insert.this.copy()
    if len(values.expressions) != 1:
        raise errors.not_emulated("several rows behind the VALUES of INSERT ALL")
    return [value.copy() for value in values.expressions[0].expressions], insert.this.copy()


def _table(insert: Expr) -> exp.Table:
    table = table_names.target_of(insert)
    assert table is not None
    return table


def keep_rows(inserts: Sequence[Expr]) -> Expr:
    """What makes the temporary table of the query's rows, of INSERTs that are bound; they read it from then on."""
    read = [one for insert in inserts for one in insert.find_all(exp.Subquery) if one.alias == _ROWS]
    query = read[0].this.copy()
    for one in read:
        one.replace(exp.alias_(exp.to_table(_KEPT), _ROWS, quoted=True, table=True))
    return exp.Create(
        this=exp.to_table(_KEPT),
        kind="TABLE",
        replace=True,
        expression=query,
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
    )


FORGET_ROWS = f"DROP TABLE IF EXISTS temp.main.{quoted(_KEPT)}"


def emptied(inserts: Sequence[Expr]) -> Iterator[exp.Delete]:
    """What takes the rows out of the tables that are overwritten, of each once; the INSERTs insert only, then."""
    seen = set()
    for insert in inserts:
        table = _table(insert).copy()
        if insert.args.get("overwrite") and table.sql() not in seen:
            seen.add(table.sql())
            yield exp.Delete(this=table)
        insert.set("overwrite", False)
