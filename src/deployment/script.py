"""The exact SQL of a mode as a script: what --dry-run prints and sql/ holds."""

from collections import defaultdict

from src.config import DemoConfig

from .inspection import probes, probes_for_ours
from .steps import DROPS, batches


def script(mode: str, config: DemoConfig) -> str:
    """The statements that the mode sends to an account that has nothing (full, quick), or everything (cleanup)."""
    if mode == "validate":
        return _joined(f"Looks at {config.database.name}; changes nothing.", [[probe.sql for probe in probes(config)]])
    if mode == "cleanup":
        title = f"Removes {config.database.name}: whatever carries its stamp, here by the names of the configuration."
    else:
        title = f"Sets up {config.database.name} ({mode}). What is there already and as configured is not sent."
    return _joined(title, _changes(mode, config))


def waves(mode: str, config: DemoConfig) -> list[list[str]]:
    """The same, with the looks before and after, wave by wave as it is sent."""
    shown = [probe.sql for probe in (probes_for_ours(config) if mode == "cleanup" else probes(config))]
    changes = [] if mode == "validate" else [group for group in _changes(mode, config) if group]
    return [shown, *changes, shown] if changes else [shown]


def _changes(mode: str, config: DemoConfig) -> list[list[str]]:
    desired = batches(config)
    if mode != "cleanup":
        return [[statement.sql for statement in batch] for batch in desired]
    names = defaultdict(list)
    for kind, name in (statement.key for batch in desired for statement in batch):
        names[kind].append(name)
    # What is in a database goes with it.
    drops = [[kind for kind in kinds if kind.is_account_level] for kinds in DROPS]
    return [[kind.drop(name).sql for kind in kinds for name in names[kind.name]] for kinds in drops if kinds]


def _joined(title: str, groups: list[list[str]]) -> str:
    blocks = [f"-- {title}"]
    for number, group in enumerate(groups, start=1):
        if group:
            blocks.append(f"-- Batch {number}: {len(group)} statements at once")
            blocks.extend(f"{sql};" for sql in group)
    return "\n\n".join(blocks) + "\n"
