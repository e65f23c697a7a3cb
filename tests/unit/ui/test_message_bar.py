from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Slot
from PySide6.QtGui import QEnterEvent, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QVBoxLayout, QWidget

from studio.state.messages import MessageAction, Messages
from studio.ui import message_bar
from studio.ui.message_bar import MESSAGES_MAX, MessageBar


class Mender(QObject):
    def __init__(self):
        super().__init__()
        self.count = 0

    @Slot()
    def mend(self):
        self.count += 1


@pytest.fixture
def messages(qapp):
    return Messages()


@pytest.fixture
def bar(messages, shown):
    made = shown(MessageBar(messages), 500, 200)
    made.hide()
    return made


def texts(bar):
    return [card.message.text for card in bar.cards]


def test_it_shows_what_waited_and_what_comes(messages, shown):
    messages.error("early")
    bar = shown(MessageBar(messages))
    messages.warning("late")
    assert texts(bar) == ["early", "late"]
    assert bar.isVisible()


def test_the_same_words_are_shown_once_and_old_ones_make_room(messages, bar):
    for text in ("a", "b", "a", "c", "d"):
        messages.error(text)
    assert texts(bar) == ["a", "c", "d"]
    assert len(bar.cards) == MESSAGES_MAX


def test_what_passes_makes_room_before_an_error_that_may_not_have_been_read(messages, bar):
    messages.error("broken")
    for text in ("saved 1", "saved 2", "saved 3"):
        messages.info(text)
    assert texts(bar) == ["broken", "saved 2", "saved 3"]


def test_a_button_mends_and_closes(messages, bar):
    mender = Mender()
    messages.error("Broken.", "Mend it?", MessageAction("Mend & go", mender.mend))
    bar.cards[0].findChild(QAbstractButton, "messageAction").click()
    assert mender.count == 1
    assert texts(bar) == []
    assert not bar.isVisible()


def test_copy_puts_the_words_on_the_clipboard(messages, bar):
    messages.error("What.", "How.")
    bar.cards[0].findChild(QAbstractButton, "messageCopy").click()
    assert QGuiApplication.clipboard().text() == "What.\nHow."


def test_information_goes_by_itself(messages, bar, qtbot, monkeypatch):
    monkeypatch.setattr(message_bar, "INFO_MS", 30)
    messages.info("done")
    qtbot.wait(10)
    for card in bar.cards:  # the pointer may happen to lie there
        QApplication.sendEvent(card, QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: texts(bar) == [])


def test_information_that_is_being_read_stays(messages, bar, qtbot, monkeypatch):
    monkeypatch.setattr(message_bar, "INFO_MS", 30)
    messages.info("read me")
    at = QPointF(5, 5)
    QApplication.sendEvent(bar.cards[0], QEnterEvent(at, at, at))
    qtbot.wait(120)
    assert texts(bar) == ["read me"]


def test_a_question_has_several_buttons(messages, bar):
    one, two = Mender(), Mender()
    messages.warning("Which?", "", None, (MessageAction("One", one.mend),
                                          MessageAction("Two", two.mend)))  # fmt: skip
    bar.cards[0].findChild(QAbstractButton, "messageAction2").click()
    assert (one.count, two.count) == (0, 1)
    assert texts(bar) == []


def test_markup_is_text(messages, bar):
    messages.error("<h1>x</h1>", "<img src=x>")
    words = [label.text() for label in bar.cards[0].findChildren(QLabel)]
    assert "<h1>x</h1>" in words
    assert "<img src=x>" in words


def test_a_small_window_cuts_no_words(messages, qtbot):
    """At 800 × 512 the ends of long messages could not be read."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    bar = MessageBar(messages)
    picture = QWidget()
    picture.setMinimumHeight(160)
    column.addWidget(bar)
    column.addWidget(picture, 1)
    qtbot.addWidget(holder)
    holder.resize(300, 300)
    holder.show()
    messages.error("what happened " * 14, "what to do " * 14)
    messages.error("the newest " * 10)
    qtbot.waitUntil(lambda: bar.verticalScrollBar().maximum() > 0)
    for label in bar.findChildren(QLabel):
        if label.text():
            assert label.height() >= label.heightForWidth(label.width())
    assert picture.height() >= 160
    assert holder.height() == 300
    newest = bar.cards[-1]
    qtbot.waitUntil(lambda: bar.verticalScrollBar().value() > 0)
    assert newest.visibleRegion().boundingRect().top() == 0
    bar.clear()
    assert not bar.isVisible()


def test_in_a_large_window_the_bar_is_as_high_as_its_messages(messages, qtbot):
    holder = QWidget()
    column = QVBoxLayout(holder)
    bar = MessageBar(messages)
    column.addWidget(bar)
    column.addWidget(QWidget(), 1)
    qtbot.addWidget(holder)
    holder.resize(900, 700)
    holder.show()
    messages.error("what happened", "what to do")
    qtbot.waitUntil(lambda: bar.height() == bar.cards[0].height())
    assert bar.verticalScrollBar().maximum() == 0
    assert bar.height() < 120


def test_a_click_on_the_button_leaves_the_focus_where_it_was(messages, shown, qtbot):
    """With the card that goes away it would jump to the window's first button."""
    window = shown(QWidget(), 500, 300)
    layout = QVBoxLayout(window)
    first, mine, bar = QLineEdit(), QLineEdit(), MessageBar(messages)
    for widget in (first, mine, bar):
        layout.addWidget(widget)
    for field in (first, mine):
        field.show()
    window.activateWindow()
    mine.setFocus()
    qtbot.waitUntil(mine.hasFocus, timeout=5000)
    mender = Mender()
    messages.info("Gone.", "", MessageAction("Undo", mender.mend))
    button = bar.cards[0].findChild(QAbstractButton, "messageAction")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert mender.count == 1
    assert mine.hasFocus()
