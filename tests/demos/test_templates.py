"""The SQL files: their names, their steps, and that Snowflake can parse what they render to."""

import re

import pytest
from jinja2 import UndefinedError
from sqlfluff.api import simple

from config import CONFIG
from demos.factset_etf_iceberg.manifest import MANIFEST
from src.demo_kit.rendering import defines, values


def test_the_files_of_the_folder_are_the_files_of_the_demo() -> None:
    assert sorted(path.stem for path in MANIFEST.sql.folder.glob("*.sql")) == sorted(MANIFEST.sql.names)
    assert sorted(path.stem for path in MANIFEST.sql.folder.glob("parts/*.sql")) == sorted(MANIFEST.sql.parts)


@pytest.mark.parametrize("file", MANIFEST.sql.names)
def test_sqlfluff_parses_the_rendered_file_as_snowflake(file: str) -> None:
    simple.parse(MANIFEST.sql.render(file, values(MANIFEST, CONFIG, "mirror")), dialect="snowflake")


@pytest.mark.parametrize("file", MANIFEST.sql.names)
def test_the_body_of_a_block_parses_too(file: str) -> None:
    for body in re.findall(r"\$\$(.*?)\$\$", MANIFEST.sql.render(file, values(MANIFEST, CONFIG, "mirror")), re.DOTALL):
        for statement in re.findall(
            r"^ +(?:DELETE|MERGE|COPY|UPDATE|INSERT|SELECT)\b.*?;", body, re.DOTALL | re.MULTILINE
        ):
            simple.parse(_without_into(statement), dialect="snowflake")


def _without_into(statement: str) -> str:
    """INTO and `:name` are Snowflake Scripting's, and no part of a statement of SQL."""
    return re.sub(r"(?<![:\w]):(?=[a-z])", "", re.sub(r"\bINTO :[\w, :]+", "", statement))


@pytest.mark.parametrize("file", MANIFEST.sql.names)
def test_a_step_is_one_statement_and_only_blocks_hold_semicolons(file: str) -> None:
    for step in MANIFEST.sql.steps(file, values(MANIFEST, CONFIG, "simulated")):
        outside = re.sub(r"\$\$.*?\$\$|--[^\n]*|'[^']*'", "", step.sql, flags=re.DOTALL)
        assert ";" not in outside, step.title


@pytest.mark.parametrize("file", MANIFEST.sql.names)
def test_no_file_uses_a_session_variable_or_replaces_anything(file: str) -> None:
    text = MANIFEST.sql.render(file, values(MANIFEST, CONFIG, "simulated"))
    assert not re.search(r"^SET\s+\w+\s*=", text, re.MULTILINE)
    assert "OR REPLACE" not in text


@pytest.mark.parametrize("file", MANIFEST.sql.names)
def test_every_name_of_a_table_stream_or_task_is_qualified(file: str) -> None:
    text = re.sub(r"--[^\n]*|'[^']*'", "", MANIFEST.sql.render(file, values(MANIFEST, CONFIG, "mirror")))
    named = re.findall(r"\b(?:CONSTITUENTS|CONSTITUENTS_\w+|AUDIT_FORMAT|FACTSET_ETF_STAGE)\b", text)
    qualified = re.findall(r"\w+\.\w+\.(?:CONSTITUENTS|CONSTITUENTS_\w+|AUDIT_FORMAT|FACTSET_ETF_STAGE)\b", text)
    assert len(named) == len(qualified)


@pytest.mark.parametrize("part", MANIFEST.sql.parts)
def test_a_part_has_no_comment_so_that_it_can_be_an_option_of_one_line(part: str) -> None:
    assert "--" not in (MANIFEST.sql.folder / "parts" / f"{part}.sql").read_text(encoding="utf-8")
    assert all(line.startswith("-D ") for line in defines(MANIFEST, CONFIG, "simulated").splitlines())


@pytest.mark.parametrize("origin", ["source", "audit"])
def test_a_repair_reads_what_it_restores_from_and_never_a_stream(origin: str) -> None:
    chosen = values(MANIFEST, CONFIG, "simulated") | {"origin": origin}
    restoration = MANIFEST.sql.step("06_repair", "restoration", chosen).sql
    assert ("@DATA_ENG_DEMO" in restoration, "ETF_DATA.PUBLIC" in restoration) == (
        origin == "audit",
        origin == "source",
    )
    assert "_STREAM" not in restoration


def test_a_name_without_a_value_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="adds"):
        MANIFEST.sql.render(
            "03_simulate_changes", dict.fromkeys(("database", "stamp"), 1) | {"warehouse": "W"} | _all_but("adds")
        )


def _all_but(left_out: str) -> dict[str, str | int]:
    return {name: value for name, value in values(MANIFEST, CONFIG, "simulated").items() if name != left_out}


def test_a_prefix_is_in_every_account_level_name() -> None:
    text = MANIFEST.sql.render("00_source_simulated", values(MANIFEST, CONFIG.with_prefix("ALICE"), "simulated"))
    assert "ALICE_ETF_DATA.PUBLIC.CONSTITUENTS" in text
    assert "USE WAREHOUSE ALICE_DATA_ENG_XFORM_WH" in text
    assert "TO ROLE ALICE_DATA_ENG_ROLE" in text
    assert not re.search(r"(?<!ALICE_)(ETF_DATA\b|DATA_ENG_XFORM_WH|DATA_ENG_ROLE)", text)
