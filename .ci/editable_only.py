"""Refuses to build a wheel: it would put `src`, `demos` and `config` among a user's own modules."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MESSAGE = (
    "data-eng-demo runs from its clone, where config.py is edited, and is not installed as a copy. "
    "Run in the clone: make full; or: python -m pip install -c constraints.txt -e '.[local]'"
)


class EditableOnly(BuildHookInterface):
    """What `pip install .` meets; `pip install -e .` passes."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            self.app.abort(MESSAGE)
