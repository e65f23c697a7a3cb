"""Small pictures for the gallery: made once, kept in the cache, thrown away freely."""

from __future__ import annotations

import hashlib
import io
import logging
import os
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image

from studio.engine.errors import StudioError
from studio.engine.request import Pixels
from studio.library.images import read_picture, read_picture_bytes
from studio.library.store import write_atomic

SIDE = 256  # pixels, the longer side
log = logging.getLogger(__name__)


class Thumbnails:
    """Thumbnails in a folder, named after the picture's path, size and time.

    folder: the cache. A picture that changed gets a new thumbnail. Safe from several threads.
    """

    def __init__(self, folder: Path, side: int = SIDE) -> None:
        self._folder = folder
        self._side = side

    def get(self, picture: Path) -> Pixels:
        """The thumbnail, [h, w, 3] uint8 with the longer side ≤ SIDE.

        Raises BrokenFile or UnsafeFile if the picture itself cannot be read.
        """
        cached = self.place(picture)
        with suppress(OSError, StudioError):  # not made yet, or damaged: then it is made
            return read_picture_bytes(cached.read_bytes(), cached.name)
        pixels = read_picture(picture, reduce_to=self._side)
        self._store(cached, pixels)
        return pixels

    def put(self, picture: Path, pixels: Pixels) -> None:
        """Make the thumbnail of a picture that has just been saved, from memory."""
        image = Image.fromarray(np.ascontiguousarray(pixels))
        image.thumbnail((self._side, self._side), Image.Resampling.BICUBIC)
        self._store(self.place(picture), np.asarray(image))

    def forget(self, picture: Path) -> None:
        """Remove the thumbnail of a picture that is about to go."""
        try:
            os.unlink(self.place(picture))
        except OSError:
            log.debug("no thumbnail of %s", picture.name)

    def place(self, picture: Path) -> Path:
        """Where the thumbnail of the picture as it is now lies, or would lie."""
        try:
            facts = picture.stat()
            stamp = f"{facts.st_size}-{facts.st_mtime_ns}"
        except OSError:
            stamp = "gone"
        name = hashlib.sha256(f"{picture}|{stamp}|{self._side}".encode(errors="replace"))
        digest = name.hexdigest()
        return self._folder / digest[:2] / f"{digest[2:34]}.webp"

    def _store(self, place: Path, pixels: Pixels) -> None:
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "WEBP", quality=85, method=2)
        try:
            write_atomic(place, buffer.getvalue(), is_durable=False)
        except StudioError as error:
            log.warning("a thumbnail was not kept: %s", error.message)  # slower next time, no more
