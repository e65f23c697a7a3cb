from __future__ import annotations

from studio.ui.generate_panels import build_panels
from studio.ui.panels import WORKSPACES


def test_the_windows_own_panels(ready, shown):
    panels = build_panels(ready)
    assert [panel.name for panel in panels] == [
        "prompt",
        "settings",
        "history",
        "queue",
        "gallery",
        "details",
    ]
    for panel in panels:
        assert panel.workspaces <= set(WORKSPACES)
        assert shown(panel.build()).isVisible()
