"""`make clients`: runs the clients, says what fails, and writes docs/clients.md."""

import sys
import tempfile
from pathlib import Path

from .clients import CLIENTS
from .report import DOCUMENT, text
from .running import run


def main(wanted: list[str]) -> None:
    """Runs all, or those whose titles are given; only a run of all is written down."""
    clients = [client for client in CLIENTS if not wanted or client.title in wanted]
    outcomes = {}
    for client in clients:
        with tempfile.TemporaryDirectory() as folder:
            outcomes[client] = outcome = run(client, Path(folder))
        print(f"{client.title} {outcome.version}", flush=True)
        for trial in outcome.trials:
            print(f"  {trial.outcome}  {trial.does}{_because(trial.reason)}", flush=True)
    if not wanted:
        DOCUMENT.write_text(text(outcomes), encoding="utf-8")


def _because(reason: str | None) -> str:
    return "" if reason is None else f": {' '.join(reason.split())}"


if __name__ == "__main__":
    main(sys.argv[1:])
