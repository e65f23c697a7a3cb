from __future__ import annotations

from PySide6.QtWidgets import QLabel

from studio.ui.panels import Panel


def test_a_panel_is_built_when_it_is_needed(qtbot):
    made = []

    def build():
        made.append(QLabel())
        return made[-1]

    late = Panel(name="late", title="Late", widget=build, area="left", workspaces=frozenset())
    assert not made
    assert late.build() is made[0]
    now = Panel(name="now", title="Now", widget=made[0], area="left", workspaces=frozenset())
    assert now.build() is made[0]
