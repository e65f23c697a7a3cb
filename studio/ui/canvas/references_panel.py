"""Pictures to look at while painting; a click takes the colour under the pointer."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from studio.state.canvas.document import CanvasDocument, Reference
from studio.state.canvas.toolbox import ToolBox
from studio.ui.canvas.tools.base import Pointer
from studio.ui.canvas.tools.picker import ColourTool
from studio.ui.canvas.view import CanvasView
from studio.ui.controls import STEP, Combo, IconButton
from studio.ui.plain import one_line
from studio.ui.qimage import to_qimage
from studio.ui.rows import muted


class ReferencesPanel(QWidget):
    """Shows one reference of the document at a time.

    Signals:
        add_wanted(): the user wants to choose a picture.
    """

    add_wanted = Signal()

    def __init__(self, document: CanvasDocument, tools: ToolBox) -> None:
        super().__init__()
        self.setObjectName("referencesPanel")
        self._document, self._tools = document, tools
        self._known: tuple[Reference, ...] = ()
        self._choice: QComboBox = Combo("referenceChoice")
        self._choice.setAccessibleName("Reference picture")
        self._add = IconButton("addReference", "open", "Add a reference picture.", is_flat=True)
        self._remove = IconButton("removeReference", "trash", "Remove this reference. Undo brings "
                                  "it back.", is_flat=True)  # fmt: skip
        self._view = CanvasView()
        self._view.setObjectName("referenceView")
        self._view.setAccessibleName("Reference picture")
        self._hint = muted("Pictures to look at while you paint. A click takes a colour from them.")
        self._lay_out()
        self._choice.currentIndexChanged.connect(self._show)
        self._add.clicked.connect(self.add_wanted)
        self._remove.clicked.connect(self._on_remove)
        self._picker = ColourTool(self._colour_at, self)
        self._view.set_tool(self._picker)
        document.references_changed.connect(self._refill)
        self._refill()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(STEP)
        row.addWidget(self._choice, 1)
        row.addStretch(0)
        row.addWidget(self._add)
        row.addWidget(self._remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, STEP, 3 * STEP, 3 * STEP)
        column.addLayout(row)
        column.addWidget(self._hint)
        column.addWidget(self._view, 1)

    @Slot()
    def _refill(self) -> None:
        references = self._document.references
        at = min(max(self._choice.currentIndex(), 0), len(references) - 1)
        new = [i for i, item in enumerate(references) if item not in self._known]
        if self._known and new:  # who adds one wants to see it
            at = new[0]
        self._known = references
        was_blocked = self._choice.blockSignals(True)
        self._choice.clear()
        self._choice.addItems([one_line(item.name, 60) for item in references])
        self._choice.setCurrentIndex(at)
        self._choice.blockSignals(was_blocked)
        for widget in (self._choice, self._remove, self._view):
            widget.setVisible(bool(references))
        self._hint.setVisible(not references)
        self._show()

    @Slot()
    def _show(self) -> None:
        at = self._choice.currentIndex()
        references = self._document.references
        shown = references[at] if 0 <= at < len(references) else None
        self._view.set_image(None if shown is None else to_qimage(shown.pixels))

    @Slot()
    def _on_remove(self) -> None:
        at = self._choice.currentIndex()
        kept = tuple(r for i, r in enumerate(self._document.references) if i != at)
        self._document.set_references("Remove reference", kept)

    def _colour_at(self, pointer: Pointer) -> None:
        image = self._view.image()
        x, y = int(pointer.at.x()), int(pointer.at.y())
        if image is not None and image.rect().contains(x, y):
            colour = image.pixelColor(x, y)
            self._tools.set_colour((colour.red(), colour.green(), colour.blue()))
