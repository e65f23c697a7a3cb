"""Fork here: which settings shall change from the chosen step on."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from studio.engine.request import PROMPT_LIMIT, SEED_MAX, STEPS_MAX, GenerationRequest
from studio.engine.sampler_table import SAMPLERS
from studio.engine.schedule_names import SCHEDULES
from studio.library.forks import guided_steps
from studio.ui.controls import STEP, Combo, DecimalSpin, Fold, Spin, row_of
from studio.ui.filmstrip.card import Card
from studio.ui.plain import plain_label, plain_tip, set_plain_tip
from studio.ui.theme import set_role

_OWN = -0.05  # below 0 a spin box of eta or noise shows "sampler's own"
_LINE = 32  # px, height of a field of one line
_FOLLOW = -1  # a noise seed of -1: go on with the take's own stream


class ForkCard(Card):
    """Collects changes; everything starts as the take has it, and what differs is marked.

    Signals:
        fork_wanted(dict): changed fields (see library.forks.fork_request); may be empty.
    """

    fork_wanted = Signal(dict)

    def __init__(self, host: QWidget) -> None:
        super().__init__("forkCard", "Fork", host, width=440)
        self._request = GenerationRequest()
        self._index = 0
        self._has_mask = False
        self._filled = ("", "")  # what the fields of prompts made of the take's own
        self._labels: dict[str, QLabel] = {}
        self._build_fields()
        self._lay_out()
        self._listen()
        self._hint = plain_label("", role="muted")
        self._hint.setWordWrap(True)
        self.button = QPushButton("Fork")
        self.button.setObjectName("forkButton")
        self.button.setProperty("role", "primary")
        self.button.clicked.connect(self._on_fork)
        reset = QPushButton("As it was")
        reset.setObjectName("forkReset")
        set_plain_tip(reset, "Put every setting back to what the take was made with.")
        reset.clicked.connect(self._fill)
        self.body.addWidget(self._hint)
        self.body.addLayout(row_of(reset, self.button))

    def _build_fields(self) -> None:
        self.prompt = self._text("forkPrompt", 62)
        self.negative = self._text("forkNegative", 40)
        self.scale = DecimalSpin("forkScale", 0, 100, 0.5)
        self.sampler, self.schedule = Combo("forkSampler"), Combo("forkSchedule")
        choices = [(self.sampler, name, kind.summary) for name, kind in SAMPLERS.items()]
        choices += [(self.schedule, name, words) for name, words in SCHEDULES.items()]
        for combo, name, words in choices:
            combo.addItem(name[:1].upper() + name[1:], name)
            combo.setItemData(combo.count() - 1, plain_tip(words), Qt.ItemDataRole.ToolTipRole)
        self.remaining = Spin("forkRemaining", 1, STEPS_MAX)
        self.start, self.end = Spin("forkStart", 1, STEPS_MAX), Spin("forkEnd", 1, STEPS_MAX)
        self._total = STEPS_MAX  # steps of the fork; CFG that acts to the end goes on doing so
        self.eta = DecimalSpin("forkEta", _OWN, 4, 0.05)
        self.noise = DecimalSpin("forkNoise", _OWN, 4, 0.05)
        for spin in (self.eta, self.noise):
            spin.setSpecialValueText("the sampler's own")
        self.seed = Spin("forkSeed", _FOLLOW, 2**31 - 1)
        self.seed.setSpecialValueText("as the take goes on")
        self.use_mask = QCheckBox("Repaint only what is masked on the canvas")
        self.use_mask.setObjectName("forkMask")

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(2 * STEP)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self._add(form, "prompt", "Prompt", self.prompt)
        self._add(form, "negative_prompt", "Negative", self.negative)
        self._add(form, "guidance_scale", "CFG scale", self.scale)
        self._add(form, "sampler", "Sampler", self.sampler)
        self._add(form, "steps", "Steps from here", self.remaining)
        self.body.addLayout(form)
        more = QWidget()
        grid = QFormLayout(more)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2 * STEP)
        span = QWidget()
        to = plain_label("to", role="muted")
        to.setAlignment(Qt.AlignmentFlag.AlignCenter)
        span.setLayout(row_of(self.start, to, self.end))
        self._add(grid, "guidance_start", "CFG acts on steps", span)
        self._add(grid, "schedule", "Schedule", self.schedule)
        self._add(grid, "eta", "Eta", self.eta)
        self._add(grid, "noise", "Fresh noise", self.noise)
        self._add(grid, "noise_seed", "Noise seed", self.seed)
        self._add(grid, "inpaint", "Mask", self.use_mask)
        self.body.addWidget(Fold("forkMore", "More", more))

    def _text(self, name: str, height: int) -> QPlainTextEdit:
        edit = QPlainTextEdit()
        edit.setObjectName(name)
        edit.setFixedHeight(height)
        edit.setTabChangesFocus(True)
        edit.installEventFilter(self)
        return edit

    def _add(self, form: QFormLayout, field: str, words: str, widget: QWidget) -> None:
        label = plain_label(words)
        label.setMinimumWidth(112)
        label.setMinimumHeight(min(widget.sizeHint().height(), _LINE))  # level with a field's text
        label.setBuddy(widget)
        self._labels[field] = label
        form.addRow(label, widget)

    def _listen(self) -> None:
        for edit in (self.prompt, self.negative):
            edit.textChanged.connect(self._refresh)
        for number in (self.scale, self.eta, self.noise):
            number.valueChanged.connect(self._refresh)
        self.remaining.valueChanged.connect(self._on_remaining)
        for whole in (self.start, self.end, self.seed):
            whole.valueChanged.connect(self._refresh)
        for combo in (self.sampler, self.schedule):
            combo.currentIndexChanged.connect(self._refresh)
        self.use_mask.toggled.connect(self._refresh)

    def offer(self, request: GenerationRequest, index: int, *, has_mask: bool) -> None:
        """Fill in a take's settings and the step (from 0) that the fork would leave from."""
        self._request, self._index, self._has_mask = request, index, has_mask
        self.heading.setText(f"Fork at step {index + 1}")
        self.button.setText(f"Fork at step {index + 1}")
        self._fill()

    @Slot()
    def _fill(self) -> None:
        r = self._request
        self.prompt.setPlainText(r.prompt[:PROMPT_LIMIT])
        self.negative.setPlainText(r.negative_prompt[:PROMPT_LIMIT])
        self._filled = self.prompt.toPlainText(), self.negative.toPlainText()
        self.scale.setValue(r.guidance_scale)
        self.sampler.select(r.sampler)
        self.schedule.select(r.schedule)
        self.remaining.setRange(1, STEPS_MAX - self._index)
        self.remaining.setValue(r.steps - self._index)
        self._show_span(r.steps)
        self.eta.setValue(_OWN if r.eta is None else min(r.eta, 4.0))
        self.noise.setValue(_OWN if r.noise is None else r.noise)
        self.seed.setValue(_FOLLOW)
        self.use_mask.setChecked(False)
        self.use_mask.setEnabled(self._has_mask)
        self._refresh()

    def changes(self) -> dict[str, Any]:
        """The settings that differ from the take's."""
        r, total = self._request, self._index + self.remaining.value()
        new: dict[str, Any] = {
            "prompt": self._words(0), "negative_prompt": self._words(1),
            "guidance_scale": self._scale(), "sampler": self.sampler.currentData(),
            "schedule": self.schedule.currentData(), "steps": total,
            "eta": self._own(self.eta, r.eta), "noise": self._own(self.noise, r.noise),
        }  # fmt: skip
        old = {
            "prompt": r.prompt, "negative_prompt": r.negative_prompt,
            "guidance_scale": r.guidance_scale, "sampler": r.sampler,
            "schedule": r.schedule, "steps": r.steps, "eta": r.eta, "noise": r.noise,
        }  # fmt: skip
        changed = {field: value for field, value in new.items() if value != old[field]}
        changed |= self._span(total)
        if self.seed.value() != _FOLLOW:
            changed["noise_seed"] = min(self.seed.value(), SEED_MAX)
        if self.use_mask.isChecked():
            changed["inpaint"] = True  # the window puts the canvas's mask here
        return changed

    def _words(self, at: int) -> str:
        """What stands in a field of a prompt: the take's own, to the last character, if untouched.

        Qt's fields turn some characters into others: hard spaces, foreign line ends.
        """
        typed = (self.prompt, self.negative)[at].toPlainText()
        own = (self._request.prompt, self._request.negative_prompt)[at]
        return own if typed == self._filled[at] else typed

    def _scale(self) -> float:
        """The CFG scale: the take's own, with all its digits, while the field still says so."""
        shown, own = self.scale.value(), self._request.guidance_scale
        return own if abs(shown - own) <= 0.5 * 10 ** -self.scale.decimals() + 1e-9 else shown

    def _own(self, spin: DecimalSpin, before: float | None) -> float | None:
        if spin.value() < 0:
            return None
        if before is not None and abs(spin.value() - min(before, 4.0)) < 0.004:
            return before
        return spin.value()

    def _span_of(self, total: int) -> tuple[int, int]:
        """The take's own span of CFG in a run of `total` steps: first and last, from 1."""
        r = self._request
        first, last = guided_steps(r.guidance_start, r.guidance_end, total)
        return min(first, total), max(1, last)  # as the fields say it where none is guided

    def _show_span(self, total: int) -> None:
        self._total = total
        for spin, at in zip((self.start, self.end), self._span_of(total), strict=True):
            spin.setRange(1, total)
            spin.setValue(at)

    def _span(self, total: int) -> dict[str, float]:
        """CFG acts from step a to step b: as fractions of the new run, where they differ."""
        now = (self.start.value(), self.end.value())
        if now == self._span_of(total):
            return {}
        return {
            "guidance_start": min(1.0, (now[0] - 1) / total),
            "guidance_end": 1.0 if now[1] >= total else max(0.0, now[1] / total),
        }

    @Slot()
    def _on_remaining(self) -> None:
        """With other steps the take's own span keeps its share; one that was chosen stays."""
        total = self._index + self.remaining.value()
        if (self.start.value(), self.end.value()) == self._span_of(self._total):
            self._show_span(total)
        else:
            self._total = total
            self.start.setMaximum(total)
            self.end.setMaximum(total)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        changed = self.changes()
        for field, label in self._labels.items():
            is_changed = field in changed or (
                field == "guidance_start" and "guidance_end" in changed
            )
            set_role(label, "changed" if is_changed else "")
        sampler = SAMPLERS.get(str(self.sampler.currentData()))
        if not changed:
            self._hint.setText("Nothing is changed yet: the fork would give the same picture.")
        elif "sampler" in changed and sampler is not None:
            self._hint.setText(sampler.summary)
        else:
            self._hint.setText(_kept(self._index))

    @Slot()
    def _on_fork(self) -> None:
        self.fork_wanted.emit(self.changes())

    def is_own_key(self, event: QKeyEvent) -> bool:
        """Ctrl+Enter forks here; in the window it would make another picture."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        is_fork = is_enter and modifiers == Qt.KeyboardModifier.ControlModifier
        return is_fork or super().is_own_key(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter forks, Esc closes."""
        if self.is_own_key(event) and event.key() != Qt.Key.Key_Escape:
            self._on_fork()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The text fields leave these keys to the card, as every other field does by itself."""
        is_press = event.type() == QEvent.Type.KeyPress
        if is_press and isinstance(event, QKeyEvent) and self.is_own_key(event):
            self.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)


def _kept(count: int) -> str:
    """What of the take is not made again: its first `count` steps."""
    if count == 0:
        return "From the first step on: only the noise it begins with stays."
    return "Step 1 stays as it is." if count == 1 else f"Steps 1 to {count} stay as they are."
