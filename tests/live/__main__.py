"""python -m tests.live --connection NAME --report FILE: the live tests, then the fidelity report."""

import os
import subprocess
import sys
from pathlib import Path

import click

from .fidelity import COST, as_markdown, compare, facts_as_markdown, facts_that_differ


@click.command()
@click.option("--connection", required=True, help="Connection of an account that may be written to.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), default="fidelity.md", show_default=True)
@click.option("--yes", is_flag=True, help="Do not ask before the account is used.")
def main(connection: str, report: Path, yes: bool) -> None:
    """Run the live tests on an account, and write how its answers differ from the emulator's. Exits as the tests do."""
    click.echo(f'On "{connection}": {COST}')
    if not yes:
        click.confirm("Go on?", abort=True)
    environment = os.environ | {"DATA_ENG_DEMO_LIVE_CONNECTION": connection}
    tests = [sys.executable, "-m", "pytest", "-m", "live", "-n", "0", "tests/live"]
    code = subprocess.run(tests, env=environment, check=False).returncode
    compared = compare(connection, f"LIVE{os.getpid()}F")
    count, differing = facts_that_differ(connection, f"LIVE{os.getpid()}F")
    report.write_text(as_markdown(compared) + facts_as_markdown(count, differing), encoding="utf-8")
    click.echo(f"{len(differing)} of {count} facts differ.")
    click.echo(f"{sum(bool(one.differences) for one in compared)} of {len(compared)} answers differ: {report}")
    sys.exit(code)


if __name__ == "__main__":
    main()
