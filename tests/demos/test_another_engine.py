"""The Iceberg table as pyiceberg reads it from its metadata file."""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from demos.factset_etf_iceberg import another_engine
from demos.factset_etf_iceberg.__main__ import main
from demos.factset_etf_iceberg.another_engine import compared, hash_of, read, scan, text_of
from demos.factset_etf_iceberg.page import acts
from demos.factset_etf_iceberg.pipeline1_iceberg import ICEBERG
from src.demo_kit.session import Demo
from src.demo_kit.streams import deployed
from src.utils.errors import DemoError


def test_pyiceberg_reads_the_rows_that_snowflake_has_also_after_a_rebalancing(proven: Demo) -> None:
    source = deployed(proven)
    for _ in range(2):
        found = read(proven, source)
        assert found.proof.holds, found.proof
        assert (found.rows, found.funds, found.engine) == (1000, 5, "pyiceberg 0.12.0")
        assert found.files >= 1
        acts.rebalancing(acts.REBALANCING)(proven)
        acts.run_now(proven)


def test_what_it_reads_from_an_older_metadata_file_is_not_the_same(proven: Demo) -> None:
    source = deployed(proven)
    older = scan(ICEBERG.metadata(proven, source))
    proven.ask(
        "UPDATE DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG SET WEIGHT = WEIGHT + 0.000001 "
        "WHERE TICKER = 'SIM_CASH_USD' AND FUND_ID = 'SIM-ETF-0002'"
    )
    metadata = ICEBERG.metadata(proven, source)
    found = compared(older, metadata, scan(metadata).sums)
    assert not found.proof.holds
    assert found.proof.compared.endswith("1,000 rows, not the same in SIM-ETF-0002")
    assert read(proven, source).proof.holds


def test_a_table_that_changes_while_it_is_read_is_read_again_and_then_given_up(
    proven: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, read_from = another_engine.scan, []

    def scan_and_change(metadata: str) -> Any:
        read_from.append(metadata)
        if len(read_from) in changes:
            proven.ask("UPDATE DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG SET WEIGHT = WEIGHT WHERE SECTOR = 'Cash'")
        return whole(metadata)

    monkeypatch.setattr(another_engine, "scan", scan_and_change)
    changes = [1]
    assert read(proven, deployed(proven)).metadata == read_from[1]
    changes = [3, 4, 5]
    with pytest.raises(DemoError, match="has changed while it was read, 3 times"):
        read(proven, deployed(proven))


def test_the_command_says_what_it_has_read_and_from_where(proven: Demo) -> None:
    done = CliRunner().invoke(main, ["read", "--engine", "pyiceberg", "--connection_name", "local", "--output", "json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["rows"], found["proof"]["holds"]) == (1000, True)
    assert Path(found["metadata"].removeprefix("file://")).is_file()
    assert f"  {found['metadata']}\npass  another engine reads the same rows: Snowflake 1,000 rows, " in done.stderr


@pytest.mark.parametrize("content", [None, "{}", "no JSON"])
def test_what_it_cannot_read_is_named_with_the_ways_on(tmp_path: Path, content: str | None) -> None:
    metadata = tmp_path / "v1.metadata.json"
    if content is not None:
        metadata.write_text(content)
    with pytest.raises(DemoError, match=rf"(?s)^pyiceberg cannot read {metadata}: .* Horizon Catalog: https://"):
        scan(str(metadata))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (Decimal("0.000000"), "0.000000"),
        (Decimal("-1.50"), "-1.50"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4, 5), "2026-01-02 03:04:05.000000"),
        ("é|", "é|"),
    ],
)
def test_a_value_is_written_as_the_query_writes_it(value: Any, text: str) -> None:
    assert text_of(value) == text


def test_the_hash_is_the_lower_half_of_the_md5() -> None:
    # The example of https://docs.snowflake.com/en/sql-reference/functions/md5_number_lower64
    assert hash_of(["Snowflake"]) == 9203306159527282910
