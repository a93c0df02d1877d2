"""How the tasks of a schema hang together: roots, the tasks that run after others, and a root's finalizer.

https://docs.snowflake.com/en/user-guide/tasks-graphs
What is refused, and in which words, is recorded: frostlake/TaskGraphRulesTest, frostlake/TaskGraphClausesTest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from .. import errors
from ..account import Account, Object
from ..errors import Text
from ..language.names import dotted
from ..language.reader import Path, Reader, Value
from ..session import Session
from ..session.visible import sees
from .settings import ALLOW_OVERLAP, CONFIG, FAILURES, FINALIZE, OVERLAP, RETRIES, SCHEDULE, has, with_properties
from .states import SUSPENDED, is_started

MOST_RELATIVES = 100
Given = Mapping[str, Value]


def predecessors(task: Object) -> list[str]:
    names = task.properties.get("after")
    return list(map(str, names)) if isinstance(names, list) else []


def is_root(task: Object) -> bool:
    """Whether it is the root of a graph, or stands alone."""
    return not predecessors(task) and not has(task, FINALIZE)


@dataclass(frozen=True)
class Graphs:
    """The tasks of one schema by their names, as they are now."""

    tasks: Mapping[str, Object]

    @classmethod
    def around(cls, account: Account, task: Object) -> "Graphs":
        """Those of the task's schema, and the task as it is given."""
        return cls({one.name: one for one in account.objects("TASK", task.database, task.schema)} | {task.name: task})

    def before(self, task: Object) -> list[Object]:
        """Its predecessors that are there: one that is being replaced is not, for a moment."""
        return [self.tasks[name] for name in predecessors(task) if name in self.tasks]

    def children(self, task: Object) -> list[Object]:
        return [one for one in self.tasks.values() if task.name in predecessors(one)]

    def finalizer(self, task: Object) -> Object | None:
        return next((one for one in self.tasks.values() if one.properties.get(FINALIZE) == task.name), None)

    def dependents(self, task: Object, *, recursive: bool = True) -> list[Object]:
        """The tasks that run after it, generation by generation, and its finalizer."""
        found = [task]
        for parent in found:  # which grows
            found += [child for child in self.children(parent) if child not in found]
            if not recursive:
                break
        finalizer = self.finalizer(task)
        return found[1:] + ([] if finalizer is None else [finalizer])

    def ancestors(self, task: Object) -> list[Object]:
        """What it runs after, the nearest first; of a finalizer its root."""
        found = [task]
        for one in found:  # which grows
            above = [*predecessors(one), str(one.properties.get(FINALIZE, ""))]
            found += [self.tasks[name] for name in above if name in self.tasks and self.tasks[name] not in found]
        return found[1:]

    def roots(self, task: Object) -> list[Object]:
        """The roots of the graph that the task is in."""
        return [one for one in (task, *self.ancestors(task)) if is_root(one)]

    def check(self, root: Object) -> None:
        """Raises if the graph of the root has a ring, or another root."""
        members = self.dependents(root)
        try:
            TopologicalSorter({one.name: predecessors(one) for one in members}).prepare()
        except CycleError as error:
            raise errors.graph_has_cycle(self.tasks[error.args[1][0]].qualified_name) from None
        roots = {one.name for member in members for one in self.roots(member)}
        if len(roots) > 1:
            raise errors.graph_has_roots(", ".join(sorted(roots)))


def require_suspended(account: Account, task: Object) -> None:
    """Raises 091421 if the root of the task's graph, which may be the task itself, is started.

    https://docs.snowflake.com/en/sql-reference/sql/alter-task#usage-notes
    """
    for root in Graphs.around(account, task).roots(task):
        if is_started(root):
            raise errors.task_not_suspended(root.qualified_name)


def require_replaceable(account: Account, task: Object) -> None:
    """Raises 091421 for a part of a graph whose root is started; a task that stands alone may be dropped as it is."""
    if not is_root(task) or Graphs.around(account, task).dependents(task):
        require_suspended(account, task)


# A task's place in a graph


def placed(session: Session, task: Object, given: Given, *, replaces: bool) -> Object:
    """The task with the names of its predecessors, and of the root that it finalizes, in place of how they are given.

    Raises if it cannot be there, or if the root that it gets is started.
    """
    if isinstance(paths := given.get("after"), list):
        task = with_properties(task, after=list(_predecessors_at(session, task, paths, replaces=replaces)))
    root = _finalized(session, task, given[FINALIZE]) if FINALIZE in given else None
    if root is not None:
        task = with_properties(task, FINALIZE=root.name)
    if not is_root(task):
        _check_settings(task, given)
    if root is not None:
        graphs = Graphs.around(session.account, task)
        if predecessors(task):
            raise errors.finalizer_with_predecessors(task.qualified_name)
        if graphs.children(task):
            raise errors.finalizer_with_children(task.qualified_name)
        if any(one.properties.get(FINALIZE) == root.name and one.name != task.name for one in graphs.tasks.values()):
            raise errors.finalized_already(root.name)
    if not is_root(task):
        require_suspended(session.account, task)
    return task


def _predecessors_at(session: Session, task: Object, paths: list[Value], *, replaces: bool) -> list[str]:
    written = [tuple(map(str, path)) for path in paths if isinstance(path, list)]
    found = [(path, _task_at(session, task, path)) for path in written]
    for path, predecessor in found:
        if predecessor is None:
            raise errors.unknown_predecessor(dotted(path))
    if Graphs.around(session.account, task).finalizer(task) is not None:
        raise errors.replaced_with_child(task.qualified_name) if replaces else errors.child_with_finalizer()
    tasks = [predecessor for _, predecessor in found if predecessor is not None]
    for predecessor in tasks:
        if predecessor.path == task.path:
            raise errors.predecessor_of_itself(task.name)
        if predecessor.path[:2] != task.path[:2]:
            raise errors.predecessor_elsewhere(predecessor.name)
        if has(predecessor, FINALIZE):
            raise errors.finalizer_with_children(predecessor.qualified_name)
        _check_relative(task, predecessor)
    names = sorted({predecessor.name for predecessor in tasks})
    if len(names) > MOST_RELATIVES:
        raise errors.not_emulated(f"a task with more than {MOST_RELATIVES} predecessors")
    return names


def _check_relative(task: Object, other: Object) -> None:
    if other.owner != task.owner:
        raise errors.owners_of_graph(task.qualified_name, other.qualified_name)


def _finalized(session: Session, task: Object, value: Value) -> Object:
    path = Reader(value).path() if isinstance(value, Text) else tuple(str(value).split("."))
    root = _task_at(session, task, path)
    if root is None:
        raise errors.unknown_finalized(dotted(path))
    if root.path[:2] != task.path[:2]:
        raise errors.finalized_elsewhere(dotted(path))
    if not is_root(root):
        raise errors.finalized_is_child(task.qualified_name, root.qualified_name)
    if root.path == task.path:
        raise errors.finalizes_itself(task.name)
    _check_relative(task, root)
    return root


def _task_at(session: Session, task: Object, path: Path) -> Object | None:
    """A task that another names: without a schema it is in the same."""
    found = session.account.find("TASK", (*task.path[:2], *path) if len(path) == 1 else session.qualify(path, "TASK"))
    return found if found is not None and sees(session, found) else None


def _check_settings(task: Object, given: Given) -> None:
    """What only a root may have."""
    if has(task, CONFIG):
        raise errors.config_of_child(task.qualified_name)
    if OVERLAP in given and ALLOW_OVERLAP not in given:
        raise errors.overlap_of_child(task.qualified_name)
    if given.get(ALLOW_OVERLAP) is True:
        raise errors.allow_overlap_of_child(task.qualified_name)
    for parameter in (RETRIES, FAILURES):
        if parameter in given:
            raise errors.parameter_of_child(parameter, task.name)
    if has(task, SCHEDULE):
        raise errors.schedule_of_child(task.name) if predecessors(task) else errors.schedule_of_finalizer(task.name)


def with_predecessors(session: Session, task: Object, paths: list[Value]) -> Object:
    """`ALTER TASK ... ADD AFTER`."""
    added = _predecessors_at(session, task, paths, replaces=False)
    changed = with_properties(task, after=[*sorted({*predecessors(task), *added})])
    if has(task, CONFIG):
        raise errors.config_of_child(task.qualified_name)
    if has(task, SCHEDULE):
        raise errors.schedule_of_child(task.name)
    if has(task, FINALIZE):
        raise errors.finalizer_with_predecessors(task.qualified_name)
    require_suspended(session.account, changed)
    return changed


def without_predecessors(session: Session, task: Object, paths: list[Value]) -> Object:
    """`ALTER TASK ... REMOVE AFTER`: what is there must be a predecessor, and then each must be there."""
    written = [tuple(map(str, path)) for path in paths if isinstance(path, list)]
    found = [(path, _task_at(session, task, path)) for path in written]
    for _, predecessor in found:
        if predecessor is not None and (
            predecessor.path[:2] != task.path[:2] or predecessor.name not in predecessors(task)
        ):
            raise errors.not_a_predecessor(task.name, predecessor.name)
    for path, predecessor in found:
        if predecessor is None:
            raise errors.unknown_predecessor(dotted(path))
    return _without(task, {predecessor.name for _, predecessor in found if predecessor is not None})


def _without(task: Object, names: set[str]) -> Object:
    """A task that has become a root is suspended: https://docs.snowflake.com/en/sql-reference/sql/alter-task"""
    left = [name for name in predecessors(task) if name not in names]
    return with_properties(task, after=list(left)) if left else with_properties(task, after=None, state=SUSPENDED)


def sever(session: Session, task: Object) -> None:
    """Takes away the links that others have to a task: its children's, and its finalizer's.

    https://docs.snowflake.com/en/user-guide/tasks-graphs#unlink-parent-and-child-tasks
    """
    graphs = Graphs.around(session.account, task)
    for child in graphs.children(task):
        session.account.save(_without(child, {task.name}))
    if (finalizer := graphs.finalizer(task)) is not None:
        session.account.save(with_properties(finalizer, FINALIZE=None))


def transferred(session: Session, task: Object, *, alone: bool) -> Object:
    """A task that gets another owner is suspended, and loses its links unless the whole graph goes along.

    https://docs.snowflake.com/en/user-guide/tasks-graphs#manage-task-graph-ownership
    """
    if not alone:
        return with_properties(task, state=SUSPENDED)
    sever(session, task)
    return with_properties(task, state=SUSPENDED, after=None, FINALIZE=None)
