"""Settings hidden in the lowest bits of the alpha channel ("stealth PNG info"), read only."""

from __future__ import annotations

import io
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.library.images import DAMAGE, PIXELS_MAX

_PACKED, _PLAIN = b"stealth_pngcomp", b"stealth_pnginfo"
_TEXT_MAX = 1 << 20


def read_stealth(data: bytes) -> str:
    """The hidden text of a PNG or WebP with alpha, "" if there is none. Never raises.

    Bits run down the columns: the magic, a 32-bit count of bits, then (gzipped) UTF-8.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "WEBP")) as image:
            if image.mode != "RGBA" or image.width * image.height > PIXELS_MAX:
                return ""
            alpha = np.asarray(image.getchannel("A"))
    except DAMAGE:
        return ""
    bits = (alpha.T & np.uint8(1)).reshape(-1)
    magic = _bytes(bits[: len(_PACKED) * 8])
    if magic not in (_PACKED, _PLAIN):
        return ""
    start = len(magic) * 8
    count = int.from_bytes(_bytes(bits[start : start + 32]), "big")
    body = _bytes(bits[start + 32 : start + 32 + min(count, _TEXT_MAX * 8)])
    if magic == _PACKED:
        try:
            body = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, _TEXT_MAX)
        except zlib.error:
            return ""
    return body.decode("utf-8", "replace")


def _bytes(bits: NDArray[Any]) -> bytes:
    return np.packbits(bits[: len(bits) // 8 * 8]).tobytes()
