"""The jobs that wait, the one that runs, and their events, as seen from the GUI thread."""

from __future__ import annotations

from typing import Any, assert_never

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal, Slot

from studio.jobs.collector import GuiThreadGc
from studio.jobs.events import Advanced, Failed, Finished, JobEvent, Started, Stopped
from studio.jobs.job import Job, JobState, Task
from studio.jobs.thread import JobThread

EVENTS_INTERVAL_MS = 50  # progress reaches the widgets at most 20 times a second


class JobQueue(QObject):
    """Runs jobs one at a time on its own thread.

    Signals:
        job_changed(Job): its state has changed (also when it has just been submitted).
        items_added(Job, list): what the running job has yielded since the last time, in order.
        order_changed(): the waiting jobs are others, or stand in another order.
        paused_changed(bool): the queue holds (True) or goes on.
    """

    job_changed = Signal(object)
    items_added = Signal(object, list)
    order_changed = Signal()
    paused_changed = Signal(bool)

    def __init__(
        self,
        name: str,
        *,
        stop_error: type[BaseException] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._stop_error = stop_error
        self._waiting: list[Job] = []
        self._running: Job | None = None
        self._is_paused = False
        self._is_closed = False
        self._since_events = QElapsedTimer()
        self._events_timer = QTimer(self, singleShot=True)
        self._events_timer.setObjectName("eventsTimer")
        self._events_timer.timeout.connect(self._apply_events)
        self._collector = GuiThreadGc(self)
        self._thread = JobThread(name)
        self._thread.events_ready.connect(self._on_events_ready)
        self.destroyed.connect(self._thread.finish)  # a queue that nobody closed
        self._thread.begin()

    @property
    def running(self) -> Job | None:
        """The job that the worker has; None when it is idle."""
        return self._running

    @property
    def waiting(self) -> tuple[Job, ...]:
        """The jobs not begun, next first."""
        return tuple(self._waiting)

    @property
    def is_paused(self) -> bool:
        """True while no waiting job is begun."""
        return self._is_paused

    def submit(self, task: Task, title: str = "", *, front: bool = False) -> Job:
        """Add a job at the end, or before all that wait. It starts at once if nothing runs."""
        return self.add(self.prepare(task, title), front=front)

    def prepare(self, task: Task, title: str = "") -> Job:
        """Make a job for `add`, so that its id is known before anything is told about it."""
        return Job(task, title, self._stop_error)

    def add(self, job: Job, *, front: bool = False) -> Job:
        """Add a prepared job, as `submit` does."""
        if self._is_closed:
            job.state = JobState.STOPPED
            return job
        self._waiting.insert(0 if front else len(self._waiting), job)
        self.job_changed.emit(job)
        self.order_changed.emit()
        self._start_next()
        return job

    def cancel(self, job: Job) -> None:
        """Stop the job if it runs; take it out if it waits. A job that is over stays as it is."""
        job.stop.set()
        if job in self._waiting:
            self._waiting.remove(job)
            job.state = JobState.STOPPED
            self.job_changed.emit(job)
            self.order_changed.emit()

    def cancel_all(self) -> None:
        """Cancel the running job and all that wait."""
        for job in (*self._waiting, *([self._running] if self._running else [])):
            self.cancel(job)

    def move(self, job: Job, place: int) -> None:
        """Put a waiting job at `place` (0 = next). Nothing happens if it has begun."""
        if job not in self._waiting:
            return
        self._waiting.remove(job)
        self._waiting.insert(max(0, place), job)
        self.order_changed.emit()

    def pause(self, is_paused: bool) -> None:
        """Hold back the waiting jobs, or let them go on. The running job runs to its end."""
        if is_paused == self._is_paused:
            return
        self._is_paused = is_paused
        self.paused_changed.emit(is_paused)
        self._start_next()

    def close(self, timeout_ms: int = 5000) -> bool:
        """Cancel everything and end the thread; True when it has ended in time."""
        if not self._is_closed:  # told below; garbage must not be called when it is destroyed
            self.destroyed.disconnect(self._thread.finish)
        self._is_closed = True
        self.cancel_all()
        has_ended = self._thread.end(timeout_ms)
        self._collector.close()
        self._apply_events()
        return has_ended

    def _start_next(self) -> None:
        if self._running or self._is_paused or self._is_closed or not self._waiting:
            return
        self._running = self._waiting.pop(0)
        self._thread.submit(self._running)
        self.order_changed.emit()

    @Slot(bool)
    def _on_events_ready(self, is_urgent: bool) -> None:
        waited = self._since_events.elapsed() if self._since_events.isValid() else 1 << 30
        if is_urgent or waited >= EVENTS_INTERVAL_MS:
            self._apply_events()
        elif not self._events_timer.isActive():
            self._events_timer.start(int(EVENTS_INTERVAL_MS - waited))

    @Slot()
    def _apply_events(self) -> None:
        self._events_timer.stop()
        self._since_events.start()
        job, items = self._running, []
        for event in self._thread.outbox.take_all():
            if isinstance(event, Advanced):
                items.append(event.item)
                continue
            self._pass_on(job, items)
            items = []
            self._apply(event)
            job = self._running
        self._pass_on(job, items)

    def _pass_on(self, job: Job | None, items: list[Any]) -> None:
        if job is not None and items:
            self.items_added.emit(job, items)

    def _apply(self, event: JobEvent) -> None:
        job = self._running
        if job is None or job.id != event.job_id:
            return
        match event:
            case Started():
                job.state = JobState.RUNNING
            case Finished(result=result):
                job.state, job.result = JobState.FINISHED, result
            case Stopped(error=error):
                job.state, job.error = JobState.STOPPED, error
            case Failed(error=failure):
                job.state, job.error = JobState.FAILED, failure
            case Advanced():
                pass
            case _:
                assert_never(event)
        if job.state.is_over:
            self._running = None
        self.job_changed.emit(job)
        self._start_next()
