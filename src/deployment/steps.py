"""The order, as data. What stands in one batch is sent at once; a batch begins when the one before has ended."""

from src.config import DemoConfig
from src.infrastructure.kind import Kind, Step
from src.infrastructure.kinds import KINDS
from src.infrastructure.states import DesiredState

Batch = list[DesiredState]
Steps = tuple[Step, ...]

_NUMBERED = [numbered for kind in KINDS for numbered in kind.steps]
BATCHES: tuple[Steps, ...] = tuple(
    tuple(step for of_batch, step in _NUMBERED if of_batch == number)
    for number in sorted({one for one, _ in _NUMBERED})
)
EVERYTHING: Steps = tuple(step for _, step in _NUMBERED)
# The kinds that a cleanup drops, in its batches: what is in a database that stays goes before the database.
DROPS: tuple[tuple[Kind, ...], ...] = tuple(
    tuple(kind for kind in KINDS if kind.drop_batch == number)
    for number in sorted({kind.drop_batch for kind in KINDS if kind.drop_batch is not None})
)


def _part(name: str) -> Steps:
    return tuple(step for kind in KINDS if kind.part == name for _, step in kind.steps)


DATABASE_AND_SCHEMAS = _part("database and schemas")
WAREHOUSES = _part("warehouses")
PIPELINE_INFRASTRUCTURE = _part("pipeline infrastructure")


def batches(config: DemoConfig, steps: Steps = EVERYTHING) -> list[Batch]:
    """The statements of the steps, in their batches."""
    return [[statement for step in batch if step in steps for statement in step(config)] for batch in BATCHES]
