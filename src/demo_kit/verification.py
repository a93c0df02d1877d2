"""Proves a demo: what the pipelines made against the source, and what takes all of them."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from src.utils.arguments import checked
from src.utils.queries import Row

from .manifest import Difference, Differences, Pipeline, Proof, Source
from .session import Demo, rows_of
from .streams import deployed, find_streams


@checked
def verify(demo: Demo, done: Callable[[Proof], object] = lambda proof: None) -> list[Proof]:
    """The proofs of each pipeline, then those of all together; where those are not to be had, that nothing is pending.

    `done` hears of each when it is there. Raises DemoError if one cannot be carried out.
    """
    proofs = []
    for proof in _proofs(demo):
        done(proof)
        proofs.append(proof)
    return proofs


def _proofs(demo: Demo) -> Iterator[Proof]:
    source = deployed(demo)
    streams = {row["name"] for row in find_streams(demo)}
    present = [pipeline for pipeline in demo.manifest.pipelines if pipeline.stream in streams]
    demo.use_looking_warehouse()
    for pipeline in present:
        demo.doing(f"the proofs of pipeline {demo.number(pipeline)} ({pipeline.title})")
        yield from pipeline.proofs(demo, source)
    if demo.manifest.proofs and len(present) == len(demo.manifest.pipelines):
        yield from (prove(demo, source) for prove in demo.manifest.proofs)
    else:
        yield from (_its_stream_is_empty(demo, source, pipeline) for pipeline in present)


def _its_stream_is_empty(demo: Demo, source: Source, pipeline: Pipeline) -> Proof:
    [row] = rows_of(pipeline.pending(demo, source))
    pending = int(row["PENDING"])
    left_out = "; the other pipeline is not deployed, and what it takes both for is left out"
    compared = f"{pending:,} pending{left_out if demo.manifest.proofs else ''}"
    return Proof(f"the stream of pipeline {demo.number(pipeline)} is empty", not pending, compared)


def same_rows(title: str, source: Source, row: Row, made: str, differing: Callable[[], Differences]) -> Proof:
    """Whether what a pipeline has made has as many rows as the source, and the same ones, by their hash.

    Only where it has not, it is asked what differs.
    """
    expected = (int(row["EXPECTED_ROWS"]), row["EXPECTED_HASH"])
    found = (int(row["FOUND_ROWS"]), row["FOUND_HASH"])
    compared = f"{source.table} {expected[0]:,} rows, hash {expected[1]}; {made} {found[0]:,} rows, hash {found[1]}"
    return Proof(title, True, compared) if expected == found else Proof(title, False, compared, differing())


# What a query of differing rows says of each, beside the columns of the row itself.
_KINDS = ("CHANGED", "MISSING", "ADDED", "DOUBLED")
_MARKS = ("SIDE", "COPIES", "PLACE", "NTH", "KIND", *_KINDS)


def differences(rows: Sequence[Row], key: Sequence[str]) -> Differences:
    """What differs, of a query that answers with rows by their PLACE, marked by SIDE as EXPECTED or FOUND.

    COPIES is how often the row's key is there, and CHANGED, MISSING, ADDED and DOUBLED how many keys there are of each
    kind, in every row.
    """
    first = [one for _, of_key in groupby(rows, lambda row: row["PLACE"]) for one in _differing(list(of_key), key)]
    return Differences(tuple(first), {kind.lower(): int(rows[0][kind]) if rows else 0 for kind in _KINDS})


def _differing(rows: Sequence[Row], key: Sequence[str]) -> Iterator[Difference]:
    name = " ".join(_shown(rows[0][column]) for column in key)
    sides = {side: [row for row in rows if row["SIDE"] == side] for side in ("EXPECTED", "FOUND")}
    if rows[0]["KIND"] != "CHANGED":
        counts = {side: str(of_side[0]["COPIES"] if of_side else 0) for side, of_side in sides.items()}
        yield Difference(name, "rows", counts["EXPECTED"], counts["FOUND"])
        return
    [expected], [found] = sides.values()
    for column in expected:
        if column not in _MARKS and expected[column] != found[column]:
            yield Difference(name, column, _shown(expected[column]), _shown(found[column]))


def _shown(value: object) -> str:
    return "NULL" if value is None else str(value)
