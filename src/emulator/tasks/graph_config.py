"""The configuration of a task graph: a JSON object that a root has, a run may add to, and its tasks read.

https://docs.snowflake.com/en/sql-reference/functions/system_get_task_graph_config
"""

import json
import re
from typing import Any

from .. import errors


class _Number(str):
    """A number as it is written."""


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def parse_config(text: str) -> dict[str, Any]:
    """Raises if it is not the text of a JSON object. Recorded: frostlake/TaskGraphClausesTest."""
    try:
        parsed = json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_refuse_constant)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise errors.invalid_config()
    return parsed


def merged(config: str | None, dynamic: str | None) -> str | None:
    """The configuration of a run: what EXECUTE TASK ... USING CONFIG gives goes before what the root has.

    https://docs.snowflake.com/en/sql-reference/sql/execute-task
    """
    if dynamic is None:
        return config
    return _written(_merged(parse_config(config or "{}"), parse_config(dynamic)))


def _merged(base: dict[str, Any], added: dict[str, Any]) -> dict[str, Any]:
    both = {
        name: _merged(base[name], value) if isinstance(value, dict) and isinstance(base.get(name), dict) else value
        for name, value in added.items()
    }
    return base | both


_STEP = re.compile(r"""(?:^|\.)(\w+)|\[(\d+)\]|\[(?:'([^']*)'|"([^"]*)")\]""")


def value_at(config: str | None, path: str | None) -> str | None:
    """What a path of keys and indexes leads to, or the whole, as a text; None if there is nothing.

    Recorded: frostlake/TaskGraphConfigTest. Refuses any other path by name.
    """
    steps = list(_STEP.finditer(path)) if path is not None else []
    if path is not None and (not path or "".join(step[0] for step in steps) != path):
        raise errors.not_emulated(f"SYSTEM$GET_TASK_GRAPH_CONFIG of the path '{path}'")
    found: Any = None if config is None else parse_config(config)
    for name, index, *quoted in (step.groups() for step in steps):
        if index is not None:
            found = found[int(index)] if isinstance(found, list) and int(index) < len(found) else None
        else:
            key = next(word for word in (name, *quoted) if word is not None)
            found = found.get(key) if isinstance(found, dict) else None
    return found if found is None or type(found) is str else _written(found)


def _written(value: Any) -> str:
    """JSON without gaps, its keys in their order and its numbers as they were written."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_written(name)}:{_written(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
