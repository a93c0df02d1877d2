"""The SQLAlchemy dialect: https://docs.snowflake.com/en/developer-guide/python-connector/sqlalchemy"""

from importlib.metadata import version

import pandas as pd
import sqlalchemy as sa
from snowflake.sqlalchemy import URL
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from trials import EMULATOR, does, equal, main

named = {name: value for name, value in EMULATOR.items() if name != "protocol"}
quiet = {"protocol": EMULATOR["protocol"], "platform_detection_timeout_seconds": 0, "disable_ocsp_checks": True}
engine = sa.create_engine(URL(**named), connect_args=quiet)


class Base(DeclarativeBase):
    pass


class Person(Base):
    __tablename__ = "people"
    __table_args__ = {"comment": "who there is"}  # noqa: RUF012
    id: Mapped[int] = mapped_column(sa.Integer, sa.Sequence("people_id"), primary_key=True)
    name: Mapped[str | None] = mapped_column(sa.String(20), comment="how they are called")
    score: Mapped[float | None]


class Visit(Base):
    __tablename__ = "visits"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    person: Mapped[int] = mapped_column(sa.ForeignKey("people.id"))
    day: Mapped[str] = mapped_column(sa.String(10), unique=True)


@does("connect, select, text with binds")
def _() -> None:
    with engine.connect() as connection:
        equal(connection.execute(sa.text("SELECT :a + 1"), {"a": 1}).scalar(), 2)


@does("create_all with keys, sequences, comments; again")
def _() -> None:
    Base.metadata.create_all(engine)
    Base.metadata.create_all(engine)


@does("an ORM session: add, query, update, delete")
def _() -> None:
    with Session(engine) as session:
        session.add_all([Person(name="a", score=1.5), Person(name="b", score=None), Person(name="c", score=2.5)])
        session.commit()
        session.query(Person).filter_by(name="b").update({"score": 9.0})
        session.query(Person).filter_by(name="c").delete()
        session.commit()
        found = session.scalars(sa.select(Person).order_by(Person.name)).all()
        equal([(one.name, one.score) for one in found], [("a", 1.5), ("b", 9.0)])


@does("inspect: schema, table and view names, has_table")
def _() -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE OR REPLACE VIEW seen AS SELECT * FROM people"))
    inspector = sa.inspect(engine)
    equal(sorted(inspector.get_table_names()), ["people", "visits"])
    equal(inspector.get_view_names(), ["seen"])
    equal("public" in inspector.get_schema_names(), True)
    equal((inspector.has_table("people"), inspector.has_table("nobody")), (True, False))


@does("inspect: columns with types, nullability, defaults and comments")
def _() -> None:
    columns = {column["name"]: column for column in sa.inspect(engine).get_columns("people")}
    equal(list(columns), ["id", "name", "score"])
    equal((columns["name"]["type"].length, columns["name"]["comment"]), (20, "how they are called"))
    equal((columns["id"]["nullable"], columns["name"]["nullable"]), (False, True))


@does("inspect: primary, foreign and unique keys, indexes, comment of a table")
def _() -> None:
    inspector = sa.inspect(engine)
    equal(inspector.get_pk_constraint("people")["constrained_columns"], ["id"])
    [key] = inspector.get_foreign_keys("visits")
    equal((key["constrained_columns"], key["referred_table"], key["referred_columns"]), (["person"], "people", ["id"]))
    equal([one["column_names"] for one in inspector.get_unique_constraints("visits")], [["day"]])
    equal(inspector.get_table_comment("people"), {"text": "who there is"})
    inspector.get_indexes("people")


@does("inspect: definition of a view, sequences")
def _() -> None:
    inspector = sa.inspect(engine)
    equal("people" in inspector.get_view_definition("seen").lower(), True)
    equal(inspector.get_sequence_names(), ["people_id"])


@does("MetaData.reflect, Table with autoload_with")
def _() -> None:
    metadata = sa.MetaData()
    metadata.reflect(engine)
    equal(sorted(metadata.tables), ["people", "visits"])
    equal(
        [column.name for column in sa.Table("people", sa.MetaData(), autoload_with=engine).columns],
        ["id", "name", "score"],
    )


@does("pandas.DataFrame.to_sql: replace, append, fail")
def _() -> None:
    frame = pd.DataFrame({"n": [1, 2], "s": ["x", None]})
    for mode, rows in (("replace", 2), ("append", 4), ("replace", 2)):
        frame.to_sql("frame", engine, if_exists=mode, index=False)
        equal(len(pd.read_sql_query("SELECT * FROM frame", engine)), rows)


@does("to_sql with method='multi' and with pd_writer")
def _() -> None:
    from snowflake.connector.pandas_tools import pd_writer

    frame = pd.DataFrame({"n": [1, 2], "s": ["x", None]})
    frame.to_sql("multi", engine, if_exists="replace", index=False, method="multi")
    # Small letters stand in quotes for pd_writer alone, as its documentation says.
    frame.rename(columns=str.upper).to_sql("written", engine, if_exists="replace", index=False, method=pd_writer)
    equal(len(pd.read_sql_query("SELECT * FROM written", engine)), 2)


@does("pandas.read_sql_table, read_sql")
def _() -> None:
    equal(list(pd.read_sql_table("people", engine).columns), ["id", "name", "score"])
    equal(list(pd.read_sql("SELECT * FROM people", engine).columns), ["id", "name", "score"])


@does("a transaction that is rolled back")
def _() -> None:
    with engine.connect() as connection:
        before = connection.execute(sa.text("SELECT COUNT(*) FROM people")).scalar()
        connection.rollback()
        connection.execute(sa.text("INSERT INTO people (id, name) VALUES (99, 'z')"))
        connection.rollback()
        equal(connection.execute(sa.text("SELECT COUNT(*) FROM people")).scalar(), before)


@does("drop_all")
def _() -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("DROP VIEW seen"))
    Base.metadata.drop_all(engine)
    equal([name for name in sa.inspect(engine).get_table_names() if name in ("people", "visits")], [])


main(f"{version('snowflake-sqlalchemy')} on SQLAlchemy {version('sqlalchemy')}")
