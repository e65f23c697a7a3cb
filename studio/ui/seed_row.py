"""The seed: a number, or random; dice, lock and reuse."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QValidator

from studio.engine.request import SEED_MAX
from studio.state.form import RANDOM, Form
from studio.state.session import Run, Session
from studio.ui.controls import STEP, DecimalSpin, IconButton, row_of
from studio.ui.plain import set_plain_tip
from studio.ui.rows import Row
from studio.ui.theme import set_icon


class SeedSpin(DecimalSpin):
    """A seed: RANDOM (-1) or 0 .. 2^32 - 1, which is more than a QSpinBox can hold."""

    def __init__(self) -> None:
        super().__init__("seedSpin", RANDOM, SEED_MAX, 1.0, decimals=0)
        self.setGroupSeparatorShown(False)
        self.setSpecialValueText("Random")

    def value(self) -> int:
        """The seed as a whole number."""
        return int(super().value())

    def validate(self, text: str, at: int) -> tuple[QValidator.State, str, int]:
        """Take pasted seeds with spaces or separators in them."""
        if text == self.specialValueText():
            return (QValidator.State.Acceptable, text, at)
        bare = "".join(c for c in text if c not in " ,\u202f\u00a0'_")
        if bare != text and (bare.isdigit() or bare in ("", "-1")):
            return (QValidator.State.Acceptable, bare, min(at, len(bare)))
        return super().validate(text, at)


class SeedRow(Row):
    """Seed with dice (random again), reuse (the last run's) and lock (keep it)."""

    def __init__(self, form: Form, session: Session) -> None:
        super().__init__(form, "seed", ("seed",))
        self._session = session
        self.spin = SeedSpin()
        self.describe(self.spin)
        self.dice = IconButton("seedDiceButton", "dice", "Random seed. A new one for each run.")
        self.reuse = IconButton("seedReuseButton", "reuse", "Reuse the last seed.")
        self.lock = IconButton(
            "seedLockButton", "unlock", "Keep this seed. The next runs start from the same noise."
        )
        self.lock.setCheckable(True)
        for button in (self.dice, self.reuse, self.lock):
            button.setFixedSize(26, 26)
        self.put(row_of(self.spin, self.dice, self.reuse, self.lock, spacing=STEP // 2))
        self.spin.valueChanged.connect(self._on_number)
        self.dice.clicked.connect(self._on_dice)
        self.reuse.clicked.connect(self._on_reuse)
        self.lock.clicked.connect(self._on_lock)
        session.run_began.connect(self._on_run_began)

    def show_value(self) -> None:
        """Show the seed; the lock is closed while it is a fixed one."""
        seed = self.form.request.seed
        is_fixed = seed != RANDOM
        last = self._session.last_seed
        words = "" if last == RANDOM else f" It was {last}."
        set_plain_tip(self.reuse, f"Reuse the last seed.{words}")
        was_blocked = self.spin.blockSignals(True)
        self.spin.setValue(seed)
        self.spin.blockSignals(was_blocked)
        self.lock.setChecked(is_fixed)
        set_icon(self.lock, "lock" if is_fixed else "unlock", "accent_ink" if is_fixed else "text")
        self.reuse.setEnabled(last not in (RANDOM, seed))

    @Slot(float)
    def _on_number(self, _value: float) -> None:
        self.form.edit(seed=self.spin.value())

    @Slot()
    def _on_dice(self) -> None:
        self.form.edit(seed=RANDOM)

    @Slot()
    def _on_reuse(self) -> None:
        self.form.edit(seed=self._session.last_seed)

    @Slot()
    def _on_lock(self) -> None:
        if self.lock.isChecked():
            last = self._session.last_seed
            self.form.edit(seed=0 if last == RANDOM else last)
        else:
            self.form.edit(seed=RANDOM)
        self.show_value()

    @Slot(object)
    def _on_run_began(self, _run: Run) -> None:
        self.refresh()
