"""The bar under the plane: play, the slider of the present view, and where one is."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.state.lab.board import view_of
from studio.state.lab.room import LabRoom
from studio.ui.controls import STEP, IconButton, Slider
from studio.ui.plain import plain_label, set_plain_tip
from studio.ui.theme import set_icon

TICKS = 1000
FRAME_MS = 33
SWEEP_SECONDS = 7.0  # from one end to the other
WORDS = {
    "walk": ("Steps of the walk", "From the data on the left to noise on the right."),
    "t": ("Amount of noise", "From noise on the left to the data on the right: t from 1 to 0."),
    "run": ("Steps of the run", "From noise on the left to the finished pictures on the right."),
}


class Transport(QWidget):
    """Play, pause and scrub. Space plays while the laboratory has the focus."""

    def __init__(self, room: LabRoom) -> None:
        super().__init__()
        self.setObjectName("labTransport")
        self._room = room
        self._field = ""
        self.setMinimumHeight(40)  # stays where it is while a view has nothing to play
        self._clock = QElapsedTimer()
        self._timer = QTimer(self, interval=FRAME_MS)
        self._timer.setObjectName("labPlayTimer")
        self._timer.timeout.connect(self._advance)
        self._play = IconButton("labPlayButton", "play", "Play. Move through it by itself.")
        self._play.clicked.connect(self.toggle)
        self._slider = Slider("labPositionSlider", 0, TICKS)
        self._slider.valueChanged.connect(self._on_slid)
        self._where = plain_label(role="muted")
        self._where.setMinimumWidth(84)
        line = QHBoxLayout(self)
        line.setContentsMargins(3 * STEP, STEP, 3 * STEP, 2 * STEP)
        line.setSpacing(2 * STEP)
        line.addWidget(self._play)
        line.addWidget(self._slider, 1)
        line.addWidget(self._where)
        room.board_changed.connect(self.refresh)
        self.refresh()

    @property
    def is_playing(self) -> bool:
        """Whether it moves by itself."""
        return self._timer.isActive()

    @Slot()
    def toggle(self) -> None:
        """Play from here, or from the beginning if at the end; or pause."""
        if self.is_playing:
            self.pause()
            return
        if not self._field:
            return
        if self._position() >= 1.0:
            self._go(0.0)
        self._clock.start()
        self._timer.start()
        set_icon(self._play, "pause")

    @Slot()
    def pause(self) -> None:
        """Stop moving."""
        self._timer.stop()
        set_icon(self._play, "play")

    @Slot()
    def refresh(self) -> None:
        """Show the board's position."""
        field = view_of(self._room.board).slider
        if field != self._field:
            self.pause()
            self._field = field
            title, words = WORDS.get(field, ("Position", ""))
            self._slider.setAccessibleName(title)
            set_plain_tip(self._slider, words)
        for part in (self._slider, self._play, self._where):
            part.setVisible(bool(field))
        self._slider.blockSignals(True)
        self._slider.setValue(round(TICKS * self._position()))
        self._slider.blockSignals(False)
        self._where.setText(self._words())

    def _position(self) -> float:
        """0 = left .. 1 = right."""
        board = self._room.board
        if self._field == "t":
            return float(1 - board.t**0.5)  # more room where there is little noise
        return {"walk": board.walk, "run": board.run}.get(self._field, 0.0)

    def _go(self, position: float) -> None:
        position = min(max(position, 0.0), 1.0)
        if self._field == "t":
            self._room.change(t=(1 - position) ** 2)
        elif self._field:
            self._room.change(**{self._field: position})

    def _words(self) -> str:
        board = self._room.board
        if self._field == "run":
            return f"step {int(board.run * board.steps)} of {board.steps}"
        if self._field in ("t", "walk"):
            return f"t = {board.t if self._field == 't' else board.walk:.2f}"
        return ""

    @Slot(int)
    def _on_slid(self, value: int) -> None:
        self.pause()
        self._go(value / TICKS)

    @Slot()
    def _advance(self) -> None:
        """Move as far as the clock has, so that a slow frame does not slow the film."""
        seconds = self._clock.restart() / 1000
        if self._room.is_waiting:
            return
        position = self._position() + seconds / SWEEP_SECONDS
        self._go(position)
        if position >= 1.0:
            self.pause()
