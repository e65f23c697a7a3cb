from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from studio.state.progress import Progress
from studio.ui.centre import Centre
from studio.ui.panels import Panel


def page(name, *workspaces, order=50):
    return Panel(name=name, title=name, widget=lambda: QLabel(name), area="centre",
                 workspaces=frozenset(workspaces), order=order)  # fmt: skip


@pytest.fixture
def centre(ready, shown):
    panels = [page("gallery", "library"), page("canvas", "generate", "paint", order=1)]
    return shown(Centre(panels, ready.messages, ready.session), 600, 400)


def test_each_workspace_has_its_page_and_strangers_get_the_first(centre):
    for workspace, text in (("library", "gallery"), ("paint", "canvas"), ("concepts", "canvas")):
        centre.show_workspace(workspace)
        assert centre.stack.currentWidget().text() == text
    assert centre.stack.count() == 2


def test_pages_may_come_later(centre):
    centre.add([page("lab", "laboratory")])
    centre.show_workspace("laboratory")
    assert centre.stack.currentWidget().text() == "lab"
    centre.build_all()
    assert centre.stack.count() == 3


def test_the_overlay_is_as_large_as_the_middle(centre, qtbot):
    overlay = QLabel("invitation")
    centre.set_overlay(overlay)
    centre.resize(800, 500)
    qtbot.waitUntil(lambda: overlay.size() == centre.stack.size())


def test_progress_is_known_unknown_or_none(centre, ready):
    bar = centre._progress
    ready.session.progress_changed.emit(Progress(fraction=0.25, is_running=True))
    assert bar.value() == 250
    ready.session.progress_changed.emit(Progress(words="Loading", is_running=True))
    assert bar.maximum() == 0
    ready.session.progress_changed.emit(Progress())
    assert (bar.maximum(), bar.value()) == (1000, 0)


@pytest.fixture
def picture(centre, qtbot):
    """A page with a picture on it, below a bar of its own."""
    whole, view = QWidget(), QWidget()
    view.setObjectName("canvasView")
    column = QVBoxLayout(whole)
    column.addWidget(QLabel("options"))
    column.addWidget(view, 1)
    centre.add([Panel(name="with a view", title="", widget=whole, area="centre", order=0,
                      workspaces=frozenset({"generate"}))])  # fmt: skip
    centre.show_workspace("generate")
    qtbot.waitUntil(lambda: view.height() > 200)
    return view


def place(widget, centre):
    return QRect(widget.mapTo(centre, widget.rect().topLeft()), widget.size())


def test_a_passing_message_lies_on_the_picture_which_does_not_jump(centre, picture, ready, qtbot):
    before = place(picture, centre)
    ready.messages.info("Saved.", "long words " * 20)
    qtbot.wait(50)
    bar = centre.messages
    assert place(picture, centre) == before
    assert before.contains(bar.geometry())
    assert bar.height() == bar.heightForWidth(bar.width())
    middle = bar.geometry().center()
    assert bar.isAncestorOf(centre.childAt(middle))  # on top
    centre.resize(800, 600)
    qtbot.waitUntil(lambda: abs(bar.geometry().center().x() - 400) < 3)
    bar.clear()
    assert not bar.isVisible()


def test_what_stays_and_what_has_no_picture_below_takes_room(centre, picture, ready, qtbot):
    before = place(picture, centre)
    ready.messages.info("Saved.")
    ready.messages.error("Broken.", "Mend it.")
    qtbot.waitUntil(lambda: place(picture, centre).top() > before.top())
    assert not place(picture, centre).intersects(centre.messages.geometry())
    centre.messages.cards[1].dismiss()
    qtbot.waitUntil(lambda: place(picture, centre) == before)
    centre.show_workspace("library")
    qtbot.waitUntil(lambda: place(centre.stack, centre).top() > centre.messages.height())
    centre.messages.clear()
    qtbot.waitUntil(lambda: place(centre.stack, centre).top() == 0)
