"""Random sequences of changes, runs and failures: whatever happens, the four proofs hold at the end.

3 sequences, 201 in `make soak`. The source is a provider's table whose WEIGHT is wider than
the Iceberg table's, so that a number too large makes the MERGE fail until the provider corrects it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from config import CONFIG
from demos.factset_etf_iceberg.manifest import MANIFEST, PIPELINES
from demos.factset_etf_iceberg.pipeline1_iceberg import ICEBERG
from demos.factset_etf_iceberg.pipeline2_parquet import AUDIT
from src.demo_kit.deployment import deploy, run
from src.demo_kit.manifest import Pipeline
from src.demo_kit.session import Demo
from src.demo_kit.tasks import run_tasks
from src.demo_kit.verification import verify
from src.deployment.sending import Sender
from src.emulator.protocol.serving import emulator
from src.utils.errors import DemoError
from src.utils.snowpark_session import open_session, resolve_target
from src.utils.sql import literal

from ..lengths import length
from .conftest import make_provider, set_up_infrastructure, suspend_tasks

EXAMPLES = length(2, 200)
TABLE = "ETF_DATA.PUBLIC.CONSTITUENTS"
TOO_LARGE = 10**15

Key = tuple[str | None, str | None, str | None]


def sql_value(value: str | None) -> str:
    return "NULL" if value is None else literal(value)


def of_key(key: Key) -> str:
    columns = ("FUND_ID", "TICKER", "AS_OF_DATE::VARCHAR")
    return " AND ".join(f"EQUAL_NULL({column}, {sql_value(value)})" for column, value in zip(columns, key, strict=True))


def moment(stamp: int) -> str:
    return f"DATEADD(second, {stamp}, '2026-01-02 06:00:00'::TIMESTAMP_NTZ)"


@dataclass(frozen=True)
class Add:
    """A row of a key that may be there already: then it is a duplicate."""

    key: Key
    weight: int
    stamp: int

    def sql(self) -> str:
        fund, ticker, date = map(sql_value, self.key)
        return (
            f"INSERT INTO {TABLE} SELECT {fund}, {ticker}, 'Company {self.stamp}', {self.weight}, 1, 2, 'Energy', NULL,"
            f" 'US', {date}::DATE, {moment(self.stamp)}"
        )


@dataclass(frozen=True)
class Update:
    """All rows of a key, or only its oldest; `late` leaves LOAD_TIMESTAMP as it was."""

    key: Key
    weight: int
    stamp: int
    late: bool
    oldest: bool

    def sql(self) -> str:
        stamp = "" if self.late else f", LOAD_TIMESTAMP = {moment(self.stamp)}"
        return (
            f"UPDATE {TABLE} SET WEIGHT = {self.weight}{stamp} WHERE {of_key(self.key)}{end_of(self.key, self.oldest)}"
        )


@dataclass(frozen=True)
class Delete:
    """All rows of a key, or only its oldest or newest duplicate."""

    key: Key
    which: str

    def sql(self) -> str:
        only = {"all": "", "oldest": end_of(self.key, True), "newest": end_of(self.key, True, "MAX")}[self.which]
        return f"DELETE FROM {TABLE} WHERE {of_key(self.key)}{only}"


@dataclass(frozen=True)
class Rekey:
    """Another ticker, which may be taken."""

    key: Key
    ticker: str | None

    def sql(self) -> str:
        return f"UPDATE {TABLE} SET TICKER = {sql_value(self.ticker)} WHERE {of_key(self.key)}"


def end_of(key: Key, wanted: bool, function: str = "MIN") -> str:
    return (
        f" AND LOAD_TIMESTAMP = (SELECT {function}(LOAD_TIMESTAMP) FROM {TABLE} WHERE {of_key(key)})" if wanted else ""
    )


@dataclass(frozen=True)
class Batch:
    """Changes, then a run of some pipelines; `poisoned` makes pipeline 1 fail once before."""

    changes: tuple[Add | Update | Delete | Rekey, ...]
    pipelines: tuple[Pipeline, ...]
    poisoned: bool = False


tickers = st.sampled_from(["AAA", "BBB", None])
keys = st.tuples(st.sampled_from(["F1", "F2", None]), tickers, st.sampled_from(["2026-01-02", None]))
weights = st.integers(0, 9)
# No two writes of a sequence have the same LOAD_TIMESTAMP: which of two equal ones is newer, nobody can say.
stamps = st.integers(-(10**6), 10**6)
changes = st.one_of(
    st.builds(Add, keys, weights, stamps),
    st.builds(Update, keys, weights, stamps, st.booleans(), st.booleans()),
    st.builds(Delete, keys, st.sampled_from(["all", "oldest", "newest"])),
    st.builds(Rekey, keys, tickers),
)
batches = st.builds(
    Batch,
    st.lists(changes, max_size=8).map(tuple),
    st.sampled_from([PIPELINES, PIPELINES, (ICEBERG,), (AUDIT,), ()]),
)


@st.composite
def sequences(draw: st.DrawFn) -> list[Batch]:
    """Several batches, of which one meets a failing MERGE."""
    drawn = draw(st.lists(batches, min_size=1, max_size=5))
    poisoned = draw(st.integers(0, len(drawn) - 1))
    return [Batch(one.changes, one.pipelines, index == poisoned) for index, one in enumerate(drawn)]


class Provided:
    """The demo on a provider's table. No dataclass: hypothesis would write all of it into its messages."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo


@pytest.fixture(scope="module")
def provided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provided]:
    state = tmp_path_factory.mktemp("sequences") / "state"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATA_ENG_DEMO_STATE", str(state))
        with (
            emulator(state),
            open_session(resolve_target("local"), query_tag="TEST") as opened,
            Sender.of(opened.session) as sender,
        ):
            demo = Demo(MANIFEST, sender, CONFIG)
            set_up_infrastructure(sender)
            demo.ask("USE WAREHOUSE DATA_ENG_XFORM_WH")
            make_provider(demo)
            yield Provided(demo)


def begin_anew(demo: Demo) -> None:
    if demo.sender.send("SHOW TASKS IN SCHEMA DATA_ENG_DEMO.FACTSET").rows:
        ICEBERG.drop(demo)
        AUDIT.drop(demo)
    demo.ask(f"DELETE FROM {TABLE}")
    demo.ask(Add(("F0", "FIRST", None), 1, 0).sql())


def fail_once(demo: Demo) -> None:
    """A weight that the Iceberg table has no room for, until the provider corrects it."""
    demo.ask(
        f"INSERT INTO {TABLE} SELECT 'F1', 'POISON', 'Poison', {TOO_LARGE}, 1, 2, 'Energy', NULL, 'US', NULL, NULL"
    )
    with pytest.raises(DemoError, match=f"Task {ICEBERG.task} FAILED"):
        run_tasks(demo, [ICEBERG.task])
    demo.ask(f"UPDATE {TABLE} SET WEIGHT = 1 WHERE TICKER = 'POISON'")


EVERY_CASE = [
    Batch((Add(("F1", "AAA", None), 1, 10), Add(("F1", "AAA", None), 2, 20)), PIPELINES),
    Batch((Delete(("F1", "AAA", None), "newest"), Add((None, None, None), 3, 30)), (ICEBERG,)),
    Batch((Rekey((None, None, None), "BBB"), Delete(("F1", "AAA", None), "all")), (AUDIT,), poisoned=True),
    Batch((Add(("F1", "AAA", None), 4, 5), Rekey(("F1", "AAA", None), None)), PIPELINES),
]


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@example(EVERY_CASE)
@given(sequences())
def test_any_sequence_of_changes_ends_with_four_proofs(provided: Provided, sequence: list[Batch]) -> None:
    deployed = provided.demo
    begin_anew(deployed)
    deploy(deployed)
    suspend_tasks(deployed)
    begun = False
    for batch in sequence:
        if batch.poisoned and not begun:
            # The first run takes the rows of before alone: no change can make it fail.
            run(deployed, (ICEBERG,))
        for change in batch.changes:
            deployed.ask(change.sql())
        if batch.poisoned:
            fail_once(deployed)
        run(deployed, batch.pipelines)
        begun = begun or batch.poisoned or ICEBERG in batch.pipelines
    run(deployed)
    assert [str(proof) for proof in verify(deployed) if not proof.holds] == []
