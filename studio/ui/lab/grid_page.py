"""The page of grids: three axes, presets, and the sheet; a click opens a cell's take."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.lab.grid import PARAMETERS
from studio.state.lab.grid_room import PRESETS, GridRoom
from studio.ui import theme
from studio.ui.controls import STEP, Combo
from studio.ui.plain import plain_label, set_plain_tip
from studio.ui.qimage import to_qimage
from studio.ui.theme import set_icon

EXAMPLES = {
    "prompt": "red, blue, green: the first is replaced", "negative": ", blurry", "cfg": "1, 3, 6",
    "steps": "5, 10, 20", "sampler": "DDIM, DDPM, DPM++ 2M", "schedule": "trailing, karras",
    "seed": "1..4", "eta": "0, 0.5, 1", "noise": "0, 0.5, 1", "strength": "0.3, 0.6, 0.9",
    "rescale": "0, 0.7", "variation": "0, 0.1, 0.3", "model": "names of models",
}  # fmt: skip


class Sheet(QWidget):
    """The grid's sheet, fitted into the widget."""

    def __init__(self, room: GridRoom) -> None:
        super().__init__()
        self.setObjectName("labGridSheet")
        self.setAccessibleName("The grid of pictures; click one to open its take")
        self.setMinimumSize(240, 160)
        self._room = room
        self._image = QImage()
        room.grid_changed.connect(self.refresh)

    @Slot()
    def refresh(self) -> None:
        """Fetch the sheet anew."""
        sheet = self._room.sheet
        self._image = QImage() if sheet is None else to_qimage(sheet)
        self.setCursor(Qt.CursorShape.PointingHandCursor if sheet is not None
                       else Qt.CursorShape.ArrowCursor)  # fmt: skip
        self.update()

    def place(self) -> QRectF:
        """Where the sheet is painted, never enlarged."""
        width, height = max(self._image.width(), 1), max(self._image.height(), 1)
        scale = min(self.width() / width, self.height() / height, 1.0)
        size = width * scale, height * scale
        return QRectF((self.width() - size[0]) / 2, (self.height() - size[1]) / 2, *size)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the sheet."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current().window))
        if self._image.isNull():
            painter.setPen(QColor(theme.current().muted))
            words = "Choose what goes across and down, then press Make the grid."
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, words)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.place(), self._image)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the take of the cell."""
        place = self.place()
        scale = place.width() / max(self._image.width(), 1)
        at = event.position() - place.topLeft()
        if not self._image.isNull():
            self._room.open_at(at.x() / scale, at.y() / scale)


class GridPage(QWidget):
    """Axes above, sheet below."""

    def __init__(self, room: GridRoom) -> None:
        super().__init__()
        self.setObjectName("labGridPage")
        self._room = room
        self._axes = [self._axis(name) for name in ("X", "Y", "Z")]
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, 2 * STEP, 3 * STEP, 2 * STEP)
        column.setSpacing(2 * STEP)
        column.addLayout(self._presets())
        column.addLayout(self._form())
        column.addLayout(self._buttons())
        column.addWidget(self._about)
        column.addWidget(Sheet(room), 1)
        room.grid_changed.connect(self.refresh)
        self.refresh()

    def _axis(self, name: str) -> tuple[Combo, QLineEdit]:
        combo, values = Combo(f"labGrid{name}Combo"), QLineEdit()
        combo.addItem("nothing", "")
        for key, (_, _, words) in PARAMETERS.items():
            combo.addItem(words, key)
        values.setObjectName(f"labGrid{name}Edit")
        values.setMaxLength(2000)
        set_plain_tip(values, "Values with commas between them; 1..4 is a range of whole numbers.")
        combo.currentIndexChanged.connect(self._on_chosen)
        values.returnPressed.connect(self.make)
        return combo, values

    def _presets(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(STEP)
        for at, preset in enumerate(PRESETS):
            chip = QPushButton(preset.title)
            chip.setObjectName(f"labGridPreset{at}")
            chip.setProperty("role", "chip")
            chip.setProperty("presetAt", at)
            set_plain_tip(chip, preset.words)
            chip.clicked.connect(self._on_preset)
            line.addWidget(chip)
        line.addStretch(1)
        return line

    def _form(self) -> QGridLayout:
        form = QGridLayout()
        form.setHorizontalSpacing(2 * STEP)
        for row, (words, (combo, values)) in enumerate(
            zip(("Across", "Down", "Sheets"), self._axes, strict=True)
        ):
            combo.setAccessibleName(words)
            values.setAccessibleName(f"{words}: values")
            form.addWidget(plain_label(words), row, 0)
            form.addWidget(combo, row, 1)
            form.addWidget(values, row, 2)
        form.setColumnStretch(1, 1)
        form.setColumnStretch(2, 3)
        return form

    def _buttons(self) -> QHBoxLayout:
        self._make, self._stop = QPushButton("Make the grid"), QPushButton("Stop")
        self._save = QPushButton("Save the sheet…")
        self._make.setProperty("role", "primary")
        self._words, self._about = plain_label(role="muted"), plain_label(role="muted")
        line = QHBoxLayout()
        line.setSpacing(2 * STEP)
        for button, name, slot, icon in (
            (self._make, "labGridMake", self.make, ""),
            (self._stop, "labGridStop", self._room.stop, "stop"),
            (self._save, "labGridSave", self.save, "export"),
        ):
            button.setObjectName(name)
            button.clicked.connect(slot)
            if icon:
                set_icon(button, icon)
            line.addWidget(button)
        line.addWidget(self._words, 1)
        self._about.setWordWrap(True)
        return line

    def texts(self) -> list[str]:
        """The axes as the room reads them."""
        return [f"{combo.currentData()}={values.text()}" for combo, values in self._axes
                if combo.currentData()]  # fmt: skip

    @Slot()
    def make(self) -> None:
        """Queue the grid."""
        self._room.start(self.texts())

    @Slot()
    def save(self) -> None:
        """Ask for a name and write the sheet."""
        name, _ = QFileDialog.getSaveFileName(self, "Save the sheet", "grid.png", "PNG (*.png)")
        if name:
            self._room.save(Path(name))

    @Slot()
    def refresh(self) -> None:
        """Show how far it is."""
        done, total = self._room.progress
        self._words.setText(f"{done} of {total} pictures" if total else "")
        self._stop.setEnabled(self._room.is_running)
        self._save.setEnabled(self._room.sheet is not None)

    @Slot()
    def _on_chosen(self) -> None:
        for combo, values in self._axes:
            values.setPlaceholderText(EXAMPLES.get(combo.currentData(), ""))
            values.setEnabled(bool(combo.currentData()))

    @Slot()
    def _on_preset(self) -> None:
        preset = PRESETS[int(self.sender().property("presetAt"))]
        for (combo, values), text in zip(self._axes, (preset.x, preset.y, ""), strict=True):
            name, _, rest = text.partition("=")
            combo.setCurrentIndex(max(combo.findData(name), 0))
            values.setText(rest)
        self._about.setText(preset.words)
