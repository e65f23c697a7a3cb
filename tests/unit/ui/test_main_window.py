from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel

from studio.engine.request import GenerationRequest
from studio.state.filmstrip.loading import picture_frame
from studio.state.filmstrip.tree import Node
from studio.state.progress import Progress
from studio.ui import first_panels, generate_panels
from studio.ui.main_window import MainWindow
from studio.ui.panels import Panel


@pytest.fixture
def window(ready, shown):
    made = MainWindow(ready)
    middle = Panel(name="canvas", title="Picture", widget=QLabel("canvas"), area="centre",
                   workspaces=frozenset({"generate"}), order=1)  # fmt: skip
    first = [p for p in first_panels.build_panels(ready) if p.widget is not None]
    made.assemble([*first, middle])
    made.add_panels(generate_panels.build_panels(ready))
    made.complete()
    return shown(made, 1280, 800)


def test_the_title_counts_steps(window, ready):
    ready.session.progress_changed.emit(Progress(step=3, total=9, is_running=True))
    assert window.windowTitle() == "3/9 · Latent Studio"
    ready.session.progress_changed.emit(Progress())
    assert window.windowTitle() == "Latent Studio"


def test_the_invitation_goes_with_the_first_step(window, ready, qtbot):
    assert window.empty_state.isVisible()
    ready.session.generate()
    assert "next" in window.empty_state.findChild(QLabel).text()  # no grey hole until then
    qtbot.waitUntil(lambda: not window.empty_state.isVisible())
    window.workspaces.show("library")
    window.workspaces.show("generate")
    assert not window.empty_state.isVisible()


def test_the_invitation_goes_when_a_picture_is_opened_from_anywhere(window, ready):
    strip = ready.filmstrip
    pixels = np.zeros((8, 8, 3), np.uint8)
    node = Node(id="a", request=GenerationRequest(), own=[picture_frame(pixels)], pixels=pixels)
    window.workspaces.show("library")
    strip.show(strip.tree.add(node))  # as a search or the map of meaning does
    window.workspaces.show("generate")
    assert not window.empty_state.isVisible()


def test_files_are_taken_and_text_is_not(window):
    def enter(**what):
        data = QMimeData()
        data.setUrls(what.get("urls", []))
        data.setText(what.get("text", ""))
        at, copy = QPointF(5, 5).toPoint(), Qt.DropAction.CopyAction
        no_key = Qt.KeyboardModifier.NoModifier
        event = QDragEnterEvent(at, copy, data, Qt.MouseButton.LeftButton, no_key)
        event.ignore()
        QApplication.sendEvent(window, event)
        return event.isAccepted()

    assert enter(urls=[QUrl.fromLocalFile("/x.png")])
    assert not enter(text="words")
    assert not enter(urls=[QUrl("https://example.org/x.png")])


def test_dropped_files_are_not_moved_away(window, qtbot):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/x.png")])
    both = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    facts = (both, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier)
    event = QDropEvent(QPointF(5, 5), *facts)
    with qtbot.waitSignal(window.files_dropped):
        window.dropEvent(event)
    assert event.dropAction() == Qt.DropAction.CopyAction


def test_all_panels_hide_and_come_back_as_they_were(window, qtbot):
    def sizes():
        return {dock.panel.name: dock.size() for dock in window.docks if not dock.isHidden()}

    qtbot.wait(50)
    before = sizes()
    window.toggle_docks()
    assert all(dock.isHidden() for dock in window.docks)
    qtbot.wait(50)
    window.toggle_docks()
    qtbot.waitUntil(lambda: sizes() == before)


def test_panels_come_back_with_the_same_ones_in_front(window, qtbot):
    queue, history = window.dock("queue"), window.dock("history")
    window.tabifyDockWidget(queue, history)
    for front, behind in ((queue, history), (history, queue)):
        front.raise_()
        qtbot.waitUntil(lambda behind=behind: behind.visibleRegion().isEmpty())
        window.toggle_docks()
        window.toggle_docks()
        qtbot.waitUntil(lambda behind=behind: behind.visibleRegion().isEmpty())
        assert not front.visibleRegion().isEmpty()


def test_each_workspace_gets_its_own_panels_back(window):
    def shown():
        return {dock.panel.name for dock in window.docks if not dock.isHidden()}

    before = shown()
    window.toggle_docks()
    window.workspaces.show("library")
    window.toggle_docks()
    window.workspaces.show("generate")
    window.toggle_docks()
    assert shown() == before  # not the library's


def test_panels_that_were_hidden_before_the_start_come_back(window):
    before = {dock.panel.name for dock in window.docks if not dock.isHidden()}
    for dock in window.docks:
        dock.hide()
    window.toggle_docks()
    assert {dock.panel.name for dock in window.docks if not dock.isHidden()} == before


def test_the_queue_can_be_hidden(window):
    dock = window.dock("queue")
    window.toggle_queue()
    assert dock.isHidden()
    window.toggle_queue()
    assert not dock.isHidden()
    assert window.dock("nothing") is None


def test_late_panels_join(window):
    page = Panel(name="lab", title="Lab", widget=QLabel("lab"), area="centre",
                 workspaces=frozenset({"laboratory"}))  # fmt: skip
    side = Panel(name="side", title="Side", widget=QLabel("side"), area="right",
                 workspaces=frozenset({"generate"}))  # fmt: skip
    window.add_panels([page, side])
    assert not window.dock("side").isHidden()
    window.workspaces.show("laboratory")
    assert window.centre.stack.currentWidget().text() == "lab"


def test_the_size_is_kept(window, ready, shown):
    window.resize(1100, 700)
    window.close()
    assert ready.settings.get("geometry")


def test_the_queue_comes_from_behind_another_panel_before_it_goes(window, qtbot):
    queue, history = window.dock("queue"), window.dock("history")
    window.tabifyDockWidget(queue, history)
    history.raise_()
    qtbot.waitUntil(lambda: queue.visibleRegion().isEmpty())
    window.toggle_queue()
    qtbot.waitUntil(lambda: not queue.visibleRegion().isEmpty())
    assert not queue.isHidden()
    window.toggle_queue()
    assert queue.isHidden()


def test_messages_do_not_make_the_window_taller(window, ready, qtbot):
    before = window.size()
    for at in range(3):
        ready.messages.warning(f"{at} " + "long words " * 30, "and a hint " * 20)
    qtbot.wait(50)
    assert window.size() == before
    assert window.minimumSizeHint().height() <= 800
