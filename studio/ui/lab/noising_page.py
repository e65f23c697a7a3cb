"""The page that noises a picture: a row for each amount, from the noised picture to the result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.engine.request import Pixels
from studio.library.images import SUFFIXES
from studio.state.lab.noising_room import STRENGTHS, NoisingRoom, Trial
from studio.ui import theme
from studio.ui.controls import STEP
from studio.ui.plain import plain_label, set_plain_tip
from studio.ui.qimage import to_qimage
from studio.ui.theme import set_icon

COLUMNS = ("The picture", "with noise", "one guess", "many steps")
NAMES = {0.25: "A little noise", 0.6: "Much noise", 1.0: "Noise alone"}
LABELS = 26  # px, of the headings above and the words below each row


class NoisingView(QWidget):
    """Three rows of four pictures."""

    def __init__(self, room: NoisingRoom) -> None:
        super().__init__()
        self.setObjectName("labNoisingView")
        self.setAccessibleName("The picture, noised, guessed once, and guessed in many steps")
        self.setMinimumSize(280, 240)
        self._room = room
        room.trials_changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the table."""
        painter = QPainter(self)
        tokens = theme.current()
        painter.fillRect(self.rect(), QColor(tokens.window))
        font = QFont(painter.font())
        font.setPixelSize(13)
        painter.setFont(font)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._room.original is None:
            painter.setPen(QColor(tokens.muted))
            words = "Choose a picture, or take the newest one."
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, words)
            return
        trials = self._room.trials or [Trial(strength) for strength in STRENGTHS]
        side = min((self.width() - 5 * STEP * 2) / 4,
                   (self.height() - LABELS) / len(trials) - LABELS)  # fmt: skip
        left = (self.width() - 4 * (side + 2 * STEP)) / 2
        for column, words in enumerate(COLUMNS):
            box = QRectF(left + column * (side + 2 * STEP), 0, side, LABELS)
            painter.setPen(QColor(tokens.muted))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
        for row, trial in enumerate(trials):
            self._paint_row(painter, trial, left, LABELS + row * (side + LABELS), side)

    def _paint_row(self, painter: QPainter, trial: Trial, left: float, top: float,
                   side: float) -> None:  # fmt: skip
        tokens, original = theme.current(), self._room.original
        pictures = (original, trial.noisy, trial.guess, trial.result)
        for column, pixels in enumerate(pictures):
            box = QRectF(left + column * (side + 2 * STEP), top, side, side)
            if pixels is None:
                painter.fillRect(box, QColor(tokens.panel))
            else:
                painter.drawImage(_inside(box, pixels), to_qimage(pixels))
        words = f"{NAMES.get(trial.strength, 'Noise')}, t = {trial.strength:g}"
        changed = None if original is None else trial.changed(original)
        if changed is not None:
            words += f"   ·   {changed:.0%} of the brightness changed"
        if trial.has_failed:
            words += "   ·   stopped"
        painter.setPen(QColor(tokens.text))
        painter.drawText(QRectF(left, top + side, 4 * (side + 8), LABELS),
                         Qt.AlignmentFlag.AlignVCenter, words)  # fmt: skip


def _inside(box: QRectF, pixels: Pixels) -> QRectF:
    """The largest place in a box with the picture's ratio."""
    height, width = pixels.shape[:2]
    scale = min(box.width() / width, box.height() / height)
    size = width * scale, height * scale
    return QRectF(box.center().x() - size[0] / 2, box.center().y() - size[1] / 2, *size)


class NoisingPage(QWidget):
    """Buttons above, pictures below. newest: gives the newest picture of the history, or None."""

    def __init__(self, room: NoisingRoom, newest: Callable[[], Path | None]) -> None:
        super().__init__()
        self.setObjectName("labNoisingPage")
        self._room, self._newest = room, newest
        self._start = QPushButton("Noise it and guess")
        self._start.setProperty("role", "primary")
        rows = (
            ("Newest picture", "labNoisingNewest", self.take_newest, "history",
             "The newest picture that you have made."),
            ("Open…", "labNoisingOpen", self.open, "open", "A picture from your disk."),
        )  # fmt: skip
        line = QHBoxLayout()
        line.setSpacing(2 * STEP)
        for words, name, slot, icon, tip in rows:
            button = QPushButton(words)
            button.setObjectName(name)
            button.clicked.connect(slot)
            set_icon(button, icon)
            set_plain_tip(button, tip)
            line.addWidget(button)
        self._start.setObjectName("labNoisingStart")
        self._start.clicked.connect(self.start)
        line.addWidget(self._start)
        hint = plain_label("The prompt of the Generate workspace is used; an empty one shows what "
                           "the model believes by itself.", role="muted")  # fmt: skip
        hint.setWordWrap(True)
        line.addWidget(hint, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, 2 * STEP, 3 * STEP, 2 * STEP)
        column.addLayout(line)
        column.addWidget(NoisingView(room), 1)
        room.trials_changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Enable what can be done."""
        self._start.setEnabled(self._room.original is not None)

    @Slot()
    def take_newest(self) -> None:
        """Take the newest picture of the history."""
        path = self._newest()
        if path is not None:
            self._room.choose(path)

    @Slot()
    def open(self) -> None:
        """Ask for a file."""
        kinds = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
        name, _ = QFileDialog.getOpenFileName(self, "Open a picture", "", f"Pictures ({kinds})")
        if name:
            self._room.choose(Path(name))

    @Slot()
    def start(self) -> None:
        """Queue the three trials."""
        self._room.start()
