"""The bar above the canvas: size, hardness and opacity of the brush, pressure, colour, overlay."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QColorDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from studio.state.canvas.brush import SIZE_MAX
from studio.state.canvas.document import MASK
from studio.state.canvas.toolbox import ToolBox
from studio.ui.canvas.controls import NumberRow, colour_icon, tool_button
from studio.ui.canvas.overlay_popup import OverlayPopup
from studio.ui.canvas.pressure_popup import PressurePopup
from studio.ui.controls import STEP
from studio.ui.plain import plain_label

_WIDE = 820  # px; below this the sliders give way to their numbers
_LABELLED = 510  # below this the numbers' names do, which their tips repeat
_ONE_LINE = 400  # below this the buttons stand under the numbers


class OptionsBar(QFrame):
    """Shows and changes the brush of a ToolBox."""

    def __init__(self, tools: ToolBox, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("toolOptions")
        self.setStyleSheet("#toolOptions { background: palette(alternate-base); }")
        self._tools = tools
        self._title = plain_label("", role="heading")
        self._title.setMinimumWidth(64)
        self._size = NumberRow("brushSize", "Size", 1, int(SIZE_MAX), 40, unit="px",
                               slider_high=300, label_width=28, has_help=False,
                               words="Diameter of the brush. Keys: [ and ].")  # fmt: skip
        self._hardness = NumberRow("brushHardness", "Hardness", 0, 100, 70, unit="%",
                                   label_width=62, has_help=False,
                                   words="How sharp the edge is. On the mask a soft edge is "
                                   "repainted gradually. Keys: Shift+[ and Shift+].")  # fmt: skip
        self._opacity = NumberRow("brushOpacity", "Opacity", 1, 100, 100, unit="%",
                                  label_width=50, has_help=False,
                                  words="How strong one stroke can become. On the mask: how much "
                                  "may change.")  # fmt: skip
        self._rows = (self._size, self._hardness, self._opacity)
        words = "Pen pressure: what it changes, and how firm it is."
        self._pressure = tool_button("pressureButton", "pressure", words)
        self._colour = tool_button("colourButton", "paint", "Colour of the paint brush.")
        self._colour.setProperty("iconName", None)  # its colour is no icon of the theme's
        self._overlay = tool_button("overlayButton", "eye", "How the mask is shown.")
        self._lay_out()
        for row in self._rows:
            row.value_changed.connect(self._on_number)
        self._pressure.clicked.connect(self._on_pressure)
        self._colour.clicked.connect(self._on_colour)
        self._overlay.clicked.connect(self._on_overlay)
        tools.brush_changed.connect(self._refresh)
        tools.tool_changed.connect(self._refresh)
        self._refresh()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, STEP, 2 * STEP, STEP)
        column.setSpacing(STEP)
        self._first, self._second = QHBoxLayout(), QHBoxLayout()
        for line in (self._first, self._second):
            column.addLayout(line)
        self._first.addWidget(self._title)
        for part in self._rows:
            self._first.addWidget(part, 1)
        self._first.addStretch(0)
        self._second.addStretch(1)
        self._buttons = (self._pressure, self._colour, self._overlay)
        for button in self._buttons:
            self._first.addWidget(button)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Numbers only, where there is no room for sliders, names and the tool's name."""
        width = event.size().width()
        self._title.setVisible(width >= _WIDE)
        for row in self._rows:
            row.slider.setVisible(width >= _WIDE)
            row.label.setVisible(width >= _LABELLED)
        self._first.setSpacing(3 * STEP if width >= _LABELLED else STEP)
        line = self._first if width >= _ONE_LINE else self._second
        for button in self._buttons:
            if line.indexOf(button) < 0:
                (self._first if line is self._second else self._second).removeWidget(button)
                line.addWidget(button)
        super().resizeEvent(event)

    @Slot()
    def _refresh(self) -> None:
        tools, brush = self._tools, self._tools.brush
        target = "mask" if tools.target == MASK else "paint"
        self._title.setText(f"{tools.tool.value} · {target}".upper())
        self._size.set_value(brush.size)
        self._hardness.set_value(brush.hardness * 100)
        self._opacity.set_value(brush.opacity * 100)
        self._colour.setIcon(colour_icon(QColor(*tools.colour)))
        self._colour.setVisible(tools.target != MASK)

    @Slot()
    def _on_number(self) -> None:
        brush = replace(
            self._tools.brush, size=float(self._size.value()),
            hardness=self._hardness.value() / 100, opacity=self._opacity.value() / 100,
        )  # fmt: skip
        self._tools.set_brush(brush)

    @Slot()
    def _on_pressure(self) -> None:
        PressurePopup(self._tools, self).show_below(self._pressure)

    @Slot()
    def _on_overlay(self) -> None:
        OverlayPopup(self._tools, self).show_below(self._overlay)

    @Slot()
    def _on_colour(self) -> None:
        dialog = QColorDialog(QColor(*self._tools.colour), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
        dialog.setWindowTitle("Colour of the brush")
        dialog.colorSelected.connect(self._on_colour_chosen)
        dialog.open()

    @Slot(QColor)
    def _on_colour_chosen(self, colour: QColor) -> None:
        self._tools.set_colour((colour.red(), colour.green(), colour.blue()))
