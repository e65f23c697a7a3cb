"""The Words panel: bars with verdicts, and the before/after lens that asks what has changed."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPushButton, QVBoxLayout, QWidget

from studio.concepts.expression import difference
from studio.state.concepts.room import ConceptRoom
from studio.ui.concepts.dropping import DropFrame
from studio.ui.concepts.reading_line import ReadingLine, as_soon
from studio.ui.concepts.thumbs import Thumbs
from studio.ui.concepts.words_view import WordsView
from studio.ui.controls import STEP, row_of
from studio.ui.plain import one_line, plain_label, set_plain_tip
from studio.ui.theme import color, set_role

MARGINS = (3 * STEP, STEP, 3 * STEP, 3 * STEP)  # px, of a dock's content
TRAY_HEIGHT = 64  # px
SHOWN = 6  # pictures in a tray
NO_ANSWER = "No words for this; see above."
EMPTY = "What it means will be named here, with how sure that is."


class Tray(DropFrame):
    """One side of the lens: pictures dropped here; a click empties it.

    Signals:
        pictures_changed(): others lie in it.
    """

    pictures_changed = Signal()

    def __init__(self, room: ConceptRoom, thumbs: Thumbs, title: str, name: str) -> None:
        super().__init__(room, name)
        self._thumbs, self._title = thumbs, title
        self.names: list[str] = []
        self.setFixedHeight(TRAY_HEIGHT)
        self.setAccessibleName(title)
        set_plain_tip(self, f"{title}: drop one or several pictures here; click to empty.")
        self.dropped.connect(self.add)
        thumbs.arrived.connect(self.update)

    @Slot(list)
    def add(self, names: list[str]) -> None:
        """Add pictures."""
        self.names = list(dict.fromkeys([*self.names, *names]))[:64]
        self.update()
        self.pictures_changed.emit()

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        """Empty it."""
        if self.names:
            self.names = []
            self.update()
            self.pictures_changed.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A dashed box with its pictures, or its title."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        pen = QPen(color("strong_line"), 1, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 6, 6)
        if not self.names:
            painter.setPen(color("muted"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._title)
            return
        side = TRAY_HEIGHT - 12
        step = min(side + 4, max((self.width() - side - 12) // max(len(self.names) - 1, 1), 8))
        for place, name in enumerate(self.names[:SHOWN]):
            box = QRect(6 + place * step, 6, side, side)
            picture = self._thumbs.get(name)
            if picture is None:
                painter.fillRect(box, color("raised"))
            else:
                size = picture.size().scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio)
                shown = QRect(box.topLeft(), size)
                shown.moveCenter(box.center())
                painter.drawPixmap(shown, picture)
        self._paint_title(painter)

    def _paint_title(self, painter: QPainter) -> None:
        """Which side it is, and how many lie there, at the free end or on the last picture."""
        count = len(self.names)
        words = f"{self._title} · {count}" if count > 1 else self._title
        metrics = painter.fontMetrics()
        width = metrics.horizontalAdvance(words) + 8
        box = QRect(self.width() - width - 4, 4, width, metrics.height() + 2)
        ground = color("panel")
        ground.setAlpha(210)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(color("muted"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


class WordsPanel(QWidget):
    """Lens, verdict, bars."""

    def __init__(self, room: ConceptRoom, thumbs: Thumbs) -> None:
        super().__init__()
        self._room = room
        self.before = Tray(room, thumbs, "Before", "conceptBefore")
        self.after = Tray(room, thumbs, "After", "conceptAfter")
        for tray in (self.before, self.after):
            tray.pictures_changed.connect(self._compare)
        self.verdict = plain_label(EMPTY, role="muted")
        self.verdict.setObjectName("wordsVerdict")
        self.verdict.setWordWrap(True)
        self.view = WordsView(room)
        cosine = QCheckBox("Raw cosine")
        cosine.setObjectName("wordsCosine")
        set_plain_tip(cosine, "Show the plain cosine of each word, as in the classic "
                              "demonstration, instead of how sure it is.")  # fmt: skip
        cosine.toggled.connect(self.view.show_cosine)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP)
        column.addWidget(ReadingLine(room))
        column.addLayout(row_of(self.before, self.after, spacing=STEP))
        line = row_of(self.verdict, cosine, spacing=STEP)
        line.setStretch(0, 1)
        column.addLayout(line)
        column.addWidget(self.view, 1)
        room.naming_changed.connect(self._refresh)
        room.busy_changed.connect(self._on_busy)
        room.preparing.changed.connect(self._refresh)

    @Slot()
    def _compare(self) -> None:
        if self.before.names and self.after.names:
            self._room.bar.compare(self.after.names, self.before.names)

    @Slot()
    def _refresh(self) -> None:
        naming = self._room.naming
        if naming is None:
            waits = self._room.preparing.is_unfinished and self._room.bar.terms
            self.verdict.setText(as_soon("Named") if waits else EMPTY)
            return
        text = naming.verdict.value
        asked = difference(self.after.names, self.before.names)
        is_lens = bool(self.before.names) and self._room.bar.expression == asked
        few = is_lens and len(self.after.names) == 1 and text in ("guess", "likely")
        more = " More pairs of pictures make it surer." if few else ""
        self.verdict.setText(naming.note or f"{text[0].upper()}{text[1:]}.{more}")
        set_role(self.verdict, "" if text in ("clear", "likely") else "muted")

    @Slot(bool)
    def _on_busy(self, is_busy: bool) -> None:
        is_asked = self._room.bar.terms and not self._room.preparing.is_unfinished
        if self._room.naming is None and is_asked:
            self.verdict.setText("Thinking…" if is_busy else NO_ANSWER)


class ClassifyLine(QWidget):
    """Labels typed by the user, shared out over the first picture of the expression."""

    def __init__(self, room: ConceptRoom) -> None:
        super().__init__()
        self._room = room
        self.edit = QLineEdit()
        self.edit.setObjectName("classifyLabels")
        self.edit.setPlaceholderText("cat, dog, a red car")
        self.edit.setAccessibleName("Labels to choose from")
        set_plain_tip(self.edit, "Which of these is the first picture of the expression?")
        button = QPushButton("Which?")
        button.clicked.connect(self._ask)
        self.edit.returnPressed.connect(self._ask)
        self.answer = plain_label(role="muted")
        self.answer.setObjectName("classifyAnswer")
        self.answer.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP)
        line = row_of(self.edit, button, spacing=STEP)
        line.setStretch(0, 1)
        column.addLayout(line)
        column.addWidget(self.answer)
        self._asked = ""  # the picture that the answer speaks of
        room.bar.terms_changed.connect(self._on_terms)
        room.labels_changed.connect(self._show)
        room.label_problem_changed.connect(self._show_problem)

    @Slot()
    def _ask(self) -> None:
        labels = [label for label in self.edit.text().split(",") if label.strip()]
        self._asked = self._picture()
        if not self._asked:
            self.answer.setText("Drop a picture into the expression first.")
        elif not labels:
            self.answer.setText("Type labels, separated by commas.")
        else:
            self._room.classify(self._asked, labels)

    def _picture(self) -> str:
        """The first picture of the expression, "" without one."""
        terms = self._room.bar.terms
        return next((term.value for term in terms if term.kind == "picture"), "")

    @Slot()
    def _on_terms(self) -> None:
        """The answer goes with the picture that it speaks of."""
        if self._picture() != self._asked:
            self.answer.clear()

    @Slot()
    def _show(self) -> None:
        rows = [f"{one_line(row.label, 40)} {row.share:.0%}".replace(" ", "\u00a0")
                for row in self._room.labels[:6]]  # fmt: skip
        if self._picture() == self._asked:
            self.answer.setText("  ·  ".join(rows))

    @Slot(str)
    def _show_problem(self, words: str) -> None:
        if words:
            self.answer.setText(words)
