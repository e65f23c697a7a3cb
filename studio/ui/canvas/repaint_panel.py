"""The Repaint panel: what is repainted, how strongly, and from what the model starts."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from studio.state.canvas.options import InpaintOptions
from studio.state.canvas.room import CanvasRoom
from studio.ui.canvas.controls import ChoiceRow, NumberRow
from studio.ui.controls import STEP, Fold, row_of
from studio.ui.plain import set_plain_tip
from studio.ui.rows import muted
from studio.ui.theme import set_icon

_MODES = {
    "mask": ("Masked part", "Repaint what is masked; every other pixel stays as it is."),
    "picture": ("Whole picture", "Image to image: the whole picture is the starting point."),
}
_AREAS = {
    "around": ("Around it", "The model sees the mask and its surroundings, enlarged to its own "
               "size: more detail."),
    "whole": ("All of it", "The model sees the whole picture: better when the place matters."),
}  # fmt: skip
_FILLS = {
    "original": ("As is", "Start from what is there, with your paint."),
    "blur": ("Blur", "Start from the blurred surroundings: to make something disappear."),
    "noise": ("Noise", "Start from noise: to get something new."),
}
_FILL_WORDS = (
    "What lies under the mask when the model begins. It matters while the strength is below 100 %."
)
_OVERLAP_WORDS = (
    "When the picture is extended: how much of the old edge is repainted so that no seam is seen. "
    "0 keeps every pixel."
)
_DEFAULTS = InpaintOptions()


class RepaintPanel(QScrollArea):
    """Shows and changes the options of a CanvasRoom.

    Signals:
        fork_wanted(): go on from the strip's step with the mask as it is now.
    """

    fork_wanted = Signal()

    def __init__(self, room: CanvasRoom) -> None:
        super().__init__()
        self.setObjectName("repaintPanel")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._room = room
        self._build_rows()
        self._build_buttons()
        self._lay_out()
        self._mode.chosen.connect(self._on_mode)
        self._area.chosen.connect(self._on_area)
        self._fill.chosen.connect(self._on_fill)
        for row in (self._strength, self._feather, self._overlap):
            row.value_changed.connect(self._on_number)
        for box in (self._soft, self._match):
            box.toggled.connect(self._on_number)
        room.options_changed.connect(self._refresh)
        room.document.stepped.connect(self._refresh_words)
        room.document.document_replaced.connect(self._refresh_words)
        room.frame.frame_changed.connect(self._refresh_words)
        room.tools.tool_changed.connect(self._refresh_words)
        self._refresh()

    def _build_rows(self) -> None:
        self._mode = ChoiceRow("repaintMode", "", _MODES, "What Generate repaints while you are "
                               "in this workspace.")  # fmt: skip
        self._strength = NumberRow(
            "repaintStrength", "Strength", 0, 100, round(_DEFAULTS.strength * 100), unit="%",
            words="How much may change. Low keeps shapes and colours, 100 % ignores what was "
            "there (denoising strength). The masked part and the whole picture have one each.",
        )  # fmt: skip
        self._area = ChoiceRow("repaintArea", "Look at", _AREAS, "How much of the picture the "
                               "model sees. The dashed frame shows it; drag it with the Frame "
                               "tool (C).")  # fmt: skip
        self._fill = ChoiceRow("repaintFill", "Start from", _FILLS, _FILL_WORDS)
        self._feather = NumberRow("repaintFeather", "Feather", 0, 64, _DEFAULTS.feather, unit="px",
                                  words="How softly the new part is laid over the old one, "
                                  "measured inwards from the mask's edge.")  # fmt: skip
        self._overlap = NumberRow("repaintOverlap", "Overlap", 0, 128, _DEFAULTS.overlap, unit="px",
                                  words=_OVERLAP_WORDS)  # fmt: skip
        self._soft = QCheckBox("Soft mask")
        self._soft.setObjectName("repaintSoft")
        set_plain_tip(self._soft, "Half-masked pixels change less: they are opened later in the "
                      "run (differential diffusion). Off: a pixel is masked or not.")  # fmt: skip
        self._match = QCheckBox("Match colours")
        self._match.setObjectName("repaintMatch")
        set_plain_tip(self._match, "Take the model's colour shift out of the new part, as measured "
                      "on the old one and along the mask's edge: no seam is seen.")  # fmt: skip

    def _build_buttons(self) -> None:
        self._words = muted()
        self._fork = QPushButton("Fork the step with this mask")
        self._fork.setObjectName("forkWithMask")
        set_icon(self._fork, "fork")
        set_plain_tip(self._fork, "Take the step under the strip's scrubber, and finish it with "
                      "the mask as it is painted now.")  # fmt: skip
        self._fork.clicked.connect(self.fork_wanted)
        self._vary = QPushButton("Four variations")
        self._vary.setObjectName("varyButton")
        set_icon(self._vary, "variations")
        set_plain_tip(self._vary, "Image to image with four other seeds, at the strength of Whole "
                      "picture.")  # fmt: skip
        self._vary.clicked.connect(self._room.vary)

    def _lay_out(self) -> None:
        body = QWidget()
        body.setProperty("role", "page")
        column = QVBoxLayout(body)
        column.setContentsMargins(3 * STEP, STEP, 3 * STEP, 3 * STEP)
        column.setSpacing(2 * STEP)
        more = QWidget()
        inner = QVBoxLayout(more)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(2 * STEP)
        for row in (self._feather, self._overlap):
            inner.addWidget(row)
        inner.addLayout(row_of(self._soft, self._match))
        inner.addWidget(self._vary)
        inner.addWidget(self._fork)
        column.addWidget(self._mode)
        column.addWidget(self._words)
        for widget in (self._strength, self._area, self._fill):
            column.addWidget(widget)
        fold = Fold("repaintAdvanced", "Edges, variations, forks", more)
        fold.set_open(True)
        column.addWidget(fold)
        column.addStretch(1)
        self.setWidget(body)

    @Slot()
    def _refresh(self) -> None:
        options = self._room.options
        self._mode.set_chosen(options.mode)
        self._area.set_chosen(options.area)
        self._fill.set_chosen(options.fill)
        self._strength.set_default(round(replace(_DEFAULTS, mode=options.mode).strength_here * 100))
        self._strength.set_value(options.strength_here * 100)
        self._feather.set_value(options.feather)
        self._overlap.set_value(options.overlap)
        for box, is_on in ((self._soft, options.is_soft), (self._match, options.match_colour)):
            was_blocked = box.blockSignals(True)
            box.setChecked(is_on)
            box.blockSignals(was_blocked)
        is_masked = options.mode == "mask"
        for row in (self._area, self._fill):
            row.setEnabled(is_masked)
        self._vary.setText(f"Four variations · {options.picture_strength:.0%}")
        self._refresh_words()

    @Slot()
    def _refresh_words(self) -> None:
        self._words.setText(self._room.summary())

    @Slot(str)
    def _on_mode(self, mode: str) -> None:
        self._room.edit_options(mode=mode)

    @Slot(str)
    def _on_area(self, area: str) -> None:
        self._room.edit_options(area=area)

    @Slot(str)
    def _on_fill(self, fill: str) -> None:
        self._room.edit_options(fill=fill)

    @Slot()
    def _on_number(self) -> None:
        name = "picture_strength" if self._room.options.mode == "picture" else "strength"
        self._room.edit_options(
            feather=self._feather.value(), overlap=self._overlap.value(),
            is_soft=self._soft.isChecked(), match_colour=self._match.isChecked(),
            **{name: self._strength.value() / 100},
        )  # fmt: skip
