"""What is made from the code and kept in the repository. `make generated` writes it; a test keeps it in step."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

import setup
from config import CONFIG
from demos.factset_etf_iceberg.__main__ import main as demo
from demos.factset_etf_iceberg.manifest import MANIFEST
from src.commands import ENTRIES
from src.data_sharing.command_line import monitor, share
from src.demo_kit import costs
from src.demo_kit.notebook import as_notebook
from src.deployment.command_line import doctor, gc, plan, roles
from src.deployment.script import script
from src.emulator.__main__ import serve
from src.emulator.pipeline.statement_table import as_markdown
from src.pipelines.command_line import pipelines
from src.utils.options import Command
from tests import privileges
from tests.fidelity import report

ROOT = Path(__file__).resolve().parent.parent
DEMO_README = "demos/factset_etf_iceberg/README.md"
DEMO_NOTEBOOK = "demos/factset_etf_iceberg/docs/demo.ipynb"
SCRIPT = ROOT / "demos" / "factset_etf_iceberg" / "docs" / "demo_script.md"

COMMANDS: tuple[tuple[str, click.Command], ...] = (
    ("python setup.py", setup.main),
    ("python -m demos.factset_etf_iceberg", demo),
    ("python -m src.pipelines", pipelines),
    ("python -m src.data_sharing", share),
    ("python -m src.data_sharing.monitoring", monitor),
    ("python -m src.infrastructure.roles", roles),
    ("python -m src.emulator serve", serve),
    ("data-eng-demo plan", plan),
    ("data-eng-demo doctor", doctor),
    ("data-eng-demo gc", gc),
)


def generated() -> dict[str, str]:
    """The text of every generated file by its path in the repository."""
    modes = ("full", "quick", "cleanup")
    documents = {
        "docs/cli.md": cli_reference(),
        "docs/emulator.md": with_table("docs/emulator.md", "statements", as_markdown()),
        "docs/fidelity.md": report.as_markdown(),
        DEMO_NOTEBOOK: as_notebook(SCRIPT.read_text(encoding="utf-8"), MANIFEST.settings(CONFIG).warehouse),
        "docs/setup_guide.md": with_table(
            "docs/setup_guide.md", "needs", privileges.needs_as_table(privileges.of_administrators())
        ),
        DEMO_README: with_table(DEMO_README, "costs", costs.as_table(MANIFEST, CONFIG)),
    }
    return {f"sql/{mode}.sql": script(mode, CONFIG) for mode in modes} | documents


def with_table(document: str, name: str, lines: Iterable[str]) -> str:
    """The document with a table between its two markers of this name."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    before, _, rest = (ROOT / document).read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    return "".join([before, begin, *(f"{line}\n" for line in lines), end, after])


def cli_reference() -> str:
    """The --help of every command, as Markdown."""
    return "\n".join(["# Command line", "", *_ONE_COMMAND, *(line for one in COMMANDS for line in _reference(*one))])


_ONE_COMMAND = (
    "`data-eng-demo`, installed in `.venv/bin`, has every command under one name:",
    "",
    "| Command | Meaning |",
    "| --- | --- |",
    *(f"| `data-eng-demo {name}` | {entry.about} |" for name, entry in ENTRIES.items()),
    "",
    "`data-eng-demo setup` is `python setup.py`; `load`, `curate`, `check` and `summarise` are those of",
    "`python -m src.pipelines`, `share` is `python -m src.data_sharing`, `monitor` is",
    "`python -m src.data_sharing.monitoring`, `audit` is `python -m src.infrastructure.roles audit`, `serve` is",
    "`python -m src.emulator serve`, and `demo NAME` is `python -m demos.NAME`, of which a beginning will do",
    "(`demo factset`). Under `make` every exit code but 0 becomes 2: call the command itself where the code matters.",
    "",
)


def _reference(name: str, command: click.Command) -> Iterator[str]:
    """A command's part; of a group, the parts of its commands."""
    if isinstance(command, click.Group):
        for part in command.commands.values():
            yield from _reference(f"{name} {part.name}", part)
        return
    context = click.Context(command, info_name=name, **command.context_settings)
    yield from (f"## {name}", "", *_paragraphs(command.help or ""))
    if isinstance(command, Command):
        yield from ("```sh", *(f"{name} {words}".strip() for words in command.examples), "```", "")
    yield from ("| Option | Meaning |", "| --- | --- |")
    for parameter in command.get_params(context):
        option, meaning = parameter.get_help_record(context) or ("", "")
        escaped = meaning.replace("|", "\\|")
        yield f"| `{option.replace('|', ', ')}` | {escaped} |"
    yield ""


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        if paragraph.strip().startswith("\b"):  # as it stands: the examples
            yield from ("```sh", *(line.strip() for line in paragraph.strip().splitlines()[2:]), "```", "")
        else:
            yield from (" ".join(paragraph.split()), "")


def write() -> None:
    """Writes every generated file, also the one that takes a demo to run and has a test of its own."""
    for path, text in (generated() | {"docs/privileges.md": privileges.as_markdown()}).items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    write()
