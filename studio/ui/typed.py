"""What is typed into a number's field: impossible numbers are told and taken back, not cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMetaMethod, QObject, Slot
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QToolTip

from studio.ui.plain import plain_tip

if TYPE_CHECKING:
    from studio.ui.controls import DecimalSpin, Spin

TYPED_MAX = 12  # characters
Validity = tuple[QValidator.State, str, int]


class Typing(QObject):
    """Watches over one field. `words`: what was told of the last number; empty if it was possible.

    The value from before the typing comes back, not the part of the number that was possible.
    """

    def __init__(self, spin: Spin | DecimalSpin) -> None:
        super().__init__(spin)
        self._spin = spin
        self._typed: str | None = None
        self._before: float = spin.value()
        self.words = ("", "")
        spin.lineEdit().textEdited.connect(self._on_edited)
        spin.editingFinished.connect(self.finish)

    def permit(self, text: str, at: int, validity: Validity) -> Validity:
        """Turn Qt's "impossible" into "not yet" for a number, and for the field's own word."""
        is_begun = bool(bare := self._bare(text)) and self._word.startswith(bare.casefold())
        is_told = is_begun or self._number(text) is not None
        if validity[0] is QValidator.State.Invalid and is_told:
            return QValidator.State.Intermediate, text, at
        return validity

    @property
    def _word(self) -> str:
        """What the field shows instead of its least number, such as "auto"; it may be typed."""
        return self._spin.specialValueText().casefold()

    def settle(self) -> bool:
        """Take what stands in the field now, as when it is left; False if it was impossible."""
        self._spin.interpretText()
        self._spin.editingFinished.emit()
        return not any(self.words)

    def _bare(self, text: str) -> str:
        return text.removeprefix(self._spin.prefix()).removesuffix(self._spin.suffix()).strip()

    def _number(self, text: str) -> float | None:
        bare = self._bare(text)
        value, is_number = self._spin.locale().toDouble(bare)
        return value if is_number and len(bare) <= TYPED_MAX else None

    @Slot(str)
    def _on_edited(self, text: str) -> None:
        if self._typed is None:
            self._before = self._spin.value()  # Qt tells of the text first, then of the number
        self._typed = text

    @Slot()
    def finish(self) -> None:
        """What was typed is complete: the field was left, or something else changes the number."""
        spin, typed = self._spin, self._typed or ""
        self._typed = None
        number = self._number(typed)
        words = ("", "")
        if self._word and self._bare(typed).casefold() == self._word:
            spin.setValue(spin.minimum())  # type: ignore[arg-type]
        if number is not None and not spin.minimum() <= number <= spin.maximum():
            spin.setValue(self._before)  # type: ignore[arg-type]
            ends = (spin.minimum(), spin.maximum())
            low, high = (spin.textFromValue(end) for end in ends)  # type: ignore[arg-type]
            words = (f"{self._bare(typed)} is not possible here; {spin.cleanText()} stays.",
                     f"Choose {spin.specialValueText() or low} to {high}.")  # fmt: skip
        if words != self.words:
            self.words = words
            spin.corrected.emit(*words)
        if any(words) and not spin.isSignalConnected(QMetaMethod.fromSignal(spin.corrected)):
            tip = plain_tip(" ".join(words))  # nobody else tells it
            QToolTip.showText(spin.mapToGlobal(spin.rect().bottomLeft()), tip, spin)
