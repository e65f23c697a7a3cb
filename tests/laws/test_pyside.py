"""The Qt binding keeps count: PySide6 6.12.0 on Python < 3.12 loses references until it aborts."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROBE = r"""
import sys
from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QLabel, QWidget

cushion = [True, False, None] * 200_000  # references to lose before the probe itself dies
app = QApplication([])
CALLS = 200


class Sender(QObject):
    sent = Signal(int)

    @Slot(int)
    def receive(self, number):
        pass


def drift(call):
    call()
    before = [sys.getrefcount(one) for one in (True, False, None)]
    for _ in range(CALLS):
        call()
    after = [sys.getrefcount(one) for one in (True, False, None)]
    return max(abs(a - b) for a, b in zip(after, before)) / CALLS


sender, widget, label, timer = Sender(), QWidget(), QLabel("x"), QTimer()
image = QImage(8, 8, QImage.Format.Format_RGB32)


def paint():
    painter = QPainter()
    painter.begin(image)
    painter.drawLine(0, 0, 1, 1)
    painter.end()


bare = drift(lambda: sender.sent.emit(1))
sender.sent.connect(sender.receive)
found = {
    "emit to nobody": bare,
    "emit to a slot": drift(lambda: sender.sent.emit(1)),
    "update": drift(widget.update),
    "setText": drift(lambda: label.setText("a")),
    "isVisible": drift(widget.isVisible),
    "setEnabled": drift(lambda: widget.setEnabled(True)),
    "isActive": drift(timer.isActive),
    "paint": drift(paint),
    "setProperty": drift(lambda: sender.setProperty("a", 1)),
}
bad = {name: lost for name, lost in found.items() if lost > 0.1}
print(bad)
sys.exit(1 if bad else 0)
"""


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="True and None are immortal since 3.12")
def test_no_reference_is_lost():
    done = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"references lost per call: {done.stdout} {done.stderr[-500:]}"
