"""What is known of one statement: made for it, and thrown away with it."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from snowflake.connector.errors import ProgrammingError
from sqlglot import Expr, exp

from ..account import Dropped
from ..language.reader import Value
from ..language.result import Result
from .accesses import Accesses

if TYPE_CHECKING:
    from .session import Session

Depth = Literal["executed", "recorded"]


def _no_answer(session: "Session", expression: Expr) -> Result | None:
    return None


def _no_record(context: "StatementContext", expression: Expr) -> None:
    return None


@dataclass(frozen=True)
class Passed:
    """A statement that DuckDB runs, between `prepare` and `record`; `answer` may answer in their stead."""

    prepare: "tuple[Callable[[StatementContext, Expr], Expr], ...]" = ()
    answer: "Callable[[Session, Expr], Result | None]" = _no_answer
    record: "Callable[[StatementContext, Expr], None]" = _no_record
    needs_warehouse: bool = False
    changes: bool = False
    commits: bool = False
    modifiers: frozenset[str] = frozenset()
    or_alter: bool = False
    depth: Depth = "executed"


@dataclass
class StatementContext:
    """One statement in the making; what is not known when it begins is filled in while it runs."""

    session: "Session"
    text: str = ""
    rule: Passed = field(default_factory=Passed)
    query_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    query_type: str = "UNKNOWN"
    depth: str = "executed"
    rows: int = 0
    accesses: Accesses = field(default_factory=Accesses)
    seconds: float = 0  # how long it may run, from its deadline by the monotonic clock
    deadline: float = 0.0
    end: Callable[[], ProgrammingError] | None = None  # the error that it ends with, once it has been cancelled
    sql: str = ""  # the text with its IDENTIFIER() resolved
    is_kept: bool = False  # whether what is bound may be kept by that text
    answer: Result | None = None  # of one that does not get as far as DuckDB
    types: Sequence[exp.DataType | None] = ()  # Snowflake's, of the columns that it answers with
    made: Mapping[str, exp.DataType] = field(default_factory=dict)  # and of the table or view that it makes
    never_null: tuple[bool, ...] = ()  # of each column of its answer, or of a view that it makes, whether it is
    # What the account keeps of that, beside its rows.
    properties: dict[str, Value] | None = None
    comment: str = ""
    column_comments: Mapping[str, str] = field(default_factory=dict)
    not_null: Sequence[str] = ()  # columns of a table that is made of a query
    copies_grants: bool = False
    replaced: Dropped | None = None  # what it has replaced, where that is kept
    held: ExitStack = field(default_factory=ExitStack)  # the locks and the transaction that it runs in
    start: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.start = self.session.account.clock()
