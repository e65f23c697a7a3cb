from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QToolTip

from studio.ui.controls import (
    Combo,
    DecimalSpin,
    FieldLabel,
    Fold,
    HelpButton,
    IconButton,
    Slider,
    Spin,
)


def wheel(widget):
    event = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(0, 0), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


@pytest.mark.parametrize("make", [
    lambda: Spin("a", 0, 10), lambda: DecimalSpin("b", 0, 10), lambda: Slider("c", 0, 10),
])  # fmt: skip
def test_the_wheel_scrolls_past_a_control_without_focus(shown, make):
    control = shown(make())
    control.setValue(5)
    control.clearFocus()
    wheel(control)
    assert control.value() == 5


def test_a_combo_takes_a_value_it_did_not_know(shown):
    combo, heard = shown(Combo("x")), []
    combo.addItem("One", "one")
    combo.currentIndexChanged.connect(heard.append)
    combo.select("stranger")
    assert (combo.currentData(), heard) == ("stranger", [])
    combo.select("one")
    assert combo.currentText() == "One"


def test_a_double_click_asks_for_the_default(shown, qtbot):
    for widget in (Slider("s", 0, 9), FieldLabel("Steps")):
        shown(widget)
        with qtbot.waitSignal(widget.reset_wanted):
            qtbot.mouseDClick(widget, Qt.MouseButton.LeftButton)


def test_help_explains_on_click_and_by_name(shown, qtbot):
    button = shown(HelpButton("Steps", "How many <times>."), 40, 40)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert "&lt;times&gt;" in QToolTip.text()
    assert button.accessibleName() == "What is Steps?"
    QToolTip.hideText()


def test_an_icon_button_has_words(shown):
    button = shown(IconButton("x", "dice", "Random seed. A new one."))
    assert button.accessibleName() == "Random seed"
    assert not button.icon().isNull()


def test_a_fold_opens_and_says_so(shown, qtbot):
    body = QLabel("inside")
    fold = shown(Fold("fold", "Advanced", body))
    assert not body.isVisible()
    with qtbot.waitSignal(fold.opened) as heard:
        fold.findChild(object, "fold").click()
    assert heard.args == [True]
    assert body.isVisible()


def test_a_combo_without_room_ends_its_words_in_an_ellipsis(shown):
    """At 800 px the model was called "Starter · emo", which could be its name."""
    combo = shown(Combo("x"), 90, 30)
    combo.addItem("Starter · emoji scenes · 128 px")
    assert combo.fitting(combo.currentText()).endswith("…")
    narrow = combo.grab().toImage()
    combo.setItemText(0, combo.fitting(combo.currentText()))
    assert combo.grab().toImage() == narrow  # what is painted is what fits
    combo.resize(400, 30)
    assert combo.fitting("Starter · emoji scenes · 128 px").endswith("128 px")
