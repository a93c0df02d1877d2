"""The tree of a Snowflake Scripting block: `script_parser.py` reads it, `script_names.py` looks its names up,
`scripting.py` runs it.

https://docs.snowflake.com/en/sql-reference-snowflake-scripting
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

OTHER = "OTHER"


@dataclass(frozen=True)
class Expression:
    text: str
    position: int


@dataclass(frozen=True)
class Name:
    text: str
    position: int


@dataclass(frozen=True)
class Sql:
    """A SQL statement; `into` are the variables of SELECT ... INTO, whose words stand between its parts."""

    parts: Sequence[Expression]
    into: Sequence[Name] = ()

    @property
    def text(self) -> str:
        return " ".join(part.text for part in self.parts)

    @property
    def position(self) -> int:
        return self.parts[0].position


@dataclass(frozen=True)
class ExecuteImmediate:
    statement: Expression
    position: int


@dataclass(frozen=True)
class Declare:
    """A variable of DECLARE or LET: its type or "", and what it begins with."""

    name: str
    type: str
    value: Expression | None
    position: int


@dataclass(frozen=True)
class DeclareRows:
    """A cursor with its query or the result set that it goes over, or a result set with what it begins with."""

    name: str
    source: Expression | None
    is_cursor: bool


@dataclass(frozen=True)
class DeclareException:
    """https://docs.snowflake.com/en/developer-guide/snowflake-scripting/exceptions#declaring-an-exception"""

    name: str
    code: int = -20000
    message: str = ""


Declaration: TypeAlias = Declare | DeclareException | DeclareRows


@dataclass(frozen=True)
class Assign:
    target: Name
    value: Expression


@dataclass(frozen=True)
class Return:
    value: Expression


@dataclass(frozen=True)
class Raise:
    """RAISE name; without one, what is being handled again."""

    name: Name | None
    position: int


@dataclass(frozen=True)
class Null:
    pass


@dataclass(frozen=True)
class If:
    branches: Sequence[tuple[Expression, "Body"]]
    otherwise: "Body"


@dataclass(frozen=True)
class Case:
    """CASE of a value, each branch with what it is compared to; without a value, with a condition."""

    value: Expression | None
    branches: Sequence[tuple[Expression, "Body"]]
    otherwise: "Body"


@dataclass(frozen=True)
class Loop:
    """WHILE has a condition to go on, REPEAT one to end, LOOP has none."""

    condition: Expression | None
    body: "Body"
    until: Expression | None
    label: str


@dataclass(frozen=True)
class For:
    """FOR with a counter."""

    counter: str
    start: Expression
    end: Expression
    is_reverse: bool
    body: "Body"
    label: str


@dataclass(frozen=True)
class ForEach:
    """FOR with the rows of a cursor or a result set."""

    row: str
    source: Name
    body: "Body"
    label: str


@dataclass(frozen=True)
class Open:
    name: Name
    using: Sequence[Expression]


@dataclass(frozen=True)
class Fetch:
    name: Name
    into: Sequence[Name]
    position: int


@dataclass(frozen=True)
class Close:
    name: Name
    position: int


@dataclass(frozen=True)
class ReturnTable:
    """RETURN TABLE(a result set), or TABLE(RESULTSET_FROM_CURSOR(a cursor))."""

    source: Name


@dataclass(frozen=True)
class Leave:
    """BREAK, or CONTINUE, of the innermost loop or of the one with the label."""

    is_continue: bool
    label: Name | None
    position: int


@dataclass(frozen=True)
class Handler:
    """What catches exceptions of these names; one that is CONTINUE goes on behind the statement that raised."""

    names: Sequence[str]
    is_continue: bool
    body: "Body"


@dataclass(frozen=True)
class Block:
    declarations: Sequence[Declaration]
    body: "Body"
    handlers: Sequence[Handler]


Action: TypeAlias = (
    Sql | ExecuteImmediate | Declare | DeclareRows | Assign | Open | Fetch | Close | Raise | Leave | Null
)
Statement: TypeAlias = Action | Return | ReturnTable | If | Case | Loop | For | ForEach | Block
Body: TypeAlias = Sequence[Statement]
