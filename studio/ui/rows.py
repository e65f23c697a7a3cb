"""One row of the settings panel: label, control, question mark, bound to fields of the form."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.state.form import Form
from studio.ui.controls import (
    STEP,
    Combo,
    DecimalSpin,
    FieldLabel,
    HelpButton,
    Slider,
    Spin,
    row_of,
)
from studio.ui.plain import PlainLabel, plain_label, plain_tip, set_plain_tip
from studio.ui.theme import set_role
from studio.ui.words import FIELDS

LABEL_WIDTH = 72  # px


class Row(QWidget):
    """Label left, controls, question mark right.

    fields: the fields of the form that this row shows; a double click on the label resets them.
    """

    def __init__(self, form: Form, key: str, fields: tuple[str, ...]) -> None:
        super().__init__()
        self.form = form
        self.fields = fields
        words = FIELDS[key]
        self.title = words.title
        self.setObjectName(f"{key}Row")
        self.label = FieldLabel(words.title)
        self.label.setFixedWidth(LABEL_WIDTH)
        self.label.reset_wanted.connect(self.reset)
        self._help = words.help
        self._error = plain_label(role="warning")
        self._error.setWordWrap(True)
        self._error.hide()
        self._line = QHBoxLayout()
        self._line.setSpacing(2 * STEP)
        self._line.addWidget(self.label)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(STEP)
        self._column.addLayout(self._line)
        self._column.addWidget(self._error)

    def put(self, content: QWidget | QLayout) -> None:
        """Fill the row; the question mark follows the content."""
        if isinstance(content, QWidget):
            self._line.addWidget(content, 1)
        else:
            self._line.addLayout(content, 1)
        self._line.addWidget(HelpButton(self.title, self._help))

    def put_below(self, content: QWidget | QLayout) -> None:
        """Add a second line, in the column of the controls."""
        line = QHBoxLayout()
        line.setContentsMargins(LABEL_WIDTH + 2 * STEP, 0, 18 + 2 * STEP, 0)
        if isinstance(content, QWidget):
            line.addWidget(content)
        else:
            line.addLayout(content)
        self._column.insertLayout(self._column.count() - 1, line)

    def describe(self, control: QWidget, extra: str = "") -> None:
        """Give a control its accessible name and its tooltip."""
        control.setAccessibleName(f"{self.title} {extra}".strip())
        set_plain_tip(control, self._help)
        if isinstance(control, (Spin, DecimalSpin)):
            control.corrected.connect(self._on_corrected)

    @Slot(str, str)
    def _on_corrected(self, what: str, hint: str) -> None:
        self.refuse(f"{what} {hint}".strip())

    def refresh(self) -> None:
        """Show what the form holds and mark what differs from the default."""
        is_changed = any(self.form.is_changed(name) for name in self.fields)
        set_role(self.label, "changed" if is_changed else "")
        default = ", ".join(_short(self.form.default(name)) for name in self.fields)
        reset = f"\nDefault: {default}. Double-click the label to go back." if is_changed else ""
        self.label.setToolTip(plain_tip(self._help + reset))
        self.show_value()

    def show_value(self) -> None:
        """Put the form's value into the controls without telling the form. Rows override this."""

    def refuse(self, words: str) -> None:
        """Mark the row as impossible, with the reason; "" takes the mark away."""
        self._error.setText(words)
        self._error.setVisible(bool(words))

    @Slot()
    def reset(self) -> None:
        """Put the row's fields back to their defaults."""
        self.form.reset(self.fields)


class ChoiceRow(Row):
    """A row with a drop-down list. choices: name -> words about it."""

    def __init__(self, form: Form, key: str, object_name: str, choices: dict[str, str]) -> None:
        super().__init__(form, key, (key,))
        self.combo = Combo(object_name)
        for at, (name, words) in enumerate(choices.items()):
            self.combo.addItem(name[:1].upper() + name[1:], name)
            self.combo.setItemData(at, plain_tip(words), _TOOL_TIP)
        self.describe(self.combo)
        self.put(self.combo)
        self.combo.currentIndexChanged.connect(self._on_chosen)

    def show_value(self) -> None:
        """Choose the form's value."""
        self.combo.select(str(getattr(self.form.request, self.fields[0])))

    @Slot(int)
    def _on_chosen(self, at: int) -> None:
        self.form.edit(**{self.fields[0]: self.combo.itemData(at)})


class NumberRow(Row):
    """A row with slider and number together; the number may go beyond the slider's end.

    slider: low and high of the slider. spin: the number's widget. auto: the word for None, which
    is then the number's lowest value; without it the field is never None.

    Signals:
        value_edited(float): the user has changed the number.
    """

    value_edited = Signal(float)

    def __init__(
        self,
        form: Form,
        key: str,
        spin: Spin | DecimalSpin,
        slider: tuple[float, float],
        *,
        auto: str = "",
    ) -> None:
        super().__init__(form, key, (key,))
        self.spin = spin
        self._auto = auto
        self._unit = float(spin.singleStep())
        low, high = (round(end / self._unit) for end in slider)
        self.slider = Slider(spin.objectName().replace("Spin", "Slider"), low, high)
        if auto:
            spin.setSpecialValueText(auto)
        spin.setFixedWidth(74)
        for control in (spin, self.slider):
            self.describe(control, "slider" if control is self.slider else "")
        self.put(row_of(self.slider, spin))
        spin.valueChanged.connect(self._on_number)
        self.slider.valueChanged.connect(self._on_slider)
        self.slider.reset_wanted.connect(self.reset)

    def show_value(self) -> None:
        """Show the form's number in both controls."""
        value = self._value()
        number = self.spin.minimum() if value is None else value
        if isinstance(self.spin, DecimalSpin) and number > self.spin.maximum():
            self.spin.setMaximum(number)  # of a picture from elsewhere: what will be run is shown
        _set_quietly(self.spin, number)
        _set_quietly(self.slider, round(number / self._unit))

    def _value(self) -> Any:
        return getattr(self.form.request, self.fields[0])

    @Slot(int)
    @Slot(float)
    def _on_number(self, number: float) -> None:
        is_auto = bool(self._auto) and number == self.spin.minimum()
        is_whole = isinstance(self.spin, Spin)
        number = int(number) if is_whole else round(number, 6)
        self.form.edit(**{self.fields[0]: None if is_auto else number})
        self.value_edited.emit(float(number))

    @Slot(int)
    def _on_slider(self, at: int) -> None:
        number = at * self._unit
        if isinstance(self.spin, Spin):
            self.spin.setValue(round(number))
        else:
            self.spin.setValue(number)


_TOOL_TIP = 3  # Qt.ItemDataRole.ToolTipRole


def _set_quietly(control: Any, value: float) -> None:
    was_blocked = control.blockSignals(True)
    control.setValue(int(value) if isinstance(control, (Spin, Slider)) else value)
    control.blockSignals(was_blocked)


def _short(value: Any) -> str:
    if value is None:
        return "auto"
    return f"{value:g}" if isinstance(value, float) else str(value)


def muted(text: str = "") -> PlainLabel:
    """A small hint in muted words that wraps."""
    label = plain_label(text, role="muted")
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return label
