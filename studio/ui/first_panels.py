"""What the window shows in its first half second, and the places of what follows."""

from __future__ import annotations

from studio.state.studio import Studio
from studio.ui.panels import Area, Panel
from studio.ui.parameter_panel import ParameterPanel
from studio.ui.prompt_panel import PromptPanel
from studio.ui.queue_view import QueuePanel

MAKING = frozenset({"generate", "paint"})


def build_panels(studio: Studio) -> list[Panel]:
    """Prompt and settings on the left, the queue on the right; the rest has its place."""
    prompt = PromptPanel(
        studio.form, studio.session, studio.tokens, studio.wording, studio.messages
    )
    settings = ParameterPanel(studio.form, studio.session, studio.settings)
    queue = QueuePanel(studio.generation, studio.queue_model)
    return [
        Panel(name="prompt", title="Prompt", widget=prompt, area="left",
              workspaces=MAKING, icon="prompt", order=10),
        Panel(name="settings", title="Settings", widget=settings, area="left",
              workspaces=MAKING, icon="settings", order=20),
        Panel(name="queue", title="Queue", widget=queue, area="right",
              workspaces=frozenset({"generate"}), icon="queue", order=70),
        *PROMISED,
    ]  # fmt: skip


def _promise(
    name: str, title: str, area: Area, workspaces: set[str], icon: str, order: int, size: int = 0
) -> Panel:
    return Panel(name=name, title=title, area=area, workspaces=frozenset(workspaces), icon=icon,
                 order=order, size=size, widget=None)  # fmt: skip


# The docks of the rooms that are opened right after the window is on the screen. Each stands
# where it belongs from the first moment, empty; its room brings the same panel with a widget.
PROMISED = (
    _promise("history", "History", "right", {"generate", "paint"}, "history", 60),
    _promise("takes", "Tree of takes", "right", {"generate"}, "tree", 60, 280),
    _promise("takemap", "Map of takes", "right", {"generate"}, "map", 70, 280),
    _promise("filmstrip", "Filmstrip", "bottom", {"generate", "paint", "concepts"}, "filmstrip",
             10, 320),
    _promise("repaint", "Repaint", "right", {"paint"}, "mask", 20, 330),
    _promise("undo", "Steps", "right", {"paint"}, "undo", 40),
    _promise("references", "References", "right", {"paint"}, "picture", 50),
    _promise("details", "This picture", "right", {"library"}, "info", 10, 300),
)  # fmt: skip
