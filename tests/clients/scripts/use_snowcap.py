"""snowcap: https://github.com/datacoves/snowcap"""

import json
from importlib.metadata import version

import snowflake.connector
from snowcap.blueprint import Blueprint
from snowcap.resources import Database
from trials import EMULATOR, does, main

QUIET = {"platform_detection_timeout_seconds": 0, "disable_ocsp_checks": True}


@does("plan of a database", refused="it asks SYSTEM$BOOTSTRAP_DATA_REQUEST, whose answer is in no page")
def _() -> None:
    with snowflake.connector.connect(**EMULATOR, **QUIET) as connection:
        json.dumps(str(Blueprint(resources=[Database(name="MADE")]).plan(connection)))


main(version("snowcap"))
