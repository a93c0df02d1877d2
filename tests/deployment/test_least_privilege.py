"""With its grants alone each role does its work, and no more: the deployer of docs/setup_guide.md, and the two that it
makes.
"""

import json
import re
from pathlib import Path

from snowflake.connector import DictCursor

from src.emulator.protocol.serving import Address, Options, emulator
from src.utils.needs import Need, on_account
from tests import privileges
from tests.people import ROOT, connected, ended, make_user, run_command, statements_of_the_guide

DEMO = "-m demos.factset_etf_iceberg"
OWN = "-m src.pipelines"
# What is run with the deployer's role alone, then with DATA_ENG_ROLE, and at last with the deployer's again.
FIRST = (
    "setup.py --mode full",
    "setup.py --mode full",
    "setup.py --mode validate",
    f"{DEMO} deploy",
    f"{DEMO} simulate",
)
BY_THE_ENGINEER = (
    f"{DEMO} run",
    f"{DEMO} verify",
    "DELETE FROM DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG WHERE SECTOR = 'Cash'",
    f"{DEMO} repair",
    f"{DEMO} read",
    f"{DEMO} status",
    f"{OWN} load {{folder}}/orders.csv --table ORDERS --key ID",
    f"{OWN} curate ORDERS --key ID",
    f"{OWN} check ORDERS --check {{folder}}/checks.toml",
    f"{OWN} summarise ORDERS --by ID --measure TOTAL=sum(AMOUNT) --into TOTALS",
)
LAST = (
    "setup.py --mode full",
    "setup.py --mode validate",
    f"{DEMO} deploy",
    f"{DEMO} run",
    f"{DEMO} verify",
    f"{DEMO} status",
    "setup.py --mode cleanup --yes",
)


OWNERS = {  # as docs/setup_guide.md says, in "Who owns what"
    "DATABASES": {"DEPLOYER"},
    "SCHEMAS IN DATABASE DATA_ENG_DEMO": {"DEPLOYER"},
    "WAREHOUSES": {"DEPLOYER"},
    "STAGES IN DATABASE DATA_ENG_DEMO": {"DEPLOYER"},
    "FILE FORMATS IN DATABASE DATA_ENG_DEMO": {"DEPLOYER"},
    "ROLES LIKE 'DATA_%'": {"DEPLOYER"},
    "STREAMS IN ACCOUNT": {"DEPLOYER"},
    "TASKS IN ACCOUNT": {"DEPLOYER"},
    "TABLES LIKE 'CONSTITUENTS%' IN DATABASE DATA_ENG_DEMO": {"DEPLOYER"},
    "TABLES LIKE 'ORDERS%' IN DATABASE DATA_ENG_DEMO": {"DATA_ENG_ROLE"},
}


def test_the_guides_role_deploys_and_data_eng_role_runs_and_repairs(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("ID,AMOUNT\n1,10\n2,20\n")
    (tmp_path / "checks.toml").write_text('[[check]]\ntype = "NotNull"\ncolumn = "AMOUNT"\n')
    with emulator(tmp_path / "state") as served:
        make_user(served, "ALICE", "DEPLOYER", *statements_of_the_guide())
        said = [_run(served, "ALICE", "DEPLOYER", one) for one in FIRST]
        make_user(served, "BOB", "DATA_ENG_ROLE", "GRANT ROLE DATA_ENG_ROLE TO USER BOB")
        for one in BY_THE_ENGINEER:
            _run(served, "BOB", "DATA_ENG_ROLE", one.format(folder=tmp_path))
        assert owners(served) == OWNERS
        said += [_run(served, "ALICE", "DEPLOYER", one) for one in LAST]
    assert "0 created, 0 changed, " in said[1]
    assert "nothing of ours is left" in said[-1]


def owners(served: Address) -> dict[str, set[str]]:
    """Who owns what there is of each kind, but for what nobody has made."""
    with connected(served, "PRESENTER", "ACCOUNTADMIN") as administrator:
        cursor = administrator.cursor(DictCursor)
        return {what: {row["owner"] for row in cursor.execute(f"SHOW {what}").fetchall()} - {""} for what in OWNERS}  # type: ignore[union-attr]


OF_SETUP = [one for one in (*FIRST, *LAST[-1:]) if one.startswith("setup.py")]


def test_a_trial_account_is_set_up_as_any_other(tmp_path: Path) -> None:
    with emulator(tmp_path / "state", options=Options(is_trial=True)) as served:
        make_user(served, "ALICE", "DEPLOYER", *statements_of_the_guide())
        said = [_run(served, "ALICE", "DEPLOYER", one) for one in OF_SETUP]
    assert "0 created, 0 changed, " in said[1]
    assert "nothing of ours is left" in said[-1]


def test_standard_edition_warns_of_what_the_guide_announces_and_of_nothing_else(tmp_path: Path) -> None:
    with emulator(tmp_path / "state", options=Options("STANDARD")) as served:
        make_user(served, "ALICE", "DEPLOYER", *statements_of_the_guide())
        done = [ended(served, "ALICE", "DEPLOYER", f"{one} --output json") for one in OF_SETUP]
    assert [one.returncode for one in done] == [0] * len(done)
    reports = [json.loads(one.stdout) for one in done]
    of_retention = [[one for one in report["warnings"] if "90 days of Time Travel" in one] for report in reports]
    of_acceleration = [
        [one for one in report["warnings"] if "an edition without Query Acceleration" in one] for report in reports
    ]
    assert [len(found) for found in of_retention] == [1, 1, 0, 0]
    assert [len(found) for found in of_acceleration] == [3, 0, 0, 0]
    assert [len(report["warnings"]) for report in reports] == [4, 1, 0, 0]
    assert reports[1]["counts"].keys() == {"unchanged"}


def _run(served: Address, user: str, role: str, command: str) -> str:
    """What a command says, or nothing for a statement."""
    if command.startswith(("-m ", "setup.py ")):
        return run_command(served, user, role, command)
    with connected(served, user, role) as connection:
        connection.cursor().execute("USE WAREHOUSE DATA_ENG_XFORM_WH")
        connection.cursor().execute(command)
    return ""


def test_the_guides_statements_grant_what_the_commands_need_of_the_account_and_nothing_else() -> None:
    held: set[Need] = set()
    for sql in statements_of_the_guide():
        if granted := re.fullmatch(r"GRANT (.+) ON ACCOUNT TO ROLE DEPLOYER( WITH GRANT OPTION)?", sql):
            held |= {Need(one, to_grant=bool(granted[2])) for one in granted[1].split(", ")}
    handed_on = {Need(one.privilege) for one in held if one.to_grant}
    assert held | handed_on == set(on_account())


def test_the_page_of_privileges_is_what_each_role_is_answered() -> None:
    written = (ROOT / "docs/privileges.md").read_text(encoding="utf-8")
    assert written == privileges.as_markdown(), "Run: make generated"


PRESENTERS = {"ALICE": "DEPLOYER", "BEN": "OTHER_DEPLOYER"}


def test_two_presenters_cannot_touch_each_others_deployment(tmp_path: Path) -> None:
    with emulator(tmp_path / "state") as served:
        for user, role in PRESENTERS.items():
            make_user(served, user, role, *statements_of_the_guide(role, user))
            run_command(served, user, role, f"setup.py --mode full --prefix {user}")
        for mode in ("validate", "full --adopt --yes", "cleanup --yes"):
            done = ended(served, "BEN", "OTHER_DEPLOYER", f"setup.py --mode {mode} --prefix ALICE")
            assert done.returncode in (1, 3), done.stdout
            changed = [one for one in done.stdout.splitlines() if one.startswith(("created", "changed", "dropped"))]
            assert changed == []
        run_command(served, "BEN", "OTHER_DEPLOYER", "setup.py --mode cleanup --yes --prefix BEN")
        run_command(served, "ALICE", "DEPLOYER", "setup.py --mode validate --prefix ALICE")
