"""Width and height: numbers, aspect presets at the model's size, swap."""

from __future__ import annotations

import math

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QButtonGroup, QPushButton

from studio.engine.request import SIDE_MAX, SIDE_MIN
from studio.state.form import Form
from studio.ui.controls import STEP, IconButton, Spin, row_of
from studio.ui.plain import plain_label, set_plain_tip
from studio.ui.rows import Row, muted

ASPECTS = ((1, 1), (4, 3), (3, 2), (16, 9))
FAR = 1.9  # times the model's own area, or less than its inverse: a warning is shown


def size_for(aspect: tuple[int, int], native: int, multiple_of: int) -> tuple[int, int]:
    """Width and height of about native² pixels in this aspect, in multiples the model can do."""
    width = native * math.sqrt(aspect[0] / aspect[1])
    height = native * math.sqrt(aspect[1] / aspect[0])
    step = max(multiple_of, native // 16 // multiple_of * multiple_of)
    return _snap(width, step), _snap(height, step)


def _snap(side: float, step: int) -> int:
    return min(max(round(side / step) * step, SIDE_MIN), SIDE_MAX)


class SizeRow(Row):
    """Numbers and swap on the first line, aspect presets on the second."""

    def __init__(self, form: Form) -> None:
        super().__init__(form, "size", ("width", "height"))
        self.width_spin = Spin("widthSpin", SIDE_MIN, SIDE_MAX, 8)
        self.height_spin = Spin("heightSpin", SIDE_MIN, SIDE_MAX, 8)
        self.describe(self.width_spin, "width in pixels")
        self.describe(self.height_spin, "height in pixels")
        self.swap = IconButton("swapSizeButton", "swap", "Swap width and height.")
        times = plain_label("×", role="muted")
        times.setFixedWidth(10)
        self.put(row_of(self.width_spin, times, self.height_spin, self.swap, spacing=STEP))
        self._presets = QButtonGroup(self)
        self._presets.setExclusive(False)
        chips = [self._chip(at, aspect) for at, aspect in enumerate(ASPECTS)]
        self.put_below(row_of(*chips, spacing=STEP))
        self._note = muted()
        self.put_below(self._note)
        self._presets.idClicked.connect(self._on_preset)
        self.swap.clicked.connect(self._on_swap)
        for spin in (self.width_spin, self.height_spin):
            spin.valueChanged.connect(self._on_number)
            spin.editingFinished.connect(self._on_finished)

    def show_value(self) -> None:
        """Show the size, which preset it is, and a word if it is far from the model's own."""
        request, info = self.form.request, self.form.model
        multiple_of = info.multiple_of if info else 8
        for spin, value in ((self.width_spin, request.width), (self.height_spin, request.height)):
            was_blocked = spin.blockSignals(True)
            spin.setSingleStep(multiple_of)
            if spin.value() != value:
                spin.setValue(value)
            spin.blockSignals(was_blocked)
        for at, _ in enumerate(ASPECTS):
            size = self._preset(at)
            self._presets.button(at).setChecked(size == (request.width, request.height))
        self._note.setText(self._warning())
        self._note.setVisible(bool(self._note.text()))

    def _warning(self) -> str:
        request, info = self.form.request, self.form.model
        if info is None:
            return ""
        ratio = request.width * request.height / info.native_size**2
        if 1 / FAR <= ratio <= FAR:
            return ""
        tendency = "repeat things" if ratio > 1 else "look crude"
        return f"This model knows {info.native_size} px pictures; this size may {tendency}."

    def _chip(self, at: int, aspect: tuple[int, int]) -> QPushButton:
        chip = QPushButton(f"{aspect[0]}:{aspect[1]}")
        chip.setCheckable(True)
        chip.setObjectName(f"aspect{aspect[0]}x{aspect[1]}Button")
        chip.setStyleSheet("padding: 4px 2px;")
        chip.setMinimumWidth(36)
        chip.setAccessibleName(f"Aspect {aspect[0]} to {aspect[1]}")
        set_plain_tip(chip, f"{aspect[0]} to {aspect[1]}, at the size this model knows.")
        self._presets.addButton(chip, at)
        return chip

    def _preset(self, at: int) -> tuple[int, int]:
        info = self.form.model
        native, multiple_of = (info.native_size, info.multiple_of) if info else (256, 8)
        width, height = size_for(ASPECTS[at], native, multiple_of)
        is_upright = self.form.request.height > self.form.request.width
        return (height, width) if is_upright else (width, height)

    @Slot(int)
    def _on_preset(self, at: int) -> None:
        width, height = self._preset(at)
        self.form.edit(width=width, height=height)
        self.show_value()

    @Slot()
    def _on_swap(self) -> None:
        request = self.form.request
        self.form.edit(width=request.height, height=request.width)

    @Slot(int)
    def _on_number(self, _value: int) -> None:
        self.form.edit(width=self.width_spin.value(), height=self.height_spin.value())

    @Slot()
    def _on_finished(self) -> None:
        info = self.form.model
        step = info.multiple_of if info else 8
        request = self.form.request
        self.form.edit(width=_snap(request.width, step), height=_snap(request.height, step))
