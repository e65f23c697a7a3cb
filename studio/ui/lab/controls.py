"""The controls beside the plane: those of the present experiment, its numbers and its graph."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import (
    QGridLayout,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.engine.levels import SCHEDULES
from studio.engine.sampler_table import SAMPLERS
from studio.lab.settings import OBJECTIVES, POINTS_MAX
from studio.state.lab.board import ALL_VIEWS, view_of
from studio.state.lab.picture import graph_of, numbers_of
from studio.state.lab.room import LabRoom
from studio.ui.controls import STEP
from studio.ui.lab.parts import Controls
from studio.ui.lab.plane import Graph
from studio.ui.lab.rows import ChoiceRow, DecimalRow, LabRow, WholeRow
from studio.ui.lab.tools import DataRow, DrawTools, RecipeChips, RunList, TrainTools
from studio.ui.plain import plain_label, set_plain_tip

NUMBERS = 3
PROCESS_WORDS = "Diffusion adds noise in a random walk; flow matching mixes in a straight line."
SOURCE_WORDS = ("The exact field is what a perfect model would say; the learned one is that of "
                "your network from the Learn page.")  # fmt: skip


class _Pages(QStackedWidget):
    """Pages of which only the shown one asks for room."""

    def sizeHint(self) -> QSize:
        """As the shown page wishes."""
        page = self.currentWidget()
        return super().sizeHint() if page is None else page.sizeHint()

    def hasHeightForWidth(self) -> bool:
        """No: a stack would ask for the height of its tallest page, not of the shown one."""
        return False

    def minimumSizeHint(self) -> QSize:
        """As the shown page needs."""
        page = self.currentWidget()
        return super().minimumSizeHint() if page is None else page.minimumSizeHint()


class LabControls(QWidget):
    """A page of rows for each experiment; numbers and graph below.

    extra: the controls of the pages on pictures, by the view's key.
    """

    def __init__(self, room: LabRoom, extra: Mapping[str, Controls] | None = None) -> None:
        super().__init__()
        self.setObjectName("labControls")
        self._room = room
        self._extra = dict(extra or {})
        self._title, self._words = plain_label(role="title"), plain_label(role="muted")
        self._words.setWordWrap(True)
        self._pages = _Pages()
        self._pages.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._class_rows: list[ChoiceRow] = []
        for view in ALL_VIEWS:
            self._pages.addWidget(self._page(view.key))
        self._numbers = QGridLayout()
        self._numbers.setVerticalSpacing(0)
        self._figures = [(plain_label(role="title"), plain_label(role="muted"))
                         for _ in range(NUMBERS)]  # fmt: skip
        for at, pair in enumerate(self._figures):
            for line, label in enumerate(pair):
                self._numbers.addWidget(label, line, at)
        self._runs = RunList(room)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, 2 * STEP, 3 * STEP, 3 * STEP)
        column.setSpacing(3 * STEP)
        for item in (self._title, self._words, self._pages):
            column.addWidget(item)
        column.addLayout(self._numbers)
        self._graph = Graph("labGraph", partial(graph_of, room))
        column.addWidget(self._graph)
        column.addWidget(self._runs)
        column.addStretch(1)
        for changed in (room.board_changed, room.results_changed):
            changed.connect(self._graph.refresh)
        room.board_changed.connect(self._on_board)
        room.results_changed.connect(self._show_numbers)
        self._graph.refresh()
        self._shown: tuple[Any, ...] = ()
        self._on_board()

    @Slot()
    def _on_board(self) -> None:
        data = self._room.data
        shown = self._room.board.view, data.class_names, data.present
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def _page(self, key: str) -> QWidget:
        makers = {"data": self._data, "noise": self._noise, "learn": self._learn,
                  "field": self._field, "sample": self._sample,
                  "guidance": self._guidance}  # fmt: skip
        if key in self._extra:
            self._extra[key].column.addStretch(1)
            return self._extra[key]
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * STEP)
        for item in makers[key]() if key in makers else ():
            if isinstance(item, QLayout):
                column.addLayout(item)
            else:
                column.addWidget(item)
        column.addStretch(1)
        return page

    # ------------------------------------------------------------------ pages
    def _data(self) -> list[QWidget | QLayout]:
        room = self._room
        return [
            DataRow(room),
            WholeRow(room, "points", "Pictures", "How many pictures the data set has.",
                     low=10, high=2000),
            DrawTools(room),
        ]  # fmt: skip

    def _process(self) -> LabRow:
        return ChoiceRow(self._room, "process", "Process", PROCESS_WORDS,
                         [("Diffusion", "diffusion"), ("Flow matching", "flow")])  # fmt: skip

    def _noise(self) -> list[QWidget | QLayout]:
        return [self._process(),
                WholeRow(self._room, "seed", "Seed", "Which random walk is taken.", low=0,
                         high=99)]  # fmt: skip

    def _learn(self) -> list[QWidget | QLayout]:
        room = self._room
        return [
            ChoiceRow(room, "objective", "Question",
                      "What the network is asked: all the noise that was added, or only that of "
                      "the last step. Both teach the same arrows, but the second answer is much "
                      "more uncertain, so it learns slowly and unsteadily.",
                      [(words.capitalize(), words) for words in OBJECTIVES]),
            WholeRow(room, "train_steps", "Steps", "How many batches of 512 it sees.", low=100,
                     high=6000),
            self._process(),
            TrainTools(room),
        ]  # fmt: skip

    def _source(self, *, has_difference: bool = False) -> LabRow:
        options = [("Exact", "exact"), ("Learned", "learned")]
        if has_difference:
            options.append(("Both, and their gap", "difference"))
        return ChoiceRow(self._room, "source", "Field", SOURCE_WORDS, options)

    def _classes(self, field: str, title: str, words: str, first: str = "") -> ChoiceRow:
        row = ChoiceRow(self._room, field, title, words, self._class_options(first))
        row.setProperty("first", first)
        self._class_rows.append(row)
        return row

    def _class_options(self, first: str) -> list[tuple[str, Any]]:
        data = self._room.data
        names = [(data.class_names[k], k) for k in data.present]
        return [*([(first, None)] if first else []), *names]

    def _field(self) -> list[QWidget | QLayout]:
        return [
            self._source(has_difference=True),
            self._classes("label", "Class", "Whose field: of all pictures, or of one class.",
                          "all"),
            self._process(),
        ]  # fmt: skip

    def _sample(self) -> list[QWidget | QLayout]:
        room = self._room
        return [
            RecipeChips(room),
            ChoiceRow(room, "sampler", "Sampler", "The recipe of the steps; the same rule as for "
                      "pictures, with the same names.", [(name, name) for name in SAMPLERS]),
            ChoiceRow(room, "schedule", "Schedule", "How the noise is shared out over the steps.",
                      [(name, name) for name in SCHEDULES if name != "flow"]),
            WholeRow(room, "steps", "Steps", "How many times the model is asked.", low=1, high=200),
            DecimalRow(room, "eta", "Eta", "How much of the noise is drawn anew at each step: 0 = "
                       "none, a fixed path; 1 = as DDPM.", low=0, high=1.5, own="own"),
            DecimalRow(room, "noise", "Noise", "The weight of that new noise: at 0 it is taken "
                       "away and not put back.", low=0, high=1.5, own="own"),
            WholeRow(room, "count", "Points", "How many pictures are made.", low=1,
                     high=POINTS_MAX),
            WholeRow(room, "seed", "Seed", "Which noise one starts from.", low=0, high=99),
            self._source(), self._process(),
        ]  # fmt: skip

    def _guidance(self) -> list[QWidget | QLayout]:
        return [
            self._classes("guided_label", "Class", "What is asked for, like a prompt."),
            self._classes("negative", "Without", "What the class is compared with: all pictures, "
                          "or a class to keep away from, like a negative prompt.", "all pictures"),
            DecimalRow(self._room, "scale", "Scale", "How far to go along the difference: 0 = "
                       "the class is ignored, 1 = as learned, above = further.", low=0, high=12),
            self._source(), self._process(),
        ]  # fmt: skip

    # ------------------------------------------------------------------ showing
    def refresh(self) -> None:
        """Show the page of the present view."""
        view = view_of(self._room.board)
        self._title.setText(view.title)
        self._words.setText(view.words)
        self._pages.setCurrentIndex(ALL_VIEWS.index(view))
        self._pages.updateGeometry()
        for row in self._class_rows:
            row.set_options(self._class_options(row.property("first")))
            row.refresh()
        self._runs.setVisible(view.key == "sample")
        self._show_numbers()

    @Slot()
    def _show_numbers(self) -> None:
        numbers = numbers_of(self._room)
        for at, (value, title) in enumerate(self._figures):
            is_there = at < len(numbers)
            value.setVisible(is_there)
            title.setVisible(is_there)
            if is_there:
                value.setText(numbers[at].value)
                title.setText(numbers[at].title)
                set_plain_tip(value, numbers[at].tip)
                set_plain_tip(title, numbers[at].tip)


def in_scroll_area(content: QWidget) -> QScrollArea:
    """The controls in a dock that may be lower and narrower than they are."""
    area = QScrollArea()
    area.setObjectName("labControlsArea")
    area.setWidgetResizable(True)
    content.setProperty("role", "page")
    area.setWidget(content)
    return area
