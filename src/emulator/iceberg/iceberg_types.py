"""The columns of Iceberg tables: which types Snowflake allows, and what Iceberg and DuckDB call them.

https://docs.snowflake.com/en/user-guide/tables-iceberg-data-types
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import Expr, exp
from sqlglot.expressions import DType

from .. import errors
from ..catalog.table_names import identifier
from ..language.reader import Value

MAX_TEXT, MAX_BINARY, PRECISION = 134217728, 67108864, 6


@dataclass(frozen=True)
class Column:
    """A column with Iceberg's name of its type, such as `decimal(18,6)`; `key` if it identifies rows (PRIMARY KEY)."""

    name: str
    type: str
    required: bool = False
    key: bool = False
    comment: str = ""

    def kept(self) -> list[Value]:
        """The column as the account keeps it."""
        return [self.name, self.type, self.required, self.key, self.comment]


def columns_of(kept: Value) -> list[Column]:
    """Reads what `Column.kept` gave."""
    assert isinstance(kept, list)
    return [
        Column(str(column[0]), str(column[1]), bool(column[2]), bool(column[3]), str(column[4]))
        for column in kept
        if isinstance(column, list)
    ]


# Types

_NAMES = {
    DType.BOOLEAN: "boolean",
    DType.TINYINT: "int",
    DType.SMALLINT: "int",
    DType.INT: "int",
    DType.BIGINT: "long",
    DType.FLOAT: "double",
    DType.DOUBLE: "double",
    DType.DATE: "date",
}
_TEXTS = (DType.TEXT, DType.VARCHAR, DType.CHAR, DType.NCHAR, DType.NVARCHAR)
_BINARIES = (DType.BINARY, DType.VARBINARY)
_TIMES = {
    DType.TIME: "time",
    DType.TIMESTAMP: "timestamp",
    DType.DATETIME: "timestamp",
    DType.TIMESTAMPNTZ: "timestamp",
    DType.TIMESTAMPLTZ: "timestamptz",
}
_STRUCTURED = (DType.ARRAY, DType.OBJECT, DType.MAP, DType.STRUCT)

# What the table's rows are kept as while they are in DuckDB: Snowflake's types for Iceberg's.
_SNOWFLAKE = {
    "boolean": "BOOLEAN",
    "int": "NUMBER(10,0)",
    "long": "NUMBER(19,0)",
    "double": "FLOAT",
    "date": "DATE",
    "string": "VARCHAR",
    "binary": "BINARY",
    "time": "TIME",
    "timestamp": "TIMESTAMP_NTZ",
    "timestamptz": "TIMESTAMP_LTZ",
}
_DESCRIBED = {
    "string": f"VARCHAR({MAX_TEXT})",
    "binary": f"BINARY({MAX_BINARY})",
    "time": f"TIME({PRECISION})",
    "timestamp": f"TIMESTAMP_NTZ({PRECISION})",
    "timestamptz": f"TIMESTAMP_LTZ({PRECISION})",
}
# What DuckDB casts them to for the files, so that a value that Iceberg cannot hold is an error.
_WRITTEN = _SNOWFLAKE | {
    "int": "INTEGER",
    "long": "BIGINT",
    "double": "DOUBLE",
    "binary": "BLOB",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
}


def snowflake_type(type_: str) -> str:
    return _SNOWFLAKE.get(type_) or type_.replace("decimal", "NUMBER")


def shown_type(type_: str) -> str:
    """The type as DESCRIBE shows it."""
    return _DESCRIBED.get(type_) or snowflake_type(type_)


def written_type(type_: str) -> str:
    return _WRITTEN.get(type_) or type_.upper()


def iceberg_type(kind: exp.DataType) -> str:
    """Iceberg's name for a column's type.

    Raises 091386 for a type that Iceberg tables of version 2 lack, and for a length or precision that is not theirs.
    """
    parameters = [int(parameter.name) for parameter in kind.expressions if parameter.name.isdigit()]
    if kind.this in _NAMES:
        return _NAMES[kind.this]
    if kind.this == DType.DECIMAL:
        return _decimal(*parameters)
    if kind.this in _TEXTS:
        length = parameters[0] if parameters else 1 if kind.this in (DType.CHAR, DType.NCHAR) else MAX_TEXT
        if length != MAX_TEXT:
            raise errors.only_max_length(MAX_TEXT, "VARCHAR(L)/STRING(L)", "STRING")
        return "string"
    if kind.this in _BINARIES:
        if parameters and parameters[0] != MAX_BINARY:
            raise errors.only_max_length(MAX_BINARY, "BINARY(L)", "BINARY")
        return "binary"
    if kind.this in _TIMES:
        # Microseconds: https://docs.snowflake.com/en/sql-reference/parameters#iceberg-timestamp-default-precision
        if parameters and parameters[0] != PRECISION:
            raise errors.not_an_iceberg_type(_shown(kind))
        return _TIMES[kind.this]
    if kind.this in _STRUCTURED and kind.expressions:
        raise errors.not_emulated(f"the structured type {kind.sql(dialect='snowflake')} in an Iceberg table")
    raise errors.not_an_iceberg_type(_shown(kind))


def _decimal(precision: int = 38, scale: int = 0) -> str:
    if not 1 <= precision <= 38 or scale > precision:
        raise errors.invalid_precision(precision, scale)
    return f"decimal({precision},{scale})"


_SHOWN = {"TIMESTAMPTZ": "TIMESTAMP_TZ", "TIMESTAMPNTZ": "TIMESTAMP_NTZ", "TIMESTAMPLTZ": "TIMESTAMP_LTZ"}


def _shown(kind: exp.DataType) -> str:
    name, bracket, rest = kind.sql(dialect="snowflake").partition("(")
    return _SHOWN.get(name, name) + bracket + rest


# Definitions


def read_columns(schema: exp.Schema) -> list[Column]:
    """The columns that a parsed `(name type ..., PRIMARY KEY (..))` defines. Refuses other constraints by name."""
    keys = set(_keys(schema))
    found = [read_column(item) for item in schema.expressions if isinstance(item, exp.ColumnDef)]
    columns = [replace(column, required=True, key=True) if column.name in keys else column for column in found]
    for column in columns:
        if column.key and column.type == "double":
            raise errors.float_in_primary_key(column.name)
    return columns


def _keys(schema: exp.Schema) -> Iterator[str]:
    for item in schema.expressions:
        if isinstance(item, exp.PrimaryKey):
            yield from (_name(part) for part in item.expressions)
        elif not isinstance(item, exp.ColumnDef):
            raise errors.not_emulated(f"CREATE ICEBERG TABLE ... {item.sql(dialect='snowflake')}")


def _name(node: Expr) -> str:
    found = node if isinstance(node, exp.Identifier) else node.find(exp.Identifier)
    assert found is not None
    return identifier(found)


def read_column(definition: exp.ColumnDef) -> Column:
    """One column. A DEFAULT is refused: https://docs.snowflake.com/en/sql-reference/sql/create-iceberg-table-snowflake"""
    kind = definition.args.get("kind")
    assert isinstance(kind, exp.DataType)
    column = Column(_name(definition.this), iceberg_type(kind))
    for constraint in definition.args.get("constraints") or []:
        column = _constrained(column, constraint.kind)
    return column


def _constrained(column: Column, constraint: Expr) -> Column:
    if isinstance(constraint, exp.NotNullColumnConstraint):
        return replace(column, required=not constraint.args.get("allow_null"))
    if isinstance(constraint, exp.PrimaryKeyColumnConstraint):
        return replace(column, required=True, key=True)
    if isinstance(constraint, exp.CommentColumnConstraint):
        return replace(column, comment=constraint.this.name)
    raise errors.not_emulated(f"{constraint.sql(dialect='snowflake')} in an Iceberg table of version 2")


def definition(column: Column) -> exp.ColumnDef:
    """The column as the table that holds the rows has it."""
    constraints = [exp.ColumnConstraint(kind=exp.NotNullColumnConstraint())] if column.required else []
    return exp.ColumnDef(
        this=exp.to_identifier(column.name, quoted=True),
        kind=exp.DataType.build(snowflake_type(column.type), dialect="snowflake"),
        constraints=constraints,
    )
