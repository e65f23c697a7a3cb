"""From a file to what the model takes, on a decoding thread. Torch-free.

A picture of which a good small copy is kept (the gallery's, or the thumbnail that another model's
indexing has made) is not decoded again: on two cores a large PNG keeps any small model waiting.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.concepts import decode
from studio.concepts.algebra import Vectors
from studio.concepts.decode import ReadFrames, Thumbnails
from studio.concepts.store import Entry, Source
from studio.engine.errors import BrokenFile, StudioError

log = logging.getLogger(__name__)


class PictureEncoder(Protocol):
    """What indexing needs of a model (see studio.concepts.encoder.Encoder)."""

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """Cut and scale a picture, [K, 3, S, S]."""

    def pictures(self, prepared: Sequence[NDArray[np.uint8]]) -> Vectors:
        """Unit vectors, [N, D]."""


@dataclass(slots=True)
class Decoded:
    """A file ready for the model: one entry and one input each, or the reason why there is none."""

    source: Source
    entries: list[Entry] = field(default_factory=list)
    prepared: list[NDArray[np.uint8]] = field(default_factory=list)
    reason: str = ""


class Intake:
    """Opens files for one model. Safe from several threads.

    side: px that the model and the thumbnails need; JPEGs are decoded no larger than about twice
    that. input_px: the side of the model's input; small copies of at least that on their shorter
    side stand in for their pictures; 0 = they never do.
    """

    def __init__(
        self,
        encoder: PictureEncoder,
        *,
        read_frames: ReadFrames | None = None,
        thumbnails: Thumbnails | None = None,
        side: int = 2 * decode.THUMBNAIL_PX,
        input_px: int = 0,
    ) -> None:
        self._encoder = encoder
        self._read_frames = read_frames
        self._thumbnails = thumbnails
        self._side = side
        self._input_px = input_px

    def decode(self, source: Source) -> Decoded:
        """Everything up to the model's input. One bad file must not end indexing."""
        try:
            source = _with_digest(source)
            if source.file.lower().endswith(decode.TAKE_SUFFIX):
                return self._decode_strip(source)
            return self._decode_picture(source)
        except StudioError as error:
            return Decoded(source, reason=error.message)
        except decode.DAMAGE:
            log.exception("a file was not indexed")  # in a way that nobody has thought of
            return Decoded(source, reason=f"{Path(source.file).name} cannot be read.")

    def _decode_picture(self, source: Source) -> Decoded:
        found = self._small_copy(source)
        image, (width, height) = found or decode.open_picture(Path(source.file), self._side)
        entry = Entry(source=source, width=width, height=height)
        if found is None and decode.is_slow_to_open(source.file, width, height):
            self._save_thumbnail(entry, image)
        return Decoded(source, [entry], [self._encoder.prepare(image)])

    def _small_copy(self, source: Source) -> tuple[Image.Image, tuple[int, int]] | None:
        """A kept copy that is large enough for the model, and the true size of its picture."""
        if self._thumbnails is None or not self._input_px:
            return None
        path = Path(source.file)
        place = self._thumbnails.find(source.file, source.mtime_ns)
        if place is None:
            return None
        try:
            size, is_opaque = decode.look_into(path)
            image = decode.open_picture(place, self._side)[0]
        except BrokenFile:
            return None  # opening the picture itself says what is wrong, if anything is
        if min(image.size) < self._input_px or not is_opaque:
            return None  # the gallery shows what is transparent on another ground
        for width, height in (size, size[::-1]):  # a header tells the size before EXIF turns it
            if abs(image.width * height - image.height * width) <= max(width, height):
                return image, (width, height)
        return None

    def _decode_strip(self, source: Source) -> Decoded:
        decoded = Decoded(source)
        frames = self._read_frames(Path(source.file)) if self._read_frames else {}
        for step in sorted(frames):
            image = Image.fromarray(frames[step])  # one at a time: a strip can be long and large
            entry = Entry(source=source, part=step, width=image.width, height=image.height)
            self._save_thumbnail(entry, image)
            decoded.entries.append(entry)
            decoded.prepared.append(self._encoder.prepare(image))
        if not frames:
            decoded.reason = "The strip has no previews."
        return decoded

    def _save_thumbnail(self, entry: Entry, image: Image.Image) -> None:
        if self._thumbnails is not None:
            path = self._thumbnails.path(entry.reference, entry.source.mtime_ns)
            self._thumbnails.save(path, image)


def _with_digest(source: Source) -> Source:
    """Fill in the digest. A file that has changed since it was found gets none: its old time makes
    it be read again, and until then nothing must be taken for a copy of it. Raises BrokenFile.
    """
    path = Path(source.file)
    now = decode.look(path)
    if (now.size, now.mtime_ns) != (source.size, source.mtime_ns):
        return replace(source, digest=b"")
    return source if source.digest else replace(source, digest=decode.digest(path))
