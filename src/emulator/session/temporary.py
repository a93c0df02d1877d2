"""Temporary objects: a session's own, gone with it; each hides what has its name in the account.

https://docs.snowflake.com/en/user-guide/tables-temp-transient
"""

from ..account import Account, Object
from ..language.reader import Path


class SessionAccount(Account):
    """The account as one session sees it: whatever it holds, less what a temporary object of the session's hides."""

    __slots__ = ("_temporary",)

    def __init__(self, account: Account) -> None:
        self.__dict__ = account.__dict__  # one account, however many sessions look at it
        self._temporary: dict[tuple[str, Path], Object] = {}

    @property
    def has_temporary(self) -> bool:
        return bool(self._temporary)

    def temporary(self, kind: str, path: Path) -> Object | None:
        """The session's temporary object of that name, unless its schema has been dropped or replaced since."""
        found = self._temporary.get((kind, path))
        schema = super().find("SCHEMA", path[:2]) if found is not None else None
        return found if found and schema and schema.created_on <= found.created_on else None

    def permanent(self, kind: str, path: Path) -> Object | None:
        """The account's own object of that name, hidden or not."""
        return super().find(kind, path)

    def namesake(self, kind: str, path: Path, *, temporary: bool) -> Object | None:
        """What a new object replaces, or is refused for: temporary and other objects do not share their names."""
        return self.temporary(kind, path) if temporary else self.permanent(kind, path)

    def find(self, kind: str, path: Path) -> Object | None:
        return self.temporary(kind, path) or super().find(kind, path)

    def objects(self, kind: str, database: str = "", schema: str = "") -> list[Object]:
        shown = super().objects(kind, database, schema)
        own = [found for key in list(self._temporary) if key[0] == kind and (found := self.temporary(*key))]
        if not own:
            return shown
        wanted = [one for one in own if database in ("", one.database) and schema in ("", one.schema)]
        hidden = {one.path for one in wanted}
        return sorted([*wanted, *(one for one in shown if one.path not in hidden)], key=lambda one: one.path)

    def save(self, object_: Object) -> None:
        if object_.is_temporary:
            self._temporary[object_.kind, object_.path] = object_
        else:
            super().save(object_)

    def remove(self, object_: Object) -> list[Object]:
        if not object_.is_temporary:
            return super().remove(object_)
        gone = self._temporary.pop((object_.kind, object_.path), None)
        return [gone] if gone else []

    def remove_temporary(self) -> list[Object]:
        """Forgets the session's temporary objects, those of schemas that are gone among them, and returns them."""
        return [gone for object_ in list(self._temporary.values()) for gone in self.remove(object_)]
