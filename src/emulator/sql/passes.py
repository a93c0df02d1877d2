"""Goes over a statement with one rewriting function after another, of ours and of fakesnow's."""

from collections.abc import Callable
from typing import Any

from sqlglot import Expr

Kinds = type[Expr] | tuple[type[Expr], ...]
Pass = tuple[Kinds, Callable[..., Expr]]


def kinds_of(expression: Expr) -> set[type[Expr]]:
    """The kinds of nodes that a statement is made of."""
    return set(map(type, expression.walk()))


def any_of(there: set[type[Expr]], kinds: Kinds) -> bool:
    """Whether a node of one of the kinds is among those that are there."""
    return any(issubclass(kind, kinds) for kind in there)


def put(found: Expr, parent: Expr, key: str, index: int | None) -> None:
    """What `Expr.set` does, which for one node of a list goes over all of them: thousands, in a wide table."""
    if index is None:
        parent.set(key, found)
        return
    outer: Expr | None = parent
    while outer is not None and outer._hash is not None:
        outer._hash, outer = None, outer.parent
    parent.args[key][index] = found
    found.parent, found.arg_key, found.index = parent, key, index


class Passes:
    """What `Expr.transform` does in place, for those functions whose kinds of nodes the statement has.

    A statement has few kinds and there are dozens of functions, so that going from node to node is what takes time.
    """

    def __init__(self, root: Expr) -> None:
        self.root = root
        self._kinds = kinds_of(root)

    def over(self, kinds: Kinds, rewritten: Callable[..., Expr], *more: Any) -> None:
        """Puts what the function returns for each node of the kinds, and `more`, in its place, the outer first.

        What is put there is not visited.
        """
        if not any_of(self._kinds, kinds):
            return
        seen: set[type[Expr]] = set()
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            if isinstance(node, kinds):
                parent, key, index = node.parent, node.arg_key, node.index
                found = rewritten(node, *more)
                if found is not node:
                    seen |= kinds_of(found)
                    if node is self.root:
                        self.root = found
                    elif parent and key:
                        put(found, parent, key, index)
                    continue
            seen.add(type(node))
            for value in reversed(node.args.values()):
                if isinstance(value, Expr):
                    waiting.append(value)
                elif isinstance(value, list):
                    waiting += [one for one in reversed(value) if isinstance(one, Expr)]
        self._kinds = seen
