"""The exact SQL of a mode as a script: what --dry-run prints and sql/ holds."""

from src.config import DemoConfig

from .cleanup import KINDS
from .inspection import looks, looks_for_ours
from .steps import batches


def script(mode: str, config: DemoConfig) -> str:
    """The statements that the mode sends to an account that has nothing (full, quick), or everything (cleanup)."""
    if mode == "validate":
        return _joined(f"Looks at {config.database.name}; changes nothing.", [[look.sql for look in looks(config)]])
    if mode == "cleanup":
        title = f"Removes {config.database.name}: whatever carries its stamp, here by the names of the configuration."
    else:
        title = f"Sets up {config.database.name} ({mode}). What is there already and as configured is not sent."
    return _joined(title, _changes(mode, config))


def waves(mode: str, config: DemoConfig) -> list[list[str]]:
    """The same, with the looks before and after, wave by wave as it is sent."""
    found = [look.sql for look in (looks_for_ours(config) if mode == "cleanup" else looks(config))]
    changes = [] if mode == "validate" else [group for group in _changes(mode, config) if group]
    return [found, *changes, found] if changes else [found]


def _changes(mode: str, config: DemoConfig) -> list[list[str]]:
    if mode == "cleanup":
        return _drops(config)
    return [[statement.sql for statement in batch] for batch in batches(config)]


def _joined(title: str, groups: list[list[str]]) -> str:
    blocks = [f"-- {title}"]
    for number, group in enumerate(groups, start=1):
        if group:
            blocks.append(f"-- Batch {number}: {len(group)} statements at once")
            blocks.extend(f"{sql};" for sql in group)
    return "\n\n".join(blocks) + "\n"


def _drops(config: DemoConfig) -> list[list[str]]:
    named = [statement for batch in batches(config) for statement in batch]
    return [
        [
            f"DROP {statement.kind} IF EXISTS {statement.name}"
            for kind in kinds
            for statement in named
            if statement.kind == kind
        ]
        for kinds in KINDS
    ]
