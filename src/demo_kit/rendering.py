"""A demo's SQL files as they are sent, for a worksheet or for Snowflake CLI."""

import shlex
from pathlib import Path

from src.config import DemoConfig

from .manifest import Manifest


def values(manifest: Manifest, config: DemoConfig, source: str) -> dict[str, str | int]:
    """Everything that the files' names stand for, with the options of commands at their defaults."""
    return {**manifest.variables(config, manifest.sources.example(config, source)), **manifest.examples}


def defines(manifest: Manifest, config: DemoConfig, source: str) -> str:
    """The same as options of `snow sql`, with the parts of the files, one a line."""
    shown = manifest.sql.with_parts(values(manifest, config, source))
    return "".join(f"-D {shlex.quote(f'{name}={on_one_line(value)}')}\n" for name, value in shown.items())


def on_one_line(value: str | int) -> str | int:
    """A part of the files as one line; it has no comments, which would not end then."""
    return " ".join(value.split()) if isinstance(value, str) and "\n" in value else value


def rendered(manifest: Manifest, config: DemoConfig, source: str, file: str | None, directory: Path | None) -> str:
    """One file's text or all of them; with a directory, writes them there and says where. Raises ValueError."""
    sql = manifest.sql
    wanted = [file.removesuffix(".sql")] if file else list(sql.names)
    if unknown := [name for name in wanted if name not in sql.names]:
        raise ValueError(f"There is no file {unknown[0]}. Files: {', '.join(sql.names)}.")
    texts = {name: sql.render(name, values(manifest, config, source)) for name in wanted}
    if directory is None:
        return "\n".join(texts.values())
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (directory / f"{name}.sql").write_text(text, encoding="utf-8")
    return "".join(f"{directory / name}.sql\n" for name in texts)
