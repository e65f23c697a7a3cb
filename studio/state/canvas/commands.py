"""What can be undone on a canvas: changed pixels, a changed document, changed references."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QUndoCommand

from studio.state.canvas.tiles import Delta, DeltaStore, Pixels


class PixelCommand(QUndoCommand):
    """Pixels of one layer have changed; the change is already in the layer when this is pushed."""

    def __init__(
        self, text: str, layer: str, delta: Delta, apply: Callable[[str, Delta], None]
    ) -> None:
        """apply: turns before into after or back, in the document's layer of that name."""
        super().__init__(text)
        self._layer, self._delta, self._apply = layer, delta, apply
        self._is_new = True

    def redo(self) -> None:
        """Do the change again."""
        if self._is_new:
            self._is_new = False
            return
        self._apply(self._layer, self._delta)

    def undo(self) -> None:
        """Take the change back."""
        self._apply(self._layer, self._delta)


@dataclass(frozen=True, slots=True)
class LayerSet:
    """All layers of a document, kept in the undo store; blank layers cost nothing.

    Not compressed: that would hold up the window for a large picture.
    """

    name: str
    identity: int  # of the document, see CanvasDocument
    parts: tuple[tuple[str, tuple[int, ...], int | None], ...]  # layer, shape, key in the store

    @classmethod
    def pack(
        cls, name: str, identity: int, layers: dict[str, Pixels], store: DeltaStore
    ) -> LayerSet:
        """Put the layers into the store."""
        parts = tuple(
            (key, layer.shape, store.put(layer.tobytes()) if layer.any() else None)
            for key, layer in layers.items()
        )
        return cls(name, identity, parts)

    def unpack(self, store: DeltaStore) -> dict[str, Pixels]:
        """The layers, as new arrays."""
        return {
            key: np.zeros(shape, np.uint8) if place is None
            else np.frombuffer(store.get(place), np.uint8).reshape(shape).copy()
            for key, shape, place in self.parts
        }  # fmt: skip

    def drop(self, store: DeltaStore) -> None:
        """Free the store's memory."""
        for _, _, place in self.parts:
            if place is not None:
                store.drop(place)


class DocumentCommand(QUndoCommand):
    """The whole document was replaced: another picture, another size."""

    def __init__(
        self, text: str, before: LayerSet, after: LayerSet, store: DeltaStore,
        show: Callable[[LayerSet], None],
    ) -> None:  # fmt: skip
        super().__init__(text)
        self._before, self._after, self._store, self._show = before, after, store, show
        self._is_new = True

    def __del__(self) -> None:
        self._before.drop(self._store)
        self._after.drop(self._store)

    def redo(self) -> None:
        """Show the new document again."""
        if self._is_new:
            self._is_new = False
            return
        self._show(self._after)

    def undo(self) -> None:
        """Show the document that was there before."""
        self._show(self._before)


class ListCommand(QUndoCommand):
    """A short list of the document, such as its references, was replaced."""

    def __init__(
        self, text: str, before: tuple[object, ...], after: tuple[object, ...],
        show: Callable[[tuple[object, ...]], None],
    ) -> None:  # fmt: skip
        super().__init__(text)
        self._before, self._after, self._show = before, after, show

    def redo(self) -> None:
        """Show the new list."""
        self._show(self._after)

    def undo(self) -> None:
        """Show the old list."""
        self._show(self._before)


def whole(layer: Pixels) -> QRect:
    """The rectangle of a whole layer."""
    return QRect(0, 0, layer.shape[1], layer.shape[0])
