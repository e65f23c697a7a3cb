"""The page of samplers compared: strips side by side, each noise level in its own column."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QCheckBox

from studio.state.lab.samplers_room import (
    COLUMNS_MOST,
    LANES,
    RECIPES,
    SamplersRoom,
    Strip,
    levels_shown,
)
from studio.ui.controls import Combo
from studio.ui.lab.parts import Controls, PictureTable, button, labelled, side_by_side, write
from studio.ui.plain import set_plain_tip

LABEL, HEAD = 172.0, 46.0  # px, of the names on the left and of the levels above
CELL, GAP = 58.0, 5.0  # px, the wished size of a picture, and between two
REPEATED = 0.3  # opacity of a step that lasts over several columns


class SamplersView(PictureTable):
    """A row for each recipe; columns are noise levels, the last is the picture."""

    def __init__(self, room: SamplersRoom) -> None:
        super().__init__("labSamplersView", "Strips of several samplers; click opens a take")
        self._room = room
        self._rows: list[QRectF] = []
        room.strips_changed.connect(self.update)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many noise levels as there is room for."""
        super().resizeEvent(event)
        room = (self.width() - LABEL) // (CELL + GAP) - 1
        self._room.set_columns(int(min(max(room, 3), COLUMNS_MOST)))

    def draw(self, painter: QPainter) -> None:
        """Headings, then the rows."""
        strips = self._room.strips
        if not strips:
            self.say(painter, "The prompt and seed of the Generate workspace, made again by "
                              "several samplers. Choose some on the right, and press "
                              "Compare.")  # fmt: skip
            return
        count = self._room.columns
        side = min((self.width() - LABEL - 2 * GAP) / (count + 1) - GAP,
                   (self.height() - HEAD) / len(strips) - GAP)  # fmt: skip
        row_height = min((self.height() - HEAD) / len(strips), side + 3 * GAP)
        middle = Qt.AlignmentFlag.AlignHCenter
        write(painter, QRectF(LABEL, 0, 300, 18), "noise level, from noise to picture", "muted",
              size=11)  # fmt: skip
        for column, level in enumerate(levels_shown(count)):
            box = QRectF(LABEL + column * (side + GAP), 20, side, 18)
            write(painter, box, f"t = {level / 1000:.2f}", "muted", size=11, align=middle)
        x = LABEL + count * (side + GAP) + GAP
        write(painter, QRectF(x, 20, side, 18), "picture", size=11, align=middle)
        self._rows = []
        for row, strip in enumerate(strips):
            top = HEAD + row * row_height
            self._rows.append(QRectF(0, top, self.width(), side))
            self._draw_label(painter, strip, top, side)
            self._draw_strip(painter, strip, top, (side, count))

    def _draw_label(self, painter: QPainter, strip: Strip, top: float, side: float) -> None:
        numbers = self._room.numbers(strip)
        lines = [(strip.recipe.title, "text", 12), (f"{strip.recipe.steps} steps", "muted", 11)]
        if strip.picture is not None:
            lines[1] = (f"{strip.recipe.steps} steps, {strip.seconds:.1f} s", "muted", 11)
        if strip.has_failed:
            lines.append(("stopped", "minus", 11))
        elif numbers is not None and strip is self._room.reference:
            lines.append(("the others' measure", "muted", 11))
        elif numbers is not None:
            words = f"detail {numbers[0]:.0%}, differs {numbers[1]:.1%}"
            lines.append((words, "text", 11))
        y = top + max((side - 16 * len(lines)) / 2, 0)
        for at, (words, token, size) in enumerate(lines):
            box = QRectF(8, y + 16 * at, LABEL - 16, 16)
            write(painter, box, words, token, size=size, is_bold=at == 0)

    def _draw_strip(
        self, painter: QPainter, strip: Strip, top: float, measures: tuple[float, int]
    ) -> None:
        (side, count), last = measures, -1
        for column, level in enumerate(levels_shown(count)):
            box = QRectF(LABEL + column * (side + GAP), top, side, side)
            frame = strip.frame_at(level)
            if frame is None:
                self.picture(painter, box, None)
                continue
            painter.setOpacity(REPEATED if frame.index == last else 1.0)
            words = f"{strip.recipe.title}, step {frame.index + 1} of {frame.total}"
            self.picture(painter, box, strip.shown(frame, self._room.lane), words)
            painter.setOpacity(1.0)
            last = frame.index
        box = QRectF(LABEL + count * (side + GAP) + GAP, top, side, side)
        self.picture(painter, box, strip.picture, f"{strip.recipe.title}, {strip.recipe.steps} "
                                                  "steps: click to open its take")  # fmt: skip

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the take of the row."""
        for at, box in enumerate(self._rows):
            if box.contains(event.position()):
                self._room.open(at)


class SamplersControls(Controls):
    """Which samplers, which lane, and what to look for."""

    def __init__(self, room: SamplersRoom) -> None:
        super().__init__("labSamplersControls")
        self._room = room
        self._checks: list[QCheckBox] = []
        for at, recipe in enumerate(RECIPES):
            check = QCheckBox(f"{recipe.title}, {recipe.steps} steps")
            check.setObjectName(f"labSampler{at}")
            check.setProperty("recipeAt", at)
            set_plain_tip(check, f"{recipe.sampler}: {recipe.words}.")
            check.clicked.connect(self._on_checked)
            self._checks.append(check)
            self.column.addWidget(check)
        self._no_flow = self.muted("This model was not taught flow matching. On the plane you can "
                                   "see it: Sample, Process.")  # fmt: skip
        self._words = Combo("labSamplersWords")
        self._words.addItems(["The prompt of Generate", "No words"])
        self._words.activated.connect(self._on_words)
        self.column.addWidget(labelled("Words", "A strict prompt leaves little to chance. Without "
                                       "words the samplers part most clearly.",
                                       self._words))  # fmt: skip
        self._lane = Combo("labSamplersLane")
        self._lane.addItem("The model's guess", LANES[0])
        self._lane.addItem("The noisy picture", LANES[1])
        self._lane.activated.connect(self._on_lane)
        words = ("At each noise level: what the model takes the picture to be, or what it is "
                 "given.")  # fmt: skip
        self.column.addWidget(labelled("Strips show", words, self._lane))
        self._start = button("Compare", "labSamplersStart", room.start, role="primary")
        self._stop = button("Stop", "labSamplersStop", room.stop, icon="stop")
        self.column.addLayout(side_by_side(self._start, self._stop))
        self.heading("WHAT TO LOOK FOR")
        self.muted("All begin with the same noise. DDPM adds more on the way, and so ends "
                   "elsewhere. With that noise removed it ends in a smooth mean of many pictures: "
                   "see how little detail is left.")  # fmt: skip
        self.muted("DDIM with 20 steps is nearly that with 200. Where few steps are taken, one "
                   "guess lasts over several levels: it is repeated, pale.")  # fmt: skip
        self.muted("The stricter the words, the less is left to chance, and the less the samplers "
                   "differ. Try it with no words.")  # fmt: skip
        room.strips_changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the room."""
        for check, recipe in zip(self._checks, RECIPES, strict=True):
            at = int(check.property("recipeAt"))
            check.setEnabled(self._room.can_run(recipe))
            check.setChecked(at in self._room.chosen and self._room.can_run(recipe))
        self._no_flow.setVisible(not self._room.is_flow)
        self._lane.select(self._room.lane)
        self._words.setCurrentIndex(0 if self._room.has_words else 1)
        self._stop.setEnabled(self._room.is_running)

    @Slot()
    def _on_checked(self) -> None:
        check = self.sender()
        if isinstance(check, QCheckBox):
            self._room.choose(int(check.property("recipeAt")), is_chosen=check.isChecked())

    @Slot(int)
    def _on_words(self, at: int) -> None:
        self._room.set_words(has_words=at == 0)

    @Slot()
    def _on_lane(self) -> None:
        self._room.set_lane(self._lane.currentData())
