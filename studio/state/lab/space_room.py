"""The image space of a set of pictures, and the shown take as a path in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.record import Frame
from studio.jobs.queue import JobQueue
from studio.lab.settings import Floats
from studio.lab.space import MOST, SIDE, Space, space_task, vector_of
from studio.library.images import is_picture_name, read_picture
from studio.state.lab.latest import Latest
from studio.state.messages import Messages

READ_PX = 4 * SIDE  # pictures are read small: a folder of large ones must not take minutes


class SpaceRoom(QObject):
    """Pictures of the library or of a folder on a plane.

    Signals:
        space_changed(): the pictures, the path, or the place on it are others.
    """

    space_changed = Signal()

    def __init__(
        self, queue: JobQueue, messages: Messages, frames: Callable[[], Sequence[Frame]],
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._messages, self._frames = messages, frames
        self.space: Space | None = None
        self.path: Floats | None = None  # [S, D], the x0 of each step of the shown take
        self.at = 0
        self.share = 0.0
        self._latest = Latest(queue, self)
        self._latest.arrived.connect(self._on_arrived)
        self._latest.done.connect(self._on_done)
        self._latest.failed.connect(self._on_failed)

    @property
    def is_busy(self) -> bool:
        """Whether pictures are being read."""
        return self._latest.is_busy()

    def use(self, paths: Sequence[Path]) -> None:
        """Lay out these picture files (at most MOST, evenly chosen)."""
        chosen = list(paths)[:: max(1, -(-len(paths) // MOST))]
        read = partial(read_picture, reduce_to=READ_PX)
        self._latest.ask("space", tuple(chosen), lambda: space_task(chosen, read), "Image space")

    def use_folder(self, folder: Path) -> None:
        """Lay out the pictures of a folder and the folders in it."""
        self.use(sorted(p for p in folder.rglob("*") if is_picture_name(p) and p.is_file()))

    @Slot()
    def refresh_path(self) -> None:
        """Take the path of the take that the filmstrip shows."""
        pictures = [frame.lanes["x0"] for frame in self._frames() if "x0" in frame.lanes]
        self.path = np.stack([vector_of(p) for p in pictures]) if len(pictures) > 1 else None
        self.at = min(self.at, len(pictures) - 1) if self.path is not None else 0
        self.space_changed.emit()

    def go_to(self, at: int) -> None:
        """Stand at a step of the path."""
        if self.path is not None and 0 <= at < len(self.path) and at != self.at:
            self.at = at
            self.space_changed.emit()

    @Slot(str, list)
    def _on_arrived(self, _kind: str, shares: list[float]) -> None:
        self.share = shares[-1]
        self.space_changed.emit()

    @Slot(str, object)
    def _on_done(self, _kind: str, space: Space) -> None:
        self.space = space
        self.refresh_path()

    @Slot(str, object)
    def _on_failed(self, _kind: str, error: Exception) -> None:
        self._messages.failure(error)
        self.space_changed.emit()
