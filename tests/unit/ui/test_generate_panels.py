from __future__ import annotations

from studio.ui.generate_panels import build_panels
from studio.ui.panels import WORKSPACES


def test_the_panels_that_come_with_the_library(ready, shown):
    panels = build_panels(ready)
    assert [panel.name for panel in panels] == ["history", "gallery", "details"]
    for panel in panels:
        assert panel.workspaces <= set(WORKSPACES)
        assert shown(panel.build()).isVisible()
