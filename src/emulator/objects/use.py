"""USE: what is current in a session."""

from .. import errors
from ..language.reader import Reader
from ..language.result import Result, done
from ..session import Session


def use_database(session: Session, reader: Reader) -> Result:
    """https://docs.snowflake.com/en/sql-reference/sql/use-database"""
    name = reader.name()
    reader.finish()
    session.use_database(name)
    return done()


def use_schema(session: Session, reader: Reader) -> Result:
    """https://docs.snowflake.com/en/sql-reference/sql/use-schema"""
    path = reader.path(most=2)
    reader.finish()
    session.use_schema(path)
    return done()


def use_warehouse(session: Session, reader: Reader) -> Result:
    """https://docs.snowflake.com/en/sql-reference/sql/use-warehouse"""
    name = reader.name()
    reader.finish()
    if session.account.find("WAREHOUSE", (name,)) is None:
        raise errors.scope_does_not_exist()
    session.warehouse = name
    return done()


def use_role(session: Session, reader: Reader) -> Result:
    """Raises 003013 for a role that the user has not.

    https://docs.snowflake.com/en/sql-reference/sql/use-role
    """
    name = reader.name()
    reader.finish()
    if session.account.find("ROLE", (name,)) is None:
        raise errors.scope_does_not_exist()
    if not session.may_use(name):
        raise errors.role_not_assigned(name)
    session.role = name
    return done()


def use_secondary_roles(session: Session, reader: Reader) -> Result:
    """ALL or NONE: whether the user's other roles count beside the current one.

    https://docs.snowflake.com/en/sql-reference/sql/use-secondary-roles
    """
    chosen = reader.word()
    if not reader.accept("ALL") and not reader.accept("NONE"):
        raise errors.not_emulated(f"USE SECONDARY ROLES {reader.name()}")
    reader.finish()
    session.has_secondary_roles = chosen == "ALL"
    return done()


def use(session: Session, reader: Reader) -> Result:
    """`USE name` is USE DATABASE, `USE db.schema` USE SCHEMA."""
    path = reader.path(most=2)
    reader.finish()
    if len(path) == 1:
        session.use_database(path[0])
    else:
        session.use_schema(path)
    return done()
