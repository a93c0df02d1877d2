"""The one order in which things happen to a statement that DuckDB runs."""

from src.emulator.pipeline.stages import READING, STAGES


def test_the_stages_of_a_statement_are_one_list_that_every_use_goes_to_the_end_of() -> None:
    assert [stage.__name__ for stage in STAGES] == [
        "check",
        "refuse_changes",
        "commit_before",
        "hold_definition",
        "note_types",
        "answer",
        "check_names",
        "prepare",
        "require_warehouse",
        "resolve",
        "bind",
        "require_current",
        "begin_change",
        "resolve_reads",
    ]
    first, *rest = STAGES
    assert (first, *rest[8:]) == READING
