"""Text in the lowest bits of alpha."""

import gzip
import io

import numpy as np
from PIL import Image

from studio.library.metadata import read_settings_bytes
from studio.library.metadata.stealth import read_stealth


def hide(magic: bytes, body: bytes, side: int = 64) -> bytes:
    bits = np.unpackbits(np.frombuffer(magic + (len(body) * 8).to_bytes(4, "big") + body, np.uint8))
    alpha = np.full(side * side, 254, np.uint8)
    alpha[: len(bits)] |= bits[: side * side]
    pixels = np.zeros((side, side, 4), np.uint8)
    pixels[..., 3] = alpha.reshape(side, side).T
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


TEXT = "a fox, 狐\nSteps: 4, Sampler: Euler, Seed: 9"


def test_packed_and_plain():
    assert read_stealth(hide(b"stealth_pngcomp", gzip.compress(TEXT.encode()))) == TEXT
    assert read_stealth(hide(b"stealth_pnginfo", TEXT.encode())) == TEXT


def test_it_is_read_when_nothing_else_is_there():
    got = read_settings_bytes(hide(b"stealth_pnginfo", TEXT.encode()))
    assert got.request.prompt == "a fox, 狐"
    assert got.request.seed == 9


def test_nothing_hidden_and_hostile():
    assert read_stealth(hide(b"something else!", b"x")) == ""
    assert read_stealth(hide(b"stealth_pngcomp", b"not gzip")) == ""
    assert read_stealth(b"\x89PNG\r\n\x1a\n") == ""
    opaque = io.BytesIO()
    Image.new("RGB", (8, 8)).save(opaque, "PNG")
    assert read_stealth(opaque.getvalue()) == ""
    assert read_stealth(hide(b"stealth_pnginfo", b"", side=2)) == ""
