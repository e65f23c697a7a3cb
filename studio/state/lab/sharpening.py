"""Real decodes of some steps of a finished run, where the model's decoder is quick."""

from __future__ import annotations

import threading
from collections.abc import Generator, Hashable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.engine import Engine
from studio.engine.errors import StudioError
from studio.engine.record import Stage
from studio.engine.request import Pixels
from studio.jobs.queue import JobQueue
from studio.state.lab.latest import Latest
from studio.state.session import Run

QUICK_SECONDS = 0.35  # a slower decoder is not asked: the previews must do

Wanted = tuple[int, str]  # index of a step, name of a lane


class Sharpener(QObject):
    """Decodes on the background worker. previews are shown until then.

    Signals:
        sharpened(object, object): the key of a run, and its pictures by Wanted.
    """

    sharpened = Signal(object, object)

    def __init__(self, engine: Engine, background: JobQueue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._keys: dict[str, Hashable] = {}  # kind of job -> key
        self._best: dict[tuple[str, int, int], float] = {}  # model and size -> seconds to decode
        self._latest = Latest(background, self)
        self._latest.done.connect(self._on_done)

    def ask(self, key: Hashable, run: Run, wanted: Sequence[Wanted]) -> bool:
        """Decode these; False where the run has no steps or the decoder is slow."""
        saved = run.job.result
        steps = saved.take.steps if saved is not None and saved.take is not None else ()
        if not steps or not self._is_quick(run):
            return False
        kind = f"sharp {run.job.id}"
        self._keys[kind] = key
        by_index = {step.index: step for step in steps}
        engine, request = self._engine, run.request

        def task(stop: threading.Event) -> Generator[None, None, dict[Wanted, Pixels]]:
            found: dict[Wanted, Pixels] = {}
            for index, lane in wanted:
                yield
                if stop.is_set():
                    break
                try:
                    found[index, lane] = engine.sharp(by_index[index], lane, request)
                except (KeyError, StudioError):
                    continue  # that step or lane does not exist; its preview stays
            return found

        return self._latest.ask(kind, tuple(wanted), lambda: task, "Decoding steps")

    def _is_quick(self, run: Run) -> bool:
        """Whether this run's model can decode quickly; a busy moment is no slow decoder."""
        size = run.request.model, run.request.width, run.request.height
        seconds = run.job.result.seconds.get(Stage.DECODING.value)
        if seconds is not None:
            self._best[size] = min(seconds, self._best.get(size, seconds))
        return self._best.get(size, QUICK_SECONDS + 1) <= QUICK_SECONDS

    def forget(self) -> None:
        """Stop, and let go of everything that was asked."""
        for kind in self._keys:
            self._latest.drop(kind)
        self._keys.clear()

    @Slot(str, object)
    def _on_done(self, kind: str, found: dict[Any, Pixels]) -> None:
        key = self._keys.pop(kind, None)
        self._latest.drop(kind)
        if key is not None:
            self.sharpened.emit(key, found)
