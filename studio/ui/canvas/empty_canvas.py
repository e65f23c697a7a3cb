"""What the canvas says while there is nothing on it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLayout, QPushButton, QVBoxLayout, QWidget

from studio.ui.controls import STEP
from studio.ui.plain import plain_label, set_plain_tip
from studio.ui.theme import set_icon

_WORDS = (
    "Drop a picture here to repaint a part of it, to start from it, or to extend it.\n"
    "Whatever Generate has made comes here by itself."
)
_WIDEST, _NARROWEST, _MARGINS = 460, 150, 48  # px


class EmptyCanvas(QWidget):
    """A few words and two buttons in the middle of the view.

    Signals:
        open_wanted(), paste_wanted(): a button was pressed.
    """

    open_wanted = Signal()
    paste_wanted = Signal()

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self.setObjectName("emptyCanvas")
        place = QVBoxLayout(view)  # the view's own chips are placed by the view
        place.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        place.addWidget(self, 0, Qt.AlignmentFlag.AlignVCenter)
        words = plain_label(_WORDS)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.setWordWrap(True)
        self._words, self._view = words, view
        view.installEventFilter(self)
        open_, paste = QPushButton("Open a picture…"), QPushButton("Paste")
        open_.setObjectName("emptyOpen")
        paste.setObjectName("emptyPaste")
        set_icon(open_, "open")
        set_icon(paste, "copy")
        set_plain_tip(open_, "A picture or a project  (Ctrl+O)")
        set_plain_tip(paste, "The picture in the clipboard  (Ctrl+V)")
        open_.clicked.connect(self.open_wanted)
        paste.clicked.connect(self.paste_wanted)
        column = QVBoxLayout(self)
        column.setSpacing(4 * STEP)
        column.addWidget(words, 0, Qt.AlignmentFlag.AlignHCenter)
        row = QHBoxLayout()
        row.setSpacing(2 * STEP)
        row.addStretch(1)
        for button in (open_, paste):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        self._fit_words()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The words take what width the view has, and the height that they need at that width."""
        if event.type() == QEvent.Type.Resize:
            self._fit_words()
        return super().eventFilter(watched, event)

    def _fit_words(self) -> None:
        # A layout would give a centred label the width that it asks for first, and cut the rest.
        width = max(min(self._view.width() - _MARGINS, _WIDEST), _NARROWEST)
        self._words.setMinimumSize(0, 0)  # else it asks for no less than it has
        self._words.setFixedSize(width, self._words.heightForWidth(width))
