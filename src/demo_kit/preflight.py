"""What a deployment stands on, looked at once, before the first change: what is there, and what the role may do."""

from collections.abc import Iterator, Sequence

from src.config import read_stamp
from src.deployment.sending import asking
from src.utils.errors import DemoError, Refused
from src.utils.hints import typed
from src.utils.holdings import first_look, is_worth_a_look, lacking
from src.utils.needs import OWNERSHIP, Need, refusal, warning
from src.utils.queries import Row
from src.utils.sql import identifier, literal, qualified

from .manifest import Pipeline
from .session import Demo, look_up, rows_of, text_of


def require_all(demo: Demo, choice: str, pipelines: Sequence[Pipeline]) -> None:
    """Raises DemoError without the infrastructure or for all that the role lacks, Refused for a schema of another's.

    What the role has is passed over where that cannot be known; of what may be lacking is told.
    """
    role = demo.role or text_of(demo.ask("SELECT CURRENT_ROLE() AS ROLE")[0], "ROLE")
    database = qualified(demo.config.database.name)
    warehouses = tuple(dict.fromkeys((demo.settings.warehouse, demo.settings.looking_warehouse)))
    looks = [
        "SHOW DATABASES",
        f"SHOW SCHEMAS IN DATABASE {database}",
        *(f"SHOW WAREHOUSES LIKE {literal(name)}" for name in warehouses),
        *([first_look(role)] if is_worth_a_look(role) else []),
    ]
    databases, schemas, *others = demo.sender.wave(looks, demo.sender.send, str)
    _require_there(demo, "database", demo.config.database.name, rows_of(databases))
    for name, answer in zip(warehouses, others, strict=False):
        _require_there(demo, "warehouse", name, rows_of(answer))
    _refuse_foreign_schemas(demo, rows_of(schemas))
    grants = others[len(warehouses) :]
    needs = [
        *_needs(demo, warehouses, rows_of(schemas)),
        *demo.manifest.sources.needs(demo.config, choice, {row["name"] for row in rows_of(databases)}),
        *(need for pipeline in pipelines for need in pipeline.needs(demo.config)),
    ]
    told = grants[0].rows if grants and not grants[0].error else None
    missing = lacking(role, needs, told, asking(demo.sender))
    if why := refusal("deploy", role, missing):
        raise DemoError(why)
    if missing:
        demo.say(warning("deploy", role, missing))


def _require_there(demo: Demo, kind: str, name: str, rows: Sequence[Row]) -> None:
    if look_up(rows, name) is None:
        raise DemoError(
            f"{kind.capitalize()} {name} does not exist or is hidden from this role: the demo stands on the "
            f"infrastructure of setup.py. Run: {typed('python setup.py --mode full')}"
        )


def _refuse_foreign_schemas(demo: Demo, rows: Sequence[Row]) -> None:
    database = qualified(demo.config.database.name)
    for name in demo.settings.schemas:
        row = look_up(rows, name)
        if row is not None and read_stamp(text_of(row, "comment")) != demo.stamp:
            raise Refused(
                f"SCHEMA {database}.{name} exists and does not carry the demo's stamp. Nothing was changed. "
                f"Rename it, or give {demo.manifest.name} other schemas in config.py."
            )


def _needs(demo: Demo, warehouses: Sequence[str], schemas: Sequence[Row]) -> Iterator[Need]:
    """What the demo takes on what is there; a task has its owner's role alone.

    https://docs.snowflake.com/en/user-guide/tasks-intro#task-security
    """
    database = demo.config.database.name
    yield Need("EXECUTE TASK")
    yield from (Need("USAGE", "WAREHOUSE", identifier(name)) for name in warehouses)
    opening = demo.steps(demo.manifest.opening) if demo.manifest.opening else []
    for step in opening:
        kind, name = step.kind_and_name
        if step.creates and kind == "SCHEMA":
            is_there = any(qualified(database, row["name"]) == name for row in schemas)
            if not is_there:
                yield Need("CREATE SCHEMA", "DATABASE", qualified(database))
            elif step.sql.startswith("CREATE OR ALTER"):
                yield Need(OWNERSHIP, "SCHEMA", name)
