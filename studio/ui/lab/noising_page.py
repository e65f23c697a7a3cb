"""The page that noises a picture: a row for each amount, from the noised picture to the result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFileDialog

from studio.engine.request import Pixels
from studio.library.images import SUFFIXES
from studio.state.lab.noising_room import NoisingRoom, Trial
from studio.ui import theme
from studio.ui.controls import STEP, Combo, DecimalSpin, Slider, Spin
from studio.ui.lab.parts import (
    Controls,
    PictureTable,
    button,
    labelled,
    side_by_side,
    write,
)

COLUMNS = (("The picture", ""), ("with noise", "what the model sees"),
           ("one guess", "its best answer"), ("many steps", "little by little"),
           ("what changed", "amber is invented"))  # fmt: skip
NAMES = {0.25: "A little noise", 0.75: "Much noise", 1.0: "Noise alone"}
HEAD, FOOT = 44.0, 24.0  # px, of the headings above and of the words below each row


def change_picture(original: Pixels, trial: Trial) -> Pixels | None:
    """The original in grey, amber where the result differs; None before there is a result."""
    change = trial.change(original)
    if change is None:
        return None
    grey = original[..., :3].astype(np.float32).mean(axis=2, keepdims=True) * 0.5 + 40
    amber = theme.color("accent")
    ink = np.array([amber.red(), amber.green(), amber.blue()], np.float32)
    share = np.clip(change * 2.5, 0, 1)[..., None]
    return np.asarray(np.round(grey + share * (ink - grey)), dtype=np.uint8)


class NoisingView(PictureTable):
    """A row of five pictures for each amount of noise."""

    def __init__(self, room: NoisingRoom) -> None:
        super().__init__("labNoisingView", "The picture, noised, guessed once, and in many steps")
        self._room = room
        room.trials_changed.connect(self.update)

    def draw(self, painter: QPainter) -> None:
        """Headings, then the rows."""
        if self._room.original is None:
            self.say(painter, "Take the newest picture that you have made, or open one. The model "
                              "then sees it through more and more noise.")  # fmt: skip
            return
        trials = self._room.trials or [Trial(strength) for strength in self._room.strengths]
        count, gap = len(COLUMNS), 2 * STEP
        side = min((self.width() - (count + 1) * gap) / count,
                   (self.height() - HEAD) / len(trials) - FOOT)  # fmt: skip
        left = (self.width() - count * (side + gap) + gap) / 2
        middle = Qt.AlignmentFlag.AlignHCenter
        for column, (title, words) in enumerate(COLUMNS):
            x = left + column * (side + gap)
            write(painter, QRectF(x, 4, side, 20), title, align=middle)
            write(painter, QRectF(x, 22, side, 18), words, "muted", size=10, align=middle)
        for row, trial in enumerate(trials):
            self._draw_row(painter, trial, (left, HEAD + row * (side + FOOT)), side)

    def _draw_row(self, painter: QPainter, trial: Trial, place: tuple[float, float],
                  side: float) -> None:  # fmt: skip
        original = self._room.original
        assert original is not None
        (left, top), gap = place, 2 * STEP
        pictures = (original, trial.noisy, trial.guess, trial.result,
                    change_picture(original, trial))  # fmt: skip
        for column, pixels in enumerate(pictures):
            box = QRectF(left + column * (side + gap), top, side, side)
            self.picture(painter, box, pixels, COLUMNS[column][0])
        name = NAMES.get(trial.strength, "Your amount")
        kept = trial.kept(original)
        words = "stopped" if trial.has_failed else ""
        if kept is not None:
            words = f"{kept:.0%} of the pixels kept, {1 - kept:.0%} invented"
        wide = 2 * (side + gap)
        write(painter, QRectF(left, top + side, wide, FOOT), f"{name}, t = {trial.strength:g}")
        write(painter, QRectF(left + 2 * (side + gap), top + side, 3 * side + 2 * gap, FOOT), words,
              "muted", align=Qt.AlignmentFlag.AlignRight)  # fmt: skip


class NoisingControls(Controls):
    """The picture, the amount, the words. newest: the newest picture of the history, or None."""

    def __init__(self, room: NoisingRoom, newest: Callable[[], Path | None]) -> None:
        super().__init__("labNoisingControls")
        self._room, self._newest = room, newest
        self.column.addLayout(side_by_side(
            button("Newest picture", "labNoisingNewest", self.take_newest, icon="history",
                   tip="The newest picture that you have made."),
            button("Open…", "labNoisingOpen", self.open, icon="open",
                   tip="A picture from your disk."),
        ))  # fmt: skip
        self._slider, self._spin = Slider("labNoisingSlider", 5, 100), DecimalSpin(
            "labNoisingSpin", 0.05, 1.0, 0.05)  # fmt: skip
        self._slider.valueChanged.connect(self._on_slid)
        self._spin.valueChanged.connect(self._on_typed)
        self._words, self._seed = Combo("labNoisingWords"), Spin("labNoisingSeed", 0, 999_999)
        self._words.addItems(["No words", "The prompt of Generate"])
        self._words.activated.connect(self._on_words)
        self._seed.valueChanged.connect(self._on_seed)
        for row in (
            labelled("Your amount", "One more amount of noise, beside a little, much and noise "
                     "alone: t from 0.05 to 1.", self._slider, self._spin),
            labelled("Words", "Without words one sees what the model believes by itself; with the "
                     "prompt, what the words add.", self._words),
            labelled("Noise seed", "Which noise is added. Another noise, another invention.",
                     self._seed),
        ):  # fmt: skip
            self.column.addWidget(row)
        self._start = button("Noise it and guess", "labNoisingStart", self.start, role="primary")
        self._stop = button("Stop", "labNoisingStop", room.stop, icon="stop")
        self.column.addLayout(side_by_side(self._start, self._stop))
        self.heading("WHAT TO LOOK FOR")
        self.muted("One guess is blurred: it is the mean of all pictures that could lie under the "
                   "noise. Many steps decide, little by little, for one of them.")  # fmt: skip
        self.muted("The more noise, the fewer shapes survive it. From noise alone nothing of your "
                   "picture is left, and everything is invented.")  # fmt: skip
        room.trials_changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the room's settings, and enable what can be done."""
        shown = ((self._slider, round(100 * self._room.own)), (self._spin, self._room.own),
                 (self._seed, self._room.seed))  # fmt: skip
        for control, value in shown:
            control.blockSignals(True)
            control.setValue(value)  # type: ignore[arg-type]
            control.blockSignals(False)
        self._words.setCurrentIndex(int(self._room.has_words))
        self._start.setEnabled(self._room.original is not None)
        self._stop.setEnabled(self._room.is_running)

    @Slot(int)
    def _on_slid(self, value: int) -> None:
        self._room.edit(own=value / 100)

    @Slot(float)
    def _on_typed(self, value: float) -> None:
        self._room.edit(own=value)

    @Slot(int)
    def _on_words(self, at: int) -> None:
        self._room.edit(has_words=at == 1)

    @Slot(int)
    def _on_seed(self, value: int) -> None:
        self._room.edit(seed=value)

    @Slot()
    def take_newest(self) -> None:
        """Take the newest picture of the history."""
        path = self._newest()
        if path is None:
            self._room.say_empty()
        else:
            self._room.choose(path)

    @Slot()
    def open(self) -> None:
        """Ask for a file."""
        kinds = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
        name, _ = QFileDialog.getOpenFileName(self, "Open a picture", "", f"Pictures ({kinds})")
        if name:
            self._room.choose(Path(name))

    @Slot()
    def start(self) -> None:
        """Queue the trials."""
        self._room.start()
