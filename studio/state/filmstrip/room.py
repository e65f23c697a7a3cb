"""The filmstrip room: everything that can be done with the studio's strip, put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Slot

from studio.state.filmstrip.branches import Branches
from studio.state.filmstrip.comparison import Comparison
from studio.state.filmstrip.keeping import Keeper
from studio.state.filmstrip.lesson import NoiseLesson
from studio.state.filmstrip.mapping import LATENTS, MapOfTakes
from studio.state.filmstrip.polish import Polisher
from studio.state.filmstrip.retention import Retention
from studio.state.filmstrip.showing import Exporter, ReplayCheck

if TYPE_CHECKING:
    from studio.state.studio import Studio


CALM_STEPS = 5  # with reduced motion the strip grows by so many steps at a time


class FilmstripRoom(QObject):
    """Tree, comparison, keeping, map, export and replay around the studio's strip and forks."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.strip = studio.filmstrip
        self.forks = studio.forks
        self.branches = Branches(self.strip, studio.library, self)
        self.comparison = Comparison(self.strip, self)
        self.lesson = NoiseLesson(self.strip, studio.session, self.forks, self.comparison, self)
        self.keeper = Keeper(self.strip, studio.library, self)
        # What the strip does to the library is seen in the history at once.
        self.branches.library_changed.connect(studio.history.read_again)
        self.keeper.kept.connect(studio.history.read_again)
        self.polisher = Polisher(self.strip, studio.session, self)
        self._studio = studio
        self.map = MapOfTakes(self.strip, self._open_concepts, self)
        studio.settings.declare("map_space", LATENTS)
        self.map.set_space(str(studio.settings.get("map_space")))
        self.exporter = Exporter(self.strip, self)
        maker = studio.maker or studio.engine
        self.replay = ReplayCheck(self.strip, studio.generation, maker, self)
        self.retention = Retention(self.strip, studio.library, studio.settings, self)
        self._settings = studio.settings
        self._settings.setting_changed.connect(self._on_setting)
        self._on_setting("reduced_motion")

    @Slot(str)
    def set_map_space(self, space: str) -> None:
        """Lay the map of takes out in this space, now and the next time."""
        self._settings.set("map_space", space)

    def _open_concepts(self) -> Callable[[], Any] | None:
        """The door to CLIP, opened on a worker; None in a program without one."""
        return self._studio.open_concepts

    @Slot(str)
    def _on_setting(self, key: str) -> None:
        if key == "map_space":
            self.map.set_space(str(self._settings.get(key)))
        if key == "reduced_motion":
            self.strip.update_every = CALM_STEPS if self._settings.get(key) else 1
