"""What docs/clients.md says that the clients do which most people have, they do on today's emulator."""

from pathlib import Path

import pytest

from .clients import CLIENTS, Client
from .report import DOCUMENT, section
from .running import run

IN_SUITE = [client for client in CLIENTS if client.in_suite]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("client", IN_SUITE, ids=[client.title for client in IN_SUITE])
def test_a_client_does_what_the_document_says(client: Client, tmp_path: Path) -> None:
    outcome = run(client, tmp_path)
    document = DOCUMENT.read_text(encoding="utf-8")
    _, _, written = document.partition(f"## {client.title}\n")
    passing = {line for line in written.partition("\n## ")[0].splitlines() if line.endswith("| pass |")}
    assert passing
    assert passing - set(section(client, outcome)) == set()
