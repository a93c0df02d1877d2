"""A presenter's script as a notebook: its text, and a cell of Python for each block, which Jupyter and Snowflake run.

https://nbformat.readthedocs.io/en/latest/format_description.html
"""

import json
from collections.abc import Iterator
from typing import Any

from .cells import PYTHON
from .script import Block, pieces

_FIRST = """import sys
from pathlib import Path

# The folder of the project: this notebook stands in it, or is opened in one below.
ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "config.py").is_file())
sys.path.insert(0, str(ROOT))

from config import CONFIG
from src.demo_kit.cells import Worksheet, command

worksheet = Worksheet(CONFIG.query_tag)
sql = worksheet.sql
"""


def as_notebook(script: str, warehouse: str) -> str:
    """The text of the .ipynb file. `warehouse` is what the statements run on."""
    cells = [_code(_FIRST), *_cells(script, warehouse)]
    named = [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells, start=1)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    document = {
        "cells": named,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _cells(script: str, warehouse: str) -> Iterator[dict[str, Any]]:
    begun = False
    for piece in pieces(script):
        if isinstance(piece, str):
            if piece.strip():
                yield {"cell_type": "markdown", "metadata": {}, "source": _lines(piece.strip())}
            continue
        if piece.language == "sql" and not begun:
            yield _code(f'sql("USE WAREHOUSE {warehouse}")')
            begun = True
        yield _code("\n".join(_called(piece)))
        if piece.expected is not None:
            told = f"It shows:\n\n```text\n{piece.expected.strip()}\n```"
            yield {"cell_type": "markdown", "metadata": {}, "source": _lines(told)}


def _called(block: Block) -> Iterator[str]:
    if block.language == "sql":
        yield f'sql("""\n{block.text.strip()}\n""")'
        return
    for line in block.text.strip().splitlines():
        own, _, otherwise = line.replace(PYTHON, "python").partition(" || echo ")
        yield f"command({json.dumps(own)}{f', {otherwise}' if otherwise else ''})"


def _code(source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": _lines(source.strip()),
    }


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
