"""The window's own panels that come with the library: history, gallery, details."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from studio.state.studio import Studio
from studio.ui.details_panel import DetailsPanel
from studio.ui.history_panel import GalleryPanel, HistoryPanel
from studio.ui.panels import Panel

MAKING = frozenset({"generate", "paint"})


def build_panels(studio: Studio) -> list[Panel]:
    """History on the right, gallery in the middle. See first_panels for prompt and settings."""

    def history() -> QWidget:
        return HistoryPanel(studio)

    def gallery() -> QWidget:
        return GalleryPanel(studio)

    def details() -> QWidget:
        return DetailsPanel(studio)

    return [
        Panel(name="history", title="History", widget=history, area="right",
              workspaces=MAKING, icon="history", order=60),
        Panel(name="gallery", title="Library", widget=gallery, area="centre",
              workspaces=frozenset({"library"}), order=10),
        Panel(name="details", title="This picture", widget=details, area="right",
              workspaces=frozenset({"library"}), icon="info", order=10, size=300),
    ]  # fmt: skip
