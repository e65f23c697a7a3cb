"""The image space of a set of pictures, and takes as paths in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.record import Frame
from studio.engine.request import Pixels
from studio.jobs.queue import JobQueue
from studio.lab.settings import Floats
from studio.lab.space import (
    KINDS,
    SIDE,
    Embed,
    Source,
    Space,
    cut_sheet,
    paths_task,
    pixel_vectors,
    sharpest_turn,
    space_task,
)
from studio.library.images import is_picture_name, read_picture
from studio.resources import resource
from studio.state.lab.latest import Latest
from studio.state.messages import Messages

READ_PX = 8 * SIDE  # pictures are read small: a folder of large ones must not take minutes
WORLD, WORLD_PX = "vocabulary/starter-128.webp", 128  # the starter's world, a contact sheet
FILES_MOST = 20_000
PATHS_MOST = 6  # takes; more would be a tangle


class TakePath(NamedTuple):
    """A take in the space. guesses: thumbs of each step's x0; vectors: [S, D]."""

    id: str
    guesses: list[Pixels]
    vectors: Floats


class ShownTake(NamedTuple):
    """A take that may be shown as a path; id changes when its frames do."""

    id: str
    frames: Sequence[Frame]


def _guess(frame: Frame) -> Pixels:
    return frame.lanes["x0"]


def world_sources() -> list[Source]:
    """The pictures of the kind that the starter model was taught."""
    with Image.open(resource(WORLD)) as sheet:
        pictures = cut_sheet(np.asarray(sheet.convert("RGB")), WORLD_PX)
    return [Source(f"a picture of the starter's world, {at + 1}", partial(_same, pixels))
            for at, pixels in enumerate(pictures)]  # fmt: skip


def file_sources(files: Sequence[Path]) -> list[Source]:
    """Picture files, read small."""
    read = partial(read_picture, reduce_to=READ_PX)
    return [Source(file.name, partial(read, file), file) for file in files]


def folder_sources(folder: Path) -> list[Source]:
    """The picture files in a folder and in the folders in it; at most FILES_MOST are looked at."""
    found = (path for path in folder.rglob("*") if is_picture_name(path) and path.is_file())
    return file_sources(sorted(islice(found, FILES_MOST)))


def _same(pixels: Pixels) -> Pixels:
    return pixels


class SpaceRoom(QObject):
    """Pictures of the starter's world, of the library or of a folder on a plane.

    takes: gives the takes to be shown as paths, the one in the filmstrip first. clip: gives the
    Embed of a CLIP model; called on the worker, may raise StudioError.

    Signals:
        space_changed(): the pictures, the paths, or the place on them are others.
    """

    space_changed = Signal()

    def __init__(
        self, queue: JobQueue, messages: Messages, takes: Callable[[], Sequence[ShownTake]],
        clip: Callable[[], Embed] | None = None, parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._messages, self._takes, self._clip = messages, takes, clip
        self.space: Space | None = None
        self.paths: list[TakePath] = []  # the first is the take in the filmstrip
        self.kind, self.name = KINDS[0], ""
        self.at = 0
        self.share = 0.0
        self._find: Callable[[], list[Source]] = list
        self._which: object = ()
        self._known: dict[tuple[str, str], TakePath] = {}  # kind of space, take -> path
        self._latest = Latest(queue, self)
        self._latest.arrived.connect(self._on_arrived)
        self._latest.done.connect(self._on_done)
        self._latest.failed.connect(self._on_failed)

    @property
    def is_busy(self) -> bool:
        """Whether pictures are being read."""
        return self._latest.is_busy("space")

    @property
    def path(self) -> TakePath | None:
        """The path of the take in the filmstrip."""
        return self.paths[0] if self.paths else None

    # ------------------------------------------------------------ which pictures, which space
    def use_world(self) -> None:
        """Lay out the starter's world."""
        self._use(world_sources, "the starter's world", ())

    def use(self, files: Sequence[Path], name: str = "your pictures") -> None:
        """Lay out these picture files (at most space.MOST, evenly chosen)."""
        self._use(partial(file_sources, tuple(files)), name, tuple(files))

    def use_folder(self, folder: Path) -> None:
        """Lay out the pictures of a folder and of the folders in it; found on the worker."""
        self._use(partial(folder_sources, folder), f"the folder {folder.name}", folder)

    def choose_kind(self, kind: str) -> None:
        """Lay the same pictures out by pixels or by CLIP."""
        if kind in KINDS and kind != self.kind:
            self.kind = kind
            self._ask()

    def _use(self, find: Callable[[], list[Source]], name: str, which: object) -> None:
        self._find, self.name, self._which = find, name, which
        self._ask()

    def _ask(self) -> None:
        if not self.name:
            return
        find, kind = self._find, self.kind
        key = kind, self.name, self._which
        self.share = 0.0
        self._latest.drop("path")
        self._latest.ask("space", key, lambda: space_task(find, self._embed(kind), kind),
                         "Image space")  # fmt: skip
        self.space_changed.emit()

    def _embed(self, kind: str) -> Embed:
        clip = self._clip
        if kind == KINDS[0] or clip is None:
            return pixel_vectors
        return lambda pictures: clip()(pictures)  # the model is opened where it is used

    # ------------------------------------------------------------ paths
    @Slot()
    def refresh_path(self) -> None:
        """Lay out the takes that are shown now."""
        if self.space is None:
            return
        kind, takes = self.space.kind, list(self._takes())[:PATHS_MOST]
        takes = [take for take in takes if len(take.frames) > 2]
        new = [take for take in takes if (kind, take.id) not in self._known]
        if new:
            readers = [(take.id, [partial(_guess, f) for f in take.frames if "x0" in f.lanes])
                       for take in new]  # fmt: skip
            self._latest.ask("path", (kind, tuple(take.id for take in takes)),
                             lambda: paths_task(readers, self._embed(kind)),
                             "Paths of takes")  # fmt: skip
        self.paths = [self._known[kind, take.id] for take in takes
                      if (kind, take.id) in self._known]  # fmt: skip
        last = len(self.paths[0].guesses) - 1 if self.paths else 0
        self.at = min(self.at, last)
        self.space_changed.emit()

    def go_to(self, at: int) -> None:
        """Stand at a step of the path."""
        if self.path is not None and 0 <= at < len(self.path.guesses) and at != self.at:
            self.at = at
            self.space_changed.emit()

    def reason(self) -> str:
        """Why the path bends, in a sentence or two; "" where there is none."""
        if self.space is None or self.path is None:
            return ""
        turn = sharpest_turn(self.path.vectors)
        if turn is None:
            return ""
        total, near = len(self.path.guesses) - 1, self.space.nearest(self.path.vectors)
        words = f"It turns most at step {turn} of {total}"
        changes = int(np.count_nonzero(np.diff(near[: turn + 2])))
        if near[turn] != near[min(turn + 1, total)]:
            return f"{words}: there the guess leaves one neighbour for another."
        if changes:
            return f"{words}, after its nearest picture has changed {_times(changes)}."
        return f"{words}, though its nearest picture stays the same: only details change."

    # ------------------------------------------------------------ results
    @Slot(str, list)
    def _on_arrived(self, kind: str, shares: list[float]) -> None:
        if kind == "space":
            self.share = shares[-1]
            self.space_changed.emit()

    @Slot(str, object)
    def _on_done(self, kind: str, result: Any) -> None:
        if kind == "space":
            self.space = result
        elif self.space is not None:
            for id, (guesses, vectors) in result.items():
                self._known[self.space.kind, id] = TakePath(id, guesses, vectors)
        self.refresh_path()

    @Slot(str, object)
    def _on_failed(self, kind: str, error: Exception) -> None:
        self._messages.failure(error)
        self._latest.drop(kind)  # the same may be asked again
        if kind == "space" and self.space is not None:
            self.kind = self.space.kind
        self.space_changed.emit()


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
