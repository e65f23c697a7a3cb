"""What a room offers to the window: panels, each a dock or a page in the centre.

Each room's ui/<room>/panels.py has `build_panels(studio: Studio, actions: Actions) -> list[Panel]`;
it registers the room's actions with `actions.add(...)` there. rooms.py calls it when the window is
on the screen already, so it must be quick: give `widget` as a function where it is not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtWidgets import QWidget

Area = Literal["left", "right", "bottom", "centre"]
WORKSPACES = ("generate", "paint", "concepts", "library", "laboratory")


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel of the window.

    name: stable id; the dock's objectName is f"{name}Dock". title: heading, a word or two.
    widget: the widget, or a function that builds it when it is first needed (for panels whose
    imports or building are slow: the window must be up within half a second), or None: its room
    is not open yet and brings the panel of that name later.
    workspaces: where it is shown at first. A centre panel fills the middle of its workspaces.
    icon: a name in resources/icons. order: smaller stands higher. size: wished width (left,
    right) or height (bottom) in px; 0 = its own size hint. header: stands in the dock's title row.
    """

    name: str
    title: str
    widget: QWidget | Callable[[], QWidget] | None
    area: Area
    workspaces: frozenset[str]
    icon: str = ""
    order: int = 50
    size: int = 0
    header: QWidget | None = None

    def build(self) -> QWidget | None:
        """The widget, built now if it was not; None if its room is not open yet."""
        if self.widget is None or isinstance(self.widget, QWidget):
            return self.widget
        return self.widget()
