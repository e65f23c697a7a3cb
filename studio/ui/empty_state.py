"""What the middle shows before the first picture: a sentence and prompts to try."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.state.form import Form
from studio.ui.controls import STEP
from studio.ui.plain import one_line, plain_label, set_plain_tip

FALLBACK_PROMPTS = ("a red apple on a table", "a cat in the snow", "a house by the sea at night")
CHIPS = 3


class EmptyState(QWidget):
    """Chips with example prompts of the chosen model.

    Signals:
        prompt_chosen(str): a chip was pressed.
    """

    prompt_chosen = Signal(str)

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.setObjectName("emptyState")
        self._form = form
        title = plain_label("What should the picture show?", role="title")
        words = plain_label(
            "Write it into the prompt and press Ctrl+Enter, or begin with one of these:"
        )  # in full colour: muted words are too faint on the picture's grey
        for label in (title, words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
        self._chips = [self._chip(at) for at in range(CHIPS)]
        rows = QVBoxLayout()
        rows.setSpacing(2 * STEP)
        for chip in self._chips:
            row = QHBoxLayout()
            row.addStretch(1)
            row.addWidget(chip)
            row.addStretch(1)
            rows.addLayout(row)
        column = QVBoxLayout(self)
        column.addStretch(1)
        column.addWidget(title)
        column.addSpacing(STEP)
        column.addWidget(words)
        column.addSpacing(3 * STEP)
        column.addLayout(rows)
        column.addStretch(1)
        form.defaults_changed.connect(self._fill)
        self._fill()

    def _chip(self, at: int) -> QPushButton:
        chip = QPushButton()
        chip.setObjectName(f"examplePrompt{at + 1}")
        chip.setProperty("role", "chip")
        chip.clicked.connect(self._on_chip)
        return chip

    @Slot()
    def _fill(self) -> None:
        info = self._form.model
        prompts = (info.example_prompts if info else ()) or FALLBACK_PROMPTS
        for chip, prompt in zip(self._chips, prompts, strict=False):
            chip.setText(one_line(prompt, 60).replace("&", "&&"))
            chip.setProperty("prompt", prompt)
            set_plain_tip(chip, f"Make this picture: {prompt}")
        for at, chip in enumerate(self._chips):
            chip.setVisible(at < len(prompts))

    @Slot()
    def _on_chip(self) -> None:
        chip = self.sender()
        if isinstance(chip, QPushButton):
            self.prompt_chosen.emit(str(chip.property("prompt")))
