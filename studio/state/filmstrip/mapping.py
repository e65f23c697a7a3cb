"""The map of takes: which takes are on it, and their paths once they are computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.engine.errors import StudioError
from studio.library.takemap import TakeMap, TooFewTakes, path_of, project
from studio.state.filmstrip.errands import once
from studio.state.filmstrip.filmstrip import Filmstrip
from studio.state.filmstrip.tree import Node, NodeState, TakeTree

TAKES_MAX = 12
SETTLE_MS = 300
TOO_FEW = (
    "The map needs at least two takes.",
    "One run alone always draws the same arc. Fork this one, or make another picture.",
)


@dataclass(frozen=True, slots=True)
class Path2D:
    """One take on the map. points: [steps, 2]; indices: the step of each point."""

    node: Node
    points: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    indices: tuple[int, ...]


class MapOfTakes(QObject):
    """Recomputed on the background worker when takes come or go; only while it is watched.

    Signals:
        map_changed(): new paths, or a new reason why there are none (`words`).
    """

    map_changed = Signal()

    def __init__(self, filmstrip: Filmstrip, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._strip = filmstrip
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

    def watch(self, is_watched: bool) -> None:
        """Compute only while somebody looks."""
        self._is_watched = is_watched
        self._on_changed()

    @Slot()
    def _on_changed(self) -> None:
        if self._is_watched:
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
        known = tuple(node.id for node in nodes)
        if known == self._known:
            return
        self._known = known
        work = once(partial(_paths, self._strip.tree, nodes))
        self._strip.errands.run(work, "Drawing the map of takes", self._on_map)

    def _on_map(self, found: tuple[tuple[Path2D, ...], TakeMap] | StudioError) -> None:
        if isinstance(found, StudioError):
            self.paths, self.explained = (), (0.0, 0.0)
            self.words = str(found)
        else:
            self.paths, self.explained, self.words = found[0], found[1].explained, ""
        self.map_changed.emit()


def _paths(
    tree: TakeTree, nodes: Sequence[Node]
) -> tuple[tuple[Path2D, ...], TakeMap] | StudioError:
    try:
        if len(nodes) < 2:
            raise TooFewTakes(*TOO_FEW)
        steps = [[s for s in tree.steps_of(node) if s.x0 is not None] for node in nodes]
        laid = project([path_of(of_one) for of_one in steps])
    except StudioError as error:
        return error
    return tuple(
        Path2D(node, points, tuple(s.index for s in of_one))
        for node, of_one, points in zip(nodes, steps, laid.paths, strict=True)
    ), laid
