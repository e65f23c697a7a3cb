"""Small controls with the house's manners: the wheel acts only with focus, drops are plain."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPaintEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from studio.ui.plain import PlainLabel, plain_tip, set_plain_tip
from studio.ui.theme import set_icon
from studio.ui.typed import Typing

STEP = 4  # px; the grid of all distances
COMBO_MARGIN = 2  # px round the words of a combo; Qt draws them inside the edit field
SPIN_WIDTH = 58  # px, the least
SPIN_MARGINS = (5, 0, 0, 0)  # px round the number; Qt's stylesheets have no word in there


class Spin(QSpinBox):
    """A whole number that the wheel changes only when it has the focus.

    A number out of range can be typed, is told and taken back; Qt would leave out single digits
    without a word, and 99999 became 999.

    Signals:
        corrected(str, str): such a number was taken back: what happened, what to do. Both empty:
            a possible one has followed.
    """

    corrected = Signal(str, str)

    def __init__(self, name: str, low: int, high: int, step: int = 1) -> None:
        super().__init__()
        self.typing = Typing(self)  # first: Qt validates in every setter
        self.setObjectName(name)
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setMinimumWidth(SPIN_WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setKeyboardTracking(True)
        self.lineEdit().setTextMargins(*SPIN_MARGINS)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the panel, not the value, unless the field has the focus."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()

    def validate(self, text: str, at: int) -> tuple[QValidator.State, str, int]:
        """Let numbers out of range be typed; what becomes of them is decided at the end."""
        return self.typing.permit(text, at, super().validate(text, at))

    def stepBy(self, steps: int) -> None:
        """Step from the number that holds, not from an impossible one that is typed."""
        self.typing.finish()
        super().stepBy(steps)


class DecimalSpin(QDoubleSpinBox):
    """A decimal number with the manners of Spin.

    Signals:
        corrected(str, str): as Spin's.
    """

    corrected = Signal(str, str)

    def __init__(
        self, name: str, low: float, high: float, step: float = 0.1, *, decimals: int = 2
    ) -> None:
        super().__init__()
        self.typing = Typing(self)  # first: Qt validates in every setter
        self.setObjectName(name)
        self.setDecimals(decimals)
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setMinimumWidth(SPIN_WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setTextMargins(*SPIN_MARGINS)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the panel, not the value, unless the field has the focus."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()

    def validate(self, text: str, at: int) -> tuple[QValidator.State, str, int]:
        """Let numbers out of range be typed; what becomes of them is decided at the end."""
        return self.typing.permit(text, at, super().validate(text, at))

    def stepBy(self, steps: int) -> None:
        """Step from the number that holds, not from an impossible one that is typed."""
        self.typing.finish()
        super().stepBy(steps)


class Slider(QSlider):
    """A horizontal slider; a double click asks for the default.

    Signals:
        reset_wanted(): double-clicked.
    """

    reset_wanted = Signal()

    def __init__(self, name: str, low: int, high: int) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setObjectName(name)
        self.setRange(low, high)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(48)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the panel, not the value, unless the slider has the focus."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the default value."""
        event.accept()
        self.reset_wanted.emit()


class Combo(QComboBox):
    """A choice that the wheel changes only when it has the focus, and that may be narrow."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaxVisibleItems(16)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the panel, not the value, unless the box has the focus."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Words that have no room end in an ellipsis; Qt's stylesheets cut them off."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        option.currentText = self.fitting(option.currentText)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def fitting(self, text: str) -> str:
        """As much of `text` as the box has room for."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self)
        width = room.width() - 2 * COMBO_MARGIN
        return self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)

    def select(self, data: str) -> None:
        """Choose the item with this data without telling anybody; unknown data is added."""
        was_blocked = self.blockSignals(True)
        at = self.findData(data)
        if at < 0:
            self.addItem(data[:80], data)
            at = self.count() - 1
        self.setCurrentIndex(at)
        self.blockSignals(was_blocked)


class HelpButton(QToolButton):
    """A small question mark that says in plain words what a control does."""

    def __init__(self, title: str, words: str) -> None:
        super().__init__()
        self._words = words
        set_icon(self, "help", "muted")
        self.setIconSize(QSize(16, 16))
        self.setFixedSize(18, 18)
        self.setProperty("role", "help")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(f"What is {title}?")
        set_plain_tip(self, words)
        self.clicked.connect(self._explain)

    @Slot()
    def _explain(self) -> None:
        QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), plain_tip(self._words), self)


class IconButton(QToolButton):
    """A button that is one of our icons; its words are the tooltip and the accessible name."""

    def __init__(self, name: str, icon: str, words: str, *, is_flat: bool = False) -> None:
        super().__init__()
        self.setObjectName(name)
        set_icon(self, icon)
        self.setIconSize(QSize(18, 18))
        self.setFixedSize(28, 28)
        if is_flat:
            self.setProperty("role", "flat")
        self.setAccessibleName(words.split(".", 1)[0])
        set_plain_tip(self, words)


class FieldLabel(PlainLabel):
    """The label left of a control; it is amber when the value is not the default.

    Signals:
        reset_wanted(): double-clicked.
    """

    reset_wanted = Signal()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the default value."""
        event.accept()
        self.reset_wanted.emit()


class Fold(QWidget):
    """A heading that opens and closes what lies under it.

    Signals:
        opened(bool): the user has opened or closed it.
    """

    opened = Signal(bool)

    def __init__(self, name: str, title: str, body: QWidget) -> None:
        super().__init__()
        self._button = QToolButton()
        self._button.setObjectName(name)
        self._button.setText(title)
        self._button.setCheckable(True)
        self._button.setProperty("role", "fold")
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.setIconSize(QSize(14, 14))
        self._button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._body = body
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * STEP)
        column.addWidget(self._button)
        column.addWidget(body)
        self._button.toggled.connect(self._on_toggled)
        self.set_open(False)

    def set_open(self, is_open: bool) -> None:
        """Open or close without telling anybody."""
        was_blocked = self._button.blockSignals(True)
        self._button.setChecked(is_open)
        self._button.blockSignals(was_blocked)
        self._body.setVisible(is_open)
        set_icon(self._button, "chevron-down" if is_open else "chevron-right", "muted")

    @Slot(bool)
    def _on_toggled(self, is_open: bool) -> None:
        self.set_open(is_open)
        self.opened.emit(is_open)


def row_of(*widgets: QWidget, spacing: int = 2 * STEP) -> QHBoxLayout:
    """Widgets side by side with no margin."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(spacing)
    for widget in widgets:
        row.addWidget(widget)
    return row
