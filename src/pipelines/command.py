"""The work of python -m src.pipelines: a person's own files, from the disk to a checked table."""

import dataclasses
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from src.config import DemoConfig
from src.config.checks import is_plain_identifier
from src.utils.command import session_for, show, warehouse_for
from src.utils.documents import json_document
from src.utils.errors import InputError
from src.utils.logging_utils import set_up_logging, tell
from src.utils.needs import Need
from src.utils.options import Where
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
from .transformation import Measure
from .validation import EXIT_FAILED, as_json, as_text

ANALYTICS = "ANALYTICS"


def own_table(config: DemoConfig, schema: str, name: str) -> str:
    """The table as SQL writes it, in this schema if the name says none. Raises InputError for what is no name."""
    parts = name.upper().split(".")
    if len(parts) > 2 or not all(map(is_plain_identifier, parts)):
        raise InputError(f'"{name}" is no table. Pass TABLE or SCHEMA.TABLE, of letters, digits and _.')
    return qualified(config.database.name, *([schema] if len(parts) == 1 else []), *parts)


def load(
    config: DemoConfig,
    where: Where,
    output: str,
    *,
    files: tuple[Path, ...],
    check_file: Path | None,
    threshold: float | None,
    log_format: Any,
    **options: Any,
) -> int:
    """What it gives is the exit code, as curate and check do."""
    if log_format:
        set_up_logging(log_format, sys.stderr)
    checks = tuple(read_checks(check_file)) if check_file else ()
    wanted = _wanted(files, checks, config.operations.failure_threshold if threshold is None else threshold, **options)
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


def curate(config: DemoConfig, where: Where, output: str, *, table: str, **options: Any) -> int:
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


def check(
    config: DemoConfig,
    where: Where,
    output: str,
    *,
    table: str,
    check_file: Path,
    key: tuple[str, ...],
    threshold: float | None,
) -> int:
    checks = read_checks(check_file)
    name = own_table(config, CURATED, table)
    part = config.operations.failure_threshold if threshold is None else threshold
    with session_for(config, where, warehouse_for(config, "ANALYTICS_WH")) as (session, _):
        report = validation.validate(session, name, checks, key=tuple(map(str.upper, key)), threshold=part)
    say(json_document(as_json(report)) if output == "json" else as_text(report), sys.stdout, fold=output != "json")
    return report.exit_code


def summarise(
    config: DemoConfig,
    where: Where,
    output: str,
    *,
    table: str,
    by: tuple[str, ...],
    measures: tuple[Measure, ...],
    into: str | None,
) -> None:
    keys = [one.upper() for one in by]
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
