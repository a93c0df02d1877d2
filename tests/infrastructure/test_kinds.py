"""The table of kinds: it is whole, and the deployment knows kinds by it alone."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from config import CONFIG
from src.config import ResourceMonitor
from src.deployment.steps import batches
from src.infrastructure.kind import Kind
from src.infrastructure.kinds import BY_NAME, KINDS

DEPLOYMENT = Path(__file__).resolve().parent.parent.parent / "src" / "deployment"
WITH_QUOTA = replace(CONFIG, resource_monitor=ResourceMonitor("DATA_ENG_MONITOR", credit_quota=10))


@pytest.mark.parametrize("file", sorted(DEPLOYMENT.glob("*.py")), ids=lambda file: file.name)
def test_the_deployment_names_no_kind(file: Path) -> None:
    texts = {node.value for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Constant)}
    assert texts.intersection(BY_NAME) == set()


def test_each_kind_stands_in_the_table_once_and_each_statement_is_of_one() -> None:
    assert len(BY_NAME) == len(KINDS)
    assert {one.kind for batch in batches(WITH_QUOTA) for one in batch} <= {kind.name for kind in KINDS if kind.steps}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_in_something_is_made_after_it_and_dropped_before_it(kind: Kind) -> None:
    for container in (BY_NAME[name] for name in kind.inside):
        assert container.drop_batch is not None
        assert kind.drop_batch is not None
        assert container.drop_batch > kind.drop_batch
        assert max(number for number, _ in container.steps) < min(number for number, _ in kind.steps)


@pytest.mark.parametrize(
    ("kind", "name", "containers"),
    [
        ("WAREHOUSE", "W", []),
        ("SCHEMA", 'D."A.B"', [("DATABASE", "D")]),
        ("STAGE", 'D."A.B".S', [("DATABASE", "D"), ("SCHEMA", 'D."A.B"')]),
    ],
)
def test_a_name_tells_what_the_object_is_in(kind: str, name: str, containers: list[tuple[str, str]]) -> None:
    assert BY_NAME[kind].containers(name) == containers


def test_shares_have_the_only_drop_that_fails_for_what_is_not_there() -> None:
    drops = {kind.name: kind.drop("X").sql for kind in KINDS if kind.drop_batch is not None}
    assert [name for name, sql in drops.items() if "IF EXISTS" not in sql] == ["SHARE"]
    assert drops["FILE FORMAT"] == "DROP FILE FORMAT IF EXISTS X"
