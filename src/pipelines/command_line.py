"""python -m src.pipelines: its commands, each of which loads its work when it runs."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

import click

from src.utils.command_line import connecting
from src.utils.options import Group, Number

if TYPE_CHECKING:
    from src.config import DemoConfig

    from .transformation import Measure

ON_ERROR = ("ABORT_STATEMENT", "CONTINUE", "SKIP_FILE")


class _MeasureType(click.ParamType["Measure"]):
    """A measure, as in `TOTAL=sum(AMOUNT)`."""

    name = "NAME=FUNCTION(COLUMN)"
    _FORM = re.compile(r"\s*(\w+)\s*=\s*(\w+)\s*\(\s*(\w+)\s*\)\s*")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Measure":
        from .transformation import Function, Measure

        if isinstance(value, Measure):
            return value
        match = self._FORM.fullmatch(value)
        function = match[2].lower() if match else ""
        if match is None or function not in get_args(Function):
            self.fail(f"{value!r} is no measure. Pass {self.name}, of {', '.join(get_args(Function))}.", param, ctx)
        return Measure(match[1].upper(), cast(Function, function), match[3].upper())


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def pipelines() -> None:
    """Load files of your own, curate, check and summarise them."""


_key = click.option("--key", multiple=True, metavar="COLUMN", help="A column of the key; may be repeated.")
_newest = click.option("--newest", metavar="COLUMN", help="The timestamp that decides between rows of one key.")
_trim = click.option("--trim", is_flag=True, help="Take the space around texts away.")
_retype = click.option("--retype", is_flag=True, help="Decide the curated columns' types anew, over all rows.")
_threshold = click.option("--threshold", type=Number(0, 1), help="The part of the rows that may fail a check.")


@pipelines.command(
    examples=["orders.csv --table ORDERS --key ORDER_ID", "orders.csv --table ORDERS --check checks.toml --json"]
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--table", required=True, metavar="TABLE", help="The table's name, in RAW_DATA and in CURATED.")
@_key
@_newest
@click.option("--check", "check_file", type=click.Path(path_type=Path), metavar="FILE.toml", help="The checks to run.")
@_threshold
@click.option(
    "--on-error", type=click.Choice(ON_ERROR), default=ON_ERROR[0], show_default=True, help="As in COPY INTO."
)
@click.option("--schema-evolution", is_flag=True, help="Let later files add columns.")
@_trim
@_retype
@click.option("--log-format", type=click.Choice(["text", "json"]), help="Log the steps on stderr.")
@connecting
def load(config: "DemoConfig", **options: Any) -> int:
    """Put FILEs on a stage, make a table of them, load, curate, check, and report.

    Exit codes: 0 done, 1 failed or a check failed, 2 usage, 130 interrupted.
    """
    from . import command

    return command.load(config, **options)


@pipelines.command(examples=["ORDERS --key ORDER_ID --newest UPDATED_AT"])
@click.argument("table")
@_key
@_newest
@_trim
@_retype
@connecting
def curate(config: "DemoConfig", **options: Any) -> int:
    """Type and deduplicate the rows of RAW_DATA.TABLE into CURATED.TABLE, as load does.

    Exit codes: 0 done, 1 failed or no row was kept, 2 usage, 130 interrupted.
    """
    from . import command

    return command.curate(config, **options)


@pipelines.command(examples=["ORDERS --check checks.toml --key ORDER_ID"])
@click.argument("table", metavar="[SCHEMA.]TABLE")
@click.option(
    "--check",
    "check_file",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="The checks to run.",
)
@_key
@_threshold
@connecting
def check(config: "DemoConfig", **options: Any) -> int:
    """Run the checks of a file on a table, of CURATED where no schema is named.

    Exit codes: 0 all hold, 1 failed or a check failed, 2 usage, 130 interrupted.
    """
    from . import command

    return command.check(config, **options)


@pipelines.command(examples=["ORDERS --by CUSTOMER --measure 'TOTAL=sum(AMOUNT)'"])
@click.argument("table", metavar="[SCHEMA.]TABLE")
@click.option("--by", multiple=True, required=True, metavar="COLUMN", help="A column to group by; may be repeated.")
@click.option(
    "--measure",
    "measures",
    multiple=True,
    required=True,
    type=_MeasureType(),
    help="What to make of each group: sum, avg, min, max, count or count_distinct; may be repeated.",
)
@click.option("--into", metavar="TABLE", help="Make the rows those of ANALYTICS.TABLE, instead of showing them.")
@connecting
def summarise(config: "DemoConfig", **options: Any) -> None:
    """Sum a table up, of CURATED where no schema is named: a row for each group, shown or kept in ANALYTICS.

    Exit codes: 0 done, 1 failed, 2 usage, 130 interrupted.
    """
    from . import command

    command.summarise(config, **options)
