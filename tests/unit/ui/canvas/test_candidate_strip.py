"""The candidates under the canvas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLabel, QListWidget, QPushButton

from studio.state.canvas.asking import Asked
from studio.state.canvas.candidates import Candidate, Candidates
from studio.state.canvas.document import CanvasDocument
from studio.ui.canvas import candidate_strip
from studio.ui.canvas.candidate_strip import CandidateStrip


def candidate(value: int) -> Candidate:
    picture = np.full((20, 30, 3), value, np.uint8)
    asked = Asked(image=picture, left=0, top=0, frame=QRect(0, 0, 30, 20), document=1)
    return Candidate(picture=picture, asked=asked, path=Path("x.png"), seed=value)


def test_look_compare_take_and_leave(qtbot) -> None:
    document = CanvasDocument()
    document.open(np.zeros((20, 30, 3), np.uint8))
    candidates = Candidates(document)
    strip = CandidateStrip(candidates)
    qtbot.addWidget(strip)
    assert strip.isHidden()
    for value in (10, 20, 30):
        candidates.add(candidate(value))
    assert not strip.isHidden()
    items, left = strip.findChild(QListWidget), Qt.MouseButton.LeftButton
    assert items.count() == 3
    assert items.currentRow() == 2
    items.setCurrentRow(0)
    assert candidates.current.seed == 10
    compare = strip.findChild(QPushButton, "hideCandidate")
    qtbot.mousePress(compare, left)
    assert candidates.shown is None
    qtbot.mouseRelease(compare, left)
    assert candidates.shown.seed == 10
    side = strip.findChild(QPushButton, "sideBySide")
    qtbot.mouseClick(side, left)
    assert candidates.is_side_by_side
    assert items.isHidden()
    label = strip.findChild(QLabel, "candidateLabel")
    assert label.text().startswith("Result 1 of 3, seed 10")
    candidates.hide()
    assert label.text().startswith("The picture as it was")
    candidates.show(0)
    qtbot.mouseClick(side, left)
    assert not candidates.is_side_by_side
    assert not items.isHidden()
    qtbot.mouseClick(strip.findChild(QPushButton, "takeCandidate"), left)
    assert (document.picture == 10).all()
    assert not strip.findChild(QPushButton, "takeCandidate").isEnabled()
    qtbot.mouseClick(strip.findChild(QPushButton, "clearCandidates"), left)
    assert strip.isHidden()


def test_each_result_is_made_small_once(qtbot, monkeypatch) -> None:
    """All of them anew for each that comes would hold the window up."""
    made: list[int] = []
    icon = candidate_strip._icon
    monkeypatch.setattr(
        candidate_strip, "_icon", lambda item: made.append(item.seed) or icon(item)
    )
    document = CanvasDocument()
    document.open(np.zeros((20, 30, 3), np.uint8))
    candidates = Candidates(document)
    strip = CandidateStrip(candidates)
    qtbot.addWidget(strip)
    for value in (10, 20, 30):
        candidates.add(candidate(value))
    assert made == [10, 20, 30]
    shown = strip.findChild(QListWidget).item(1).icon().pixmap(60, 60).toImage()
    assert shown.pixelColor(shown.rect().center()).red() == 20


def test_enter_in_the_list_takes_the_chosen_one(qtbot) -> None:
    document = CanvasDocument()
    document.open(np.zeros((20, 30, 3), np.uint8))
    candidates = Candidates(document)
    strip = CandidateStrip(candidates)
    qtbot.addWidget(strip)
    for value in (10, 20):
        candidates.add(candidate(value))
    items = strip.findChild(QListWidget)
    qtbot.keyClick(items, Qt.Key.Key_Left)
    assert candidates.current.seed == 10
    qtbot.keyClick(items, Qt.Key.Key_Return)
    assert (document.picture == 10).all()
