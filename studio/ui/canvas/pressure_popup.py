"""What the pen's pressure changes, and the curve by which it is felt."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QWidget

from studio.state.canvas.brush import PressureCurve
from studio.state.canvas.toolbox import ToolBox
from studio.ui.canvas.popup import Popup
from studio.ui.controls import row_of
from studio.ui.plain import plain_label, set_plain_tip
from studio.ui.theme import color

_GAMMA_MIN, _GAMMA_MAX = 0.2, 5.0
_MARGIN = 10.0  # px
_WORDS = (
    "Drag the middle up for a light hand, down for a firm one; drag the left end up so that even "
    "a light touch has an effect. Double-click resets."
)


class CurveEditor(QWidget):
    """Pressure to the right, effect upwards; drag the curve to bend it, its start to raise it.

    Signals:
        curve_changed(PressureCurve): by the user.
    """

    curve_changed = Signal(object)

    def __init__(self, curve: PressureCurve) -> None:
        super().__init__()
        self.setObjectName("pressureCurve")
        self.setAccessibleName("Pressure curve")
        self.setCursor(Qt.CursorShape.SizeVerCursor)
        set_plain_tip(self, _WORDS)
        self.curve = curve
        self._is_held = self._is_start_held = False

    def sizeHint(self) -> QSize:
        """A square-ish field."""
        return QSize(276, 150)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The grid and the curve."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        field = self._field()
        painter.fillRect(self.rect(), color("field"))
        painter.setPen(QPen(color("line"), 1))
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            x, y = field.left() + share * field.width(), field.top() + share * field.height()
            painter.drawLine(QPointF(x, field.top()), QPointF(x, field.bottom()))
            painter.drawLine(QPointF(field.left(), y), QPointF(field.right(), y))
        path = QPainterPath(self._point(0.0))
        for step in range(1, 65):
            path.lineTo(self._point(step / 64))
        painter.setPen(QPen(color("accent"), 2))
        painter.drawPath(path)
        painter.setBrush(color("accent"))
        for share in (0.0, 0.5):
            painter.drawEllipse(self._point(share), 4, 4)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hold the start or the middle."""
        self._is_held = True
        self._is_start_held = event.position().x() < self._field().left() + 30
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Raise the start, or bend the curve through the pointer."""
        if not self._is_held:
            return
        field, at = self._field(), event.position()
        x = min(max((at.x() - field.left()) / field.width(), 0.02), 0.98)
        y = min(max((field.bottom() - at.y()) / field.height(), 0.0), 1.0)
        if self._is_start_held:
            self._set(replace(self.curve, low=min(y, 0.95)))
            return
        share = min(max((y - self.curve.low) / (1 - self.curve.low), 0.001), 0.999)
        gamma = math.log(share) / math.log(x)
        self._set(replace(self.curve, gamma=min(max(gamma, _GAMMA_MIN), _GAMMA_MAX)))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go."""
        self._is_held = False

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Back to a straight line; a hand that is not quite still bends it no more."""
        self._is_held = False
        self._set(PressureCurve())

    def _set(self, curve: PressureCurve) -> None:
        self.curve = curve
        self.update()
        self.curve_changed.emit(curve)

    def _field(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)

    def _point(self, pressure: float) -> QPointF:
        field = self._field()
        return QPointF(field.left() + pressure * field.width(),
                       field.bottom() - self.curve(pressure) * field.height())  # fmt: skip


class PressurePopup(Popup):
    """Changes how the brush of a ToolBox feels the pen."""

    def __init__(self, tools: ToolBox, parent: QWidget) -> None:
        super().__init__("pressurePopup", "Pen pressure", parent)
        self._tools = tools
        self._size = QCheckBox("Pressure changes the size")
        self._opacity = QCheckBox("Pressure changes the opacity")
        self._size.setObjectName("pressureSize")
        self._opacity.setObjectName("pressureOpacity")
        self._size.setChecked(tools.brush.pressure_size)
        self._opacity.setChecked(tools.brush.pressure_opacity)
        self.editor = CurveEditor(tools.brush.curve)
        for widget in (self._size, self._opacity, self.editor):
            self.column.addWidget(widget)
        ends = row_of(plain_label("light touch", role="muted"))
        ends.addStretch(1)
        ends.addWidget(plain_label("firm press", role="muted"))
        self.column.addLayout(ends)
        self._size.toggled.connect(self._on_changed)
        self._opacity.toggled.connect(self._on_changed)
        self.editor.curve_changed.connect(self._on_changed)

    @Slot()
    def _on_changed(self) -> None:
        brush = replace(
            self._tools.brush, pressure_size=self._size.isChecked(),
            pressure_opacity=self._opacity.isChecked(), curve=self.editor.curve,
        )  # fmt: skip
        self._tools.set_brush(brush)
