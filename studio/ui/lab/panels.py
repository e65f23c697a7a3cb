"""What the laboratory offers to the window: the plane, its controls, the tours, its actions."""

from __future__ import annotations

import threading
from collections.abc import Generator
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from studio.engine.errors import StudioError
from studio.lab.draw_png import MOVING, STILL, encode_animation, encode_figure
from studio.lab.figure import Figure
from studio.lab.space import Embed
from studio.library.store import write_atomic
from studio.state.lab.drawings import Drawings
from studio.state.lab.grid_room import GridRoom
from studio.state.lab.latest import Latest
from studio.state.lab.noising_room import NoisingRoom
from studio.state.lab.picture import film_of
from studio.state.lab.room import LabRoom
from studio.state.lab.samplers_room import SamplersRoom
from studio.state.lab.space_room import ShownTake, SpaceRoom
from studio.state.messages import MessageAction
from studio.state.studio import Studio
from studio.ui import theme
from studio.ui.actions import Actions
from studio.ui.lab.controls import LabControls, in_scroll_area
from studio.ui.lab.grid_page import GridControls, Sheet
from studio.ui.lab.noising_page import NoisingControls, NoisingView
from studio.ui.lab.page import LabPage
from studio.ui.lab.paint import ink_of
from studio.ui.lab.parts import PictureTable, painted
from studio.ui.lab.samplers_page import SamplersControls, SamplersView
from studio.ui.lab.space_page import SpaceControls, SpacePage, way_steps
from studio.ui.lab.tours import TourPanel
from studio.ui.panels import Panel
from studio.ui.save_name import ask_save_name

GENERATE = "view.generate"  # the action that shows that workspace
_LAB = frozenset({"laboratory"})


def build_panels(studio: Studio, actions: Actions) -> list[Panel]:
    """The plane in the middle, controls on the right, tours on the left. Sets `studio.lab`."""
    drawings = Drawings(studio.home.data / "drawings.json", write_atomic)
    room = LabRoom(studio.messages, studio, drawings=drawings)
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
        session, queue, messages = studio.session, studio.generation, studio.messages
        engine, background = studio.engine, studio.background
        self._noising = NoisingRoom(session, queue, messages, engine, background, room)
        self._samplers = SamplersRoom(session, queue, messages, engine, background,
                                      self._open_picture, room)  # fmt: skip
        self._grid = GridRoom(session, queue, messages, self._open_picture, studio.models, room)
        self._space = SpaceRoom(background, messages, self._takes, self._clip, room)
        self._films = Latest(background, self)
        self._films.done.connect(self._on_film)
        self._films.failed.connect(self._on_film_failed)

    def page(self) -> QWidget:
        """The plane, the pages on pictures, and the actions that act on them."""
        self._page = LabPage(self._room, {
            "noising": NoisingView(self._noising),
            "samplers": SamplersView(self._samplers),
            "grid": Sheet(self._grid),
            "space": SpacePage(self._space, self._open_picture),
        })  # fmt: skip
        self._register(self._page)
        return self._page

    def controls(self) -> QWidget:
        """The controls of the experiment."""
        return in_scroll_area(LabControls(self._room, {
            "noising": NoisingControls(self._noising, self._newest),
            "samplers": SamplersControls(self._samplers),
            "grid": GridControls(self._grid, self._studio.session),
            "space": SpaceControls(self._space, self._all_pictures),
        }))  # fmt: skip

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

    def _takes(self) -> list[ShownTake]:
        """The take that the filmstrip shows, then the newest others that are at hand."""
        strip = self._studio.filmstrip
        others = [node for node in reversed(strip.tree.nodes()) if node is not strip.node]
        found = [ShownTake(f"shown {id(strip.node)} {len(strip.model.frames)}",
                           strip.model.frames)]  # fmt: skip
        return found + [ShownTake(f"{node.id} {len(frames)}", frames) for node in others
                        if len(frames := strip.tree.frames_of(node)) > 2]  # fmt: skip

    def _clip(self) -> Embed:
        """The chosen CLIP model's picture vectors; opens it, on the worker."""
        open_concepts = self._studio.open_concepts
        if open_concepts is None:
            raise StudioError("There is no CLIP model at hand.", "Lay the pictures out by pixels.")
        embed: Embed = open_concepts().space().encode_pixels
        return embed

    def _open_picture(self, path: Path) -> None:
        """Show a picture and its take in the Generate workspace."""
        self._studio.filmstrip.open_picture(path)
        go = MessageAction("Go there", self._to_generate)
        self._studio.messages.info("The take is open in the Generate workspace.", action=go)

    @Slot()
    def _to_generate(self) -> None:
        """Show the workspace in which the filmstrip is."""
        if GENERATE in self._actions:
            self._actions[GENERATE].trigger()

    def tours(self) -> QWidget:
        """The guided tours."""
        return TourPanel(self._room)

    @Slot()
    def save_film(self) -> None:
        """Ask for a name; draw and write the film on the background worker."""
        if self._page is None:
            return
        if isinstance(self._page.shown, PictureTable):
            self._studio.messages.info("Nothing moves here.", "Save this figure instead.")
            return
        path = ask_save_name(self._page, "Save as a film", "film.webp", "Films (*.webp *.gif)",
                             *MOVING)  # fmt: skip
        if path is None:
            return
        figures = self._film(self._page)

        def task(stop: threading.Event) -> Generator[None, None, Path]:
            yield
            write_atomic(path, encode_animation(figures, path.suffix.lower()))
            return path

        self._films.ask("film", (path, object()), lambda: task, "Writing a film")

    @Slot(str, object)
    def _on_film(self, _kind: str, path: Path) -> None:
        self._studio.messages.info(f"The film is written: {path}")

    @Slot(str, object)
    def _on_film_failed(self, _kind: str, error: Exception) -> None:
        self._studio.messages.failure(error)

    def _encoded(self, page: LabPage, suffix: str) -> bytes:
        """What the shown page shows, as a file's bytes. Raises StudioError."""
        shown = page.shown
        if isinstance(shown, SpacePage):
            figure = shown.view.figure(ink_of(theme.current()))
            if figure is not None:
                return encode_figure(figure, suffix)
        if isinstance(shown, PictureTable):
            return painted(shown, suffix)
        return encode_figure(page.plane.figure(), suffix)

    def _film(self, page: LabPage) -> list[Figure]:
        """The frames of a film of the shown page: along its slider, or along the take."""
        ink, path = ink_of(theme.current()), self._space.path
        if not isinstance(page.shown, SpacePage) or path is None:
            return film_of(self._room, ink)
        figures = [page.shown.view.figure(ink, at) for at in way_steps(len(path.guesses), 60)]
        return [figure for figure in figures if figure is not None]

    @Slot()
    def save_figure(self) -> None:
        """Ask for a name and write what the plane shows."""
        if self._page is None:
            return
        path = ask_save_name(self._page, "Save this figure", "figure.png", "Figures (*.png *.svg)",
                             *STILL)  # fmt: skip
        if path is None:
            return
        try:
            write_atomic(path, self._encoded(self._page, path.suffix.lower()))
        except StudioError as error:
            self._studio.messages.failure(error)
        else:
            self._studio.messages.info(f"The figure is written: {path}")
