from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QMainWindow, QSystemTrayIcon

from studio.ui import notifier
from studio.ui.notifier import Notifier, summary


@pytest.fixture
def alerts(monkeypatch):
    """What the system is asked for; there is no task bar here that could show it."""
    heard = []
    monkeypatch.setattr(QApplication, "alert", lambda window: heard.append(window.windowTitle()))
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: False)
    monkeypatch.setattr(notifier, "LONG_SECONDS", 0.0)
    return heard


@pytest.fixture
def window(ready, qtbot):
    made = QMainWindow()
    made.setWindowTitle("The studio")
    qtbot.addWidget(made)
    made.notifier = Notifier(made, ready.session, ready.settings)
    return made


def make(ready, qtbot, batch=1):
    ready.form.edit(batch=batch)
    ready.session.generate()
    qtbot.waitUntil(lambda: not ready.session.is_generating)


def test_one_notice_for_a_whole_batch_behind_another_window(ready, window, alerts, qtbot):
    make(ready, qtbot, batch=3)
    assert alerts == ["The studio"]


def test_no_notice_in_front_nor_for_short_work_nor_when_unwanted(
    ready, window, alerts, qtbot, monkeypatch
):
    monkeypatch.setattr(notifier, "LONG_SECONDS", 1000.0)
    make(ready, qtbot)
    monkeypatch.setattr(notifier, "LONG_SECONDS", 0.0)
    ready.settings.set("notify", False)
    make(ready, qtbot)
    ready.settings.set("notify", True)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    make(ready, qtbot)
    assert alerts == []


def test_stopped_work_is_no_news(ready, window, alerts, qtbot):
    ready.form.edit(steps=900)
    ready.session.generate()
    qtbot.waitUntil(lambda: ready.session.progress.step > 0)
    ready.session.stop()
    qtbot.waitUntil(lambda: not ready.session.is_generating)
    assert alerts == []


def test_words():
    assert summary(0, 0) == ""
    assert summary(1, 0) == "A picture is finished."
    assert summary(4, 1) == "4 pictures are finished. One could not be made."
