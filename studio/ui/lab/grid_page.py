"""The page of grids: the sheet, which fills as pictures finish, and three axes beside it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QShowEvent
from PySide6.QtWidgets import QLineEdit, QPushButton

from studio.lab.grid import PARAMETERS
from studio.library.counting import counted
from studio.state.lab.grid_room import GridRoom, presets
from studio.state.session import Session
from studio.ui import theme
from studio.ui.controls import Combo
from studio.ui.lab.paint import ink_of
from studio.ui.lab.parts import Controls, PictureTable, button, labelled, side_by_side
from studio.ui.plain import plain_label, set_plain_tip
from studio.ui.qimage import to_qimage
from studio.ui.save_name import ask_save_name

EXAMPLES = {
    "prompt": "red, blue, green: the first is replaced", "negative": ", blurry", "cfg": "1, 3, 6",
    "steps": "5, 10, 20", "sampler": "DDIM, DDPM, DPM++ 2M", "schedule": "trailing, karras",
    "seed": "1..4", "eta": "0, 0.5, 1", "noise": "0, 0.5, 1", "strength": "0.3, 0.6, 0.9",
    "rescale": "0, 0.7", "variation": "0, 0.1, 0.3", "model": "names of models",
}  # fmt: skip
AXES = (("X", "Across", "What changes from column to column."),
        ("Y", "Down", "What changes from row to row."),
        ("Z", "Sheets", "What changes from sheet to sheet."))  # fmt: skip


SHOWN_MAX = 2400  # px: finer than any screen shows a whole sheet


class Sheet(PictureTable):
    """The grid's sheet, fitted into the widget, never enlarged."""

    def __init__(self, room: GridRoom) -> None:
        super().__init__("labGridSheet", "The grid of pictures; click one to open its take")
        self._room = room
        self._image = QImage()
        self._size = QSize()  # of the sheet, px; the image may have every few of them only
        room.grid_changed.connect(self.refresh)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw sheets in the window's colours."""
        super().showEvent(event)
        self._room.ink = ink_of(theme.current())

    @Slot()
    def refresh(self) -> None:
        """Fetch the sheet anew."""
        sheet = self._room.sheet
        if sheet is None:
            self._image, self._size = QImage(), QSize()
        else:
            self._size = QSize(sheet.shape[1], sheet.shape[0])
            every = -(-max(sheet.shape) // SHOWN_MAX)  # it is copied for each finished picture
            self._image = to_qimage(sheet[::every, ::every])
        self.update()

    def place(self) -> QRectF:
        """Where the sheet is painted."""
        width, height = max(self._size.width(), 1), max(self._size.height(), 1)
        scale = min(self.width() / width, self.height() / height, 1.0)
        size = width * scale, height * scale
        return QRectF((self.width() - size[0]) / 2, (self.height() - size[1]) / 2, *size)

    def draw(self, painter: QPainter) -> None:
        """Paint the sheet."""
        if self._image.isNull():
            self.say(painter, self._room.problem or
                     "Choose a grid on the right, or what goes across and down. Here you see what "
                     "it will be, before it is made.")  # fmt: skip
            return
        painter.drawImage(self.place(), self._image)

    def _on_sheet(self, event: QMouseEvent) -> tuple[float, float]:
        """Where on the sheet the mouse is, px of the sheet."""
        place = self.place()
        scale = place.width() / max(self._size.width(), 1)
        at = event.position() - place.topLeft()
        return at.x() / scale, at.y() / scale

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A hand over finished pictures."""
        is_there = not self._image.isNull() and self._room.place_at(*self._on_sheet(event))
        shape = Qt.CursorShape.PointingHandCursor if is_there else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the take of the cell."""
        if not self._image.isNull():
            self._room.open_at(*self._on_sheet(event))


class GridControls(Controls):
    """Grids worth seeing, three axes, and what to do with the sheet."""

    def __init__(self, room: GridRoom, session: Session) -> None:
        super().__init__("labGridControls")
        self._room, self._session = room, session
        self._presets: list[QPushButton] = []
        for at, preset in enumerate(presets(session.request)):
            chip = button(preset.title, f"labGridPreset{at}", self._on_preset, role="chip")
            chip.setProperty("presetAt", at)
            self._presets.append(chip)
        for first in range(0, len(self._presets), 2):
            self.column.addLayout(side_by_side(*self._presets[first : first + 2]))
        self._about = self.muted()
        self._axes = [self._axis(*axis) for axis in AXES]
        self._problem = plain_label(role="warning")
        self._problem.setWordWrap(True)
        self.column.addWidget(self._problem)
        self._count = self.muted()
        self._make = button("Make the grid", "labGridMake", self.make, role="primary")
        self._stop = button("Stop", "labGridStop", room.stop, icon="stop")
        self._save = button("Save the sheet…", "labGridSave", self.save, icon="export")
        self.column.addLayout(side_by_side(self._make, self._stop))
        self.column.addLayout(side_by_side(self._save))
        self.muted("Click a picture to open its take. Every other setting, and the prompt, is that "
                   "of the Generate workspace.")  # fmt: skip
        room.grid_changed.connect(self.refresh)
        self._on_chosen()
        self.refresh()

    def _axis(self, name: str, title: str, words: str) -> tuple[Combo, QLineEdit]:
        combo, values = Combo(f"labGrid{name}Combo"), QLineEdit()
        combo.addItem("nothing", "")
        for key, (_, _, about) in PARAMETERS.items():
            combo.addItem(about, key)
        values.setObjectName(f"labGrid{name}Edit")
        values.setAccessibleName(f"{title}: values")
        values.setMaxLength(2000)
        set_plain_tip(values, "Values with commas between them; 1..4 is a range of whole numbers.")
        combo.currentIndexChanged.connect(self._on_chosen)
        values.textChanged.connect(self._on_typed)
        values.returnPressed.connect(self.make)
        self.column.addWidget(labelled(title, words, combo))
        self.column.addWidget(values)
        return combo, values

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
        path = ask_save_name(self, "Save the sheet", "grid.png", "PNG (*.png)", ".png")
        if path is not None:
            self._room.save(path)

    @Slot()
    def refresh(self) -> None:
        """Show how far it is."""
        done, total = self._room.progress
        pictures = counted(total)
        words = f"{done} of {pictures}" if done or self._room.is_running else (
            pictures if total else "")  # fmt: skip
        if self._room.planned:
            words += f" · the next grid: {self._room.planned}"
        self._count.setText(words)
        self._count.setVisible(bool(words))
        self._problem.setText(self._room.problem)
        self._problem.setVisible(bool(self._room.problem))
        self._stop.setEnabled(self._room.is_running)
        self._save.setEnabled(done > 0)

    @Slot()
    def _on_chosen(self) -> None:
        for combo, values in self._axes:
            values.setPlaceholderText(EXAMPLES.get(combo.currentData(), ""))
            values.setVisible(bool(combo.currentData()))
        self._on_typed()

    @Slot()
    def _on_typed(self) -> None:
        """Plan what is typed, unless an axis still waits for its first value."""
        is_whole = all(values.text().strip() for combo, values in self._axes if combo.currentData())
        self._room.plan(self.texts() if is_whole else [])

    @Slot()
    def _on_preset(self) -> None:
        preset = presets(self._session.request)[int(self.sender().property("presetAt"))]
        for (combo, values), text in zip(self._axes, (preset.x, preset.y, ""), strict=True):
            name, _, rest = text.partition("=")
            for control in (combo, values):
                control.blockSignals(True)
            combo.setCurrentIndex(max(combo.findData(name), 0))
            values.setText(rest)
            for control in (combo, values):
                control.blockSignals(False)
        self._about.setText(preset.words)
        self._on_chosen()
