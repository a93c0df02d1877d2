"""Which changes of a column's type ALTER TABLE allows: a longer text, another precision of a number.

https://docs.snowflake.com/en/sql-reference/sql/alter-table-column
"""

from dataclasses import dataclass

from sqlglot import exp

from .. import errors
from ..catalog.table_names import identifier
from ..language.reader import Path
from ..session import Session

_LONGEST = 16777216
_T = exp.DataType.Type


@dataclass(frozen=True)
class ColumnType:
    """A type by Snowflake's name, with a text's length or a number's precision and scale."""

    name: str
    length: int | None = None
    scale: int | None = None

    def __str__(self) -> str:
        details = [str(detail) for detail in (self.length, self.scale) if detail is not None]
        return f"{self.name}({','.join(details)})" if details else self.name


def refuse_change(session: Session, path: Path, action: exp.AlterColumn) -> None:
    """Raises 002108 for a type that the column cannot be changed to, and 040050 for a shorter text.

    The numbers and words are those that accounts are seen to answer.
    """
    name = identifier(action.this)
    old, new = _of_column(session, path, name), _written(action.args["dtype"])
    if old is None or new is None or old == new:
        return
    if old.name != new.name:
        raise errors.column_type_unchangeable(name, old, new)
    if old.scale != new.scale:
        raise errors.column_scale_unchangeable(name, old, new)
    if old.name == "VARCHAR" and (new.length or 0) < (old.length or 0):
        raise errors.column_length_unchangeable(name, old, new)


def _of_column(session: Session, path: Path, name: str) -> ColumnType | None:
    sql = (
        "SELECT data_type, character_maximum_length, numeric_precision, numeric_scale"
        " FROM _fs_global._fs_information_schema._fs_columns"
        " WHERE (table_catalog, table_schema, table_name, column_name) = (?, ?, ?, ?)"
    )
    for type_, length, precision, scale in session.duck.execute(sql, [*path, name]).fetchall():
        if type_ == "TEXT":
            return ColumnType("VARCHAR", int(length or _LONGEST))
        return ColumnType("NUMBER", int(precision), int(scale)) if type_ == "NUMBER" else ColumnType(type_)
    return None


def _written(type_: exp.DataType) -> ColumnType | None:
    """The type as it is written; None for one that is not compared here."""
    sizes = [int(size.name) for size in type_.expressions if size.name.isdigit()]
    if type_.this in (_T.DECIMAL, *exp.DataType.INTEGER_TYPES):
        precision, scale = (*sizes, 0)[:2] if sizes else (38, 0)
        return ColumnType("NUMBER", precision, scale)
    if type_.this in (_T.VARCHAR, _T.TEXT):
        return ColumnType("VARCHAR", sizes[0] if sizes else _LONGEST)
    if type_.this in (_T.CHAR, _T.NCHAR):
        return ColumnType("VARCHAR", sizes[0] if sizes else 1)
    if type_.this in (_T.FLOAT, _T.DOUBLE):
        return ColumnType("FLOAT")
    return ColumnType(type_.this.name) if type_.this in (_T.BOOLEAN, _T.DATE, _T.VARIANT, _T.ARRAY, _T.OBJECT) else None
