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
