"""The SQL files as they are sent, for a worksheet or for Snowflake CLI."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from src.config import DemoConfig

from .names import mirror_table, provided_table, simulated_table, variables
from .settings import FactsetDemo
from .templates import FILES, render

# What an option of a command fills in, where there is no command.
OPTIONS: Mapping[str, int] = {"rows": 1000, "seed": 1, "adds": 10, "updates": 50, "deletes": 5, "rekeys": 3}


def values(config: DemoConfig, source: str) -> dict[str, str | int]:
    """Everything that the files' names stand for, with the options at their defaults."""
    demo = FactsetDemo.of(config)
    followed = {"share": provided_table, "mirror": mirror_table, "simulated": simulated_table}[source](config)
    database = demo.simulated_database if source == "simulated" else demo.source_database
    return {**variables(config, source_database=database, followed_table=followed), **OPTIONS}


def defines(config: DemoConfig, source: str) -> str:
    """The same as options of `snow sql`, one a line."""
    return "".join(f"-D {shlex.quote(f'{name}={value}')}\n" for name, value in values(config, source).items())


def rendered(config: DemoConfig, source: str, file: str | None, directory: Path | None) -> str:
    """One file's text or all of them; with a directory, writes them there and says where. Raises ValueError."""
    wanted = [file.removesuffix(".sql")] if file else list(FILES)
    if unknown := [name for name in wanted if name not in FILES]:
        raise ValueError(f"There is no file {unknown[0]}. Files: {', '.join(FILES)}.")
    texts = {name: render(name, values(config, source)) for name in wanted}
    if directory is None:
        return "\n".join(texts.values())
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (directory / f"{name}.sql").write_text(text, encoding="utf-8")
    return "".join(f"{directory / name}.sql\n" for name in texts)
