"""The pills above the strip: which lanes are shown."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from studio.library.strip_words import ALL_LANES, DEFAULT_LANES, in_order
from studio.ui.plain import set_plain_tip


class LaneBar(QWidget):
    """One toggle for each lane; the last one that is on cannot be switched off.

    Signals:
        lanes_changed(tuple): the names of the lanes that are on, in the strip's order.
    """

    lanes_changed = Signal(tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        self._pills: dict[str, QPushButton] = {}
        for lane in ALL_LANES:
            pill = QPushButton(lane.label)
            pill.setObjectName(f"lane:{lane.name}")
            pill.setProperty("role", "chip")
            pill.setCheckable(True)
            pill.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a press leaves the keys to the strip
            pill.setChecked(lane.name in DEFAULT_LANES)
            set_plain_tip(pill, lane.tip)
            pill.clicked.connect(self._on_clicked)
            layout.addWidget(pill)
            self._pills[lane.name] = pill

    @property
    def lanes(self) -> tuple[str, ...]:
        """The lanes that are on."""
        return tuple(name for name, pill in self._pills.items() if pill.isChecked())

    def set_lanes(self, names: Iterable[str]) -> None:
        """Switch these on and the others off; nothing happens if none is known."""
        lanes = in_order(tuple(names))
        if not lanes or lanes == self.lanes:
            return
        for name, pill in self._pills.items():
            pill.setChecked(name in lanes)
        self.lanes_changed.emit(lanes)

    @Slot()
    def cycle(self) -> None:
        """L: one lane (predicted) → the usual three → all → one."""
        every = tuple(self._pills)
        sets = [("x0",), DEFAULT_LANES, every]
        place = sets.index(self.lanes) if self.lanes in sets else -1
        self.set_lanes(sets[(place + 1) % len(sets)])

    @Slot()
    def _on_clicked(self) -> None:
        sender = self.sender()
        if not self.lanes and isinstance(sender, QPushButton):
            sender.setChecked(True)
            return
        self.lanes_changed.emit(self.lanes)
