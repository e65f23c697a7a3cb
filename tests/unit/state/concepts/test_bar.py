"""The expression as text and as chips."""

from __future__ import annotations

import pytest

from studio.concepts.expression import parse
from studio.state.concepts.bar import ExpressionBar


@pytest.fixture
def bar(qtbot):
    return ExpressionBar()


def test_chips_write_the_text_and_typing_makes_the_chips(bar, qtbot):
    with qtbot.waitSignal(bar.terms_changed):
        bar.type_text("hat - 0.5 beard")
    assert [term.factor for term in bar.terms] == [1, -0.5]
    with qtbot.waitSignal(bar.text_changed):
        bar.flip(1)
    assert bar.text == "hat + 0.5 beard"
    bar.weigh(1, 3)
    assert bar.text == "hat + 0.8 beard"
    bar.remove(0)
    assert bar.text == "0.8 beard"
    bar.add_picture("/p/my own.png", -1)
    assert parse(bar.text).terms[1].kind == "picture"


def test_a_mistake_keeps_the_last_good_terms(bar, qtbot):
    bar.type_text("hat")
    with qtbot.waitSignal(bar.mistake_changed):
        bar.type_text("hat + + x")
    assert bar.mistake.position == 6
    assert [term.value for term in bar.terms] == ["hat"]
    bar.type_text("hat + x")
    assert bar.mistake is None


def test_typing_does_not_echo(bar, qtbot):
    with qtbot.assertNotEmitted(bar.text_changed):
        bar.type_text("hat")
        bar.type_text("hat")


def test_before_and_after(bar):
    bar.compare(["a.png", "b.png"], ["c.png"])
    assert [term.factor for term in bar.terms] == [0.5, 0.5, -1]
    bar.set_text("broken +")
    assert bar.mistake is not None
    bar.set_expression(parse("fine"))
    assert (bar.mistake, bar.text) == (None, "fine")


def test_chips_typing_and_drops_can_be_taken_back(bar, qtbot):
    for text in ("h", "ha", "hat"):
        bar.type_text(text)
    for _ in range(3):
        bar.weigh(0, 1)  # three notches of the wheel are one change
    bar.add_picture("/p/a.png")
    bar.flip(0)
    with qtbot.waitSignal(bar.text_changed):
        bar.undo()
    assert bar.text == "1.3 hat + /p/a.png"
    bar.undo()
    assert [term.value for term in bar.terms] == ["hat"]
    bar.undo()
    assert bar.text == "hat"
    bar.undo()  # letters of one word go together
    assert bar.text == ""
    bar.undo()
    for text in ("hat", "1.3 hat"):
        bar.redo()
        assert bar.text == text
    bar.type_text("1.3 hats")
    bar.redo()  # what was taken back is past
    assert bar.text == "1.3 hats"


def test_words_are_taken_back_one_by_one_and_mistakes_are_seen_again(bar):
    text = ""
    for letter in "hat + + x":
        text += letter
        bar.type_text(text)
    assert bar.mistake is not None
    bar.set_text("cat")
    bar.undo()
    assert bar.mistake is not None
    bar.undo()
    assert bar.text == "hat + +"
