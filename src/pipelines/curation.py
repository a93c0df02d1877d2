"""RAW_DATA to CURATED: values typed, rows deduplicated, and what does not fit kept aside with its place and reason.

Types are decided over all rows at once (value_types.py), when the curated table is made or by `retype`. Afterwards they
stay, but that a NUMBER widens. What is written is written in one transaction; a second run on the same data changes no
row.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from src.utils.arguments import checked
from src.utils.errors import InputError
from src.utils.logging_utils import timed
from src.utils.queries import Row, rows
from src.utils.sql import identifier, joined, literal

from . import value_types
from .columns import SourceColumn, align, shown, source_columns
from .landing import (
    DATA,
    FILE,
    LOADED_AT,
    LONGEST_NAME,
    METADATA,
    REASON,
    ROW,
    column_name,
    refuse_newest_without_key,
)
from .transformation import bring_to, transaction
from .value_types import Evidence, Form, form_of, form_of_variant, why_odd

if TYPE_CHECKING:
    from snowflake.snowpark import Session

REJECTED = "_REJECTED"
WHOLE_RECORD = "VALUE"
BETWEEN = "; "
AT_ONCE = 1_000  # columns that one query looks at
SHOWN = 10


@checked
@dataclass(frozen=True)
class TypedColumn:
    """A column of a curated table: its name, the Snowflake type it is read as, and whether a row needs it."""

    name: str
    type: str
    required: bool = False


@checked
@dataclass(frozen=True)
class Curation:
    """What a raw table becomes. `source` and `target` as SQL writes them.

    `decide` finds the types of texts and of JSON's values; without it, or for `columns`, they are given. Without a key,
    rows that are the same in all columns count as one. `newest` is the timestamp that decides between rows of one key.
    `trim` takes the space around texts away; `retype` decides types anew.
    """

    source: str
    target: str
    key: tuple[str, ...] = ()
    newest: str | None = None
    columns: tuple[TypedColumn, ...] = ()
    decide: bool = False
    trim: bool = False
    retype: bool = False

    def __post_init__(self) -> None:
        refuse_newest_without_key(self.key, self.newest)


@dataclass(frozen=True)
class OddValue:
    """A value that kept its column from another type, where it is, and what is odd about it."""

    column: str
    type: str
    value: str
    file: str | None
    row: int | None
    why: str


@dataclass(frozen=True)
class Rejection:
    """A row that was kept aside: why, and where it is."""

    reason: str
    file: str | None
    row: int | None


@dataclass(frozen=True)
class Curated:
    """How many rows were read, how many are in the target now, how many were rejected or the same as another.

    `newest_text`: the column that decided which row of a key is the newest, if it is no timestamp but texts.
    """

    target: str
    read: int
    kept: int
    rejected: int
    duplicates: int
    changed: tuple[str, ...] = ()
    odd: tuple[OddValue, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    newest_text: str | None = None


@dataclass(frozen=True)
class Origin:
    """Where a curated column comes from: its value and its text as expressions of the source.

    `text` is None for a value in a type of its own, which stays. `asked`: whether its type is decided or given.
    """

    name: str
    value: str
    text: str | None = None
    own_type: str = "VARCHAR"
    asked: bool = True
    conflict: str = ""


@dataclass(frozen=True)
class Read:
    """A column as a run reads it: `certain` where no value can fail to fit."""

    origin: Origin
    type: str
    required: bool
    certain: bool
    number: int

    @property
    def expression(self) -> str:
        text, value = f"_TEXT_{self.number}", f"_VALUE_{self.number}"
        if self.origin.text is None:
            return value
        if self.type == "VARIANT":
            return f"IFF(TYPEOF({value}) = 'NULL_VALUE', NULL, {value})"
        return value_types.typed(self.type, text)

    def reasons(self) -> Iterator[str]:
        """The conditions that reject a row, each as the text of its reason or ''."""
        origin, name = self.origin, self.origin.name
        text, form = f"_TEXT_{self.number}", f"_FORM_{self.number}"
        present = text if origin.text is not None else f"_VALUE_{self.number}"
        if self.required:
            yield f"IFF({present} IS NULL, {literal(f'{BETWEEN}{name} is missing')}, '')"
        if origin.conflict:
            told = literal(f"{BETWEEN}{name} stands under several spellings")
            yield f"IFF(_CONFLICT_{self.number}, {told}, '')"
        if not self.certain:
            told = literal(f"{BETWEEN}{name} is no {self.type}: ")
            misfit = f"NOT ({value_types.fits(self.type, text, form)})"
            yield f"IFF({text} IS NOT NULL AND {misfit}, {told} || LEFT({text}, 200), '')"


@checked
@timed("curate")
def curate(session: "Session", curation: Curation) -> Curated:
    """Brings the target to the typed and deduplicated rows of the source, all or nothing.

    Rows with a value that its type does not take, or without a value that is required, go to `<TARGET>_REJECTED` with
    file, row and reason; rows that have gone from the source go from both. Raises InputError for a column that the
    source has not, QueryFailed for what Snowflake refuses.
    """
    raw = source_columns(session, curation.source)
    origins, problems = _origins(session, curation, raw)
    _refuse_missing(curation, [one.name for one in origins], raw)
    present = (
        {one.name: one for one in source_columns(session, curation.target)} if shown(session, curation.target) else {}
    )
    evidence = _evidence(session, curation, origins)
    untyped = _without_values(session, curation.target, present, evidence)
    reads = [
        _read(curation, one, None if one.name in untyped else present.get(one.name), evidence.get(one.name), number)
        for number, one in enumerate(origins)
    ]
    kept, rejected = _kept(curation, raw, reads, problems), _rejected(curation, raw, reads, problems)
    rejects = rejected_name(curation.target)
    changed = _prepare(session, curation.target, [SourceColumn(one.origin.name, one.type) for one in reads])
    _prepare(session, rejects, [*raw, SourceColumn(REASON, "VARCHAR")])
    with transaction(session):
        bring_to(session, curation.target, kept, [one.name for one in origins], curation.key)
        metadata = _metadata(raw)
        key = metadata if len(metadata) == len(METADATA) else []
        bring_to(session, rejects, rejected, [*(column.name for column in raw), REASON], key)
        curated = _counted(session, curation, rejects)
    decided = [one for one in reads if curation.retype or one.origin.name not in present.keys() - untyped]
    odd = _odd_values(session, curation.source, metadata, decided, evidence)
    return replace(
        curated,
        changed=tuple(changed),
        odd=odd,
        rejections=_rejections(session, rejects, metadata, curated.rejected),
        newest_text=_newest_text(curation, reads, evidence),
    )


@checked
def rejected_name(table: str) -> str:
    """`DB.SCHEMA.T` to `DB.SCHEMA.T_REJECTED`, inside the quotes of a quoted name."""
    return f'{table[:-1]}{REJECTED}"' if table.endswith('"') else table + REJECTED


def _metadata(raw: Sequence[SourceColumn]) -> list[str]:
    return [column.name for column in raw if column.name in METADATA]


def _refuse_missing(curation: Curation, names: Sequence[str], raw: Sequence[SourceColumn]) -> None:
    wanted = (*curation.key, *filter(None, [curation.newest]), *(one.name for one in curation.columns))
    if missing := [name for name in dict.fromkeys(wanted) if name not in names]:
        present = names or [column.name for column in raw if column.name not in METADATA]
        shown = ", ".join(present[:50]) + (", ..." if len(present) > 50 else "")
        raise InputError(f"{curation.source} has no column {', '.join(missing)}. Found: {shown}.")


# Where the columns come from


def _origins(session: "Session", curation: Curation, raw: Sequence[SourceColumn]) -> tuple[list[Origin], list[str]]:
    """The curated columns' origins, and the conditions under which a whole record cannot be a row."""
    names = {column.name for column in raw}
    if curation.decide and names == {DATA, *METADATA}:
        return _of_records(session, curation)
    columns = [column for column in raw if column.name not in METADATA]
    if curation.columns:
        wanted = {one.name for one in curation.columns}
        columns = [column for column in columns if column.name in wanted]
    return [_of_column(curation, column) for column in columns], []


def _of_column(curation: Curation, column: SourceColumn) -> Origin:
    name = identifier(column.name)
    if not column.is_text:
        return Origin(column.name, name, own_type=column.type)
    text = _trimmed(name) if curation.trim else name
    asked = curation.decide or any(one.name == column.name for one in curation.columns)
    return Origin(column.name, name, text, asked=asked)


def _trimmed(text: str) -> str:
    return f"NULLIF(TRIM({text}), '')"


def _of_records(session: "Session", curation: Curation) -> tuple[list[Origin], list[str]]:
    """Each key of the records, over all rows, is a column; spellings that differ in case only are one."""
    flattened = f"SELECT DISTINCT F.KEY AS NAME FROM {curation.source}, LATERAL FLATTEN(INPUT => {DATA}) F"
    found = rows(session, f"{flattened} WHERE F.KEY IS NOT NULL ORDER BY NAME")
    spellings: dict[str, list[str]] = {}
    for row in found:
        spellings.setdefault(column_name(row["NAME"]), []).append(row["NAME"])
    if odd := next((one for one in spellings if "\0" in one), None):
        raise InputError(f"{curation.source}: the key {odd!r} has a NUL, with which no column can be named.")
    too_long = [key for name in [one for one in spellings if len(one) > LONGEST_NAME] for key in spellings.pop(name)]
    if not spellings and not too_long:
        if not rows(session, f"SELECT 1 AS ONE FROM {curation.source} LIMIT 1"):
            raise InputError(f"{curation.source} has no record: the files are empty. Nothing was kept.")
        return [_of_value(curation, WHOLE_RECORD, [DATA])], []
    problems = [f"IFF(TYPEOF({DATA}) <> 'OBJECT', {literal(f'{BETWEEN}the record is no object')}, '')"]
    told = literal(f"{BETWEEN}a key has more than {LONGEST_NAME} characters")
    problems += [f"IFF({DATA}[{literal(key)}] IS NULL, '', {told})" for key in too_long]
    origins = [
        _of_value(curation, name, [f"{DATA}[{literal(key)}]" for key in keys]) for name, keys in spellings.items()
    ]
    return origins, problems


def _of_value(curation: Curation, name: str, values: list[str]) -> Origin:
    there = [f"IFF(TYPEOF({one}) = 'NULL_VALUE', NULL, {one})" for one in values]
    value = values[0] if len(values) == 1 else f"COALESCE({', '.join(there)})"
    plain = [f"{one}::VARCHAR" for one in values]
    text = plain[0] if len(plain) == 1 else f"COALESCE({', '.join(plain)})"
    text = _trimmed(text) if curation.trim else text
    present = joined("+", [f"IFF({one} IS NULL, 0, 1)" for one in plain])
    return Origin(name, value, text, "VARIANT", conflict=f"{present} > 1" if len(values) > 1 else "")


# What the values are


def _evidence(session: "Session", curation: Curation, origins: Sequence[Origin]) -> dict[str, Evidence]:
    """What all rows say of the columns, whose values stand in one column, so that the query stays short for many.

    https://docs.snowflake.com/en/sql-reference/constructs/unpivot
    """
    asked = {n: one for n, one in enumerate(origins) if one.text is not None and one.asked}
    found: dict[str, Evidence] = {}
    for of_json in (False, True):
        numbers = [n for n, one in asked.items() if (one.own_type == "VARIANT") == of_json]
        for begin in range(0, len(numbers), AT_ONCE):
            some = {n: origins[n] for n in numbers[begin : begin + AT_ONCE]}
            found |= {one.name: Evidence(0, 0, 0, 0, 0, 0, 0) for one in some.values()}
            for row in rows(session, _evidence_query(curation, some, of_json)):
                name = origins[int(row["N"].removeprefix("_"))].name
                found[name] = Evidence(*(int(row[what]) for what in _EVIDENCE))
    return found


_EVIDENCE = ("COUNTED", "TEXTS", "LOW", "HIGH", "WHOLE", "SCALE", "NEEDED")


def _evidence_query(curation: Curation, origins: Mapping[int, Origin], of_json: bool) -> str:
    kind = "SPLIT_PART(_VALUE, ':', 1)"  # of JSON's values, before their text
    text = f"SUBSTR(_VALUE, LENGTH({kind}) + 2)" if of_json else "_VALUE"
    columns = {
        f"_{n}": f"TYPEOF({one.value}) || ':' || {one.text}" if of_json else f"{one.text}::VARCHAR"
        for n, one in origins.items()
    }
    listed = ", ".join(f"{value} AS {name}" for name, value in columns.items())
    unpivoted = f"(SELECT {listed}\nFROM {curation.source}) UNPIVOT(_VALUE FOR N IN ({', '.join(columns)}))"
    viewed = f"(SELECT *, {form_of('_TEXT')} AS _FORM\nFROM (SELECT N, _VALUE, {text} AS _TEXT\nFROM {unpivoted}))"
    is_text = f"_FORM IN ({Form.DATE:d}, {Form.TIMESTAMP:d}, {Form.TIME:d}, {Form.TEXT:d})" if of_json else "TRUE"
    if of_json:
        viewed = f"(SELECT N, _TEXT, {form_of_variant(kind, '_FORM')} AS _FORM\nFROM {viewed})"
    is_number = f"_FORM IN ({Form.SHORT:d}, {Form.LONG:d})"
    return (
        f"SELECT N, COUNT(*) AS COUNTED, COUNT_IF({is_text}) AS TEXTS, MIN(_FORM) AS LOW, MAX(_FORM) AS HIGH,"
        f" MAX(IFF({is_number}, {value_types.whole_digits('_TEXT')}, 0)) AS WHOLE,"
        f" MAX(IFF({is_number}, {value_types.scale('_TEXT')}, 0)) AS SCALE,"
        f" MAX(IFF({is_number}, {value_types.needed_scale('_TEXT')}, 0)) AS NEEDED\n"
        f"FROM {viewed}\nWHERE _FORM IS NOT NULL GROUP BY N"
    )


def _viewed(source: str, plain: Sequence[str], origins: Mapping[int, Origin], formed: Iterable[int]) -> str:
    """The source with the columns `plain`, and _VALUE_n and _TEXT_n of each origin; of those in `formed`, also _FORM_n.

    One query inside the other, so that no expression is written twice.
    """
    formed = list(formed)
    named = [*plain]
    for n, origin in origins.items():
        named += [f"{origin.value} AS _VALUE_{n}"] if origin.text is None or origin.own_type == "VARIANT" else []
        named += [f"{origin.text} AS _TEXT_{n}"] if origin.text is not None else []
        named += [f"{origin.conflict} AS _CONFLICT_{n}"] if origin.conflict else []
    inner = f"(SELECT {', '.join(named)} FROM {source})"
    if not formed:
        return inner
    forms = ", ".join(f"{form_of(f'_TEXT_{n}')} AS _FORM_{n}" for n in formed)
    of_json = [n for n in formed if origins[n].own_type == "VARIANT"]
    if not of_json:
        return f"(SELECT *, {forms}\nFROM {inner})"
    forms = ", ".join(f"{form_of(f'_TEXT_{n}')} AS _PLAIN_{n}" for n in formed)
    outer = ", ".join(f"{form_of_variant(f'TYPEOF(_VALUE_{n})', f'_PLAIN_{n}')} AS _FORM_{n}" for n in of_json)
    return f"(SELECT *, {outer}\nFROM (SELECT *, {forms}\nFROM {inner}))"


def _without_values(
    session: "Session", target: str, present: dict[str, SourceColumn], evidence: dict[str, Evidence]
) -> set[str]:
    """The columns of text that have never had a value: the first ones decide their type."""
    asked = [
        name
        for name, found in evidence.items()
        if name in present and present[name].is_text and found.type != "VARCHAR"
    ]
    empty: set[str] = set()
    for begin in range(0, len(asked), AT_ONCE):
        some = asked[begin : begin + AT_ONCE]
        counts = ", ".join(f"COUNT({identifier(name)}) AS N{number}" for number, name in enumerate(some))
        [row] = rows(session, f"SELECT {counts} FROM {target}")
        empty |= {name for number, name in enumerate(some) if not row[f"N{number}"]}
    return empty


def _read(
    curation: Curation, origin: Origin, present: SourceColumn | None, evidence: Evidence | None, number: int
) -> Read:
    """The type that a column is read as: the one asked for, the one that it has, widened, or the one decided."""
    asked = next((one for one in curation.columns if one.name == origin.name), None)
    required = origin.name in curation.key or (asked is not None and asked.required)
    if origin.text is None or evidence is None:
        return Read(origin, origin.own_type, required, True, number)
    if asked is not None:
        type_ = _known(asked.type)
    elif present is None or curation.retype:
        type_ = evidence.type
    else:
        type_ = evidence.widened(_known(present.type))
    if type_ == "VARIANT":
        return Read(origin, type_, required, True, number)
    if type_ == "VARCHAR":
        certain = origin.own_type != "VARIANT" or evidence.texts == evidence.values
        return Read(origin, type_, required, certain, number)
    return Read(origin, type_, required, value_types.all_fit(type_, evidence), number)


def _known(type_: str) -> str:
    """A type as texts are read by it; raises InputError for one that they are not."""
    plain = type_.upper().replace(" ", "")
    word = value_types.word(plain)
    if word == "NUMBER":
        return plain if value_types.number_of(plain) else "NUMBER(38,0)"
    if word not in (*value_types.READ, "VARIANT"):
        raise InputError(f"Texts cannot be read as {type_}. Pass one of {', '.join(value_types.READ)}.")
    return word


# What is written


def _prepare(session: "Session", table: str, wanted: Sequence[SourceColumn]) -> list[str]:
    """Makes the table, or brings the columns of the one that is there in line; says which it changed."""
    listed = ",\n  ".join(f"{identifier(column.name)} {column.type}" for column in wanted)
    rows(session, f"CREATE TABLE IF NOT EXISTS {table} (\n  {listed}\n) CHANGE_TRACKING = TRUE")
    return align(session, table, [column for column in wanted if column.name not in METADATA])


def _reason(reads: Sequence[Read], problems: Sequence[str]) -> str:
    """Why a row is rejected, '' if it is not."""
    reasons = [*problems, *(reason for read in reads for reason in read.reasons())]
    return f"SUBSTR({joined('||', reasons)}, {len(BETWEEN) + 1})" if reasons else ""


def _kept(curation: Curation, raw: Sequence[SourceColumn], reads: Sequence[Read], problems: Sequence[str]) -> str:
    """One typed row for each key: the newest, and of equally new ones the one that was loaded last."""
    columns = ", ".join(f"{read.expression} AS {identifier(read.origin.name)}" for read in reads)
    names = [read.origin.name for read in reads]
    listed, reason = ", ".join(map(identifier, names)), _reason(reads, problems)
    needed = [*_metadata(raw), *([DATA] if problems else [])]
    sound = f"FROM {_viewed_by(curation, needed, reads)}" + (f"\nWHERE {reason} = ''" if reason else "")
    if not curation.key:
        return f"SELECT DISTINCT {columns}\n{sound}"
    metadata = [f"{name} AS _BY{name}" for name in _metadata(raw)]
    last = [f"_BY{name}" for name in (LOADED_AT, FILE, ROW) if name in _metadata(raw)]
    rest = [identifier(name) for name in names if name not in curation.key and name != curation.newest]
    newest = [identifier(curation.newest)] if curation.newest else []
    order = ", ".join(f"{name} DESC NULLS LAST" for name in (*newest, *last, *rest)) or listed
    typed = f"SELECT {', '.join([columns, *metadata])}\n{sound}"
    keys = ", ".join(map(identifier, curation.key))
    ranked = f"SELECT *, ROW_NUMBER() OVER (PARTITION BY {keys} ORDER BY {order}) AS _NEWEST_FIRST FROM (\n{typed}\n)"
    return f"SELECT {listed} FROM (\n{ranked}\n) WHERE _NEWEST_FIRST = 1"


def _rejected(curation: Curation, raw: Sequence[SourceColumn], reads: Sequence[Read], problems: Sequence[str]) -> str:
    """The rows as they came, with the reason."""
    listed, reason = ", ".join(identifier(column.name) for column in raw), _reason(reads, problems)
    if not reason:
        return f"SELECT {listed}, '' AS {REASON} FROM {curation.source} WHERE FALSE"
    viewed = _viewed_by(curation, [identifier(column.name) for column in raw], reads)
    return f"SELECT DISTINCT {listed}, {reason} AS {REASON}\nFROM {viewed}\nWHERE {reason} <> ''"


def _viewed_by(curation: Curation, plain: Sequence[str], reads: Sequence[Read]) -> str:
    origins = {read.number: read.origin for read in reads}
    return _viewed(curation.source, plain, origins, [read.number for read in reads if not read.certain])


def _counted(session: "Session", curation: Curation, rejects: str) -> Curated:
    [row] = rows(
        session,
        f"SELECT (SELECT COUNT(*) FROM {curation.source}) AS READ_ROWS, "
        f"(SELECT COUNT(*) FROM {curation.target}) AS KEPT, (SELECT COUNT(*) FROM {rejects}) AS REJECTED",
    )
    read, kept, rejected = row["READ_ROWS"], row["KEPT"], row["REJECTED"]
    return Curated(curation.target, read, kept, rejected, max(0, read - kept - rejected))


# What is told


def _odd_values(
    session: "Session", source: str, metadata: list[str], reads: Sequence[Read], evidence: dict[str, Evidence]
) -> tuple[OddValue, ...]:
    """Of each column that stays text, or VARIANT, although it looks otherwise, the first value that made it stay so."""
    stayed = [
        read
        for read in reads
        if (found := evidence.get(read.origin.name)) is not None
        and read.type in ("VARCHAR", "VARIANT")
        and found.type == read.type
        and not found.is_plain_text
        and found.high != Form.STRUCTURE
    ][:SHOWN]
    if not stayed:
        return ()
    file, row = (name if name in metadata else "NULL" for name in (FILE, ROW))
    selects = []
    for number, read in enumerate(stayed):
        viewed = _viewed(source, metadata, {read.number: read.origin}, [read.number])
        selects.append(
            f"(SELECT {number} AS N, LEFT(_TEXT_{read.number}, 100) AS FIRST_VALUE, {file} AS IN_FILE, {row} AS IN_ROW"
            f"\nFROM {viewed} WHERE _FORM_{read.number} = {evidence[read.origin.name].high} ORDER BY 3, 4 LIMIT 1)"
        )
    found_rows = rows(session, "\nUNION ALL\n".join(selects) + "\nORDER BY 1")
    return tuple(_odd_value(stayed[one["N"]], one, evidence) for one in found_rows)


def _newest_text(curation: Curation, reads: Sequence[Read], evidence: dict[str, Evidence]) -> str | None:
    """The column that decides which row is the newest, if its values are no timestamps, dates or numbers."""
    texts = [read.origin.name for read in reads if read.type in ("VARCHAR", "VARIANT", "BOOLEAN")]
    empty = {name for name, found in evidence.items() if not found.values}
    return curation.newest if curation.newest in set(texts) - empty else None


def _odd_value(read: Read, row: Row, evidence: dict[str, Evidence]) -> OddValue:
    name, value = read.origin.name, row["FIRST_VALUE"]
    return OddValue(name, read.type, value, row["IN_FILE"], row["IN_ROW"], why_odd(value, evidence[name].high))


def _rejections(session: "Session", rejects: str, metadata: list[str], count: int) -> tuple[Rejection, ...]:
    if not count:
        return ()
    file, row = (name if name in metadata else "NULL" for name in (FILE, ROW))
    query = f"SELECT {REASON} AS WHY, {file} AS IN_FILE, {row} AS IN_ROW FROM {rejects} ORDER BY 2, 3, 1 LIMIT {SHOWN}"
    return tuple(Rejection(one["WHY"], one["IN_FILE"], one["IN_ROW"]) for one in rows(session, query))
