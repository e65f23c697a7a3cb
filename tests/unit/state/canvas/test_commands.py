"""Undo commands free what they held."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QUndoStack

from studio.state.canvas.commands import DocumentCommand, LayerSet, ListCommand, whole
from studio.state.canvas.tiles import DeltaStore


def layers(value: int) -> dict[str, np.ndarray]:
    return {"picture": np.full((4, 5, 3), value, np.uint8), "mask": np.zeros((4, 5), np.uint8)}


def test_a_layer_set_comes_back_and_blank_layers_cost_nothing() -> None:
    store = DeltaStore()
    packed = LayerSet.pack("a", 1, layers(7), store)
    assert store.bytes_in_memory == 60
    back = packed.unpack(store)
    assert (back["picture"] == 7).all()
    assert back["mask"].shape == (4, 5)
    packed.drop(store)
    assert store.bytes_in_memory == 0


def test_a_document_command_shows_both_sides(qapp) -> None:
    store, shown, stack = DeltaStore(), [], QUndoStack()
    sets = [LayerSet.pack(name, 1, layers(1), store) for name in ("before", "after")]
    stack.push(DocumentCommand("Replace", *sets, store, shown.append))
    assert shown == []  # the document has made the change already
    stack.undo()
    stack.redo()
    assert [one.name for one in shown] == ["before", "after"]
    stack.clear()
    assert store.bytes_in_memory == 0


def test_a_list_command_shows_at_once(qapp) -> None:
    shown, stack = [], QUndoStack()
    stack.push(ListCommand("Add", (), ("hat",), shown.append))
    stack.undo()
    assert shown == [("hat",), ()]


def test_whole_is_the_layers_rectangle() -> None:
    rect = whole(np.zeros((4, 5), np.uint8))
    assert (rect.width(), rect.height()) == (5, 4)
