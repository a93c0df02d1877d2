"""What warehouses cost on an account, in credits: an hour, a run, a weekend on which they are forgotten."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from src.config import DemoConfig, Warehouse
from src.config.objects import GENERATIONS, SIZES

from .sql import Row
from .terminal import table

# Billed each time that a warehouse resumes, however short its work.
# https://docs.snowflake.com/en/user-guide/warehouses-overview#warehouse-size
FIRST_SECONDS = 60
WEEKEND_HOURS = 60  # from Friday evening to Monday morning
HOUR = 3600
_HOURS_OF_A_DAY = 24
_SIZE_WORDS = {shown: word for word, shown in SIZES.items()}


@dataclass(frozen=True)
class Rate:
    """What a warehouse uses, in credits. It stays awake for `auto_suspend` seconds after its work; 0 is for ever."""

    warehouse: str
    size: str
    auto_suspend: int
    credits_per_hour: float
    generation: str = "1"

    @classmethod
    def of(cls, one: Warehouse) -> "Rate":
        return cls(one.name, one.size, one.auto_suspend_seconds, one.credits_per_hour, one.generation)

    @classmethod
    def shown(cls, one: Warehouse, row: Row) -> "Rate | None":
        """By the size and the generation that SHOW WAREHOUSES tells; None where those have no known credits."""
        size, generation = _SIZE_WORDS.get(row["size"]), str(row.get("generation") or one.generation)
        if size is None or generation not in GENERATIONS or row["type"] != "STANDARD":
            return None
        return cls.of(replace(one, size=size, generation=generation))

    @property
    def day_awake(self) -> float:
        """A day without sleep."""
        return self.credits_per_hour * _HOURS_OF_A_DAY

    @property
    def weekend_awake(self) -> float:
        """A weekend on which something keeps it awake, or nothing puts it to sleep."""
        return self.credits_per_hour * WEEKEND_HOURS

    @property
    def run(self) -> float | None:
        """A run, but for the time that it works: what is billed at least. None where the warehouse never sleeps."""
        return self.credits_per_hour * self._seconds / HOUR if self.auto_suspend else None

    def awake(self, seconds: float) -> float:
        """So many seconds without sleep, at least what is billed at least."""
        return self.credits_per_hour * max(FIRST_SECONDS, seconds) / HOUR

    @property
    def minute_of_work(self) -> float:
        """Each minute that the tasks work, on top of `run`."""
        return self.credits_per_hour / 60

    def day(self, minutes: int) -> float:
        """A day on which it is resumed every so many minutes; no more than a day awake."""
        if not self.auto_suspend:
            return self.day_awake
        return self.day_awake * min(1.0, self._seconds / (minutes * 60))

    @property
    def _seconds(self) -> int:
        return max(FIRST_SECONDS, self.auto_suspend)


def rates(config: DemoConfig) -> list[Rate]:
    """The rates of CONFIG's warehouses."""
    return [Rate.of(one) for one in config.warehouses]


def money(credits: float, price: float) -> str:
    return f"{credits:,.2f} credits ({credits * price:,.2f})"


def as_data(config: DemoConfig) -> dict[str, Any]:
    """For a JSON document: the warehouses, the tasks on them, and what is assumed."""
    known = {one.warehouse: one for one in rates(config)}
    return {
        "price_per_credit": config.operations.price_per_credit,
        "at_rest": 0.0,
        "warehouses": [asdict(one) | {"weekend_awake": one.weekend_awake} for one in known.values()],
        "tasks": [
            {"demo": name, "warehouse": rate.warehouse, "run": rate.run, "minute_of_work": rate.minute_of_work}
            for name, rate in _rates_of_tasks(config)
        ],
        "assumptions": list(_assumptions(config)),
    }


def as_lines(config: DemoConfig, width: int | None) -> Iterator[str]:
    """What a person is told of what CONFIG costs, on a screen of this width."""
    price = config.operations.price_per_credit

    def amount(credits: float | None) -> str:
        return "never sleeps" if credits is None else f"{credits:,.2f} ({credits * price:,.2f})"

    yield f"What it costs on an account, in credits (and at {price:,.2f} a credit):"
    warehouses = [
        (one.warehouse, one.size, one.generation, amount(one.credits_per_hour), amount(one.weekend_awake))
        for one in rates(config)
    ]
    yield from _indented(("WAREHOUSE", "SIZE", "GENERATION", "AN HOUR", "A WEEKEND AWAKE"), warehouses, width)
    tasks = [
        (f"of {name}", one.warehouse, amount(one.run), amount(one.minute_of_work))
        for name, one in _rates_of_tasks(config)
    ]
    if tasks:
        yield from _indented(("A TASK", "RUNS ON", "A RUN, AT LEAST", "EACH MINUTE OF ITS WORK"), tasks, width)
    yield from (f"  {one}" for one in _assumptions(config))


def _rates_of_tasks(config: DemoConfig) -> list[tuple[str, Rate]]:
    """Each demo, with the warehouse that its tasks run on."""
    known = {one.warehouse: one for one in rates(config)}
    return [(name, known[settings.warehouse]) for name, settings in config.demos.items()]


def _assumptions(config: DemoConfig) -> Iterator[str]:
    days = config.database.retention_days
    yield "At rest nothing but storage: the warehouses are made suspended, and suspend themselves after their work."
    yield (
        "Assumed: credits of standard warehouses, the same in every edition; config.py's price_per_credit is that of "
        f"your edition and contract; a resumed warehouse is billed for {FIRST_SECONDS} s at least and until it "
        f"suspends; a weekend of {WEEKEND_HOURS} hours."
    )
    if any(one.generation != "1" for one in config.warehouses):
        yield "Assumed: generation 2 at 1.35 times generation 1, as on AWS and Google Cloud; on Azure it is 1.25 times."
    yield (
        f"Not known, so not told: storage ({days} {'day' if days == 1 else 'days'} of Time Travel where the edition "
        "has them, 7 of Fail-safe), how long tasks work, and cloud services beyond a tenth of a day's credits."
    )


def _indented(header: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> Iterator[str]:
    inside = None if width is None else width - 2
    yield from (f"  {line}" for line in table([header, *rows], inside))
