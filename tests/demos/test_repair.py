"""The Iceberg table changed by hand: verify shows the rows, status names the fault, repair brings them back."""

from dataclasses import asdict

import pytest

from demos.factset_etf_iceberg.names import COMMAND
from demos.factset_etf_iceberg.pipeline1_iceberg import ICEBERG
from demos.factset_etf_iceberg.repair import Origin, Repair, repair
from src.demo_kit.deployment import run
from src.demo_kit.session import Demo
from src.demo_kit.status import status
from src.demo_kit.streams import deployed
from src.demo_kit.verification import verify
from src.utils.errors import DemoError, Refused
from src.utils.hints import typed

from .conftest import make_provider
from .test_verification import ICEBERG_TABLE, STAGE

SOURCE = "ETF_DATA.PUBLIC.CONSTITUENTS"
CASH = "SECTOR = 'Cash' AND FUND_ID = 'SIM-ETF-0001'"
KEY = "SIM-ETF-0001 SIM_CASH_USD 2026-01-02"

# What somebody has done to the table, the kinds of rows that differ, and how each is shown.
CHANGED = {
    "a value changed": (
        [f"UPDATE {ICEBERG_TABLE} SET WEIGHT = WEIGHT + 1 WHERE {CASH}"],
        {"changed": 1},
        [(KEY, "WEIGHT", "0.500097", "1.500097")],
    ),
    "a value made NULL": (
        [f"UPDATE {ICEBERG_TABLE} SET INDUSTRY = NULL, COUNTRY = 'DE' WHERE {CASH}"],
        {"changed": 1},
        [(KEY, "INDUSTRY", "Cash", "NULL"), (KEY, "COUNTRY", "US", "DE")],
    ),
    "a row deleted": ([f"DELETE FROM {ICEBERG_TABLE} WHERE {CASH}"], {"missing": 1}, [(KEY, "rows", "1", "0")]),
    "a row added": (
        [f"INSERT INTO {ICEBERG_TABLE} (FUND_ID, WEIGHT) SELECT 'NEW', 1"],
        {"added": 1},
        [("NEW NULL NULL", "rows", "0", "1")],
    ),
    "a row doubled": (
        [f"INSERT INTO {ICEBERG_TABLE} SELECT * FROM {ICEBERG_TABLE} WHERE {CASH}"],
        {"doubled": 1},
        [(KEY, "rows", "1", "2")],
    ),
    "a row doubled with another value": (
        [f"INSERT INTO {ICEBERG_TABLE} SELECT * REPLACE (9 AS WEIGHT) FROM {ICEBERG_TABLE} WHERE {CASH}"],
        {"doubled": 1},
        [(KEY, "rows", "1", "2")],
    ),
    "a key changed": (
        [f"UPDATE {ICEBERG_TABLE} SET TICKER = 'OTHER' WHERE {CASH}"],
        {"missing": 1, "added": 1},
        [("SIM-ETF-0001 OTHER 2026-01-02", "rows", "0", "1"), (KEY, "rows", "1", "0")],
    ),
    "microseconds": (
        [f"UPDATE {ICEBERG_TABLE} SET LOAD_TIMESTAMP = DATEADD(microsecond, 1, LOAD_TIMESTAMP) WHERE {CASH}"],
        {"changed": 1},
        [(KEY, "LOAD_TIMESTAMP", "2026-01-02 06:00:00", "2026-01-02 06:00:00.000001")],
    ),
}
ORIGINS: tuple[Origin, ...] = ("source", "audit")


def repaired(demo: Demo, origin: Origin = "source") -> Repair:
    return repair(demo, deployed(demo), origin)


def faults(demo: Demo) -> list[str]:
    return [str(fault) for fault in status(demo).every_fault if "suspended" not in fault.what]


def broken(demo: Demo) -> list[str]:
    return [proof.title for proof in verify(demo) if not proof.holds]


def kinds(counts: dict[str, int]) -> dict[str, int]:
    return {kind: count for kind, count in counts.items() if count}


@pytest.mark.parametrize("case", CHANGED)
def test_what_was_changed_by_hand_is_shown_named_and_restored(proven: Demo, case: str) -> None:
    statements, expected_kinds, expected = CHANGED[case]
    for statement in statements:
        proven.ask(statement)
    [first] = ICEBERG.proofs(proven, deployed(proven))
    assert [tuple(asdict(one).values()) for one in first.differences.first] == expected
    assert kinds(dict(first.differences.kinds)) == expected_kinds
    done = repaired(proven)
    assert (kinds(dict(done.restored.kinds)), done.pending, done.is_whole) == (expected_kinds, 0, True)
    assert ICEBERG.proofs(proven, deployed(proven))[0].holds


@pytest.mark.parametrize("origin", ORIGINS)
def test_everything_at_once_is_restored_from_either(proven: Demo, origin: Origin) -> None:
    for number, case in enumerate(("a value changed", "a row deleted", "a row added", "a row doubled"), start=1):
        for statement in CHANGED[case][0]:
            proven.ask(statement.replace("SIM-ETF-0001", f"SIM-ETF-000{number}"))
    proven.ask(f"DELETE FROM {ICEBERG_TABLE} WHERE FUND_ID = 'SIM-ETF-0005'")
    done = repaired(proven, origin)
    assert done.restored.kinds == {"changed": 1, "missing": 201, "added": 1, "doubled": 1}
    assert (done.is_whole, broken(proven), faults(proven)) == (True, [], [])


def test_status_names_what_was_changed_by_hand(proven: Demo) -> None:
    proven.ask(f"UPDATE {ICEBERG_TABLE} SET COUNTRY = 'XX' WHERE SECTOR = 'Cash'")
    assert faults(proven) == [
        f"The Iceberg table differs from {SOURCE}, and nothing is pending: 5 changed. "
        f"Restore it: {typed(COMMAND)} repair"
    ]


def test_ten_rows_are_shown_and_how_many_more_there_are(proven: Demo) -> None:
    proven.ask(f"UPDATE {ICEBERG_TABLE} SET COUNTRY = 'XX' WHERE FUND_ID = 'SIM-ETF-0001'")
    [proof] = ICEBERG.proofs(proven, deployed(proven))
    lines = list(proof.lines())
    assert lines[0].startswith("FAIL  the Iceberg table equals the source: ")
    assert lines[1:3] == ["      SIM-ETF-0001 SIM0024 2026-01-02", "        COUNTRY  expected US, found XX"]
    assert (len(lines), lines[-1]) == (22, "      and 190 more rows")


def test_a_table_that_is_right_is_left_as_it_is(proven: Demo) -> None:
    [before] = proven.ask(f"SELECT MAX(LAST_UPDATED_TIMESTAMP) AS CHANGED FROM {ICEBERG_TABLE}")
    assert next(repaired(proven).lines()) == f"Nothing to restore: the Iceberg table has the rows of {SOURCE}."
    assert proven.ask(f"SELECT MAX(LAST_UPDATED_TIMESTAMP) AS CHANGED FROM {ICEBERG_TABLE}") == [before]


def test_what_is_pending_is_no_fault_and_the_task_finds_it_done_after_a_repair(proven: Demo) -> None:
    proven.ask(f"UPDATE {SOURCE} SET SHARES = SHARES + 1 WHERE SECTOR = 'Cash'")
    proven.ask(f"DELETE FROM {SOURCE} WHERE FUND_ID = 'SIM-ETF-0005' AND SECTOR <> 'Cash'")
    assert faults(proven) == []
    done = repaired(proven)
    assert (done.restored.count, done.pending, done.is_whole) == (204, 209, True)
    run(proven)
    assert (broken(proven), faults(proven)) == ([], [])


def test_a_change_that_cannot_be_written_undoes_all_of_it(demo: Demo) -> None:
    from src.demo_kit.deployment import deploy

    from .conftest import suspend_tasks

    make_provider(demo)
    deploy(demo)
    suspend_tasks(demo)
    run(demo)
    demo.ask(f"INSERT INTO {ICEBERG_TABLE} SELECT * FROM {ICEBERG_TABLE}")
    demo.ask(f"INSERT INTO {SOURCE} (FUND_ID, WEIGHT) SELECT 'F1', {10**15}")
    with pytest.raises(DemoError):
        repaired(demo)
    [row] = demo.ask(f"SELECT COUNT(*) AS ROW_COUNT FROM {ICEBERG_TABLE}")
    assert row["ROW_COUNT"] == 2


def test_the_audit_files_restore_nothing_while_they_lack_changes(proven: Demo) -> None:
    proven.ask(f"UPDATE {SOURCE} SET SHARES = SHARES + 1 WHERE SECTOR = 'Cash'")
    with pytest.raises(Refused) as caught:
        repaired(proven, "audit")
    assert str(caught.value) == (
        f"Nothing was restored: the audit files lack 10 rows that are pending. Run: {typed(COMMAND)} run --pipelines 2"
    )


def test_without_the_source_the_audit_files_restore_what_they_tell(proven: Demo) -> None:
    proven.ask(f"DELETE FROM {ICEBERG_TABLE} WHERE FUND_ID = 'SIM-ETF-0003'")
    proven.ask("DROP DATABASE ETF_DATA")
    with pytest.raises(DemoError, match=rf"^Nothing was restored: .* {typed(COMMAND)} repair --from audit$"):
        repaired(proven)
    assert repaired(proven, "audit").restored.kinds["missing"] == 200
    assert proven.ask(f"SELECT COUNT(*) AS ROW_COUNT FROM {ICEBERG_TABLE}") == [{"ROW_COUNT": 1000}]


AUDIT_DAMAGE = {
    "missing": (f"REMOVE {STAGE}/constituents/", "do not rebuild the source: 1,000 missing"),
    "written twice": (
        f"COPY INTO {STAGE}/constituents/again/ FROM (SELECT $1:OP_TYPE::VARCHAR AS OP_TYPE, $1:ROW_IMAGE::VARCHAR AS"
        " ROW_IMAGE, $1:SOURCE_ROW_ID::VARCHAR AS SOURCE_ROW_ID, $1:BATCH_ID::VARCHAR AS BATCH_ID,"
        " $1:PROCESSED_TS::TIMESTAMP_NTZ AS PROCESSED_TS, $1:FUND_ID::VARCHAR AS FUND_ID"
        f" FROM {STAGE}/constituents/ (FILE_FORMAT => 'DATA_ENG_DEMO.FACTSET.AUDIT_FORMAT'))"
        " FILE_FORMAT = (TYPE = PARQUET) HEADER = TRUE INCLUDE_QUERY_ID = TRUE",
        "tell 1,005 changes twice",
    ),
}


@pytest.mark.parametrize("damage", AUDIT_DAMAGE)
def test_repair_says_that_damaged_audit_files_cannot_be_restored(proven: Demo, damage: str) -> None:
    statement, said = AUDIT_DAMAGE[damage]
    proven.ask(statement)
    proven.ask(f"DELETE FROM {ICEBERG_TABLE} WHERE {CASH}")
    done = repaired(proven)
    assert (done.restored.kinds["missing"], done.proof.holds, done.is_whole) == (1, True, False)
    [lost] = done.lost
    assert said in lost.what
    assert lost.mend.endswith(f"{typed(COMMAND)} cleanup --pipelines 2, then {typed(COMMAND)} deploy --pipelines 2")
    with pytest.raises(Refused, match=r"^Nothing was restored: the audit files have been changed, or some are missing"):
        repaired(proven, "audit")


def test_repair_says_that_audit_files_which_cannot_be_read_cannot_be_restored(proven: Demo) -> None:
    proven.ask("DROP STAGE DATA_ENG_DEMO.FACTSET.FACTSET_ETF_STAGE")
    [lost] = repaired(proven).lost
    assert lost.what.startswith("the audit files cannot be read: ")
    assert lost.mend.endswith(f"{typed(COMMAND)} deploy --pipelines 2")


def test_a_table_that_is_gone_is_made_again_by_deploy(proven: Demo) -> None:
    proven.ask(f"DROP TABLE {ICEBERG_TABLE}")
    with pytest.raises(DemoError, match=rf"^Nothing was restored: .* {typed(COMMAND)} deploy --pipelines 1$"):
        repaired(proven)
