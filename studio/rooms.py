"""Puts the window together: first what is seen at once, then the rooms, in small steps.

With everything, the window would stand on the screen a quarter of a second later.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from studio.engine.engine import Engine
from studio.engine.errors import StudioError
from studio.library.home import Home
from studio.resources import resource
from studio.state.studio import Studio
from studio.ui import first_panels, theme
from studio.ui.main_window import MainWindow

if TYPE_CHECKING:
    from studio.library.database import Library, Picture
    from studio.state.history import HistoryModel

# Rooms that are opened last, or when their workspace is shown.
LATE = ("concepts", "laboratory")

# In this order: modules that bring much with them, so that no single import is felt.
# These know no Qt: the program imports them on a worker, numpy alone takes a fifth of a second.
_BELOW = ("numpy", "studio.library.images", "studio.library.metadata", "studio.library.database",
          "studio.library.strips", "studio.library.project", "studio.making")  # fmt: skip
_STATE = ("studio.state.filmstrip.filmstrip", "studio.state.furnishing")
_CANVAS = ("studio.engine.context", "studio.state.canvas.document", "studio.state.canvas.room",
           "studio.ui.canvas.options_bar", "studio.ui.canvas.view", "studio.ui.canvas.scene",
           "studio.ui.canvas.page", "studio.ui.canvas.panels")  # fmt: skip
_STRIP = ("studio.state.filmstrip.room", "studio.ui.filmstrip.compare_strip",
          "studio.ui.filmstrip.panels")  # fmt: skip
_LATE_BELOW = ("tokenizers", "studio.concepts.concepts", "studio.concepts.words",
               "studio.concepts.search", "studio.lab.data", "studio.lab.space", "studio.lab.views",
               "studio.lab.grid_picture")  # fmt: skip
_LATE_ABOVE = {
    "concepts": ("studio.state.concepts.room", "studio.ui.concepts.expression_panel",
                 "studio.ui.concepts.search_panel", "studio.ui.concepts.map_panel",
                 "studio.ui.concepts.panels"),
    "laboratory": ("studio.state.lab.space_room", "studio.state.lab.room",
                   "studio.ui.lab.noising_page", "studio.ui.lab.space_page",
                   "studio.ui.lab.grid_page", "studio.ui.lab.panels"),
}  # fmt: skip


def open_frame(home: Home) -> MainWindow:
    """The window with prompt, settings and queue, and a place for each panel that follows."""
    studio = Studio(home, Engine([resource("models"), home.models], cache=home.cache))
    theme.switch().apply(studio.settings.get("theme"))
    window = MainWindow(studio)
    studio.setParent(window)
    window.assemble(first_panels.build_panels(studio))
    window.focus_prompt()
    return window


class Below:
    """A task for a queue: what `open_rooms` needs and no Qt, so that it is short.

    Imports it, opens the library and reads the gallery's first page.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._library: Library | None = None
        self._page: list[Picture] | None = None

    def __call__(self, _stop: threading.Event) -> Generator[None, None, None]:
        """Runs on the worker."""
        yield from _import(*_BELOW)
        from studio.library.database import PAGE, Library

        self._library = Library(self._home)
        with suppress(StudioError):  # the gallery's own reading tells it
            self._page = self._library.page(0, PAGE)

    def library(self) -> Library:
        """The library; opened here if the worker has not done it."""
        from studio.library.database import Library

        return self._library or Library(self._home)

    def fill(self, history: HistoryModel) -> None:
        """Show the page that was read; or have it read while the panels are built."""
        if self._page is None:
            history.read_ahead()
        else:
            history.begin_with(self._page)


def import_late(_stop: threading.Event) -> Generator[None, None, None]:
    """The same for the late rooms."""
    yield from _import(*_LATE_BELOW)


def open_rooms(window: MainWindow, below: Below) -> Iterator[None]:
    """Complete the window. Each step takes a few hundredths of a second at most."""
    yield from _import(*_BELOW, *_STATE)
    _furnish(window, below)
    yield
    yield from _open_generate(window)
    yield from _open_canvas_and_strip(window)
    _register(window)
    yield
    if window.workspaces.current in LATE:
        open_late(window, window.workspaces.current)
    window.complete()


def open_late_rooms(window: MainWindow) -> Iterator[None]:
    """Open the late rooms that are not open, in steps as short as those of `open_rooms`."""
    for room, modules in _LATE_ABOVE.items():
        yield from _import(*modules)
        open_late(window, room)
        yield


def open_late(window: MainWindow, room: str) -> None:
    """Bring a late room's panels and actions into the window; once is enough."""
    if room in window.rooms:
        return
    window.rooms.add(room)
    module = importlib.import_module(_LATE_ABOVE[room][-1])
    window.add_panels(module.build_panels(window.studio, window.actions_of))


def _import(*names: str) -> Generator[None, None, None]:
    for name in names:
        importlib.import_module(name)
        yield


def _furnish(window: MainWindow, below: Below) -> None:
    from studio.making import Maker
    from studio.state.furnishing import furnish

    studio = window.studio
    library = below.library()
    maker = Maker(studio.engine, library, studio.home)
    studio.open_concepts, studio.maker = maker.concepts, maker
    furnish(studio, library, maker)
    below.fill(studio.history)
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
