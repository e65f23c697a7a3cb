"""Answers of the engine that wait on the canvas: looked at side by side, taken or left."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QRect, Signal

from studio.engine.request import Pixels
from studio.state.canvas.asking import Asked
from studio.state.canvas.document import MASK, PAINT, PICTURE, CanvasDocument

# Older ones leave the strip; their pictures stay in the library.
LIMIT = 32
BUDGET, LEAST = 768 * 2**20, 4  # bytes of pixels: 2048 x 2048 px fill it; so many stay anyway


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """One answer. picture: [H, W, 3], already pasted into the old picture; path: its file.

    batch: answers of one press of Generate share the number.
    """

    picture: Pixels
    asked: Asked
    path: Path
    seed: int
    batch: int = 0

    def place(self) -> QRect:
        """Where it lies on the document, in its pixels; beyond its edges if it was extended."""
        height, width = self.picture.shape[:2]
        return QRect(-self.asked.left, -self.asked.top, width, height)


class Candidates(QObject):
    """The answers that can be put on the canvas. Taking one never touches a file.

    Signals:
        candidates_changed(): one came, or they were cleared.
        current_changed(): another one (or none) is shown over the canvas.
        side_by_side_changed(bool): all of them are shown at once, in place of the canvas.
    """

    candidates_changed = Signal()
    current_changed = Signal()
    side_by_side_changed = Signal(bool)

    def __init__(self, document: CanvasDocument, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._all: list[Candidate] = []
        self._current: int | None = None
        self.is_side_by_side = False
        self.is_comparing = False  # while the old picture is looked at instead
        document.document_replaced.connect(self._on_document_replaced)

    @property
    def items(self) -> list[Candidate]:
        """Those that were made for what is on the canvas now, oldest first."""
        return [item for item in self._all if item.asked.document == self._document.identity]

    @property
    def index(self) -> int | None:
        """The place of the shown one."""
        return self._current

    @property
    def current(self) -> Candidate | None:
        """The one that is chosen."""
        return None if self._current is None else self.items[self._current]

    @property
    def shown(self) -> Candidate | None:
        """The one that is seen over the canvas: the chosen one, unless it is being compared."""
        return None if self.is_comparing else self.current

    def add(self, candidate: Candidate) -> None:
        """Append an answer and show it, unless the user is looking at another one."""
        was_last = self._current is None or self._current == len(self.items) - 1
        before = self.items
        self._append(candidate)
        if self.items != before:
            self.candidates_changed.emit()
        is_here = candidate.asked.document == self._document.identity
        if was_last and is_here:  # else it is shown if Undo brings its picture back
            self.show(len(self.items) - 1)

    def _append(self, candidate: Candidate) -> None:
        """Append it; the oldest make room, but not the one that is looked at."""
        looked_at = self.current
        self._all = [*self._all, candidate]
        while len(self._all) > LIMIT or (len(self._all) > LEAST and _bytes(self._all) > BUDGET):
            self._all.remove(next(item for item in self._all if item is not looked_at))
        if looked_at is not None:
            self._current = self.items.index(looked_at)

    def show(self, index: int | None) -> None:
        """Lay one over the canvas; None shows the document itself."""
        self._current = None if index is None or not self.items else index % len(self.items)
        self.current_changed.emit()

    def show_next(self) -> None:
        """The next one, after the last the first."""
        self.show(0 if self._current is None else self._current + 1)

    def show_previous(self) -> None:
        """The one before, before the first the last."""
        self.show(-1 if self._current is None else self._current - 1)

    def hide(self) -> None:
        """Show the document itself; the candidates stay."""
        self.show(None)

    def compare(self, is_comparing: bool) -> None:
        """Look at the old picture in place of the chosen one, for as long as a key is held."""
        if is_comparing != self.is_comparing:
            self.is_comparing = is_comparing
            self.current_changed.emit()

    def show_side_by_side(self, is_wanted: bool) -> None:
        """Show all at once, or the canvas again. Nothing happens while there are none."""
        is_wanted = is_wanted and bool(self.items)
        if is_wanted and self._current is None:
            self.show(len(self.items) - 1)
        if is_wanted != self.is_side_by_side:
            self.is_side_by_side = is_wanted
            self.side_by_side_changed.emit(is_wanted)

    def toggle_side_by_side(self) -> None:
        """All at once, or one over the canvas."""
        self.show_side_by_side(not self.is_side_by_side)

    def clear(self) -> None:
        """Leave them all; their pictures stay in the library."""
        self.show_side_by_side(False)
        self._all = [item for item in self._all if item not in self.items]
        self._current = None
        self.candidates_changed.emit()
        self.current_changed.emit()

    def take(self) -> bool:
        """Put the shown one on the canvas, as one step that can be undone; the mask stays."""
        chosen, document = self.current, self._document
        if chosen is None:
            return False
        self.show_side_by_side(False)
        self.is_comparing = False
        self.show(None)
        if chosen.picture.shape != document.picture.shape:
            mask = np.zeros(chosen.picture.shape[:2], np.uint8)
            left, top = chosen.asked.left, chosen.asked.top
            height, width = document.mask.shape
            mask[top : top + height, left : left + width] = document.mask
            document.replace("Take result", {PICTURE: chosen.picture, MASK: mask})
            return True
        document.undo_stack.beginMacro("Take result")
        document.change("Take result", PICTURE, lambda _old: chosen.picture)
        if document.has_paint():  # it is part of the result now
            document.change("Take result", PAINT, np.zeros_like)
        document.undo_stack.endMacro()
        return True

    def _on_document_replaced(self) -> None:
        # They were made for another picture and need not fit this one.
        self._current = None
        self.show_side_by_side(False)
        self.candidates_changed.emit()
        self.current_changed.emit()


def _bytes(items: list[Candidate]) -> int:
    """What they hold in memory; answers of one press of Generate share what was asked."""
    asked = {id(item.asked.image): item.asked.image.nbytes for item in items}
    return sum(item.picture.nbytes for item in items) + sum(asked.values())
