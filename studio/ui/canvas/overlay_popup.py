"""How the mask is shown: colour, opacity, on or off."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QWidget

from studio.state.canvas.toolbox import OVERLAY_COLOURS, ToolBox
from studio.ui.canvas.controls import NumberRow, colour_icon, tool_button
from studio.ui.canvas.popup import Popup
from studio.ui.controls import row_of

_NAMES = ("Red", "Blue", "Green", "Magenta", "White", "Black")


class OverlayPopup(Popup):
    """Changes the overlay of a ToolBox."""

    def __init__(self, tools: ToolBox, parent: QWidget) -> None:
        super().__init__("overlayPopup", "Mask overlay", parent)
        self._tools = tools
        self._shown = QCheckBox("Show the mask  (Q)")
        self._shown.setObjectName("overlayShown")
        self._shown.setChecked(tools.overlay.is_visible)
        self._opacity = NumberRow("overlayOpacity", "Opacity", 5, 100, 55, unit="%",
                                  label_width=56, words="How dense the colour lies on the picture. "
                                  "It changes only what you see.")  # fmt: skip
        self._opacity.set_value(tools.overlay.opacity * 100)
        self._group = QButtonGroup(self)
        buttons: list[QWidget] = []
        for number, (colour, name) in enumerate(zip(OVERLAY_COLOURS, _NAMES, strict=True)):
            button = tool_button(f"overlay{name}", "mask", f"{name} overlay.", is_checkable=True)
            button.setIcon(colour_icon(QColor(colour)))
            button.setChecked(colour == tools.overlay.colour)
            self._group.addButton(button, number)
            buttons.append(button)
        self.column.addWidget(self._shown)
        self.column.addWidget(self._opacity)
        self.column.addLayout(row_of(*buttons))
        self._shown.toggled.connect(self._on_changed)
        self._opacity.value_changed.connect(self._on_changed)
        self._group.idClicked.connect(self._on_changed)

    @Slot()
    def _on_changed(self) -> None:
        colour = OVERLAY_COLOURS[max(self._group.checkedId(), 0)]
        self._tools.set_overlay(replace(self._tools.overlay, colour=colour,
                                        opacity=self._opacity.value() / 100,
                                        is_visible=self._shown.isChecked()))  # fmt: skip
