"""The functions that each database has in DuckDB: fakesnow's, and those of ours that answer as Snowflake does."""

from fakesnow import macros


def creation_sql(database: str) -> str:
    """The statements that make them, again where they are there."""
    return macros.creation_sql(database) + _OURS.format(database=database)


# FLATTEN takes every key as it is; fakesnow's reads "", "a.b" and "$" as paths.
# https://docs.snowflake.com/en/sql-reference/functions/flatten
# A number of a VARIANT is a DOUBLE only where 38 digits do not hold it.
# https://docs.snowflake.com/en/sql-reference/functions/typeof
_OURS = r"""
CREATE OR REPLACE MACRO {database}._fs_flatten(input) AS TABLE
    SELECT
        (hash(TO_JSON(input)) >> 1)::UBIGINT AS SEQ,
        e.k AS KEY,
        COALESCE(e.k, '[' || (row_number() OVER () - 1) || ']') AS PATH,
        CASE WHEN e.k IS NOT NULL THEN NULL ELSE (row_number() OVER () - 1)::BIGINT END AS INDEX,
        e.v AS VALUE,
        TO_JSON(input) AS THIS
    FROM (
        SELECT UNNEST(
            CASE json_type(TO_JSON(input))
                WHEN 'OBJECT' THEN list_transform(
                    json_keys(TO_JSON(input)),
                    lambda x: struct_pack(
                        k := x, v := CAST(TO_JSON(input) -> ('/' || replace(replace(x, '~', '~0'), '/', '~1')) AS JSON)
                    )
                )
                WHEN 'ARRAY' THEN list_transform(
                    CAST(TO_JSON(input) AS JSON[]), lambda x: struct_pack(k := NULL::VARCHAR, v := x)
                )
            END,
            recursive := true
        )
    ) AS e(k, v);
CREATE OR REPLACE MACRO {database}._emulator_get(input, pointer) AS (input -> pointer);
CREATE OR REPLACE MACRO {database}._emulator_get_text(input, pointer) AS (input ->> pointer);
CREATE OR REPLACE MACRO {database}._emulator_typeof(input) AS
    CASE
        WHEN json_type(input) = 'NULL' THEN 'NULL_VALUE'
        WHEN json_type(input) IN ('VARCHAR', 'BOOLEAN', 'ARRAY', 'OBJECT') THEN json_type(input)
        WHEN regexp_full_match(CAST(input AS VARCHAR), '-?[0-9]{{1,38}}') THEN 'INTEGER'
        WHEN regexp_full_match(CAST(input AS VARCHAR), '-?[0-9]+\.[0-9]+')
            AND length(CAST(input AS VARCHAR)) <= 39 THEN 'DECIMAL'
        WHEN input IS NOT NULL THEN 'DOUBLE'
    END;
"""
