"""Files on a stage, for what reads them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.emulator.conftest import Run

Put = Callable[..., None]


@pytest.fixture
def put(run: Run, tmp_path: Path) -> Put:
    """Puts a file with this content on stage ST."""
    run("CREATE STAGE ST")

    def put_content(path: str, content: str | bytes, compress: bool = False) -> None:
        folder, _, name = path.rpartition("/")
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        run(f"PUT 'file://{file}' @ST/{folder} AUTO_COMPRESS = {compress} OVERWRITE = TRUE")

    return put_content
