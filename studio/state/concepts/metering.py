"""The concept meter: the score of the expression for the predicted picture of every step.

Previews are too coarse for CLIP (64 px for the starter), so a finished strip is decoded
step by step with the model's own decoder, on a thread of its own; a running one is measured by its
previews where those are large enough.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.concepts.concepts import Concepts
from studio.concepts.expression import parse
from studio.concepts.readings import Curve
from studio.engine.errors import Cancelled, StudioError
from studio.engine.record import Frame
from studio.engine.request import Pixels
from studio.jobs.queue import JobQueue
from studio.library.forks import CannotFork
from studio.state.filmstrip.filmstrip import Filmstrip
from studio.state.lab.latest import Latest

STRIP_PAUSE_MS = 400  # after the last frame, before the strip is measured
STEPS_MAX = 24  # decoded; longer strips are sampled
SIDE_MAX = 384  # px kept of a decoded step; no CLIP looks closer
KEPT = 4 * STEPS_MAX  # decoded steps
TITLE_MAX = 40  # characters of an expression in a sentence
COARSE_PX = 96  # of a preview's shorter side; measured: at 64 px CLIP sees no hat that is there
METER = "meter"
Read = Callable[[], Pixels]


class Metering(QObject):
    """Measures the shown strip along an expression; the newest question counts.

    Signals:
        changed(): `curve`, `is_busy` or `is_stale` is another.
        failed(object): the error that there was instead of a curve.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(
        self, concepts: Concepts, filmstrip: Filmstrip, queue: JobQueue,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._concepts, self._strip = concepts, filmstrip
        self._text = ""
        self._decoded: OrderedDict[tuple[str, int], Pixels] = OrderedDict()  # worker's only
        self._latest = Latest(queue, self)
        self._timer = QTimer(self, singleShot=True, interval=STRIP_PAUSE_MS)
        self._timer.setObjectName("conceptStripTimer")
        self._timer.timeout.connect(self._measure)
        self.curve: Curve | None = None
        self.is_stale = False  # `curve` answers the question before; the next answer will come
        self.is_waiting = False  # for the end of a run whose previews say nothing to CLIP
        self._latest.done.connect(self._on_done)
        self._latest.failed.connect(self._on_failed)
        for signal in (filmstrip.model.take_changed, filmstrip.model.rowsInserted):
            signal.connect(self.doubt)
            signal.connect(self._timer.start)

    @property
    def is_busy(self) -> bool:
        """Whether a strip is being measured."""
        return self._latest.is_busy()

    def ask(self, text: str) -> None:
        """Measure along this expression, now and whenever the strip changes; "" = not at all."""
        self._text = text
        self._measure()

    @Slot()
    def doubt(self) -> None:
        """Expression or strip have changed: until they are measured, the curve is the old one."""
        if self.curve is not None and not self.is_stale:
            self.is_stale = True
            self.changed.emit()

    def close(self) -> None:
        """Ask nothing more."""
        self._timer.stop()
        self._text = ""

    def forget(self) -> None:
        """Another model measures from now on."""
        self._latest.drop(METER)
        self._set(None)

    @Slot()
    def _measure(self) -> None:
        frames = [frame for frame in self._strip.model.frames if "x0" in frame.lanes]
        if not self._text or not frames:
            self.forget()
            return
        node, is_live = self._strip.node, self._strip.is_live
        self.is_waiting = is_live and min(frames[-1].lanes["x0"].shape[:2]) < COARSE_PX
        if self.is_waiting:
            self.forget()
            return
        chosen = _evenly(frames, STEPS_MAX)
        readers = [(frame.index, self._reader(frame)) for frame in chosen]
        key = (self._text, node.id if node is not None else "", len(frames), is_live)
        text, concepts = self._text, self._concepts

        def task(stop: threading.Event) -> Generator[None, None, Curve]:
            steps, pictures = [], []
            for index, read in readers:
                if stop.is_set():
                    raise Cancelled
                yield
                steps.append(index)
                pictures.append(read())
            return replace(concepts.meter(text, steps, pictures), title=title_of(text))

        if self._latest.ask(METER, key, lambda: task, "Measuring the strip"):
            self.is_stale = self.curve is not None
            self.changed.emit()
        elif not self.is_busy:  # back at the question that was answered
            self._set(self.curve)

    def _reader(self, frame: Frame) -> Read:
        """How the worker gets a step's predicted picture: finished, decoded, or its preview."""
        node = self._strip.node

        def preview() -> Pixels:
            return np.asarray(frame.lanes["x0"])

        if node is None or self._strip.is_live:
            return preview
        if frame.index >= frame.total:
            finished = node.pixels
            return preview if finished is None else lambda: finished
        try:
            decode = self._strip.decode(node, frame.index, "x0")
        except CannotFork:
            return preview
        return lambda: self._sharp((node.id, frame.index), decode, preview)

    def _sharp(self, key: tuple[str, int], decode: Read, preview: Read) -> Pixels:
        """On the worker: decode once; the preview where the model is not there any more."""
        if key not in self._decoded:
            try:
                image = Image.fromarray(decode())
            except StudioError:
                return preview()
            image.thumbnail((SIDE_MAX, SIDE_MAX), Image.Resampling.BICUBIC)
            self._decoded[key] = np.asarray(image)
            while len(self._decoded) > KEPT:
                self._decoded.popitem(last=False)
        return self._decoded[key]

    @Slot(str, object)
    def _on_done(self, _kind: str, curve: Curve) -> None:
        self._set(curve)

    @Slot(str, object)
    def _on_failed(self, kind: str, error: BaseException) -> None:
        self._latest.drop(kind)  # the same question may be asked again
        self._set(None)
        self.failed.emit(error)

    def _set(self, curve: Curve | None) -> None:
        self.curve, self.is_stale = curve, False
        self.changed.emit()


def title_of(text: str, longest: int = TITLE_MAX) -> str:
    """An expression for a sentence: pictures by their names alone, and not too long.

    Raises ExpressionError.
    """
    words = ""
    for term in parse(text).terms:
        name = Path(term.value).name if term.kind == "picture" else term.value
        weight = "" if term.weight == 1 else f"{term.weight:g} "
        sign = "− " if term.sign < 0 else "+ " if words else ""
        words = f"{words} {sign}{weight}{name}".strip()
    return words if len(words) <= longest else f"{words[: longest - 1].rstrip()}…"


def _evenly(frames: Sequence[Frame], count: int) -> list[Frame]:
    """Up to `count` frames, evenly spread, the first and the last included."""
    if len(frames) <= count:
        return list(frames)
    return [frames[round(place * (len(frames) - 1) / (count - 1))] for place in range(count)]
