"""The guided tours: a list of titles, and the cards of the chosen one."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.state.lab.room import LabRoom
from studio.state.lab.tours import TOURS, Card, Tour
from studio.ui import theme
from studio.ui.controls import STEP
from studio.ui.lab.transport import Transport
from studio.ui.plain import plain_label

SEARCH_MS, TRIES = 250, 20  # how often, how many times what is not there yet is looked for
POINT_MS = 4000  # how long what to look at is outlined


class Outline(QWidget):
    """A frame round the widget that a card speaks of; it takes no clicks and soon goes."""

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        self._timer = QTimer(self, singleShot=True, interval=POINT_MS)
        self._timer.setObjectName("labOutlineTimer")
        self._timer.timeout.connect(self.hide)

    def point_at(self, target: QWidget) -> None:
        """Frame a widget for a moment."""
        self.setParent(target)
        self.setGeometry(target.rect())
        self.show()
        self.raise_()
        self._timer.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A line in the accent colour."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.current().accent), 2))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 6, 6)


class TourPanel(QWidget):
    """Choose a tour; go through its cards, each of which sets the board."""

    def __init__(self, room: LabRoom) -> None:
        super().__init__()
        self.setObjectName("labTours")
        self._room = room
        self._tour: Tour | None = None
        self._at = 0
        self._outline = Outline()
        self._looks, self._tries = "", 0
        self._search = QTimer(self, singleShot=True, interval=SEARCH_MS)
        self._search.setObjectName("labTourSearchTimer")
        self._search.timeout.connect(self._look_for)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._list())
        self._pages.addWidget(self._card())
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, 2 * STEP, 3 * STEP, 3 * STEP)
        column.addWidget(self._pages)

    def _list(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP)
        words = plain_label("Short walks through the experiments. Each ends with something to "
                            "try.", role="muted")  # fmt: skip
        words.setWordWrap(True)
        column.addWidget(words)
        column.addSpacing(STEP)
        for at, tour in enumerate(TOURS):
            button = QPushButton(f"{at + 1}  {tour.title}")
            button.setObjectName(f"labTour{at}")
            button.setProperty("tourAt", at)
            button.setStyleSheet("text-align: left;")
            button.clicked.connect(self._on_chosen)
            about = plain_label(tour.words, role="muted")
            about.setWordWrap(True)
            column.addWidget(button)
            column.addWidget(about)
            column.addSpacing(STEP)
        column.addStretch(1)
        return page

    def _card(self) -> QWidget:
        page = QWidget()
        self._title = plain_label(role="title")
        self._count = plain_label(role="heading")
        self._text = plain_label()
        self._text.setObjectName("labTourText")
        for label in (self._title, self._text):
            label.setWordWrap(True)
        self._back, self._next = QPushButton("Back"), QPushButton("Next")
        self._back.setObjectName("labTourBack")
        self._next.setObjectName("labTourNext")
        self._next.setProperty("role", "primary")
        leave = QPushButton("All tours")
        leave.setObjectName("labTourLeave")
        leave.setProperty("role", "flat")
        self._back.clicked.connect(self.back)
        self._next.clicked.connect(self.advance)
        leave.clicked.connect(self.leave)
        line = QHBoxLayout()
        for button in (leave, self._back, self._next):
            line.addWidget(button)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3 * STEP)
        for label in (self._count, self._title, self._text):
            column.addWidget(label)
        column.addLayout(line)
        column.addStretch(1)
        return page

    @Slot()
    def _on_chosen(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.begin(int(sender.property("tourAt")))

    def begin(self, at: int) -> None:
        """Begin a tour, 0 .. len(TOURS) - 1."""
        self._tour, self._at = TOURS[at], 0
        self._pages.setCurrentIndex(1)
        self._show()

    @Slot()
    def advance(self) -> None:
        """The next card; after the last, back to the list."""
        if self._tour is None or self._at + 1 >= len(self._tour.cards):
            self.leave()
            return
        self._at += 1
        self._show()

    @Slot()
    def back(self) -> None:
        """The card before."""
        self._at = max(0, self._at - 1)
        self._show()

    @Slot()
    def leave(self) -> None:
        """Back to the list; the board stays as it is."""
        self._tour = None
        self._search.stop()
        self._outline.hide()
        self._pages.setCurrentIndex(0)

    def _show(self) -> None:
        if self._tour is None:
            return
        card, count = self._tour.cards[self._at], len(self._tour.cards)
        self._title.setText(self._tour.title)
        self._count.setText(f"CARD {self._at + 1} OF {count}")
        self._text.setText(card.text)
        self._back.setEnabled(self._at > 0)
        self._next.setText("Next" if self._at + 1 < count else "Done")
        self._room.change(draw_label=None, **card.changes)
        if card.trains and self._room.results.network is None and not self._room.is_training:
            self._room.train()
        self._point(card)

    @Slot()
    def _look_for(self) -> None:
        """Outline what the card speaks of; a graph may still be computed, so look again."""
        # Several pages have a row of the same name: the one that is shown is meant.
        named = self.window().findChildren(QWidget, self._looks)
        target = next((widget for widget in named if widget.isVisible()), None)
        if target is not None:
            self._reveal(target)
            self._outline.point_at(target)
        elif self._tries > 0:
            self._tries -= 1
            self._search.start()

    def _reveal(self, target: QWidget) -> None:
        """Scroll the controls so that what is meant can be seen."""
        parent = target.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        if parent is not None:
            parent.ensureWidgetVisible(target)

    def _point(self, card: Card) -> None:
        window = self.window()
        self._looks, self._tries = card.look, TRIES
        self._look_for()
        transport = window.findChild(Transport)
        if transport is None:
            return
        transport.pause()
        if card.plays:
            transport.toggle()
