"""python -m src.pipelines: a person's own files, from the disk to a checked table."""

import dataclasses
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

import click

from src.config import DemoConfig
from src.config.checks import is_plain_identifier
from src.utils.command_line import connecting, session_for, show, warehouse_for
from src.utils.documents import json_document
from src.utils.errors import InputError
from src.utils.logging_utils import set_up_logging, tell
from src.utils.needs import Need
from src.utils.options import Group, Where
from src.utils.queries import QueryFailed, explained, rows
from src.utils.sql import identifier, qualified
from src.utils.terminal import say

from . import curation, transformation, validation
from .check_files import read_checks
from .curation import Curated, Curation
from .ingestion import LoadedFile, PutFile
from .landing import is_untyped, refuse_newest_without_key
from .own_files import CURATED, RAW, Outcome, OwnFiles, load_own_files
from .places import lines_left_out, places
from .transformation import Function, Measure
from .validation import EXIT_FAILED, as_json, as_text

ANALYTICS = "ANALYTICS"
ON_ERROR = ("ABORT_STATEMENT", "CONTINUE", "SKIP_FILE")


@dataclass(frozen=True)
class Settings:
    """What the command is run with; `threshold` is the part of the rows that may fail a check."""

    config: DemoConfig
    threshold: float = 0.0

    @classmethod
    def of(cls, config: DemoConfig) -> "Settings":
        return cls(config, config.operations.failure_threshold)


class _MeasureType(click.ParamType["Measure"]):
    """A measure, as in `TOTAL=sum(AMOUNT)`."""

    name = "NAME=FUNCTION(COLUMN)"
    _FORM = re.compile(r"\s*(\w+)\s*=\s*(\w+)\s*\(\s*(\w+)\s*\)\s*")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Measure:
        if isinstance(value, Measure):
            return value
        match = self._FORM.fullmatch(value)
        function = match[2].lower() if match else ""
        if match is None or function not in get_args(Function):
            self.fail(f"{value!r} is no measure. Pass {self.name}, of {', '.join(get_args(Function))}.", param, ctx)
        return Measure(match[1].upper(), cast(Function, function), match[3].upper())


def own_table(config: DemoConfig, schema: str, name: str) -> str:
    """The table as SQL writes it, in this schema if the name says none. Raises InputError for what is no name."""
    parts = name.upper().split(".")
    if len(parts) > 2 or not all(map(is_plain_identifier, parts)):
        raise InputError(f'"{name}" is no table. Pass TABLE or SCHEMA.TABLE, of letters, digits and _.')
    return qualified(config.database.name, *([schema] if len(parts) == 1 else []), *parts)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Load files of your own, curate, check and summarise them."""


_key = click.option("--key", multiple=True, metavar="COLUMN", help="A column of the key; may be repeated.")
_newest = click.option("--newest", metavar="COLUMN", help="The timestamp that decides between rows of one key.")
_trim = click.option("--trim", is_flag=True, help="Take the space around texts away.")
_retype = click.option("--retype", is_flag=True, help="Decide the curated columns' types anew, over all rows.")
_threshold = click.option(
    "--threshold", type=click.FloatRange(0, 1), help="The part of the rows that may fail a check."
)


@main.command(
    examples=["orders.csv --table ORDERS --key ORDER_ID", "orders.csv --table ORDERS --check checks.toml --json"]
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--table", required=True, metavar="TABLE", help="The table's name, in RAW_DATA and in CURATED.")
@_key
@_newest
@click.option("--check", "check_file", type=click.Path(path_type=Path), metavar="FILE.toml", help="The checks to run.")
@_threshold
@click.option(
    "--on-error", type=click.Choice(ON_ERROR), default=ON_ERROR[0], show_default=True, help="As in COPY INTO."
)
@click.option("--schema-evolution", is_flag=True, help="Let later files add columns.")
@_trim
@_retype
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
    warehouse = warehouse_for(config, "LOAD_WH")
    needed = [Need("USAGE", "WAREHOUSE", identifier(warehouse)), *wanted.needs(config)]
    with session_for(config, where, warehouse, ("load", needed)) as (session, _), _own_advice():
        outcome = load_own_files(session, config, wanted, progress=_progress(files))
    text = json_document(_document(outcome)) if output == "json" else _text(outcome, files)
    say(text, sys.stdout, fold=output != "json")
    return outcome.exit_code


def _wanted(files: tuple[Path, ...], checks: tuple[Any, ...], threshold: float, **options: Any) -> OwnFiles:
    key, newest = _key_and_newest(options)
    table = options.pop("table").upper()
    return OwnFiles(files, table, key, newest, checks, threshold, **options)


def _key_and_newest(options: dict[str, Any]) -> tuple[tuple[str, ...], str | None]:
    """Taken out of the options, as the tables' columns are called."""
    newest = options.pop("newest")
    return tuple(map(str.upper, options.pop("key"))), newest.upper() if newest else None


_ADVICE = re.compile(r"If you would like to continue loading when an error .*", re.DOTALL)


@contextmanager
def _own_advice() -> Iterator[None]:
    """Names the command's own option where Snowflake names one of its statement."""
    try:
        yield
    except QueryFailed as error:
        own = "Correct the file, or leave such records out with --on-error CONTINUE, such files with SKIP_FILE."
        raise QueryFailed(_ADVICE.sub(own, str(error)), error.errno) from error


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
            *(line for one in outcome.loaded.files if one.errors for line in _faults(one, outcome, files)),
            _curated(curated),
            *places(curated, files),
            as_text(outcome.validation),
        ]
    )


def _faults(file: LoadedFile, outcome: Outcome, files: Sequence[Path]) -> Iterator[str]:
    yield f"          {file.file}, line {file.line}: {file.first_error}"
    for left in outcome.left_out:
        if left.file == file.file:
            yield from lines_left_out(left, file, files)


def _curated(curated: Curated) -> str:
    return (
        f"curated   {curated.kept:,} of {curated.read:,} rows, {curated.duplicates:,} duplicates, "
        f"{curated.rejected:,} rejected (see {curated.target}_REJECTED)"
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
        "left_out": [vars(one) for one in outcome.left_out],
        "curated": dataclasses.asdict(outcome.curated),
        "validation": as_json(outcome.validation),
    }


@main.command(examples=["ORDERS --key ORDER_ID --newest UPDATED_AT"])
@click.argument("table")
@_key
@_newest
@_trim
@_retype
@connecting
@click.pass_obj
def curate(settings: Settings, /, table: str, where: Where, output: str, **options: Any) -> int:
    """Type and deduplicate the rows of RAW_DATA.TABLE into CURATED.TABLE, as load does.

    Exit codes: 0 done, 1 failed or no row was kept, 2 usage, 130 interrupted.
    """
    config = where.of(settings.config)
    if "." in table:
        raise InputError(f'"{table}" names a schema. Pass the name alone: the rows go from {RAW} to {CURATED}.')
    raw, curated = own_table(config, RAW, table), own_table(config, CURATED, table)
    key, newest = _key_and_newest(options)
    refuse_newest_without_key(key, newest)
    with session_for(config, where, warehouse_for(config, "XFORM_WH")) as (session, _):
        decide = is_untyped(session, raw)
        made = curation.curate(session, Curation(raw, curated, key, newest, decide=decide, **options))
    if output == "json":
        say(json_document(dataclasses.asdict(made)), sys.stdout, fold=False)
    else:
        say("\n".join([_curated(made), *places(made, ())]), sys.stdout)
    return EXIT_FAILED if made.read and not made.kept else 0


@main.command(examples=["ORDERS --check checks.toml --key ORDER_ID"])
@click.argument("table", metavar="[SCHEMA.]TABLE")
@click.option(
    "--check",
    "check_file",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="The checks to run.",
)
@_key
@_threshold
@connecting
@click.pass_obj
def check(
    settings: Settings,
    /,
    table: str,
    check_file: Path,
    key: tuple[str, ...],
    threshold: float | None,
    where: Where,
    output: str,
) -> int:
    """Run the checks of a file on a table, of CURATED where no schema is named.

    Exit codes: 0 all hold, 1 failed or a check failed, 2 usage, 130 interrupted.
    """
    config, checks = where.of(settings.config), read_checks(check_file)
    name = own_table(config, CURATED, table)
    part = settings.threshold if threshold is None else threshold
    with session_for(config, where, warehouse_for(config, "ANALYTICS_WH")) as (session, _):
        report = validation.validate(session, name, checks, key=tuple(map(str.upper, key)), threshold=part)
    say(json_document(as_json(report)) if output == "json" else as_text(report), sys.stdout, fold=output != "json")
    return report.exit_code


@main.command(examples=["ORDERS --by CUSTOMER --measure 'TOTAL=sum(AMOUNT)'"])
@click.argument("table", metavar="[SCHEMA.]TABLE")
@click.option("--by", multiple=True, required=True, metavar="COLUMN", help="A column to group by; may be repeated.")
@click.option(
    "--measure",
    "measures",
    multiple=True,
    required=True,
    type=_MeasureType(),
    help="What to make of each group: sum, avg, min, max, count or count_distinct; may be repeated.",
)
@click.option("--into", metavar="TABLE", help="Make the rows those of ANALYTICS.TABLE, instead of showing them.")
@connecting
@click.pass_obj
def summarise(
    settings: Settings,
    /,
    table: str,
    by: tuple[str, ...],
    measures: tuple[Measure, ...],
    into: str | None,
    where: Where,
    output: str,
) -> None:
    """Sum a table up, of CURATED where no schema is named: a row for each group, shown or kept in ANALYTICS.

    Exit codes: 0 done, 1 failed, 2 usage, 130 interrupted.
    """
    config, keys = where.of(settings.config), [one.upper() for one in by]
    name = own_table(config, CURATED, table)
    target = own_table(config, ANALYTICS, into) if into else ""
    with session_for(config, where, warehouse_for(config, "XFORM_WH")) as (session, _):
        with explained():
            frame = transformation.summarise(session.table(name), keys, measures)
            sql = transformation.sql_of(frame.sort(*map(identifier, keys)))
        if not target:
            show(rows(session, sql), output)
            return
        merged = transformation.store(session, frame, target, keys)
    if output == "json":
        say(json_document({"table": target, **dataclasses.asdict(merged)}), sys.stdout, fold=False)
    else:
        counts = f"{merged.inserted:,} inserted, {merged.updated:,} updated, {merged.deleted:,} deleted"
        say(f"{target}: {counts}", sys.stdout)
