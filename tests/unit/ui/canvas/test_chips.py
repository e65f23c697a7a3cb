"""Caption and zoom chip."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from studio.ui.canvas.chips import Caption, ZoomChip


def test_the_caption_shows_its_text_literally(qtbot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    caption = Caption(parent)
    assert not caption.isVisible()
    caption.set_text("<table><tr>" * 1000)
    assert caption.text().startswith("<table>")
    assert caption.isVisible()
    assert caption.accessibleName() == caption.text()
    caption.resize(120, 20)
    caption.grab()
    caption.set_text("")
    assert not caption.isVisible()


def test_the_zoom_chip_asks_and_shows(qtbot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    chip = ZoomChip(parent)
    fit, zoom = chip.findChildren(QPushButton)
    chip.set_zoom(0.0567, is_fitted=True)
    assert zoom.text() == "5.7 %"
    assert fit.font().bold()
    chip.set_zoom(2.0, is_fitted=False)
    assert zoom.text() == "200 %"
    with qtbot.waitSignal(chip.fit_asked):
        qtbot.mouseClick(fit, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(chip.actual_size_asked):
        qtbot.mouseClick(zoom, Qt.MouseButton.LeftButton)
    extra = QPushButton("A|B")
    chip.add_button(extra)
    assert extra.parent() is chip
