"""What the laboratory offers to the window: the plane, its controls, the tours, its actions."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from studio.engine.errors import StudioError
from studio.engine.record import Frame
from studio.lab.draw_png import encode_animation, encode_figure, suffix_of
from studio.library.store import write_atomic
from studio.state.lab.grid_room import GridRoom
from studio.state.lab.latest import Latest
from studio.state.lab.noising_room import NoisingRoom
from studio.state.lab.picture import film_of
from studio.state.lab.room import LabRoom
from studio.state.lab.space_room import SpaceRoom
from studio.state.studio import Studio
from studio.ui import theme
from studio.ui.actions import Actions
from studio.ui.lab.controls import LabControls, in_scroll_area
from studio.ui.lab.grid_page import GridPage
from studio.ui.lab.noising_page import NoisingPage
from studio.ui.lab.page import LabPage
from studio.ui.lab.paint import ink_of
from studio.ui.lab.space_page import SpacePage
from studio.ui.lab.tours import TourPanel
from studio.ui.panels import Panel

_LAB = frozenset({"laboratory"})


def build_panels(studio: Studio, actions: Actions) -> list[Panel]:
    """The plane in the middle, controls on the right, tours on the left. Sets `studio.lab`."""
    room = LabRoom(studio.messages, studio)
    studio.lab = room
    desk = LabDesk(room, studio, actions)
    return [
        Panel(name="lab", title="Laboratory", widget=desk.page, area="centre", workspaces=_LAB,
              icon="lab", order=1),
        Panel(name="labcontrols", title="Experiment", widget=desk.controls, area="right",
              workspaces=_LAB, icon="settings", order=10, size=340),
        Panel(name="labtours", title="Guided tours", widget=desk.tours, area="left",
              workspaces=_LAB, icon="help", order=10, size=300),
    ]  # fmt: skip


class LabDesk(QObject):
    """Builds the laboratory's widgets when they are first shown; holds its actions."""

    def __init__(self, room: LabRoom, studio: Studio, actions: Actions) -> None:
        super().__init__(room)
        self._room, self._studio, self._actions = room, studio, actions
        self._page: LabPage | None = None
        self._films = Latest(studio.background, self)
        self._films.done.connect(self._on_film)
        self._films.failed.connect(self._on_film_failed)

    def page(self) -> QWidget:
        """The plane, and the actions that act on it."""
        studio, room = self._studio, self._room
        session, queue, messages = studio.session, studio.generation, studio.messages
        self._noising = NoisingRoom(session, queue, messages, room)
        self._grid = GridRoom(session, queue, messages, self._open_picture, room)
        self._space = SpaceRoom(studio.background, messages, self._frames, room)
        self._page = LabPage(room, {
            "noising": NoisingPage(self._noising, self._newest),
            "grid": GridPage(self._grid),
            "space": SpacePage(self._space, self._all_pictures),
        })  # fmt: skip
        self._register(self._page)
        return self._page

    def _register(self, page: LabPage) -> None:
        rows = (
            ("lab.play", "Play", page.transport.toggle, "Space", "play",
             "Move through the experiment by itself."),
            ("lab.save", "Save this figure…", self.save_figure, "", "export",
             "Write what the plane shows as PNG or SVG."),
            ("lab.film", "Save as a film…", self.save_film, "", "export",
             "Write the experiment from one end of its slider to the other, as WebP or GIF."),
            ("lab.train", "Train the small network", self._room.train, "", "",
             "Learn the present data set."),
        )  # fmt: skip
        for id, text, slot, key, icon, tip in rows:
            self._actions.add(id, text, slot, shortcut=key, icon=icon, tip=tip,
                              workspaces=("laboratory",),
                              context=page if key else None)  # fmt: skip

    def _newest(self) -> Path | None:
        """The newest picture of the library."""
        pictures = self._studio.library.page(0, 1)
        return pictures[0].path if pictures else None

    def _all_pictures(self) -> list[Path]:
        """All pictures of the library, newest first."""
        return [picture.path for picture in self._studio.library.page(0, 5000)]

    def _frames(self) -> Sequence[Frame]:
        """The steps of the take that the filmstrip shows."""
        return self._studio.filmstrip.model.frames

    def _open_picture(self, path: Path) -> None:
        """Show a picture and its take in the Generate workspace."""
        self._studio.filmstrip.open_picture(path)
        self._studio.messages.info("The picture's take is open in the Generate workspace.",
                                   "Ctrl+1 takes you there.")  # fmt: skip

    def controls(self) -> QWidget:
        """The controls of the experiment."""
        return in_scroll_area(LabControls(self._room))

    def tours(self) -> QWidget:
        """The guided tours."""
        return TourPanel(self._room)

    @Slot()
    def save_film(self) -> None:
        """Ask for a name; draw and write the film on the background worker."""
        name, _ = QFileDialog.getSaveFileName(self._page, "Save as a film", "film.webp",
                                              "Films (*.webp *.gif)")  # fmt: skip
        if not name:
            return
        figures = film_of(self._room, ink_of(theme.current()))

        def task(stop: threading.Event) -> Generator[None, None, Path]:
            yield
            write_atomic(Path(name), encode_animation(figures, Path(name).suffix.lower()))
            return Path(name)

        self._films.ask("film", (name, object()), lambda: task, "Writing a film")

    @Slot(str, object)
    def _on_film(self, _kind: str, path: Path) -> None:
        self._studio.messages.info(f"The film is written: {path}")

    @Slot(str, object)
    def _on_film_failed(self, _kind: str, error: Exception) -> None:
        self._studio.messages.failure(error)

    @Slot()
    def save_figure(self) -> None:
        """Ask for a name and write what the plane shows."""
        if self._page is None:
            return
        name, _ = QFileDialog.getSaveFileName(self._page, "Save this figure", "figure.png",
                                              "Figures (*.png *.svg)")  # fmt: skip
        if not name:
            return
        try:
            write_atomic(Path(name), encode_figure(self._page.plane.figure(), suffix_of(name)))
        except StudioError as error:
            self._studio.messages.failure(error)
        else:
            self._studio.messages.info(f"The figure is written: {name}")
