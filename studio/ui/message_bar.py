"""Messages above the picture: what happened, what to do, a button that does it. Never modal."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QEnterEvent,
    QGuiApplication,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from studio.state.messages import Level, Message, Messages
from studio.ui.controls import STEP, IconButton
from studio.ui.plain import PlainLabel, plain_label, shorten
from studio.ui.theme import pixmap

MESSAGES_MAX = 3  # shown at a time; the oldest makes room, of those that pass first
INFO_MS = 6000
ASKING_MS = 15000  # a message with buttons waits longer
LEAST = QSize(200, 56)
TEXT_MAX = 300  # characters of each line; the rest goes with Copy
_TOKENS = {Level.INFO: "information", Level.WARNING: "accent_ink", Level.ERROR: "minus"}


class MessageCard(QFrame):
    """One message.

    Signals:
        dismissed(MessageCard): the user has closed it or pressed its button, or its time is up.
    """

    dismissed = Signal(object)

    def __init__(self, message: Message) -> None:
        super().__init__()
        self.message = message
        self.setObjectName("message")
        self.setProperty("level", message.level.value)
        self.setAccessibleName(shorten(f"{message.text} {message.hint}", TEXT_MAX))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(_line(message.text))
        if message.hint:
            words.addWidget(_line(message.hint, "muted"))
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * STEP, 2 * STEP, 2 * STEP, 2 * STEP)
        row.setSpacing(2 * STEP)
        sign = plain_label()
        sign.setPixmap(pixmap(_ICONS[message.level], _TOKENS[message.level], ratio=2.0))
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self._add_buttons(row, words)
        self._timer = QTimer(self, singleShot=True)
        self._timer.setInterval(ASKING_MS if message.action or message.more else INFO_MS)
        self._timer.setObjectName("dismissTimer")
        self._timer.timeout.connect(self.dismiss)
        if message.level is Level.INFO:
            self._timer.start()

    def _add_buttons(self, row: QHBoxLayout, words: QVBoxLayout) -> None:
        """One button stands beside the words, several stand below them."""
        first = self.message.action
        actions = [*([first] if first is not None else []), *self.message.more]
        below = QHBoxLayout()
        below.setSpacing(STEP)
        for at, action in enumerate(actions):
            button = QPushButton()
            button.setText(shorten(action.text, 40).replace("&", "&&"))
            button.setObjectName("messageAction" if at == 0 else f"messageAction{at + 1}")
            button.setProperty("action", at)
            # A click leaves the focus where one works: with the card it would jump elsewhere.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(self._on_action)
            (row if len(actions) == 1 else below).addWidget(button)
        if len(actions) > 1:
            below.addStretch(1)
            words.addSpacing(STEP)
            words.addLayout(below)
        self._actions = actions
        if self.message.level is not Level.INFO:
            copy = IconButton("messageCopy", "copy", "Copy this message.", is_flat=True)
            copy.clicked.connect(self._on_copy)
            row.addWidget(copy, 0, Qt.AlignmentFlag.AlignTop)
        close = IconButton("messageClose", "close", "Dismiss.", is_flat=True)
        close.clicked.connect(self.dismiss)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)

    def enterEvent(self, event: QEnterEvent) -> None:
        """A message that is being read does not go away."""
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Now it may."""
        if self.message.level is Level.INFO:
            self._timer.start()
        super().leaveEvent(event)

    @Slot()
    def dismiss(self) -> None:
        """Take the message away."""
        self.dismissed.emit(self)

    @Slot()
    def _on_action(self) -> None:
        button = self.sender()
        if isinstance(button, QPushButton):
            self._actions[int(button.property("action"))].run()
        self.dismiss()

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{self.message.text}\n{self.message.hint}".strip())


_ICONS = {Level.INFO: "info", Level.WARNING: "warning", Level.ERROR: "error"}


def _line(text: str, role: str = "") -> PlainLabel:
    label = plain_label(shorten(text, TEXT_MAX), role=role)
    label.setWordWrap(True)
    label.setMinimumWidth(80)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    return label


class MessageBar(QScrollArea):
    """The newest messages, one under another; scrolls where a small window has no room for them.

    Signals:
        cards_changed(): one came or went.
    """

    cards_changed = Signal()

    def __init__(self, messages: Messages) -> None:
        super().__init__()
        self.setObjectName("messageBar")
        self.setAccessibleName("Messages")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._inside = inside = QWidget()
        inside.setObjectName("messageList")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(STEP)
        self.setWidget(inside)
        self._cards: list[MessageCard] = []
        self._scrolling = QTimer(self, singleShot=True, interval=0)  # once all have their places
        self._scrolling.setObjectName("scrollTimer")
        self._scrolling.timeout.connect(self._show_newest)
        self.hide()
        messages.message_added.connect(self.show_message)
        for message in messages.listen():
            self.show_message(message)

    def hasHeightForWidth(self) -> bool:
        """Words wrap."""
        return True

    def heightForWidth(self, width: int) -> int:
        """What all messages want at this width, px."""
        return max(0, self._column.heightForWidth(width))

    def sizeHint(self) -> QSize:
        """As large as the messages."""
        return QSize(LEAST.width(), self.heightForWidth(max(LEAST.width(), self.width())))

    def minimumSizeHint(self) -> QSize:
        """Two lines of one message."""
        return LEAST

    @property
    def cards(self) -> tuple[MessageCard, ...]:
        """What is shown, oldest first."""
        return tuple(self._cards)

    @property
    def is_passing(self) -> bool:
        """Whether all of them go by themselves."""
        return all(card.message.level is Level.INFO for card in self._cards)

    @Slot(object)
    def show_message(self, message: Message) -> None:
        """Show a message; the same words are not shown twice."""
        for card in self._cards:
            if (card.message.text, card.message.hint) == (message.text, message.hint):
                self._remove(card)
                break
        card = MessageCard(message)
        card.dismissed.connect(self._remove)
        self._cards.append(card)
        self._column.addWidget(card)
        while len(self._cards) > MESSAGES_MAX:  # an error must not go because of what passes
            passing = [old for old in self._cards[:-1] if old.message.level is Level.INFO]
            self._remove((passing or self._cards)[0])
        self.show()
        self._settle()
        self._scrolling.start()
        self.cards_changed.emit()
        QAccessible.updateAccessibility(QAccessibleEvent(card, QAccessible.Event.Alert))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words wrap anew."""
        super().resizeEvent(event)
        self._settle()

    def _settle(self) -> None:
        """A scroll area would take the height of the narrowest card instead."""
        self._inside.setFixedHeight(self.heightForWidth(self.viewport().width()))
        self.updateGeometry()

    @Slot()
    def _show_newest(self) -> None:
        if self._cards:
            bar = self.verticalScrollBar()
            bar.setValue(min(bar.maximum(), self._cards[-1].y()))

    @Slot()
    def clear(self) -> None:
        """Dismiss all messages."""
        for card in list(self._cards):
            self._remove(card)

    @Slot(object)
    def _remove(self, card: MessageCard) -> None:
        if card in self._cards:
            self._cards.remove(card)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.setVisible(bool(self._cards))
        self._settle()
        self.cards_changed.emit()
