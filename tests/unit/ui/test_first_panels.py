from __future__ import annotations

from PySide6.QtWidgets import QMainWindow

from studio.ui import first_panels, generate_panels
from studio.ui.actions import Actions
from studio.ui.canvas import panels as canvas_panels
from studio.ui.canvas.view import CanvasView
from studio.ui.filmstrip import panels as filmstrip_panels
from studio.ui.panels import WORKSPACES


def test_what_is_seen_at_once(ready, shown):
    panels = [panel for panel in first_panels.build_panels(ready) if panel.widget is not None]
    assert [panel.name for panel in panels] == ["prompt", "settings", "queue"]
    for panel in panels:
        assert panel.workspaces <= set(WORKSPACES)
        assert shown(panel.build()).isVisible()


def test_every_promise_is_kept_as_it_was_given(ready, shown):
    window = shown(QMainWindow())
    actions = Actions(window)
    rooms = [
        *generate_panels.build_panels(ready),
        *canvas_panels.build_panels(ready, actions, CanvasView()),
        *filmstrip_panels.build_panels(ready, actions),
    ]
    brought = {panel.name: panel for panel in rooms if panel.area != "centre"}
    assert set(brought) == {promised.name for promised in first_panels.PROMISED}
    for promised in first_panels.PROMISED:
        panel = brought[promised.name]
        for field in ("title", "area", "workspaces", "icon", "order", "size"):
            assert getattr(panel, field) == getattr(promised, field), (panel.name, field)
