"""Width and height: numbers, a lock for their relation, aspect presets, swap."""

from __future__ import annotations

import math

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QButtonGroup, QPushButton

from studio.engine.request import SIDE_MAX, SIDE_MIN
from studio.state.form import Form
from studio.state.settings import Settings
from studio.ui.controls import STEP, IconButton, Spin, row_of
from studio.ui.plain import set_plain_tip
from studio.ui.rows import Row, muted
from studio.ui.theme import set_icon

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
    """Numbers, lock and swap on the first line, aspect presets on the second.

    While the lock is closed a change of one side takes the other along. The relation is that of
    the size when it was closed, or of a preset, a swap or a picture that came in since.
    """

    def __init__(self, form: Form, settings: Settings) -> None:
        super().__init__(form, "size", ("width", "height"))
        self._settings = settings
        self._is_ours = False  # the change under way was typed here
        self.width_spin = Spin("widthSpin", SIDE_MIN, SIDE_MAX, 8)
        self.height_spin = Spin("heightSpin", SIDE_MIN, SIDE_MAX, 8)
        self.describe(self.width_spin, "width in pixels")
        self.describe(self.height_spin, "height in pixels")
        self.lock = IconButton("aspectLockButton", "unlink", "Keep the aspect. Changing one side "
                               "changes the other with it.", is_flat=True)  # fmt: skip
        self.lock.setCheckable(True)
        self.lock.setFixedSize(24, 26)
        self.swap = IconButton("swapSizeButton", "swap", "Swap width and height.")
        self.swap.setFixedSize(26, 26)
        self.put(row_of(self.width_spin, self.lock, self.height_spin, self.swap, spacing=STEP // 2))
        self._presets = QButtonGroup(self)
        self._presets.setExclusive(False)
        chips = [self._chip(at, aspect) for at, aspect in enumerate(ASPECTS)]
        self.put_below(row_of(*chips, spacing=STEP))
        self._note = muted()
        self.put_below(self._note)
        self._presets.idClicked.connect(self._on_preset)
        self.swap.clicked.connect(self._on_swap)
        self.lock.clicked.connect(self._on_lock)
        self.width_spin.valueChanged.connect(self._on_width)
        self.height_spin.valueChanged.connect(self._on_height)
        for spin in (self.width_spin, self.height_spin):
            spin.editingFinished.connect(self._on_finished)

    def show_value(self) -> None:
        """Show the size, which preset it is, and a word if it is far from the model's own."""
        request, info = self.form.request, self.form.model
        multiple_of = info.multiple_of if info else 8
        if self._aspect and not self._is_ours:
            self._settings.set("aspect", [request.width, request.height])
        self.lock.setChecked(bool(self._aspect))
        set_icon(self.lock, "link" if self._aspect else "unlink",
                 "accent_ink" if self._aspect else "muted")  # fmt: skip
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
        chip.setStyleSheet("padding: 2px;")
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

    @property
    def _aspect(self) -> tuple[int, int] | None:
        """What the lock keeps; None while it is open."""
        kept = self._settings.get("aspect")
        if len(kept) != 2 or not all(isinstance(side, int) and side > 0 for side in kept):
            return None
        return kept[0], kept[1]

    @Slot()
    def _on_lock(self) -> None:
        request = self.form.request
        self._settings.set("aspect", [request.width, request.height] if self.lock.isChecked()
                           else [])  # fmt: skip
        self.show_value()

    @Slot(int)
    def _on_width(self, width: int) -> None:
        height = self.height_spin.value()
        if aspect := self._aspect:
            height = _snap(width * aspect[1] / aspect[0], self._step())
        self._edit(width, height)

    @Slot(int)
    def _on_height(self, height: int) -> None:
        width = self.width_spin.value()
        if aspect := self._aspect:
            width = _snap(height * aspect[0] / aspect[1], self._step())
        self._edit(width, height)

    def _edit(self, width: int, height: int) -> None:
        self._is_ours = True
        self.form.edit(width=width, height=height)
        self._is_ours = False

    def _step(self) -> int:
        info = self.form.model
        return info.multiple_of if info else 8

    @Slot()
    def _on_finished(self) -> None:
        request, step = self.form.request, self._step()
        self._edit(_snap(request.width, step), _snap(request.height, step))
