"""The clients: how each is installed, and what tries it."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(__file__).parent / "scripts"
ENVIRONMENTS = ROOT / ".venv" / "clients"


@dataclass(frozen=True)
class Client:
    """`script` is run by the program of the client's environment, and says line by line what it has tried.

    `in_suite` is whether `make test` runs it, too.
    """

    title: str
    environment: str
    script: str
    program: str = "bin/python"
    in_suite: bool = False

    @property
    def command(self) -> list[str]:
        folder = ENVIRONMENTS / self.environment
        program = str(folder / self.program) if self.program != "node" else "node"
        return [program, str(SCRIPTS / self.script)]


CLIENTS = (
    Client("Snowpark", "snowpark", "use_snowpark.py", in_suite=True),
    Client("Python connector 4", "connector4", "use_connector.py", in_suite=True),
    Client("Python connector 5", "connector5", "use_connector.py"),
    Client("Snowflake CLI", "../snow", "use_snow.py", in_suite=True),
    Client("SQLAlchemy", "sqlalchemy", "use_sqlalchemy.py"),
    Client("dbt", "dbt", "use_dbt.py"),
    Client("schemachange", "../schemachange", "use_schemachange.py"),
    Client("ADBC and polars", "polars", "use_polars.py"),
    Client("Node.js driver", "node", "use_node.mjs", program="node"),
    Client("snowcap", "snowcap", "use_snowcap.py"),
)
