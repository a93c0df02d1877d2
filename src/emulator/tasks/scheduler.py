"""Runs tasks: what EXECUTE TASK has queued, what is due, what a stream has data for, and what comes after those.

Runs follow one another, so a task never runs twice at a time, and one graph runs to its end before another begins;
tasks that Snowflake would run side by side wait for each other. https://docs.snowflake.com/en/user-guide/tasks-intro
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from snowflake.connector.errors import Error

from ..account import Account, Object
from ..account.runs import CANCELLED, EXECUTING, FAILED, FAILED_AND_AUTO_SUSPENDED, SKIPPED, SUCCEEDED, Run
from ..objects.parameters import set_parameter
from ..session import Session, transactions
from ..session.history import History
from ..session.session import GraphValues
from .graph_runs import GraphRun
from .graphs import is_root
from .schedules import parse_schedule
from .script_values import bind_expression
from .settings import FAILURES, SCHEDULE, TRIGGER_INTERVAL, WAREHOUSE, config_of, has, number, session_parameters
from .states import is_started, moment_of, suspended
from .tasks import require_to_run

SECONDS_BETWEEN_TICKS = 1.0
SECONDS_TO_END = 60.0

# What accounts show with a skipped run.
_NOT_TRUE = (40003, "Conditional expression for task evaluated to false.")


class Scheduler:
    """Looks at the account's clock and runs what is due: by `tick`, or on a thread of its own after `start`.

    A task that came due while no process served the state runs once at the first tick.
    """

    def __init__(
        self, account: Account, open_session: Callable[[], Session], history: History, after_tick: Callable[[], None]
    ) -> None:
        self._account = account
        self._runs = account.runs
        self._open_session = open_session
        self._history = history
        self._after_tick = after_tick
        self._stopping = False
        self._thread = threading.Thread(target=self._watch, name="scheduler", daemon=True)

    def start(self) -> None:
        with self._runs.whole():
            interrupted = self._runs.fail_interrupted(self._account.clock())
            ended = [self._go_on(run) for run in interrupted]
        self._suspend_failed(ended)
        self._thread.start()

    def stop(self) -> None:
        """Waits for the run under way, for a minute at most; the next process then records it as failed."""
        self._stopping = True
        self._runs.added.set()
        if self._thread.is_alive():
            self._thread.join(timeout=SECONDS_TO_END)

    def _watch(self) -> None:
        next_tick = 0.0
        while not self._stopping:
            if (now := time.monotonic()) < next_tick:
                self.run_queued()
            else:
                self.tick()
                self._history.settle()
                self._after_tick()
                next_tick = now + SECONDS_BETWEEN_TICKS
            self._runs.added.wait(max(0.0, next_tick - time.monotonic()))
            self._runs.added.clear()

    def tick(self) -> None:
        """Runs everything that is due now."""
        self.run_queued()
        for task in self._account.objects("TASK"):
            if is_started(task) and is_root(task):
                now, config = self._account.clock(), config_of(task)
                if has(task, SCHEDULE):
                    if (due := self._due(task, now)) is not None:
                        self._runs.add(task, due, "SCHEDULE", config)
                elif has(task, "condition") and self._may_trigger(task, now) and self._is_triggered(task):
                    self._runs.add(task, now, "TRIGGER", config)
                self.run_queued()

    def run_queued(self) -> None:
        """Runs what has been queued, and what comes after it; a run whose task is gone is cancelled."""
        while not self._stopping and (queued := self._runs.queued()):
            run = queued[0]
            task = self._account.find("TASK", run.task_path)
            if task is None or task.properties["id"] != run.task_id:
                ended = replace(run, state=CANCELLED)
            else:
                ended = self._attempted(run, task)
            self._end(replace(ended, completed_time=self._account.clock()))

    def _due(self, task: Object, now: datetime) -> datetime | None:
        """The last time that the schedule was due, unless the task has run for it."""
        since = moment_of(task, "resumed_on") or task.created_on
        due = parse_schedule(str(task.properties[SCHEDULE])).latest(now, since)
        last = self._runs.of_task(str(task.properties["id"]), "SCHEDULE")
        return None if due is None or (last is not None and last.scheduled_time >= due) else due

    def _may_trigger(self, task: Object, now: datetime) -> bool:
        """https://docs.snowflake.com/en/user-guide/tasks-triggered: at most every 30 seconds by default."""
        last = self._runs.of_task(str(task.properties["id"]), "TRIGGER")
        interval = timedelta(seconds=number(task, TRIGGER_INTERVAL))
        return last is None or last.scheduled_time + interval <= now

    def _is_triggered(self, task: Object) -> bool:
        """Whether WHEN is true; or fails, which the run that follows will record."""
        with self._session_of(task) as session:
            try:
                return _holds(session, task)
            except Error:
                return True

    # A run

    def _attempted(self, run: Run, task: Object) -> Run:
        """The run with its outcome: SKIPPED, SUCCEEDED or FAILED."""
        graph, now = GraphRun.of(self._account, run), self._account.clock()
        with self._session_of(task, graph.values_for(run, task), graph.seconds_for(task, now)) as session:
            return self._attempt(session, run, task)

    def _attempt(self, session: Session, run: Run, task: Object) -> Run:
        try:
            require_to_run(session, task)
            if not _holds(session, task):
                code, message = _NOT_TRUE
                return replace(run, state=SKIPPED, error_code=code, error_message=message)
            begun = replace(run, state=EXECUTING, query_id=str(uuid4()), query_start_time=self._account.clock())
            run = self._runs.save(begun)
            cursor = session.cursor(query_id=run.query_id).execute(str(task.properties["definition"]))
        except Error as error:
            text = error.raw_msg or error.msg
            return replace(run, state=FAILED, query_id=error.sfqid, error_code=error.errno, error_message=text)
        return replace(run, state=SUCCEEDED, query_id=cursor.sfqid, return_value=session.return_value)

    @contextmanager
    def _session_of(
        self, task: Object, values: GraphValues | None = None, seconds: float | None = None
    ) -> Iterator[Session]:
        """A session of the run's own: the task's owner, warehouse, database, schema and parameters, no one's variables.

        What it leaves open is rolled back. https://docs.snowflake.com/en/user-guide/tasks-intro#task-security
        """
        session = self._open_session()
        try:
            session.in_task, session.user, session.role = True, "SYSTEM", task.owner
            session.has_secondary_roles = False
            warehouse = task.properties.get(WAREHOUSE)
            session.is_serverless = warehouse is None
            if warehouse is not None and self._account.find("WAREHOUSE", (str(warehouse),)):
                session.warehouse = str(warehouse)
            for name, value in session_parameters(task).items():
                set_parameter(session, name, value)
            session.graph, session.longest_run = values or GraphValues(), seconds
            yield session
        finally:
            transactions.rollback_open(session)
            session.close()

    def _end(self, run: Run) -> None:
        """Records the outcome together with what follows from it, so that nothing of a graph is lost by a kill."""
        with self._runs.whole():
            ended = self._go_on(self._runs.save(run))
        self._suspend_failed([ended])

    def _go_on(self, run: Run) -> GraphRun:
        """Queues what comes after a run that has ended. The graph, as it is then."""
        graph = GraphRun.of(self._account, run)
        for task, attempt in graph.next():
            self._runs.follow(run, task, self._account.clock(), attempt=attempt)
        return graph

    def _suspend_failed(self, graphs: list[GraphRun]) -> None:
        """Suspends the root of a graph of which a task has failed too often in a row.

        https://docs.snowflake.com/en/sql-reference/sql/create-task (SUSPEND_TASK_AFTER_NUM_FAILURES)
        """
        for graph in graphs:
            if graph.root is None or not graph.is_over or (limit := number(graph.root, FAILURES)) == 0:
                continue
            since = moment_of(graph.root, "resumed_on") or graph.root.created_on
            for run in graph.failed:
                if self._runs.failures_in_a_row(run.task_id, since) >= limit and self._suspend(graph.root):
                    self._runs.save(replace(run, state=FAILED_AND_AUTO_SUSPENDED))

    def _suspend(self, task: Object) -> bool:
        """Suspends the task, unless it has been suspended, replaced or dropped meanwhile."""
        with self._account.lock:
            current = self._account.find("TASK", task.path)
            if current is None or current.properties["id"] != task.properties["id"] or not is_started(current):
                return False
            self._account.save(suspended(current, self._account.clock(), "SUSPENDED_DUE_TO_ERRORS"))
            return True


def _holds(session: Session, task: Object) -> bool:
    """Whether WHEN is true in the task's schema. Raises if that fails, or if the schema has been dropped meanwhile."""
    session.use_schema((task.database, task.schema))
    condition = task.properties.get("condition")
    if condition is None:
        return True
    [[value]] = session.cursor().evaluate(bind_expression(str(condition), {})).rows
    return bool(value)
