"""SHOW COLUMNS: fakesnow's query, with the LIKE that it passes over."""

from fakesnow import transforms
from sqlglot import Expr, exp

from .. import errors
from ..language.result import Result
from ..session import Session


def show_columns(node: Expr, database: str | None, schema: str | None) -> Expr:
    """The query of `SHOW COLUMNS [LIKE '..'] [IN ..]`. Raises for a view that is not named with its database.

    https://docs.snowflake.com/en/sql-reference/sql/show-columns; for the view, recorded: frostlake/ddl-show-scopes
    """
    view = node.find(exp.Table) if node.args.get("scope_kind") == "VIEW" else None
    if view is not None and not view.catalog:
        raise errors.full_path_required(view.name.upper())
    query = transforms.show_columns(node, database, schema)
    if (pattern := node.args.get("like")) is None or not isinstance(query, exp.Select):
        return query
    column = exp.column("column_name", quoted=True)
    return query.where(exp.ILike(this=column, expression=exp.Literal.string(pattern.name)))


def refuse_imported(session: Session, expression: Expr) -> Result | None:
    """Refuses SHOW COLUMNS of an imported database by name; None for any other."""
    for node in expression.find_all(exp.Identifier):
        if node.name.upper() in session.account.imported:
            raise errors.not_emulated("SHOW COLUMNS in an imported database")
    return None
