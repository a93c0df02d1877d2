"""docs/python.md: its blocks run in order, print what stands below them, and there is one for every public function."""

import inspect
import io
import re
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from src.demo_kit.script import Block, blocks, is_shown
from src.emulator.protocol.serving import emulator
from src.utils.arguments import hints_of, misfit
from src.utils.errors import InputError
from src.utils.logging_utils import LOGGER

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "python.md"
BLOCKS: list[Block] = blocks(DOCUMENT.read_text(encoding="utf-8"))
MODULES = (
    *(f"src.pipelines.{name}" for name in ("ingestion", "transformation", "curation", "validation", "own_files")),
    *("src.pipelines.check_files", "src.data_sharing.shares", "src.data_sharing.monitoring"),
    *("src.utils.date_utils", "src.utils.logging_utils"),
)


def public_functions() -> dict[str, Any]:
    return {
        name: one
        for module in map(import_module, MODULES)
        for name, one in vars(module).items()
        if inspect.isfunction(one) and not name.startswith("_") and one.__module__ == module.__name__
    }


@pytest.mark.timeout(400)
def test_the_examples_run_in_order_and_print_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(tmp_path / "state"))
    names: dict[str, Any] = {"__name__": "examples"}
    handlers, differing = LOGGER.handlers[:], []
    with emulator(tmp_path / "state"):
        for block in BLOCKS:
            output = io.StringIO()
            with redirect_stdout(output):
                exec(compile(block.text, DOCUMENT.name, "exec"), names)
            if not is_shown(block.expected or "", output.getvalue()):
                differing.append(f"{block.text}\nshould print\n{block.expected}\nand prints\n{output.getvalue()}")
    LOGGER.handlers[:] = handlers
    assert differing == []


def test_every_public_function_has_an_example() -> None:
    code = "\n".join(block.text for block in BLOCKS)
    assert sorted(name for name in public_functions() if not re.search(rf"\b{name}\(|@{name}\b", code)) == []


SETUP = ("setup_database_and_schemas", "setup_warehouses", "setup_pipeline_infrastructure")
OF_A_DEMO = (
    *(("src.demo_kit.deployment", name) for name in ("deploy", "run")),
    *(("src.demo_kit.status", "status"), ("src.demo_kit.verification", "verify"), ("src.demo_kit.cleanup", "clean_up")),
    *(("demos.factset_etf_iceberg.source", "simulate"), ("demos.factset_etf_iceberg.repair", "repair")),
)
OTHERS = [*(("setup", name) for name in SETUP), *OF_A_DEMO, ("src.utils.snowpark_session", "context")]
CALLED = [*public_functions().values(), *(getattr(import_module(module), name) for module, name in OTHERS)]


@pytest.mark.parametrize("function", CALLED, ids=lambda one: one.__name__)
def test_each_argument_is_of_a_type_that_can_be_asked_for(function: Any) -> None:
    for name, hint in hints_of(function).items():
        assert misfit(name, Wrong(), hint) or hint is object, name
        misfit(name, [Wrong()], hint)


class Wrong:
    """Of no type that any function takes."""


@pytest.mark.parametrize("function", [one for one in CALLED if one.__name__ != "logged"], ids=lambda one: one.__name__)
def test_an_argument_of_a_wrong_type_is_a_message_that_names_it(function: Any) -> None:
    asked = inspect.signature(function).parameters.values()
    needed = [one for one in asked if one.default is one.empty and one.kind is not one.VAR_KEYWORD] or [*asked][:1]
    by_place = [Wrong() for one in needed if one.kind is one.POSITIONAL_OR_KEYWORD]
    with pytest.raises(InputError, match=rf"^{function.__name__}: {needed[0].name} is <.*\. Pass "):
        function(*by_place, **{one.name: Wrong() for one in needed if one.kind is one.KEYWORD_ONLY})
