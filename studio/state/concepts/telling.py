"""Small jobs of the concepts room whose failures are told: their queue is the room's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from studio.engine.errors import StudioError
from studio.jobs.job import Job, JobState, Task
from studio.jobs.queue import JobQueue
from studio.state.filmstrip.errands import Errands
from studio.state.messages import Messages


class ToldErrands(Errands):
    """As Errands; what goes wrong reaches the message bar."""

    def __init__(self, queue: JobQueue, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(queue, parent)
        self._messages = messages

    def run(
        self,
        task: Task,
        title: str,
        done: Callable[[Any], object],
        *,
        progress: Callable[[Any], object] | None = None,
        ended: Callable[[Job], object] | None = None,
        front: bool = False,
    ) -> Job:
        """Queue a task; see Errands.run."""
        told = partial(self._on_ended, ended)
        return super().run(task, title, done, progress=progress, ended=told, front=front)

    def _on_ended(self, ended: Callable[[Job], object] | None, job: Job) -> None:
        if job.state is JobState.FAILED and job.error is not None:
            self._messages.failure(job.error)
        if ended is not None:
            ended(job)


def words_of(error: BaseException) -> tuple[str, str]:
    """What happened and what to do, of an error that a question ended with."""
    if isinstance(error, StudioError):
        return error.message, error.hint
    return "Something went wrong inside the program.", "The details are in the log file."
