"""Proves a demo: what the pipelines made against the source, and what takes all of them."""

from src.utils.queries import Row

from .manifest import Pipeline, Proof, Source
from .session import Demo, rows_of
from .streams import deployed, find_streams


def verify(demo: Demo) -> list[Proof]:
    """The proofs of each pipeline, then those of all together; where those are not to be had, that nothing is pending.

    Raises DemoError if one cannot be carried out.
    """
    source = deployed(demo)
    streams = {row["name"] for row in find_streams(demo)}
    present = [pipeline for pipeline in demo.manifest.pipelines if pipeline.stream in streams]
    demo.use_looking_warehouse()
    proofs = [proof for pipeline in present for proof in pipeline.proofs(demo, source)]
    if demo.manifest.proofs and len(present) == len(demo.manifest.pipelines):
        return [*proofs, *(prove(demo, source) for prove in demo.manifest.proofs)]
    return [*proofs, *(_its_stream_is_empty(demo, source, pipeline) for pipeline in present)]


def _its_stream_is_empty(demo: Demo, source: Source, pipeline: Pipeline) -> Proof:
    [row] = rows_of(pipeline.pending(demo, source))
    pending = int(row["PENDING"])
    left_out = "; the other pipeline is not deployed, and what it takes both for is left out"
    compared = f"{pending:,} pending{left_out if demo.manifest.proofs else ''}"
    return Proof(f"the stream of pipeline {demo.number(pipeline)} is empty", not pending, compared)


def same_rows(title: str, source: Source, row: Row, made: str) -> Proof:
    """Whether what a pipeline has made has as many rows as the source, and the same ones, by their hash."""
    expected = (int(row["EXPECTED_ROWS"]), row["EXPECTED_HASH"])
    found = (int(row["FOUND_ROWS"]), row["FOUND_HASH"])
    compared = f"{source.table} {expected[0]:,} rows, hash {expected[1]}; {made} {found[0]:,} rows, hash {found[1]}"
    return Proof(title, expected == found, compared)
