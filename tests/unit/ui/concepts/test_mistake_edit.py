"""A mistake is underlined where it is, and only in the text that was judged."""

from __future__ import annotations

import pytest

from studio.concepts.expression import ExpressionError, parse
from studio.ui.concepts.mistake_edit import MistakeEdit
from studio.ui.theme import color


@pytest.fixture
def edit(qtbot):
    edit = MistakeEdit("line", "A hint.")
    qtbot.addWidget(edit)
    edit.resize(400, 32)
    edit.show()
    return edit


def judged(edit, text):
    edit.setText(text)
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    edit.show_mistake(caught.value)
    return caught.value


def reds(edit):
    image, wanted = edit.grab().toImage(), color("minus").rgb()
    return [x for x in range(image.width()) for y in range(image.height())
            if image.pixel(x, y) == wanted]  # fmt: skip


def test_the_mistake_is_underlined_at_its_place(edit):
    mistake = judged(edit, "a dog on a hill - - beard")
    place = edit.place_of(mistake.position, mistake.length)
    assert place.left() > edit.place_of(0, 1).right()
    assert reds(edit)
    assert edit.property("invalid")
    assert "Two signs" in edit.toolTip()


def test_it_goes_with_the_mistake(edit):
    judged(edit, "hat - - beard")
    edit.setText("hat - beard")
    edit.show_mistake(None)
    assert not edit.property("invalid")
    assert "A hint." in edit.toolTip()
    assert not reds(edit)
