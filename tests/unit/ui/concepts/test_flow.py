"""Chips flow like words: side by side, then on the next line."""

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from studio.ui.concepts.flow import FlowLayout


@pytest.fixture
def flow(qtbot):
    host = QWidget()
    qtbot.addWidget(host)
    flow = FlowLayout(4)
    host.setLayout(flow)
    for _ in range(5):
        chip = QWidget()
        chip.setFixedSize(30, 10)
        flow.addWidget(chip)
    host.show()
    yield flow
    host.close()  # kept alive until here: it owns the chips


def corners(flow):
    return [(flow.itemAt(i).geometry().x(), flow.itemAt(i).geometry().y()) for i in range(5)]


def test_side_by_side_then_the_next_line(flow):
    flow.setGeometry(QRect(0, 0, 100, 100))
    assert corners(flow) == [(0, 0), (34, 0), (68, 0), (0, 14), (34, 14)]


def test_narrower_is_taller(flow):
    assert flow.hasHeightForWidth()
    assert [flow.heightForWidth(width) for width in (200, 100, 30)] == [10, 24, 66]


def test_a_chip_wider_than_the_line_still_has_its_place(flow):
    flow.setGeometry(QRect(0, 0, 10, 100))
    assert [y for _, y in corners(flow)] == [0, 14, 28, 42, 56]


def test_taking_out(flow):
    assert flow.takeAt(0) is not None
    assert flow.count() == 4
    assert flow.takeAt(9) is None
    assert flow.itemAt(-1) is None
