"""The document on the canvas: picture, mask, paint, references, and how all of it is undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import numpy as np
import shiboken6
from PySide6.QtCore import QObject, QRect, QSize, QTimer, Signal, Slot
from PySide6.QtGui import QUndoStack

from studio.state.canvas.commands import (
    DocumentCommand,
    LayerSet,
    ListCommand,
    PixelCommand,
    whole,
)
from studio.state.canvas.stroke import divide_255
from studio.state.canvas.tiles import Delta, DeltaStore, LayerEdit, Pixels

PICTURE, MASK, PAINT = "picture", "mask", "paint"
UNDO_LIMIT = 500  # steps
_PACK_EVERY_MS, _PACK_FOR = 15, 0.002  # seconds; what undo remembers is compressed in small bites

_BLANK = -1


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A picture to look at or to take colours from. pixels: [H, W, 3]."""

    name: str
    pixels: Pixels


class CanvasDocument(QObject):
    """Picture [H, W, 3], mask [H, W] (255 = repaint) and paint [H, W, 4] (premultiplied).

    Signals:
        layer_changed(str layer, QRect): pixels of a layer have changed inside the rectangle.
        document_replaced(): another picture or size; every layer is new.
        references_changed()
        modified_changed(bool): there are changes that no file holds.
        stepped(): a step was done, undone or done again.
    """

    layer_changed = Signal(str, QRect)
    document_replaced = Signal()
    references_changed = Signal()
    modified_changed = Signal(bool)
    stepped = Signal()

    def __init__(self, parent: QObject | None = None, *, store: DeltaStore | None = None) -> None:
        super().__init__(parent)
        self.name = ""
        self.identity = 0  # another picture or size has another; Undo brings the old one back
        self._identities = count(1)
        self.revision = 0  # counts the steps done and undone: equal means unchanged
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(UNDO_LIMIT)
        self.undo_stack.cleanChanged.connect(self._on_clean_changed)
        self.undo_stack.indexChanged.connect(self._on_index_changed)
        self.references: tuple[Reference, ...] = ()
        self._store = store or DeltaStore()
        self._packing = QTimer(self, interval=_PACK_EVERY_MS)
        self._packing.timeout.connect(self._pack)
        self._edits = 0  # in progress
        self._spare: dict[str, Pixels] = {}  # memory of edits that are over, for the next one
        self._resting: dict[str, Pixels] = {}  # the same, while differences still lie in it
        self._witness: dict[str, int] = {}  # where a layer is known not to be blank
        self._layers: dict[str, Pixels] = _blank_layers(np.zeros((0, 0, 3), np.uint8))

    # ---------------------------------------------------------------- reading
    def is_empty(self) -> bool:
        """True while there is no picture."""
        return self.picture.size == 0

    def is_modified(self) -> bool:
        """True if there are changes that no project file holds."""
        return not self.undo_stack.isClean()

    def size(self) -> QSize:
        """The picture's size in pixels."""
        return QSize(self.picture.shape[1], self.picture.shape[0])

    @property
    def picture(self) -> Pixels:
        """[H, W, 3]; do not write to it, use `edit`."""
        return self._layers[PICTURE]

    @property
    def mask(self) -> Pixels:
        """[H, W], 255 = repaint; do not write to it, use `edit`."""
        return self._layers[MASK]

    @property
    def paint(self) -> Pixels:
        """[H, W, 4] premultiplied RGBA; do not write to it, use `edit`."""
        return self._layers[PAINT]

    def layer(self, name: str) -> Pixels:
        """A layer by its name."""
        return self._layers[name]

    def has_mask(self) -> bool:
        """True if anything is masked."""
        return self._has(MASK)

    def has_paint(self) -> bool:
        """True if anything is painted."""
        return self._has(PAINT)

    def _has(self, layer: str) -> bool:
        flat = self._layers[layer].reshape(-1)
        place = self._witness.get(layer)
        if not flat.size or place == _BLANK:
            return False
        if place is None or not flat[place]:  # many ask after each stroke: mostly it is known
            place = int(flat.argmax())
            self._witness[layer] = place if flat[place] else _BLANK
        return self._witness[layer] != _BLANK

    def is_being_edited(self) -> bool:
        """True during a stroke."""
        return self._edits > 0

    def composite(self) -> Pixels:
        """The picture with the paint on it, a new array [H, W, 3]."""
        result = self.picture.copy()
        rows = np.flatnonzero(self.paint[..., 3].any(axis=1))
        if rows.size:
            part = slice(int(rows[0]), int(rows[-1]) + 1)
            paint = self.paint[part].astype(np.uint16)
            below = divide_255(result[part] * (255 - paint[..., 3:]))
            result[part] = np.minimum(below + paint[..., :3], 255)
        return result

    # ---------------------------------------------------------------- changing
    def open(self, picture: Pixels, name: str = "") -> None:
        """Begin a new document with this picture; the undo history begins anew."""
        self._take(_blank_layers(picture), name)
        self._set_references(())
        self.undo_stack.clear()
        self.undo_stack.setClean()

    def restore(
        self, layers: dict[str, Pixels], references: tuple[Reference, ...], name: str
    ) -> None:
        """Begin with the layers of a project file; paint and mask may be missing."""
        self._take(_blank_layers(layers[PICTURE]) | layers, name)
        self._set_references(references)
        self.undo_stack.clear()
        self.undo_stack.setClean()

    def replace(self, text: str, layers: dict[str, Pixels], name: str | None = None) -> None:
        """Put other layers in place of these, as one step that can be undone.

        Layers that are not given are blank. Use this when the size changes.
        """
        before = LayerSet.pack(self.name, self.identity, self._layers, self._store)
        self._take(_blank_layers(layers[PICTURE]) | layers, self.name if name is None else name)
        after = LayerSet.pack(self.name, self.identity, self._layers, self._store)
        self.undo_stack.push(DocumentCommand(text, before, after, self._store, self._show_set))

    def edit(self, layer: str) -> LayerEdit:
        """Begin a change; give it to `commit` or `cancel` when done."""
        self._edits += 1
        return LayerEdit(self._layers[layer], self._spare.pop(layer, None))

    def notify(self, layer: str, rect: QRect) -> None:
        """Tell the views that an edit in progress has changed pixels."""
        if not rect.isEmpty():
            if self._witness.get(layer) == _BLANK:
                del self._witness[layer]
            self.layer_changed.emit(layer, rect & whole(self._layers[layer]))

    def commit(self, text: str, layer: str, edit: LayerEdit) -> bool:
        """Make an edit one step of the history; False if it changed nothing."""
        self._edits = max(self._edits - 1, 0)
        delta = Delta(self._store, edit.before, self._layers[layer])
        if delta.is_empty():
            self._spare[layer] = edit.memory
            return False
        self._packing.start()
        self._resting[layer] = edit.memory
        self.undo_stack.push(PixelCommand(text, layer, delta, self._apply))
        return True

    def cancel(self, layer: str, edit: LayerEdit) -> None:
        """Take an edit in progress back."""
        self.notify(layer, edit.restore())
        self._edits = max(self._edits - 1, 0)
        self._spare[layer] = edit.memory

    @Slot()
    def _pack(self) -> None:
        if not self._store.pack(_PACK_FOR):
            self._packing.stop()
            self._spare |= self._resting  # no difference lies in it any more
            self._resting = {}

    def change(self, text: str, layer: str, make: Callable[[Pixels], Pixels]) -> bool:
        """Replace a whole layer by make(layer), same shape, as one step; False if equal."""
        edit = self.edit(layer)
        rect = whole(edit.layer)
        new = make(edit.layer)
        edit.touch(rect)
        edit.layer[:] = new
        self.notify(layer, rect)
        return self.commit(text, layer, edit)

    def set_references(self, text: str, references: tuple[Reference, ...]) -> None:
        """Replace the reference pictures, as one step."""
        command = ListCommand(text, self.references, references, self._set_references)
        self.undo_stack.push(command)

    def mark_saved(self) -> None:
        """A project file now holds everything."""
        self.undo_stack.setClean()

    def mark_unsaved(self) -> None:
        """No file holds this, though there is no step that could be undone."""
        self.undo_stack.resetClean()

    # ---------------------------------------------------------------- inside
    def _take(self, layers: dict[str, Pixels], name: str, identity: int | None = None) -> None:
        self._layers = {key: np.ascontiguousarray(value) for key, value in layers.items()}
        self._witness.clear()
        self._spare.clear()
        self._resting.clear()
        self._edits = 0
        # A picture from outside may be read-only or shared with its giver.
        self._layers[PICTURE] = self._layers[PICTURE].copy()
        self.name = name
        self.identity = next(self._identities) if identity is None else identity
        self.revision += 1
        self.document_replaced.emit()

    def _apply(self, layer: str, delta: Delta) -> None:
        delta.apply(self._layers[layer])
        self.notify(layer, delta.rect())

    def _show_set(self, layers: LayerSet) -> None:
        self._take(layers.unpack(self._store), layers.name, layers.identity)

    def _set_references(self, references: tuple[object, ...]) -> None:
        self.references = tuple(item for item in references if isinstance(item, Reference))
        self.references_changed.emit()

    def _on_clean_changed(self, is_clean: bool) -> None:
        if shiboken6.isValid(self.undo_stack):  # it also tells of its own destruction
            self.modified_changed.emit(not is_clean)

    def _on_index_changed(self) -> None:
        if shiboken6.isValid(self.undo_stack):
            self.revision += 1
            self.stepped.emit()


def _blank_layers(picture: Pixels) -> dict[str, Pixels]:
    height, width = picture.shape[:2]
    return {
        PICTURE: picture,
        MASK: np.zeros((height, width), np.uint8),
        PAINT: np.zeros((height, width, 4), np.uint8),
    }
