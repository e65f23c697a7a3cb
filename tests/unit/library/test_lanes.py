"""Previews on disk: small, close to what was seen, read one at a time."""

import numpy as np
import pytest

from studio.engine.errors import BrokenFile
from studio.library.lanes import StoredLanes, decode_lane, encode_lane, encoded_lane
from tests.fakes import picture


def test_close_to_what_was_seen_and_small():
    pixels = picture(128, 128)
    encoded = encode_lane(pixels)
    assert np.abs(decode_lane(encoded).astype(int) - pixels).mean() < 2
    assert len(encoded) < pixels.nbytes / 4


def test_a_damaged_preview_is_said():
    with pytest.raises(BrokenFile, match="preview"):
        decode_lane(b"\xff\xd8 nothing")
    with pytest.raises(BrokenFile):
        decode_lane(encode_lane(picture())[:200])


def test_a_preview_that_claims_to_be_huge_is_said():
    """Pillow only warns up to twice its limit, and the warning is an error in this program."""
    encoded = bytearray(encode_lane(picture(8, 8)))
    size = encoded.find(b"\xff\xc0") + 5
    encoded[size : size + 4] = (9000).to_bytes(2, "big") * 2
    with pytest.raises(BrokenFile, match="preview"):
        decode_lane(bytes(encoded))


def test_a_lane_is_read_when_it_is_looked_at_and_not_before():
    blob = encode_lane(picture(seed=1)) + encode_lane(picture(seed=2))
    middle = len(encode_lane(picture(seed=1)))
    reads = []

    def read(begin, end):
        reads.append((begin, end))
        return blob[begin:end]

    lanes = StoredLanes({"x0": (0, middle), "delta": (middle, len(blob))}, read)
    assert list(lanes) == ["x0", "delta"]
    assert "cond" not in lanes
    assert len(lanes) == 2
    assert not reads
    assert np.abs(lanes["delta"].astype(int) - picture(seed=2)).mean() < 2
    assert reads == [(middle, len(blob))]
    with pytest.raises(KeyError):
        lanes["cond"]


def test_copying_does_not_compress_again():
    stored = StoredLanes({"x0": (0, 9)}, lambda begin, end: b"as it was")
    assert encoded_lane(stored, "x0") == b"as it was"
    assert encoded_lane({"x0": picture()}, "x0") == encode_lane(picture())
