"""Small pictures for chips, grids and the map, read through Pillow on the room's worker."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QPixmap

from studio.concepts import decode
from studio.engine.errors import StudioError
from studio.engine.request import Pixels
from studio.jobs.job import Job, JobState
from studio.state.concepts.room import ConceptRoom
from studio.state.filmstrip.errands import once
from studio.ui.qimage import to_qimage

log = logging.getLogger(__name__)

KEPT = 1200
PER_ERRAND = 24


class Thumbs(QObject):
    """Pixmaps by (name, cached file). A missing one is read and told of later.

    Signals:
        arrived(): some pixmaps that were asked for are there now.
    """

    arrived = Signal()

    def __init__(self, room: ConceptRoom) -> None:
        super().__init__(room)
        self._room = room
        self._pixmaps: OrderedDict[str, QPixmap | None] = OrderedDict()
        self._cached: dict[str, str] = {}  # by which cached file each pixmap was asked for
        self._wanted: dict[str, str] = {}
        self._reading: dict[str, str] = {}
        self._doubted: set[str] = set()  # could not be read; may have come back
        room.bar.terms_changed.connect(self._doubt)
        room.hits.found_changed.connect(self._doubt)

    @Slot()
    def _doubt(self) -> None:
        """With the next question, pictures that were missing are looked for again."""
        self._doubted = {name for name, picture in self._pixmaps.items() if picture is None}

    def get(self, name: str, cached: str = "") -> QPixmap | None:
        """The picture of that name, or None while it is read or when it cannot be.

        cached: where a small JPEG of it is kept, or will be.
        """
        if name in self._pixmaps:
            self._pixmaps.move_to_end(name)
            is_old = bool(cached) and self._cached.get(name, cached) != cached  # it was changed
            if name not in self._doubted and not is_old:
                return self._pixmaps[name]
            self._doubted.discard(name)
        if self._reading.get(name) != cached:
            self._wanted[name] = cached
        self._read_next()
        return self._pixmaps.get(name)

    def is_broken(self, name: str) -> bool:
        """Whether the picture was asked for and could not be read."""
        return name in self._pixmaps and self._pixmaps[name] is None

    def _read_next(self) -> None:
        if self._reading or not self._wanted:
            return
        self._reading = some = dict(list(self._wanted.items())[:PER_ERRAND])
        for name in some:
            del self._wanted[name]
        self._room.errands.run(once(_reader(self._room, some)), "Reading thumbnails", self._take,
                               ended=self._on_ended, front=True)  # fmt: skip

    def _take(self, pictures: dict[str, Pixels | None]) -> None:
        for name, pixels in pictures.items():
            self._pixmaps[name] = None if pixels is None else QPixmap.fromImage(to_qimage(pixels))
            self._cached[name] = self._reading[name] or self._cached.get(name, "")
        while len(self._pixmaps) > KEPT:
            self._cached.pop(self._pixmaps.popitem(last=False)[0], None)

    def _on_ended(self, job: Job) -> None:
        """The next ones; those of a reading that broke off count as missing, like one by one."""
        if job.state is not JobState.FINISHED:
            self._pixmaps.update(dict.fromkeys(self._reading))
        self._reading = {}
        self.arrived.emit()
        self._read_next()


def _reader(room: ConceptRoom, wanted: dict[str, str]) -> Callable[[], dict[str, Pixels | None]]:
    def read() -> dict[str, Pixels | None]:
        return {name: _read(room, name, cached) for name, cached in wanted.items()}

    return read


def _read(room: ConceptRoom, name: str, cached: str) -> Pixels | None:
    concepts = room.concepts
    try:
        if cached:
            image = concepts.thumbnails.get(name, Path(cached), lambda: concepts.picture(name))
        else:
            image = decode.thumbnail(concepts.picture(name))
    except (StudioError, OSError, ValueError, RuntimeError) as error:  # one is no reason to stop
        log.warning("no thumbnail of %s: %s", name, error)
        return None
    return np.asarray(image)
