"""The fidelity report, with a second emulator in the role of the account."""

import json
from pathlib import Path

import pytest

from src.emulator.protocol.serving import emulator

from ..lengths import LONG
from . import fidelity


def test_the_report_names_what_an_account_answers_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(tmp_path / "local"))
    files = fidelity.FILES if LONG else ("00_initialization", "99_cleanup")
    monkeypatch.setattr(fidelity, "FILES", files)
    sent: list[str] = []
    ask = fidelity.ask

    def altered(connection: object, sql: str) -> fidelity.Answered:
        """As if the account called a column of SHOW ROLES otherwise."""
        answered = ask(connection, sql)  # type: ignore[arg-type]
        on_account = connection.port == account.port  # type: ignore[attr-defined]
        if on_account:
            sent.append(sql)
        if on_account and sql == "SHOW ROLES":
            return fidelity.Answered(("created", *answered.columns[1:]))
        return answered

    monkeypatch.setattr(fidelity, "ask", altered)
    with emulator(tmp_path / "account") as account:
        lines = [f"{name} = {json.dumps(value)}" for name, value in account.parameters.items()]
        section = "\n".join(["[account]", *lines, "platform_detection_timeout_seconds = 0"])
        monkeypatch.setenv("SNOWFLAKE_CONNECTIONS", section)
        compared = fidelity.compare("account", "PROBE")
    assert [one.sql for one in compared if one.differences] == ["SHOW ROLES"]
    assert [one.sql for one in compared if one.emulator.error] == []
    assert all("PROBE_" in sql or sql.startswith(("SHOW ", "USE ")) for sql in sent)
    text = fidelity.as_markdown(compared)
    assert "| `SHOW ROLES` | 1 | 1 |" in text
    assert "- columns: account `created, name," in text
    assert "\n## Unknown without an account\n\n- Whether `SYSTEM$SET_RETURN_VALUE` takes a variable" in text
    assert {"CREATE DATABASE", "CREATE STAGE", "GRANT", "SHOW GRANTS", "DROP ROLE"} <= {one.kind for one in compared}


def test_what_is_unknown_is_a_list_and_nothing_else() -> None:
    heading, empty, *lines = fidelity.unknown().rstrip().splitlines()
    assert (heading, empty) == ("## Unknown without an account", "")
    assert all(line.startswith(("- ", "  ")) for line in lines)
    assert len(lines) > 10


def test_a_text_is_compared_without_ids_moments_and_counts() -> None:
    text = "Query 01b2c3d4-0000-1111-2222-333344445555 at 2026-01-02 03:04:05.678 -0800 wrote 17 rows."
    assert fidelity.normalised(text) == "Query <id> at <time> wrote <n> rows."
