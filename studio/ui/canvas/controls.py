"""Slider and number together, and a row of choices: the controls of the canvas panels."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QToolButton, QWidget

from studio.ui.controls import STEP, FieldLabel, HelpButton, Slider, Spin
from studio.ui.plain import set_plain_tip
from studio.ui.theme import set_icon, set_role

LABEL_WIDTH = 70  # px


class NumberRow(QWidget):
    """Label, slider and number; a double click on the label or the slider resets.

    Signals:
        value_changed(int): by the user.
    """

    value_changed = Signal(int)

    def __init__(
        self, name: str, title: str, low: int, high: int, default: int, *, unit: str, words: str,
        slider_high: int | None = None, label_width: int = LABEL_WIDTH, has_help: bool = True,
    ) -> None:  # fmt: skip
        """slider_high: the slider's end, if the number may be larger. words: what it does."""
        super().__init__()
        self.setObjectName(f"{name}Row")
        self._default = default
        self._is_marked = has_help  # a tool's settings have no default worth going back to
        self.label = FieldLabel(title)
        self.label.setFixedWidth(label_width)
        self.slider = Slider(f"{name}Slider", low, slider_high or high)
        self.spin = Spin(f"{name}Spin", low, high)
        self.spin.setSuffix(f" {unit}" if unit else "")
        self.spin.setFixedWidth(74)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * STEP)
        row.addWidget(self.label)
        row.addWidget(self.slider, 1)
        row.addWidget(self.spin)
        if has_help:
            row.addWidget(HelpButton(title, words))
        for control in (self.slider, self.spin):
            control.setAccessibleName(title)
            set_plain_tip(control, words)
        self.set_value(default)
        self.slider.valueChanged.connect(self.spin.setValue)
        self.spin.valueChanged.connect(self._on_number)
        self.label.reset_wanted.connect(self.reset)
        self.slider.reset_wanted.connect(self.reset)

    def value(self) -> int:
        """The number."""
        return self.spin.value()

    def set_value(self, value: float) -> None:
        """Show a number without telling anybody."""
        for control in (self.spin, self.slider):
            was_blocked = control.blockSignals(True)
            control.setValue(round(value))
            control.blockSignals(was_blocked)
        is_changed = self._is_marked and round(value) != self._default
        set_role(self.label, "changed" if is_changed else "")

    def set_default(self, default: int) -> None:
        """What `reset` goes back to; shown from the next `set_value` on."""
        self._default = default

    @Slot()
    def reset(self) -> None:
        """Back to the default."""
        self.spin.setValue(self._default)

    @Slot(int)
    def _on_number(self, value: int) -> None:
        self.set_value(value)
        self.value_changed.emit(value)


class ChoiceRow(QWidget):
    """A label and a few buttons of which one is pressed.

    Signals:
        chosen(str): the key of the button that the user pressed.
    """

    chosen = Signal(str)

    def __init__(
        self, name: str, title: str, choices: dict[str, tuple[str, str]], words: str,
        label_width: int = LABEL_WIDTH,
    ) -> None:  # fmt: skip
        """choices: key -> (the button's word, what it does). words: what the choice is about."""
        super().__init__()
        self.setObjectName(f"{name}Row")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(STEP)
        if title:
            label = FieldLabel(title)
            label.setFixedWidth(label_width)
            row.addWidget(label)
            row.addSpacing(STEP)
        self._group = QButtonGroup(self)
        self._keys = list(choices)
        for number, (key, (word, tip)) in enumerate(choices.items()):
            button = QPushButton(word)
            button.setObjectName(f"{name}{key.capitalize()}")
            button.setCheckable(True)
            button.setProperty("role", "choice")
            button.setMinimumWidth(24)
            button.setStyleSheet("padding: 5px 4px;")
            set_plain_tip(button, tip)
            self._group.addButton(button, number)
            row.addWidget(button, 1)
        row.addWidget(HelpButton(title or name, words))
        self._group.idClicked.connect(self._on_clicked)

    def set_chosen(self, key: str) -> None:
        """Show a choice without telling anybody."""
        self._group.button(self._keys.index(key)).setChecked(True)

    @Slot(int)
    def _on_clicked(self, number: int) -> None:
        self.chosen.emit(self._keys[number])


def tool_button(name: str, icon: str, words: str, *, is_checkable: bool = False) -> QToolButton:
    """A flat button of the tool strip or the options bar."""
    button = QToolButton()
    button.setObjectName(name)
    button.setProperty("role", "flat")
    button.setCheckable(is_checkable)
    button.setFixedSize(32, 32)
    button.setIconSize(QSize(20, 20))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(words.split(".", 1)[0].split("  ", 1)[0])
    set_icon(button, icon)
    set_plain_tip(button, words)
    return button


def colour_icon(colour: QColor, side: int = 18) -> QIcon:
    """A square of one colour with a fine edge."""
    picture = QPixmap(side * 2, side * 2)
    picture.setDevicePixelRatio(2.0)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(127, 127, 127))
    painter.setBrush(colour)
    painter.drawRoundedRect(1, 1, side - 2, side - 2, 3, 3)
    painter.end()
    return QIcon(picture)
