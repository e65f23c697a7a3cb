"""The settings: six rows for everybody, the rest under Advanced."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from studio.engine.request import SEED_MAX, STEPS_MAX
from studio.engine.sampler_table import SAMPLERS
from studio.engine.schedule_names import SCHEDULES
from studio.state.form import Form
from studio.state.session import Session
from studio.state.settings import Settings
from studio.ui.controls import STEP, DecimalSpin, Fold, Spin, row_of
from studio.ui.plain import plain_label, set_plain_tip
from studio.ui.rows import ChoiceRow, NumberRow, Row
from studio.ui.seed_row import SeedRow
from studio.ui.size_row import SizeRow

ROW_GAP = 6  # px; all everyday settings are seen at 1280×800 without scrolling


class IntervalRow(Row):
    """From which to which part of the run guidance acts, in percent."""

    def __init__(self, form: Form) -> None:
        super().__init__(form, "guidance", ("guidance_start", "guidance_end"))
        self.begin = Spin("guidanceStartSpin", 0, 100, 5)
        self.end = Spin("guidanceEndSpin", 0, 100, 5)
        for spin, word in ((self.begin, "from"), (self.end, "until")):
            spin.setSuffix(" %")
            self.describe(spin, word)
            spin.valueChanged.connect(self._on_number)
        dash = plain_label("to", role="muted")
        dash.setFixedWidth(16)
        self.put(row_of(self.begin, dash, self.end, spacing=STEP))

    def show_value(self) -> None:
        """Show both ends."""
        request = self.form.request
        pairs = ((self.begin, request.guidance_start), (self.end, request.guidance_end))
        for spin, value in pairs:
            was_blocked = spin.blockSignals(True)
            spin.setValue(round(100 * value))
            spin.blockSignals(was_blocked)

    @Slot(int)
    def _on_number(self, _value: int) -> None:
        self.form.edit(guidance_start=self.begin.value() / 100, guidance_end=self.end.value() / 100)


class VariationSeedRow(Row):
    """The second seed."""

    def __init__(self, form: Form) -> None:
        super().__init__(form, "variation_seed", ("variation_seed",))
        self.spin = DecimalSpin("variationSeedSpin", 0, SEED_MAX, 1.0, decimals=0)
        self.describe(self.spin)
        self.put(self.spin)
        self.spin.valueChanged.connect(self._on_number)

    def show_value(self) -> None:
        """Show the seed."""
        was_blocked = self.spin.blockSignals(True)
        self.spin.setValue(self.form.request.variation_seed)
        self.spin.blockSignals(was_blocked)

    @Slot(float)
    def _on_number(self, value: float) -> None:
        self.form.edit(variation_seed=int(value))


class NoiseRow(NumberRow):
    """The weight of the fresh noise, and a way to see what it does.

    Signals:
        lesson_asked(): show it.
    """

    lesson_asked = Signal()

    def __init__(self, form: Form, step: float) -> None:
        spin = DecimalSpin("noiseSpin", -step, 2, step)
        super().__init__(form, "noise", spin, (-step, 1.5), auto="auto")
        button = QPushButton("See what it is for")
        button.setObjectName("noiseLesson")
        button.setProperty("role", "flat")
        set_plain_tip(button, "Makes two pictures of one seed, with fresh noise and without it, "
                              "and puts their strips side by side.")  # fmt: skip
        button.clicked.connect(self.lesson_asked)
        self.put_below(button)


class ParameterPanel(QScrollArea):
    """All settings of the form but the words, in rows; scrolls when there is little room."""

    def __init__(self, form: Form, session: Session, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("parameterPanel")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Tab goes to the fields
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._form = form
        self._settings = settings
        self.rows: list[Row] = [*_basic_rows(form, session, settings)]
        advanced, rows = _advanced(form)
        self._fold = Fold("advancedFold", "Advanced: eta, noise, rescale, variation", advanced)
        self._fold.set_open(settings.get("advanced_open"))
        self._fold.opened.connect(self._on_fold)
        page = QWidget()
        page.setProperty("role", "page")
        column = QVBoxLayout(page)
        column.setContentsMargins(3 * STEP, 0, 3 * STEP, STEP)
        column.setSpacing(ROW_GAP)
        for row in self.rows:
            column.addWidget(row)
        column.addWidget(self._fold)
        column.addStretch(1)
        self.setWidget(page)
        self.rows += rows
        for row in rows:
            if isinstance(row, NoiseRow):
                row.lesson_asked.connect(session.lesson_asked)
        form.form_changed.connect(self._on_form_changed)
        form.defaults_changed.connect(self._on_defaults_changed)
        session.field_refused.connect(self._on_refused)
        self._on_defaults_changed()

    @Slot(frozenset)
    def _on_form_changed(self, names: frozenset[str]) -> None:
        for row in self.rows:
            if names.intersection(row.fields):
                row.refuse("")
                row.refresh()

    @Slot()
    def _on_defaults_changed(self) -> None:
        for row in self.rows:
            row.refresh()

    @Slot(str, str)
    def _on_refused(self, field: str, words: str) -> None:
        for row in self.rows:
            if field in row.fields:
                row.refuse(words)
                self.ensureWidgetVisible(row)

    @Slot(bool)
    def _on_fold(self, is_open: bool) -> None:
        self._settings.set("advanced_open", is_open)


def _basic_rows(form: Form, session: Session, settings: Settings) -> list[Row]:
    samplers = {name: sampler.summary for name, sampler in SAMPLERS.items()}
    return [
        ChoiceRow(form, "sampler", "samplerCombo", samplers),
        ChoiceRow(form, "schedule", "scheduleCombo", SCHEDULES),
        NumberRow(form, "steps", Spin("stepsSpin", 1, STEPS_MAX), (1, 60)),
        NumberRow(form, "guidance_scale", DecimalSpin("guidanceSpin", 0, 100, 0.5), (1, 15)),
        SeedRow(form, session),
        SizeRow(form, settings),
    ]


def _advanced(form: Form) -> tuple[QWidget, list[Row]]:
    step = 0.05
    rows: list[Row] = [
        NumberRow(form, "eta", DecimalSpin("etaSpin", -step, 2, step), (-step, 1), auto="auto"),
        NoiseRow(form, step),
        NumberRow(form, "guidance_rescale", DecimalSpin("rescaleSpin", 0, 1, step), (0, 1)),
        IntervalRow(form),
        VariationSeedRow(form),
        NumberRow(form, "variation_strength", DecimalSpin("variationSpin", 0, 1, step), (0, 1)),
    ]  # fmt: skip
    body = QWidget()
    column = QVBoxLayout(body)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2 * STEP)
    for row in rows:
        column.addWidget(row)
    return body, rows
