"""The candidates under the canvas, side by side: look at one, take it, or leave them all."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSize, Qt, Slot
from PySide6.QtGui import QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from studio.state.canvas.candidates import Candidate, Candidates
from studio.ui.controls import STEP
from studio.ui.plain import PlainLabel, plain_label, plain_tip, set_plain_tip
from studio.ui.qimage import to_qimage
from studio.ui.theme import set_icon

_SIDE = 60  # px of a thumbnail
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_STYLE = (
    "QListWidget { background: transparent; border: none; }"
    "QListWidget::item { border: 2px solid transparent; border-radius: 4px; padding: 1px; }"
    "QListWidget::item:hover { border-color: palette(mid); }"
    "QListWidget::item:selected { border-color: palette(highlight); background: transparent; }"
)
_TAKE_WORDS = (
    "Put this result on the canvas. The mask stays; Undo brings the old picture back.  (Enter)"
)
_SIDE_WORDS = "All results at once, large, beside the picture as it was.  (V)"
_KEYS = "Arrows or 1–9  ·  Enter takes  ·  Space compares  ·  Esc"


class CandidateStrip(QFrame):
    """Shows the candidates; hidden while there are none."""

    def __init__(self, candidates: Candidates, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("candidateStrip")
        self.setStyleSheet("#candidateStrip { background: palette(alternate-base); }")
        self._candidates = candidates
        self._icons: dict[int, tuple[Candidate, QIcon]] = {}  # the pair keeps the id its own
        self._list = QListWidget()
        self._list.setObjectName("candidateList")
        self._list.setAccessibleName("Candidates")
        self._list.setViewMode(QListWidget.ViewMode.IconMode)
        self._list.setFlow(QListWidget.Flow.LeftToRight)
        self._list.setWrapping(False)
        self._list.setMovement(QListWidget.Movement.Static)
        self._list.setIconSize(QSize(_SIDE, _SIDE))
        self._list.setFixedHeight(_SIDE + 16)
        self._list.setSpacing(STEP // 2)
        self._list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setProperty("role", "bare")
        self._list.setStyleSheet(_STYLE)
        self._label = _label()
        self._side = _button("sideBySide", "Side by side", "variations", _SIDE_WORDS)
        self._side.setCheckable(True)
        self._take = _button("takeCandidate", "Take", "take", _TAKE_WORDS)
        self._take.setProperty("role", "primary")
        self._hide = _button("hideCandidate", "Compare", "eye",
                             "Hold to see the picture as it was before.")  # fmt: skip
        self._clear = _button("clearCandidates", "Leave all", "close", "Take none of them. Their "
                              "pictures stay in the library.")  # fmt: skip
        self._lay_out()
        self._list.currentRowChanged.connect(self._on_row)
        self._list.doubleClicked.connect(self._on_double_click)
        self._take.clicked.connect(candidates.take)
        self._clear.clicked.connect(candidates.clear)
        self._side.clicked.connect(candidates.show_side_by_side)
        self._hide.pressed.connect(self._on_hide_pressed)
        self._hide.released.connect(self._on_hide_released)
        candidates.candidates_changed.connect(self._refill)
        candidates.current_changed.connect(self._mark)
        candidates.side_by_side_changed.connect(self._on_side_by_side)
        self._refill()

    def _lay_out(self) -> None:
        self._list.installEventFilter(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * STEP, STEP, 3 * STEP, STEP)
        row.setSpacing(2 * STEP)
        row.addWidget(self._list, 1)
        row.addWidget(self._label, 1)
        self._label.hide()
        for button in (self._side, self._take, self._hide, self._clear):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter in the list takes the chosen one, as it does over the picture."""
        if watched is not self._list or event.type() is not QEvent.Type.KeyPress:
            return False
        if isinstance(event, QKeyEvent) and event.key() in _ENTER:
            self._candidates.take()
            return True
        return False

    @Slot()
    def _refill(self) -> None:
        was_blocked = self._list.blockSignals(True)
        self._list.clear()
        known, self._icons = self._icons, {}
        for number, item in enumerate(self._candidates.items):
            # Each is made once: 16 of 1024 px, made anew for each that comes, took 0.3 s.
            self._icons[id(item)] = known.get(id(item)) or (item, _icon(item))
            entry = QListWidgetItem(self._icons[id(item)][1], "")
            entry.setToolTip(plain_tip(f"Result {number + 1}, seed {item.seed}"))
            entry.setData(Qt.ItemDataRole.AccessibleTextRole,
                          f"Result {number + 1}, seed {item.seed}")  # fmt: skip
            self._list.addItem(entry)
        self._list.blockSignals(was_blocked)
        self.setVisible(bool(self._candidates.items))
        self._mark()

    @Slot()
    def _mark(self) -> None:
        index = self._candidates.index
        was_blocked = self._list.blockSignals(True)
        self._list.setCurrentRow(-1 if index is None else index)
        self._list.blockSignals(was_blocked)
        self._take.setEnabled(index is not None)
        self._hide.setEnabled(index is not None)
        self._label.setText(self._words())

    def _words(self) -> str:
        """The chosen one, and the keys that choose another."""
        chosen, index = self._candidates.current, self._candidates.index
        if chosen is None or index is None:
            return f"The picture as it was\n{_KEYS}"
        count = len(self._candidates.items)
        return f"Result {index + 1} of {count}, seed {chosen.seed}\n{_KEYS}"

    @Slot(bool)
    def _on_side_by_side(self, is_shown: bool) -> None:
        self._side.setChecked(is_shown)
        self._list.setVisible(not is_shown)
        self._label.setVisible(is_shown)

    @Slot(int)
    def _on_row(self, row: int) -> None:
        self._candidates.show(row if row >= 0 else None)

    @Slot(QModelIndex)
    def _on_double_click(self, _index: QModelIndex) -> None:
        self._candidates.take()

    @Slot()
    def _on_hide_pressed(self) -> None:
        self._candidates.compare(True)

    @Slot()
    def _on_hide_released(self) -> None:
        self._candidates.compare(False)


def _icon(item: Candidate) -> QIcon:
    """A candidate at the size of the strip, sharp on fine screens too."""
    side = 2 * _SIDE
    every = max(1, min(item.picture.shape[:2]) // (4 * side))  # smoothing all of 4096 px is slow
    image = to_qimage(item.picture[::every, ::every]).scaled(
        side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    icon = QIcon(QPixmap.fromImage(image))
    # The chosen one has a frame; Qt would tint its colours, which are to be compared.
    icon.addPixmap(QPixmap.fromImage(image), QIcon.Mode.Selected)
    return icon


def _label() -> PlainLabel:
    label = plain_label(role="muted")
    label.setObjectName("candidateLabel")
    label.setWordWrap(True)
    label.setMinimumWidth(120)
    return label


def _button(name: str, text: str, icon: str, words: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    set_icon(button, icon, "accent_text" if icon == "take" else "text")
    set_plain_tip(button, words)
    return button
