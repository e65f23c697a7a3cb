"""One piece of slow work as a generator, and how it is run. No Qt: testable with a plain loop."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from typing import Any

from studio.jobs.events import Advanced, Failed, Finished, JobEvent, Started, Stopped

log = logging.getLogger(__name__)

Task = Callable[[threading.Event], Generator[Any, None, Any]]

# After the user has asked to stop, a task may be resumed this often to end in its own way
# (the engine raises its "cancelled" error, which carries the steps so far); then it is closed.
LAST_WORDS = 3

_ids = count(1)


class JobState(Enum):
    """Where a job is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """True once the job can change no more."""
        return self not in (JobState.QUEUED, JobState.RUNNING)


@dataclass(eq=False, slots=True)
class Job:
    """A task and what became of it. state, result and error are written on the GUI thread only.

    task: called with the stop event on the worker; returns a generator. stop_error: the exception
    that means "stopped as asked"; its instance is kept in `error`.
    """

    task: Task
    title: str = ""
    stop_error: type[BaseException] | None = None
    id: int = field(default_factory=lambda: next(_ids))
    state: JobState = JobState.QUEUED
    result: Any = None
    error: BaseException | None = None
    stop: threading.Event = field(default_factory=threading.Event)


def run_job(job: Job) -> Iterator[JobEvent]:
    """Run the job's task to its end, yielding what happens. Never raises."""
    if job.stop.is_set():
        yield Stopped(job.id)
        return
    yield Started(job.id)
    try:
        with closing(job.task(job.stop)) as stream:
            yield from _pull(job, stream)
    except BaseException as error:
        if isinstance(error, GeneratorExit):
            raise
        if job.stop.is_set() and _means_stopped(job, error):
            yield Stopped(job.id, _bare(error))
        else:
            # As text: a log record with exc_info would keep the frames, and their tensors, alive.
            words = "".join(traceback.format_exception(error))
            log.error("job %d failed\n%s", job.id, words)
            yield Failed(job.id, _bare(error))


def _pull(job: Job, stream: Generator[Any, None, Any]) -> Iterator[JobEvent]:
    pulls_left = LAST_WORDS
    while pulls_left:
        if job.stop.is_set():
            pulls_left -= 1
        try:
            item = next(stream)
        except StopIteration as done:
            yield Finished(job.id, done.value)
            return
        yield Advanced(job.id, item)
    yield Stopped(job.id)


def _means_stopped(job: Job, error: BaseException) -> bool:
    return job.stop_error is not None and isinstance(error, job.stop_error)


def _bare(error: BaseException) -> BaseException:
    """The error without its traceback and causes: their frames would keep tensors alive."""
    error.__traceback__ = None
    error.__cause__ = None
    error.__context__ = None
    return error
