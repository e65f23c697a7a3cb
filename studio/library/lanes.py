"""Frames on disk: each lane of each step as a small JPEG, decoded only when looked at.

Previews are for the eyes; what a fork needs lies in the tensors, bit-exact. JPEG at 92 without
chroma subsampling encodes a 256x256 lane in under a millisecond at about a tenth of its size.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from PIL import Image

from studio.engine.errors import BrokenFile
from studio.engine.request import Pixels
from studio.library.images import DAMAGE

QUALITY = 92
SIDE_MAX = 4096  # pixels
_HINT = "The steps themselves may still be whole."


def encode_lane(pixels: Pixels) -> bytes:
    """Compress one lane. pixels: [H, W, 3] uint8."""
    buffer = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    return buffer.getvalue()


def decode_lane(encoded: bytes) -> Pixels:
    """Undo `encode_lane`, up to JPEG's rounding. Raises BrokenFile."""
    try:
        with Image.open(io.BytesIO(encoded), formats=("JPEG",)) as image:
            if max(image.size) > SIDE_MAX:
                raise BrokenFile("A preview in the take is impossibly large.", _HINT)
            return np.asarray(image.convert("RGB"))
    except BrokenFile:
        raise
    except DAMAGE as error:
        raise BrokenFile("A preview in the take is damaged.", _HINT) from error


def encoded_lane(lanes: Mapping[str, Pixels], name: str) -> bytes:
    """The compressed form of one lane; copied without loss where it is already compressed."""
    return lanes.encoded(name) if isinstance(lanes, StoredLanes) else encode_lane(lanes[name])


class StoredLanes(Mapping[str, Pixels]):
    """The lanes of one frame, each decoded whenever it is asked for (about 1 ms)."""

    def __init__(
        self, places: Mapping[str, tuple[int, int]], read: Callable[[int, int], bytes]
    ) -> None:
        self._places = places  # lane -> begin, end
        self._read = read

    def encoded(self, lane: str) -> bytes:
        """The JPEG as it is stored, to copy it without loss."""
        return self._read(*self._places[lane])

    def __getitem__(self, lane: str) -> Pixels:
        return decode_lane(self.encoded(lane))

    def __contains__(self, lane: object) -> bool:
        return lane in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
