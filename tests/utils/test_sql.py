"""Names and texts as SQL writes them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp, parse_one

from src.utils.sql import identifier, literal, qualified


@pytest.mark.parametrize(
    ("name", "sql"),
    [
        ("RAW_DATA", "RAW_DATA"),
        ("raw", '"raw"'),
        ("TABLE", '"TABLE"'),
        ('a"b', '"a""b"'),
        ("x; DROP DATABASE y", '"x; DROP DATABASE y"'),
    ],
)
def test_a_name_is_bare_only_where_that_means_exactly_it(name: str, sql: str) -> None:
    assert identifier(name) == sql


def test_each_part_of_a_qualified_name_is_written_by_itself() -> None:
    assert qualified("DB", "my.schema", "T") == 'DB."my.schema".T'


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        ("it's", "'it''s'"),
        ("a\\N", "'a\\\\N'"),
        ("\\' OR 1=1 --", "'\\\\'' OR 1=1 --'"),
        (True, "TRUE"),
        (7, "7"),
        (("", "NULL"), "('', 'NULL')"),
    ],
)
def test_a_value_is_written_as_snowflake_reads_it(value: str | int | bool | tuple[str, ...], sql: str) -> None:
    assert literal(value) == sql


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="\0"), max_size=40))
def test_any_text_comes_back_from_its_literal(text: str) -> None:
    parsed = parse_one(f"SELECT {literal(text)}", dialect="snowflake").find(exp.Literal)
    assert parsed is not None
    assert parsed.this == text


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=40))
def test_any_name_comes_back_from_its_identifier(name: str) -> None:
    parsed = parse_one(f"SELECT 1 AS {identifier(name)}", dialect="snowflake").find(exp.Alias)
    assert parsed is not None
    assert parsed.alias == name
