"""Tables made in the form of others: what DuckDB keeps of one, under another name."""

from ..catalog import duckdb_tables, tracking
from ..language.names import duck_name, quoted, text_literal
from ..language.reader import Path
from ..session import Session


def copy(session: Session, source: Path, target: Path, *, rows: bool, temporary: bool = False) -> None:
    """Makes a table with the columns of another, their defaults, NOT NULL and types, and with its rows if wanted.

    Both are places in DuckDB. The rows of another database have numbers of its own, those of a temporary table none.
    """
    own = source[0] == target[0]
    facts = ("column_name", "data_type", "column_default", "is_nullable", "comment")
    columns = [
        one for one in duckdb_tables.columns(session, source, *facts) if own or one[0] != tracking.ROW_ID.strip('"')
    ]
    written = [
        f"{quoted(name)} {type_}{f' DEFAULT {default}' if default else ''}{'' if nullable else ' NOT NULL'}"
        for name, type_, default, nullable, _ in columns
    ]
    session.duck.execute(f"CREATE {'TEMPORARY ' * temporary}TABLE {duck_name(target)} ({', '.join(written)})")
    for name, *_, comment in columns:
        if comment:
            session.duck.execute(f"COMMENT ON COLUMN {duck_name(target)}.{quoted(name)} IS {text_literal(comment)}")
    if rows:
        names = ", ".join(quoted(name) for name, *_ in columns)
        session.duck.execute(f"INSERT INTO {duck_name(target)} ({names}) SELECT {names} FROM {duck_name(source)}")
    if not own and not temporary:
        tracking.add_row_id(session, target)


def move(session: Session, source: Path, target: Path) -> None:
    """Gives a table another name; DuckDB has no way to give it another schema."""
    if source[:2] == target[:2]:
        session.duck.execute(f"ALTER TABLE {duck_name(source)} RENAME TO {quoted(target[-1])}")
        return
    copy(session, source, target, rows=True)
    session.duck.execute(f"DROP TABLE {duck_name(source)}")


def takes_numbers(session: Session, source: Path) -> bool:
    """Whether a column takes its default from a sequence, its own or another."""
    found = duckdb_tables.columns(session, source, "column_name", "column_default")
    return any("nextval" in (default or "") for name, default in found if name != tracking.ROW_ID.strip('"'))
