"""One run of a task graph: what has run of it, what comes next, and what its tasks may know of each other.

https://docs.snowflake.com/en/user-guide/tasks-graphs
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from snowflake.connector.errors import Error

from ..account import Account, Object
from ..account.runs import CANCELLED, EXECUTING, SCHEDULED, SKIPPED, SUCCEEDED, Run
from ..session.session import GraphValues
from .graphs import Graphs
from .settings import FINALIZE, RETRIES, TIMEOUT, has, number
from .states import is_started


@dataclass(frozen=True)
class GraphRun:
    """The tasks as they are, and the last run of each of them in this run of the graph, by their names."""

    graphs: Graphs
    root: Object | None
    runs: Mapping[str, Run]

    @classmethod
    def of(cls, account: Account, run: Run) -> "GraphRun":
        tasks = {one.name: one for one in account.objects("TASK", run.database, run.schema)}
        root = next((one for one in tasks.values() if one.properties["id"] == run.root), None)
        of_tasks = {one.properties["id"] for one in tasks.values()}
        runs = {one.name: one for one in account.runs.of_graph(run) if one.task_id in of_tasks}
        return cls(Graphs(tasks), root, runs)

    @property
    def attempt(self) -> int:
        return max((run.attempt for run in self.runs.values()), default=1)

    @property
    def failed(self) -> list[Run]:
        return [run for run in self.runs.values() if run.has_failed]

    @property
    def _is_busy(self) -> bool:
        return any(run.state in (SCHEDULED, EXECUTING) for run in self.runs.values())

    @property
    def is_over(self) -> bool:
        return not self._is_busy and not self.next()

    def next(self) -> list[tuple[Object, int]]:
        """The tasks that come next, each with its attempt; none while something runs, or at the end of the graph."""
        root = self.root
        if root is None or root.name not in self.runs or self.runs[root.name].state in (SKIPPED, CANCELLED):
            return []
        with suppress(Error):
            self.graphs.check(root)
            finalizer = self.graphs.finalizer(root)
            ready = [(task, self.attempt) for task in self.graphs.dependents(root) if self._is_ready(task)]
            if ready or self._is_busy:
                return ready
            if finalizer is not None and is_started(finalizer):
                run = self.runs.get(finalizer.name)
                if run is None or run.attempt != self.attempt:
                    return [(finalizer, self.attempt)]
            if self.attempt > number(root, RETRIES):
                return []
            failed = [self.graphs.tasks[run.name] for run in self.failed]
            again = [task for task in failed if not has(task, FINALIZE)] or failed
            return [(task, self.attempt + 1) for task in again]
        return []  # it has been altered since it began, and is a graph no more

    def _is_ready(self, task: Object) -> bool:
        """Whether it has not run, and all before it that are resumed have succeeded.

        A suspended task is passed over as though it had succeeded; of several before it one must be resumed.
        https://docs.snowflake.com/en/user-guide/tasks-graphs#skip-or-suspend-a-child-task
        """
        if has(task, FINALIZE) or task.name in self.runs or not is_started(task):
            return False
        before = self.graphs.before(task)
        is_reached = len(before) == 1 or any(self._is_resumed(one) for one in before)
        return is_reached and all(self._has_succeeded(one) for one in before)

    def _is_resumed(self, task: Object) -> bool:
        return self._is_root(task) or is_started(task)

    def _is_root(self, task: Object) -> bool:
        return self.root is not None and task.name == self.root.name

    def _has_succeeded(self, task: Object) -> bool:
        if self._is_resumed(task) or task.name in self.runs:
            return task.name in self.runs and self.runs[task.name].state == SUCCEEDED
        return all(self._has_succeeded(one) for one in self.graphs.before(task))

    # What a run is given

    def values_for(self, run: Run, task: Object) -> GraphValues:
        enabled = tuple(one.name for one in self.graphs.before(task) if self._is_resumed(one))
        above = [one.name for one in self.graphs.ancestors(task)]
        return GraphValues(
            run.config, enabled, {name: self.runs[name].return_value for name in above if name in self.runs}
        )

    def seconds_for(self, task: Object, now: datetime) -> float:
        """How long a run may take: by the task's own limit, else by what is left of the root's, which is the graph's.

        https://docs.snowflake.com/en/user-guide/tasks-graphs#task-graph-timeouts
        """
        if self.root is None or self._is_root(task) or has(task, TIMEOUT) or not has(self.root, TIMEOUT):
            return _limit(task).total_seconds()
        begun = min((run.query_start_time for run in self.runs.values() if run.query_start_time), default=now)
        return max((begun + _limit(self.root) - now).total_seconds(), _SHORTEST)


_LONGEST, _SHORTEST = timedelta(days=7), 0.001


def _limit(task: Object) -> timedelta:
    return timedelta(milliseconds=number(task, TIMEOUT)) or _LONGEST
