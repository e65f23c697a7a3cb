"""Replaces the previews of a finished take by real decodes, where the decoder is quick."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, Slot

from studio.engine.errors import StudioError
from studio.engine.record import Frame, Stage, Step
from studio.engine.request import Pixels
from studio.jobs.job import Job, JobState, Task
from studio.state.filmstrip.filmstrip import Filmstrip
from studio.state.filmstrip.model import PackedLanes
from studio.state.filmstrip.sharp import SharpKey
from studio.state.filmstrip.tree import Node, NodeState
from studio.state.session import Run, Session

QUICK_SECONDS = 0.35  # a decoder that takes longer than this is left for the step one rests on
TRY_SECONDS = 2.0  # by the clock, on a machine with other things to do: worth a try
STEPS_MAX = 64
PASSES = (("x0",), ("cond", "uncond", "noisy"))  # lanes; what is looked at most comes first
SIDE_MAX = 256  # px; larger pictures would not be seen larger in the strip


class Polisher(QObject):
    """Works on what is shown, on the background worker, and never while a run is made."""

    def __init__(
        self, filmstrip: Filmstrip, session: Session, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._strip, self._session = filmstrip, session
        self._quick: dict[str, bool] = {}  # model -> whether its decoder is quick
        self._job: Job | None = None
        self._node: Node | None = None
        self._done: dict[str, int] = {}  # take -> how many of the passes
        session.run_began.connect(self._on_run_began)
        session.run_ended.connect(self._on_run_ended)
        filmstrip.take_shown.connect(self.consider)
        filmstrip.take_saved.connect(self.consider)
        filmstrip.rival_shown.connect(self.consider)
        filmstrip.sharp.decoded.connect(self._on_decoded)

    @Slot(object)
    def _on_run_began(self, _run: Run) -> None:
        self._strip.errands.cancel(self._job)

    @Slot(object)
    def _on_run_ended(self, run: Run) -> None:
        """Learn from the run's own clock how long its decoder takes."""
        seconds: Mapping[str, float] = run.job.result.seconds if run.job.result else {}
        spent = seconds.get(Stage.DECODING.value)
        if spent is not None:
            self._quick[run.request.model] = spent <= TRY_SECONDS

    @Slot(object)
    def _on_decoded(self, _key: SharpKey) -> None:
        """A take of another day: its decoder is loaded now, and trying tells how quick it is."""
        node = self._strip.node
        if node is not None and node.request.model not in self._quick:
            self._quick[node.request.model] = True
            self.consider()

    @Slot()
    def consider(self) -> None:
        """Begin with the shown take, or the one beside it, if nothing else is to be done."""
        if self._job is not None or self._session.is_generating:
            return
        rival = self._strip.rival  # its difference to sharp pictures would be its own blur
        for node in (self._strip.node, rival.node if rival is not None else None):
            if node is not None and self._is_due(node):
                self._node = node
                self._job = self._strip.errands.run(
                    self._task(node), "Sharpening the strip", self._on_done, ended=self._on_ended
                )
                return

    def _is_due(self, node: Node) -> bool:
        return (
            self._done.get(node.id, 0) < len(PASSES)
            and node.take is not None and node.has_steps
            and node.state is not NodeState.RUNNING and self._quick.get(node.request.model, False)
            and len(node.own) <= STEPS_MAX
            and max(node.request.width, node.request.height) <= SIDE_MAX
        )  # fmt: skip

    def _task(self, node: Node) -> Task:
        take, engine = node.take, self._strip.engine
        lanes = PASSES[self._done.get(node.id, 0)]

        def task(stop: threading.Event) -> Generator[None, None, Sharp]:
            sharp: Sharp = {}
            assert take is not None
            for step in take.steps:
                for lane in lanes:
                    yield
                    if stop.is_set() or not _has(step, lane):
                        continue
                    began = time.thread_time()  # others on the machine do not count
                    try:
                        pixels = engine.sharp(step, lane, take.request)
                    except StudioError:
                        return sharp
                    sharp.setdefault(step.index, {})[lane] = pixels
                    if time.thread_time() - began > QUICK_SECONDS:
                        return sharp
            return sharp

        return task

    def _on_done(self, sharp: Sharp) -> None:
        node = self._node
        if node is None:
            return
        self._done[node.id] = self._done.get(node.id, 0) + 1
        if len(sharp) < len(node.own) - 1:  # it proved slow
            self._done[node.id] = len(PASSES)
        node.own = [_polished(frame, sharp.get(frame.index, {})) for frame in node.own]
        self._strip.repaint(node)

    def _on_ended(self, job: Job) -> None:
        self._job = self._node = None
        if job.state is JobState.FINISHED:
            self.consider()


Sharp = dict[int, dict[str, Pixels]]  # step -> lane -> picture


def _has(step: Step, lane: str) -> bool:
    """Whether a step has something to decode there; at the last one only x0 is left."""
    if lane == "noisy":
        return step.level.s > 0
    return {"x0": step.x0, "cond": step.cond, "uncond": step.uncond}[lane] is not None


def _polished(frame: Frame, sharp: Mapping[str, Pixels]) -> Frame:
    """A frame with real pictures, packed: a session has many takes."""
    over = dict(sharp)
    if frame.index >= frame.total and "x0" in over:  # nothing noisy is left
        over["noisy"] = over["x0"]
    return replace(frame, lanes=Overlaid(frame.lanes, PackedLanes(over))) if over else frame


def is_sharp(frame: Frame) -> bool:
    """Whether the predicted picture of a frame is a real decode instead of a preview."""
    return isinstance(frame.lanes, Overlaid) and frame.lanes.is_replaced("x0")


class Overlaid(Mapping[str, Pixels]):
    """Lanes of which some are replaced; the others are still read when they are looked at."""

    def __init__(self, lanes: Mapping[str, Pixels], over: Mapping[str, Pixels]) -> None:
        self._lanes, self._over = lanes, over

    def __getitem__(self, lane: str) -> Pixels:
        return self._over[lane] if lane in self._over else self._lanes[lane]

    def is_replaced(self, lane: str) -> bool:
        """Whether a lane shows what was laid over it, in this pass or in one before."""
        under = self._lanes
        return lane in self._over or (isinstance(under, Overlaid) and under.is_replaced(lane))

    def __contains__(self, lane: object) -> bool:
        return lane in self._lanes

    def __iter__(self) -> Iterator[str]:
        return iter(self._lanes)

    def __len__(self) -> int:
        return len(self._lanes)
