"""Shares. The configuration has none: src.data_sharing makes them, and a database in one of ours cannot be dropped."""

from collections.abc import Sequence

from src.utils.sql import Row

from .kind import Kind
from .states import Answers, DesiredState


class ShareKind(Kind):
    """A share goes before the databases in it: https://docs.snowflake.com/en/sql-reference/sql/drop-database"""

    name = "SHARE"
    drop_batch = 0
    remains = ("GRANTS TO",)

    def rows(self, answers: Answers) -> Sequence[Row]:
        """But for those of others to us."""
        return [row for row in super().rows(answers) if row["kind"] == "OUTBOUND"]

    def drop(self, name: str) -> DesiredState:
        """The only DROP without IF EXISTS: https://docs.snowflake.com/en/sql-reference/sql/drop-share"""
        return DesiredState(self.name, name, f"DROP SHARE {name}")
