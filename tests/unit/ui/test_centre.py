from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel

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
