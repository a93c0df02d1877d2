"""Which columns of an answer are NOT NULL; what an account says of them is in tests/fidelity/nullability.toml."""

from itertools import pairwise

from sqlglot import exp, parse_one
from sqlglot.optimizer.qualify import qualify

from src.emulator.sql import nullability


def test_a_table_below_many_queries_is_asked_for_once() -> None:
    columns = [f"C{number}" for number in range(8)]
    chain = ["T"] + [f"T{number}" for number in range(12)]
    ctes = ", ".join(f"{name} AS (SELECT {', '.join(columns)} FROM {below})" for below, name in pairwise(chain))
    query = parse_one(f"WITH {ctes} SELECT * FROM {chain[-1]}", dialect="snowflake")
    asked: list[exp.Table] = []

    def not_null(table: exp.Table) -> frozenset[str]:
        asked.append(table)
        return frozenset({"C1"})

    schema: dict[str, object] = {"T": dict.fromkeys(columns, "INT")}
    found = nullability.of_answer(qualify(query, schema=schema, dialect="snowflake"), not_null)

    assert [name for name, is_set in zip(columns, found, strict=True) if is_set] == ["C1"]
    assert len(asked) == 1
