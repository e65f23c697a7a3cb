"""Plays the strip: moves the scrub position on at a chosen speed."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.state.filmstrip.model import FilmstripModel

SPEEDS = (2, 4, 8, 12, 24)  # steps per second
DEFAULT_SPEED = 8


class Player(QObject):
    """Space plays and pauses; at the end it stops, and plays from the start the next time.

    Signals:
        playing_changed(bool): it plays now, or has stopped.
    """

    playing_changed = Signal(bool)

    def __init__(self, model: FilmstripModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._timer = QTimer(self)
        self._timer.setObjectName("filmstripPlayTimer")
        self._timer.timeout.connect(self._advance)
        self._speed = DEFAULT_SPEED
        model.take_changed.connect(self.pause)

    @property
    def is_playing(self) -> bool:
        """Whether the strip moves by itself."""
        return self._timer.isActive()

    @property
    def speed(self) -> int:
        """Steps per second."""
        return self._speed

    def set_speed(self, speed: int) -> None:
        """Steps per second, 1 .. 60; counts at once."""
        self._speed = max(1, min(60, speed))
        self._timer.setInterval(1000 // self._speed)

    @Slot()
    def toggle(self) -> None:
        """Play, or pause."""
        self.pause() if self.is_playing else self.play()

    @Slot()
    def play(self) -> None:
        """Go on from the scrub position, or from the first step if that is the last one."""
        if self.is_playing or self._model.rowCount() < 2:
            return
        if self._model.current >= self._model.rowCount() - 1:
            self._model.set_current(0)
        self._timer.start(1000 // self._speed)
        self.playing_changed.emit(True)

    @Slot()
    def pause(self) -> None:
        """Stay where the position is."""
        if self.is_playing:
            self._timer.stop()
            self.playing_changed.emit(False)

    @Slot()
    def _advance(self) -> None:
        if self._model.current >= self._model.rowCount() - 1:
            self.pause()
        else:
            self._model.set_current(self._model.current + 1)
