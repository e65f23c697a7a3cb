"""The map of takes: which takes are on it, and their paths once they are computed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.engine.errors import StudioError
from studio.engine.record import Frame
from studio.jobs.job import Job
from studio.library.strips import chosen
from studio.library.takemap import TakeMap, TooFewTakes, path_of, project
from studio.state.filmstrip.filmstrip import Filmstrip
from studio.state.filmstrip.tree import Node, NodeState, TakeTree

LATENTS, LOOK = "latents", "look"  # the spaces that a map can show
# Takes on the map; points of each; steps of each that CLIP is asked about. The plane is found in
# time that grows with the cube of all points, and a path of a hundred looks like one of a thousand.
TAKES_MAX, POINTS_MAX, LOOKS_MAX = 12, 100, 24
WAIT = "CLIP looks at the predicted pictures…"
SETTLE_MS = 300
TOO_FEW = (
    "The map needs at least two takes.",
    "One run alone always draws the same arc. Fork this one, or make or open another.",
)


@dataclass(frozen=True, slots=True)
class Path2D:
    """One take on the map. points: [steps, 2]; indices: the step of each point."""

    node: Node
    points: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    indices: tuple[int, ...]


Rows = tuple[np.ndarray[tuple[int, ...], np.dtype[np.float32]], tuple[int, ...]]
Laid = tuple[tuple[Path2D, ...], TakeMap]


class MapOfTakes(QObject):
    """Recomputed on the background worker when takes come or go; only while it is watched.

    space: LATENTS or LOOK. concepts: gives the door to CLIP, or None where there is none.

    Signals:
        map_changed(): new paths, or a new reason why there are none (`words`).
    """

    map_changed = Signal()

    def __init__(
        self,
        filmstrip: Filmstrip,
        concepts: Callable[[], Callable[[], Any] | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._strip, self._concepts = filmstrip, concepts
        self.space = LATENTS
        self._job: Job | None = None
        self.paths: tuple[Path2D, ...] = ()
        self.words = " ".join(TOO_FEW)
        self.explained = (0.0, 0.0)
        self._is_watched = False
        self._known: tuple[str, ...] = ()
        self._timer = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._timer.setObjectName("mapTimer")
        self._timer.timeout.connect(self._compute)
        filmstrip.tree.tree_changed.connect(self._on_changed)
        filmstrip.take_shown.connect(self._on_changed)
        filmstrip.model.current_changed.connect(self._on_scrubbed)

    @property
    def has_look(self) -> bool:
        """Whether CLIP can be asked."""
        return self._concepts() is not None

    def set_space(self, space: str) -> None:
        """Lay the takes out by their latents, or by what CLIP sees in their pictures."""
        if space in (LATENTS, LOOK) and space != self.space and (space == LATENTS or self.has_look):
            self.space = space
            self.paths, self.words = (), WAIT if space == LOOK else ""
            self.map_changed.emit()
            self._on_changed()

    def watch(self, is_watched: bool) -> None:
        """Compute only while somebody looks."""
        self._is_watched = is_watched
        self._on_changed()

    @Slot()
    def _on_changed(self) -> None:
        if self._is_watched:
            self._timer.start()

    @Slot()
    def _on_scrubbed(self) -> None:
        """Whoever scrubs shall feel nothing of it: begin when the scrubber rests."""
        if self._timer.isActive() and not self._strip.player.is_playing:
            self._timer.start()

    def nodes(self) -> list[Node]:
        """The takes on the map: the shown one's family, then the newest others of its size."""
        here, tree = self._strip.node, self._strip.tree
        if here is None:
            return []
        family = tree.branch(tree.root_of(here))
        others = [n for n in reversed(tree.nodes()) if n not in family]
        fitting = [
            n for n in (here, *(n for n in family if n is not here), *others)
            if n.take is not None and n.has_steps and n.state is not NodeState.RUNNING
            and (n.request.width, n.request.height, n.request.model)
            == (here.request.width, here.request.height, here.request.model)
        ]  # fmt: skip
        return fitting[:TAKES_MAX]

    @Slot()
    def _compute(self) -> None:
        nodes = self.nodes()
        known = (self.space, *(node.id for node in nodes))
        if known == self._known:
            return
        self._known = known
        frames = [self._strip.tree.frames_of(node) for node in nodes]
        task = partial(_drawn, self._strip.tree, nodes, frames, self._door(self.space))
        self._strip.errands.cancel(self._job)
        self._job = self._strip.errands.run(task, "Drawing the map of takes", self._on_map)

    def _door(self, space: str) -> Callable[[], Any] | None:
        """Opens CLIP where the map shows its space; None: the latents themselves."""
        return self._concepts() if space == LOOK else None

    def _on_map(self, found: Laid | StudioError) -> None:
        if isinstance(found, StudioError):
            self.paths, self.explained = (), (0.0, 0.0)
            self.words = str(found)
        else:
            self.paths, self.explained, self.words = found[0], found[1].explained, ""
        self.map_changed.emit()


def _drawn(
    tree: TakeTree,
    nodes: Sequence[Node],
    frames: Sequence[Sequence[Frame]],
    door: Callable[[], Any] | None,
    stop: threading.Event,
) -> Generator[None, None, Laid | StudioError]:
    """For the worker. Yields between takes, so that it can be stopped there."""
    rows: list[Rows] = []
    try:
        if len(nodes) < 2:
            raise TooFewTakes(*TOO_FEW)
        for node, of_one in zip(nodes, frames, strict=True):
            yield
            if stop.is_set():
                raise StudioError("The map was not finished.", "")
            rows.append(_latents(tree, node, of_one) if door is None else _looks(door(), of_one))
        laid = project([path for path, _ in rows])
    except StudioError as error:
        return error
    return tuple(
        Path2D(node, points, indices)
        for node, points, (_, indices) in zip(nodes, laid.paths, rows, strict=True)
    ), laid


def _latents(tree: TakeTree, node: Node, frames: Sequence[Frame]) -> Rows:
    """The predicted latents of at most POINTS_MAX steps, and of the last one."""
    among = {f.index for f in chosen(frames, -(-len(frames) // POINTS_MAX))} if frames else None
    steps = [step for step in tree.steps_of(node, among) if step.x0 is not None]
    return path_of(steps), tuple(step.index for step in steps)


def _looks(concepts: Any, frames: Sequence[Frame]) -> Rows:
    """The predicted pictures in CLIP's space, of at most LOOKS_MAX steps."""
    seen = [frame for frame in frames if "x0" in frame.lanes]
    if not seen:
        return np.empty((0, 0), np.float32), ()
    seen = chosen(seen, -(-len(seen) // LOOKS_MAX))
    vectors = concepts.space().encode_pixels([frame.lanes["x0"] for frame in seen])
    return np.asarray(vectors, np.float32), tuple(frame.index for frame in seen)
