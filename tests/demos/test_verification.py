"""The proofs fail when they should: each one on what it is there to find."""

import pytest

from demos.factset_etf_iceberg.pipeline2_parquet import AUDIT
from src.demo_kit.deployment import run
from src.demo_kit.session import Demo
from src.demo_kit.verification import verify

ICEBERG_TABLE = "DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG"
STAGE = "@DATA_ENG_DEMO.FACTSET.FACTSET_ETF_STAGE"
TITLES = [
    "the Iceberg table equals the source",
    "the audit files alone rebuild the source",
    "every change was consumed exactly once",
    "both streams are empty",
]


def broken(demo: Demo) -> list[str]:
    return [proof.title for proof in verify(demo) if not proof.holds]


def test_the_proofs_are_these_four_in_this_order(proven: Demo) -> None:
    assert broken(proven) == []
    assert [proof.title for proof in verify(proven)] == TITLES


def test_each_line_says_what_was_compared(proven: Demo) -> None:
    first, second, third, fourth = map(str, verify(proven))
    assert first.startswith("pass  the Iceberg table equals the source: ETF_DATA.PUBLIC.CONSTITUENTS 1,000 rows, hash ")
    assert "; rebuilt from Parquet 1,000 rows, hash " in second
    assert third == (
        "pass  every change was consumed exactly once: 1,005 changes, of which 0 written twice, 0 not beginning where "
        "the one before ended; 0 keys twice in the Iceberg table"
    )
    assert fourth == "pass  both streams are empty: pipeline 1 0 pending, pipeline 2 0 pending"


@pytest.mark.parametrize(
    "tampering",
    [
        f"DELETE FROM {ICEBERG_TABLE} WHERE FUND_ID = 'SIM-ETF-0001' AND SECTOR = 'Cash'",
        f"UPDATE {ICEBERG_TABLE} SET WEIGHT = WEIGHT + 1 WHERE FUND_ID = 'SIM-ETF-0001' AND SECTOR = 'Cash'",
        f"UPDATE {ICEBERG_TABLE} SET INDUSTRY = NULL WHERE FUND_ID = 'SIM-ETF-0001' AND SECTOR = 'Cash'",
    ],
)
def test_a_row_that_differs_in_the_iceberg_table_is_found(proven: Demo, tampering: str) -> None:
    proven.ask(tampering)
    assert broken(proven) == TITLES[:1]


def test_a_row_twice_in_the_iceberg_table_is_found(proven: Demo) -> None:
    proven.ask(f"INSERT INTO {ICEBERG_TABLE} SELECT * FROM {ICEBERG_TABLE} WHERE SECTOR = 'Cash'")
    assert broken(proven) == [TITLES[0], TITLES[2]]


def test_a_lost_file_is_found(proven: Demo) -> None:
    newest = max(proven.ask(f"LIST {STAGE}"), key=lambda row: str(row["name"]))
    first = proven.ask(
        f"SELECT MIN(METADATA$FILENAME) AS NAME FROM {STAGE} (FILE_FORMAT => "
        "'DATA_ENG_DEMO.FACTSET.AUDIT_FORMAT') WHERE $1:OP_TYPE::VARCHAR = 'ADD'"
    )[0]["NAME"]
    assert newest
    proven.ask(f"REMOVE {STAGE} PATTERN = '.*{str(first).rpartition('/')[2]}'")
    assert broken(proven) == TITLES[1:3]


def test_a_batch_written_twice_is_found(proven: Demo) -> None:
    proven.ask(
        f"COPY INTO {STAGE}/constituents/again/ FROM (SELECT $1:OP_TYPE::VARCHAR AS OP_TYPE, $1:ROW_IMAGE::VARCHAR AS"
        " ROW_IMAGE, $1:SOURCE_ROW_ID::VARCHAR AS SOURCE_ROW_ID, $1:BATCH_ID::VARCHAR AS BATCH_ID,"
        " $1:PROCESSED_TS::TIMESTAMP_NTZ AS PROCESSED_TS, $1:FUND_ID::VARCHAR AS FUND_ID"
        f" FROM {STAGE}/constituents/ (FILE_FORMAT => 'DATA_ENG_DEMO.FACTSET.AUDIT_FORMAT'))"
        " FILE_FORMAT = (TYPE = PARQUET) HEADER = TRUE INCLUDE_QUERY_ID = TRUE"
    )
    assert TITLES[2] in broken(proven)


def test_a_batch_is_told_by_its_id_and_not_by_the_time_of_its_rows(proven: Demo) -> None:
    """SYSDATE() may go on within a statement: here, the old image of an update is written after the new one."""
    [task] = proven.ask(f"SHOW TASKS LIKE '{AUDIT.task}' IN SCHEMA DATA_ENG_DEMO.FACTSET")
    late = "DATEADD(millisecond, IFF(METADATA$ACTION = 'DELETE', 5, 0), SYSDATE()) AS PROCESSED_TS"
    body = task["definition"].replace("SYSDATE() AS PROCESSED_TS", late)
    proven.ask(f"ALTER TASK DATA_ENG_DEMO.FACTSET.{AUDIT.task} MODIFY AS {body}")
    for _ in range(2):
        proven.ask("UPDATE ETF_DATA.PUBLIC.CONSTITUENTS SET SHARES = SHARES + 1 WHERE SECTOR = 'Cash'")
        run(proven)
    assert broken(proven) == []
    assert "1,015 changes, of which 0 written twice, 0 not beginning" in str(verify(proven)[2])


def test_a_pending_change_is_found(proven: Demo) -> None:
    proven.ask("DELETE FROM ETF_DATA.PUBLIC.CONSTITUENTS WHERE SECTOR = 'Cash'")
    assert broken(proven) == [TITLES[0], TITLES[1], TITLES[3]]


def test_a_change_that_went_past_the_audit_is_found(proven: Demo) -> None:
    proven.ask("UPDATE ETF_DATA.PUBLIC.CONSTITUENTS SET SHARES = SHARES + 1 WHERE SECTOR = 'Cash'")
    proven.ask(f"CREATE TABLE DATA_ENG_DEMO.FACTSET.TAKEN AS SELECT * FROM DATA_ENG_DEMO.FACTSET.{AUDIT.stream}")
    proven.ask("UPDATE ETF_DATA.PUBLIC.CONSTITUENTS SET SHARES = SHARES + 1 WHERE SECTOR = 'Cash'")
    run(proven)
    assert broken(proven) == [TITLES[2]]
