"""The pills above the strip: which lanes are shown; one button with a menu where it is narrow."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from studio.library.strip_words import ALL_LANES, DEFAULT_LANES, in_order
from studio.ui.plain import set_plain_tip
from studio.ui.theme import set_icon


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
        self._button, self._menu = self._menu_button(), QMenu(self)
        self._button.setMenu(self._menu)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._menu.triggered.connect(self._on_chosen)
        layout.addWidget(self._button)
        self.lanes_changed.connect(self._count)
        self._count()

    def _menu_button(self) -> QToolButton:
        button = QToolButton()
        button.setObjectName("lanesButton")
        button.setProperty("role", "chip")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setIconSize(QSize(14, 14))
        set_icon(button, "chevron-down", "muted")
        set_plain_tip(button, "Which rows the strip shows.")
        button.hide()
        return button

    def set_compact(self, is_compact: bool) -> None:
        """Show one button with a menu in place of the pills, or the pills again."""
        for pill in self._pills.values():
            pill.setVisible(not is_compact)
        self._button.setVisible(is_compact)

    @Slot()
    def _count(self) -> None:
        self._button.setText(f"{len(self.lanes)} of {len(self._pills)} rows")

    @Slot()
    def _fill_menu(self) -> None:
        self._menu.clear()
        for name, pill in self._pills.items():
            action = self._menu.addAction(pill.text())
            action.setData(name)
            action.setCheckable(True)
            action.setChecked(pill.isChecked())

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        self._pills[action.data()].click()

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
