"""Puts the window together: first what is seen at once, then the rooms, in small steps.

With everything, the window would stand on the screen a quarter of a second later.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from studio.engine.engine import Engine
from studio.library.home import Home
from studio.resources import resource
from studio.state.studio import Studio
from studio.ui import first_panels, theme
from studio.ui.main_window import MainWindow

# Rooms that are opened last, or first when their workspace is shown: workspace -> folder in ui/.
LATE = {"concepts": "concepts", "laboratory": "lab"}

# In this order: modules that bring much with them, so that no single import is felt.
_BELOW = ("numpy", "studio.library.images", "studio.library.metadata", "studio.library.database",
          "studio.library.strips", "studio.library.project", "studio.making")  # fmt: skip
_STATE = ("studio.state.filmstrip.filmstrip", "studio.state.furnishing")
_CANVAS = ("studio.engine.context", "studio.state.canvas.document", "studio.state.canvas.room",
           "studio.ui.canvas.options_bar", "studio.ui.canvas.view", "studio.ui.canvas.scene",
           "studio.ui.canvas.page", "studio.ui.canvas.panels")  # fmt: skip
_STRIP = ("studio.state.filmstrip.room", "studio.ui.filmstrip.compare_strip",
          "studio.ui.filmstrip.panels")  # fmt: skip


def open_frame(home: Home) -> MainWindow:
    """The window with prompt, settings and queue, and a place for each panel that follows."""
    studio = Studio(home, Engine([resource("models"), home.models]))
    theme.switch().apply(studio.settings.get("theme"))
    window = MainWindow(studio)
    studio.setParent(window)
    window.assemble(first_panels.build_panels(studio))
    window.focus_prompt()
    return window


def open_rooms(window: MainWindow) -> Iterator[None]:
    """Complete the window. Each step takes a few hundredths of a second at most."""
    yield from _import(*_BELOW, *_STATE)
    _furnish(window)
    yield
    yield from _open_generate(window)
    yield from _open_canvas_and_strip(window)
    _register(window)
    yield
    if window.workspaces.current in LATE:
        open_late(window, window.workspaces.current)
    window.complete()


def open_late(window: MainWindow, room: str) -> None:
    """Bring a late room's panels and actions into the window; once is enough."""
    if room in window.rooms:
        return
    window.rooms.add(room)
    module = importlib.import_module(f"studio.ui.{LATE[room]}.panels")
    window.add_panels(module.build_panels(window.studio, window.actions_of))


def _import(*names: str) -> Iterator[None]:
    for name in names:
        importlib.import_module(name)
        yield


def _furnish(window: MainWindow) -> None:
    from studio.library.database import Library
    from studio.making import Maker
    from studio.state.furnishing import furnish

    studio = window.studio
    library = Library(studio.home)
    maker = Maker(studio.engine, library, studio.home)
    studio.open_concepts = maker.concepts
    furnish(studio, library, maker)
    window.follow_history()


def _open_generate(window: MainWindow) -> Iterator[None]:
    yield from _import("studio.ui.generate_panels")
    from studio.ui import generate_panels

    window.add_panels(generate_panels.build_panels(window.studio))
    yield


def _open_canvas_and_strip(window: MainWindow) -> Iterator[None]:
    yield from _import(*_CANVAS)
    from studio.ui.canvas import panels as canvas_panels
    from studio.ui.canvas.view import CanvasView

    studio, actions = window.studio, window.actions_of
    view = CanvasView()
    canvas = canvas_panels.build_panels(studio, actions, view)
    yield
    window.add_panels(canvas)
    yield from _import(*_STRIP, "studio.ui.filmstrip.stage")
    from studio.ui.filmstrip import panels as filmstrip_panels
    from studio.ui.filmstrip.stage import FilmstripStage

    FilmstripStage(studio.filmstrip, view, view)
    window.add_panels(filmstrip_panels.build_panels(studio, actions))
    yield


def _register(window: MainWindow) -> None:
    from studio.ui import commands

    commands.register(window)
