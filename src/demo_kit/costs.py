"""What a demo costs on an account: what its warehouses use in an hour, and how long a run keeps them awake."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from src.config import DemoConfig
from src.config.objects import CREDITS_PER_HOUR, GENERATIONS, SIZES
from src.utils.prices import Rate, money, rates
from src.utils.queries import Row

from .manifest import Manifest
from .session import text_of


def rates_of(manifest: Manifest, config: DemoConfig) -> list[Rate]:
    """The rates of the tasks' warehouse and of the one for looking, as CONFIG has them."""
    return [one for name in _names(manifest, config) for one in rates(config) if one.warehouse == name]


def rates_shown(manifest: Manifest, config: DemoConfig, rows: Sequence[Row]) -> list[Rate]:
    """The same as the account has them, from SHOW WAREHOUSES; a kind whose price is not known is left out.

    https://docs.snowflake.com/en/sql-reference/sql/show-warehouses
    """
    sizes = {shown: size for size, shown in SIZES.items()}
    by_name = {row["name"]: row for row in rows}
    return [
        Rate(
            name,
            size,
            int(text_of(row, "auto_suspend") or 0),
            CREDITS_PER_HOUR[size] * GENERATIONS[generation],
            generation,
        )
        for name in _names(manifest, config)
        if (row := by_name.get(name)) is not None
        and (size := sizes.get(text_of(row, "size"), ""))
        and (generation := text_of(row, "generation") or "1") in GENERATIONS
        and text_of(row, "type") == "STANDARD"
    ]


def _names(manifest: Manifest, config: DemoConfig) -> list[str]:
    settings = manifest.settings(config)
    return list(dict.fromkeys((settings.warehouse, settings.looking_warehouse)))


def as_data(manifest: Manifest, config: DemoConfig, rates: Sequence[Rate]) -> list[dict[str, Any]]:
    """For the JSON document: each warehouse, and what a run and a day on it cost, in credits."""
    days = manifest.sources.days(config)
    return [
        asdict(rate)
        | {"run": rate.run, "minute_of_work": rate.minute_of_work}
        | {f"{name}_day": rate.day(minutes) for name, minutes in days.items()}
        | {"day_awake": rate.day_awake}
        for rate in rates
    ]


def as_lines(manifest: Manifest, config: DemoConfig, rates: Sequence[Rate], kind: str) -> Iterator[str]:
    """What a person is told at the end of a deployment of a source of this kind."""
    settings, price = manifest.settings(config), config.operations.price_per_credit
    known = {rate.warehouse: rate for rate in rates}
    yield f"Cost on an account, at {price:,.2f} a credit (the emulator costs nothing):"
    for name in _names(manifest, config):
        rate = known.get(name)
        chosen = name == settings.warehouse
        before = "tasks on" if chosen else f"or, by {manifest.name}.warehouse in config.py, tasks on"
        yield f"  {before} {described(rate) if rate else f'{name}: not known'}"
        if rate and rate.run is not None:
            yield f"    a run: {money(rate.run, price)}, and {money(rate.minute_of_work, price)} a minute of its work"
        if rate:
            yield f"    left behind: {manifest.sources.left_behind(config, rate, kind)}"
    if (looking := known.get(settings.looking_warehouse)) and looking.run is not None:
        yield (
            f"  looking on {looking.warehouse}, with run, status or verify: {money(looking.run, price)}; "
            f"status --watch: {money(looking.credits_per_hour, price)} an hour"
        )


def looking(manifest: Manifest, config: DemoConfig, rates: Sequence[Rate], seconds: float) -> str:
    """What looking again and again costs, and has cost after so many seconds."""
    warehouse, price = manifest.settings(config).looking_warehouse, config.operations.price_per_credit
    for rate in rates:
        if rate.warehouse == warehouse:
            hour, so_far = money(rate.credits_per_hour, price), money(rate.awake(seconds), price)
            return f"Looking keeps {warehouse} awake: {hour} an hour, {so_far} so far."
    return f"Looking keeps {warehouse} awake, at a price that is not known."


def described(rate: Rate) -> str:
    sleeps = f"asleep {rate.auto_suspend} s after its work" if rate.auto_suspend else "never asleep once it has run"
    return f"{rate.warehouse} ({rate.size}, {sleeps})"


def as_table(manifest: Manifest, config: DemoConfig) -> Iterator[str]:
    """The prices by CONFIG, as Markdown."""
    rates, price = rates_of(manifest, config), config.operations.price_per_credit
    yield " | ".join(["| tasks on", *(described(rate) for rate in rates)]) + " |"
    yield "|---" * (len(rates) + 1) + "|"
    lines: list[tuple[str, Sequence[float | None]]] = [
        ("a run", [rate.run for rate in rates]),
        ("and each minute of its work", [rate.minute_of_work for rate in rates]),
        *[
            (f"a day of a {name} left behind, every {minutes} minutes", [rate.day(minutes) for rate in rates])
            for name, minutes in manifest.sources.days(config).items()
        ],
        ("a day of changes without a pause, the most there can be", [rate.day_awake for rate in rates]),
    ]
    for title, amounts in lines:
        told = [rate.day_awake if amount is None else amount for rate, amount in zip(rates, amounts, strict=True)]
        yield " | ".join([f"| {title}", *(money(amount, price) for amount in told)]) + " |"
