"""From the form to runs: building requests, queueing, stopping, forking, and what runs say."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.errors import Cancelled, InvalidRequest, StudioError
from studio.engine.record import Frame, Step, Take
from studio.engine.request import SEED_MAX, GenerationRequest, validate
from studio.jobs.job import Job, JobState
from studio.jobs.queue import JobQueue
from studio.state.form import RANDOM, Form
from studio.state.messages import Messages
from studio.state.progress import Progress, ProgressMeter
from studio.state.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.engine.engine import Engine

log = logging.getLogger(__name__)

Arrays: TypeAlias = "Mapping[str, NDArray[np.float32]]"
Prepare = Callable[[GenerationRequest], GenerationRequest]


class Produce(Protocol):
    """Makes one picture and saves it (studio.production.produce, bound by app.py)."""

    def __call__(
        self,
        request: GenerationRequest,
        stop: threading.Event,
        *,
        fork: Step | None = None,
        arrays: Arrays | None = None,
    ) -> Generator[Any, None, Any]: ...


@dataclass(eq=False, slots=True)
class Run:
    """One picture that was asked for. batch: runs of one press of Generate share the number."""

    job: Job
    request: GenerationRequest
    batch: int
    fork: Step | None = None

    @property
    def take(self) -> Take | None:
        """What a cancelled run has kept."""
        return self.job.error.take if isinstance(self.job.error, Cancelled) else None

IMPORT_BEGINS = 1.0  # seconds until the thread that imports has surely begun


class Session(QObject):
    """The present request and the runs made from it.

    Signals:
        run_added(Run): it waits in the queue.
        run_began(Run): the worker has begun; frames follow.
        frames_added(Run, list): new frames of the running run, oldest first.
        run_ended(Run): see run.job.state, .result (library's Saved), .error; run.take if stopped.
        progress_changed(Progress): at most 20 times a second.
        field_refused(str, str): a field is impossible, and why.
        asked(): a picture was asked for, perhaps before it could be queued.
        lesson_asked(): show what the fresh noise is for (filmstrip/lesson.py does).
    """

    run_added = Signal(object)
    run_began = Signal(object)
    frames_added = Signal(object, list)
    run_ended = Signal(object)
    progress_changed = Signal(object)
    field_refused = Signal(str, str)
    asked = Signal()
    lesson_asked = Signal()

    def __init__(
        self,
        form: Form,
        queue: JobQueue,
        messages: Messages,
        settings: Settings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.form = form
        self._produce: Produce | None = None
        self._asked_early: list[bool] = []  # Generate (front?) before there was a producer
        self._queue = queue
        self._messages = messages
        self._settings = settings
        self._runs: dict[int, Run] = {}
        self._batches = count(1)
        self._meter = ProgressMeter()
        self.progress = Progress()
        self.preparers: list[Prepare] = []  # other rooms add what they contribute to a request
        self.wording: Prepare = _as_it_is  # fills in lists of words, takes out LoRAs
        queue.job_changed.connect(self._on_job_changed)
        queue.items_added.connect(self._on_items_added)

    def begin(self, produce: Produce) -> None:
        """Runs are made with `produce` from now on. What was asked for before is done now."""
        self._produce = produce
        early, self._asked_early = self._asked_early, []
        for front in early:
            self._generate(front=front)

    @property
    def request(self) -> GenerationRequest:
        """The form's request; its seed may be RANDOM."""
        return self.form.request

    @property
    def last_seed(self) -> int:
        """The seed of the newest run; RANDOM if there was none."""
        return int(self._settings.get("last_seed"))

    @property
    def is_generating(self) -> bool:
        """True while a run of ours is with the worker or waits for it."""
        return bool(self._runs)

    @property
    def current_run(self) -> Run | None:
        """The run that the worker has."""
        job = self._queue.running
        return self._runs.get(job.id) if job else None

    def run_of(self, job: Job) -> Run | None:
        """The run that this job makes; None for other work."""
        return self._runs.get(job.id)

    def build_requests(self) -> list[GenerationRequest]:
        """The requests that Generate would queue, with real seeds. Raises InvalidRequest."""
        request = self.form.request
        first = random.randrange(SEED_MAX + 1) if request.seed == RANDOM else request.seed
        for prepare in self.preparers:
            request = prepare(request)
        info = self.form.model
        multiple_of = info.multiple_of if info else 8
        seeds = [(first + i) % (SEED_MAX + 1) for i in range(self.form.batch)]
        requests = [self.wording(request.edit(seed=seed)) for seed in seeds]
        for one in requests:
            validate(one, multiple_of=multiple_of)
        return requests

    @Slot()
    def generate(self) -> None:
        """Queue what the form asks for, behind everything that waits."""
        self._generate(front=False)

    @Slot()
    def generate_next(self) -> None:
        """Queue what the form asks for, before everything that waits."""
        self._generate(front=True)

    def _generate(self, *, front: bool) -> None:
        if self._produce is None:
            self._asked_early.append(front)
            self.asked.emit()
            return
        try:
            requests = self.build_requests()
        except InvalidRequest as error:
            self._messages.error(error.message, error.hint)
            self.field_refused.emit(error.field, str(error))
            return
        self.form.remember_prompt(self.form.request.prompt)
        batch = next(self._batches)
        for request in reversed(requests) if front else requests:
            self.submit(request, front=front, batch=batch)

    def submit(
        self,
        request: GenerationRequest,
        *,
        fork: Step | None = None,
        arrays: Arrays | None = None,
        front: bool = False,
        batch: int = 0,
    ) -> Run:
        """Queue one complete request (its seed is real). fork: the step to go on from."""
        request, produce = self._worded(request), self._produce
        assert produce is not None, "no run before the session has begun"

        def task(stop: threading.Event) -> Generator[Any, None, Any]:
            return produce(request, stop, fork=fork, arrays=arrays)

        job = self._queue.prepare(task, title_of(request))
        run = Run(job, request, batch or next(self._batches), fork)
        self._runs[job.id] = run
        self.asked.emit()
        self.run_added.emit(run)
        self._queue.add(job, front=front)
        return run

    def _worded(self, request: GenerationRequest) -> GenerationRequest:
        """With its lists filled in. Only Generate refuses words that mean nothing here."""
        try:
            return self.wording(request)
        except InvalidRequest as error:
            self._messages.warning(error.message, "The words were left as they are.")
            return request

    def fork(self, take: Take, step_index: int, changes: Mapping[str, Any]) -> Run:
        """Go on from a step of a take with changed settings; the new run names its parent."""
        step = next(step for step in take.steps if step.index == step_index)
        request = take.request.edit(**changes, parent=(take.id, step_index))
        return self.submit(request, fork=step, arrays=take.arrays or None)

    @Slot()
    def stop(self) -> None:
        """Stop the running picture and the rest of its batch; other waiting work goes on."""
        run = self.current_run or next(iter(self._runs.values()), None)
        for other in list(self._runs.values()):
            if run is not None and other.batch == run.batch:
                self._queue.cancel(other.job)

    @Slot()
    def skip(self) -> None:
        """Stop the running picture only; its batch goes on."""
        if run := self.current_run:
            self._queue.cancel(run.job)

    @Slot()
    def stop_all(self) -> None:
        """Stop the running picture and empty the queue."""
        for run in list(self._runs.values()):
            self._queue.cancel(run.job)

    @Slot(object)
    def _on_job_changed(self, job: Job) -> None:
        run = self._runs.get(job.id)
        if job.state is JobState.RUNNING:
            self._meter = ProgressMeter()
            self._show(self._meter.progress)
            if run is not None:
                self._settings.set("last_seed", run.request.seed)
                self.run_began.emit(run)
        elif job.state.is_over:
            self._runs.pop(job.id, None)  # first: whoever hears of the end asks `is_generating`
            if self._queue.running is None:
                self._show(Progress(words=_ending(job)))
            if run is not None:
                self._tell_of_unkept(job)
                self.run_ended.emit(run)

    def _tell_of_unkept(self, job: Job) -> None:
        """A run that ended early, on a full disk, is not saved; its strip can be looked at."""
        if isinstance(job.error, (Cancelled, StudioError)) and (unkept := job.error.unkept):
            self._messages.warning("The steps of the run that ended early could not be saved.",
                                   str(unkept))  # fmt: skip

    @Slot(object, list)
    def _on_items_added(self, job: Job, items: list[Any]) -> None:
        for item in items:
            self._meter.add(item)
        self._show(self._meter.progress)
        run = self._runs.get(job.id)
        frames = [item for item in items if isinstance(item, Frame)]
        if run is not None and frames:
            self.frames_added.emit(run, frames)

    def _show(self, progress: Progress) -> None:
        if progress != self.progress:
            self.progress = progress
            self.progress_changed.emit(progress)


def _as_it_is(request: GenerationRequest) -> GenerationRequest:
    return request


def title_of(request: GenerationRequest) -> str:
    """A run in a few words for lists: its prompt, cut short."""
    words = " ".join(request.prompt[:400].split())
    return (words if len(words) <= 80 else words[:79] + "…") or "(no prompt)"


_ENDINGS = {JobState.FINISHED: "", JobState.STOPPED: "Stopped", JobState.FAILED: "Failed"}


def _ending(job: Job) -> str:
    return _ENDINGS[job.state]


def warm_up(engine: Engine, queue: JobQueue, libraries: JobQueue) -> Job:
    """Import torch and load the first model, right after the window is shown.

    The import has a queue of its own: it cannot be stopped in the middle, the jobs of the first
    queue can. Returns the job on the first queue.
    """

    has_begun = threading.Event()

    def open_all(stop: threading.Event) -> Generator[Any, None, None]:
        pieces = engine.open_libraries(stop, is_for_all=True)
        first = next(pieces, None)
        has_begun.set()
        yield first
        yield from pieces

    def task(stop: threading.Event) -> Generator[Any, None, None]:
        yield
        has_begun.wait(IMPORT_BEGINS)  # or this thread would import what cannot be stopped
        if not stop.is_set():
            yield from engine.warm_up(stop=stop)

    libraries.submit(open_all, "Opening the libraries")
    return queue.submit(task, "Getting ready")
