"""How far a CLIP is with reading its words, and a button that lets it wait or go on."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from studio.state.concepts.preparing import Preparing
from studio.state.concepts.room import ConceptRoom
from studio.ui.controls import STEP, row_of
from studio.ui.plain import one_line, plain_label, set_plain_tip

NAME_MAX = 30  # characters
TIP = (
    "Every answer compares with these words. They are read once and kept; pausing loses nothing, "
    "and another CLIP can be chosen meanwhile."
)


class ReadingLine(QWidget):
    """Seen only while the reading takes long enough to be told."""

    def __init__(self, room: ConceptRoom) -> None:
        super().__init__()
        self._room = room
        self.setObjectName("readingLine")
        self.words = plain_label(role="muted")
        self.words.setObjectName("readingWords")
        self.words.setWordWrap(True)
        set_plain_tip(self.words, TIP)
        self.button = QPushButton("Pause")
        self.button.setObjectName("readingButton")
        self.button.setAccessibleName("Pause or go on reading the words")
        self.button.clicked.connect(self._on_button)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Words read")
        self.bar.setRange(0, 1000)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        line = row_of(self.words, self.button, spacing=STEP)
        line.setStretch(0, 1)
        column.addLayout(line)
        column.addWidget(self.bar)
        room.preparing.changed.connect(self._refresh)
        self._refresh()

    @Slot()
    def _on_button(self) -> None:
        preparing = self._room.preparing
        if preparing.is_paused:
            preparing.go_on()
        else:
            preparing.pause()

    @Slot()
    def _refresh(self) -> None:
        room, preparing = self._room, self._room.preparing
        self.setVisible(preparing.is_long)
        name = next((m.name for m in room.models if m.id == room.concepts.model), "This CLIP")
        self.words.setText(words_of(preparing, one_line(name, NAME_MAX)))
        self.button.setText("Go on" if preparing.is_paused else "Pause")
        self.bar.setValue(int(1000 * preparing.share))


def words_of(preparing: Preparing, name: str) -> str:
    """How far the reading is, in one sentence."""
    if preparing.is_paused:
        return f"{name} has read {preparing.share:.0%} of its words; questions wait."
    left = preparing.seconds_left
    rest = "" if left is None else f" · {_duration(left)} left"
    return f"{name} reads its words, once: {preparing.share:.0%}{rest}"


def as_soon(what: str) -> str:
    """What a panel says that waits for the words."""
    return f"{what} as soon as this CLIP has read its words."


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
