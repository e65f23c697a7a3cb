"""Rows of the laboratory's controls, each bound to one field of the board."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.state.lab.board import Board
from studio.state.lab.room import LabRoom
from studio.ui.controls import STEP, Combo, DecimalSpin, FieldLabel, HelpButton, Slider, Spin
from studio.ui.plain import set_plain_tip

LABEL_WIDTH = 78  # px
DEFAULTS = Board()
OWN = -1.0  # of a number that may be left to the sampler


class LabRow(QWidget):
    """Label, control, question mark. A double click on the label resets the field."""

    def __init__(self, room: LabRoom, field: str, title: str, words: str) -> None:
        super().__init__()
        self.setObjectName(f"lab_{field}_row")
        self.room, self.field, self.title, self.words = room, field, title, words
        self._shown: tuple[Any, ...] = ()
        self.label = FieldLabel(title)
        self.label.setFixedWidth(LABEL_WIDTH)
        self.label.reset_wanted.connect(self.reset)
        self.line = QHBoxLayout(self)
        self.line.setContentsMargins(0, 0, 0, 0)
        self.line.setSpacing(2 * STEP)
        self.line.addWidget(self.label)

    @property
    def value(self) -> Any:
        """The field's value on the board."""
        return getattr(self.room.board, self.field)

    def finish(self, *controls: QWidget) -> None:
        """Put the controls in, and listen."""
        for control in controls:
            control.setAccessibleName(self.title)
            set_plain_tip(control, self.words)
            self.line.addWidget(control, 1 if isinstance(control, (Slider, Combo)) else 0)
        self.line.addWidget(HelpButton(self.title, self.words))
        self.room.board_changed.connect(self._on_board)
        self._on_board()

    @Slot()
    def _on_board(self) -> None:
        if self._shown != (self.value,):
            self._shown = (self.value,)
            self.refresh()

    def refresh(self) -> None:
        """Show the board's value; subclasses."""

    @Slot()
    def reset(self) -> None:
        """Back to the value at the first start."""
        self.room.change(**{self.field: getattr(DEFAULTS, self.field)})


class ChoiceRow(LabRow):
    """A field with named values. options: (words, value)."""

    def __init__(self, room: LabRoom, field: str, title: str, words: str,
                 options: Sequence[tuple[str, Any]]) -> None:  # fmt: skip
        super().__init__(room, field, title, words)
        self._values: list[Any] = []
        self.combo = Combo(f"lab_{field}_combo")
        self.set_options(options)
        self.combo.activated.connect(self._on_activated)
        self.finish(self.combo)

    def set_options(self, options: Sequence[tuple[str, Any]]) -> None:
        """Other named values, e.g. the classes of another data set."""
        self._values = [value for _, value in options]
        self.combo.blockSignals(True)
        self.combo.clear()
        self.combo.addItems([words for words, _ in options])
        self.combo.blockSignals(False)

    def refresh(self) -> None:
        """Show the board's value."""
        if self.value in self._values:
            self.combo.blockSignals(True)
            self.combo.setCurrentIndex(self._values.index(self.value))
            self.combo.blockSignals(False)

    @Slot(int)
    def _on_activated(self, at: int) -> None:
        self.room.change(**{self.field: self._values[at]})


class WholeRow(LabRow):
    """A whole number: slider and spin box together."""

    def __init__(self, room: LabRoom, field: str, title: str, words: str, *, low: int,
                 high: int) -> None:  # fmt: skip
        super().__init__(room, field, title, words)
        self.slider = Slider(f"lab_{field}_slider", low, high)
        self.spin = Spin(f"lab_{field}_spin", low, high)
        self.spin.setFixedWidth(74)
        self.spin.setKeyboardTracking(False)
        self.slider.valueChanged.connect(self._on_changed)
        self.slider.reset_wanted.connect(self.reset)
        self.spin.valueChanged.connect(self._on_changed)
        self.finish(self.slider, self.spin)

    def refresh(self) -> None:
        """Show the board's value."""
        for control in (self.slider, self.spin):
            control.blockSignals(True)
            control.setValue(int(self.value))
            control.blockSignals(False)

    @Slot(int)
    def _on_changed(self, value: int) -> None:
        self.room.change(**{self.field: value})


class DecimalRow(LabRow):
    """A decimal number: slider and spin box; may be left to the sampler."""

    SCALE = 100

    def __init__(self, room: LabRoom, field: str, title: str, words: str, *, low: float,
                 high: float, own: str = "") -> None:  # fmt: skip
        super().__init__(room, field, title, words)
        self._low, self._own, self._step = low, bool(own), 0.05
        least = low - self._step if own else low
        self.slider = Slider(f"lab_{field}_slider", round(least * self.SCALE),
                             round(high * self.SCALE))  # fmt: skip
        self.spin = DecimalSpin(f"lab_{field}_spin", least, high, self._step)
        self.spin.setFixedWidth(74)
        self.spin.setSpecialValueText(own)
        self.slider.valueChanged.connect(self._on_slid)
        self.slider.reset_wanted.connect(self.reset)
        self.spin.valueChanged.connect(self._on_changed)
        self.finish(self.slider, self.spin)

    def refresh(self) -> None:
        """Show the board's value."""
        value = self._low - self._step if self.value is None else float(self.value)
        for control, shown in ((self.slider, round(value * self.SCALE)), (self.spin, value)):
            control.blockSignals(True)
            control.setValue(shown)  # type: ignore[arg-type]
            control.blockSignals(False)

    @Slot(int)
    def _on_slid(self, value: int) -> None:
        self._on_changed(value / self.SCALE)

    @Slot(float)
    def _on_changed(self, value: float) -> None:
        is_own = self._own and value < self._low - 1e-9
        self.room.change(**{self.field: None if is_own else round(value, 3)})
