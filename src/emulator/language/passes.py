"""Goes over a statement with one rewriting function after another, of ours and of fakesnow's."""

from collections.abc import Callable
from typing import Any, Self

from sqlglot import Expr


class Passes:
    """What `Expr.transform` does in place, without its three generators for every node.

    fakesnow calls `transform` about eighty times for a statement, so that going from node to node is what takes time.
    """

    def __init__(self, root: Expr) -> None:
        self.root = root

    def transform(self, rewritten: Callable[..., Expr], *args: Any, copy: bool = False, **named: Any) -> Self:
        """Puts what the function returns in each node's place, the outer first; what is put there is not visited."""
        assert not copy
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            parent, key, index = node.parent, node.arg_key, node.index
            found = rewritten(node, *args, **named)
            if found is node:
                for value in reversed(node.args.values()):
                    if isinstance(value, Expr):
                        waiting.append(value)
                    elif isinstance(value, list):
                        waiting += [one for one in reversed(value) if isinstance(one, Expr)]
            elif node is self.root:
                self.root = found
            elif parent and key:
                parent.set(key, found, index)
        return self
