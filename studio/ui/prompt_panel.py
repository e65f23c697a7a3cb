"""What the picture should show: prompt, negative prompt, token count, and the main button."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from studio.engine.request import PROMPT_LIMIT
from studio.library.wording import Wording
from studio.state.form import BATCH_MAX, Form
from studio.state.messages import Messages
from studio.state.progress import Progress
from studio.state.session import Session
from studio.state.tokens import TokenCount, TokenCounter
from studio.ui.completing import Completing
from studio.ui.controls import STEP, Spin
from studio.ui.plain import plain_label, set_plain_tip
from studio.ui.prompt_edit import PromptEdit
from studio.ui.theme import set_icon, set_role
from studio.ui.words import FIELDS


class GenerateBar(QWidget):
    """Generate, how many pictures, and Stop while something runs."""

    def __init__(self, form: Form, session: Session) -> None:
        super().__init__()
        self._form = form
        self._session = session
        self.generate_button = _generate_button()
        self.batch_spin = Spin("batchSpin", 1, BATCH_MAX)
        self.batch_spin.setPrefix("× ")
        self.batch_spin.setAccessibleName(FIELDS["batch"].title)
        self.batch_spin.setFixedWidth(64)
        set_plain_tip(self.batch_spin, FIELDS["batch"].help)
        self.stop_button = _stop_button()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(STEP)
        row.addWidget(self.generate_button, 1)
        for widget in (self.batch_spin, self.stop_button):
            widget.setSizePolicy(widget.sizePolicy().horizontalPolicy(), _FILLING)
            row.addWidget(widget)
        self.generate_button.clicked.connect(session.generate)
        self.stop_button.clicked.connect(session.stop)
        self.batch_spin.valueChanged.connect(self._on_batch)
        form.form_changed.connect(self._on_form_changed)
        session.run_added.connect(self._on_runs_changed)
        session.run_ended.connect(self._on_runs_changed)
        session.progress_changed.connect(self._on_progress)
        self._on_form_changed(frozenset({"batch"}))

    @Slot(int)
    def _on_batch(self, count: int) -> None:
        self._form.edit(batch=count)

    @Slot(frozenset)
    def _on_form_changed(self, names: frozenset[str]) -> None:
        if "batch" in names:
            was_blocked = self.batch_spin.blockSignals(True)
            self.batch_spin.setValue(self._form.batch)
            self.batch_spin.blockSignals(was_blocked)

    @Slot(object)
    def _on_runs_changed(self, _run: object) -> None:
        self._refresh()

    @Slot(object)
    def _on_progress(self, _progress: Progress) -> None:
        self._refresh()

    def _refresh(self) -> None:
        self.stop_button.setEnabled(self._session.is_generating)


# Their keys are added by key_words.py.
GENERATE_TIP = "Make the picture. While one is being made, the new one waits in the queue."
STOP_TIP = "Stop this picture and the rest of its batch. Its steps stay in the strip."
_FILLING = QSizePolicy.Policy.Ignored  # as tall as the main button


def _generate_button() -> QPushButton:
    button = QPushButton("Generate   Ctrl+↵")
    button.setObjectName("generateButton")
    button.setProperty("role", "primary")
    button.setAccessibleName("Generate")
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    set_plain_tip(button, GENERATE_TIP)
    return button


def _stop_button() -> QPushButton:
    button = QPushButton("Stop")
    button.setObjectName("stopButton")
    button.setAccessibleName("Stop")
    set_icon(button, "stop")
    set_plain_tip(button, STOP_TIP)
    button.setEnabled(False)
    return button


class PromptPanel(QWidget):
    """Prompt and negative prompt of the form."""

    def __init__(
        self,
        form: Form,
        session: Session,
        tokens: TokenCounter,
        wording: Wording,
        messages: Messages,
    ) -> None:
        super().__init__()
        self.setObjectName("promptPanel")
        self._form = form
        self._messages = messages
        self._history_at = -1  # -1 = not in the history
        self._draft = ""
        self.prompt = PromptEdit("promptEdit", "Prompt", "Describe the picture…")
        self.negative = PromptEdit("negativePromptEdit", "Negative prompt", "What to leave out…")
        set_plain_tip(self.prompt, FIELDS["prompt"].help + " Alt+Up and Alt+Down: earlier prompts.")
        self._count = plain_label(role="muted")
        self._count.setObjectName("tokenCount")
        self._note = plain_label(role="muted")
        self._note.setObjectName("negativeNote")
        self._build(session)
        tokens.watch(form)
        tokens.counted.connect(self._on_counted)
        for edit in (self.prompt, self.negative):
            edit.history_wanted.connect(self._on_history)
            edit.edited.connect(Completing(edit, wording).look)
            edit.paste_cut.connect(self._on_paste_cut)
        self.prompt.edited.connect(self._on_prompt)
        self.negative.edited.connect(self._on_negative)
        form.form_changed.connect(self._on_form_changed)
        session.field_refused.connect(self._on_refused)
        self._show_form()

    def _build(self, session: Session) -> None:
        hint = plain_label("Alt+↑ history", role="muted")
        over, under = QHBoxLayout(), QHBoxLayout()
        over.addWidget(plain_label("NEGATIVE", role="heading"))
        over.addStretch(1)
        over.addWidget(self._note)
        under.addWidget(self._count)
        under.addStretch(1)
        under.addWidget(hint)
        upper, lower = QWidget(), QWidget()
        for part, items in (
            (upper, (self.prompt, under)),
            (lower, (over, self.negative)),
        ):
            column = QVBoxLayout(part)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(STEP)
            for item in items:
                column.addWidget(item) if isinstance(item, QWidget) else column.addLayout(item)
        self.prompt.setMinimumHeight(46)
        self.negative.setMinimumHeight(34)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(upper)
        split.addWidget(lower)
        split.setSizes([110, 60])
        split.setChildrenCollapsible(False)
        split.setHandleWidth(6)
        self.bar = GenerateBar(self._form, session)
        self.bar.batch_spin.corrected.connect(self._on_corrected)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, STEP, 3 * STEP, 2 * STEP)
        column.setSpacing(2 * STEP)
        column.addWidget(split, 1)
        column.addWidget(self.bar)

    def _show_form(self) -> None:
        request = self._form.request
        self.prompt.show_text(request.prompt)
        self.negative.show_text(request.negative_prompt)
        why = self._form.why_no_negative
        self.negative.setEnabled(not why)
        self._note.setText("off: CFG scale is 1" if why else "")
        set_plain_tip(self.negative, why or FIELDS["negative_prompt"].help)

    @Slot(frozenset)
    def _on_form_changed(self, names: frozenset[str]) -> None:
        if names & {"prompt", "negative_prompt", "guidance_scale", "model"}:
            self._show_form()

    @Slot(str)
    def _on_prompt(self, text: str) -> None:
        self._history_at = -1
        self._form.edit(prompt=text)

    @Slot(str)
    def _on_negative(self, text: str) -> None:
        self._form.edit(negative_prompt=text)

    @Slot(int)
    def _on_history(self, direction: int) -> None:
        history = self._form.prompt_history
        at = min(max(self._history_at + direction, -1), len(history) - 1)
        if at == self._history_at:
            return
        if self._history_at == -1:
            self._draft = self._form.request.prompt
        self._form.edit(prompt=self._draft if at == -1 else history[at])
        self._history_at = at

    @Slot(int, int)
    def _on_paste_cut(self, whole: int, kept: int) -> None:
        self._messages.warning(
            f"That text has {whole:,} characters; only the first {kept:,} were pasted.",
            f"A prompt may have {PROMPT_LIMIT:,}. The whole text is still where you copied it; "
            "Ctrl+Z takes the paste back.",
        )

    @Slot(str, str)
    def _on_corrected(self, what: str, hint: str) -> None:
        if what:
            self._messages.warning(what, hint)

    @Slot(object)
    def _on_counted(self, count: TokenCount) -> None:
        self._count.setText(count.text)
        set_plain_tip(self._count, count.help)
        set_role(self._count, "changed" if count.is_long else "muted")

    @Slot(str, str)
    def _on_refused(self, field: str, _words: str) -> None:
        edit = {"prompt": self.prompt, "negative_prompt": self.negative}.get(field)
        if edit is not None:
            edit.setFocus(Qt.FocusReason.OtherFocusReason)
