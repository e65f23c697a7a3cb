"""What the middle shows before the first picture: prompts to try, and what is being prepared."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from studio.state.form import Form
from studio.state.progress import Progress
from studio.state.session import Session
from studio.ui.controls import STEP
from studio.ui.plain import one_line, plain_label, set_plain_tip

FALLBACK_PROMPTS = ("a red apple on a table", "a cat in the snow", "a house by the sea at night")
CHIPS = 3
BAR_WIDTH, BAR_UNITS = 260, 1000

_TITLE, _TITLE_ASKED = "What should the picture show?", "Your picture is next"
_WORDS = "Write it into the prompt and press Generate, or begin with one of these:"
_WORDS_ASKED = "It begins by itself. You can go on writing and ask for more meanwhile."
_MEANWHILE = "You need not wait for this: what you ask for now begins by itself."


class EmptyState(QWidget):
    """Chips with example prompts of the chosen model; what the studio prepares, and how far it is.

    Between the first wish for a picture and its first step the chips give way to the progress.

    Signals:
        prompt_chosen(str): a chip was pressed.
    """

    prompt_chosen = Signal(str)

    def __init__(self, form: Form, session: Session) -> None:
        super().__init__()
        self.setObjectName("emptyState")
        self._form = form
        self._session = session
        self._is_asked = False
        self._title = plain_label(_TITLE, role="title")
        self._words = plain_label(_WORDS)  # full colour: muted is too faint on the picture's grey
        self._stage = plain_label()
        self._stage.setObjectName("readyStage")
        self._meanwhile = plain_label(_MEANWHILE)
        for label in (self._title, self._words, self._stage, self._meanwhile):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
        self._bar = _bar()
        self._chips = [self._chip(at) for at in range(CHIPS)]
        self._build()
        form.defaults_changed.connect(self._fill)
        session.progress_changed.connect(self._on_progress)
        session.asked.connect(self._on_asked)
        self._fill()
        self._on_progress(session.progress)

    def _build(self) -> None:
        self._examples, self._ready = QWidget(), QWidget()
        rows = QVBoxLayout(self._examples)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2 * STEP)
        for chip in self._chips:
            row = QHBoxLayout()
            row.addStretch(1)
            row.addWidget(chip)
            row.addStretch(1)
            rows.addLayout(row)
        ready = QVBoxLayout(self._ready)
        ready.setContentsMargins(0, 4 * STEP, 0, 0)
        ready.setSpacing(2 * STEP)
        ready.addWidget(self._stage)
        ready.addWidget(self._bar, 0, Qt.AlignmentFlag.AlignHCenter)
        ready.addWidget(self._meanwhile)
        self._column = column = QVBoxLayout(self)
        column.addStretch(1)
        column.addWidget(self._title)
        column.addSpacing(STEP)
        column.addWidget(self._words)
        column.addSpacing(3 * STEP)
        column.addWidget(self._examples)
        column.addWidget(self._ready)
        column.addStretch(1)

    def get_ready(self) -> None:
        """Say that the program is still being opened; the progress of its work follows."""
        self._on_progress(Progress(words="Opening the rooms", is_running=True))

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        if not progress.is_running and not self._session.is_generating:
            self._is_asked = False
        self._stage.setText(f"Getting ready: {one_line(progress.words, 80)}…")
        if progress.fraction is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, BAR_UNITS)
            self._bar.setValue(round(BAR_UNITS * progress.fraction))
        self._ready.setVisible(progress.is_running)
        self._arrange()

    @Slot()
    def _on_asked(self) -> None:
        self._is_asked = True
        self._arrange()

    def _arrange(self) -> None:
        self._title.setText(_TITLE_ASKED if self._is_asked else _TITLE)
        self._words.setText(_WORDS_ASKED if self._is_asked else _WORDS)
        self._examples.setVisible(not self._is_asked)
        self._meanwhile.setVisible(not self._is_asked)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What has no room is left out, whole, instead of being cut."""
        super().resizeEvent(event)
        self._arrange()

    def _fit(self) -> None:
        """Leave out the least important words until the rest fits."""
        self._title.setVisible(True)
        self._words.setVisible(True)
        self._keep_place(True)
        room = max(80, self.width() - 12 * STEP)
        for chip in self._chips:
            prompt = one_line(str(chip.property("prompt") or ""), 60)
            words = chip.fontMetrics().elidedText(prompt, Qt.TextElideMode.ElideRight, room)
            chip.setText(words.replace("&", "&&"))
            chip.setVisible(bool(prompt))
        if self._ready.isHidden() and self._needed() > self.height():
            self._keep_place(False)
        least: list[QWidget] = [self._meanwhile, self._words, self._title, *self._chips[:0:-1]]
        for part in least:
            if self._needed() <= self.height():
                return
            part.setVisible(False)

    def _keep_place(self, is_kept: bool) -> None:
        """Whether the progress leaves its room empty: the chips must not move under the mouse."""
        policy = self._ready.sizePolicy()
        if policy.retainSizeWhenHidden() == is_kept:
            return
        policy.setRetainSizeWhenHidden(is_kept)
        self._ready.setSizePolicy(policy)

    def _needed(self) -> int:
        for layout in (self._examples.layout(), self._ready.layout(), self._column):
            if layout is not None:
                layout.invalidate()
        return self._column.totalHeightForWidth(self.width())

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
            chip.setProperty("prompt", prompt)
            set_plain_tip(chip, f"Make this picture: {prompt}")
        for chip in self._chips[len(prompts) :]:
            chip.setProperty("prompt", "")
        self._arrange()

    @Slot()
    def _on_chip(self) -> None:
        chip = self.sender()
        if isinstance(chip, QPushButton):
            self.prompt_chosen.emit(str(chip.property("prompt")))


def _bar() -> QProgressBar:
    bar = QProgressBar()
    bar.setObjectName("readyBar")
    bar.setAccessibleName("Getting ready")
    bar.setTextVisible(False)
    bar.setFixedWidth(BAR_WIDTH)
    return bar
