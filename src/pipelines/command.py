"""python -m src.pipelines: a person's own files, from the disk to a checked table."""

import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from src.config import DemoConfig
from src.utils.command_line import connecting, session_for, warehouse_for
from src.utils.logging_utils import set_up_logging, tell
from src.utils.options import Where
from src.utils.terminal import say

from .check_files import read_checks
from .ingestion import PutFile
from .own_files import Outcome, OwnFiles, load_own_files
from .places import places
from .validation import as_json, as_text

ON_ERROR = ("ABORT_STATEMENT", "CONTINUE", "SKIP_FILE")


@dataclass(frozen=True)
class Settings:
    """What the command is run with; `threshold` is the part of the rows that may fail a check."""

    config: DemoConfig
    threshold: float = 0.0


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Load files of your own, curate and check them."""


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--table", required=True, metavar="TABLE", help="The table's name, in RAW_DATA and in CURATED.")
@click.option("--key", multiple=True, metavar="COLUMN", help="A column of the key; may be repeated.")
@click.option("--newest", metavar="COLUMN", help="The timestamp that decides between rows of one key.")
@click.option("--check", "check_file", type=click.Path(path_type=Path), metavar="FILE.toml", help="The checks to run.")
@click.option("--threshold", type=click.FloatRange(0, 1), help="The part of the rows that may fail a check.")
@click.option(
    "--on-error", type=click.Choice(ON_ERROR), default=ON_ERROR[0], show_default=True, help="As in COPY INTO."
)
@click.option("--schema-evolution", is_flag=True, help="Let later files add columns.")
@click.option("--trim", is_flag=True, help="Take the space around texts away.")
@click.option("--retype", is_flag=True, help="Decide the curated columns' types anew, over all rows.")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="Log the steps on stderr.")
@connecting
@click.pass_obj
def load(
    settings: Settings,
    /,
    files: tuple[Path, ...],
    check_file: Path | None,
    threshold: float | None,
    log_format: Any,
    where: Where,
    output: str,
    **options: Any,
) -> int:
    """Put FILEs on a stage, make a table of them, load, curate, check, and report.

    Exit codes: 0 done, 1 failed or a check failed, 2 usage, 130 interrupted.
    """
    if log_format:
        set_up_logging(log_format, sys.stderr)
    config = where.of(settings.config)
    checks = tuple(read_checks(check_file)) if check_file else ()
    wanted = _wanted(files, checks, settings.threshold if threshold is None else threshold, **options)
    with session_for(config, where, warehouse_for(config, "LOAD_WH")) as (session, _):
        outcome = load_own_files(session, config, wanted, progress=_progress(files))
    text = json.dumps(_document(outcome), default=str, indent=2) if output == "json" else _text(outcome, files)
    say(text, sys.stdout, fold=output != "json")
    return outcome.exit_code


def _wanted(files: tuple[Path, ...], checks: tuple[Any, ...], threshold: float, **options: Any) -> OwnFiles:
    newest = options.pop("newest")
    key = tuple(column.upper() for column in options.pop("key"))
    table = options.pop("table").upper()
    return OwnFiles(files, table, key, newest.upper() if newest else None, checks, threshold, **options)


def _progress(files: Sequence[Path]) -> Callable[[PutFile], None]:
    """Tells how much of the files is put."""
    size, sent = sum(file.stat().st_size for file in files if file.is_file()), 0

    def heard(put: PutFile) -> None:
        nonlocal sent
        sent += put.size
        tell(f"put: {sent:,} of {size:,} bytes")

    return heard


def _text(outcome: Outcome, files: Sequence[Path]) -> str:
    skipped = sum(one.skipped for one in outcome.staged)
    curated = outcome.curated
    return "\n".join(
        [
            f"staged    {len(outcome.staged) - skipped} files, {skipped} were there",
            *(
                f"          {one.file.name} was there with other content: what was loaded from it stays"
                for one in outcome.staged
                if one.replaced
            ),
            f"table     {outcome.loaded.table} {'created' if outcome.created else 'was there'}",
            f"loaded    {outcome.loaded.rows_loaded:,} rows of {len(outcome.loaded.files)} files, "
            f"{outcome.loaded.errors:,} errors",
            *(
                f"          {one.file}, line {one.line}: {one.first_error}"
                for one in outcome.loaded.files
                if one.errors
            ),
            f"curated   {curated.kept:,} of {curated.read:,} rows, {curated.duplicates:,} duplicates, "
            f"{curated.rejected:,} rejected (see {curated.target}_REJECTED)",
            *places(outcome, files),
            as_text(outcome.validation),
        ]
    )


def _document(outcome: Outcome) -> dict[str, Any]:
    return {
        "table": outcome.table,
        "staged": [
            {"file": str(one.file), "size": one.size, "skipped": one.skipped, "replaced": one.replaced}
            for one in outcome.staged
        ],
        "created": outcome.created,
        "loaded": [vars(one) for one in outcome.loaded.files],
        "curated": dataclasses.asdict(outcome.curated),
        "validation": as_json(outcome.validation),
    }
