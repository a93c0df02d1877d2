"""How a client sees a VARIANT: https://docs.snowflake.com/en/sql-reference/parameters#json-indent"""

import pytest
from snowflake.connector import SnowflakeConnection

SEEN = (
    (
        'PARSE_JSON(\'{"b": [1, {}, []], "a": {"x": null}}\')',
        '{\n  "a": {\n    "x": null\n  },\n  "b": [\n    1,\n    {},\n    []\n  ]\n}',
    ),
    ("PARSE_JSON('{}')", "{}"),
    ("ARRAY_CONSTRUCT()", "[]"),
    ("ARRAY_CONSTRUCT(1, 'a')", '[\n  1,\n  "a"\n]'),
    ("OBJECT_CONSTRUCT('k', 'é\"\\n')", '{\n  "k": "é\\"\\n"\n}'),
    ("PARSE_JSON('[12345678901234567890123, 1.5]')", "[\n  12345678901234567890123,\n  1.5\n]"),
    ("TO_VARIANT('{')", '"{"'),
    ("TO_VARIANT(1)", "1"),
    ("TO_VARCHAR(PARSE_JSON('{\"a\": [1]}'))", '{"a":[1]}'),
)


@pytest.mark.parametrize("form", ["ARROW", "JSON"])
def test_a_client_is_sent_objects_and_arrays_on_several_lines(module_account: SnowflakeConnection, form: str) -> None:
    cursor = module_account.cursor()
    cursor.execute(f"ALTER SESSION SET PYTHON_CONNECTOR_QUERY_RESULT_FORMAT = {form}")
    cursor.execute(f"SELECT {', '.join(expression for expression, _ in SEEN)}")
    assert cursor.fetchone() == tuple(text for _, text in SEEN)


def test_one_of_very_many_levels_stays_on_one_line(module_account: SnowflakeConnection) -> None:
    deep = "[" * 1500 + "]" * 1500
    [row] = module_account.cursor().execute("SELECT PARSE_JSON(%s)", (deep,)).fetchall()  # type: ignore[union-attr]
    assert row == (deep,)
