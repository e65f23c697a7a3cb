"""The window's own panels: prompt, settings, history, queue, gallery."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from studio.state.studio import Studio
from studio.ui.details_panel import DetailsPanel
from studio.ui.history_panel import GalleryPanel, HistoryPanel
from studio.ui.panels import Panel
from studio.ui.parameter_panel import ParameterPanel
from studio.ui.prompt_panel import PromptPanel
from studio.ui.queue_view import QueuePanel

MAKING = frozenset({"generate", "paint"})


def build_panels(studio: Studio) -> list[Panel]:
    """Prompt and settings on the left, history and queue on the right, gallery in the middle."""
    prompt = PromptPanel(studio.form, studio.session, studio.tokens, studio.wording)
    settings = ParameterPanel(studio.form, studio.session, studio.settings)
    history = HistoryPanel(studio)
    queue = QueuePanel(studio.generation, studio.queue_model)

    def gallery() -> QWidget:
        return GalleryPanel(studio)

    def details() -> QWidget:
        return DetailsPanel(studio)

    return [
        Panel(name="prompt", title="Prompt", widget=prompt, area="left",
              workspaces=MAKING, icon="prompt", order=10),
        Panel(name="settings", title="Settings", widget=settings, area="left",
              workspaces=MAKING, icon="settings", order=20),
        Panel(name="history", title="History", widget=history, area="right",
              workspaces=MAKING, icon="history", order=60),
        Panel(name="queue", title="Queue", widget=queue, area="right",
              workspaces=frozenset({"generate"}), icon="queue", order=70),
        Panel(name="gallery", title="Library", widget=gallery, area="centre",
              workspaces=frozenset({"library"}), order=10),
        Panel(name="details", title="This picture", widget=details, area="right",
              workspaces=frozenset({"library"}), icon="info", order=10, size=300),
    ]  # fmt: skip
