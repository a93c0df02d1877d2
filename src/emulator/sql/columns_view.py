"""The view that the Information Schema's COLUMNS, DESCRIBE and SHOW COLUMNS are made of.

It has fakesnow's columns; a column's type is the one that is written in its comment, else what DuckDB's means.
https://docs.snowflake.com/en/sql-reference/info-schema/columns
"""

from ..catalog.tracking import ROW_ID
from ..store.definitions import HIDDEN

_WRITTEN = r"^([A-Z_]+(?:\([0-9,]+\))?|(?:ARRAY|OBJECT)\([^\n]*\))(?:\n|$)"
_TYPE = f"regexp_extract(coalesce(duck.comment, ''), '{_WRITTEN}', 1)"
_DUCK_TYPE = r"""CASE
    WHEN starts_with(duck.data_type, 'DECIMAL') THEN replace(duck.data_type, 'DECIMAL', 'NUMBER')
    WHEN duck.data_type IN ('BIGINT', 'HUGEINT', 'INTEGER', 'SMALLINT', 'TINYINT', 'UBIGINT') THEN 'NUMBER(38,0)'
    WHEN duck.data_type IN ('VARCHAR', 'UUID', '"NULL"')
        THEN 'VARCHAR(' || coalesce(ext_character_maximum_length, 16777216) || ')'
    WHEN duck.data_type IN ('DOUBLE', 'FLOAT') THEN 'FLOAT'
    WHEN duck.data_type = 'BLOB' THEN 'BINARY(8388608)'
    WHEN duck.data_type IN ('TIMESTAMP', 'TIMESTAMP_NS') THEN 'TIMESTAMP_NTZ(9)'
    WHEN duck.data_type = 'TIMESTAMP WITH TIME ZONE' THEN 'TIMESTAMP_LTZ(9)'
    WHEN duck.data_type = 'TIME' THEN 'TIME(9)'
    WHEN duck.data_type = 'JSON' THEN 'VARIANT'
    WHEN suffix(duck.data_type, '[]') THEN 'ARRAY'
    ELSE duck.data_type END"""
_FIRST, _SECOND = (
    r"TRY_CAST(regexp_extract(t, '\((\d+)', 1) AS INTEGER)",
    r"TRY_CAST(regexp_extract(t, ',(\d+)', 1) AS INTEGER)",
)

COLUMNS_VIEW = rf"""
CREATE OR REPLACE VIEW _fs_global._fs_information_schema._fs_columns AS
SELECT
    database_name AS TABLE_CATALOG, schema_name AS TABLE_SCHEMA, table_name AS TABLE_NAME, column_name AS COLUMN_NAME,
    CAST(column_index AS INTEGER) AS ORDINAL_POSITION, column_default AS COLUMN_DEFAULT,
    CASE WHEN is_nullable THEN 'YES' ELSE 'NO' END AS IS_NULLABLE,
    CASE word WHEN 'VARCHAR' THEN 'TEXT' ELSE word END AS DATA_TYPE,
    CASE WHEN word IN ('VARCHAR', 'BINARY') THEN {_FIRST} END AS CHARACTER_MAXIMUM_LENGTH,
    CASE word WHEN 'VARCHAR' THEN least(4 * {_FIRST}, 16777216) END AS CHARACTER_OCTET_LENGTH,
    CASE word WHEN 'NUMBER' THEN {_FIRST} END AS NUMERIC_PRECISION,
    CASE word WHEN 'NUMBER' THEN 10 END AS NUMERIC_PRECISION_RADIX,
    CASE word WHEN 'NUMBER' THEN {_SECOND} END AS NUMERIC_SCALE,
    NULL::VARCHAR AS COLLATION_NAME, 'NO' AS IS_IDENTITY, NULL::VARCHAR AS IDENTITY_GENERATION,
    NULL::VARCHAR AS IDENTITY_CYCLE, comment AS COMMENT, NULL::VARCHAR AS IDENTITY_START,
    NULL::VARCHAR AS IDENTITY_INCREMENT, NULL::VARCHAR AS IDENTITY_ORDERED, NULL::VARCHAR AS DATA_TYPE_ALIAS,
    CASE WHEN starts_with(word, 'TIME') THEN {_FIRST} WHEN word = 'DATE' THEN 0 END AS DATETIME_PRECISION
FROM (
    SELECT *, regexp_extract(t, '^[^(]*') AS word FROM (
        SELECT duck.* EXCLUDE (comment), ext_character_maximum_length,
            nullif(regexp_replace(coalesce(duck.comment, ''), '{_WRITTEN}', ''), '') AS comment,
            CASE WHEN {_TYPE} <> '' THEN {_TYPE} ELSE {_DUCK_TYPE} END AS t
        FROM duckdb_columns() AS duck
        LEFT JOIN _fs_global._fs_information_schema._fs_columns_ext AS ext
            ON ext_table_catalog = database_name AND ext_table_schema = schema_name AND ext_table_name = table_name
            AND ext_column_name = column_name
        WHERE schema_name NOT IN ('_fs_information_schema', '_emulator') AND column_name <> '{ROW_ID.strip('"')}'
            AND NOT starts_with(table_name, '{HIDDEN}')
    )
)
"""
