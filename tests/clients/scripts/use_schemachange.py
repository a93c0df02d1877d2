"""schemachange: https://github.com/Snowflake-Labs/schemachange"""

import os
import subprocess
from importlib.metadata import version
from pathlib import Path

from trials import EMULATOR, does, main

CONNECTION = {f"SNOWFLAKE_{name.upper()}": str(value) for name, value in EMULATOR.items()}
Path("scripts").mkdir()
Path("scripts/V1.0.0__first.sql").write_text("CREATE TABLE DEMO.PUBLIC.CHANGED (A INT);\n-- end\n")
Path("scripts/R__seen.sql").write_text(
    "CREATE OR REPLACE VIEW DEMO.PUBLIC.SEEN AS SELECT * FROM DEMO.PUBLIC.CHANGED;\n"
)
Path("scripts/A__always.sql").write_text("INSERT INTO DEMO.PUBLIC.CHANGED (A) VALUES ({{ n }});\n")
HISTORY = "DEMO.SCHEMACHANGE.CHANGE_HISTORY"


def deploy(*more: str) -> str:
    command = ["schemachange", "deploy", "-f", "scripts", "-c", HISTORY, "-V", '{"n": 1}']
    command += ["--schemachange-create-change-history-table", *more]
    done = subprocess.run(command, env=os.environ | CONNECTION, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError((done.stderr or done.stdout)[-300:])
    return done.stdout + done.stderr


@does("deploy of versioned, repeatable and always scripts")
def _() -> None:
    deploy()


@does("deploy again")
def _() -> None:
    deploy()


@does("deploy of one more version, dry run")
def _() -> None:
    Path("scripts/V1.1.0__second.sql").write_text("ALTER TABLE DEMO.PUBLIC.CHANGED ADD COLUMN B VARCHAR;\n")
    deploy("--schemachange-dry-run")
    deploy()


main(version("schemachange"))
