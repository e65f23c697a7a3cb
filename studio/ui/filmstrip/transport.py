"""Play, step back and forth, and say where in the strip we are."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QWidget

from studio.library.strip_words import step_name
from studio.state.filmstrip.model import FilmstripModel
from studio.state.filmstrip.player import DEFAULT_SPEED, SPEEDS, Player
from studio.ui.plain import plain_label, set_plain_tip
from studio.ui.theme import set_icon


def flat_button(name: str, icon: str, tip: str) -> QToolButton:
    """A borderless icon button. name: its object name."""
    button = QToolButton()
    button.setObjectName(name)
    button.setProperty("role", "flat")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(tip)
    set_icon(button, icon)
    set_plain_tip(button, tip)
    return button


class Transport(QWidget):
    """▶ speed ◀ 12 / 20 ▶, bound to a model and its player."""

    def __init__(
        self, model: FilmstripModel, player: Player, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model, self._player = model, player
        self._play = flat_button("stripPlay", "play", "Play the strip (Space)")
        self._back = flat_button("stripBack", "step-back", "One step back (←)")
        self._on = flat_button("stripForward", "step-forward", "One step on (→)")
        self._where = plain_label("–", role="muted")
        self._where.setObjectName("stripWhere")
        self._where.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._where.setMinimumWidth(self._where.fontMetrics().horizontalAdvance("1000 / 1000"))
        self._speed = QComboBox()
        self._speed.setObjectName("stripSpeed")
        self._speed.setAccessibleName("Playback speed")
        set_plain_tip(self._speed, "How fast Space plays the strip, in steps per second.")
        for speed in SPEEDS:
            self._speed.addItem(f"{speed} / s", speed)
        self._speed.setCurrentIndex(SPEEDS.index(DEFAULT_SPEED))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self._play, self._speed, self._back, self._where, self._on):
            layout.addWidget(widget)
        self._connect()
        self._refresh()

    def set_compact(self, is_compact: bool) -> None:
        """Leave out the speed where there is no room for it."""
        self._speed.setVisible(not is_compact)

    def _connect(self) -> None:
        self._play.clicked.connect(self._player.toggle)
        self._back.clicked.connect(self.step_back)
        self._on.clicked.connect(self.step_on)
        self._speed.currentIndexChanged.connect(self._on_speed)
        self._player.playing_changed.connect(self._on_playing)
        self._model.current_changed.connect(self._refresh)
        self._model.rowsInserted.connect(self._refresh)
        self._model.take_changed.connect(self._refresh)

    @Slot()
    def step_back(self) -> None:
        """One step towards the noise."""
        self._model.set_current(self._model.current - 1)

    @Slot()
    def step_on(self) -> None:
        """One step towards the picture."""
        self._model.set_current(self._model.current + 1)

    @Slot(int)
    def _on_speed(self, _index: int) -> None:
        self._player.set_speed(int(self._speed.currentData()))

    @Slot(bool)
    def _on_playing(self, is_playing: bool) -> None:
        set_icon(self._play, "pause" if is_playing else "play")

    @Slot()
    def _refresh(self) -> None:
        frame = self._model.current_frame
        last = self._model.rowCount() - 1
        self._play.setEnabled(last > 0)
        self._back.setEnabled(self._model.current > 0)
        self._on.setEnabled(0 <= self._model.current < last)
        if frame is None:
            self._where.setText("–")
            return
        at_end = frame.index >= frame.total
        self._where.setText("picture" if at_end else f"{frame.index + 1} / {frame.total}")
        self._where.setAccessibleName(step_name(frame.index, frame.total))
