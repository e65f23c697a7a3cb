"""Differences of tiles: exact, small, bounded in memory."""

from __future__ import annotations

import errno
import tempfile

import numpy as np
import pytest
from PySide6.QtCore import QRect

from studio.state.canvas.document import MASK, CanvasDocument
from studio.state.canvas.tiles import TILE, Delta, DeltaStore, LayerEdit, tiles_of


def test_a_rectangle_touches_its_tiles_and_none_outside() -> None:
    shape = (300, 300)
    assert tiles_of(QRect(0, 0, 1, 1), shape) == [(0, 0)]
    assert tiles_of(QRect(TILE - 1, 0, 2, 1), shape) == [(0, 0), (0, 1)]
    assert len(tiles_of(QRect(-50, -50, 1000, 1000), shape)) == 9
    assert tiles_of(QRect(400, 400, 10, 10), shape) == []


def test_apply_twice_is_nothing() -> None:
    rng = np.random.default_rng(0)
    layer = rng.integers(0, 256, (200, 150, 4), dtype=np.uint8)
    before = layer.copy()
    edit = LayerEdit(layer)
    edit.touch(QRect(100, 100, 40, 80))
    layer[100:180, 100:140] = 9
    after = layer.copy()
    delta = Delta(DeltaStore(), edit.before, layer)
    delta.apply(layer)
    assert np.array_equal(layer, before)
    delta.apply(layer)
    assert np.array_equal(layer, after)
    assert delta.rect().contains(QRect(100, 100, 40, 80))


def test_untouched_and_unchanged_tiles_cost_nothing() -> None:
    layer, store = np.zeros((400, 400), np.uint8), DeltaStore()
    edit = LayerEdit(layer)
    edit.touch(QRect(0, 0, 300, 300))
    layer[5, 5] = 1
    delta = Delta(store, edit.before, layer)
    assert delta.rect() == QRect(0, 0, 3 * TILE, 3 * TILE)
    store.pack(60.0)
    assert store.bytes_in_memory < 200
    delta.apply(layer)
    assert not layer.any()
    edit = LayerEdit(layer)
    edit.touch(QRect(0, 0, 400, 400))
    assert Delta(store, edit.before, layer).is_empty()


def test_what_is_compressed_bit_by_bit_stays_what_it_is() -> None:
    store, layer = DeltaStore(), np.zeros((600, 600), np.uint8)
    edit = LayerEdit(layer)
    edit.touch(QRect(0, 0, 600, 600))
    layer[:] = np.arange(600, dtype=np.uint16)[:, None] // 3
    after = layer.copy()
    delta = Delta(store, edit.before, layer)
    delta.apply(layer)  # before anything is compressed
    assert not layer.any()
    assert store.pack(0.0) is True  # no time, nothing done
    assert store.pack(60.0) is False
    assert store.bytes_in_memory < 600 * 600 // 20
    delta.apply(layer)
    assert np.array_equal(layer, after)
    keys = [store.put(np.full((20, 20), n, np.uint8)) for n in range(3)]
    store.drop(keys[1])
    assert store.pack(60.0) is False
    assert store.get(keys[2]) == b"\2" * 400


def test_a_blob_that_goes_to_disk_is_compressed_on_the_way() -> None:
    store = DeltaStore(budget=1000)
    keys = [store.put(np.full((30, 30), n, np.uint8)) for n in range(1, 4)]
    blobs = [bytes([n]) * 900 for n in range(1, 4)]
    assert [store.get(key) for key in keys] == blobs
    assert store.bytes_in_memory <= 1000
    assert store.pack(60.0) is False
    assert [store.get(key) for key in keys] == blobs


def test_memory_of_an_edit_serves_the_next_one_of_the_same_shape() -> None:
    layer = np.zeros((200, 200), np.uint8)
    first = LayerEdit(layer)
    first.touch(QRect(0, 0, 200, 200))
    layer[:] = 5
    second = LayerEdit(layer, first.memory)
    second.touch(QRect(0, 0, 10, 10))
    layer[:10, :10] = 9
    assert second.memory is first.memory
    assert second.restore().contains(QRect(0, 0, 10, 10))
    assert (layer == 5).all()
    assert LayerEdit(np.zeros((9, 9), np.uint8), first.memory).memory.shape == (9, 9)


def test_restore_takes_everything_back() -> None:
    layer = np.zeros((300, 300), np.uint8)
    edit = LayerEdit(layer)
    edit.touch(QRect(0, 0, 300, 300))
    layer[:] = 7
    assert edit.restore().contains(QRect(0, 0, 300, 300))
    assert not layer.any()


def test_old_blobs_move_to_disk_and_come_back() -> None:
    store = DeltaStore(budget=1000)
    blobs = [bytes([n]) * 400 for n in range(10)]
    keys = [store.put(blob) for blob in blobs]
    assert store.bytes_in_memory <= 1000
    assert [store.get(key) for key in keys] == blobs
    for key in keys:
        store.drop(key)
    assert store.bytes_in_memory == 0


@pytest.mark.parametrize("accepts", [None, 0, 150])
def test_while_the_disk_is_full_they_stay_in_memory(monkeypatch, accepts) -> None:
    """A stroke that could not be remembered raised, and no autosave came after it."""

    class Full:
        """A file that takes some bytes; None: there is not even room for the file."""

        def __init__(self, **_) -> None:
            if accepts is None:
                raise OSError(errno.ENOSPC, "No space left on device")

        def seek(self, offset: int, whence: int = 0) -> int:
            return 0

        def write(self, data: bytes) -> int:
            if accepts == 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return min(accepts, len(data))

        def close(self) -> None:
            pass

    real = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", Full)
    store = DeltaStore(budget=1000)
    blobs = [bytes([n]) * 400 for n in range(1, 11)]
    keys = [store.put(blob) for blob in blobs]
    assert [store.get(key) for key in keys] == blobs
    assert store.bytes_in_memory == 4000
    document = CanvasDocument(store=store)
    document.open(np.zeros((300, 300, 3), np.uint8))
    assert document.change("Fill", MASK, lambda mask: mask + np.uint8(9))
    assert not document.is_being_edited()
    monkeypatch.setattr(tempfile, "TemporaryFile", real)
    store._file = None  # there is room again
    keys.append(store.put(b"x"))
    assert not store.pack(60.0)
    assert store.bytes_in_memory <= 1000
    assert [store.get(key) for key in keys] == [*blobs, b"x"]
    document.undo_stack.undo()
    assert not document.mask.any()
