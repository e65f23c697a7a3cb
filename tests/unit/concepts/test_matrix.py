"""The matrix file: appended to, mapped, and checked block by block."""

import zlib

import numpy as np
import pytest

from studio.concepts import matrix as module
from studio.concepts.matrix import Matrix, extend_checksums


@pytest.fixture
def matrix(tmp_path):
    matrix = Matrix(tmp_path / "m.f16", 4)
    yield matrix
    matrix.close()


def rows(start, count):
    return np.arange(start * 4, (start + count) * 4, dtype=np.float32).reshape(-1, 4)


def test_rows_are_appended_and_seen(matrix):
    matrix.write(0, rows(0, 3))
    assert np.array_equal(matrix.view(3), rows(0, 3))
    matrix.write(3, rows(3, 2))
    assert np.array_equal(matrix.view(5), rows(0, 5))
    assert matrix.whole_rows() == 5


def test_a_torn_tail_is_not_seen_and_can_be_cut(matrix):
    matrix.write(0, rows(0, 2))
    with open(matrix.path, "ab") as file:
        file.write(b"torn!")
    assert matrix.whole_rows() == 2
    assert np.array_equal(matrix.view(2), rows(0, 2))
    matrix.close()
    matrix.cut(1)
    assert matrix.path.stat().st_size == 8
    matrix.write(1, rows(7, 1))
    assert np.array_equal(matrix.view(2), np.concatenate([rows(0, 1), rows(7, 1)]))


def test_no_file_no_rows(matrix):
    assert matrix.whole_rows() == 0
    assert matrix.view(0).shape == (0, 4)
    matrix.cut(0)
    assert list(matrix.checksums(0)) == []


def test_checksums_grow_with_the_file(matrix, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 3)
    crcs: dict[int, int] = {}
    at = 0
    for count in (1, 1, 4, 5, 2):
        data = matrix.write(at, rows(at, count))
        crcs |= extend_checksums(crcs, at, data, 8)
        at += count
    assert crcs == dict(matrix.checksums(at))
    assert crcs[0] == zlib.crc32(rows(0, 3).astype(np.float16).tobytes())


def test_a_changed_byte_is_noticed(matrix):
    matrix.write(0, rows(0, 5))
    before = dict(matrix.checksums(5))
    matrix.write(2, rows(9, 1))
    assert dict(matrix.checksums(5)) != before
